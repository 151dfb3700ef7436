"""Irreducible representations: of S_n as matrices, of any finite group as projections.

On real-valued data a representation and its complex conjugate cannot be told apart, so an *irrep* here is one
that is irreducible over the real numbers: a real representation, or a conjugate pair. On Z_n those are the
frequencies 0..n // 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import permutations
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.cayley import FiniteGroup, Indices, finite_group, symmetric_table
from latebloom.measures.inputs import whole

LARGEST_DEGREE = 6
SAME = 1e-6
"""Characters, relative to the dimension, that differ by less are the same: distinct ones of groups of a few
hundred elements are farther apart, and rounding leaves errors of about 1e-13."""

Partition = tuple[int, ...]


@final
@dataclass(frozen=True, eq=False)
class Irreps:
    """The irreps of a group, in order: by chi(g) / chi(1) at the elements 0, 1, ..., the larger first.

    The first is the trivial one. On Z_n the order is that of the frequencies 0..n // 2, on S_n (up to n = 5)
    that of the partitions (n), (n - 1, 1), ..., (1, ..., 1).

    Attributes:
        names: the partition, such as "(4, 1)", on S_n in lexicographic order; else the place and dimension.
        dimensions: the degree of each; of one of a pair, if it is a conjugate pair.
        ranks: how many dimensions it fills among all functions on the group; they add up to the order.
        kernels: shape (irrep, element); p for which P(g, h) = p(g h^-1) projects functions on the irrep.
    """

    names: tuple[str, ...]
    dimensions: tuple[int, ...]
    ranks: tuple[int, ...]
    kernels: Float[Tensor, "irrep element"]


def irreps(cayley: Int[Tensor, "element element"]) -> Irreps:
    """Find the irreps of the group that has this table: the axis `irrep` of the measures, with its names.

    >>> irreps(symmetric_table(4)).names
    ('(4)', '(3, 1)', '(2, 2)', '(2, 1, 1)', '(1, 1, 1, 1)')
    """
    order = whole("cayley", cayley, {"element": 1}).shape[-1]
    return irreps_of(finite_group(cayley, order))


@lru_cache(maxsize=16)
def irreps_of(group: FiniteGroup) -> Irreps:
    """Find the irreps of a checked group; as `irreps`."""
    degree = _degree(group)
    if degree:
        characters = {name: _characters(matrices) for name, matrices in symmetric_irreps(degree).items()}
        named = {str(name).replace(",)", ")"): chi * chi[0] / group.order for name, chi in characters.items()}
        return _ordered(list(named), torch.stack(list(named.values())), group)
    kernels = torch.from_numpy(_kernels(group))
    return _ordered([], kernels, group)


def _ordered(names: list[str], kernels: Tensor, group: FiniteGroup) -> Irreps:
    at_identity = kernels[:, group.identity]
    relative = (kernels / at_identity[:, None] / SAME).round().tolist()
    order = sorted(range(len(kernels)), key=lambda irrep: relative[irrep], reverse=True)
    ranks = [round(group.order * at_identity[irrep].item()) for irrep in order]
    dimensions = [_dimension(rank) for rank in ranks]
    unnamed = [f"{place} of dimension {dimension}" for place, dimension in enumerate(dimensions)]
    return Irreps(
        names=tuple(names[irrep] for irrep in order) if names else tuple(unnamed),
        dimensions=tuple(dimensions),
        ranks=tuple(ranks),
        kernels=kernels[order],
    )


def _dimension(rank: int) -> int:
    """Undo rank = dimension^2, or twice that for a conjugate pair; no number is both."""
    root = round(rank**0.5)
    return root if root**2 == rank else round((rank / 2) ** 0.5)


def _degree(group: FiniteGroup) -> int:
    """Give n where the table is that of S_n in lexicographic order, else 0."""
    for degree in range(2, LARGEST_DEGREE + 1):
        table = symmetric_table(degree).numpy()
        if len(table) == group.order:
            return degree if (table == group.products).all() else 0
    return 0


def _kernels(group: FiniteGroup) -> NDArray[np.float64]:
    """Find the projections of any group, as the common eigenvectors of all its class functions.

    Convolution with a class function that takes the same value at g and g^-1 acts on those functions as a
    symmetric matrix whose eigenvectors are the characters; a random one has no equal eigenvalues. Of some
    random ones the one with the largest gap is the most exact.
    """
    classes, sizes = conjugacy_classes(group)
    inside = np.eye(len(sizes))[classes] / np.sqrt(sizes)  # (element, class), orthonormal columns
    quotients = group.products[:, group.inverses]  # x y^-1
    solutions: list[tuple[float, NDArray[np.float64]]] = []
    for seed in range(5):
        random = np.random.default_rng(seed).standard_normal(len(sizes))[classes]
        values, vectors = np.linalg.eigh(inside.T @ random[quotients] @ inside)
        gap = float(np.diff(values).min(initial=np.inf))
        solutions.append((gap, vectors))
    characters = (inside @ max(solutions, key=lambda solution: solution[0])[1]).T  # (irrep, element), norm 1
    return characters * characters[:, group.identity, None]


def conjugacy_classes(group: FiniteGroup) -> tuple[Indices, Indices]:
    """Number the classes of elements that are conjugate, or one to the other's inverse.

    Returns:
        The class of each element, and how many elements each class has.
    """
    elements = np.arange(group.order)
    conjugates = group.products[group.products, group.inverses[:, None]]  # (x, g): x g x^-1
    first = conjugates.min(0)
    first = np.minimum(first, first[group.inverses[elements]])
    _, classes, sizes = np.unique(first, return_inverse=True, return_counts=True)
    return classes, sizes


def _characters(matrices: Float[Tensor, "element row column"]) -> Float[Tensor, " element"]:
    """Take traces; those of a symmetric group are whole numbers."""
    return matrices.diagonal(dim1=-2, dim2=-1).sum(-1).round()


@cache
def symmetric_irreps(degree: int) -> dict[Partition, Float[Tensor, "element row column"]]:
    """Build the irreducible representations of S_n as orthogonal matrices: Young's orthogonal form.

    The keys are the partitions of n from (n), the trivial one, to (1, ..., 1), the sign. Each value holds a
    matrix for each permutation in lexicographic order, in float64, with rho(ab) = rho(a) rho(b), where ab is
    "a after b" as in `symmetric_table`. The result is kept and shared: do not change it.

    Raises:
        InputError: degree is not a whole number from 2 to 6.

    >>> [tuple(matrices.shape) for matrices in symmetric_irreps(3).values()]
    [(6, 1, 1), (6, 2, 2), (6, 1, 1)]
    """
    if isinstance(degree, bool) or not isinstance(degree, int) or not 2 <= degree <= LARGEST_DEGREE:
        raise InputError(f"degree: got {shown(degree)}; a whole number from 2 to {LARGEST_DEGREE} is needed")
    return {partition: _young(partition) for partition in partitions(degree)}


def partitions(total: int, largest: int | None = None) -> Iterator[Partition]:
    """List the ways to write `total` as a sum of falling parts, in falling order.

    >>> list(partitions(4))
    [(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)]
    """
    if total == 0:
        yield ()
    for first in range(min(total, largest or total), 0, -1):
        for rest in partitions(total - first, first):
            yield (first, *rest)


def _young(partition: Partition) -> Float[Tensor, "element row column"]:
    steps = _adjacent_swaps(partition)
    group = list(permutations(range(sum(partition))))
    place = {permutation: index for index, permutation in enumerate(group)}
    matrices = [torch.eye(steps.shape[-1], dtype=torch.float64)]
    for permutation in group[1:]:
        # Undoing a fall gives a permutation that comes earlier, whose matrix is known.
        fall = next(x for x in range(len(permutation)) if permutation[x] > permutation[x + 1])
        left, right = permutation[fall], permutation[fall + 1]
        earlier = (*permutation[:fall], right, left, *permutation[fall + 2 :])
        matrices.append(matrices[place[earlier]] @ steps[fall])
    return torch.stack(matrices)


def _adjacent_swaps(partition: Partition) -> Float[Tensor, "swap row column"]:
    """Give the matrices of the swaps of i and i + 1, with the standard tableaux as basis."""
    tableaux = list(_tableaux(partition))
    place = {tableau: index for index, tableau in enumerate(tableaux)}
    swaps = torch.zeros(sum(partition) - 1, len(tableaux), len(tableaux), dtype=torch.float64)
    for here, tableau in enumerate(tableaux):
        contents = [tableau[:entry].count(row) - row for entry, row in enumerate(tableau)]  # column - row
        for entry, swap in enumerate(swaps):
            distance = contents[entry + 1] - contents[entry]
            swap[here, here] = 1.0 / distance
            exchanged = (*tableau[:entry], tableau[entry + 1], tableau[entry], *tableau[entry + 2 :])
            if exchanged != tableau and exchanged in place:
                swap[here, place[exchanged]] = (1.0 - 1.0 / distance**2) ** 0.5
    return swaps


def _tableaux(partition: Partition) -> Iterator[tuple[int, ...]]:
    """List the standard tableaux, each as the rows in which 0, 1, 2, ... stand."""
    if not partition:
        yield ()
    for row, length in enumerate(partition):
        if row + 1 == len(partition) or partition[row + 1] < length:
            smaller = (*partition[:row], length - 1, *partition[row + 1 :])
            for tableau in _tableaux(tuple(part for part in smaller if part)):
                yield (*tableau, row)
