"""Clouds of known intrinsic dimension, and the TwoNN estimate as its formulas say."""

import math

import numpy as np
import torch
from scipy.spatial.distance import cdist


def published_clouds():
    generator = np.random.Generator(np.random.Philox(7))
    angles = generator.uniform(0.0, 2 * np.pi, (2000, 2))
    roll = 1.5 * np.pi * (1 + 2 * generator.uniform(size=2000))
    centres = generator.standard_normal((20, 10)) * 10
    gaussian = generator.standard_normal((2000, 5)) @ generator.standard_normal((5, 40))
    swiss_roll = np.stack(
        [roll * np.cos(roll), 20 * generator.uniform(size=2000), roll * np.sin(roll)], axis=1
    )
    line = generator.uniform(size=(2000, 1)) * generator.standard_normal((1, 30))
    sheet = generator.standard_normal((2000, 3)) @ generator.standard_normal((3, 10))
    return {
        "gaussian": gaussian,
        "flat torus": np.concatenate([np.cos(angles), np.sin(angles)], axis=1),
        "swiss roll": swiss_roll,
        "line": line,
        "clusters": np.repeat(centres, 100, axis=0) + 0.1 * sheet,
    }


def by_differences(points, discard=0.1):
    """Estimate as the paper's formulas say, from every distance computed by differences in float64."""
    distinct = np.unique(points.double().numpy(), axis=0)
    distances = np.sort(cdist(distinct, distinct), axis=1)  # sums of squared differences
    ratios = np.sort(np.log(distances[:, 2] / distances[:, 1]))
    count = len(ratios)
    if (ratios < 1e-12).mean() > 0.5:
        return (math.nan,) * 3
    kept = int(count * (1 - discard) + 1e-9)
    found = []
    for first in (0, 1):
        ranks = np.arange(first, kept + first)
        ranks = ranks[ranks < count]
        heights, log_ratios = -np.log1p(-ranks / count), ratios[: len(ranks)]
        below = log_ratios @ log_ratios  # 0 where all that is kept are ties
        found.append(log_ratios @ heights / below if below else math.nan)
    return (*found, (count - 1) / ratios.sum())


def balls(radius, features, count=97, members=12, seed=0):
    """Draw points evenly in small balls around `count` centres, in float32."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(count, 1, features, generator=generator, dtype=torch.float64)
    inside = torch.randn(count, members, features, generator=generator, dtype=torch.float64)
    inside = inside / inside.norm(dim=-1, keepdim=True)
    inside = inside * torch.rand(count, members, 1, generator=generator) ** (1 / features) * radius
    return (centres + inside).flatten(0, 1).float()
