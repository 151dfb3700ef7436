from __future__ import annotations

import numpy as np
import pytest
from matplotlib import rcParams

from latebloom.report import layout, lines, style
from latebloom.report.figures import (
    NUMBERS,
    accuracy_figure,
    loss_figure,
    representation_figure,
    survival_figure,
)
from latebloom.report.scene import scene
from latebloom.views import curves_view, group_view

from ..views.labs import Story, damage_document, spec_of, tell, write


def scene_of(lab, ids):
    curves = curves_view(lab, ids)
    known = [name for name in NUMBERS if name in curves["names"]]
    return scene(group_view(lab, ids), curves_view(lab, ids, known))


@pytest.fixture(scope="module")
def ten_scene(ten_runs):
    return scene_of(*ten_runs)


def texts(figure):
    own = [text.get_text().replace("\n", " ") for text in figure.texts]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return own + legends + [text.get_text() for axes in figure.axes for text in axes.texts]


def known_steps(line):
    steps = np.array(line.get_xdata())[np.isfinite(line.get_ydata())]
    return int(steps.min()), int(steps.max())


def test_every_run_is_a_thin_line_and_the_median_a_thick_one(ten_scene):
    main = accuracy_figure(ten_scene).axes[-1]
    thick = [line for line in main.lines if line.get_linewidth() > 2 and line.get_linestyle() == "-"]
    thin = [line for line in main.lines if line.get_linewidth() == 0.8]
    assert (len(thick), len(thin)) == (2, 20)
    assert main.get_xlabel().startswith("optimizer step")
    assert main.get_ylabel() == "accuracy"


def test_the_strip_marks_what_happened_to_each_run(ten_scene):
    strip = accuracy_figure(ten_scene).axes[0]
    marks = {
        line.get_marker(): len(line.get_xdata()) for line in strip.lines if line.get_linestyle() == "None"
    }
    assert marks[">"] == 1  # the run that never grokked, where it was last seen
    assert marks["x"] == 3
    assert [label.get_text() for label in strip.get_yticklabels()] == [
        "memorised",
        "grokked",
        "stable",
        "fell",
    ]


def test_the_delay_is_written_between_the_medians(ten_scene):
    assert "7.6 × the steps" in texts(accuracy_figure(ten_scene))


def test_several_groups_have_a_colour_and_a_name_each(lab):
    ids = [tell(lab, Story(seed=s, weight_decay=d)) for d in (0.5, 1.0, 2.0) for s in (0, 1)]
    shown = scene_of(lab, ids)
    figure = accuracy_figure(shown)
    assert [text for text in texts(figure) if text.startswith("weight_decay=")] == [
        f"weight_decay={d} (2 runs)" for d in (0.5, 1.0, 2.0)
    ]
    assert len({colour.light for colour in shown.colours}) == 3
    assert "dashed: train" in texts(figure)[1]


def test_twenty_groups_have_a_scale_of_colours_and_a_short_legend_that_says_so(lab):
    ids = [write(lab, spec_of(0, weight_decay=float(d)), [(0, 0.1, 0.0)]) for d in range(20)]
    shown = scene_of(lab, ids)
    figure = accuracy_figure(shown)
    assert len({colour.light for colour in shown.colours}) == 20
    names = [text for text in texts(figure) if text.startswith("weight_decay=")]
    assert len(names) == 12
    assert {names[0], names[-1]} == {"weight_decay=0.0 (1 run)", "weight_decay=19.0 (1 run)"}
    assert "8 of 20 groups have no name here" in texts(figure)[1]


def test_more_runs_than_can_be_seen_are_thinned_evenly_and_the_picture_says_so(lab):
    ids = [
        write(
            lab,
            spec_of(s),
            [(0, 0.1, 0.0), (100 + s, 1.0, 0.95 if s < 60 else 0.1), (300, 1.0, 0.95 if s < 60 else 0.1)],
        )
        for s in range(70)
    ]
    shown = scene_of(lab, ids)
    assert len(shown.drawn) == 64
    grokked = {run["id"]: run["course"]["grokked_first"] for run in group_view(lab, ids)["runs"]}
    drawn = [grokked[run["id"]] for run in shown.drawn]
    assert (drawn[0], drawn[-1]) == (100, None)
    assert "64 of 70 runs drawn singly" in texts(accuracy_figure(shown))[1]


def test_long_curves_say_how_many_points_are_drawn(ten_scene, monkeypatch):
    monkeypatch.setattr(lines, "POINTS", 1000)
    said = texts(accuracy_figure(ten_scene))[1]
    assert "of 151 points per run drawn: lowest and highest in each of 60 columns" in said


def test_a_median_of_the_runs_that_are_left_is_dotted(lab):
    ids = [
        write(lab, spec_of(s), [(i, 0.1, 0.1 * s) for i in range(0, last, 10)])
        for s, last in ((0, 300), (1, 300), (2, 200))
    ]
    figure = accuracy_figure(scene_of(lab, ids))
    dotted = [
        line for line in figure.axes[-1].lines if line.get_linestyle() == ":" and line.get_linewidth() > 1
    ]
    solid = [
        line for line in figure.axes[-1].lines if line.get_linewidth() > 2 and line.get_linestyle() == "-"
    ]
    assert [known_steps(line) for line in dotted] == [(190, 290)] * 2
    assert [known_steps(line) for line in solid] == [(0, 190)] * 2
    assert "dotted: some have ended" in texts(figure)[1]


