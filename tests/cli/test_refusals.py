"""Everything that people can get wrong: one line that says what was given and what would be right, and no file."""

import errno
import json
import os
import sys

import pytest

from latebloom import presets
from latebloom.cli.words import MOST_PROCESSES
from latebloom.running import estimate
from latebloom.store import Lab, files, open_run
from tests.cli.commands import SMALL, say

TRANSFORMER = ("--set", "model.name=transformer")


def refused(*words, code=2):
    said = say(*words)
    assert said.code == code, said
    assert said.err.count("\n") == 1
    assert said.err.startswith("latebloom: ")
    assert not said.out
    return said.err.removeprefix("latebloom: ").removesuffix("\n")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty working directory, which must stay so."""
    place = tmp_path / "empty"
    place.mkdir()
    monkeypatch.chdir(place)
    yield place
    assert list(place.iterdir()) == []


def sets(*texts):
    return [word for text in texts for word in ("--set", text)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "grommov"], "no preset or .toml file 'grommov'; did you mean 'gromov'? known: gromov, "),
        (["presets", "nandaa"], "no preset 'nandaa'; did you mean 'nanda'? known: nanda, "),
        (["run", "demo", *sets("task.name=aditon")], "task.name: no task 'aditon'; did you mean 'addition'?"),
        (
            ["run", "demo", *sets("model.name=quadratik")],
            "model.name: no model 'quadratik'; did you mean 'quadratic'? known: quadratic, ",
        ),
        (
            ["run", "demo", *sets("optimizer.name=adm")],
            "optimizer.name: no optimizer 'adm'; did you mean 'adam'?",
        ),
        (
            ["run", "demo", *sets("objective.name=crossentropy")],
            "objective.name: no objective 'crossentropy'; did you mean 'cross-entropy'?",
        ),
        (["run", "demo", *sets("training.bacth=5")], "training.bacth: no key 'bacth'; did you mean 'batch'?"),
        (
            ["run", "nanda", *sets("model.norm=befor")],
            "model.norm: no choice 'befor'; did you mean 'before'?",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(empty, words, message):
    assert refused(*words).startswith(message)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.batch=many", "training.batch: is 'many'; must be a whole number"),
        ("training.batch=8.5", "training.batch: is 8.5; must be a whole number"),
        ("optimizer.learning_rate=fast", "optimizer.learning_rate: is 'fast'; must be a number"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate: is nan; must be finite"),
        ("evaluation.steps=5", "evaluation.steps: is 5; must be a list"),
        ("split=half", "split: is 'half'; must be a table with keys out of fraction, kind, seed"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(empty, override, message):
    assert refused("run", "demo", "--set", override) == message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (sets("task.modulus=1"), "task.modulus: 1 is too small; a modulus is a whole number from 2 on"),
        (sets("task.modulus=-97"), "task.modulus: -97 is too small; "),
        (
            sets("task.modulus=96"),
            "task.modulus: 96 is not prime; division needs a prime modulus, else some divisors have no inverse",
        ),
        (sets("task.modulus=98"), "task.modulus: 98 is not prime; division needs a prime modulus"),
        (sets("task.modulus=100000"), "task.modulus: 100,000 would give 9,999,900,000 examples; at most"),
        (sets("split.fraction=0"), "split.fraction: 0.0 was given; a fraction is above 0 and below 1"),
        (sets("split.fraction=1"), "split.fraction: 1.0 was given; a fraction is above 0 and below 1"),
        (sets("split.fraction=-0.5"), "split.fraction: -0.5 was given; "),
        (
            sets("split.fraction=1e-6"),
            "split.fraction: 1e-06 leaves no train example of 9,312; a fraction from",
        ),
        (
            sets("split.fraction=0.99999999999999"),
            "split.fraction: 0.99999999999999 leaves no test example of 9,312; a fraction from 1/9312 to 9311/9312",
        ),
        ([*TRANSFORMER, *sets("model.heads=3")], "model.heads: is 3; a divisor of width, which is 128"),
        ([*TRANSFORMER, *sets("model.heads=0")], "model.heads: is 0; a whole number from 1 to 65,536"),
        (
            sets("training.batch=4657"),
            "training.batch: is 4657, but only 4656 examples are trained on; at most 4656",
        ),
    ],
)
def test_a_task_split_or_model_that_cannot_be_is_refused(empty, words, message):
    assert refused("run", "power-division", *words).startswith(message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--steps", "0"], "training.steps: is 0; a whole number from 1 to 1,000,000,000"),
        (["--steps", "-5"], "training.steps: is -5; a whole number from 1"),
        (["--steps", "1000000000000"], "training.steps: is 1000000000000; a whole number from 1"),
        (["--steps", "many"], "--steps is 'many'; must be a whole number"),
        (sets("training.steps=0"), "training.steps: is 0, and so is epochs; give steps or epochs"),
        (
            ["--seeds", "0"],
            "seeds: is 0; from 1 to 10,000 runs; give how many (8: seeds 0 to 7) or which (3,5,7)",
        ),
        (["--seeds", "-1"], "seeds: is '-1'; give how many"),
        (["--seeds", "1000000000"], "seeds: is 1000000000; from 1 to 10,000 runs"),
        (["--seeds", "3,3"], "seeds: is [3, 3]; each seed once"),
        (["--seeds", "a"], "seeds: is 'a'; give how many"),
        (
            ["--seeds", "9223372036854775808,"],
            "seeds: is [9223372036854775808]; each a whole number from 0 to 2^63",
        ),
        (
            ["--seeds", "200", *sets("model.width=" + ",".join(map(str, range(1, 60))))],
            "model.width: makes this 11,800",
        ),
        (["--workers", "-1"], "--workers is -1; give a number from 1 to 1024, or 0 to leave it to latebloom"),
        (["--workers", str(MOST_PROCESSES + 1)], "--workers is 1025; give a number"),
        (["--threads", "-2"], "--threads is -2; give a number"),
        (
            ["--checkpoint-seconds", "0"],
            "--checkpoint-seconds is 0; give seconds, more than 0, at most 86400",
        ),
        (["--checkpoint-seconds", "nan"], "--checkpoint-seconds is nan; give seconds"),
        (
            ["--device", "gpu"],
            "--device is 'gpu'; say one of auto, cpu, cuda, mps, xpu, or a numbered one such as cuda:0",
        ),
        (["--set", "garbage"], "--set 'garbage' is not key=value; such as optimizer.weight_decay=1.0,1.5"),
    ],
)
def test_senseless_counts_are_refused(empty, words, message):
    assert refused("run", "demo", *words).startswith(message)


def test_resuming_with_senseless_counts_is_refused(folder):
    assert refused("resume", "--lab", "lab", "--workers", "-1").startswith("--workers is -1; give a number")
    assert refused("demo", "--lab", "lab", "--workers", "9999").startswith("--workers is 9999; give a number")


def test_a_population_that_cannot_fit_is_refused_with_what_it_needs_and_what_there_is(empty, monkeypatch):
    monkeypatch.setattr(estimate, "machine_memory", lambda: 4_000_000_000)
    message = refused("run", "manifold-addition", *sets("model.width=16384", "model.layers=8"))
    assert "GB a lane" in message
    assert "3.4 GB can be used: a smaller model, batch or modulus would fit" in message


def test_what_would_fit_into_more_memory_is_refused_only_where_there_is_less(empty, monkeypatch):
    monkeypatch.setattr(estimate, "machine_memory", lambda: 400_000_000)
    assert "GB can be used" in refused("run", "demo")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[task\nname = 1",
            "is not TOML: Expected ']' at the end of a table declaration (at line 1, column 6)",
        ),
        ("seeds = 1\nseeds = 2", "is not TOML: Cannot overwrite a value (at line 2, column 10)"),
        ("x = ", "is not TOML: Invalid value (at line 1, column 5)"),
    ],
)
def test_toml_that_does_not_parse_is_refused_with_line_and_column(empty, tmp_path, text, message):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    assert refused("run", path).endswith(message)


def test_files_that_are_none_are_named(empty, tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes("# größe".encode("latin-1"))
    assert refused("run", tmp_path / "folder.toml").endswith(": Is a directory; give a preset or a TOML file")
    assert refused("run", tmp_path / "latin.toml").endswith(
        "is not text in UTF-8 (at line 1); give a TOML file"
    )
    assert refused("run", "missing.toml").endswith("No such file or directory; give a preset or a TOML file")


@pytest.mark.parametrize(
    "verb", [["run", "demo"], ["list"], ["resume"], ["report"], ["show", "x"], ["verify", "x"]]
)
def test_a_lab_that_is_none_is_refused(empty, tmp_path, verb):
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "novel.txt").write_text("Call me Ishmael.")
    assert refused(*verb, "--lab", tmp_path / "file").endswith("file is a file; a lab is a directory")
    assert "other is no lab" in refused(*verb, "--lab", tmp_path / "other")
    assert os.listdir(tmp_path / "other") == ["novel.txt"]
    if verb[0] != "run":
        assert refused(*verb, "--lab", "none").startswith("there is no lab at ")


@pytest.mark.parametrize("verb", [["run", "demo"], ["list"]])
def test_a_lab_whose_path_cannot_be_is_refused(empty, verb):
    assert "ile name too long" in refused(*verb, "--lab", "x" * 300)
    assert "/dev/null/lab" in refused(*verb, "--lab", "/dev/null/lab")


def test_a_newer_lab_is_refused(folder):
    (folder / "lab" / "lab.json").write_text(json.dumps({"format": 99, "name": "latebloom lab"}))
    assert "has format 99, and this version of latebloom reads up to 1; use a newer latebloom" in refused(
        "list", "--lab", "lab"
    )


def refuse_writes(monkeypatch, number):
    def refuse(path, flags, *rest):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(number, os.strerror(number), str(path))
        return os.open(path, flags, *rest)

    def refuse_folder(path, *rest):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(files, "calls", files.Calls(open=refuse, mkdir=refuse_folder))


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (errno.EROFS, 2, "the lab is read-only here (Read-only file system)"),
        (errno.EACCES, 2, "the lab is read-only here (Permission denied)"),
        (errno.ENOSPC, 5, "no space left to write "),
        (errno.EDQUOT, 5, "no space left to write "),
    ],
)
def test_a_lab_that_cannot_be_written_is_refused_before_training(folder, monkeypatch, number, code, message):
    before = sorted(folder.rglob("*"))
    refuse_writes(monkeypatch, number)
    new = ("run", "small.toml", "--lab", "lab", "--device", "cpu", "--steps", "7")
    assert message in refused(*new, code=code)
    assert message in refused("report", "--lab", "lab", code=code)
    assert message in refused("run", "small.toml", "--lab", "another", "--device", "cpu", code=code)
    assert sorted(folder.rglob("*")) == before


def test_a_run_in_use_is_refused_with_its_name_and_the_process_that_uses_it(folder):
    lab = Lab.open(folder / "lab")
    run = next(known for known in lab.run_ids() if "-s0-" in known)
    with open_run(lab, run):
        message = refused("verify", run, "--lab", "lab", code=75)
    assert message.startswith(f"run {run} is being written by process {os.getpid()}, since ")


def test_a_missing_extra_is_named_with_the_command_that_installs_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    message = refused("export", "--lab", "lab", "--out", "numbers.parquet")
    assert message.startswith(
        "writing .parquet needs the package 'pyarrow', which is not installed; install it with: "
    )
    assert not (folder / "numbers.parquet").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "--out", "report.pdf"], "'report.pdf'"),
        (["report", "--out", "no/folder/report.html"], "no/folder"),
        (["report", "--out", "small.toml/report.html"], "small.toml"),
        (["report", "--out", "folder.html"], "folder.html"),
        (["report", "--out", "x" * 300 + ".html"], "ile name too long"),
        (["export", "--out", "numbers.xls"], "'numbers.xls'"),
        (["export", "--out", "no/numbers.csv"], "no"),
        (["export", "--out", "/dev/null/numbers.csv"], "/dev/null"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_named(folder, words, message):
    (folder / "folder.html").mkdir()
    before = sorted(folder.rglob("*"))
    assert message in refused(*words, "--lab", "lab")
    assert sorted(folder.rglob("*")) == before


def test_a_run_that_is_none_or_several_is_refused_with_those_there_are(folder):
    assert refused("show", "additon-s0", "--lab", "lab").startswith(
        "no run 'additon-s0'; did you mean 'addition-s0-"
    )
    assert refused("show", "addition", "--lab", "lab").startswith("'addition' fits 3 runs: addition-s0-")
    assert refused("report", "zzz", "--lab", "lab").startswith("no run 'zzz'; known: ")
    assert refused("resume", "", "--lab", "lab").startswith("no run ''")


def test_an_empty_lab_says_so(tmp_path):
    Lab.open(tmp_path / "lab", create=True)
    assert "no runs" in refused("show", "x", "--lab", tmp_path / "lab")
    assert "no runs" in refused("report", "--lab", tmp_path / "lab")


def test_a_dry_run_writes_nothing_even_where_it_is_right(empty, tmp_path):
    (tmp_path / "small.toml").write_text(SMALL)
    said = say("run", tmp_path / "small.toml", "--dry-run", "--device", "cpu", "--workers", "1")
    assert said.code == 0
    assert said.out.splitlines()[0].startswith("2 x 255 parameters, 60 steps, 0.00 GB, about ")
    assert said.out.splitlines()[-1].startswith("2 runs, 1 process: about ")


def test_a_misspelt_name_of_each_preset_is_answered_with_it(empty):
    for name in presets.names():
        wrong = name[:2] + name[1:]
        assert f"did you mean {name!r}?" in refused("run", wrong)
