import math
from importlib.util import find_spec

import numpy as np
import pytest

from latebloom.clouds.measuring import measure_arrays, measure_cloud
from latebloom.clouds.table import FAMILIES, OTHERS, lists, rows
from tests.clouds.clouds import cosine_embedding

PLAIN = (
    "samples",
    "features",
    "order",
    "coset_purity_by_quotient",
    "coset_purity_umap_by_quotient",
    "not_measured",
    "notes",
)


KNOWN = {name: row for names in FAMILIES.values() for name, row in names.items()}
"""The rows that there are with the packages that are installed."""
if find_spec("umap") is None:
    del KNOWN["coset_purity_umap"]


@pytest.fixture(scope="module")
def found():
    return measure_cloud(*cosine_embedding(24, 3, copies=2, noise=0.01), "cyclic:24")


def test_every_number_has_a_row_or_belongs_to_one_or_is_a_list(found):
    shown = {row.name for row in rows(found)}
    for name in found.keys() - set(PLAIN) - set(lists(found)):
        of_null = name.endswith("_p_value") or "_null_" in name
        assert name in shown or of_null, name
    assert shown == set(KNOWN)


def test_no_number_of_a_cloud_is_among_other_arrays(found):
    assert [row for row in rows(found) if row.family == OTHERS] == []


def test_every_number_lies_in_the_range_of_its_row(found):
    for row in rows(found):
        value = found[row.name]
        words = row.range.replace(",", "").split()
        if row.range in ("0 or 1", "0, from 1"):
            assert value in (0, 1) or (value >= 1 and "from" in words), row
        elif words[0] == "from":
            assert value >= float(words[1]), row
        elif words[0] == "to":
            assert value <= float(words[1]) + 0.05, row
        elif words[0] != "any":
            low, high = float(words[0]), float(words[2])
            assert low <= value <= high * 1.001, row


def test_every_null_and_p_value_stands_in_the_row_of_its_score(found):
    prefixes = {
        name.removesuffix("_p_value")
        for name, value in found.items()
        if name.endswith("_p_value") and isinstance(value, float)
    }
    assert prefixes == {null for _, null in KNOWN.values() if null}
    (row,) = (row for row in rows(found) if row.name == "coset_purity")
    assert (row.value, row.p_value) == ("1", "0.006")
    assert float(row.null_95) == pytest.approx(found["coset_purity_null_95"], rel=1e-2)


def test_what_is_nan_has_no_row():
    found = measure_cloud(np.ones((12, 3)), np.arange(12), "cyclic:12")
    assert math.isnan(found["participation_ratio"])
    assert "participation_ratio" not in {row.name for row in rows(found)}


def test_numbers_of_other_arrays_come_last():
    found = measure_arrays(np.eye(4), others={"weights": np.eye(3)})
    assert {"spectral_norm", "weight_stable_rank"} < {row.name for row in rows(found)}
    assert rows(found)[-1].family == OTHERS
    assert "singular_values" in lists(found)
