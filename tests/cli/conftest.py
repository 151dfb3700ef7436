import shutil

import pytest

from latebloom.running.execute import carry_out_plan
from latebloom.running.plan import Options, make_plan
from latebloom.spec import read_request
from latebloom.store import Lab
from tests.cli.commands import SMALL


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder with small.toml and a lab in which its two runs are done, and a third diverged at once."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.toml").write_text(SMALL)
    lab = Lab.open(folder / "lab", create=True)
    options = Options(device="cpu", workers=1, threads=1)
    for seeds, overrides in ((2, []), ("2,", ["optimizer.name=sgd", "optimizer.learning_rate=1000"])):
        request = read_request(str(folder / "small.toml"), seeds=seeds, overrides=overrides)
        plan = make_plan(lab, request.specs, request.preset, options, "cpu")
        outcome = carry_out_plan(
            plan,
            on_plan=lambda _: None,
            on_message=lambda *_: None,
            should_stop=lambda: False,
            in_process=True,
        )
        assert not outcome.failures
    return folder


@pytest.fixture
def folder(finished, tmp_path, monkeypatch):
    """A copy of it that a test may change, as the working directory."""
    copy = tmp_path / "work"
    shutil.copytree(finished, copy)
    monkeypatch.chdir(copy)
    return copy
