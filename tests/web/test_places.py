"""Every address against every name, page, method and token: what may be answered stands in a table."""

import itertools
import json

import anyio
import pytest

from latebloom.web.application import PLACES
from latebloom.web.control import PLACES as CONTROL
from tests.web.asking import HOST, PORT, Server, raw

TABLE = {
    "/": "page",
    "/runs": "page",
    "/training": "page",
    "/manifold": "page",
    "/spectrum": "page",
    "/structure": "page",
    "/phase": "page",
    "/studies": "page",
    "/icon.svg": "asset",
    "/assets/{name:path}": "asset",
    "/api/lab": "read",
    "/api/runs": "read",
    "/api/run": "read",
    "/api/training": "read",
    "/api/timebar": "read",
    "/api/phase": "read",
    "/api/studies": "read",
    "/api/study": "read",
    "/api/study/maps": "read",
    "/api/manifold": "read",
    "/api/manifold/measures": "read",
    "/api/spectrum": "read",
    "/api/structure": "read",
    "/api/events": "read",
    "/api/openapi.json": "read",
    "/api/download/curves.csv": "read",
    "/api/download/events.csv": "read",
    "/api/download/summary.csv": "read",
    "/api/download/map.csv": "read",
    "/api/picture/map.svg": "read",
    "/api/picture/map.png": "read",
    "/api/picture/training.svg": "read",
    "/api/picture/training.png": "read",
    "/api/picture/claim.svg": "read",
    "/api/picture/claim.png": "read",
    "/api/control/start": "change",
    "/api/control/stop": "change",
    "/api/control/resume": "change",
    "/api/control/delete": "change",
}
"""Every address there is. One that is added without a line here fails, and so does one that is of another kind."""

HOSTS = {
    HOST: True,
    f"localhost:{PORT}": True,
    "evil.example": False,
    f"evil.example:{PORT}": False,
    "127.0.0.1": False,
}
ORIGINS = {
    None: True,
    "own": True,
    "http://evil.example": False,
    "null": False,
    f"http://127.0.0.1:{PORT + 1}": False,
}
SITES = {None: True, "same-origin": True, "cross-site": False, "same-site": False}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get")
TOKENS = ("right", "wrong", "none", "both")
# Assets: the page may be built or not. Views of snapshots: under way, or not to be had of these runs.
ANSWERED = {"page": {200, 503}, "asset": {200, 404}, "read": {200, 202, 400, 409}, "change": {400}}


def expected(kind, method, known, own, site, token, *, control):
    """Say which statuses a request may get."""
    if not (known and own and site):
        return {403}
    if kind == "change":
        if method != "POST":
            return {405}
        return {403} if not control or token != "right" else ANSWERED[kind]
    if method not in ("GET", "HEAD"):
        return {405}
    return ANSWERED[kind] if token == "right" else {403}


def cookies(server, token):
    right = ("cookie", f"{server.access.cookie}={server.access.token}")
    wrong = ("cookie", f"{server.access.cookie}={'0' * 64}")
    return {"right": [right], "wrong": [wrong], "none": [], "both": [right, wrong]}[token]


def test_the_table_has_every_address_and_each_is_of_its_kind():
    kinds = {"view": "read", "file": "read", "stream": "read"}
    assert {place.path: kinds.get(place.kind, place.kind) for place in PLACES} == TABLE
    assert {place.path for place in CONTROL} == {path for path, kind in TABLE.items() if kind == "change"}


@pytest.mark.parametrize("control", [False, True])
def test_every_address_answers_to_whom_the_table_says_and_to_nobody_else(ten_runs, control):
    server = Server(ten_runs, control=control)
    server.context.feed.close()  # its streams end at once
    run = ten_runs.run_ids()[0]
    query = f"run={run}&runs={run}&points=16".encode()
    combinations = list(itertools.product(TABLE.items(), HOSTS, ORIGINS, SITES, METHODS, TOKENS))

    async def play():
        wrong = []
        for (path, kind), host, origin, site, method, token in combinations:
            headers = [("host", host), *cookies(server, token), ("x-latebloom", "1")]
            headers += [("origin", f"http://{host}" if origin == "own" else origin)] if origin else []
            headers += [("sec-fetch-site", site)] if site else []
            status, _, body = await raw(
                server.app, method, path.replace("{name:path}", "x.js"), headers, query, b"{}"
            )
            allowed = expected(
                kind, method, HOSTS[host], ORIGINS[origin], SITES[site], token, control=control
            )
            if status not in allowed or (status == 403 and run.encode() in body):
                wrong.append((path, host, origin, site, method, token, status))
        return wrong

    assert len(combinations) > 60_000
    assert anyio.run(play) == []


def test_what_is_not_in_the_table_is_not_there(server):
    for path in (
        "/api",
        "/api/",
        "/api/lab/",
        "/api/none",
        "/runs/",
        "/static/index.html",
        "/docs",
        "/openapi.json",
    ):
        assert server.ask(path).status_code == 404


def test_head_answers_as_get_does_without_a_body(server):
    async def play():
        headers = [("host", HOST), *cookies(server, "right")]
        return [await raw(server.app, method, "/api/lab", headers) for method in ("GET", "HEAD")]

    (status, got, body), (other, headers, _) = anyio.run(play)
    assert (status, other) == (200, 200)
    assert got["content-type"] == headers["content-type"]
    assert json.loads(body)["runs"] == 10
