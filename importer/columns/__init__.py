"""
Which column is which: headings become fields, by the profile, by aliases, and by what stands below them.

``matching``       settles every heading, and projects a chunk of the sheet onto the fields
``settling``       what heading and cells say together: one engine for matching and for advice
``heading_forms``  what the words of a heading may mean; ``cell_fit``: whether cells can be what a field takes
``samples``        the first cells of each column
``needs``          the columns that the rows' actions cannot do without
``suggestions``    which field an ignored column may be; only ever shown, never acted on
``explain``        the same, told to a person: how each heading was matched, and the profile lines that settle the rest

What columns say that nothing maps:

``unused_status``     the rows that they call off, or whose people may not be texted
``sections``          the rows below a line such as "Cancelled appointments"
``cell_meaning``      what a cell says, given what its heading asks
``heading_meaning``   what a heading asks: a status, a flag, consent, free text, something else
``status_phrases``    what words say of a visit; ``consent_phrases``: of texting
``phrases``           a text taken apart into words

A heading that is not known for certain is left out, and what is left out is never sent.
"""

from importer.columns.explain import Explanation, Heading, explain
from importer.columns.matching import Matching, heading_score, match
from importer.columns.sections import Sections
from importer.columns.unused_status import UnusedStatus

__all__ = ["Explanation", "Heading", "Matching", "Sections", "UnusedStatus", "explain", "heading_score", "match"]
