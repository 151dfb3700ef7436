import json
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn

import latebloom
from latebloom.errors import InputError, LabError, LockedError, UnknownNameError
from latebloom.store import Lab, read_run
from latebloom.watching.recorder import Recorder
from tests.watching.strangers import LABELS, PAIRS, hooks_of, stranger, training


@pytest.fixture
def lab(tmp_path):
    return tmp_path / "lab"


def watched(model, lab, **options):
    given = {
        "sites": ["2", "4"],
        "inputs": PAIRS,
        "labels": LABELS,
        "every": 5,
        "group": "cyclic:11",
    } | options
    return latebloom.watch(model, lab=lab, **given)


def train_plainly(steps):
    model = stranger()
    losses = [loss.item() for _, loss in zip(range(steps), training(model), strict=False)]
    return model, losses, torch.get_rng_state()


def test_training_goes_on_to_the_same_bits_as_if_nobody_had_looked(lab):
    plain, plain_losses, plain_state = train_plainly(23)
    model, losses = stranger(), []
    with watched(model, lab, every=3) as w:
        for _, loss in zip(range(23), training(model), strict=False):
            losses.append(loss.item())
            w.step(loss=loss)
    assert losses == plain_losses
    assert torch.equal(torch.get_rng_state(), plain_state)
    for name, value in plain.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name
    assert hooks_of(model) == []
    assert all(p.requires_grad for p in model.parameters())
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)


def test_a_watch_alone_leaves_the_model_as_it_was(lab):
    model = stranger()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model[3].eval()
    modes = [module.training for module in model.modules()]
    with watched(model, lab) as w:
        for _ in range(12):
            w.step()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert all(p.grad is None for p in model.parameters())
    assert hooks_of(model) == []


def test_the_model_is_looked_at_first_every_so_many_steps_and_last(lab):
    with watched(stranger(), lab, every=5) as w:
        for _ in range(12):
            w.step()
    rows = w.results()
    assert [row["step"] for row in rows] == [0, 5, 10, 12]
    assert all(
        {"weight_norm", "probe_accuracy", "ring_p_value@2", "pca_dimension_95@4"} <= row.keys()
        for row in rows
    )
    assert "weight_change" not in rows[0]
    assert all(row["weight_change"] == 0.0 for row in rows[1:])
    assert w.run.status == "done"


def test_a_number_given_at_each_step_is_thinned_and_one_given_now_and_then_is_kept(lab):
    with watched(stranger(), lab, every=5) as w:
        for step in range(1, 14):
            rare = {"validation": 10.0 * step} if step in (3, 7) else {}
            w.step(loss=torch.tensor(float(step)), **rare)
    rows = w.results()
    assert {row["step"]: row["loss"] for row in rows if "loss" in row} == {
        1: 1,
        3: 3,
        5: 5,
        7: 7,
        10: 10,
        13: 13,
    }
    assert {row["step"]: row["validation"] for row in rows if "validation" in row} == {3: 30.0, 7: 70.0}


def test_what_becomes_known_after_a_step_is_stored_with_that_step(lab):
    with watched(stranger(), lab, every=5) as w:
        w.step(loss=1.0)
        w.note(train_accuracy=1.0)
        w.note(test_accuracy=0.2)
        assert w.results()[-1]["test_accuracy"] == 0.2
        w.step(loss=0.5)
        w.note(late=3.0)
    rows = w.results()
    assert rows[1] == {"step": 1, "loss": 1.0, "train_accuracy": 1.0, "test_accuracy": 0.2}
    assert rows[-1]["late"] == 3.0


def test_accuracies_that_are_given_make_the_events_of_the_run(lab):
    course = [(0.5, 0.0), (1.0, 0.1), (1.0, 0.92), (1.0, 0.3), (1.0, 0.97)]
    with watched(stranger(), lab, every=100) as w:
        for train, test in course:
            w.step()
            w.step(train_accuracy=train, test_accuracy=np.float64(test))
    found = w.run.events()
    assert dict(zip(found["event"], found["step"], strict=True)) == {
        "memorised": 4, "grokked_first": 6, "oscillation": 8, "collapsed": 8, "recovered": 10,
    }  # fmt: skip
    assert w.run.course["delay"] == 2


def test_loops_that_count_themselves_may_skip_steps_and_begin_later(lab):
    with watched(stranger(), lab, every=5, start=7) as w:
        for step in (8, 9, 16, 17):
            w.reach(step)
        assert w.at == 17
        with pytest.raises(InputError, match="after the last step, 17"):
            w.reach(17)
        w.reach(18)
    assert [row["step"] for row in w.results()] == [7, 16, 18]


