import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from latebloom.measures import (
    loop_strength,
    topology,
)
from latebloom.measures.rips import barcodes, distances
from tests.measures.clouds import bars, gaussian, noisy_circle, polygon, values


def test_the_strength_of_a_circle_is_that_of_its_bars():
    points = noisy_circle(50, 0.2)
    pieces, loops = (np.sort(np.diff(found)[:, 0])[::-1] for found in bars(points))
    found = values(loop_strength(points, draws=10))
    assert found["loop_dominance"] == pytest.approx(loops[0] / loops[1], rel=1e-9)
    assert found["loop_prominence"] == pytest.approx(loops[0] / pieces[1], rel=1e-12)


@pytest.mark.parametrize("features", [2, 80])
def test_a_noisy_circle_is_stronger_than_every_gaussian_cloud(features):
    found = values(loop_strength(noisy_circle(60, 0.03, features=features)))
    for name in ("loop_dominance", "loop_prominence"):
        assert found[f"{name}_p_value"] == pytest.approx(1 / 101, rel=1e-12)
        assert found[name] > found[f"{name}_null_99"] >= found[f"{name}_null_95"]
        assert found[f"{name}_null_95"] >= found[f"{name}_null_median"] > 0.0


def test_a_single_loop_dominates_without_bound_and_no_loop_not_at_all():
    single = values(loop_strength(polygon(20), draws=20))
    assert single["loop_dominance"] == math.inf
    none = values(loop_strength(torch.arange(9.0)[:, None], draws=20))
    assert none["loop_dominance"] == none["loop_prominence"] == 0.0
    assert none["loop_dominance_p_value"] == none["loop_prominence_p_value"] == 1.0


@pytest.mark.parametrize(("samples", "features", "steepness"), [(25, 3, 1.0), (20, 40, 0.0)])
def test_on_gaussian_clouds_of_any_covariance_the_p_value_is_uniform(samples, features, steepness):
    spread = torch.logspace(0.0, -steepness, features, dtype=torch.float64)
    clouds = [gaussian(samples, features, seed) * spread for seed in range(80)]
    found = [loop_strength(cloud, draws=9, seed=seed) for seed, cloud in enumerate(clouds)]
    jitter = np.random.default_rng(0).uniform(0.0, 0.1, len(clouds))  # p-values are multiples of 0.1
    for name in ("loop_dominance", "loop_prominence"):
        p_values = np.array([strengths[f"{name}_p_value"].item() for strengths in found])
        assert kstest(p_values - jitter, "uniform").pvalue > 0.01


def test_quantiles_and_p_values_are_those_of_the_draws(monkeypatch):
    # The strengths of 101 clouds, the observed first, in place of measured ones.
    strengths = torch.cat([torch.tensor([90.5]), torch.randperm(100).float()]).double()
    monkeypatch.setattr(topology, "_strengths", lambda *_: torch.stack([strengths, -strengths], -1))
    found = values(loop_strength(gaussian(5, 2)))
    assert found["loop_dominance_p_value"] == (1 + 9) / 101
    assert found["loop_prominence_p_value"] == (1 + 91) / 101
    assert found["loop_dominance_null_median"] == 50
    assert (found["loop_dominance_null_95"], found["loop_dominance_null_99"]) == (95, 99)


@pytest.mark.parametrize(("samples", "features"), [(30, 4), (12, 40)])
def test_a_null_cloud_has_the_covariance_of_the_points_and_is_another_cloud(samples, features, monkeypatch):
    seen = []
    monkeypatch.setattr(topology, "barcodes", lambda clouds: seen.extend(clouds) or barcodes(seen))
    points = gaussian(samples, features) * torch.logspace(0.0, -2.0, features, dtype=torch.float64)
    loop_strength(points + 7.0, draws=3)
    observed, *null = (torch.linalg.svdvals(cloud - cloud.mean(0)) for cloud in seen)
    for spread in null:
        torch.testing.assert_close(spread, observed[: len(spread)], rtol=1e-9, atol=1e-12)
    for cloud in seen[1:]:
        torch.testing.assert_close(cloud.mean(0), torch.zeros(cloud.shape[1]).double(), rtol=0, atol=1e-14)
    apart = torch.stack([distances(cloud).flatten() for cloud in seen])
    assert (torch.corrcoef(apart).fill_diagonal_(0.0) < 0.9).all()


def test_no_global_random_state_is_touched():
    torch.manual_seed(3)
    before, numbers = torch.get_rng_state(), np.random.get_state()[1].copy()
    loop_strength(gaussian(30, 3), max_points=20, draws=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == numbers).all()
