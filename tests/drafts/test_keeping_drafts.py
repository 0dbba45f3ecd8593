"""A plan that is kept is sent as it was shown, or not at all; nothing else ends or changes it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk, appointments

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_sending import Seen, run_draft
from importer.commands.run import resume, retry, run
from importer.errors import Exit, FileRefused, Held, Interrupted, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.ledger.drafts.draft_tables import EVERYTHING, drafts
from importer.ledger.opening import ledger_url
from importer.ledger.store import Store
from importer.model.statuses import Action, RunState, Status
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Event
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft

DAY_S = 86_400


@contextmanager
def ledger_of(desk: Desk) -> Iterator[Ledger]:
    with open_ledger(desk.job().settings.ledger_url, read_only=True) as ledger:
        yield ledger


def drafts_of(desk: Desk) -> list[Draft]:
    with ledger_of(desk) as ledger:
        return ledger.drafts.all()


def kept(desk: Desk, *rows: dict[str, str], name: str = "week.csv", **settings: Any) -> Draft:
    return keep(desk.job(**settings), [desk.sheet(*rows, name=name)], by="maria")[1]


def rows_kept(desk: Desk) -> dict[str, int]:
    """Return how many rows each table of drafts has."""
    store = Store(ledger_url(desk.job().settings.ledger_url), busy_s=5, read_only=True)
    try:
        with store.reading() as connection:
            return {table.name: len(connection.execute(table.select()).all()) for table in (drafts, *EVERYTHING)}
    finally:
        store.close()


def test_a_draft_is_sent_as_it_was_shown(either_desk: Desk) -> None:
    """The requests are those of the plan; the run is the keeper's, and of the draft only its name stays."""
    rows = appointments(3)
    found, draft = keep(either_desk.job(), [either_desk.sheet(*rows)], by="maria")

    result = run_draft(either_desk.job(), draft.id)

    assert found.calls == {Action.CREATE: 3}
    assert Counter(number for deed, number, _ in either_desk.deeds() if deed == "create") == Counter(
        ("1001", "1002", "1003")
    )
    assert (result.exit_code, result.run.settings["by"], result.run.command) == (Exit.DONE, "maria", "run")
    assert rows_kept(either_desk) == dict.fromkeys([table.name for table in EVERYTHING], 0) | {"drafts": 1}
    assert drafts_of(either_desk) == []


def test_what_a_draft_tells_of_its_plan(either_desk: Desk) -> None:
    """Its sums, kinds and rows are those of the plan, and its file is kept byte for byte."""
    rows = [*appointments(2), ROW | {"externalEventId": "9", "phone": "12"}]
    _, draft = keep(either_desk.job(), [either_desk.sheet(*rows)])
    with ledger_of(either_desk) as ledger:
        page = ledger.drafts.rows.page(draft)
        content = b"".join(ledger.drafts.content(draft, 0))

    assert draft.state is RunState.DRAFT
    assert (draft.names, draft.plan.sums, draft.plan.people) == (("week.csv",), {"create": 2, "invalid": 1}, 2)
    assert draft.plan.kinds["phone_too_short"] == draft.plan.fields["phone"] == 1
    assert [(row.number, row.verdict, row.name) for row in page.rows] == [
        (2, "create", "ana"), (3, "create", "ana"), (4, "invalid", "ana"),
    ]  # fmt: skip
    assert page.rows[2].problems[0]["column"] == 1
    assert content == (either_desk.folder / "week.csv").read_bytes()


def test_the_file_need_not_be_there_any_more(desk: Desk) -> None:
    """What is sent is the copy; the file that was named may be gone, or another one."""
    draft = kept(desk, *appointments(2))
    desk.sheet(ROW | {"externalEventId": "other"})

    run_draft(desk.job(), draft.id)

    assert {number for _, number, _ in desk.deeds()} == {"1001", "1002"}


def test_other_runs_neither_end_nor_change_a_draft(desk: Desk) -> None:
    """After 20 other runs, also of the same profile and far smaller, the draft is sent as it was shown."""
    desk.profile = replace(desk.profile, declared=True)
    draft = kept(desk, *appointments(6))
    for place in range(20):
        row = ROW | {"externalEventId": f"x{place}", "phone": f"212555{5000 + place}"}
        run(desk.job(), [desk.sheet(row, name="other.csv")])
    before = drafts_of(desk)

    result = run_draft(desk.job(), draft.id)

    assert before == [draft]
    assert result.totals[Status.CREATED] == 6


