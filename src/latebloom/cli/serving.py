"""The verbs that show a lab in a browser: serve, export-site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from latebloom.cli.printing import print_text
from latebloom.cli.training import DEFAULT_LAB
from latebloom.cli.words import Whole


def serve(
    *,
    lab: Path = DEFAULT_LAB,
    port: Whole = 0,
    open_: Annotated[bool, Parameter(name="--open")] = False,
    control: bool = False,
    host: str = "127.0.0.1",
    allow_host: list[str] | None = None,
) -> int:
    """Show a lab in the browser, live, until Ctrl-C: runs, curves, embeddings, spectra, phase maps.

    The address that is printed holds a key that is new at each start; nothing is fetched from the network.

    ```
    latebloom serve --open
    latebloom serve --lab elsewhere --port 8080
    latebloom serve --control
    ```

    Parameters
    ----------
    lab:
        The directory that holds the runs.
    port:
        The port to listen at; 0 for any that is free.
    open_:
        Open the page in the browser.
    control:
        Let the page start, stop, resume and delete runs, too.
    host:
        The address to listen at; another than this machine's own needs --allow-host.
    allow_host:
        A name by which browsers may call the server, beside localhost; several are given one by one.
    """
    from latebloom.store import Lab
    from latebloom.web import Serving, check_serving
    from latebloom.web import serve as serve_lab

    serving = Serving(port, host, tuple(allow_host or ()), control, open_)
    check_serving(serving)
    opened = Lab.open(lab)
    serve_lab(opened, serving, say=_say, warn=_warn)
    return 0


def export_site(out: Path, /, *, lab: Path = DEFAULT_LAB, runs: list[str] | None = None) -> int:
    """Write the live view as a static site that any web host can serve: the page, and its answers as files.

    ```
    latebloom export-site site
    latebloom export-site site --runs addition-s3-1f3a9c02d4
    ```

    Parameters
    ----------
    out:
        A directory that is new or empty, or an earlier site, which is replaced.
    lab:
        The directory that holds the runs.
    runs:
        Ids, or beginnings or endings of ids that only one run has, given one by one; all runs if none is given.
    """
    from latebloom.store import Lab
    from latebloom.web import export_site as write_site

    opened = Lab.open(lab)
    print_text(str(write_site(opened, out, [opened.resolve(run) for run in runs or ()])))
    return 0


def _say(address: str) -> None:
    print_text(address)
    sys.stdout.flush()
    sys.stderr.write("Ctrl-C ends it\n")


def _warn(text: str) -> None:
    sys.stderr.write(f"warning: {text}\n")
