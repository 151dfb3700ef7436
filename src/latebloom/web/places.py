"""What stands at an address: its path, its kind, what answers there. Routes, guard and description follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from latebloom.web.context import Context

Kind = Literal["page", "asset", "view", "stream", "file", "change"]
"""page: the one page. asset: a part of it. view: plain data. stream: news. file: to keep. change: needs --control."""
PAGES = ("/", "/runs", "/training", "/manifold", "/spectrum", "/structure", "/phase", "/studies")

Answer = Callable[[Context, Any], Any]
"""Answers a request, in a thread: plain data, or a `latebloom.web.answers.Body` that is sent as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address.

    Attributes:
        path: its path; a part in braces stands for any one name.
        kind: what is there.
        answer: what answers; None for pages, assets and the stream, which the application answers itself.
        summary: what it is for, in one sentence.
        fields: the fields of the query that it reads; `latebloom.web.description` says what they mean.
        gives: the shape of its plain data, a TypedDict; of a change, that of what is sent.
        kinds: the media types of a file.
        waits: whether it may answer first that it is being computed.
    """

    path: str
    kind: Kind
    answer: Answer | None
    summary: str
    fields: tuple[str, ...] = ()
    gives: type | None = None
    kinds: tuple[str, ...] = ()
    waits: bool = False

    @property
    def method(self) -> str:
        """The method that it takes; an address that is read takes HEAD too."""
        return "POST" if self.kind == "change" else "GET"
