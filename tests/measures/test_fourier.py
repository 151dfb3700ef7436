import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError, ShapeError
from latebloom.measures import (
    embedding_key_frequencies,
    embedding_spectrum,
    key_frequencies,
    key_frequency_agreement,
)
from tests.measures.analytic import adding_network, mask
from tests.measures.clocks import circle
from tests.measures.matrices import normal
from tests.measures.transforms import energies_by_numpy, explained_by_numpy


@settings(max_examples=30, deadline=None)
@given(order=st.integers(2, 40), features=st.integers(1, 20), offset=st.sampled_from([0.0, 100.0]))
def test_the_spectrum_agrees_with_numpy_and_adds_up(order, features, offset):
    embedding = normal(order, features, seed=order) + offset
    found = embedding_spectrum(embedding)
    constant, energies = energies_by_numpy(embedding.numpy())
    np.testing.assert_allclose(found["embedding_spectrum"], energies, rtol=1e-9)
    assert found["embedding_constant"].item() == pytest.approx(constant, rel=1e-12)
    total = found["embedding_spectrum"].sum() + found["embedding_constant"]
    assert total.item() == pytest.approx(embedding.square().sum().item(), rel=1e-12)
    singular = np.linalg.svd(embedding.numpy(), compute_uv=False)
    np.testing.assert_allclose(found["embedding_singular_values"], singular, rtol=1e-9, atol=1e-12)


def test_a_single_circle_is_as_concentrated_as_can_be():
    found = embedding_spectrum(circle(97, 41))
    assert found["embedding_spectrum"].argmax().item() + 1 == 41
    assert found["embedding_gini"].item() == pytest.approx(1 - 1 / 48)
    assert found["embedding_entropy"].item() == pytest.approx(0.0, abs=1e-12)
    assert found["embedding_top_share"].item() == pytest.approx(1.0)


def test_equal_circles_at_every_frequency_are_as_flat_as_can_be():
    embedding = torch.cat([circle(11, frequency) for frequency in range(1, 6)], dim=-1)
    found = embedding_spectrum(embedding, top=2)
    assert found["embedding_gini"].item() == pytest.approx(0.0, abs=1e-12)
    assert found["embedding_entropy"].item() == pytest.approx(math.log(5))
    assert found["embedding_top_share"].item() == pytest.approx(0.4)


@pytest.mark.parametrize("order", [10, 11])
def test_the_published_gini_is_that_of_the_norms_of_all_rows_with_the_constant(order):
    embedding = normal(order, 4) + 1.0
    token = np.arange(order)
    rows = [np.ones(order) / math.sqrt(order)]
    for frequency in range(1, (order + 1) // 2):
        rows += [
            wave(2 * math.pi * frequency * token / order) * math.sqrt(2 / order) for wave in (np.cos, np.sin)
        ]
    rows += [(-1.0) ** token / math.sqrt(order)] if order % 2 == 0 else []
    norms = np.sort(np.linalg.norm(np.array(rows) @ embedding.numpy(), axis=1))
    expected = 2 * (np.arange(1, order + 1) * norms).sum() / (order * norms.sum()) - (order + 1) / order
    assert embedding_spectrum(embedding)["embedding_norm_gini"].item() == pytest.approx(expected)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e30])
def test_tokens_that_all_coincide_have_no_spectrum(value):
    embedding = torch.full((7, 3), value)
    found = embedding_spectrum(embedding)
    assert (found["embedding_spectrum"] == 0.0).all()
    for name in ("embedding_gini", "embedding_entropy", "embedding_top_share"):
        assert found[name].isnan()
    assert all(value.isnan().all() for value in embedding_key_frequencies(embedding).values())


def test_top_beyond_the_frequencies_is_all_of_them():
    assert embedding_spectrum(normal(7, 3), top=50)["embedding_top_share"].item() == pytest.approx(1.0)


@pytest.mark.parametrize("top", [0, -1, 2.0, True, "2"])
def test_a_top_that_is_no_number_of_frequencies_is_refused(top, unhooked):
    with pytest.raises(InputError, match=r"^top: got .* needed"):
        embedding_spectrum(normal(7, 3), top=top)


def test_white_noise_has_no_key_frequency_in_its_embedding():
    for order in (96, 97):
        assert embedding_key_frequencies(normal(order, 128))["embedding_key_count"] == 0.0


def test_half_the_order_is_held_to_half_the_share():
    order = 8  # the even share is 2 / 7 at 1, 2 and 3, and 1 / 7 at 4
    alternating = torch.tensor([1.0, -1.0] * 4, dtype=torch.float64)[:, None]
    for share, key in ((0.28, 0.0), (0.29, 1.0)):
        rest = torch.cat([circle(order, k) for k in (1, 2, 3)], dim=-1) * math.sqrt((1 - share) / 3 / order)
        embedding = torch.cat([alternating * math.sqrt(share / order), rest], dim=-1)
        assert embedding_key_frequencies(embedding)["embedding_key_mask"].tolist() == [0.0, 0.0, 0.0, key]


@pytest.mark.parametrize("times", [0.0, -1.0, math.inf, math.nan])
def test_times_that_are_no_multiple_are_refused(times):
    with pytest.raises(InputError, match=r"^times: got .* needed"):
        embedding_key_frequencies(normal(7, 3), times=times)


