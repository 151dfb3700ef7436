"""The verbs of `latebloom study`, as people say them: what they answer, what they refuse, how they end."""

import json
import re
import subprocess
import sys

import pytest

from latebloom.cli import studying
from latebloom.store import Lab
from latebloom.store.studies import DECLARED, read_study
from latebloom.studies import STUDIES
from latebloom.study.loading import load_file
from latebloom.study.rules import RULES
from tests.cli.commands import ROOT, say, spawn
from tests.study.small import TEXT

PAGE = (ROOT / "docs" / "studies.md").read_text()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a study of somebody's own and a lab in which it was run whole."""
    folder = tmp_path_factory.mktemp("studying")
    (folder / "small.py").write_text(TEXT)
    said = spawn("study", "run", "./small.py", "--lab", "lab", folder=folder, timeout=290)
    assert said.code == 0, said.err
    return folder, said


@pytest.fixture
def place(trained, monkeypatch):
    monkeypatch.chdir(trained[0])
    return trained[0]


def test_running_a_study_prints_plan_progress_and_verdicts(trained):
    _, said = trained
    assert re.search(r"small at laptop: 2 claims, 12 runs to train, 720 steps: about \d+ s", said.err)
    assert "stage 1 of 2: decay" in said.err
    assert "1 of 2 claims can be judged\n  rank: reproduced" in said.err
    assert said.err.index("rank: reproduced") < said.err.index("stage 2 of 2: free")
    assert "2 claims: 2 reproduced" in said.out


def test_a_study_that_is_trained_is_not_trained_again(place):
    said = say("study", "run", "./small.py", "--lab", "lab", "--json")
    assert said.code == 0
    assert "nothing to train" in said.err
    document = json.loads(said.out)
    assert [verdict["verdict"] for verdict in document["verdicts"]] == ["reproduced", "reproduced"]
    assert "study_text" not in document
    assert len(read_study(Lab.open("lab"), "small", "laptop", DECLARED)["sessions"]) >= 2


