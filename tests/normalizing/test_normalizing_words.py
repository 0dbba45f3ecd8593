"""Actions, flags, names, e-mail addresses, ids, uuids and types: exact, or a reason."""

from __future__ import annotations

import time
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.issues import Issue
from importer.model.profile import EventType
from importer.model.statuses import Action
from importer.normalizing.actions import ACTIONS, FALSE, TRUE, parse_action, parse_flag
from importer.normalizing.names_and_texts import (
    USUAL_EMAIL,
    USUAL_ID,
    USUAL_NAME,
    parse_email,
    parse_event_type,
    parse_external_id,
    parse_name,
    parse_uuid,
    trimmed,
)
from importer.normalizing.value_reading import Parser, Reading, odd_places, reading_of
from schemas.fields import folded


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("create", Action.CREATE),
        (" Create ", Action.CREATE),
        ("NEW", Action.CREATE),
        ("update", Action.UPDATE),
        ("cancel", Action.CANCEL),
        ("canceled", Action.CANCEL),
        ("Cancelled", Action.CANCEL),
        ("deleted", Action.CANCEL),
        ("no_show", Action.NO_SHOW),
        ("no show", Action.NO_SHOW),
        ("No-Show", Action.NO_SHOW),
        ("noshow", Action.NO_SHOW),
        ("did not attend", Action.NO_SHOW),
        ("upsert", Action.UPSERT),
        ("booked", Action.UPSERT),
        ("confirmed", Action.UPSERT),
        ("arrived", Action.NONE),
        ("fulfilled", Action.NONE),
        ("checked-in", Action.NONE),
    ],
)
def test_reads_actions(text: str, action: Action) -> None:
    """The importer's words, the obvious ones and FHIR's, whatever their case, blanks and dashes."""
    assert parse_action(text) == Reading(action.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "action_blank"),
        (" \u00a0", "action_blank"),
        ("?", "action_unknown"),
        ("creat", "action_unknown"),
        ("pending", "action_unknown"),
        ("proposed", "action_unknown"),
        ("waitlist", "action_unknown"),
        ("entered-in-error", "action_unknown"),
        ("TRUE", "action_unknown"),
        ("1", "action_unknown"),
        ("rescheduled", "action_unknown"),
        ("Reprogramada", "action_unknown"),
        ("Canceled by patient", "action_unknown"),
        ("Late cancel", "action_unknown"),
        ("None", "action_unknown"),
        ("- None", "action_unknown"),
        ("N/A", "action_unknown"),
        ("-", "action_unknown"),
    ],
)
def test_an_action_is_never_guessed(text: str, code: str) -> None:
    """A blank or unknown word is a problem, never a default."""
    assert codes(reading_of(parse_action, text)) == [code]


def test_every_action_can_be_said() -> None:
    """Each action's own word but "none" is among its spellings, and no spelling is written unfolded."""
    said = {action for action in Action if action is not Action.NONE}
    assert {action.value for action in said} == {ACTIONS[folded(action.value)].value for action in said}
    assert all(word == folded(word) for word in ACTIONS)


@pytest.mark.parametrize("text", ["TRUE", "true", "Yes", "y", "1", " t ", "1.0"])
def test_reads_yes(text: str) -> None:
    """The listed spellings are true."""
    assert parse_flag(text) == Reading("true")


@pytest.mark.parametrize("text", ["FALSE", "false", "No", "n", "0", "f", "0.0"])
def test_reads_no(text: str) -> None:
    """The listed spellings are false."""
    assert parse_flag(text) == Reading("false")


@pytest.mark.parametrize("text", ["on", "x", "ok", "2", "-1", "null", "yes please", "ja", "truee"])
def test_anything_else_is_neither(text: str) -> None:
    """What is not listed is a problem, not false."""
    assert codes(reading_of(parse_flag, text)) == ["flag_unreadable"]


