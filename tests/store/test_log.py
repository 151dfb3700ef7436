from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from latebloom.errors import DamagedError, InputError
from latebloom.records import ArrayRef, Event, Look
from latebloom.store import log
from latebloom.store.log import decode_look, encode_look, frame, read_log, scan_log

RUN = "addition-s3-0123456789"
STEPS = some.integers(0, 2**63 - 1)
NAMES = some.text(max_size=20)
LOOKS = some.builds(
    Look,
    step=STEPS,
    values=some.dictionaries(NAMES, some.floats(), max_size=4),
    events=some.lists(some.builds(Event, NAMES, STEPS, STEPS), max_size=2).map(tuple),
    arrays=some.lists(some.builds(ArrayRef, NAMES, some.just("0" * 64), STEPS), max_size=2).map(tuple),
    end=some.sampled_from(["", "done", "stopped", "diverged"]),
)


def lines(*looks: Look, run: str = RUN) -> list[bytes]:
    chain, framed = run, []
    for look in looks:
        line, chain = frame(encode_look(look), chain)
        framed.append(line)
    return framed


def stored(tmp_path: Path, *parts: bytes) -> Path:
    path = tmp_path / "looks.log"
    path.write_bytes(b"".join(parts))
    return path


def bits(look: Look) -> list[bytes]:
    """The values with every bit, but which nan it is."""
    return [b"nan" if math.isnan(value) else struct.pack("<d", value) for value in look.values.values()]


THREE = tuple(Look(step, {"loss": 1 / (step + 1)}) for step in range(3))


@given(LOOKS)
def test_a_look_comes_back_with_every_bit_of_its_numbers(look: Look) -> None:
    back = decode_look(encode_look(look))
    assert dict(zip(back.values, bits(back), strict=True)) == dict(zip(look.values, bits(look), strict=True))
    assert (back.step, back.events, back.arrays, back.end) == (look.step, look.events, look.arrays, look.end)
    assert b"\n" not in encode_look(look)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"step":1,"loss":2}',
        b'{"step":-1}',
        b'{"step":1.0}',
        b'{"step":true}',
        b'{"step":1,"values":{"a":NaN}}',
        b'{"step":1,"values":{"a":1e999}}',
        b'{"step":1,"values":{"a":"1"}}',
        b'{"step":1,"values":[]}',
        b'{"step":1,"end":"finished"}',
        b'{"step":1,"end":[]}',
        b'{"step":1,"events":[{"name":"a","step":1}]}',
        b'{"step":1,"events":{}}',
        b'{"step":1,"arrays":[{"file":"a","sha256":"xyz","size":1}]}',
        b'{"step":1,"arrays":[{"file":1,"sha256":"' + b"0" * 64 + b'","size":1}]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_json_that_is_no_look_is_damage(payload: bytes) -> None:
    with pytest.raises(DamagedError):
        decode_look(payload)


def test_a_log_that_is_missing_or_empty_holds_nothing(tmp_path: Path) -> None:
    assert read_log(tmp_path / "looks.log", RUN) == log.LogContents(RUN)
    contents = read_log(stored(tmp_path), RUN)
    assert (contents.looks, contents.chain(0), contents.offset(0), contents.ended) == ((), RUN, 0, "")


def test_offsets_and_chains_say_where_each_record_ends(tmp_path: Path) -> None:
    parts = lines(*THREE)
    contents = read_log(stored(tmp_path, *parts), RUN)
    assert contents.looks == THREE
    assert contents.offsets == (len(parts[0]), len(parts[0] + parts[1]), len(b"".join(parts)))
    assert [chain.encode() for chain in contents.chains] == [part[9:25] for part in parts]


def test_a_log_cut_anywhere_in_its_last_record_has_a_torn_tail_and_all_records_before(tmp_path: Path) -> None:
    parts = lines(*THREE)
    for cut in range(len(parts[2])):
        contents = read_log(stored(tmp_path, *parts[:2], parts[2][:cut]), RUN)
        assert contents.looks == THREE[:2]
        assert contents.torn == (cut > 0)


def test_a_log_cut_at_any_byte_keeps_the_whole_records_before_it(tmp_path: Path) -> None:
    whole = b"".join(lines(*THREE))
    ends = read_log(stored(tmp_path, whole), RUN).offsets
    for cut in range(len(whole)):
        contents = read_log(stored(tmp_path, whole[:cut]), RUN)
        assert len(contents.looks) == sum(end <= cut for end in ends)


def test_a_tail_of_zeros_is_torn_where_no_line_ends_after_it(tmp_path: Path) -> None:
    parts = lines(*THREE)
    for tail in (bytes(5), bytes(4096), parts[2][:30] + bytes(100)):
        contents = read_log(stored(tmp_path, *parts[:2], tail), RUN)
        assert (contents.looks, contents.torn) == (THREE[:2], True)


def test_every_flipped_bit_is_damage_or_a_torn_last_record(tmp_path: Path) -> None:
    whole = b"".join(lines(*THREE))
    for place in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        contents = scan_log(stored(tmp_path, bytes(flipped)), RUN)
        assert contents.looks == THREE[: len(contents.looks)]
        assert len(contents.looks) < 3
        assert contents.problem or (contents.torn and place // 8 == len(whole) - 1)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (1, 2), (0, 0, 1, 2), (0, 1, 1), (0, 2, 1)])
def test_lines_that_were_moved_removed_or_doubled_are_damage(tmp_path: Path, order: tuple[int, ...]) -> None:
    parts = lines(*THREE)
    with pytest.raises(DamagedError, match=r"looks\.log is damaged at byte \d+: the checksum"):
        read_log(stored(tmp_path, *(parts[index] for index in order)), RUN)


def test_the_log_of_another_run_is_damage_even_where_it_says_the_same(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="byte 0"):
        read_log(stored(tmp_path, *lines(*THREE, run="addition-s4-0123456789")), RUN)


def test_damage_names_the_byte_at_which_the_bad_record_begins(tmp_path: Path) -> None:
    parts = lines(*THREE)
    path = stored(tmp_path, parts[0], b"garbage\n", parts[2])
    with pytest.raises(DamagedError, match=rf"{path} is damaged at byte {len(parts[0])}: no record"):
        read_log(path, RUN)
    assert scan_log(path, RUN).looks == THREE[:1]


def test_zeros_with_a_whole_line_after_them_are_damage(tmp_path: Path) -> None:
    parts = lines(*THREE)
    with pytest.raises(DamagedError):
        read_log(stored(tmp_path, parts[0], bytes(len(parts[1])), parts[2]), RUN)


def test_a_line_longer_than_any_record_is_damage_and_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LONGEST", 100)
    path = stored(tmp_path, b"0" * 10_000)
    with pytest.raises(DamagedError):
        read_log(path, RUN)
    with pytest.raises(InputError, match="at most 100"):
        frame(b"0" * 101, RUN)
    longest, _ = frame(encode_look(Look(0, {"x" * 72: 1.0})), RUN)
    assert len(longest) == 26 + 100 + 1
    assert len(read_log(stored(tmp_path, longest), RUN).looks) == 1
    assert read_log(stored(tmp_path, longest[:-1]), RUN).torn


def test_a_log_that_is_a_folder_is_damage(tmp_path: Path) -> None:
    (tmp_path / "looks.log").mkdir()
    with pytest.raises(DamagedError, match="cannot be read"):
        read_log(tmp_path / "looks.log", RUN)
