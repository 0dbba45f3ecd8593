"""A purge takes personal data out of every byte, and later rows find their appointments all the same."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE, Desk, read_csv, statuses
from on_postgres import refuse_absence
from purge_months import DAY_S, first_run, later_rows, memory, months, planned, purged, states, visit, words_left

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep
from importer.commands.report import explain, report
from importer.commands.run import resume, retry, run
from importer.errors import Interrupted, LedgerError, NothingToDo, UsageError
from importer.ingest.purge import purge
from importer.ledger import open_ledger
from importer.ledger.retention import purging, rewriting
from importer.ledger.tables import metadata
from importer.settings.token import PurgeKeySource, TokenSource

if TYPE_CHECKING:
    from conftest import Spent

BY_NUMBER = {"externalEventId": "QX-7731-3", "phone": "2015559003"}
refuse_absence()


def test_nothing_personal_is_left_in_any_byte(spent: Spent) -> None:
    """Names, phones, numbers, addresses, metadata and unmapped cells are gone from ledger, log, reports; uuids and states stay."""
    counts = spent.found.counts
    assert (counts.runs, counts.rows, counts.appointments, spent.found.reports) == (3, 13, 5, 3)
    assert spent.found.is_whole
    # The visit of November is still to come, so its phone and name stay: the next change needs them.
    still_known = {"reminders.phone", "reminders.external_event_id", "reminders.accepted", "ledger.db"}
    assert set(words_left(spent.desk)) <= still_known
    assert states(spent.desk) == spent.states
    assert set(spent.uuids.values()) <= spent.states.keys()
    assert stat.S_IMODE((spent.desk.folder / "keys" / "purge.key").stat().st_mode) == 0o600
    assert spent.again.is_empty
    with memory(spent.desk) as ledger:
        assert ledger.verify().faults == ()


def test_later_rows_are_planned_as_without_the_purge(spent: Spent) -> None:
    """By number and phone or by uuid, unchanged or changed, ended or to come: the plan is the one that was made before."""
    plans = {name: planned(spent.desk, *rows) for name, rows in later_rows(spent.uuids).items()}

    assert plans == spent.plans
    found = {name: [row["status"] or row["action"] for row in rows] for name, rows in plans.items()}
    assert found["by number"] == ["cancel", "no_show", "update", "unchanged", "invalid", "unchanged"]
    assert found["by uuid"] == found["by uuid with phone"] == ["cancel"]
    assert found["by uuid with another's phone"] == ["invalid"]
    assert found["the same"] == ["unchanged"] * 3
    assert found["changed"] == ["update"] * 2


def test_a_report_after_the_purge_says_so(spent: Spent) -> None:
    """It has every row with its status and uuid, blank cells, and a plain sentence; nobody is named."""
    made = report(spent.desk.job(), first_run(spent.desk))

    rows = read_csv(made.paths["results.csv"])
    assert [row["result_status"] for row in rows] == ["created"] * 6 + ["invalid"]
    assert all(row["result_uuid"] for row in rows[:6])
    assert {row[name] for row in rows for name in ("firstName", "phone", "Diagnosis", "result_external_event_id")} == {
        ""
    }
    assert rows[-1]["result_code"].startswith("phone_")
    assert "Personal data was removed from this run" in made.paths["report.html"].read_text(encoding="utf-8")
    assert '"purged": true' in made.paths["summary.json"].read_text(encoding="utf-8")
    assert not any(path.startswith("reports/") for path in words_left(spent.desk))
    files = {path: path.read_bytes() for path in spent.desk.folder.rglob("*") if path.is_file()}

    assert purged(spent.desk).is_empty
    assert {path: path.read_bytes() for path in spent.desk.folder.rglob("*") if path.is_file()} == files


def test_explain_still_finds_the_appointment(spent: Spent) -> None:
    """By number or phone the history is found; what was purged is not shown, and when that was is."""
    for name in ("QX-7731-1", "201 555 9001"):
        life = explain(spent.desk.job(), name)
        assert [row.row.status for row in life.rows] == ["created", "updated"]
        assert life.rows[0].run.purged_at == spent.desk.now
        assert life.reminders[0].open_key is None
        assert {change.before for change in life.rows[1].changes if change.field == "firstName"} == {"(purged)"}
        assert "firstName" not in life.reminders[0].values
        assert "firstName" not in life.rows[0].payload


def test_a_purged_run_is_not_sent_again(spent: Spent) -> None:
    """Retry and resume of a purged run are refused with a sentence that names the purge."""
    first = first_run(spent.desk)

    with pytest.raises(UsageError, match="personal data was removed by importer ledger purge"):
        retry(spent.desk.job(), first)
    with pytest.raises(NothingToDo, match="personal data was removed by importer ledger purge"):
        resume(spent.desk.job(), first)


def test_an_export_holds_purged_appointments_by_uuid(spent: Spent) -> None:
    """No uuid is lost on the way to another ledger: there a purged appointment is known by its uuid."""
    with memory(spent.desk) as ledger:
        lines = list(ledger.export())
    with open_ledger(str(spent.desk.folder / "other.db")) as other:
        other.import_export(iter(lines))
        found = {one.uuid: one for one in other.all_reminders()}

    assert found.keys() == spent.states.keys()
    assert sum(one.key is None for one in found.values()) == 5
    assert not [line for line in lines if b"purged:" in line]


def test_later_rows_reach_their_appointments(own_desk: Desk) -> None:
    """After the purge a cancel by number and an update by number reach the uuids that they were booked under."""
    desk = own_desk
    desk.run(visit(1, "2027-03-09 09:00"), visit(2, "2027-03-10 09:00"))
    desk.now += 200 * DAY_S
    purged(desk)

    changed = {"action": "update", "externalEventId": "QX-7731-1", "phone": "2015559001", "lastName": "Newname"}
    ended = {"action": "cancel", "externalEventId": "QX-7731-2", "phone": "2015559002"}
    assert statuses(desk.run(changed, ended)) == ["updated", "cancelled"]

    (first, second), sent = desk.sandbox.effects("create"), desk.sandbox.effects()[2:]
    assert {(str(one.action), one.uuid) for one in sent} == {("update", first.uuid), ("cancel", second.uuid)}
    assert not [one for one in sent if "purged:" in str(one.body)]


def test_a_visit_without_number_is_found_by_person_and_moment(own_desk: Desk) -> None:
    """A row without a number is unchanged after the purge; under a number of its own it is the same visit still."""
    desk = own_desk
    numbered = visit(1, "2027-03-09 09:00")
    bare = {name: value for name, value in numbered.items() if name != "externalEventId"}
    desk.run(bare)
    desk.now += 200 * DAY_S
    desk.profile = replace(desk.profile, allow_past=True)
    without = planned(desk, bare), planned(desk, numbered)

    assert purged(desk).counts.appointments == 1

    assert (planned(desk, bare), planned(desk, numbered)) == without
    assert statuses(desk.run(numbered)) == ["unchanged"]
    assert len(desk.sandbox.effects("create")) == 1


def test_drafts_nobody_touched_go_too(own_desk: Desk) -> None:
    """A ledger that holds nothing old but a draft is purged of its copies, rows and edits; a draft in use stays."""
    desk = own_desk
    _, draft = keep(desk.job(), [desk.sheet(visit(1, "2027-03-09 09:00"))])
    edit(desk.job(), draft.id, Wanted(["2:lastName=Quillfeather-Smith"]))
    desk.now += 5 * DAY_S
    assert purged(desk, 10).is_empty
    desk.now += 10 * DAY_S

    counts = purged(desk, 10).counts

    assert (counts.drafts, counts.runs) == (1, 0)
    assert words_left(desk) == []
    assert purged(desk, 10).is_empty


def test_every_table_of_a_server_is_written_anew() -> None:
    """No table but those without any word of a sheet keeps what was deleted from it."""
    names = {table.name for table in metadata.sorted_tables}

    assert names - set(rewriting.WITH_PERSONAL_DATA) == {"owner", "users", "sessions", "audit", "notices"}


def test_copies_that_a_killed_command_left_go_too(
    own_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies of sheets and ledgers in the folder for temporary files are removed once they are old; others stay."""
    desk = own_desk
    months(desk)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, new, other = (tmp_path / name for name in ("importer-draft-a", "importer-draft-b", "draft-c"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "0").write_text("Quillfeather", encoding="utf-8")
        os.utime(folder, (desk.now, desk.now))
    os.utime(old, (desk.now - 91 * DAY_S,) * 2)

    purged(desk)

    assert [folder.exists() for folder in (old, new, other)] == [False, True, True]


def test_what_is_not_done_is_spared_and_counted(own_desk: Desk) -> None:
    """Stopped and held runs keep their rows, until a later file has named their appointments."""
    desk = own_desk
    rows = [visit(number, f"2027-11-{8 + number:02d} 09:00") for number in (1, 2)]
    desk.run(*rows, token_source=TokenSource.of("refused"))
    desk.now += DAY_S
    desk.run(visit(3, "2027-03-11 09:00"))
    twice = visit(4, "2027-03-11 09:00", phone="2015559003")
    assert statuses(desk.run(twice)) == ["held"]
    desk.now += 120 * DAY_S

    counts = purged(desk).counts
    assert (counts.runs, counts.held, counts.stopped, counts.unknown) == (1, 1, 1, 0)

    desk.run(*rows)
    desk.run(visit(4, "2027-11-20 09:00", phone="2015559003"))
    counts = purged(desk).counts
    assert (counts.runs, counts.held, counts.stopped, counts.unknown) == (2, 0, 0, 0)


def test_an_open_run_is_in_the_way(own_desk: Desk) -> None:
    """While a run is open nothing is removed, for nobody knows yet what is left of it."""
    desk = own_desk
    months(desk)
    with memory(desk) as ledger:
        begun = ledger.begin("run", at=desk.now)
    left = words_left(desk)

    with pytest.raises(UsageError, match=f"Run {begun.id} is open"):
        purged(desk)

    assert words_left(desk) == left


def test_looking_and_a_no_remove_nothing(own_desk: Desk) -> None:
    """A dry run and an answer of no leave all as it is, and no key is made."""
    desk = own_desk
    months(desk)
    left = words_left(desk)

    shown = purged(desk, only_look=True)
    with pytest.raises(Interrupted, match="Nothing was removed"):
        purge(desk.job(), 90, confirm=lambda found: found != shown)

    assert (shown.counts.runs, shown.reports) == (3, 3)
    assert words_left(desk) == left
    assert not (desk.folder / "keys").exists()


def test_without_its_key_a_purged_ledger_sends_nothing(own_desk: Desk) -> None:
    """Rows could not find their appointments, and would book them again: refused, with the way out."""
    desk = own_desk
    months(desk)
    purged(desk)
    sent = len(desk.sandbox.effects())

    for other in (desk.folder / "absent.key", desk.folder / "other.key"):
        desk.settings["purge_key_source"] = PurgeKeySource(file=other)
        with pytest.raises(LedgerError, match=r"Personal data was removed .* Nothing was sent") as refused:
            desk.run(visit(3, "2027-03-11 09:00"))
        assert "purge_key_file" in refused.value.fix
        PurgeKeySource(file=desk.folder / "other.key").make()

    assert len(desk.sandbox.effects()) == sent


class Killed(BaseException):
    """Ends the work at once, as a kill does."""


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the purge end at its Nth step: behind each transaction, file and rewriting."""
    left = [10**9]

    def step(*_given: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    for room, name in (
        (purging, "_begin"),
        (purging, "_purge_run"),
        (purging, "overwrite_what_is_deleted"),
        (purging, "rewrite"),
        (rewriting, "_by_itself"),
    ):
        real = getattr(room, name)

        def stepping(*given: Any, real: Any = real) -> Any:
            step()
            found = real(*given)
            step()
            return found

        monkeypatch.setattr(room, name, stepping)
    unlink = Path.unlink

    def removing(path: Path, **how: Any) -> None:
        step()
        unlink(path, **how)

    monkeypatch.setattr(Path, "unlink", removing)

    def at(count: int) -> None:
        left[0] = count

    return at


def test_a_purge_killed_at_any_step_is_made_good_by_the_next(own_desk: Desk, killed_at: Any) -> None:
    """Whatever was done by then, the ledger can be used, and the next purge leaves no word and no fault."""
    desk = own_desk
    months(desk)
    desk.now += 200 * DAY_S
    row = {"action": "cancel", **BY_NUMBER}
    without = planned(desk, row)
    kills = 0
    while True:
        killed_at(kills % 40 + 1)
        try:
            purged(desk)
        except Killed:
            kills += 1
            killed_at(10**9)
            assert planned(desk, row) == without
            continue
        break

    killed_at(10**9)
    assert kills > 10
    assert words_left(desk) == []
    assert purged(desk).is_empty
    assert planned(desk, row) == without


def test_an_older_file_is_still_known(own_desk: Desk) -> None:
    """A file that came before the purge, and whose changes were replaced since, is held after it, too."""
    desk = own_desk
    rows = [visit(number, f"2027-11-{8 + number:02d} 09:00") for number in range(1, 5)]
    old = [row | {"lastName": f"Quillfeather-{number}"} for number, row in enumerate(rows)]
    desk.run(*rows)
    desk.now += DAY_S
    desk.run(*old)
    desk.now += DAY_S
    desk.run(*(row | {"lastName": f"Zygoma-{number}"} for number, row in enumerate(rows)))
    desk.now += 120 * DAY_S
    same_bytes, others = planned(desk, *old), planned(desk, *(row | {"eventType": EVENT_TYPE.upper()} for row in old))

    assert purged(desk).counts.runs == 3

    assert planned(desk, *old) == same_bytes
    assert planned(desk, *(row | {"eventType": EVENT_TYPE.upper()} for row in old)) == others
    assert {row["status"] for row in same_bytes} == {"held"}


def test_a_report_fed_back_after_the_purge_sends_nothing(own_desk: Desk) -> None:
    """Rows of an old report that nobody edited are skipped, although the run that it is of was purged."""
    desk = own_desk
    rows = [visit(number, f"2027-11-{8 + number:02d} 09:00") for number in range(1, 4)]
    made = desk.run(*rows)
    kept = desk.folder / "kept.csv"
    kept.write_bytes(made.paths["results.csv"].read_bytes())
    desk.now += DAY_S
    desk.run(*(row | {"lastName": "Zygoma"} for row in rows))
    desk.now += 120 * DAY_S
    purged(desk)
    sent = len(desk.sandbox.effects())

    again = run(desk.job(), [str(kept)])

    assert statuses(again) == ["unchanged"] * 3
    assert len(desk.sandbox.effects()) == sent
