import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import ShapeError
from latebloom.measures import accuracy

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def logits_with_right_answers(right, samples, device="cpu"):
    """Make two-class logits, and labels of 0, of which exactly the first `right` are met."""
    logits = torch.zeros(samples, 2, device=device)
    logits[:right, 0] = 1.0
    logits[right:, 1] = 1.0
    return logits, torch.zeros(samples, dtype=torch.long, device=device)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("samples", [3, 10, 97, 100, 6587])
def test_the_share_is_the_nearest_float_so_that_no_threshold_is_missed(samples, device):
    for right in {0, 1, samples // 2, samples * 9 // 10, samples - 1, samples}:
        assert accuracy(*logits_with_right_answers(right, samples, device)).item() == right / samples


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 10**6))
def test_it_agrees_with_numpy_on_logits_full_of_ties(samples, classes, seed):
    generator = np.random.Generator(np.random.Philox(seed))
    logits = generator.integers(0, 3, (samples, classes)).astype(np.float32)
    labels = generator.integers(0, classes, samples)
    expected = np.mean(logits.argmax(-1) == labels)
    assert accuracy(torch.from_numpy(logits), torch.from_numpy(labels)).item() == pytest.approx(expected)


def test_constant_logits_score_the_share_of_the_first_class():
    labels = torch.tensor([0, 1, 2, 0, 3])
    assert accuracy(torch.full((5, 4), 2.5), labels) == 0.4


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_diverged_network_scores_zero_even_on_the_class_an_arg_max_would_name(value):
    for label in range(4):
        assert accuracy(torch.full((6, 4), value), torch.full((6,), label)) == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_sample_with_one_logit_that_is_not_finite_is_wrong_and_the_others_count(value):
    logits, labels = logits_with_right_answers(4, 4)
    logits[1, 0] = value
    logits[2, 1] = value
    assert accuracy(logits, labels) == 0.5


def test_classes_masked_by_minus_infinity_do_not_make_a_sample_wrong():
    logits = torch.tensor([[1.0, -math.inf], [-math.inf, 0.0]])
    assert accuracy(logits, torch.tensor([0, 1])) == 1.0


def test_labels_without_population_axes_serve_every_lane():
    logits = torch.randn(2, 3, 20, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(20) % 5
    expected = accuracy(logits, labels.expand(2, 3, 20))
    for shared in (labels, labels[None], labels[None, None], labels.expand(3, 20), labels.expand(2, 1, 20)):
        assert torch.equal(accuracy(logits, shared), expected)


def test_labels_that_differ_per_lane_are_each_held_to_their_own():
    logits = torch.eye(4).expand(2, 4, 4)
    labels = torch.stack([torch.arange(4), torch.arange(4).flip(0)])
    assert accuracy(logits, labels).tolist() == [1.0, 0.0]


def test_a_label_that_is_no_class_is_never_right():
    assert accuracy(torch.eye(3), torch.tensor([0, -1, 7])).item() == 1 / 3


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_labels_of_any_integer_type_are_taken(dtype):
    assert accuracy(torch.eye(3), torch.arange(3).to(dtype)) == 1.0


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(1,), (4,), (3, 5), (2, 1), (1, 2, 5), (5, 2)])
def test_labels_that_do_not_fit_the_logits_are_refused(shape):
    with pytest.raises(ShapeError, match=r"labels: got shape .* needed"):
        accuracy(torch.zeros(2, 5, 3), torch.zeros(shape, dtype=torch.long))
