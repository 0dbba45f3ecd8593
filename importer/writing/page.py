"""
``report.html``: the run on one page for people. Self-contained: no script, no font, no picture from elsewhere.

Every value is escaped by the template engine; nothing is ever marked as safe. The page forbids itself all loading but
its own style sheet, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from importer.model.words import Action, Status
from importer.reporting.headings import field_title, person
from importer.reporting.headline import headline
from importer.reporting.priorities import Group, wants_decision
from importer.reporting.results import status_of, utc_text
from importer.reporting.steps import next_steps
from importer.reporting.words import LABELS, MEANINGS, counted, exit_meaning, moment, number, span, visible
from importer.writing.charts import share, timeline_columns, totals_bar

if TYPE_CHECKING:
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


def write_page(report: Report, stream: BinaryIO, *, to_fix: str = "to_fix.xlsx", notes: tuple[str, ...] = ()) -> None:
    """
    Write the page. ``to_fix``: the path of ``to_fix.xlsx`` as a person would type it; ``notes``: about the files.

    Raises:
        OSError: the stream cannot take it.
    """
    style = _style()
    page = _environment().get_template("report.html.j2")
    parts = page.generate(
        report=report,
        headline=headline(report),
        steps=next_steps(report, to_fix),
        notes=notes,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        bar=totals_bar(report.totals),
        columns=timeline_columns(report.timeline),
        endings=[
            (css, text) for css, text in ENDINGS.items() if any(getattr(each, css) for each in report.timeline.slices)
        ],
        shown={"rows": ROWS_SHOWN, "kinds": KINDS_SHOWN, "examples": EXAMPLES_SHOWN},
    )
    stream.writelines(part.encode("utf-8", errors="backslashreplace") for part in parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("importer.writing"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        span=span,
        moment=moment,
        utc=utc_text,
        status=status_of,
        person=person,
        field_title=field_title,
    )
    names: dict[str, Any] = {
        "counted": counted,
        "share": share,
        "exit_meaning": exit_meaning,
        "LABELS": LABELS,
        "MEANINGS": MEANINGS,
        "Status": Status,
        "Action": Action,
        "Group": Group,
        "wants_decision": wants_decision,
    }
    environment.globals.update(names)
    return environment


def _style() -> str:
    """Return the style sheet exactly as the page includes it."""
    return _environment().get_template("report.css").render()


def shown(value: Any) -> Any:
    """Return a text without invisible characters. Every value passes here; what macros made of them passes as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
