"""`latebloom measure FILE`: the table, the JSON, and what is refused."""

import doctest
import io
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from latebloom.cli import measured_runs
from latebloom.cli.measuring import QUIET_SECONDS, Progress
from latebloom.clouds import archives, groups, reading, tensors
from latebloom.clouds.cosets import DRAWS, MOST_CLUSTERS
from latebloom.clouds.measuring import MOST_FOR_NEIGHBOURS
from latebloom.clouds.table import FAMILIES
from tests.cli.commands import ROOT, say, spawn
from tests.clouds.clouds import cosine_embedding, packed, residues, round_cloud

PAGE = (ROOT / "docs" / "measuring.md").read_text()
PROMISED = (
    *("pca_dimension_95", "pca_dimension_99", "twonn_dimension", "participation_ratio"),
    *("activation_l2", "activation_std", "activation_max", "activation_sparsity", "betti_0", "betti_1"),
    *("adjacency_stride_1", "ring_best_stride", "ring_best_score", "ring_p_value"),
    *("coset_purity", "factorisation", "spectrum"),
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with a ring in ring.npz, and without a lab; nothing may be added to it."""
    points, labels = cosine_embedding(24, 9, copies=2, noise=0.05)
    np.savez(tmp_path / "ring.npz", hidden=points.astype("f4"), labels=labels, steps=np.arange(3))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    yield tmp_path
    assert [path for path in sorted(tmp_path.iterdir()) if path.suffix == ""] == []
    assert set(before) <= set(tmp_path.iterdir())


def refused(*words):
    said = say("measure", *words)
    assert said.code == 2, said
    assert said.err.count("\n") == 1
    assert said.err.startswith("latebloom: ")
    assert not said.out
    return said.err


def measured(*words):
    said = say("measure", *words, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_the_table_has_a_row_for_each_number_with_its_range_null_and_p_value(place):
    said = say("measure", "ring.npz", "--group", "cyclic:24")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[:4] == [
        "ring.npz",
        "points: 'hidden' (48, 16) float32, the only array with two axes",
        "labels: 'labels' (48,) int64, by its name",
        "group: cyclic:24",
    ]
    (score,) = (line.split() for line in lines if "ring_best_score" in line)
    assert score[1:5] == [score[1], "0", "to", "1"]
    assert len(score) == 8
    assert float(score[-1]) < 0.01
    families = [line.strip() for line in lines if line.strip() in FAMILIES]
    assert families == list(FAMILIES)
    assert all(len(line.rstrip()) <= 80 for line in lines if line.startswith("  ") and ":" not in line)


def test_what_could_not_be_measured_has_a_line_with_the_reason(place):
    lines = say("measure", "ring.npz").out.splitlines()
    assert "  ring_scan: needs a group" in lines
    (hint,) = (line for line in lines if line.startswith("not measured"))
    assert "--group cyclic:97" in hint
    np.savez("bare.npz", hidden=round_cloud(20))
    assert "  ring_scan: needs labels and a group" in say("measure", "bare.npz").out.splitlines()


def test_the_keys_are_the_names_of_the_measures(place):
    points, coordinates = cosine_embedding(96, 8)
    np.savez("cosets.npz", hidden=points, labels=residues(coordinates))
    found = measured("cosets.npz", "--group", "multiplicative:97")
    for name in PROMISED:
        assert name in found, name
    assert found["coset_purity"] == 1
    assert found["spectrum_leading_gcd"] == 8
    assert len(found["spectrum"]) == 48
    assert math.isclose(sum(found["spectrum"]), 1)
    assert found["coset_purity_by_quotient"]["12"]["purity"] == 1
    assert found["cloud"] == {
        "file": "cosets.npz",
        "points": "hidden",
        "labels": "labels",
        "group": "multiplicative:97",
    }


def test_a_ring_of_frequency_three_is_found_in_a_file_of_each_kind(place):
    points, labels = cosine_embedding(97, 3)
    for suffix in (".npz", ".safetensors"):
        (place / f"z97{suffix}").write_bytes(packed(suffix, {"hidden": points, "labels": labels}))
        found = measured(f"z97{suffix}", "--points", "hidden", "--labels", "labels", "--group", "cyclic:97")
        assert found["ring_best_stride"] in (32, 65)
        assert found["ring_p_value"] < 0.01
        assert found["adjacency_stride_1"] == 0
        assert "coset_purity" not in found
        assert "prime" in found["not_measured"]["coset_purity"]


def test_what_is_no_number_in_json_is_null_with_a_reason(place):
    np.save("circle.npy", cosine_embedding(40, 1)[0])
    found = measured("circle.npy")
    assert found["loop_dominance"] is None
    assert found["not_measured"]["loop_dominance"].startswith("infinite")
    assert found["diagram_h0"][0] == [0.0, None]
    points = round_cloud(20)
    points[2, 1] = np.nan
    np.save("spoiled.npy", points)
    found = measured("spoiled.npy")
    assert found["participation_ratio"] is None
    assert found["not_measured"]["participation_ratio"] == "the points hold nan or infinity"
    assert "1 of 20 samples" in found["notes"][0]
    assert "note: 1 of 20 samples" in say("measure", "spoiled.npy").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to measure; give a file"),
        (["missing.npz"], "there is no file missing.npz"),
        (["ring.npz", "ring.npz"], "one file at a time"),
        (["ring.npz", "some-run"], "one file at a time"),
        (["ring.npz", "--points", "hiden"], "no array 'hiden'; did you mean 'hidden'"),
        (["ring.npz", "--points", "labels"], "points: got shape (48,); two axes are needed"),
        (["ring.npz", "--labels", "steps"], "labels: got shape (3,); (48,) is needed"),
        (["ring.npz", "--labels", "hidden", "--points", "hidden"], "labels: got numbers of type float32"),
        (["ring.npz", "--group", "ring:24"], "no group 'ring'"),
        (
            ["ring.npz", "--group", "cyclic:23"],
            "got the label 23; labels from 0 to 22 are needed; cyclic:24 would",
        ),
        (["ring.npz", "--group", "cyclic:25"], "got no sample of 1 of its 25 classes"),
        (["ring.npz", "--group", "cyclic:4"], "it has 4 elements; 5 to 512"),
        (["ring.npz", "--group", "multiplicative:24"], "24 is no prime; a prime such as 23 is needed"),
        (["ring.npz", "--look", "ring_scan@final"], "--look is for a run of a lab, not for a file"),
        (["ring.npz", "--steps", "100"], "--steps is for a run of a lab, not for a file"),
        (["some-run", "--group", "cyclic:24"], "--group is for a file such as cloud.npz, not for a run"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(place, words, message):
    assert message in refused(*words)


def test_files_of_other_kinds_and_without_labels_are_refused(place):
    (place / "notes.txt").write_text("hello")
    assert "ends in '.txt'" in refused("notes.txt")
    np.save("points.npy", round_cloud(20))
    assert "--group cyclic:5 needs labels, but there are none" in refused("points.npy", "--group", "cyclic:5")
    np.savez("objects.npz", hidden=np.array([[None]] * 4))
    assert "Python objects" in refused("objects.npz")


def test_other_words_are_runs_and_handed_on(place, monkeypatch):
    asked = []

    def measure_runs(lab, names, looks, *, steps="", json):
        asked.append((str(lab), tuple(names), tuple(looks), steps, json))
        return 7

    monkeypatch.setattr(measured_runs, "measure_runs", measure_runs)
    said = say(
        *("measure", "one", "two", "--look", "ring_scan@final", "--look", "betti_numbers@final"),
        *("--steps", "5,9", "--lab", "elsewhere", "--json"),
    )
    assert said.code == 7, said.err
    assert asked == [("elsewhere", ("one", "two"), ("ring_scan@final", "betti_numbers@final"), "5,9", True)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progressed(stream, moments):
    clock = iter([0.0, *moments])
    with Progress(stream, lambda: next(clock)) as progress:
        for number, _ in enumerate(moments):
            progress.measure(f"measure_{number}")
    return stream.getvalue()


def test_progress_is_told_only_where_somebody_waits():
    quiet = QUIET_SECONDS * 0.9
    assert progressed(io.StringIO(), [0.1, quiet]) == ""
    assert progressed(Terminal(), [0.1, quiet]) == ""
    assert (
        progressed(io.StringIO(), [2.1, 2.2, 3.9, 4.2])
        == "measuring measure_0 (2 s)\nmeasuring measure_3 (4 s)\n"
    )
    line = progressed(Terminal(), [2.1, 2.2])
    assert line.count("\r\x1b[2K") == 3
    assert line.endswith("\x1b[2K")


def test_a_file_of_damage_does_not_cost_the_loading_of_torch(tmp_path):
    (tmp_path / "cloud.npz").write_bytes(b"PK\x03\x04 and no more")
    code = (
        "import sys\nfrom latebloom.cli.main import run\n"
        "code = run(['measure', 'cloud.npz'])\nprint(code, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2 False\n"
    assert done.stderr.startswith("latebloom: cloud.npz is no .npz archive")


def test_a_process_of_its_own_prints_json_and_nothing_else(tmp_path):
    np.save(tmp_path / "cloud.npy", round_cloud(30))
    said = spawn("measure", "cloud.npy", "--json", folder=tmp_path)
    assert said.code == 0
    assert json.loads(said.out)["samples"] == 30
    assert all(line.startswith("measuring ") for line in said.err.splitlines())


def test_the_examples_on_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = str(ROOT / "docs" / "measuring.md")
    assert doctest.testfile(page, module_relative=False, encoding="utf-8").failed == 0


def test_the_bounds_on_the_page_are_those_of_the_code():
    bounds = PAGE[PAGE.index("## Bounds") :]
    assert reading.LARGEST == 2 * 2**30
    assert "| 2 GiB |" in bounds
    assert f"over {archives.RATIO_FROM // 2**20} MiB" in bounds
    assert f"| {archives.LARGEST_RATIO} times its size" in bounds
    assert f"| {archives.MOST_MEMBERS:,}, with a table of contents of {archives.SIP // 2**20} MiB |" in bounds
    assert f"| {reading.LARGEST_HEADER // 2**20} MiB, {reading.LARGEST_NUMPY_HEADER:,} letters |" in bounds
    assert f"| {tensors.MOST_NUMBERS:,}, such as" in bounds
    assert f"| elements of a group | {groups.MOST} |" in bounds
    assert f"| clusters of `coset_purity` | {MOST_CLUSTERS} |" in bounds
    assert f"Of more than {MOST_FOR_NEIGHBOURS:,}" in PAGE
    assert f"({'from ' + str(DRAWS)} relabellings)" in PAGE
    assert f"has {groups.FEWEST} to {groups.MOST} elements" in PAGE
    for suffix in reading.SUFFIXES:
        assert suffix.strip(".") in PAGE


def test_every_promised_key_and_every_extra_one_stands_on_the_page(place):
    found = measured("ring.npz", "--group", "cyclic:24")
    extra = ("not_measured", "notes", "coset_purity_by_quotient", "samples", "features", "order", "cloud")
    assert set(extra) <= set(found)
    for name in (*extra, *found["cloud"], *next(iter(found["coset_purity_by_quotient"].values()))):
        assert f"`{name}`" in PAGE, name
