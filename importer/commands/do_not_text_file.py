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
from importer.columns.cell_fit import start_kind
from importer.columns.heading_forms import CORES, words_of_heading
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
_PHONE_WORDS: Final = {
    *(word for core, form in CORES.items() if form.fields == ("phone",) for word in core.split()),
    *("fax", "mobiles", "cells", "festnetz"),
} - {"number", "no", "num", "nr", "nummer", "numero", "text", "reminder"}
_OF_A_PHONE: Final = frozenset(
    {"note", "notes", "comment", "comments", "type", "status", "carrier", "consent", "reason"}
)
_RUN: Final = re.compile(r"\+?\(?[0-9](?:[0-9() .\u00a0\u2010-\u2015-]*[0-9])?")
_FEWEST_DIGITS: Final = 7
# A number that a spreadsheet has shortened: 2.12555E+09.
_SHORTENED: Final = re.compile(r"[0-9]+(?:[.,][0-9]*[eE][+-]?|[eE]\+)[0-9]{1,3}")
# One word with a digit in it, or REF 1001.
_NUMBER: Final = re.compile(r"(?=[^0-9]*[0-9])[#\w][\w./#-]*|[A-Z]{1,5} [0-9]{1,6}")
_TITLE: Final = re.compile(r"[^\W\d_]{3}")
_DAY: Final = re.compile(r"\b(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|20[0-9]{2}(?:-[0-9]{2}){0,2})\b")


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
    headed = [at for at, heading in enumerate(sheet.headings) if heading.strip()]
    also = [at for at in headed if at not in phones and _is_about_phones(sheet.headings[at])]
    is_titled = bool({*phones, *numbers} & {at for at, why in matching.by.items() if why != "cells"}) or bool(
        matching.doubled or (also and len(headed) > 1)
    )
    if not is_titled:
        return _plain_list(path, sheet, [chunk.frame for chunk in chunks], bare)
    columns = _Columns(path, phones, numbers, tuple(also), _positions("countryCode", matching)[:1], bare)
    listed_phones: set[str] = set()
    listed_numbers: set[str] = set()
    for chunk in chunks:
        named = pd.Series(False, index=chunk.frame.index)
        for at in range(chunk.frame.shape[1]):
            cells = chunk.frame.iloc[:, at].str.strip()
            if at in numbers:
                listed_numbers.update(map(folded_number, filter(None, cells)))
            found = columns.phones_in(at, chunk.frame, cells)
            listed_phones.update(found.values())
            named |= cells != "" if at in (*phones, *numbers) else named.index.isin(list(found))
        if not named.all():
            raise _unusable(path, f"Row {named.index[~named][0]} holds neither a phone nor an appointment number.")
    return DoNotText(frozenset(listed_phones), frozenset(listed_numbers))


class _Columns(NamedTuple):
    """Positions in the table at ``path``: its ``phones`` and ``numbers``, what ``also`` is headed as a phone, and the calling ``codes``."""

    path: Path
    phones: tuple[int, ...]
    numbers: tuple[int, ...]
    also: tuple[int, ...]
    codes: tuple[int, ...]
    profile: Profile

    def phones_in(self, at: int, frame: pd.DataFrame, cells: pd.Series) -> dict[int, str]:
        """
        Return row -> phone of a column.

        Raises:
            SettingsError: a phone that must be read cannot be.
        """
        is_of_phones = at in (*self.phones, *self.also)
        chosen = [at not in self.codes and self._may_hold_phone(at, text) for text in cells]
        positions = [at, *(self.codes if is_of_phones else ())]
        typed = frame.iloc[chosen, positions].set_axis(["phone", "countryCode"][: len(positions)], axis="columns")
        wrong, read = _read_phones(typed, self.profile)
        for place in sorted(wrong):
            if is_of_phones or (at in self.numbers and _phones_within([str(typed.iloc[place, 0])], self.profile)):
                raise _unusable(self.path, f"Row {typed.index[place]} holds no phone that can be read.")
        return {row: read[place] for place, row in enumerate(typed.index) if place not in wrong and read[place]}

    def _may_hold_phone(self, at: int, text: str) -> bool:
        """Whether a cell is read as a phone: all of a column of phones, elsewhere what looks like one."""
        if at in self.phones or not text:
            return bool(text)
        if at in self.numbers and _NUMBER.fullmatch(text):
            return False
        return (_has_long_run(text) or _SHORTENED.fullmatch(text) is not None) and start_kind(text) is None


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


