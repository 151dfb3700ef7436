"""The adapters' hooks, called as the trainers of both libraries call them, and what is said where those are missing."""

import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import pytest
import torch

import latebloom
from latebloom.errors import MissingExtraError
from latebloom.watching.following import LightningHooks, TransformersHooks
from tests.watching.strangers import LABELS, PAIRS, stranger


@pytest.fixture
def watching(tmp_path):
    return partial(
        latebloom.watch,
        sites=["4"],
        inputs=PAIRS,
        labels=LABELS,
        every=4,
        lab=tmp_path / "lab",
        measures=["weight_norm"],
    )


def trainer_at(step, **metrics):
    return SimpleNamespace(
        global_step=step, is_global_zero=True, callback_metrics=metrics, accumulate_grad_batches=2
    )


NAMES = {"val_acc": "test_accuracy", "train_acc": "train_accuracy"}


def own(rows):
    return [
        {name: value for name, value in row.items() if not name.startswith(("probe", "weight"))}
        for row in rows
    ]


def test_lightning_steps_are_those_of_the_optimizer_and_its_loss_is_whole_again(watching):
    model, hooks = stranger(), LightningHooks(watching, NAMES)
    hooks.on_validation_end(trainer_at(0, val_acc=0.5), model)  # the check of the validation before training
    hooks.on_train_start(trainer_at(0), model)
    for step in (0, 1, 1, 2, 2, 3, 3, 4):
        hooks.on_train_batch_end(trainer_at(step), model, {"loss": torch.tensor(0.25)}, None, 0)
    hooks.on_validation_end(trainer_at(4, val_acc=torch.tensor(0.95), note="text"), model)
    hooks.on_train_epoch_end(trainer_at(4, val_acc=torch.tensor(0.95), train_acc=torch.tensor(1.0)), model)
    hooks.on_train_end(trainer_at(4), model)
    rows = own(hooks.watch.results())
    assert [row["step"] for row in rows] == [0, 1, 4]
    assert rows[1] == {"step": 1, "loss": 0.5}
    assert rows[2] == {"step": 4, "loss": 0.5, "test_accuracy": pytest.approx(0.95), "train_accuracy": 1.0}
    assert hooks.watch.run.events()["event"].tolist() == ["memorised", "grokked_first"]
    assert hooks.watch.run.status == "done"


def test_an_error_in_lightning_is_recorded(watching):
    hooks = LightningHooks(watching)
    hooks.on_train_start(trainer_at(0), stranger())
    hooks.on_train_batch_end(trainer_at(1), stranger(), None, None, 0)
    hooks.on_exception(trainer_at(1), stranger(), KeyboardInterrupt())
    assert hooks.watch.run.status == "stopped"
    assert hooks.watch.run.events()["event"].tolist() == ["raised KeyboardInterrupt"]


def test_only_the_first_of_several_processes_watches(watching):
    lightning, transformers = LightningHooks(watching), TransformersHooks(watching)
    lightning.on_train_start(SimpleNamespace(is_global_zero=False, global_step=0), stranger())
    transformers.on_train_begin(
        None, SimpleNamespace(is_world_process_zero=False, global_step=0), None, model=stranger()
    )
    for hooks in (lightning, transformers):
        hooks.reach(3, {"loss": 1.0})
        hooks.note({"loss": 1.0})
        hooks.end()
        assert hooks.watch is None


def test_transformers_log_and_evaluate_at_the_step_that_was_made(watching):
    hooks = TransformersHooks(watching, {"eval_accuracy": "test_accuracy"})

    def state(step):
        return SimpleNamespace(global_step=step, is_world_process_zero=True)

    hooks.on_train_begin(None, state(10), None, model=stranger(), optimizer=None)
    for step in (11, 12, 13):
        hooks.on_step_end(None, state(step), None, model=None)
    hooks.on_log(None, state(13), None, logs={"loss": 1.5, "epoch": 0.5}, model=None)
    hooks.on_evaluate(None, state(13), None, metrics={"eval_accuracy": 0.25, "name": "x"}, model=None)
    hooks.on_log(None, state(13), None, logs={"eval_accuracy": 0.25})
    hooks.on_step_end(None, state(14), None)
    hooks.on_train_end(None, state(14), None)
    rows = own(hooks.watch.results())
    assert [row["step"] for row in rows] == [10, 12, 13, 14]
    assert rows[2] == {"step": 13, "loss": 1.5, "epoch": 0.5, "test_accuracy": 0.25}


MISSING = """
import importlib.util
real = importlib.util.find_spec
missing = ("lightning", "pytorch_lightning", "transformers")
importlib.util.find_spec = lambda name, package=None: None if name in missing else real(name, package)
from latebloom.errors import MissingExtraError
for adapter in ("lightning", "huggingface"):
    try:
        __import__("latebloom.watching." + adapter)
    except MissingExtraError as error:
        print(error)
"""


def test_an_adapter_whose_library_is_missing_says_what_to_install():
    said = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(said) == 2
    assert "latebloom.watching.lightning needs the package 'lightning'" in said[0]
    assert '".[lightning]"' in said[0]
    assert "latebloom.watching.huggingface needs the package 'transformers'" in said[1]
    assert '".[transformers]"' in said[1]
    assert MissingExtraError.exit_code == 2


STAND_INS = """

import sys, types
for name, attribute in (("pytorch_lightning", "Callback"), ("transformers", "TrainerCallback")):
    module = types.ModuleType(name)
    module.__spec__ = types.SimpleNamespace(name=name)
    setattr(module, attribute, type(attribute, (), {"on_fit_end": lambda self: "the library's own"}))
    sys.modules[name] = module
from latebloom.watching.lightning import WatchCallback as ForLightning
from latebloom.watching.huggingface import WatchCallback as ForTransformers
for callback in (ForLightning, ForTransformers):
    made = callback(print, names={"a": "b"})
    print(callback.__mro__[2].__name__, callback.__mro__[-2].__name__, made.on_fit_end(), made.watch)
"""


def test_a_callback_is_one_of_the_library_that_is_in_use_and_follows_by_its_hooks():
    said = subprocess.run(
        [sys.executable, "-c", STAND_INS], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said == [
        "Follower Callback the library's own None",
        "Follower TrainerCallback the library's own None",
    ]
