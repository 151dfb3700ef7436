import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError, ShapeError
from latebloom.measures import logit_efficiency, softmax_collapse, zero_loss_share

HALF_EPSILON = {torch.float32: 2.0**-24, torch.float64: 2.0**-53}


def drawn(samples, classes, seed=0, scale=20.0):
    return torch.randn(samples, classes, generator=torch.Generator().manual_seed(seed)) * scale


def collapsed_by_numpy(logits):
    """Sum in float32 from the smallest term to the largest, one addition after the other."""
    shifted = logits.numpy().astype(np.float32)
    terms = np.sort(np.exp(shifted - shifted.max(1, keepdims=True)), axis=1)
    total = np.zeros(len(terms), np.float32)
    for column in terms.T:
        total = total + column
    assert total.dtype == np.float32
    return total == np.float32(1.0)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10**6), st.floats(1.0, 40.0))
def test_two_classes_collapse_exactly_where_the_float32_sum_of_numpy_is_one(samples, seed, scale):
    logits = drawn(samples, 2, seed, scale)
    terms = np.exp(logits.numpy() - logits.numpy().max(1, keepdims=True))
    assert softmax_collapse(logits) == (terms.sum(1, dtype=np.float32) == np.float32(1.0)).mean()


@pytest.mark.parametrize("classes", [3, 97, 113])
def test_many_classes_collapse_where_the_float32_sum_of_numpy_is_one(classes):
    logits = drawn(2000, classes, seed=classes, scale=40.0)
    found = softmax_collapse(logits[:, None])  # one sample to a lane
    expected = collapsed_by_numpy(logits)
    assert 0.05 < expected.mean() < 0.95
    assert (found.bool().numpy() != expected).sum() <= 2  # numpy has rounded the sum more than once


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_others_may_weigh_half_an_epsilon_and_no_more(dtype):
    gap = -math.log(HALF_EPSILON[dtype])
    logits = torch.tensor([[0.0, -gap * 0.999], [0.0, -gap * 1.001]], dtype=dtype)
    assert softmax_collapse(logits[:1]) == 0.0
    assert softmax_collapse(logits[1:]) == 1.0
    assert (logits - logits.amax(-1, keepdim=True)).exp().sum(-1).tolist() != [1.0, 1.0]


def test_others_of_exactly_half_an_epsilon_in_working_precision_still_vanish():
    first, second = torch.linspace(-17.6, -17.4, 60_000), torch.linspace(-17.3, -17.1, 60_000)
    wanted, terms = 2.0**-24 - first.exp().double(), second.exp().double()
    nearest = torch.searchsorted(terms, wanted).clamp(max=len(terms) - 1)
    second = second[nearest]
    tied = terms[nearest] == wanted  # in float32 the two add up to 2^-24 exactly; in float64 to more
    tied &= first.double().exp() + second.double().exp() > 2.0**-24
    logits = torch.stack([torch.zeros_like(first), first, second], -1)[tied]
    assert len(logits)
    assert np.float32(1.0) + np.float32(logits[0, 1:].exp().sum()) == np.float32(1.0)
    assert softmax_collapse(logits) == 1.0
    assert softmax_collapse(logits + torch.tensor([0.0, 0.0, 2.0**-19])) == 0.0


def test_classes_that_vanish_alone_but_not_together_do_not_collapse_in_any_order():
    gap = -math.log(2.0**-24 * 0.6)  # two of them outweigh half an epsilon
    for place in range(3):
        logits = torch.full((1, 3), -gap)
        logits[0, place] = 0.0
        assert softmax_collapse(logits) == 0.0
        assert softmax_collapse(logits[:, [place, (place + 1) % 3]]) == 1.0


def test_equal_largest_logits_never_collapse():
    assert softmax_collapse(torch.tensor([[1e4, 1e4, 0.0]])) == 0.0


def test_the_type_of_the_logits_decides_unless_a_precision_is_named():
    logits = torch.tensor([[0.0, 5.9], [0.0, 12.0], [0.0, 20.0], [0.0, 40.0]])
    shares = [softmax_collapse(logits.to(dtype)) for dtype in (torch.bfloat16, torch.float32, torch.float64)]
    assert [share.item() for share in shares] == [1.0, 0.5, 0.25]
    assert softmax_collapse(logits.double(), precision=torch.float32) == 0.5
    assert softmax_collapse(logits, precision=torch.float64) == 0.25


def test_the_rounding_of_the_logits_themselves_counts():
    logits = torch.tensor([[1e9, 1e9 - 20.0]], dtype=torch.float64)  # in float32 neighbours stand 64 apart
    assert softmax_collapse(logits) == 0.0
    assert softmax_collapse(logits, precision=torch.float32) in (0.0, 1.0)
    assert softmax_collapse(torch.tensor([[1e9, 1e9 - 64.0]])) == 1.0


def test_logits_that_overflow_in_working_precision_are_not_measured():
    logits = torch.tensor([[[1e39, 0.0]], [[1e3, 0.0]]], dtype=torch.float64)
    found = softmax_collapse(logits, precision=torch.float32)
    assert found[0].isnan()
    assert found[1] == 1.0


