import numpy as np
import pytest
import torch

from latebloom import measures
from latebloom.studies import stages
from latebloom.studies.stages import CHANGE, COSINE, DIVERSITY, GRADIENT, NORM, STUDY, TEST, TRAIN
from latebloom.study import LeftOut, RunEvidence, Time

EPOCHS, PER_EPOCH = 100, 37
NAMES = (TRAIN, TEST, NORM, CHANGE, GRADIENT, COSINE, DIVERSITY)


def made(epochs=EPOCHS, **changed):
    """A run that goes through the published course: by published epoch, fitted at 50, grokked at 300."""
    published = np.arange(epochs + 1) * 1000 / epochs
    curves = {
        TRAIN: np.clip(published / 50, 0, 1),
        TEST: np.where(published >= 300, 1.0, 0.3),
        NORM: 6.5 + np.minimum(published, 300) / 10,
        CHANGE: np.full(epochs + 1, 0.5),
        GRADIENT: np.where(published < 500, 1.0, 0.01),
        COSINE: np.where(published < 300, -0.1, 0.3),
        DIVERSITY: 5 - published / 1000,
        **{name: np.asarray(values, dtype=float) for name, values in changed.items()},
    }
    assert set(curves) == set(NAMES)
    steps = (np.arange(epochs + 1) * PER_EPOCH).tolist()
    spec = {"training": {"epochs": epochs}}
    by_step = {name: dict(zip(steps, values.tolist(), strict=True)) for name, values in curves.items()}
    return RunEvidence.made("h128", 0, by_step, spec=spec)


def observed(claim, run):
    return STUDY.claim(claim, "laptop").statistic(run)


def test_the_whole_sweep_is_declared_with_the_published_settings_first():
    arms = STUDY.arms_at("laptop")
    assert len({arm.name for arm in arms}) == 12
    first = arms[0].spec
    assert (first.model.width, first.optimizer.learning_rate, first.optimizer.weight_decay) == (
        128,
        1e-3,
        1e-4,
    )
    assert all(arm.spec.steps == stages.STEPS for arm in arms)
    assert len(STUDY.claims) >= 8


def test_the_course_is_read_at_its_published_epochs_in_runs_of_any_length():
    for epochs in (1000, 100):
        run = made(epochs)
        assert observed("test-at-100", run) == 0.3
        assert observed("test-at-300", run) == observed("test-at-400", run) == 1.0
        assert observed("norm-settles", run) == pytest.approx(36.5)
        assert observed("diversity-falls", run) == pytest.approx(-0.4)
        assert observed("groks-at-300-to-400", run) == Time(300 * PER_EPOCH)


def test_grokking_before_epoch_fifty_or_for_four_epochs_does_not_count():
    accuracy = np.full(EPOCHS + 1, 0.3)
    accuracy[1:4] = 1.0  # before epoch 50
    accuracy[20:24] = 1.0  # four in a row
    run = made(test_accuracy=accuracy)
    assert observed("groks-at-300-to-400", run) == Time(float(stages.STEPS), happened=False)
    assert observed("some-grok", run) is False
    assert observed("interactive-until-grokked", run) == LeftOut(
        "did not grok, or within ten epochs of the fit"
    )


def test_each_cell_can_be_missed():
    flat = np.full(EPOCHS + 1, 0.3)
    run = made(**{TRAIN: flat, TEST: flat, NORM: flat, COSINE: flat, CHANGE: flat * 0})
    assert observed("train-at-100", run) == 0.3
    assert observed("norm-falls", run) == 0.0
    assert observed("cosine-turns", run) is False
    assert observed("lazy-at-1", run) is True
    assert observed("lazy-while-memorising", run) == 1.0


def test_a_cosine_that_turns_is_told_from_one_that_does_not():
    assert observed("cosine-turns", made()) is True
    assert observed("cosine-turns", made(**{COSINE: np.full(EPOCHS + 1, 0.3)})) is False


def test_the_third_stage_is_seen_on_the_way_and_not_afterwards():
    run = made()
    assert observed("interactive-until-grokked", run) == 1.0
    # from epoch 300 to 1000 the gradient is at work until 500
    assert observed("interactive-ends", run) == pytest.approx(1 - 20 / 71)


def test_a_peak_is_one_of_the_gradient_after_a_trough_and_no_single_epoch():
    flat = np.ones(EPOCHS + 1)
    spike, hill = flat.copy(), flat.copy()
    spike[15], hill[15:20] = 9.0, 9.0
    assert observed("new-peak", made(**{GRADIENT: spike})) == 1.0
    assert observed("new-peak", made(**{GRADIENT: hill})) == 9.0


def test_stages_out_of_order_or_missing_are_not_in_order():
    lazy = np.where(np.arange(EPOCHS + 1) < 2, 0.0, 0.5)
    aligned = np.where(np.arange(EPOCHS + 1) < 5, 0.9, 0.0)
    assert observed("stages-in-order", made(**{CHANGE: lazy, COSINE: aligned})) is True
    assert observed("stages-in-order", made(**{CHANGE: lazy[::-1], COSINE: aligned})) is False
    assert observed("stages-in-order", made(**{COSINE: aligned})) is False


def test_thresholds_agree_with_the_measure_of_stages():
    rng = np.random.default_rng(0)
    curves = {
        CHANGE: 10 ** rng.uniform(-4, -2, EPOCHS + 1),
        TRAIN: rng.uniform(0.8, 1, EPOCHS + 1),
        COSINE: rng.uniform(0, 1, EPOCHS + 1),
        NORM: rng.uniform(5, 6, EPOCHS + 1),
        GRADIENT: rng.uniform(0, 0.2, EPOCHS + 1),
    }
    signs = stages.Signs.of(made(**curves))
    own = np.stack([signs.lazy, signs.independent, signs.interactive])
    alone = np.where(own.sum(0) == 1, own.argmax(0) + 1, 0)
    measured = measures.stages(*(torch.from_numpy(curves[name]) for name in stages.STAGES))
    np.testing.assert_array_equal(alone, measured[1:].numpy())
    assert len(set(alone.tolist())) == 4
