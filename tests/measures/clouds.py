"""Clouds of points whose pieces and loops are known."""

import numpy as np
import torch

from latebloom.measures import persistence_diagrams


def gaussian(samples, features, seed=0):
    return torch.randn(samples, features, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def polygon(corners, radius=1.0):
    angle = torch.arange(corners, dtype=torch.float64) * (2 * torch.pi / corners)
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def noisy_circle(samples, noise, seed=0, features=2):
    points = gaussian(samples, features, seed) * noise
    angle = torch.rand(samples, generator=torch.Generator().manual_seed(seed)).double() * 2 * torch.pi
    points[:, 0] += angle.cos()
    points[:, 1] += angle.sin()
    return points


def clifford_torus(corners):
    circle = polygon(corners)
    first, second = torch.meshgrid(torch.arange(corners), torch.arange(corners), indexing="ij")
    return torch.cat([circle[first.flatten()], circle[second.flatten()]], -1)


def clusters(number, samples, radius, features=16):
    centres = 4.0 * torch.eye(features, dtype=torch.float64)[torch.arange(samples) % number]
    return centres + radius * gaussian(samples, features)


def lattice(rows, columns):
    return torch.cartesian_prod(torch.arange(float(rows)), torch.arange(float(columns)))


def values(found):
    return {name: value.item() for name, value in found.items()}


def bars(points):
    """Return every bar of H0 and of H1, as numpy arrays in the order of births and deaths."""
    found = persistence_diagrams(points, bars=3000)
    return [in_order(diagram[diagram[:, 1] > 0.0].numpy()) for diagram in found.values()]


def in_order(diagram):
    return diagram[np.lexsort((diagram[:, 1], diagram[:, 0]))]


def round_cloud(rank, features):
    """Build points whose covariance has `rank` equal eigenvalues: the vertices +-e_i, turned at random."""
    square = torch.randn(features, features, generator=torch.Generator().manual_seed(rank))
    turn = torch.linalg.qr(square.double()).Q[:rank]  # (rank, feature)
    return torch.cat([turn, -turn])
