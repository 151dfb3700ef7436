import math

import pytest
import torch

from latebloom.errors import InputError, ShapeError
from latebloom.measures import stages

BUSY = {  # an evaluation that fits no stage: it moves, it is not fitted, its gradients do not agree
    "hidden_change": 0.5,
    "training_accuracy": 0.5,
    "gradient_cosine": 0.0,
    "hidden_norm": 10.0,
    "gradient_size": 0.01,
}
AFTER = 2.0**-40
"""A number large enough to be seen beside any threshold in float64."""


def last_stage(before=10.0, settings=(), **last):
    """Name the stage of the second of two evaluations: BUSY but for what is given."""
    curves = {name: torch.tensor([value, value], dtype=torch.float64) for name, value in BUSY.items()}
    curves["hidden_norm"][0] = before
    for name, value in last.items():
        curves[name][1] = value
    return stages(**curves, **dict(settings))[1].item()


def course(**curves):
    return stages(**{name: torch.tensor(curve, dtype=torch.float64) for name, curve in curves.items()})


def test_a_course_written_by_hand_goes_through_the_three_stages_and_out_of_them():
    found = course(
        #               lazy  lazy  grows grows shrinks fitted settled
        hidden_change=[5e-4, 9e-4, 0.30, 0.40, 0.30, 0.200, 0.0100],
        training_accuracy=[0.01, 0.20, 0.50, 0.94, 0.94, 0.970, 1.0000],
        gradient_cosine=[0.10, 0.10, 0.70, 0.90, 0.90, -0.200, 0.0000],
        hidden_norm=[6.50, 6.50, 8.00, 11.0, 10.9, 27.00, 27.000],
        gradient_size=[0.01, 0.01, 2.00, 2.00, 2.00, 0.300, 0.0500],
    )
    assert found.tolist() == [1.0, 1.0, 2.0, 2.0, 0.0, 3.0, 0.0]
    assert found.dtype == torch.float64


def test_an_evaluation_that_fits_no_stage_is_not_given_one():
    assert last_stage() == 0.0


def test_a_change_of_exactly_a_thousandth_is_no_longer_lazy():
    assert last_stage(hidden_change=1e-3) == 0.0
    assert last_stage(hidden_change=1e-3 - AFTER) == 1.0
    assert last_stage(hidden_change=0.0) == 1.0


INDEPENDENT = {"training_accuracy": 0.5, "gradient_cosine": 0.7, "hidden_norm": 11.0}


@pytest.mark.parametrize(
    ("name", "value", "stage"),
    [
        ("gradient_cosine", 0.6, 0.0),
        ("gradient_cosine", 0.6 + AFTER, 2.0),
        ("hidden_norm", 10.0, 0.0),
        ("hidden_norm", 10.0 + AFTER, 2.0),
        ("hidden_norm", 9.0, 0.0),
        ("training_accuracy", 0.95, 0.0),
        ("training_accuracy", 0.95 - AFTER, 2.0),
    ],
)
def test_the_independent_stage_ends_exactly_at_its_thresholds(name, value, stage):
    assert last_stage(**INDEPENDENT) == 2.0
    assert last_stage(**{**INDEPENDENT, name: value}) == stage


@pytest.mark.parametrize(
    ("accuracy", "size", "stage"),
    [
        (0.95, 0.1 + AFTER, 3.0),
        (0.95, 0.1, 0.0),
        (0.95 - AFTER, 5.0, 0.0),
        (95 / 100, 0.2, 3.0),
        (1.0, 0.2, 3.0),
    ],
)
def test_the_interactive_stage_begins_exactly_at_its_thresholds(accuracy, size, stage):
    assert last_stage(training_accuracy=accuracy, gradient_size=size) == stage


def test_an_evaluation_that_fits_two_stages_is_given_neither():
    assert last_stage(**INDEPENDENT, hidden_change=1e-4) == 0.0
    assert last_stage(training_accuracy=1.0, gradient_size=1.0, hidden_change=1e-4) == 0.0


def test_the_first_evaluation_cannot_show_growth_but_can_show_the_other_stages():
    ready = {**BUSY, **INDEPENDENT}
    assert course(**{name: [value] for name, value in ready.items()}).tolist() == [0.0]
    assert course(**{name: [value] for name, value in {**ready, "hidden_change": 0.0}.items()})[0] == 1.0
    fitted = {**ready, "training_accuracy": 1.0, "gradient_size": 1.0}
    assert course(**{name: [value] for name, value in fitted.items()})[0] == 3.0


def test_every_threshold_can_be_moved():
    assert last_stage(hidden_change=0.5, settings={"lazy_change": 0.6}) == 1.0
    assert last_stage(**INDEPENDENT, settings={"fitted_accuracy": 0.4}) == 0.0
    assert last_stage(**INDEPENDENT, settings={"aligned_cosine": 0.8}) == 0.0
    assert last_stage(**INDEPENDENT, settings={"growth": 0.05}) == 2.0
    assert last_stage(**INDEPENDENT, settings={"growth": 0.2}) == 0.0
    assert last_stage(training_accuracy=1.0, settings={"active_gradient": 0.001}) == 3.0


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
def test_what_is_not_known_has_no_stage_and_hides_no_other(name, poison):
    curves = {key: torch.full((2, 6), value, dtype=torch.float64) for key, value in BUSY.items()}
    curves[name][1, 2] = poison
    found = stages(**curves)
    assert (found[0] == 0.0).all()
    spoiled = {2, 3} if name == "hidden_norm" else {2}  # the growth of the evaluation after it is unknown too
    assert {place for place in range(6) if found[1, place].isnan()} == spoiled


def test_a_run_begins_with_nan_where_there_is_nothing_yet_to_compare():
    found = course(
        hidden_change=[math.nan, 1e-4, 1e-4],
        training_accuracy=[0.0, 0.1, 0.2],
        gradient_cosine=[math.nan, 0.1, 0.1],
        hidden_norm=[1.0, 1.0, 1.0],
        gradient_size=[1.0, 1.0, 1.0],
    )
    assert found[0].isnan()
    assert found[1:].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", list(BUSY)[1:])
@pytest.mark.usefixtures("unhooked")
def test_curves_of_different_lengths_are_refused(name):
    curves = {key: torch.zeros(5) for key in BUSY}
    curves[name] = torch.zeros(4)
    with pytest.raises(ShapeError, match=rf"{name}: got shape \(4,\); the shape of hidden_change, \(5,\)"):
        stages(**curves)


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, math.nan) for name in ("lazy_change", "fitted_accuracy", "aligned_cosine", "active_gradient")]
    + [("growth", math.inf), ("growth", -0.1)],
)
def test_a_threshold_that_decides_nothing_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name}: got .* needed"):
        last_stage(settings={name: value})
