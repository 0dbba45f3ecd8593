"""
A file against the earlier files of its profile: what is far from the baseline is on hold until approved.

Only whole exports of a declared profile are compared, for only they are of one kind. Few rows say little, so small
differences in number never count, whatever their share.
"""

from __future__ import annotations

import re
from calendar import day_abbr, day_name, month_abbr, month_name
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.guards.changes_as_a_whole import hold
from importer.problems.kinds import quoted
from importer.reporting.wording import counted
from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.model.profile import Profile
    from importer.model.records import EarlierFile, FileFacts, FileRecord, Hold


USUAL: Final = 7
"""How many of the latest files tell what is usual."""
FEWEST_EARLIER: Final = 2
FEWEST_ROWS: Final = 20
LEAST_ROWS_OFF: Final = 10
LEAST_BLANKS_OFF: Final = 5
HEADINGS_NAMED: Final = 5

_WORDS = re.compile(r"[^\W\d_]+")
_DAYS_AND_MONTHS: Final = frozenset(
    part.casefold() for names in (day_name, day_abbr, month_name, month_abbr) for part in names if part
) | {"copy"}


class Whole(NamedTuple):
    """A file that may be compared: its record, and its facts."""

    record: FileRecord
    facts: FileFacts


def file_holds(record: FileRecord, earlier: Sequence[EarlierFile], profile: Profile) -> Iterator[Hold]:
    """
    Yield what speaks against sending a file as it is.

    ``earlier``: files of the same profile, newest first; only those with a name of the same kind are compared.
    """
    facts = record.facts
    if not profile.declared or facts is None or not facts.is_whole:
        return
    file = Whole(record, facts)
    comparable = [one for one in earlier if one.file.facts is not None and one.file.facts.is_whole]
    last = alike(record, comparable)
    usual = last[:USUAL]
    if len(usual) >= FEWEST_EARLIER:
        yield from rows_far_off(file, usual, profile.rows_tolerance_percent)
        yield from blanks_far_off(file, usual, profile.blanks_tolerance_percent)
    if last:
        yield from headings_changed(file, last[0])
    if facts.undecided_dates and profile.date_order is None:
        yield hold("dates_undecided", value=counted(facts.undecided_dates, "row"))


def alike(record: FileRecord, earlier: Sequence[EarlierFile]) -> list[EarlierFile]:
    """
    Return the earlier files that are called like this one but for numbers, days and months.

    A profile may have a file a day, or one a place, and a short list of walk-ins beside them; only those of one kind
    tell what is usual for each other.
    """
    return [one for one in earlier if shape(one.file.name) == shape(record.name)]


def shape(name: str) -> str:
    """
    Return a file's name without what changes from one export to the next.

    ``week_2027-03-01.csv`` and ``Week (2).xlsx`` are both ``week``; ``Monday's list.csv`` is ``s list``.
    """
    stem = name.casefold().rpartition(".")[0] or name.casefold()
    return " ".join(word for word in _WORDS.findall(stem) if word not in _DAYS_AND_MONTHS)


def rows_far_off(file: Whole, usual: Sequence[EarlierFile], tolerance_percent: int) -> Iterator[Hold]:
    """Yield a hold where the number of rows lies far from the usual one."""
    middle = median(one.file.rows for one in usual)
    rows, kept_percent = file.record.rows, 100 - tolerance_percent
    too_few, too_many = rows * 100 < middle * kept_percent, rows * kept_percent > middle * 100
    if middle >= FEWEST_ROWS and abs(rows - middle) >= LEAST_ROWS_OFF and (too_few or too_many):
        yield hold("rows_far_off", value=f"{rows:,}", detail=f"{round(middle):,}")


def blanks_far_off(file: Whole, usual: Sequence[EarlierFile], tolerance_percent: int) -> Iterator[Hold]:
    """Yield a hold for each field that is blank in far more of the rows than usual."""
    rows = file.record.rows
    for heading, name in file.facts.fields.items():
        shares = blank_shares(usual, name)
        if len(shares) < FEWEST_EARLIER:
            continue
        before = median(shares)
        blanks = file.facts.blanks.get(name, 0)
        off = blanks - before * rows
        # Compared in rows: a share of rows is no exact number.
        if off >= LEAST_BLANKS_OFF and off > rows * tolerance_percent / 100 + 1e-9:
            yield hold(
                "blanks_far_off", field=titled(heading, name), value=percent(blanks / rows), detail=percent(before)
            )


def headings_changed(file: Whole, last: EarlierFile) -> Iterator[Hold]:
    """Yield a hold where headings came or went since the last file; their order, case and spaces do not matter."""
    now, before = by_folded(file.record.headings), by_folded(last.file.headings)
    new = [now[key] for key in now if key not in before]
    gone = [before[key] for key in before if key not in now]
    told = [f"{what}: {listed(names)}" for what, names in (("new", new), ("gone", gone)) if names]
    if told:
        yield hold("headings_changed", detail="; ".join(told))


def blank_shares(files: Iterable[EarlierFile], name: str) -> list[float]:
    """Return the share of rows that left a field blank, for each file that has rows and the field."""
    known = ((one.file.rows, one.file.facts) for one in files)
    return [
        facts.blanks.get(name, 0) / rows for rows, facts in known if rows and facts and name in facts.fields.values()
    ]


def by_folded(headings: Iterable[str]) -> dict[str, str]:
    """Return headings by what makes them differ; blank ones are none."""
    return {folded(heading): heading for heading in headings if folded(heading)}


def listed(headings: Sequence[str]) -> str:
    """Return headings in quotes, the first few of many."""
    shown = ", ".join(f"“{quoted(heading.strip())}”" for heading in headings[:HEADINGS_NAMED])
    more = len(headings) - HEADINGS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def titled(heading: str, name: str) -> str:
    """Return a field with the heading that it stands under, where that is another word."""
    return name if folded(heading) == folded(name) else f"{name} (“{quoted(heading.strip())}”)"


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{share:.0%}"
