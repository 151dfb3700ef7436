"""Run benchmarks by name: `python -m benchmarks [name ...] [--json FILE]`; all if none is named."""

import argparse
import json
from pathlib import Path

from benchmarks import memory, step_manifold, workers

BENCHMARKS = {
    "memory": memory.measure,
    "step-manifold": step_manifold.measure,
    "workers": workers.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; known: {', '.join(BENCHMARKS)}")
    results = {name: BENCHMARKS[name]() for name in asked.names or BENCHMARKS}
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
