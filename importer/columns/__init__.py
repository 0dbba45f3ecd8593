"""
Which column is which: headings become fields, by exact aliases and the profile alone.

``matching``   settles every heading, and projects a chunk of the sheet onto the fields
``needs``      the columns that the rows' actions cannot do without
``nearness``   which known heading a foreign one looks like; only ever shown, never acted on
``explain``    the same, told to a person: how each heading was matched, and the profile lines that settle the rest

A heading that is not known for certain is left out, and what is left out is never sent.
"""

from importer.columns.explain import Explanation, Heading, explain
from importer.columns.matching import Matching, heading_score, match

__all__ = ["Explanation", "Heading", "Matching", "explain", "heading_score", "match"]
