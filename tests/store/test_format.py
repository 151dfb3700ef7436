"""The format is what docs/format.md says, and the fixture lab of every released format opens for ever.

`fixtures/format-1` was made, once, by this script, and is never made again:

    lab = Lab.open("tests/store/fixtures/format-1", create=True)
    for seed in (0, 1):
        spec = {"task": {"name": "addition", "modulus": 5}, "seed": seed, "steps": 3}
        document = {"id": run_id(spec), "spec": spec, "preset": "fixture", "steps": 3}
        with open_run(lab, run_id(spec), document) as writer:
            ref = writer.save_snapshot(0, {"weight": np.full((2, 3), seed, dtype=np.float32)})
            writer.append(Look(0, {"train.loss": 1.625, "test.loss": float("inf")}, arrays=(ref,)))
            writer.append(Look(2, {"train.loss": 0.1}, (Event("memorised", 1, 2),)))
            writer.save_checkpoint(2, {"weight": np.arange(6.0)}, {"samples": 50})
            if seed == 0:
                writer.append(Look(3, {"train.loss": 1e-300}, end="done"))
            else:
                writer.append(Look(3, {"train.loss": float("nan")}))
    log = lab.folder(run_id(spec)) / "looks.log"
    log.write_bytes(log.read_bytes()[:-9])
    for lock in lab.path.rglob("lock"):
        lock.unlink()
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latebloom.records import Event
from latebloom.store import (
    Lab,
    MeasuredWriter,
    arrays,
    curve,
    document,
    lab,
    load_snapshot,
    log,
    open_run,
    read_run,
    summaries,
)
from latebloom.store import checkpoint as checkpoints

PAGE = Path(__file__).parents[2] / "docs" / "format.md"
FIXTURE = Path(__file__).parent / "fixtures" / "format-1"
DONE, TORN = "addition-s0-9487402940", "addition-s1-c940fbc3ea"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def written(tmp_path: Path) -> Lab:
    """A lab made of the bytes on the page, and of nothing else."""
    marker, spec = blocks("json")
    folder = tmp_path / "runs" / json.loads(spec)["run"]["id"]
    folder.mkdir(parents=True)
    (tmp_path / "lab.json").write_text(marker)
    (folder / "spec.json").write_text(spec)
    (folder / "looks.log").write_text(blocks("text")[1])
    return Lab.open(tmp_path)


def test_the_bytes_on_the_page_are_a_run(written: Lab) -> None:
    (run,) = [read_run(written, run) for run in written.run_ids()]
    assert (run.status, run.step, run.steps, run.events) == ("done", 200, 200, (Event("memorised", 90, 100),))
    assert curve(run, "train.loss")[1].tolist() == [1.625, 0.1, 0.0625]
    assert curve(run, "test.loss")[1].tolist() == [float("inf"), 2.0, 0.5]


def test_the_code_writes_the_bytes_on_the_page(written: Lab, tmp_path: Path) -> None:
    (run,) = [read_run(written, run) for run in written.run_ids()]
    new = Lab.open(tmp_path / "new", create=True)
    with open_run(new, run.id, run.document) as writer:
        for look in run.looks:
            writer.append(look)
    for name in ("spec.json", "looks.log"):
        assert (new.folder(run.id) / name).read_text() == (written.folder(run.id) / name).read_text()
    assert (new.path / "lab.json").read_text() == (written.path / "lab.json").read_text()


def test_the_measured_bytes_on_the_page_are_read_and_written(written: Lab) -> None:
    (run,) = written.run_ids()
    line = blocks("text")[2]
    found = log.decode_look(line.encode()[log.HEAD_SIZE : -1])
    with open_run(written, run) as writer:
        looks = list(writer.looks)
        writer.rewind(0)
        for look in (looks[0], replace(looks[1], arrays=found.arrays), looks[2]):
            writer.append(look)
    with MeasuredWriter(written, run) as measured:
        measured.append(found.step, found.values, *found.arrays)
    assert (written.folder(run) / "measured.log").read_text() == line
    assert read_run(written, run).looks[1].values == {
        **looks[1].values,
        "ring_best_score": 0.75,
        "ring_p_value": 0.005,
    }


def test_every_file_that_a_finished_run_leaves_stands_in_the_page(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "lab")
    copied = Lab.open(tmp_path / "lab")
    with open_run(copied, TORN) as writer:
        writer.note_session({})
        MeasuredWriter(copied, TORN).__exit__(None, None, None)
        found = {path.name for path in writer.folder.iterdir()}
    assert summaries(copied)
    tree = blocks("text")[0]
    for name in found | {path.name for path in copied.path.iterdir()}:
        assert re.search(rf"\b{re.escape(name)}\b", tree), name


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    stated = dict(
        re.findall(r"^\| (.+) \| (\d+) \|$", PAGE.read_text().split("## Limits")[1], flags=re.MULTILINE)
    )
    assert {name: int(size) for name, size in stated.items()} == {
        "`lab.json`": lab.MARKER_LIMIT,
        "`spec.json`": document.LIMIT,
        "the JSON of one look": log.LONGEST,
        "a file of arrays, a checkpoint": arrays.LARGEST,
    }


def test_the_keys_on_the_page_are_those_of_the_bytes() -> None:
    folder = FIXTURE / "runs" / DONE
    (stored,) = checkpoints.candidates(folder)
    _, metadata = arrays.unpack((folder / stored.file).read_bytes(), "fixture")
    section = PAGE.read_text().split("## checkpoint")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == metadata.keys()


def test_the_lab_of_format_one_opens(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "lab")
    stored = Lab.open(tmp_path / "lab")
    assert [(info.id, info.status) for info in summaries(stored)] == [(DONE, "done"), (TORN, "interrupted")]
    done, torn = read_run(stored, DONE), read_run(stored, TORN)
    assert curve(done, "train.loss")[1].tolist() == [1.625, 0.1, 1e-300]
    assert (done.events, done.document["preset"]) == ((Event("memorised", 1, 2),), "fixture")
    assert (torn.torn, [look.step for look in torn.looks]) == (True, [0, 2])
    assert load_snapshot(stored, done, 0)["weight"].tolist() == [[0.0] * 3] * 2
    assert load_snapshot(stored, torn, 0)["weight"].tolist() == [[1.0] * 3] * 2


def test_the_interrupted_run_of_format_one_can_be_gone_on_with(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "lab")
    with open_run(Lab.open(tmp_path / "lab"), TORN) as writer:
        (name,) = writer.usable_checkpoints().names
        stored = writer.load_checkpoint(name)
        assert (stored.step, stored.log_records, stored.info) == (2, 2, {"samples": 50})
        np.testing.assert_array_equal(stored.arrays["weight"], np.arange(6.0))
