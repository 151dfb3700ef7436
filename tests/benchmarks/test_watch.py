"""What watching costs, in its smallest form: the watched loops are looked at once in each timing."""

from benchmarks.catalogue import BENCHMARKS

from benchmarks import watch


def test_watched_loops_are_held_against_the_unwatched_one(small, monkeypatch, capsys):
    monkeypatch.setattr(watch, "EVERY", 3)
    found = BENCHMARKS["watch"](True)
    for protocol in ("manifold", "full-batch"):
        assert set(found[protocol]) == set(watch.WAYS)
        for way in (watch.WATCHED, watch.GROUPED):
            assert 0 < found[protocol][way]["within"][0] < found[protocol][way]["seconds"][0]
            assert found[protocol][way]["share"][0] > 0
    assert 0 < found[watch.ALONE] < 1000
    assert len(capsys.readouterr().out.splitlines()) == 9
