import sys
import time

import numpy as np
import pytest

from latebloom.errors import InputError, LatebloomError, NotApplicableError
from latebloom.lens.client import LensClient, Pending
from latebloom.lens.requests import KINDS, ManifoldRequest, SpectrumRequest, plain, request_of
from latebloom.lens.wire import decode, encode

PATIENCE = 120


def answered(client, request, stamp=""):
    """Ask until there is an answer."""
    until = time.monotonic() + PATIENCE
    while isinstance(found := client.ask(request, stamp), Pending):
        assert time.monotonic() < until, found
    return found


def pretending(program):
    """Start what stands for a lens: it is given each line that is asked."""
    head = "import sys, json, os, time\ndef say(**m): print(json.dumps(m), flush=True)\n"
    return (
        sys.executable,
        "-c",
        f"{head}for line in sys.stdin:\n    asked = json.loads(line)\n    {program}",
    )


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_request_survives_the_wire(kind):
    request = kind("a-run", site="hidden")
    assert request_of(decode(encode(plain(request)))) == request


def test_arrays_survive_the_wire_as_float32():
    found = decode(encode({"data": np.array([1.5, np.nan, -2.0]), "plain": [1, None]}))
    assert np.array_equal(found["data"], [1.5, np.nan, -2.0], equal_nan=True)
    assert found["plain"] == [1, None]


def test_a_real_lens_answers_side_by_side_and_says_what_is_wrong(addition):
    lab, run = addition
    client = LensClient(lab)
    try:
        first = client.ask(ManifoldRequest(run), wait=0)
        assert isinstance(first, Pending)
        assert (first.what, first.done) == ("manifold", None)
        view = answered(client, ManifoldRequest(run))
        assert view["points"] == 144
        assert len(view["data"]) == 3 * 3 * (144 + 12)
        assert answered(client, SpectrumRequest(run))["order"] == 12
        assert client.ask(ManifoldRequest(run)) is view
        with pytest.raises(InputError, match="no site 'middle'"):
            answered(client, ManifoldRequest(run, site="middle"))
    finally:
        client.close()


def test_another_stamp_asks_anew(circles):
    counting = pretending("say(number=asked['number'], kind='answer', view={'number': asked['number']})")
    client = LensClient(circles[0], counting)
    assert answered(client, SpectrumRequest("a"), "1")["number"] == 1
    assert answered(client, SpectrumRequest("a"), "1")["number"] == 1
    assert answered(client, SpectrumRequest("a"), "2")["number"] == 2
    client.close()


def test_progress_is_told(circles):
    client = LensClient(circles[0], pretending("say(number=asked['number'], kind='done', share=0.5)"))
    until = time.monotonic() + PATIENCE
    while (found := client.ask(SpectrumRequest("a"), wait=0.05)).done is None:
        assert time.monotonic() < until
    assert found.done == 0.5
    client.close()


def test_a_lens_that_dies_is_started_again_once_and_then_said_to_fail(circles, tmp_path):
    flag = tmp_path / "died"
    once = pretending(
        f"os.path.exists({str(flag)!r}) or (open({str(flag)!r}, 'w').close(), os._exit(9));"
        " say(number=asked['number'], kind='answer', view={'fine': True})"
    )
    client = LensClient(circles[0], once)
    assert answered(client, SpectrumRequest("a")) == {"fine": True}
    client.close()
    client = LensClient(circles[0], pretending("os._exit(9)"))
    with pytest.raises(LatebloomError, match="ended twice"):
        answered(client, SpectrumRequest("a"))
    client.close()


def test_a_lens_that_says_nothing_is_ended(circles):
    client = LensClient(circles[0], pretending("time.sleep(1000)"), silence=0.3)
    with pytest.raises(LatebloomError, match="ended twice"):
        answered(client, SpectrumRequest("a"))
    client.close()


def test_what_nobody_asks_for_any_more_is_let_go(circles, tmp_path):
    told = tmp_path / "told"
    noting = pretending(f"open({str(told)!r}, 'a').write(line)")
    client = LensClient(circles[0], noting, unasked=0.1)
    client.ask(SpectrumRequest("a"), wait=0)
    until = time.monotonic() + PATIENCE
    while not (told.exists() and '"forget"' in told.read_text()):
        assert time.monotonic() < until
        time.sleep(0.2)
        client.ask(SpectrumRequest("b"), wait=0)
    client.close()


def test_answers_that_were_asked_for_longest_ago_are_forgotten(circles):
    large = pretending(
        "say(number=asked['number'], kind='answer', view={'n': asked['number'], 'x': 'x' * 1000})"
    )
    client = LensClient(circles[0], large, memory=2500)
    for run in "abcd":
        answered(client, SpectrumRequest(run))
    assert answered(client, SpectrumRequest("d"))["n"] == 4
    assert answered(client, SpectrumRequest("a"))["n"] == 5
    client.close()


def test_what_is_not_applicable_comes_with_its_command(circles):
    failing = pretending(
        "say(number=asked['number'], kind='failed', error='NotApplicableError', message='why', command='do it')"
    )
    client = LensClient(circles[0], failing)
    with pytest.raises(NotApplicableError, match="why") as refused:
        answered(client, SpectrumRequest("a"))
    assert refused.value.command == "do it"
    client.close()
