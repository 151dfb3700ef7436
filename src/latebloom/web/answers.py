"""What goes back: JSON without NaN, and errors that say what was given and what would be right."""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from latebloom.errors import (
    DamagedError,
    InputError,
    LatebloomError,
    LockedError,
    NotApplicableError,
    ResourceError,
    UnknownNameError,
)

JSON = "application/json"
STYLE = "body { font: 1.1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }"
STYLE_HASH = "sha256-" + b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""By which the policy knows the one style that stands in a page itself."""
THINGS = ("run", "stored study", "scale", "claim", "map")
"""What a lab holds and an address may name: one that is not there is 404; any other unknown word is a bad request."""


@dataclass(frozen=True, slots=True)
class Body:
    """An answer as it is sent: its bytes and media type, and the name under which a browser keeps it as a file.

    Its status is 202 where it only says how far the answer is.
    """

    data: bytes
    kind: str = JSON
    name: str = ""
    status: int = 200

    def response(self) -> Response:
        """Send it; a file is never shown in the browser's own window."""
        head = {"content-disposition": f'attachment; filename="{self.name}"'} if self.name else {}
        return Response(self.data, self.status, head, self.kind)


def pending_body(what: str, since: float, done: float | None) -> Body:
    """Say that an answer is not there yet: what is done for it, for how many seconds, and which share of it."""
    pending = {"what": what, "since": round(since, 1), "done": done}
    return Body(json_bytes({"pending": pending}), status=202)


class RefusedError(Exception):
    """A request that is not answered as asked.

    Args:
        status: the HTTP status.
        code: one word for programs.
        message: what was given and what would be right.
        command: the one command that helps; empty if none does.
        allow: the methods that would be right, where another was used.
    """

    def __init__(self, status: int, code: str, message: str, command: str = "", allow: str = "") -> None:
        self.status, self.code, self.message, self.command, self.allow = status, code, message, command, allow
        super().__init__(message)


def json_bytes(value: Any) -> bytes:
    """Write plain data as JSON; what is not finite has no place in it."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with plain data."""
    return Response(json_bytes(value), status, media_type=JSON)


def refusal_response(refusal: RefusedError, scope: Mapping[str, Any]) -> Response:
    """Answer with an error: JSON for programs, a short page for whoever opened a page."""
    allow = {"allow": refusal.allow} if refusal.allow else {}
    if scope["path"].startswith("/api/"):
        body = {"error": {"code": refusal.code, "message": refusal.message, "command": refusal.command}}
        return Response(json_bytes(body), refusal.status, allow, JSON)
    return message_page(refusal.message, refusal.command, refusal.status, allow)


def message_page(
    message: str, command: str = "", status: int = 200, more: Mapping[str, str] | None = None
) -> Response:
    """Answer with a page of one sentence and one command."""
    line = f"<pre>{html.escape(command)}</pre>" if command else ""
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>latebloom</title><style>{STYLE}</style>'
        f"<body><h1>latebloom</h1><p>{html.escape(message)}</p>{line}</body></html>\n"
    )
    return Response(page.encode(), status, dict(more or {}), "text/html")


def refusal_of(error: LatebloomError, command: str = "") -> RefusedError:
    """Turn one of our errors into the answer that a request gets."""
    text = str(error)
    match error:
        case UnknownNameError(kind=str(kind)):
            return RefusedError(404 if kind in THINGS else 400, f"unknown-{_word(kind)}", text, command)
        case NotApplicableError(command=str(helps)):
            return RefusedError(409, "not-applicable", text, command or helps)
        case InputError():
            return RefusedError(400, "bad-value", text, command)
        case LockedError():
            return RefusedError(409, "locked", text, command)
        case DamagedError():
            return RefusedError(409, "damaged", text, command)
        case ResourceError():
            return RefusedError(409, "no-space", text, command)
        case _:
            return RefusedError(500, "failed", text, command)


def _word(kind: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in kind)
