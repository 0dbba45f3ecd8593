"""
People who are never texted: the file of the do-not-text list, read, held against rows and requests, and its people's active reminders told.

A table with a heading for phones or appointment numbers, or one of them a line. It is read as any sheet is, its phones by the
same rules, and anew by each command, so that a list that grew since a run counts when the run is resumed. A list that cannot be
read whole refuses the command: to leave an entry out would text somebody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from importer.columns import match
from importer.commands.job import Event, Stage
from importer.errors import FileRefused, SettingsError
from importer.model.batches import STRUCK
from importer.model.issues import Issue, Issues
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.normalizing import normalize
from importer.problems import KINDS
from importer.reading.sheet_choice import open_sheet
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.ledger import Run
    from importer.model.chunks import Normalized, Sheet


PASSING: Final = frozenset({Action.CANCEL, Action.NONE})
"""What a row may ask for though its person is on the list: nobody is reminded because of it."""


def folded_number(text: str) -> str:
    """Return an appointment number as it is compared: without case and outer blanks."""
    return text.strip().casefold()


@dataclass(frozen=True, slots=True)
class DoNotText:
    """The list: ``phones`` in E.164, and appointment ``numbers`` as ``folded_number`` gives them."""

    phones: frozenset[str]
    numbers: frozenset[str]

    def has(self, phone: str | None, number: str | None) -> bool:
        """Whether a person is on the list, by the phone or by the appointment's number."""
        return (phone or "") in self.phones or (number is not None and folded_number(number) in self.numbers)

    def findings(self, normalized: Normalized, actions: np.ndarray) -> Iterator[Issues]:
        """Yield the rows that would text a person of the list; ``actions``: what each row asks for, an ``Action`` value."""
        may_pass = np.isin(actions, [action.value for action in PASSING])
        told = np.zeros(len(may_pass), dtype=bool)
        for name, known in (("phone", self._listed_phones), ("externalEventId", self._listed_numbers)):
            if name not in normalized.values:
                continue
            found = normalized.values.distinct(name)
            rows = found.spread(np.array(known(found.texts.tolist()), dtype=bool)) & ~told & ~may_pass
            told |= rows
            if rows.any():
                yield Issues("blocked", name, np.flatnonzero(rows))

    def _listed_phones(self, texts: Iterable[str]) -> list[bool]:
        return [text in self.phones for text in texts]

    def _listed_numbers(self, texts: Iterable[str]) -> list[bool]:
        return [folded_number(text) in self.numbers for text in texts]


MOST_COMMANDS: Final = 5
_TEXTING: Final = tuple(action for action in Action if action not in PASSING)
# Digits with what people write between those of a phone; digits alone may be an appointment number.
_LIKE_A_PHONE: Final = re.compile(r"\+?[0-9() ./-]{7,30}")


def do_not_text(job: Job) -> DoNotText | None:
    """
    Return the list that the settings name, None where they name none.

    Raises:
        SettingsError: it is missing, unreadable, empty, or holds something that is neither phone nor appointment number.

    """
    path = job.settings.do_not_text
    if path is None:
        return None
    try:
        with open_sheet(path, until=job.check_until) as sheet:
            found = _entries(path, sheet, job.profile)
    except FileRefused as refused:
        raise _unusable(path, str(refused), refused.fix) from None
    if not found.phones and not found.numbers:
        raise _unusable(path, "It holds no phone and no appointment number.")
    return found


def withhold_listed(job: Job, run: Run) -> None:
    """Settle the open requests of a run that would text people of the list as invalid, wherever they were staged."""
    listed = do_not_text(job)
    if listed is None:
        return
    found = [row_id for row_id, phone, number in run.guards.people(_TEXTING) if listed.has(phone, number)]
    if found:
        from importer.ledger.call_queue import Which  # noqa: PLC0415 - a check needs the list, and no database

        run.calls.withhold(Status.INVALID, Issue("blocked", field="phone"), at=job.now(), which=Which(found))
    if job.rest is None:
        _tell_active(job, run, listed)


def _tell_active(job: Job, run: Run, listed: DoNotText) -> None:
    """Say which reminders of people of the list are still active, with the commands that cancel them."""
    uuids = [uuid for uuid, phone, number in run.guards.ahead(after=job.now()) if listed.has(phone, number)]
    if not uuids:
        return
    commands = "; ".join(job.command("cancel", uuid) for uuid in uuids[:MOST_COMMANDS])
    more = f"; and {len(uuids) - MOST_COMMANDS} more" if len(uuids) > MOST_COMMANDS else ""
    count = counted(len(uuids), "reminder")
    text = f"Still active for people on the do-not-text list: {count}. To cancel: {commands}{more}"
    job.on_event(Event(Stage.NOTE, text=text))


