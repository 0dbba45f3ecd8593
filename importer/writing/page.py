"""``report.html``: the run on one page for people. Self-contained: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from importer.model.words import Action
from importer.reporting.headings import person
from importer.reporting.headline import headline, missing_sentence
from importer.reporting.priorities import Group, wants_decision
from importer.reporting.results import status_of
from importer.reporting.steps import next_steps
from importer.reporting.words import LABELS, MEANINGS, exit_meaning
from importer.writing.charts import timeline_columns, totals_bar
from importer.writing.markup import write_markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reporting import Report

ROWS_SHOWN: Final = 50
KINDS_SHOWN: Final = 30
EXAMPLES_SHOWN: Final = 3

ENDINGS: Final = {
    "answered": "answered",
    "throttled": "told to slow down",
    "refused": "refused",
    "lost": "no usable answer",
}
WORDS: Final = {
    "exit_meaning": exit_meaning,
    "LABELS": LABELS,
    "MEANINGS": MEANINGS,
    "Action": Action,
    "Group": Group,
    "person": person,
    "status_of": status_of,
    "wants_decision": wants_decision,
}


def write_page(
    report: Report, stream: BinaryIO, *, to_fix: Sequence[str] = ("to_fix.xlsx",), notes: tuple[str, ...] = ()
) -> None:
    """
    Write the page. ``to_fix``: the paths of the workbooks to fix as a person would type them; ``notes``: about the files.

    Raises:
        OSError: the stream cannot take it.
    """
    names = {
        "report": report,
        "headline": headline(report),
        "missing": missing_sentence(report.missing),
        "steps": next_steps(report, to_fix),
        "notes": notes,
        "bar": totals_bar(report.totals),
        "columns": timeline_columns(report.timeline),
        "endings": [
            (css, text) for css, text in ENDINGS.items() if any(getattr(each, css) for each in report.timeline.slices)
        ],
        "shown": {"rows": ROWS_SHOWN, "kinds": KINDS_SHOWN, "examples": EXAMPLES_SHOWN},
    }
    write_markup(stream, "report.html.j2", WORDS | names)
