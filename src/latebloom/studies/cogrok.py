"""Several operations in one network: does sharing make each grok sooner, and do they share their structure?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from latebloom.study import (
    AboveNull,
    Arm,
    ArmGreater,
    Claim,
    LeftOut,
    MedianWithin,
    Rival,
    RunEvidence,
    Scale,
    ShareWithin,
    Study,
    Time,
    arm,
)

OPERATIONS = ("addition", "subtraction", "multiplication")
TOGETHER, LARGE = "together", "addition-large"
GROKKED = 0.9
EVERY = 1000  # steps between looks at spectra, which take longer than an evaluation


def accuracy_of(operation: str) -> str:
    """Name the number: test accuracy on one operation's examples."""
    return f"accuracy@logits/{operation}"


def frequency_of(operation: str) -> str:
    """Name the number: frequency that leads in the read-out of one operation."""
    return f"spectrum_leading_frequency@final/{operation}"


def grokked(operation: str) -> Callable[[RunEvidence], Time]:
    """When the test accuracy on an operation was 0.9 for the first time."""

    def statistic(run: RunEvidence) -> Time:
        steps, values = run.curve(accuracy_of(operation))
        above = values >= GROKKED
        return Time.of(int(steps[above.argmax()]) if above.any() else None, last=run.last_step)

    return statistic


def all_grok(run: RunEvidence) -> bool:
    """Whether every operation does."""
    return all(grokked(operation)(run).happened for operation in OPERATIONS)


def _both(run: RunEvidence) -> tuple[Time, Time]:
    return grokked("addition")(run), grokked("multiplication")(run)


def addition_first(run: RunEvidence) -> bool | LeftOut:
    """Whether addition does no later than multiplication."""
    addition, multiplication = _both(run)
    if not addition.happened and not multiplication.happened:
        return LeftOut("neither grokked")
    return addition.happened and (not multiplication.happened or addition.step <= multiplication.step)


def ratio(run: RunEvidence) -> float | LeftOut:
    """Multiplication's time over addition's."""
    addition, multiplication = _both(run)
    if not (addition.happened and multiplication.happened):
        return LeftOut("not both grokked")
    return multiplication.step / max(addition.step, 1.0)


def same_frequency(run: RunEvidence) -> bool | LeftOut:
    """Whether addition and subtraction are led by one frequency at the end."""
    if not (grokked("addition")(run).happened and grokked("subtraction")(run).happened):
        return LeftOut("not both grokked")
    return run.last(frequency_of("addition")) == run.last(frequency_of("subtraction"))


def own_spectrum(run: RunEvidence) -> float | LeftOut:
    """p-value of the read-out's spectrum for multiplication on its own group, at the end."""
    if not grokked("multiplication")(run).happened:
        return LeftOut("multiplication did not grok")
    return run.last("spectrum_p_value@final/multiplication")


def _sooner(operation: str, rival: Rival | None = None) -> Claim:
    number = accuracy_of(operation)
    return Claim(
        name=f"{operation}-sooner",
        statement=f"In one network with the other operations, {operation} groks sooner than alone.",
        where="multi-task co-grokking",
        published="faster insight than single-task learning",
        rule=ArmGreater(),
        measured=f"step at which the test accuracy on {operation} is 0.9 for the first time, alone beside together, as "
        "many of its examples in each step; runs to which it does not happen are censored",
        statistic=grokked(operation),
        arms=(operation, TOGETHER),
        numbers=(number,),
        collapsed="kept",
        rival=rival,
        curves=(number,),
    )


_shared = partial(Claim, arms=(TOGETHER,), collapsed="kept")

