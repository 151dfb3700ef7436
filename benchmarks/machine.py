"""The machine in plain words: what the numbers depend on, and no name of it."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.crowd import cores

CPU_INFO = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """Describe processor, cores, versions and threads."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def sentence() -> str:
    """Say it in one line."""
    found = machine()
    gpu = found["gpu"] or "no GPU"
    return (
        f"{found['processor']} ({found['capability']}), {found['cores']} cores, {gpu}; "
        f"torch {found['torch']}, Python {found['python']}"
    )


def _processor() -> str:
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
