"""Serves a lab beside training: `python -m latebloom.web LAB`, until standard input closes."""

from __future__ import annotations

import signal
import sys
import threading

from latebloom.store import Lab
from latebloom.web.server import Serving, serve


def main() -> None:
    """Serve the lab that is named until whoever started this is gone."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    serve(Lab.open(sys.argv[1]), Serving(), say=_say, warn=_say)


def _end_with_input() -> None:
    sys.stdin.read()
    signal.raise_signal(signal.SIGTERM)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