def test_yes_and_no_do_not_overlap() -> None:
    """No spelling is both."""
    assert not TRUE & FALSE


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("O'Brien", "O'Brien"),
        ("  Ana ", "Ana"),
        ("\u00a0Ana\u200b", "Ana"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u0645\u0631\u064a\u0645", "\u0645\u0631\u064a\u0645"),
        ("=Ana", "=Ana"),
        ("Null", "Null"),
        ("NA", "NA"),
        ("Ana  Maria", "Ana  Maria"),
        ("\U0001f469\u200d\u2695\ufe0f", "\U0001f469\u200d\u2695\ufe0f"),
        ("", ""),
    ],
)
def test_reads_names(text: str, value: str) -> None:
    """A name is sent as typed, trimmed and composed; no name counts as missing, none as a formula."""
    assert parse_name(text) == Reading(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ana\nMaria", "text_odd_character"),
        ("Ana\tMaria", "text_odd_character"),
        ("Ana\x00", "text_odd_character"),
        ("\x1b[31mAna", "text_odd_character"),
        ("Zo\ufffd", "text_odd_character"),
        ("\ud800", "text_odd_character"),
        ("x" * 256, "text_too_long"),
    ],
)
def test_refuses_what_is_no_name(text: str, code: str) -> None:
    """Control characters, broken encodings and pages of text are problems; nothing is cut."""
    assert codes(reading_of(parse_name, text)) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.com",
        "Ana.O'Brien+tag@mail.example.co.uk",
        "a@b.io",
        "x_y-z@sub-domain.example",
        "an\u00e0@".replace("\u00e0", "a") + "b\u00fccher.example",
    ],
)
def test_reads_email_addresses(text: str) -> None:
    """One address in its common form is kept as typed."""
    assert parse_email(f" {text} ") == Reading(text)


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "ana@example..com",
        ".ana@example.com",
        "ana.@example.com",
        "a..b@example.com",
        "ana@-example.com",
        "ana@example-.com",
        "ana maria@example.com",
        "Ana <ana@example.com>",
        "ana@example.com, bob@example.com",
        "ana@example.com\nbcc: bob@example.com",
        "mailto:ana@example.com",
        "ana at example",
        "email",
        "same as above",
        "no@",
        "a" * 250 + "@example.com",
    ],
)
def test_refuses_what_is_no_email_address(text: str) -> None:
    """Lists, display names and slips are problems."""
    assert codes(reading_of(parse_email, text)) == ["email_unreadable"]


@pytest.mark.parametrize(
    "text",
    [
        "112233",
        "00123",
        "A-17/b",
        "12345678901234567890",
        "1E5",
        "5e10",
        "TRUE",
        "NA-1",
        "none2",
        "A",
        "Term\u00edn 5",
        "1.5",
        "12345.05",
        "x" * 255,
    ],
)
def test_reads_external_ids_exactly(text: str) -> None:
    """An id is text: zeros, case, signs and 20 digits stay."""
    assert parse_external_id(f" {text}\u00a0") == Reading(text)


@pytest.mark.parametrize(
    "text",
    [
        "NULL",
        "null",
        "N/A",
        "n.a.",
        "#N/A",
        "-",
        "--",
        "—",
        "None",
        "- none -",
        "(null)",
        "<unknown>",
        "NaN",
        "TBD",
        "tba.",
        "?",
        "nil",
        "Not assigned",
        "keine",
        "Desconocido",
        "inconnu",
        "_",
        "NONE-",
        "...",
    ],
)
def test_a_word_for_nothing_is_no_id(text: str) -> None:
    """What programs and people write where there is no number is read as blank, and the row says so."""
    assert parse_external_id(f" {text}") == Reading("", (Issue("read_as_blank"),))


