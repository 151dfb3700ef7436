"""A page on another origin, in a real browser that holds the key: it reads nothing and changes nothing."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.views.labs import Story, make, tell
from tests.web.browser import browsing
from tests.web.live import LiveServer

SECRET = "addition-s"  # begins the id of every run
ATTACK = """
async (own) => {
  const found = {};
  const settle = (name, promise) => promise.then(
    (value) => { found[name] = value }, (error) => { found[name] = "refused: " + error.name });
  const wait = (ms) => new Promise((go) => setTimeout(go, ms));
  const text = (path, options) => fetch(own + path, options).then(async (r) => r.type + " " + await r.text());
  const deletion = JSON.stringify({run: "RUN", confirm: "RUN"});
  await settle("fetch", text("/api/runs"));
  await settle("fetch with cookies", text("/api/runs", {credentials: "include"}));
  await settle("fetch without cors", text("/api/runs", {mode: "no-cors", credentials: "include"}));
  await settle("post", text("/api/control/delete",
    {method: "POST", credentials: "include", headers: {"X-Latebloom": "1"}, body: deletion}));
  await settle("plain post", text("/api/control/delete",
    {method: "POST", mode: "no-cors", credentials: "include", body: deletion}));
  await settle("beacon", wait(50).then(() => navigator.sendBeacon(own + "/api/control/delete", deletion)));
  await settle("event source", new Promise((go, no) => {
    const source = new EventSource(own + "/api/events?since=0", {withCredentials: true});
    source.onmessage = source.onopen = () => go("opened");
    source.onerror = () => { source.close(); no(new Error()) };
  }));
  await settle("web socket", new Promise((go, no) => {
    const socket = new WebSocket(own.replace("http", "ws") + "/api/events");
    socket.onopen = () => go("opened");
    socket.onerror = () => no(new Error());
  }));
  await settle("image", new Promise((go, no) => {
    const image = new Image();
    image.onload = () => go("loaded");
    image.onerror = () => no(new Error());
    image.src = own + "/api/picture/training.png";
  }));
  await settle("script", new Promise((go, no) => {
    const script = document.createElement("script");
    script.onload = () => go("loaded");
    script.onerror = () => no(new Error());
    script.src = own + "/api/runs";
    document.head.append(script);
  }));
  await settle("style", new Promise((go, no) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.onload = () => go("loaded");
    link.onerror = () => no(new Error());
    link.href = own + "/api/download/curves.csv";
    document.head.append(link);
  }));
  const frame = document.createElement("iframe");
  frame.name = "inside";
  frame.src = own + "/runs";
  document.body.append(frame);
  await wait(500);
  await settle("frame", Promise.resolve().then(() => frame.contentDocument.body.innerText));
  const form = document.createElement("form");
  Object.assign(form, {method: "POST", action: own + "/api/control/delete", target: "inside", enctype: "text/plain"});
  const field = document.createElement("input");
  Object.assign(field, {name: deletion.slice(0, -1) + ',"x":"', value: '"}'});
  form.append(field);
  document.body.append(form);
  form.submit();
  await wait(500);
  return found;
}
"""


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else's, without any policy."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>elsewhere")

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_page_on_another_origin_reads_nothing_and_changes_nothing(tmp_path, elsewhere):
    lab = make(tmp_path / "lab")
    run = tell(lab, Story(steps=200))
    rebinding = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with LiveServer(lab, control=True) as server, browsing(rebinding) as browser:
        page = browser.new_page()
        page.goto(f"{server.address}/?token={server.access.token}")
        own = page.evaluate("fetch('/api/runs').then((r) => r.text())")
        assert run in own  # the browser does hold the key, and the server's own page may use it
        assert "token" not in page.url
        assert page.evaluate("document.cookie") == ""
        attackers = {
            "another port, which gets the cookie too": (f"http://127.0.0.1:{elsewhere}/", server.address),
            "another site": (f"http://evil.example:{elsewhere}/", server.address),
            "another name that leads here": (
                f"http://evil.example:{elsewhere}/",
                f"http://evil.example:{server.port}",
            ),
            "localhost for the number": (f"http://localhost:{elsewhere}/", server.address),
        }
        for who, (address, target) in attackers.items():
            page.goto(address)
            found = page.evaluate(ATTACK.replace("RUN", run), target)
            assert run not in json.dumps(found), who
            assert SECRET not in json.dumps(found), who
            refused = {name for name, said in found.items() if str(said).startswith("refused")}
            read = {
                "fetch",
                "fetch with cookies",
                "post",
                "event source",
                "web socket",
                "image",
                "script",
                "style",
            }
            assert read <= refused, (who, found)
            assert found["fetch without cors"] in ("opaque ", "refused: TypeError"), who
            inside = [frame for frame in page.frames if frame.name == "inside"]
            assert all(run not in frame.content() for frame in inside), who
            assert lab.run_ids() == [run], who


def test_a_page_that_calls_the_server_by_a_name_of_its_own_gets_nothing(tmp_path):
    lab = make(tmp_path / "lab")
    run = tell(lab, Story(steps=200))
    rebinding = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with LiveServer(lab) as server, browsing(rebinding) as browser:
        page = browser.new_page()
        answer = page.goto(f"http://evil.example:{server.port}/?token={server.access.token}")
        assert answer.status == 403
        assert page.context.cookies() == []
        said = page.evaluate("fetch('/api/runs').then(async (r) => r.status + await r.text())")
        assert said.startswith("403")
        assert run not in said
