"""What a study is: arms of runs that differ in the seed alone, claims about them, and scales to run it at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from latebloom.errors import StudyError, UnknownNameError, shown
from latebloom.spec import Spec
from latebloom.study.evidence import Statistic
from latebloom.study.maps import Map
from latebloom.study.naming import check_name
from latebloom.study.rules.closed_form import ClosedForm, Compared
from latebloom.study.rules.rule import Rule

Collapsed = Literal["", "kept", "left out", "filtered"]
"""What becomes of runs that are down at their last evaluation after having grokked. kept: they are judged like all
others, because the claim is about all. left out: they are not judged, and counted as left out. filtered: the statistic
itself chooses healthy steps, and `measured` says how."""

Computed = Callable[[], Sequence[Compared]]


@dataclass(frozen=True)
class Arm:
    """Runs that differ in the seed alone.

    Args:
        name: by which claims name it.
        spec: of its runs; its own seed does not count.
        seeds: which; `--seeds` overrides them.
        looks: taken live, as `latebloom run --look`.
        afterwards: taken of stored snapshots once trained, as `latebloom measure RUN --look`.
        together: consecutive arms with the same word here are trained at once, which is faster where their specs
            differ in lane-wise numbers only, such as learning rates.
    """

    name: str
    spec: Spec
    seeds: tuple[int, ...]
    looks: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
    together: str = ""

    def __post_init__(self) -> None:
        """Refuse names that nobody could type, and seeds given twice."""
        check_name("arm", self.name)
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise StudyError(
                f"arm {self.name}: its seeds are {shown(self.seeds)}; give at least one, each once"
            )

    @property
    def specs(self) -> tuple[Spec, ...]:
        """A spec for each seed."""
        return tuple(replace(self.spec, seed=seed) for seed in self.seeds)


@dataclass(frozen=True)
class Rival:
    """Another explanation of the same finding, judged by the same runs or others.

    Args:
        statement: in one sentence.
        rule: which it must pass to be reproduced.
        measured: what is computed of each run, in words; empty where it is the claim's own.
        statistic: computes it; the claim's own if None.
        arms, numbers: as of a claim; the claim's own where empty.
        collapsed: as of a claim; the claim's own where empty.
    """

    statement: str
    rule: Rule
    measured: str = ""
    statistic: Statistic | None = None
    arms: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    collapsed: Collapsed = ""


@dataclass(frozen=True)
class Claim:
    """One published cell, and how it is decided whether it stands.

    Args:
        name: by which it is asked for.
        statement: in one sentence.
        where: it stands in the source.
        published: the published value as printed.
        rule: decides; written before the runs.
        measured: what is computed of each run, with its window and filter, in words.
        statistic: computes it from one run's records.
        arms: whose runs are looked at; a rule that compares two groups takes the first against the second.
        numbers: names of the records that each run must have; one that lacks one is an error, never "undecided".
        collapsed: what becomes of collapsed runs; must be said wherever there are arms.
        computed: of claims about closed forms, which need no runs: gives what is to be compared.
        rival: another explanation, with its own statistic and rule.
        value: the published value as a number, for the picture.
        unit: of what is observed, for the picture.
        curves: numbers to be drawn over steps beside what is observed.
    """

    name: str
    statement: str
    where: str
    published: str
    rule: Rule
    measured: str
    statistic: Statistic | None = None
    arms: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    collapsed: Collapsed = ""
    computed: Computed | None = None
    rival: Rival | None = None
    value: float | None = None
    unit: str = ""
    curves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a claim that could not be judged."""
        check_name("claim", self.name)
        for key in ("statement", "where", "published", "measured"):
            if not getattr(self, key).strip():
                raise StudyError(f"claim {self.name}: {key} is empty; it must be said before anything is run")
        if (self.computed is not None) != isinstance(self.rule, ClosedForm):
            raise StudyError(f"claim {self.name}: `computed` goes with the rule ClosedForm, and only with it")
        if self.computed is None:
            self._check_arms()

    def _check_arms(self) -> None:
        if self.statistic is None or not self.arms:
            raise StudyError(f"claim {self.name} has no statistic or no arms; it needs both, or `computed`")
        if not self.collapsed:
            choices = "'kept', 'left out' or 'filtered'"
            raise StudyError(f"claim {self.name} does not say what becomes of collapsed runs: {choices}")
        _check_count(self.name, self.rule, self.arms)
        if self.rival:
            _check_count(f"{self.name}, its rival", self.rival.rule, self.rival.arms or self.arms)


