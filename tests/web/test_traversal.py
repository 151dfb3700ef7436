"""No request reaches a file that is not the lab's or the page's, whatever it writes as a path or an id."""

import itertools
import json

import anyio
import pytest

from latebloom.web.application import PLACES
from latebloom.web.assets import Assets
from tests.views.labs import Story, make, tell
from tests.web.asking import HOST, Server, raw

CANARY = "canary-3f9a1c: nobody may read this"
UP = ["..", "%2e%2e", "..;", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "．．", "....", "..\\", "..%5c"]
SLASH = ["/", "%2f", "\\", "%5c", "%252f", "//"]
TARGETS = ["canary.txt", "canary", "lab/lab.json", "static/../canary.txt"]
ABSOLUTE = [
    "/etc/passwd", "//etc/passwd", "file:///etc/passwd", "/proc/self/environ", "\\\\host\\share", "C:\\canary.txt",
    "~/canary.txt", "./canary.txt", "index.html/../../canary.txt", "\x00", "a\x00.js", "canary.txt\x00.js", "%00",
    "assets/../../canary.txt", "\u2025/canary.txt", "..\u2215canary.txt", "..\u2044canary.txt", "LPT1", "con",
]  # fmt: skip
PAYLOADS = [
    *(
        slash.join([*([up] * depth), target])
        for up, slash, target, depth in itertools.product(UP, SLASH, TARGETS, (1, 3))
    ),
    *ABSOLUTE,
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server whose lab and page lie beside a canary, which has the same name as a file that it may serve."""
    folder = tmp_path_factory.mktemp("beside")
    for name in ("canary.txt", "canary", "canary.js"):
        (folder / name).write_text(CANARY)
    static = folder / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>the page</title>")
    (static / "assets" / "index.js").write_text("export {}")
    (static / "assets" / "stolen.txt").symlink_to(folder / "canary.txt")
    (static / ".sources").write_text(CANARY)
    (static / "assets" / "page.svelte").write_text(CANARY)
    lab = make(folder / "lab")
    run = tell(lab, Story(steps=200))
    (lab.runs / "canary").mkdir()
    (lab.runs / "canary" / "note.txt").write_text(CANARY)
    server = Server(lab, assets=Assets(static), control=True)
    server.context.feed.close()
    return server, run


def ask_all(server, requests):
    async def play():
        cookie = ("cookie", f"{server.access.cookie}={server.access.token}")
        headers = [("host", HOST), cookie, ("x-latebloom", "1")]
        return [
            await raw(server.app, method, path, headers, query, body)
            for method, path, query, body in requests
        ]

    return anyio.run(play)


def quoted(text):
    return "".join(
        f"%{byte:02x}" if byte < 33 or byte > 126 or byte in b"&#+;" else chr(byte) for byte in text.encode()
    )


def test_there_are_enough_payloads():
    assert len(PAYLOADS) > 500


def test_the_page_is_served_and_its_own_files_alone(place):
    server, _ = place
    answers = ask_all(server, [("GET", path, b"", b"") for path in ("/", "/assets/index.js")])
    assert [status for status, _, _ in answers] == [200, 200]
    hidden = [
        "/assets/stolen.txt",
        "/.sources",
        "/assets/page.svelte",
        "/assets/../.sources",
        "/index.html",
        "/assets/",
    ]
    for status, _, body in ask_all(server, [("GET", path, b"", b"") for path in hidden]):
        assert status == 404
        assert CANARY.encode() not in body


@pytest.mark.parametrize("prefix", ["/", "/assets/", "/api/", "/api/download/", "/api/picture/", "/runs/"])
def test_no_path_leads_out(place, prefix):
    server, _ = place
    for payload, (status, _, body) in zip(
        PAYLOADS, ask_all(server, [("GET", prefix + payload, b"", b"") for payload in PAYLOADS]), strict=True
    ):
        assert status in (200, 400, 404), payload
        assert status != 200 or b"the page" in body or b"export" in body, payload
        assert CANARY.encode() not in body, payload


@pytest.mark.parametrize("field", ["run", "runs", "names", "origin", "format"])
def test_no_id_leads_out(place, field):
    server, _ = place
    paths = [place.path for place in PLACES if field in place.fields]
    assert paths
    requests = [
        ("GET", path, f"{field}={quoted(payload)}".encode(), b"")
        for path in paths
        for payload in PAYLOADS[::7] + ABSOLUTE
    ]
    for request, (status, _, body) in zip(requests, ask_all(server, requests), strict=True):
        assert status in (200, 400, 404), request
        assert CANARY.encode() not in body
        assert status != 200 or field in ("names", "format"), request


def test_no_id_of_a_change_leads_out(place):
    server, run = place
    requests = [
        ("POST", f"/api/control/{deed}", b"", json.dumps({"run": payload, "confirm": payload}).encode())
        for deed in ("delete", "resume")
        for payload in [*PAYLOADS[::5], *ABSOLUTE, "canary", "../canary"]
    ]
    assert {status for status, _, _ in ask_all(server, requests)} <= {400, 404}
    assert (server.context.lab.runs / "canary" / "note.txt").read_text() == CANARY
    assert server.context.lab.run_ids() == [run]
