"""Each line of an export is judged before anything is written; what is taken in is counted, asked for, and stays marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer.errors import Interrupted, UsageError
from importer.ledger import open_ledger
from importer.ledger.transfer import LONGEST_LINE
from importer.model.records import Imported

if TYPE_CHECKING:
    from pathlib import Path

HEAD = b'{"kind": "appointment-importer reminders", "schema": 1}\n'
LINE: dict[str, Any] = {
    "phone": "+12125550101",
    "external_event_id": "A-1",
    "uuid": "5c1d",
    "state": "active",
    "in_doubt": None,
    "doubtful": "",
    "starts_at": 1_804_000_000,
    "run": "20270302-150640-6f66",
    "updated_at": 1_804_000_000.5,
    "accepted": {"firstName": "Ana", "eventType": {"uuid": "6c52"}, "metadata": {"at": "Main St"}},
}
DEEP: Any = []
for _ in range(50):
    DEEP = [DEEP]


def lines(*changes: dict[str, Any]) -> list[bytes]:
    return [HEAD, *(orjson.dumps(LINE | change) + b"\n" for change in changes)]


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": 5},
        {"uuid": ""},
        {"uuid": "a\u001b[2Jb"},
        {"uuid": "x" * 5_000},
        {"uuid": None},
        {"phone": "2125550101"},
        {"phone": "+1"},
        {"phone": 12125550101},
        {"phone": ["+12125550101"]},
        {"external_event_id": 17},
        {"external_event_id": "a\nb"},
        {"phone": None},
        {"state": "cancelled", "in_doubt": "cancel"},
        {"state": "uncertain", "in_doubt": "create"},
        {"in_doubt": "update"},
        {"doubtful": "firstName"},
        {"state": "gone"},
        {"state": None},
        {"state": ["active"]},
        {"in_doubt": "zzz"},
        {"in_doubt": "none"},
        {"in_doubt": True},
        {"doubtful": "no_such_field"},
        {"doubtful": "firstName=XYZ"},
        {"doubtful": None},
        {"starts_at": 1.5},
        {"starts_at": True},
        {"starts_at": -1},
        {"starts_at": 2**63},
        {"updated_at": 1e308},
        {"updated_at": None},
        {"updated_at": "yesterday"},
        {"run": 7},
        {"run": "a" * 2_000},
        {"accepted": []},
        {"accepted": None},
        {"accepted": {"firstName": 5}},
        {"accepted": {"diagnosis": "x"}},
        {"accepted": {"eventType": {"uuid": 5}}},
        {"accepted": {"metadata": {"a": DEEP}}},
        {"accepted": {"firstName": {"a": "b"}}},
        {"accepted": {"firstName": "x" * 40_000}},
        {"accepted": {"sendEligibleSubscribersOnly": "yes"}},
        {"phone": None, "external_event_id": None, "uuid": None},
    ],
    ids=lambda change: "-".join(change) + "-" + repr(next(iter(change.values())))[:20],
)
def test_a_line_that_no_ledger_wrote_is_refused_with_its_number(clerk: Any, change: dict[str, Any]) -> None:
    """Nothing of the export is taken in, and nothing of the line is quoted."""
    with pytest.raises(UsageError, match="Line 3 of the export") as caught:
        clerk.ledger.import_export(lines({}, change))

    assert "Ana" not in str(caught.value)
    assert clerk.ledger.verify().reminders == 0


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000 + b"\n", b"null\n", b'{"a": NaN}\n', b"\xff\xfe\n", b'"' + b"x" * LONGEST_LINE + b'"\n'],
    ids=["nested", "null", "nan", "not-utf-8", "long"],
)
def test_a_line_that_is_no_object_is_refused(clerk: Any, line: bytes) -> None:
    """Odd bytes are a sentence with the line's number, never a bug."""
    with pytest.raises(UsageError, match="Line 2 of the export"):
        clerk.ledger.import_export([HEAD, line])


def test_a_doubtful_create_needs_no_uuid(clerk: Any) -> None:
    """A create in doubt is the one appointment that a ledger knows without its identifier."""
    waiting = {"uuid": None, "state": "uncertain", "in_doubt": "create", "doubtful": "firstName=1a2b,3c metadata"}

    assert clerk.ledger.import_export(lines(waiting)) == Imported(1, 0)
    assert clerk.ledger.verify().faults == ()


def test_what_is_taken_in_is_counted_and_asked_for(clerk: Any) -> None:
    """The question comes with the count, before anything stays; a no leaves the ledger as it was."""
    asked: list[Imported] = []

    def says(answer: bool) -> Any:
        return lambda found: bool(asked.append(found)) or answer

    two = lines({}, {"external_event_id": "A-2", "uuid": "77"})
    with pytest.raises(Interrupted):
        clerk.ledger.import_export(two, confirm=says(False))
    assert clerk.ledger.verify().reminders == 0
    assert clerk.ledger.import_export(two, confirm=says(True)) == Imported(2, 0)
    assert clerk.ledger.import_export(two, confirm=says(False)) == Imported(0, 2)
    assert asked == [Imported(2, 0), Imported(2, 0)]


def test_an_import_stays_marked_until_the_api_books_the_appointment(clerk: Any, row: Any) -> None:
    """Where a uuid came from is kept; an accepted create is the API's own word."""
    taken = {"phone": "+14155550100", "external_event_id": "1"}
    clerk.ledger.import_export(lines(taken | {"state": "cancelled"}))
    assert [found.imported for found in clerk.ledger.find("1")] == [True]

    clerk.run(row(2, "1", firstName="Bo"), row(3, "2"))

    assert [found.imported for found in clerk.ledger.find("2")] == [False]


def test_an_export_of_another_address_is_refused(clerk: Any, row: Any, tmp_path: Path) -> None:
    """Its identifiers mean nothing here; a ledger that knows nothing yet takes the address with the appointments."""
    clerk.run(row(2, "1"))
    clerk.ledger.claim("https://api.example", b"x")
    exported = list(clerk.ledger.export())
    with open_ledger(str(tmp_path / "new.db")) as other:
        assert other.import_export(exported) == Imported(1, 0)
        assert other.owner().address == "https://api.example"
        other.claim("https://other.example", b"x")
        with pytest.raises(UsageError, match="belongs to"):
            other.import_export(exported)