def test_judging_gives_the_same_verdicts_and_loads_no_torch(place):
    program = (
        "import sys; from latebloom.cli.main import run;"
        "codes = [run(words.split()) for words in ('study judge ./small.py --lab lab',"
        " 'study show ./small.py', 'study report ./small.py --lab lab --json')];"
        "print(codes, 'torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "[0, 0, 0] False", done.stderr
    assert "2 claims: 2 reproduced" in done.stdout


def test_the_exit_code_is_three_where_a_claim_is_not_reproduced(place):
    said = say("study", "judge", "./small.py", "--scale", "smoke", "--lab", "lab", "--json")
    assert said.code == 3
    verdicts = json.loads(said.out)["verdicts"]
    assert [(one["verdict"], one["would_do"]) for one in verdicts] == [("undecided", None), ("undecided", 6)]
    assert "3 of the 6" in verdicts[1]["why"]


def test_a_claim_whose_look_is_missing_is_an_error_that_names_run_and_number(place, tmp_path):
    path = tmp_path / "small.py"
    path.write_text(TEXT.replace('numbers=("weight_norm",)', 'numbers=("weight_nrom",)'))
    said = say("study", "judge", path, "--lab", "lab")
    assert said.code == 2
    flat = " ".join(said.out.split())
    assert "cannot be judged" in flat
    assert "has no 'weight_nrom'; it has: weight_norm, " in flat
    assert "Claims that changed after their runs began: norm." in flat
    say("study", "judge", "./small.py", "--lab", "lab")


def test_show_has_every_claim_with_its_rule_before_anything_has_run(place):
    said = say("study", "show", "./small.py")
    for words in (
        "norm: Without decay",
        "rank: The read-out",
        "ArmGreater: reproduced if",
        "rival      It is above",
    ):
        assert words in said.out
    page = json.loads(say("study", "show", "./small.py", "--claim", "rank", "--json").out)
    (claim,) = page["claims"]
    assert claim["rule"]["kind"] == "MedianWithin"
    assert claim["rule"]["least"] == 6
    assert page["arms"][0]["seeds"] == list(range(6))


def test_a_dry_run_tells_what_it_would_take_and_writes_nothing(place, tmp_path):
    said = say(
        "study", "run", "./small.py", "--seeds", "2", "--dry-run", "--json", "--lab", tmp_path / "none"
    )
    plan = json.loads(said.out)
    assert [stage["new"] for stage in plan["stages"]] == [2, 2]
    assert plan["seconds"] > 0
    assert not (tmp_path / "none").exists()


def test_a_report_is_written_as_page_and_as_text(place, tmp_path):
    said = say("study", "report", "./small.py", "--lab", "lab", "--out", tmp_path / "r.html")
    assert said.code == 0, said.err
    assert (tmp_path / "r.html").read_text().count("<svg") == 2
    out, pictures = tmp_path / "r.md", tmp_path / "pictures"
    assert say("study", "report", "./small.py", "--lab", "lab", "--out", out, "--figures", pictures).code == 0
    assert (pictures / "norm-curves.csv").exists()
    assert "](pictures/norm.svg)" in out.read_text()


def test_a_new_study_runs_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert say("study", "new", "My decay.py").code == 0
    opened = load_file(tmp_path / "My decay.py")
    assert opened.study.name == "my-decay"
    assert "latebloom study run ./My decay.py" in opened.text
    said = say("study", "new", "My decay.py")
    assert said.code == 2
    assert "--force" in said.err
    assert "mine.py" in say("study", "new", "decay.txt").err
    page = json.loads(say("study", "show", "My decay.py", "--scale", "smoke", "--json").out)
    assert len(page["claims"]) == 3


WRONG = {
    "an unknown study": (("show", "manifoldd"), r"no study 'manifoldd'; did you mean 'manifold'\? known:"),
    "an unknown scale": (("show", "theory", "--scale", "lapto"), r"did you mean 'laptop'"),
    "an unknown claim": (
        ("show", "./small.py", "--claim", "ran"),
        r"no claim of study small 'ran'; did you mean 'rank'",
    ),
    "a file that is not there": (("show", "./none.py"), r"cannot read study file none.py: No such file"),
    "a file that raises": (("show", "./raises.py"), r"ZeroDivisionError: .*raises.py, line 3: 'x = 1 / 0'"),
    "a file that does not parse": (("show", "./broken.py"), r"SyntaxError: .*broken.py, line 2"),
    "a file that leaves": (("show", "./leaves.py"), r"SystemExit: 0; at .*leaves.py, line 2"),
    "a file without a study": (
        ("show", "./empty.py"),
        r"STUDY must be a latebloom.study.Study; does not define it",
    ),
    "a claim that makes no sense": (
        ("show", "./senseless.py"),
        r"study file senseless.py: claim rank: published is empty.*; at .*senseless.py, line \d+: 'Claim",
    ),
    "seeds that are none": (("run", "./small.py", "--seeds", "none"), r"seeds"),
    "a report of nothing": (("report", "./small.py", "--lab", "lab", "--scale", "paper"), r"no scale"),
    "a report elsewhere": (("report", "./small.py", "--lab", "lab", "--out", "r.pdf"), r"\.html, \.md"),
    "an unknown verb": (("jugde", "./small.py"), r"no command 'jugde'; did you mean 'judge'"),
    "no lab": (("judge", "./small.py", "--lab", "none"), r"there is no lab"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_people_get_wrong_is_answered_in_one_line(place, name):
    (place / "raises.py").write_text("# one\n\nx = 1 / 0\n")
    (place / "broken.py").write_text("x = 1\ndef (:\n")
    (place / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (place / "empty.py").write_text("x = 1\n")
    (place / "senseless.py").write_text(TEXT.replace('published="1"', 'published=""'))
    words, message = WRONG[name]
    said = say("study", *words)
    assert said.code == 2, said
    assert said.err.count("\n") == 1
    assert re.search(message, said.err), said.err


def test_a_study_run_at_another_scale_that_was_not_judged_says_so(place):
    said = say("study", "report", "theory", "--lab", "lab")
    assert said.code == 2
    assert "small laptop" in said.err


def test_the_studies_that_come_along_are_listed_with_their_scales():
    entries = json.loads(say("study", "list", "--json").out)
    assert [entry["study"] for entry in entries] == list(STUDIES)
    assert all(set(entry["scales"]) >= {"smoke", "laptop", "paper"} for entry in entries)
    assert all(name in say("study", "list").out for name in STUDIES)


@pytest.mark.parametrize("verb", studying.VERBS)
def test_each_verb_stands_in_the_page_and_explains_itself(verb):
    assert f"`study {verb}" in PAGE or f"latebloom study {verb}" in PAGE
    said = say("study", verb, "--help")
    assert f"latebloom study {verb}" in said.out
    assert set(studying.VERBS) <= set(studying.app)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_stands_in_the_page(rule):
    assert f"| `{rule.__name__}(" in PAGE


def test_the_study_in_the_page_is_one(tmp_path):
    text = re.search(r"```python\n(from latebloom.study import Claim, Median.*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "page.py").write_text(text)
    study = load_file(tmp_path / "page.py").study
    assert [claim.name for claim in study.claims] == ["dimension-at-end", "success"]
