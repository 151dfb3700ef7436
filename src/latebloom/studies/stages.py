"""Three stages of feature learning: a sweep of widths, rates and decays, and thresholds that are to tell the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from latebloom.events import Criteria, course
from latebloom.study import (
    Arm,
    ArmGreater,
    Claim,
    LeftOut,
    MedianWithin,
    Rival,
    Rule,
    RunEvidence,
    Scale,
    ShareWithin,
    Study,
    Time,
    TimeWithin,
    arm,
)

NORM, CHANGE = "weight_norm@parameter.hidden.weight", "weight_change@parameter.hidden.weight"
GRADIENT, COSINE = "gradient_norm@parameters/train", "gradient_cosine_similarity@parameters/train"
DIVERSITY, TRAIN, TEST = "feature_diversity@hidden", "train_accuracy", "test_accuracy"
STAGES = (CHANGE, TRAIN, COSINE, NORM, GRADIENT)
LOOKS = (NORM, CHANGE, GRADIENT, COSINE)

EPOCHS, STEPS = 1000, 37_000  # as published; a shorter run goes through the same course in fewer
LAZY_CHANGE, FITTED, ALIGNED, ACTIVE = 1e-3, 0.95, 0.6, 0.1

Key = tuple[int, str, str]
Mask = NDArray[np.bool_]

NAMES: Mapping[Key, str] = {
    key: "h{}-r{}-d{}".format(*key) for key in product((128, 64, 32), ("1e-3", "5e-4"), ("1e-4", "0"))
}
MAIN, SLOW = (NAMES[128, "1e-3", "1e-4"],), (NAMES[128, "5e-4", "1e-4"],)
WIDE = tuple(name for (width, _, _), name in NAMES.items() if width == 128)


def step_of(run: RunEvidence, epoch: float) -> int:
    """The step that ends a published epoch, or what stands for it in a shorter run."""
    epochs = run.spec["training"]["epochs"]
    return max(1, round(epoch * epochs / EPOCHS)) * (run.steps // epochs)


def at(name: str, epoch: float) -> Callable[[RunEvidence], float]:
    """Read a number at the end of an epoch."""
    return lambda run: run.at(name, step_of(run, epoch))


def mean(name: str, first: float, last: float) -> Callable[[RunEvidence], float]:
    """Average a number over epochs, both ends included."""
    return lambda run: float(run.between(name, step_of(run, first), step_of(run, last)).mean())


def rise(name: str, before: float, after: float, over: float = 0.0) -> Callable[[RunEvidence], float]:
    """By how much a number is higher after one epoch than after another, each a mean over that many epochs more."""
    return lambda run: mean(name, after, after + over)(run) - mean(name, before, before + over)(run)


def grokked(run: RunEvidence) -> Time:
    """From when the test accuracy is 0.95 for five epochs in a row, epoch 50 or later, on the published course."""
    steps, test = run.curve(TEST)
    criteria = Criteria(stable=0.95, stable_evaluations=5, after=step_of(run, 50))
    found = course(steps, run.curve(TRAIN)[1], test, criteria).grokked_stable
    published = STEPS / run.steps
    return Time.of(None if found is None else found * published, last=run.last_step * published)


def groks(run: RunEvidence) -> bool:
    """Whether it does."""
    return grokked(run).happened


def lazy_at_first(run: RunEvidence) -> bool:
    """Whether the hidden weights stand still in epoch 1."""
    return at(CHANGE, 1)(run) < LAZY_CHANGE


def cosine_turns(run: RunEvidence) -> bool:
    """Whether the cosine of gradients is below 0 before epoch 300 and above it until 400, in the mean."""
    return mean(COSINE, 100, 299)(run) < 0 < mean(COSINE, 300, 400)(run)


@dataclass(frozen=True, eq=False)
class Signs:
    """Where the published thresholds hold: each (epoch,), over the epochs at which all five numbers are recorded."""

    steps: NDArray[np.int64]
    lazy: Mask
    independent: Mask
    interactive: Mask
    fitted: Mask
    still: Mask
    gradient: NDArray[np.float64]

    @classmethod
    def of(cls, run: RunEvidence) -> Signs:
        """Hold a run's curves against the thresholds."""
        curves = [run.curve(name) for name in STAGES]
        norm_steps, norms = run.curve(NORM)
        steps = norm_steps[1:]  # the first has none before it
        for own, values in curves:
            steps = np.intersect1d(steps, own[np.isfinite(values)])
        change, train, cosine, norm, gradient = (
            values[np.searchsorted(own, steps)] for own, values in curves
        )
        growth = norm - norms[np.searchsorted(norm_steps, steps) - 1]
        fitted = train >= FITTED
        return cls(
            steps,
            lazy=change < LAZY_CHANGE,
            independent=~fitted & (cosine > ALIGNED) & (growth > 0),
            interactive=fitted & (gradient > ACTIVE),
            fitted=fitted,
            still=np.abs(growth) < LAZY_CHANGE,
            gradient=gradient,
        )


