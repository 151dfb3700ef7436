"""What a run was trained with: versions, threads, device, time. Kept beside the truth, not in it."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from latebloom.running.job import Job

LIBRARIES = ("latebloom", "torch", "numpy", "scipy")


def versions() -> dict[str, str]:
    """Name the versions that numbers may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def now() -> str:
    """Tell the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def session_note(job: Job, step: int) -> dict[str, Any]:
    """Describe one stretch of training: from which step, when, with what."""
    machine = f"{platform.system()} {platform.machine()}"
    return {
        "began": now(),
        "from_step": step,
        "device": job.device,
        "machine": machine,
        "versions": versions(),
    }
