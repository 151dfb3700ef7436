"""Files of strangers: what is in them is read, what is wrong with them is said in one line."""

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import save_file

from latebloom.clouds import read_arrays, reading
from latebloom.errors import InputError
from tests.clouds.clouds import packed

POINTS = np.arange(12, dtype=np.float32).reshape(4, 3)
LABELS = np.array([0, 1, 1, 0])
BOTH = {"hidden": POINTS, "labels": LABELS}


def refused(path):
    with pytest.raises(InputError) as caught:
        read_arrays(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def npy(header, data=b"", version=(1, 0)):
    """Write an .npy file with a header of one's own."""
    text = header.encode("latin1") + b"\n"
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text + data


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("suffix", "compressed"), [(".npz", False), (".npz", True), (".safetensors", False), (".NPZ", False)]
)
def test_all_arrays_of_a_file_are_read_by_their_names(tmp_path, suffix, compressed):
    path = tmp_path / f"cloud{suffix}"
    path.write_bytes(packed(suffix.lower(), BOTH, compressed=compressed))
    found = read_arrays(path)
    assert set(found) == set(BOTH)
    for name, array in BOTH.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


@pytest.mark.parametrize(
    "array",
    [
        POINTS.T,
        np.asfortranarray(POINTS),
        POINTS.astype(">f8"),
        POINTS.astype("f2"),
        POINTS > 3,
        np.float64(3.0),
        np.zeros((0, 3)),
        np.array(["a", "bc"]),
        POINTS * 1j,
        np.zeros(3, dtype=[("a", "f4"), ("b", "i2")]),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_an_npy_file_gives_what_numpy_would(tmp_path, array):
    path = tmp_path / "cloud.npy"
    np.save(path, array)
    found = read_arrays(path)["points"]
    assert found.dtype == array.dtype
    assert np.array_equal(found, np.load(path))


def test_headers_of_version_two_and_of_other_writers_are_read(tmp_path):
    path = tmp_path / "cloud.npy"
    path.write_bytes(npy('{"shape": (2,), "fortran_order": False, "descr": "<i2"}', b"\1\0\2\0", (2, 0)))
    assert read_arrays(path)["points"].tolist() == [1, 2]
    path.write_bytes(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2L,)}", b"\1\0\2\0"))
    assert read_arrays(path)["points"].tolist() == [1, 2]


def test_bfloat16_is_widened(tmp_path):
    tensor = torch.tensor([[1.5, -2.25], [3e38, 0.1]], dtype=torch.bfloat16)
    save_file({"hidden": tensor}, tmp_path / "cloud.safetensors")
    found = read_arrays(tmp_path / "cloud.safetensors")["hidden"]
    assert np.array_equal(found, tensor.float().numpy())


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_arrays_of_objects_are_refused_and_nothing_in_them_is_run(tmp_path, suffix):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    path = tmp_path / f"cloud{suffix}"
    trap = np.array([Trap()], dtype=object)
    np.save(path, trap) if suffix == ".npy" else np.savez(path, hidden=POINTS, trap=trap)
    assert "holds Python objects, which are never unpickled" in refused(path)
    assert not (tmp_path / "sprung").exists()


def test_a_structure_with_an_object_inside_is_refused_too(tmp_path):
    np.save(tmp_path / "cloud.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "O")]))
    assert "Python objects" in refused(tmp_path / "cloud.npy")


def test_a_bare_pickle_under_our_names_is_refused(tmp_path):
    for suffix in reading.SUFFIXES:
        path = tmp_path / f"cloud{suffix}"
        path.write_bytes(pickle.dumps({"hidden": POINTS}))
        assert str(path) in refused(path)


def test_other_endings_folders_pipes_and_empty_files_are_refused(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"x")
    assert "ends in '.pt'; one that ends in .npz, .npy, .safetensors is needed" in refused(
        tmp_path / "model.pt"
    )
    assert "there is no file" in refused(tmp_path / "missing.npz")
    (tmp_path / "folder.npz").mkdir()
    os.mkfifo(tmp_path / "pipe.npz")
    for name in ("folder.npz", "pipe.npz"):
        assert "is no file of data" in refused(tmp_path / name)
    for suffix in reading.SUFFIXES:
        (tmp_path / f"none{suffix}").write_bytes(b"")
        assert "is empty" in refused(tmp_path / f"none{suffix}")


def test_a_file_over_the_bound_is_refused_unread(tmp_path):
    path = tmp_path / "cloud.npy"
    with path.open("wb") as file:
        file.truncate(reading.LARGEST + 1)  # takes no space
    assert "has 2,147,483,649 bytes; at most 2,147,483,648 are read" in refused(path)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_inflated(tmp_path):
    zeros = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (8000000,)}", bytes(32_000_000))
    path = zipped(tmp_path / "bomb.npz", [("hidden.npy", zeros)], compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 40_000
    tracemalloc.start()
    assert "at most 200 times its size is read" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_bomb_of_many_parts_is_refused_by_its_total(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 1_000_000)
    parts = [(f"part{number}.npy", bytes(40_000)) for number in range(30)]
    path = zipped(tmp_path / "bomb.npz", parts, compression=zipfile.ZIP_DEFLATED)
    assert "would be inflated to 1,200,000 bytes; at most 1,000,000 are read" in refused(path)


def test_a_bomb_that_lies_about_its_size_is_caught_while_it_is_inflated(tmp_path):
    path = zipped(
        tmp_path / "liar.npz", [("hidden.npy", bytes(32_000_000))], compression=zipfile.ZIP_DEFLATED
    )
    data = path.read_bytes()
    assert data.count(struct.pack("<I", 32_000_000)) == 2
    path.write_bytes(data.replace(struct.pack("<I", 32_000_000), struct.pack("<I", 5_000)))
    tracemalloc.start()
    assert "no .npz archive, or a damaged one" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_an_array_that_claims_more_than_its_file_holds_takes_no_memory(tmp_path):
    path = tmp_path / "liar.npy"
    path.write_bytes(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", bytes(64)))
    assert "has 64 bytes where shape (1000000000000,) of float64 needs 8000000000000" in refused(path)


def test_a_long_table_of_contents_is_not_read(tmp_path):
    members = [(f"{number:0200}.npy", b"") for number in range(5000)]
    path = zipped(tmp_path / "many.npz", members)
    assert "table of contents is longer than 1,048,576 bytes" in refused(path)
    path = zipped(tmp_path / "some.npz", [(f"{number}.npy", b"") for number in range(1001)])
    assert "has 1,001 members; at most 1,000 are read" in refused(path)


def test_two_arrays_of_one_name_are_refused(tmp_path):
    data = packed(".npy", BOTH)
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "cloud.npz", [("hidden.npy", data), ("hidden.npy", data)])
    assert "several arrays are called 'hidden'" in refused(path)
    entry = '"hidden":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    header = f"{{{entry},{entry}}}".encode()
    path = tmp_path / "cloud.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    assert "2 entries are called 'hidden'" in refused(path)


def test_encrypted_oddly_compressed_and_empty_archives_are_refused(tmp_path):
    path = zipped(tmp_path / "a.npz", [("hidden.npy", b"x" * 99)], compression=zipfile.ZIP_LZMA)
    assert "compressed by method 14; stored or deflated" in refused(path)
    path = zipped(tmp_path / "b.npz", [("hidden.npy", b"x" * 99)])
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refused(path)
    assert "there is no array in it" in refused(zipped(tmp_path / "c.npz", [("read.me", b"hello")]))
    (tmp_path / "d.safetensors").write_bytes(save({}))
    assert "there is no array in it" in refused(tmp_path / "d.safetensors")


def test_a_safetensors_header_is_bounded_and_of_known_types(tmp_path):
    path = tmp_path / "cloud.safetensors"
    path.write_bytes((2**62).to_bytes(8, "little") + b"{}")
    assert "its header should have 4,611,686,018,427,387,904 bytes" in refused(path)
    path.write_bytes((2**20 + 1).to_bytes(8, "little") + b" " * 2**21)
    assert "at most 1,048,576 are read" in refused(path)
    nested = b"[" * 100_000
    path.write_bytes(len(nested).to_bytes(8, "little") + nested)
    assert "is no safetensors file" in refused(path)
    header = json.dumps({"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(2))
    assert "'a' is of type 'F8_E4M3'" in refused(path)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{}",
        "()",
        "{" * 5000,
        "(" * 9000,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ('a',)}",
        "{'descr': '<f4', 'fortran_order': 7, 'shape': (2,)}",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': [('a',)], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999999999999999)}",
        "{'descr': 'V0', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 100 + ")}",
        "__import__('os').mkdir('sprung')",
        "'''",
        "#" * 20_000,
    ],
)
def test_a_header_that_numpy_did_not_write_is_refused(tmp_path, monkeypatch, header):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cloud.npy"
    path.write_bytes(npy(header, bytes(4)))
    assert str(path) in refused(path)
    assert list(tmp_path.iterdir()) == [path]


def test_the_version_for_names_in_unicode_holds_no_numbers(tmp_path):
    path = tmp_path / "cloud.npy"
    path.write_bytes(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", bytes(4), (3, 0)))
    assert "is of .npy version (3, 0)" in refused(path)


def test_trailing_bytes_and_cut_ends_are_told_apart(tmp_path):
    path = tmp_path / "cloud.npy"
    whole = packed(".npy", BOTH)
    path.write_bytes(whole[:-1])
    assert "has 47 bytes where shape (4, 3) of float32 needs 48; the file is cut off or damaged" in refused(
        path
    )
    path.write_bytes(whole + b"x")
    assert "has 49 bytes where shape (4, 3) of float32 needs 48; the file is damaged" in refused(path)


def test_a_name_with_odd_letters_stays_on_one_line(tmp_path):
    stream = io.BytesIO()
    np.save(stream, np.array([None]))
    assert r"'a\nb\x1b[31m'" in refused(zipped(tmp_path / "a.npz", [("a\nb\x1b[31m.npy", stream.getvalue())]))
