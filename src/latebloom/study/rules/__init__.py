"""The decision rules: each a frozen dataclass with its formula in words, written before the runs."""

from latebloom.study.rules.associations import Correlates
from latebloom.study.rules.closed_form import ClosedForm, Compared
from latebloom.study.rules.comparisons import ArmGreater, ArmsDiffer, Equivalent, ShareGreater
from latebloom.study.rules.locations import MeanWithin, MedianWithin
from latebloom.study.rules.rule import Decision, Rule
from latebloom.study.rules.shares import AboveNull, ShareWithin
from latebloom.study.rules.summary import SummaryWithin
from latebloom.study.rules.times import TimeWithin

RULES = (
    AboveNull,
    ArmGreater,
    ArmsDiffer,
    ClosedForm,
    Correlates,
    Equivalent,
    MeanWithin,
    MedianWithin,
    ShareGreater,
    ShareWithin,
    SummaryWithin,
    TimeWithin,
)
"""Every kind of rule, in alphabetical order."""

__all__ = [
    "RULES",
    "AboveNull",
    "ArmGreater",
    "ArmsDiffer",
    "ClosedForm",
    "Compared",
    "Correlates",
    "Decision",
    "Equivalent",
    "MeanWithin",
    "MedianWithin",
    "Rule",
    "ShareGreater",
    "ShareWithin",
    "SummaryWithin",
    "TimeWithin",
]
