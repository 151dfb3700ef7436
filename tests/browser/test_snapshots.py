"""What is computed of snapshots is what plain numpy makes of the stored weights and activations."""

import numpy as np
import pytest
from playwright.sync_api import expect

from latebloom.store import load_snapshot, snapshots
from tests.browser import lookup
from tests.browser.reading import drawn, number, table_of
from tests.browser.watched import let_go

ORDER = 23


@pytest.fixture
def run(lab):
    """A run that grokked; its snapshots hold the activations of all pairs."""
    return lookup.grokking(lab)[1]


@pytest.fixture
def points(lab, run):
    """The activations before the read-out at the last step, (pair, feature)."""
    return load_snapshot(lab, run, 500)["activations.final"].astype(np.float64)


@pytest.fixture
def means(points):
    """The mean of each sum's activations, (class, feature)."""
    sums = np.add.outer(np.arange(ORDER), np.arange(ORDER)).ravel() % ORDER
    return np.array([points[sums == one].mean(0) for one in range(ORDER)])


def last_row(rows):
    heads, *others = rows
    return dict(zip(heads, others[-1], strict=True))


def test_points_lie_along_the_principal_axes_of_the_last_step(open_view, run, points):
    page = open_view(f"/manifold?run={run.id}&inputs=all&basis=last")
    _, *rows = table_of(page, "manifold")
    centred = points - points.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:3]
    shown = np.array([[number(cell) for cell in row[-3:]] for row in rows])
    assert [row[0] for row in rows[:3]] == ["0 0", "0 1", "0 2"]
    assert np.abs(shown) == pytest.approx(np.abs(centred @ axes.T)[: len(shown)], abs=1e-3)
    held = ((centred @ axes.T) ** 2).sum() / (centred**2).sum()
    expect(page.get_by_test_id("manifold")).to_contain_text(
        f"{len(points)} points of {run.id} at final at step 500"
    )
    expect(page.get_by_test_id("manifold")).to_contain_text(f"hold {lookup.share(held)} of their variance")


def test_points_move_while_training_is_played(open_view, run):
    page = open_view(f"/manifold?run={run.id}&step=0&speed=20")
    cloud = page.get_by_test_id("manifold-cloud")
    expect(cloud).to_have_attribute("data-frame", "0")
    assert drawn(cloud.locator("canvas").first) > 10
    page.keyboard.press(" ")
    expect(cloud).to_have_attribute("data-frame", "10")
    expect(page.get_by_test_id("manifold-step")).to_have_text("500")


def test_playing_that_is_asked_for_before_the_steps_are_known_starts_when_they_are(open_view, run):
    held = []
    page = open_view(f"/manifold?run={run.id}&step=0&speed=20", hold=("**/api/timebar?*", held))
    cloud = page.get_by_test_id("manifold-cloud")
    expect(cloud).to_have_attribute("data-frame", "0")
    expect(page.get_by_test_id("timebar")).to_have_count(0)
    page.keyboard.press(" ")
    let_go(page, held)
    expect(cloud).to_have_attribute("data-frame", "10")


def test_the_numbers_beside_the_points_are_those_recorded_at_the_step(open_view, run):
    page = open_view(f"/manifold?run={run.id}&step=250")
    beside = page.get_by_test_id("manifold-measures")
    for name in ("participation_ratio", "activation_l2"):
        steps, values = lookup.curve(run, name)
        shown = beside.locator(f"dt:has-text('{name.replace('_', ' ')}') + dd").first.inner_text()
        assert number(shown) == pytest.approx(values[list(steps).index(250)], rel=5e-3)


def test_each_number_says_over_which_examples_it_was_taken(open_view, run):
    page = open_view(f"/manifold?run={run.id}&step=250")
    expect(page.get_by_test_id("manifold-measures-of")).to_contain_text(
        "Recorded at final, over the test pairs"
    )
    page.get_by_test_id("nav-structure").click()
    for chart in ("rings", "betti"):
        expect(page.get_by_test_id(f"{chart}-note")).to_contain_text("over all pairs")
    page.get_by_test_id("nav-spectrum").click()
    expect(page.get_by_test_id("energy-note")).to_contain_text("over all pairs")


def test_energies_are_the_fourier_powers_of_the_class_means(open_view, run, means):
    page = open_view(f"/spectrum?run={run.id}")
    row = last_row(table_of(page, "energy"))
    power = (np.abs(np.fft.fft(means - means.mean(0), axis=0)) ** 2).sum(1)
    shares = [power[k] + power[ORDER - k] for k in range(1, ORDER // 2 + 1)] / power.sum()
    shown = [number(row[f"energy at {k}"]) for k in range(1, ORDER // 2 + 1)]
    assert row["step"] == "500"
    assert shown == pytest.approx(shares.tolist(), abs=1e-5)


def test_singular_values_are_those_of_the_stored_read_out(open_view, lab, run):
    page = open_view(f"/spectrum?run={run.id}")
    row = last_row(table_of(page, "singular-readout-weight"))
    values = np.linalg.svd(load_snapshot(lab, run, 500)["weights.readout.weight"], compute_uv=False)
    assert [number(row[str(rank)]) for rank in range(1, 6)] == pytest.approx(values[:5].tolist(), rel=1e-4)


def test_ring_scores_count_the_neighbours_one_stride_away(open_view, run, means):
    page = open_view(f"/structure?run={run.id}")
    row = last_row(table_of(page, "rings"))
    far = np.linalg.norm(means[:, None] - means, axis=-1)
    np.fill_diagonal(far, np.inf)
    apart = (np.argsort(far, axis=1)[:, :2] - np.arange(ORDER)[:, None]) % ORDER
    for stride in range(1, ORDER // 2 + 1):
        score = np.isin(apart, (stride, ORDER - stride)).mean()
        assert number(row[f"stride {stride}"]) == pytest.approx(score, abs=1e-4)


def test_pieces_merge_at_the_edges_of_the_shortest_tree(open_view, run, means):
    page = open_view(f"/structure?run={run.id}")
    rows = table_of(page, "persistence")
    deaths = sorted(number(row[2]) for row in rows if row[0] == "H0" and row[2] != "∞")
    assert deaths == pytest.approx(sorted(shortest_tree(means)), rel=1e-3)


def shortest_tree(points):
    """List the lengths of the edges of the shortest tree that joins all points."""
    far = np.linalg.norm(points[:, None] - points, axis=-1)
    nearest, lengths = far[0].copy(), []
    inside = {0}
    while len(inside) < len(points):
        one = min(set(range(len(points))) - inside, key=lambda place: nearest[place])
        lengths.append(nearest[one])
        inside.add(one)
        nearest = np.minimum(nearest, far[one])
    return lengths


def test_each_head_of_a_transformer_has_its_share_of_the_largest_entropy(open_view, lab):
    run = lookup.transformer(lab)
    page = open_view(f"/structure?run={run.id}")
    heads, *rows = table_of(page, "attention")
    assert len(heads) == 1 + run.document["spec"]["model"]["heads"]
    assert [int(row[0]) for row in rows] == [step for step, _ in snapshots(run)]
    assert all(0 < number(cell) < 1 for row in rows for cell in row[1:])
    expect(page.get_by_test_id("attention")).to_contain_text("1 where at all alike")
