import math

import numpy as np
import pytest
import torch

from latebloom.errors import ShapeError
from latebloom.measures import kernel_alignment, kernel_distance, kernel_target_alignment


def kernel_of(samples, features, seed=0, population=()):
    points = torch.randn(*population, samples, features, generator=torch.Generator().manual_seed(seed))
    return (points @ points.mT).double()


def one_hot(labels):
    return torch.nn.functional.one_hot(labels).double()


def cosine(left, right):
    return (left * right).sum() / np.linalg.norm(left) / np.linalg.norm(right)


def centred(kernel):
    centring = np.eye(len(kernel)) - 1 / len(kernel)
    return centring @ kernel @ centring


def test_the_alignment_agrees_with_its_definition_in_numpy():
    kernel, labels = kernel_of(15, 4), torch.arange(15) % 3
    target = one_hot(labels) @ one_hot(labels).mT
    found = kernel_alignment(kernel, labels)
    expected = cosine(kernel.numpy(), target.numpy())
    assert found["kernel_alignment"].item() == pytest.approx(expected, rel=1e-12)
    expected = cosine(centred(kernel.numpy()), centred(target.numpy()))
    assert found["kernel_alignment_centred"].item() == pytest.approx(expected, rel=1e-12)


def test_labels_are_one_hot_targets():
    kernel, labels = kernel_of(12, 5, seed=1), torch.arange(12) % 4
    left = kernel_alignment(kernel, labels)
    right = kernel_target_alignment(kernel, one_hot(labels))
    torch.testing.assert_close(list(left.values()), list(right.values()))
    assert list(right) == ["kernel_target_alignment", "kernel_target_alignment_centred"]


def test_the_kernel_of_the_labels_themselves_is_aligned_and_the_identity_is_where_it_should_be():
    labels = torch.arange(20) % 5
    target = one_hot(labels) @ one_hot(labels).mT
    for value in kernel_alignment(7 * target, labels).values():
        assert value.item() == pytest.approx(1.0, abs=1e-14)
    assert kernel_alignment(torch.eye(20), labels)["kernel_alignment"].item() == pytest.approx(
        math.sqrt(5 / 20)
    )


def test_a_constant_in_the_kernel_hides_the_labels_only_until_it_is_centred():
    labels = torch.arange(20) % 2
    signs = (1.0 - 2.0 * labels)[:, None].double()
    kernel = signs @ signs.mT + 100.0
    found = kernel_alignment(kernel, labels)
    assert found["kernel_alignment"] < 0.75
    assert found["kernel_alignment_centred"].item() == pytest.approx(1.0, abs=1e-12)


def test_the_order_of_the_samples_does_not_matter():
    kernel, labels = kernel_of(12, 5, seed=2), torch.arange(12) % 4
    other = kernel_of(12, 5, seed=3)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    turned, moved = kernel[order][:, order], other[order][:, order]
    torch.testing.assert_close(kernel_alignment(turned, labels[order]), kernel_alignment(kernel, labels))
    torch.testing.assert_close(kernel_distance(turned, moved), kernel_distance(kernel, other))


@pytest.mark.parametrize("offset", [0.1, 1.0, 1e6])
def test_a_kernel_with_nothing_left_after_centring_has_no_centred_alignment(offset):
    row = torch.linspace(0.1, 0.9, 11, dtype=torch.float64)
    kernel = row[:, None] + row[None, :] + offset
    found = kernel_alignment(kernel, torch.arange(11) % 3)
    assert found["kernel_alignment"] > 0.0
    assert found["kernel_alignment_centred"].isnan()


def test_one_label_throughout_leaves_the_plain_alignment_alone():
    found = kernel_alignment(kernel_of(8, 3), torch.full((8,), 5))
    assert found["kernel_alignment"].isfinite()
    assert found["kernel_alignment_centred"].isnan()


def test_a_kernel_of_zeros_is_aligned_with_nothing_and_has_changed_completely():
    labels = torch.arange(6) % 2
    assert all(value.isnan() for value in kernel_alignment(torch.zeros(6, 6), labels).values())
    found = kernel_distance(torch.zeros(6, 6), torch.eye(6))
    assert found["kernel_distance"].isnan()
    assert found["kernel_change"] == 1.0
    assert all(value.isnan() for value in kernel_distance(torch.eye(6), torch.zeros(6, 6)).values())


def test_the_distance_is_one_less_the_cosine():
    kernel, initial = kernel_of(10, 3, seed=4), kernel_of(10, 3, seed=5)
    found = kernel_distance(kernel, initial)
    expected = 1 - cosine(kernel.numpy(), initial.numpy())
    assert found["kernel_distance"].item() == pytest.approx(expected, rel=1e-12)
    expected = np.linalg.norm(kernel - initial) / np.linalg.norm(initial)
    assert found["kernel_change"].item() == pytest.approx(expected, rel=1e-12)


def test_kernels_of_disjoint_features_are_one_apart_and_growth_is_no_distance():
    first = torch.diag(torch.tensor([1.0, 1.0, 0.0, 0.0]))
    second = torch.diag(torch.tensor([0.0, 0.0, 1.0, 1.0]))
    assert kernel_distance(first, second)["kernel_distance"].item() == pytest.approx(1.0)
    grown = kernel_distance(64 * first, first)
    assert grown["kernel_distance"] < 1e-30
    assert grown["kernel_change"].item() == pytest.approx(63.0)


def test_a_distance_far_below_rounding_of_the_cosine_is_seen():
    first = torch.eye(2, dtype=torch.float64)
    nudged = first + torch.tensor([[1e-10, 0.0], [0.0, -1e-10]])
    assert kernel_distance(nudged, first)["kernel_distance"].item() == pytest.approx(0.5e-20, rel=1e-5)


def test_shared_labels_serve_every_lane():
    kernel, labels = kernel_of(9, 4, population=(2, 3)), torch.arange(9) % 3
    expected = kernel_alignment(kernel, labels.expand(2, 3, 9))
    for shared in (labels, labels.expand(1, 3, 9), labels.expand(2, 1, 9)):
        torch.testing.assert_close(kernel_alignment(kernel, shared), expected, rtol=0.0, atol=0.0)


@pytest.mark.usefixtures("unhooked")
def test_what_is_no_kernel_or_does_not_fit_one_is_refused():
    labels = torch.arange(4) % 2
    with pytest.raises(ShapeError, match=r"kernel: got shape \(4, 5\); as many rows as columns"):
        kernel_alignment(torch.zeros(4, 5), labels)
    for wrong in (torch.zeros(5).long(), torch.zeros(3, 4).long()):
        with pytest.raises(ShapeError, match=r"labels: got shape .* needed"):
            kernel_alignment(torch.eye(4), wrong)
    for wrong in (torch.zeros(5, 1), torch.zeros(2, 4, 1)):
        with pytest.raises(ShapeError, match=r"targets: got shape .* needed"):
            kernel_target_alignment(torch.eye(4), wrong)
    with pytest.raises(ShapeError, match=r"initial_kernel: got shape \(5, 5\); .* \(4, 4\)"):
        kernel_distance(torch.eye(4), torch.eye(5))
