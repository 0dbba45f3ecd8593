"""One ledger, one API address, one account: a rehearsal poisons no real run, and no real run is lost by an upgrade."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk

from importer.commands.job import Stage
from importer.commands.plan import plan
from importer.commands.run import resume, retry, run
from importer.errors import Exit, LedgerError, SettingsError
from importer.ledger import open_ledger
from importer.ledger.tables import APPLICATION_ID
from importer.model.statuses import Status, origin_of
from importer.sandbox import Sandbox
from importer.settings import TokenSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job

OLD = Path(__file__).parents[1] / "ledger" / "version_1_0_0.sql"
TWO = (
    ROW,
    ROW
    | {"externalEventId": "1002", "phone": "(212) 555-0102", "firstName": "Ben", "eventDateTime": "2027-03-08 09:30"},
)


@pytest.fixture
def other() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def put_old_ledger(place: Path, *addresses: str) -> None:
    """Build the ledger of version 1.0.0, whose runs name these addresses."""
    place.parent.mkdir(exist_ok=True, mode=0o700)
    with closing(sqlite3.connect(place)) as database, database:
        database.executescript(OLD.read_text(encoding="utf-8"))
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        (told,) = database.execute("SELECT settings FROM runs").fetchone()
        for number, address in enumerate(addresses):
            settings = json.dumps(json.loads(told) | {"base_url": address}).encode()
            if number:
                database.execute(
                    "INSERT INTO runs SELECT seq + 1, id || 'x', command, state, planned, parent, started_at, finished_at, exit_code, stop_reason, version, tzdata, settings, profile, holds FROM runs WHERE seq = 1"
                )
                database.execute(
                    "INSERT INTO files SELECT 2, 2, name, sha256, sheet, headings, heading_row, 0, notes, facts FROM files"
                )
                database.execute("UPDATE rows SET run = 2, file = 2 WHERE id = 2")
            database.execute("UPDATE runs SET settings = ? WHERE seq = ?", (settings, number + 1))


@pytest.mark.parametrize("command", [run, lambda job, paths: resume(job), lambda job, paths: retry(job)])
def test_another_address_is_refused_before_anything_is_sent(desk: Desk, other: Sandbox, command: Any) -> None:
    """What was sent to one address is not taken for sent at another: exit 2, 0 requests, and the ways out are named."""
    desk.run(*TWO)
    job = desk.job(base_url=other.base_url)

    with pytest.raises(LedgerError, match="belongs to") as caught:
        command(job, [desk.sheet(*TWO)])

    assert caught.value.exit_code is Exit.USAGE
    assert "ledger rebind" in caught.value.fix
    assert other.requests() == []
    assert [found.exit_code for found in (desk.run(*TWO),)] == [Exit.DONE]


def test_an_address_is_the_same_however_it_is_written(desk: Desk) -> None:
    """Capital letters, a slash and a path make no other API."""
    desk.run(ROW)

    assert desk.run(ROW, base_url=desk.sandbox.base_url.upper().replace("HTTP", "http") + "/").exit_code is Exit.DONE
    assert origin_of("HTTPS://API.example.:443/v1") == "https://api.example"
    assert origin_of("http://[::1]:80") == "http://[::1]"
    assert [origin_of(text) for text in ("", "nonsense", "ftp://x", "https://x:99999")] == ["", "", "", ""]


def test_a_ledger_that_knows_no_appointment_binds_nobody(desk: Desk, other: Sandbox) -> None:
    """A first night at a wrong address, at which nothing was accepted, leaves the ledger free."""
    desk.sandbox.admit("another token")
    assert desk.run(ROW).exit_code is Exit.AUTHENTICATION

    assert desk.run(ROW, base_url=other.base_url).totals[Status.CREATED] == 1


def test_a_new_token_is_taken_only_with_a_word(desk: Desk) -> None:
    """Unattended, an unknown token ends with exit 2 and 0 requests; --same-account, or a person's yes, lets it in for good."""
    desk.run(ROW)
    desk.sandbox.admit("new", "newer")
    asked: list[str] = []

    def job(token: str, *, says: bool = False, **settings: Any) -> Job:
        made = desk.job(token_source=TokenSource.of(token), **settings)
        return replace(made, ask=lambda question: bool(asked.append(question)) or says)

    sheet = desk.sheet(ROW | {"firstName": "Bea"})
    with pytest.raises(SettingsError, match="another account") as caught:
        run(job("new"), [sheet])
    assert "--same-account" in caught.value.fix
    assert len(asked) == 1
    assert len(desk.sandbox.requests()) == 1

    assert run(job("new", same_account=True), [sheet]).totals[Status.UPDATED] == 1
    assert run(job("new"), [desk.sheet(ROW | {"firstName": "Cleo"})]).exit_code is Exit.DONE
    assert run(job("newer", says=True), [desk.sheet(ROW | {"firstName": "Dora"})]).exit_code is Exit.DONE
    assert len(asked) == 2


def test_a_new_token_is_taken_after_the_old_one_was_refused(desk: Desk) -> None:
    """An expired token is replaced without a word: the API itself has said no to the old one."""
    desk.run(ROW)
    desk.sandbox.admit("fresh")
    later = desk.sheet(ROW | {"firstName": "Bea"})
    assert run(desk.job(), [later]).exit_code is Exit.AUTHENTICATION

    assert run(desk.job(token_source=TokenSource.of("fresh")), [later]).totals[Status.UPDATED] == 1
    with pytest.raises(SettingsError):
        run(desk.job(), [later])


