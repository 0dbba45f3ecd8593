"""Guided set-up of sheets of no known system, and of sheets that are not as they were: what is asked, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import openpyxl
import pytest

from importer.errors import SettingsError, UsageError
from importer.settings import Settings, load
from importer.setup.answers import Answered, AnswerRefused, settle
from importer.setup.guiding import answer_ready, begin, open_of, pairs
from importer.setup.open_points import open_questions
from importer.setup.questions import Hints, Question

if TYPE_CHECKING:
    from pathlib import Path

    from importer.setup.guiding import Begun

UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
HEAD: Final = "Phone,Start,Time zone,Type"
ROW: Final = f"2125550141,2027-03-08 13:30,America/New_York,{UUID}"


def begun(tmp_path: Path, text: str, **said: str) -> Begun:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text, encoding="utf-8")
    return begin(str(sheet), Settings(), tmp_path / "importer.toml", said=said)


def keys(start: Begun) -> list[str]:
    return [question.key for question in open_of(start, start.answered)]


def question(start: Begun, key: str) -> Question:
    return next(each for each in open_of(start, start.answered) if each.key == key)


def columns_after(start: Begun, **ready: str) -> dict[str, str]:
    found: dict[str, str] = answer_ready(start, ready).table["columns"]
    return found


@pytest.mark.parametrize(
    ("head", "row", "asked"),
    [
        pytest.param(HEAD, ROW, [], id="nothing"),
        pytest.param("Phone,Start,Type", f"2125550141,2027-03-08 13:30,{UUID}", ["zone"], id="zone"),
        pytest.param("Phone,Start,Time zone", "2125550141,2027-03-08 13:30,America/New_York", ["type"], id="no-type"),
        pytest.param(HEAD, ROW.replace(UUID, "Check-up"), ["type"], id="type-by-name"),
        pytest.param(HEAD, ROW.replace("2027-03-08", "3/4/2027"), ["date-order"], id="date-order"),
        pytest.param(HEAD, ROW.replace("2027-03-08", "3/14/2027"), [], id="date-order-proven"),
        pytest.param(HEAD, ROW.replace("2027-03-08", "3/14/27"), ["short-years"], id="short-years"),
        pytest.param(HEAD, f"{ROW}\n{ROW.replace('America/New_York', '')}", ["zone"], id="zone-of-some-rows"),
        pytest.param(f"{HEAD},Remind before", f"{ROW},24", ["unit E"], id="numbers-without-a-unit"),
        pytest.param(f"{HEAD},Remind before", f"{ROW},24 hours", [], id="numbers-with-a-unit"),
        pytest.param(f"{HEAD},Remind before (hours)", f"{ROW},24", [], id="unit-in-the-heading"),
        pytest.param(f"{HEAD},Mobile", f"{ROW},2125550142", ["phone"], id="two-phones"),
        pytest.param(f"{HEAD},Appointment status", f"{ROW},CANCELLED", [], id="status-is-the-action"),
        pytest.param(f"{HEAD},Visit state", f"{ROW},cancelled", ["column E"], id="status-column"),
        pytest.param(f"{HEAD},Appointment status", f"{ROW},tentative", ["word tentative"], id="unknown-word"),
        pytest.param(
            HEAD.replace("Phone", "Handynummer"), ROW.replace("2125550141", "0171 2345678"), ["country"], id="country"
        ),
        pytest.param(
            HEAD.replace("Phone", "Handynummer"), ROW.replace("2125550141", "+49 171 2345678"), [], id="country-is-said"
        ),
        pytest.param(f"{HEAD},Consent", f"{ROW},No", ["consent E"], id="consent"),
    ],
)
def test_only_what_is_open_is_asked(tmp_path: Path, head: str, row: str, asked: list[str]) -> None:
    """A sheet that says everything is asked nothing; each gap is one question."""
    assert keys(begun(tmp_path, f"{head}\n{row}\n")) == asked


def test_sheet_in_another_language_is_asked_column_by_column(tmp_path: Path) -> None:
    """Headings that nobody knows are shown with their cells; those that fit come first, and are the default."""
    start = begun(tmp_path, "Puhelin,Alkaa,Hinta\n2125550141,2027-03-08 13:30,45\n2125550142,2027-03-09 13:30,50\n")

    assert keys(start) == ["phone", "eventDateTime", "zone", "type"]
    assert question(start, "phone").default == "A"
    assert question(start, "phone").choices[0].meaning == 'Column A "Puhelin": 2125550141 | 2125550142'
    assert columns_after(start, phone="", eventDateTime="B") == {"Puhelin": "phone", "Alkaa": "eventDateTime"}


def test_day_and_time_of_unknown_headings_are_told_apart_by_their_cells(tmp_path: Path) -> None:
    """A column of days becomes the date, and the time of day is asked for next."""
    start = begun(tmp_path, f"Phone,Paiva,Kello,Time zone,Type\n2125550141,2027-03-08,13:30,America/New_York,{UUID}\n")

    assert columns_after(start, eventDateTime="B", time="") == {"Paiva": "date", "Kello": "time"}


def test_two_headings_that_are_the_same_are_no_question(tmp_path: Path) -> None:
    """No profile can tell them apart, so nobody is asked which one is meant."""
    assert keys(begun(tmp_path, f"{HEAD},Phone\n{ROW},2125550142\n")) == []


def test_two_systems_at_once_are_one_question_first(tmp_path: Path) -> None:
    """A sheet with the headings of two systems is asked which it is, and nothing else before."""
    heads = [
        "Phone,Start Time,Timezone,Calendar,Appointment Price,Paid?,Label,Scheduled By,Appointment ID,Type",
        (
            "Invitee First Name,Invitee Last Name,Invitee Email,Invitee Time Zone,Text Reminder Number,Event Type Name,"
            "Start Date & Time,Marked as No-Show,Invitee Reconfirmed"
        ),
    ]
    start = begun(tmp_path, ",".join(heads) + "\n" + "x," * 18 + "x\n")

    assert keys(start) == ["system"]
    assert [choice.value for choice in question(start, "system").choices] == ["acuity", "calendly", "none"]
    assert "system" not in [
        one.key for one in open_questions(start.seen, settle(start.answered, question(start, "system"), "1"))
    ]


def test_column_that_a_known_system_lost_is_asked_for(tmp_path: Path) -> None:
    """A renamed column of a known system is one question more, with the column that fits as its default."""
    head = (
        "Appointment reference,Client,Team member,Resource,Scheduled date,Scheduled time,Duration,Services,Status,Num"
    )
    row = "#F41,Mia Stone,Robin,,08 Mar 2027,13:30,30,Check-up,Confirmed,2125550141"
    start = begun(tmp_path, f"{head}\n{row}\n")

    assert start.title == "Fresha"
    assert keys(start)[0] == "phone"
    assert question(start, "phone").default == "J"


def test_profile_that_names_a_heading_that_is_gone_is_told(tmp_path: Path) -> None:
    """The heading is named, and the field that it stood for is asked for again."""
    (tmp_path / "importer.toml").write_text('[profile.default.columns]\n"Handy" = "phone"\n', encoding="utf-8")
    start = begun(tmp_path, f"Number,Start,Time zone,Type\n{ROW}\n")

    assert start.gone == ("Handy",)
    assert keys(start) == ["phone"]


def test_order_of_dates_shows_what_each_answer_makes_of_a_date(tmp_path: Path) -> None:
    """The two readings of a date of the sheet stand beside the answers."""
    start = begun(tmp_path, f"{HEAD}\n{ROW.replace('2027-03-08', '3/4/2027')}\n")
    meanings = [choice.meaning for choice in question(start, "date-order").choices]

    assert meanings == [
        "month first: 3/4/2027 13:30 is 4 March 2027",
        "day first: 3/4/2027 13:30 is 3 April 2027",
    ]


def test_column_that_says_what_to_do_brings_up_its_unknown_words(tmp_path: Path) -> None:
    """Once the column is said to be the action, each of its words that is no action is one question."""
    start = begun(tmp_path, f"{HEAD},Visit state\n{ROW},cancelled\n{ROW},tentative\n{ROW},bestätigt\n{ROW},\n")
    used = settle(start.answered, question(start, "column E"), "use")

    assert [one.key for one in open_of(start, used)] == ["word tentative", "blank status"]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("country", "Germany"),
        ("country", "99"),
        ("zone", "Mars"),
        ("zone", "EST5"),
        ("type", "UUID"),
        ("type", "00000000-0000-0000-0000-000000000000"),
        ("type", "6c52d314-a3ca-4781-ba70-XXXXXXXXXXXX"),
        ("type", f"Cleaning={UUID}"),
        ("type", f"Check-up={UUID}, "),
    ],
)
def test_answer_that_cannot_be_is_refused(tmp_path: Path, key: str, answer: str) -> None:
    """Countries and zones that do not exist, placeholders, and types that the sheet does not name."""
    phone = "0171 2345678" if key == "country" else "2125550141"
    start = begun(tmp_path, f"Phone,Start,Type\n{phone},2027-03-08 13:30,Check-up\n")
    with pytest.raises(AnswerRefused):
        settle(start.answered, question(start, key), answer)


@pytest.mark.parametrize(
    ("cells", "offered"),
    [
        (("0171 2345678", "0171 2345679", "0171 23"), "DE"),
        (("07911 123456", "07911 123457"), "GB"),
        (("06 12 34 56 78", "07 98 76 54 32"), "FR"),
        (("612 345 678", "622 345 678"), "ES"),
        (("06-12345678", "020 1234567"), "NL"),
        (("(11) 98765-4321", "(21) 98765-4321"), "BR"),
        (("(212) 555-0111", "212 555 0112", "212-555-01", "212.555.0114"), "US"),
    ],
)
def test_country_of_mobiles_is_offered_and_none_where_they_are_landlines(
    tmp_path: Path, cells: tuple[str, ...], offered: str
) -> None:
    """The country whose mobiles they are is offered, also where a cell is wrong; one where they would be landlines is not."""
    rows = "".join(f"{cell},2027-03-08 13:30,America/New_York,{UUID}\n" for cell in cells)
    asked = question(begun(tmp_path, f"{HEAD}\n{rows}"), "country")

    assert offered in [choice.value for choice in asked.choices]
    assert "AT" not in [choice.value for choice in asked.choices]
    assert asked.default == ("US" if offered == "US" else "open")


@pytest.mark.parametrize(("heading", "cell"), [("Annulé le", "20/02/2027"), ("Afgezegd", "ja")])
def test_flag_is_not_offered_as_what_to_do(tmp_path: Path, heading: str, cell: str) -> None:
    """A day of cancelling, or a yes below "Cancelled", stops its row, and is no word for an action."""
    asked = question(begun(tmp_path, f"{HEAD},{heading}\n{ROW},{cell}\n"), "column E")

    assert [choice.value for choice in asked.choices] == ["ignore"]


def test_types_are_answered_by_name_in_any_case(tmp_path: Path) -> None:
    """Several types are one question; a uuid alone leaves the column of names out."""
    start = begun(tmp_path, "Phone,Start,Time zone,Type\n2125550141,2027-03-08 13:30,America/New_York,Check-up\n")
    asked = question(start, "type")
    named = {"event_types": {"Check-up": UUID}, "columns": {"Type": "eventType"}}

    assert settle(start.answered, asked, f"check-UP = {UUID.upper()}").table == named
    assert settle(start.answered, asked, UUID).table == {"event_type": UUID, "columns": {"Type": ""}}


def test_uuids_that_another_profile_names_are_the_default(tmp_path: Path) -> None:
    """What was once answered is not looked up again."""
    start = begun(tmp_path, "Phone,Start,Time zone,Type\n2125550141,2027-03-08 13:30,America/New_York,Check-up\n")
    asked = open_questions(start.seen, start.answered, Hints("", {"CHECK-UP": UUID}))[0]

    assert asked.default == f"Check-up={UUID}"
    assert settle(start.answered, asked, "").table["event_types"] == {"Check-up": UUID}


def test_zone_of_the_machine_is_a_default_that_can_be_left_open(tmp_path: Path) -> None:
    """Enter takes the zone of this machine; ``open`` writes nothing."""
    start = begun(tmp_path, f"Phone,Start,Type\n2125550141,2027-03-08 13:30,{UUID}\n")
    asked = open_questions(start.seen, start.answered, Hints("Europe/London"))[0]

    assert settle(start.answered, asked, "").table == {"zone": "Europe/London"}
    assert settle(start.answered, asked, "open").table == {}


def test_option_for_a_question_that_is_not_open_is_refused(tmp_path: Path) -> None:
    """A misspelt key answers nothing unseen; a zone is the profile's own line, asked or not."""
    start = begun(tmp_path, f"{HEAD}\n{ROW}\n")

    with pytest.raises(UsageError, match="does not ask"):
        answer_ready(start, {"date-ordr": "dmy"})
    assert answer_ready(start, {"zone": "Pacific"}).table == {"zone": "America/Los_Angeles"}
    with pytest.raises(UsageError):
        pairs(["date-order"])
    assert pairs(["word a=b=cancel"]) == {"word a=b": "cancel"}