@pytest.mark.parametrize(
    "text",
    [
        "n/a", "-", "none", "None", "NULL", "no email", "No E-Mail", "no e mail", "no email on file", "none on file", "keine", "keine E-Mail", "kein Email",
        "aucun", "pas d'email", "pas d\u2019e-mail", "sin correo", "sin correo electr\u00f3nico", "sem email", "senza email", "geen e-mail", "declined",
        "Patient declined", "no", "x", "(no email)", "keine Mailadresse", "doesn't have email",
    ],
)  # fmt: skip
def test_a_word_for_nothing_is_no_email_address(text: str) -> None:
    """An address is not needed, so what says that there is none is read as blank, and the row says so."""
    assert parse_email(f" {text}") == Reading("", (Issue("read_as_blank"),))


DAYS = (
    "2027-03-01", "2027-03-01 00:00:00", "2027/3/4", "1-Mar", "01-mar", "Mar-01", "mar-01", "Dec-2027", "May-12", "01/03/2027", "3/1/27", "12.03.2027",
    "03-04-2027", "01. Mrz", "1-mars", "1-M\u00e4r", "Jan-27", "5-Sept", "1-Mar-27",
)  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_refuses_ids_that_a_spreadsheet_made_a_day_of(text: str) -> None:
    """3-1 typed into a cell becomes a day, and what was typed is lost, among many values as among few."""
    assert codes(reading_of(parse_external_id, text)) == ["id_damaged"]
    assert odd_places(["1001", text], USUAL_ID).tolist() == [1]


@pytest.mark.parametrize(
    "text",
    ["3-4", "MAR-01", "2027-03-19-01", "20270301", "APT-1001", "Apt-1001", "1-Mary", "1001-Mar", "10-20-30", "1.2.3", "2027-03", "2027-13-01", "Set-10", "A-2027-03-01", "45-2027"],
)  # fmt: skip
def test_ids_that_are_no_days_stay(text: str) -> None:
    """A number of parts, a code beside a day and an abbreviation in capitals are what somebody typed."""
    assert parse_external_id(text) == Reading(text)


@pytest.mark.parametrize("text", ["0", "00", "000000", "0.0"])
def test_zeros_alone_are_no_id(text: str) -> None:
    """Zeros are the number that a program gives to whatever has none: a problem, for it may be one after all."""
    assert codes(reading_of(parse_external_id, text)) == ["id_zero"]


@pytest.mark.parametrize("text", ["NULL", "N/A", "None", "-", "(null)"])
def test_a_word_for_nothing_is_no_uuid(text: str) -> None:
    """It names no reminder, and must never become part of an address."""
    assert parse_uuid(text) == Reading("", (Issue("read_as_blank"),))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("C\u00a07", "C 7"),
        ("C\u20097", "C 7"),
        ("C\u30007", "C 7"),
        ("Zu\u0308-9", "Z\u00fc-9"),
        ("C\u20117", "C-7"),
        ("C\u22127", "C-7"),
        ("\u212b1", "\u00c51"),
    ],
)
def test_ids_that_look_the_same_are_the_same(text: str, value: str) -> None:
    """Unicode forms, kinds of blank and short dashes make no two appointments of one."""
    assert parse_external_id(text) == Reading(value)


def test_drops_the_point_that_a_program_added() -> None:
    """``12345.0`` is the number 12345, with a warning."""
    reading = parse_external_id("12345.0")

    assert (reading.value, codes(reading)) == ("12345", ["id_decimal_dropped"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1E+15", "id_damaged"),
        ("1.23457E+15", "id_damaged"),
        ("1,23457E+15", "id_damaged"),
        ("1e+05", "id_damaged"),
        ("12\x0034", "id_odd_character"),
        ("12\n34", "id_odd_character"),
        ("12\u200b34", "id_odd_character"),
        ("12\u202e34", "id_odd_character"),
        ("x" * 256, "id_too_long"),
    ],
)
def test_refuses_ids_that_are_not_what_they_look_like(text: str, code: str) -> None:
    """Ids with lost digits or characters that cannot be seen are problems."""
    assert codes(reading_of(parse_external_id, text)) == [code]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1a2b3c4d5e6f7g8h9i0j", "1a2b3c4d5e6f7g8h9i0j"),
        ("db04f6ff-42e4-4bba-a9d3-XXXXXXXXXXXX", "db04f6ff-42e4-4bba-a9d3-XXXXXXXXXXXX"),
        (" {DB04F6FF-42e4-4bba-a9d3-000000000000} ", "DB04F6FF-42e4-4bba-a9d3-000000000000"),
        ("", ""),
        (" ", ""),
    ],
)
def test_reads_uuids(text: str, value: str) -> None:
    """A uuid is opaque: letters, digits and dashes, one pair of braces trimmed, case kept."""
    assert parse_uuid(text) == Reading(value)