@pytest.mark.parametrize("dtype", HALF_EPSILON)
@pytest.mark.parametrize("scale", [1.0, 14.0, 30.0, 100.0])
def test_the_zero_loss_share_is_where_torch_gives_a_cross_entropy_of_zero(scale, dtype):
    logits = drawn(2000, 5, seed=1, scale=scale).to(dtype)
    labels = logits.argmax(-1)
    labels[::3] = 0
    found = zero_loss_share(logits[:, None], labels[:, None]).bool()  # one sample to a lane
    free = torch.nn.functional.cross_entropy(logits, labels, reduction="none") == 0.0
    assert free[found].all()
    # torch adds one class after the other and loses each that is below half an epsilon beside the sum so far.
    others = (logits.double() - logits.double().amax(-1, keepdim=True)).exp().sort().values[:, :-1]
    assert (others[free & ~found].amax(-1) <= 1.01 * HALF_EPSILON[dtype]).all()
    assert (free & ~found).sum() <= 5


def test_a_collapsed_sample_that_is_wrong_has_a_loss():
    logits, labels = torch.tensor([[40.0, 0.0], [0.0, 40.0]]), torch.tensor([0, 0])
    assert softmax_collapse(logits) == 1.0
    assert zero_loss_share(logits, labels) == 0.5


@pytest.mark.parametrize("precision", [torch.int32, torch.complex64, "float32", np.float32, 32], ids=repr)
@pytest.mark.usefixtures("unhooked")
def test_a_precision_that_is_no_floating_point_type_is_refused(precision):
    with pytest.raises(InputError, match=r"precision: got .* needed"):
        softmax_collapse(torch.zeros(2, 2), precision)


@pytest.mark.usefixtures("unhooked")
def test_one_class_is_no_softmax():
    with pytest.raises(ShapeError, match="logits: got 1 on the axis 'class'"):
        softmax_collapse(torch.zeros(3, 1))


@pytest.mark.parametrize("labels", [[0, 1, 4], [0, -1, 1]])
@pytest.mark.usefixtures("unhooked")
def test_labels_that_name_no_class_are_refused(labels):
    with pytest.raises(ShapeError, match=r"labels: got (4|-1); .* from 0 to 3, is needed"):
        zero_loss_share(torch.zeros(3, 4), torch.tensor(labels))
    with pytest.raises(ShapeError, match=r"labels: got (4|-1); .* needed"):
        logit_efficiency(torch.zeros(3, 4), torch.tensor(labels), torch.ones(5))


@pytest.mark.parametrize("shape", [(2,), (3, 3), (2, 1, 3), (2, 4)])
@pytest.mark.usefixtures("unhooked")
def test_labels_that_do_not_fit_are_refused_and_shared_ones_are_not(shape):
    logits = torch.zeros(2, 3, 4)
    with pytest.raises(ShapeError, match=r"labels: got shape .* needed"):
        zero_loss_share(logits, torch.zeros(shape, dtype=torch.long))
    assert zero_loss_share(logits, torch.zeros(3, dtype=torch.uint8)).tolist() == [0.0, 0.0]
    assert zero_loss_share(logits, torch.zeros(1, 3, dtype=torch.long)).tolist() == [0.0, 0.0]


def test_the_efficiency_is_the_mean_correct_logit_over_the_norm():
    logits, labels = drawn(30, 7, seed=2), torch.arange(30) % 7
    weights = drawn(1, 100, seed=3)[0]
    found = logit_efficiency(logits, labels, weights)
    exact, norm = logits.double().numpy(), np.linalg.norm(weights.double().numpy())
    correct = exact[np.arange(30), labels.numpy()]
    assert found["logit_efficiency"].item() == pytest.approx(correct.mean() / norm, rel=1e-12)
    centred = (correct - exact.mean(1)).mean() / norm
    assert found["logit_efficiency_centred"].item() == pytest.approx(centred, rel=1e-12)


def test_a_constant_on_all_logits_of_a_sample_moves_only_the_plain_efficiency():
    logits, labels, weights = drawn(10, 4).double(), torch.arange(10) % 4, torch.ones(16)
    before = logit_efficiency(logits, labels, weights)
    after = logit_efficiency(logits + torch.arange(10)[:, None] * 8.0, labels, weights)
    assert after["logit_efficiency_centred"].item() == pytest.approx(
        before["logit_efficiency_centred"].item()
    )
    assert after["logit_efficiency"].item() == pytest.approx(before["logit_efficiency"].item() + 36.0 / 4)


def test_in_a_linear_network_efficiency_does_not_depend_on_how_far_it_was_scaled_up():
    weights, inputs = drawn(6, 4, seed=4).double(), drawn(20, 6, seed=5).double()
    labels = torch.arange(20) % 4
    one = logit_efficiency(inputs @ weights, labels, weights.flatten())
    ten = logit_efficiency(inputs @ weights * 10, labels, weights.flatten() * 10)
    torch.testing.assert_close(one, ten)


def test_no_weights_have_no_efficiency():
    found = logit_efficiency(torch.ones(2, 3), torch.tensor([0, 1]), torch.zeros(4))
    assert all(value.isnan() for value in found.values())


@pytest.mark.usefixtures("unhooked")
def test_parameters_of_another_population_are_refused():
    with pytest.raises(ShapeError, match=r"parameters: got shape \(3, 4\) beside logits .* needed"):
        logit_efficiency(torch.ones(2, 3, 5), torch.zeros(3, dtype=torch.long), torch.ones(3, 4))
