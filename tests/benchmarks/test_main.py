"""The command: names, skipping, and what is written."""

import json
import platform

import pytest
from benchmarks.catalogue import BENCHMARKS
from benchmarks.rounds import UnavailableError

from benchmarks import __main__ as command


def lacking(quick):
    raise UnavailableError("no such part here")


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(command, "BENCHMARKS", {"works": lambda quick: {"quick": quick}, "lacks": lacking})


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed(capsys):
    with pytest.raises(SystemExit) as error:
        command.main(["step-manifolt"])
    assert error.value.code == 2
    said = capsys.readouterr().err
    assert "step-manifolt" in said
    assert all(name in said for name in BENCHMARKS)


def test_what_this_machine_lacks_is_skipped_among_all_and_refused_by_name(two, capsys):
    command.main([])
    assert "skipped: no such part here" in capsys.readouterr().out
    with pytest.raises(SystemExit) as error:
        command.main(["lacks"])
    assert error.value.code == "lacks: no such part here"


def test_numbers_and_machine_are_written_without_its_name(two, tmp_path):
    command.main(["works", "--quick", "--json", str(tmp_path / "numbers.json")])
    written = json.loads((tmp_path / "numbers.json").read_text())
    assert written["benchmarks"] == {"works": {"quick": True}}
    assert written["quick"] is True
    assert written["machine"]["cores"] >= 1
    assert written["machine"]["processor"]
    assert platform.node() not in written["machine"].values()


def test_names_on_a_gpu_say_that_there_is_none(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    for name in ("gpu-step-manifold", "gpu-step-full-batch", "gpu-step-stages"):
        with pytest.raises(UnavailableError, match="CUDA"):
            BENCHMARKS[name](True)
