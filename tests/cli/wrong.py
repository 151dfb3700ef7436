"""Configurations, each wrong in one way, with what the answer to it must hold: drawn, kind by kind."""

from dataclasses import dataclass

from latebloom import presets
from latebloom.models import MODELS
from latebloom.objectives import OBJECTIVES
from latebloom.optimizers import OPTIMIZERS
from latebloom.spec import read_request
from latebloom.tasks import TASKS
from tests.cli.toml import keys_of, written

SHELVES = {"task": TASKS, "model": MODELS, "objective": OBJECTIVES, "optimizer": OPTIMIZERS}
SOURCES = presets.names()
BASES = {name: dict(read_request(name).specs[0].plain) for name in SOURCES}
for base in BASES.values():
    del base["seed"]
HUGE = 10**30
ODD_KEYS = (
    "",
    " ",
    "größe",
    "重み",
    "a\nb",
    "\x1b[31m",
    "🌱",
    "x" * 5000,
    "a.b",
    "__class__",
    "'; drop",
    "٣",
)
WRONG = {
    int: ("eight", 1.5, True, [1], {"a": 1}, -1, HUGE, -HUGE, float("nan"), float("inf"), "", "1", "٣", "∞"),
    float: (
        "eight",
        True,
        [1.0],
        {"a": 1},
        -1.0,
        1e300,
        float("nan"),
        float("inf"),
        -float("inf"),
        HUGE,
        "1.0",
    ),
    bool: (1, 0, "true", 0.0, [], {}, "yes"),
    str: (5, True, "", "x" * 5000, "größe", "first ", ["first"], {"a": 1}, 1.5, float("nan"), "\x00"),
    list: (5, "x", {"a": 1}, [[[[1]]]], [{}], True, ["x"], [[1, 2, 3]], [[-1, 0.5]]),
}


@dataclass(frozen=True)
class Case:
    """Words to say, files that they name, and what the answer must hold."""

    words: tuple[str, ...]
    expected: tuple[str, ...]
    text: str | bytes | None = None


def misspelt(word, draw):
    """Write a letter twice, so that the word itself stays the nearest."""
    at = draw.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def wrong_values(draw):
    """A key that there is, with a value of a wrong type or range."""
    name = draw.choice(SOURCES)
    path, value = draw.choice([(p, v) for p, v in keys_of(BASES[name]) if not p.endswith(".name")])
    kind = int if value is None else type(value)
    return placed(draw, name, path, draw.choice(WRONG[kind]), (path,))


def unknown_keys(draw):
    """A key that there is not: misspelt, foreign, or no word at all."""
    name = draw.choice(SOURCES)
    table = draw.choice(list(BASES[name]))
    right = draw.choice([key for key in BASES[name][table] if key != "name"] or ["name"])
    if draw.random() < 0.6 and right != "name":
        key = misspelt(right, draw)
        return placed(draw, name, f"{table}.{key}", 1, (f"{table}.{key}: no key", f"did you mean {right!r}?"))
    key = draw.choice(ODD_KEYS)
    text = f"preset = {written(name)}\n[{table}]\n{written(key)} = 1\n"
    return Case(("run", "FILE"), ("no key", table), text)


def unknown_names(draw):
    """A name that is on no shelf."""
    name, table = draw.choice(SOURCES), draw.choice(list(SHELVES))
    right = draw.choice(list(SHELVES[table]))
    wrong = misspelt(right, draw)
    return placed(
        draw, name, f"{table}.name", wrong, (f"{table}.name: no {table} {wrong!r}; did you mean {right!r}?",)
    )


def unknown_choices(draw):
    """A misspelt choice out of few."""
    choices = [
        (n, p, v) for n in SOURCES for p, v in keys_of(BASES[n]) if type(v) is str and not p.endswith("name")
    ]
    name, path, right = draw.choice(choices)
    wrong = misspelt(right, draw)
    return placed(draw, name, path, wrong, (path, f"did you mean {right!r}?"))


def placed(draw, name, path, value, expected):
    """Put a value at a path: by --set, in a file that names a preset, in a file of its own, or as a grid."""
    table, key = path.split(".", 1)
    ways = ["inherit", "whole", "grid"]
    if "\n" not in written(value) and "\x00" not in written(value):
        ways.append("set")
    way = draw.choice(ways)
    if way == "set":
        plain = (
            isinstance(value, str)
            and value.isascii()
            and value.isalpha()
            and value != "true"
            and draw.random() < 0.5
        )
        return Case(("run", name, "--set", f"{path}={value if plain else written(value)}"), expected)
    if way == "grid":
        return Case(("run", "FILE"), expected, f'preset = "{name}"\n[grid]\n"{path}" = [{written(value)}]\n')
    if way == "inherit" or key not in BASES[name][table]:
        return Case(
            ("run", "FILE"), expected, f'preset = "{name}"\n[{table}]\n{written(key)} = {written(value)}\n'
        )
    whole = {**BASES[name], table: {**BASES[name][table], key: value}}
    return Case(("run", "FILE"), expected, written_document(whole))


