"""What every measure promises: each promise tries one measure and tells where it is broken."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from latebloom.measures.contract.refusals import nothing_raised, refusals
from latebloom.measures.contract.trial import (
    Results,
    Trial,
    arrays,
    differences,
    mapped,
    numbers,
    typed,
)
from latebloom.measures.contract.vocabulary import TRANSFORMATIONS

ROUNDING = 1e-12
INVARIANCE_ROUNDING = 1e-10
DRAWS = 3
"""An invariance is tried on this many draws of the input."""

Promise = Callable[[Trial], Iterator[str]]


def shapes(trial: Trial) -> Iterator[str]:
    """Float64 results on the input's device, with the population axes in front, under the same names."""
    alone = trial.results(trial.given(), "population ()")
    if not alone:
        yield "population (): at least one number is promised, it gave an empty dict"
    for population in ((), (3,), (2, 3), (0,)):
        given, what = trial.given(population), f"population {population}"
        results = trial.results(given, what)
        if list(results) != list(alone):
            yield f"{what}: it gave the names {list(results)} instead of {list(alone)}"
            continue
        device = next(iter(arrays(given).values())).device
        for name, value in results.items():
            promised = ((*population, *alone[name].shape), torch.float64, device)
            seen = (tuple(value.shape), value.dtype, value.device)
            if seen != promised:
                yield f"{what}: {name} of {_form(promised)} is promised, it gave {_form(seen)}"


def _form(form: tuple[tuple[int, ...], torch.dtype, torch.device]) -> str:
    shape, dtype, device = form
    return f"shape {shape} in {str(dtype).removeprefix('torch.')} on {device}"


def lanes(trial: Trial) -> Iterator[str]:
    """A lane gets what it would get alone."""
    together = trial.lanes(trial.given((2, 3)), "population (2, 3)", (2, 3))
    for lane in ((0, 0), (0, 2), (1, 1)):
        given, laned = trial.given((2, 3)), trial.laned()
        own = {name: array[lane] for name, array in arrays(given).items() if name in laned}
        alone = trial.results({**given, **own}, f"lane {lane} alone")
        beside = {name: value[lane] for name, value in together.items()}
        for difference in differences(beside, alone, ROUNDING):
            yield f"lane {lane} of (2, 3): beside the others it got {difference} as alone"


def lanes_that_are_not_finite(trial: Trial) -> Iterator[str]:
    """A lane with a nan or an infinity spoils its own result and no other, and raises nothing."""
    clean = trial.lanes(trial.given((3,)), "population (3,)", (3,))
    for name in trial.laned():
        for poison in (math.nan, math.inf, -math.inf):
            yield from _one_spoiled(trial, clean, name, poison)
    nowhere = mapped(
        trial.given((2,)), lambda array: array * math.nan if array.is_floating_point() else array
    )
    for name, value in trial.results(nowhere, "nothing but nan").items():
        if trial.nan_spoils and not value.isnan().all():
            yield f"nothing but nan: nan is promised, it gave {name} {numbers(value)}"


def _one_spoiled(trial: Trial, clean: Results, name: str, poison: float) -> Iterator[str]:
    given = trial.given((3,))
    array = arrays(given)[name].clone(memory_format=torch.contiguous_format)
    if not array.is_floating_point():
        return
    entries = array[1].view(-1)
    entries[min(2, len(entries) - 1)] = poison
    what = f"{name} with {poison} in the second of three lanes"
    spoiled = trial.lanes({**given, name: array}, what, (3,))
    for difference in differences(_others(spoiled), _others(clean), 0.0):
        yield f"{what}: the other lanes got {difference}"
    for key, value in spoiled.items():
        if trial.nan_spoils and value[1].isfinite().any():
            yield f"{what}: nan is promised there, it gave {key} {numbers(value[1])}"


def _others(results: Results) -> Results:
    return {name: value[[0, 2]] for name, value in results.items()}


def input_unchanged(trial: Trial) -> Iterator[str]:
    """The arrays given stay as they are."""
    for dtype in (torch.float32, torch.float64):
        given = typed(trial.given((2,)), dtype)
        before = arrays(mapped(given, torch.clone))
        trial.results(given, f"population (2,) in {dtype}")
        for name, after in arrays(given).items():
            if not torch.equal(after, before[name]):
                yield f"{name} in {dtype}: was {numbers(before[name])} before the call, {numbers(after)} after it"


