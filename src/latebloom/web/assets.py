"""The built page and its assets, from a table made of the files that are there; a request never makes a path."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from latebloom.web.answers import message_page

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
KINDS: Mapping[str, str] = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What may be served, by the end of its name; anything else in the folder is left alone."""
COMPRESSED = (".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest")
LARGEST = 8_000_000  # bytes of one file
NOT_BUILT = (
    "The page is not built in this installation. The numbers are served as JSON under /api/. "
    "To build the page, install latebloom again from its source:"
)
BUILD = "pip install -c constraints.txt -e ."


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page: its bytes, the same compressed, and its media type."""

    data: bytes
    compressed: bytes | None
    kind: str

    def response(self, *, compress: bool) -> Response:
        """Answer with it, compressed where the asker takes that."""
        if compress and self.compressed is not None:
            head = {"content-encoding": "gzip", "vary": "accept-encoding"}
            return Response(self.compressed, 200, head, self.kind)
        return Response(self.data, 200, {"vary": "accept-encoding"}, self.kind)


class Assets:
    """The files of the built page; read anew when the page was built anew."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self._stamp: int | None = None
        self._files: Mapping[str, Asset] = {}

    def files(self) -> Mapping[str, Asset]:
        """Give the files by name, such as ``assets/index.js``; none where the page is not built."""
        try:
            stamp = (self.folder / INDEX).stat().st_mtime_ns
        except OSError:
            stamp = None
        if stamp != self._stamp:
            self._files = read_files(self.folder) if stamp is not None else {}
            self._stamp = stamp
        return self._files

    def page(self, *, compress: bool) -> Response:
        """Answer with the one page, or say that it is not built."""
        found = self.files().get(INDEX)
        return found.response(compress=compress) if found else message_page(NOT_BUILT, BUILD, 503)

    def asset(self, name: str, *, compress: bool) -> Response:
        """Answer with a file of this name; 404 where the table has none."""
        found = self.files().get(name)
        return found.response(compress=compress) if found else message_page("There is nothing here.", "", 404)


def read_files(folder: Path) -> dict[str, Asset]:
    """Read every file of the page below a folder; links are not followed."""
    found: dict[str, Asset] = {}
    for path in sorted(folder.rglob("*")):
        kind = KINDS.get(path.suffix)
        if kind and path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            data = path.read_bytes()
            compressed = gzip.compress(data, 9, mtime=0) if path.suffix in COMPRESSED else None
            found[path.relative_to(folder).as_posix()] = Asset(data, compressed, kind)
    return found
