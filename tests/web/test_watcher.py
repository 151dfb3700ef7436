"""The watcher tells what has changed in a lab, nothing else, and reads no byte twice."""

import asyncio
import shutil
from contextlib import ExitStack

import pytest

from latebloom.records import Look
from latebloom.store import ColumnReader, open_run, tail
from latebloom.web.feed import Feed
from latebloom.web.watcher import Watcher
from tests.views.labs import Story, document_of, make, spec_of, tell


@pytest.fixture
def lab(tmp_path):
    return make(tmp_path / "lab")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watcher(lab, clock):
    return Watcher(ColumnReader(lab), Feed(), clock)


def ids(found):
    return [run["id"] for run in found["changed"]]


def test_every_run_is_told_of_first_and_then_only_those_that_change(lab, watcher, clock):
    done = tell(lab, Story(seed=0, steps=200))
    with ExitStack() as stack:
        live = tell(lab, Story(seed=1, steps=200, until=100), keep_open=stack)
        assert ids(watcher.look()) == sorted([done, live])
        assert watcher.look() == {"changed": [], "gone": []}
        clock.now += 60
        assert watcher.look() == {"changed": [], "gone": []}
    clock.now += 60
    (found,) = watcher.look()["changed"]
    assert (found["id"], found["status"], found["step"]) == (live, "interrupted", 100)


def test_a_record_that_is_appended_is_told_at_the_next_look_and_decoded_once(lab, watcher, monkeypatch):
    spec = spec_of(5)
    document = document_of(spec)
    with open_run(lab, document["id"], document) as writer:
        for step in range(50):
            writer.append(Look(step, {"train_accuracy": 0.5, "test_accuracy": 0.25}))
        watcher.look()
        decoded, whole = [], tail.read_line
        monkeypatch.setattr(tail, "read_line", lambda *line: decoded.append(line) or whole(*line))
        for step in range(50, 55):
            writer.append(Look(step, {"test_accuracy": step / 100, "odd": float("nan")}))
            (found,) = watcher.look()["changed"]
            assert found["step"] == step
            assert found["values"] == {"train_accuracy": 0.5, "test_accuracy": step / 100, "odd": None}
        assert len(decoded) == 5


def test_a_new_run_is_noticed_at_the_next_look(lab, watcher):
    tell(lab, Story(seed=0, steps=200))
    watcher.look()
    new = tell(lab, Story(seed=1, steps=200))
    assert ids(watcher.look()) == [new]


def test_a_run_that_is_gone_is_told_once(lab, watcher):
    run = tell(lab, Story(seed=0, steps=200))
    watcher.look()
    shutil.rmtree(lab.folder(run))
    assert watcher.look()["gone"] == [run]
    assert watcher.look()["gone"] == []


def test_pages_are_told_to_ask_anew_when_the_lab_is_gone_and_when_it_is_back(lab):
    tell(lab, Story(seed=0, steps=200))
    away, feed = lab.path.with_name("away"), Feed()

    async def play():
        task = asyncio.create_task(Watcher(ColumnReader(lab), feed).watch())
        stream = feed.stream(None)
        await anext(stream)
        told = [await news(stream)]
        for start, end in ((lab.path, away), (away, lab.path)):
            start.rename(end)
            while (kind := await news(stream)) != "resync":
                pass
            told.append(kind)
        task.cancel()
        await stream.aclose()
        return told

    async def news(stream):
        text = await asyncio.wait_for(anext(stream), 60)
        return text.decode().split("event: ")[1].splitlines()[0] if b"event: " in text else ""

    assert asyncio.run(play()) == ["resync"] * 3


def test_nobody_looks_while_no_page_listens(lab, clock):
    feed, looks = Feed(), []
    watcher = Watcher(ColumnReader(lab), feed)
    whole = watcher.look
    watcher.look = lambda: looks.append(1) or whole()

    async def play():
        task = asyncio.create_task(watcher.watch())
        await asyncio.sleep(0.8)
        alone = len(looks)
        stream = feed.stream(None)
        await anext(stream)
        await asyncio.sleep(1.2)
        watched = len(looks)
        await stream.aclose()
        await asyncio.sleep(0.6)
        left = len(looks)
        await asyncio.sleep(1.2)
        task.cancel()
        return alone, watched, left, len(looks)

    alone, watched, left, after = asyncio.run(play())
    assert alone == 1
    assert 3 <= watched <= 4
    assert after == left
