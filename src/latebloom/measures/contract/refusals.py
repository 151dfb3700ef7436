"""What cannot be measured is refused by an error of ours, and what is only degenerate is measured."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from latebloom.measures.contract.trial import Given, Trial, arrays, mapped, numbers
from latebloom.measures.contract.vocabulary import AXES

WRONG_KINDS: dict[str, Callable[[Tensor], object]] = {
    "a list": lambda array: array.tolist(),
    "a numpy array": lambda array: array.cpu().numpy(),
    "complex numbers": lambda array: array.to(torch.complex64),
    "booleans": lambda array: array.to(torch.bool),
    "the other kind of number": lambda array: array.long() if array.is_floating_point() else array.float(),
    "no axis": lambda array: array.sum(),
}
NO_ORDERS = (0, -6, 6.0, "6", True, None)


def refusals(trial: Trial) -> Iterator[str]:
    """Raise a LatebloomError for what cannot be measured."""
    for changed, what in _unusable(trial):
        complaint = trial.unrefused({**trial.given(), **changed}, what)
        if complaint:
            yield complaint
    if len(trial.laned()) > 1:
        yield from _two_populations(trial)


def _unusable(trial: Trial) -> Iterator[tuple[Given, str]]:
    given = trial.given()
    for name, array in arrays(given).items():
        for kind, spoil in WRONG_KINDS.items():
            yield {name: spoil(array)}, f"{name} as {kind}"
        for axis in range(array.ndim):
            yield {name: array.narrow(axis, 0, 0)}, f"{name} of shape {_without(array, axis)}"
    if "order" in given:
        for order in NO_ORDERS:
            yield {"order": order}, f"order {order!r}"
    yield from _misfits(arrays(given))


def _without(array: Tensor, axis: int) -> tuple[int, ...]:
    return (*array.shape[:axis], 0, *array.shape[axis + 1 :])


def _misfits(given: dict[str, Tensor]) -> Iterator[tuple[Given, str]]:
    """Shorten an axis that several arrays share, in one of them."""
    places = [(name, place, axis) for name in given if name in AXES for place, axis in enumerate(AXES[name])]
    shared = [axis for _, _, axis in places]
    for name, place, axis in places:
        if shared.count(axis) > 1:
            short = given[name].narrow(place, 0, given[name].shape[place] - 1)
            yield {name: short}, f"{name} with one {axis} less than the other arrays"


def _two_populations(trial: Trial) -> Iterator[str]:
    two, three = trial.given((2,)), trial.given((3,))
    for name in trial.laned():
        complaint = trial.unrefused({**two, name: three[name]}, f"{name} of three lanes beside two")
        if complaint:
            yield complaint


def nothing_raised(trial: Trial) -> Iterator[str]:
    """Answer nan or a number, and raise nothing, where all points are equal; raise nothing but ours for less."""
    usual = trial.results(trial.given(), "population ()")
    for given, what in _degenerate(trial):
        for name, value in trial.results(given, what).items():
            if value.isinf().any() and usual[name].isfinite().all():
                yield f"{what}: nan or a finite number is promised, it gave {name} {numbers(value)}"
    for given, what in _scarce(trial):
        complaint = trial.unrefused(given, what)
        if complaint and "raised" in complaint:
            yield complaint


def _degenerate(trial: Trial) -> Iterator[tuple[Given, str]]:
    given = trial.given()
    yield mapped(given, _all_as_the_first), "all points equal"
    if "pattern" not in given:
        yield (
            mapped(given, lambda array: array * 0 if array.is_floating_point() else array),
            "nothing but zeros",
        )


def _all_as_the_first(array: Tensor) -> Tensor:
    return array[:1].expand_as(array).clone() if array.is_floating_point() else array


def _scarce(trial: Trial) -> Iterator[tuple[Given, str]]:
    given = trial.given()
    yield mapped(given, lambda array: array[:1]), "one entry on the first axis"
    if isinstance(labels := given.get("labels"), Tensor):
        yield {**given, "labels": labels * 0}, "labels of one class"
        yield {**given, "labels": labels.clamp(max=1)}, "labels of two classes"
        yield {**given, "labels": labels - 1}, "a label of -1"
        yield {**given, "labels": labels + 10**6}, "labels of a million"
