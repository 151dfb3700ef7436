"""Settings that tell runs apart come first, in a table as on a map."""

from latebloom.store import ColumnReader
from latebloom.views.live_runs import runs_view
from latebloom.views.phase import phase_view
from latebloom.views.telling import by_telling
from tests.views.labs import spec_of, write


def test_the_setting_that_parts_most_pairs_comes_first_and_what_parts_no_more_comes_last():
    flat = [
        {"task": "addition", "width": 64, "decay": decay, "rate": rate}
        for decay in (0.1, 0.5, 1.0)
        for rate in (1, 2)
    ]
    flat.append({"task": "division", "width": 32, "decay": 0.1, "rate": 1, "only": True})
    assert by_telling(flat, ["only", "width", "task", "rate", "decay"]) == [
        "decay", "rate", "width", "task", "only",
    ]  # fmt: skip


def test_there_may_be_no_runs_and_no_settings():
    assert by_telling([], []) == []
    assert by_telling([{}], []) == []


def test_in_a_mixed_lab_the_swept_setting_is_the_first_column_and_the_first_axis(lab):
    for seed in range(2):
        for decay in (0.1, 0.5, 1.0):
            write(lab, spec_of(seed, weight_decay=decay), [(0, 0.1, 0.0), (100, 1.0, 1.0)])
    write(lab, spec_of(5, task={"name": "addition", "modulus": 13}), [(0, 0.1, 0.0), (100, 1.0, 1.0)])
    runs = ColumnReader(lab).read_all()
    assert runs_view(runs)["settings"][0] == "optimizer.weight_decay"
    view = phase_view(runs)
    assert view["x"] == "optimizer.weight_decay"
    assert view["settings"][-1]["path"] == "seed"