def test_a_loss_of_zero_does_not_break_the_logarithm(lab):
    run = write(
        lab,
        spec_of(0),
        [(0, 0.1, 0.0), (100, 1.0, 0.5)],
        values={"train_loss": [4.0, 0.0], "test_loss": [4.0, 2.0]},
    )
    figure = loss_figure(scene_of(lab, [run]))
    assert figure is not None
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] > 0


def test_losses_that_were_never_finite_still_make_a_picture(lab):
    nan = float("nan")
    run = write(lab, spec_of(0), [(0, 0.1, 0.0)], values={"train_loss": [nan], "test_loss": [float("inf")]})
    figure = loss_figure(scene_of(lab, [run]))
    assert figure is not None
    style.svg(figure)


def test_a_model_without_measured_activations_shows_its_weight_norm_alone(lab):
    figure = representation_figure(scene_of(lab, [tell(lab, Story(final=False))]))
    assert figure is not None
    assert len(figure.axes) == 1
    run = write(lab, spec_of(9), [(0, 0.1, 0.0)])
    assert representation_figure(scene_of(lab, [run])) is None


def test_the_survival_curve_falls_to_the_share_that_never_grokked_and_ticks_the_censored(ten_scene):
    figure = survival_figure(ten_scene)
    assert figure is not None
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert lines["not grokked"].get_ydata()[-1] == pytest.approx(0.1)
    assert lines["not memorised"].get_ydata()[-1] == 0
    assert [len(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == "|"] == [1, 1]


def test_what_is_said_above_a_picture_stays_inside_it(ten_scene, monkeypatch):
    monkeypatch.setattr(lines, "POINTS", 1000)
    figure = accuracy_figure(ten_scene)
    assert figure.texts[1].get_window_extent().x1 < figure.bbox.x1
    monkeypatch.setattr(layout, "LONGEST_LINE", 60)
    figure = accuracy_figure(ten_scene)
    title, said = (text.get_window_extent() for text in figure.texts)
    names, top = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert "\n" in figure.texts[1].get_text()
    assert said.x1 < figure.bbox.x1
    assert title.y0 >= said.y1
    assert said.y0 >= names.y1
    assert names.y0 >= top.y1


def test_a_single_run_has_no_survival_curve(lab):
    assert survival_figure(scene_of(lab, [tell(lab, Story())])) is None


@pytest.mark.parametrize("evaluations", [[], [(0, 0.1, 0.0)], [(0, 1.0, 1.0), (1, 1.0, 1.0)]])
def test_hardly_anything_to_show_makes_a_picture_all_the_same(lab, evaluations):
    ids = [write(lab, spec_of(seed), evaluations, end="") for seed in (0, 1)]
    shown = scene_of(lab, ids)
    assert loss_figure(shown) is None
    for figure in (accuracy_figure(shown), survival_figure(shown)):
        assert figure is not None
        assert b"<svg" in style.svg(figure)


def test_a_picture_of_damaged_runs_alone_is_empty_and_no_error(lab):
    run = tell(lab, Story())
    damage_document(lab, run)
    assert style.png(accuracy_figure(scene_of(lab, [run]))).startswith(b"\x89PNG")


def test_the_same_numbers_give_the_same_bytes_and_no_date_is_in_them(ten_scene):
    first, second = (style.svg(accuracy_figure(ten_scene)) for _ in range(2))
    assert first == second
    assert b"<dc:date>" not in first
    assert b"font-family" not in first
    assert style.png(accuracy_figure(ten_scene), 50) == style.png(accuracy_figure(ten_scene), 50)


def test_drawing_leaves_the_users_own_settings_alone_and_does_not_read_them(ten_scene):
    usual = style.svg(accuracy_figure(ten_scene))
    before = {name: rcParams[name] for name in ("axes.linewidth", "font.size")}
    rcParams.update({"axes.linewidth": 9.0, "font.size": 30.0})
    try:
        assert style.svg(accuracy_figure(ten_scene)) == usual
        assert rcParams["font.size"] == 30.0
    finally:
        rcParams.update(before)


def test_text_from_a_lab_is_no_mathematics(lab):
    ids = [write(lab, spec_of(0, optimizer={"name": name}), [(0, 0.1, 0.0)]) for name in (r"$\frac{1$", "b$")]
    assert b"<svg" in style.svg(accuracy_figure(scene_of(lab, ids)))


def test_every_named_colour_stands_out_from_its_ground():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for colour in (style.TRAIN, style.TEST, style.STABLE, style.FALLEN, *style.GROUPS):
        assert contrast(colour.light, style.GROUND.light) >= 2.9, colour
        assert contrast(colour.dark, style.GROUND.dark) >= 4.5, colour
    for colour in (style.INK, style.FAINT):
        assert contrast(colour.light, style.GROUND.light) >= 4.5
        assert contrast(colour.dark, style.GROUND.dark) >= 4.5