def written_document(document):
    """Write a document of tables as TOML, leaving out what is None."""
    lines = []
    for table, inner in document.items():
        lines.append(f"[{table}]")
        lines += [f"{written(key)} = {written(value)}" for key, value in inner.items() if value is not None]
    return "\n".join(lines) + "\n"


def misplaced_tables(draw):
    """Tables where values belong, values where tables belong, tables in tables."""
    name, table = (
        draw.choice(SOURCES),
        draw.choice(("task", "model", "split", "optimizer", "training", "evaluation")),
    )
    deep = ".".join([table, *["x"] * draw.choice((2, 3, 20, 90))])
    return draw.choice(
        [
            Case(("run", "FILE"), (table, "must be a table"), f'preset = "{name}"\n{table} = {written(5)}\n'),
            Case(
                ("run", "FILE"), (table, "must be a table"), f'preset = "{name}"\n[[{table}]]\nname = "x"\n'
            ),
            Case(("run", "FILE"), (f"{table}.x", "no key"), f'preset = "{name}"\n[{deep}]\ny = 1\n'),
            Case(("run", name, "--set", f"{deep}=1"), (table,)),
            Case(
                ("run", name, "--set", f"{table}={draw.choice(('5', '[]', 'x', 'true'))}"), (table, "table")
            ),
        ]
    )


