import math

import pytest
import torch

from latebloom.errors import ShapeError
from latebloom.measures import (
    accuracy,
    excluded_loss,
    key_frequencies,
    logit_variance_explained,
    restricted_loss,
)
from tests.measures.analytic import adding_network, mask, sums
from tests.measures.direct_sums import direct, loss_by_direct_sum
from tests.measures.matrices import normal

KEYS = [3, 11, 19, 29, 41]


def train_mask(order, seed=0):
    return torch.rand(order, order, generator=torch.Generator().manual_seed(seed)) < 0.4


@pytest.mark.parametrize("classes", [None, 15])
@pytest.mark.parametrize("order", [7, 8, 11])
def test_both_losses_agree_with_direct_sums_over_all_pairs(order, classes):
    logits = 3.0 * normal(order, order, classes or order, seed=order) + 5.0 * normal(classes or order)
    labels, train = sums(order), train_mask(order)
    keys = [1, order // 2]
    frequencies = mask(order, keys)
    pairs = [(a, b) for a in range(order) for b in range(order)]
    parts = {
        "": pairs,
        "_train": [(a, b) for a, b in pairs if train[a, b]],
        "_test": [(a, b) for a, b in pairs if not train[a, b]],
    }
    restricted = restricted_loss(logits, labels, frequencies, train=train)
    excluded = excluded_loss(logits, labels, frequencies, train=train)
    kept = direct(logits, labels, keys, keep=True)
    left = direct(logits, labels, keys, keep=False)
    singly = [direct(logits, labels, [k], keep=False) for k in range(1, order // 2 + 1)]
    for suffix, some in parts.items():
        named = labels.tolist()
        expected = loss_by_direct_sum(kept, named, some)
        assert restricted["restricted_loss" + suffix].item() == pytest.approx(expected, rel=1e-12)
        expected = loss_by_direct_sum(left, named, some)
        assert excluded["excluded_loss" + suffix].item() == pytest.approx(expected, rel=1e-12)
        expected = [loss_by_direct_sum(one, named, some) for one in singly]
        assert excluded["excluded_loss_each" + suffix].tolist() == pytest.approx(expected, rel=1e-12)


def test_the_analytic_network_is_right_and_answers_by_its_key_frequencies_alone():
    answer = adding_network(97, KEYS, gain=4.0)
    assert accuracy(answer.logits.flatten(0, 1), answer.labels.flatten()) == 1.0
    found = key_frequencies(answer.before)["key_frequency_mask"]
    assert torch.equal(found, mask(97, KEYS))
    train = train_mask(97)
    restricted = restricted_loss(answer.logits, answer.labels, found, train=train)
    assert all(value < 1e-3 for value in restricted.values())
    excluded = excluded_loss(answer.logits, answer.labels, found, train=train)
    for suffix in ("", "_train", "_test"):
        assert excluded["excluded_loss" + suffix].item() == pytest.approx(math.log(97), abs=1e-9)
    explained = logit_variance_explained(answer.logits, found)
    assert explained["logit_variance_explained"].item() == pytest.approx(1.0)
    assert explained["logit_variance_explained_each"][[k - 1 for k in KEYS]].tolist() == pytest.approx(
        [0.2] * 5
    )


def test_a_frequency_that_the_network_does_not_use_changes_nothing_when_removed():
    answer = adding_network(97, KEYS)
    plain = torch.nn.functional.cross_entropy(answer.logits.flatten(0, 1), answer.labels.flatten())
    each = excluded_loss(answer.logits, answer.labels, mask(97, KEYS))["excluded_loss_each"]
    unused = mask(97, KEYS) == 0.0
    torch.testing.assert_close(each[unused], plain.expand(43), rtol=1e-9, atol=0)
    assert (each[~unused] > 5 * plain).all()


def test_without_key_frequencies_one_loss_knows_the_classes_and_the_other_is_the_networks_own():
    logits, labels = normal(7, 7, 7), sums(7)
    none = torch.zeros(3)
    plain = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert excluded_loss(logits, labels, none)["excluded_loss"].item() == pytest.approx(plain.item())
    bias = torch.nn.functional.cross_entropy(logits.mean((0, 1)).expand(49, 7), labels.flatten())
    assert restricted_loss(logits, labels, none)["restricted_loss"].item() == pytest.approx(bias.item())


def test_a_wave_of_the_difference_is_kept_by_no_restriction_and_removed_by_no_exclusion():
    element = torch.arange(11)
    apart = (element[:, None] - element) % 11
    waves = torch.cos((apart[..., None] - element).double() * (2 * math.pi / 11))
    every = torch.ones(5)
    labels = sums(11)
    assert restricted_loss(waves, labels, every)["restricted_loss"].item() == pytest.approx(math.log(11))
    assert logit_variance_explained(waves, every)["logit_variance_explained"].item() == pytest.approx(
        0.0, abs=1e-12
    )
    plain = torch.nn.functional.cross_entropy(waves.flatten(0, 1), labels.flatten())
    assert excluded_loss(waves, labels, every)["excluded_loss"].item() == pytest.approx(plain.item())


def test_subtraction_is_addition_once_the_second_axis_is_reversed():
    element = torch.arange(13)
    answer = adding_network(13, [2, 5], gain=9.0)
    logits = answer.logits[:, -element % 13]
    labels = (element[:, None] - element) % 13
    back = -element % 13
    found = restricted_loss(logits[:, back], labels[:, back], mask(13, [2, 5]))["restricted_loss"]
    expected = restricted_loss(answer.logits, answer.labels, mask(13, [2, 5]))["restricted_loss"]
    torch.testing.assert_close(found, expected)


def test_multiplication_is_addition_once_both_axes_are_ordered_by_powers_whatever_the_classes():
    powers = torch.tensor([pow(3, exponent, 7) for exponent in range(6)])  # 3 generates the numbers mod 7
    answer = adding_network(6, [1, 2], gain=9.0)
    logits = torch.full((7, 7, 7), -50.0, dtype=torch.float64)
    logits[powers[:, None, None], powers[:, None], powers] = answer.logits
    labels = torch.arange(7)[:, None] * torch.arange(7) % 7
    table, classes = logits[powers][:, powers], labels[powers][:, powers]
    found = restricted_loss(table, classes, mask(6, [1, 2]))["restricted_loss"]
    expected = restricted_loss(answer.logits, answer.labels, mask(6, [1, 2]))["restricted_loss"]
    torch.testing.assert_close(found, expected)


def test_the_order_of_classes_and_a_number_added_to_all_logits_of_a_pair_do_not_matter():
    logits, labels, frequencies = normal(7, 7, 9), sums(7), mask(7, [1, 3])
    order = torch.randperm(9, generator=torch.Generator().manual_seed(2))
    other = logits[..., order] + 100.0 * normal(7, 7, 1)
    renamed = order.argsort()[labels]
    for measure in (restricted_loss, excluded_loss):
        found, changed = measure(logits, labels, frequencies), measure(other, renamed, frequencies)
        for name in found:
            torch.testing.assert_close(found[name], changed[name], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("gain", [1.0, 1e2, 1e3, 1e5])
def test_logits_too_far_apart_for_one_product_of_exponentials_are_summed_one_by_one(gain):
    answer = adding_network(11, [2, 3], gain=gain)
    logits = answer.logits + gain * normal(11, 11, 11)
    found = excluded_loss(logits, answer.labels, mask(11, [2, 3]))["excluded_loss_each"]
    for k in range(1, 6):
        table = direct(logits, answer.labels, [k], keep=False)
        expected = loss_by_direct_sum(table, answer.labels.tolist(), list(table))
        assert found[k - 1].item() == pytest.approx(expected, rel=1e-11)


def test_a_loss_far_below_float32_is_still_seen():
    answer = adding_network(11, [1, 2, 3, 4, 5], gain=1.2)
    found = restricted_loss(answer.logits, answer.labels, torch.ones(5))["restricted_loss"]
    margin = answer.logits[0, 0, 0] - answer.logits[0, 0, 1]
    assert found.item() == pytest.approx(math.log1p(10 * math.exp(-margin)), rel=1e-6)
    assert 0.0 < found < 1e-8


def test_a_part_without_pairs_has_no_loss():
    logits, labels = normal(5, 5, 5), sums(5)
    for measure in (restricted_loss, excluded_loss):
        found = measure(logits, labels, torch.ones(2), train=torch.ones(5, 5, dtype=torch.bool))
        assert all(found[name].isnan().all() == name.endswith("_test") for name in found)


@pytest.mark.parametrize("value", [0.5, -1.0, 2.0, math.nan])
def test_frequencies_that_are_neither_zero_nor_one_make_their_lane_nan(value):
    logits, labels = normal(2, 7, 7, 7), sums(7)
    frequencies = torch.tensor([[1.0, 0.0, 1.0], [1.0, value, 0.0]])
    for measure in (restricted_loss, excluded_loss):
        for found in measure(logits, labels, frequencies).values():
            assert found[0].isfinite().all()
            assert found[1].isnan().all()
    for found in logit_variance_explained(logits, frequencies).values():
        assert found[1].isnan().all()


def test_labels_frequencies_and_train_without_population_axes_serve_every_lane():
    logits, labels, train = normal(2, 3, 7, 7, 7), sums(7), train_mask(7)
    frequencies = mask(7, [2])
    for measure in (restricted_loss, excluded_loss):
        shared = measure(logits, labels, frequencies, train=train)
        own = measure(
            logits, labels.expand(2, 3, 7, 7), frequencies.expand(2, 3, 3), train=train.expand(2, 3, 7, 7)
        )
        assert all(torch.equal(shared[name], own[name]) for name in own)


def test_logits_that_do_not_depend_on_the_pair_have_no_variance_to_explain():
    logits = torch.arange(5.0).expand(5, 5, 5) / 10
    for table in (logits, logits.double() + 1e-15 * normal(5, 5, 5)):
        for found in logit_variance_explained(table, torch.ones(2)).values():
            assert found.isnan().all()


def test_rounding_lifts_no_share_above_one():
    for order in range(3, 14):
        by_sum = normal(order, 3)[sums(order)]
        found = logit_variance_explained(by_sum, torch.ones(order // 2))
        assert all(value.max() <= 1.0 for value in found.values())


def test_the_explained_shares_add_up_to_what_depends_on_the_sum():
    element = torch.arange(8)
    by_sum = normal(8, 8)[sums(8)]  # (first, second, class)
    rest = normal(8, 8, seed=1)[(element[:, None] - element) % 8]
    rest = rest - rest.mean((0, 1))
    found = logit_variance_explained(by_sum, torch.ones(4))["logit_variance_explained"]
    assert found.item() == pytest.approx(1.0)
    each = logit_variance_explained(by_sum, torch.zeros(4))
    assert each["logit_variance_explained"] == 0.0
    assert each["logit_variance_explained_each"].sum().item() == pytest.approx(1.0)


def test_the_explained_share_is_one_less_what_is_left_after_removal():
    logits = normal(11, 11, 6)
    left = direct(logits, sums(11), [1, 4], keep=False)
    table = torch.tensor([[left[a, b] for b in range(11)] for a in range(11)], dtype=torch.float64)
    expected = 1 - table.flatten(0, 1).var(0).sum() / logits.flatten(0, 1).var(0).sum()
    found = logit_variance_explained(logits, mask(11, [1, 4]))["logit_variance_explained"]
    torch.testing.assert_close(found, expected)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("table_logits", torch.zeros(7, 6, 7)),
        ("table_logits", torch.zeros(7, 7, 1)),
        ("table_labels", torch.zeros(7, 6, dtype=torch.long)),
        ("table_labels", torch.full((7, 7), 7)),
        ("table_labels", torch.full((7, 7), -1)),
        ("table_labels", torch.zeros(3, 2, 7, 7, dtype=torch.long)),
        ("table_labels", torch.zeros(3, 7, 7, dtype=torch.long)),
        ("frequencies", torch.ones(4)),
        ("frequencies", torch.ones(3, 3)),
        ("train", torch.ones(7, 7)),
        ("train", torch.ones(7, 6, dtype=torch.bool)),
        ("train", [[True]]),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(name, wrong):
    given = {"table_logits": torch.zeros(2, 7, 7, 7), "table_labels": sums(7), "frequencies": torch.ones(3)}
    for measure in (restricted_loss, excluded_loss):
        with pytest.raises(ShapeError, match=rf"^{name}: got .* needed"):
            measure(**{**given, name: wrong})
