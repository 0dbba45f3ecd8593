"""A file's way from its bytes to judged rows: reading, columns, normalizing, checking."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from importer.checking import check
from importer.columns import Matching, Sections, UnusedStatus, heading_score, match
from importer.errors import FileRefused
from importer.model.distinct import distinct_of, same
from importer.model.guard import unguard
from importer.model.words import Action
from importer.normalizing import normalize, unused_codes
from importer.reading import elsewhere, open_sheet
from importer.run import merged_columns
from importer.run.date_orders import with_date_order
from importer.run.describing import DATE_ORDER
from importer.run.events import Event, Stage
from importer.run.fed_back import without_missing
from importer.run.heeding import heed
from importer.run.naming import about
from importer.run.selecting import selected

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from importer.model.issues import Issues
    from importer.model.profile import Profile
    from importer.model.sheets import Checked, Chunk, Normalized, Sheet
    from importer.run.job import Job


@dataclass(frozen=True, slots=True)
class Judged:
    """A sheet whose columns are settled; ``chunks`` reads on and judges as it is iterated."""

    sheet: Sheet
    matching: Matching
    chunks: Iterator[Checked]


@contextmanager
def judged(job: Job, path: str, name: str | None = None, *, with_missing: bool = False) -> Iterator[Judged]:
    """
    Open a file and settle its columns. ``name``: what reports call the file, if not by its path.

    ``with_missing``: of a report of ours, also the rows that stood in no sheet.

    Raises:
        FileRefused: the file cannot be read, or lacks a column, now or while the chunks are iterated.
        Interrupted: a signal came meanwhile.
    """
    with about(path), _opened(job, path) as opened:
        sheet = replace(opened, source=replace(opened.source, name=name)) if name else opened
        sheet, matching = _matched(sheet, job.profile)
        try:
            matching.require()
        except FileRefused as refused:
            raise elsewhere(refused, sheet.unread) from None
        yield Judged(sheet, matching, _checked(job, path, sheet, matching, with_missing=with_missing))


def _matched(sheet: Sheet, profile: Profile) -> tuple[Sheet, Matching]:
    """Settle the sheet's columns by its first rows; return it with all its rows still to be read."""
    chunks = sheet.chunks()
    first = list(islice(chunks, 1))
    matching = match(sheet.headings, profile, first[0] if first else None)

    def again() -> Iterator[Chunk]:
        while first:
            yield first.pop()
        yield from chunks

    return replace(sheet, chunks=again), matching


@contextmanager
def _opened(job: Job, path: str) -> Iterator[Sheet]:
    progress = _Reading(job)
    with open_sheet(
        path,
        sheet=job.settings.sheet,
        heading_score=partial(heading_score, profile=job.profile),
        on_read=progress.more,
        until=job.check_until,
    ) as sheet:
        progress.total = sheet.size
        for note in sheet.notes:
            job.on_event(Event(Stage.NOTE, text=f"{sheet.source.name}: {note}"))
        yield sheet


class _Reading:
    """Adds up what was read, for whoever watches."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = 0
        self.total = 0

    def more(self, amount: int) -> None:
        heed(self.job)
        self.done += amount
        self.job.on_event(Event(Stage.READING, self.done, self.total or None))


def _checked(job: Job, path: str, sheet: Sheet, matching: Matching, *, with_missing: bool) -> Iterator[Checked]:
    profile = matching.profile_for_sheet()
    now = job.now()
    rows = failures = 0
    said = UnusedStatus(matching)
    sections = Sections(matching, sheet.name, sheet.heading_row, sheet.titles)
    typed_chunks = _seen(_as_typed(sheet.chunks(), matching, with_missing=with_missing), sections)
    chunks = selected(typed_chunks, job.settings)
    is_part = bool(job.settings.rows or job.settings.limit is not None)
    for chunk, order in with_date_order(chunks, matching, partial(_reread, job, path, sheet), is_part=is_part):
        heed(job)
        typed, torn = merged_columns.project(matching, chunk)
        normalized = normalize(
            typed, profile, epoch_1904=sheet.epoch_1904, date_order=order, duration_units=matching.units
        )
        actions = _actions(normalized, profile)
        aside = (*said.findings(chunk, actions), *sections.findings(chunk, actions))
        codes = _calling_codes(chunk, matching, typed)
        normalized = replace(normalized, reasons=(*normalized.reasons, *torn, *aside, *codes))
        heed(job)
        checked = check(chunk, normalized, profile, now=now, columns=matching.fields, scattered=matching.shared)
        checked.extra[DATE_ORDER] = order
        rows, failures = rows + len(chunk), failures + int(checked.invalid.sum())
        job.on_event(Event(Stage.CHECKING, rows, failures=failures))
        yield checked
    for note in sheet.notes_at_end():
        job.on_event(Event(Stage.NOTE, text=f"{sheet.source.name}: {note}"))


def _actions(normalized: Normalized, profile: Profile) -> np.ndarray:
    """Return what each row asks for, as far as it can be read."""
    values = normalized.values  # noqa: PD011 - normal forms, no frame
    if "action" in values:
        return distinct_of(values["action"]).column
    return same(profile.action or Action.UPSERT.value, len(values)).column


def _seen(chunks: Iterator[Chunk], sections: Sections) -> Iterator[Chunk]:
    """Yield the chunks of the whole sheet, noting its sections before any row is left out."""
    for chunk in chunks:
        sections.see(chunk)
        yield chunk


def _calling_codes(chunk: Chunk, matching: Matching, typed: pd.DataFrame) -> Iterator[Issues]:
    """Yield phones that are read without the calling code that an ignored column holds."""
    if "phone" not in typed or {"countryCode"} & {*matching.fields, *matching.doubled}:
        return
    unsaid = set(matching.ignored) - set(matching.left_out)
    phones, region = typed["phone"].to_numpy(dtype=object), matching.profile.region.upper()
    for at in sorted(unsaid):
        cells = {matching.headings[at]: chunk.frame.iloc[:, at].to_numpy(dtype=object)}
        yield from (replace(found, columns=at) for found in unused_codes(cells, phones, region))


def _as_typed(chunks: Iterator[Chunk], matching: Matching, *, with_missing: bool) -> Iterator[Chunk]:
    """
    Yield the chunks as a person typed them, where our own report is fed back.

    That is without the marks that it put before live cells, and without its rows that stood in no sheet.
    """
    if not matching.results:
        yield from chunks
        return
    for chunk in chunks:
        typed = replace(chunk, frame=chunk.frame.map(unguard))
        yield typed if with_missing else without_missing(typed, matching)


def _reread(job: Job, path: str, sheet: Sheet) -> Iterator[Chunk]:
    """Yield all of the sheet's chunks once more; a file that is another one by now is refused."""
    if path == "-":
        # Standard input is gone by now: the order of its dates stays unproven, which is a problem to report.
        return
    quiet = replace(job, on_event=lambda _event: None)
    with _opened(quiet, path) as again:
        if again.source.sha256 != sheet.source.sha256:
            raise FileRefused(
                f"{sheet.source.name} was changed while it was read.",
                code="file_changed",
                fix="Wait until the other program has finished writing it, then run again.",
            )
        yield from again.chunks()
