"""Take pictures of the live view of a lab: `python docs/pictures/live.py LAB --run RUN view ...`.

Those in the docs are of the lab of `latebloom study run manifold --scale laptop`. Needed are `playwright` from the
`test` extra, and Chromium, its own or the system's.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

HERE = Path(__file__).parent
VIEWS = ("runs", "training", "manifold", "spectrum", "structure", "phase", "studies")
SIZE: ViewportSize = {"width": 1280, "height": 720}
PATIENCE = 300_000  # milliseconds for a view that is computed


def main(words: Sequence[str] | None = None) -> None:
    """Serve the lab, open the views and save what is seen."""
    asked = _parse(words)
    with _served(asked.lab) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(viewport=SIZE, color_scheme=asked.scheme)
        page.goto(address)
        for view in asked.views:
            path = asked.out / f"live-{view}.png"
            _take(page, f"{address.partition('?')[0]}{view}?run={asked.run}{asked.query}", path)
            print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)
        browser.close()


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python docs/pictures/live.py", description=__doc__)
    parser.add_argument("lab", type=Path)
    parser.add_argument("views", nargs="+", choices=VIEWS, metavar="view", help=", ".join(VIEWS))
    parser.add_argument("--run", default="", help="which run is looked at")
    parser.add_argument("--query", default="", help="more of the address, such as '&step=7000'")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to; docs/pictures")
    return parser.parse_args(words)


@contextmanager
def _served(lab: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "latebloom", "serve", "--lab", str(lab)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    for _ in range(4):  # one chart may ask for more once another has come
        page.wait_for_timeout(2000)
        for waiting in (page.get_by_text("Loading"), page.get_by_test_id("state-pending")):
            waiting.first.wait_for(state="detached", timeout=PATIENCE)
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
