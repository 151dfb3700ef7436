"""The live page in a real browser: how soon Training opens and is drawn again, how smoothly Manifold plays.

A load test: the records of its lab are computed from a formula. The points are those of a real training of a few steps.
"""

import gzip
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.crowd import ROOT
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import UnavailableError, effort, spread, table
from latebloom.records import Look
from latebloom.store import Lab, open_run

RUNS, RECORDS, EVERY = 100, 10_000, 10
POINTS = 6587  # the held back pairs of addition mod 97, of which 30 % are trained on
OPENS, REDRAWS, FRAMES, TRANSFER = 1.5, 0.150, 30.0, 400_000
"""What is asked for: seconds, seconds, frames a second, bytes compressed."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
STATIC = Path(ROOT) / "src" / "latebloom" / "web" / "static"
SIZE = {"width": 1280, "height": 720}
CHARTS = "[data-testid=chart-accuracy] canvas, [data-testid=chart-loss] canvas"

DRAWN = """() => [...document.querySelectorAll('CHARTS')].filter(canvas => {
    const {width, height} = canvas;
    if (!width || !height) return false;
    const row = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const colours = new Set(new Uint32Array(row.buffer));
    return colours.size > 40;
}).length === 2""".replace("CHARTS", CHARTS)
"""Whether both charts hold curves and not only their axes."""

REDRAW = """async () => {
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const button = document.querySelector('[data-testid=log]');
    await painted();
    const began = performance.now();
    button.click();
    await painted();
    return (performance.now() - began) / 1000;
}"""
"""Changes the axis; seconds from the click until the next picture has been handed over."""

PLAY = """async seconds => {
    const drawn = {count: 0};
    const cloud = document.querySelector('[data-testid=manifold-cloud] canvas');
    let fresh = false;
    for (const name of ['clearRect', 'fillRect', 'putImageData', 'drawImage']) {
        const own = CanvasRenderingContext2D.prototype[name];
        CanvasRenderingContext2D.prototype[name] = function (...given) {
            if (this.canvas === cloud) fresh = true;
            return own.apply(this, given);
        };
    }
    document.querySelector('[data-testid=play]').click();
    const began = performance.now();
    let called = 0;
    await new Promise(done => {
        const tick = now => {
            called += 1;
            if (fresh) drawn.count += 1;
            fresh = false;
            if (now - began < 1000 * seconds) requestAnimationFrame(tick); else done();
        };
        requestAnimationFrame(tick);
    });
    const took = (performance.now() - began) / 1000;
    return {called: called / took, drawn: drawn.count / took};
}"""
"""Plays for some seconds; how often a second the browser asked for a frame, and in how many the points were drawn."""


def measure(quick: bool) -> dict[str, Any]:
    """Time the page in a browser without a graphics card; print each figure beside what is asked for."""
    rounds = effort(quick).rounds
    with TemporaryDirectory() as folder, _browser() as browser:
        load, trained = Path(folder) / "load", Path(folder) / "trained"
        write_load(Lab.open(load, create=True), RUNS if not quick else 20)
        _train(trained, steps=60)
        with _served(load) as address:
            first, _ = _training(browser, address)
            opens, redraws = zip(*(_training(browser, address) for _ in range(rounds)), strict=True)
        with _served(trained) as address:
            plays = [_manifold(browser, address, seconds=effort(quick).seconds / 2) for _ in range(rounds)]
    found = {
        "Training opens for the first time: all logs are read, s": [first],
        "Training opens, s": list(opens),
        "Training is drawn again, s": [one for several in redraws for one in several],
        "Manifold plays flat, frames/s": [one["flat"]["drawn"] for one in plays],
        "Manifold plays in space, frames/s": [one["space"]["drawn"] for one in plays],
        "transfer, kB compressed": [transfer() / 1000],
    }
    asked = ["", f"< {OPENS}", f"< {REDRAWS}", f">= {FRAMES:g}", f">= {FRAMES:g}", f"< {TRANSFER / 1000:g}"]
    lab = f"{RUNS if not quick else 20} runs x {RECORDS:,} records (a load test: computed from a formula)"
    print(f"{lab}; {POINTS:,} points of a trained network; no graphics card; median (least to most)")
    table(
        ["", "measured", "asked for"],
        [[name, spread(values), want] for (name, values), want in zip(found.items(), asked, strict=True)],
    )
    return {"figures": found, "frames": plays}


def write_load(lab: Lab, runs: int) -> None:
    """Fill a lab by the runs' own writer: accuracies and losses as a formula of step and seed."""
    for spec in PROTOCOLS["manifold"].specs(range(runs)):
        document = {"id": spec.id, "spec": spec.plain, "steps": RECORDS * EVERY, "population": [spec.id]}
        with open_run(lab, spec.id, document) as writer:
            for record in range(RECORDS):
                writer.append(Look(record * EVERY, _numbers(record, spec.seed)))
            writer.append(Look(RECORDS * EVERY, end="done"))


