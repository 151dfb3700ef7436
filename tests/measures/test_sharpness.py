import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError
from latebloom.measures.functions import sharpness


def quadratic(hessian):
    """Make a loss with this Hessian everywhere; its gradient at 0 is not 0."""
    return lambda w: torch.einsum("...i,ij,...j->...", w, hessian, w) / 2 + w.sum(-1)


def symmetric(eigenvalues, seed=0):
    size = len(eigenvalues)
    turn = torch.linalg.qr(torch.randn(size, size, generator=torch.Generator().manual_seed(seed)).double()).Q
    return turn * torch.tensor(eigenvalues, dtype=torch.float64) @ turn.mT


@pytest.mark.parametrize(
    "eigenvalues",
    [
        [5.0, 3.0, 1.0, 0.0],
        [5.0, -4.0, 1.0],
        [2.0, -7.0, 1.0, -3.0],
        [-1.0, -3.0, -9.0],
        [4.0, 4.0, 1.0],
        [-2.0],
    ],
    ids=str,
)
def test_the_top_eigenvalue_of_a_quadratic_is_found_with_its_sign(eigenvalues):
    hessian = symmetric(eigenvalues)
    found = sharpness(quadratic(hessian), torch.ones(len(eigenvalues)).double(), iterations=300)
    assert found["sharpness"].item() == pytest.approx(max(eigenvalues), rel=1e-9)
    assert found["sharpness_residual"] < 1e-4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.integers(0, 100), st.integers(1, 30))
def test_an_eigenvalue_lies_within_the_residual_and_none_above_is_invented(eigenvalues, seed, iterations):
    hessian = symmetric(eigenvalues, seed)
    found = sharpness(
        quadratic(hessian), torch.zeros(len(eigenvalues)).double(), iterations=iterations, seed=seed
    )
    value, residual = found["sharpness"].item(), found["sharpness_residual"].item()
    assert min(abs(value - exact) for exact in eigenvalues) <= residual + 1e-9
    assert value <= max(eigenvalues) + 1e-9


def test_the_hessian_of_a_small_network_agrees_with_a_dense_eigendecomposition():
    generator = torch.Generator().manual_seed(1)
    inputs, targets = torch.randn(20, 3, generator=generator).double(), torch.randn(20, generator=generator)

    def loss(w):
        hidden = torch.tanh(inputs @ w[..., :12].reshape(*w.shape[:-1], 3, 4))  # (*population, sample, 4)
        outputs = (hidden @ w[..., 12:, None]).squeeze(-1)
        return (outputs - targets).square().mean(-1)

    parameters = torch.randn(2, 16, generator=generator).double()
    found = sharpness(loss, parameters, iterations=300)
    for lane, value in zip(parameters, found["sharpness"], strict=True):
        exact = torch.linalg.eigvalsh(torch.func.jacrev(torch.func.jacrev(loss))(lane))[-1]
        torch.testing.assert_close(value, exact, rtol=1e-6, atol=0)


def test_lanes_may_have_hessians_of_either_sign():
    curvature = torch.tensor([[3.0, -1.0], [-3.0, 1.0], [-3.0, -1.0]])
    found = sharpness(lambda w: (curvature * w.square()).sum(-1) / 2, torch.zeros(3, 2))
    assert found["sharpness"].tolist() == pytest.approx([3.0, 1.0, -1.0], abs=1e-5)


@pytest.mark.parametrize(
    "loss", [lambda w: w.sum(-1), lambda w: 0.0 * w.sum(-1)], ids=["a plane", "constant"]
)
def test_a_loss_without_curvature_has_no_sharpness(loss):
    assert {key: value.item() for key, value in sharpness(loss, torch.ones(4)).items()} == {
        "sharpness": 0.0,
        "sharpness_residual": 0.0,
    }


def test_too_few_iterations_show_in_the_residual():
    hessian = symmetric([1.0, 0.99, 0.5, 0.1])
    short = sharpness(quadratic(hessian), torch.zeros(4).double(), iterations=1)
    long = sharpness(quadratic(hessian), torch.zeros(4).double(), iterations=1000)
    assert short["sharpness_residual"] > 1e-2
    assert long["sharpness_residual"] < 1e-6
    assert long["sharpness"].item() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_a_loss_of_any_size_is_measured_in_float32(scale):
    curvature = torch.tensor([3.0, 1.0])
    found = sharpness(lambda w: scale * (curvature * w.square()).sum(-1) / 2, torch.zeros(2))
    assert found["sharpness"].item() == pytest.approx(3.0 * scale, rel=1e-5)


@pytest.mark.parametrize("iterations", [0, -1, 1.5, True])
@pytest.mark.usefixtures("unhooked")
def test_no_iteration_is_refused(iterations):
    with pytest.raises(InputError, match=r"iterations: got .* needed"):
        sharpness(lambda w: w.sum(-1), torch.ones(2), iterations=iterations)
