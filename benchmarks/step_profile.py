"""Where the time of a training step goes: operations by kind, and a picture of it."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import effort, table
from latebloom.engine import train
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of

LANES = {"manifold": 2, "stages": 8, "full-batch": 1, "demo": 5}
PICTURE = Path("docs/pictures/step-profile.svg")
KINDS = {
    "matrix products": ("bmm", "mm", "addmm", "baddbmm"),
    "normalisation, softmax": ("native_layer_norm", "_log_softmax", "_softmax", "native_layer_norm_backward"),
    "gathering, scattering": (
        "embedding",
        "index_select",
        "index_add",
        "embedding_dense_backward",
        "gather",
        "scatter",
        "scatter_add",
        "index",
    ),
    "optimizer": ("_fused_adam", "_fused_adamw"),
    "copying": ("copy_", "cat", "clone", "stack", "fill_", "zero_"),
    "other elementwise": (),
}
REST = "Python and dispatch"


def measure(quick: bool) -> dict[str, Any]:
    """Profile steps on one thread, print the shares and draw them."""
    shares = {protocol: _shares(protocol, lanes, effort(quick).rounds) for protocol, lanes in LANES.items()}
    kinds = [*KINDS, REST]
    heads = [f"{protocol}, {lanes} lanes" for protocol, lanes in LANES.items()]
    print("share of a step's processor time on one thread")
    table(["", *heads], [[kind, *(f"{100 * one[kind]:.1f} %" for one in shares.values())] for kind in kinds])
    if not quick:
        _draw(dict(zip(heads, shares.values(), strict=True)), kinds)
        print(f"drawn: {PICTURE}")
    return {"shares": shares}


def _shares(protocol: str, lanes: int, rounds: int) -> dict[str, float]:
    found = [_once(protocol, lanes) for _ in range(rounds)]
    middle = {kind: median(one[kind] for one in found) for kind in found[0]}
    return {kind: share / sum(middle.values()) for kind, share in middle.items()}


def _once(protocol: str, lanes: int) -> dict[str, float]:
    specs = PROTOCOLS[protocol].specs(range(lanes))
    with arithmetic(1, specs[0].training.precision):
        population, state = population_of(specs)
        warm, steps = population.steps_per_epoch + 2, max(6, min(60, 2 * population.steps_per_epoch))
        training = train(population, state, [warm, warm + steps])
        next(training)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
            next(training)
        training.close()
    spent = dict.fromkeys([*KINDS, REST], 0.0)
    for event in profiler.key_averages():
        spent[_kind(event.key)] += event.self_cpu_time_total
    whole = sum(spent.values())
    return {kind: time / whole for kind, time in spent.items()}


def _kind(name: str) -> str:
    """Sort an operation by its name; views and what is no operation of torch are bookkeeping."""
    if not name.startswith("aten::"):
        return REST
    plain = name.removeprefix("aten::")
    for kind, names in KINDS.items():
        if plain.rstrip("_") in (one.rstrip("_") for one in names):
            return kind
    return "other elementwise" if plain.rstrip("_") in ELEMENTWISE else REST


ELEMENTWISE = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "relu",
        "clamp",
        "clamp_min",
        "threshold_backward",
        "sigmoid",
        "sigmoid_backward",
        "exp",
        "reciprocal",
        "sum",
        "mean",
        "sqrt",
        "gelu",
        "gelu_backward",
        "tanh",
        "pow",
        "where",
        "isfinite",
        "abs",
        "eq",
        "lt",
        "ne",
        "bitwise_and",
        "linalg_vector_norm",
    ]
)


def _draw(shares: Mapping[str, Mapping[str, float]], kinds: list[str]) -> None:
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 2.6), layout="constrained")
    axes = figure.subplots()
    colours = colormaps["viridis"].resampled(len(kinds))
    for row, one in enumerate(shares.values()):
        left = 0.0
        for place, kind in enumerate(kinds):
            axes.barh(row, 100 * one[kind], left=left, color=colours(place), label=kind if row == 0 else None)
            left += 100 * one[kind]
    axes.set_yticks(range(len(shares)), list(shares))
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of a training step, %")
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize="small")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})