@pytest.mark.parametrize("change", ["moved", "booked", "cancelled"])
def test_a_changed_appointment_holds_its_draft(desk: Desk, change: str) -> None:
    """Once another run touched an appointment of it, nothing is sent (exit 6), and its rows are named."""
    first = appointments(3)
    if change != "booked":
        desk.run(*first[:1])
    moved = [row | {"eventDateTime": "2027-03-09 10:00"} for row in first]
    draft = kept(desk, *moved)
    other = {"moved": {"eventDateTime": "2027-03-11 10:00"}, "booked": {}, "cancelled": {"action": "cancel"}}[change]
    run(desk.job(), [desk.sheet(first[0] | other, name="other.csv")])
    sent = desk.sandbox.requests()

    with pytest.raises(Held, match=r"1 row of draft .*: row 2 \(shown as ") as held:
        run_draft(desk.job(), draft.id)

    assert held.value.exit_code is Exit.HELD
    assert desk.sandbox.requests() == sent
    assert drafts_of(desk) == [draft]
    with ledger_of(desk) as ledger:
        assert all(one.state is RunState.FINISHED for one in ledger.runs(None))
        assert ledger.verify().faults == ()


def test_looking_again_lets_it_be_sent(desk: Desk) -> None:
    """A draft that is held is sent once it was shown as it would be sent now."""
    rows = appointments(2)
    draft = kept(desk, *rows)
    desk.run(rows[0])
    found, again = look(desk.job(), draft.id)

    result = run_draft(desk.job(), draft.id)

    assert (found.calls, again.id, again.version) == ({Action.CREATE: 1}, draft.id, draft.version)
    assert (result.totals[Status.CREATED], result.totals[Status.UNCHANGED]) == (1, 1)


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("only", (Action.CREATE,), "only"),
        ("action", "cancel", "action"),
        ("base_url", "http://127.0.0.1:9", "base_url"),
    ],
)
def test_other_settings_hold_a_draft(desk: Desk, setting: str, value: Any, named: str) -> None:
    """A setting that decides values, actions or address is another: nothing is sent, and it is named."""
    draft = kept(desk, *appointments(2))

    with pytest.raises(Held, match=f"made with another {named}"):
        run_draft(desk.job(**{setting: value}), draft.id)

    assert desk.deeds() == []


def test_another_profile_holds_a_draft(desk: Desk) -> None:
    """A value of the profile that decides what is sent is another; the hours of sending are no such value."""
    draft = kept(desk, *appointments(1))
    desk.profile = replace(desk.profile, remind_time_offset="PT1H")

    with pytest.raises(Held, match="another remind_time_offset of the profile"):
        run_draft(desk.job(), draft.id)


def test_how_it_is_sent_is_no_matter(desk: Desk) -> None:
    """Rate, concurrency and attempts may be others than when it was kept."""
    draft = kept(desk, *appointments(2))

    result = run_draft(desk.job(rate=50, concurrency=2, max_attempts=2, yes=True), draft.id)

    assert result.totals[Status.CREATED] == 2


def test_sent_twice(desk: Desk) -> None:
    """The second time it is refused, with the run that sent it; nothing is sent again."""
    draft = kept(desk, *appointments(2))
    sent = run_draft(desk.job(), draft.id)

    with pytest.raises(UsageError, match=f"sent already, by run {sent.run.id}"):
        run_draft(desk.job(), draft.id)

    assert len(desk.deeds()) == 2


def test_a_no_leaves_the_draft(desk: Desk) -> None:
    """Where the question is answered with no, the draft is as it was and the run is forgotten."""
    draft = kept(desk, *appointments(2))

    with pytest.raises(Interrupted):
        run_draft(desk.job(), draft.id, confirm=lambda _question: False)

    assert drafts_of(desk) == [draft]
    with ledger_of(desk) as ledger:
        assert ledger.runs(None) == []


def test_what_was_seen_must_be_what_is_sent(desk: Desk) -> None:
    """Who saw another version, or other requests, is refused."""
    draft = kept(desk, *appointments(2))

    with pytest.raises(Held, match="another than the one you saw"):
        run_draft(desk.job(), draft.id, seen=Seen(draft.version, "0" * 64))
    result = run_draft(desk.job(), draft.id, seen=Seen(draft.version, draft.fingerprint))

    assert result.exit_code is Exit.DONE


def test_an_appointment_that_started_meanwhile_holds(desk: Desk) -> None:
    """A draft whose visit has begun since it was shown is not sent as shown."""
    draft = kept(desk, *appointments(1))
    desk.now += 10 * DAY_S

    with pytest.raises(Held, match=r"row 2 \(shown as create, now invalid\)"):
        run_draft(desk.job(), draft.id)

    assert desk.deeds() == []


