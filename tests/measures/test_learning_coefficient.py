import math

import numpy as np
import pytest
import torch

from latebloom.errors import InputError
from latebloom.measures.functions import local_learning_coefficient

SAMPLES = 1000
SCALE = SAMPLES / math.log(SAMPLES)


def estimate(loss, parameters, **settings):
    found = local_learning_coefficient(
        loss, parameters, SAMPLES, **{"draws": 150, "burn_in": 150, "chains": 100, **settings}
    )
    return {
        name.removeprefix("local_learning_coefficient").lstrip("_") or "value": v for name, v in found.items()
    }


def assert_within(found, exact):
    """The estimate must lie within four standard errors of the exact value, and those be small themselves."""
    error = found["error"].item()
    assert abs(found["value"].item() - exact) < 4 * error
    assert error < 0.05 * exact
    assert 0.4 < found["acceptance"] < 0.75


@pytest.mark.parametrize("dimensions", [1, 4, 30])
@pytest.mark.parametrize("localisation", [0.0, 1.0, 100.0])
def test_a_regular_minimum_counts_half_of_each_direction_that_outweighs_the_localisation(
    dimensions, localisation
):
    curvature = torch.linspace(1.0, 4.0, dimensions, dtype=torch.float64)
    exact = (SCALE * curvature / (SCALE * curvature + localisation)).sum().item() / 2
    if localisation == 0.0:
        assert exact == pytest.approx(dimensions / 2)
    found = estimate(
        lambda w: (curvature * w.square()).sum(-1) / 2,
        torch.zeros(dimensions).double(),
        localisation=localisation,
    )
    assert_within(found, exact)


def test_a_quartic_minimum_counts_a_quarter_of_each_direction():
    found = estimate(lambda w: w.pow(4).sum(-1), torch.zeros(3).double(), localisation=0.0)
    assert_within(found, 0.75)


@pytest.mark.parametrize("localisation", [1.0, 10.0])
def test_two_crossing_valleys_agree_with_the_integral(localisation):
    """Of exp(-s x^2 y^2 - g/2 (x^2 + y^2)), with the integral over y done by hand."""
    x = np.linspace(0.0, 12.0, 400_001) / math.sqrt(localisation)
    precision = 2 * SCALE * x**2 + localisation
    density = np.exp(-localisation * x**2 / 2) / np.sqrt(precision)
    exact = (density * SCALE * x**2 / precision).sum() / density.sum()
    found = estimate(
        lambda w: w.square().prod(-1),
        torch.zeros(2).double(),
        localisation=localisation,
        chains=400,
        draws=200,
        burn_in=300,
    )
    assert_within(found, exact)
    if localisation == 1.0:  # below the 1/2 of its limit: the valleys cost a logarithm of the samples
        assert exact == pytest.approx(0.36, abs=0.005)


def test_directions_that_do_not_matter_do_not_count():
    found = estimate(lambda w: w[..., :2].square().sum(-1), torch.zeros(12).double())
    assert_within(found, SCALE / (2 * SCALE + 1) * 2)


def test_where_the_parameters_are_no_minimum_the_estimate_is_negative():
    found = estimate(lambda w: w.square().sum(-1), torch.ones(3).double())
    assert found["value"] < -10.0


def test_float32_parameters_give_the_same_answer_within_the_error():
    found = estimate(lambda w: w.square().sum(-1), torch.zeros(10))
    assert_within(found, 5 * SCALE * 2 / (SCALE * 2 + 1))


def test_another_seed_gives_other_draws():
    loss, start = lambda w: w.square().sum(-1), torch.zeros(3).double()
    first, second = (estimate(loss, start, draws=5, seed=seed)["value"] for seed in (0, 1))
    assert first != second


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("samples", 1),
        ("samples", 10.0),
        ("chains", 1),
        ("draws", 0),
        ("burn_in", -1),
        ("localisation", -1.0),
        ("localisation", math.nan),
        ("localisation", math.inf),
    ],
)
@pytest.mark.usefixtures("unhooked")
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(InputError, match=f"{name}: got .* needed"):
        local_learning_coefficient(lambda w: w.sum(-1), torch.zeros(2), **{"samples": 100, name: value})
