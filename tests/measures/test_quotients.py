import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.cluster import KMeans

from latebloom.errors import InputError, ShapeError
from latebloom.measures import coset_purity, factorisation, quotient_variance
from latebloom.measures.nulls import relabellings
from tests.measures.coset_loops import purity_by_loops, renamed, share_by_loops
from tests.measures.embeddings import embedding, noise_cloud, uneven_labels


def test_shares_and_nulls_agree_with_a_plain_loop_over_relabelled_samples():
    labels, draws = uneven_labels(12, 80), 25
    points = embedding(12, [2], features=4)[labels] + 0.8 * noise_cloud(80, 4) + 10.0
    found = quotient_variance(points, labels, 12, draws=draws, seed=5)
    rows = relabellings(12, draws, 5, torch.device("cpu"))
    shares = np.array(
        [
            [share_by_loops(points.numpy(), (renamed(labels, row) % m).numpy()) for m in (1, 2, 3, 4, 6, 12)]
            for row in rows
        ]
    )
    assert found["quotient_variance_divisor"].tolist() == [1, 2, 3, 4, 6, 12]
    np.testing.assert_allclose(found["quotient_variance"], shares[0], rtol=1e-9, atol=1e-12)
    expected = (shares >= shares[0] - 1e-12).mean(0)
    np.testing.assert_allclose(found["quotient_variance_p_value"], expected)
    np.testing.assert_allclose(
        found["quotient_variance_null_95"], np.quantile(shares[1:], 0.95, axis=0), rtol=1e-9, atol=1e-12
    )
    excess = stats.zscore(shares[:, 1:-1], axis=0)
    assert found["quotient_variance_best_excess"].item() == pytest.approx(excess[0].max())
    assert found["quotient_variance_best_divisor"].item() == [2, 3, 4, 6][excess[0].argmax()]
    highest = excess.max(1)
    assert found["quotient_variance_best_p_value"].item() == pytest.approx((highest >= highest[0]).mean())
    assert found["quotient_variance_best_null_95"].item() == pytest.approx(np.quantile(highest[1:], 0.95))


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_frequency_eight_of_z96_is_named_as_twelve_cosets(noise):
    labels = uneven_labels(96, 400)
    points = embedding(96, [8])[labels] + noise * noise_cloud(400, 16)
    found = quotient_variance(points, labels, 96)
    assert found["quotient_variance_best_divisor"].item() == 12.0
    assert found["quotient_variance_best_p_value"].item() < 0.01
    if noise == 0.0:
        shares = dict(
            zip(found["quotient_variance_divisor"].tolist(), found["quotient_variance"].tolist(), strict=True)
        )
        assert all(shares[m] == pytest.approx(1.0) for m in (12, 24, 48, 96))


def test_the_share_grows_with_multiples_and_ends_at_the_factorisation():
    labels = uneven_labels(12, 90)
    points = noise_cloud(90, 3) + labels[:, None]
    found = quotient_variance(points, labels, 12)
    share = dict(
        zip(
            found["quotient_variance_divisor"].int().tolist(),
            found["quotient_variance"].tolist(),
            strict=True,
        )
    )
    for coarse, fine in ((1, 2), (1, 3), (2, 4), (2, 6), (3, 6), (4, 12), (6, 12)):
        assert share[coarse] <= share[fine] + 1e-12
    assert share[12] == pytest.approx(factorisation(points, labels).item(), rel=1e-12)
    assert share[1] == pytest.approx(0.0, abs=1e-12)
    assert found["quotient_variance_p_value"][[0, -1]].tolist() == [1.0, 1.0]
    assert found["quotient_variance_excess"][[0, -1]].tolist() == [0.0, 0.0]


def test_clusters_of_classes_alone_are_no_evidence_for_cosets():
    labels = torch.arange(24).repeat_interleave(10)
    points = torch.stack([noise_cloud(24, 8, seed)[labels] for seed in range(200)])
    found = quotient_variance(points, labels, 24, draws=99)
    assert stats.kstest(found["quotient_variance_best_p_value"].numpy(), "uniform").pvalue > 0.01
    for divisor in range(1, 7):
        values = found["quotient_variance_p_value"][:, divisor].numpy()
        assert stats.kstest(values, "uniform").pvalue > 0.01


def test_a_group_of_prime_order_has_no_cosets_to_be_found():
    labels = torch.arange(28) % 7
    found = quotient_variance(noise_cloud(28, 3), labels, 7)
    assert found["quotient_variance_divisor"].tolist() == [1.0, 7.0]
    assert all(found[f"quotient_variance_best_{name}"].isnan() for name in ("divisor", "excess", "p_value"))


