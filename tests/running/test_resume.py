import random
from dataclasses import replace

import pytest

from latebloom.errors import ResourceError
from latebloom.store import read_run, summaries
from tests.running.labs import Victims, copy_of, planned, specs, truth

STOPPING = {
    "task": {"name": "addition", "modulus": 17},
    "split": {"fraction": 0.7},
    "model": {"name": "quadratic", "width": 100},
    "objective": {"name": "squared-error"},
    "optimizer": {"name": "adamw", "learning_rate": 0.02, "beta2": 0.98, "weight_decay": 2.0},
    "training": {"epochs": 80, "stop": "grokked"},
    "evaluation": {"every": 2},
}


@pytest.fixture(scope="module")
def victims():
    with Victims() as crowd:
        yield crowd


@pytest.fixture(scope="module")
def story(victims, tmp_path_factory):
    """A lab whose runs are created but not trained, the job, and the bytes it comes to when left alone."""
    folder = tmp_path_factory.mktemp("story")
    blank, (job,) = planned(folder / "blank", specs(2))
    whole = copy_of(blank, folder / "whole")
    answer = victims.suffer(replace(job, lab=str(whole.path)))
    assert answer["code"] == 0
    return blank, job, truth(whole), answer["operations"]


def survive(victims, lab, job, expected, **faults):
    """Let the job be struck, find the lab readable, let it go on, and find what it would have come to anyway."""
    code = victims.suffer(job, **faults)["code"]
    for run in lab.run_ids():
        assert read_run(lab, run).problem == ""
    assert {info.status for info in summaries(lab)} <= {"interrupted", "done", "stopped"}
    assert victims.suffer(job)["code"] == 0
    assert truth(lab) == expected
    return code


def test_killed_at_twenty_random_moments_a_resumed_job_comes_to_the_same_bytes(victims, story, tmp_path):
    blank, job, expected, operations = story
    draw = random.Random(1)
    codes = []
    for number in range(20):
        lab = copy_of(blank, tmp_path / str(number))
        moment = (
            {"kill_at": draw.randint(1, operations)}
            if number % 3 == 0
            else {"seconds": draw.uniform(0.005, 0.25)}
        )
        codes.append(survive(victims, lab, replace(job, lab=str(lab.path)), expected, **moment))
    assert codes.count(-9) >= 10  # a few were done before they could be killed


def test_killed_again_and_again_it_still_comes_to_the_same_bytes(victims, story, tmp_path):
    blank, job, expected, _ = story
    lab = copy_of(blank, tmp_path / "lab")
    job = replace(job, lab=str(lab.path))
    draw = random.Random(2)
    for _ in range(12):
        victims.suffer(job, kill_at=draw.randint(20, 60))
    assert victims.suffer(job)["code"] == 0
    assert truth(lab) == expected


@pytest.mark.slow
def test_killed_at_every_file_operation_it_comes_to_the_same_bytes(victims, story, tmp_path):
    blank, job, expected, operations = story
    for number in range(1, operations + 1):
        lab = copy_of(blank, tmp_path / str(number))
        assert survive(victims, lab, replace(job, lab=str(lab.path)), expected, kill_at=number) == -9


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_write_loses_nothing(victims, story, tmp_path):
    blank, job, expected, _ = story
    number, code = 0, ResourceError.exit_code
    while code == ResourceError.exit_code:
        number += 1
        lab = copy_of(blank, tmp_path / str(number))
        code = survive(victims, lab, replace(job, lab=str(lab.path)), expected, full_at=number)
    assert code == 0  # past the last write nothing is refused
    assert number > 30


def test_runs_that_stop_early_leave_and_the_rest_resume_to_the_same_bytes(victims, tmp_path):
    blank, (job,) = planned(tmp_path / "blank", specs(4, **STOPPING))
    whole = copy_of(blank, tmp_path / "whole")
    operations = victims.suffer(replace(job, lab=str(whole.path)))["operations"]
    ends = {run: read_run(whole, run).looks[-1].step for run in whole.run_ids()}
    assert len(set(ends.values())) > 1, "runs must end at different steps, or nothing shrinks here"
    for number in range(8, operations, operations // 12):
        lab = copy_of(blank, tmp_path / str(number))
        survive(victims, lab, replace(job, lab=str(lab.path)), truth(whole), kill_at=number)


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before_and_replays(victims, story, tmp_path):
    blank, job, expected, operations = story
    lab = copy_of(blank, tmp_path / "lab")
    job = replace(job, lab=str(lab.path))
    victims.suffer(job, kill_at=operations - 40)
    newest = max((lab.path / "runs").glob("*/checkpoint/*.safetensors"), key=lambda path: path.name)
    damaged = bytearray(newest.read_bytes())
    damaged[-5] ^= 4
    newest.write_bytes(damaged)
    assert victims.suffer(job)["code"] == 0
    assert truth(lab) == expected
