"""What every measure promises. The tests find the measures by themselves: a new one is held to it all."""

import ast
import doctest
import importlib
import inspect
import math
import pkgutil
from pathlib import Path

import pytest
import torch
from beartype import beartype
from jaxtyping import jaxtyped

from latebloom import measures
from latebloom.errors import ShapeError
from latebloom.measures import INVARIANCES, MEASURES

SAMPLES, FEATURES, CLASSES = 12, 5, 4
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
MODULES = [
    importlib.import_module(f"latebloom.measures.{found.name}")
    for found in pkgutil.iter_modules(measures.__path__)
]
each_measure = pytest.mark.parametrize("name", MEASURES)


def make(argument, population, seed=0):
    """Draw an array for a measure's argument; a measure with a new kind of argument adds its line here."""
    generator = torch.Generator().manual_seed(seed + len(argument))
    shapes = {
        "points": (SAMPLES, FEATURES),
        "parameters": (FEATURES,),
        "previous": (FEATURES,),
        "logits": (SAMPLES, CLASSES),
        "labels": (SAMPLES,),
    }
    shape = (*population, *shapes[argument])
    if argument == "labels":
        return torch.randint(CLASSES, shape, generator=generator)
    return torch.randn(shape, generator=generator)


def argument_names(name):
    parameters = inspect.signature(MEASURES[name]).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


def arguments(name, population=(), seed=0):
    return {argument: make(argument, population, seed) for argument in argument_names(name)}


def results(name, given):
    """Measure; always as a mapping from names to tensors."""
    result = MEASURES[name](**given)
    return result if isinstance(result, dict) else {name: result}


def assert_same(left, right, tolerance=1e-12):
    assert left.keys() == right.keys()
    for key in left:
        torch.testing.assert_close(left[key], right[key], rtol=tolerance, atol=tolerance, equal_nan=True)


def floating_arguments(name):
    return [argument for argument, array in arguments(name).items() if array.is_floating_point()]


def test_the_door_lists_every_public_function_of_the_shelf():
    shelf = [module for module in MODULES if not module.__name__.endswith(".inputs")]
    public = {
        name
        for module in shelf
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == set(MEASURES) == set(INVARIANCES)
    assert list(MEASURES) == sorted(MEASURES)
    assert set(measures.__all__) == public | {"INVARIANCES", "MEASURES", "Measure"}


def test_measures_import_nothing_of_ours_but_errors():
    for path in Path(measures.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] == "latebloom"]
            assert all(name.startswith(("latebloom.errors", "latebloom.measures")) for name in ours), path


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("population", [(), (3,), (2, 3), (0,)])
@each_measure
def test_a_result_has_the_population_axes_in_front_and_is_float64_on_the_same_device(
    name, population, device
):
    given = {argument: array.to(device) for argument, array in arguments(name, population).items()}
    alone = results(name, arguments(name))
    for key, value in results(name, given).items():
        assert value.shape == (*population, *alone[key].shape)
        assert value.dtype == torch.float64
        assert value.device.type == device


@each_measure
def test_the_shapes_in_the_annotations_hold_inside_and_out(name, monkeypatch):
    for module in MODULES:
        for function_name, function in list(vars(module).items()):
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                monkeypatch.setattr(module, function_name, jaxtyped(function, typechecker=beartype))
    checked = getattr(importlib.import_module(MEASURES[name].__module__), name)
    for population in [(), (2, 3)]:
        checked(**arguments(name, population))


@each_measure
def test_a_lane_gets_what_it_would_get_alone(name):
    given = arguments(name, (2, 3))
    together = results(name, given)
    for lane in [(0, 0), (0, 2), (1, 1)]:
        alone = results(name, {argument: array[lane] for argument, array in given.items()})
        assert_same({key: value[lane] for key, value in together.items()}, alone)


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
@each_measure
def test_a_lane_that_is_not_finite_spoils_its_own_result_alone(name, poison):
    for argument in floating_arguments(name):
        given = arguments(name, (3,))
        clean = results(name, given)
        given[argument] = given[argument].clone()
        given[argument][1].flatten()[2] = poison
        spoiled = results(name, given)
        for key in clean:
            assert torch.equal(spoiled[key][[0, 2]], clean[key][[0, 2]])
            if name == "accuracy":
                assert spoiled[key][1] <= clean[key][1]
            else:
                assert not spoiled[key][1].isfinite().any()