def _is_about_phones(heading: str) -> bool:
    """Whether a heading speaks of phones, anybody's and of any kind: Home phone, Phone 2, Festnetz, Handynummer."""
    words = words_of_heading(heading)
    if not _OF_A_PHONE.isdisjoint(words):
        return False
    return not _PHONE_WORDS.isdisjoint(words) or any(part in word for word in words for part in ("phone", "telef"))


def _has_long_run(text: str) -> bool:
    return any(sum(map(str.isdigit, run)) >= _FEWEST_DIGITS for run in _RUN.findall(text))


def _read_phones(typed: pd.DataFrame, profile: Profile) -> tuple[dict[int, str], list[str]]:
    """Return position -> code of phones that cannot be read, and all of them in normal form."""
    if typed.empty:
        return {}, []
    normalized = normalize(typed, profile)
    reasons = [issue for issue in normalized.reasons if not KINDS[issue.code].is_warning]
    wrong = {int(at): issue.code for issue in reasons for at in issue.positions.tolist()}
    return wrong, normalized.values.column("phone").tolist()


def _phones_within(texts: Iterable[str], profile: Profile) -> set[str]:
    """Return the phones that stand within texts, which are none as a whole."""
    runs = [run for text in texts for run in _RUN.findall(text) if run != text and _has_long_run(run)]
    wrong, read = _read_phones(pd.DataFrame({"phone": runs}, dtype=object), profile)
    return {text for at, text in enumerate(read) if at not in wrong and text}


def _plain_list(path: Path, sheet: Sheet, frames: Sequence[pd.DataFrame], profile: Profile) -> DoNotText:
    """
    Return the entries of one column: each is an appointment number, and a phone where it can be one.

    A number of one word that ends with a phone, such as Ana/2125550101, may be either, too. Anything else beside a phone, or
    without one, is neither: it would keep nobody from being texted.
    """
    lines = list(_lines(path, sheet, frames))
    wrong, read = _read_phones(pd.DataFrame({"phone": [text for _, text in lines]}, dtype=object), profile)
    for at, code in wrong.items():
        row, text = lines[at]
        is_long = _has_long_run(text)
        is_number = text.isdigit() or (
            _NUMBER.fullmatch(text) is not None and not _LIKE_A_PHONE.fullmatch(text) and not _SHORTENED.fullmatch(text)
        )
        if not is_number or (is_long and code in {"phone_extension", "phone_two_numbers"}):
            what = (
                "no phone that can be read"
                if is_long or _SHORTENED.fullmatch(text)
                else "neither a phone nor an appointment number"
            )
            raise _unusable(path, f"Row {row} holds {what}.")
    phones = {text for at, text in enumerate(read) if at not in wrong and text}
    phones |= _phones_within([lines[at][1] for at in sorted(wrong)], profile)
    return DoNotText(frozenset(phones), frozenset(folded_number(text) for _, text in lines))


def _lines(path: Path, sheet: Sheet, frames: Iterable[pd.DataFrame]) -> Iterator[tuple[int, str]]:
    """Yield (row, entry); the first row is an entry, too, if it holds a digit that is not of a day or a year in a title."""
    if len([heading for heading in sheet.headings if heading.strip()]) > 1:
        raise _unusable(path, "It has several columns, and none of its headings says phone or appointment number.")
    title = sheet.headings[0]
    if any(map(str.isdigit, _DAY.sub("", title) if _TITLE.search(title) else title)):
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