def while_memorising(sign: Callable[[Signs], Mask]) -> Callable[[RunEvidence], float | LeftOut]:
    """Compute the share of the epochs before the fit that show a sign."""

    def of(run: RunEvidence) -> float | LeftOut:
        signs = Signs.of(run)
        window = ~signs.fitted
        return (
            float(sign(signs)[window].mean()) if window.any() else LeftOut("fitted from its first epochs on")
        )

    return of


def in_order(run: RunEvidence) -> bool:
    """Whether all three stages are seen, and their median epochs follow one another."""
    signs = Signs.of(run)
    masks = (signs.lazy, signs.independent, signs.interactive)
    places = [float(np.median(np.flatnonzero(mask))) for mask in masks if mask.any()]
    return len(places) == len(masks) and places == sorted(places)


def on_the_way(statistic: Callable[[Signs, Mask, Mask], float]) -> Callable[[RunEvidence], float | LeftOut]:
    """Compute something of the epochs from fit to grokking and of those after; runs without them are left out."""

    def of(run: RunEvidence) -> float | LeftOut:
        signs, time = Signs.of(run), grokked(run)
        since = signs.steps * (STEPS / run.steps) >= time.step
        before = signs.fitted & ~since
        if not time.happened or before.sum() < 10 or not since.any():
            return LeftOut("did not grok, or within ten epochs of the fit")
        return statistic(signs, before, since)

    return of


def interactive_before(signs: Signs, before: Mask, since: Mask) -> float:
    """Share of the epochs from fit to grokking that show stage III."""
    del since
    return float(signs.interactive[before].mean())


def interactive_no_longer(signs: Signs, before: Mask, since: Mask) -> float:
    """By how much that share is above the one after grokking."""
    return float(signs.interactive[before].mean() - signs.interactive[since].mean())


def new_peak(signs: Signs, before: Mask, since: Mask) -> float:
    """How many times its lowest value so far the gradient rises to before grokking, medians of five epochs."""
    del since
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(signs.gradient[before], 5), axis=1)
    return float((smooth / np.minimum.accumulate(smooth)).max())


def _cell(
    name: str, statement: str, published: str, number: str, statistic: Callable[[RunEvidence], float | bool | Time],
    measured: str, rule: Rule, value: float | None = None,
) -> Claim:  # fmt: skip
    """A cell of the published course at width 128; its rival is the same cell at the other rate."""
    other = "The course is that of rate 5e-4: the source does not say which of its rates it describes."
    return Claim(
        name=name,
        statement=statement,
        where="section 4, interpretation of results",
        published=published,
        arms=MAIN,
        numbers=(number,),
        statistic=statistic,
        measured=measured,
        collapsed="kept",
        rule=rule,
        rival=Rival(other, rule, arms=SLOW),
        value=value,
        curves=(number,),
    )


