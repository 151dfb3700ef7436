"""A lab with the verdicts of a study that has maps, over runs whose curves are computed and known."""

from dataclasses import replace

from latebloom.running.judgement import judge_study
from latebloom.studies import open_study
from tests.views.labs import make, write

STUDY, SCALE = "nested", "smoke"


def judged(path):
    """Store runs half of which never come to it, and judge them; give the lab and what is stored."""
    lab = make(path)
    opened = open_study(STUDY)
    for place, arm in enumerate(opened.study.arms_at(SCALE)):
        for seed in arm.seeds:
            comes = (place + seed) % 2 == 0
            curve = [(step, 1.0, float(comes and step >= 100)) for step in range(0, 301, 100)]
            write(lab, replace(arm.spec, seed=seed).plain, curve)
    return lab, judge_study(lab, opened, SCALE)
