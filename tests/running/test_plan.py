"""What is planned for a request, and what is refused before anything is written."""

from dataclasses import replace

import pytest
import torch

from latebloom.errors import DamagedError, InputError
from latebloom.records import RunInfo
from latebloom.running import plan as planning
from latebloom.running.estimate import PROCESS_BYTES, SHARE, check_memory, lanes_that_fit, memory_of
from latebloom.running.execute import choose_device, resume_plan
from latebloom.running.plan import Options, make_plan, portions
from latebloom.spec import read_request
from latebloom.store import Lab, open_run, read_run, summaries
from tests.running.labs import OPTIONS, planned, specs


def test_runs_are_parted_into_one_population_for_each_worker():
    wanted = specs(5)
    assert [len(part) for part in portions(wanted, 2)] == [3, 2]
    assert [len(part) for part in portions(wanted, 1)] == [5]
    assert [spec.seed for part in portions(wanted, 2) for spec in part] == [0, 1, 2, 3, 4]


def test_unlike_shapes_are_never_in_one_population():
    narrow = specs(2, model={"name": "embedding-mlp", "width": 8})
    parts = portions([*specs(3), *narrow], 1)
    assert sorted(len(part) for part in parts) == [2, 3]
    assert all(len({spec.shape() for spec in part}) == 1 for part in parts)


def test_a_population_has_no_more_lanes_than_fit(monkeypatch):
    monkeypatch.setattr(planning, "lanes_that_fit", lambda spec, workers, **_: 2)
    assert [len(part) for part in portions(specs(5), 1)] == [2, 2, 1]


def test_equal_specs_are_one_run(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", [*specs(2), *specs(2)])
    assert list(job.runs) == [spec.id for spec in specs(2)]
    assert len(lab.run_ids()) == 2


def test_runs_begun_earlier_keep_the_population_they_were_begun_in(tmp_path):
    planned(tmp_path / "lab", specs(2))
    _, jobs = planned(tmp_path / "lab", specs(4))
    assert sorted([spec.seed for spec in specs(4) if spec.id in job.runs] for job in jobs) == [[0, 1], [2, 3]]


def test_a_damaged_run_stands_in_nobodys_way_but_its_own(tmp_path):
    lab, _ = planned(tmp_path / "lab", specs(3))
    path = lab.folder(specs(3)[1].id) / "spec.json"
    path.write_text(path.read_text().replace("49", "50").replace('"steps": 60', '"steps": 61'))
    plan = make_plan(lab, specs(3), "test", OPTIONS, "cpu")
    assert [spec.seed for spec in specs(3) if any(spec.id in job.runs for job in plan.jobs)] == [0, 2]
    assert [type(obstacle) for obstacle in plan.obstacles] == [DamagedError]
    assert specs(3)[1].id in str(plan.obstacles[0])


def test_resuming_all_leaves_alone_what_another_process_trains(tmp_path):
    lab, _ = planned(tmp_path / "lab", specs(2))
    busy, idle = (spec.id for spec in specs(2))
    with open_run(lab, busy):
        plan = resume_plan(lab, [], OPTIONS)
        named = resume_plan(lab, [busy], OPTIONS)
    assert [job.runs for job in plan.jobs] == [(idle,)]
    assert [job.runs for job in named.jobs] == [(busy,)]


def test_a_new_run_is_listed_as_interrupted_until_it_is_trained(tmp_path):
    lab, _ = planned(tmp_path / "lab", specs(1))
    (info,) = summaries(lab)
    assert isinstance(info, RunInfo)
    assert (info.status, info.step, info.steps, info.preset) == ("interrupted", 0, 60, "test")


def test_what_cannot_fit_is_refused_with_what_is_needed_and_what_there_is():
    (giant,) = read_request("demo", seeds=1, overrides=["model.width=65536"]).specs
    assert memory_of(giant, 1) > 100e9
    with pytest.raises(InputError, match=r"GB a lane.* can be used: a smaller model"):
        check_memory([giant], 2)


def test_when_only_so_many_at_once_do_not_fit_fewer_workers_are_advised(monkeypatch):
    (one,) = specs(1)
    monkeypatch.setattr("latebloom.running.estimate.machine_memory", lambda: 2.5e9)
    check_memory([one], 3)
    with pytest.raises(InputError, match="--workers 3 would fit"):
        check_memory([one], 64)


def test_large_lanes_keep_their_activations_one_after_the_other():
    (spec,) = read_request("manifold-addition", seeds=1).specs
    one, two, many = (memory_of(spec, lanes) for lanes in (1, 2, 8))
    assert many - one == 7 * (two - one)
    assert two < 1.5 * one
    assert memory_of(spec, 8, threads=2) - many == one - (two - one)  # a second lane's at the same time
    assert memory_of(spec, 8, device="cuda") == 8 * one


def test_as_many_lanes_fit_as_the_estimate_says(monkeypatch):
    (spec,) = read_request("manifold-addition", seeds=1).specs
    monkeypatch.setattr("latebloom.running.estimate.machine_memory", lambda: 4e9)
    fit = lanes_that_fit(spec, 1)
    free = SHARE * 4e9 - PROCESS_BYTES
    assert memory_of(spec, fit) <= free < memory_of(spec, fit + 1)
    assert lanes_that_fit(spec, 100) == 1


def test_the_estimate_grows_with_what_is_trained():
    sizes = [
        memory_of(read_request("manifold-addition", seeds=1, overrides=[text]).specs[0], 1)
        for text in ("model.width=64", "model.width=128", "training.precision=float64")
    ]
    assert sizes == sorted(sizes)
    assert sizes[2] > 1.8 * sizes[1]


def test_a_device_that_is_not_there_is_refused_by_name():
    assert choose_device("cpu") == "cpu"
    with pytest.raises(InputError, match="no device 'cudda'; did you mean 'cuda'"):
        choose_device("cudda")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="'cuda' cannot be used here"):
            choose_device("cuda")


def test_workers_are_as_many_as_asked_for_or_one_on_a_gpu():
    assert planning.worker_count(Options(workers=3), "cpu", 8) == 3
    assert planning.worker_count(Options(), "cuda", 8) == 1
    assert planning.worker_count(Options(), "cpu", 1) == 1


def test_the_lab_says_where_it_is_by_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab = Lab.open("lab", create=True)
    (job,) = make_plan(lab, specs(1), "test", replace(OPTIONS), "cpu").jobs
    assert job.lab == str(tmp_path / "lab")


def test_populations_are_shared_out_among_several_devices(tmp_path):
    lab = Lab.open(tmp_path / "lab", create=True)
    plan = make_plan(lab, specs(5), "test", Options(), "cuda:0,cuda:1")
    assert plan.workers == 2
    assert sorted(job.device for job in plan.jobs) == ["cuda:0", "cuda:1"]
    stored = [read_run(lab, run).document["device"] for run in lab.run_ids()]
    assert sorted(set(stored)) == ["cuda:0", "cuda:1"]
    assert len(stored) == 5


def test_all_cuda_devices_are_named_where_there_are_several(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    assert choose_device("cuda") == "cuda:0,cuda:1,cuda:2"
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    assert choose_device("cuda") == "cuda"


def test_tf32_is_refused_where_there_is_none(tmp_path):
    lab = Lab.open(tmp_path / "lab", create=True)
    wanted = specs(1, training={"steps": 60, "precision": "tf32"})
    with pytest.raises(InputError, match="tf32, which cpu does not have"):
        make_plan(lab, wanted, "test", Options(), "cpu")
    assert lab.run_ids() == []
