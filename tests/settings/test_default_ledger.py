"""Without a name the ledger is one for each API address; the one file of version 1.0.0 stays with the address it was used for."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from importer.model.statuses import origin_of
from importer.settings import Settings
from importer.settings.places import default_ledger, file_name
from importer.settings.table import DEFAULT_BASE_URL

OLD = Path(__file__).parents[1] / "ledger" / "version_1_0_0.sql"
USUAL = origin_of(DEFAULT_BASE_URL)
REHEARSAL = "http://127.0.0.1:8080"


def old_ledger(folder: Path, address: str | None) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as database, database:
        database.executescript(OLD.read_text(encoding="utf-8"))
        database.execute("UPDATE runs SET settings = ?", (json.dumps({"base_url": address}).encode(),))


@pytest.mark.parametrize(
    ("used_at", "asked_for", "expected"),
    [
        pytest.param(USUAL, USUAL, "ledger.db", id="real-stays"),
        pytest.param(USUAL, REHEARSAL, "ledger-127.0.0.1-8080.db", id="rehearsal-beside-real"),
        pytest.param(REHEARSAL, REHEARSAL, "ledger.db", id="rehearsal-stays"),
        pytest.param(REHEARSAL, USUAL, file_name(USUAL), id="real-beside-rehearsal"),
        pytest.param("https://staging.example/v1", "https://staging.example", "ledger.db", id="staging-stays"),
        pytest.param(None, USUAL, "ledger.db", id="nothing-named"),
        pytest.param(None, REHEARSAL, "ledger-127.0.0.1-8080.db", id="nothing-named-elsewhere"),
    ],
)
def test_the_file_of_1_0_0_stays_with_its_address(
    tmp_path: Path, used_at: str | None, asked_for: str, expected: str
) -> None:
    """Nobody is booked again because of an upgrade, and no rehearsal meets a real run's memory."""
    old_ledger(tmp_path, used_at)

    assert default_ledger(tmp_path, asked_for).name == expected


def test_without_any_ledger_each_address_has_its_own_name(tmp_path: Path) -> None:
    """Host and port decide; the API's own address has the short name."""
    addresses = [
        USUAL,
        REHEARSAL,
        "http://127.0.0.1:8081",
        "http://[::1]:8080",
        "https://api.example",
        "http://localhost",
    ]
    names = [default_ledger(tmp_path, address).name for address in addresses]

    assert names == [
        "ledger.db", "ledger-127.0.0.1-8080.db", "ledger-127.0.0.1-8081.db", "ledger-__1-8080.db",
        "ledger-api.example.db", "ledger-localhost-80.db",
    ]  # fmt: skip


def test_a_ledger_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    """A damaged file of 1.0.0 may be anybody's: it is opened, and refused there, instead of beginning an empty one."""
    (tmp_path / "ledger.db").write_bytes(b"damaged" * 1000)

    assert {default_ledger(tmp_path, address).name for address in (USUAL, REHEARSAL)} == {"ledger.db"}


def test_settings_name_the_ledger_of_their_address() -> None:
    """The default follows base_url also where the importer is embedded; a ledger that is named stays."""
    assert Settings(base_url=REHEARSAL).ledger_url.endswith("ledger-127.0.0.1-8080.db")
    assert Settings(base_url=REHEARSAL, ledger_url="x.db").ledger_url == "x.db"
