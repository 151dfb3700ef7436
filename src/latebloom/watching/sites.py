"""Sites of somebody else's model: submodules by their names, and what passes there."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from latebloom.errors import InputError, UnknownNameError, shown

Take = Callable[[Any], Any]
"""Takes the tensor to be measured, (sample, ...), out of what a submodule returns."""

MODELS_OWN = (
    RuntimeError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)
"""What code raises that was given something else than it expects."""


def checked_sites(model: nn.Module, sites: object) -> dict[str, Take]:
    """Take a list of names of submodules, or a mapping from them to functions of what they return.

    Raises:
        UnknownNameError: no such submodule; lists those that there are, the most alike first.
        InputError: none is named, or something that is no name or no function.
    """
    known = [name for name, _ in model.named_modules() if name]
    if isinstance(sites, Mapping):
        wanted: dict[Any, Any] = dict(sites)
    elif isinstance(sites, Sequence) and not isinstance(sites, str):
        wanted = dict.fromkeys(sites, first_tensor)
    else:
        raise InputError(f"sites: got {shown(sites)}; a list of names is needed, known: {shown(known, 400)}")
    if not wanted:
        raise InputError(f"sites: got none; at least one is needed, known: {shown(known, 400)}")
    for site, take in wanted.items():
        if site not in known:
            raise UnknownNameError("site", site, known)
        if not callable(take):
            raise InputError(
                f"sites: got {shown(take)} for {shown(site)}; a function of its output is needed"
            )
    return wanted


def first_tensor(output: Any) -> Any:
    """Take the first tensor of an output: itself, or within tuples, lists and mappings; None if there is none.

    >>> import torch
    >>> first_tensor({"loss": 1.0, "hidden": [torch.zeros(2)]})
    tensor([0., 0.])
    """
    if isinstance(output, Tensor):
        return output
    parts: Any = ()
    if isinstance(output, Mapping):
        parts = output.values()
    elif isinstance(output, tuple | list):
        parts = output
    return next((found for found in map(first_tensor, parts) if found is not None), None)


@contextmanager
def listening(model: nn.Module, sites: Mapping[str, Take]) -> Generator[dict[str, Any]]:
    """Give a dictionary that fills with what passes at the sites while the model runs, by site.

    Hooks are there as long as the context lasts. What passes is copied at once, since the next layer may write
    over it; of a submodule that is called several times the last call counts.
    """
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        for site, take in sites.items():
            handle = model.get_submodule(site).register_forward_hook(_keeper(found, site, take))
            stack.callback(handle.remove)
        yield found


def _keeper(found: dict[str, Any], site: str, take: Take) -> Callable[[nn.Module, Any, Any], None]:
    def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
        try:
            value = take(output)
        except MODELS_OWN as error:
            raise InputError(
                f"site {shown(site)}: its function cannot take the output: {told(error)}"
            ) from error
        found[site] = value.detach().clone() if isinstance(value, Tensor) else value

    return keep


def told(error: Exception) -> str:
    """Write an error on one line: its class, and how its message begins."""
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first[:200]}" if first else type(error).__name__
