"""Other people's data: point clouds from files that strangers made, and every measure that fits them."""

from latebloom.clouds.choosing import Chosen, choose
from latebloom.clouds.groups import Group, parse_group
from latebloom.clouds.reading import SUFFIXES, read_arrays

__all__ = ["SUFFIXES", "Chosen", "Group", "choose", "parse_group", "read_arrays"]
