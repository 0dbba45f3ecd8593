"""Small facts of bookkeeping: what is unknown, when a run ended, what a file is called, which command comes next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from desk import appointments

from importer.commands.job import named
from importer.commands.plan import plan
from importer.commands.report import resolve
from importer.commands.run import run
from importer.errors import Exit, SettingsError
from importer.ledger import open_ledger
from importer.reporting.headline import next_steps, plan_headline
from importer.sandbox import Rule

if TYPE_CHECKING:
    from desk import Desk

NO_SHOW = {"action": "no_show", "externalEventId": "1001", "phone": "2125550101"}


def in_doubt(desk: Desk) -> str:
    """Leave a no-show whose outcome nobody knows; return the sheet."""
    early = {"eventDateTime": "2027-03-02 20:00"}
    desk.run(*appointments(1, **early))
    desk.now += 86_400
    sheet = desk.sheet(NO_SHOW, name="no_show.csv")
    desk.sandbox.set_faults(Rule(kind="reset_after", actions=("no_show",)))
    assert run(desk.job(), [sheet]).exit_code is Exit.UNKNOWN_OUTCOMES
    desk.sandbox.set_faults()
    return sheet


def test_a_plan_names_what_is_unknown(desk: Desk) -> None:
    """Where the run would end with exit 8, the plan does too, and says which kind of thing is open."""
    found = plan(desk.job(), [in_doubt(desk)])

    assert found.exit_code is Exit.UNKNOWN_OUTCOMES
    assert "unknown for 1 row" in plan_headline(found).more


def test_a_resolved_run_keeps_its_end(desk: Desk) -> None:
    """When a person settles a row days later, the run ended when it ended; the advice can be typed as it stands."""
    in_doubt(desk)
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        ended = ledger.run().record()
    desk.now += 200_000
    done = resolve(desk.job(), ended.id, [2], sent=True)

    assert done.run.finished_at == ended.finished_at
    assert done.exit_code is Exit.DONE


def test_the_advice_for_a_no_show_has_no_uuid(desk: Desk) -> None:
    """What is printed for an unknown no-show is a command that resolve takes."""
    sheet = in_doubt(desk)
    again = run(desk.job(), [sheet])
    (command,) = [step.command for step in next_steps(again.report, []) if "resolve" in step.command]

    assert shlex.split(command)[:2] == ["importer", "resolve"]
    assert shlex.split(command)[3:] == ["2", "--sent"]


def test_a_file_that_is_named_twice_has_two_counts(desk: Desk) -> None:
    """Each naming is a file of its own in the report."""
    sheet = desk.sheet(*appointments(2))
    found = run(desk.job(), [sheet, sheet])

    assert [file.name for file in found.report.files] == ["week.csv", "week.csv (2)"]
    assert [dict(counts) for counts in found.report.by_file.values()] == [{"created": 2}, {"duplicate": 2}]


def test_names_that_are_no_text_can_be_stored() -> None:
    """Bytes of a name that are no UTF-8 become escapes."""
    ((_, name),) = named(["reports/Fr\udcfch.csv"])

    assert name == "Fr\\xfch.csv"


@pytest.mark.parametrize(
    "place", ["postgresql+psycopg://h:nota/x", "postgresql+asyncpg://h/x", "sqlite+aiosqlite:///x"]
)
def test_an_address_that_cannot_be_used_is_a_setting(place: str) -> None:
    """A wrong port or an unknown driver is exit 2 with a sentence."""
    with pytest.raises(SettingsError), open_ledger(place):
        pass
