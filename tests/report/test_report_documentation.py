from __future__ import annotations

from pathlib import Path

from latebloom.events import Criteria
from latebloom.report.definitions import definitions
from latebloom.report.writing import REPORTS
from latebloom.views.groups import MILESTONES

PAGE = Path(__file__).parents[2] / "docs" / "report.md"


def test_the_page_defines_every_number_as_the_report_does():
    text = PAGE.read_text(encoding="utf-8")
    from dataclasses import asdict

    for word, meaning, trap in definitions(asdict(Criteria())):
        assert f"| {word} | {meaning} | {trap} |" in text


def test_the_page_names_every_ending_and_column():
    text = PAGE.read_text(encoding="utf-8")
    for word in (*REPORTS, ".csv", ".parquet", *MILESTONES):
        assert word in text