@pytest.mark.parametrize("order", [5, 6, 11, 12])
def test_the_explained_shares_agree_with_the_two_dimensional_transform_of_numpy(order):
    table = normal(order, order, 9, seed=order) + 3.0
    shares = explained_by_numpy(table.numpy())
    found = key_frequencies(table)
    np.testing.assert_allclose(found["unit_explained"], shares.max(0), rtol=1e-12)
    np.testing.assert_array_equal(found["unit_frequency"], shares.argmax(0) + 1)


def test_rounding_lifts_no_share_above_one():
    for order in range(3, 14):
        waves = circle(order, 1)
        shares = key_frequencies(waves[:, None] + 2.0 * waves)["unit_explained"]
        assert (shares <= 1.0).all()
        assert (shares > 1.0 - 1e-12).all()


@pytest.mark.parametrize("order", [23, 24, 97])
def test_the_analytic_networks_key_frequencies_are_recovered_exactly(order):
    keys = [1, 5, 9]
    answer = adding_network(order, keys)
    found = key_frequencies(answer.before)
    assert torch.equal(found["key_frequency_mask"], mask(order, keys))
    assert found["key_frequency_count"] == 3.0
    assert found["key_frequency_unit_share"] == 1.0
    assert found["key_frequency_units"][[0, 4, 8]].tolist() == [9.0, 9.0, 9.0]
    torch.testing.assert_close(found["unit_explained"], torch.ones(27, dtype=torch.float64))


def test_squaring_leaves_a_unit_of_one_frequency_four_fifths_explained():
    """The square of two cosines holds 1 at its frequency and 1 / 4 at twice it: under the usual threshold."""
    keys = [3, 11, 41]
    hidden = adding_network(97, keys).hidden
    found = key_frequencies(hidden)
    assert found["unit_explained"].tolist() == pytest.approx([0.8] * 27)
    assert found["key_frequency_count"] == 0.0
    lower = key_frequencies(hidden, explained=0.75)
    assert torch.equal(lower["key_frequency_mask"], mask(97, keys))


def test_the_share_must_be_above_the_threshold_and_counts_the_units_of_its_frequency():
    clear = adding_network(11, [2]).before[..., :2]
    noisy = torch.cat([clear, clear + 3.0 * normal(11, 11, 2)], dim=-1)
    found = key_frequencies(noisy)
    assert found["key_frequency_units"].tolist() == [0.0, 2.0, 0.0, 0.0, 0.0]
    assert found["key_frequency_unit_share"] == 0.5


def test_a_unit_that_never_fires_has_no_frequency_and_spoils_no_other():
    answer = adding_network(11, [3])
    table = answer.before.clone()
    table[..., 0] = 0.0
    table[..., 4] = 0.1
    found = key_frequencies(table)
    dead = torch.tensor([unit in (0, 4) for unit in range(9)])
    assert torch.equal(found["unit_frequency"].isnan(), dead)
    assert torch.equal(found["unit_explained"].isnan(), dead)
    assert found["unit_frequency"][~dead].tolist() == [3.0] * 7
    assert found["key_frequency_unit_share"].item() == pytest.approx(7 / 9)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e20])
def test_a_table_in_which_no_unit_varies_has_no_key_frequencies(value):
    found = key_frequencies(torch.full((5, 5, 3), value, dtype=torch.float64))
    assert all(entry.isnan().all() for entry in found.values())


def test_a_constant_that_rounding_has_disturbed_is_still_constant():
    table = 1.0 + 1e-15 * normal(7, 7, 2)
    assert key_frequencies(table)["unit_explained"].isnan().all()


@pytest.mark.usefixtures("unhooked")
def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(ShapeError, match=r"^table_activations: got .* needed"):
        key_frequencies(torch.zeros(5, 6, 3))


@pytest.mark.parametrize("explained", [0.0, 1.0, 85.0, math.nan])
def test_a_threshold_that_is_no_share_is_refused(explained):
    with pytest.raises(InputError, match=r"^explained: got .* needed"):
        key_frequencies(normal(5, 5, 2), explained=explained)


def test_units_and_embedding_agree_on_the_analytic_network():
    answer = adding_network(97, [3, 11, 41])
    found = key_frequency_agreement(answer.before, answer.embedding)
    assert found["key_frequency_agreement"] == 1.0
    assert found["key_frequency_overlap"] == 1.0


def test_the_overlap_is_what_both_name_over_what_either_names():
    units = adding_network(97, [3, 11, 41]).before
    embedding = adding_network(97, [11, 41, 45]).embedding
    found = key_frequency_agreement(units, embedding)
    assert found["key_frequency_agreement"] == 0.0
    assert found["key_frequency_overlap"] == 0.5


def test_there_is_nothing_to_agree_on_where_neither_names_a_frequency():
    found = key_frequency_agreement(normal(97, 97, 2), normal(97, 128))
    assert found["key_frequency_agreement"].isnan()
    assert found["key_frequency_overlap"].isnan()


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(6, 3), (1, 5, 3), (2, 5, 3)])
def test_an_embedding_that_does_not_fit_the_table_is_refused(shape):
    with pytest.raises(ShapeError, match=r"^embedding: got .* needed"):
        key_frequency_agreement(torch.zeros(5, 5, 3), torch.zeros(shape))
