"""Looks along training and afterwards: real runs, real processes."""

import json
import os
import threading
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from latebloom.errors import DamagedError, InputError, UnknownNameError
from latebloom.running.api import run as train_runs
from latebloom.running.execute import carry_out_plan, choose_looks, resume_plan
from latebloom.running.following import Follower, measurers
from latebloom.running.keyframes import keyframes_of, looks_of, pending
from latebloom.running.measurer import follow
from latebloom.running.measuring import measure_snapshots
from latebloom.running.plan import make_plan
from latebloom.running.training import train_job
from latebloom.store import Lab, load_snapshot, read_run, snapshots
from latebloom.store.log import scan_log
from latebloom.store.measured import MEASURED
from tests.running.labs import OPTIONS, Victims, copy_of, planned, specs, truth

CHEAP = (
    "ring_scan@final/all:20",
    "twonn_dimension@hidden",
    "weight_spectrum@parameter.readout.weight:30",
    "relative_weight_norm@parameters",
    "factorisation@hidden/train",
    "restricted_loss@hidden",
    "gradient_norm@parameters/train:30",
    "accuracy@logits",
)
DEAR = ("persistence_summary@final", "persistence_summary(max_points=10)@hidden/all:60")


def looking(*looks):
    return replace(OPTIONS, looks=choose_looks(specs(1), looks))


def done(job):
    return train_job(job, lambda _: None, lambda: False)


