"""The command line: a verb per thing that people do. Results go to standard output, progress to the other."""

from latebloom.cli.main import app, main

__all__ = ["app", "main"]
