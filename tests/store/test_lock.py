from __future__ import annotations

import fcntl
import multiprocessing
import os
from pathlib import Path

import pytest

from latebloom.errors import LockedError
from latebloom.store import Lab, is_locked, open_run, read_run

from .racing import hold, race
from .story import DOCUMENT, RUN, document, look

PROCESSES, ROUNDS = 8, 20
spawning = multiprocessing.get_context("spawn")


def test_of_eight_processes_exactly_one_gets_the_run_and_the_others_name_it(tmp_path: Path) -> None:
    together, results = spawning.Barrier(PROCESSES), spawning.Queue()
    arguments = (tmp_path / "lab", ROUNDS, together, results)
    racers = [spawning.Process(target=race, args=arguments) for _ in range(PROCESSES)]
    for racer in racers:
        racer.start()
    found = [results.get(timeout=120) for _ in range(PROCESSES * ROUNDS)]
    for racer in racers:
        racer.join(timeout=60)
    assert [racer.exitcode for racer in racers] == [0] * PROCESSES
    for number in range(ROUNDS):
        run = document(seed=number)["id"]
        winners = [pid for of, pid, message in found if of == number and not message]
        losers = [message for of, _, message in found if of == number and message]
        assert len(winners) == 1
        assert len(losers) == PROCESSES - 1
        for message in losers:
            assert message.startswith(f"run {run} is being written by process {winners[0]}, since ")
        assert read_run(Lab.open(tmp_path / "lab"), run).looks == (look(number),)


def test_the_death_of_its_holder_frees_a_run(tmp_path: Path) -> None:
    ready = spawning.Barrier(2)
    holder = spawning.Process(target=hold, args=(tmp_path / "lab", ready))
    holder.start()
    ready.wait(timeout=60)
    lab = Lab.open(tmp_path / "lab")
    assert read_run(lab, RUN).status == "running"
    with pytest.raises(LockedError, match=f"process {holder.pid}, since"):
        open_run(lab, RUN)
    holder.kill()
    holder.join()
    assert read_run(lab, RUN).status == "interrupted"
    assert (lab.folder(RUN) / "holder.json").exists()
    with open_run(lab, RUN) as writer:
        assert writer.looks == (look(0),)
        with pytest.raises(LockedError, match=f"process {os.getpid()}, since"):
            open_run(lab, RUN)


def test_readers_see_a_writer_without_keeping_another_out(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    folder = lab.folder(RUN)
    assert not is_locked(folder)
    with open_run(lab, RUN, DOCUMENT):
        assert is_locked(folder)
        assert is_locked(folder)
    with (folder / "lock").open("rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        assert not is_locked(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert not is_locked(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_holder_that_left_no_name_is_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    monkeypatch.setattr("latebloom.store.lock.HOLDER_PATIENCE", 0.05)
    with open_run(lab, RUN, DOCUMENT):
        (lab.folder(RUN) / "holder.json").write_bytes(b"{")
        with pytest.raises(LockedError, match="is being written by another process"):
            open_run(lab, RUN)


def test_a_holder_on_another_machine_is_named_with_it(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    with open_run(lab, RUN, DOCUMENT):
        (lab.folder(RUN) / "holder.json").write_text('{"host": "far away", "pid": 7, "started": "noon"}')
        with pytest.raises(LockedError, match="by process 7 on far away, since noon"):
            open_run(lab, RUN)
