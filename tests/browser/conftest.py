"""What the tests in a browser share: the page, built once; a lab, trained once; a browser for each worker."""

import importlib.util
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import expect

from latebloom.store import Lab
from tests.browser import labs
from tests.browser.serving import Served
from tests.browser.watched import PATIENCE, Tabs
from tests.web.browser import browsing, found

BUILD = Path(__file__).parents[2] / "frontend" / "build.py"


@pytest.fixture(scope="session")
def shared(tmp_path_factory, request):
    """A folder that all workers of this session have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def chromium():
    """Where Chromium is; without it these tests are left out, except where everything must be held."""
    return found()


@pytest.fixture(scope="session")
def page_built(shared, chromium):
    """The page as its sources are now."""
    spec = importlib.util.spec_from_file_location("latebloom_frontend_build", BUILD)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with FileLock(shared / "page.lock"):
        module.build()


@pytest.fixture(scope="session")
def lab(shared, chromium, request):
    """Seven trained runs and a study, only to be read."""
    given = request.config.getoption("--trained-lab")
    kept = Path(given) if given else shared / "trained"
    with FileLock(shared / "trained.lock"):
        if not (kept / "ready").exists():
            kept.mkdir(parents=True)
            labs.train(kept)
            (kept / "ready").touch()
    return Lab.open(kept / "bloom")


@pytest.fixture(scope="package")
def browser(chromium):
    """A browser, ended when its worker leaves this package: other tests need the thread's event loop."""
    expect.set_options(timeout=PATIENCE)
    with browsing("--force-color-profile=srgb") as browser:
        yield browser


@pytest.fixture(scope="package")
def served(lab, page_built):
    """A server of the trained lab that may change it; tests that do so serve a copy."""
    with Served(lab.path, "--control") as server:
        yield server


@pytest.fixture
def serve(page_built):
    """Serve another lab; ends after the tabs that look at it."""
    with ExitStack() as running:
        yield lambda lab, *words: running.enter_context(Served(lab.path, *words))


@pytest.fixture
def tabs(browser, serve):
    """Tabs that are held to silence and to this machine when the test ends."""
    tabs = Tabs(browser)
    yield tabs
    tabs.close()
    tabs.check()


@pytest.fixture
def open_view(tabs, served):
    """Open a view of the trained lab."""
    return lambda path="/runs", **options: tabs.open(served.address(path), **options)