def test_the_run_says_what_was_watched(lab):
    with watched(stranger(), lab, name="mine", seed=3, measures=["activation_l2", "ring_scan(draws=20)"]):
        pass
    [run] = latebloom.open_runs(lab)
    assert run.id.startswith("mine-s3-")
    assert run.settings == {
        "kind": "watched",
        "task": {"name": "mine"},
        "model": {"name": "Sequential", "parameters": sum(p.numel() for p in stranger().parameters())},
        "watch": {
            "sites": ["2", "4"],
            "every": 5,
            "samples": 121,
            "measures": ["activation_l2", "ring_scan(draws=20)"],
            "group": "cyclic:11",
        },
        "seed": 3,
    }
    assert run.view["environment"]["device"] == "cpu"


def test_without_a_name_each_watch_gets_the_next_free_one(lab):
    for _ in range(2):
        with watched(stranger(), lab):
            pass
    assert [run.id.rpartition("-")[0] for run in latebloom.open_runs(lab)] == [
        "sequential-1-s0",
        "sequential-2-s0",
    ]


def test_a_name_that_is_taken_is_refused_and_again_forgets_a_watch_of_the_same_settings(lab):
    for seed in (0, 1):
        with watched(stranger(), lab, name="mine", seed=seed) as first:
            for _ in range(6):
                first.step()
    with pytest.raises(InputError, match=r"'mine' with seed 0 is taken by run mine-s0-.*again=True"):
        watched(stranger(), lab, name="mine").begin()
    with pytest.raises(InputError, match=r"taken by run mine-s0-.*another name or seed$"):
        watched(stranger(), lab, name="mine", every=7, again=True).begin()
    with watched(stranger(), lab, name="mine", again=True) as w:
        pass
    assert [row["step"] for row in w.results()] == [0]
    assert len(latebloom.open_runs(lab)) == 2


def test_a_run_that_another_process_made_in_the_meantime_is_not_written_into(lab):
    with watched(stranger(), lab, name="mine") as w:
        pass
    opened = Lab.open(lab)
    with pytest.raises(InputError, match=r"is in .* already"):
        Recorder(opened, read_run(opened, w.run.id).document)
    assert w.run.status == "done"


def test_one_that_is_being_watched_in_another_place_is_locked(lab):
    with watched(stranger(), lab, name="mine"), pytest.raises(LockedError):
        watched(stranger(), lab, name="mine", again=True).begin()


def fail_within(watch, told):
    with watch:
        for numbers in told:
            watch.step(**numbers)
        raise ZeroDivisionError


def test_an_error_in_the_loop_ends_the_run_is_recorded_and_goes_on(lab):
    w = watched(stranger(), lab)
    with pytest.raises(ZeroDivisionError):
        fail_within(w, [{"loss": 0.25}] * 7)
    assert w.run.status == "stopped"
    assert w.run.events()["event"].tolist() == ["raised ZeroDivisionError"]
    assert w.results()[-1] == {"step": 7, "loss": 0.25}
    assert w.run.view["step"] == 7


def test_an_error_in_the_loop_is_not_replaced_by_one_of_the_watch(lab):
    w = watched(stranger(), lab)
    with pytest.raises(ZeroDivisionError):
        fail_within(w, [{"a": 1.0}, {"a": "not read, as the step before had one too"}])
    assert w.run.status == "stopped"


