"""Claims in either kind of ledger: a pass over a drop leaves the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest
from desk import appointments
from drop_yard import states

from importer.errors import Exit, LedgerError
from importer.ledger import open_ledger
from importer.model.drops import ClaimState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drop_yard import Yard

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, yard: Yard) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(yard.desk.folder / "ledger.db")
        return
    if POSTGRES is None:
        pytest.skip("IMPORTER_TEST_POSTGRES names no database")
    import psycopg

    schema = f"drops_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def test_pass_over_a_drop(yard: Yard, place: str) -> None:
    """New, refused, doubled and held files come out alike, and the next pass finds only the held one."""
    yard.put("a.csv", *appointments(6))
    first = yard.ingest(ledger_url=place)
    yard.put("b.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))
    yard.put("c.csv", text="nothing,that,is,known\n1,2,3,4\n")
    yard.put("d.csv", *appointments(6))

    second = yard.ingest(ledger_url=place)
    third = yard.ingest(ledger_url=place)

    assert (first.exit_code, second.exit_code, third.exit_code) == (Exit.DONE, Exit.HELD, Exit.HELD)
    assert states(second) == {"b.csv": "held", "c.csv": "refused", "d.csv": "done"}
    assert states(third) == {"b.csv": "held"}


def test_run_begins_only_with_a_claim_that_is_taken(yard: Yard, place: str) -> None:
    """A run and its claim are one transaction: where another pass was quicker, no run begins."""
    yard.put("a.csv", *appointments(1))
    yard.ingest(ledger_url=place)
    with open_ledger(place) as ledger:
        claim = ledger.claims.newest_done("north")
        assert claim is not None
        before = len(ledger.runs())

        with pytest.raises(LedgerError):
            ledger.begin("run", at=yard.desk.now, claim=claim.id)

        assert len(ledger.runs()) == before
        assert ledger.claims.one(claim.id).state is ClaimState.DONE


def test_forgotten_run_gives_its_file_back(yard: Yard, place: str) -> None:
    """A run that is forgotten before it sent anything leaves its claim as it was before it."""
    yard.put("a.csv", *appointments(1))
    yard.ingest(ledger_url=place)
    with open_ledger(place) as ledger:
        done = ledger.claims.newest_done("north")
        assert done is not None
        ledger.claims.change(done.id, state=ClaimState.TAKEN.value, run=None)
        run = ledger.begin("run", at=yard.desk.now, claim=done.id)
        assert ledger.claims.one(done.id).run == run.id

        run.forget()

        found = ledger.claims.one(done.id)
    assert (found.state, found.run) == (ClaimState.TAKEN, None)
