"""Concentration on the cosets of every subgroup, by sums over cosets that are written out."""

import itertools

import torch

from latebloom.measures.subgroups import subgroups

LEFT, RIGHT = 0, 1


def cosets(table, members, side):
    """The cosets of a subgroup, gH or Hg, each as a sorted tuple of elements; and the coset of each element."""
    inside = members.nonzero().flatten()
    products = table[:, inside] if side == LEFT else table[inside].mT
    named = [tuple(sorted(row)) for row in products.tolist()]
    listed = sorted(set(named))
    return listed, torch.tensor([listed.index(coset) for coset in named])


def proper(table):
    return range(1, len(subgroups(table)) - 1)


def concentrations(values, table):
    """C_H of units (..., element) for every subgroup and side, as the paper writes it, with sample variances."""
    found, total = {}, values.var(-1)
    for row, side in itertools.product(proper(table), (LEFT, RIGHT)):
        parts = [values[..., list(coset)].var(-1) for coset in cosets(table, subgroups(table)[row], side)[0]]
        found[row, side] = sum(parts) / total
    return found


def shares(points, table):
    """Variance between cosets / total variance of (..., element, feature), for every subgroup and side."""
    found, total = {}, points.var(-2, correction=0).sum(-1)
    for row, side in itertools.product(proper(table), (LEFT, RIGHT)):
        _, coset = cosets(table, subgroups(table)[row], side)
        means = [points[..., coset == one, :].mean(-2) for one in range(int(coset.max()) + 1)]
        found[row, side] = torch.stack(means, dim=-2)[..., coset, :].var(-2, correction=0).sum(-1) / total
    return found
