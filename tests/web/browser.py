"""A real browser for tests: Chromium where it is installed; where it is not, tests skip, unless they must not."""

import os
import shutil
from contextlib import contextmanager

import pytest

FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = (
    "LATEBLOOM_TEST_BROWSER",
    "CI",
)  # where one is set, tests fail without a browser instead of being skipped


def found():
    """Give the path of a browser, or skip or fail."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        say = pytest.fail if any(map(os.environ.get, REQUIRED)) else pytest.skip
        say("no Chromium on this machine; install it with: apt-get install chromium")
    return path


@contextmanager
def browsing(*flags):
    """Run a browser with an empty profile."""
    path = found()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()
