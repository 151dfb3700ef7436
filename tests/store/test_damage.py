"""Five hundred damaged files: what is read is the truth, or called damaged, or less and says so."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from latebloom.errors import DamagedError, LabError
from latebloom.store import Lab, StoredRun, load_snapshot, open_run, read_run
from latebloom.store import checkpoint as checkpoints

from .story import RUN, Promises, check_checkpoints, document, same, state, tell

TIMES = 500
OTHER_SEED = 4
Damage = Callable[[random.Random, Path, bytes], bytes]


def cut(chance: random.Random, path: Path, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def flipped(chance: random.Random, path: Path, data: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def zeroed(chance: random.Random, path: Path, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    size = min(chance.choice([1, 64, 4096]), len(data) - start)
    return data[:start] + bytes(size) + data[start + size :]


def emptied(chance: random.Random, path: Path, data: bytes) -> bytes:
    return b""


def lengthened(chance: random.Random, path: Path, data: bytes) -> bytes:
    return data + chance.choice([b"\n", b"\0" * 8, b"garbage", data])


def swapped(chance: random.Random, path: Path, data: bytes) -> bytes:
    """The bytes of a file of the same kind: of another step, or of the other run."""
    runs = path.parents[1] if path.parent.name == RUN else path.parents[2]
    return chance.choice([other for other in alike(runs, path) if other != data])


def alike(runs: Path, path: Path) -> list[bytes]:
    return [
        other.read_bytes() for other in sorted(runs.rglob(f"*{path.suffix}")) if other.name != "holder.json"
    ]


KINDS: list[Damage] = [cut, flipped, zeroed, emptied, lengthened, swapped]


def truths(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in (".json", ".log", ".safetensors")]
    return [path for path in found if path.name != "holder.json"]


def notice(lab: Lab, original: StoredRun) -> str:
    """Read everything of the run, holding what is read to the original; say what was noticed."""
    noticed = notice_in_run(lab, original)
    for step in (0, 3):
        try:
            assert same(load_snapshot(lab, original, step), state(step))
        except DamagedError:
            noticed += "array "
    for name in checkpoints.candidates(lab.folder(RUN)):
        try:
            assert same(checkpoints.load(lab.folder(RUN), name, RUN).arrays, state(name.step))
        except DamagedError:
            noticed += "checkpoint "
    return noticed


def notice_in_run(lab: Lab, original: StoredRun) -> str:
    lenient = read_run(lab, RUN, strict=False)
    try:
        found = read_run(lab, RUN)
    except (DamagedError, LabError):
        assert (lenient.status, bool(lenient.problem)) == ("damaged", True)
        assert lenient.looks == original.looks[: len(lenient.looks)]
        return "run "
    assert found == lenient
    assert found.document == original.document
    if found.looks == original.looks:
        assert found.status == "done"
        return "torn " if found.torn else ""
    assert found.looks == original.looks[: len(found.looks)]
    assert found.status == "interrupted"
    return "shorter "


def test_no_damage_to_any_file_is_ever_taken_for_the_truth(scratch: Path) -> None:
    chance = random.Random(20260101)
    tell(scratch / "lab")
    tell(scratch / "lab", seed=OTHER_SEED)
    lab, other = Lab.open(scratch / "lab"), document(OTHER_SEED)["id"]
    original, untouched = read_run(lab, RUN), read_run(lab, other)
    seen: Counter[str] = Counter()
    for _ in range(TIMES):
        path, kind = chance.choice(truths(lab.folder(RUN))), chance.choice(KINDS)
        data = path.read_bytes()
        damaged = kind(chance, path, data)
        path.write_bytes(damaged)
        noticed = notice(lab, original)
        assert noticed or damaged == data or path.name == "spec.json", (path, kind)
        assert read_run(lab, other) == untouched
        check_checkpoints(lab.folder(other), Promises(), OTHER_SEED)
        check_a_writer_builds_on_truth_only(lab, original)
        path.write_bytes(data)
        seen[kind.__name__] += bool(noticed)
        seen[path.suffix] += bool(noticed)
    assert seen.keys() >= {kind.__name__ for kind in KINDS} | {".json", ".log", ".safetensors"}


def check_a_writer_builds_on_truth_only(lab: Lab, original: StoredRun) -> None:
    """A writer is refused, or stands on a true beginning, with checkpoints that belong to it."""
    try:
        writer = open_run(lab, RUN)
    except (DamagedError, LabError):
        return
    with writer:
        assert writer.looks == original.looks[: len(writer.looks)]
        for name in writer.usable_checkpoints().names:
            stored = writer.load_checkpoint(name)
            assert same(stored.arrays, state(name.step))
            assert stored.log_records <= len(writer.looks)