def test_untouched_for_30_days(desk: Desk) -> None:
    """It is forgotten by the next command that writes, and told; one that was looked at is kept."""
    old = kept(desk, *appointments(1))
    young = kept(desk, *appointments(1), name="young.csv")
    told: list[Event] = []
    desk.now += 29 * DAY_S
    look(desk.job(), young.id)
    desk.now += 2 * DAY_S

    other = ROW | {"externalEventId": "7", "phone": "2125550177", "eventDateTime": "2027-05-08 09:00"}
    run(replace(desk.job(), on_event=told.append), [desk.sheet(other, name="other.csv")])

    assert [draft.id for draft in drafts_of(desk)] == [young.id]
    assert [event.text for event in told if old.id in event.text] == [
        f"Draft {old.id} of week.csv was forgotten: nobody touched it for 30 days."
    ]
    assert rows_kept(desk)["draft_rows"] == 1


def test_a_dropped_draft_leaves_nothing(either_desk: Desk) -> None:
    """Its rows, file and name are gone; sending it is refused."""
    draft = kept(either_desk, *appointments(2))
    with open_ledger(either_desk.job().settings.ledger_url) as ledger:
        ledger.drafts.drop(draft.id[:-1])

    with pytest.raises(UsageError, match="There is no draft"):
        run_draft(either_desk.job(), draft.id)

    assert set(rows_kept(either_desk).values()) == {0}


def test_purged_file(desk: Desk) -> None:
    """A draft whose copy is gone is neither shown nor sent; the message says what to do."""
    draft = kept(desk, *appointments(2))
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as database:
        database.execute("DELETE FROM draft_parts")
        database.commit()

    with pytest.raises(UsageError, match="was purged") as refused:
        run_draft(desk.job(), draft.id)

    assert f"drop-draft {draft.id}" in refused.value.fix
    assert desk.deeds() == []
    with ledger_of(desk) as ledger:
        assert ledger.runs(None) == []


