"""A lab that is read for the first time, and one that is gone, say so in place of their runs."""

from latebloom.store.columns import Opening
from tests.views.labs import make, ten
from tests.web.asking import Server


def test_while_a_large_lab_is_read_for_the_first_time_it_is_said_how_far_that_is(server):
    opening = server.context.reader.opening = Opening(200)
    opening.done = 50
    response = server.ask("/api/runs")
    assert response.status_code == 202
    pending = response.json()["pending"]
    assert (pending["what"], pending["done"]) == ("the logs of 200 runs are read for the first time", 0.25)
    opening.ended.set()
    assert len(server.ask("/api/runs").json()["runs"]) == 10


def test_a_run_that_is_named_is_not_waited_for(server, ten_runs):
    server.context.reader.opening = Opening(200)
    assert server.ask(f"/api/runs?runs={ten_runs.run_ids()[0]}").status_code == 200


def test_the_first_reading_of_a_lab_ends_and_is_not_told_of_again(ten_runs):
    reader = Server(ten_runs).context.reader
    assert len(reader.read_all()) == 10
    assert reader.opening is None
    assert len(reader.read_all()) == 10


def test_a_lab_that_was_removed_is_said_to_be_gone_until_it_is_back(tmp_path):
    lab = make(tmp_path / "lab")
    ten(lab)
    server = Server(lab)
    assert server.ask("/api/runs").status_code == 200
    for part in (lab.path, lab.path / "lab.json"):
        part.rename(tmp_path / "away")
        for path in ("/api/lab", "/api/runs", "/api/training", "/api/download/summary.csv"):
            response = server.ask(path)
            error = response.json()["error"]
            assert (response.status_code, error["code"]) == (404, "no-lab")
            assert str(lab.path) in error["message"]
            assert error["command"] == f"latebloom demo --lab {lab.path}"
        (tmp_path / "away").rename(part)
        assert len(server.ask("/api/runs").json()["runs"]) == 10
