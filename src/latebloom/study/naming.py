"""Names that can be typed: of studies, scales, arms, claims and maps."""

from __future__ import annotations

import re

from latebloom.errors import StudyError, shown

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9.]+)*")
RIGHT_NAME = "small letters, digits and single hyphens, such as dimension-at-end"


def check_name(kind: str, name: str) -> None:
    """Refuse a name that nobody could type.

    Raises:
        StudyError: says what would be right.
    """
    if not NAME.fullmatch(name) or len(name) > 64:
        raise StudyError(f"{kind} {shown(name)} has no name that can be typed; write {RIGHT_NAME}")