def test_a_file_that_is_refused_keeps_nothing(desk: Desk) -> None:
    """No draft is made of a file that cannot be read."""
    (desk.folder / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")

    with pytest.raises(FileRefused):
        keep(desk.job(), [str(desk.folder / "broken.xlsx")])

    assert drafts_of(desk) == []


def test_two_files_of_one_name(desk: Desk) -> None:
    """Each is kept with its own rows, and goes by the name that tells it apart."""
    (desk.folder / "sub").mkdir()
    one = desk.sheet(ROW, name="week.csv")
    other = desk.sheet(ROW | {"externalEventId": "2", "phone": "2125550102"}, name="sub/week.csv")
    _, draft = keep(desk.job(), [one, other, other])

    found, _ = look(desk.job(), draft.id)
    run_draft(desk.job(), draft.id)

    assert [file.name for file in found.files] == [one, other, f"{other} (2)"] == list(draft.names)
    assert {number for _, number, _ in desk.deeds()} == {"1001", "2"}


def test_options_that_were_typed_are_kept(desk: Desk) -> None:
    """What stood in the line when the draft was made need not be typed again; what is typed anew goes before."""
    from importer.settings.effective import Origin, Source

    rows = [
        *appointments(2, action="upsert"),
        ROW | {"externalEventId": "3", "phone": "2125550103", "action": "cancel"},
    ]
    typed = {"only": Origin(Source.OPTION, "--only"), "rows": Origin(Source.OPTION, "--rows")}
    from importer.settings import RowRange

    draft = kept(
        desk, *rows, only=(Action.CREATE, Action.UPSERT), rows=(RowRange(2, 2), RowRange(4, None)), origins=typed
    )

    result = run_draft(desk.job(), draft.id)

    assert [(row.number, str(row.status)) for row in result.report.rows()] == [(2, "created"), (4, "unchanged")]


@pytest.mark.parametrize("command", [resume, retry])
def test_other_commands_do_not_take_a_draft_for_a_run(desk: Desk, command: Any) -> None:
    """Named, it is refused with what to do; not named, the newest run is meant."""
    desk.run(*appointments(1))
    draft = kept(desk, *appointments(2))

    with pytest.raises(UsageError, match="is a draft: nothing of it was sent"):
        command(desk.job(), draft.id)
    with pytest.raises(NothingToDo):
        command(desk.job())

    assert drafts_of(desk) == [draft]


class Kills:
    """Ends the process, without a word, at one of the points around the ledger's transactions."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.real = Store._transaction

    def point(self) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def around(self, store: Store) -> Iterator[Any]:
        self.point()
        with self.real(store) as made:
            yield made
            self.point()
        self.point()


def killed_at(point: int, act: Any) -> bool:
    """Do something in a process of its own that is killed at a point; return whether it came so far."""
    child = os.fork()
    if not child:
        code = 99
        try:
            around = Kills(point).around
            Store._transaction = lambda store: around(store)  # type: ignore[method-assign]  # noqa: PLW0108 - a method
            act()
            code = 0
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in {0, -signal.SIGKILL}
    return ended != 0


def test_killed_while_it_is_kept(desk: Desk) -> None:
    """After kill -9 at any write the draft is whole or absent, and what is there can be sent."""
    desk.run(ROW | {"externalEventId": "5", "phone": "2125550155"})
    sheet = desk.sheet(*appointments(2))
    point = 0
    while killed_at(point, lambda: keep(desk.job(), [sheet])):
        point += 1
        for draft in drafts_of(desk):
            with ledger_of(desk) as ledger:
                assert ledger.drafts.rows.count(draft) == 2
                assert b"".join(ledger.drafts.content(draft, 0)) == Path(sheet).read_bytes()
    whole = drafts_of(desk)

    run_draft(desk.job(), whole[-1].id)

    assert point >= 6
    assert len(desk.deeds()) == 3


def test_killed_while_it_is_edited(desk: Desk) -> None:
    """After kill -9 at any write all edits of a line are there with the new version, or none with the old one."""
    draft = kept(desk, *appointments(2))
    wanted = Wanted(["2:firstName=Bo", "3:firstName=Cy"], ["3"])
    point, version = 0, draft.version
    while killed_at(point, lambda: edit(desk.job(), draft.id, wanted)):
        point += 1
        with ledger_of(desk) as ledger:
            found = ledger.drafts.named(draft.id)
        assert (found.version - version, len(found.edits) - 3 * (version - 1)) in {(0, 0), (1, 3)}
        version = found.version
    assert point == 3


@pytest.mark.long
def test_killed_while_it_is_sent(desk: Desk) -> None:
    """After kill -9 at any write each appointment is created at most once, and once all is settled exactly once."""
    point, sent, again = 0, 0, True
    while again:
        sent += 1
        draft = kept(desk, ROW | {"externalEventId": f"n{sent}", "phone": f"212555{1000 + sent}"})
        again = killed_at(point, lambda one=draft: run_draft(desk.job(concurrency=1), one.id))
        if draft.id in {one.id for one in drafts_of(desk)}:
            run_draft(desk.job(), draft.id)
            point += 1
            continue
        # From here on it is a run as any other, which is killed at every point elsewhere.
        point += 6
        with ledger_of(desk) as ledger:
            its_run = ledger.drafts.named(draft.id).run
        with suppress(NothingToDo):
            resume(desk.job(), its_run)
    created = Counter(number for deed, number, _ in desk.deeds() if deed == "create")

    assert sent > 10
    assert created == Counter(f"n{number}" for number in range(1, sent + 1))
    with ledger_of(desk) as ledger:
        assert ledger.verify().faults == ()


@pytest.mark.parametrize("earlier", [0, 2])
@pytest.mark.parametrize("times", [1, 2])
def test_a_draft_takes_back_nothing_that_a_uuid_was_told_since(desk: Desk, earlier: int, times: int) -> None:
    """Its rows are as old as the draft: what was changed by a uuid meanwhile, when nobody knew whose it was, stays as it is."""
    if earlier:
        run(desk.job(), [desk.sheet(*appointments(earlier + 1)[1:], name="before.csv")])
    row = appointments(1)[0]
    when = {"eventDateTime": "2027-03-20T09:00:00", "subscriberTimeZone": "America/New_York"}
    person = {name: row[name] for name in ("phone", "externalEventId")}
    values = {**person, **when, "eventType": {"uuid": row["eventType"]}, "remindTimeOffset": "PT3H"}
    seeded = desk.sandbox.service.reminders.seed(values, desk.sandbox.service.behaviour)
    assert seeded is not None
    draft = kept(desk, row)
    newer = {"action": "update", "uuid": seeded.uuid, "eventDateTime": "2027-03-05 09:00"}
    run(desk.job(), [desk.sheet(newer | {"subscriberTimeZone": "America/New_York"}, name="newer.csv")])
    if times == 2:
        desk.sandbox.set_faults(Rule("status_before", status=500, actions=("create",)))
    sent = run_draft(desk.job(max_attempts=1), draft.id)
    desk.sandbox.set_faults()
    if times == 2:
        sent = retry(desk.job(), sent.run.id)

    assert [(each.status, each.code) for each in sent.report.rows()] == [(Status.NOT_SENT, "superseded")]
    (there,) = [one for one in desk.sandbox.reminders() if one["uuid"] == seeded.uuid]
    assert there["values"]["eventDateTime"] == "2027-03-05T09:00:00"
