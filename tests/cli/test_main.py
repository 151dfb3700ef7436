import errno
import io
import subprocess
import sys

import pytest

from latebloom.cli import training
from latebloom.cli.main import VERBS, main
from latebloom.errors import DamagedError, InterruptionError, LockedError, ResourceError
from tests.cli.commands import ROOT, command, environment, say, spawn

HEAVY = ("torch", "numpy", "scipy", "pandas", "matplotlib", "rich", "safetensors", "filelock", "jaxtyping")


def test_importing_the_command_line_loads_nothing_heavy():
    program = f"import sys, latebloom.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_reading_a_spec_and_looking_at_a_lab_load_no_torch(finished):
    program = (
        "import sys; from latebloom.cli.main import run;"
        "codes = [run(words.split()) for words in ('list --lab lab --json', 'report --lab lab --out r.md',"
        " 'export --lab lab --out t.csv', 'presets', 'run small.toml --set model.width=0')];"
        "print(codes, 'torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=finished, env=environment(), capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1] == "[0, 0, 0, 0, 2] False", done.stderr


@pytest.mark.parametrize("verb", list(VERBS))
def test_the_help_of_each_verb_shows_an_example_and_every_option(verb):
    said = say(verb, "--help")
    assert said.code == 0
    assert f"latebloom {verb}" in said.out.split("╭", 1)[0].replace("Usage: latebloom " + verb, "")
    assert not said.err
    undocumented = [
        line for line in said.out.splitlines() if line.strip("│ ").startswith("--") and len(line.split()) < 4
    ]
    assert undocumented == []


def test_help_lists_the_verbs_and_no_words_at_all_show_it_too():
    said = say("--help")
    assert said.code == 0
    assert all(f"│ {verb} " in said.out for verb in VERBS)
    assert say().out == said.out


def test_the_version_is_said():
    from importlib.metadata import version

    assert say("--version").out.strip() == version("latebloom")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "no command 'lst'; did you mean 'list'? known: list, "),
        (["--hlep"], "no command '--hlep'; did you mean '--help'?"),
        (
            ["run", "demo", "--seedz", "3"],
            "Unknown option: --seedz. Did you mean --seeds? See: latebloom run --help",
        ),
        (["list", "--jsn"], "Unknown option: --jsn. Did you mean --json? See: latebloom list --help"),
        (["run"], 'Command "run" parameter SOURCE requires an argument. See: latebloom run --help'),
        (["run", "demo", "--steps"], 'Command "run" parameter --steps requires an argument. See: '),
        (["run", "demo", "x", "y"], "nothing can be done with 'x y'; see: latebloom run --help"),
        (["list", "x"], "nothing can be done with 'x'; see: latebloom list --help"),
        (["run", "demo", "--set", "a=1", "b=2"], "nothing can be done with 'b=2'; see: "),
        (["run", "demo", "--steps", "1.5"], "--steps is '1.5'; must be a whole number"),
        (["run", "demo", "--again=maybe"], 'Invalid value for --again: unable to convert "maybe" into bool.'),
        (["export"], 'Command "export" parameter --out requires an argument. See: latebloom export --help'),
    ],
)
def test_words_that_mean_nothing_are_answered_in_one_line_with_what_would(words, message):
    said = say(*words)
    assert said.code == 2
    assert said.err.startswith(f"latebloom: {message}")
    assert said.err.count("\n") == 1
    assert not said.out


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (LockedError("run a is being written by process 7"), 75, "run a is being written by process 7"),
        (DamagedError("a is damaged"), 4, "a is damaged"),
        (ResourceError("no space"), 5, "no space"),
        (InterruptionError("stopped", 143), 143, "stopped"),
        (MemoryError(), 5, "out of memory; a smaller population, model or batch would fit"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), 5, "no space left to write a/b"),
        (OSError(errno.EDQUOT, "Quota exceeded"), 5, "no space left to write a file"),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), 2, "permission denied: 'a/b'"),
        (OSError("strange"), 2, "strange"),
    ],
)
def test_an_error_becomes_one_line_and_its_exit_code(monkeypatch, error, code, message):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(training, "_train", fail)
    said = say("demo")
    assert (said.code, said.err) == (code, f"latebloom: {message}\n")


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(training, "_train", fail)
    with pytest.raises(ZeroDivisionError):
        say("demo")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["presets"], ["list", "--lab", "lab", "--json"]])
def test_a_reader_who_leaves_is_no_fault(finished, words, unbuffered):
    process = subprocess.Popen(
        command(*words),
        cwd=finished,
        env=environment(PYTHONUNBUFFERED=unbuffered),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    with process.stderr as stderr:
        assert stderr.read() == ""
    assert process.wait() == 0


def test_names_that_the_terminal_cannot_show_are_shown_somehow(finished):
    said = spawn("report", "--lab", "lab", "--out", "größe🌱.md", folder=finished, PYTHONIOENCODING="ascii")
    assert said.code == 0, said.err
    assert r"gr\xf6\xdfe\U0001f331.md" in said.out


def test_main_leaves_with_the_exit_code(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(SystemExit) as left:
        main(["lst"])
    assert left.value.code == 2


def test_real_processes_refuse_in_one_line_with_exit_code_2(tmp_path):
    for words, message in (
        (["run", "grommov"], "no preset or .toml file 'grommov'; did you mean 'gromov'?"),
        (
            ["run", "demo", "--set", "optimizer.weigth_decay=1"],
            "optimizer.weigth_decay: no key 'weigth_decay'; did you",
        ),
        (["list"], f"there is no lab at {tmp_path / 'latebloom-lab'}"),
    ):
        said = spawn(*words, folder=tmp_path)
        assert said.code == 2
        assert said.err.startswith(f"latebloom: {message}")
        assert said.err.count("\n") == 1
        assert not said.out
    assert list(tmp_path.iterdir()) == []