@pytest.mark.parametrize(
    "text",
    [
        "a/b",
        "..",
        "a b",
        "a?b",
        "a#b",
        "https://example.com/x",
        "{a",
        "a}",
        "{}",
        "{{a}}",
        "a\x00",
        "\u0430bc",
        "a" * 129,
        "%2e",
    ],
)
def test_refuses_what_is_no_uuid(text: str) -> None:
    """Whatever could change the path of a request is a problem."""
    assert codes(reading_of(parse_uuid, text)) == ["uuid_unreadable"]


TYPES = {"Check-up": EventType("6c52d314-a3ca-4781-ba70-000000000000"), "Cleaning": EventType("1a2b3c4d5e6f7g8h9i0j")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Check-up", "6c52d314-a3ca-4781-ba70-000000000000"),
        (" CLEANING ", "1a2b3c4d5e6f7g8h9i0j"),
        ("{6c52d314-a3ca-4781-ba70-000000000000}", "6c52d314-a3ca-4781-ba70-000000000000"),
        ("6C52D314a3ca4781ba70000000000000", "6c52d314-a3ca-4781-ba70-000000000000"),
        ("", ""),
    ],
)
def test_reads_appointment_types(text: str, value: str) -> None:
    """A type is a name of the profile, or what has the shape of a uuid."""
    assert parse_event_type(text, TYPES) == Reading(value)


@pytest.mark.parametrize(
    "text",
    [
        "Checkup",
        "ONLINE_CONCERT",
        "12345",
        "a/b",
        "{}",
        "Consultation-and-more",
        "FollowUpVisitWithXray2Views",
        "1a2b3c4d5e6f7g8h9i0k",
        "6c52d314-a3ca-4781-ba70-XXXXXXXXXXXX",
    ],
)
def test_refuses_unknown_types(text: str) -> None:
    """A name that the profile does not know is no uuid; the known ones are named."""
    (remark,) = reading_of(partial(parse_event_type, types=TYPES), text).remarks

    assert remark.code == "event_type_unknown"
    assert "Check-up" in remark.detail


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u200b", "\u2007", "\u3000", "\ufeff", "\u200b\u00a0"])
def test_blanks_within_a_long_cell_are_passed_in_time(blank: str) -> None:
    """Blanks of any kind are taken from the ends only, and 32,000 of them within a cell hold nothing up."""
    inner = f"a{blank * (32_000 // len(blank))}b"
    begun = time.process_time()

    assert trimmed(f"{blank}{inner}{blank}") == inner
    assert time.process_time() - begun < 0.05


@given(st.text(max_size=40))
def test_trimming_takes_nothing_but_blanks(text: str) -> None:
    """What trimming takes away stands at the ends and cannot be seen; doing it twice changes nothing."""
    kept = trimmed(text)
    before, _, after = text.partition(kept) if kept else (text, "", "")

    assert trimmed(kept) == kept
    assert all(mark.isspace() or unicodedata.category(mark) == "Cf" for mark in before + after)