def no_gradient(trial: Trial) -> Iterator[str]:
    """No gradient flows through a measure."""
    given = mapped(trial.given(), torch.clone)
    for array in arrays(given).values():
        array.requires_grad_(array.is_floating_point())
    for name, value in trial.results(given, "an input that requires its gradient").items():
        if value.requires_grad:
            yield f"{name}: requires a gradient when the input does"


def shorter_types(trial: Trial) -> Iterator[str]:
    """The same numbers in a shorter type give the same result."""
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        short = typed(trial.given((2,)), dtype)
        long = trial.results(typed(short, torch.float64), "float64")
        for difference in differences(trial.results(short, str(dtype)), long, ROUNDING):
            yield f"{dtype}: it gave {difference} for the same numbers in float64"


def layout(trial: Trial) -> Iterator[str]:
    """How an array lies in memory does not matter."""
    given = trial.given((2, 3))
    strided = mapped(given, lambda array: array.mT.contiguous().mT if array.ndim > 1 else array)
    expected = trial.results(trial.given((2, 3)), "population (2, 3)")
    for difference in differences(trial.results(strided, "transposed memory"), expected, ROUNDING):
        yield f"transposed memory: it gave {difference}"


def shared_labels(trial: Trial) -> Iterator[str]:
    """Labels without population axes serve every lane."""
    given, labels = trial.given((2, 3)), trial.given().get("labels")
    if isinstance(labels, Tensor):
        expanded = {**given, "labels": labels.expand(2, 3, *labels.shape)}
        expected = trial.results(expanded, "population (2, 3)")
        shared = trial.results({**given, "labels": labels}, "labels without population axes")
        for difference in differences(shared, expected, 0.0):
            yield f"labels without population axes: it gave {difference} for the same labels in every lane"


def repeatable(trial: Trial) -> Iterator[str]:
    """The same input gives the same numbers, to the bit."""
    first = trial.results(trial.given((2,)), "the first call")
    for difference in differences(trial.results(trial.given((2,)), "the second call"), first, 0.0):
        yield f"the same input again: it gave {difference}"


def random_state(trial: Trial) -> Iterator[str]:
    """Nobody's random numbers change because something was measured."""
    what = "population (2,)"
    with _lent_states():
        torch.rand(())  # leave the state where a measure that seeds would set it
        np.random.random()
        before = _states()
        trial.results(trial.given((2,)), what)
        for name, state in _states().items():
            if state != before[name]:
                yield f"{name}: its global state is another after the call"
        # Python's own may be drawn from, as beartype does to check types; but nothing may come of it.
        results, ends = [], []
        for seed in (1, 2):
            random.seed(seed)
            results.append(trial.results(trial.given((2,)), what))
            ends.append(random.getstate())
    if ends[0] == ends[1]:
        yield "random: its global state is always the same after the call"
    for difference in differences(*results, tolerance=0.0):
        yield f"random: with another global state it gave {difference}"


@contextmanager
def _lent_states() -> Iterator[None]:
    """Put the global states back as they were."""
    of_torch, of_numpy, of_python = torch.random.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        torch.random.set_rng_state(of_torch)
        np.random.set_state(of_numpy)
        random.setstate(of_python)


def _states() -> dict[str, str]:
    with np.printoptions(threshold=10_000):
        of_numpy = repr(np.random.get_state())
    return {"torch.random": repr(torch.random.get_rng_state().tolist()), "numpy.random": of_numpy}


def invariances(trial: Trial) -> Iterator[str]:
    """What the measure promises to be invariant to does not change its result."""
    for invariance in trial.invariances:
        for draw in range(DRAWS):
            expected = trial.results(trial.given(draw=draw), "population ()")
            found = trial.results(TRANSFORMATIONS[invariance](trial.given(draw=draw)), invariance)
            for difference in differences(found, expected, INVARIANCE_ROUNDING):
                yield f"{invariance}: after it, it gave {difference}"


PROMISES: Mapping[str, Promise] = MappingProxyType(
    {
        "shapes": shapes,
        "lanes are independent": lanes,
        "a lane that is not finite spoils itself alone": lanes_that_are_not_finite,
        "the input stays as it was": input_unchanged,
        "no gradient": no_gradient,
        "the same numbers in a shorter type": shorter_types,
        "layout in memory": layout,
        "labels serve every lane": shared_labels,
        "the same again": repeatable,
        "global random state": random_state,
        "invariances": invariances,
        "bad input": refusals,
        "degenerate input": nothing_raised,
    }
)
"""Every promise by the name that a report gives it."""
