"""The door: parses the words, calls the verb, turns errors into one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from latebloom.cli import inspecting, training
from latebloom.errors import LatebloomError, ResourceError

app = App(
    name="latebloom",
    help="Train populations of small networks to grokking, measure them while they train, see what happened.\n\n"
    "Begin with `latebloom demo`. Every verb explains itself: `latebloom run --help`.",
    default_parameter=Parameter(negative=()),
    version_flags=["--version"],
    help_format="markdown",
)
for verb in (training.demo, training.run, training.resume, training.verify):
    app.command(verb)
for verb in (inspecting.list_, inspecting.show, inspecting.report, inspecting.export, inspecting.presets):
    app.command(verb, name=verb.__name__.strip("_"))


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if words is None else words))


def run(words: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    try:
        code = app(list(words), exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _say(" ".join(str(error).split()), 2)
    except LatebloomError as error:
        return _say(str(error), error.exit_code)
    except MemoryError:
        return _say("out of memory; a smaller population, model or batch would fit", ResourceError.exit_code)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # whoever read us has left; that is no fault
        return 0
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _say(f"no space left for {error.filename}", ResourceError.exit_code)
        raise
    return code if isinstance(code, int) else 0


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"latebloom: {text}\n")
    return code
