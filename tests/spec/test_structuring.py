import math
from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom import presets
from latebloom.errors import SpecError, UnknownNameError
from latebloom.models import MODELS
from latebloom.objectives import OBJECTIVES
from latebloom.optimizers import OPTIMIZERS
from latebloom.spec import from_plain, read_request
from latebloom.spec.reading import SHELVES
from latebloom.spec.structuring import structure, unstructure
from latebloom.tasks import TASKS, Task

SHELF = {"task": TASKS, "model": MODELS, "objective": OBJECTIVES, "optimizer": OPTIMIZERS}
THINGS = [(table, name) for table, shelf in SHELF.items() for name in shelf]
PLAIN = {
    "task": {"name": "addition", "modulus": 13},
    "model": {"name": "quadratic"},
    "training": {"steps": 100},
    "seed": 0,
}
# Made from the presets as they were first released: a changed id means that old runs are no longer found.
GOLDEN = {
    "cogrok": ("mixed-s0-94d702efcf", 4),
    "gromov": ("addition-s0-e5dd633fbf", 8),
    "manifold-addition": ("addition-s42-8c4db583f2", 4),
    "manifold-multiplication": ("multiplication-s42-5c701ad765", 4),
    "nanda": ("addition-s0-cff050dd23", 1),
    "nested": ("multiplication-s0-df85a43b8e", 4),
    "power-division": ("division-s0-61031dd57d", 3),
    "stages": ("addition-s0-fb0ced5c40", 4),
}


@pytest.mark.parametrize("name", presets.names())
def test_a_presets_specs_survive_being_written_and_read(name):
    for spec in read_request(name).specs:
        assert from_plain(spec.plain) == spec
        assert from_plain(spec.plain).id == spec.id


def test_the_ids_of_the_presets_are_what_they_were():
    requests = {name: read_request(name) for name in presets.names()}
    found = {name: (request.specs[0].id, len(request.specs)) for name, request in requests.items()}
    assert {name: found[name] for name in GOLDEN} == GOLDEN


@pytest.mark.parametrize(("table", "name"), THINGS)
def test_everything_on_a_shelf_survives_being_written_and_read(table, name):
    example = SHELF[table][name].example()
    plain = unstructure(example)
    assert plain["name"] == name
    base = next(base for base in SHELVES if base.__name__.lower() == table)
    assert structure(plain, base, SHELVES) == example


rates = st.floats(1e-6, 1.0)
fractions = st.floats(0.3, 0.7)
optimizers = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["adam", "adamw"]),
            "learning_rate": rates,
            "weight_decay": st.floats(0, 10) | st.integers(0, 10),
            "beta1": st.floats(0, 0.99),
            "warmup": st.integers(0, 50),
            "learning_rate_changes": st.lists(rates, max_size=3).map(
                lambda found: [[10 * index + 1, rate] for index, rate in enumerate(found)]
            ),
        }
    ),
    st.fixed_dictionaries(
        {"name": st.just("sgd"), "momentum": st.floats(0.1, 0.9), "nesterov": st.booleans()}
    ),
)
specs = st.fixed_dictionaries(
    {
        "task": st.one_of(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["addition", "subtraction"]), "modulus": st.integers(5, 30)}
            ),
            st.fixed_dictionaries(
                {"name": st.just("multiplication"), "modulus": st.sampled_from([7, 11, 13])}
            ),
            st.just({"name": "relabelled", "task": {"name": "division", "modulus": 7}, "seed": 3}),
        ),
        "model": st.fixed_dictionaries({"name": st.just("quadratic"), "width": st.integers(1, 1000)}),
        "training": st.one_of(
            st.fixed_dictionaries({"steps": st.integers(1, 10**6), "batch": st.integers(0, 6)}),
            st.fixed_dictionaries({"epochs": st.integers(1, 1000)}),
        ),
        "split": st.fixed_dictionaries(
            {"fraction": fractions, "kind": st.sampled_from(["random", "symmetric"])},
            optional={"seed": st.none() | st.integers(0, 2**63 - 1)},
        ),
        "optimizer": optimizers,
        "evaluation": st.fixed_dictionaries({"per_decade": st.integers(1, 20)}),
        "seed": st.integers(0, 2**63 - 1),
    }
)


@settings(max_examples=150, deadline=None)
@given(specs)
def test_a_spec_survives_being_written_and_read(plain):
    spec = from_plain(plain)
    assert from_plain(spec.plain) == spec
    assert from_plain(spec.plain).plain == spec.plain
    for table in ("task", "model", "optimizer", "split"):
        for key, value in plain[table].items():
            if not isinstance(value, dict):
                assert spec.plain[table][key] == value


@settings(max_examples=60, deadline=None)
@given(specs, specs)
def test_equal_specs_and_no_others_have_equal_ids(one, other):
    first, second = from_plain(one), from_plain(other)
    assert (first == second) == (first.id == second.id)


def test_a_default_that_is_written_out_changes_no_id():
    shortly = from_plain(PLAIN)
    assert from_plain({**PLAIN, "objective": {"name": "cross-entropy"}, "split": {}}).id == shortly.id
    assert from_plain({**PLAIN, "optimizer": {"weight_decay": 1.0}}).id == shortly.id
    assert from_plain({**PLAIN, "optimizer": {"weight_decay": 1}}).id == shortly.id
    assert from_plain({**PLAIN, "optimizer": {"weight_decay": 1.5}}).id != shortly.id


