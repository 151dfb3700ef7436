"""A comparison as Markdown: words and tables, no pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from latebloom.report.definitions import definitions
from latebloom.report.provenance import WATCHED, environment_line, title_of
from latebloom.report.tables import Words, group_table, run_table
from latebloom.views import GroupView, sentences
from latebloom.views.wording import one_line


def markdown_report(view: GroupView) -> str:
    """Write a report as Markdown. What comes from the lab is escaped."""
    parts = [f"# {escaped(title_of(view))}", "\n".join(f"- {escaped(line)}" for line in sentences(view))]
    if view["groups"]:
        parts += ["## Groups", _table(group_table(view))]
    parts += ["## Runs", _table(run_table(view)), "## Settings"]
    for group in view["groups"]:
        parts.append(f"### {escaped(group['label'])}")
        parts.append(f"Train these runs again: {_code(group['command'])}" if group["command"] else WATCHED)
        parts += [f"- {escaped(environment_line(entry))}" for entry in group["environment"]]
        parts.append(_fenced(group["settings_toml"]))
    parts.append("## What the numbers mean")
    parts.append(
        "\n".join(f"- **{word}**: {escaped(meaning)}. *Beware:* {escaped(trap)}." for word, meaning, trap in
                  definitions(view["criteria"]))
    )  # fmt: skip
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Put text on one line in which nothing is Markdown or HTML.

    >>> escaped("a|b <i> *c* _d_")
    'a\\|b &lt;i&gt; \\*c\\* \\_d\\_'
    """
    plain = one_line(text, 2000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", plain)


def _table(words: Words) -> str:
    rule = ["---" if heading.strip() in words.texts else "---:" for heading in words.headings]
    rows = [words.headings, *words.rows]
    lines = ["| " + " | ".join(escaped(cell).strip() for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], _ruled(rule), *lines[1:]])


def _ruled(rule: Sequence[str]) -> str:
    return "| " + " | ".join(rule) + " |"


def _code(text: str) -> str:
    clean = one_line(text, 2000)
    fence = "`" * (max(map(len, re.findall("`+", clean)), default=0) + 1)
    return f"{fence} {clean} {fence}" if len(fence) > 1 else f"`{clean}`"


def _fenced(text: str) -> str:
    fence = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence}toml\n{text}{fence}"
