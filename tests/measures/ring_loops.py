"""Rings of Z_n scored by plain loops, one pair of classes after the other."""

import math

import numpy as np


def inverse_stride(frequency, order):
    """Say how far apart in the group neighbours on a circle of this frequency are: +- its inverse."""
    inverse = pow(frequency, -1, order)
    return min(inverse, order - inverse)


def profile_by_loops(centroids, neighbours):
    """Score every stride, and average the distances of its pairs, one pair after the other."""
    order = len(centroids)
    distance = [[math.dist(one, other) for other in centroids] for one in centroids]
    profile = []
    for stride in range(1, order // 2 + 1):
        hits = 0
        for one in range(order):
            others = sorted((other for other in range(order) if other != one), key=lambda o: distance[one][o])
            hits += sum((other - one) % order in (stride, order - stride) for other in others[:neighbours])
        mean = math.fsum(distance[one][(one + stride) % order] for one in range(order)) / order
        profile.append((hits / (order * neighbours), -mean))
    return profile


def best_by_loops(places, neighbours):
    """Score all strides of several lists of places alike; the best of the mean scores, told by distance."""
    count = len(places[0])
    scores, distances = np.zeros(count // 2), np.zeros(count // 2)
    for points in places:
        distance = np.linalg.norm(points[:, None] - points[None], axis=-1)
        for stride in range(1, count // 2 + 1):
            for one in range(count):
                nearest = [other for other in np.argsort(distance[one]) if other != one][:neighbours]
                hits = sum((other - one) % count in (stride, count - stride) for other in nearest)
                scores[stride - 1] += hits / (count * neighbours * len(places))
                distances[stride - 1] += distance[one, (one + stride) % count] / (count * len(places))
    score, minus, stride = max(
        (round(s, 9), -d, i + 1) for i, (s, d) in enumerate(zip(scores, distances, strict=True))
    )
    return score, -minus, stride


def structures_by_loops(centroids):
    """List the best score, distance and stride of every structure of Z_24, by hand."""
    found = {}
    for m in (6, 8, 12, 24):
        found["quotient_ring", m] = best_by_loops([np.stack([centroids[c::m].mean(0) for c in range(m)])], 2)
    for m in (2, 3, 4):
        found["coset_ring", m] = best_by_loops([centroids[c::m] for c in range(m)], 1)
    return found
