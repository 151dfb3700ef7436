import numpy as np
import pytest

from latebloom.lens.frames import Frames
from tests.views.labs import make


@pytest.fixture
def lab(tmp_path):
    return make(tmp_path / "lab")


def files(lab):
    return sorted(lab.path.glob("views/lens/*/*.frame"))


def test_what_is_kept_comes_back_in_another_process(lab):
    Frames(lab).put("a-run", {"shares": np.arange(3.0)}, "abc", kind="spectrum", site="final")
    found = Frames(lab).get("a-run", "abc", kind="spectrum", site="final")
    assert found["shares"].tolist() == [0, 1, 2]
    assert Frames(lab).get("a-run", "abc", kind="spectrum", site="hidden") is None
    assert Frames(lab).get("a-run", "abd", kind="spectrum", site="final") is None


@pytest.mark.parametrize("place", [0, 70, -1])
def test_a_file_with_one_changed_byte_counts_as_missing(lab, place):
    Frames(lab).put("a-run", {"shares": np.arange(3.0)}, "abc", kind="x")
    (path,) = files(lab)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert Frames(lab).get("a-run", "abc", kind="x") is None


def test_the_oldest_files_go_first(lab):
    frames = Frames(lab, disk=3000)
    for number in range(10):
        frames.put("a-run", {"shares": np.arange(100.0)}, f"{number}", kind="x")
    frames.sweep()
    assert 1 <= len(files(lab)) < 10
    assert sum(path.stat().st_size for path in files(lab)) <= 3000
    assert Frames(lab).get("a-run", "9", kind="x") is not None
    assert Frames(lab).get("a-run", "0", kind="x") is None


def test_a_lab_that_cannot_be_written_is_done_without(lab, monkeypatch):
    monkeypatch.setattr("latebloom.store.files.calls", Refusing())
    frames = Frames(lab)
    frames.put("a-run", {"shares": np.arange(3.0)}, "abc", kind="x")
    assert frames.get("a-run", "abc", kind="x") is not None
    assert files(lab) == []


class Refusing:
    """A disk that refuses everything."""

    def __getattr__(self, name):
        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        return refuse


def test_memory_is_bounded(lab, monkeypatch):
    monkeypatch.setattr("latebloom.store.files.calls", Refusing())
    frames = Frames(lab, memory=2000)
    for number in range(10):
        frames.put("a-run", {"shares": np.arange(100.0)}, f"{number}", kind="x")
    kept = [number for number in range(10) if frames.get("a-run", f"{number}", kind="x") is not None]
    assert kept == [8, 9]
