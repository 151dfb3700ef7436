"""Looks from the command line: what is refused, what is said, what is added."""

import json

import pytest

from latebloom.store import Lab, read_run
from tests.cli.commands import say


def runs_of(folder, lab="lab"):
    return Lab.open(folder / lab).run_ids()


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ("ring_scan", "cannot be read; write MEASURE@SITE"),
        ("rign_scan@final", "did you mean 'ring_scan'"),
        ("ring_scan@finale", "did you mean 'final'?"),
        ("ring_scan@final/tset", "did you mean 'test'?"),
        ("ring_scan@final/all:7000", "ring_scan@final/all:60 would fit"),
        ("loop_strength@final:25", "loop_strength@final:30 would fit"),
        ("weight_spectrum@final", "parameter.readout.weight"),
    ],
)
def test_a_look_that_cannot_be_taken_is_refused_before_anything_is_written(folder, look, said):
    words = (
        "run",
        "small.toml",
        "--lab",
        "new",
        "--device",
        "cpu",
        "--look",
        "ring_scan@hidden/all",
        "--look",
        look,
    )
    answer = say(*words)
    assert answer.code == 2
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1
    assert not (folder / "new").exists()


def test_a_run_is_looked_at_from_the_command_line(folder):
    words = ("run", "small.toml", "--lab", "new", "--device", "cpu", "--workers", "1", "--seeds", "1")
    answer = say(*words, "--look", "ring_scan@hidden/all:30", "--look", "persistence_summary@final")
    assert answer.code == 0, answer.err
    lab = Lab.open(folder / "new")
    (run,) = lab.run_ids()
    seen = {look.step: look.values for look in read_run(lab, run).looks if look.arrays}
    assert list(seen) == [0, 30, 60]
    assert all({"ring_best_score@hidden/all", "longest_h1_bar"} <= values.keys() for values in seen.values())
    again = say(*words, "--look", "factorisation@final")
    assert again.code == 0
    assert "latebloom measure takes looks that they lack at their snapshots" in again.err


def test_a_dry_run_holds_looks_against_the_request_too(folder):
    answer = say("run", "small.toml", "--dry-run", "--device", "cpu", "--look", "ring_scan@nowhere")
    assert answer.code == 2
    assert "no site 'nowhere'" in answer.err


@pytest.mark.parametrize("looks", ['"ring_scan@final"', "[3]", "{a = 1}"])
def test_a_file_whose_looks_are_no_list_of_texts_is_refused(folder, looks):
    text = (folder / "small.toml").read_text()
    (folder / "wrong.toml").write_text(f"looks = {looks}\n{text}")
    answer = say("run", "wrong.toml", "--lab", "new", "--device", "cpu")
    assert answer.code == 2
    assert answer.err.startswith("latebloom: looks: is ")
    assert not (folder / "new").exists()


def test_stored_runs_are_measured_and_say_so(folder):
    first, second = [run for run in runs_of(folder) if "-s2-" not in run]
    answer = say("measure", first, second, "--look", "factorisation@final", "--lab", "lab")
    assert answer.code == 0, answer.err
    assert answer.out.splitlines() == [
        f"{run}: 3 snapshots measured: factorisation" for run in (first, second)
    ]
    answer = say(
        "measure", first, "--look", "factorisation@final", "--steps", "0,60", "--lab", "lab", "--json"
    )
    assert json.loads(answer.out) == [
        {"run": first, "names": ["factorisation"], "steps": [], "there": [0, 60], "lacking": []}
    ]
    shown = json.loads(say("show", first, "--lab", "lab", "--json").out)
    assert "factorisation" in {entry["name"] for entry in shown["values"]}


def test_snapshots_without_the_evaluations_before_are_counted_in_the_line_and_listed_in_json(folder):
    dense = (folder / "small.toml").read_text().replace("every = 30", "steps = [10, 20, 50]")
    (folder / "dense.toml").write_text(dense)
    words = ("dense.toml", "--lab", "new", "--device", "cpu", "--workers", "1", "--seeds", "1")
    assert say("run", *words, "--look", "kernel_alignment(examples=4)@logits").code == 0
    (run,) = runs_of(folder, "new")
    seen = {look.step: look.values for look in read_run(Lab.open(folder / "new"), run).looks if look.arrays}
    assert list(seen) == [0, 10, 20, 50, 60]
    assert all(0.0 < values["kernel_alignment(examples=4)@logits"] <= 1.0 for values in seen.values())
    asked = ("measure", run, "--look", "weight_change@parameter.hidden.weight", "--lab", "new")
    answer = say(*asked)
    assert answer.out == (
        f"{run}: 3 snapshots measured: weight_change@parameter.hidden.weight; "
        "1 snapshot without the evaluations before\n"
    )
    (told,) = json.loads(say(*asked, "--json").out)
    assert (told["steps"], told["there"], told["lacking"]) == ([], [10, 20, 60], [50])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--look", "factorisation@nowhere"), "no site 'nowhere'"),
        (("--look", "factorisation@final", "--steps", "7"), "no snapshot at step '7'"),
        ((), "no look is given"),
        (("--look", "weight_change@parameters"), "it can be taken live"),
    ],
)
def test_what_cannot_be_measured_is_refused_and_nothing_written(folder, words, said):
    answer = say("measure", runs_of(folder)[0], "--lab", "lab", *words)
    assert answer.code == 2
    assert said in answer.err
    assert not list((folder / "lab").glob("runs/*/measured*"))
