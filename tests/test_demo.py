"""What a newcomer sees: the demo, run as they run it."""

import json
import re
import subprocess
import sys

import pytest

import latebloom


@pytest.mark.slow
def test_the_demo_memorises_waits_groks_and_writes_a_report_of_those_lanes(tmp_path):
    command = [sys.executable, "-m", "latebloom", "demo", "--lab", str(tmp_path / "lab")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "lab" / "demo.html").read_text()
    assert str(tmp_path / "lab" / "demo.html") in done.stdout
    assert re.search(r"\d+ of 10 grokked", done.stdout)
    listing = [sys.executable, "-m", "latebloom", "list", "--json", "--lab", str(tmp_path / "lab")]
    runs = json.loads(subprocess.run(listing, capture_output=True, text=True, check=True).stdout)
    assert len(runs) >= 8
    assert all(run["id"] in page for run in runs)
    grokked = [run for run in runs if run["grokked_first"] is not None]
    assert len(grokked) >= 7
    ratios = sorted(run["grokked_first"] / run["memorised"] for run in grokked)
    assert ratios[len(ratios) // 2] >= 3

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert "done already" in again.stderr


def test_a_population_is_trained_from_python_and_looked_at(tmp_path):
    table = {
        "task.modulus": 7,
        "split.fraction": 0.6,
        "model.width": 16,
        "optimizer.learning_rate": [0.01, 0.003],
    }
    runs = latebloom.run("demo", seeds=2, overrides=table, steps=40, lab=tmp_path / "lab", workers=1)
    assert len(runs) == 4
    frame = runs.frame()
    assert set(frame.columns) == {"run", "seed", "step", "name", "value"}
    assert frame.query("name == 'test_accuracy'").groupby("run").size().tolist() == [5] * 4
    arrays = runs[0].snapshot(40)
    assert arrays["weights.readout.weight"].shape == (7, 16)
    assert arrays["activations.final"].shape == (49, 16)
    assert runs[0].id in runs._repr_html_()
    assert len(runs.events()) >= 1
    assert runs.plot().axes
    assert (
        latebloom.run("demo", seeds=2, overrides=table, steps=40, lab=tmp_path / "lab").frame().equals(frame)
    )


def test_a_spec_can_be_trained_from_python(tmp_path):
    from latebloom.spec import from_plain
    from tests.running.labs import PLAIN

    spec = from_plain(PLAIN)
    (run,) = latebloom.run(spec, lab=tmp_path / "lab", workers=1)
    assert run.status == "done"
    assert run.id == spec.id
    with pytest.raises(latebloom.LatebloomError, match="give a preset"):
        latebloom.run(3, lab=tmp_path / "lab")
