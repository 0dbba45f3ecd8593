"""
Which column is which: headings become fields, by the profile, by aliases, and by what stands below them.

A heading that is not known for certain is left out, and what is left out is never sent.
"""

from importer.columns.matching import Matching, heading_score, match
from importer.columns.unused_status import Sections, UnusedStatus

__all__ = ["Matching", "Sections", "UnusedStatus", "heading_score", "match"]
