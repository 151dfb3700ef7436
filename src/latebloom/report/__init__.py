"""Reports: views as pages, Markdown, pictures, tables and terminal text."""

from latebloom.report.export import data_frame, write_table
from latebloom.report.writing import main_figure, write_figure, write_report

__all__ = ["data_frame", "main_figure", "write_figure", "write_report", "write_table"]
