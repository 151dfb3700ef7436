import pytest
import torch
from scipy import stats

from latebloom.errors import InputError
from latebloom.measures.nulls import null_quantiles, p_value, relabellings, standard_scores, unit_cloud

CPU = torch.device("cpu")


def test_the_first_relabelling_changes_nothing_and_all_are_permutations():
    drawn = relabellings(11, 40, 3, CPU)
    assert drawn.shape == (41, 11)
    assert torch.equal(drawn[0], torch.arange(11))
    assert torch.equal(drawn.sort(-1).values, torch.arange(11).expand(41, 11))
    assert len(drawn.unique(dim=0)) == 41


def test_the_seed_alone_decides_the_relabellings_and_no_global_state_is_touched():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    drawn = relabellings(9, 20, 1, CPU)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(drawn, relabellings(9, 20, 1, CPU))
    assert not torch.equal(drawn, relabellings(9, 20, 2, CPU))


def test_every_class_gets_every_coordinate_equally_often():
    drawn = relabellings(6, 30_000, 0, CPU)[1:]
    for coordinate in range(6):
        counts = drawn[:, coordinate].bincount(minlength=6)
        assert stats.chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("draws", [0, -1, 2.0, True, "200", None])
def test_a_number_of_draws_that_is_none_is_refused(draws):
    with pytest.raises(InputError, match=r"draws: got .* needed"):
        relabellings(5, draws, 0, CPU)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(InputError, match=r"seed: got .* needed"):
        relabellings(5, 1, seed, CPU)


def test_a_p_value_counts_the_labelling_itself_and_all_that_reach_it():
    scores = torch.tensor([0.5, 0.4, 0.5, 0.6], dtype=torch.float64)
    assert p_value(scores).item() == 3 / 4
    assert p_value(scores + 1e-12 * torch.tensor([1.0, 0, 0, 0])).item() == 3 / 4


def test_equal_scores_are_told_apart_by_distance():
    scores = torch.tensor([0.5, 0.5, 0.5, 0.5, 0.6], dtype=torch.float64)
    distances = torch.tensor([0.3, 0.2, 0.3, 0.4, 9.0], dtype=torch.float64)
    assert p_value(scores, distances).item() == 4 / 5


def test_the_labelling_as_given_is_no_part_of_its_null():
    scores = torch.tensor([100.0, 1.0, 2.0, 3.0], dtype=torch.float64)
    assert null_quantiles("x", scores)["x_null_median"].item() == 2.0


def test_standard_scores_are_those_of_scipy_and_zero_where_nothing_differs():
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scores[1] = 0.1
    found = standard_scores(scores)
    assert (found[1] == 0.0).all()
    torch.testing.assert_close(found[[0, 2]], torch.from_numpy(stats.zscore(scores[[0, 2]], axis=-1)))


@pytest.mark.parametrize("value", [0.1, 1e300, -1e-300])
def test_coinciding_points_are_no_cloud(value):
    assert unit_cloud(torch.full((7, 3), value, dtype=torch.float64)) is None


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_cloud_of_any_size_becomes_the_same(scale):
    points = torch.randn(9, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found, expected = unit_cloud(points * scale), unit_cloud(points)
    assert found is not None
    assert expected is not None
    torch.testing.assert_close(found, expected)
