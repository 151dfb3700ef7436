"""Functions on finite groups made of one irrep, and scores of shares, written out."""

import math

import torch

from latebloom.measures.irreps import symmetric_irreps
from tests.measures.matrices import normal


def of_irrep(degree, place, features, seed=0):
    """Random functions on S_n made of the matrix entries of one irrep."""
    entries = list(symmetric_irreps(degree).values())[place].flatten(1)
    return entries @ normal(entries.shape[-1], features, seed=seed)


def character_logits(degree, weights):
    """tr(rho(a) rho(b) rho(c^-1)) of each irrep, by multiplying its matrices, added up with weights."""
    total = 0.0
    for weight, matrices in zip(weights, symmetric_irreps(degree).values(), strict=True):
        both = torch.einsum("aij,bjk->abik", matrices, matrices)
        total = total + weight * torch.einsum("abik,cik->abc", both, matrices)  # rho(c^-1) = rho(c)^T
    return total


def root_of_deviance(share, mean, order):
    """The score of a share, written out; with its sign."""
    share = float(share)
    deviance = (order - 1) * (mean * math.log(mean / share) + (1 - mean) * math.log((1 - mean) / (1 - share)))
    return math.copysign(deviance**0.5, share - mean)
