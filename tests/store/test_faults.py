"""The whole store, driven through every fault at every operation."""

from __future__ import annotations

import errno
import os
import random
import shutil
from pathlib import Path

import pytest

from latebloom.errors import LabError, ResourceError
from latebloom.store import Lab, files, open_run, read_run

from .faults import Crash, Disk, installed
from .story import (
    DOCUMENT,
    RUN,
    Promises,
    Whole,
    check_can_be_told_on,
    check_is_readable,
    look,
    state,
    tell,
    whole,
)


@pytest.fixture(scope="module")
def intended(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    path = tmp_path_factory.mktemp("intended") / "lab"
    tell(path)
    return whole(path)


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> int:
    root = tmp_path_factory.mktemp("counted")
    with installed(Disk(root)) as disk:
        tell(root / "lab")
    return disk.operations


def crash(root: Path, at: int) -> tuple[Disk, Promises]:
    """Tell the story until the process dies at operation `at`."""
    promises = Promises()
    with installed(Disk(root, crash_at=at)) as disk, pytest.raises(Crash):
        tell(root / "lab", promises)
    return disk, promises


def fresh(tmp_path: Path, *parts: object) -> Path:
    path = tmp_path / "-".join(map(str, parts))
    path.mkdir()
    return path


def test_a_process_killed_at_any_operation_leaves_a_lab_that_can_be_read_and_gone_on_with(
    scratch: Path, intended: Whole, operations: int
) -> None:
    for at in range(1, operations + 1):
        root = fresh(scratch, at)
        _, promises = crash(root, at)
        check_is_readable(root / "lab", intended, promises)
        check_can_be_told_on(root / "lab", intended)
        shutil.rmtree(root)


@pytest.mark.parametrize("names_kept", [False, True])
def test_power_lost_at_any_operation_takes_nothing_that_was_promised(
    scratch: Path, intended: Whole, operations: int, names_kept: bool
) -> None:
    for at in range(1, operations + 1):
        root, after = fresh(scratch, at), scratch / f"after-{at}"
        disk, promises = crash(root, at)
        disk.lose_power(after, names_kept=names_kept)
        check_is_readable(after / "lab", intended, promises)
        check_can_be_told_on(after / "lab", intended)
        shutil.rmtree(root)
        shutil.rmtree(after)


def told_or_refused(path: Path, promises: Promises) -> str:
    try:
        tell(path, promises)
    except ResourceError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("full_for", "short"), [(1, True), (1_000_000, False)])
def test_a_disk_full_at_any_operation_is_one_clear_error_and_loses_nothing(
    scratch: Path, intended: Whole, operations: int, full_for: int, short: bool
) -> None:
    for at in range(1, operations + 1):
        root, after = fresh(scratch, at), scratch / f"after-{at}"
        promises = Promises()
        with installed(Disk(root, full_at=at, full_for=full_for, short=short)) as disk:
            problem = told_or_refused(root / "lab", promises)
        assert "\n" not in problem
        assert "no space left to write" in problem or promises.ended
        disk.lose_power(after)
        for path in (root, after):
            check_is_readable(path / "lab", intended, promises)
            check_can_be_told_on(path / "lab", intended)
            shutil.rmtree(path)


def test_two_crashes_in_a_row_at_any_two_operations_are_survived(
    scratch: Path, intended: Whole, operations: int
) -> None:
    chance = random.Random(0)
    for attempt in range(60):
        first, second = fresh(scratch, attempt), scratch / f"second-{attempt}"
        disk, promises = crash(first, chance.randint(1, operations))
        disk.lose_power(second, names_kept=chance.random() < 0.5)
        with installed(Disk(second, crash_at=chance.randint(1, operations))) as disk:
            try:
                tell(second / "lab", promises)
            except Crash:
                third = scratch / f"third-{attempt}"
                disk.lose_power(third, names_kept=chance.random() < 0.5)
                second = third
        check_is_readable(second / "lab", intended, promises)
        check_can_be_told_on(second / "lab", intended)


def test_a_writer_goes_on_in_the_same_process_once_there_is_space_again(
    tmp_path: Path, intended: Whole
) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(1))
        with installed(files.Calls(write=FullAfterHalf().write)):
            with pytest.raises(ResourceError, match=r"looks\.log"):
                writer.append(look(2))
            writer.append(look(2))
        writer.append(look(3))
    assert read_run(lab, RUN).looks == (look(1), look(2), look(3))


class FullAfterHalf:
    """Writes half of the first write, refuses the second, and has space after that."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, descriptor: int, data: memoryview) -> int:
        self.written += 1
        if self.written == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(descriptor, data[: len(data) // 2] if self.written == 1 else data)


def test_a_sync_that_failed_is_never_trusted_again(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    writer = open_run(lab, RUN, DOCUMENT)
    writer.append(look(0))
    with installed(files.Calls(fsync=refuse)), pytest.raises(ResourceError):
        writer.save_checkpoint(0, state(0), {})
    for action in (lambda: writer.append(look(1)), lambda: writer.save_checkpoint(0, state(0), {})):
        with pytest.raises(LabError, match="could not be synced"):
            action()
    writer.close()
    with open_run(lab, RUN) as again:
        again.append(look(1))


def refuse(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_lab_that_cannot_be_written_says_so_in_one_line(tmp_path: Path) -> None:
    tell(tmp_path / "lab")
    with installed(ReadOnly(tmp_path)):
        with pytest.raises(LabError, match=r"cannot write .*read-only"):
            tell(tmp_path / "lab")
        with pytest.raises(LabError, match="read-only"):
            Lab.open(tmp_path / "lab").writable()
        assert read_run(Lab.open(tmp_path / "lab"), RUN).status == "done"


class ReadOnly(Disk):
    def _step(self, needs_space: bool = True) -> None:
        raise OSError(errno.EROFS, "Read-only file system")
