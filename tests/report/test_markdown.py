from __future__ import annotations

from latebloom.report import write_report
from latebloom.views import group_view, sentences

from ..views.labs import Story, spec_of, tell, write


def markdown(lab, ids, tmp_path):
    return write_report(lab, ids, tmp_path / "report.md").read_text(encoding="utf-8")


def test_the_text_has_the_summary_the_tables_the_settings_and_the_definitions(ten_runs, tmp_path):
    lab, ids = ten_runs
    text = markdown(lab, ids, tmp_path)
    assert "# Grokking: addition, transformer" in text
    for line in sentences(group_view(lab, ids)):
        assert f"- {line}" in text.replace("\\", "")
    assert "| 9 of 10 | 60% to 98% | 1,820 | 1,160 to 2,200 |" in text
    assert "```toml\nseeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" in text
    assert "**median step**" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head(lab, tmp_path):
    ids = [tell(lab, Story(seed=s, weight_decay=d)) for d in (0.5, 1.0) for s in (0, 1)]
    tables = [block for block in markdown(lab, ids, tmp_path).split("\n\n") if block.startswith("| ")]
    assert len(tables) == 2
    for table in tables:
        assert len({row.count(" | ") for row in table.splitlines()}) == 1


def test_what_comes_from_the_lab_is_neither_html_nor_markdown(lab, tmp_path):
    hostile = "<b>|`[x](javascript:1)*"
    ids = [
        write(lab, spec_of(s, model={"name": hostile}, objective={"name": "```\n# no"}), [(0, 0.1, 0.0)])
        for s in (0, 1)
    ]
    text = markdown(lab, ids, tmp_path)
    prose = text.split("```toml")[0]
    assert "<b>" not in prose
    assert "](javascript" not in prose.replace("\\]", "")
    assert "\n# no" not in text
    assert text.count("````") == 2
