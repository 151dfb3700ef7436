"""Looks over several evaluations: a resumed run compares with the very same, and snapshots with their neighbours."""

import itertools
from dataclasses import replace

import pytest

from latebloom.errors import InputError
from latebloom.running.execute import choose_looks, resume_plan
from latebloom.running.measuring import measure_snapshots
from latebloom.running.training import train_job
from latebloom.store import read_run
from tests.running.labs import OPTIONS, Victims, copy_of, planned, specs, truth
from tests.running.test_resume import STOPPING

COSINE, STAGES = "gradient_cosine_similarity@parameters/train", "stages@parameter.hidden.weight/train"
LOOKS = (
    COSINE,
    "gradient_cosine_similarity(window=3)@parameter.readout.weight/train:20",
    f"{STAGES}:20",
    STAGES,
    "gradient_symmetricity@logits:20",
    "weight_change@parameter.hidden.weight",
)


def looking(*looks, **changes):
    return replace(OPTIONS, looks=choose_looks(specs(1, **changes), looks))


def done(job, should_stop=lambda: False):
    return train_job(job, lambda _: None, should_stop)


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """A lab whose runs are created with these looks, and the job that trains them."""
    return planned(tmp_path_factory.mktemp("blank") / "lab", specs(2), looking(*LOOKS))


@pytest.fixture(scope="module")
def live(blank, tmp_path_factory):
    """The same lab, trained in one go."""
    lab = copy_of(blank[0], tmp_path_factory.mktemp("live") / "lab")
    assert done(replace(blank[1][0], lab=str(lab.path)))
    return lab


def test_they_are_taken_from_the_second_of_their_evaluations_on(live):
    run = read_run(live, live.run_ids()[0])
    steps = {}
    for look in run.looks:
        for name in look.values:
            steps.setdefault(name, []).append(look.step)
    assert steps[COSINE] == [10, 20, 30, 40, 50, 60]
    assert steps[LOOKS[1].removesuffix(":20")] == [20, 40, 60]
    assert steps["gradient_symmetricity@logits"] == [0, 20, 40, 60]
    assert -0.25 <= run.looks[1].values[COSINE] <= 1.0
    assert {look.values[STAGES] for look in run.looks[1:-1]} <= {0.0, 1.0, 2.0, 3.0}


def test_stopped_at_any_pause_and_resumed_the_records_are_the_same(blank, live, tmp_path):
    expected = truth(live)
    for pauses in (1, 3, 4, 6):
        lab = copy_of(blank[0], tmp_path / str(pauses))
        job = replace(blank[1][0], lab=str(lab.path))
        asked = itertools.count(1)
        finished = done(job, lambda asked=asked, pauses=pauses: next(asked) >= pauses)
        while not finished:
            (again,) = resume_plan(lab, [], OPTIONS).jobs
            finished = done(again)
        assert {name: data for name, data in truth(lab).items() if "looks.log" in name} == {
            name: data for name, data in expected.items() if "looks.log" in name
        }


