"""Hold a measure, ours or anybody's, to what every measure promises."""

import inspect
from collections.abc import Callable, Iterable

from torch import Tensor

from latebloom.errors import InputError, MeasureContractError, UnknownNameError, shown
from latebloom.measures.contract.promises import PROMISES, Promise
from latebloom.measures.contract.trial import BrokenPromiseError, Inputs, Trial, arrays
from latebloom.measures.contract.vocabulary import AXES, SCALARS, TRANSFORMATIONS, draw

LONGEST = 3
"""So many examples are told of one broken promise."""


def check_measure(
    measure: Callable[..., Tensor | dict[str, Tensor]],
    *,
    inputs: Inputs | None = None,
    invariances: Iterable[str] = (),
    nan_spoils: bool = True,
    seed: int = 0,
) -> None:
    """Try whether `measure` keeps the promises of a measure: return if it does, raise if it does not.

    It is called about a hundred times with small arrays. `docs/measures.md` says what is promised.

    Args:
        measure: takes torch tensors with leading population axes, by name; returns a float64 tensor, or a
            mapping from names to such tensors.
        inputs: called with a population such as (2, 3) and a seed, returns the arguments by name. Without it
            each required argument is drawn by its name, one of AXES or SCALARS in
            `latebloom.measures.contract.vocabulary`.
        invariances: what may be done to the arrays without changing the result: names such as "rotation",
            from `latebloom.measures.contract.vocabulary.TRANSFORMATIONS`.
        nan_spoils: False for a measure that answers a number where a lane is not finite, as `accuracy` does,
            which counts such a sample as wrong. Other lanes must not notice even so.
        seed: what the inputs are drawn from.

    Raises:
        MeasureContractError: lists every broken promise, with what was given and what came back.
        UnknownNameError: an argument or an invariance that the vocabulary does not have.
        InputError: `measure` cannot be called, or takes no array.

    >>> from latebloom.measures import check_measure, participation_ratio
    >>> check_measure(participation_ratio, invariances=["rotation", "scale"])
    """
    name = getattr(measure, "__name__", type(measure).__name__)
    if not callable(measure):
        raise InputError(f"measure: got {shown(measure)}; a function is needed")
    trial = Trial(measure, inputs or _by_name(measure, name), _known(invariances), nan_spoils, seed)
    if not arrays(trial.given()):
        raise InputError(f"{name}: got no array among its arguments; a measure takes at least one")
    broken = [f"{kind}: {what}" for kind, promise in PROMISES.items() for what in _told(promise, trial)]
    if broken:
        raise MeasureContractError(name, broken)


def _known(invariances: Iterable[str]) -> tuple[str, ...]:
    names = tuple(invariances)
    for name in names:
        if name not in TRANSFORMATIONS:
            raise UnknownNameError("invariance", name, TRANSFORMATIONS)
    return names


def _by_name(measure: Callable[..., object], name: str) -> Inputs:
    parameters = inspect.signature(measure).parameters.values()
    needed = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    for argument in needed:
        if argument not in AXES and argument not in SCALARS:
            raise UnknownNameError(f"argument of {name}", argument, [*AXES, *SCALARS])
    return lambda population, seed: {argument: draw(argument, population, seed) for argument in needed}


def _told(promise: Promise, trial: Trial) -> list[str]:
    found: list[str] = []
    try:
        for broken in promise(trial):
            found.append(broken)
    except BrokenPromiseError as broken:
        found.append(str(broken))
    more = [f"and {len(found) - LONGEST} more"] if len(found) > LONGEST else []
    return found[:LONGEST] + more
