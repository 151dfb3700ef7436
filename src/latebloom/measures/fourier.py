"""At which frequencies a network represents Z_n: by its embedding, and by its hidden units."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.fourier_basis import (
    ROUNDING,
    entropy,
    even_shares,
    fourier_waves,
    gini,
    only_where,
)
from latebloom.measures.inputs import floating, over_lanes
from latebloom.measures.pair_tables import square_table


def embedding_spectrum(
    embedding: Float[Tensor, "*population token feature"], *, top: int = 5
) -> dict[str, Float[Tensor, "..."]]:
    """Compute the energy of an embedding at each frequency of the Fourier transform over tokens.

    Rows are tokens in the order of their coordinate on Z_n. The keys:

    * embedding_spectrum (*population, frequency): the energy at frequencies 1 to n // 2, squared units of
      the embedding; with embedding_constant, the energy of the mean row, it adds up to the sum of squares.
    * embedding_gini, from 0 (flat) to 1 - 1 / frequencies (one holds all); embedding_entropy, in nats, from 0
      (one holds all) to log(frequencies); embedding_top_share, the share of the spectrum in its `top` largest
      frequencies, from top / frequencies to 1.
    * embedding_norm_gini: the same coefficient over the norms of all n rows of the basis, cosines, sines and
      the constant apart, as the source has it.
    * embedding_singular_values (*population, direction): of the embedding as it is, largest first.

    Invariant to rotation; but for the constant and the norms that hold it, to translation. Gini, entropy and
    top share are nan where all tokens coincide; all is nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than two tokens or no feature.
        InputError: `top` is no whole number from 1.

    Source: Nanda et al. 2301.05217, 5.1.

    >>> angle = torch.arange(7) * 3 * 2 * torch.pi / 7
    >>> found = embedding_spectrum(torch.stack([angle.cos(), angle.sin()], dim=-1), top=1)
    >>> [round(energy, 4) for energy in found["embedding_spectrum"].tolist()]
    [0.0, 0.0, 7.0]
    >>> round(found["embedding_top_share"].item(), 4)
    1.0
    """
    embedding = floating("embedding", embedding, {"token": 2, "feature": 1})
    if not isinstance(top, int) or isinstance(top, bool) or top < 1:
        raise InputError(f"top: got {shown(top)}; a number of frequencies, at least 1, is needed")
    finite = embedding.isfinite().all(-1).all(-1)  # (*population)
    embedding = torch.where(finite[..., None, None], embedding.double(), 0.0)
    # Coinciding tokens must give exactly zero at every frequency; a constant is no part of any.
    waves = fourier_waves(embedding.shape[-2], embedding.device)  # (frequency, wave, token)
    coefficients = waves @ (embedding - embedding[..., :1, :])[..., None, :, :]
    energies = coefficients.square().sum(-1)  # (*population, frequency, wave)
    constant = embedding.mean(-2).square().sum(-1) * embedding.shape[-2]  # (*population)
    spectrum = energies.sum(-1)  # (*population, frequency)
    rows = torch.cat([constant[..., None], energies.flatten(-2)], dim=-1)[..., : embedding.shape[-2]]
    found = {
        "embedding_constant": constant,
        "embedding_entropy": entropy(spectrum),
        "embedding_gini": gini(spectrum),
        "embedding_norm_gini": gini(rows.sqrt()),
        "embedding_singular_values": torch.linalg.svdvals(embedding),
        "embedding_spectrum": spectrum,
        "embedding_top_share": (_top(spectrum, top) / spectrum.sum(-1)).clamp(max=1.0),
    }
    return {name: only_where(finite, value) for name, value in found.items()}


def embedding_key_frequencies(
    embedding: Float[Tensor, "*population token feature"], *, times: float = 2.0
) -> dict[str, Float[Tensor, "..."]]:
    """Find the frequencies that hold more than `times` their even share of the embedding's energy.

    The even share is what white noise has: 2 / (n - 1), and half of it at n / 2. The keys, with frequency i +
    1 at entry i: embedding_key_mask (*population, frequency), 1 at a key frequency and 0 elsewhere; and
    embedding_key_count (*population), how many there are, possibly none.

    Invariant to rotation, translation and scale. nan where all tokens coincide, and in a lane that holds a
    nan or an infinity.

    Raises:
        ShapeError: as `embedding_spectrum`.
        InputError: `times` is not above 0.

    Source: the published choice is by eye (Nanda et al. 2301.05217, 4.1); the threshold is this package's.

    >>> angle = torch.arange(7) * 3 * 2 * torch.pi / 7
    >>> embedding_key_frequencies(torch.stack([angle.cos(), angle.sin()], dim=-1))["embedding_key_mask"]
    tensor([0., 0., 1.], dtype=torch.float64)
    """
    if not 0.0 < times < math.inf:
        raise InputError(f"times: got {shown(times)}; a multiple of the even share, above 0, is needed")
    spectrum = embedding_spectrum(embedding)["embedding_spectrum"]
    shares = spectrum / spectrum.sum(-1, keepdim=True)
    mask = (shares > times * even_shares(embedding.shape[-2], embedding.device)).double()
    mask = torch.where(shares.isnan(), torch.nan, mask)
    return {"embedding_key_count": mask.sum(-1), "embedding_key_mask": mask}


def key_frequencies(
    table_activations: Float[Tensor, "*population first second unit"], *, explained: float = 0.85
) -> dict[str, Float[Tensor, "..."]]:
    """Find the frequency of each hidden unit, and the frequencies that own units it explains well.

    Of a unit's variance over the whole table of pairs, frequency k explains what the nine products of {1, cos
    k, sin k} of the first coordinate with the same of the second hold, less the constant. The keys, with
    frequency i + 1 at entry i:

    * unit_frequency and unit_explained (*population, unit): the frequency that explains most, and its share,
      from 0 to 1. nan for a unit that is constant up to rounding, such as one that never fires.
    * key_frequency_units (*population, frequency): how many units the frequency explains above `explained`.
    * key_frequency_mask (*population, frequency): 1 where there is such a unit, 0 elsewhere; this is what
      `restricted_loss` takes. key_frequency_count (*population): how many.
    * key_frequency_unit_share (*population): the share of all units that are explained above it.

    Invariant to translation and scale of the units. nan where no unit varies, and in a lane that holds a nan
    or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than two coordinates, no unit, or a table that is not
            square.
        InputError: `explained` is not above 0 and below 1.

    Source: Nanda et al. 2301.05217, 4.3 and the code with it.

    >>> angle = torch.arange(7) * 2 * 2 * torch.pi / 7
    >>> unit = (angle.cos()[:, None] + angle.sin()).relu()
    >>> found = key_frequencies(unit[..., None])
    >>> found["unit_frequency"].item(), found["unit_explained"].item() > 0.9
    (2.0, True)
    """
    table = square_table("table_activations", table_activations, "unit")
    if not 0.0 < explained < 1.0:
        raise InputError(f"explained: got {shown(explained)}; a share, above 0 and below 1, is needed")
    shares = over_lanes(_explained, table.flatten(-3, -2))  # (*population, frequency, unit)
    share, place = shares.max(-2)  # (*population, unit)
    frequency = torch.where(share.isnan(), torch.nan, place.double() + 1.0)
    named = (share > explained)[..., None, :] & (
        place[..., None, :] == torch.arange(shares.shape[-2], device=table.device)[:, None]
    )  # (*population, frequency, unit)
    units = named.sum(-1).double()
    measured = ~share.isnan().all(-1)  # (*population)
    found = {
        "key_frequency_count": (units > 0).sum(-1).double(),
        "key_frequency_mask": (units > 0).double(),
        "key_frequency_unit_share": units.sum(-1) / shares.shape[-1],
        "key_frequency_units": units,
        "unit_explained": share,
        "unit_frequency": frequency,
    }
    return {name: only_where(measured, value) for name, value in found.items()}


def key_frequency_agreement(
    table_activations: Float[Tensor, "*population first second unit"],
    embedding: Float[Tensor, "*population token feature"],
    *,
    explained: float = 0.85,
    times: float = 2.0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Tell whether hidden units and embedding name the same key frequencies.

    Compares the sets of `key_frequencies` and `embedding_key_frequencies`. The keys: key_frequency_agreement,
    1 where they are equal and 0 otherwise; key_frequency_overlap, from 0 (nothing in common) to 1 (equal):
    how many frequencies are in both sets, over how many are in at least one. Both are nan where neither set
    has a frequency, and where either measure is nan.

    Invariant to translation and scale of the units and of the features.

    Raises:
        ShapeError: as the two measures, or as many tokens as the table has coordinates are not there.
        InputError: as the two measures.

    >>> angle = torch.arange(7) * 2 * 2 * torch.pi / 7
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> found = key_frequency_agreement(circle[:, None] + circle, circle)
    >>> {name: value.item() for name, value in found.items()}
    {'key_frequency_agreement': 1.0, 'key_frequency_overlap': 1.0}
    """
    of_units = key_frequencies(table_activations, explained=explained)["key_frequency_mask"]
    embedding = floating("embedding", embedding, {"token": 2, "feature": 1})
    tokens = (*table_activations.shape[:-3], table_activations.shape[-2])
    if embedding.shape[:-1] != tokens:
        raise ShapeError(
            f"embedding: got shape {tuple(embedding.shape)} beside activations of shape "
            f"{tuple(table_activations.shape)}; {(*tokens, 'feature')} is needed"
        )
    of_tokens = embedding_key_frequencies(embedding, times=times)["embedding_key_mask"]
    in_both = (of_units * of_tokens).sum(-1)
    in_either = (of_units + of_tokens).clamp(max=1.0).sum(-1)
    overlap = in_both / in_either  # 0 / 0 is nan: neither names any
    return {
        "key_frequency_agreement": torch.where(overlap.isnan(), torch.nan, (overlap == 1.0).double()),
        "key_frequency_overlap": overlap,
    }


