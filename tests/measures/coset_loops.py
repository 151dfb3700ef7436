"""Cosets of Z_n by plain loops: shares of variance and purities of relabelled samples."""

import numpy as np


def renamed(labels, row):
    """Give each sample the coordinate at which a relabelling puts its class."""
    return row.argsort()[labels]


def share_by_loops(points, cosets):
    total = ((points - points.mean(0)) ** 2).sum()
    return sum(
        (cosets == c).sum() * ((points[cosets == c].mean(0) - points.mean(0)) ** 2).sum() / total
        for c in np.unique(cosets)
    )


def purity_by_loops(clusters, cosets):
    return np.mean(
        [np.bincount(cosets[clusters == c]).max() / (clusters == c).sum() for c in np.unique(clusters)]
    )