@each_measure
def test_a_whole_population_of_nan_is_measured_without_an_error(name):
    given = arguments(name, (2,))
    for argument in floating_arguments(name):
        given[argument] = torch.full_like(given[argument], math.nan)
    for value in results(name, given).values():
        assert (value == 0.0).all() if name == "accuracy" else value.isnan().all()


def transformed(array, invariance):
    generator = torch.Generator().manual_seed(7)
    samples_first = -2 if array.ndim > 1 and array.is_floating_point() else -1
    match invariance:
        case "rotation":
            square = torch.randn(array.shape[-1], array.shape[-1], generator=generator, dtype=torch.float64)
            return array.double() @ torch.linalg.qr(square).Q
        case "translation":
            return array.double() + torch.linspace(-30.0, 70.0, array.shape[-1], dtype=torch.float64)
        case "scale":
            return array.double() * -1e-3
        case "order of samples":
            return array.index_select(samples_first, torch.randperm(SAMPLES, generator=generator))
        case "order of parameters":
            return array.index_select(-1, torch.randperm(array.shape[-1], generator=generator))
    raise AssertionError(f"no transformation stands for {invariance!r}")


@pytest.mark.parametrize(
    ("name", "invariance"), [(name, promise) for name in MEASURES for promise in sorted(INVARIANCES[name])]
)
def test_a_promised_invariance_holds_and_stands_in_the_docstring(name, invariance):
    for seed in range(3):
        given = arguments(name, seed=seed)
        changed = {argument: transformed(array, invariance) for argument, array in given.items()}
        assert_same(results(name, given), results(name, changed), tolerance=1e-10)
    promise = " ".join((MEASURES[name].__doc__ or "").split()).split("Invariant to ")[1]
    assert invariance in promise


@pytest.mark.parametrize(
    "spoil",
    [
        lambda array: array.tolist(),
        lambda array: array.numpy(),
        lambda array: array.to(torch.complex64),
        lambda array: array.to(torch.bool),
        lambda array: array.long() if array.is_floating_point() else array.float(),
        lambda array: array.sum(),
        lambda array: array[..., :0],
    ],
    ids=[
        "a list",
        "a numpy array",
        "complex",
        "bool",
        "the other kind of number",
        "no axis",
        "an empty axis",
    ],
)
@pytest.mark.usefixtures("unhooked")
@each_measure
def test_bad_input_raises_a_shape_error_that_names_the_argument(name, spoil):
    for argument in argument_names(name):
        given = arguments(name)
        given[argument] = spoil(given[argument])
        with pytest.raises(ShapeError, match=rf"^{argument}: got .* needed"):
            MEASURES[name](**given)


@each_measure
def test_a_measure_leaves_its_input_as_it_was(name):
    for dtype in (torch.float32, torch.float64):
        given = arguments(name, (2,))
        for argument in floating_arguments(name):
            given[argument] = given[argument].to(dtype)
        before = {argument: array.clone() for argument, array in given.items()}
        results(name, given)
        assert all(torch.equal(given[argument], before[argument]) for argument in given)


@each_measure
def test_no_gradient_flows_through_a_measure(name):
    given = arguments(name)
    for argument in floating_arguments(name):
        given[argument].requires_grad_()
    assert not any(value.requires_grad for value in results(name, given).values())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@each_measure
def test_the_same_numbers_in_a_shorter_type_give_the_same_result(name, dtype):
    given = arguments(name, (2,))
    short = {key: array.to(dtype) if array.is_floating_point() else array for key, array in given.items()}
    long = {key: array.double() if array.is_floating_point() else array for key, array in short.items()}
    assert_same(results(name, short), results(name, long))


@each_measure
def test_the_layout_in_memory_does_not_matter(name):
    given = arguments(name, (2, 3))
    strided = {key: array.mT.contiguous().mT for key, array in given.items()}
    assert_same(results(name, given), results(name, strided))


@each_measure
def test_the_example_in_the_docstring_runs(name):
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    (example,) = finder.find(MEASURES[name], name, globs={"torch": torch, **MEASURES})
    assert example.examples, f"{name} shows no example"
    assert runner.run(example).failed == 0


def test_the_page_has_a_section_for_every_measure_and_its_examples_run():
    page = Path(__file__).parents[2] / "docs" / "measures.md"
    headings = {
        line.lstrip("# ") for line in page.read_text(encoding="utf-8").splitlines() if line[:1] == "#"
    }
    assert set(MEASURES) <= headings
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0
