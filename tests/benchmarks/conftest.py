"""Benchmarks in their smallest form: small networks, one short round, and timed calls in this process."""

import json
from pkgutil import resolve_name

import pytest
import torch
from benchmarks.protocols import PROTOCOLS

from benchmarks import (
    crowd,
    evaluate,
    limit,
    looks,
    rounds,
    step_full_batch,
    step_manifold,
    step_stages,
    workers,
)

FEW = {step_manifold: (1, 2), step_stages: (2,), step_full_batch: (1, 2), evaluate: 2, looks: 2, workers: 2}
SMALL = {"manifold": "small-transformer", "full-batch": "demo", "stages": "demo"}


@pytest.fixture
def small(monkeypatch):
    """Put small protocols and few lanes in the place of the published ones, and calls in the place of processes."""
    threads = torch.get_num_threads()
    for name, stand_in in SMALL.items():
        monkeypatch.setitem(PROTOCOLS, name, PROTOCOLS[stand_in])
    monkeypatch.setattr(rounds, "QUICK", rounds.Effort(rounds=1, seconds=0.01))
    for module, lanes in FEW.items():
        monkeypatch.setattr(module, "LANES", lanes)
    monkeypatch.setattr(crowd, "at_once", call_here)
    limit.operations.cache_clear()
    yield
    limit.operations.cache_clear()
    torch.set_num_threads(threads)


def call_here(calls, *, keep_pages=False):
    return [call_one(call) for call in calls]


def call_one(call):
    """Call with plain data, as a process does, in one thread and without warming up."""
    arguments = json.loads(json.dumps(call.arguments)) | {"threads": 1}
    if call.function in ("benchmarks.ours:timing", "benchmarks.plain:timing"):
        arguments |= {"warm_up": 0.0, "looking": 1}
    answer = resolve_name(call.function)(**arguments, ready=lambda: None)
    return json.loads(json.dumps(answer))
