"""Draw the pictures of docs/measures: beside a cloud or curve whose answer is known, what trained networks show.

Without a name all families are drawn. The networks are trained by this command itself, with `latebloom.run`.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from drawing import FAMILIES

from latebloom.errors import LatebloomError

HERE = Path(__file__).parent


def main(words: Sequence[str] | None = None) -> int:
    """Draw the families asked for; return the exit code."""
    asked = _parse(words)
    families = asked.families or FAMILIES
    try:
        if asked.lab:
            _draw(families, asked.lab, asked.out, quick=asked.quick)
        else:
            with tempfile.TemporaryDirectory() as lab:
                _draw(families, Path(lab) / "lab", asked.out, quick=asked.quick)
    except LatebloomError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python docs/pictures/measures.py", description=__doc__)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to; docs/pictures")
    parser.add_argument("--lab", type=Path, help="keep the trained runs there, and find them there again")
    parser.add_argument("--quick", action="store_true", help="train a few steps only, to see that it works")
    asked = parser.parse_args(words)
    for family in asked.families:
        if family not in FAMILIES:
            parser.error(f"no family {family!r}; known: {', '.join(FAMILIES)}")
    if not asked.out.is_dir():
        parser.error(f"--out is {str(asked.out)!r}; a folder that exists is needed")
    return asked


def _draw(families: Iterable[str], lab: Path, out: Path, *, quick: bool) -> None:
    import torch
    from drawing.saving import small_svg
    from drawing.trained import Trained

    from latebloom.report import style

    torch.set_num_threads(1)  # the matrices are small, and sums come out the same on every number of cores
    trained = Trained(lab, quick)
    for family in families:
        with style.drawn():
            figure = import_module(f"drawing.{family}").draw(trained)
        path = out / f"measures-{family}.svg"
        path.write_bytes(small_svg(figure))
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
