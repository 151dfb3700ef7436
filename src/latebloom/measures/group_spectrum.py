"""At which frequencies of Z_n the classes are arranged."""

import math

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import ShapeError
from latebloom.measures.cyclic import best_along, mean_at_strides, pairs_at_strides
from latebloom.measures.fourier_basis import gini
from latebloom.measures.inputs import floating
from latebloom.measures.nulls import (
    EQUAL,
    lane_by_lane,
    nan_where,
    null_quantiles,
    p_value,
    relabellings,
    unit_cloud,
)

FEWEST = 4
"""The fewest classes that have two frequencies to choose from."""


def group_spectrum(
    centroids: Float[Tensor, "*population class feature"], draws: int = 200, seed: int = 0
) -> dict[str, Tensor]:
    """Compute the share of the centred centroids' energy at each frequency of the group Z_n.

    The keys, each with the population axes in front:

    * `spectrum` (frequency): the share of the squared norm that the discrete Fourier transform over the
      classes finds at the frequencies 1 to class // 2, both signs together; from 0 to 1, adding up to 1.
      Noise has equal shares, but half as much at class / 2, which has no sine
    * `spectrum_gini`: how unequal the shares are, from 0 (all equal) to 1 - 1 / frequencies (one holds all)
    * `spectrum_entropy`: -sum of share * log share in nats, from 0 (one holds all) to log frequencies
    * `spectrum_leading_frequency`, `spectrum_leading_share`: the frequency with the largest share (of equal
      ones the smallest frequency), and that share
    * `spectrum_leading_gcd`: the divisor g that it shares with the number of classes n. An embedding at a
      frequency with gcd g is constant on the n / g cosets of classes with equal coordinate mod n / g
    * `spectrum_mean_frequency`: the mean of the frequencies, weighted by their shares, over class / 2: near 0
      where all energy is at the lowest frequencies, 1 at the highest, about a half where all shares are equal.
      Frequencies are not invariant to another generator of the group, so low and high are matters of the
      coordinate
    * `spectrum_null_median`, `spectrum_null_95`, `spectrum_null_99`: quantiles of the largest share over all
      frequencies under relabelling; `spectrum_p_value`: (1 + relabellings that reach it) / (1 + draws)
    * `spectrum_key_frequencies`: how many frequencies have a share above `spectrum_null_99`

    Invariant to rotation, translation and scale. All nan where all centroids coincide, and in a lane that
    holds a nan or an infinity.

    Args:
        centroids: the mean of each class, in the order of the coordinate on Z_n.
        draws: how many relabellings.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: fewer than 4 classes, or no floating-point tensor of these axes.
        InputError: an argument out of range.

    >>> angle = torch.arange(96) * (2 * torch.pi * 8 / 96)
    >>> found = group_spectrum(torch.stack([angle.cos(), angle.sin()], dim=-1))
    >>> found["spectrum_leading_frequency"].item(), found["spectrum_leading_gcd"].item()
    (8.0, 8.0)
    """
    centroids = floating("centroids", centroids, {"class": 1, "feature": 1})
    order = centroids.shape[-2]
    if order < FEWEST:
        raise ShapeError(
            f"centroids: got {order} classes; at least {FEWEST} are needed, since fewer have only one frequency"
        )
    relabelling = relabellings(order, draws, seed, centroids.device)
    pairs = pairs_at_strides(relabelling)  # (relabelling, stride, class)
    return lane_by_lane(lambda lane: _group_spectrum(lane, pairs), centroids)


def _group_spectrum(
    lane: Float[Tensor, "class feature"], pairs: Integer[Tensor, "relabelling stride class"]
) -> dict[str, Tensor]:
    cloud = unit_cloud(lane)
    senseless = torch.tensor(cloud is None, device=lane.device)
    cloud = torch.eye(*lane.shape, dtype=lane.dtype, device=lane.device) if cloud is None else cloud
    spectrum = _spectrum(cloud)
    shares = _relabelled_spectra(cloud, pairs)  # (relabelling, frequency)
    leading, _, place = best_along(shares, torch.zeros_like(shares))
    frequency = place[0] + 1
    null = null_quantiles("spectrum", leading)
    found = {
        "spectrum": spectrum,
        "spectrum_gini": gini(spectrum),
        "spectrum_entropy": -torch.xlogy(spectrum, spectrum).sum(),
        "spectrum_leading_frequency": frequency.double(),
        "spectrum_leading_share": spectrum[place[0]],
        "spectrum_leading_gcd": torch.gcd(frequency, frequency.new_tensor(len(lane))).double(),
        "spectrum_mean_frequency": (spectrum @ (pairs.new_tensor(range(1, len(spectrum) + 1)).double()))
        * 2.0
        / len(lane),
        "spectrum_key_frequencies": (spectrum > null["spectrum_null_99"] + EQUAL).sum().double(),
        "spectrum_p_value": p_value(leading),
        **null,
    }
    return nan_where(senseless, found)


def _both_signs(order: int, like: Tensor) -> Float[Tensor, " frequency"]:
    """Count how many of the frequencies f and n - f are different: 2, but 1 at n / 2."""
    signs = like.new_full((order // 2,), 2.0)
    if order % 2 == 0:
        signs[-1] = 1.0
    return signs


def _spectrum(cloud: Float[Tensor, "class feature"]) -> Float[Tensor, " frequency"]:
    energy = torch.fft.rfft(cloud, dim=0).abs().square().sum(-1)[1:]
    energy = energy * _both_signs(len(cloud), cloud)
    return energy / energy.sum()


def _relabelled_spectra(
    cloud: Float[Tensor, "class feature"], pairs: Integer[Tensor, "relabelling stride class"]
) -> Float[Tensor, "relabelling frequency"]:
    """Compute the spectrum under every relabelling, as the cosine transform of the correlation at a stride.

    No Fourier transform per relabelling and feature: 200 relabellings of (97, 128) cost what 3 transforms do.
    """
    order = len(cloud)
    correlation = mean_at_strides(
        cloud @ cloud.mT, pairs
    )  # (relabelling, stride), at the strides 1..order // 2
    number = torch.arange(1, order // 2 + 1, device=cloud.device)
    turns = (number[:, None] * number) % order  # whole turns taken off before the cosine
    signs = _both_signs(order, cloud)  # of a stride as of a frequency
    cosines = (turns.double() * (2.0 * math.pi / order)).cos() * signs[:, None]  # (stride, frequency)
    norm = cloud.square().sum() / order  # the correlation at stride 0
    return (norm + correlation @ cosines) * signs / (order * norm)
