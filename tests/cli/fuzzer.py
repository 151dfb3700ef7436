"""Says a thousand wrong configurations to the command line and judges the answers.

Run as a program, `python -m tests.cli.fuzzer FOLDER`, it prints what it found as JSON.
"""

import json
import random
import sys
from pathlib import Path

from latebloom.running import execute
from latebloom.spec import from_plain
from tests.cli.commands import say
from tests.cli.wrong import BASES, KINDS

COUNT = 1000
SEED = 20_240_607
WITH_LAB = ("run", "list", "report", "resume", "show", "verify", "export")
LONGEST = 1500  # letters of an answer


def answer(case, folder, number):
    """Say a case; return what is wrong with the answer, or nothing."""
    file = folder / f"case-{number}.toml"
    if case.text is not None:
        file.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    place = ("--lab", folder / "lab") if case.words[0] in WITH_LAB else ()
    before = sorted(folder.iterdir())
    said = say(*[file if word == "FILE" else word for word in case.words], *place)
    checks = {
        f"exit code {said.code}": said.code == 2,
        "something on standard output": not said.out,
        "not one line": said.err.count("\n") == 1,
        "not of latebloom": said.err.startswith("latebloom: "),
        "a traceback": "Traceback" not in said.err,
        "too long": len(said.err) <= LONGEST,
        "not printable": said.err.rstrip("\n").isprintable(),
        "made a file": sorted(folder.iterdir()) == before,
        **{f"lacks {text!r}": text in said.err for text in case.expected},
    }
    file.unlink(missing_ok=True)
    broken = [name for name, holds in checks.items() if not holds]
    return f"{'; '.join(broken)}: {said.err[:300]}" if broken else ""


def accepted(*_, **__):
    """Stand where training would begin."""
    raise AssertionError("was accepted")


def main(folder):
    """Say all cases; print what was found."""
    execute.carry_out = execute.carry_out_plan = accepted
    for base in BASES.values():
        from_plain({**base, "seed": 0})  # what the cases are made from is right
    draw, failures, kinds = random.Random(SEED), [], {}
    for number in range(COUNT):
        kind = KINDS[number % len(KINDS)]
        kinds[kind.__name__] = kinds.get(kind.__name__, 0) + 1
        case = kind(draw)
        try:
            problem = answer(case, folder, number)
        except BaseException as error:
            error.add_note(f"case {number}, {str(case)[:500]}")
            raise
        failures += [f"{kind.__name__} {str(case)[:300]}: {problem}"] * bool(problem)
    print(json.dumps({"kinds": kinds, "failures": failures, "torch": "torch" in sys.modules}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
