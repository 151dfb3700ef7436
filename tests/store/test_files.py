from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from latebloom.errors import DamagedError, LabError, ResourceError
from latebloom.store import files

from .faults import installed


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "a", b"one")
    files.write_atomic(tmp_path / "a", b"two")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"two"}


def test_writes_that_fall_short_are_continued(tmp_path: Path) -> None:
    with installed(files.Calls(write=lambda descriptor, data: os.write(descriptor, data[:2]))):
        files.write_atomic(tmp_path / "a", b"seven letters")
    assert (tmp_path / "a").read_bytes() == b"seven letters"


def test_a_temporary_file_of_another_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".a.0.tmp").write_bytes(b"mine")
    files.write_atomic(tmp_path / "a", b"new")
    assert (tmp_path / ".a.0.tmp").read_bytes() == b"mine"
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, ResourceError),
        (errno.EDQUOT, ResourceError),
        (errno.EROFS, LabError),
        (errno.EACCES, LabError),
        (errno.EIO, LabError),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_what_the_system_refuses_is_one_line_and_the_old_file_stands(
    tmp_path: Path, call: str, number: int, kind: type[Exception]
) -> None:
    files.write_atomic(tmp_path / "a", b"old")

    def refuse(*_: object) -> Any:
        raise OSError(number, os.strerror(number))

    with installed(files.Calls(**{call: refuse})), pytest.raises(kind) as caught:
        files.write_atomic(tmp_path / "a", b"new")
    assert str(tmp_path / "a") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_folders_are_made_with_those_above_them_and_twice_is_no_error(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b" / "c")
    files.make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_file_where_a_folder_should_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(LabError, match="cannot write"):
        files.make_folder(tmp_path / "a" / "b")


def test_removing_what_is_gone_is_no_error(tmp_path: Path) -> None:
    files.remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_only_so_much_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert files.read_bounded(tmp_path / "a", 5) == b"12345"
    for path in (tmp_path / "a", tmp_path / "missing", tmp_path):
        with pytest.raises(DamagedError, match=str(path)):
            files.read_bounded(path, 4)
