from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latebloom.errors import DamagedError, InputError
from latebloom.records import ArrayRef
from latebloom.store import arrays

ALL = {
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "transposed": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    "strided": np.arange(10)[::3],
    "scalar": np.float64(3.5),
    "empty": np.zeros((0, 4), dtype=np.float16),
    "flags": np.array([True, False]),
    "big-endian": np.arange(3, dtype=">f4"),
    "not finite": np.array([np.nan, np.inf, -0.0]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "arrays").mkdir()
    return tmp_path


def test_arrays_of_any_shape_type_and_order_come_back_bit_for_bit(folder: Path) -> None:
    loaded = arrays.load(folder, arrays.save(folder, "all", ALL))
    assert loaded.keys() == ALL.keys()
    for name, array in ALL.items():
        assert loaded[name].shape == np.shape(array)
        assert loaded[name].dtype == np.asarray(array).dtype.newbyteorder("=")
        np.testing.assert_array_equal(loaded[name], array)
    assert np.signbit(loaded["not finite"][2])


def test_the_same_arrays_give_the_same_bytes_whatever_their_order_in_memory(folder: Path) -> None:
    turned = {name: np.asfortranarray(array) if np.ndim(array) == 2 else array for name, array in ALL.items()}
    reordered = dict(reversed(turned.items()))
    assert arrays.pack(ALL, {"b": 1, "a": 2}) == arrays.pack(reordered, {"a": 2, "b": 1})


def test_the_metadata_come_back(folder: Path) -> None:
    metadata = {"run": "a", "nested": {"list": [1, 2.5, None]}}
    assert arrays.unpack(arrays.pack({}, metadata), "here") == ({}, metadata)


def test_objects_are_never_stored() -> None:
    with pytest.raises(InputError, match="cannot be stored"):
        arrays.pack({"thing": np.array([object()])}, {})


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "Upper", "a" * 300])
def test_a_name_that_is_no_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="no name for arrays"):
        arrays.save(folder, name, ALL)


@pytest.mark.parametrize(
    "file", ["../../secret", "/etc/passwd", "checkpoint/a.safetensors", "arrays/../x.safetensors"]
)
def test_a_reference_never_leads_out_of_the_folder(folder: Path, file: str) -> None:
    with pytest.raises(DamagedError, match="no name of stored arrays"):
        arrays.load(folder, ArrayRef(file, "0" * 64, 1000))


def test_every_changed_byte_is_noticed_before_anything_is_parsed(folder: Path) -> None:
    ref = arrays.save(folder, "some", {"weight": np.arange(4.0)})
    path = folder / ref.file
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(DamagedError, match=rf"{path} does not hold"):
            arrays.load(folder, ref)


def test_a_file_of_another_size_is_not_read_whole(folder: Path) -> None:
    ref = arrays.save(folder, "some", {"weight": np.arange(4.0)})
    path = folder / ref.file
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DamagedError, match="larger than"):
        arrays.load(folder, ref)
    path.unlink()
    with pytest.raises(DamagedError, match="is missing"):
        arrays.load(folder, ref)


@pytest.mark.parametrize("data", [b"", b"\xff" * 8, b"\xff" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_bytes_that_are_no_arrays_are_damage(data: bytes) -> None:
    with pytest.raises(DamagedError, match="here"):
        arrays.unpack(data, "here")