def test_a_table_without_a_name_means_the_default_of_its_shelf():
    assert from_plain({**PLAIN, "objective": {"precision": "float64"}}).objective.name == "cross-entropy"
    with pytest.raises(
        SpecError, match=r"^model: has no name; name one of transformer, embedding-mlp, quadratic$"
    ):
        from_plain({**PLAIN, "model": {"width": 5}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": 5}, "task: is 5; must be a table with a name"),
        ({"task": {}}, "task: has no name; name one of addition, subtraction"),
        (
            {"task": {"name": "adition", "modulus": 7}},
            "task.name: no task 'adition'; did you mean 'addition'?",
        ),
        (
            {"task": {"name": ["addition"], "modulus": 7}},
            "task.name: no task ['addition']; did you mean 'addition'?",
        ),
        ({"task": {"name": "addition"}}, "task.modulus: is missing; must be a whole number"),
        ({"task": {"name": "addition", "modulus": 7.0}}, "task.modulus: is 7.0; must be a whole number"),
        ({"task": {"name": "addition", "modulus": True}}, "task.modulus: is True; must be a whole number"),
        (
            {"task": {"name": "addition", "modulos": 7}},
            "task.modulos: no key 'modulos'; did you mean 'modulus'? known: modulus",
        ),
        (
            {"task": {"name": "relabelled", "seed": 1, "task": {"name": "addition", "modulus": "7"}}},
            "task.task.modulus: is '7'; must be a whole number",
        ),
        (
            {"task": {"name": "polynomial", "modulus": 7, "terms": [[1, 2]]}},
            "task.terms[0]: has 2 entries; must have 3",
        ),
        (
            {"task": {"name": "polynomial", "modulus": 7, "terms": [[1, 2, "3"]]}},
            "task.terms[0][2]: is '3'; must be a whole number",
        ),
        ({"optimizer": {"weight_decay": math.nan}}, "optimizer.weight_decay: is nan; must be finite"),
        ({"optimizer": {"weight_decay": "1"}}, "optimizer.weight_decay: is '1'; must be a number"),
        (
            {"optimizer": {"weight_decay": 2**53 + 1}},
            "optimizer.weight_decay: is 9007199254740993; must be a number; whole ones are at most 2^53",
        ),
        (
            {"optimizer": {"name": "sgd", "nesterov": 1}},
            "optimizer.nesterov: is 1; must be true or false",
        ),
        (
            {"training": {"steps": 5, "stop": "groked"}},
            "training.stop: no choice 'groked'; did you mean 'grokked'? known: grokked, never",
        ),
        ({"training": {"steps": 5, "stop": 7}}, "training.stop: no choice 7; known: "),
        ({"split": {"seed": "3"}}, "split.seed: is '3'; must be a whole number"),
        ({"evaluation": {"steps": 5}}, "evaluation.steps: is 5; must be a list"),
        ({"evaluation": {"steps": [5, "x"]}}, "evaluation.steps[1]: is 'x'; must be a whole number"),
        ({"sede": 3}, "no key 'sede'; did you mean 'seed'?"),
    ],
)
def test_what_is_wrong_is_named_with_its_path_and_with_what_would_be_right(changes, message):
    with pytest.raises((SpecError, UnknownNameError)) as caught:
        from_plain({**PLAIN, **changes})
    assert str(caught.value).startswith(message)


def test_a_spec_that_is_no_table_is_refused():
    with pytest.raises(SpecError, match=r"^spec: is 5; must be a table with keys out of task, model"):
        from_plain(5)


def test_a_missing_part_is_named():
    with pytest.raises(SpecError, match=r"^model: is missing; must be a table$"):
        from_plain({"task": PLAIN["task"], "training": {"steps": 5}})


def test_tables_in_tables_end_before_the_stack_does():
    nested = {"name": "addition", "modulus": 7}
    for _ in range(5000):
        nested = {"name": "relabelled", "seed": 0, "task": nested}
    with pytest.raises(SpecError, match="lies in more than 8 tables"):
        structure(nested, Task, SHELVES, "task")


@dataclass(frozen=True)
class Inner:
    length: float


@dataclass(frozen=True)
class Outer:
    kind: Literal["a", "b"]
    inner: Inner
    pairs: tuple[tuple[int, str], ...] = ()
    maybe: int | None = None
    flags: list = field(default_factory=list, init=False)


def test_dataclasses_literals_tuples_and_optional_values_are_made():
    plain = {"kind": "b", "inner": {"length": 3}, "pairs": [[1, "x"]], "maybe": None}
    made = structure(plain, Outer, {})
    assert made == Outer("b", Inner(3.0), ((1, "x"),))
    assert type(made.inner.length) is float


def test_a_key_that_is_no_argument_is_unknown():
    with pytest.raises(UnknownNameError, match="no key 'flags'"):
        structure({"kind": "a", "inner": {"length": 1}, "flags": []}, Outer, {})


def test_a_missing_choice_says_what_can_be_chosen():
    with pytest.raises(SpecError, match="kind: is missing; must be one of a, b"):
        structure({"inner": {"length": 1}}, Outer, {})
