"""Spectra by numpy's own transforms, and the published formulas that rest on them."""

import numpy as np
from sklearn.decomposition import PCA


def shares_by_numpy(centroids):
    """Take the full complex transform and add each frequency to its negative."""
    order = len(centroids)
    energy = (np.abs(np.fft.fft(centroids - centroids.mean(0), axis=0)) ** 2).sum(1)
    folded = np.zeros(order // 2 + 1)
    for frequency in range(1, order):
        folded[min(frequency, order - frequency)] += energy[frequency]
    return folded[1:] / folded[1:].sum()


def energies_by_numpy(embedding):
    """Sum the energy of k and of n - k in numpy's complex transform over tokens."""
    power = (np.abs(np.fft.fft(embedding, axis=0)) ** 2).sum(1) / len(embedding)
    order = len(power)
    return power[0], [
        power[k] + (power[order - k] if 2 * k != order else 0) for k in range(1, order // 2 + 1)
    ]


def explained_by_numpy(table):
    """Sum the energy at (k, 0), (0, k) and (k, +-k), and their mirror images, in numpy's 2-D transform."""
    order = table.shape[0]
    power = np.abs(np.fft.fft2(table, axes=(0, 1))) ** 2
    total = power.sum((0, 1)) - power[0, 0]
    rows = []
    for k in range(1, order // 2 + 1):
        both = sorted({0, k, order - k})
        rows.append((power[np.ix_(both, both)].sum((0, 1)) - power[0, 0]) / total)
    return np.array(rows)


def circularity_by_formula(embedding, components=4):
    """Do as the source writes: project on each component, then the largest wave from 1 to p - 1."""
    order = len(embedding)
    projected = PCA(components, svd_solver="full").fit_transform(embedding)
    shares = []
    for values in projected.T:
        waves = [
            abs(sum(values[j] * np.exp(2j * np.pi * k * j / order) for j in range(order))) ** 2
            for k in range(1, order)
        ]
        shares.append(2 / order * max(waves) / (values**2).sum())
    return np.mean(shares)
