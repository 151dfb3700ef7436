"""Clouds whose structure is known, and files of them."""

import io

import numpy as np
from safetensors.numpy import save

ROOT_97 = 5  # the smallest primitive root


def cosine_embedding(order, frequency, copies=1, noise=0.0, features=16):
    """Embed Z_n at one frequency, in a turned plane; returns points and labels."""
    random = np.random.default_rng(0)
    angle = 2 * np.pi * frequency * np.arange(order) / order
    plane = np.linalg.qr(random.normal(size=(features, 2)))[0].T
    labels = np.repeat(np.arange(order), copies)
    points = (np.stack([np.cos(angle), np.sin(angle)], 1) @ plane)[labels]
    return points + noise * random.normal(size=points.shape), labels


def residues(coordinates, prime=97, root=ROOT_97):
    """Turn logarithms back into residues."""
    return np.array([pow(root, int(exponent), prime) for exponent in coordinates])


def round_cloud(samples=60, features=5):
    return np.random.default_rng(1).normal(size=(samples, features))


def packed(suffix, arrays, *, compressed=False):
    """Write arrays as the bytes of a file; of .npy the first alone."""
    if suffix == ".safetensors":
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    stream = io.BytesIO()
    if suffix == ".npy":
        np.save(stream, next(iter(arrays.values())))
    else:
        (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()
