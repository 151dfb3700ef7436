from __future__ import annotations

from io import StringIO

from rich.console import Console

from latebloom.report import terminal
from latebloom.views import group_view, list_view, run_view

from ..views.labs import Story, damage_document, spec_of, tell, write


def printed(renderable, width=200):
    out = StringIO()
    Console(file=out, width=width, color_system="truecolor", force_terminal=False).print(renderable)
    return out.getvalue()


def test_an_empty_list_says_how_to_begin():
    assert "latebloom demo" in printed(terminal.run_list([]))


def test_a_list_shows_a_row_per_run_with_its_flags(ten_runs):
    lab, ids = ten_runs
    text = printed(terminal.run_list(list_view(lab)))
    assert all(run in text for run in ids)
    [row] = [line for line in text.splitlines() if ids[6] in line]
    assert "20.4%" in row
    assert "collapsed, oscillated ×1" in row


def test_a_list_fits_a_narrow_terminal_and_keeps_every_id_whole(ten_runs):
    lab, ids = ten_runs
    text = printed(terminal.run_list(list_view(lab)), 80)
    assert all(run in text for run in ids)
    assert "collapsed" in text


def test_a_list_says_how_far_a_run_is_that_has_not_ended(lab):
    tell(lab, Story(until=400))
    assert "400 of 3,000" in printed(terminal.run_list(list_view(lab)))


def test_a_page_shows_course_values_settings_and_what_is_stored(ten_runs):
    text = printed(terminal.run_page(run_view(ten_runs[0], ten_runs[1][0])))
    assert "step 1,160, known to within 20 steps" in text
    assert "weight_decay = 1.0" in text
    assert "151, steps 0 to 3,000" in text
    assert "torch 2.13.0" in text
    assert "1 (0.0 MB): 0" in text


def test_a_page_of_a_run_that_never_grokked_says_until_when_it_was_seen(lab):
    text = printed(terminal.run_page(run_view(lab, tell(lab, Story(grokked=None)))))
    assert "not by step 3,000" in text


def test_a_collapsed_run_is_flagged_on_its_page(lab):
    text = printed(terminal.run_page(run_view(lab, tell(lab, Story(grokked=800, falls=((2000, 9999),))))))
    assert "collapsed: its newest numbers are not those of a grokked network" in text


def test_an_interrupted_run_shows_the_command_that_resumes_it(lab):
    run = tell(lab, Story(until=400))
    assert f"latebloom resume {run} --lab" in printed(terminal.run_page(run_view(lab, run)), 300)


def test_a_damaged_run_has_a_page(lab):
    run = tell(lab, Story())
    damage_document(lab, run)
    text = printed(terminal.run_page(run_view(lab, run)))
    assert "checksum does not fit" in text


def test_a_run_without_records_has_a_page(lab):
    run = write(lab, spec_of(0), [], end="")
    assert run in printed(terminal.run_page(run_view(lab, run)))


def test_a_comparison_shows_words_groups_and_runs(ten_runs):
    text = printed(terminal.comparison(group_view(*ten_runs)), 220)
    assert "9 of 10 grokked" in text
    assert "60% to 98%" in text


def test_texts_from_a_lab_are_neither_markup_nor_escape_codes(lab):
    hostile = "[red]x[/red]\x1b[2J[/]"
    run = write(lab, spec_of(0, model={"name": hostile}), [(0, 0.1, 0.0)], preset=hostile)
    shown = [
        terminal.run_list(list_view(lab)),
        terminal.run_page(run_view(lab, run)),
        terminal.comparison(group_view(lab, [run])),
    ]
    for renderable in shown:
        text = printed(renderable)
        assert "\x1b[2J" not in text
        assert "[red]x[/red]" in text
