from __future__ import annotations

import json

import pytest

from latebloom.errors import UnknownNameError
from latebloom.views import run_view

from .labs import VERSIONS, Story, damage_document, damage_log, spec_of, tell, write


def test_a_page_tells_the_whole_course(lab):
    test = [0.0, 0.1, 0.92, 0.97, 0.97, 0.97, 0.97, 0.97]
    steps = [0, 100, 250, 300, 400, 500, 600, 700]
    run = write(lab, spec_of(0), [(s, 1.0 if s else 0.1, t) for s, t in zip(steps, test, strict=True)])
    view = run_view(lab, run)
    course = view["course"]
    assert (course["memorised"], course["grokked_first"], course["grokked_stable"]) == (100, 250, 300)
    assert (course["delay"], course["ratio"], course["up_time"]) == (150, 2.5, 1.0)
    assert view["known_to"] == {"memorised": 100, "grokked_first": 150, "grokked_stable": 50}
    assert view["evaluations"] == {"count": 8, "first": 0, "last": 700}
    assert (view["status"], view["steps"]) == ("done", 3000)
    json.dumps(view, allow_nan=False)


def test_what_has_not_happened_is_none_and_not_a_number(lab):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0), (100, 0.5, 0.1)])
    course = run_view(lab, run)["course"]
    assert (course["memorised"], course["grokked_first"], course["ratio"], course["up_time"]) == (None,) * 4
    assert course["last_step"] == 100


def test_a_page_says_with_what_it_was_trained_and_how_to_do_it_again(lab):
    view = run_view(lab, tell(lab, Story(seed=5)))
    assert view["environment"]["versions"] == VERSIONS
    assert view["settings"]["optimizer"]["weight_decay"] == 1.0
    assert "seeds = [5]" in view["settings_toml"]
    assert view["commands"] == {"train": "latebloom run settings.toml"}
    assert view["criteria"]["grokked"] == 0.9
    assert view["snapshots"][0]["step"] == 0
    assert view["snapshots"][0]["bytes"] > 0


def test_an_interrupted_run_says_how_to_resume_it_with_a_quoted_path(tmp_path):
    from .labs import make

    lab = make(tmp_path / "my lab; rm")
    run = tell(lab, Story(until=500))
    view = run_view(lab, run)
    assert view["status"] == "interrupted"
    assert view["commands"]["resume"] == f"latebloom resume {run} --lab '{lab.path}'"


def test_newest_values_carry_their_step(lab):
    run = write(
        lab, spec_of(0), [(0, 0.1, 0.0), (100, 0.5, 0.1)], end="", values={"weight_norm": [3.0, float("inf")]}
    )
    values = {entry["name"]: entry for entry in run_view(lab, run)["values"]}
    assert values["weight_norm"] == {"name": "weight_norm", "value": None, "step": 100}
    assert values["test_accuracy"]["value"] == 0.1


def test_a_damaged_log_is_told_up_to_where_it_is_sound(lab):
    run = tell(lab, Story(grokked=600))
    whole = run_view(lab, run)
    damage_log(lab, run)
    view = run_view(lab, run)
    assert view["status"] == "damaged"
    assert "byte" in view["problem"]
    assert view["course"]["grokked_first"] == whole["course"]["grokked_first"]
    assert 0 < view["course"]["last_step"] < whole["course"]["last_step"]


def test_a_damaged_document_leaves_the_course_standing(lab):
    run = tell(lab, Story())
    damage_document(lab, run)
    view = run_view(lab, run)
    assert (view["status"], view["seed"], view["settings"]) == ("damaged", None, {})
    assert view["course"]["memorised"] is not None
    assert view["commands"] == {}
    json.dumps(view, allow_nan=False)


def test_accuracies_that_are_none_are_a_problem_and_not_a_crash(lab):
    from latebloom.records import Look
    from latebloom.store import open_run

    from .labs import document_of

    document = document_of(spec_of(0))
    with open_run(lab, document["id"], document) as writer:
        writer.append(Look(0, {"train_accuracy": 99.0, "test_accuracy": 97.0}))
    view = run_view(lab, document["id"])
    assert view["status"] == "damaged"
    assert "not a percentage" in view["problem"]


def test_an_unknown_run_is_refused_with_the_nearest_known(lab):
    run = tell(lab, Story())
    with pytest.raises(UnknownNameError, match=run):
        run_view(lab, "addition-s9")
