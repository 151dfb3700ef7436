"""How long grokking takes, over learning rate and decay, share of the pairs trained on, and architecture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from latebloom.study import (
    Arm,
    ArmGreater,
    Axis,
    Claim,
    Correlates,
    Map,
    Rival,
    RunEvidence,
    Scale,
    ShareWithin,
    Study,
    SummaryWithin,
    Time,
    arm,
)

RATES, DECAYS = ("1e-3", "3e-3", "1e-2"), ("0", "0.1", "0.3", "1", "3")
FRACTIONS = ("0.2", "0.3", "0.5", "0.7")
MAP = {(rate, decay): f"r{rate}-d{decay}" for rate, decay in product(RATES, DECAYS)}
DECAYING = tuple(name for (_, decay), name in MAP.items() if decay != "0")
BASE = MAP["3e-3", "1"]
TEST = "test_accuracy"

NETWORK: Mapping[str, Any] = {
    "task.modulus": 53,
    "split.fraction": 0.4,
    "model.width": 64,
    "model.feed_forward": 256,
    "model.initialization": "torch",
    "objective.precision": "float32",
    "optimizer.learning_rate": 3e-3,
    "training.steps": 10_000,
    "training.batch": 256,
    "evaluation.every": 100,
    "snapshots.every": 10_000,
}
"""The one-layer transformer without LayerNorm of Nanda et al., half as wide, with batches."""

TINY: Mapping[str, Any] = {
    "task.modulus": 11,
    "model.width": 16,
    "model.feed_forward": 32,
    "training.steps": 300,
    "training.batch": 16,
    "evaluation.every": 50,
    "snapshots.every": 300,
}
WHOLE: Mapping[str, Any] = {
    "task.modulus": 97,
    "model.width": 128,
    "model.feed_forward": 512,
    "training.steps": 50_000,
    "snapshots.every": 50_000,
}

ARCHITECTURES: Mapping[str, Mapping[str, Any]] = {
    "two-layers": {"model.layers": 2},
    "mlp": {"model.name": "embedding-mlp", "model.width": 64, "model.hidden": 256},
    "quadratic": {"model.name": "quadratic", "model.width": 256},
}


def grokked(run: RunEvidence) -> Time:
    """When the test accuracy was 0.9 for the first time."""
    return run.when("grokked_first")


def grokked_at_all(run: RunEvidence) -> bool:
    """Whether it ever was."""
    return grokked(run).happened


def product_and_time(run: RunEvidence) -> tuple[float, float]:
    """Logarithm of rate times decay, and the time to grok; a run that does not grok counts as its last step."""
    optimizer = run.spec["optimizer"]
    return math.log(optimizer["learning_rate"] * optimizer["weight_decay"]), grokked(run).step


def decay_and_time(run: RunEvidence) -> tuple[float, float]:
    """Logarithm of the decay alone, and the time to grok, likewise."""
    return math.log(run.spec["optimizer"]["weight_decay"]), grokked(run).step


def ratio_of_medians(arms: Mapping[str, Sequence[Time]]) -> float:
    """Divide the first arm's median time by the second's; nan where either is beyond the last step."""
    middles = list[float]()
    for times in arms.values():
        ordered = sorted(times, key=lambda time: (time.step, not time.happened))
        middle = (ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2])
        both = all(time.happened for time in middle)
        middles.append((middle[0].step + middle[1].step) / 2 if both else math.nan)
    return middles[0] / middles[1]


TIMED = (
    "step at which the test accuracy is 0.9 for the first time; runs to which it does not happen are censored"
)

_timed = partial(Claim, numbers=(TEST,), statistic=grokked, collapsed="kept", curves=(TEST,))
_sooner = partial(
    _timed, where="suggestions for practice", published="not stated", measured=TIMED, rule=ArmGreater()
)
"""The second arm groks sooner than the first."""

_seldom = partial(
    Claim,
    numbers=(TEST,),
    collapsed="kept",
    statistic=grokked_at_all,
    measured="whether the test accuracy is ever 0.9, within the steps",
    rule=ShareWithin(high=0.5),
)

CLAIMS = (
    _sooner(
        "decay-helps",
        "With decay 1 grokking is sooner than with 0.1.",
        where="mechanisms, phase transition",
        published="regularisation such as decay can accelerate grokking",
        arms=(MAP["3e-3", "0.1"], BASE),
    ),
    _timed(
        "decay-tenfold",
        "With decay 0.1 grokking takes about ten times as long as with 1.",
        "Nanda et al., arXiv:2301.05217, on decay",
        "about 10 times",
        SummaryWithin(of=ratio_of_medians, what="the ratio of median times", low=5.0, high=20.0),
        f"ratio of the medians of the {TIMED}; the arm of decay 0.1 has five times the steps",
        arms=("long-d0.1", BASE),
        value=10.0,
    ),
    _seldom(
        "no-decay-no-grokking",
        "Without decay the network does not grok.",
        "mechanisms, phase transition",
        "extensive exploration",
        arms=(MAP["3e-3", "0"],),
    ),
    _sooner("rate-helps", "At rate 0.003 grokking is sooner than at 0.001.", arms=(MAP["1e-3", "1"], BASE)),
    Claim(
        name="decay-over-the-map",
        statement="The larger the decay, the sooner the network groks.",
        where="suggestions for practice",
        published="observe the impact of rate and decay on the time",
        rule=Correlates(sign=-1),
        measured="rank correlation of decay and time to grok over the map of rates and decays above 0; censored runs "
        "count as their last step",
        statistic=decay_and_time,
        arms=DECAYING,
        numbers=(TEST,),
        collapsed="kept",
        rival=Rival(
            "It is the product of rate and decay, by which a step shrinks the weights.",
            Correlates(sign=-1),
            "rank correlation of the product and time to grok",
            product_and_time,
        ),
    ),
    _sooner(
        "more-pairs-help", "With half of the pairs grokking is sooner than with 0.3.", arms=("f-0.3", "f-0.5")
    ),
    _seldom(
        "few-pairs-never",
        "With a fifth of the pairs the network does not grok.",
        "suggestions for practice",
        "not stated",
        arms=("f-0.2",),
    ),
    _sooner("depth-helps", "Two layers grok sooner than one.", arms=(BASE, "two-layers")),
    _sooner("attention-helps", "The transformer groks sooner than the MLP.", arms=("mlp", BASE)),
    _sooner(
        "squares-help", "The quadratic network groks sooner than the transformer.", arms=(BASE, "quadratic")
    ),
)


def _arms(network: Mapping[str, Any], seeds: int, longer: int) -> tuple[Arm, ...]:
    """Lay out all arms: the map first, of which the settings that most claims need come first of all."""
    names = sorted(MAP.items(), key=lambda item: (item[0][0] != "3e-3", item[1]))
    changed: dict[str, tuple[Mapping[str, Any], str]] = {
        name: ({"optimizer.learning_rate": float(rate), "optimizer.weight_decay": float(decay)}, "map")
        for (rate, decay), name in names
    }
    steps = network["training.steps"] * longer
    changed |= {
        "long-d0.1": ({"optimizer.weight_decay": 0.1, "training.steps": steps, "snapshots.every": steps}, ""),
        **{name: (change, "") for name, change in ARCHITECTURES.items()},
        **{f"f-{fraction}": ({"split.fraction": float(fraction)}, "") for fraction in FRACTIONS},
    }
    return tuple(
        arm(name, "nanda", _fitting(network, change), seeds=seeds, together=together)
        for name, (change, together) in changed.items()
    )


def _fitting(network: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Put a change on the network; another model takes nothing of this one's settings."""
    other = "model.name" in change
    return {
        **{key: value for key, value in network.items() if not other or not key.startswith("model.")},
        **change,
    }


