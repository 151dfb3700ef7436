import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latebloom import errors
from latebloom.errors import (
    InterruptionError,
    LatebloomError,
    MissingExtraError,
    SpecError,
    UnknownNameError,
    likeness,
    nearest,
    shown,
)

CODES = {
    "LatebloomError": 1,
    "InputError": 2,
    "SpecError": 2,
    "UnknownNameError": 2,
    "ShapeError": 2,
    "LabError": 2,
    "MissingExtraError": 2,
    "MeasureContractError": 2,
    "StudyError": 2,
    "MissingLookError": 2,
    "NotApplicableError": 2,
    "DamagedError": 4,
    "ResourceError": 5,
    "LockedError": 75,
}


def classes():
    found = dict(inspect.getmembers(errors, inspect.isclass))
    return {name: cls for name, cls in found.items() if cls.__module__ == errors.__name__}


def test_every_error_stands_in_the_tree_with_its_exit_code():
    found = classes()
    assert {name: found[name].exit_code for name in CODES} == CODES
    assert set(found) == {*CODES, "InterruptionError"}
    for name, cls in found.items():
        assert issubclass(cls, LatebloomError)
        (line,) = (line for line in errors.__doc__.splitlines() if name in line)
        if name in CODES and cls.__bases__[0].__name__ != "InputError":
            assert str(CODES[name]) in line


def test_an_interruption_has_the_exit_code_of_its_signal():
    assert InterruptionError("stopped", 143).exit_code == 143
    assert str(InterruptionError("stopped", 130)) == "stopped"


def test_a_spec_error_says_path_problem_and_what_would_be_right():
    error = SpecError("split.fraction", "is 2", "a share below 1")
    assert str(error) == "split.fraction: is 2; a share below 1"
    assert (error.path, error.problem, error.right) == ("split.fraction", "is 2", "a share below 1")
    assert str(SpecError("a", "is wrong")) == "a: is wrong"


def test_an_unknown_name_is_answered_with_the_nearest_first():
    error = UnknownNameError("task", "adition", ["division", "addition", "group"], "task.name")
    assert str(error) == (
        "task.name: no task 'adition'; did you mean 'addition'? known: addition, division, group"
    )
    assert error.known == ["addition", "division", "group"]


def test_a_name_like_none_is_answered_without_a_guess():
    assert str(UnknownNameError("task", "xyz", ["addition"])) == "no task 'xyz'; known: addition"
    assert str(UnknownNameError("task", "xyz", [])) == "no task 'xyz'; known: "


@pytest.mark.parametrize("given", [5, None, ["addition"], [16**9999], {"a": 1}, float("nan")])
def test_a_name_that_is_no_text_is_answered_too(given):
    assert "known: addition" in str(UnknownNameError("task", given, ["addition"]))


def test_capitals_do_not_make_a_name_another():
    assert likeness("AdamW", "adamw") == 1.0
    assert nearest("SGD", ["adamw", "sgd"]) == ["sgd", "adamw"]


@given(st.text(), st.lists(st.text(max_size=20), max_size=8))
def test_the_nearest_names_are_the_known_ones_in_the_order_of_likeness(given_name, known):
    found = nearest(given_name, known)
    assert sorted(found) == sorted(known)
    likenesses = [likeness(given_name, name) for name in found]
    assert likenesses == sorted(likenesses, reverse=True)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists))
def test_any_value_is_shown_on_one_short_line(value):
    text = shown(value)
    assert len(text) <= 60
    assert text.isprintable()


def test_a_value_too_deep_or_too_long_to_write_is_shown_all_the_same():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "a list too long to show"
    assert shown(16**9999) == "a int too long to show"
    assert shown("x" * 100) == "'" + "x" * 55 + "...'"
    assert shown([1] * 100).endswith(" 1...") or shown([1] * 100).endswith("...")


@given(st.text())
def test_messages_are_one_printable_line_whatever_the_path(path):
    assert str(SpecError(path, "is 5")).isprintable()
    assert str(UnknownNameError("key", path, ["a"], path)).isprintable()
    assert len(str(SpecError(path * 99, "is 5"))) < 200


def test_a_missing_extra_names_feature_package_and_command():
    message = str(MissingExtraError("writing .parquet", "pyarrow", "parquet"))
    assert message == (
        "writing .parquet needs the package 'pyarrow', which is not installed; "
        'install it with: pip install -c constraints.txt -e ".[parquet]"'
    )
