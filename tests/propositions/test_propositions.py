import numpy as np
import pytest
import torch

from latebloom.propositions import decay, representations
from latebloom.propositions.descending import differentiated, drawn, logistic, logistic_gradient


@pytest.mark.parametrize("coupled", [True, False])
def test_adam_written_out_takes_the_steps_of_torch(coupled):
    weights, points = drawn(1, 5), drawn(2, 7, 5)
    course = decay.adam(
        lambda w: logistic_gradient(w, points), weights, rate=0.01, decay=0.3, coupled=coupled, steps=20
    )
    parameter = torch.nn.Parameter(torch.from_numpy(weights.copy()))
    kind = torch.optim.Adam if coupled else torch.optim.AdamW
    optimizer = kind([parameter], lr=0.01, weight_decay=0.3)
    for _ in range(20):
        optimizer.zero_grad()
        margins = torch.from_numpy(points) @ parameter
        torch.nn.functional.softplus(-margins).mean().backward()
        optimizer.step()
    np.testing.assert_allclose(course[-1], parameter.detach().numpy(), rtol=1e-10)


def test_the_logistic_gradient_is_that_of_the_logistic_loss():
    weights, points = drawn(3, 4), drawn(4, 9, 4)
    numeric = differentiated(lambda w: logistic(w, points), weights)
    np.testing.assert_allclose(logistic_gradient(weights, points), numeric, atol=1e-9)


def test_coupled_decay_under_adam_would_refute_a_contraction_in_proportion():
    moves = decay.coupled_decay_under_adam()
    proportional = 1e-3 * 1e-3 * 0.5  # rate, smallest decay, weight
    assert moves[0].computed > 1000 * proportional


def test_the_addition_theorem_with_a_wrong_sign_gives_more_points_than_labels():
    first, second = representations._pairs(13)
    angle = 2 * np.pi * np.arange(13) / 13
    cos, sin = np.cos(angle), np.sin(angle)
    right = cos[first] * cos[second] - sin[first] * sin[second]
    along = sin[first] * cos[second] + cos[first] * sin[second]
    wrong = cos[first] * cos[second] + 0.5 * sin[first] * sin[second]
    assert representations._distinct(np.stack([right, along], axis=1)) == 13
    assert representations._distinct(np.stack([wrong, along], axis=1)) > 13


def test_points_closer_than_rounding_count_once_and_others_do_not():
    points = np.array([[0.0, 0.0], [1e-14, 0.0], [1e-3, 0.0], [0.0, 1.0]])
    assert representations._distinct(points) == 3


def test_a_walk_that_closes_early_is_seen_to():
    angle = 2 * np.pi * np.arange(6) / 6
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    both = np.concatenate([ring, ring + 50.0])  # two rings of six, not one of twelve
    gaps = np.linalg.norm(both[:, None] - both, axis=2) + 99.0 * np.eye(12)
    assert representations._walk(gaps) == 6
