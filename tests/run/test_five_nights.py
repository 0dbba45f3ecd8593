"""
Five nights of one clinic, as its nightly job lives through them.

The clinic's system exports every evening everything from today until sixty days ahead, into one CSV with a column
``Appointment status``. Its profile says so, and asks for what vanished from an export to be cancelled. On two of the nights the
export is bad: once every time is an hour off, once the file is cut in half. Nobody is texted by either.

The story is told twice: through ``importer.run`` with a clock that moves from night to night, and on the real command
line. Its table stands in the README, and is compared with it here.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from desk import EVENT_TYPE

from importer.errors import Exit
from importer.run import Job, RunResult, plan, retry, run
from importer.sandbox import Sandbox
from importer.settings import load

README = Path(__file__).parents[2] / "README.md"
PROGRAM = Path(sys.executable).with_name("importer")
SETTINGS = """\
[profile.northside]
region = "US"
zone = "America/New_York"
snapshot = "today..+60d"        # each file is everything of these days ...
cancel_missing = true           # ... so what vanished from it is off
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
        what="The mended export; 1 appointment has vanished from it",
        change=one_vanished,
        ends={"unchanged": 42, "cancelled": 1},
        outcome="1 cancelled, because the profile says that the file is everything",
        code=Exit.DONE,
        texted=1,
    ),
    Export(
        night="Thursday",
        hours=72,
        what="A bad export: it breaks off after half of its rows",
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
    """Return the nights as the README tells them."""
    rows = [(each.night, each.what, each.outcome, str(int(each.code))) for each in STORY]
    return "\n".join(
        f"| {' | '.join(row)} |" for row in [("night", "what came", "what happened", "exit"), ("---",) * 4, *rows]
    )


@dataclass
class Clinic:
    """The clinic's book and the folder of its nightly job."""

    folder: Path
    sandbox: Sandbox
    today: dt.date
    book: Book

    @classmethod
    def opened(cls, folder: Path, sandbox: Sandbox, today: dt.date) -> Clinic:
        """Set up the clinic's importer.toml."""
        (folder / "importer.toml").write_text(
            f'base_url = "{sandbox.base_url}"\nledger = "ledger.db"\nreports = "reports"\n\n{SETTINGS}',
            encoding="utf-8",
        )
        return cls(folder, sandbox, today, {})

    def export(self, night: Export) -> str:
        """Write a night's file; a bad one leaves the clinic's book as it is."""
        book = night.change(self.book, self.today)
        if not night.bad:
            self.book = book
        path = self.folder / f"northside_{STORY.index(night)}.csv"
        rows = list(book.values())
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    def job(self, night: Export) -> Job:
        """Return the nightly job as it starts on a night."""
        environ = {"IMPORTER_TOKEN": self.sandbox.token}
        chosen = {"profile": "northside", "rate": "0"}
        settings, profile = load(chosen, environ=environ, folder=self.folder)
        at = dt.datetime.combine(self.today, dt.time(8), dt.UTC) + dt.timedelta(hours=night.hours)
        return Job(settings, profile, now=at.timestamp)

    def texted(self) -> list[str]:
        """Return the phone of each text that a person may have got so far: creates, cancels and no-shows send them."""
        return [effect.phone for effect in self.sandbox.effects() if effect.action != "update"]


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    with Sandbox() as sandbox:
        yield Clinic.opened(tmp_path, sandbox, dt.date(2027, 3, 1))


def ends(result: RunResult) -> dict[str, int]:
    return {str(status): count for status, count in result.totals.items() if count}


def test_five_nights(clinic: Clinic) -> None:
    """Each night ends with its statuses and its exit code; who is texted, and how often, is what the table says."""
    for night in STORY:
        before, deeds = len(clinic.texted()), len(clinic.sandbox.effects())

        result = run(clinic.job(night), [clinic.export(night)])

        assert (night.night, ends(result), result.exit_code) == (night.night, dict(night.ends), night.code)
        assert {hold.code for hold in result.run.holds} == set(night.holds), night.night
        assert len(clinic.texted()) - before == night.texted, night.night
        assert not night.bad or len(clinic.sandbox.effects()) == deeds, night.night

    assert [visit for visit in clinic.sandbox.requests() if visit.status != 200] == []
    assert standing(clinic) == expected(clinic)


def standing(clinic: Clinic) -> dict[str, str]:
    """Return what the API holds at the end: appointment -> start, of those that are on."""
    found = [reminder["values"] for reminder in clinic.sandbox.reminders() if not reminder["cancelled"]]
    return {values["externalEventId"]: values["eventDateTime"] for values in found}


def expected(clinic: Clinic) -> dict[str, str]:
    """Return what the clinic's book says: the same."""
    return {
        each["Appointment number"]: each["Start"].replace(" ", "T") + ":00"
        for each in clinic.book.values()
        if each["Appointment status"] == "booked"
    }


def test_plans_show_the_nights_before_they_happen(clinic: Clinic) -> None:
    """A plan made before each run tells the same rows, people and exit code, and sends nothing itself."""
    for night in STORY:
        path, before = clinic.export(night), len(clinic.sandbox.requests())
        planned = plan(clinic.job(night), [path])

        assert len(clinic.sandbox.requests()) == before
        assert (night.night, planned.people, planned.exit_code) == (night.night, night.texted, night.code)
        assert {hold.code for hold in planned.holds} == set(night.holds)
        run(clinic.job(night), [path])


@pytest.mark.parametrize("bad", [night for night in STORY if night.bad], ids=lambda night: night.night)
def test_a_held_night_stays_held(clinic: Clinic, bad: Export) -> None:
    """The bad file once more texts nobody either; the mended export is then sent as ever."""
    place = STORY.index(bad)
    for night in STORY[:place]:
        run(clinic.job(night), [clinic.export(night)])
    path, before = clinic.export(bad), len(clinic.sandbox.requests())

    held = [run(clinic.job(bad), [path]) for _ in range(2)]

    assert [result.exit_code for result in held] == [Exit.HELD] * 2
    assert len(clinic.sandbox.requests()) == before
    mended = STORY[place + 1]
    sent = run(clinic.job(mended), [clinic.export(mended)])
    assert (ends(sent), sent.exit_code) == (dict(mended.ends), mended.code)


def test_a_retry_of_a_held_night_is_held(clinic: Clinic) -> None:
    """What held the file holds its rows when they are tried again without it."""
    for night in STORY[:2]:
        run(clinic.job(night), [clinic.export(night)])
    held = run(clinic.job(STORY[2]), [clinic.export(STORY[2])])
    before = len(clinic.sandbox.requests())

    again = retry(clinic.job(STORY[2]), held.run.id)

    assert (again.exit_code, ends(again)) == (Exit.HELD, {"held": 42})
    assert len(clinic.sandbox.requests()) == before


def test_a_person_may_let_a_held_night_go(clinic: Clinic) -> None:
    """If the clinic did move everything by an hour, one word releases it, and then it is sent."""
    for night in STORY[:2]:
        run(clinic.job(night), [clinic.export(night)])
    job = clinic.job(STORY[2])

    let_go = replace(job, settings=replace(job.settings, release=("moved_together",)))
    result = run(let_go, [clinic.export(STORY[2])])

    assert (ends(result), result.exit_code) == ({"updated": 42, "unchanged": 1}, Exit.DONE)


def test_five_nights_on_the_command_line(tmp_path: Path) -> None:
    """The real program, with the clinic's importer.toml: the same statuses and exit codes; stderr speaks of the bad files alone."""
    with Sandbox() as sandbox:
        clinic = Clinic.opened(tmp_path, sandbox, dt.datetime.now(dt.UTC).date())
        for night in STORY:
            code, told, stderr = command(clinic, clinic.export(night))
            totals = {status: count for status, count in told["totals"].items() if count}
            assert (night.night, totals, code) == (night.night, dict(night.ends), night.code)
            assert stderr.startswith("Held: ") if night.bad else stderr == "", night.night
        assert len(clinic.texted()) == sum(night.texted for night in STORY)


def command(clinic: Clinic, path: str) -> tuple[int, dict[str, dict[str, int]], str]:
    """Run ``importer run FILE --profile northside --json`` in the clinic's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
    done = subprocess.run(
        [str(PROGRAM), "run", path, "--profile", "northside", "--rate", "0", "--json"],
        cwd=clinic.folder,
        env={**kept, "HOME": str(clinic.folder), "IMPORTER_TOKEN": clinic.sandbox.token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


def test_the_readme_tells_this_story() -> None:
    """Settings and table of the README are those of this test, word for word."""
    text = README.read_text(encoding="utf-8")

    assert SETTINGS in text
    assert story_table() in text


def test_every_count_of_the_story_adds_up() -> None:
    """The words of the table agree with the figures that are tested."""
    for night in STORY:
        for status in set(night.ends) & {"created", "updated", "cancelled"}:
            assert f"{night.ends[status]} {status}" in night.outcome, night.night
        assert Counter(night.ends).total() >= 21
