"""What is timed of latebloom: the engine and the observer, as a worker runs them."""

import sys
import time

from benchmarks.crowd import ready


def stepping(lanes: int, threads: int, seconds: float, preset: str = "manifold-addition") -> None:
    """Train lanes for some seconds, then evaluate twice; print lane-steps per second, evaluations counted in."""
    import torch

    from latebloom.engine import train
    from latebloom.events import Criteria
    from latebloom.observe import Observer
    from latebloom.running.arithmetic import arithmetic
    from latebloom.running.build import population_of
    from latebloom.spec import read_request

    specs = read_request(preset, seeds=lanes).specs[:lanes]
    every = specs[0].evaluation_steps[1]
    with arithmetic(threads):
        population, state = population_of(specs)
        observer = Observer.start(lanes, Criteria())
        training = train(population, state, iter(range(1, 1_000_000)))
        for _ in range(5):
            snapshot = next(training)
        observer.see(snapshot)
        ready()
        began, first = time.perf_counter(), state.step
        while time.perf_counter() - began < seconds:
            snapshot = next(training)
        a_step = (time.perf_counter() - began) / (state.step - first)
        began = time.perf_counter()
        for _ in range(2):
            observer.see(next(training))
        an_evaluation = (time.perf_counter() - began) / 2 - a_step
    assert torch.isfinite(state.parameters).all()
    sys.stdout.write(f"{lanes / (a_step + max(an_evaluation, 0.0) / every)}\n")
