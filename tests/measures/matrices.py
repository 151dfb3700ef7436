"""Arrays of normal numbers, and matrices whose singular values are known."""

import torch


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def matrix_of(values, rows, columns, seed=0):
    """Build a matrix with these singular values, between random orthogonal bases."""
    generator = torch.Generator().manual_seed(seed)
    left = torch.linalg.qr(torch.randn(rows, rows, generator=generator, dtype=torch.float64)).Q
    right = torch.linalg.qr(torch.randn(columns, columns, generator=generator, dtype=torch.float64)).Q
    count = len(values)
    return left[:, :count] * torch.tensor(values, dtype=torch.float64) @ right[:count]