COURSE = (
    _cell(
        "train-at-100", "At epoch 100 the training set is fitted.", "1.0", TRAIN, at(TRAIN, 100),
        "training accuracy after epoch 100", MedianWithin(low=0.99), 1.0,
    ),
    _cell(
        "test-at-100", "At epoch 100 the test accuracy is 0.49.", "0.49", TEST, at(TEST, 100),
        "test accuracy after epoch 100, to within 0.1", MedianWithin(low=0.39, high=0.59), 0.49,
    ),
    _cell(
        "test-at-300", "At epoch 300 the test accuracy is 0.58.", "0.58", TEST, at(TEST, 300),
        "test accuracy after epoch 300, to within 0.1", MedianWithin(low=0.48, high=0.68), 0.58,
    ),
    _cell(
        "test-at-400", "At epoch 400 the test accuracy is 0.99.", "0.99", TEST, at(TEST, 400),
        "test accuracy after epoch 400", MedianWithin(low=0.95), 0.99,
    ),
    _cell(
        "test-from-500", "From epoch 500 on the test accuracy is 1.0.", "1.0", TEST, mean(TEST, 500, 1000),
        "mean test accuracy over epochs 500 to 1000", MedianWithin(low=0.99), 1.0,
    ),
    _cell(
        "groks-at-300-to-400", "Grokking happens between epochs 300 and 400.", "300-400", TEST, grokked,
        "step from which the test accuracy is 0.95 for five epochs in a row, epoch 50 or later; epochs of 37 steps",
        TimeWithin(low=300 * 37, high=400 * 37),
    ),
    _cell(
        "lazy-at-1", "After epoch 1 the network is in the lazy stage.", "Stage I", CHANGE, lazy_at_first,
        "whether the hidden weight matrix has moved by less than 0.001 in epoch 1", ShareWithin(low=0.5),
    ),
    _cell(
        "norm-at-1", "After epoch 1 the hidden weights have norm 6.5.", "6.5", NORM, at(NORM, 1),
        "norm of the hidden weight matrix after epoch 1, to within 5 %", MedianWithin(low=6.2, high=6.8), 6.5,
    ),
    _cell(
        "norm-settles", "From epoch 500 on the hidden norm is stable near 27.", "about 27", NORM,
        mean(NORM, 500, 1000), "mean norm of the hidden weight matrix over epochs 500 to 1000, to within 10 %",
        MedianWithin(low=24.3, high=29.7), 27.0,
    ),
    _cell(
        "norm-falls", "Between epochs 300 and 400 the hidden norm falls.", "begins to fall", NORM,
        rise(NORM, 300, 400), "norm of the hidden weight matrix after epoch 400 less that after epoch 300",
        MedianWithin(high=0.0),
    ),
    _cell(
        "cosine-turns", "The cosine of gradients turns from negative to positive as the network groks.",
        "from negative to positive", COSINE, cosine_turns,
        "whether the mean cosine of the last five epochs' gradients is below 0 over epochs 100 to 299 and above 0 over "
        "300 to 400", ShareWithin(low=0.5),
    ),
    _cell(
        "diversity-falls", "From epoch 500 on the diversity of features falls slowly.", "falls slowly",
        DIVERSITY, rise(DIVERSITY, 500, 900, over=100), "entropy of the singular values of hidden test activations, "
        "mean over epochs 900 to 1000 less that over 500 to 600", MedianWithin(high=0.0),
    ),
)  # fmt: skip


_agreement = partial(Claim, where="section 1, the three stages", arms=WIDE, numbers=STAGES, collapsed="kept")
"""How far a threshold agrees with what happens, over all runs of width 128."""

MEMORISING = "share of epochs with training accuracy below 0.95 at which"
UNTIL = "from training accuracy 0.95 to grokking; runs that do not grok, or within ten epochs, are left out"

THRESHOLDS = (
    _agreement(
        "lazy-while-memorising", "While the network memorises, the hidden weights hardly move.",
        published="change below 0.001", statistic=while_memorising(lambda signs: signs.lazy),
        measured=f"{MEMORISING} the hidden weight matrix moves by less than 0.001", rule=MedianWithin(low=0.5),
        rival=Rival(
            "What stands still is the norm, not the weights.", MedianWithin(low=0.5),
            f"{MEMORISING} its norm changes by less than 0.001", while_memorising(lambda signs: signs.still),
        ),
    ),
    _agreement(
        "independent-before-fit", "Before the fit, gradients agree and the hidden norm grows.",
        published="accuracy below 0.95, cosine above 0.6, norm growing",
        statistic=while_memorising(lambda signs: signs.independent), rule=MedianWithin(low=0.5),
        measured=f"{MEMORISING} the cosine of gradients is above 0.6 and the hidden norm grows",
    ),
    _agreement(
        "interactive-until-grokked", "From the fit to grokking the gradient stays at work.",
        published="accuracy at least 0.95, gradient norm above 0.1", statistic=on_the_way(interactive_before),
        measured=f"share of epochs at which the norm of the gradient is above 0.1, {UNTIL}", rule=MedianWithin(low=0.5),
    ),
    _agreement(
        "interactive-ends", "The third stage is the way to grokking, and is over afterwards.",
        published="completes generalisation", statistic=on_the_way(interactive_no_longer),
        measured=f"share of epochs in stage III after grokking, taken from that {UNTIL}", rule=MedianWithin(low=0.25),
    ),
    _agreement(
        "new-peak", "In the third stage the norm of the gradient peaks anew.",
        published="a new peak", statistic=on_the_way(new_peak), rule=MedianWithin(low=2.0),
        measured=f"largest ratio of the gradient's norm to its lowest before, medians of five epochs, {UNTIL}",
    ),
    _agreement(
        "stages-in-order", "The thresholds name all three stages, one after the other.",
        published="I, II, III", statistic=in_order, rule=ShareWithin(low=0.5),
        measured="whether each threshold is met at some epoch, and the median epochs follow one another",
    ),
)  # fmt: skip

