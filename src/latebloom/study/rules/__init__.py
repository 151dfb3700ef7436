"""The decision rules: each a frozen dataclass with its formula in words, written before the runs."""

from latebloom.study.rules.closed_form import ClosedForm, Compared
from latebloom.study.rules.locations import MeanWithin, MedianWithin
from latebloom.study.rules.rule import Decision, Rule
from latebloom.study.rules.shares import ShareWithin

__all__ = ["ClosedForm", "Compared", "Decision", "MeanWithin", "MedianWithin", "Rule", "ShareWithin"]
