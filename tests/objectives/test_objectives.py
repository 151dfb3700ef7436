"""Objectives against torch's own losses, and what each on the shelf promises."""

import math
import subprocess
import sys
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latebloom.objectives import OBJECTIVES, CrossEntropy, Objective, SquaredError

every_objective = pytest.mark.parametrize(
    "objective", [kind.example() for kind in OBJECTIVES.values()], ids=list(OBJECTIVES)
)


def drawn(*shape: int, classes: int = 5, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(*shape, classes, generator=generator, dtype=dtype)
    return logits.requires_grad_(), torch.randint(classes, shape, generator=generator)


def torchs(objective: Objective, logits: Tensor, labels: Tensor) -> Tensor:
    if isinstance(objective, CrossEntropy):
        return F.cross_entropy(logits, labels)
    return F.mse_loss(logits, F.one_hot(labels, logits.shape[-1]).to(logits))


@pytest.mark.parametrize("objective", [CrossEntropy(precision="float64"), SquaredError()])
@settings(deadline=None, max_examples=30)
@given(batch=st.integers(1, 6), classes=st.integers(1, 6))
def test_the_mean_over_the_batch_is_torchs_loss_with_its_gradient(
    objective: Objective, batch: int, classes: int
):
    logits, labels = drawn(batch, classes=classes)
    ours, theirs = objective.per_example(logits, labels).mean(), torchs(objective, logits, labels)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-14)


@every_objective
def test_every_objective_stands_on_the_shelf_under_its_own_name(objective: Objective):
    assert type(objective) is OBJECTIVES[objective.name]
    assert objective == type(objective).example()
    assert hash(objective) == hash(type(objective).example())


@every_objective
def test_every_lane_of_a_population_has_its_own_losses(objective: Objective):
    logits, labels = drawn(2, 3, 4)
    losses = objective.per_example(logits, labels)
    assert losses.shape == (2, 3, 4)
    assert losses.min() >= 0
    for first in range(2):
        for second in range(3):
            alone = objective.per_example(logits[first, second], labels[first, second])
            torch.testing.assert_close(losses[first, second], alone, rtol=1e-14, atol=1e-15)


@every_objective
def test_a_label_of_higher_logit_costs_less(objective: Objective):
    logits = torch.tensor([[0.1, 0.6, 0.3]])
    costs = [objective.per_example(logits, torch.tensor([label])).item() for label in range(3)]
    assert costs[1] < costs[2] < costs[0]


@every_objective
def test_what_is_not_finite_in_one_lane_stays_there(objective: Objective):
    logits, labels = drawn(3, 4)
    with torch.no_grad():
        logits[1] = math.nan
    losses = objective.per_example(logits, labels).mean(-1)
    assert losses.isfinite().tolist() == [True, False, True]
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    assert gradient.isfinite().all(-1).all(-1).tolist() == [True, False, True]


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_number_of_classes():
    losses = CrossEntropy().per_example(torch.full((2, 97), 5.0), torch.tensor([0, 96]))
    torch.testing.assert_close(losses, torch.full((2,), math.log(97)))


@pytest.mark.parametrize("given_type", [torch.float32, torch.float64])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_cross_entropy_is_of_its_own_precision_or_more_and_the_gradient_of_the_logits(
    given_type: torch.dtype, precision: Any
):
    logits, labels = drawn(4, dtype=given_type)
    losses = CrossEntropy(precision=precision).per_example(logits, labels)
    asked = {"float32": torch.float32, "float64": torch.float64}[precision]
    assert losses.dtype == torch.promote_types(asked, given_type)  # never cast down
    assert torch.autograd.grad(losses.sum(), logits)[0].dtype == given_type


def test_a_loss_too_small_for_float32_survives_in_float64():
    logits, label = torch.tensor([[30.0, 0.0]]), torch.tensor([0])
    assert CrossEntropy(precision="float32").per_example(logits, label).item() == 0
    assert CrossEntropy(precision="float64").per_example(logits, label).item() == pytest.approx(math.exp(-30))


def test_squared_error_is_nothing_for_the_one_hot_label_and_one_over_classes_for_silence():
    labels = torch.arange(4)
    assert SquaredError().per_example(torch.eye(4), labels).tolist() == [0.0] * 4
    assert SquaredError().per_example(torch.zeros(4, 4), labels).tolist() == [0.25] * 4


def test_an_unknown_precision_is_refused_by_name():
    # In a fresh interpreter, where types are not checked as they are in tests.
    code = "from latebloom.objectives import CrossEntropy; CrossEntropy(precision='float16')"
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "SpecError: precision: is 'float16'; one of float32, float64" in result.stderr


def test_the_door_opens_without_torch():
    code = "import sys; from latebloom.objectives import OBJECTIVES; "
    code += "[kind.example() for kind in OBJECTIVES.values()]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