def test_killed_anywhere_and_resumed_every_byte_is_the_same(blank, live, tmp_path):
    expected = truth(live)
    with Victims() as victims:
        whole = copy_of(blank[0], tmp_path / "whole")
        operations = victims.suffer(replace(blank[1][0], lab=str(whole.path)))["operations"]
        for at in range(operations // 5, operations, operations // 4):
            lab = copy_of(blank[0], tmp_path / f"killed-{at}")
            assert victims.suffer(replace(blank[1][0], lab=str(lab.path)), kill_at=at)["code"] < 0
            assert victims.suffer(replace(blank[1][0], lab=str(lab.path)))["code"] == 0
            assert truth(lab) == expected


def test_early_stoppers_leave_and_the_others_resume_with_their_own_past(tmp_path):
    looks = ("gradient_cosine_similarity@parameters/train", "stages@parameter.tokens.0/train:4")
    options = looking(*looks, **STOPPING)
    blank, (job,) = planned(tmp_path / "blank", specs(3, **STOPPING), options)
    with Victims() as victims:
        whole = copy_of(blank, tmp_path / "whole")
        operations = victims.suffer(replace(job, lab=str(whole.path)))["operations"]
        ends = {read_run(whole, run).looks[-1].step for run in whole.run_ids()}
        assert len(ends) > 1, "runs must end at different steps, or nothing shrinks here"
        for at in range(operations // 3, operations, operations // 4):
            lab = copy_of(blank, tmp_path / f"killed-{at}")
            again = replace(job, lab=str(lab.path))
            assert victims.suffer(again, kill_at=at)["code"] < 0
            assert victims.suffer(again)["code"] == 0
            assert truth(lab) == truth(whole)


DENSE = {"snapshots": {"every": 10}}


def test_where_snapshots_stand_as_close_as_evaluations_all_is_measured_afterwards(tmp_path):
    wanted = specs(1, **DENSE)
    live, (job,) = planned(tmp_path / "live", wanted, looking(*LOOKS, **DENSE))
    assert done(job)
    late, (job,) = planned(tmp_path / "late", wanted)
    assert done(job)
    (measured,) = measure_snapshots(late, late.run_ids(), LOOKS)
    assert (measured.steps, measured.lacking) == ((0, 10, 20, 30, 40, 50, 60), ())
    for seen, told in zip(
        read_run(live, live.run_ids()[0]).looks, read_run(late, late.run_ids()[0]).looks, strict=True
    ):
        assert seen.values.keys() == told.values.keys()
        for name, value in seen.values.items():
            assert told.values[name] == pytest.approx(value, rel=1e-9, nan_ok=True), (seen.step, name)


def test_snapshots_whose_neighbours_are_not_stored_are_told_and_left_out(tmp_path):
    changes = {"snapshots": {"steps": [10, 20, 60]}}
    lab, (job,) = planned(tmp_path / "lab", specs(1, **changes))
    assert done(job)
    run = lab.run_ids()[0]
    (measured,) = measure_snapshots(
        lab, [run], ["weight_change@parameter.tokens", "relative_weight_norm@parameters"]
    )
    assert (measured.steps, measured.lacking) == ((0, 10, 20, 60), (60,))
    seen = {look.step: look.values for look in read_run(lab, run).looks if look.arrays}
    name = "weight_change@parameter.tokens"
    assert [step for step in seen if name in seen[step]] == [10, 20]
    (again,) = measure_snapshots(lab, [run], [name])
    assert (again.steps, again.there, again.lacking) == ((), (10, 20), (60,))
    (wide,) = measure_snapshots(lab, [run], ["gradient_cosine_similarity@parameters/train:60"])
    assert (wide.steps, wide.lacking) == ((60,), ())


def test_what_no_snapshot_can_tell_is_refused_and_nothing_is_written(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(1))  # evaluated every 10 steps, snapshots every 30
    assert done(job)
    for look in (COSINE, STAGES, "weight_change@parameters", f"{COSINE}:20"):
        with pytest.raises(
            InputError, match=r"goes back to evaluations before, which run .* it can be taken live"
        ):
            measure_snapshots(lab, lab.run_ids(), [look])
    assert not list(lab.path.glob("runs/*/measured*"))
    (others,) = measure_snapshots(lab, lab.run_ids(), [COSINE, "factorisation@final"], leave_out=True)
    assert (others.steps, others.lacking) == ((0, 30, 60), (30, 60))
    assert COSINE not in read_run(lab, lab.run_ids()[0]).looks[-2].values


def test_kernels_are_taken_at_keyframes_and_compared_with_step_0(tmp_path):
    looks = ["kernel_distance(examples=8)@logits", "kernel_alignment(examples=8)@logits/train:60"]
    lab, (job,) = planned(tmp_path / "lab", specs(1), looking(*looks))
    assert done(job)
    run = lab.run_ids()[0]
    assert "kernel_distance(examples=8)@logits" not in read_run(lab, run).looks[0].values
    (measured,) = measure_snapshots(lab, [run], looks)
    assert measured.steps == (0, 30, 60)
    seen = {look.step: look.values for look in read_run(lab, run).looks if look.arrays}
    distances = [seen[step]["kernel_distance(examples=8)@logits"] for step in (0, 30, 60)]
    assert distances[0] == pytest.approx(0.0, abs=1e-12)
    assert 0.0 < distances[1] <= 1.0
    assert "kernel_alignment(examples=8)@logits/train" not in seen[30]
    assert 0.0 < seen[60]["kernel_alignment(examples=8)@logits/train"] <= 1.0
