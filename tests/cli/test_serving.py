"""The verbs that serve: what they refuse, and a server that is there while a run is trained and gone after it."""

import re
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.cli.commands import command, environment, say, spawn


def test_an_address_that_others_reach_needs_a_name_by_which_they_call(folder):
    for words in (
        ["--host", "0.0.0.0"],
        ["--host", "::"],
        ["--port", "70000"],
        ["--allow-host", "a:1", "--host", "::"],
    ):
        said = say("serve", "--lab", "lab", *words)
        assert said.code == 2
        assert said.out == ""


def test_there_must_be_a_lab(folder):
    said = say("serve", "--lab", "nowhere")
    assert (said.code, "there is no lab at" in said.err) == (2, True)


@pytest.fixture
def serving(folder):
    process = subprocess.Popen(
        command("serve", "--lab", "lab"), cwd=folder, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()


def test_the_address_is_printed_once_serves_the_lab_and_ends_with_a_signal(serving):
    address, _, token = serving.stdout.readline().strip().partition("?token=")
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/", address)
    assert len(token) == 64
    asked = urllib.request.Request(f"{address}api/lab", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert b'"runs":3' in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{address}api/lab", timeout=30)
    serving.terminate()
    out, err = serving.communicate(timeout=30)
    assert out == ""
    assert token not in err
    assert "Traceback" not in err


def test_a_run_is_served_while_it_is_trained_and_results_stay_apart(folder):
    said = spawn(
        "run", "small.toml", "--seeds", "1", "--serve", "--lab", "other", "--workers", "1", folder=folder
    )
    assert said.code == 0, said.err
    address = re.search(r"http://127\.0\.0\.1:[0-9]+/", said.err)
    assert address
    assert "http" not in said.out
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address[0], timeout=5)
