"""How far a network that adds on Z_n answers by its key frequencies: what is left with them and without.

The logits are those of the whole table of pairs. Only the two axes of pairs need an order, that of the
coordinate; the classes stand in any order, and there may be more of them than coordinates.
"""

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from latebloom.measures.fourier_basis import ROUNDING, fourier_waves, only_where
from latebloom.measures.inputs import over_lanes
from latebloom.measures.pair_tables import Circuit, by_sum, circuit, key_mask, square_table

SMALLEST = 1e-200
"""A sum of exponentials from here on has lost nothing that counts to numbers too small for float64."""


def restricted_loss(
    table_logits: Float[Tensor, "*population first second class"],
    table_labels: Integer[Tensor, "*#population first second"],
    frequencies: Float[Tensor, "*#population frequency"],
    *,
    train: Bool[Tensor, "*#population first second"] | None = None,
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute the cross entropy of the logits' part at the key frequencies of the sum.

    Of each class's logit as a function of the pair (a, b), keeps cos w_k(a + b) and sin w_k(a + b) at each
    key frequency k, w_k = 2 pi k / n, and the mean over all pairs; drops the rest. In nats, from 0; the
    logarithm of the number of classes is what knowing nothing costs. The keys: restricted_loss, the mean over
    all pairs; with `train`, also restricted_loss_train over the pairs it marks and restricted_loss_test over
    the others, nan where there is none. What is kept is found from all pairs in each of them.

    `frequencies` is 1 at a key frequency and 0 elsewhere, entry i for frequency i + 1: the key_frequency_mask
    of `key_frequencies`. It, the labels and `train` may leave out the population axes. Invariant to adding
    the same number to all logits of a pair. nan in a lane with a logit that is nan or infinite, or a
    frequency that is neither 0 nor 1.

    Raises:
        ShapeError: a wrong kind of numbers; a table that is not square, fewer than two classes; labels that
            are no class; arrays that do not fit together.

    Source: Nanda et al. 2301.05217, 5.1 and the code with it.

    >>> token = torch.arange(5)
    >>> total = (token[:, None] + token) % 5
    >>> logits = 9.0 * torch.cos((total[..., None] - token) * 2 * torch.pi / 5)
    >>> round(restricted_loss(logits, total, torch.tensor([1.0, 0.0]))["restricted_loss"].item(), 4)
    0.004
    >>> round(restricted_loss(logits, total, torch.tensor([0.0, 1.0]))["restricted_loss"].item(), 4)
    1.6094
    """
    given = circuit(table_logits, table_labels, frequencies, train)
    return _over_parts("restricted_loss", given.per_lane(_restricted)[..., 0], given)


def excluded_loss(
    table_logits: Float[Tensor, "*population first second class"],
    table_labels: Integer[Tensor, "*#population first second"],
    frequencies: Float[Tensor, "*#population frequency"],
    *,
    train: Bool[Tensor, "*#population first second"] | None = None,
) -> dict[str, Float[Tensor, "..."]]:
    """Compute the cross entropy of the logits without their part at the key frequencies of the sum.

    Removes from each class's logit, as a function of the pair (a, b), cos w_k(a + b) and sin w_k(a + b) at
    each key frequency k, and leaves all else as it is. In nats, from 0. The keys: excluded_loss, all key
    frequencies removed at once, the mean over all pairs; excluded_loss_each (*population, frequency), one
    frequency removed at a time, each of 1 to n // 2 whether key or not. With `train` also excluded_loss_train
    and excluded_loss_each_train over the pairs it marks (the published one), and excluded_loss_test and
    excluded_loss_each_test over the others, nan where there is none.

    The arguments are those of `restricted_loss`. Invariant to adding the same number to all logits of a pair.
    nan in a lane with a logit that is nan or infinite, or a frequency that is neither 0 nor 1.

    Raises:
        ShapeError: as `restricted_loss`.

    Source: Nanda et al. 2301.05217, 5.1 and C.1.5.

    >>> token = torch.arange(5)
    >>> total = (token[:, None] + token) % 5
    >>> logits = 9.0 * torch.cos((total[..., None] - token) * 2 * torch.pi / 5)
    >>> found = excluded_loss(logits, total, torch.tensor([1.0, 0.0]))
    >>> round(found["excluded_loss"].item(), 4)
    1.6094
    >>> [round(loss, 4) for loss in found["excluded_loss_each"].tolist()]
    [1.6094, 0.004]
    """
    given = circuit(table_logits, table_labels, frequencies, train)
    losses = given.per_lane(_excluded)  # (*population, part, 1 + frequency)
    return {
        **_over_parts("excluded_loss", losses[..., 0], given),
        **_over_parts("excluded_loss_each", losses[..., 1:], given),
    }


def logit_variance_explained(
    table_logits: Float[Tensor, "*population first second class"],
    frequencies: Float[Tensor, "*#population frequency"],
) -> dict[str, Float[Tensor, "..."]]:
    """Compute the share of the logits' variance that lies at the key frequencies of the sum.

    The variance is over pairs, about each class's mean, added over classes; the share is what cos w_k(a + b)
    and sin w_k(a + b) hold of it, from 0 to 1. The keys: logit_variance_explained, at the key frequencies
    together; logit_variance_explained_each (*population, frequency), at each of 1 to n // 2, whether key or
    not, which together are the share of what depends on the sum alone.

    `frequencies` as for `restricted_loss`. Invariant to scale, and to a constant added to each class's
    logit. nan where no logit depends on the pair, and in a lane with a logit that is nan
    or infinite, or a frequency that is neither 0 nor 1.

    Raises:
        ShapeError: as `restricted_loss`.

    Source: Nanda et al. 2301.05217, 4.1.

    >>> token = torch.arange(5)
    >>> total = (token[:, None] + token) % 5
    >>> logits = torch.cos((total[..., None] - token) * 2 * torch.pi / 5)
    >>> logits = logits + torch.cos((total[..., None] - token) * 4 * torch.pi / 5) / 3
    >>> round(logit_variance_explained(logits, torch.tensor([1.0, 0.0]))["logit_variance_explained"].item(), 4)
    0.9
    """
    logits = square_table("table_logits", table_logits, "class", 2)
    keys, legal = key_mask(logits, frequencies)
    shares = over_lanes(_wave_shares, logits.flatten(-3, -2))  # (*population, frequency)
    measured = legal & ~shares.isnan().any(-1)
    found = {
        "logit_variance_explained": (shares * keys).sum(-1).clamp(max=1.0),
        "logit_variance_explained_each": shares,
    }
    return {name: only_where(measured, value) for name, value in found.items()}


def _restricted(
    logits: Float[Tensor, "first second class"],
    labels: Integer[Tensor, "sum first"],
    keys: Float[Tensor, " frequency"],
    parts: Float[Tensor, "part sum first"],
) -> Float[Tensor, "part 1"]:
    means = by_sum(logits).mean(1)  # (sum, class), all that the directions kept can see
    kept = means.mean(0) + (keys[:, None, None] * _components(means)).sum(0)  # (sum, class)
    losses = kept.logsumexp(-1, keepdim=True) - kept.gather(-1, labels)  # (sum, first)
    return parts.flatten(1) @ losses.reshape(-1, 1)


def _excluded(
    logits: Float[Tensor, "first second class"],
    labels: Integer[Tensor, "sum first"],
    keys: Float[Tensor, " frequency"],
    parts: Float[Tensor, "part sum first"],
) -> Float[Tensor, "part removal"]:
    turned = by_sum(logits)  # (sum, first, class)
    each = _components(turned.mean(1))  # (frequency, sum, class)
    removed = torch.cat([(keys[:, None, None] * each).sum(0, keepdim=True), each])
    removed = removed.permute(1, 2, 0)  # (sum, class, removal)
    at_label = removed.gather(1, labels[..., None].expand(-1, -1, removed.shape[-1]))
    left = turned.gather(-1, labels[..., None]) - at_label  # (sum, first, removal)
    return parts.flatten(1) @ (_log_sums(turned, removed) - left).flatten(0, 1)


def _log_sums(
    logits: Float[Tensor, "sum first class"], removed: Float[Tensor, "sum class removal"]
) -> Float[Tensor, "sum first removal"]:
    """Compute log sum exp(logits - removed) over classes.

    What is removed depends on the sum alone, so the sums of exponentials are one matrix product per sum. With
    n = 97 it takes 10 ms instead of 200 for 48 frequencies one by one on one core.
    """
    largest = logits.amax(-1, keepdim=True)  # (sum, first, 1)
    smallest = removed.amin(1, keepdim=True)  # (sum, 1, removal)
    sums = (logits - largest).exp() @ (smallest - removed).exp()
    found = sums.log() + largest - smallest
    for removal in (sums < SMALLEST).any(0).any(0).nonzero().flatten().tolist():
        found[..., removal] = (logits - removed[:, None, :, removal]).logsumexp(-1)
    return found


def _components(means: Float[Tensor, "sum class"]) -> Float[Tensor, "frequency sum class"]:
    """Split functions of the sum into what each frequency holds of them."""
    waves = fourier_waves(len(means), means.device)  # (frequency, wave, sum)
    return torch.einsum("fws,fwc->fsc", waves, waves @ means)


def _wave_shares(lane: Float[Tensor, "pair class"]) -> Float[Tensor, " frequency"]:
    """Give the share of the variance over pairs that lies at each frequency of the sum; nan without any."""
    order = round(len(lane) ** 0.5)
    centred = lane - lane[0]
    centred = centred - centred.mean(0)
    total = centred.square().sum()
    means = by_sum(centred.unflatten(0, (order, order))).mean(1)  # (sum, class)
    energy = order * (fourier_waves(order, lane.device) @ means).square().sum((1, 2))
    constant = total <= lane.numel() * (ROUNDING * lane.abs().amax()) ** 2
    return torch.where(constant, torch.nan, (energy / total).clamp(max=1.0))


def _over_parts(name: str, values: Float[Tensor, "..."], given: Circuit) -> dict[str, Float[Tensor, "..."]]:
    """Give each part of the pairs its own key, and nan to lanes that cannot be measured."""
    part = given.measured.ndim
    return {
        name + suffix: only_where(given.measured, values.select(part, index))
        for index, suffix in enumerate(given.suffixes)
    }
