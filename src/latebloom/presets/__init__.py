"""The presets: published protocols and a demonstration, a TOML file each. Reads files, knows nothing else."""

from __future__ import annotations

from importlib.resources import files


def names() -> tuple[str, ...]:
    """List the presets in alphabetical order."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def text(name: str) -> str:
    """Read the TOML text of the preset of that name; KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
