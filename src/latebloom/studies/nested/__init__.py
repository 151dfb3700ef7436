"""Is one structure replaced by another while every question is answered? Decays, lengths, sizes, coprime groups."""

from latebloom.studies.nested import claims as published
from latebloom.studies.nested import structures
from latebloom.studies.nested.cells import judged
from latebloom.studies.nested.maps import MAPS
from latebloom.studies.nested.setting import LAPTOP, PAPER, SMOKE, Setting, arms
from latebloom.study import Claim, Scale, Study

PROTOCOL = """
Multiplication a * b mod 97 without 0, 30 % of the pairs trained on, the two-layer transformer of the study of
manifolds read at its first position, AdamW at rate 0.001, batches of 512, at decays 1.0, 1.5, 2.0 and 5.0, for a
million steps; decay 2.0 also for five million. The large model has four layers of width 256, eight heads and 1024
features. Accuracy and structure are looked at every 5000 steps (the account: every 5000 and every 10,000).

Outer is the ring of the cosets k mod 12 of the logarithm k: means, two neighbours, strides 1 and 2. Inner are the
positions k // 12 inside each coset: one neighbour, strides 1 and 4, mean over cosets; both in activation space. Among
eight positions +4 and -4 are the same partner, k + 48, so chance there is 1 in 7 and the score is also taken without
cosets: whether the nearest of all other classes is k + 48. Beside them stands a scan of all quotients, among and
inside cosets, and all strides, with one null for the highest of all.

Healthy is test accuracy of at least 0.9. A takeover is a change of the leading structure from one that led for three
evaluations to another that does, with test accuracy of at least 0.99 at all six: a change in a collapse is none.
Scores of collapsed networks are left out, with their number; accuracies are those of every run.

Controls: p = 71 (Z_70, cut into 7 and 10) and p = 79 (Z_78, 6 and 13), whose parts are coprime, at decay 2.0.
Extension: decay 2.0 until step 200,000, then 1.0 or 0.5 to step 400,000.
""".strip()


def claims(setting: Setting) -> tuple[Claim, ...]:
    """List the claims that a scale can judge; published rows beyond its steps are not among them."""
    return judged(setting, (*published.cells(setting), *structures.cells(setting)))


STUDY = Study(
    name="nested",
    question="Does decay make a grokked network replace one structure by another while it answers every test pair?",
    source="The nested-grokking experiment: an account of four decays, a million steps and a large model, 2026",
    protocol=PROTOCOL,
    claims=claims(PAPER),
    maps=MAPS,
    scales={
        "smoke": Scale(
            arms(SMOKE), "A task mod 37 and a network of width 32, for tests: every arm and every claim, in minutes; "
            "no evidence.", claims(SMOKE), evidence=False,
        ),
        "laptop": Scale(
            arms(LAPTOP), "The published network and task, six seeds, two hours on two cores: decays 1.5 and 2.0 for "
            "20,000 steps, 1.0 for 15,000 and 5.0 for 10,000, evaluated every 1000: 390,000 steps of single runs. Cut, "
            "and not judged: everything published beyond step 20,000, the five million steps, the large model, the "
            "coprime groups, decay that is lowered.", claims(LAPTOP),
        ),
        "paper": Scale(
            arms(PAPER), "The published protocol with 32 seeds, the large model also at decays 3.0 and 5.0, coprime "
            "groups, and decay that is lowered after grokking.",
        ),
    },
)  # fmt: skip
