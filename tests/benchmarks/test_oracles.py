"""Every measure has oracles, is where they say that it should be, and would be caught if it were not."""

from dataclasses import replace

import pytest
import torch
from benchmarks.catalogue import BENCHMARKS
from benchmarks.oracles import errors
from benchmarks.oracles.catalogue import ORACLES
from benchmarks.oracles.errors import errors_of, written
from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Oracle, answers, error_of

from latebloom.measures import weight_norm
from latebloom.measures.applying import APPLICABLE, takes

NAN = float("nan")
SURENESS = {"null", "error", "residual", "acceptance"}
"""Words in the names of results that say how sure another one is."""


def off_by_a_tenth(value):
    return value + 0.1 * value.abs().clamp(min=1.0)


def test_every_measure_has_an_oracle_that_needs_nothing_more_and_nothing_else_has():
    assert list(ORACLES.keys() ^ APPLICABLE.keys()) == []
    assert all(any(not oracle.needs for oracle in ORACLES[name]) for name in APPLICABLE)


@pytest.mark.parametrize("name", APPLICABLE)
def test_a_measure_is_as_near_to_its_oracles_as_they_ask_and_a_tenth_off_is_not(name):
    known, results = set(), set()
    for oracle in ORACLES[name]:
        if oracle.lacking:
            continue
        found, truth = answers(name, oracle)
        error = error_of(found, truth, oracle.kind)
        assert error <= oracle.tolerance, f"{oracle.known}: {error} {oracle.kind}"
        for result in truth:
            if found[result].numel():
                disturbed = {**found, result: off_by_a_tenth(found[result])}
                assert error_of(disturbed, truth, oracle.kind) > oracle.tolerance, f"{oracle.known}: {result}"
        known |= truth.keys()
        results |= found.keys()
    assert [result for result in sorted(results - known) if not SURENESS & set(result.split("_"))] == []


@pytest.mark.parametrize("name", APPLICABLE)
def test_an_oracle_gives_what_the_measure_takes(name):
    known = takes(name)
    for oracle in ORACLES[name]:
        given = oracle.inputs().keys()
        assert given >= set(known.required)
        assert given <= {*known.required, *known.optional}


@pytest.mark.parametrize(
    ("kind", "found", "truth", "error"),
    [
        (ABSOLUTE, [1.0, 2.5], [1.0, 2.0], 0.5),
        (RELATIVE, [1.0, 2.5], [0.0, 2.0], 0.5),
        (WRONG, [1.0, 2.5, NAN], [1.0, 2.0, 3.0], 2.0),
        (ABSOLUTE, [NAN, float("inf")], [NAN, float("inf")], 0.0),
        (ABSOLUTE, [NAN], [1.0], float("inf")),
        (RELATIVE, [1.0], [NAN], float("inf")),
    ],
)
def test_an_error_is_told_as_its_kind_says(kind, found, truth, error):
    assert error_of({"result": torch.tensor(found)}, {"result": truth}, kind) == error


def test_an_answer_of_another_shape_is_no_answer():
    with pytest.raises(ValueError, match=r"shape \(\), and the measure gave \(2,\)"):
        error_of({"result": torch.zeros(2)}, {"result": 0.0}, ABSOLUTE)


def test_a_measure_is_given_float32(monkeypatch):
    seen = []
    parameters = torch.full((4,), 0.1, dtype=torch.float64)
    oracle = Oracle(
        "", ABSOLUTE, 0.0, lambda: {"parameters": parameters}, lambda given: seen.append(given) or {}
    )
    found, _ = answers("weight_norm", oracle)
    assert seen[0]["parameters"].dtype == torch.float32
    assert found["weight_norm"] == weight_norm(parameters.float()) != weight_norm(parameters)


def test_without_a_module_nothing_is_said_of_its_oracle(monkeypatch):
    oracle = replace(ORACLES["accuracy"][0], needs=("no_such_module",))
    monkeypatch.setattr(errors, "ORACLES", {"accuracy": (oracle,)})
    (one,) = errors_of(["accuracy"])["accuracy"]
    assert (one["error"], written(one)) == (None, "lacks no_such_module")


def test_a_measure_that_is_broken_is_shown_to_be(monkeypatch):
    monkeypatch.setattr(errors, "answers", lambda *_: ({"accuracy": torch.tensor(0.5)}, {"accuracy": 0.75}))
    (one,) = errors_of(["accuracy"])["accuracy"]
    assert written(one) == "TOO LARGE: 2.5e-01 absolute"


def test_the_errors_are_printed_beside_what_they_may_be(monkeypatch, capsys):
    monkeypatch.setattr(errors, "ORACLES", {name: ORACLES[name] for name in ("stages", "weight_norm")})
    found = BENCHMARKS["oracles"](True)["oracles"]
    assert found["stages"][0]["error"] == 0.0
    said = capsys.readouterr().out.splitlines()
    assert said[2].split("  ")[0] == "stages"
    assert "0 wrong answers" in said[2]
    assert "exact sum of squares" in said[3]