def carried(lab, plan, should_stop=lambda: False):
    said = []
    outcome = carry_out_plan(
        plan,
        on_plan=lambda _: None,
        on_message=lambda _, message: said.append(message),
        should_stop=should_stop,
        in_process=True,
    )
    return outcome, said


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory):
    """A lab whose runs were looked at along training."""
    lab, (job,) = planned(tmp_path_factory.mktemp("looked") / "lab", specs(2), looking(*CHEAP))
    assert done(job)
    return lab


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A lab with the same runs, not looked at."""
    lab, (job,) = planned(tmp_path_factory.mktemp("plain") / "lab", specs(2))
    assert done(job)
    return lab


def test_looks_are_taken_at_their_steps(looked_at):
    run = read_run(looked_at, specs(1)[0].id)
    steps = {}
    for look in run.looks:
        for name in look.values:
            steps.setdefault(name, []).append(look.step)
    assert steps["ring_best_score@final/all"] == [0, 20, 40, 60]
    assert steps["twonn_dimension@hidden"] == [0, 10, 20, 30, 40, 50, 60]
    assert steps["spectral_norm@parameter.readout.weight"] == [0, 30, 60]
    assert steps["relative_weight_norm"][0] == 0
    assert run.looks[0].values["relative_weight_norm"] == 1.0
    assert run.looks[0].values["accuracy@logits"] == run.looks[0].values["test_accuracy"]


def test_looks_change_neither_the_id_of_a_run_nor_what_it_becomes(looked_at, plain):
    assert looked_at.run_ids() == plain.run_ids()
    for run in plain.run_ids():
        first, second = read_run(looked_at, run), read_run(plain, run)
        assert first.document["spec"] == second.document["spec"]
        assert snapshots(first) == snapshots(second)  # bit for bit: the references hold the hashes
        for seen, bare in zip(first.looks, second.looks, strict=True):
            assert {name: seen.values[name] for name in bare.values} == bare.values
    checkpoints = [
        {name: data for name, data in truth(lab).items() if "checkpoint" in name and "s0" in name}
        for lab in (looked_at, plain)
    ]
    assert (
        len(checkpoints[0]) == 2
    )  # they name other logs, so their bytes differ; what is trained is the same
    for run in plain.run_ids():
        weights = [load_snapshot(lab, read_run(lab, run), 60) for lab in (looked_at, plain)]
        assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])


def test_snapshots_measured_afterwards_give_what_was_seen_live(looked_at, plain, tmp_path):
    lab = copy_of(plain, tmp_path / "lab")
    before = truth(lab)
    measured = measure_snapshots(lab, lab.run_ids(), CHEAP)
    assert [one.steps for one in measured] == [(0, 30, 60)] * 2
    assert truth(lab) == before  # nothing of the run itself is touched
    for run in lab.run_ids():
        for live, late in zip(read_run(looked_at, run).looks, read_run(lab, run).looks, strict=True):
            if live.arrays:
                assert live.values.keys() == late.values.keys()
                for name, value in live.values.items():
                    assert late.values[name] == pytest.approx(value, rel=1e-6, nan_ok=True), name


def test_what_is_there_is_not_measured_again(plain, tmp_path):
    lab = copy_of(plain, tmp_path / "lab")
    run = lab.run_ids()[0]
    (first,) = measure_snapshots(lab, [run], ["factorisation@final"], "0,60")
    assert (first.steps, first.there, first.names) == ((0, 60), (), ("factorisation",))
    (second,) = measure_snapshots(lab, [run], ["factorisation@final", "weight_norm@parameters"])
    assert (second.steps, second.there) == ((30,), (0, 60))
    size = (lab.folder(run) / "measured.log").stat().st_size
    (third,) = measure_snapshots(lab, [run], ["factorisation@final"])
    assert (third.steps, third.there) == ((), (0, 30, 60))
    assert (lab.folder(run) / "measured.log").stat().st_size == size
    (fourth,) = measure_snapshots(lab, [run], ["factorisation@final:30", "factorisation@final/all:60"])
    assert (fourth.steps, fourth.there) == ((0, 60), (30,))


@pytest.mark.parametrize(
    ("looks", "steps", "said"),
    [
        ([], "all", "no look is given"),
        (["ring_scan"], "all", "cannot be read"),
        (["ring_scan@nowhere"], "all", "no site 'nowhere'"),
        (["weight_change@parameters"], "all", "it can be taken live, with latebloom run --look"),
        (
            ["factorisation@final"],
            "10",
            "no snapshot at step '10'; .*known: 0, 30, 60|no snapshot at step '10'",
        ),
        (["factorisation@final"], "ten", "give all, or steps parted by commas"),
        (["factorisation@final:7"], "30", "no snapshot at a multiple of 7"),
        (["persistence_summary@final", "nothing@final"], "all", "no measure 'nothing'"),
    ],
)
def test_what_cannot_be_measured_afterwards_is_refused_and_nothing_written(plain, looks, steps, said):
    with pytest.raises(InputError, match=said):
        measure_snapshots(plain, plain.run_ids(), looks, steps)
    assert not list(plain.path.glob("runs/*/measured*"))


def test_a_damaged_snapshot_is_named(plain, tmp_path):
    lab = copy_of(plain, tmp_path / "lab")
    run = lab.run_ids()[0]
    path = lab.folder(run) / "arrays" / "snapshot-000000000030.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError, match="snapshot-000000000030"):
        measure_snapshots(lab, [run], ["factorisation@final"])
    assert "factorisation" in read_run(lab, run).looks[0].values  # step 0 was done


def test_a_job_that_is_killed_and_resumed_with_looks_stores_the_same_bytes(looked_at, tmp_path):
    blank, (job,) = planned(tmp_path / "blank", specs(2), looking(*CHEAP))
    logs = {name: data for name, data in truth(looked_at).items() if "checkpoint" not in name}
    with Victims() as victims:
        operations = victims.suffer(replace(job, lab=str(copy_of(blank, tmp_path / "whole").path)))[
            "operations"
        ]
        for number, at in enumerate((operations // 3, operations // 2, 4 * operations // 5)):
            lab = copy_of(blank, tmp_path / f"killed-{number}")
            assert victims.suffer(replace(job, lab=str(lab.path)), kill_at=at)["code"] < 0
            (again,) = resume_plan(lab, [], OPTIONS).jobs
            assert done(again)
            assert {name: data for name, data in truth(lab).items() if "checkpoint" not in name} == logs


def test_a_run_goes_on_with_the_looks_that_it_was_begun_with(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(1), looking(*CHEAP))
    asked = iter([False] * 3 + [True] * 1000)
    assert not train_job(job, lambda _: None, lambda: next(asked))
    assert looks_of(read_run(lab, job.runs[0]).document) == looking(*CHEAP).looks
    with pytest.raises(InputError, match="was begun with these looks: ring_scan@final/all:20, "):
        make_plan(lab, specs(1), "", looking("factorisation@final"), "cpu")
    for options in (OPTIONS, looking(*reversed(CHEAP))):
        assert len(make_plan(lab, specs(1), "", options, "cpu").jobs) == 1
    (again,) = resume_plan(lab, [], OPTIONS).jobs
    assert done(again)
    assert "accuracy@logits" in read_run(lab, job.runs[0]).looks[-2].values


def test_a_run_begun_without_looks_is_not_given_some_in_the_middle(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(1))
    assert not train_job(job, lambda _: None, lambda: True)
    before = truth(lab)
    with pytest.raises(InputError, match="was begun with these looks: none"):
        make_plan(lab, specs(3), "", looking("factorisation@final"), "cpu")
    assert truth(lab) == before
    assert lab.run_ids() == [job.runs[0]]  # nor are the others begun
    plan = make_plan(lab, specs(1), "", replace(looking("factorisation@final"), again=True), "cpu")
    assert looks_of(read_run(lab, plan.jobs[0].runs[0]).document) == ("factorisation@final",)


def test_dear_looks_are_taken_at_snapshots_by_a_process_beside_training(tmp_path):
    lab = Lab.open(tmp_path / "lab", create=True)
    plan = make_plan(lab, specs(2), "", looking(*DEAR, "factorisation@final"), "cpu")
    assert [one.run for one in plan.keyframes] == [spec.id for spec in specs(2)]
    outcome, said = carried(lab, plan)
    assert not outcome.failures
    assert not outcome.interrupted
    for spec in specs(2):
        run = read_run(lab, spec.id)
        steps = [look.step for look in run.looks if "longest_h0_bar" in look.values]
        assert steps == [0, 30, 60]
        other = "longest_h1_bar(max_points=10)@hidden/all"
        assert [look.step for look in run.looks if other in look.values] == [0, 60]
        assert "factorisation" in run.looks[1].values
        assert b"longest_h0_bar" not in (lab.folder(spec.id) / "looks.log").read_bytes()
        assert pending(run) == []
    left = [message["left"] for message in said if message["kind"] == "keyframe"]
    assert left[-1] == 0
    assert keyframes_of(lab, lab.run_ids()) == ()
    assert resume_plan(lab, [], OPTIONS).keyframes == ()


def test_looks_around_the_weights_are_taken_at_snapshots_and_the_same_afterwards(plain, tmp_path):
    asked = (
        "sharpness(iterations=4)@parameters/train",
        "local_learning_coefficient(draws=3,burn_in=2)@parameters/train:60",
    )
    lab = Lab.open(tmp_path / "lab", create=True)
    outcome, _ = carried(lab, make_plan(lab, specs(2), "", looking(*asked), "cpu"))
    assert not outcome.failures
    later = copy_of(plain, tmp_path / "later")
    measure_snapshots(later, later.run_ids(), asked)
    for run in lab.run_ids():
        found = {one.step: one.values for one in read_run(lab, run).looks if one.arrays}
        again = {one.step: one.values for one in read_run(later, run).looks if one.arrays}
        for look, steps in zip(asked, ([0, 30, 60], [0, 60]), strict=True):
            name = look.removesuffix(":60")
            assert [step for step, values in found.items() if name in values] == steps
            assert all(found[step][name] == again[step][name] for step in steps)
        assert pending(read_run(lab, run)) == []
        assert b"sharpness" not in (lab.folder(run) / "looks.log").read_bytes()


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
def test_purity_in_the_umap_plane_is_a_look_at_keyframes(tmp_path):
    task = {"task": {"name": "addition", "modulus": 6}, "snapshots": {"every": 60}}
    look = "coset_purity(quotient=3,space=umap)@embedding/all"
    options = replace(OPTIONS, looks=choose_looks(specs(1, **task), [look]))
    lab, (job,) = planned(tmp_path / "lab", specs(1, **task), options)
    assert done(job)
    name = "coset_purity(quotient=3,space=umap)@embedding/all"
    run = read_run(lab, job.runs[0])
    assert [step for step, _ in pending(run)] == [0, 60]
    (measured,) = measure_snapshots(lab, [run.id], [look])
    assert measured.steps == (0, 60)
    seen = [one.values[name] for one in read_run(lab, run.id).looks if one.arrays]
    assert len(seen) == 2
    assert all(1 / 3 <= value <= 1.0 for value in seen)
    assert pending(read_run(lab, run.id)) == []


def test_snapshots_that_were_not_measured_before_a_kill_are_measured_at_the_next_resume(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2), looking("persistence_summary@final"))
    assert done(job)  # trained to the end, and nobody measured
    plan = resume_plan(lab, [], OPTIONS)
    assert plan.jobs == ()
    assert [one.run for one in plan.keyframes] == lab.run_ids()
    finishing = threading.Event()
    finishing.set()
    follow(plan.keyframes, finishing, lambda _: None)
    assert all(pending(read_run(lab, run)) == [] for run in lab.run_ids())


def unmeasured(path):
    """Make a lab whose runs are trained, and whose dear looks are all left to be taken."""
    plan = make_plan(Lab.open(path, create=True), specs(3), "", looking(*DEAR), "cpu")
    for job in plan.jobs:
        assert done(job)
    return plan


def measured(lab, run):
    """List the steps at which something was measured of a run, in the order in which it was stored."""
    return [look.step for look in scan_log(lab.folder(run) / MEASURED, run).looks]


def test_several_measure_each_snapshot_once_and_in_order_and_store_what_one_would(tmp_path):
    alone, together = unmeasured(tmp_path / "alone"), unmeasured(tmp_path / "together")
    finishing = threading.Event()
    finishing.set()
    follow(alone.keyframes, finishing, lambda _: None)
    threads = [
        threading.Thread(target=follow, args=(together.keyframes, finishing, lambda _: None))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    labs = [Lab.open(tmp_path / name) for name in ("alone", "together")]
    for run in labs[0].run_ids():
        assert measured(labs[1], run) == [0, 30, 60]
        one, other = ((lab.folder(run) / MEASURED).read_bytes() for lab in labs)
        assert one == other


def order_of_turns(keyframes, monkeypatch, few):
    """Measure one snapshot a turn, with so many runs counted as few; give the runs in the order of the turns."""
    from latebloom.running import measurer, turns

    monkeypatch.setattr(turns, "TURN", 0.0)
    monkeypatch.setattr(measurer, "FEW", few)
    finishing, said = threading.Event(), []
    finishing.set()
    follow(keyframes, finishing, said.append)
    return [run for message in said if len(message["runs"]) == 1 for run in message["runs"]]


def test_few_runs_are_measured_evenly_so_that_all_end_together(tmp_path, monkeypatch):
    order = order_of_turns(unmeasured(tmp_path / "lab").keyframes, monkeypatch, few=3)
    assert len(order) == 9
    assert [len(set(order[start : start + 3])) for start in (0, 3, 6)] == [3, 3, 3]


def test_many_runs_are_measured_one_after_the_other_until_few_are_left(tmp_path, monkeypatch):
    order = order_of_turns(unmeasured(tmp_path / "lab").keyframes, monkeypatch, few=2)
    assert len(set(order[:3])) == 1
    assert [len(set(order[start : start + 2])) for start in (3, 5, 7)] == [2, 2, 2]


def test_processes_that_are_kept_measure_for_the_next_too(tmp_path):
    plans = [unmeasured(tmp_path / name) for name in ("first", "second")]
    seen = []
    with measurers() as crew:
        for plan in plans:
            with Follower(plan.keyframes, lambda *_: None, crew) as follower:
                assert follower.finish(lambda: False)
            assert follower.failures == []
            seen.append({worker.process.pid for worker in crew.workers})
    assert seen[0] == seen[1] != set()
    for name in ("first", "second"):
        lab = Lab.open(tmp_path / name)
        assert [measured(lab, run) for run in lab.run_ids()] == [[0, 30, 60]] * 3


def test_asked_to_stop_while_keyframes_are_left_it_stops_and_says_so(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2), looking("persistence_summary@final"))
    assert done(job)
    outcome, _ = carried(lab, resume_plan(lab, [], OPTIONS), should_stop=lambda: True)
    assert outcome.interrupted
    assert not outcome.failures
    outcome, _ = carried(lab, resume_plan(lab, [], OPTIONS))
    assert not outcome.interrupted
    assert keyframes_of(lab, lab.run_ids()) == ()


def test_a_run_that_cannot_be_measured_is_told_and_the_others_are_measured(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2), looking("persistence_summary@final"))
    assert done(job)
    first, second = lab.run_ids()
    path = lab.folder(first) / "arrays" / "snapshot-000000000000.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    finishing, said = threading.Event(), []
    finishing.set()
    follow(keyframes_of(lab, [first, second]), finishing, said.append)
    failures = [message for message in said if message["kind"] == "failed"]
    assert [failure["exit_code"] for failure in failures] == [DamagedError.exit_code]
    assert "snapshot-000000000000" in failures[0]["message"]
    assert pending(read_run(lab, second)) == []
    json.dumps(said)


def test_a_process_that_dies_is_told_with_what_measures_the_rest(tmp_path, monkeypatch):
    from latebloom.running import following

    lab, (job,) = planned(tmp_path / "lab", specs(1), looking("persistence_summary@final"))
    assert done(job)
    assert resume_plan(lab, [], OPTIONS).keyframes
    monkeypatch.setattr(following, "COMMAND", (*following.COMMAND[:1], "-c", "import os; os.abort()"))
    outcome, _ = carried(lab, resume_plan(lab, [], OPTIONS))
    assert len(outcome.failures) == 1
    assert "latebloom resume measures what is left" in outcome.failures[0].message


def test_looks_from_python_and_from_a_file_are_taken_together(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'looks = ["factorisation@final"]\n'
        '[task]\nname = "addition"\nmodulus = 7\n[split]\nfraction = 0.6\n'
        '[model]\nname = "quadratic"\nwidth = 8\n[training]\nsteps = 4\n[evaluation]\nevery = 2\n'
    )
    found = train_runs(
        str(path), lab=tmp_path / "lab", workers=1, device="cpu", looks=["ring_scan@hidden/all:4"]
    )
    frame = found.frame(wide=True)
    assert frame["factorisation"].notna().tolist() == [True, True, True]
    assert frame["ring_best_score@hidden/all"].notna().tolist() == [True, False, True]


@pytest.mark.parametrize("looks", ["ring_scan@final", ["ring_scan@final", 3], 5, ["ring_scan@fina"], ["x"]])
def test_wrong_looks_from_python_are_refused_and_nothing_is_written(tmp_path, looks):
    with pytest.raises(InputError):
        train_runs(specs(1), lab=tmp_path / "lab", looks=looks)
    assert not (tmp_path / "lab").exists()


def test_measuring_leaves_the_callers_own_randomness_and_arithmetic_alone(plain, tmp_path):
    lab = copy_of(plain, tmp_path / "lab")
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    measure_snapshots(lab, lab.run_ids()[:1], ["ring_scan@final/all"])
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_a_step_of_which_no_snapshot_is_there_is_refused_with_those_that_there_are(plain):
    with pytest.raises(UnknownNameError) as refused:
        measure_snapshots(plain, plain.run_ids(), ["factorisation@final"], "0,10")
    assert sorted(refused.value.known) == ["0", "30", "60"]
    assert os.listdir(plain.folder(plain.run_ids()[0]))
