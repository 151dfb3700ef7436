"""The server as an ASGI application: the guard, then the table of addresses."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from latebloom.errors import DamagedError, InputError, LatebloomError, shown
from latebloom.store import plain
from latebloom.web import control, downloads, seeing, studying, viewing
from latebloom.web.answers import Body, RefusedError, json_response, refusal_of, refusal_response
from latebloom.web.asking import Asking
from latebloom.web.context import Context
from latebloom.web.description import described
from latebloom.web.guard import App, Guard, query_fields
from latebloom.web.places import PAGES, Place
from latebloom.web.watcher import Watcher

PLACES: tuple[Place, ...] = (
    *(Place(path, "page", None, "The page.") for path in PAGES),
    Place("/icon.svg", "asset", None, "The page's own picture."),
    Place("/assets/{name:path}", "asset", None, "A part of the page."),
    *viewing.PLACES,
    *studying.PLACES,
    *seeing.PLACES,
    *downloads.PLACES,
    *control.PLACES,
    Place("/api/events", "stream", None, "News of the lab, as server-sent events.", ("since",)),
    Place("/api/openapi.json", "view", lambda *_: described(PLACES), "This description."),
)
LONGEST_PATH = 300  # letters that are shown of one
EVENTS = "text/event-stream"
Endpoint = Callable[[Request], Awaitable[Response]]


def application(context: Context, places: Sequence[Place] = PLACES) -> App:
    """Make the application that serves a lab, behind its guard."""

    @asynccontextmanager
    async def lifespan(_: Starlette):
        loop = asyncio.get_running_loop()
        context.jobs.on_end = lambda told: loop.call_soon_threadsafe(context.feed.publish, "job", told)
        watching = asyncio.create_task(Watcher(context.reader, context.feed).watch())
        yield
        watching.cancel()
        context.work.close()
        context.lens.close()

    inner = Starlette(
        routes=[
            Route(place.path, _endpoint(context, place), methods=[place.method], include_in_schema=False)
            for place in places
        ],
        exception_handlers={RefusedError: _refused, HTTPException: _not_found, Exception: _failed},
        lifespan=lifespan,
    )
    inner.router.redirect_slashes = False
    writing = [place.path for place in places if place.kind == "change"]
    return Guard(inner, context.access, writing=writing, pages=PAGES)


def _endpoint(context: Context, place: Place) -> Endpoint:
    if place.kind == "page":

        async def page(request: Request) -> Response:
            return context.assets.page(compress=_takes_gzip(request))

        return page
    if place.kind == "asset":

        async def asset(request: Request) -> Response:
            return context.assets.asset(request.url.path.lstrip("/"), compress=_takes_gzip(request))

        return asset
    if place.kind == "stream":

        async def stream(request: Request) -> Response:
            return _stream(context, request)

        return stream
    assert place.answer
    answer = place.answer
    if place.kind == "change":

        async def changing(request: Request) -> Response:
            body = await _body(request)
            return await context.work.do(lambda: _answered(lambda: answer(context, body)))

        return changing

    async def view(request: Request) -> Response:
        asking = Asking(query_fields(request.scope))
        return await context.work.do(lambda: _answered(lambda: answer(_there(context), asking)))

    return view


def _there(context: Context) -> Context:
    """Refuse to answer for a lab that was removed since the server was started."""
    if context.lab.exists:
        return context
    path = str(context.lab.path)
    text = (
        f"there is no lab at {shown(path, LONGEST_PATH)} any more: it was moved or removed, or its lab.json was; "
        "what is put there is shown here by itself"
    )
    raise RefusedError(
        404, "no-lab", text, f"latebloom demo --lab {shlex.quote(path)}" if path.isprintable() else ""
    )


async def _body(request: Request) -> dict[str, Any]:
    """Read the JSON object that was sent; the guard has bounded its length.

    Raises:
        RefusedError: it is no JSON object, or was cut off.
    """
    try:
        body = await request.body()
        return plain.parse_object(body, "what was sent")
    except ClientDisconnect:
        raise RefusedError(400, "too-large", "what was sent is too large, or was cut off") from None
    except DamagedError as error:
        raise RefusedError(400, "bad-value", str(error)) from error


def _stream(context: Context, request: Request) -> Response:
    """Answer with the news after what the page has seen, for as long as it listens."""
    fields = query_fields(request.scope)
    if seen := request.headers.get(
        "last-event-id"
    ):  # a browser that comes back says this, beside the old address
        fields.append(("since", seen))
    try:
        since = Asking(fields).step("since")
    except InputError as error:
        raise refusal_of(error) from error
    if request.method == "HEAD":
        return Response(media_type=EVENTS)
    context.feed.check_room()
    return StreamingResponse(context.feed.stream(since), media_type=EVENTS)


def _answered(ask: Callable[[], Any]) -> Response:
    """Make the whole answer, in a thread: writing JSON takes as long as computing what it says."""
    try:
        found = ask()
    except LatebloomError as error:
        raise refusal_of(error) from error
    return found.response() if isinstance(found, Body) else json_response(found)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return refusal_response(error, request.scope)


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return refusal_response(
            RefusedError(404, "no-such-address", "there is nothing at this address"), request.scope
        )
    return refusal_response(RefusedError(error.status_code, "refused", error.detail), request.scope)


async def _failed(request: Request, error: Exception) -> Response:
    """Say that it is our fault; what went wrong stands in the server's own output, not in the answer."""
    del error
    text = "latebloom made a mistake here; the terminal in which it serves shows which"
    return refusal_response(RefusedError(500, "our-fault", text), request.scope)
