import math

import pytest

from latebloom import presets
from latebloom.errors import InputError, SpecError, UnknownNameError
from latebloom.spec import parse_toml, read_request

WHOLE = """
description = "mine"
source = "me"
seeds = [3, 5]

[task]
name = "addition"
modulus = 13

[model]
name = "quadratic"
width = 20

[training]
steps = 100
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def refusal(source, **asked):
    with pytest.raises(InputError) as caught:
        read_request(source, **asked)
    return str(caught.value)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_read_and_described(name):
    request = read_request(name)
    document = parse_toml(presets.text(name), name)
    assert request.preset == name
    assert len({spec.id for spec in request.specs}) == len(request.specs) >= 1
    assert document["description"]
    assert document["source"]


def test_a_file_gives_its_runs_and_its_name(written):
    request = read_request(written(WHOLE))
    assert request.preset == "mine"
    assert [spec.seed for spec in request.specs] == [3, 5]
    assert request.specs[0].task.modulus == 13
    assert request.specs[0].optimizer.name == "adamw"


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(written):
    assert read_request(written(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())).specs[0].steps == 100


def test_a_file_changes_what_it_says_of_the_preset_it_names(written):
    spec = read_request(
        written('preset = "gromov"\nseeds = 1\n[model]\nwidth = 7\n[optimizer]\nbeta1 = 0.5\n')
    ).specs[0]
    gromov = read_request("gromov").specs[0]
    assert (spec.model.width, spec.optimizer.beta1) == (7, 0.5)
    assert (spec.optimizer.weight_decay, spec.task, spec.steps) == (5.0, gromov.task, gromov.steps)


def test_a_file_that_names_another_thing_of_a_shelf_replaces_the_whole_table(written):
    spec = read_request(written('preset = "gromov"\n[optimizer]\nname = "sgd"\nmomentum = 0.9\n')).specs[0]
    assert spec.optimizer.name == "sgd"
    assert spec.optimizer.weight_decay == 0.0


def test_a_file_may_say_steps_where_its_preset_says_epochs_and_another_schedule(written):
    text = 'preset = "gromov"\n[training]\nsteps = 50\n[evaluation]\nevery = 10\n[snapshots]\nsteps = [20]\n'
    spec = read_request(written(text)).specs[0]
    assert spec.steps == 50
    assert spec.evaluation_steps == (0, 10, 20, 30, 40, 50)
    assert spec.snapshot_steps == (0, 20, 50)


def test_a_file_keeps_the_seeds_and_the_grid_of_its_preset_unless_it_has_its_own(written):
    nested = read_request(written('preset = "nested"\n'))
    assert [spec.optimizer.weight_decay for spec in nested.specs] == [1.0, 1.5, 2.0, 5.0]
    more = read_request(written('preset = "nested"\nseeds = 2\n[grid]\n"training.batch" = [8, 16]\n'))
    assert len(more.specs) == 16
    other = read_request(written('preset = "nested"\n[grid]\n"optimizer.weight_decay" = [3.0]\n'))
    assert [spec.optimizer.weight_decay for spec in other.specs] == [3.0]


@pytest.mark.parametrize(
    "table",
    [
        "[optimizer]\nweight_decay = 3.0\n",
        '[optimizer]\nname = "sgd"\nlearning_rate = 0.1\nweight_decay = 3.0\n',
    ],
)
def test_what_a_file_sets_the_grid_of_its_preset_no_longer_varies(written, table):
    specs = read_request(written(f'preset = "nested"\n{table}')).specs
    assert [spec.optimizer.weight_decay for spec in specs] == [3.0]


def test_steps_are_overridden_where_a_preset_says_epochs_or_a_grid_says_either(written):
    assert read_request("gromov", steps=7).specs[0].steps == 7
    assert read_request("demo", steps=7).specs[0].steps == 7
    grid = written(WHOLE + '[grid]\n"training.epochs" = [3, 4]\n')
    assert [spec.steps for spec in read_request(grid, seeds=1).specs] == [3, 4]
    assert [spec.steps for spec in read_request(grid, seeds=1, steps=7).specs] == [7]
    assert [spec.steps for spec in read_request(grid, seeds=1, overrides=["training.steps=5,6"]).specs] == [
        5,
        6,
    ]


def test_overrides_take_the_place_of_a_schedule():
    spec = read_request("gromov", overrides=["evaluation.every=10", "training.steps=20"]).specs[0]
    assert spec.evaluation_steps == (0, 10, 20)


def test_seeds_said_are_taken_instead_of_those_of_the_source():
    assert [spec.seed for spec in read_request("manifold-addition").specs] == [42, 1001, 1002, 1003]
    assert [spec.seed for spec in read_request("manifold-addition", seeds="7,9").specs] == [7, 9]
    assert [spec.seed for spec in read_request("manifold-addition", seeds=2).specs] == [0, 1]


@pytest.mark.parametrize("steps", [0, -5, 10**12, 1.5, True, "5"])
def test_senseless_steps_are_refused(steps):
    assert refusal("demo", steps=steps).startswith("training.steps: is ")


def test_steps_said_in_two_ways_are_refused():
    assert refusal("demo", steps=5, overrides=["training.steps=7"]).startswith(
        "training.steps: is given twice"
    )
    assert refusal("demo", steps=5, overrides=["training.epochs=7"]).startswith(
        "training.steps: is given beside"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = = 1", "is not TOML: Invalid value (at line 1, column 5)"),
        ('x = 1\ny = "open', "is not TOML: Unterminated string (at line 2, column 10)"),
        ("x = 1\ny = [1, 2", "is not TOML: Unclosed array (at line 2, column 10)"),
        ("[task]\n[task]", "is not TOML: Cannot declare ('task',) twice (at line 2, column 6)"),
        ("[task", "is not TOML: Expected ']' at the end of a table declaration (at line 1, column 6)"),
        ("\n\nx = " + "7" * 5000, "has a number of more than 4,300 digits (at line 3, column 5)"),
        ("[a]\n" + "a." * 200 + "b = 1", "has a key of more than 100 parts (at line 2, column 1)"),
        ("x = " + "[" * 5000, "is nested too deeply"),
        (b"x = 1\ny = '\xff'", "is not text in UTF-8 (at line 2)"),
        ("#" * 1_000_001, "is too large; a file of settings has at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_does_not_parse_is_refused_with_line_and_column(written, text, message):
    path = written(text)
    assert refusal(path).startswith(f"{path!r} {message}")


def test_long_lists_of_decimals_are_no_long_key():
    text = "x = [" + "0.125, " * 500 + "]\ny = 'a sentence. And another. " + "There is more. " * 200 + "'"
    assert len(parse_toml(text, "long")["x"]) == 500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('presets = "gromov"', "no key 'presets'; did you mean 'preset'?"),
        ('preset = "grommov"', "preset: no preset 'grommov'; did you mean 'gromov'?"),
        ("preset = 5", "preset: no preset 5; known: "),
        ("seed = 5", "no key 'seed'; did you mean 'seeds'?"),
        ("description = 5", "description: is 5; must be a text"),
        ("source = ['x']", "source: is ['x']; must be a text"),
        ('preset = "demo"\ntask = 5', "task: is 5; must be a table"),
        ('preset = "demo"\n[[model]]\nwidth = 5', "model: is [{'width': 5}]; must be a table"),
        ('preset = "demo"\nseeds = 0', "seeds: is 0; from 1 to 10,000 runs"),
        ('preset = "demo"\ngrid = 5', "grid: is 5; must be a table such as"),
        ('preset = "demo"\n[grid]\ntraining.batch = [5]', "grid.training: is {'batch': [5]}; must be a list"),
        ('preset = "demo"\n[grid]\n"training.batch" = []', "grid.training.batch: is []; must be a list"),
        (
            'preset = "demo"\n[optimizer]\nweight_decay = nan',
            "optimizer.weight_decay: is nan; must be finite",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_named(written, text, message):
    assert refusal(written(text)).startswith(message)


@pytest.mark.parametrize("source", ["grommov", "Gromov", "GROMOV", "gromow"])
def test_a_misspelt_preset_is_answered_with_the_nearest(source):
    message = refusal(source)
    assert message.startswith(f"no preset or .toml file {source!r}; did you mean 'gromov'? known: gromov, ")
    assert all(name in message for name in presets.names())


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert (
        refusal(str(folder)) == f"cannot read {str(folder)!r}: Is a directory; give a preset or a TOML file"
    )
    assert "No such file or directory" in refusal("missing.toml")
    assert "File name too long" in refusal("x" * 1000 + ".toml")
    assert "embedded null byte" in refusal("\x00.toml")


def test_a_key_that_cannot_be_printed_is_written_so_that_it_can(written):
    message = refusal(written('preset = "demo"\n[model]\n"a\\nb\\u001b[31m" = 5'))
    assert message.isprintable()
    assert r"a\nb\x1b[31m" in message
    assert len(refusal(written(f'preset = "demo"\n[model]\n{"x" * 9000} = 5'))) < 400


def test_a_preset_that_is_none_has_no_text():
    with pytest.raises(KeyError):
        presets.text("grommov")


@pytest.mark.parametrize("overrides", [["task.modulus=96"], ["task.modulus=1"], ["split.fraction=1"]])
def test_what_an_override_breaks_is_refused(overrides):
    with pytest.raises((SpecError, UnknownNameError)) as caught:
        read_request("power-division", overrides=overrides)
    assert str(caught.value).startswith(overrides[0].partition("=")[0])


def test_numbers_of_an_override_may_be_whole_where_any_will_do():
    spec = read_request("demo", seeds=1, overrides=["optimizer.weight_decay=2"]).specs[0]
    assert math.isclose(spec.optimizer.weight_decay, 2.0)
    assert isinstance(spec.optimizer.weight_decay, float)
