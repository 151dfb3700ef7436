"""A study small enough to be trained in a test, written as a file of somebody's own."""

TEXT = """
from dataclasses import replace

from latebloom.spec import from_plain
from latebloom.study import Arm, ArmGreater, Claim, MedianWithin, Rival, Scale, ShareWithin, Study

PLAIN = {
    "task": {"name": "addition", "modulus": 7},
    "split": {"fraction": 0.6},
    "model": {"name": "embedding-mlp", "width": 16},
    "optimizer": {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.5},
    "training": {"steps": 60, "batch": 8},
    "evaluation": {"every": 10},
    "snapshots": {"every": 30},
}


def spec(decay):
    return from_plain({**PLAIN, "seed": 0, "optimizer": {**PLAIN["optimizer"], "weight_decay": decay}})


def norm(run):
    return run.at("weight_norm", 60)


def rank(run):
    return run.last("stable_rank@parameter.readout.weight")


def arms(seeds):
    seeds = tuple(range(seeds))
    return (
        Arm("decay", spec(0.5), seeds, afterwards=("stable_rank@parameter.readout.weight",)),
        Arm("free", spec(0.0), seeds),
    )


CLAIMS = (
    Claim(
        name="norm",
        statement="Without decay the weights are larger.",
        where="here",
        published="larger",
        arms=("free", "decay"),
        numbers=("weight_norm",),
        measured="norm of all weights at step 60",
        statistic=norm,
        collapsed="kept",
        rule=ArmGreater(least=6),
        curves=("weight_norm",),
    ),
    Claim(
        name="rank",
        statement="The read-out has a stable rank of at least 1.",
        where="here",
        published="1",
        value=1.0,
        arms=("decay",),
        numbers=("stable_rank@parameter.readout.weight",),
        measured="stable rank of the read-out at the last snapshot",
        statistic=rank,
        collapsed="kept",
        rule=MedianWithin(low=1.0),
        rival=Rival("It is above 100.", MedianWithin(low=100.0)),
    ),
)

STUDY = Study(
    name="small",
    question="Does decay shrink weights?",
    source="nobody",
    protocol="As small as can be.",
    claims=CLAIMS,
    scales={
        "smoke": Scale(arms(3), "three seeds", evidence=False),
        "laptop": Scale(arms(6), "six seeds"),
    },
)
"""
