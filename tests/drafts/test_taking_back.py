"""Undo, single changes and a retry that is kept: drafts that a command makes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from desk import ROW, Desk, appointments
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import look
from importer.commands.drafts.draft_retrying import keep_retry
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.drafts.one_appointment import change_one
from importer.commands.drafts.undo import taken_back, undo
from importer.commands.run import run
from importer.errors import Exit, Held, Interrupted, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.sandbox import Sandbox


def held(sandbox: Sandbox) -> dict[str, Any]:
    """Return what the API holds: the reminders that are on, by uuid."""
    return {one["uuid"]: one for one in sandbox.reminders() if not one["cancelled"]}


LATER = ("2027-03-09 10:00", "2027-03-10 11:30")
CELLS = {
    "eventDateTime": ("2027-03-08 09:00", *LATER),
    "firstName": ("Ana", "Bo", "Maria José", "D'Angelo", "Null"),
    "lastName": ("", "Lee", "=1+1 Co"),
    "emailAddress": ("", "a@example.org", "b@example.org"),
    "remindTimeOffset": ("", "PT3H", "PT24H"),
    "metadata.room": ("", "4", "Blue, 2nd floor"),
    "subscriberTimeZone": ("America/New_York", "America/Chicago"),
}
ROWS = st.dictionaries(
    st.integers(0, 4),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CELLS.items()}),
    min_size=1,
    max_size=5,
)


@given(before=ROWS, change=ROWS, cancelled=st.sets(st.integers(0, 4), max_size=2))
@settings(max_examples=longer(8, 300), deadline=None)
def test_run_then_undo_is_as_before(before: Any, change: Any, cancelled: set[int]) -> None:
    """Run, undo, send the undo: what the API holds is as it was before the run, but for exactly what was said to be impossible."""

    def rows(drawn: Any, off: set[int]) -> list[dict[str, str]]:
        return [
            ROW | cells | {"externalEventId": f"A{place}", "phone": f"212555{1000 + place}"}
            | {"action": "cancel" if place in off else "upsert"}
            for place, cells in drawn.items()
        ]  # fmt: skip

    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        desk = Desk(Path(folder), sandbox)
        desk.run(*rows(before, set()))
        as_before = held(sandbox)
        changed = desk.run(*rows(change, cancelled), release=("moved_together",))
        with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
            left = taken_back(ledger, changed.run, now=desk.now).left
            uuids = {row.number: row.uuid for row in changed.report.rows()}
        with suppress(NothingToDo):
            _, draft = undo(desk.job(), changed.run.id)
            assert len([note for note in draft.source.notes if "is out" not in note]) == len(left)
            result = run_draft(desk.job(), draft.id)
            assert result.exit_code is Exit.DONE

        now = held(sandbox)
        for one in left:
            uuid = str(uuids[one.row])
            if one.field:
                assert one.why == "value_unknown"
                for side in (as_before, now):
                    values = side[uuid]["values"]
                    in_metadata = one.field.startswith("metadata.")
                    (values.get("metadata", {}) if in_metadata else values).pop(
                        one.field.removeprefix("metadata."), None
                    )
            else:
                assert one.why == "cancelled"
                del as_before[uuid]
        assert plain(now) == plain(as_before)


def plain(reminders: dict[str, Any]) -> dict[str, Any]:
    """Return reminders without metadata of which nothing is left to compare."""
    return {
        uuid: one | {"values": {name: value for name, value in one["values"].items() if name != "metadata" or value}}
        for uuid, one in reminders.items()
    }


def test_what_cannot_be_taken_back_is_said(either_desk: Desk) -> None:
    """Cancels, no-shows, later changes and texts that are out are told; the rest is in the draft, and nothing is sent yet."""
    desk = either_desk
    rows = appointments(4)
    desk.run(*rows)
    new = ROW | {"externalEventId": "new", "phone": "2125550177"}
    acted = [rows[0] | {"firstName": "Bo"}, rows[1] | {"firstName": "Cy"}, rows[2], new]
    second = desk.run(
        *[row | {"action": "upsert"} for row in acted[:2]], rows[2] | {"action": "cancel"}, new | {"action": "create"}
    )
    run(desk.job(), [desk.sheet(rows[1] | {"firstName": "Di"}, name="later.csv")])
    sent = desk.deeds()

    found, draft = undo(desk.job(), second.run.id)

    assert desk.deeds() == sent
    assert (found.calls, draft.command, draft.parent) == ({Action.UPDATE: 1, Action.CANCEL: 1}, "undo", second.run.id)
    assert list(draft.source.notes) == [
        "Row 3 of week.csv: a later run changed the appointment since; it is left alone.",
        "Row 4 of week.csv: a cancellation cannot be taken back; book the appointment again with a new number.",
        "What the run texted to 2 people is out and cannot be taken back.",
    ]
    result = run_draft(desk.job(), draft.id)
    assert result.totals[Status.UPDATED] == result.totals[Status.CANCELLED] == 1


def test_a_phone_that_was_replaced(desk: Desk) -> None:
    """The appointment under the new phone is taken back; the one under the old phone, which no row holds, is told as cancelled."""
    desk.profile = Profile(on_phone_change="replace")
    desk.run(*appointments(2))
    changed = desk.run(ROW | {"phone": "2125550777"}, appointments(2)[1])

    found, draft = undo(desk.job(), changed.run.id)

    assert found.calls == {Action.CANCEL: 1}
    assert list(draft.source.notes) == [
        "An appointment without a row in week.csv: a cancellation cannot be taken back; book the appointment again with a new number.",
        "What the run texted to 2 people is out and cannot be taken back.",
    ]


def test_undo_that_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run that is not finished, of an undo, of a rehearsal and of nothing; each says what to do."""
    first = desk.run(*appointments(1))
    _, draft = undo(desk.job(), first.run.id)
    back = run_draft(desk.job(), draft.id)
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        practice = ledger.begin("run", at=desk.now, suffix=lambda: "rehearsalab12")
        practice.finish(0, "", desk.now)
    desk.now += 1
    with monkeypatch.context() as patched:
        patched.setattr("importer.commands.run.deliver", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.run(ROW | {"externalEventId": "8", "phone": "2125550188"})
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        open_run = ledger.runs(1)[0].id

    for run_id, message, fix in (
        (open_run, "is not finished", f"importer resume {open_run}"),
        (back.run.id, f"is an undo itself, of run {first.run.id}", "Run the file of that run again"),
        (practice.id, "was a rehearsal", "Name a run that sent something"),
        (draft.id, "was sent by run", back.run.id),
        ("nothing", "There is no run nothing", "importer runs"),
    ):
        with pytest.raises(UsageError, match=message) as refused:
            undo(desk.job(), run_id)
        assert fix in refused.value.fix
    with pytest.raises(NothingToDo, match="did nothing that could be taken back"):
        undo(desk.job(), desk.run(ROW | {"externalEventId": "1", "phone": "1"}).run.id)


@pytest.mark.parametrize("name", ["1002", "+12125550102", "(212) 555-0102", "uuid"])
def test_one_appointment_by_its_names(desk: Desk, name: str) -> None:
    """Number, phone and uuid lead to the same appointment; the question comes first, and a no leaves nothing behind."""
    desk.run(*appointments(3))
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        uuid = ledger.find("1002")[0].uuid
    name = str(uuid) if name == "uuid" else name
    asked: list[Any] = []

    with pytest.raises(Interrupted):
        change_one(desk.job(), "cancel", name, confirm=lambda question: bool(asked.append(question)))
    moved = change_one(desk.job(), "move", name, when="Mar 12, 2027 11:30 AM")
    gone = change_one(desk.job(), "cancel", name)

    assert [question.calls for question in asked] == [{Action.CANCEL: 1}]
    assert (moved.totals[Status.UPDATED], gone.totals[Status.CANCELLED]) == (1, 1)
    assert [(deed, number) for deed, number, _ in desk.deeds()[3:]] == [("update", "1002"), ("cancel", "1002")]
    body = desk.deeds()[3][2]
    assert body is not None
    assert (body["eventDateTime"], body["subscriberTimeZone"]) == ("2027-03-12T11:30:00", "America/New_York")
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert ledger.drafts.all() == []
        assert ledger.verify().faults == ()


def test_one_appointment_that_started(desk: Desk) -> None:
    """Its no-show is sent once it has started, and no second one."""
    desk.run(*appointments(1))
    desk.now += 10 * 86_400

    sent = change_one(desk.job(), "no_show", "1001")

    assert sent.totals[Status.NO_SHOW_SENT] == 1
    with pytest.raises(NothingToDo):
        change_one(desk.job(), "no_show", "1001")


@pytest.mark.parametrize(
    ("what", "name", "when", "message"),
    [
        ("cancel", "nobody", "", "knows no appointment"),
        ("cancel", "+12125550150", "", "2 appointments go by that name"),
        ("no_show", "1001", "", "still to come"),
        ("move", "1001", "", "No new start is named"),
        ("move", "1001", "sometime", "sometime"),
        ("move", "1001", "gar\udce7on", "is not a date and time"),
        ("move", "1001", "3/12/2027 11:30", "can be read with the day first or with the month first"),
    ],
)
def test_changes_that_are_refused(desk: Desk, what: str, name: str, when: str, message: str) -> None:
    """Each says what is wrong; nothing is sent and no draft is left."""
    twins = [ROW | {"externalEventId": number, "phone": "2125550150"} for number in ("2001", "2002")]
    twins[1] |= {"eventDateTime": "2027-03-15 09:00"}
    desk.run(*appointments(1), *twins)
    sent = desk.deeds()

    with pytest.raises(UsageError, match=message):
        change_one(desk.job(), what, name, when=when)

    assert desk.deeds() == sent
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert ledger.drafts.all() == []


def test_retry_that_is_kept(either_desk: Desk) -> None:
    """What a run left is a draft: shown, a row of it left out, and sent as a retry of that run."""
    desk = either_desk
    desk.sandbox.admit("another-token")
    stopped = desk.run(*appointments(3))
    desk.sandbox.admit(desk.sandbox.token)

    found, draft = keep_retry(desk.job(), stopped.run.id)
    edit(desk.job(), draft.id, Wanted(leave_out=["3"]))
    with pytest.raises(Held):
        run_draft(desk.job(), draft.id)
    again, _ = look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)

    assert (found.calls, again.calls) == ({Action.CREATE: 3}, {Action.CREATE: 2})
    assert (result.run.command, result.run.parent) == ("retry", stopped.run.id)
    assert sorted(str(number) for _, number, _ in desk.deeds()) == ["1001", "1003"]
    with pytest.raises(NothingToDo):
        keep_retry(desk.job(), stopped.run.id)


def test_kept_retry_cancels_nothing_as_missing(desk: Desk) -> None:
    """A retry has only some rows of its file: its draft cancels none of the others, and is sent as it was shown."""
    desk.profile = Profile(snapshot="2027-03-01..2027-03-31", cancel_missing=True, guard_count=10)
    desk.run(*appointments(3))
    new = ROW | {"externalEventId": "new", "phone": "2125550177"}
    left = desk.run(*appointments(3), new, only=(Action.CANCEL,))

    found, draft = keep_retry(desk.job(), left.run.id)
    again, _ = look(desk.job(), draft.id)
    result = run_draft(desk.job(), draft.id)

    assert found.calls == again.calls == {Action.CREATE: 1}
    assert result.totals[Status.CREATED] == 1
    assert [deed for deed, *_ in desk.deeds()] == ["create"] * 4
