"""The phase diagram: what becomes of each seed at each decay."""

from __future__ import annotations

from latebloom.studies.nested import reading
from latebloom.studies.nested.setting import DECAYS, decay
from latebloom.study import Axis, Map

DECAY, SEED = Axis("weight decay", "optimizer.weight_decay"), Axis("seed", "seed")
ARMS = tuple(map(decay, DECAYS))

MAPS = (
    Map(
        "grokking",
        "When the network groks, over decay and seed.",
        "the first evaluation with test accuracy >= 0.9",
        reading.first_crossing,
        DECAY,
        ARMS,
        SEED,
    ),
    Map(
        "takeover",
        "When one structure first takes over from another, over decay and seed.",
        "the first change of the leading structure that lasts three evaluations, test accuracy >= 0.99 at all six",
        reading.first_takeover,
        DECAY,
        ARMS,
        SEED,
    ),
)
