"""
Five nights of one clinic: what came, and what should happen.

The clinic's system exports every evening everything from today until sixty days ahead, into one CSV with a column
``Appointment status``. Its profile says so, and asks for what vanished from an export to be cancelled. On two of the
nights the export is bad: once every time is an hour off, once the file is cut in half. Nobody is texted by either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from desk import EVENT_TYPE

from importer.errors import Exit

SETTINGS = """\
[profile.northside]
region = "US"
zone = "America/New_York"
snapshot = "today..+60d"        # each file is everything of these days ...
cancel_missing = true           # ... so what vanished from it is cancelled
"""

Appointment = Mapping[str, str]
Book = dict[int, Appointment]


def booked(number: int, today: dt.date) -> Appointment:
    """One appointment as the clinic's system exports it; each person has one."""
    day = today + dt.timedelta(days=5 + number % 20)
    return {
        "Appointment number": str(number),
        "Mobile phone": f"(212) 555-{number % 1000 + 100:04d}",
        "First name": ("Ana", "Ben", "Chloé", "Dev", "Elif")[number % 5],
        "Appointment type": EVENT_TYPE,
        "Start": f"{day:%Y-%m-%d} {9 + number % 7:02d}:{number % 4 * 15:02d}",
        "Remind before": "4 hours",
        "Appointment status": "booked",
    }


def first_week(today: dt.date) -> Book:
    """Book forty appointments."""
    return {number: booked(number, today) for number in range(1001, 1041)}


def new_moved_and_cancelled(book: Book, today: dt.date) -> Book:
    """Add three, move two to the afternoon, call one off."""
    news = {number: booked(number, today) for number in (1041, 1042, 1043)}
    moved = {number: {**book[number], "Start": book[number]["Start"][:10] + " 17:30"} for number in (1003, 1007)}
    return {**book, **news, **moved, 1010: {**book[1010], "Appointment status": "cancelled"}}


def an_hour_off(book: Book, _today: dt.date) -> Book:
    """Shift every start: somebody changed the time zone of the export."""
    return {number: {**each, "Start": later(each["Start"])} for number, each in book.items()}


def later(start: str) -> str:
    return f"{dt.datetime.fromisoformat(start) + dt.timedelta(hours=1):%Y-%m-%d %H:%M}"


def one_vanished(book: Book, _today: dt.date) -> Book:
    """Take one out: the front desk deleted it instead of calling it off."""
    return {number: each for number, each in book.items() if number != 1020}


def half(book: Book, _today: dt.date) -> Book:
    """Cut the file in the middle: the export broke off."""
    return dict(list(book.items())[: len(book) // 2])


def one_came_back(book: Book, today: dt.date) -> Book:
    """Bring the deleted appointment back under its old number, and one new one."""
    return {**book, 1020: booked(1020, today), 1044: booked(1044, today)}


def back_under_a_new_number(book: Book, today: dt.date) -> Book:
    """Give the returned appointment a number of its own; person and time are the same."""
    kept = one_vanished(book, today)
    return {**kept, 1045: {**book[1020], "Appointment number": "1045"}}


@dataclass(frozen=True)
class Export:
    """
    One file: on which night it came, what was in it, what the importer made of it, and the exit code.

    ``hours``: since Monday. ``texted``: how many texts may go out. ``bad``: the clinic's book is another than the file,
    so the next export does not build upon it.
    """

    night: str
    hours: int
    what: str
    change: Callable[[Book, dt.date], Book]
    ends: Mapping[str, int]
    outcome: str
    code: Exit
    holds: tuple[str, ...] = ()
    texted: int = 0
    bad: bool = False


STORY = (
    Export(
        night="Monday",
        hours=0,
        what="The first export: 40 appointments",
        change=lambda _book, today: first_week(today),
        ends={"created": 40},
        outcome="40 created",
        code=Exit.DONE,
        texted=40,
    ),
    Export(
        night="Tuesday",
        hours=24,
        what="3 new, 2 moved, 1 with the status cancelled",
        change=new_moved_and_cancelled,
        ends={"created": 3, "updated": 2, "cancelled": 1, "unchanged": 37},
        outcome="3 created, 2 updated, 1 cancelled; 37 unchanged cost no call",
        code=Exit.DONE,
        texted=4,
    ),
    Export(
        night="Wednesday",
        hours=48,
        what="A bad export: every start is an hour late",
        change=an_hour_off,
        ends={"held": 42, "unchanged": 1},
        outcome="held: nothing is sent, and nobody is texted",
        code=Exit.HELD,
        holds=("moved_together",),
        bad=True,
    ),
    Export(
        night="Wednesday, again",
        hours=54,
        what="The corrected export; 1 appointment has vanished from it",
        change=one_vanished,
        ends={"unchanged": 42, "cancelled": 1},
        outcome="1 cancelled, because the profile says that the file is everything",
        code=Exit.DONE,
        texted=1,
    ),
    Export(
        night="Thursday",
        hours=72,
        what="A bad export: it is truncated after half of its rows",
        change=half,
        ends={"unchanged": 21, "held": 21},
        outcome="held: 21 appointments are missing, and nobody is texted",
        code=Exit.HELD,
        holds=("too_many_missing", "rows_far_off"),
        bad=True,
    ),
    Export(
        night="Thursday, again",
        hours=78,
        what="The whole export: the vanished appointment is back, and 1 is new",
        change=one_came_back,
        ends={"created": 1, "invalid": 1, "unchanged": 42},
        outcome="1 created; the returned one is to fix, for the API cannot bring it back",
        code=Exit.SOME_ROWS_FAILED,
        texted=1,
    ),
    Export(
        night="Friday",
        hours=96,
        what="The returned appointment has a number of its own",
        change=back_under_a_new_number,
        ends={"created": 1, "unchanged": 43},
        outcome="1 created",
        code=Exit.DONE,
        texted=1,
    ),
)


def story_table() -> str:
    """Return the nights as the README of the settings tells them."""
    rows = [(each.night, each.what, each.outcome, str(int(each.code))) for each in STORY]
    return "\n".join(
        f"| {' | '.join(row)} |" for row in [("night", "what came", "what happened", "exit"), ("---",) * 4, *rows]
    )
