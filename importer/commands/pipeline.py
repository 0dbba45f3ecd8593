"""
A file's way from its bytes to judged rows: reading, columns, normalizing, checking; which rows, which order of dates.

A sheet streams in chunks, but a proof needs every row: one ``13/4`` may stand at its very end. So when a chunk holds
dates of numbers and more chunks follow, the sheet is read a second time, for its dates alone. So it is where only some
rows are wanted: the others prove as much.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from importer.checking import check
from importer.columns import Matching, Sections, UnusedStatus, heading_score, match
from importer.columns.settling import ROWS
from importer.columns.zones_beside import against_lines, zone_of_line
from importer.commands.job import Event, Stage, about, heed, is_fetched
from importer.errors import FileRefused
from importer.model.chunks import Chunk, distinct, same
from importer.model.formula_escape import unguard
from importer.model.statuses import Action
from importer.normalizing import DateEvidence, normalize, unused_codes
from importer.reading.sheet_choice import elsewhere, first_rows, open_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    import pandas as pd

    from importer.commands.do_not_text_file import DoNotText
    from importer.commands.job import Job
    from importer.model.chunks import Checked, Normalized, Sheet
    from importer.model.issues import Issues
    from importer.model.profile import DateOrder, Profile
    from importer.model.staged_files import FileFacts
    from importer.settings import RowRange, Settings


DATE_FIELDS = ("eventDateTime", "date")


def with_date_order(
    chunks: Iterable[Chunk], matching: Matching, reread: Callable[[], Iterable[Chunk]], *, is_part: bool = False
) -> Iterator[tuple[Chunk, DateOrder | None]]:
    """
    Yield each chunk with the order that its whole sheet proves; ``reread`` opens the sheet once more.

    A report of ours proves nothing: it may hold rows of several files, or a part of one. What was certain stands in it
    with the year first; what was not stays open, whatever is corrected beside it.

    ``is_part``: the chunks hold only some of the sheet's rows; ``reread`` always yields all of them.
    """
    columns = date_columns(matching)
    if matching.profile.date_order is not None or not columns or matching.results:
        yield from ((chunk, matching.profile.date_order) for chunk in chunks)
        return
    evidence, whole = DateEvidence(), False
    for chunk, is_last in with_end(chunks):
        if not whole:
            see(evidence, chunk, columns)
            if has_numbers(evidence) and (is_part or not is_last):
                evidence, whole = evidence_of(reread(), columns), True
        yield chunk, evidence.order() or usual_order(matching, evidence)


def date_columns(matching: Matching) -> list[int]:
    """Return the positions of the columns whose dates prove an order of day and month."""
    return [matching.fields[name] for name in DATE_FIELDS if name in matching.fields]


def usual_order(matching: Matching, evidence: DateEvidence) -> DateOrder | None:
    """Return the order in which a known system writes dates, where the dates themselves say neither it nor another."""
    proven = evidence.day_first or evidence.month_first
    return matching.system.date_order if matching.system and not proven else None


def has_numbers(evidence: DateEvidence) -> bool:
    """Whether any date so far is written in numbers whose order matters."""
    return bool(evidence.day_first or evidence.month_first or evidence.open or evidence.short)


def evidence_of(chunks: Iterable[Chunk], columns: list[int]) -> DateEvidence:
    """Return what all chunks together prove."""
    evidence = DateEvidence()
    for chunk in chunks:
        see(evidence, chunk, columns)
    return evidence


def see(evidence: DateEvidence, chunk: Chunk, columns: list[int]) -> None:
    """Let the evidence take note of the chunk's date columns."""
    for column in columns:
        evidence.see(chunk.frame.iloc[:, column])


