"""The members of an .npz archive, which may be a bomb: small on disk, larger than the memory once inflated."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from latebloom.errors import InputError, shown

SIP = 1024**2
"""Bytes read from the archive at once. Its table of contents is read at once too, so it may be no longer: some
ten thousand members, each of which takes about half a kilobyte of memory."""
MOST_MEMBERS = 1000
LARGEST_RATIO = 200
"""How many times its stored size a member may have; deflate reaches 1032 on zeros, activations below 20."""
RATIO_FROM = 16 * 1024**2
"""Bytes up to which any ratio is fine: labels that are all equal compress as zeros do."""
ENDING = ".npy"
LONGEST_MESSAGE = 120
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
"""What zipfile raises at archives that are cut off, damaged or of an odd kind."""


class Sips(io.FileIO):
    """A file that is read in sips; whoever wants more at once has believed a size that is not true."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes, or the rest.

        Raises:
            ValueError: that is more than a sip.
        """
        wanted = SIP + 1 if size is None or not 0 <= size <= SIP else size
        data = super().read(wanted) or b""
        if len(data) > SIP:
            raise ValueError(f"its table of contents is longer than {SIP:,} bytes")
        return data


def members(path: Path, largest: int) -> Iterator[tuple[str, bytes]]:
    """Yield the name, without ".npy", and the inflated bytes of each array in an archive.

    Sizes are checked as the archive declares them, before anything is inflated, and again while it is.

    Raises:
        InputError: no archive, damaged, or over a bound: 1000 members, `largest` bytes altogether, or over
            16 MiB in a member that is inflated to more than 200 times its size.
    """
    with Sips(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for member in _checked(archive.infolist(), path, largest):
                    yield member.filename.removesuffix(ENDING), _inflated(archive, member)
        except BROKEN as error:
            raise InputError(f"{path} is no .npz archive, or a damaged one: {one_line(error)}") from error


def _checked(entries: list[zipfile.ZipInfo], path: Path, largest: int) -> list[zipfile.ZipInfo]:
    if len(entries) > MOST_MEMBERS:
        raise InputError(f"{path} has {len(entries):,} members; at most {MOST_MEMBERS:,} are read")
    arrays = [entry for entry in entries if entry.filename.endswith(ENDING)]
    named = Counter(entry.filename for entry in arrays)
    for entry in arrays:
        name = shown(entry.filename.removesuffix(ENDING))
        if named[entry.filename] > 1:
            raise InputError(f"{path}: several arrays are called {name}; each needs a name of its own")
        _check_kind(entry, f"{path}: {name}")
    total = sum(entry.file_size for entry in arrays)
    if total > largest:
        raise InputError(f"{path} would be inflated to {total:,} bytes; at most {largest:,} are read")
    return arrays


def _check_kind(entry: zipfile.ZipInfo, where: str) -> None:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"{where} is compressed by method {entry.compress_type}; stored or deflated as numpy does is needed"
        )
    if entry.file_size > max(RATIO_FROM, LARGEST_RATIO * entry.compress_size):
        raise InputError(
            f"{where} would be inflated from {entry.compress_size:,} to {entry.file_size:,} bytes; at most "
            f"{LARGEST_RATIO} times its size is read (numpy.savez stores it as it is)"
        )


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Inflate a member in pieces: zipfile stops at the size that the archive declares, and checks the sum there."""
    data = bytearray()
    with archive.open(member) as stream:
        while piece := stream.read(SIP // 4):
            data += piece
    return bytes(data)


def one_line(error: BaseException) -> str:
    """Put the message of a library on one short line.

    >>> one_line(ValueError("no\\n  good"))
    'no good'
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_MESSAGE])
