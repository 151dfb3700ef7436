import itertools

import pytest

from latebloom.errors import InputError, SpecError
from latebloom.spec import read_request
from latebloom.spec.grids import read_overrides, read_seeds


def refusal(**asked):
    with pytest.raises(InputError) as caught:
        read_request("demo", **asked)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "grid"),
    [
        ("a.b=1", {"a.b": [1]}),
        (" a.b = 1 ", {"a.b": [1]}),
        ("a=1,2.5", {"a": [1, 2.5]}),
        ("a=relu, gelu", {"a": ["relu", "gelu"]}),
        ('a="relu","ge,lu"', {"a": ["relu", "ge,lu"]}),
        ("a='x,y'", {"a": ["x,y"]}),
        ("a=true,false", {"a": [True, False]}),
        ("a=[1,2]", {"a": [[1, 2]]}),
        ("a=[[1,0.5],[2,0.25]],[]", {"a": [[[1, 0.5], [2, 0.25]], []]}),
        ('a=["x]","y,"],[]', {"a": [["x]", "y,"], []]}),
        ('a={name="x",b=2}', {"a": [{"name": "x", "b": 2}]}),
        ("a=b=c", {"a": ["b=c"]}),
        ("a=1_000", {"a": [1000]}),
        ("a=it's", {"a": ["it's"]}),
        ("a=1\nb=2", {"a": ["1\nb=2"]}),
        ("a=1,", {"a": [1, ""]}),
    ],
)
def test_an_override_is_read_as_toml_would_read_its_values(text, grid):
    assert read_overrides([text]) == grid


@pytest.mark.parametrize("text", ["", "a", "=", "=1", " =1", "a=", "a= "])
def test_an_override_without_key_or_value_is_refused(text):
    with pytest.raises(InputError, match="is not key=value; such as optimizer"):
        read_overrides([text])


def test_a_key_that_is_set_twice_is_refused():
    with pytest.raises(
        SpecError, match=r"^a\.b: is set twice; several values for one key are parted by commas"
    ):
        read_overrides(["a.b=1", " a.b=2"])


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        (1, [0]),
        (3, [0, 1, 2]),
        ("3", [0, 1, 2]),
        ("3,5,7", [3, 5, 7]),
        (" 3 , 5 ", [3, 5]),
        ("42,", [42]),
        ([3, 5], [3, 5]),
        ((3,), [3]),
        (range(2, 4), [2, 3]),
        ([2**63 - 1], [2**63 - 1]),
    ],
)
def test_seeds_are_a_count_or_a_list(given, seeds):
    assert read_seeds(given) == seeds


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (0, "seeds: is 0; from 1 to 10,000 runs; give how many (8: seeds 0 to 7) or which (3,5,7)"),
        (-1, "seeds: is -1; from 1 to 10,000 runs"),
        (10**9, "seeds: is 1000000000; from 1 to 10,000 runs"),
        ("1000000000", "seeds: is 1000000000; from 1 to 10,000 runs"),
        ("-1", "seeds: is '-1'; give how many"),
        ("1e9", "seeds: is '1e9'; give how many"),
        ("a", "seeds: is 'a'; give how many"),
        ("", "seeds: is ''; give how many"),
        (",", "seeds: is ','; give how many"),
        ("3,,5", "seeds: is '3,,5'; give how many"),
        ("٣", "seeds: is '٣'; give how many"),
        ("9" * 5000, "seeds: is '9999"),
        ("3,3", "seeds: is [3, 3]; each seed once: equal seeds are equal runs"),
        ([], "seeds: is []; give how many"),
        ([1.5], "seeds: is [1.5]; each a whole number from 0 to 2^63 - 1"),
        ([True], "seeds: is [True]; each a whole number"),
        ([2**63], "seeds: is [9223372036854775808]; each a whole number from 0 to 2^63 - 1"),
        (True, "seeds: is True; give how many"),
        (1.5, "seeds: is 1.5; give how many"),
        ({"a": 1}, "seeds: is {'a': 1}; give how many"),
    ],
)
def test_senseless_seeds_are_refused(given, message):
    with pytest.raises(SpecError) as caught:
        read_seeds(given)
    assert str(caught.value).startswith(message)


def test_a_grid_has_a_run_for_every_combination_and_seed_the_seed_running_fastest():
    overrides = ["optimizer.weight_decay=0.5,1", "model.width=8,16,32"]
    specs = read_request("demo", seeds=2, overrides=overrides).specs
    found = [(spec.optimizer.weight_decay, spec.model.width, spec.seed) for spec in specs]
    assert found == list(itertools.product((0.5, 1.0), (8, 16, 32), (0, 1)))


def test_a_list_is_one_value():
    overrides = [
        'task={name="mixed",modulus=7,operations=["addition"]}',
        'task.operations=["addition","division"]',
    ]
    spec = read_request("demo", seeds=1, overrides=overrides).specs[0]
    assert spec.task.operations == ("addition", "division")
    changed = read_request("demo", seeds=1, overrides=["optimizer.weight_decay_changes=[[5,0.5],[9,0]]"])
    assert changed.specs[0].optimizer.weight_decay_changes == ((5, 0.5), (9, 0.0))


@pytest.mark.parametrize("turned", [False, True])
def test_another_thing_of_a_shelf_keeps_what_is_said_of_it_in_whatever_order(turned):
    overrides = ["optimizer.name=sgd", "optimizer.momentum=0.5"]
    spec = read_request("demo", seeds=1, overrides=overrides[::-1] if turned else overrides).specs[0]
    assert spec.optimizer.name == "sgd"
    assert spec.optimizer.momentum == 0.5
    assert spec.optimizer.learning_rate == 0.1


def test_the_same_thing_of_a_shelf_named_again_keeps_its_keys():
    spec = read_request("demo", seeds=1, overrides=["optimizer.name=adamw"]).specs[0]
    assert spec == read_request("demo", seeds=1).specs[0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"overrides": ["model.widht=5"]}, "model.widht: no key 'widht'; did you mean 'width'?"),
        ({"overrides": ["modle.width=5"]}, "no key 'modle'; did you mean 'model'?"),
        ({"overrides": ["model.width.x=5"]}, "model.width.x: goes through 'width', which is 64"),
        ({"overrides": ["model=5"]}, "model: is 5; must be a table with a name"),
        ({"overrides": [".".join("a" * 9) + "=5"]}, "a.a.a.a.a.a.a.a.a: goes through more than 8 tables"),
        ({"overrides": [".".join("a" * 5000) + "=5"]}, "'a.a.a"),
        ({"overrides": ["seed=5"]}, "seed: is set as a key; say --seeds 3,5,7"),
        ({"overrides": ["seeds=5"]}, "seeds: is set as a key; say --seeds 3,5,7"),
        ({"overrides": ["model.width=5,6,5"]}, "model.width: has [5] twice; each value once"),
        ({"overrides": ["optimizer.weight_decay=1,1.0"]}, "optimizer.weight_decay: has [1.0] twice"),
        (
            {"seeds": 10_000, "overrides": ["model.width=5,6"]},
            "model.width: makes this 20,000 runs; at most 10,000",
        ),
        ({"seeds": list(range(10_001))}, "seeds: makes this 10,001 runs; at most 10,000 in one command"),
    ],
)
def test_what_is_wrong_in_an_override_or_grid_is_named(asked, message):
    assert refusal(**asked).startswith(message)
