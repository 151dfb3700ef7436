"""A lab that somebody made to do harm: names and labels that are markup, formulas, paths, orders to a terminal."""

import csv
import io
import json
import re
import shlex
from xml.etree import ElementTree

import anyio
import pytest

from latebloom.records import Event, Look
from latebloom.store import open_run
from latebloom.web.application import PLACES
from latebloom.web.container import KIND as CONTAINER
from tests.views.labs import document_of, make, spec_of
from tests.web.asking import HOST, Server, raw

MARKS = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "</style><b>", "-->",
         "<!--", "]]>", "<?xml?>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&lt;b&gt;", "&#x3c;",
         "javascript:alert(1)",
         "data:text/html,<b>", "{{7*7}}", "${7*7}", "<%= 7*7 %>", "`id`", "$(id)", "; rm -rf ~", "| sh",
         "'; DROP TABLE runs",
         '" onmouseover="alert(1)', "' onfocus='alert(1)", "\\u003cscript\\u003e", "</title><script>",
         "<a href=//evil>"]  # fmt: skip
FORMULAS = ["=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://evil\")",
            "\n=1", " =1", "=", "+", "-", "@", "-2-3", "+cmd", '"=1"', "'=1", "=1,2", '=1"2']  # fmt: skip
TEXTS = ["\x00", "\x1b[2J", "\x1b]0;title\x07", "\x07", "\x7f", "\x85", "\u2028", "\u2029", "\u202egnp.exe", "\u200b",
         "\ufeff", "\ufffe", "\ud800", "\udfff", "\U0010ffff", "é" * 50, "日本語", "🦠" * 9, "a" * 5000, " ", "", ".",
         "..", "/", "../../etc/passwd", "C:\\", "NUL", "\\\\host\\x", "%s%n%x", "%00", "None", "null", "NaN", "inf",
         "1e400", "__proto__", "constructor", "toString", "hasOwnProperty", "$x^2$", "$\\frac{", "\\input{x}", "{", "}",
         "[", "]", ",", "a,b", '"', "'", "\\", "\r\n", "a\r\nSet-Cookie: x=1", "#", "?", "&"]  # fmt: skip
HOSTILE = [*MARKS, *FORMULAS, *TEXTS]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A lab with a run for each hostile text: as preset, model, setting, key, number, event."""
    lab = make(tmp_path_factory.mktemp("hostile") / "lab")
    for seed, text in enumerate(HOSTILE):
        odd = {"odd": {text or "empty": text}, "model": {"name": text, "width": 128}}
        document = document_of(spec_of(seed, **odd), preset=text)
        with open_run(lab, document["id"], document) as writer:
            for step in range(3):
                events = (Event(text, step, step),) if step else ()
                values = {
                    "train_accuracy": 0.5,
                    "test_accuracy": 0.5,
                    text: -1.5 + step,
                    f"{text}@final": 0.0,
                }
                writer.append(Look(step, values, events))
    for name in ("<b>", "UPPER", "a b", "x" * 65, ".hidden", "ü"):
        (lab.runs / name).mkdir()
        (lab.runs / name / "looks.log").write_text("")
    server = Server(lab)
    server.context.feed.close()
    return server


def ask(server, path, query=""):
    headers = [("host", HOST), ("cookie", f"{server.access.cookie}={server.access.token}")]
    return anyio.run(raw, server.app, "GET", path, headers, query.encode())


def queries(server, place):
    runs = server.context.lab.run_ids()
    if "run" in place.fields:
        return [f"run={run}" for run in runs]
    if "runs" in place.fields:
        return ["", "members=1", f"runs={','.join(runs[:5])}"] + (
            ["names=%3Cscript%3Ealert(1)%3C%2Fscript%3E"] if "names" in place.fields else []
        )
    return [""]


def test_there_are_a_hundred_hostile_names_and_all_are_listed(served):
    assert len(set(HOSTILE)) >= 100
    status, _, body = ask(served, "/api/runs")
    assert status == 200
    assert len(json.loads(body)["runs"]) == len(HOSTILE)
    assert {row["preset"] for row in json.loads(body)["runs"]} == set(HOSTILE)


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place.kind in ("view", "file")], ids=lambda p: p.path
)
def test_no_view_and_no_export_lets_a_name_be_more_than_a_text(served, place):
    for query in queries(served, place):
        status, headers, body = ask(served, place.path, query)
        kind = headers["content-type"].partition(";")[0]
        assert status in (200, 202, 400, 409), (query, body)
        if status == 409:
            check_command(json.loads(body)["error"].get("command", ""))
        assert kind in ("application/json", "text/csv", "image/svg+xml", "image/png", CONTAINER)
        assert headers["x-content-type-options"] == "nosniff"
        assert "\n" not in "".join(headers.values())
        if kind == "application/json":
            body.decode("ascii")
            json.loads(body, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
        elif kind == "text/csv":
            check_table(body)
        elif kind == "image/svg+xml":
            check_picture(body)
        if place.kind == "file" and status == 200:
            assert re.fullmatch(
                r'attachment; filename="[a-z]+\.(csv|svg|png)"', headers["content-disposition"]
            )


def check_command(command):
    """Copied into a shell, it must be one command with that text as one word."""
    words = shlex.split(command)
    assert words[:2] == ["latebloom", "run"]
    assert words[3:] == ["--set", "snapshots.every=500"]
    assert shlex.join(words) == command
    assert command.isprintable()


def check_table(body):
    rows = list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert cell.isprintable() or not cell
        if cell.startswith(("=", "+", "-", "@")):
            float(cell)


def check_picture(body):
    for element in ElementTree.fromstring(body).iter():
        name = element.tag.rpartition("}")[2]
        assert name not in ("script", "foreignObject", "a", "iframe", "image", "set", "animate")
        for key, value in element.attrib.items():
            assert not key.lower().startswith("on")
            assert not key.endswith("href") or value.startswith("#")


def test_a_name_in_an_address_comes_back_as_text_alone(served):
    for text in ("<script>alert(1)</script>", "x\r\nSet-Cookie: a=b", "'\"><img>"):
        from urllib.parse import quote

        for field in ("run", "runs", "names", "origin"):
            status, headers, body = ask(served, "/api/training", f"{field}={quote(text)}")
            assert headers["content-type"] == "application/json"
            assert "set-cookie" not in headers
            assert status in (200, 400, 404)
            json.loads(body)
        status, headers, body = ask(served, f"/{text}")
        assert status == 404
        assert text.encode() not in body
