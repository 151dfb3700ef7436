"""All subgroups of a small group."""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Int
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import InputError
from latebloom.measures.cayley import FiniteGroup, finite_group
from latebloom.measures.inputs import whole

MOST_SUBGROUPS = 2000
"""The search stops there. S_5 has 156 subgroups, S_6 has 1455; the bound is for groups such as Z_2^7."""

Members = NDArray[np.bool_]


def subgroups(cayley: Int[Tensor, "element element"]) -> Bool[Tensor, "subgroup element"]:
    """List all subgroups of the group that has this table, each by its members.

    The smaller come first: row 0 is the trivial subgroup, the last row the whole group. Among subgroups of
    one order those with the lower-numbered members come first. Measures that name a subgroup name its row.

    Raises:
        ShapeError, InputError: the table of no group, or of one with more than 2000 subgroups.

    >>> from latebloom.measures.cayley import cyclic_table
    >>> subgroups(cyclic_table(4)).int().tolist()
    [[1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]]
    """
    order = whole("cayley", cayley, {"element": 1}).shape[-1]
    return torch.from_numpy(subgroups_of(finite_group(cayley, order)).copy())


@lru_cache(maxsize=16)
def subgroups_of(group: FiniteGroup) -> Members:
    """List all subgroups of a checked group; as `subgroups`.

    Every subgroup is reached from the trivial one by adding generators, one at a time. H with g generates what
    it generates with any element of HgH, so one of them is enough: 156 subgroups of S_5 take 0.1 s.
    """
    trivial = np.zeros(group.order, dtype=np.bool_)
    trivial[group.identity] = True
    found: dict[bytes, Members] = {trivial.tobytes(): trivial}
    waiting: list[tuple[Members, list[int]]] = [(trivial, [])]
    while waiting:
        members, generators = waiting.pop()
        inside, left = np.flatnonzero(members), ~members
        while left.any():
            generator = int(left.argmax())
            left[group.products[group.products[inside, generator]][:, inside]] = False
            larger = _joined(group, members, [*generators, generator])
            if larger.tobytes() not in found:
                found[larger.tobytes()] = larger
                waiting.append((larger, [*generators, generator]))
        if len(found) > MOST_SUBGROUPS:
            raise InputError(
                f"cayley: got a group of order {group.order} with more than {MOST_SUBGROUPS} subgroups; "
                "one with fewer is needed"
            )
    listed = [np.flatnonzero(one).tolist() for one in found.values()]
    listed.sort(key=lambda one: (len(one), one))
    return np.stack([np.isin(np.arange(group.order), one) for one in listed])


def _joined(group: FiniteGroup, members: Members, generators: list[int]) -> Members:
    """Close a subgroup under further generators: add right cosets until each leads to one that is in."""
    subgroup, joined = np.flatnonzero(members), members.copy()
    waiting = [group.identity]
    while waiting:
        representative = waiting.pop()
        for product in group.products[representative, generators].tolist():
            if not joined[product]:
                joined[group.products[subgroup, product]] = True
                waiting.append(product)
    return joined
