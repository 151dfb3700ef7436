from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latebloom.errors import SpecError
from latebloom.models import EmbeddingMLP, Transformer
from latebloom.optimizers import SGD, Adam, AdamW
from latebloom.spec import Schedule, Spec, Training
from latebloom.spec.spec import MAX_STEPS
from latebloom.tasks import Addition, Division, Multiplication, Relabelled, Split, Subtraction

SPEC = Spec(
    task=Addition(13),
    model=EmbeddingMLP(width=8),
    training=Training(steps=100, batch=16),
    split=Split(0.5),
    optimizer=AdamW(learning_rate=0.01),
    evaluation=Schedule(every=10),
)


@pytest.mark.parametrize(
    ("schedule", "last", "per_epoch", "steps"),
    [
        (Schedule(every=4), 10, 1, (0, 4, 8, 10)),
        (Schedule(every=5), 10, 1, (0, 5, 10)),
        (Schedule(every=50), 10, 1, (0, 10)),
        (Schedule(every_epochs=2), 10, 3, (0, 6, 10)),
        (Schedule(per_decade=1), 1000, 1, (0, 1, 10, 100, 1000)),
        (Schedule(per_decade=1), 999, 1, (0, 1, 10, 100, 999)),
        (Schedule(per_decade=2), 100, 1, (0, 1, 3, 10, 32, 100)),
        (Schedule(per_decade=4), 1, 1, (0, 1)),
        (Schedule(steps=(7, 3, 3, 500)), 10, 1, (0, 3, 7, 10)),
    ],
)
def test_a_schedule_lists_its_steps_with_the_first_and_the_last(schedule, last, per_epoch, steps):
    assert schedule.at(last, per_epoch) == steps


schedules = st.one_of(
    st.builds(Schedule, every=st.integers(1, 200)),
    st.builds(Schedule, every_epochs=st.integers(1, 20)),
    st.builds(Schedule, per_decade=st.integers(1, 40)),
    st.builds(Schedule, steps=st.lists(st.integers(0, 2000), min_size=1, max_size=20).map(tuple)),
)


