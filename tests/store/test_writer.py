from __future__ import annotations

import json
from pathlib import Path

import pytest

from latebloom.errors import DamagedError, InputError, LabError
from latebloom.store import Lab, files, load_snapshot, open_run, read_run
from latebloom.store import checkpoint as checkpoints

from .faults import Crash, Disk, installed
from .story import DOCUMENT, RUN, document, look, same, state, tell, whole


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.open(tmp_path / "lab", create=True)


def test_a_run_is_made_with_its_document_and_keeps_it(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        assert writer.document == DOCUMENT
    with open_run(lab, RUN, {**DOCUMENT, "created": "later"}) as writer:
        assert writer.document == DOCUMENT


def test_a_run_that_is_not_there_needs_a_document(lab: Lab) -> None:
    with pytest.raises(LabError, match=f"there is no run {RUN}"):
        open_run(lab, RUN)
    assert not lab.runs.exists()


def test_a_document_of_another_run_is_refused_and_the_run_can_still_be_made(lab: Lab) -> None:
    with pytest.raises(InputError, match=f"not the document of run {RUN}"):
        open_run(lab, RUN, document(seed=4))
    assert lab.run_ids() == []
    open_run(lab, RUN, DOCUMENT).close()


def test_every_record_is_one_write(lab: Lab) -> None:
    written: list[bytes] = []
    real = files.Calls()

    def write(descriptor: int, data: memoryview) -> int:
        written.append(bytes(data))
        return real.write(descriptor, data)

    with open_run(lab, RUN, DOCUMENT) as writer, installed(files.Calls(write=write)):
        writer.append(look(0))
        writer.append(look(1))
    assert b"".join(written) == (lab.folder(RUN) / "looks.log").read_bytes()
    assert len(written) == 2


def test_nothing_is_added_after_the_end(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(6))
        assert writer.ended == "done"
        with pytest.raises(LabError, match=r"has ended \(done\)"):
            writer.append(look(7))
    with open_run(lab, RUN) as writer, pytest.raises(LabError, match="has ended"):
        writer.append(look(7))


def test_a_run_rewound_before_its_end_can_go_on(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(5))
        writer.append(look(6))
        writer.rewind(1)
        assert (writer.looks, writer.ended) == ((look(5),), "")
        writer.append(look(6))
    assert read_run(lab, RUN).looks == (look(5), look(6))


@pytest.mark.parametrize("records", [-1, 2])
def test_a_log_is_not_rewound_to_records_it_never_had(lab: Lab, records: int) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(0))
        with pytest.raises(InputError, match="holds 1 records"):
            writer.rewind(records)


def test_a_writer_that_is_closed_writes_nothing(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        pass
    writer.close()
    with pytest.raises(LabError, match="is closed"):
        writer.append(look(0))


def test_a_torn_tail_is_cut_off_before_anything_is_added(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(0))
        writer.append(look(1))
    path = lab.folder(RUN) / "looks.log"
    path.write_bytes(path.read_bytes()[:-5])
    assert read_run(lab, RUN).torn
    with open_run(lab, RUN) as writer:
        assert writer.looks == (look(0),)
        writer.append(look(2))
    assert read_run(lab, RUN).looks == (look(0), look(2))


def test_a_damaged_log_is_not_written_and_the_lock_is_free_again(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(0))
    path = lab.folder(RUN) / "looks.log"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(DamagedError, match="byte 0"):
            open_run(lab, RUN)
    assert path.read_bytes() == before


def test_a_log_without_its_document_is_damage_and_not_a_new_run(lab: Lab) -> None:
    open_run(lab, RUN, DOCUMENT).close()
    (lab.folder(RUN) / "spec.json").unlink()
    with pytest.raises(DamagedError, match=r"spec\.json is missing"):
        open_run(lab, RUN, DOCUMENT)


def test_what_a_killed_writer_left_half_written_is_swept(lab: Lab) -> None:
    open_run(lab, RUN, DOCUMENT).close()
    folder = lab.folder(RUN)
    for place in (folder, folder / "arrays", folder / "checkpoint"):
        (place / ".something.0.tmp").write_bytes(b"half")
    open_run(lab, RUN).close()
    assert list(folder.rglob("*.tmp")) == []


def test_snapshots_come_back_by_step(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        for step in (0, 3):
            writer.append(look(step, (writer.save_snapshot(step, state(step)),)))
    assert same(load_snapshot(lab, read_run(lab, RUN), 3), state(3))


def test_sessions_are_noted_one_a_line_even_after_a_torn_one(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.note_session({"device": "cpu"})
        path = lab.folder(RUN) / "sessions.jsonl"
        path.write_bytes(path.read_bytes()[:-3])
        writer.note_session({"device": "cuda"})
    assert json.loads(path.read_text().splitlines()[-1]) == {"device": "cuda"}


def test_a_run_told_again_is_the_same_and_takes_its_new_document(lab: Lab) -> None:
    tell(lab.path)
    before = whole(lab.path)
    with open_run(lab, RUN) as writer:
        writer.restart({**DOCUMENT, "created": "later"})
        assert writer.looks == ()
        assert list((writer.folder / "arrays").iterdir()) == []
        assert checkpoints.candidates(writer.folder) == []
        assert writer.document["created"] == "later"
    tell(lab.path)
    assert whole(lab.path) == before


def restart(path: Path) -> None:
    with open_run(Lab.open(path), RUN) as writer:
        writer.restart()


@pytest.mark.parametrize(("power", "names_kept"), [(False, False), (True, False), (True, True)])
def test_a_restart_stopped_anywhere_leaves_the_old_run_or_an_empty_one(
    scratch: Path, power: bool, names_kept: bool
) -> None:
    with installed(files.Calls(fsync=lambda _: None)):
        tell(scratch / "first" / "lab")
    with installed(Disk(scratch / "first")) as disk:
        disk.lose_power(scratch / "counted")
    with installed(Disk(scratch / "counted")) as counted:
        restart(scratch / "counted" / "lab")
    old = read_run(Lab.open(scratch / "first" / "lab"), RUN)
    for at in range(1, counted.operations + 1):
        before, after = scratch / f"before-{at}", scratch / f"after-{at}"
        disk.lose_power(before)
        with installed(Disk(before, crash_at=at)) as dying, pytest.raises(Crash):
            restart(before / "lab")
        if power:
            dying.lose_power(after, names_kept=names_kept)
        lab = Lab.open((after if power else before) / "lab")
        found = read_run(lab, RUN)
        assert found.looks in (old.looks, ())
        for step in (0, 3) if found.looks else ():
            assert same(load_snapshot(lab, found, step), state(step))
        if not found.looks:
            assert checkpoints.candidates(lab.folder(RUN)) == []


def test_a_failed_append_leaves_no_torn_record_behind(lab: Lab) -> None:
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(0))
        disk = Disk(lab.path, full_at=1, short=True)
        with installed(files.Calls(write=disk.write)), pytest.raises(Exception, match="no space left"):
            writer.append(look(1))
        assert not read_run(lab, RUN).torn
        assert read_run(lab, RUN).looks == (look(0),)
