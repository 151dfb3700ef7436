"""Power and traces by irrep, against the Fourier transform, direct sums and every relabelling."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from latebloom.errors import InputError, ShapeError
from latebloom.measures import irrep_power, irrep_scan, logit_trace_scan, logit_trace_similarity
from latebloom.measures.cayley import cyclic_table, symmetric_table
from latebloom.measures.irreps import irreps, symmetric_irreps
from tests.measures.characters import character_logits, of_irrep, root_of_deviance
from tests.measures.finite_groups import dihedral, product, quaternion, renumbered
from tests.measures.matrices import normal

S3, S4, S5 = (symmetric_table(degree) for degree in (3, 4, 5))


@pytest.mark.parametrize("degree", [3, 4, 5])
def test_power_is_that_of_the_fourier_transform_by_plancherel(degree):
    points = normal(math.factorial(degree), 7)
    centred = points - points.mean(0)
    shares = []
    for matrices in symmetric_irreps(degree).values():
        transform = torch.einsum("gf,gij->fij", centred, matrices)
        shares.append(matrices.shape[-1] * transform.square().sum() / len(points) / centred.square().sum())
    shares = torch.stack(shares)
    power = irrep_power(points, symmetric_table(degree))
    torch.testing.assert_close(power, shares, rtol=0.0, atol=1e-14)
    assert power.sum().item() == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize(("degree", "place"), [(3, 1), (4, 2), (4, 3), (5, 1), (5, 3), (5, 6)])
def test_functions_built_from_one_irrep_have_all_their_power_there(degree, place):
    power = irrep_power(of_irrep(degree, place, 5) + 3.0, symmetric_table(degree))
    assert power[place].item() == pytest.approx(1.0, abs=1e-13)
    assert power.sum().item() == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("order", [2, 3, 12, 97])
def test_without_a_table_power_is_that_of_the_discrete_fourier_transform(order):
    points = normal(order, 6)
    energy = torch.fft.rfft(points, dim=0).abs().square().sum(-1)
    energy[1 : (order + 1) // 2] *= 2.0  # each stands for its conjugate too
    energy[0] = 0.0
    torch.testing.assert_close(irrep_power(points), energy / energy.sum(), rtol=0.0, atol=1e-13)


def test_a_group_that_is_numbered_otherwise_gets_the_same_shares():
    points, new_names = normal(24, 3), torch.randperm(24, generator=torch.Generator().manual_seed(1))
    renamed = torch.empty_like(points)
    renamed[new_names] = points
    power = irrep_power(renamed, renumbered(S4, new_names))
    assert power.sort().values.tolist() == pytest.approx(
        irrep_power(points, S4).sort().values.tolist(), abs=1e-14
    )


def test_the_table_decides_a_group_of_six_is_not_taken_for_another():
    points = of_irrep(3, 1, 4)
    assert len(irrep_power(points, S3)) == 3
    assert len(irrep_power(points)) == 4  # the frequencies 0 to 3 of Z_6
    assert irrep_power(points).max() < 0.99


def test_points_far_from_the_origin_keep_their_power():
    points = of_irrep(4, 1, 3) + of_irrep(4, 3, 3, seed=1)
    near, far = irrep_power(points, S4), irrep_power(points + 1e6, S4)
    torch.testing.assert_close(near, far, rtol=0.0, atol=1e-8)


def test_points_that_coincide_have_no_power():
    for value in (0.0, 0.1, 1e30):
        points = torch.full((6, 4), value)
        assert irrep_power(points, S3).isnan().all()
        assert all(number.isnan() for number in irrep_scan(points, S3).values())


def test_the_size_of_the_numbers_does_not_matter():
    points = normal(24, 3)
    for factor in (1e-200, 1e200):
        torch.testing.assert_close(
            irrep_power(points * factor, S4), irrep_power(points, S4), rtol=0.0, atol=1e-13
        )


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["Q_8", "D_5", "S_3 x Z_2"]), st.integers(0, 2**20), st.integers(1, 4))
def test_shares_add_up_on_any_group_and_survive_multiplication(name, seed, features):
    table = {"Q_8": quaternion(), "D_5": dihedral(5), "S_3 x Z_2": product(S3, cyclic_table(2))}[name]
    points = normal(len(table), features, seed=seed)
    power = irrep_power(points, table)
    assert power.sum().item() == pytest.approx(1.0, abs=1e-12)
    element = seed % len(table)
    for moved in (points[table[element]], points[table[:, element]]):
        torch.testing.assert_close(irrep_power(moved, table), power, rtol=0.0, atol=1e-12)


def every_relabelling(points):
    return points[torch.tensor(list(itertools.permutations(range(len(points)))))]


def test_over_every_relabelling_an_irrep_has_its_part_of_the_directions_on_average():
    power = irrep_power(every_relabelling(normal(6, 2)), S3)
    assert power.mean(0).tolist() == pytest.approx([0.0, 4 / 5, 1 / 5], abs=1e-13)


@pytest.mark.parametrize("features", [1, 4])
def test_over_every_relabelling_shares_spread_in_the_proportions_that_the_score_takes_for_granted(features):
    points = normal(6, features).square()  # anything but Gaussian
    shares, ranks = irrep_power(every_relabelling(points))[:, 1:], torch.tensor([2.0, 2.0, 1.0]).double()
    excess = (shares - ranks / 5) / (2 * ranks * (5 - ranks) / (25 * 7)).sqrt()
    spread = excess.std(0, correction=0)
    torch.testing.assert_close(spread, spread[:1].expand(3), rtol=1e-12, atol=0.0)


@pytest.mark.parametrize(("degree", "place"), [(4, 1), (4, 2), (5, 1), (5, 4), (5, 6)])
def test_the_scan_finds_the_irrep_under_noise_that_holds_more_energy(degree, place):
    signal = of_irrep(degree, place, 10)
    points = signal / signal.std() + 1.5 * normal(len(signal), 10, seed=2)
    found = irrep_scan(points, symmetric_table(degree))
    power = irrep_power(points, symmetric_table(degree))
    assert found["irrep_best"] == place
    assert found["irrep_best_power"].item() == pytest.approx(power[place].item(), abs=1e-14)
    assert found["irrep_p_value"].item() == pytest.approx(1 / 201)
    assert found["irrep_best_score"] > found["irrep_null_99"]


def test_near_chance_the_score_counts_standard_deviations_and_what_is_exact_has_a_finite_one():
    points = normal(120, 1, seed=8)
    found, ranks = irrep_scan(points, S5), torch.tensor(irreps(S5).ranks[1:]).double()
    shares = irrep_power(points, S5)[1:]
    deviations = (shares - ranks / 119) / (2 * ranks * (119 - ranks) / (119**2 * 121)).sqrt()
    assert found["irrep_best_score"].item() == pytest.approx(deviations.max().item(), rel=0.25)
    assert 10.0 < irrep_scan(of_irrep(5, 3, 2), S5)["irrep_best_score"] < 100.0


def test_an_irrep_with_most_of_the_energy_is_named_before_one_with_a_little_too_much():
    large, sign = of_irrep(5, 3, 1), of_irrep(5, 6, 1)
    points = 0.85**0.5 * large / large.norm() + 0.15**0.5 * sign / sign.norm()
    assert irrep_scan(points, S5)["irrep_best"] == 3


def test_the_largest_irrep_has_the_most_power_by_chance_and_is_not_named_for_it():
    sign = of_irrep(5, 6, 1) / of_irrep(5, 6, 1).std()
    points = torch.cat([0.7 * sign, normal(120, 1)], dim=1)
    power = irrep_power(points, S5)
    points_of_noise = irrep_power(normal(120, 64), S5)
    assert points_of_noise.argmax() == 3  # dimension 6 of 1, 4, 5, 6, 5, 4, 1
    assert irrep_scan(points, S5)["irrep_best"] == 6
    assert power[6] > 30 * 1 / 119


def test_the_p_value_is_what_a_loop_over_relabellings_gives():
    points = of_irrep(4, 2, 3) + 1.2 * normal(24, 3)
    generator = torch.Generator().manual_seed(5)
    orders = torch.rand(60, 24, generator=generator, dtype=torch.float64).argsort(-1)
    ranks = irreps(S4).ranks[1:]

    def score(some):
        return max(
            root_of_deviance(share, rank / 23, 24)
            for share, rank in zip(irrep_power(some, S4)[1:], ranks, strict=True)
        )

    null = torch.tensor([score(points[order]) for order in orders], dtype=torch.float64)
    found = irrep_scan(points, S4, draws=60, seed=5)
    assert found["irrep_best_score"].item() == pytest.approx(score(points), abs=1e-12)
    assert found["irrep_p_value"].item() == (1 + (null >= score(points) - 1e-9).sum().item()) / 61
    for key, level in (("median", 0.5), ("95", 0.95), ("99", 0.99)):
        assert found[f"irrep_null_{key}"].item() == pytest.approx(null.quantile(level).item(), abs=1e-12)


def test_on_noise_the_p_value_of_the_scan_is_uniform():
    found = irrep_scan(normal(200, 24, 3), S4, draws=99)
    assert stats.kstest(found["irrep_p_value"].numpy(), "uniform").pvalue > 0.01


def test_relabellings_that_change_nothing_count_as_reaching():
    points = torch.eye(6).double()  # a simplex: every relabelling is a rotation
    assert irrep_scan(points, S3)["irrep_p_value"] == 1.0


def test_logits_that_are_characters_are_recognised():
    for place in range(1, 5):
        weights = [float(place == other) for other in range(5)]
        cosines = logit_trace_similarity(character_logits(4, weights), S4)
        torch.testing.assert_close(cosines, torch.tensor(weights).double(), rtol=0.0, atol=1e-13)


def test_a_mixture_of_characters_has_the_cosines_of_its_weights():
    weights = [5.0, 1.0, -2.0, 0.5, 3.0]
    logits = character_logits(4, weights) + normal(24, 24, 1)  # what is added to all answers does not count
    strength = torch.tensor([0.0, *weights[1:]]).double()
    torch.testing.assert_close(
        logit_trace_similarity(logits, S4), strength / strength.norm(), rtol=0.0, atol=1e-13
    )
    found = logit_trace_scan(logits, S4)
    assert found["logit_trace_explained"].item() == pytest.approx(1.0, abs=1e-13)
    assert found["logit_trace_best_irrep"] == 4
    assert found["logit_trace_best_similarity"].item() == pytest.approx(
        (strength / strength.norm())[4].item()
    )


@pytest.mark.parametrize("degree", [3, 4])
def test_the_cosine_is_that_of_the_whole_cube(degree):
    order = math.factorial(degree)
    logits = normal(order, order, order) + 0.3 * character_logits(
        degree, [1.0] * len(symmetric_irreps(degree))
    )
    centred = (logits - logits.mean(-1, keepdim=True)).flatten()
    cosines = logit_trace_similarity(logits, symmetric_table(degree))
    for place in range(1, len(cosines)):
        cube = character_logits(degree, [float(place == other) for other in range(len(cosines))]).flatten()
        cosine = torch.nn.functional.cosine_similarity(centred, cube, dim=0)
        assert cosines[place].item() == pytest.approx(cosine.item(), abs=1e-13)


@pytest.mark.parametrize("table", [S4, dihedral(6), cyclic_table(7)], ids=["S_4", "D_6", "Z_7"])
def test_right_answers_are_similar_to_every_irrep_by_its_rank(table):
    answers = torch.nn.functional.one_hot(table).double()
    expected = (torch.tensor(irreps(table).ranks).double() / (len(table) - 1)).sqrt()
    expected[0] = 0.0
    torch.testing.assert_close(logit_trace_similarity(answers, table), expected, rtol=0.0, atol=1e-13)


def test_composing_the_other_way_round_is_another_table():
    answers = torch.nn.functional.one_hot(S4).double()
    assert logit_trace_scan(answers, S4)["logit_trace_explained"] > 1 - 1e-12
    assert logit_trace_scan(answers.transpose(0, 1), S4)["logit_trace_explained"] < 0.5
    assert logit_trace_scan(answers.transpose(0, 1), S4.mT)["logit_trace_explained"] > 1 - 1e-12


def test_the_null_of_the_traces_is_the_same_maximum_with_answers_relabelled():
    logits = normal(6, 6, 6) + 0.1 * character_logits(3, [0.0, 1.0, 1.0])
    generator = torch.Generator().manual_seed(3)
    orders = torch.rand(40, 6, generator=generator, dtype=torch.float64).argsort(-1)
    null = torch.stack([logit_trace_similarity(logits[..., order], S3)[1:].max() for order in orders])
    observed = logit_trace_similarity(logits, S3)[1:].max()
    found = logit_trace_scan(logits, S3, draws=40, seed=3)
    assert found["logit_trace_p_value"].item() == (1 + (null >= observed - 1e-9).sum().item()) / 41
    assert found["logit_trace_null_95"].item() == pytest.approx(null.quantile(0.95).item(), abs=1e-13)


def test_on_noise_the_p_value_of_the_traces_is_uniform():
    found = logit_trace_scan(normal(200, 8, 8, 8), quaternion(), draws=99)
    assert stats.kstest(found["logit_trace_p_value"].numpy(), "uniform").pvalue > 0.01


def test_a_faint_character_stands_out_from_its_null():
    logits = normal(24, 24, 24) + 0.2 * character_logits(4, [0, 1.0, 0, 0, 0])
    found = logit_trace_scan(logits, S4)
    assert found["logit_trace_best_irrep"] == 1
    assert found["logit_trace_p_value"].item() == pytest.approx(1 / 201)


def test_logits_that_prefer_no_answer_have_no_cosine():
    logits = normal(6, 6, 1).expand(6, 6, 6)
    assert logit_trace_similarity(logits, S3).isnan().all()
    assert all(number.isnan() for number in logit_trace_scan(logits, S3).values())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"^table_logits: got shape \(6, 6, 5\).* needed"):
        logit_trace_similarity(torch.randn(6, 6, 5))
    with pytest.raises(ShapeError, match=r"^table_logits: got shape \(5, 6, 6\).* needed"):
        logit_trace_scan(torch.randn(5, 6, 6), S3)
    with pytest.raises(ShapeError, match=r"^centroids: got 3 on the axis 'class'.* needed"):
        irrep_scan(torch.randn(3, 2))


@pytest.mark.parametrize("draws", [0, -1, 2.0, True, None], ids=repr)
@pytest.mark.usefixtures("unhooked")
def test_draws_that_make_no_null_are_refused(draws):
    with pytest.raises(InputError, match=r"^draws: got .* needed"):
        irrep_scan(torch.randn(6, 2), S3, draws=draws)
    with pytest.raises(InputError, match=r"^draws: got .* needed"):
        logit_trace_scan(torch.randn(6, 6, 6), S3, draws=draws)


def test_a_seed_gives_the_same_null_again_and_another_seed_another():
    points = normal(24, 3)
    first, again, other = (irrep_scan(points, S4, seed=seed)["irrep_null_95"] for seed in (1, 1, 2))
    assert first == again != other
