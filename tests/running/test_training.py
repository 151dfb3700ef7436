"""Real training of small runs, end to end, in this process."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from latebloom.engine import train
from latebloom.errors import DamagedError, InputError, LockedError
from latebloom.events import Criteria
from latebloom.observe import Observer
from latebloom.running.build import lane_of, population_of, probes_of
from latebloom.running.execute import carry_out_plan
from latebloom.running.plan import make_plan
from latebloom.running.training import train_job
from latebloom.running.verify import verify
from latebloom.store import Lab, load_snapshot, open_run, read_run, snapshots
from tests.running.labs import OPTIONS, planned, specs, truth

CALM = {"name": "sgd", "learning_rate": 0.1}
WILD = {**CALM, "learning_rate_changes": [[25, 1000.0]]}
FRAGILE = {
    "model": {"name": "quadratic", "width": 32},
    "objective": {"name": "squared-error"},
    "optimizer": CALM,
}  # squares of squares: at a high rate the loss overflows within a few steps


def done(job, should_stop=lambda: False):
    said = []
    whole = train_job(job, said.append, should_stop)
    return whole, said


def test_a_job_trains_its_runs_to_their_end_and_stores_what_was_seen(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs())
    whole, said = done(job)
    assert whole
    for run in lab.run_ids():
        stored = read_run(lab, run)
        assert stored.status == "done"
        assert [look.step for look in stored.looks] == [0, 10, 20, 30, 40, 50, 60, 60]
        assert {"train_loss", "test_loss", "train_accuracy", "test_accuracy", "weight_norm", "pca_dimension_95",
                "pca_dimension_99", "participation_ratio", "activation_l2", "activation_std", "activation_max",
                "activation_sparsity"} <= set(stored.looks[0].values)  # fmt: skip
        assert "weight_change" not in stored.looks[0].values
        assert stored.looks[1].values["weight_change"] > 0
        assert [step for step, _ in snapshots(stored)] == [0, 30, 60]
    kinds = {message["kind"] for message in said}
    assert {"started", "progress", "look", "ended"} <= kinds
    assert json.dumps(said)  # messages are plain data


def test_a_stored_snapshot_holds_the_weights_and_the_probes_of_its_step(tmp_path):
    wanted = specs(2)
    lab, (job,) = planned(tmp_path / "lab", wanted)
    done(job)
    population, state = population_of(wanted)
    (snapshot,) = train(population, state, [30])
    arrays = load_snapshot(lab, read_run(lab, wanted[1].id), 30)
    for name, value in snapshot.named_parameters(1).items():
        np.testing.assert_allclose(arrays[f"weights.{name}"], value.numpy(), rtol=1e-4, atol=1e-5)
    assert arrays["activations.final"].dtype == np.float16
    assert arrays["activations.final"].shape == (49, 16)
    assert probes_of(wanted[0]).tolist() == list(range(49))


def test_the_same_lane_alone_and_among_eight_begins_bitwise_equal_and_stays_close():
    for precision, tolerance in (("float32", 1e-4), ("float64", 1e-9)):
        wanted = specs(8, training={"steps": 60, "batch": 8, "precision": precision})
        (alone, one), (many, eight) = population_of(wanted[3:4]), population_of(wanted)
        assert torch.equal(one.parameters[0], eight.parameters[3])
        assert torch.equal(alone.train[0], many.train[3])
        assert torch.equal(alone.test[0], many.test[3])
        everything = torch.arange(49)
        logits = []
        for population, state, slot in ((alone, one, 0), (many, eight, 3)):
            (snapshot,) = train(population, state, [50])
            (chunk,) = snapshot.evaluate(everything.expand(len(population.lanes), -1))
            logits.append(chunk.logits[slot])
        torch.testing.assert_close(*logits, rtol=0, atol=tolerance)


def test_the_transformer_of_protocol_m_alone_and_among_others_agrees():
    from latebloom.spec import read_request

    for precision, tolerance in (("float32", 1e-4), ("float64", 1e-9)):
        texts = ["task.modulus=23", f"training.precision={precision}", "training.batch=64"]
        wanted = read_request(
            "manifold-addition", seeds=3, steps=50, overrides=[*texts, "evaluation.every=50"]
        ).specs
        logits = []
        for chosen, slot in ((wanted[1:2], 0), (wanted, 1)):
            population, state = population_of(chosen)
            (snapshot,) = train(population, state, [50])
            (chunk,) = snapshot.evaluate(torch.arange(529).expand(len(chosen), -1))
            logits.append(chunk.logits[slot])
        torch.testing.assert_close(*logits, rtol=0, atol=tolerance)


def test_lanes_draw_from_their_own_seeds():
    first, second, again = lane_of(specs(1)[0]), lane_of(specs(2)[1]), lane_of(specs(1)[0])
    for left, right, equal in ((first, again, True), (first, second, False)):
        weights = zip(left.model.parameters(), right.model.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in weights) == equal
        assert torch.equal(left.train, right.train) == equal


def test_building_a_lane_leaves_the_callers_own_randomness_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    lane_of(specs(1)[0])
    assert torch.equal(torch.rand(3), expected)


def test_measuring_or_not_training_is_bitwise_the_same():
    rows = []
    for looking in (True, False):
        population, state = population_of(specs())
        observer = Observer.start(3, Criteria())
        for snapshot in train(population, state, range(0, 61, 5)):
            if looking:
                observer.see(snapshot)
        rows.append(state.parameters)
    assert torch.equal(*rows)


def test_a_run_that_diverges_is_marked_and_the_others_end_bitwise_as_if_it_had_not(tmp_path):
    wanted = specs(6, **FRAGILE)
    lab, (job,) = planned(tmp_path / "healthy", wanted)
    done(job)
    wild = specs(6, **{**FRAGILE, "optimizer": WILD})[2]
    mixed, (job,) = planned(tmp_path / "mixed", [*wanted[:2], wild, *wanted[3:]])
    done(job)
    stored = read_run(mixed, wild.id)
    assert stored.status == "diverged"
    assert 25 < stored.looks[-1].step < 40
    expected = {name: data for name, data in truth(lab).items() if wanted[2].id not in name}
    found = {name: data for name, data in truth(mixed).items() if wild.id not in name}
    for name in expected:
        if name.endswith("looks.log") or "/arrays/" in name:
            assert found[name] == expected[name], name


def test_a_whole_population_that_diverges_ends_the_job(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2, **{**FRAGILE, "optimizer": WILD}))
    assert done(job)[0]
    assert {read_run(lab, run).status for run in lab.run_ids()} == {"diverged"}


def test_asked_to_stop_it_saves_and_goes_on_later_to_the_same_bytes(tmp_path):
    whole_lab, (job,) = planned(tmp_path / "whole", specs())
    done(job)
    lab, (job,) = planned(tmp_path / "halting", specs())
    asked = iter([False] * 3 + [True] * 1000)
    whole, _ = done(job, lambda: next(asked))
    assert not whole
    assert {read_run(lab, run).status for run in lab.run_ids()} == {"interrupted"}
    assert done(job)[0]
    looks = {name: data for name, data in truth(whole_lab).items() if "checkpoint" not in name}
    assert {name: data for name, data in truth(lab).items() if "checkpoint" not in name} == looks
    last = [
        sorted(name for name in truth(each) if "checkpoint/000000000060" in name) for each in (whole_lab, lab)
    ]
    assert last[0] == last[1]
    assert len(last[0]) == 3


def test_stopped_before_the_first_step_it_goes_on_to_the_same_bytes(tmp_path):
    whole_lab, (job,) = planned(tmp_path / "whole", specs(2))
    done(job)
    lab, (job,) = planned(tmp_path / "stopped", specs(2))
    assert not done(job, lambda: True)[0]
    assert {look.step for run in lab.run_ids() for look in read_run(lab, run).looks} == {0}
    assert done(job)[0]
    logs = [{n: b for n, b in truth(each).items() if "checkpoint" not in n} for each in (whole_lab, lab)]
    assert logs[0] == logs[1]


def test_training_leaves_the_processs_arithmetic_as_it_was(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(1))
    threads = torch.get_num_threads()
    done(replace(job, threads=threads + 1))
    verify(lab, job.runs[0])
    assert torch.get_num_threads() == threads
    assert (torch.tensor([2.0**-1060], dtype=torch.float64) * 1.0).item() > 0


def test_doing_a_finished_job_again_changes_nothing(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs())
    done(job)
    before = truth(lab)
    whole, said = done(job)
    assert whole
    assert said == []
    assert truth(lab) == before


def test_again_forgets_what_was_trained(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2))
    done(job)
    before = truth(lab)
    _, none = planned(tmp_path / "lab", specs(2))
    assert none == ()
    _, (job,) = planned(tmp_path / "lab", specs(2), replace(OPTIONS, again=True))
    assert all(read_run(lab, run).looks == () for run in lab.run_ids())
    done(job)
    assert truth(lab) == before


def test_a_run_in_use_by_another_writer_is_refused(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs(2))
    with open_run(lab, job.runs[1]), pytest.raises(LockedError, match=job.runs[1]):
        done(job)


def test_verify_trains_the_last_stretch_again_to_the_last_bit(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs())
    done(job)
    found = verify(lab, job.runs[1])
    assert (found.start, found.stop, found.equal, found.farthest) == (50, 60, True, 0.0)


def test_verify_notices_a_state_that_training_does_not_lead_to(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs())
    done(job)
    with open_run(lab, job.runs[0]) as writer:
        name = writer.usable_checkpoints().names[0]
        point = writer.load_checkpoint(name)
        forged = {key: value.copy() for key, value in point.arrays.items()}
        forged["parameters"][3] += 0.5
        writer.discard_checkpoints(after=59)
        writer.save_checkpoint(60, forged, point.info)
    found = verify(lab, job.runs[0])
    assert not found.equal
    assert found.farthest == pytest.approx(0.5, rel=1e-3)


def test_verify_without_a_checkpoint_or_with_a_damaged_one_says_so(tmp_path):
    lab, (job,) = planned(tmp_path / "lab", specs())
    with pytest.raises(InputError, match="no checkpoint"):
        verify(lab, job.runs[0])
    done(job)
    path = sorted((lab.folder(job.runs[0]) / "checkpoint").iterdir())[-1]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(DamagedError, match=r"checkpoint"):
        verify(lab, job.runs[0])


def test_every_preset_trains_a_few_steps_and_is_seen(tmp_path):
    from latebloom import presets
    from latebloom.running.plan import make_plan
    from latebloom.spec import read_request

    for name in presets.names():
        request = read_request(name, seeds=1, steps=2, overrides=["evaluation.every=2", "snapshots.every=2"])
        lab = Lab.open(tmp_path / name, create=True)
        plan = make_plan(lab, request.specs[:1], name, OPTIONS, "cpu")
        assert done(plan.jobs[0])[0]
        stored = read_run(lab, request.specs[0].id)
        assert stored.status == "done"
        assert np.isfinite([value for look in stored.looks for value in look.values.values()]).all()


def test_what_another_process_ended_between_the_plan_and_the_training_counts_as_finished(tmp_path):
    lab = Lab.open(tmp_path / "lab", create=True)
    late = make_plan(lab, specs(2), "test", OPTIONS, "cpu")
    (job,) = late.jobs
    whole, _ = done(job)
    assert whole
    said = []
    outcome = carry_out_plan(
        late, on_plan=said.append, on_message=said.append, should_stop=bool, in_process=True
    )
    assert set(outcome.finished) == {spec.id for spec in specs(2)}
    assert outcome.trained == ()
    assert outcome.failures == ()