def _top(spectrum: Float[Tensor, "*population frequency"], top: int) -> Float[Tensor, "*population"]:
    return spectrum.topk(min(top, spectrum.shape[-1]), dim=-1).values.sum(-1)


def _explained(lane: Float[Tensor, "pair unit"]) -> Float[Tensor, "frequency unit"]:
    """Give the share of each unit's variance that each frequency explains; nan where it has none."""
    order = round(len(lane) ** 0.5)
    centred = lane - lane[0]
    centred = centred - centred.mean(0)
    total = centred.square().sum(0)  # (unit)
    table = centred.unflatten(0, (order, order))  # (first, second, unit)
    waves = fourier_waves(order, lane.device)  # (frequency, wave, element)
    alone = torch.stack([table.mean(1), table.mean(0)]) * order**0.5  # (factor, element, unit)
    energy = torch.einsum("fwe,aeu->fwau", waves, alone).square().sum((1, 2))
    energy += _both_factors(table, waves)
    constant = total <= len(lane) * (ROUNDING * lane.abs().amax(0)) ** 2  # (unit)
    return torch.where(constant | ~lane.isfinite().all(), torch.nan, (energy / total).clamp(max=1.0))


def _both_factors(
    table: Float[Tensor, "first second unit"], waves: Float[Tensor, "frequency wave element"]
) -> Float[Tensor, "frequency unit"]:
    """Sum the squares of the four coefficients whose two factors both have the frequency.

    The first axis is transformed whole, the second only at the one frequency that is asked for.
    """
    half = (waves.flatten(0, 1) @ table.flatten(1)).unflatten(0, waves.shape[:2])
    half = half.unflatten(-1, table.shape[1:])  # (frequency, wave, second, unit)
    return (waves[:, None] @ half).square().sum((1, 2))