def test_the_token_stands_nowhere_in_the_ledger(desk: Desk) -> None:
    """The account is known again by a keyed hash, which differs from ledger to ledger."""
    token = "canary-token-4711"
    desk.sandbox.admit(token)
    desk.run(ROW, token_source=TokenSource.of(token))

    assert all(token.encode() not in path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())


def test_plan_tells_an_address_that_nobody_named(desk: Desk, other: Sandbox) -> None:
    """A plan sends nothing: without a base_url it goes on and says what a run would need; a wrong one is refused."""
    desk.run(ROW)
    told: list[str] = []
    job = replace(
        desk.job(base_url="https://api.example"),
        on_event=lambda event: told.append(event.text) if event.stage is Stage.NOTE else None,
    )

    assert plan(job, [desk.sheet(ROW)]).call_count == 0
    assert any(desk.sandbox.base_url in text for text in told)
    named = {"base_url": desk.job().settings.origin("base_url")._replace(source="option")}
    with pytest.raises(LedgerError, match="belongs to"):
        plan(replace(job, settings=replace(job.settings, origins=named)), [desk.sheet(ROW)])


def test_a_ledger_of_1_0_0_goes_on_at_the_address_that_its_runs_name(desk: Desk, other: Sandbox) -> None:
    """The upgrade sends nothing for what is done, and another address is refused from the first night on."""
    put_old_ledger(desk.folder / "ledger.db", desk.sandbox.base_url)

    with pytest.raises(LedgerError, match="belongs to"):
        run(desk.job(base_url=other.base_url), [desk.sheet(*TWO)])
    result = desk.run(*TWO)

    assert result.totals[Status.UNCHANGED] == 2
    assert (desk.sandbox.requests(), other.requests()) == ([], [])
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert ledger.owner().address == origin_of(desk.sandbox.base_url)
        assert ledger.verify().faults == ()


def test_an_old_ledger_of_two_addresses_is_refused(desk: Desk, other: Sandbox) -> None:
    """Nobody can tell any more which appointment is where; a person may say it."""
    place = desk.folder / "ledger.db"
    put_old_ledger(place, other.base_url, desk.sandbox.base_url)

    with pytest.raises(LedgerError, match="several addresses") as caught:
        desk.run(*TWO)
    assert f"importer ledger rebind {desk.sandbox.base_url}" in caught.value.fix
    with open_ledger(str(place)) as ledger:
        ledger.rebind(origin_of(desk.sandbox.base_url))
    assert desk.run(*TWO).totals[Status.UNCHANGED] == 2


def test_summary_names_the_ledger(desk: Desk) -> None:
    """Each run's summary.json has the ledger's own id and its place, the same for every name of it."""
    first = desk.run(ROW)
    (desk.folder / "link.db").symlink_to(desk.folder / "ledger.db")
    results = [first, desk.run(ROW, ledger_url=str(desk.folder / "link.db"))]
    found = [json.loads(result.paths["summary.json"].read_bytes())["ledger"] for result in results]

    assert found[0] == found[1]
    assert found[0].keys() == {"id", "place"}
    assert found[0]["place"] == str((desk.folder / "ledger.db").resolve())
    assert len(found[0]["id"]) == 32


def test_a_lost_ledger_is_not_replaced(desk: Desk) -> None:
    """Reports that name this place keep an empty ledger from being made: exit 2, 0 requests, both ways out named."""
    desk.run(*TWO)
    for path in desk.folder.glob("ledger.db*"):
        path.unlink()

    for command in (run, plan):
        with pytest.raises(LedgerError, match="There is no ledger") as caught:
            command(desk.job(), [desk.sheet(*TWO)])
        assert caught.value.exit_code is Exit.USAGE
        assert "ledger import" in caught.value.fix
        assert "--new-ledger" in caught.value.fix
    assert len(desk.sandbox.requests()) == 2
    assert not (desk.folder / "ledger.db").exists()
    assert run(desk.job(new_ledger=True), [desk.sheet(*TWO)]).exit_code is Exit.DONE


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"ledger": 5}', '{"ledger": {"place": 5}}', '{"ledger": {"place": "/elsewhere"}}']
)
def test_strange_reports_stand_in_nobodys_way(desk: Desk, text: str) -> None:
    """A folder that holds no report of ours, or one of another ledger, does not keep a first run from its ledger."""
    folder = desk.folder / "reports" / "20270101-000000-abcd"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(text, encoding="utf-8")
    (desk.folder / "reports" / "notes.txt").write_text("x", encoding="utf-8")

    assert desk.run(ROW).exit_code is Exit.DONE


def test_newest_entries_without_their_ledger_are_not_taken_in(desk: Desk) -> None:
    """A write-ahead log without its ledger would be played into a new one; it is refused instead, also with --new-ledger."""
    (desk.folder / "ledger.db-wal").write_bytes(b"x" * 4096)

    with pytest.raises(LedgerError, match="newest entries"):
        desk.run(ROW, new_ledger=True)
