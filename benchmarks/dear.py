"""What the dearest looks take, which differentiate the network: of a watched loop and of a snapshot of the demo."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

import latebloom
from benchmarks import plain
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import spread, table
from latebloom.engine import train
from latebloom.looks import parse_look, subject_of
from latebloom.looks.gradient import gradients
from latebloom.looks.sight import gather_all
from latebloom.looks.taking import take
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of

PROTOCOL, STEP, ROUNDS = "demo", 100, 3
SITES = {
    "kernel_alignment": "logits",
    "kernel_distance": "logits",
    "sharpness": "parameters/train",
    "local_learning_coefficient": "parameters/train",
}
"""The dear measures, and where a snapshot is asked for them."""
LONGEST = "local_learning_coefficient"
WATCHED, SNAPSHOT, GRADIENT = "watched loop", "snapshot", "one gradient"

Costs = Mapping[str, Mapping[str, list[float]]]
"""Seconds of each measure, and of one gradient of the loss that it asks for, in each round."""

Call = Callable[[], object]


def dear(quick: bool) -> Mapping[str, Costs]:
    """Time each measure at its defaults, and a gradient of the same loss; print seconds, and how many gradients.

    The longest is asked of a snapshot alone, once, where it has to be quick.
    """
    rounds = 1 if quick else ROUNDS
    watched = [name for name in SITES if not (quick and name == LONGEST)]
    found = {WATCHED: _of_a_loop(watched, rounds), SNAPSHOT: _of_a_snapshot(rounds)}
    print(
        f"one dear look at its defaults, of the {PROTOCOL} at step {STEP}, in one thread; median (least to most)"
    )
    table(["", "s", "gradients of all examples"], list(_rows(found)))
    return found


def _rows(found: Mapping[str, Costs]) -> Iterator[list[str]]:
    for what, costs in found.items():
        one = costs[GRADIENT]
        for name, seconds in costs.items():
            if name != GRADIENT:
                many = [each / unit for each, unit in zip(seconds, one, strict=True)]
                yield [f"{what}, {name}", spread(seconds), spread(many)]


def _of_a_loop(measures: Iterable[str], rounds: int) -> Costs:
    """Begin a watch of a plain loop for each measure alone: it looks once."""
    run = plain.begin(PROTOCOLS[PROTOCOL], seed=0)
    for _ in islice(plain.steps(run), STEP):
        pass
    pairs, labels = (torch.cat(parts) for parts in zip(*run.parts.values(), strict=True))

    def gradient() -> None:
        loss = torch.nn.functional.cross_entropy(run.model(pairs), labels)
        torch.autograd.grad(loss, list(run.model.parameters()))

    def look(name: str) -> None:
        with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
            asked = {"sites": ["hidden"], "inputs": pairs, "labels": labels, "measures": [name]}
            with latebloom.watch(run.model, **asked, lab=Path(folder) / "lab"):
                pass

    found = _timed(look, measures, rounds)
    return {**found, GRADIENT: [_unit(gradient) for _ in range(rounds)]}


def _of_a_snapshot(rounds: int) -> Costs:
    """Train the preset to a step, and take each measure of where it stands, as `latebloom measure` does."""
    (spec,) = PROTOCOLS[PROTOCOL].specs([0])
    with arithmetic(1, spec.training.precision):
        population, state = population_of([spec])
        initial = state.parameters.clone()
        snapshot = next(iter(train(population, state, [STEP])))

        def look(name: str) -> None:
            looks = [parse_look(f"{name}@{SITES[name]}")]
            take(looks, gather_all(looks, snapshot, None, initial, {}), [subject_of(spec.task)])

        found = _timed(look, SITES, rounds)
        unit = partial(gradients, population, state.parameters)
        return {**found, GRADIENT: [_unit(unit) for _ in range(rounds)]}


def _timed(look: Callable[[str], None], measures: Iterable[str], rounds: int) -> dict[str, list[float]]:
    """Time the looks after a first one, which loads what they need; the longest hardly notices."""
    found = {}
    for name in measures:
        if name != LONGEST:
            look(name)
        found[name] = [_seconds(partial(look, name)) for _ in range(rounds)]
    return found


def _unit(gradient: Call, times: int = 20) -> float:
    """Time one of several gradients, after a first one."""
    gradient()
    return _seconds(lambda: [gradient() for _ in range(times)]) / times


def _seconds(call: Call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
