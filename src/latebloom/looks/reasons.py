"""Why a look's measure cannot be given one of its arguments, in words that say what would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from latebloom.looks.history import CURVES
from latebloom.looks.look import Look
from latebloom.looks.place import Place
from latebloom.looks.subject import LARGEST_TABLE
from latebloom.looks.taking import GIVEN
from latebloom.measures.applying import takes
from latebloom.measures.contract.vocabulary import AXES


def refusal(argument: str, look: Look, place: Place) -> str:
    """Say why an argument is not to be had; nothing where it is."""
    if argument not in GIVEN:
        if argument in AXES:
            return "which runs do not keep; call the measure on arrays of your own"
        return f"which is said as an option: {look.measure}({argument}=...)@{look.site}"
    return REASONS[argument](look, place) if argument in REASONS else ""


def _activations_only(look: Look, place: Place) -> str:
    return "" if look.site in place.sites else f"which sites of activations have: {', '.join(place.sites)}"


def _points(look: Look, place: Place) -> str:
    if look.site == "parameters":
        return f"which these sites have: {', '.join(_matrices(place) + place.sites)}"
    return "" if look.site in place.sites else _weights(look, place)


def _weights(look: Look, place: Place) -> str:
    known = _matrices(place)
    return "" if look.site in known else f"a matrix, which these sites have: {', '.join(known)}"


def _matrices(place: Place) -> tuple[str, ...]:
    return tuple(site for site, shape in place.parameters.items() if len(shape) == 2)


def _embedding(look: Look, place: Place) -> str:
    known = [
        site for site in _matrices(place) if place.parameters[site][0] in (place.classes, place.vocabulary)
    ]
    if look.site in place.sites and "table_activations" in takes(look.measure).required:
        return _cyclic(look, place)
    if look.site not in known:
        return f"a row for each token, which these sites have: {', '.join(known) or 'none'}"
    return _cyclic(look, place)


def _cyclic(look: Look, place: Place) -> str:
    if place.subject.cyclic or (place.subject.order and "cayley" in takes(look.measure).optional):
        return ""
    return f"and {place.subject.task} has no cyclic group whose elements its classes are"


def _centroids(look: Look, place: Place) -> str:
    if look.site.startswith("parameter"):
        return _embedding(look, place)
    return _activations_only(look, place) or _cyclic(look, place)


def _whole_table(look: Look, place: Place) -> str:
    if place.subject.pairs is None:
        return (
            f"of the whole table by pairs of elements: {place.subject.task} has none, or one of more than "
            f"{LARGEST_TABLE:,} pairs"
        )
    return _activations_only(look, place) or _cyclic(look, place)


def _frequencies(look: Look, place: Place) -> str:
    if reason := _whole_table(look, place):
        return reason
    return "" if place.subject.summed else f"those of sums: {place.subject.task} adds nothing on its group"


def _table_logits(look: Look, place: Place) -> str:
    keyed = "frequencies" in takes(look.measure).required
    elsewhere = "" if keyed or look.site == "logits" else "which stand at the site logits"
    return _whole_table(look, place) or elsewhere


def _vector(look: Look, place: Place) -> str:
    del place
    own = look.site.startswith("parameter") or "logits" in takes(look.measure).required
    return "" if own else "which stand at the site parameters, and one by one at parameter.NAME"


def _gradient(look: Look, place: Place) -> str:
    del place
    if look.site.startswith("parameter") and look.sample == "train":
        return ""
    site = look.site if look.site.startswith("parameter") else "parameters"
    return f"that of the loss on what is trained on: say {look.measure}@{site}/train"


def _loss(look: Look, place: Place) -> str:
    reason = _gradient(look, place)
    return reason and f"that of training, around its weights: {reason.partition(': ')[2]}"


def _curves(look: Look, place: Place) -> str:
    reason = _gradient(look, place)
    return reason and f"of weights, beside a gradient: {reason.partition(': ')[2]}"


def _logits(look: Look, place: Place) -> str:
    del place
    return "" if look.site == "logits" else "which stand at the site logits"


def _of_logits(look: Look, place: Place) -> str:
    del place
    return "" if look.site == "logits" else f"that of the logits: say {look.measure}@logits"


def _operands(look: Look, place: Place) -> str:
    if not place.paired:
        return f"that of one of two operands, and the examples of {place.subject.task} are no pairs"
    return _of_logits(look, place)


def _pattern(look: Look, place: Place) -> str:
    known = [site for site in place.sites if site.endswith(".pattern")]
    if look.site in known:
        return ""
    return f"which these sites have: {', '.join(known)}" if known else "and this model has no attention"


REASONS: Mapping[str, Callable[[Look, Place], str]] = MappingProxyType(
    {
        "points": _points,
        "labels": _activations_only,
        "order": _cyclic,
        "centroids": _centroids,
        "logits": _logits,
        "pattern": _pattern,
        "table_activations": _whole_table,
        "table_logits": _table_logits,
        "table_labels": _whole_table,
        "frequencies": _frequencies,
        "embedding": _embedding,
        "weights": _weights,
        "parameters": _vector,
        "previous": _vector,
        "initial": _vector,
        "gradient": _gradient,
        "gradients": _gradient,
        **dict.fromkeys(CURVES, _curves),
        "loss": _loss,
        "kernel": _of_logits,
        "initial_kernel": _of_logits,
        "targets": _of_logits,
        "first_gradients": _operands,
        "second_gradients": _operands,
    }
)
"""Why each argument may not be to be had."""
