"""The guard: the first that a request meets, for every kind of connection. What it lets through is asked for by us.

"Only on localhost" is no defence: a page on the web can lead a browser here under a name of its own. So the name
that the browser used, the page that asks, the method and a token are all held against what is expected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from latebloom.web.access import Access
from latebloom.web.answers import STYLE_HASH, RefusedError, refusal_response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READING = frozenset({"GET", "HEAD"})
WRITING = frozenset({"POST"})
OWN_SITES = frozenset({b"same-origin", b"none"})
LONGEST_QUERY = 16_384
LONGEST_PATH = 256
LARGEST_BODY = 1_000_000 + 65_536  # a file of settings, and what is said beside it
MOST_FIELDS = 64
PROOF = b"x-latebloom"  # a header that no form and no other site's script can send
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{STYLE_HASH}'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = (
    (b"content-security-policy", POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Guard:
    """Lets through to `app` only what this server's own page, or whoever knows the token, asks for.

    Args:
        app: what answers.
        access: what a request must show.
        writing: the paths that may be sent to by POST; every other is read by GET and HEAD alone.
        pages: the paths at which the token of the printed address is exchanged for a cookie.
    """

    def __init__(self, app: App, access: Access, *, writing: Iterable[str], pages: Iterable[str]) -> None:
        self.app, self.access = app, access
        self.writing, self.pages = frozenset(writing), frozenset(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "there are no web sockets here"})
        else:
            raise RuntimeError(f"a connection of a kind that is not known: {scope['type']}")

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check_asker(scope)
            self._check_size(scope)
            self._check_method(scope)
            location = self._exchange(scope)
            if location is not None:
                await self._redirect(location, send)
                return
            self._check_token(scope)
        except RefusedError as refusal:
            await refusal_response(refusal, scope)(scope, receive, send)
            return
        await self.app(scope, _bounded(receive), send)

    def _check_asker(self, scope: Scope) -> None:
        hosts = headers(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in self.access.hosts:
            raise RefusedError(
                403, "wrong-host", "this server does not answer to that name; use the printed address"
            )
        origins = headers(scope, b"origin")
        if len(origins) > 1 or (origins and origins[0] != f"http://{hosts[0]}"):
            raise RefusedError(
                403, "wrong-origin", "another page's request; only this server's own pages may ask"
            )
        sites = scope_headers(scope, b"sec-fetch-site")
        if len(sites) > 1 or (sites and sites[0] not in OWN_SITES):
            raise RefusedError(
                403, "wrong-site", "a request from another site; open the printed address by itself"
            )

    def _check_size(self, scope: Scope) -> None:
        if len(scope["query_string"]) > LONGEST_QUERY or len(scope["path"]) > LONGEST_PATH:
            raise RefusedError(
                400, "too-long", f"the address is too long; at most {LONGEST_QUERY:,} bytes after the ?"
            )
        lengths = headers(scope, b"content-length")
        if len(lengths) > 1 or any(not text.isdecimal() or int(text[:20]) > LARGEST_BODY for text in lengths):
            raise RefusedError(
                400, "too-large", f"what was sent is too large; at most {LARGEST_BODY:,} bytes"
            )

    def _check_method(self, scope: Scope) -> None:
        if scope["path"] not in self.writing:
            if scope["method"] not in READING:
                raise RefusedError(
                    405, "wrong-method", "this address is only read, by GET or HEAD", allow="GET, HEAD"
                )
            return
        if scope["method"] not in WRITING:
            raise RefusedError(405, "wrong-method", "this address is only sent to, by POST", allow="POST")
        if not self.access.control:
            raise RefusedError(
                403, "reading-only", "this server only shows; start it with --control to change runs"
            )
        if headers(scope, PROOF) != ["1"]:
            raise RefusedError(
                403, "no-proof", "the header X-Latebloom: 1 is missing, which every change needs"
            )

    def _exchange(self, scope: Scope) -> str | None:
        """Give the address to go to in exchange for the token in this one; None where there is none in it."""
        if (
            scope["path"] not in self.pages
            or scope["method"] != "GET"
            or b"token=" not in scope["query_string"]
        ):
            return None
        fields = query_fields(scope)
        tokens = [value for name, value in fields if name == "token"]
        if not tokens:
            return None
        if len(tokens) > 1 or not self.access.knows_token(tokens[0]):
            raise RefusedError(
                403, "wrong-token", "the token in this address is not this server's; it is new at each start"
            )
        rest = urlencode([(name, value) for name, value in fields if name != "token"], errors="replace")
        return scope["path"] + (f"?{rest}" if rest else "")

    def _check_token(self, scope: Scope) -> None:
        given = [*_bearers(scope), *_cookies(scope, self.access.cookie)]
        if not given:
            raise RefusedError(
                403, "no-token", "open the address that `latebloom serve` printed: it holds the key"
            )
        if not all(self.access.knows_token(token) for token in given):
            raise RefusedError(
                403,
                "wrong-token",
                "the server was started anew; open the address that `latebloom serve` printed",
            )

    async def _redirect(self, location: str, send: Send) -> None:
        cookie = f"{self.access.cookie}={self.access.token}; HttpOnly; SameSite=Strict; Path=/"
        head = [(b"location", location.encode("ascii")), (b"set-cookie", cookie.encode("ascii"))]
        await send(
            {"type": "http.response.start", "status": 303, "headers": [*head, (b"content-length", b"0")]}
        )
        await send({"type": "http.response.body", "body": b""})


def scope_headers(scope: Scope, name: bytes) -> list[bytes]:
    """List the values of every header of that name, as they came."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def headers(scope: Scope, name: bytes) -> list[str]:
    """List the values of every header of that name, as text."""
    return [value.decode("latin-1") for value in scope_headers(scope, name)]


def query_fields(scope: Scope) -> list[tuple[str, str]]:
    """Read the fields after the question mark.

    Raises:
        RefusedError: there are too many.
    """
    try:
        text = scope["query_string"].decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise RefusedError(
            400, "too-many", f"too many fields in the address; at most {MOST_FIELDS}"
        ) from None


def _bearers(scope: Scope) -> list[str]:
    """List the tokens that a program sends in its header; a browser needs none."""
    found = headers(scope, b"authorization")
    return [text.removeprefix("Bearer ") for text in found if text.startswith("Bearer ")]


def _cookies(scope: Scope, name: str) -> list[str]:
    found: list[str] = []
    for text in headers(scope, b"cookie"):
        try:
            morsels = SimpleCookie(text)
        except CookieError:
            continue
        found += [morsel.value for key, morsel in morsels.items() if key == name]
    return found


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in HEADERS}
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in names]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """Stop listening to a body that is longer than it may be, whatever it says of its length."""
    heard = 0

    async def receiving() -> Message:
        nonlocal heard
        message = await receive()
        heard += len(message.get("body", b""))
        return {"type": "http.disconnect"} if heard > LARGEST_BODY else message

    return receiving
