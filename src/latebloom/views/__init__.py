"""Views: what people look at, computed once, as plain data that JSON can hold. One function per view.

Text, tables, pages and pictures are renderings of these. What is not finite, or has not happened, is None.
"""

from latebloom.statistics import Quartiles, Rate, SurvivalCurve, Times
from latebloom.views.curves import Band, Curve, CurvesView, GroupCurves, RunCurves, curves_view, member_curves
from latebloom.views.groups import Group, GroupRun, GroupView, Reached, group_members, group_view
from latebloom.views.listing import ListEntry, list_view
from latebloom.views.page import RunView, run_view
from latebloom.views.reading import Member, read_members
from latebloom.views.sentences import sentences
from latebloom.views.table import RecordsTable, member_table, records_table

__all__ = [
    "Band",
    "Curve",
    "CurvesView",
    "Group",
    "GroupCurves",
    "GroupRun",
    "GroupView",
    "ListEntry",
    "Member",
    "Quartiles",
    "Rate",
    "Reached",
    "RecordsTable",
    "RunCurves",
    "RunView",
    "SurvivalCurve",
    "Times",
    "curves_view",
    "group_members",
    "group_view",
    "list_view",
    "member_curves",
    "member_table",
    "read_members",
    "records_table",
    "run_view",
    "sentences",
]
