"""What every measure of a function promises, beside those of arrays that `test_measure_contracts` finds."""

import ast
import doctest
import math
from pathlib import Path

import pytest
import torch

from latebloom.errors import InputError, ShapeError
from latebloom.measures import functions

ROOM = Path(functions.__path__[0])
INPUTS = torch.linspace(-1.0, 1.0, 12).reshape(4, 3)


def loss(parameters):
    """Sum up a loss that is neither quadratic nor without a minimum, in 6 parameters."""
    pulled = (parameters.square() * torch.arange(1, 7).to(parameters)).sum(-1)
    return pulled / 2 + parameters.cos().prod(-1)


def network(parameters, inputs):
    """Return (*population, sample, 2): two outputs of a tanh unit each, of 6 parameters."""
    weights = parameters.reshape(*parameters.shape[:-1], 3, 2)
    return torch.tanh(inputs.to(parameters) @ weights)


CALLS = {
    "local_learning_coefficient": lambda parameters, function=loss: functions.local_learning_coefficient(
        function, parameters, 100, draws=5, burn_in=5
    ),
    "sharpness": lambda parameters, function=loss: functions.sharpness(function, parameters, iterations=8),
    "tangent_kernel": lambda parameters, function=network: {
        "tangent_kernel": functions.tangent_kernel(function, parameters, INPUTS)
    },
}
each_measure = pytest.mark.parametrize("name", CALLS)


def drawn(*population, dtype=torch.float64):
    return torch.randn(*population, 6, generator=torch.Generator().manual_seed(0)).to(dtype)


def test_every_measure_of_a_function_is_held_to_the_promises():
    assert set(functions.__all__) == set(CALLS)


def test_they_import_nothing_of_ours_but_errors_and_measures():
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] == "latebloom"]
            assert all(name.startswith(("latebloom.errors", "latebloom.measures")) for name in ours), path


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("population", [(), (3,), (2, 3), (0,)])
@each_measure
def test_a_result_has_the_population_axes_in_front_and_is_float64(name, population, dtype):
    alone = CALLS[name](drawn(dtype=dtype))
    for key, value in CALLS[name](drawn(*population, dtype=dtype)).items():
        assert value.shape == (*population, *alone[key].shape)
        assert value.dtype == torch.float64
        assert not value.requires_grad


@each_measure
def test_a_lane_gets_what_it_would_get_alone(name):
    parameters = drawn(2, 3)
    together = CALLS[name](parameters)
    for lane in [(0, 0), (0, 2), (1, 1)]:
        for key, value in CALLS[name](parameters[lane]).items():
            torch.testing.assert_close(together[key][lane], value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
@each_measure
def test_a_lane_that_is_not_finite_gets_nan_and_touches_no_other(name, poison):
    parameters = drawn(3)
    clean = CALLS[name](parameters)
    parameters[1, 2] = poison
    for key, value in CALLS[name](parameters).items():
        assert value[1].isnan().all()
        assert torch.equal(value[[0, 2]], clean[key][[0, 2]])


@each_measure
def test_a_function_that_is_not_finite_at_one_lane_spoils_that_lane_alone(name):
    parameters = drawn(3).abs()
    parameters[1] = -parameters[1]

    def spoiled(point, *inputs):
        whole = network(point, *inputs) if inputs else loss(point)
        root = point[..., 0].sqrt()
        return whole + (root[..., None, None] if inputs else root)

    for key, value in CALLS[name](parameters, function=spoiled).items():
        assert value[1].isnan().all(), key
        assert value[[0, 2]].isfinite().all(), key


@each_measure
def test_nothing_is_changed_and_the_same_call_gives_the_same_numbers(name):
    parameters = drawn(2).requires_grad_()
    before, state = parameters.detach().clone(), torch.random.get_rng_state()
    first, second = CALLS[name](parameters), CALLS[name](parameters)
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert torch.equal(parameters.detach(), before)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert parameters.grad is None
    assert not any(value.requires_grad for value in first.values())


@pytest.mark.parametrize(
    "parameters", [[1.0] * 6, torch.ones(6).long(), torch.tensor(1.0), torch.ones(3, 0)], ids=str
)
@pytest.mark.usefixtures("unhooked")
@each_measure
def test_parameters_of_the_wrong_kind_are_refused(name, parameters):
    with pytest.raises(ShapeError, match=r"^parameters: got .* needed"):
        CALLS[name](parameters)


@pytest.mark.usefixtures("unhooked")
@each_measure
def test_a_function_that_cannot_be_called_or_returns_another_shape_is_refused(name):
    with pytest.raises(InputError, match=r"got 'loss'; a function .* needed"):
        CALLS[name](drawn(2), function="loss")
    with pytest.raises(ShapeError, match=r"^(loss|function): got a result of shape \(\).* needed"):
        CALLS[name](drawn(2), function=lambda point, *inputs: point.sum())


@each_measure
def test_the_example_in_the_docstring_runs(name):
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    measure = getattr(functions, name)
    (example,) = finder.find(measure, name, globs={"torch": torch, name: measure})
    assert example.examples
    assert runner.run(example).failed == 0


def test_each_has_a_section_in_the_pages():
    pages = (Path(__file__).parents[2] / "docs" / "measures").glob("*.md")
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines()]
    assert set(CALLS) <= {line.lstrip("# ") for line in lines if line[:1] == "#"}