def test_points_that_all_coincide_are_nan_in_every_key():
    labels = torch.arange(24) % 12
    for found in (
        quotient_variance(torch.full((24, 3), 0.1), labels, 12),
        coset_purity(torch.full((24, 3), 0.1), labels, 12, 4),
    ):
        assert all(value.isnan().all() for value in found.values())


def test_purity_is_that_of_scikit_learns_clusters_and_a_plain_loop():
    labels, draws = uneven_labels(12, 150), 30
    points = embedding(12, [3], features=4)[labels] + 0.6 * noise_cloud(150, 4)
    found = coset_purity(points, labels, 12, 4, draws=draws, seed=6)
    clusters = KMeans(4, n_init=10, random_state=6).fit_predict(points.numpy())
    rows = relabellings(12, draws, 6, torch.device("cpu"))
    purities = np.array([purity_by_loops(clusters, (renamed(labels, row) % 4).numpy()) for row in rows])
    assert found["coset_purity"].item() == pytest.approx(purities[0], abs=1e-12)
    assert found["coset_purity_p_value"].item() == (purities >= purities[0] - 1e-12).sum() / (draws + 1)
    for name, level in (("median", 0.5), ("95", 0.95), ("99", 0.99)):
        assert found[f"coset_purity_null_{name}"].item() == pytest.approx(np.quantile(purities[1:], level))


def test_the_twelve_cosets_of_frequency_eight_are_pure_and_other_quotients_are_not():
    labels = uneven_labels(96, 400)
    points = embedding(96, [8])[labels] + 0.05 * noise_cloud(400, 16)
    found = coset_purity(points, labels, 96, 12)
    assert found["coset_purity"].item() == 1.0
    assert found["coset_purity_p_value"].item() < 0.01
    other = coset_purity(points, labels, 96, 2)  # each half of the circle has as many odd cosets as even ones
    assert other["coset_purity"].item() < 0.65
    assert other["coset_purity_p_value"].item() > 0.05


def test_fewer_distinct_points_than_clusters_leave_the_empty_ones_out():
    labels = torch.arange(96).repeat(3)
    found = coset_purity(embedding(96, [8])[labels].round(decimals=9), labels, 96, 24)
    assert found["coset_purity"].item() == pytest.approx(0.5)  # each clump is two cosets mod 24


def test_more_cosets_than_samples_are_left_empty():
    found = coset_purity(noise_cloud(6, 2), torch.arange(6), 6, 6)
    assert found["coset_purity"].item() == 1.0


def test_one_coset_is_always_pure_and_never_evidence():
    found = coset_purity(noise_cloud(24, 3), torch.arange(24) % 12, 12, 1)
    assert found["coset_purity"].item() == 1.0
    assert found["coset_purity_p_value"].item() == 1.0


def test_p_is_never_too_small_on_shuffled_labels():
    labels = torch.arange(12).repeat(5)
    points = torch.stack(
        [noise_cloud(12, 4, seed)[labels] + 0.3 * noise_cloud(60, 4, seed) for seed in range(60)]
    )
    p_values = coset_purity(points, labels, 12, 4, draws=99)["coset_purity_p_value"]
    for level in (0.05, 0.1, 0.25, 0.5):
        assert (p_values <= level).double().mean().item() <= level + 2 * (level * (1 - level) / 60) ** 0.5


@pytest.mark.parametrize("space", ["pca", "", None, 3])
@pytest.mark.usefixtures("unhooked")
def test_an_unknown_space_is_refused_with_those_there_are(space):
    with pytest.raises(InputError, match=r"space: got .*'activation' or 'umap' is needed"):
        coset_purity(noise_cloud(24, 3), torch.arange(24) % 12, 12, 4, space=space)


def test_labels_and_quotients_that_do_not_fit_are_refused():
    points, labels = noise_cloud(24, 3), torch.arange(24) % 12
    with pytest.raises(InputError, match="quotient: got 5; a divisor of the group's order 12"):
        coset_purity(points, labels, 12, 5)
    for measure in (
        lambda order: quotient_variance(points, labels, order),
        lambda order: coset_purity(points, labels, order, 1),
    ):
        with pytest.raises(ShapeError, match="labels: got no sample of 1 of the 13 classes"):
            measure(13)
        with pytest.raises(ShapeError, match="labels: got 11 among them; coordinates from 0 to 10"):
            measure(11)
