"""Every benchmark in its smallest form: it runs, and its numbers are numbers."""

import math
from dataclasses import replace

import pytest
from benchmarks.catalogue import BENCHMARKS
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import Effort

from benchmarks import (
    commands,
    compiled,
    estimate,
    gpu,
    grokking,
    measures,
    memory,
    natural,
    page,
    rounds,
    startup,
    step_profile,
    sweep,
)
from latebloom.measures import MEASURES
from latebloom.measures.applying import takes
from tests.web import browser

HERE = ("step-stages", "step-full-batch", "evaluate", "looks", "workers")


def numbers(found, path=""):
    """List every number in plain data, by its path."""
    if isinstance(found, dict):
        return {key: n for name, part in found.items() for key, n in numbers(part, f"{path}/{name}").items()}
    if isinstance(found, list | tuple):
        return {
            key: n for place, part in enumerate(found) for key, n in numbers(part, f"{path}/{place}").items()
        }
    return {path: found}


def check(found):
    """Hold every number to be finite, and positive unless it is what looks add."""
    for path, number in numbers(found).items():
        assert isinstance(number, int | float), path
        assert math.isfinite(number), path
        assert number > 0 or ("looks" in path and number == 0), path


@pytest.mark.parametrize("name", HERE)
def test_contenders_are_timed_in_turn(name, small, capsys):
    found = BENCHMARKS[name](True)
    check(found)
    assert len(capsys.readouterr().out.splitlines()) >= 3


def test_a_step_benchmark_compares_with_both_rivals_and_both_limits(small):
    found = BENCHMARKS["step-manifold"](True)
    check(found)
    assert found["against"].keys() == {"1 lane", "2 lanes"}
    assert found["against"]["2 lanes"].keys() >= {
        "ours / plain loop",
        "ours / plain, a process per core",
        "limit of the own form / ours, steps alone",
        "limit of the plain form / ours, steps alone",
    }
    assert all(len(answers) == 1 for answers in found["lane-steps per second"].values())


def test_the_code_for_a_gpu_runs_on_a_cpu(small, monkeypatch):
    monkeypatch.setattr(gpu, "PRECISIONS", ("tf32", "bfloat16"))
    found = gpu.compare("stages", (2,), Effort(rounds=1, seconds=0.01), device="cpu", large=64)
    assert set(found["results"]) == {
        f"{who}, {precision}" for who in ("ours, 2 lanes", "plain loop") for precision in gpu.PRECISIONS
    }
    check({name: {key: one[key] for key in one if key != "bytes"} for name, one in found["results"].items()})


def test_a_recording_is_handed_to_the_compiler_as_the_graph_that_it_is(small, monkeypatch, capsys):
    monkeypatch.setattr(compiled, "LANES", {"stages": 2})
    monkeypatch.setattr(compiled, "BACKEND", "eager")  # the graph runs as it is; a compiler is not needed
    monkeypatch.setattr(compiled.shutil, "which", lambda name: name)
    found = compiled.measure(True)
    check(found)
    assert found["stages"].keys() == {compiled.OURS, compiled.COMPILED, "compiling"}
    assert "pays after steps" in capsys.readouterr().out


def test_without_a_compiler_it_is_said_what_is_lacking(monkeypatch):
    monkeypatch.setattr(compiled.shutil, "which", lambda name: None)
    with pytest.raises(rounds.UnavailableError, match="none of c"):
        compiled.measure(True)


def test_grokking_is_compared(small, monkeypatch):
    demo = PROTOCOLS["demo"]
    monkeypatch.setitem(PROTOCOLS, "demo", replace(demo, steps=20, changes=("training.steps=20",)))
    monkeypatch.setattr(grokking, "CASES", ("demo",))
    monkeypatch.setattr(grokking, "QUICK_SEEDS", 1)
    found = BENCHMARKS["grokking"](True)["demo"]
    assert found["ours"] == found["plain"] == [None]  # nothing groks in twenty steps
    assert found["p"] == 1.0
    assert found["detectable"] is None


def test_the_store_is_timed_beside_a_reader(small):
    found = BENCHMARKS["store"](True)
    check({"a second": found["a second"], "ratios": found["ratios"]})


@pytest.mark.slow
def test_commands_are_timed_as_a_person_runs_them(monkeypatch):
    monkeypatch.setattr(sweep, "QUICK_RUNS", 2)
    monkeypatch.setattr(startup, "QUICK_ROUNDS", 1)
    monkeypatch.setattr(estimate, "CASES", (("demo", 2, 80, ()),))
    monkeypatch.setattr(memory, "CASES", (("stages", 2, 1),))
    for name in ("sweep", "startup", "estimate", "memory"):
        check(BENCHMARKS[name](True))


@pytest.mark.slow
def test_the_page_is_timed_in_a_browser(monkeypatch, capsys):
    browser.found()
    monkeypatch.setattr(rounds, "QUICK", Effort(rounds=1, seconds=2.0))
    monkeypatch.setattr(page, "RECORDS", 300)
    figures = BENCHMARKS["page"](True)["figures"]
    check(figures)
    assert figures["transfer, kB compressed"][0] < page.TRANSFER / 1000
    assert "a load test" in capsys.readouterr().out


def test_a_command_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(RuntimeError, match="ended with 2"):
        commands.seconds_of([*commands.LATEBLOOM, "run", "no-such-preset", "--lab", str(tmp_path / "lab")])


def test_measures_are_timed_beside_their_rivals_and_held_to_their_oracles(monkeypatch, capsys):
    monkeypatch.setattr(measures, "MEASURES", ["activation_l2", "class_centroids", "ring_scan"])
    monkeypatch.setattr(measures, "DRAWS", 2)
    whole = BENCHMARKS["measures"](True)
    found = whole["milliseconds"]
    check(found)
    assert found["ring_scan"].keys() == {"ours", "rival"}
    assert found["activation_l2"].keys() == {"ours"}
    assert whole["oracles"].keys() == found.keys()
    assert all(one["error"] <= one["tolerance"] for held in whole["oracles"].values() for one in held)
    said = capsys.readouterr().out
    assert "loop over relabellings" in said
    assert "ring of Z_97 at frequency 41: stride 26" in said


def test_every_measure_has_arrays_to_be_timed_on():
    drawn = natural.arrays()
    for name in MEASURES:
        wanted = takes(name).required
        assert set(natural.inputs_for(name, wanted, drawn)) == set(wanted), name


def test_the_profile_of_a_step_adds_up_and_is_mostly_torch(small, monkeypatch):
    monkeypatch.setattr(step_profile, "LANES", {"demo": 2, "manifold": 1})
    shares = BENCHMARKS["profile"](True)["shares"]
    for one in shares.values():
        assert sum(one.values()) == pytest.approx(1.0)
        assert one["matrix products"] > 0.005
        assert one["optimizer"] > 0.0
