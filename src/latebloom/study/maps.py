"""Maps of a study: an outcome over two settings, a cell for each pair of values. They show, and decide nothing.

A map is no part of what is declared: it may be drawn anew, or added, after runs began, and no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from latebloom.errors import StudyError
from latebloom.study.evidence import Statistic
from latebloom.study.naming import check_name


@dataclass(frozen=True)
class Axis:
    """What runs are laid out by.

    Args:
        name: as it stands at the axis.
        setting: a path in the spec, such as ``optimizer.weight_decay`` or ``seed``.
        arms: in its place, what each arm is called on the axis, in this order; for arms that no one setting tells
            apart, such as architectures.

    >>> Axis("decay", "optimizer.weight_decay").setting
    'optimizer.weight_decay'
    """

    name: str
    setting: str = ""
    arms: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Refuse an axis by nothing, or by two things."""
        if not self.name.strip() or bool(self.setting) == bool(self.arms):
            raise StudyError(
                f"axis {self.name or 'without a name'}: give a name, and either a setting or arms"
            )


@dataclass(frozen=True)
class Map:
    """An outcome over one or two settings.

    Of times the colour is the Kaplan-Meier median, of other numbers the median, of truth values the share; cells with
    censored runs are hatched, and each says how many runs it has.

    Args:
        name: by which its files are called.
        title: in one sentence.
        measured: what is computed of each run, in words.
        statistic: computes it, as that of a claim: a `Time`, a number, a truth value, or `LeftOut`.
        x, y: the axes; a map with one axis has one row.
        arms: whose runs are on it; those that a scale does not have are left away.
        unit: of the outcome.
    """

    name: str
    title: str
    measured: str
    statistic: Statistic
    x: Axis
    arms: tuple[str, ...]
    y: Axis | None = None
    unit: str = "steps"

    def __post_init__(self) -> None:
        """Refuse a map that could not be drawn."""
        check_name("map", self.name)
        for key in ("title", "measured"):
            if not getattr(self, key).strip():
                raise StudyError(f"map {self.name}: {key} is empty; a reader must know what the colours are")
        if not self.arms:
            raise StudyError(f"map {self.name} has no arms; name those whose runs are on it")
        for axis in filter(None, (self.x, self.y)):
            missing = [arm for arm in self.arms if axis.arms and arm not in axis.arms]
            if missing:
                raise StudyError(f"map {self.name}: axis {axis.name} has no place for {', '.join(missing)}")
