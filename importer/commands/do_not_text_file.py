"""
People who are never texted: the file of the do-not-text list, read, held against rows and requests, and its people's active reminders told.

Beside them stand those of whom another row of the run says that they may not be.

A table with a heading for phones or appointment numbers, or one of them a line. It is read as any sheet is, its phones by the
same rules, and anew by each command, so that a list that grew since a run counts when the run is resumed. A list that cannot be
read whole refuses the command: to leave an entry out would text somebody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson
import pandas as pd

from importer.columns import match
from importer.columns.settling import ROWS
from importer.columns.status_phrases import Said, phrase, read
from importer.commands.job import Event, Stage
from importer.errors import FileRefused, SettingsError
from importer.model.batches import READABLE
from importer.model.issues import Issue, Issues
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.normalizing import normalize
from importer.planning.duplicates import SAID_NO
from importer.problems import KINDS
from importer.reading.sheet_choice import first_rows, open_sheet
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.ledger import Run
    from importer.ledger.tables import Found
    from importer.model.chunks import Normalized, Sheet


PASSING: Final = frozenset({Action.CANCEL, Action.NONE})
"""What a row may ask for though its person is on the list: nobody is reminded because of it."""


LISTED: Final = "the phone or number is on the do-not-text list"

REFUSALS: Final = (b'"consent_refused"', b'"status_not_used"')
"""Of problems as the ledger keeps them: the person may not be texted; the visit is off, perhaps because the person has died."""


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
                yield Issues("blocked", name, np.flatnonzero(rows), LISTED)

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

        note = Issue("blocked", field="phone", detail=LISTED)
        run.calls.withhold(Status.INVALID, note, at=job.now(), which=Which(found))
    if job.rest is None:
        _tell_active(job, run, listed)


class _Said(NamedTuple):
    """Phones of which a row says that nobody may text them, each with its place; and those of persons who have died, with their names."""

    phones: Mapping[str, str]
    died: Mapping[str, Sequence[tuple[Mapping[str, Any], str]]]


def withhold_refused(job: Job, run: Run, refused: Iterable[Found]) -> None:
    """
    Settle the open requests of a run as invalid that would text a phone of which another row says that it may not be.

    A phone may be a family's: of one who has died it is about the same name only. ``refused``: the rows that may say so.
    """
    said_so = _said(refused, several=len(run.files.all()) > 1)
    if not said_so.phones and not said_so.died:
        return
    told: dict[int, str] = {}
    perhaps: dict[int, str] = {}
    for row_id, phone, _ in run.guards.people(_TEXTING):
        if phone is None:
            continue
        if phone in said_so.phones:
            told[row_id] = SAID_NO.format(place=said_so.phones[phone])
        elif phone in said_so.died:
            perhaps[row_id] = phone
    for row_id, values in run.report.payloads(sorted(perhaps)):
        place = next((at for person, at in said_so.died[perhaps[row_id]] if _may_be(person, values)), None)
        if place is not None:
            told[row_id] = f"{place} says that the person with this phone and name has died"
    if told:
        from importer.ledger.call_queue import Which  # noqa: PLC0415 - likewise

        run.calls.withhold(Status.INVALID, Issue("blocked"), at=job.now(), which=Which(told), own=told)


def _said(refused: Iterable[Found], *, several: bool) -> _Said:
    phones: dict[str, str] = {}
    died: dict[str, list[tuple[Mapping[str, Any], str]]] = {}
    for row in refused:
        place = f"row {row.number} of {row.name}" if several else f"row {row.number}"
        told = orjson.loads(row.problems)
        if any(one["code"] == "consent_refused" for one in told):
            phones.setdefault(row.whose, place)
        elif any(one["code"] == "status_not_used" and _is_dead(one, orjson.loads(row.headings)) for one in told):
            died.setdefault(row.whose, []).append((orjson.loads(row.payload), place))
    return _Said(phones, died)


def _is_dead(problem: Mapping[str, Any], headings: Sequence[str]) -> bool:
    """Whether what stopped a row says that the person has died: the cell, or the heading above one that says yes."""
    at = problem.get("column")
    heading = headings[at] if isinstance(at, int) and at < len(headings) else ""
    return Said.DEAD in {phrase(read(problem["value"])).said, phrase(read(heading)).said}


def _may_be(person: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether two rows of one phone may be about one person: no name that both give differs."""
    names = [
        [str(each.get(name, "")).strip().casefold() for each in (person, said)] for name in ("firstName", "lastName")
    ]
    return all(not one or not other or one == other for one, other in names)


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
        unread = [flaw.row for flaw in chunk.flaws if flaw.code not in READABLE]
        if unread:
            raise _unusable(path, f"Row {unread[0]} cannot be read as it is shown.")
    bare = profile_of_list(profile)
    matching = match(sheet.headings, bare, first_rows(iter(chunks), ROWS)[0])
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