def _entries(path: Path, sheet: Sheet, profile: Profile) -> DoNotText:
    """Return the entries of a sheet; without a heading that is known, of a list of one column."""
    chunks = list(sheet.chunks())
    for chunk in chunks:
        # A number that is struck through stays one that is not texted.
        unread = [flaw.row for flaw in chunk.flaws if flaw.code != STRUCK]
        if unread:
            raise _unusable(path, f"Row {unread[0]} cannot be read as it is shown.")
    bare = profile_of_list(profile)
    matching = match(sheet.headings, bare, chunks[0] if chunks else None)
    phones = _positions("phone", matching)
    numbers = _positions("externalEventId", matching)
    is_titled = bool({*phones, *numbers} & {at for at, why in matching.by.items() if why != "cells"}) or bool(
        matching.doubled
    )
    if not is_titled:
        return _plain_list(path, sheet, [chunk.frame for chunk in chunks], bare)
    listed_phones: set[str] = set()
    listed_numbers: set[str] = set()
    codes = _positions("countryCode", matching)
    for chunk in chunks:
        frame = chunk.frame
        named = pd.Series(False, index=frame.index)
        for at in phones:
            typed = frame.iloc[:, [at, *codes[:1]]].set_axis(
                ["phone", "countryCode"][: 1 + len(codes[:1])], axis="columns"
            )
            wrong, read = _read_phones(typed, bare)
            if wrong:
                raise _unusable(path, f"Row {frame.index[wrong[0]]} holds no phone that can be read.")
            listed_phones.update(text for text in read if text)
            named |= frame.iloc[:, at].str.strip() != ""
        for at in numbers:
            listed_numbers.update(folded_number(text) for text in frame.iloc[:, at] if text.strip())
            named |= frame.iloc[:, at].str.strip() != ""
        if not named.all():
            raise _unusable(path, f"Row {frame.index[~named][0]} holds neither a phone nor an appointment number.")
    return DoNotText(frozenset(listed_phones), frozenset(listed_numbers))


def profile_of_list(profile: Profile) -> Profile:
    """Return how phones are read, and nothing of what a profile says about the columns of its own sheets."""
    return Profile(
        name=profile.name,
        region=profile.region,
        allow_unassigned_phones=True,
        system="none",
    )


def _positions(name: str, matching: Matching) -> tuple[int, ...]:
    if name in matching.doubled:
        return matching.doubled[name]
    return (matching.fields[name],) if name in matching.fields else ()


def _read_phones(typed: pd.DataFrame, profile: Profile) -> tuple[list[int], list[str]]:
    """Return the positions of phones that cannot be read, and all of them in normal form."""
    normalized = normalize(typed, profile)
    wrong = {
        int(at) for issue in normalized.reasons if not KINDS[issue.code].is_warning for at in issue.positions.tolist()
    }
    return sorted(wrong), normalized.values.column("phone").tolist()


def _plain_list(path: Path, sheet: Sheet, frames: Sequence[pd.DataFrame], profile: Profile) -> DoNotText:
    """Return the entries of one column: each is an appointment number, and a phone where it can be one."""
    lines = list(_lines(path, sheet, frames))
    wrong, read = _read_phones(pd.DataFrame({"phone": [text for _, text in lines]}, dtype=object), profile)
    for at in wrong:
        row, text = lines[at]
        if _LIKE_A_PHONE.fullmatch(text) and not text.isdigit():
            raise _unusable(path, f"Row {row} holds no phone that can be read.")
    phones = {text for at, text in enumerate(read) if at not in set(wrong) and text}
    return DoNotText(frozenset(phones), frozenset(folded_number(text) for _, text in lines))


def _lines(path: Path, sheet: Sheet, frames: Iterable[pd.DataFrame]) -> Iterator[tuple[int, str]]:
    """Yield (row, entry); the first row is an entry, too, if it holds a digit."""
    if len([heading for heading in sheet.headings if heading.strip()]) > 1:
        raise _unusable(path, "It has several columns, and none of its headings says phone or appointment number.")
    if any(mark.isdigit() for mark in sheet.headings[0]):
        yield sheet.heading_row, sheet.headings[0].strip()
    for frame in frames:
        for row, text in zip(frame.index.tolist(), frame.iloc[:, 0].tolist(), strict=True):
            if text.strip():
                yield row, text.strip()


def _unusable(path: Path, why: str, fix: str = "") -> SettingsError:
    return SettingsError(
        f"The do-not-text list {path} cannot be used, so nothing is sent: {why}",
        fix=fix or "Correct the list: a heading such as Phone or Appointment number, or one phone or number a line.",
    )
