"""One value in several spellings is one value: in derived ids, and wherever a row is compared with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import EVENT_TYPE, NOW, ROW, statuses

from importer.commands.check import check
from importer.commands.job import Job
from importer.commands.run import run
from importer.ledger import open_ledger
from importer.model.profile import EventType, Profile
from importer.model.records import Key
from importer.model.statuses import canonical_uuid, derived_external_id, spellings
from importer.planning.expected import fixed_change
from importer.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

WITHOUT_NUMBER = {name: value for name, value in ROW.items() if name != "externalEventId"}
OF_1_0 = "imp-w2dge6i6mfrbde5g55u7"
SPELLINGS = {
    "type": [
        {"eventType": EVENT_TYPE},
        {"eventType": EVENT_TYPE.upper()},
        {"eventType": f"{{{EVENT_TYPE.title()}}}"},
        {"eventType": EVENT_TYPE.replace("-", "")},
        {"eventType": f" \u00a0{EVENT_TYPE.replace('-', '').upper()}\u200b"},
    ],
    "zone": [
        {"subscriberTimeZone": name}
        for name in ("US/Eastern", "america/new_york", "America\\New York", "Eastern Standard Time")
    ],
    "phone": [
        {"phone": text}
        for text in ("12125550101", "+1 212.555.0101", "\uff08212\uff09 555\u20110101", "'2125550101", "2125550101.0")
    ],
    "start": [
        {"eventDateTime": text}
        for text in ("2027-03-08T09:00:00", "March 8, 2027 9:00 AM", "2027-03-08 14:00Z", "2027-03-08 9:00 - 9:30", "2027-03-08\u00a09:00")
    ],
}  # fmt: skip


def derived(path: Path, profile: Profile, **changes: str) -> str:
    """Return the id that a row without a number gets."""
    row = WITHOUT_NUMBER | changes
    path.write_text(",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()) + "\n", encoding="utf-8")
    told: list[dict[str, dict[str, str]]] = []
    check(Job(Settings(), profile, now=lambda: NOW), [str(path)], each_row=told.append)
    return told[0]["payload"]["externalEventId"]


@pytest.mark.parametrize("kind", SPELLINGS)
def test_every_spelling_gives_the_id_that_1_0_derived(kind: str, tmp_path: Path) -> None:
    """Capitals, dashes, aliases, blanks and forms of a value do not make another visit of it."""
    found = {str(changes): derived(tmp_path / "week.csv", Profile(), **changes) for changes in SPELLINGS[kind]}

    assert found == dict.fromkeys(found, OF_1_0)


@pytest.mark.parametrize("spelled", [EVENT_TYPE, EVENT_TYPE.upper(), EVENT_TYPE.replace("-", "")])
def test_the_types_of_the_profile_have_one_spelling(spelled: str, tmp_path: Path) -> None:
    """A type named by the profile, or its default, gives the same id however the profile spells its uuid."""
    named = Profile(event_types={"Visit": EventType(spelled)})
    default = Profile(event_type=spelled)

    assert derived(tmp_path / "week.csv", named, eventType="VISIT") == OF_1_0
    assert derived(tmp_path / "week.csv", default, eventType="") == OF_1_0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6C52D314A3CA4781BA705F3B0C8D1E01", EVENT_TYPE),
        (EVENT_TYPE.upper(), EVENT_TYPE),
        ("1A2B3C4D5E6F7G8H9I0J", "1A2B3C4D5E6F7G8H9I0J"),
        (EVENT_TYPE + "0", EVENT_TYPE + "0"),
        ("", ""),
    ],
)
def test_only_what_has_the_form_of_a_uuid_is_spelled_anew(text: str, found: str) -> None:
    """Other handles are opaque: their case may count."""
    assert canonical_uuid(text) == found
    assert bool(spellings(text)) == (found == EVENT_TYPE)


def test_a_type_in_other_letters_is_no_change(desk: Desk) -> None:
    """A sheet whose types are in capitals one night and in small letters the next wants no call."""
    desk.run(ROW | {"eventType": EVENT_TYPE.upper()})

    assert statuses(desk.run(ROW)) == ["unchanged"]
    assert statuses(desk.run(ROW | {"eventType": EVENT_TYPE.replace("-", "")})) == ["unchanged"]


def test_a_type_that_an_earlier_version_kept_in_capitals_is_no_change() -> None:
    """Version 1.0 remembered the type as the sheet had it; another type is still one that cannot change."""
    given = {"eventType": {"uuid": EVENT_TYPE}}

    class Row:
        def __init__(self) -> None:
            self.given = given

    assert fixed_change({"eventType": {"uuid": EVENT_TYPE.upper()}}, Row()) is None  # type: ignore[arg-type]
    assert fixed_change({"eventType": {"uuid": EVENT_TYPE[:-1] + "2"}}, Row()) is not None  # type: ignore[arg-type]


def test_a_visit_whose_id_was_derived_from_capitals_is_not_booked_again(desk: Desk) -> None:
    """The same person, type and moment under the id that 1.0 derived from capitals: unchanged, and moved with its id."""
    old = derived_external_id("+12125550101", "2027-03-08T09:00:00", "America/New_York", EVENT_TYPE.upper())
    desk.run(ROW | {"externalEventId": old})

    again = desk.run(WITHOUT_NUMBER)
    moved = desk.run(WITHOUT_NUMBER | {"eventDateTime": "2027-03-09 09:00"})

    assert statuses(again) == ["unchanged"]
    assert statuses(moved) == ["held"]
    assert [deed[0] for deed in desk.deeds()] == ["create"]


@pytest.mark.parametrize("action", ["no_show", "cancel"])
def test_a_uuid_in_other_letters_is_the_same_reminder(desk: Desk, action: str) -> None:
    """A reminder that is named by its uuid in capitals is changed once, and under the spelling that the API gave."""
    desk.run(ROW)
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        uuid = ledger.reminders({Key("+12125550101", "1001")})[Key("+12125550101", "1001")].uuid
    desk.now += 7 * 86_400

    first = run(desk.job(), [desk.sheet({"action": action, "uuid": uuid.upper()})])
    second = run(desk.job(), [desk.sheet({"action": action, "uuid": uuid}, name="again.csv")])

    assert [statuses(first), statuses(second)] in ([["no_show_sent"], ["unchanged"]], [["cancelled"], ["unchanged"]])
    assert [deed[0] for deed in desk.deeds()] == ["create", action]
