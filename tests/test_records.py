import dataclasses
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latebloom.records import ArrayRef, Event, Look, Record, RunInfo, canonical_json, content_hash, run_id

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_canonical_json_is_ascii_that_says_the_same(value):
    text = canonical_json(value)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_does_not_matter(value):
    turned = dict(reversed(value.items()))
    assert canonical_json(turned) == canonical_json(value)
    assert content_hash(turned) == content_hash(value)


def test_a_hash_tells_whole_numbers_from_others_and_lists_by_order():
    assert content_hash({"a": 1}) != content_hash({"a": 1.0})
    assert content_hash([1, 2]) != content_hash([2, 1])


def test_the_hash_is_what_it_was():
    assert (
        content_hash({"b": 1, "a": [1.5, "x"]})
        == "27edd5497e48a293750749399a10333aae187927cecaf38c5ac50f54bbaa13b7"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, [1, {"a": -math.inf}]])
def test_what_is_not_finite_has_no_canonical_form(value):
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        canonical_json(value)


@given(st.integers(0, 2**63 - 1), st.integers(2, 10_000))
def test_an_id_names_task_seed_and_content(seed, modulus):
    spec = {"task": {"name": "symmetric-group", "modulus": modulus}, "seed": seed}
    found = run_id(spec)
    assert re.fullmatch(rf"symmetric-group-s{seed}-[0-9a-f]{{10}}", found)
    assert len(found) <= 64
    assert run_id({**spec, "seed": seed + 1})[-10:] != found[-10:]


def test_the_shapes_that_cross_rooms_cannot_be_changed():
    look = Look(3, {"loss": 1.0}, (Event("grokked_first", 2, 3),), (ArrayRef("a", "0" * 64, 5),))
    info = RunInfo("a", "demo", "done", 3, 3, {}, {}, ())
    for value in (look, Record("a", 1, "loss", 0.5), look.events[0], look.arrays[0], info):
        name = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, 5)
        assert not hasattr(value, "__dict__") or value == info
