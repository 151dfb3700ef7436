"""What a study is, and how it comes to verdicts: arms, claims, rules, evidence. Loads no torch.

A study file defines one value called `STUDY`::

    from latebloom.study import Claim, MedianWithin, Rival, RunEvidence, Scale, ShareWithin, Study, arm

    LOOKS = ("ring_scan@final:5000",)


    def dimension_at_end(run: RunEvidence) -> float:
        return run.last("pca_dimension_95")


    def grokked(run: RunEvidence) -> bool:
        return run.course.grokked_first is not None


    CLAIMS = (
        Claim(
            name="dimension-at-end",
            statement="At the end the representation of addition has 13 dimensions.",
            where="table 1, last column",
            published="13",
            value=13,
            arms=("addition",),
            numbers=("pca_dimension_95",),
            measured="PCA-95 dimension of the read-out of all test pairs, at the last step",
            statistic=dimension_at_end,
            collapsed="left out",
            rule=MedianWithin(low=12, high=14),
        ),
    )

    STUDY = Study(
        name="mine",
        question="Does ...?",
        source="Author, Title, year",
        protocol="...",
        claims=CLAIMS,
        scales={
            "smoke": Scale(
                (arm("addition", "manifold-addition", {"task.modulus": 23, "training.batch": 0}, seeds=2),),
                "a small modulus, for tests",
                evidence=False,
            ),
            "laptop": Scale((arm("addition", "manifold-addition", seeds=8, looks=LOOKS),), "as published, 8 seeds"),
        },
    )
"""

from latebloom.study.arms import arm
from latebloom.study.claim import Arm, Claim, Rival, Scale, Study
from latebloom.study.evidence import Evidence, LeftOut, RunEvidence, Sample, Time
from latebloom.study.maps import Axis, Map
from latebloom.study.rules import (
    AboveNull,
    ArmGreater,
    ArmsDiffer,
    ClosedForm,
    Compared,
    Correlates,
    Decision,
    Equivalent,
    MeanWithin,
    MedianWithin,
    Rule,
    ShareGreater,
    ShareWithin,
    SummaryWithin,
    TimeWithin,
)

__all__ = [
    "AboveNull",
    "Arm",
    "ArmGreater",
    "ArmsDiffer",
    "Axis",
    "Claim",
    "ClosedForm",
    "Compared",
    "Correlates",
    "Decision",
    "Equivalent",
    "Evidence",
    "LeftOut",
    "Map",
    "MeanWithin",
    "MedianWithin",
    "Rival",
    "Rule",
    "RunEvidence",
    "Sample",
    "Scale",
    "ShareGreater",
    "ShareWithin",
    "Study",
    "SummaryWithin",
    "Time",
    "TimeWithin",
    "arm",
]
