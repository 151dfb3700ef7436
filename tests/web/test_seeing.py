"""What is computed of snapshots, as the page gets it."""

import json
import struct
import time

import numpy as np
import pytest

from tests.lens.labs import circling
from tests.web.asking import Server

PATIENCE = 120


@pytest.fixture(scope="module")
def looking(tmp_path_factory):
    """A server of a lab with one run whose points stand on circles."""
    lab, run = circling(tmp_path_factory.mktemp("seen") / "lab")
    server = Server(lab)
    yield server, run
    server.context.lens.close()


def answered(server, path):
    """Ask as the page does: again while the answer is being made."""
    until = time.monotonic() + PATIENCE
    while (response := server.ask(path)).status_code == 202:
        pending = response.json()["pending"]
        assert pending.keys() == {"what", "since", "done"}
        assert time.monotonic() < until
        time.sleep(0.1)
    return response


def test_the_manifold_comes_as_a_container_and_as_the_same_lists(looking):
    server, run = looking
    packed = answered(server, f"/api/manifold?run={run}").content
    (size,) = struct.unpack_from("<I", packed)
    header = json.loads(packed[4 : 4 + size])
    start = 4 + size + -(4 + size) % 4
    place = header["data"]
    data = np.frombuffer(packed, "<f4", place["count"], start + place["offset"])
    plain = answered(server, f"/api/manifold?run={run}&format=json").json()
    assert plain["data"] == pytest.approx(data.tolist())
    assert len(data) == 3 * 3 * (144 + 12)
    assert np.linalg.norm(data[: 9 * 144].reshape(-1, 3), axis=1) == pytest.approx(2, abs=2e-3)


def test_a_value_that_cannot_be_is_refused_with_what_would_be_right(looking):
    server, run = looking
    for query, word in (("inputs=some", "probes"), ("k=-1", "from 0"), ("projection=tsne", "umap")):
        response = server.ask(f"/api/manifold?run={run}&{query}")
        assert response.status_code == 400
        assert word in response.json()["error"]["message"]
    assert answered(server, f"/api/manifold?run={run}&labels=coset:7").json()["error"]["code"] == "bad-value"


def test_what_a_run_does_not_allow_is_said_with_the_command_that_helps(tmp_path):
    from tests.views.labs import make, spec_of, write

    lab = make(tmp_path / "lab")
    run = write(lab, spec_of(0), [(0, 0.1, 0.1)], preset="demo")
    server = Server(lab)
    response = answered(server, f"/api/spectrum?run={run}")
    server.context.lens.close()
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "not-applicable"
    assert response.json()["error"]["command"] == "latebloom run demo --set snapshots.every=500"


def test_numbers_of_a_snapshot_are_those_of_the_last_evaluation_up_to_the_step(looking):
    server, run = looking
    found = server.ask(f"/api/manifold/measures?run={run}&step=150").json()
    assert (found["step"], found["site"]) == (100, "final")
    assert {"name": "test_accuracy", "value": 0.5} in found["values"]
    assert server.ask(f"/api/manifold/measures?run={run}&site=hidden").json()["values"] == []
