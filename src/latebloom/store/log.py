"""The log of a run: one line per look, each checked, and chained to the line before.

    <length: 8 hex> <checksum: 16 hex> <canonical JSON>\\n

The checksum is the start of SHA-256 over the previous checksum and the JSON; the chain begins with the run's
id, so a line that was changed, moved, taken out or brought from another run is noticed. See docs/format.md.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from latebloom.errors import DamagedError, InputError
from latebloom.records import ArrayRef, Event, Look, canonical_json
from latebloom.store import plain

LOG = "looks.log"
LONGEST = 16 * 1024 * 1024  # bytes of JSON in one line
HEAD = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{16}) ")
HEAD_SIZE = 26
ENDS = ("", "done", "stopped", "diverged")
NEEDED, OPTIONAL = frozenset({"step"}), frozenset({"values", "events", "arrays", "end"})
EVENT, ARRAY, NOTHING = (
    frozenset({"name", "step", "seen"}),
    frozenset({"file", "sha256", "size"}),
    frozenset[str](),
)
"""The keys of a record, of an event in it, of an array's name in it."""
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LogContents:
    """The whole records at the start of a log.

    `offsets[i]` is the byte at which record i ends, `chains[i]` its checksum. `torn`: bytes follow that a
    killed writer left of one more record. `problem` names damage, by file and byte.
    """

    run: str
    looks: tuple[Look, ...] = ()
    offsets: tuple[int, ...] = ()
    chains: tuple[str, ...] = ()
    torn: bool = False
    problem: str = ""

    def chain(self, records: int) -> str:
        """Return the checksum after that many records; the run's id after none."""
        return self.chains[records - 1] if records else self.run

    def offset(self, records: int) -> int:
        """Return the byte at which that many records end."""
        return self.offsets[records - 1] if records else 0

    @property
    def ended(self) -> Literal["", "done", "stopped", "diverged"]:
        """The status with which the run ended; empty while it has not."""
        return self.looks[-1].end if self.looks else ""


def encode_look(look: Look) -> bytes:
    """Write a look as the JSON of one line. Empty parts are left out; numbers keep every bit.

    >>> encode_look(Look(step=2, values={"train.loss": float("nan")}))
    b'{"step":2,"values":{"train.loss":"nan"}}'
    """
    payload: dict[str, Any] = {"step": look.step}
    if look.values:
        payload["values"] = {name: plain.write_number(value) for name, value in look.values.items()}
    if look.events:
        payload["events"] = [{"name": e.name, "step": e.step, "seen": e.seen} for e in look.events]
    if look.arrays:
        payload["arrays"] = [{"file": a.file, "sha256": a.sha256, "size": a.size} for a in look.arrays]
    if look.end:
        payload["end"] = look.end
    return canonical_json(payload).encode("ascii")


def decode_look(payload: bytes) -> Look:
    """Read the JSON of one line.

    Raises:
        DamagedError: it has other keys, types or values than `encode_look` writes.
    """
    look = plain.parse_object(payload, "a record")
    _expect_keys(look, NEEDED, OPTIONAL)
    number = plain.read_number
    step, values = plain.read_count(look["step"]), _mapping(look.get("values", {}))
    numbers = {name: number(value) for name, value in values.items()}
    if len(look) == 2 and "values" in look:
        return Look(step, numbers)  # nearly all records are numbers alone
    end = look.get("end", "")
    if end not in ENDS:
        raise DamagedError(f"{end!r:.60} is no end of a run")
    return Look(
        step=step,
        values=numbers,
        events=tuple(_event(item) for item in _list(look.get("events", []))),
        arrays=tuple(_array(item) for item in _list(look.get("arrays", []))),
        end=cast('Literal["", "done", "stopped", "diverged"]', end),
    )


def _event(item: object) -> Event:
    entry = _mapping(item)
    _expect_keys(entry, EVENT, NOTHING)
    return Event(
        plain.read_text(entry["name"]), plain.read_count(entry["step"]), plain.read_count(entry["seen"])
    )


def _array(item: object) -> ArrayRef:
    entry = _mapping(item)
    _expect_keys(entry, ARRAY, NOTHING)
    sha256 = plain.read_text(entry["sha256"])
    if not SHA256.fullmatch(sha256):
        raise DamagedError(f"{sha256!r:.70} is no SHA-256")
    return ArrayRef(plain.read_text(entry["file"]), sha256, plain.read_count(entry["size"]))


def _expect_keys(entry: dict[str, Any], required: frozenset[str], optional: frozenset[str]) -> None:
    keys = entry.keys()
    if not (required <= keys and keys - required <= optional):
        raise DamagedError(f"the keys {sorted(entry)!r:.80} are not those of a record")


def _mapping(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise DamagedError(f"{value!r:.60} is no JSON object")


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return cast("list[Any]", value)
    raise DamagedError(f"{value!r:.60} is no JSON list")


def checksum(chain: str, payload: bytes) -> str:
    """Chain a payload to the checksum before it: 16 hexadecimal digits."""
    return hashlib.sha256(chain.encode("ascii") + payload).hexdigest()[:16]


def frame(payload: bytes, chain: str) -> tuple[bytes, str]:
    """Make the line that stores `payload` after `chain`; return it with the new chain.

    Raises:
        InputError: the payload is longer than a line may be.
    """
    if len(payload) > LONGEST:
        raise InputError(f"a look of {len(payload)} bytes is too long for the log; at most {LONGEST}")
    chain = checksum(chain, payload)
    return b"%08x %s %s\n" % (len(payload), chain.encode("ascii"), payload), chain


def read_log(path: Path, run: str) -> LogContents:
    """Read the whole records of a log, leaving out a torn tail. A log that is missing has none.

    Raises:
        DamagedError: bytes that no crash of a writer leaves; names the file and the byte.
    """
    contents = scan_log(path, run)
    if contents.problem:
        raise DamagedError(contents.problem)
    return contents


def scan_log(path: Path, run: str) -> LogContents:
    """Read a log as far as it is sound; what follows stands in `torn` or `problem` and is not read."""
    looks: list[Look] = []
    offsets: list[int] = []
    chains: list[str] = []
    chain, offset, torn, problem = run, 0, False, ""
    try:
        with path.open("rb") as file:
            while line := file.readline(HEAD_SIZE + LONGEST + 2):
                if is_torn(line):
                    torn = True
                    break
                look, chain = read_line(line, chain)
                offset += len(line)
                looks.append(look)
                offsets.append(offset)
                chains.append(chain)
    except FileNotFoundError:
        pass
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror or error}"
    except DamagedError as error:
        problem = f"{path} is damaged at byte {offset}: {error}"
    return LogContents(run, tuple(looks), tuple(offsets), tuple(chains), torn, problem)


def is_torn(line: bytes) -> bool:
    """Tell whether these bytes, the last of a log, are what a killed writer leaves: an unended line."""
    return not line.endswith(b"\n") and len(line) <= HEAD_SIZE + LONGEST


def read_line(line: bytes, chain: str) -> tuple[Look, str]:
    """Read a whole line that follows a record with the checksum `chain`; return its look and its own checksum.

    Raises:
        DamagedError: it is not what was written there.
    """
    head = HEAD.match(line)
    if not head or not line.endswith(b"\n"):
        raise DamagedError("no record begins here")
    payload = line[HEAD_SIZE:-1]
    if len(payload) != int(head[1], 16):
        raise DamagedError("the record is not as long as it says")
    expected = checksum(chain, payload)
    if head[2] != expected.encode("ascii"):
        raise DamagedError("the checksum does not fit the record and those before it")
    return decode_look(payload), expected
