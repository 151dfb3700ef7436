from __future__ import annotations

import shlex
import tomllib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from latebloom.spec import read_request
from latebloom.views import settings

from .labs import spec_of

UNHURRIED = hypothesis_settings(deadline=None)  # the first example may load a library

NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | st.text()
KEYS = st.sampled_from("abcd") | st.text(max_size=3)
TABLES = st.recursive(
    st.dictionaries(KEYS, VALUES | st.lists(st.integers()), max_size=3),
    lambda inner: st.dictionaries(KEYS, VALUES | inner, max_size=3),
    max_leaves=6,
)


def without_none(table):
    return {key: without_none(v) if isinstance(v, dict) else v for key, v in table.items() if v is not None}


@UNHURRIED
@given(TABLES)
def test_toml_gives_back_the_settings_it_was_written_from(table):
    assert tomllib.loads(settings.toml(table)) == without_none(table)


def test_toml_asks_for_the_seeds_and_not_for_the_runs_own():
    document = tomllib.loads(settings.toml(spec_of(7), [9, 7]))
    assert document["seeds"] == [7, 9]
    assert "seed" not in document


@pytest.mark.parametrize(
    ("preset", "overrides", "seeds"),
    [
        ("demo", [], "4"),
        ("demo", ["optimizer.weight_decay=0.25"], "3,9"),
        ("demo", ["optimizer.weight_decay=0.25", "training.steps=50"], "1"),
        ("gromov", ["task.modulus=23"], "2"),
    ],
)
def test_the_command_trains_the_very_same_runs(preset, overrides, seeds):
    request = read_request(preset, overrides=overrides, seeds=seeds)
    plain = request.specs[0].plain
    words = shlex.split(settings.training_command(preset, plain, [spec.seed for spec in request.specs]))
    assert words[:3] == ["latebloom", "run", preset]
    given = {word: words[i + 1] for i, word in enumerate(words) if word == "--seeds"}
    changes = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    again = read_request(preset, overrides=changes, seeds=given["--seeds"])
    assert [spec.id for spec in again.specs] == [spec.id for spec in request.specs]


def test_one_seed_that_the_command_line_cannot_name_alone_is_asked_for_in_a_file(tmp_path):
    request = read_request("demo", seeds=[5])
    plain = request.specs[0].plain
    assert settings.training_command("demo", plain, [5]) == "latebloom run settings.toml"
    path = tmp_path / "settings.toml"
    path.write_text(settings.toml(plain, [5]))
    assert [spec.id for spec in read_request(str(path)).specs] == [request.specs[0].id]


@pytest.mark.parametrize("preset", ["", "my-file", "demo"])
def test_settings_that_no_preset_gives_are_trained_from_a_file(preset):
    assert settings.training_command(preset, spec_of(0), [0, 1]) == "latebloom run settings.toml"


def test_only_what_differs_tells_specs_apart_and_the_seed_does_not():
    specs = [
        settings.without_seed(spec_of(seed, weight_decay=decay)) for seed in (0, 1) for decay in (0.5, 1.5)
    ]
    assert settings.differing(specs) == ["optimizer.weight_decay"]
    assert settings.label(specs[1], ["optimizer.weight_decay"]) == "optimizer.weight_decay=1.5"


def test_the_settings_of_another_model_are_no_news_beside_its_name():
    specs = [
        {"model": {"name": "mlp", "width": 8}},
        {"model": {"name": "transformer", "heads": 4, "width": 8}},
    ]
    assert settings.differing(specs) == ["model.name"]


def test_a_setting_that_only_one_spec_has_tells_it_apart_where_nothing_else_does():
    assert settings.differing([{"model": {"name": "mlp"}}, {"model": {"name": "mlp", "width": 8}}]) == [
        "model.width"
    ]


def test_a_whole_number_and_the_same_number_with_a_point_are_two_settings():
    assert settings.differing([{"a": 1}, {"a": 1.0}, {"a": True}]) == ["a"]


def test_groups_are_put_in_the_order_of_their_numbers_not_of_their_digits():
    specs = [{"a": value} for value in (10, 9, 0.5)]
    assert sorted(specs, key=lambda spec: settings.order(spec, ["a"])) == [{"a": 0.5}, {"a": 9}, {"a": 10}]


def test_half_a_character_is_written_as_one_that_a_file_can_hold():
    assert settings.written("a\ud800b") == '"a\ufffdb"'
