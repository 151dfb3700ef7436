"""Thousands of damaged files: each is read, or refused in one line."""

import random

import numpy as np
import pytest

from latebloom.clouds import choose, read_arrays
from latebloom.errors import InputError
from tests.cli.commands import say
from tests.clouds.clouds import packed

ARRAYS = {"hidden": np.random.default_rng(0).normal(size=(8, 3)).astype("f4"), "labels": np.arange(8)}
KINDS = [(".npz", False), (".npz", True), (".npy", False), (".safetensors", False)]
RUNS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"((((", b"'''\\", b"9999", b"\x80\0\0\0", b"1e99")


def damaged(data, dice):
    """Flip some bits, cut the end off, put something in, or overwrite something; most often near the front."""
    data = bytearray(data)
    place = dice.randrange(min(len(data), 200) if dice.random() < 0.5 else len(data))
    match dice.randrange(4):
        case 0:
            for _ in range(dice.choice([1, 1, 3])):
                data[min(len(data) - 1, place + dice.randrange(9))] ^= 1 << dice.randrange(8)
        case 1:
            del data[place:]
        case 2:
            data[place:place] = dice.randbytes(dice.randrange(1, 30))
        case _:
            run = dice.choice(RUNS)
            data[place : place + len(run)] = run
    return bytes(data)


def refusal(path):
    """Say how a file is refused; nothing where it is read."""
    try:
        choose(read_arrays(path))
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("suffix", "compressed"), KINDS)
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, suffix, compressed):
    whole, dice, refused = packed(suffix, ARRAYS, compressed=compressed), random.Random(suffix), 0
    path = tmp_path / f"cloud{suffix}"
    for _ in range(300):
        path.write_bytes(damaged(whole, dice))
        said = refusal(path)
        assert "\n" not in said
        assert len(said) < 600
        refused += bool(said)
    assert refused > 150


@pytest.mark.parametrize(("suffix", "compressed"), KINDS)
def test_every_cut_is_refused(tmp_path, suffix, compressed):
    whole = packed(suffix, ARRAYS, compressed=compressed)
    path = tmp_path / f"cloud{suffix}"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_arrays(path)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_flipped_bit_among_the_numbers_of_an_archive_is_found_by_its_checksum(tmp_path, compressed):
    whole = packed(".npz", ARRAYS, compressed=compressed)
    path = tmp_path / "cloud.npz"
    for place in range(60, 180, 10):
        data = bytearray(whole)
        data[place] ^= 4
        path.write_bytes(data)
        with pytest.raises(InputError):
            read_arrays(path)


def test_the_command_line_says_one_line_and_ends_with_two(tmp_path):
    dice, path = random.Random(5), tmp_path / "cloud.npz"
    whole = packed(".npz", ARRAYS)
    for _ in range(25):
        path.write_bytes(damaged(whole, dice)[: dice.randrange(50, 400)])
        said = say("measure", path)
        assert said.code == 2
        assert not said.out
        assert said.err.startswith("latebloom: ")
        assert said.err.count("\n") == 1
