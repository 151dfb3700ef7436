"""Exact embeddings of Z_n whose structure is known, for the tests of group measures."""

import math

import torch


def embedding(order, frequencies, *, noise=0.0, features=16, amplitudes=None, seed=0):
    """Place the classes on circles run through at these frequencies, turned at random, with noise on top."""
    generator = torch.Generator().manual_seed(seed)
    classes = torch.zeros(order, features, dtype=torch.float64)
    coordinate = torch.arange(order, dtype=torch.float64)
    for place, frequency in enumerate(frequencies):
        angle = coordinate * (2 * math.pi * frequency / order)
        amplitude = amplitudes[place] if amplitudes else 1.0
        classes[:, 2 * place] = amplitude * angle.cos()
        classes[:, 2 * place + 1] = amplitude * angle.sin()
    turn = torch.linalg.qr(torch.randn(features, features, generator=generator, dtype=torch.float64)).Q
    return classes @ turn + noise * torch.randn(order, features, generator=generator, dtype=torch.float64)


def noise_cloud(rows, features=16, seed=0, dtype=torch.float64):
    """Draw a cloud without any structure."""
    return torch.randn(rows, features, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def uneven_labels(order, samples, seed=0):
    """Draw labels of which every class occurs, some far more often than others."""
    generator = torch.Generator().manual_seed(seed)
    skewed = (torch.rand(samples - order, generator=generator) ** 2 * order).long()
    labels = torch.cat([torch.arange(order), skewed])
    return labels[torch.randperm(samples, generator=generator)]