def _numbers(record: int, seed: int) -> dict[str, float]:
    noise = 0.02 * math.sin(record * (1.7 + seed % 13))
    train = 1 / (1 + math.exp(-(record - 200) / 40))
    test = 1 / (1 + math.exp(-(record - 4000 - 40 * (seed % 50)) / 300))
    return {
        "train_accuracy": train,
        "test_accuracy": min(1.0, max(0.0, test + noise * test * (1 - test) * 4)),
        "train_loss": 4.6 * (1 - train) + 1e-4,
        "test_loss": 5 * (1 - test) + 1e-3 * (1 + noise),
    }


def transfer() -> int:
    """Add up the bytes of the page and all that it needs to start, compressed."""
    return sum(
        len(gzip.compress(path.read_bytes()))
        for path in STATIC.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def _training(browser: Any, address: Callable[[str], str]) -> tuple[float, list[float]]:
    page = browser.new_context(viewport=SIZE).new_page()
    page.goto(address("/studies"))  # the key is exchanged
    page.goto("about:blank")
    page.goto(address("/training").split("?")[0])
    page.wait_for_function(DRAWN, polling="raf", timeout=120_000)
    opened = page.evaluate("performance.now()") / 1000
    redraws = [page.evaluate(REDRAW) for _ in range(6)]
    page.context.close()
    return opened, redraws


def _manifold(browser: Any, address: Callable[[str], str], seconds: float) -> dict[str, dict[str, float]]:
    found = {}
    for name, more in {"flat": "", "space": "&solid=1"}.items():
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(address(f"/manifold?step=0&speed=2&inputs=test{more}"))
        page.wait_for_selector(f"text={POINTS:,} points", state="attached", timeout=300_000)
        page.wait_for_timeout(1000)
        found[name] = page.evaluate(PLAY, seconds)
        page.context.close()
    return found


def _train(lab: Path, steps: int) -> None:
    command = ["run", "manifold-addition", "--seeds=1", f"--steps={steps}", "--set=evaluation.every=10"]
    more = [
        "--set=snapshots.every=5",
        "--set=training.batch=128",
        "--workers=1",
        "--threads=1",
        f"--lab={lab}",
    ]
    subprocess.run(
        [sys.executable, "-m", "latebloom", *command, *more], check=True, capture_output=True, cwd=ROOT
    )


@contextmanager
def _served(lab: Path) -> Iterator[Callable[[str], str]]:
    """Serve a lab; gives what writes the address of a view with its key."""
    command = [sys.executable, "-m", "latebloom", "serve", f"--lab={lab}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        origin, token = re.match(r"(http://[^/]+)/\?token=(\w+)", server.stdout.readline()).groups()
        try:
            yield lambda path: f"{origin}{path}{'&' if '?' in path else '?'}token={token}"
        finally:
            server.terminate()


@contextmanager
def _browser() -> Iterator[Any]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None or find_spec("playwright") is None:
        raise UnavailableError(
            "it needs Chromium (apt-get install chromium) and playwright (pip install playwright)"
        )
    if not (STATIC / "index.html").exists():
        raise UnavailableError("the page is not built; python frontend/build.py does it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