def test_profile_of_the_folder_is_not_shadowed_unseen(tmp_path: Path) -> None:
    """A profile of that name in the folder's own file would be taken instead of the new one, so that is refused."""
    (tmp_path / "importer.toml").write_text('[profile.clinic]\nzone = "Europe/London"\n', encoding="utf-8")
    (tmp_path / "sheet.csv").write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8")
    settings, _ = load({}, environ={}, folder=tmp_path, user_file=tmp_path / "own.toml")

    with pytest.raises(SettingsError, match="goes before"):
        begin(str(tmp_path / "sheet.csv"), settings, tmp_path / "own.toml", name="clinic", said={})


def test_wrong_profile_is_no_bug() -> None:
    """A table that cannot be is told as such."""
    with pytest.raises(SettingsError, match="zone should be"):
        Answered("clinic", {"zone": "Mars"}).profile()


def test_hidden_rows_are_a_question_of_their_own(tmp_path: Path) -> None:
    """Whether rows that are hidden in a workbook are meant is asked, with their numbers, and once only."""
    book = openpyxl.Workbook()
    for row in (HEAD, ROW, ROW, ROW):
        book.active.append(row.split(","))
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "sheet.xlsx")
    start = begin(str(tmp_path / "sheet.xlsx"), Settings(), tmp_path / "importer.toml", said={})
    asked = question(start, "hidden-rows")
    answered = settle(start.answered, asked, "leave_out")

    assert (asked.samples, asked.default) == (("row 3",), "open")
    assert answered.table == {"hidden_rows": "leave_out"}
    assert open_of(start, answered) == ()
