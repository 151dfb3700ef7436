"""Gradients of a training step: the recorded program against the same recording compiled by `torch.compile`."""

import operator
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.utils import _pytree as pytree

from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import UnavailableError, alternate, effort, ratio, spread, table
from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import gather
from latebloom.engine.program import record
from latebloom.engine.recording import Recording, Variable, record_calls
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of

LANES = {"stages": 8, "manifold": 2}
COMPILERS = ("c++", "g++", "clang++")
OURS, COMPILED = "recorded program", "torch.compile"
BACKEND = "inductor"
CACHE = "TORCHINDUCTOR_CACHE_DIR"
FAR = 1e-4  # how far gradients may lie apart, as a share of the largest


def measure(quick: bool) -> dict[str, Any]:
    """Time both in turn on one thread; print them, what compiling took, and after how many steps it pays."""
    if not any(map(shutil.which, COMPILERS)):
        raise UnavailableError(f"torch.compile needs a C++ compiler; none of {', '.join(COMPILERS)} is here")
    found = {protocol: _measure(protocol, lanes, quick) for protocol, lanes in LANES.items()}
    rows = [
        [
            f"{protocol}, {LANES[protocol]} lanes",
            spread(one[OURS]),
            spread(one[COMPILED]),
            f"{ratio(one[OURS], one[COMPILED]):.2f}",
            f"{one['compiling']:.0f}",
            _pays_after(one),
        ]
        for protocol, one in found.items()
    ]
    print("processor time of a step's gradients on one thread, ms; and wall time of compiling them, s")
    table(["", OURS, COMPILED, "faster by", "compiling", "pays after steps"], rows)
    return found


def _measure(protocol: str, lanes: int, quick: bool) -> dict[str, Any]:
    specs = PROTOCOLS[protocol].specs(range(lanes))
    with arithmetic(1, specs[0].training.precision):
        population, state = population_of(specs)
        tokens, labels = gather(population, population.train[:, : population.batch])
        gradients = torch.empty_like(state.parameters)
        inputs = (tokens, labels, gradients, *tensors_of(population, state.parameters))
        function = partial(differentiate, population)
        program = record(function, inputs)
        graph = _graph(record_calls(function, inputs))
        compiled = torch.compile(graph, fullgraph=True, dynamic=False, backend=BACKEND)
        with torch.no_grad():
            compiling = _seconds_to_compile(compiled, inputs)
            of_compiled = gradients.clone()
            program(*inputs)
            apart = float((gradients - of_compiled).abs().max() / gradients.abs().max())
            if not apart < FAR:
                raise RuntimeError(f"compiled gradients of {protocol} lie {apart:.1e} of the largest apart")
            contenders = {
                name: partial(_milliseconds, run, inputs, effort(quick).seconds / 3)
                for name, run in ((OURS, program), (COMPILED, compiled))
            }
            times = alternate(contenders, effort(quick).rounds)
    return {**times, "compiling": compiling}


def _seconds_to_compile(compiled: Callable[..., Any], inputs: tuple[Tensor, ...]) -> float:
    """Compile, with nothing kept from earlier times, by the first call; return seconds of wall time."""
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder, _caching_in(folder):
        began = time.perf_counter()
        compiled(*inputs)
        return time.perf_counter() - began


@contextmanager
def _caching_in(folder: str) -> Iterator[None]:
    before = os.environ.get(CACHE)
    os.environ[CACHE] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[CACHE]
        else:
            os.environ[CACHE] = before


def _milliseconds(run: Callable[..., Any], inputs: tuple[Tensor, ...], seconds: float) -> float:
    run(*inputs)
    began, count = time.process_time(), 0
    while time.process_time() - began < seconds:
        run(*inputs)
        count += 1
    return 1000 * (time.process_time() - began) / count


def _pays_after(one: dict[str, Any]) -> str:
    gained = min(one[OURS]) - min(one[COMPILED])
    return f"{1000 * one['compiling'] / gained:,.0f}" if gained > 0 else "never"


def _graph(recording: Recording) -> fx.GraphModule:
    """Write a recording, as it was made, as the graph that torch's compiler reads."""
    graph, root = fx.Graph(), nn.Module()
    nodes: dict[Variable, fx.Node] = {one: graph.placeholder(f"v{one.number}") for one in recording.inputs}

    def node(variable: Variable) -> fx.Node:
        if variable not in nodes:
            root.register_buffer(f"v{variable.number}", recording.values[variable])
            nodes[variable] = graph.get_attr(f"v{variable.number}")
        return nodes[variable]

    for call in recording.calls:
        arguments, keywords = pytree.tree_map_only(Variable, node, (call.arguments, call.keywords))
        made = graph.call_function(call.operation, tuple(arguments), keywords)
        returns = call.operation._schema.returns
        several = len(returns) > 1 or isinstance(returns[0].type, torch.ListType)
        for place, result in enumerate(call.results):
            if result is not None:
                nodes[result] = graph.call_function(operator.getitem, (made, place)) if several else made
    graph.output(tuple(node(one) for one in recording.outputs))
    return fx.GraphModule(root, graph)
