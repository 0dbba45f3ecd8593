"""A plan on one page, to be looked at by somebody else before it is carried out: ``importer plan --html``."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from importer.model.words import SENT_AS, Action, Status
from importer.reporting.changes import in_words
from importer.reporting.plans import LABELS, MEANINGS, MISSING, plan_headline
from importer.reporting.tally import title_of
from importer.writing.charts import totals_bar
from importer.writing.drafts import draft
from importer.writing.markup import write_markup

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reporting.plans import PlanResult

HEADINGS: Final[dict[str, str]] = {
    Status.HELD: "Held back",
    Action.CANCEL: "To cancel",
    Action.NO_SHOW: "No-shows to pass on",
    Action.UPDATE: "To update",
    Action.CREATE: "To create",
    MISSING: "Missing from the file, only reported",
    Status.INVALID: "To fix, not sent",
    Status.UNKNOWN: "Outcome not known",
    Status.NOT_SENT: "Left out",
}
# A call has the colour of the status that it will have.
COLOURS: Final = {
    **{str(status): str(status) for status in Status},
    **{str(call): str(status) for call, status in SENT_AS.items()},
    MISSING: str(Status.NOT_SENT),
}
WORDS: Final = {
    "COLOURS": COLOURS,
    "HEADINGS": HEADINGS,
    "LABELS": LABELS,
    "MEANINGS": MEANINGS,
    "hold_title": title_of,
    "in_words": in_words,
}


def write_plan(plan: PlanResult, target: Path) -> Path:
    """
    Write a plan's page, whole or not at all, for its owner only; return where it stands.

    Raises:
        OSError: the disk refuses it; what stood there before still does.
    """
    with draft(target) as made:
        write_plan_page(plan, made.stream)
    return made.path


def write_plan_page(plan: PlanResult, stream: BinaryIO) -> None:
    """
    Write the page.

    Raises:
        OSError: the stream cannot take it.
    """
    names = {"plan": plan, "headline": plan_headline(plan), "bar": totals_bar(plan.sums)}
    write_markup(stream, "plan.html.j2", WORDS | names)