@dataclass(frozen=True)
class Scale:
    """How much is run: the arms in the order in which they are trained, the most important first.

    Args:
        arms: of this scale.
        about: what it is, in one sentence: protocol, seeds, what is left out.
        claims: the claims at this scale, where they differ (other steps, for instance); else those of the study.
        evidence: whether verdicts at this scale count as evidence.
    """

    arms: tuple[Arm, ...]
    about: str
    claims: tuple[Claim, ...] = ()
    evidence: bool = True


@dataclass(frozen=True)
class Study:
    """A declared question.

    Args:
        name: by which it is run.
        question: in one sentence.
        source: the published account.
        protocol: what is run and how it differs from what was published, in plain paragraphs.
        claims: everything that is to be decided.
        scales: by name; ``smoke``, ``laptop`` and ``paper`` of the studies that come along.
        maps: pictures of all its runs over two settings; no part of what is declared.
    """

    name: str
    question: str
    source: str
    protocol: str
    claims: tuple[Claim, ...]
    scales: Mapping[str, Scale] = field(default_factory=dict[str, Scale])
    maps: tuple[Map, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names given twice."""
        check_name("study", self.name)
        if not self.scales:
            raise StudyError(f"study {self.name} has no scale to be run at")
        for scale in self.scales:
            check_name("scale", scale)
            _check_once(f"study {self.name} at {scale}: claim", [one.name for one in self.claims_at(scale)])
            _check_once(f"study {self.name} at {scale}: arm", [one.name for one in self.arms_at(scale)])
        known = sorted({arm.name for scale in self.scales.values() for arm in scale.arms})
        for claim in (*self.claims, *(one for scale in self.scales.values() for one in scale.claims)):
            for name in (*claim.arms, *(claim.rival.arms if claim.rival else ())):
                if name not in known:
                    raise UnknownNameError("arm", name, known, f"claim {claim.name}")
        _check_once(f"study {self.name}: map", [one.name for one in self.maps])
        for one in self.maps:
            for name in one.arms:
                if name not in known:
                    raise UnknownNameError("arm", name, known, f"map {one.name}")

    def scale(self, name: str) -> Scale:
        """Return a scale.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self.scales:
            raise UnknownNameError(f"scale of study {self.name}", name, self.scales)
        return self.scales[name]

    def arms_at(self, scale: str) -> tuple[Arm, ...]:
        """List the arms of a scale, in the order in which they are trained."""
        return self.scale(scale).arms

    def claims_at(self, scale: str) -> tuple[Claim, ...]:
        """List the claims that are judged at a scale."""
        return self.scale(scale).claims or self.claims

    def claim(self, name: str, scale: str) -> Claim:
        """Return one claim of a scale.

        Raises:
            UnknownNameError: there is none of that name.
        """
        found = {claim.name: claim for claim in self.claims_at(scale)}
        if name not in found:
            raise UnknownNameError(f"claim of study {self.name}", name, found)
        return found[name]


def _check_once(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise StudyError(f"{kind} {name} is there twice; give each a name of its own")
        seen.add(name)


def _check_count(name: str, rule: Rule, arms: Sequence[str]) -> None:
    fewest, most = rule.arms
    if not fewest <= len(arms) or (most is not None and len(arms) > most):
        right = f"{fewest}" if fewest == most else f"{fewest} or more"
        raise StudyError(
            f"claim {name}: {type(rule).__name__} judges {right} arms, and {len(arms)} are given"
        )
