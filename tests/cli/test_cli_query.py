"""A query on the command line: its database by a word or from the environment, its number asked for, its password kept."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from desk import EVENT_TYPE, Desk
from practices import SELECT, practice_on_postgres, practice_on_sqlite

import importer
from importer.errors import UsageError
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Ran

ASKED = ("--query-file", "visits.sql")
KEYLESS = SELECT.replace('AS "externalEventId"', "AS visit")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "importer.toml").write_text(f'[profile.default]\nevent_type = "{EVENT_TYPE}"\n')
    with Sandbox() as sandbox:
        yield Desk(tmp_path, sandbox)


def test_the_password_is_shown_nowhere(desk: Desk, within: Callable[..., Ran]) -> None:
    """A plan, its run, settings, ledger, report, and each refusal: three stars everywhere."""
    environ = {"IMPORTER_BASE_URL": desk.sandbox.base_url, "IMPORTER_TOKEN": desk.sandbox.token}
    with practice_on_postgres(desk) as practice:
        practice.query()
        if not practice.do("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
            pytest.skip("the role of IMPORTER_TEST_POSTGRES may make no other role (CREATEROLE)")
        secret, role = "t-made-up-secret", practice.database.rpartition("%3D")[2]
        practice.do(
            f"CREATE ROLE {role} LOGIN PASSWORD '{secret}'", f"GRANT USAGE ON SCHEMA {role} TO {role}",
            f"GRANT SELECT ON visits TO {role}",
        )  # fmt: skip
        whole = f"db+postgresql://{role}:{secret}@{practice.address.rpartition('@')[2]}"
        try:
            told = [
                within("plan", whole, *ASKED, "--out", "p.plan", environ=environ),
                within("check", whole, "--query-file", "none.sql"),
                within("check", re.sub(r"(@[^/:]+)(:[0-9]+)?/", r"\1:1/", whole), *ASKED),
                within("check", whole.replace(secret, "wrong"), *ASKED),
                within("run", "--plan", "p.plan"),
                within("run", "--plan", "p.plan", environ={**environ, "IMPORTER_DATABASE": whole}),
                within("check", *ASKED),
                within("config", "show"),
            ]
        finally:
            practice.do(
                f"REVOKE ALL ON visits FROM {role}", f"REVOKE ALL ON SCHEMA {role} FROM {role}", f"DROP ROLE {role}"
            )  # fmt: skip

    assert [each.code for each in told] == [4, 3, 5, 2, 2, 4, 4, 0], told
    assert "masked" in told[4].err
    assert "***" in told[7].out
    everything = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert secret.encode() not in everything + "".join(each.out + each.err for each in told).encode()


def test_a_person_is_asked_for_the_number(
    desk: Desk, within: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal; the next command that is printed has the answer, and works as it stands."""
    practice = practice_on_sqlite(desk)
    practice.query(KEYLESS)
    monkeypatch.setattr("importer.cli.working.is_there", lambda _screen: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("visit\n"))

    first = within("check", practice.address, *ASKED)
    monkeypatch.setattr("importer.cli.working.is_there", lambda _screen: False)
    again = within("check", practice.address, *ASKED, "--key-column", "visit", "--json")
    nobody = within("check", practice.address, *ASKED)

    assert "Which one is it?" in first.err
    assert "--key-column visit" in first.out
    assert [row["payload"]["externalEventId"] for row in again.rows] == ["1001", "1002", "1003"]
    assert nobody.code == 2


def test_a_program_asks_a_database_as_it_reads_a_file(desk: Desk) -> None:
    """``importer.check`` takes the address, and the query and the key by keyword."""
    practice = practice_on_sqlite(desk)
    config = desk.folder / "importer.toml"

    found = importer.check(practice.address, query_file=practice.query(KEYLESS), key_column="visit", config=config)

    assert [row["row"] for row in found.rows()] == [1, 2, 3]
    with pytest.raises(UsageError, match="appointment number"):
        importer.check(practice.address, query_file=practice.query(KEYLESS), config=config)
