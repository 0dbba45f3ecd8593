"""
Values as people type them, in the one form in which the importer compares and sends them.

``normalize_chunk`` reads a chunk; each kind of value has its module with a function for one text, whose docstring lists
the accepted spellings.

Best effort: a value that has no sure reading stays as typed, with a finding that says why. Nothing is guessed, cut or
padded. Touches neither network nor clock; the rules of time are in ``checking``.
"""

from __future__ import annotations

from importer.normalizing.calling_codes import unused_codes
from importer.normalizing.dates_and_times import DateEvidence
from importer.normalizing.durations import parse_duration
from importer.normalizing.normalize_chunk import normalize
from importer.normalizing.time_zones import tzdata_version

__all__ = ["DateEvidence", "normalize", "parse_duration", "tzdata_version", "unused_codes"]
