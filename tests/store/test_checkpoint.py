from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latebloom.errors import DamagedError, ResourceError
from latebloom.store import Lab, RunWriter, files, open_run
from latebloom.store import checkpoint as checkpoints
from latebloom.store.checkpoint import CheckpointName

from .faults import Disk, installed
from .story import DOCUMENT, RUN, document, look, same, state


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.open(tmp_path / "lab", create=True)


def train(writer: RunWriter, *steps: int) -> None:
    for step in steps:
        writer.append(look(step))
        writer.save_checkpoint(step, state(step), {"step": step})


def steps(writer: RunWriter) -> list[int]:
    return [name.step for name in writer.usable_checkpoints().names]


def test_a_checkpoint_comes_back_with_all_that_was_given(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(1))
        name = writer.save_checkpoint(1, state(1), {"counters": [1, 2.5], "threads": 2})
        stored = writer.load_checkpoint(name)
    assert (stored.step, stored.log_records, stored.info) == (1, 1, {"counters": [1, 2.5], "threads": 2})
    assert same(stored.arrays, state(1))


def test_the_last_two_are_kept(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2, 3, 4)
        assert steps(writer) == [4, 3]
        assert len(list((writer.folder / "checkpoint").iterdir())) == 2


def test_the_same_step_saved_again_replaces_itself_and_not_the_one_before(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2)
        writer.save_checkpoint(2, state(2), {"step": "other"})
        assert steps(writer) == [2, 1]
        assert writer.load_checkpoint(writer.usable_checkpoints().names[0]).info == {"step": "other"}


def test_a_checkpoint_of_records_that_were_rewound_is_not_used_and_goes_with_the_next_save(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2)
        writer.rewind(1)
        usable = writer.usable_checkpoints()
        assert [name.step for name in usable.names] == [1]
        assert "belongs to records that the log does not hold" in usable.problems[0]
        writer.append(look(5))
        assert steps(writer) == [1]
        writer.rewind(1)
        writer.save_checkpoint(1, state(1), {})
        assert [name.step for name in checkpoints.candidates(writer.folder)] == [1]


def test_a_checkpoint_is_not_joined_to_a_log_that_went_another_way(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2)
        writer.rewind(0)
        writer.append(look(3))
        writer.append(look(4))
        assert steps(writer) == []


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2)
        newest = checkpoints.candidates(writer.folder)[0]
        path = writer.folder / newest.file
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        usable = writer.usable_checkpoints()
        assert [name.step for name in usable.names] == [1]
        assert usable.problems == (f"{path} does not hold the bytes that were written (SHA-256 differs)",)
        with pytest.raises(DamagedError):
            writer.load_checkpoint(newest)


def test_a_checkpoint_renamed_to_another_step_or_brought_from_another_run_is_refused(lab: Lab) -> None:
    other = document(seed=4)
    with open_run(lab, RUN, DOCUMENT) as writer, open_run(lab, other["id"], other) as another:
        train(writer, 1)
        name = checkpoints.candidates(writer.folder)[0]
        moved = CheckpointName(2, name.sha256)
        data = (writer.folder / name.file).read_bytes()
        (writer.folder / moved.file).write_bytes(data)
        (another.folder / name.file).write_bytes(data)
        for holder, stolen in ((writer, moved), (another, name)):
            with pytest.raises(DamagedError, match="another run or step"):
                holder.load_checkpoint(stolen)


def test_files_with_other_names_are_no_checkpoints(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1)
        for name in ("notes.txt", "1.safetensors", ".000000000001.tmp"):
            (writer.folder / "checkpoint" / name).write_bytes(b"")
        assert steps(writer) == [1]


def test_a_save_that_failed_leaves_both_earlier_checkpoints(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        train(writer, 1, 2)
        with installed(files.Calls(write=Disk(lab.path, full_at=1).write)), pytest.raises(ResourceError):
            writer.save_checkpoint(3, {"weight": np.zeros(3)}, {})
        assert steps(writer) == [2, 1]
        assert len(list((writer.folder / "checkpoint").iterdir())) == 2
