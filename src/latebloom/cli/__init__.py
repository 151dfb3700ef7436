"""The command line: one verb per thing that people do. Results go to standard output, progress to standard error."""

from latebloom.cli.main import app, main

__all__ = ["app", "main"]
