"""The guard lets in who shows the right name, page, method and token, and nobody else."""

import anyio
import pytest

from tests.web.asking import HOST, PORT, Server


def token(server):
    return ("cookie", f"{server.access.cookie}={server.access.token}")


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(server):
    answer = server.send("GET", f"/runs?a=1&token={server.access.token}&b=x+y", [("host", HOST)])
    assert answer.status_code == 303
    assert answer.headers["location"] == "/runs?a=1&b=x+y"
    assert answer.headers["set-cookie"] == (
        f"latebloom-{PORT}={server.access.token}; HttpOnly; SameSite=Strict; Path=/"
    )


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/elsewhere", "/api/lab", "/assets/x"])
def test_the_token_is_exchanged_at_pages_alone(server, path):
    answer = server.send("GET", f"http://{HOST}{path}?token={server.access.token}", [("host", HOST)])
    assert answer.status_code == 403
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("wrong", ["", "0" * 64, "x", "é"])
def test_a_wrong_token_in_the_address_is_refused_even_beside_a_right_cookie(server, wrong):
    answer = server.send("GET", f"/?token={wrong}", [("host", HOST), token(server)])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["evil.example"],
        [f"evil.example:{PORT}"],
        ["127.0.0.1"],
        ["127.0.0.1:1"],
        [f"127.0.0.1:{PORT}."],
        [HOST, HOST],
        [HOST, "evil.example"],
        [f"{HOST}, evil.example"],
        [f"LOCALHOST:{PORT}"],
        [f"user@{HOST}"],
    ],
)
def test_another_name_than_the_servers_own_is_refused(server, hosts):
    answer = server.send("GET", "/api/lab", [*(("host", host) for host in hosts), token(server)])
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "wrong-host"


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_each_name_of_the_servers_own_machine_is_answered(server, host):
    for more in (
        [],
        [("origin", f"http://{host}")],
        [("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "none")],
    ):
        answer = server.send("GET", "/api/lab", [("host", host), token(server), *more])
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("origin", f"https://{HOST}"),
        ("origin", f"http://localhost:{PORT}"),
        ("origin", f"http://{HOST}/"),
        ("origin", ""),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", ""),
    ],
)
def test_another_pages_request_is_refused_even_with_the_token(server, header):
    answer = server.send("GET", "/api/lab", [("host", HOST), token(server), header])
    assert answer.status_code == 403


def test_without_the_token_nothing_is_answered(server):
    for path in ("/", "/runs", "/api/lab", "/assets/index.js", "/nothing"):
        assert server.send("GET", path, [("host", HOST)]).status_code == 403


def test_the_cookie_of_a_server_at_another_port_does_not_count(server):
    cookie = ("cookie", f"latebloom-{PORT + 1}={server.access.token}")
    assert server.send("GET", "/api/lab", [("host", HOST), cookie]).status_code == 403


def test_a_program_may_send_the_token_in_a_header_of_its_own(server):
    right, wrong = f"Bearer {server.access.token}", "Bearer 0"
    assert server.send("GET", "/api/lab", [("host", HOST), ("authorization", right)]).status_code == 200
    assert server.send("GET", "/api/lab", [("host", HOST), ("authorization", wrong)]).status_code == 403


def test_every_answer_says_what_browsers_must_not_do_with_it(server):
    for path in ("/", "/api/lab", "/api/run?run=none", "/nothing"):
        headers = server.ask(path).headers
        assert "unsafe" not in headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert not [name for name in headers if name.startswith("access-control-")]


def test_a_web_socket_is_closed_before_it_opens(server):
    said = []

    async def connect():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            said.append(message["type"])

        headers = [(name.encode(), value.encode()) for name, value in [("host", HOST), token(server)]]
        scope = {"type": "websocket", "path": "/api/events", "headers": headers, "query_string": b""}
        await server.app(scope, receive, send)

    anyio.run(connect)
    assert said == ["websocket.close"]


def test_a_start_makes_a_token_of_its_own(ten_runs):
    tokens = {Server(ten_runs).access.token for _ in range(8)}
    assert len(tokens) == 8
    assert all(len(text) == 64 for text in tokens)
