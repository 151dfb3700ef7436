import numpy as np
import pytest
import torch

from latebloom.errors import NotApplicableError
from latebloom.lens.requests import SpectrumRequest
from latebloom.lens.spectrum import cyclic_shares, embedding_rows, spectrum
from latebloom.running.measuring import measure_snapshots
from latebloom.store import curve, load_snapshot, read_run
from tests.lens.labs import answer, scene_of


def seen(where, **asked):
    lab, run = where
    return answer(spectrum(scene_of(lab, run), SpectrumRequest(run, **asked)))[1]


def test_two_circles_have_their_energy_at_their_two_frequencies():
    angle = 2 * np.pi * np.arange(24) / 24
    circles = np.stack(
        [3 * np.cos(5 * angle), 3 * np.sin(5 * angle), np.cos(7 * angle), np.sin(7 * angle)], axis=1
    )
    found = cyclic_shares(torch.from_numpy(circles))
    assert found["spectrum"][[4, 6]] == pytest.approx([0.9, 0.1])
    assert found["spectrum"].sum() == pytest.approx(1)
    assert found["keys"].tolist() == [5]


def test_the_view_agrees_with_what_looks_record_of_the_same_snapshots(addition):
    lab, run = addition
    measure_snapshots(lab, [run], ["group_spectrum@final/all"])
    stored, view = read_run(lab, run), seen(addition)
    for name, column in (
        ("spectrum_gini", view["gini"]),
        ("spectrum_entropy", view["entropy"]),
        ("spectrum_null_99", view["null_high"]),
        ("spectrum_leading_share", [max(row) for row in view["energy"]]),
        ("spectrum_key_frequencies", [len(keys) for keys in view["keys"]]),
    ):
        steps, values = curve(stored, f"{name}@final/all")
        assert steps.tolist() == view["steps"]
        assert column == pytest.approx(values.tolist(), rel=1e-9)
    assert view["gcds"] == [1, 2, 3, 4, 1, 6]


def test_singular_values_are_those_of_the_stored_weights(addition):
    lab, run = addition
    (tokens,) = (one["values"] for one in seen(addition)["singular"] if one["name"] == "tokens")
    weights = load_snapshot(lab, read_run(lab, run), 60)["weights.tokens"].astype(float)
    assert tokens[-1] == pytest.approx(np.linalg.svd(weights[0], compute_uv=False)[:24].tolist())


def test_rows_of_the_embedding_are_fitted_by_least_squares(addition):
    lab, run = addition
    scene = scene_of(lab, run)
    rows = embedding_rows(scene, 60)
    assert len(rows) == 6
    for one in rows:
        angle = 2 * np.pi * one["frequency"] * np.arange(12) / 12
        waves = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        fit = waves @ np.linalg.lstsq(waves, np.array(one["row"]), rcond=None)[0]
        assert one["fit"] == pytest.approx(fit.tolist(), abs=1e-6)
        assert one["explained"] == pytest.approx((fit**2).sum() / (np.array(one["row"]) ** 2).sum())


def test_tokens_of_multiplication_stand_in_the_order_of_their_logarithm(attending):
    (row, *_) = seen(attending)["embedding"]
    assert row["tokens"] == [1, 2, 4, 8, 5, 10, 9, 7, 3, 6]


def test_a_group_that_is_not_cyclic_has_irreps_instead(permuting):
    view = seen(permuting)
    assert view["irreps"]["names"] == ["(3)", "(2, 1)", "(1, 1, 1)"]
    assert view["irreps"]["dimensions"] == [1, 2, 1]
    assert [sum(row) for row in view["irreps"]["power"]] == pytest.approx([1, 1, 1])
    assert view["frequencies"] == view["energy"] == view["embedding"] == []


def test_without_a_group_there_is_no_spectrum(composite):
    with pytest.raises(NotApplicableError, match="no group"):
        seen(composite)


def test_an_embedding_can_be_looked_at_itself(addition):
    lab, run = addition
    view = seen(addition, site="parameter.tokens", step=45)
    weights = load_snapshot(lab, read_run(lab, run), 60)["weights.tokens"][0]
    assert view["energy"][-1] == pytest.approx(cyclic_shares(torch.from_numpy(weights))["spectrum"].tolist())
    assert view["step"] == 30
