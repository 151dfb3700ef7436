"""Run benchmarks by name, or all: `python -m benchmarks [name ...] [--json FILE] [--quick] [--rounds N]`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import rounds
from benchmarks.catalogue import BENCHMARKS
from benchmarks.machine import machine, sentence
from benchmarks.rounds import UnavailableError


def main(words: Sequence[str] | None = None) -> None:
    asked = _parse(words)
    rounds.FULL = replace(rounds.FULL, rounds=asked.rounds)
    print(sentence())
    results: dict[str, Any] = {}
    for name in asked.names or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        try:
            results[name] = BENCHMARKS[name](asked.quick)
        except UnavailableError as reason:
            if asked.names:
                sys.exit(f"{name}: {reason}")
            print(f"skipped: {reason}")
        _write(asked.json, asked.quick, results)


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, to see that it works")
    parser.add_argument("--rounds", type=int, default=rounds.FULL.rounds, help="rounds of a full benchmark")
    asked = parser.parse_args(words)
    if asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}; at least 1 is needed")
    for name in asked.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; known: {', '.join(BENCHMARKS)}")
    return asked


def _write(path: Path | None, quick: bool, results: dict[str, Any]) -> None:
    """Write what is known so far, so that an interrupted evening is not lost."""
    if path:
        whole = {"machine": machine(), "quick": quick, "benchmarks": results}
        path.write_text(json.dumps(whole, indent=2) + "\n")


if __name__ == "__main__":
    main()
