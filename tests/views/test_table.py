from __future__ import annotations

import json
import math

from latebloom.views import records_table

from .labs import Story, damage_document, spec_of, tell, write


def test_every_stored_number_is_a_row_and_nothing_else_is(lab):
    run = write(lab, spec_of(3), [(0, 0.1, 0.0), (100, 1.0, 0.5)], values={"weight_norm": [3.0, math.inf]})
    table = records_table(lab, [run])
    rows = list(
        zip(table.run, table.seed, table.step.tolist(), table.name, table.value.tolist(), strict=True)
    )
    first = {"test_accuracy": 0.0, "train_accuracy": 0.1, "weight_norm": 3.0}
    assert rows[:3] == [(run, 3, 0, name, value) for name, value in first.items()]
    assert len(table) == 6
    assert rows[-1] == (run, 3, 100, "weight_norm", math.inf)
    assert table.to_json()["value"][-1] is None
    json.dumps(table.to_json(), allow_nan=False)


def test_rows_are_in_the_order_of_the_runs_given(lab):
    ids = [tell(lab, Story(seed=seed)) for seed in (0, 1)]
    assert list(dict.fromkeys(records_table(lab, ids[::-1]).run)) == ids[::-1]


def test_the_seed_of_a_run_whose_settings_are_damaged_is_unknown(lab):
    run = tell(lab, Story())
    damage_document(lab, run)
    assert set(records_table(lab, [run]).seed) == {None}


def test_no_runs_make_an_empty_table(lab):
    assert len(records_table(lab, [])) == 0