PROTOCOL = """\
a + b mod p, as the source has it; it names a transformer and gives no sizes. So the network is the one-layer
transformer without LayerNorm of Nanda et al., at the laptop scale half as wide, p = 53, and at the paper scale of its
own width, p = 97; batches of 256, AdamW with beta2 0.98 and a warm-up of 10 steps, 40 % of the pairs, rate 0.003 and
decay 1 unless an arm says otherwise. All architectures have the same loss, rate and decay: what is best for each is not
sought.

Three maps: rate (0.001, 0.003, 0.01) by decay (0, 0.1, 0.3, 1, 3); share of the pairs (0.2, 0.3, 0.4, 0.5, 0.7); one
or two layers, an MLP on embeddings, a quadratic network. Times are of the first crossing of 0.9; a run that does not
cross is censored at its last step, shown as such, and never left out. Decay is decoupled: a step shrinks the weights
by rate times decay, so the claim on decay has that product as its rival.

The source's statements are directions without numbers. The tenfold time at decay 0.1 is that of Nanda et al., of one
run with the whole training set in a batch and rate 0.001."""

MAPS = (
    Map(
        "rate-and-decay",
        "Time to grok over learning rate and weight decay.",
        TIMED,
        grokked,
        Axis("learning rate", "optimizer.learning_rate"),
        tuple(MAP.values()),
        Axis("weight decay", "optimizer.weight_decay"),
    ),
    Map(
        "pairs",
        "Time to grok over the share of the pairs trained on.",
        TIMED,
        grokked,
        Axis("share of the pairs trained on", "split.fraction"),
        (BASE, *(f"f-{fraction}" for fraction in FRACTIONS)),
    ),
    Map(
        "architecture",
        "Time to grok by architecture.",
        TIMED,
        grokked,
        Axis(
            "architecture",
            arms={BASE: "one layer", "two-layers": "two layers", "mlp": "MLP", "quadratic": "quadratic"},
        ),
        (BASE, *ARCHITECTURES),
    ),
)

STUDY = Study(
    name="sweep",
    question="What does the time to grok depend on?",
    source="The Eureka phenomenon in neural networks, a pipeline; on decay Nanda et al., arXiv:2301.05217",
    protocol=PROTOCOL,
    claims=CLAIMS,
    maps=MAPS,
    scales={
        "smoke": Scale(
            _arms({**NETWORK, **TINY}, 4, 2), "a + b mod 11 in 300 steps, 4 seeds", evidence=False
        ),
        "laptop": Scale(_arms(NETWORK, 6, 5), "a + b mod 53, width 64, 10,000 steps, 6 seeds a setting"),
        "paper": Scale(
            _arms({**NETWORK, **WHOLE}, 32, 5), "a + b mod 97, width 128, 50,000 steps, 32 seeds a setting"
        ),
    },
)