@pytest.mark.parametrize(
    ("usual", "parse"),
    [(USUAL_NAME, parse_name), (USUAL_EMAIL, parse_email), (USUAL_ID, parse_external_id)],
    ids=["names", "emails", "ids"],
)
@given(data=st.data())
def test_values_that_are_not_parsed_are_their_own_readings(data: st.DataObject, usual: object, parse: Parser) -> None:
    """The shortcut for columns of everyday values never lets anything pass that the parser would change or refuse."""
    alphabet = st.sampled_from("ab9Z.-_'@+ {}\u00a0\u00e9\u00ad\u0301\u200b\x00\t=E") | st.characters(
        max_codepoint=0x250
    )
    text = data.draw(
        st.text(alphabet, max_size=12) | st.from_regex(r"[a-z0-9._-]{1,6}@[a-z0-9.-]{1,8}", fullmatch=True)
    )

    if not len(odd_places([text], usual)):  # type: ignore[arg-type]
        assert parse(text) == Reading(text)


@pytest.mark.parametrize(
    "text",
    [
        "J\u221a\u2202rg",  # read as Mac Roman
        "Jos\u251c\u00ae",  # read as a DOS code page
        "Ren\u201a",  # DOS read as Windows-1252
        "Fran\u2021oise",
        "Pe\u00a4aloza",
        "D&#39;Angelo",
        "Ren&eacute;",
        "Smith &amp; Sons",
        "Ren=C3=A9",
        "Ren%C3%A9",
        "Ren\\u00e9",
        "J?rg",
    ],
)
def test_broken_names_are_problems(text: str) -> None:
    """Letters of DOS and codes that nobody decoded are not sent as somebody's name."""
    assert codes(reading_of(parse_name, text)) == ["text_broken"]


@pytest.mark.parametrize(
    "text",
    [
        "J\u00f6rg", "D\u2019Angelo", "Stra\u00df\u2019s", "CAF\u00c9\u2019S", "\u010c\u00cd\u0160EK", "\u017di\u017eka", "M\u00aa Jos\u00e9", "AT&T", "R&D;",
        "Robert \u201cBob\u201d Lee", "Jo\u00e3o", "\u00c2ngela", "\u0130brahim \u015eahin", "\u738b\u5c0f\u660e", "\u0410\u043d\u043d\u0430", "M\u00fcller\u2013L\u00fcdenscheidt", "Col\u00b7lell",
        "O\u00b4Brien", "Anne-Marie", "Null", "Na", "Nan", "Ren\u00e9e (N\u00e9e)", "D'Arcy", "Smith?", "A + B",
    ],
)  # fmt: skip
def test_ordinary_names_are_whole(text: str) -> None:
    """Names of many languages, quotes, dashes and the surnames Null and Na raise nothing."""
    assert parse_name(text) == Reading(text)


@pytest.mark.parametrize("text", ["NULL", "None", "N/A", "(null)", "unknown", "undefined", "-", "--", "TBD", "nan"])
def test_a_word_for_nothing_is_a_doubtful_name(text: str) -> None:
    """It is sent, for it may be somebody's name, with a warning."""
    assert parse_name(text) == Reading(text, (Issue("name_placeholder"),))


@pytest.mark.parametrize(
    "text",
    [*DAYS, "ana@example.com", "Ana ana@example.com", "(212) 555-0105", "2125550105", "Ana 212-555-0105", "TRUE", "FALSE", "12345", "1-Apr", "Apr-01", "7"],
)  # fmt: skip
def test_what_stands_in_other_columns_is_a_doubtful_name(text: str) -> None:
    """A text would greet the person with a day, an address, a phone or a number, among many names as among few."""
    assert parse_name(text) == Reading(text, (Issue("name_placeholder"),))
    assert odd_places(["Ana", text], USUAL_NAME).tolist() == [1]


@pytest.mark.parametrize(
    "text", ["April", "May", "Mary 2", "John 3rd", "X \u00c6 A-12", "Jean (2)", "True", "June", "Mar", "Juan Carlos I"]
)
def test_names_that_are_words_of_a_calendar_stay(text: str) -> None:
    """Somebody may be called like a month, or be the second of the name."""
    assert parse_name(text) == Reading(text)