@given(schedules, st.integers(1, 3000), st.integers(1, 50))
def test_any_schedule_rises_from_0_to_the_last_step_and_is_no_longer_than_counted(schedule, last, per_epoch):
    steps = schedule.at(last, per_epoch)
    assert steps[0] == 0
    assert steps[-1] == last
    assert all(early < late for early, late in pairwise(steps))
    assert len(steps) <= schedule.count(last, per_epoch)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "every: is 0, and nothing else is given; give one of every, every_epochs, per_decade, steps"),
        ({"every": 5, "steps": (3,)}, "every: is given beside steps; give one of every, "),
        ({"every": -5}, "every: is -5; a whole number from 1 to 1,000,000,000"),
        ({"per_decade": MAX_STEPS + 1}, "per_decade: is 1000000001; a whole number from 1 to"),
        ({"steps": (5, -1)}, "steps: is [5, -1]; up to 1,000,000 steps from 0 to 1,000,000,000"),
    ],
)
def test_a_senseless_schedule_is_refused(values, message):
    with pytest.raises(SpecError) as caught:
        Schedule(**values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "steps: is 0, and so is epochs; give steps or epochs, one of them, at least 1"),
        ({"steps": 5, "epochs": 5}, "steps: is given beside epochs; give steps or epochs, one of them"),
        ({"steps": -5}, "steps: is -5; a whole number from 1 to 1,000,000,000"),
        ({"epochs": MAX_STEPS + 1}, "epochs: is 1000000001; a whole number from 1 to 1,000,000,000"),
        ({"steps": 5, "batch": -1}, "batch: is -1; examples per step, or 0 for the whole training set"),
    ],
)
def test_a_senseless_length_of_training_is_refused(values, message):
    with pytest.raises(SpecError) as caught:
        Training(**values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed: is -1; a whole number from 0 to 2^63 - 1"),
        ({"seed": 2**63}, "seed: is 9223372036854775808; a whole number from 0"),
        ({"split": Split(0.001)}, "split.fraction: 0.001 leaves no train example of 169"),
        ({"split": Split(1 - 1e-13)}, "split.fraction: 0.9999999999999 leaves no test example of 169"),
        (
            {"training": Training(steps=5, batch=85)},
            "training.batch: is 85, but only 84 examples are trained on",
        ),
        (
            {"training": Training(epochs=MAX_STEPS, batch=1)},
            "training.epochs: makes 84,000,000,000 steps; at most",
        ),
        (
            {"training": Training(steps=MAX_STEPS), "evaluation": Schedule(every=999)},
            "evaluation: asks for about 1,001,003 of them; at most 1,000,000",
        ),
        (
            {
                "training": Training(steps=MAX_STEPS),
                "snapshots": Schedule(every=1),
                "evaluation": Schedule(per_decade=1),
            },
            "snapshots: asks for about 1,000,000,002 of them",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes, message):
    with pytest.raises(SpecError) as caught:
        replace(SPEC, **changes)
    assert str(caught.value).startswith(message)


def test_the_longest_training_that_is_allowed_is_accepted():
    assert (
        replace(SPEC, training=Training(steps=MAX_STEPS), evaluation=Schedule(per_decade=9)).steps
        == MAX_STEPS
    )
    assert replace(SPEC, training=Training(steps=5, batch=84)).training.batch == 84


def test_epochs_count_the_partial_batch():
    spec = replace(SPEC, training=Training(epochs=3, batch=16))
    assert spec.train_size == 84
    assert spec.steps_per_epoch == 6
    assert spec.steps == 18
    assert replace(SPEC, training=Training(epochs=3)).steps == 3
    assert replace(spec, evaluation=Schedule(every_epochs=1)).evaluation_steps == (0, 6, 12, 18)


def test_weights_are_kept_at_the_first_evaluation_at_or_after_each_step_that_was_asked_for():
    spec = replace(SPEC, snapshots=Schedule(steps=(1, 9, 10, 11, 55)))
    assert spec.evaluation_steps == tuple(range(0, 101, 10))
    assert spec.snapshot_steps == (0, 10, 20, 60, 100)


@given(schedules, schedules)
def test_weights_are_only_kept_at_evaluations_and_always_at_the_first_and_the_last(evaluation, snapshots):
    spec = replace(SPEC, evaluation=evaluation, snapshots=snapshots)
    assert set(spec.snapshot_steps) <= set(spec.evaluation_steps)
    assert {0, 100} <= set(spec.snapshot_steps)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 5},
        {"optimizer": AdamW(learning_rate=0.5)},
        {"optimizer": AdamW(weight_decay=0.0, beta1=0.5, beta2=0.5, epsilon=1e-3, warmup=7)},
        {"optimizer": AdamW(learning_rate_changes=((5, 0.1),), weight_decay_changes=((7, 0.0), (9, 1.0)))},
        {"model": EmbeddingMLP(width=8, initial_scale=4.0)},
        {"split": Split(0.5001)},
        {"split": Split(0.5, seed=7)},
        {"split": Split(0.5, kind="symmetric")},
        {"task": Subtraction(13)},
        {"task": Relabelled(Addition(13), seed=1)},
        {"task": Multiplication(13, zero=True)},
    ],
)
def test_runs_that_differ_in_what_a_lane_may_have_of_its_own_are_one_population(changes):
    assert replace(SPEC, **changes).shape() == SPEC.shape()


@pytest.mark.parametrize(
    "changes",
    [
        {"task": Addition(14)},
        {"task": Division(13)},
        {"split": Split(0.6)},
        {"model": EmbeddingMLP(width=9)},
        {"model": EmbeddingMLP(width=8, embeddings="separate")},
        {"model": Transformer(width=8, heads=2)},
        {"optimizer": Adam()},
        {"optimizer": SGD()},
        {"training": Training(steps=101, batch=16)},
        {"training": Training(steps=100, batch=17)},
        {"training": Training(steps=100, batch=16, precision="float64")},
        {"training": Training(steps=100, batch=16, stop="grokked")},
        {"evaluation": Schedule(every=11)},
        {"snapshots": Schedule(every=10)},
    ],
)
def test_runs_that_differ_in_anything_else_are_not(changes):
    assert replace(SPEC, **changes).shape() != SPEC.shape()


def test_nesterov_is_no_number_that_a_lane_may_have_of_its_own():
    plain, nesterov = SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True)
    assert replace(SPEC, optimizer=plain).shape() != replace(SPEC, optimizer=nesterov).shape()


def test_an_id_names_task_and_seed():
    assert replace(SPEC, seed=7).id.startswith("addition-s7-")
    assert replace(SPEC, task=Relabelled(Addition(13), seed=1), seed=2**63 - 1).id.startswith(
        "relabelled-s9223372036854775807-"
    )


def test_plain_data_hold_every_default():
    assert SPEC.plain["split"] == {"fraction": 0.5, "kind": "random", "seed": None}
    assert SPEC.plain["snapshots"] == {"every": 0, "every_epochs": 0, "per_decade": 4, "steps": []}
    assert SPEC.plain["objective"] == {"name": "cross-entropy", "precision": "float32"}
