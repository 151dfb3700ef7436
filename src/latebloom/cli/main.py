"""The door: parses the words, calls the verb, turns errors into one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper

from cyclopts import App, CycloptsError, Parameter
from cyclopts.exceptions import UnknownCommandError, UnusedCliTokensError

from latebloom.cli import inspecting, measuring, serving, studying, training, zooming
from latebloom.errors import InputError, LatebloomError, ResourceError, UnknownNameError, shown

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
app = App(
    name="latebloom",
    help="Train populations of small networks to grokking, measure them while they train, see what "
    "happened.\n\nBegin with `latebloom demo`. Every verb explains itself: `latebloom run --help`.",
    default_parameter=Parameter(negative=()),
    version_flags=["--version"],
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)
VERBS: Mapping[str, Callable[..., int]] = {
    "demo": training.demo,
    "run": training.run,
    "resume": training.resume,
    "verify": training.verify,
    "zoom": zooming.zoom,
    "measure": measuring.measure,
    "serve": serving.serve,
    "export-site": serving.export_site,
    "list": inspecting.list_,
    "show": inspecting.show,
    "report": inspecting.report,
    "export": inspecting.export,
    "presets": inspecting.presets,
}
for name, verb in VERBS.items():
    app.command(verb, name=name)
app.command(studying.app)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no fault
    sys.exit(run(sys.argv[1:] if words is None else words))


def run(words: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    try:
        code = app(list(words), exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read us has left: no fault
        return 0
    except CycloptsError as error:
        return _say(_usage(error), InputError.exit_code)
    except LatebloomError as error:
        return _say(str(error), error.exit_code)
    except MemoryError:
        text = "out of memory; a smaller population, model or batch would fit"
        return _say(text, ResourceError.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except OSError as error:
        return _refused(error)
    return code if isinstance(code, int) else 0


def _usage(error: CycloptsError) -> str:
    verb = " ".join(error.command_chain or ())
    help_line = f"latebloom {verb} --help" if verb else "latebloom --help"
    words = list(error.unused_tokens or [""])
    if isinstance(error, UnknownCommandError):
        known = [*studying.VERBS] if verb == "study" else [*VERBS, "study", "--help", "--version"]
        return str(UnknownNameError("command", words[0], known))
    if isinstance(error, UnusedCliTokensError):
        return f"nothing can be done with {shown(' '.join(words))}; see: {help_line}"
    return f"{' '.join(str(error).split())} See: {help_line}"


def _refused(error: OSError) -> int:
    """Say what the operating system did not let us do."""
    if error.errno in FULL:
        return _say(f"no space left to write {error.filename or 'a file'}", ResourceError.exit_code)
    what = f": {shown(str(error.filename), 120)}" if error.filename else ""
    return _say(f"{(error.strerror or str(error)).lower()}{what}", InputError.exit_code)


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"latebloom: {text}\n")
    return code
