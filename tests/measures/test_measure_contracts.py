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
from latebloom.errors import InputError, ShapeError
from latebloom.measures import INVARIANCES, MEASURES, check_measure
from latebloom.measures.contract.vocabulary import AXES, draw

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "measures.md", *sorted(DOCS.glob("measures/*.md"))]
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
MODULES = [
    importlib.import_module(f"latebloom.measures.{found.name}")
    for found in pkgutil.iter_modules(measures.__path__)
]
HELPERS = {
    "applying",
    "cayley",
    "clusters",
    "contract",
    "cyclic",
    "fourier_basis",
    "inputs",
    "irreps",
    "nulls",
    "pair_tables",
    "rips",
    "subgroups",
    "translations",
}
"""Modules of functions that measures share, which are no measures."""
FORGIVING = ("accuracy", "stages")
"""Measures that answer a number where something is not finite; all others answer nan."""
each_measure = pytest.mark.parametrize("name", MEASURES)


def argument_names(name):
    parameters = inspect.signature(MEASURES[name]).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


def arguments(name, population=(), seed=0):
    return {argument: draw(argument, population, seed) for argument in argument_names(name)}


def mapped(given, change):
    """Apply `change` to every array; what is no array stays as it is."""
    return {key: change(value) if isinstance(value, torch.Tensor) else value for key, value in given.items()}


def results(name, given):
    """Measure; always as a mapping from names to tensors."""
    result = MEASURES[name](**given)
    return result if isinstance(result, dict) else {name: result}


def floating_arguments(name):
    return [argument for argument, array in array_arguments(name).items() if array.is_floating_point()]


def array_arguments(name):
    return {key: value for key, value in arguments(name).items() if isinstance(value, torch.Tensor)}


def test_the_door_lists_every_public_function_of_the_shelf():
    shelf = [module for module in MODULES if module.__name__.rpartition(".")[2] not in HELPERS]
    public = {
        name
        for module in shelf
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == set(MEASURES) == set(INVARIANCES)
    assert list(MEASURES) == sorted(MEASURES)
    assert set(measures.__all__) == public | {"INVARIANCES", "MEASURES", "Measure", "check_measure"}


def test_measures_import_nothing_of_ours_but_errors():
    for path in Path(measures.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] == "latebloom"]
            assert all(name.startswith(("latebloom.errors", "latebloom.measures")) for name in ours), path


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("device", DEVICES)
@each_measure
def test_every_promise_of_a_measure_is_kept(name, device):
    def inputs(population, seed):
        given = arguments(name, population, seed)
        return mapped(given, lambda array: array.to(device))

    check_measure(
        MEASURES[name], inputs=inputs, invariances=INVARIANCES[name], nan_spoils=name not in FORGIVING
    )


@each_measure
def test_the_shapes_in_the_annotations_hold_inside_and_out(name, monkeypatch):
    for module in MODULES:
        for function_name, function in list(vars(module).items()):
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                monkeypatch.setattr(module, function_name, jaxtyped(function, typechecker=beartype))
    checked = getattr(importlib.import_module(MEASURES[name].__module__), name)
    for population in [(), (2, 3)]:
        checked(**arguments(name, population))


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", FORGIVING)
def test_a_measure_that_forgives_what_is_not_finite_answers_no_better_for_it(name, poison):
    for argument in floating_arguments(name):
        given = arguments(name)
        clean = results(name, given)[name]
        given[argument] = given[argument].clone()
        given[argument].flatten()[2] = poison
        spoiled = results(name, given)[name]
        if name == "accuracy":
            assert spoiled <= clean
        else:  # a number per evaluation: the others keep theirs
            assert spoiled[2].isnan()
            assert torch.equal(spoiled[:2], clean[:2])
        given[argument] = torch.full_like(given[argument], poison)
        nowhere = results(name, given)[name]
        assert (nowhere == 0.0).all() if name == "accuracy" else nowhere.isnan().all()


@each_measure
def test_a_promised_invariance_stands_in_the_docstring(name):
    documented = " ".join((MEASURES[name].__doc__ or "").split()).partition("Invariant to ")[2]
    assert all(invariance in documented for invariance in INVARIANCES[name])


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
    for argument in array_arguments(name):
        given = arguments(name)
        given[argument] = spoil(given[argument])
        with pytest.raises(ShapeError, match=rf"^{argument}: got .* needed"):
            MEASURES[name](**given)


@pytest.mark.parametrize("order", [0, -6, 6.0, "6", True, None], ids=repr)
@pytest.mark.usefixtures("unhooked")
@each_measure
def test_an_order_that_no_group_has_raises_an_input_error_that_names_it(name, order):
    if "order" in argument_names(name):
        with pytest.raises(InputError, match=r"^order: got .* needed"):
            MEASURES[name](**{**arguments(name), "order": order})


@each_measure
def test_the_example_in_the_docstring_runs(name):
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    (example,) = finder.find(MEASURES[name], name, globs={"torch": torch, **MEASURES})
    assert example.examples, f"{name} shows no example"
    assert runner.run(example).failed == 0


def test_the_pages_have_a_section_for_every_measure():
    assert set(MEASURES) <= {
        line.lstrip("# ")
        for page in PAGES
        for line in page.read_text("utf-8").splitlines()
        if line[:1] == "#"
    }


@each_measure
def test_the_index_says_of_each_measure_what_the_shelf_says(name):
    (page,) = (page for page in PAGES if f"\n## {name}\n" in page.read_text("utf-8"))
    task = inspect.getdoc(MEASURES[name]).split("\n\n")[0].replace("\n", " ").rstrip(".")
    unchanged = ", ".join(sorted(INVARIANCES[name])) or "-"
    link = f"[{name}](measures/{page.name}#{name})"
    row = f"| {link} | {task} | {', '.join(argument_names(name))} | {unchanged} |"
    assert row in PAGES[0].read_text("utf-8").splitlines()


def test_the_index_names_the_axes_of_every_argument():
    rows = PAGES[0].read_text("utf-8").splitlines()
    assert [f"| `{name}` | {', '.join(axes)} |" for name, axes in AXES.items()] == rows[-len(AXES) :]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_on_a_page_run(page):
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0