_later = partial(
    Claim, numbers=(TEST,), curves=(TEST,), statistic=grokked, collapsed="kept", rule=ArmGreater(),
    measured="step from which the test accuracy is 0.95 for five epochs in a row, epoch 50 or later, of the first arm "
    "beside the second; runs that do not grok are censored",
)  # fmt: skip
"""An arm of the sweep against the published one."""

SWEEP = (
    Claim(
        name="some-grok",
        statement="Some runs of the sweep grok, and some do not.",
        where="section 3, partial results",
        published="some runs",
        arms=tuple(NAMES.values()),
        numbers=(TEST,),
        statistic=groks,
        measured="whether the test accuracy is 0.95 for five epochs in a row, epoch 50 or later",
        collapsed="kept",
        rule=ShareWithin(low=0.05, high=0.95),
    ),
    _later(
        "decay-helps", "Without decay grokking is later: features emerge because of it.", "section 1, stage II",
        "because of weight decay", arms=(NAMES[128, "1e-3", "0"], *MAIN),
    ),
    _later(
        "rate-helps", "At rate 5e-4 grokking is later than at 1e-3.", "section 3, sweep", "not stated",
        arms=(*SLOW, *MAIN),
    ),
    _later(
        "width-helps", "At width 32 grokking is later than at 128.", "section 3, sweep", "not stated",
        arms=(NAMES[32, "1e-3", "1e-4"], *MAIN),
    ),
)  # fmt: skip


def _arms(changes: Mapping[str, object], seeds: int, narrow: int, *, every: str = "") -> tuple[Arm, ...]:
    """Lay out the sweep, widths from the largest; diversity `every` so often, as it takes half an epoch's time."""
    return tuple(
        arm(
            name,
            "stages",
            {
                "model.width": width,
                "optimizer.learning_rate": float(rate),
                "optimizer.weight_decay": float(decay),
                **changes,
            },
            seeds=seeds if width == 128 else narrow,
            looks=(*LOOKS, DIVERSITY + every),
            together=f"h{width}",
        )
        for (width, rate, decay), name in NAMES.items()
    )


PROTOCOL = """\
a + b mod 97, half of the pairs trained on. An embedding shared by both tokens, a hidden layer with ReLU, a linear
read-out; Adam with decay coupled to the gradient; batches of 128, reshuffled; 1000 epochs of 37 steps; widths 128, 64
and 32, rates 0.001 and 0.0005, decays 0.0001 and 0. All is measured once an epoch, diversity every tenth.

The source gives one course, at width 128, and does not say at which rate and decay. Its norm falls by decay, so the
decay is taken to be 0.0001, and the rate 0.001; each cell is judged at 0.0005 too, as the rival.

W1 is the matrix of the hidden layer. Its change is the norm of the difference from the epoch before; that only the
norm stands still is a rival. The cosine of gradients is the mean over pairs of the last five epochs' gradients, each of
the whole training set; the source also speaks of a cosine between neurons. The norm of the gradient is that of all
parameters over the whole training set. The thresholds 0.001, 0.95, 0.6 and 0.1 are the source's own and no part of the
theory that it cites; where two are met at once, both count.

Not put to the test: the pictures of single runs, which carry no numbers."""

STUDY = Study(
    name="stages",
    question="Do three stages with fixed thresholds tell how a network comes to grok?",
    source="Three stages of grokking, a reading of Tian, Provable scaling laws of feature emergence (arXiv:2509.21519)",
    protocol=PROTOCOL,
    claims=(*COURSE, *THRESHOLDS, *SWEEP),
    scales={
        "smoke": Scale(
            _arms({"task.modulus": 23, "training.epochs": 100, "training.batch": 64}, 6, 6),
            "a + b mod 23, 100 epochs of 5 steps in the place of 1000; the published numbers are of another task",
            evidence=False,
        ),
        "laptop": Scale(
            _arms({}, 9, 6, every=":370"),
            "the published sweep; 9 seeds a setting at width 128, 6 at the others",
        ),
        "paper": Scale(
            _arms({}, 32, 32, every=":370"), "the published sweep, 32 seeds for each of its 12 settings"
        ),
    },
)
