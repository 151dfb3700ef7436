"""A study is declared, trained arm after arm, judged, and gone on with after any stop."""

import json
from dataclasses import replace

import pytest

from latebloom.errors import InputError
from latebloom.running import studying
from latebloom.running.judgement import arms_of, declare, judge_study
from latebloom.running.plan import Options, cores
from latebloom.running.studying import Stage, check_arms, expected, stages_of, train_stage
from latebloom.spec import from_plain
from latebloom.store import Lab, curve, read_run
from latebloom.store.studies import DECLARED, VERDICTS, read_study, stored_studies
from latebloom.study import Arm
from latebloom.study.loading import load_file
from tests.running.labs import PLAIN
from tests.study.small import TEXT

OPTIONS = Options(device="cpu", workers=1, threads=1)


@pytest.fixture
def opened(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(TEXT)
    return load_file(path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A lab in which the study was trained whole at laptop scale, and its verdicts."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "small.py").write_text(TEXT)
    opened = load_file(folder / "small.py")
    lab = Lab.open(folder / "lab", create=True)
    train(lab, opened)
    return lab, opened, judge_study(lab, opened, "laptop")


def train(lab, opened, scale="laptop", stages=2, stop_after=None):
    arms = check_arms(arms_of(opened.study, scale), OPTIONS)
    declare(lab, opened, scale, arms, "cpu")
    heard = []
    for stage in stages_of(arms)[:stages]:
        outcome = train_stage(
            lab,
            opened.study.name,
            stage,
            OPTIONS,
            on_plan=lambda plan: None,
            on_message=lambda job, message: heard.append(message),
            should_stop=lambda: stop_after is not None and len(heard) >= stop_after,
        )
        assert not outcome.failures
        if outcome.interrupted:
            break
    return heard


def words(document):
    return {verdict["claim"]: verdict["verdict"] for verdict in document["verdicts"]}


def test_a_study_trained_whole_is_judged_by_all_of_its_runs(trained):
    lab, _, document = trained
    assert words(document) == {"norm": "reproduced", "rank": "reproduced"}
    norm, rank = document["verdicts"]
    assert (norm["n"], norm["finished"], norm["declared"]) == (12, 12, 12)
    assert norm["p"] < 0.05
    assert rank["rival"]["verdict"] == "refuted"
    assert (document["absent"], document["unfinished"], document["damaged"]) == ([], [], {})
    assert [arm["name"] for arm in document["arms"]] == ["decay", "free"]
    assert set(document["runs"]) == set(lab.run_ids())
    assert document["study_text"] == TEXT
    assert document["versions"]["latebloom"]
    assert read_study(lab, "small", "laptop", VERDICTS) == json.loads(json.dumps(document))
    assert stored_studies(lab) == [("small", "laptop")]


def test_judging_anew_gives_the_same_verdicts(trained):
    lab, opened, document = trained
    again = judge_study(lab, opened, "laptop")
    assert again["verdicts"] == document["verdicts"]
    assert again["changes"] == {"changed": [], "added": [], "removed": [], "arms": []}


def test_what_was_declared_stands_in_the_lab_before_the_first_run(tmp_path, opened):
    lab = Lab.open(tmp_path / "lab", create=True)
    arms = arms_of(opened.study, "smoke")
    declare(lab, opened, "smoke", arms, "cpu")
    found = read_study(lab, "small", "smoke", DECLARED)
    assert set(found["claims"]) == {"norm", "rank"}
    assert found["seeds"] == {"decay": [0, 1, 2], "free": [0, 1, 2]}
    assert (found["before"], found["source"], found["source_sha256"]) == ([], TEXT, opened.sha256)
    assert lab.run_ids() == []


def test_a_study_of_which_one_arm_is_trained_is_judged_as_far_as_it_goes(tmp_path, opened):
    lab = Lab.open(tmp_path / "lab", create=True)
    train(lab, opened, stages=1)
    document = judge_study(lab, opened, "laptop")
    assert words(document) == {"norm": "not run", "rank": "reproduced"}
    assert len(document["absent"]) == 6


def test_a_claim_that_changed_after_its_runs_began_is_named(trained, tmp_path):
    _, opened, _ = trained
    lab = Lab.open(tmp_path / "lab", create=True)
    train(lab, opened, scale="smoke", stages=1)
    path = tmp_path / "small.py"
    for text, changed in (
        (TEXT.replace("MedianWithin(low=1.0)", "MedianWithin(low=0.5)"), ["rank"]),
        (TEXT.replace('run.at("weight_norm", 60)', 'run.at("weight_norm", 50)'), ["norm"]),
        (TEXT.replace("def norm(run):", "def norm(run):  # the norm"), []),
    ):
        path.write_text(text)
        document = judge_study(lab, load_file(path), "smoke")
        assert document["changes"]["changed"] == changed
        train(lab, load_file(path), scale="smoke", stages=1)  # does not declare anew
        assert judge_study(lab, load_file(path), "smoke")["changes"]["changed"] == changed


def test_other_seeds_than_declared_are_noted_and_counted(tmp_path, opened):
    lab = Lab.open(tmp_path / "lab", create=True)
    train(lab, opened, scale="smoke", stages=1)
    more = arms_of(opened.study, "smoke", range(4))
    declare(lab, opened, "smoke", more, "cpu")
    document = judge_study(lab, opened, "smoke")
    assert document["changes"]["arms"] == ["decay", "free"]
    assert [asked["seeds"]["decay"] for asked in document["declaration"]["asked"]] == [
        [0, 1, 2],
        [0, 1, 2, 3],
    ]
    assert document["verdicts"][1]["finished"] == 3
    assert document["verdicts"][1]["declared"] == 4


def test_a_finished_run_is_reused_across_scales_and_its_missing_looks_are_taken_of_its_snapshots(
    tmp_path, opened
):
    lab = Lab.open(tmp_path / "lab", create=True)
    train(lab, opened, scale="smoke", stages=1)
    (first, _) = arms_of(opened.study, "laptop")
    looked_at = replace(first, looks=("effective_rank@parameter.readout.weight:30",), afterwards=())
    plans = []
    outcome = train_stage(
        lab,
        "small",
        Stage((looked_at,)),
        OPTIONS,
        on_plan=plans.append,
        on_message=lambda *_: None,
        should_stop=bool,
    )
    assert not outcome.failures
    assert len(plans[0].finished) == 3
    assert sum(len(job.runs) for job in plans[0].jobs) == 3
    for spec in looked_at.specs:
        steps, _ = curve(read_run(lab, spec.id), "effective_rank@parameter.readout.weight")
        assert steps.tolist() == [0, 30, 60]


def test_a_stop_is_heard_while_training_and_the_next_call_goes_on(tmp_path, opened):
    lab = Lab.open(tmp_path / "lab", create=True)
    train(lab, opened, stop_after=4)
    first = judge_study(lab, opened, "laptop")
    assert first["unfinished"] or first["absent"]
    train(lab, opened)
    assert words(judge_study(lab, opened, "laptop")) == {"norm": "reproduced", "rank": "reproduced"}
    sessions = read_study(lab, "small", "laptop", DECLARED)["sessions"]
    assert len(sessions) == 2


def test_what_it_would_take_is_told_by_stage(tmp_path, trained, opened):
    lab, _, _ = trained
    arms = check_arms(arms_of(opened.study, "laptop"), OPTIONS)
    done, _ = expected(lab, stages_of(arms), OPTIONS)
    assert (done.done, done.begun, done.new, done.steps, done.seconds) == (6, 0, 0, 0, 0.0)
    heard = []
    first, new = expected(None, stages_of(arms), OPTIONS, on_trial=lambda *said: heard.append(said))
    assert (new.stage, new.done, new.new, new.steps) == ("free", 0, 6, 360)
    assert first.seconds > new.seconds > 0  # the first waits for the processes to load
    assert heard == [(0, 1)]  # arms that differ in their decay alone take the same time
    assert (first.tried, first.scaled, new.tried, new.scaled) == (1, 0, 1, 0)


def test_snapshots_that_are_measured_beside_training_are_counted(opened):
    arms = check_arms(arms_of(opened.study, "laptop"), OPTIONS)
    dear = [replace(arm, looks=("betti_numbers@final:30", "pca_dimension@final")) for arm in arms]
    steps = [
        len(arm.specs) * len([step for step in arm.specs[0].snapshot_steps if step % 30 == 0]) for arm in arms
    ]
    assert [stage.keyframes for stage in expected(None, stages_of(dear), OPTIONS, limit=0.0)] == steps
    assert all(count > 0 for count in steps)
    assert [stage.keyframes for stage in expected(None, stages_of(arms), OPTIONS, limit=0.0)] == [0, 0]


def test_the_time_of_looks_at_snapshots_is_counted_in_or_they_are_named(opened, monkeypatch):
    arms = check_arms(arms_of(opened.study, "laptop"), OPTIONS)
    asked = ("betti_numbers@final:30", "pca_dimension@final")
    dear = [replace(arm, looks=asked, afterwards=("ring_scan@final",)) for arm in arms]
    counted = []

    def tried(wanted, *, limit):
        counted.append({look.text: [spec.id for spec in specs] for look, specs in wanted.items()})
        return {look: 100.0 for look in wanted if look.measure == "ring_scan"}

    monkeypatch.setattr(studying, "seconds_of_looks", tried)
    first, _ = expected(None, stages_of(dear), OPTIONS, limit=0.0)
    runs = [spec.id for arm in arms for spec in arm.specs]
    assert counted == [dict.fromkeys(("betti_numbers@final:30", "ring_scan@final"), runs)]
    assert first.not_counted == ("betti_numbers@final:30",)
    looked = len(arms[0].specs) * len(arms[0].specs[0].snapshot_steps)
    assert first.seconds >= 100.0 * looked / cores()


def test_arms_of_the_same_word_are_trained_at_once():
    arms = [replace(arm, together=word) for arm, word in zip(_arms(4), ("", "x", "x", "y"), strict=True)]
    assert [stage.name for stage in stages_of(arms)] == ["a0", "a1, a2", "a3"]


def _arms(count):
    return [Arm(f"a{place}", from_plain(PLAIN), (0,)) for place in range(count)]


def test_a_look_that_cannot_be_taken_is_refused_before_anything_is_written(opened):
    (first, _) = arms_of(opened.study, "laptop")
    with pytest.raises(InputError, match="arm decay: look stable_rang@final: no measure"):
        check_arms([replace(first, looks=("stable_rang@final",))], OPTIONS)
    with pytest.raises(InputError, match="arm decay"):
        check_arms([replace(first, afterwards=("ring_scan@nowhere",))], OPTIONS)
