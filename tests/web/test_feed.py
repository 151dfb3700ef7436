"""A page hears every piece of news once and in order, or is told to ask for everything anew."""

import asyncio
import json

import pytest

from latebloom.web.answers import RefusedError
from latebloom.web.feed import MOST_VIEWERS, MOST_WAITING, REMEMBERED, Feed


def parsed(text):
    return dict(line.split(": ", 1) for line in text.decode().strip().splitlines())


async def hear(stream, count):
    """Give the next pieces of news of a stream."""
    found = []
    while len(found) < count:
        text = await asyncio.wait_for(anext(stream), 5)
        if text.startswith(b"id:"):
            found.append(parsed(text))
    return found


def test_news_come_in_order_with_their_cursor():
    async def play():
        feed = Feed()
        stream = feed.stream(None)
        assert await anext(stream) == b"retry: 1000\n\n"
        for number in range(3):
            feed.publish("runs", {"number": number})
        return await hear(stream, 3)

    found = asyncio.run(play())
    assert [one["id"] for one in found] == ["1", "2", "3"]
    assert [json.loads(one["data"])["number"] for one in found] == [0, 1, 2]
    assert {one["event"] for one in found} == {"runs"}


@pytest.mark.parametrize("seen", [0, 1, 4])
def test_a_page_that_comes_back_hears_what_it_missed(seen):
    async def play():
        feed = Feed()
        for number in range(5):
            feed.publish("runs", number)
        return await hear(feed.stream(seen), 5 - seen)

    assert [one["id"] for one in asyncio.run(play())] == [str(n) for n in range(seen + 1, 6)]


@pytest.mark.parametrize("seen", [0, 99_999])
def test_a_page_that_missed_more_than_is_remembered_or_knows_another_server_asks_anew(seen):
    async def play():
        feed = Feed()
        for number in range(REMEMBERED + 5):
            feed.publish("runs", number)
        return await hear(feed.stream(seen), 1)

    (only,) = asyncio.run(play())
    assert (only["event"], only["id"]) == ("resync", str(REMEMBERED + 5))


def test_a_page_that_is_too_slow_is_told_to_ask_anew_and_costs_no_more_memory():
    async def play():
        feed = Feed()
        stream = feed.stream(None)
        await anext(stream)
        for number in range(10 * MOST_WAITING):
            feed.publish("runs", number)
            assert all(len(viewer.waiting) <= MOST_WAITING for viewer in feed._viewers)
        return await hear(stream, 2)

    first, second = asyncio.run(play())
    assert first["event"] == "resync"
    assert int(second["id"]) == int(first["id"]) + 1


def test_a_page_that_leaves_is_forgotten_and_nobody_watches_then():
    async def play():
        feed = Feed()
        stream = feed.stream(None)
        await anext(stream)
        assert (feed.viewers, feed.watched.is_set()) == (1, True)
        await stream.aclose()
        assert (feed.viewers, feed.watched.is_set()) == (0, False)

    asyncio.run(play())


def test_streams_end_with_the_server():
    async def play():
        feed = Feed()
        stream = feed.stream(None)
        await anext(stream)
        feed.close()
        return [text async for text in stream]

    assert asyncio.run(play()) in ([], [b": ping\n\n"])


def test_no_more_pages_listen_than_may():
    async def play():
        feed = Feed()
        streams = [feed.stream(None) for _ in range(MOST_VIEWERS)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(RefusedError) as refused:
            feed.check_room()
        assert refused.value.status == 429

    asyncio.run(play())
