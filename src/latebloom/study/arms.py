"""Arms made of presets: what is written on the command line as preset, --set and --seeds, written in a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latebloom.errors import StudyError
from latebloom.spec import read_request
from latebloom.spec.grids import override, read_seeds
from latebloom.study.claim import Arm


def arm(
    name: str,
    preset: str,
    changes: Mapping[str, Any] | None = None,
    *,
    seeds: int | str | Sequence[int] = 8,
    looks: Sequence[str] = (),
    afterwards: Sequence[str] = (),
    together: str = "",
) -> Arm:
    """Make an arm of a preset or a TOML file, with changes.

    Args:
        name: of the arm.
        preset: its name, or the path of a file that ends in ``.toml``.
        changes: values by key path, such as ``{"optimizer.weight_decay": 0.5}``.
        seeds: how many (8: seeds 0 to 7) or which ([3, 5, 7]).
        looks: taken live, such as ``["ring_scan@final:5000"]``, beside what the preset asks for.
        afterwards: taken of stored snapshots once trained.
        together: see `Arm`.

    Raises:
        InputError: anything in it that cannot be, or a preset that makes a grid: an arm is one spec but for the seed.

    >>> arm("wide", "demo", {"model.width": 256}, seeds=4).seeds
    (0, 1, 2, 3)
    """
    texts = [override(key, value) for key, value in (changes or {}).items()]
    request = read_request(preset, overrides=texts, seeds=1)
    if len(request.specs) != 1:
        raise StudyError(
            f"arm {name}: {preset} with these changes makes {len(request.specs)} kinds of runs; an arm is one, "
            "so change the keys of its grid to single values"
        )
    live = tuple(dict.fromkeys((*request.looks, *looks)))
    return Arm(name, request.specs[0], tuple(read_seeds(seeds)), live, tuple(afterwards), together)