KILLED = """
import sys, time, torch, latebloom
from torch import nn
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
with latebloom.watch(model, sites=["1"], inputs=torch.randn(9, 3), every=2, lab=sys.argv[1], name="victim") as w:
    for step in range(5):
        w.step(loss=1.0 / (step + 1))
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_what_was_recorded_and_the_run_is_interrupted(lab):
    victim = subprocess.Popen([sys.executable, "-c", KILLED, str(lab)], stdout=subprocess.PIPE, text=True)
    assert victim.stdout.readline() == "ready\n"
    assert latebloom.open_runs(lab)[0].status == "running"
    victim.kill()
    victim.communicate()
    [run] = latebloom.open_runs(lab)
    assert run.status == "interrupted"
    assert run.frame()["step"].unique().tolist() == [0, 1, 2, 4]
    assert run.view["commands"] == {}


def refused(kind, said, lab, model=None, **options):
    with pytest.raises(kind, match=said):
        watched(stranger() if model is None else model, lab, **options).begin()
    assert not lab.exists()


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"sites": ["2", "44"]}, UnknownNameError, "no site '44'; did you mean '4'"),
        ({"inputs": PAIRS + 11}, InputError, "the model cannot run on the inputs"),
        ({"labels": LABELS[:50]}, InputError, "labels: got shape"),
        ({"group": "cyclic:7"}, InputError, "label 7"),
        ({"measures": ["covariance_spectrum"]}, InputError, "no single number"),
        ({"every": 0}, InputError, "every: got 0"),
        ({"every": 2.5}, InputError, "every: got 2.5"),
        ({"every": True}, InputError, "every: got True"),
        ({"seed": -1}, InputError, "seed: got -1"),
        ({"start": -1}, InputError, "start: got -1"),
        ({"name": "My Model"}, InputError, "a-z, 0-9 and -"),
        ({"name": ""}, InputError, "a-z, 0-9 and -"),
        ({"name": "x" * 33}, InputError, "1 to 32"),
        ({"name": "../up"}, InputError, "a-z, 0-9 and -"),
    ],
)
def test_what_cannot_be_watched_is_refused_and_nothing_is_written(options, kind, said, lab):
    refused(kind, said, lab, **options)


def test_something_that_is_no_module_is_refused(lab):
    refused(InputError, "a torch.nn.Module is needed", lab, model=lambda x: x)


def test_a_lazy_model_is_refused_until_it_has_weights(lab):
    model = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d())
    with pytest.raises(InputError, match="run it once"):
        latebloom.watch(model, sites=["0"], inputs=torch.ones(4, 2), lab=lab)
    model(torch.ones(4, 2))
    with latebloom.watch(model, sites=["0"], inputs=torch.ones(4, 2), lab=lab):
        pass


def test_a_lab_that_is_a_file_or_a_foreign_directory_is_refused_before_the_model_is_run(tmp_path):
    file, foreign = tmp_path / "file", tmp_path / "foreign"
    file.write_text("kept")
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("kept")
    model = stranger()
    model.register_forward_hook(lambda *_: pytest.fail("the model was run"))
    for place, said in ((file, "is a file; a lab is a directory"), (foreign, "is no lab and not empty")):
        with pytest.raises(LabError, match=said):
            watched(model, place).begin()
    assert file.read_text() == "kept"
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]
    with pytest.raises(InputError, match="lab: got 3"):
        watched(model, 3)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"loss": "0.5"}, "loss: got '0.5'; a single number"),
        ({"loss": None}, "loss: got None"),
        ({"loss": torch.ones(2)}, "loss: got"),
        ({"loss": [1.0]}, "loss: got"),
        ({"weight_norm": 1.0}, "measures 'weight_norm' itself"),
        ({"train_accuracy": 97.0, "test_accuracy": 50.0}, "not a percentage"),
        ({"x" * 81: 1.0}, "for the name of a number"),
    ],
)
def test_numbers_that_are_none_are_refused_and_the_watch_goes_on(numbers, said, lab):
    with watched(stranger(), lab) as w:
        with pytest.raises(InputError, match=said):
            w.step(**numbers)
        w.step(loss=1.0)
    rows = w.results()
    assert w.run.status == "done"
    assert [row["step"] for row in rows] == [0, 1]
    assert rows[1]["loss"] == 1.0
    assert rows[1].keys() - rows[0].keys() == {"loss", "weight_change"}


def test_a_watch_is_used_once_and_only_while_it_is_open(lab):
    w = watched(stranger(), lab)
    for use in (w.step, w.note, lambda: w.reach(3)):
        with pytest.raises(InputError, match="not open"):
            use()
    with pytest.raises(InputError, match="not begun"):
        _ = w.run
    assert w.results() == []
    with w:
        w.step()
    with pytest.raises(InputError, match="has ended"):
        w.step()
    with pytest.raises(InputError, match="begun already"):
        w.begin()
    w.end()
    assert len(w.results()) == 2


def test_a_compiled_model_is_looked_at_as_it_was_written(lab):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    compiled = torch.compile(model, backend="eager")
    compiled(torch.ones(2, 3))
    with latebloom.watch(compiled, sites=["0", "1"], inputs=torch.randn(9, 3), lab=lab) as w:
        compiled(torch.ones(2, 3))
        w.step()
    assert {"activation_l2@0", "activation_l2@1"} <= w.results()[-1].keys()
    assert hooks_of(compiled) == []


def test_the_frame_has_a_row_per_step(lab):
    with watched(stranger(), lab) as w:
        for _ in range(5):
            w.step()
    frame = w.frame()
    assert frame["step"].tolist() == [0, 5]
    assert frame["weight_norm"].notna().all()
    assert set(w.frame(wide=False).columns) == {"run", "seed", "step", "name", "value"}


def test_steps_that_are_not_looked_at_cost_next_to_nothing(lab):
    with watched(stranger(), lab, every=10_000) as w:
        w.step(loss=1.0)
        began = time.perf_counter()
        for _ in range(2000):
            w.step(loss=1.0)
        assert time.perf_counter() - began < 0.5
    assert len(read_run(Lab.open(lab), w.run.id).looks) == 3
    assert json.loads((lab / "lab.json").read_text())["format"] == 1
