"""Does grokking discover a low-dimensional manifold? Two operations, eight rivals of what was published, many seeds."""

from latebloom.studies.manifold import (
    across,
    activations,
    bottleneck,
    controls,
    courses,
    dimension,
    predictions,
    structure,
    topology,
)
from latebloom.studies.manifold.arms import arms
from latebloom.studies.manifold.cells import judged
from latebloom.studies.manifold.protocol import ABOUT, PROTOCOL
from latebloom.studies.manifold.setting import LAPTOP, PAPER, SMOKE, Setting
from latebloom.study import Claim, Scale, Study

SUBJECTS = (dimension, activations, courses, topology, structure, bottleneck, predictions, across, controls)
"""Where claims stand, each by its subject."""


def claims(setting: Setting) -> tuple[Claim, ...]:
    """List the claims that a scale can judge; published rows beyond its steps are not among them."""
    return judged(setting, (cell for subject in SUBJECTS for cell in subject.cells(setting)))


STUDY = Study(
    name="manifold",
    question="Is grokking the discovery of a low-dimensional manifold, and do addition and multiplication discover "
    "different ones?",
    source="Jin and Zhao, Grokking as manifold discovery: a geometric reinterpretation of delayed generalisation, "
    "2026; the essay that came before it",
    protocol=PROTOCOL,
    claims=claims(PAPER),
    scales={
        "smoke": Scale(arms(SMOKE), ABOUT["smoke"], claims(SMOKE), evidence=False),
        "laptop": Scale(arms(LAPTOP), ABOUT["laptop"], claims(LAPTOP)),
        "paper": Scale(arms(PAPER), ABOUT["paper"]),
    },
)