def with_end(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Yield each chunk, and whether it is the last."""
    held: Chunk | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True


@dataclass(slots=True)
class Seen:
    """Counts over the chunks of one sheet."""

    matching: Matching
    blanks: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    held_in: set[str] = field(default_factory=set)
    date_order: DateOrder | None = None

    def see(self, checked: Checked) -> None:
        """Take note of a chunk."""
        for name in self.matching.fields:
            self.blanks[name] += int(np.count_nonzero(checked.typed[name].to_numpy() == ""))
        self.date_order = self.date_order or checked.date_order
        found = [finding.positions for finding in checked.findings if finding.code == "date_ambiguous"]
        if found:
            self.undecided += len(np.unique(np.concatenate(found)))
        if self.matching.results:
            self.held_in |= _old_reports().held_in(self.matching, checked.chunk)

    def facts(self, *, is_part: bool) -> FileFacts:
        """Return what all chunks together say. ``is_part``: only some rows were asked for."""
        from importer.model.staged_files import FileFacts  # noqa: PLC0415 - a check keeps none

        headings = self.matching.headings
        return FileFacts(
            blanks=dict(self.blanks),
            fields={headings[at]: name for name, at in self.matching.fields.items()},
            undecided_dates=self.undecided,
            is_report={"result_status", "result_run"} <= self.matching.results.keys(),
            is_part=is_part,
            held_in=sorted(self.held_in),
            columns={name: self.matching.shared.get(name, (at,)) for name, at in self.matching.fields.items()},
            units=dict(self.matching.units),
            date_order=self.date_order,
            action="" if "action" in self.matching.fields else self.matching.profile.action or Action.UPSERT.value,
        )


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
    with about(name if name and is_fetched(path) else path), _opened(job, path) as opened:
        sheet = replace(opened, source=replace(opened.source, name=name)) if name else opened
        sheet, matching, first = _matched(sheet, job.profile)
        try:
            matching.require(first=first)
        except FileRefused as refused:
            raise elsewhere(refused, sheet.unread) from None
        for note in matching.notes():
            job.on_event(Event(Stage.NOTE, text=f"{sheet.source.name}: {note}"))
        del first
        yield Judged(sheet, matching, _checked(job, path, sheet, matching, with_missing=with_missing))


def _matched(sheet: Sheet, profile: Profile) -> tuple[Sheet, Matching, Chunk | None]:
    """Settle the sheet's columns by its first rows; return it with all its rows still to be read, and these again."""
    first, chunks = first_rows(sheet.chunks(), ROWS)
    return replace(sheet, chunks=lambda: chunks), match(sheet.headings, profile, first), first


@contextmanager
def _opened(job: Job, path: str) -> Iterator[Sheet]:
    progress = _Reading(job)
    with open_sheet(
        job.copies.get(path, path),
        sheet=job.settings.sheet,
        heading_score=partial(heading_score, profile=job.profile),
        on_read=progress.more,
        until=job.check_until,
        without_hidden=job.profile.hidden_rows == "leave_out",
        texts_apart=job.texts_apart,
        region=job.profile.region,
    ) as opened:
        progress.total = opened.size
        sheet = replace(opened, source=replace(opened.source, name=path)) if path in job.copies else opened
        sheet = job.facts.opened(sheet) if job.facts is not None else sheet
        sheet = job.corrections.sheet(path, sheet) if job.corrections is not None else sheet
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
    rows = failures = 0
    checks = SheetChecks(job, path, sheet, matching)
    typed_chunks = _seen(_as_typed(sheet.chunks(), matching, with_missing=with_missing), checks)
    chunks = selected(without_hidden(typed_chunks, sheet.hidden), job.settings)
    is_part = bool(sheet.hidden or job.settings.rows or job.settings.limit is not None)
    for chunk, order in with_date_order(chunks, matching, partial(_reread, job, path, sheet), is_part=is_part):
        heed(job)
        checked = checks.check(chunk, order)
        rows, failures = rows + len(chunk), failures + int(checked.invalid.sum())
        job.on_event(Event(Stage.CHECKING, rows, failures=failures))
        yield checked
    if job.facts is not None:
        job.facts.read(path, sheet, checks, is_part=is_part)
    for note in sheet.notes_at_end():
        job.on_event(Event(Stage.NOTE, text=f"{sheet.source.name}: {note}"))


class SheetChecks:
    """
    What rows of one sheet are checked by: its columns, profile and clock, and what the rows before them said.

    ``said`` and ``sections`` remember that; of a sheet that was read before they can be told.
    """

    def __init__(self, job: Job, path: str, sheet: Sheet, matching: Matching) -> None:
        self.matching = matching
        self.said = UnusedStatus(matching)
        self.sections = Sections(matching, sheet.name, sheet.heading_row, sheet.titles, sheet.source.name)
        self._zones = [(row, text) for row, text in sheet.titles if zone_of_line(text)]
        self._job, self._path, self._sheet = job, path, sheet
        self._profile = matching.profile_for_sheet()
        self._now = job.now()
        self._listed = _do_not_text(job) if job.settings.do_not_text else None

    def see(self, chunk: Chunk) -> None:
        """Take note of rows of the whole sheet, before any is left out."""
        self.sections.see(chunk)
        if self._job.facts is not None:
            self._job.facts.see(chunk, date_columns(self.matching))

    def check(self, chunk: Chunk, order: DateOrder | None) -> Checked:
        """Judge rows as a person typed them, by the order of dates that their whole sheet proves."""
        job, profile, matching = self._job, self._profile, self.matching
        if matching.results:
            chunk = _old_reports().still_flawed(chunk, matching, self._sheet.name)
        typed = matching.project(chunk)
        torn = _old_reports().join_shared(typed, matching, chunk) if matching.shared else ()
        read, unsure = matching.beside.joined(typed, chunk) if matching.beside else (typed, {})
        normalized = normalize(
            read,
            profile,
            epoch_1904=self._sheet.epoch_1904,
            date_order=order,
            duration_units=matching.units,
            compact_times=matching.compact_times,
            found={name for name, at in matching.fields.items() if matching.by.get(at) == "cells"},
        )
        if matching.beside:
            normalized = matching.beside.judged(replace(normalized, typed=typed), unsure, chunk)
        if matching.system and "action" not in matching.fields:
            normalized = _with_stated(normalized, matching.system.actions(chunk, profile))
        actions = _actions(normalized, profile)
        clocks = matching.system.whose_clock(normalized, profile) if matching.system else ()
        clocks = (*clocks, *self._against_lines(chunk, normalized))
        lines = _old_reports().told_before(chunk, matching, actions) if matching.results else ()
        lines = (*lines, *self.sections.findings(chunk, actions, chunk.filled(matching.results.get("result_row"))))
        aside = (*clocks, *self.said.findings(chunk, actions), *lines)
        blocked = tuple(self._listed.findings(normalized, actions)) if self._listed is not None else ()
        if blocked and matching.results:
            chunk = _old_reports().blocked_again(chunk, blocked)
        codes = _calling_codes(chunk, matching, typed)
        edited = job.corrections.notes(self._path, chunk.frame) if job.corrections is not None else ()
        normalized = replace(normalized, reasons=(*normalized.reasons, *torn, *aside, *blocked, *codes, *edited))
        heed(job)
        return check(chunk, normalized, profile, now=self._now, columns=matching.fields, scattered=matching.shared)

    def _against_lines(self, chunk: Chunk, normalized: Normalized) -> Iterator[Issues]:
        """Yield the rows that a line says to be in another half of the day, or one above the headings in another time zone."""
        yield from self.sections.against_halves(chunk, normalized)
        at = self.matching.results.get("result_problem")
        problems = [] if at is None else chunk.frame.iloc[:, at].tolist()
        if not self._zones and not any("read in the time zone" in text for text in problems):
            return
        yield from against_lines(self._zones, problems, normalized, self._profile)


def _do_not_text(job: Job) -> DoNotText | None:
    from importer.commands.do_not_text_file import do_not_text  # noqa: PLC0415 - few have such a list

    return do_not_text(job)


def _old_reports() -> ModuleType:
    from importer.commands import old_reports  # noqa: PLC0415 - a sheet is seldom a report of ours

    return old_reports


def _actions(normalized: Normalized, profile: Profile) -> np.ndarray:
    """Return what each row asks for, as far as it can be read."""
    values = normalized.values
    if "action" in values:
        return values.column("action")
    return same(profile.action or Action.UPSERT.value, values.rows).column


def _with_stated(normalized: Normalized, stated: np.ndarray | None) -> Normalized:
    """Return the chunk with the actions that the status columns of a known system state, if they do."""
    if stated is None:
        return normalized
    said = distinct(stated)
    return replace(
        normalized,
        typed=normalized.typed.assign(action=said.as_array()),
        values=normalized.values.with_column("action", said),
    )


def _seen(chunks: Iterator[Chunk], checks: SheetChecks) -> Iterator[Chunk]:
    """Yield the chunks of the whole sheet, each noted before any of its rows is left out."""
    for chunk in chunks:
        checks.see(chunk)
        yield chunk


def _calling_codes(chunk: Chunk, matching: Matching, typed: pd.DataFrame) -> Iterator[Issues]:
    """Yield phones that are read without the calling code that an ignored column holds."""
    if "phone" not in typed or {"countryCode"} & {*matching.fields, *matching.doubled}:
        return
    unsaid = set(matching.ignored) - set(matching.left_out)
    phones, profile = typed["phone"].to_numpy(dtype=object), matching.profile
    read = partial(unused_codes, allow_unassigned=profile.allow_unassigned_phones)
    for at in sorted(unsaid):
        cells = {matching.headings[at]: chunk.frame.iloc[:, at].to_numpy(dtype=object)}
        yield from (replace(found, columns=at) for found in read(cells, phones, profile.region.upper()))


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
        yield typed if with_missing else _old_reports().without_missing(typed, matching)


def _reread(job: Job, path: str, sheet: Sheet) -> Iterator[Chunk]:
    """Yield all of the sheet's chunks once more; a file that is another one by now is refused."""
    if path == "-" and path not in job.copies:
        # Standard input is gone by now: the order of its dates stays unproven, which is a problem to report.
        return
    quiet = replace(job, on_event=lambda _event: None, facts=None)
    with _opened(quiet, path) as again:
        if again.source.sha256 != sheet.source.sha256:
            raise FileRefused(
                f"{sheet.source.name} was changed while it was read.",
                code="file_changed",
                fix="Wait until the other program has finished writing it, then run again.",
            )
        yield from again.chunks()


def without_hidden(chunks: Iterable[Chunk], hidden: Sequence[tuple[int, int]]) -> Iterator[Chunk]:
    """Yield the chunks without hidden rows, given as first and last row number."""
    if not hidden:
        yield from chunks
        return
    firsts, lasts = (np.array([span[end] for span in hidden], dtype=np.int64) for end in (0, 1))
    for chunk in chunks:
        numbers = chunk.frame.index.to_numpy()
        above = np.searchsorted(firsts, numbers, side="right") - 1
        kept = (above < 0) | (numbers > lasts[above])
        if kept.all():
            yield chunk
        elif kept.any():
            yield chunk.at(np.flatnonzero(kept))


def selected(chunks: Iterable[Chunk], settings: Settings) -> Iterator[Chunk]:
    """Yield the chunks without the rows that were not asked for; a row left out is not part of the run."""
    left = settings.limit
    for chunk in chunks:
        wanted = narrowed(chunk, settings.rows, left)
        if len(wanted):
            yield wanted
        if left is not None:
            left -= len(wanted)
            if left <= 0:
                return


def narrowed(chunk: Chunk, ranges: tuple[RowRange, ...], most: int | None) -> Chunk:
    """Return the chunk's rows within the ranges (spreadsheet row numbers; none: all), at most so many."""
    if not ranges and (most is None or most >= len(chunk)):
        return chunk
    numbers = chunk.frame.index.to_numpy()
    wanted = np.ones(len(numbers), dtype=bool) if not ranges else np.zeros(len(numbers), dtype=bool)
    for first, last in ranges:
        wanted |= (numbers >= first) & (numbers <= (numbers.max(initial=0) if last is None else last))
    positions = np.flatnonzero(wanted)[:most]
    return chunk.at(positions)
