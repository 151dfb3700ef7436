"""Looks: which measure, at which site, on which inputs, at which steps. The door loads no torch."""

from latebloom.looks.look import DEAR, SAMPLES, Look, parse_look, parse_looks
from latebloom.looks.subject import Subject, subject_of

__all__ = ["DEAR", "SAMPLES", "Look", "Subject", "parse_look", "parse_looks", "subject_of"]
