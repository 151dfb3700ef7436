from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from latebloom.errors import DamagedError, InputError, LabError
from latebloom.records import content_hash
from latebloom.store.document import read_document, write_document

from .story import DOCUMENT, RUN, document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / RUN).mkdir()
    return tmp_path / RUN


def put(folder: Path, run: Any, **other: Any) -> None:
    whole = {"format": 1, "checksum": content_hash(run), "run": run, **other}
    (folder / "spec.json").write_text(json.dumps(whole))


def test_a_document_comes_back_as_it_was_and_can_be_read_by_people(folder: Path) -> None:
    write_document(folder, {**DOCUMENT, "rate": 1e-3, "threads": 2, "population": [RUN]})
    assert read_document(folder) == {**DOCUMENT, "rate": 1e-3, "threads": 2, "population": [RUN]}
    assert len((folder / "spec.json").read_text().splitlines()) > 10


def test_every_changed_byte_is_noticed_or_changes_nothing(folder: Path) -> None:
    write_document(folder, DOCUMENT)
    data = (folder / "spec.json").read_bytes()
    noticed = 0
    for place in range(len(data)):
        (folder / "spec.json").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            assert read_document(folder) == DOCUMENT
        except (DamagedError, LabError):
            noticed += 1
    assert noticed > len(data) / 2


@pytest.mark.parametrize(
    "run",
    [
        None,
        [],
        {},
        {**DOCUMENT, "id": "other"},
        {**DOCUMENT, "steps": "6"},
        {**DOCUMENT, "steps": -1},
        {key: value for key, value in DOCUMENT.items() if key != "spec"},
        {**DOCUMENT, "spec": {**DOCUMENT["spec"], "seed": 9}},
        {**DOCUMENT, "spec": {"task": "addition", "seed": 3}},
        {**DOCUMENT, "spec": {"task": {}, "seed": 3}},
        {**DOCUMENT, "spec": {"task": {"name": "addition"}}},
        document(seed=4),
    ],
)
def test_a_document_of_something_else_is_damage_when_read_and_refused_when_written(
    folder: Path, run: Any
) -> None:
    put(folder, run)
    with pytest.raises(DamagedError, match=r"spec\.json"):
        read_document(folder)
    if isinstance(run, dict):
        with pytest.raises(InputError):
            write_document(folder, run)


def test_a_newer_document_is_refused_with_both_versions(folder: Path) -> None:
    put(folder, DOCUMENT, format=2)
    with pytest.raises(LabError, match=r"format 2.*up to 1"):
        read_document(folder)


@pytest.mark.parametrize(
    "text", ["", "null", "[" * 100_000, '{"format": 1}', '{"format": 1, "checksum": ""}']
)
def test_what_is_no_document_is_damage(folder: Path, text: str) -> None:
    (folder / "spec.json").write_text(text)
    with pytest.raises(DamagedError, match=r"spec\.json"):
        read_document(folder)


def test_a_missing_document_is_damage(folder: Path) -> None:
    with pytest.raises(DamagedError, match="is missing"):
        read_document(folder)