def broken_toml(draw):
    """Files that are no TOML: the answer names the line."""
    text = presets.text(draw.choice(SOURCES))
    at = text.index("=", draw.randrange(len(text) // 2))
    broken = draw.choice(
        [
            text[:at] + "==" + text[at + 1 :],
            text[: at + 1] + "\n" + text[at + 1 :],
            text + '\n[task]\nname = "twice"\n',
            text + "\nseeds = 1\nseeds = 2",
            text + '\nx = "no end',
            text + "\nx = [1, 2",
            text + "\nx = 'a\x07b'",
            text + "\n[",
            "\x00" + text,
            "]" * draw.randrange(1, 99),
            draw.choice("abc🌱ü{") * draw.randrange(1, 9999),
            "x = 2020-99-99",
            "x = " + "9" * draw.choice((4301, 50_000)),
            text.encode() + b"\n# \xff\xfe",
        ]
    )
    return Case(("run", "FILE"), ("at line ",), broken)


def endless_toml(draw):
    """Files that would take memory, time or stack."""
    depth = draw.choice((1000, 100_000))
    return draw.choice(
        [
            Case(("run", "FILE"), ("nested too deeply",), "x = " + "[" * depth + "]" * depth),
            Case(("run", "FILE"), ("too large",), "#" * 1_100_000),
            Case(
                ("run", "FILE"),
                ("a key of more than 100 parts (at line 1, column 2)",),
                "[" + ".".join(["a"] * depth) + "]\nx = 1",
            ),
            Case(
                ("run", "FILE"),
                ("training.steps",),
                f'preset = "demo"\n[training]\nsteps = 0x{"f" * depth}\n',
            ),
        ]
    )


def top_level(draw):
    """Wrong things outside tables: presets, seeds, grids, descriptions."""
    key, value, expected = draw.choice(
        [
            ("preset", "grommov", ("preset: no preset 'grommov'; did you mean 'gromov'?",)),
            ("preset", draw.choice((5, "", [], {"a": 1}, "x" * 9999, "demo.toml")), ("preset: no preset",)),
            (
                "seeds",
                draw.choice((0, -1, HUGE, 1.5, True, "a", [], [1, 1], [-1], ["1"], [1.5], {"a": 1})),
                ("seeds: ",),
            ),
            ("seeds", draw.choice(("1,,2", "1;2", "-3", "0x10", "9" * 99, 10_001, [2**63])), ("seeds: ",)),
            ("grid", draw.choice((5, "x", [1], True)), ("grid: ", "must be a table")),
            (
                "grid",
                {"training.batch": draw.choice((5, [], "x", {"a": 1}))},
                ("grid.training.batch", "must be a list"),
            ),
            ("grid", {"training.batch": [1, 2, 1]}, ("training.batch", "twice")),
            ("grid", {"training.batch": list(range(10_001))}, ("training.batch", "at most 10,000")),
            ("description", draw.choice((5, [], True)), ("description: ", "must be a text")),
            ("seed", 3, ("no key 'seed'; did you mean 'seeds'?",)),
            ("taskk", {"name": "addition"}, ("no key 'taskk'; did you mean 'task'?",)),
        ]
    )
    name = "" if key == "preset" else f'preset = "{draw.choice(SOURCES)}"\n'
    return Case(("run", "FILE"), expected, f"{name}{key} = {written(value)}\n")


def missing_keys(draw):
    """Whole tables, names or required keys left out."""
    base, table = BASES[draw.choice(SOURCES)], draw.choice(("task", "model", "training"))
    if draw.random() < 0.5:
        document = {key: value for key, value in base.items() if key != table}
        return Case(("run", "FILE"), (f"{table}: is missing",), written_document(document))
    document = {**base, "task": {key: value for key, value in base["task"].items() if key != "modulus"}}
    return Case(("run", "FILE"), ("task.modulus: is missing",), written_document(document))


def unfitting(draw):
    """Parts that are right alone and wrong together, or too much for any machine."""
    sets, expected = draw.choice(
        [
            (
                ["model.name=transformer", f"model.heads={draw.choice((3, 5, 7, 48))}"],
                ("model.heads", "divisor of width"),
            ),
            (
                ["task.name=division", f"task.modulus={draw.choice((4, 96, 100, 1999 * 3))}"],
                ("task.modulus",),
            ),
            (
                ["task.name=division", f"task.modulus={draw.choice((0, 1, -5))}"],
                ("task.modulus", "too small"),
            ),
            ([f"training.batch={draw.choice((9410, 10**9))}"], ("training.batch", "examples are trained on")),
            ([f"split.fraction={draw.choice((0, 1, 1.0, 1e-9, 0.99999999999999))}"], ("split.fraction",)),
            (["training.steps=5", "training.epochs=5"], ("training.steps", "beside epochs")),
            (["evaluation.every=5", "evaluation.per_decade=5"], ("evaluation.every", "beside per_decade")),
            (["training.steps=1000000000", "evaluation.every=1"], ("evaluation", "at most 1,000,000")),
            (["model.name=transformer", "model.layers=128", "model.width=65536"], ("GB",)),
            (["task.name=addition", "task.modulus=3000"], ("task.modulus", "examples")),
            (["optimizer.name=sgd", "optimizer.nesterov=true"], ("optimizer.nesterov", "momentum")),
            (["optimizer.weight_decay=1,2,1"], ("optimizer.weight_decay", "twice")),
            (["seed=3"], ("seed: ", "--seeds")),
        ]
    )
    return Case(("run", draw.choice(SOURCES), *[word for text in sets for word in ("--set", text)]), expected)


WRONG_OPTIONS = (
    ("seeds", ("0", "-1", "1e9", "1000000000", "3,3", "a", ",", "3;4", ""), ("seeds: ",)),
    ("steps", ("0", "-5", "1000000000000"), ("training.steps: ",)),
    ("steps", ("1.5", "x", "1e3", "9" * 5000, "٣", "0x10"), ("--steps", "whole number")),
    ("workers", ("-1", "1025", "1.5", "all", "9" * 99), ("--workers",)),
    ("threads", ("-1", "5000", "2.0", "x"), ("--threads",)),
    ("checkpoint-seconds", ("0", "-1", "nan", "inf", "1e99", "x"), ("--checkpoint-seconds",)),
    ("device", ("gpu", "cuda:", "cuda:x", "meta", "", "ü", "CPU"), ("--device",)),
    ("set", ("x", "=", "=5", "a=", "  = 5", "ü", "-x", "\x1b"), ("--set", "key=value")),
    ("set", ("optimizer.weight_decay=" + ",".join(map(str, range(2000))),), ("weight_decay", "20,000 runs")),
    ("seedss", ("1",), ("Did you mean --seeds?",)),
    ("workerss", ("1",), ("Did you mean --workers?",)),
)
READERS = (("list",), ("report",), ("resume",), ("show", "x"), ("verify", "x"), ("export", "--out", "x.csv"))


def wrong_words(draw):
    """Words that no command takes."""
    name, values, expected = draw.choice(WRONG_OPTIONS)
    source, verb = draw.choice(SOURCES), draw.choice(("list", "report", "export", "resume", "verify"))
    files = ("no.toml", "/.toml", "\x00.toml", "x" * 999 + ".toml")
    twice = ("--set", "training.batch=1", "--set", "training.batch=2")
    no_source = draw.choice(("", "x" * 9999, "ü", "demo.tml", "/", "."))
    return draw.choice(
        [
            Case(("run", "demo", f"--{name}={draw.choice(values)}"), expected),
            Case(("run", "demo", f"--{name}={draw.choice(values)}"), expected),
            Case(("run", misspelt(source, draw)), (f"did you mean {source!r}?",)),
            Case(("run", no_source), ("no preset or .toml file",)),
            Case(("run", draw.choice(files)), ("cannot read",)),
            Case(("run", source, *twice), ("training.batch: is set twice",)),
            Case((misspelt(verb, draw),), (f"did you mean {verb!r}?",)),
            Case((verb, "--nonsense"), ("--nonsense",)),
            Case(draw.choice(READERS), ("there is no lab at",)),
        ]
    )


KINDS = (
    wrong_values,
    wrong_values,
    wrong_values,
    unknown_keys,
    unknown_names,
    unknown_choices,
    misplaced_tables,
    broken_toml,
    broken_toml,
    endless_toml,
    top_level,
    top_level,
    missing_keys,
    unfitting,
    wrong_words,
    wrong_words,
)
