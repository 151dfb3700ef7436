"""The lab: the directory that holds every run, each in a folder of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from latebloom.errors import DamagedError, LabError, UnknownNameError, nearest, shown
from latebloom.records import canonical_json
from latebloom.store import files, plain
from latebloom.store.log import LOG

FORMAT = 1
"""The version of everything in a lab; docs/format.md describes it."""

MARKER = "lab.json"
MARKER_LIMIT = 64 * 1024
RUN_NAME = re.compile(r"[a-z0-9-]{1,64}")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Lab:
    """A directory of runs. Make it with `Lab.open`, which checks that it is one."""

    path: Path

    @classmethod
    def open(cls, path: str | PathLike[str], create: bool = False) -> Lab:
        """Open the lab at `path`; with `create`, make it where nothing is, or an empty directory.

        Several processes may create the same lab at once.

        Raises:
            LabError: not a lab, a lab of a newer version, or it cannot be made there.
            DamagedError: its lab.json is not what was written.
        """
        lab = cls(Path(path).absolute())
        if not (lab.path / MARKER).exists():
            if not create:
                raise LabError(_why_no_lab(lab.path))
            lab._create()
        check_format(
            plain.parse_object(files.read_bounded(lab.path / MARKER, MARKER_LIMIT), lab.path / MARKER),
            lab.path,
        )
        return lab

    def _create(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise LabError(_why_no_lab(self.path))
        names = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set[str]()
        foreign = sorted(name for name in names if not files.is_temporary(name))
        if foreign and MARKER not in names:
            raise LabError(
                f"{self.path} is no lab and not empty (it holds {shown(foreign[0])}); "
                "name an empty or a new directory"
            )
        files.make_folder(self.path)
        content = canonical_json({"format": FORMAT, "name": "latebloom lab"}) + "\n"
        files.write_atomic(self.path / MARKER, content.encode("ascii"))

    @property
    def runs(self) -> Path:
        """The folder of the runs' folders; it may not exist yet."""
        return self.path / "runs"

    @property
    def exists(self) -> bool:
        """Whether it is still there: somebody may have removed or moved it since it was opened."""
        return (self.path / MARKER).is_file()

    def run_ids(self) -> list[str]:
        """List the runs, sorted by id. A folder in which nothing was stored yet is no run."""
        if not self.runs.is_dir():
            return []
        return sorted(
            path.name for path in self.runs.iterdir() if RUN_NAME.fullmatch(path.name) and _holds_run(path)
        )

    def resolve(self, given: str) -> str:
        """Find the one run whose id is `given`, or begins or ends with it.

        Raises:
            UnknownNameError: there is none; lists those most alike.
            LabError: there are several, or the lab is empty.
        """
        known = self.run_ids()
        if given in known:
            return given
        if not known:
            raise LabError(f"no run {shown(given)}: the lab {self.path} holds no runs yet")
        found = [run for run in known if given and (run.startswith(given) or run.endswith(given))]
        if not found:
            raise UnknownNameError("run", given, nearest(given, known)[:SHOWN])
        if len(found) > 1:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            raise LabError(
                f"{shown(given)} fits {len(found)} runs: {', '.join(found[:SHOWN])}{more}; "
                "give more of the id"
            )
        return found[0]

    def folder(self, run: str) -> Path:
        """Return the folder of a run, which need not exist.

        Raises:
            LabError: not an id: `[a-z0-9-]{1,64}`.
        """
        if not RUN_NAME.fullmatch(run):
            raise LabError(f"{shown(run)} is no run's id; ids are 1 to 64 of a-z, 0-9 and -")
        return self.runs / run

    def writable(self) -> None:
        """Check that the lab can be written, by writing and removing an empty file.

        Raises:
            LabError: it is read-only here.
            ResourceError: its disk is full.
        """
        files.probe(self.path)


def check_format(document: dict[str, object], where: Path) -> None:
    """Check the `format` of a lab.json or spec.json.

    Raises:
        LabError: a newer version wrote it.
        DamagedError: it is no version at all.
    """
    version = document.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DamagedError(f"{where}: {shown(version)} is no format version")
    if version > FORMAT:
        raise LabError(
            f"{where} has format {version}, and this version of latebloom reads up to {FORMAT}; "
            "use a newer latebloom"
        )


def _why_no_lab(path: Path) -> str:
    if not path.exists():
        return f"there is no lab at {path}; `latebloom run` with --lab {path} makes one"
    if not path.is_dir():
        return f"{path} is a file; a lab is a directory"
    return f"{path} is no lab: it has no {MARKER}"


def _holds_run(folder: Path) -> bool:
    return (folder / "spec.json").exists() or (folder / LOG).exists()