CLAIMS = (
    _sooner(
        "addition",
        Rival(
            "Larger batches do it: alone, addition groks sooner with three times as many examples in a step.",
            ArmGreater(),
            arms=("addition", LARGE),
        ),
    ),
    _sooner("subtraction"),
    _sooner("multiplication"),
    _shared(
        "all-grok",
        "One network groks all three operations.",
        "multi-task co-grokking",
        "simultaneously",
        ShareWithin(low=0.5),
        "whether the test accuracy on each operation is ever 0.9, within the steps",
        all_grok,
        numbers=tuple(map(accuracy_of, OPERATIONS)),
    ),
    _shared(
        "addition-first",
        "In one network addition groks no later than multiplication.",
        "a peer's run, p = 67",
        "31,150 and 32,950",
        ShareWithin(low=0.5),
        "whether the test accuracy on addition is 0.9 no later than on multiplication; left out where neither is",
        addition_first,
        numbers=(accuracy_of("addition"), accuracy_of("multiplication")),
    ),
    _shared(
        "nearly-at-once",
        "In one network multiplication groks at 1.06 times the step of addition.",
        "a peer's run, p = 67",
        "31,150 and 32,950",
        MedianWithin(low=0.96, high=1.16),
        "step at which multiplication groks over that at which addition does, to within 0.1; left out unless both do",
        ratio,
        numbers=(accuracy_of("addition"), accuracy_of("multiplication")),
        value=32_950 / 31_150,
    ),
    _shared(
        "same-frequency",
        "Addition and subtraction are represented at the same leading frequency.",
        "multi-task co-grokking",
        "share Fourier structures",
        ShareWithin(low=0.5),
        "whether the read-out's class centroids of both operations, over the residues, have their largest share at one "
        "frequency at the end; left out unless both grok",
        same_frequency,
        numbers=(frequency_of("addition"), frequency_of("subtraction"), accuracy_of("subtraction")),
        rival=Rival(
            "They agree no more often than chance would have it, in 1 of 26.", ShareWithin(high=0.15)
        ),
    ),
    _shared(
        "multiplication-on-its-group",
        "Multiplication has Fourier structure of its own, over the discrete logarithms.",
        "multi-task co-grokking",
        "share Fourier structures",
        AboveNull(),
        "p-value of the largest share of a frequency in the read-out's class centroids of multiplication, over "
        "logarithms, under relabelled classes, at the end; left out unless it groks",
        own_spectrum,
        numbers=("spectrum_p_value@final/multiplication", accuracy_of("multiplication")),
    ),
)

NETWORK: Mapping[str, Any] = {
    "task.name": "mixed",
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
    "snapshots.every": 5000,
}
TINY: Mapping[str, Any] = {
    "task.modulus": 13,
    "model.width": 16,
    "model.feed_forward": 32,
    "training.steps": 1000,
    "training.batch": 20,
    "snapshots.every": 1000,
}
WHOLE: Mapping[str, Any] = {
    "task.modulus": 67,
    "model.width": 128,
    "model.feed_forward": 512,
    "training.steps": 50_000,
    "snapshots.every": 10_000,
}


def _arms(changes: Mapping[str, Any], seeds: int) -> tuple[Arm, ...]:
    """Lay out the operations together, alone, and addition alone in batches as large as all together have."""
    network = {**NETWORK, **changes}
    large = {"training.batch": len(OPERATIONS) * network["training.batch"]}
    parts: dict[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
        TOGETHER: (OPERATIONS, large),
        **{operation: ((operation,), {}) for operation in OPERATIONS},
        LARGE: (("addition",), large),
    }
    return tuple(
        arm(
            name,
            "nanda",
            {**network, **batch, "task.operations": [list(operations)]},
            seeds=seeds,
            looks=[
                look
                for operation in operations
                for look in (accuracy_of(operation), f"group_spectrum@final/{operation}:{EVERY}")
            ],
        )
        for name, (operations, batch) in parts.items()
    )


PROTOCOL = """\
Addition, subtraction and multiplication mod p in one transformer, told apart by an operation token between the
operands, and each alone in the same network with the same token; the source names the tasks and gives neither sizes
nor numbers, the peer p = 67. At the laptop scale p = 53 and the network is one layer without LayerNorm, 64 wide; at
the paper scale p = 67 and 128. 40 % of the pairs of all operations, AdamW, rate 0.003, decay 1.

Compute is equal in examples for each task: together, a batch holds 768 examples, 256 of each operation in the mean;
alone, 256. A step is so the same amount of each task, and times are compared in steps. That larger batches alone do
it is the rival: addition alone in batches of 768.

An operation's accuracy is that on its own held-back examples. Structure is read off the class centroids of the
read-out, for addition and subtraction over the residues, for multiplication over the discrete logarithms: these are
different groups, of 53 and of 52 elements, so no frequency of one is a frequency of the other, and only addition
and subtraction can have the same."""

STUDY = Study(
    name="cogrok",
    question="Do operations that are trained together grok sooner than alone, and do they share their structure?",
    source="The Eureka phenomenon in neural networks, a pipeline: co-grokking; a peer's run of p = 67",
    protocol=PROTOCOL,
    claims=CLAIMS,
    scales={
        "smoke": Scale(_arms(TINY, 6), "mod 13 in 1000 steps, 6 seeds", evidence=False),
        "laptop": Scale(_arms({}, 12), "mod 53, width 64, 10,000 steps, 12 seeds"),
        "paper": Scale(_arms(WHOLE, 32), "mod 67, width 128, 50,000 steps, 32 seeds"),
    },
)
