"""
The five nights of ``five_nights``, as the clinic's nightly job lives through them.

The story is told twice: through ``importer.commands`` with a clock that moves from night to night, and on the real command
line. Its table stands in the README of the settings, and is compared with it here.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from five_nights import SETTINGS, STORY, Book, Export, story_table

from importer.cli import entry
from importer.cli.terminal import Terminal
from importer.commands.job import Job
from importer.commands.plan import plan
from importer.commands.run import RunResult, retry, run
from importer.errors import Exit
from importer.sandbox import Sandbox
from importer.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parents[2] / "importer" / "settings" / "README.md"
PROGRAM = Path(sys.executable).with_name("importer")


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
        settings, profile = load(chosen, config="importer.toml", environ=environ, folder=self.folder)
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


def test_five_nights_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the clinic's importer.toml: the same statuses and exit codes; stderr speaks of the bad files alone."""
    # The first bad file, and the night before it, by the real program.
    first_bad = next(place for place, night in enumerate(STORY) if night.bad)
    with Sandbox() as sandbox:
        clinic = Clinic.opened(tmp_path, sandbox, dt.datetime.now(dt.UTC).date())
        for place, night in enumerate(STORY):
            call = by_process if first_bad - 1 <= place <= first_bad else partial(within, monkeypatch)
            code, stdout, stderr = call(clinic, clinic.export(night))
            totals = {status: count for status, count in json.loads(stdout)["totals"].items() if count}
            assert (night.night, totals, code) == (night.night, dict(night.ends), night.code)
            assert stderr.startswith("Held: ") if night.bad else stderr == "", night.night
        assert len(clinic.texted()) == sum(night.texted for night in STORY)


def line(path: str) -> list[str]:
    return ["run", path, "--config", "importer.toml", "--profile", "northside", "--rate", "0", "--json"]


def by_process(clinic: Clinic, path: str) -> tuple[int, str, str]:
    """Run ``importer run FILE --config importer.toml --profile northside --json`` in the clinic's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
    done = subprocess.run(
        [str(PROGRAM), *line(path)],
        cwd=clinic.folder,
        env={**kept, "HOME": str(clinic.folder), "IMPORTER_TOKEN": clinic.sandbox.token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def within(monkeypatch: pytest.MonkeyPatch, clinic: Clinic, path: str) -> tuple[int, str, str]:
    """Run the same command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with monkeypatch.context() as here:
        here.chdir(clinic.folder)
        for name in [name for name in os.environ if name.startswith(("IMPORTER_", "XDG_"))]:
            here.delenv(name)
        here.setenv("HOME", str(clinic.folder))
        here.setenv("IMPORTER_TOKEN", clinic.sandbox.token)
        here.setattr(entry, "prepare", lambda _screen: None)  # streams, hooks and signals are this process's own
        code = entry.run(line(path), Terminal(out=out, err=err, environ={}))
    return code, out.getvalue(), err.getvalue()


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
