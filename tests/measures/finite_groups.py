"""Multiplication tables of small groups, built from what their elements do."""

import itertools

import torch


def table_of(elements, multiply):
    place = {element: index for index, element in enumerate(elements)}
    return torch.tensor([[place[multiply(a, b)] for b in elements] for a in elements])


def after(a, b):
    """The permutation "a after b"."""
    return tuple(a[x] for x in b)


def permutations(degree):
    return list(itertools.permutations(range(degree)))


def is_even(permutation):
    return sum(a > b for a, b in itertools.combinations(permutation, 2)) % 2 == 0


def alternating(degree):
    return table_of([one for one in permutations(degree) if is_even(one)], after)


def dihedral(corners):
    elements = [
        tuple((turn + flip * x) % corners for x in range(corners))
        for flip in (1, -1)
        for turn in range(corners)
    ]
    return table_of(elements, after)


def quaternion():
    """The eight quaternions 1, i, j, k and their negatives, as (sign, unit)."""
    signs = {
        (1, 2): (1, 3),
        (2, 3): (1, 1),
        (3, 1): (1, 2),
        (2, 1): (-1, 3),
        (3, 2): (-1, 1),
        (1, 3): (-1, 2),
    }

    def multiply(a, b):
        if a[1] == 0 or b[1] == 0:
            return a[0] * b[0], a[1] + b[1]
        sign, unit = (-1, 0) if a[1] == b[1] else signs[a[1], b[1]]
        return a[0] * b[0] * sign, unit

    return table_of([(sign, unit) for sign in (1, -1) for unit in range(4)], multiply)


def cyclic(order):
    return table_of(range(order), lambda a, b: (a + b) % order)


def product(left, right):
    elements = list(itertools.product(range(len(left)), range(len(right))))
    return table_of(elements, lambda a, b: (int(left[a[0], b[0]]), int(right[a[1], b[1]])))


def renumbered(table, new_names):
    """The same group, where the element a is called new_names[a]."""
    renamed = torch.empty_like(table)
    renamed[new_names[:, None], new_names] = new_names[table]
    return renamed
