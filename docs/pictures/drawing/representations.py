"""Representations: a cloud whose irreps are known, and networks that compose permutations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained
from latebloom.measures import irrep_power, logit_trace_similarity
from latebloom.measures.cayley import symmetric_table
from latebloom.measures.irreps import irreps
from latebloom.report.style import FAINT, GROUPS
from latebloom.tasks.symmetric_group import signs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Moment

DEGREE = 4
TABLE = symmetric_table(DEGREE)
KNOWN = (0.0, 0.75, 0.0, 0.0, 0.25)
LINES = ("-", "--")


def draw(trained: Trained) -> Figure:
    """Draw a known power, that of embeddings, and the likeness of logits to characters over steps."""
    figure, (oracle, power, likeness) = canvas.panels([1.0, 1.1, 1.1])
    _oracle(oracle)
    _power(power, trained)
    _likeness(likeness, trained)
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    where_0_goes = torch.eye(DEGREE, dtype=torch.float64).repeat_interleave(math.factorial(DEGREE - 1), dim=0)
    sign = 1.0 - 2.0 * torch.from_numpy(signs(DEGREE)).double()[:, None]
    # Of the first, 18 lies in (3, 1); of the sign 24 times the square of its size, here 6.
    cloud = torch.cat([where_0_goes, 0.5 * sign], dim=-1)
    _bars(axes, {"measured": (irrep_power(cloud, TABLE), GROUPS[0].light)})
    edges = np.arange(len(KNOWN))
    axes.hlines(KNOWN, edges - 0.45, edges + 0.45, FAINT.light, linewidth=4.5, alpha=0.35, label="known")
    axes.legend(loc="upper right", fontsize=8)
    canvas.say(
        axes,
        "Where a permutation sends 0, and its sign: two irreps",
        "a cloud of the 24 permutations of four things; ticks: chance",
    )


def _bars(axes: Axes, rows: Mapping[str, tuple[Tensor, str]]) -> None:
    """Draw the power of each irrep, side by side, and what chance gives."""
    found = irreps(TABLE)
    width = 0.8 / len(rows)
    for place, (label, (power, colour)) in enumerate(rows.items()):
        left = np.arange(len(power)) - 0.4 + width * (place + 0.5)
        axes.bar(left, power.numpy(), width, color=colour, label=label)
    chance = [size**2 / (len(TABLE) - 1) for size in found.dimensions[1:]]
    axes.plot(range(1, len(found.names)), chance, "k_", markersize=16)
    axes.set_xticks(range(len(found.names)), [name.replace(" ", "") for name in found.names], fontsize=7)
    axes.set(xlabel="irrep of S4", ylabel="irrep_power (share)", ylim=(0, 1))
    axes.grid(visible=False, axis="x")


def _power(axes: Axes, trained: Trained) -> None:
    rows: dict[str, tuple[Tensor, str]] = {}
    for run, colour in zip(trained.composition, GROUPS, strict=False):
        replay = Replay(run)
        for step in (0, replay.steps[-1]):
            power = irrep_power(replay.at(step).weights["tokens"][0], TABLE)
            shade = colour.light if step else colour.light + "66"
            rows[f"seed {replay.spec.seed}, step {step:,}"] = (power, shade)
    _bars(axes, rows)
    axes.legend(loc="upper right", fontsize=8)
    ends = [power[1].item() for label, (power, _) in rows.items() if not label.endswith("step 0")]
    canvas.say(
        axes,
        f"Trained: (3, 1) comes to hold {' and '.join(f'{share:.0%}' for share in ends)} of an embedding",
        "composition in S4, table of the first operand; ticks: chance",
    )


def _likeness(axes: Axes, trained: Trained) -> None:
    courses = canvas.follow(trained.composition, _measure)
    for (name, own), colour in zip(courses.items(), GROUPS[2:], strict=False):
        for course, linestyle in zip(own, LINES, strict=False):
            label = name if linestyle == "-" else "_"
            canvas.draw_courses(axes, [course], colour.light, label, linestyle=linestyle)
    axes.set(ylabel="logit_trace_similarity (cosine)")
    axes.legend(loc="upper left", fontsize=8)
    canvas.over_steps(axes, next(iter(courses.values())))
    canvas.say(axes, _sentence(courses), "the same runs; line: seed 0, dashed: seed 1")


def _measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
    cosines = logit_trace_similarity(replay.pairs(moment.logits), TABLE).tolist()
    return dict(zip(irreps(TABLE).names[1:], cosines[1:], strict=True))


def _sentence(courses: Mapping[str, Sequence[canvas.Course]]) -> str:
    """Say how much of the logits' energy characters explain at the end, run by run."""
    runs = range(len(next(iter(courses.values()))))
    shares = [sum(own[run].values[-1] ** 2 for own in courses.values()) for run in runs]
    return "Characters explain " + " and ".join(f"{share:.0%}" for share in shares) + " of the logits' energy"
