"""Maps of studies whose own text stays as it was when their runs began: a map is no part of what was declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from latebloom.study import Axis, Map


def of_stages() -> tuple[Map, ...]:
    """Lay the sweep of widths, rates and decays out by the study's own time to grok."""
    from latebloom.studies.stages import NAMES, grokked

    rates = {name: f"rate {rate}, decay {decay}" for (_, rate, decay), name in NAMES.items()}
    return (
        Map(
            "sweep",
            "Time to grok over width, rate and decay.",
            "step from which the test accuracy is 0.95 for five epochs in a row, epoch 50 or later",
            grokked,
            Axis("rate and decay", arms=rates),
            tuple(NAMES.values()),
            Axis("width of the hidden layer", "model.width"),
        ),
    )


ADDED: Mapping[str, Callable[[], tuple[Map, ...]]] = {"stages": of_stages}
"""By the name of the study."""
