"""A log that is followed: what was appended since is read, and nothing twice.

Kept as columns, a step per record and of each number where it stands and what it is, as a view of many runs wants
whole curves of a few numbers. A log that was wound back is noticed by its last line, and read anew.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import DamagedError
from latebloom.records import ArrayRef, Event, Look
from latebloom.store.growing import Growing
from latebloom.store.log import HEAD, HEAD_SIZE, LONGEST, is_torn, read_line

PORTION = 4096  # records that are decoded before they are put into columns
BLOCK = 1 << 20  # bytes of a log that are checked at once


@dataclass(slots=True, eq=False)
class Series:
    """One number of a run: the places of the records that have it, ascending, and its values."""

    places: Growing = field(default_factory=lambda: Growing(np.int32))
    values: Growing = field(default_factory=lambda: Growing(np.float64))


@dataclass(slots=True, eq=False)
class Tail:
    """The sound records of a log so far, as columns.

    Attributes:
        run: whose log it is.
        chain, offset, last: the checksum of the last record, where it ends and where it begins, in bytes.
        steps: the step of each record.
        series: every number by name.
        events: what happened, in the order in which it was seen.
        arrays: the files that records name, by the record's place.
        end: the status that the last record ended the run with; empty while it has not ended.
        problem: what is damaged, by file and byte; empty where nothing is.
        began: counts how often it was read from its beginning.
        crc: the CRC-32 of the bytes that were read, by which a change in place is noticed.
    """

    run: str
    chain: str = ""
    offset: int = 0
    last: int = 0
    steps: Growing = field(default_factory=lambda: Growing(np.int64))
    series: dict[str, Series] = field(default_factory=dict[str, Series])
    events: list[Event] = field(default_factory=list[Event])
    arrays: dict[int, tuple[ArrayRef, ...]] = field(default_factory=dict[int, tuple[ArrayRef, ...]])
    end: str = ""
    problem: str = ""
    began: int = 0
    crc: int = 0

    def __post_init__(self) -> None:
        self.chain = self.chain or self.run

    def follow(self, path: Path) -> int:
        """Read what was appended to the log at `path`; return how many records were added, all of them after a rewind.

        A torn tail is left for the next time. Damage is told in `problem`, and read over again each time. Where nothing
        was appended, what was read is held against its CRC-32: a log that was changed in place is read anew.
        """
        self.problem = ""
        try:
            with path.open("rb") as file:
                if not self._stands(file):
                    self._forget()
                added = self._read(file, path)
                if not added and self.offset and self._crc_of(file) != self.crc:
                    self._forget()
                    added = self._read(file, path)
                return added
        except FileNotFoundError:
            self._forget()
        except OSError as error:
            self.problem = f"{path} cannot be read: {error.strerror or error}"
        return 0

    def _stands(self, file: IO[bytes]) -> bool:
        """Tell whether the last record that was read still stands where it stood."""
        if not self.offset:
            return True
        if os.fstat(file.fileno()).st_size < self.offset:
            return False
        file.seek(self.last)
        head = HEAD.match(file.read(HEAD_SIZE))
        length = self.offset - self.last - HEAD_SIZE - 1
        return head is not None and int(head[1], 16) == length and head[2] == self.chain.encode("ascii")

    def _crc_of(self, file: IO[bytes]) -> int:
        """Compute the CRC-32 of the bytes that were read before, as they are now: about 1 ms for a megabyte."""
        file.seek(0)
        crc, left = 0, self.offset
        while left and (block := file.read(min(left, BLOCK))):
            crc, left = zlib.crc32(block, crc), left - len(block)
        return crc

    def _forget(self) -> None:
        fresh = Tail(self.run, began=self.began + 1)
        for name in Tail.__slots__:
            setattr(self, name, getattr(fresh, name))

    def _read(self, file: IO[bytes], path: Path) -> int:
        file.seek(self.offset)
        before = len(self.steps)
        looks: list[Look] = []
        try:
            while line := file.readline(HEAD_SIZE + LONGEST + 2):
                if is_torn(line):
                    break
                look, self.chain = read_line(line, self.chain)
                self.last, self.offset = self.offset, self.offset + len(line)
                self.crc = zlib.crc32(line, self.crc)
                looks.append(look)
                if len(looks) == PORTION:
                    self._add(looks)
                    looks = []
        except DamagedError as error:
            self.problem = f"{path} is damaged at byte {self.offset}: {error}"
        self._add(looks)
        return len(self.steps) - before

    def _add(self, looks: list[Look]) -> None:
        if not looks:
            return
        first = len(self.steps)
        columns: dict[str, tuple[list[int], list[float]]] = {}
        for place, look in enumerate(looks, first):
            for name, value in look.values.items():
                places, values = columns.setdefault(name, ([], []))
                places.append(place)
                values.append(value)
            self.events += look.events
            if look.arrays:
                self.arrays[place] = look.arrays
        for name, (places, values) in columns.items():
            series = self.series.setdefault(name, Series())
            series.places.extend(places)
            series.values.extend(values)
        self.steps.extend([look.step for look in looks])
        self.end = looks[-1].end

    def points(self, name: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Give where a number stands and what it is, both of shape (record that has it,)."""
        series = self.series.get(name) or Series()
        return series.places.array, series.values.array

    @property
    def size(self) -> int:
        """How many bytes of memory the columns take, roughly."""
        columns = sum(series.places.size + series.values.size for series in self.series.values())
        return columns + self.steps.size + 200 * (len(self.events) + len(self.arrays))
