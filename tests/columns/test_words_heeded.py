"""What sheets say of a visit and of texting, word by word and heading by heading."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_again import (
    CONSENT_AGAIN,
    FLAGS_AGAIN,
    OFF_AGAIN,
    OFF_ANYWHERE_AGAIN,
    ORDINARY_AGAIN,
    PASSING_AGAIN,
)
from judged_fresh import CONSENT_FRESH, FLAGS_FRESH, HARMLESS_FRESH, HEEDED_FRESH, OFF_FRESH, PASSING_FRESH
from judged_spoken import (
    A_VISIT,
    BAD_NUMBERS,
    CONSENT_IN_MORE_LANGUAGES,
    DAYS_OF_DEATH,
    DOUBTFUL,
    FLAGS_IN_MORE_LANGUAGES,
    GIVEN,
    HARMLESS,
    LAST_NEWS,
    NEWS_OF_OTHERS,
    NO_AND_OFF,
    NO_AND_STANDS,
    NO_VISIT,
    NOT_GIVEN,
    NOT_REFUSED,
    NOTED_AS_MOVED_OR_OVER,
    NOTED_OF_OTHERS,
    NUMBER_FLAGS,
    NUMBER_FLAGS_WARNED,
    OFF_IN_MORE_LANGUAGES,
    OFF_SPOKEN,
    ON_FLAGS,
    PERHAPS_NOT_GIVEN,
    PERHAPS_REFUSING,
    REFUSED_PERHAPS,
    REFUSED_STILL,
    REFUSING,
    STANDING,
    STANDING_IN_MORE_LANGUAGES,
    STATES,
    STATES_OF_COUNTRIES,
    STATUS_OF_THINGS,
)
from judged_words import (
    CONSENT,
    FLAGS,
    OFF_ANYWHERE,
    OFF_WORDS,
    ORDINARY,
    ORDINARY_WORDS,
    REFUSED_ANYWHERE,
    WARNED,
)
from processor_time import processor_s

from importer.columns import UnusedStatus, match
from importer.columns.status_phrases import LONGEST, parts
from importer.columns.visit_words import worth_reading
from importer.model.batches import CellFlaw
from importer.model.chunks import Chunk
from importer.model.profile import Profile
from importer.problems import KINDS
from schemas import heading_words, status_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.model.issues import Issues

FALSY: Final = ("", "No", "0", "FALSE", "-", "N/A")
TRUTHY: Final = ("Yes", "1", "TRUE", "x", "Y")
OFF_WORDS_FLAT: Final = [(language, word) for language, words in OFF_WORDS.items() for word in words]


def findings(
    heading: str, *cells: str, profile: Profile | None = None, action: str = "upsert", flaws: Iterable[CellFlaw] = ()
) -> list[Issues]:
    """Return what is found in one column of cells."""
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    frame.index = pd.Index(range(2, len(cells) + 2))
    matching = match(("phone", "externalEventId", heading), profile or Profile())
    return list(UnusedStatus(matching).findings(Chunk(frame, tuple(flaws)), np.full(len(cells), action, dtype=object)))


def codes(heading: str, *cells: str, profile: Profile | None = None, action: str = "upsert") -> list[str]:
    return [finding.code for finding in findings(heading, *cells, profile=profile, action=action)]


@pytest.mark.parametrize(("language", "word"), OFF_WORDS_FLAT)
def test_word_that_calls_a_visit_off_stops_its_row(language: str, word: str) -> None:
    """Below "Status", a word for cancelled, missed, given up or on hold is a problem, in each of six languages."""
    assert language in {"en", "es", "fr", "de", "nl", "pt"}
    assert codes("Status", word) == ["status_not_used"]


@pytest.mark.parametrize("word", ORDINARY_WORDS)
def test_ordinary_status_passes(word: str) -> None:
    """A word that says that the visit stands, took place or was paid, and a word for nothing, raise nothing."""
    assert codes("Status", word) == []


@pytest.mark.parametrize(("heading", "cell"), OFF_ANYWHERE)
def test_cell_is_heeded_wherever_it_stands(heading: str, cell: str) -> None:
    """A cell that says that the visit is off stops its row under any heading, names included."""
    assert codes(heading, cell) == ["status_not_used"]


@pytest.mark.parametrize("heading", ["Subject", "SUMMARY", "Event title", "Betreff"])
def test_mark_before_or_behind_a_title_stops_its_row(heading: str) -> None:
    """Outlook writes "Canceled: " before the title of a visit that is off; in free notes the same words are a warning."""
    marked = [
        "Canceled: Cleaning with Dr Lee, and bring your papers",
        "[Cancelled] Ana",
        "Ana (no show)",
        "Abgesagt: Reinigung",
    ]
    other = ["Cleaning", "Ana (not cancelled)", "No show fee: Ana", "Cancellation policy: 24 h"]

    assert [codes(heading, cell) for cell in marked] == [["status_not_used"]] * len(marked)
    assert codes(heading, *other) == []
    assert codes(heading, "Cancelled her last one") == codes("Notes", *marked[:1]) == ["status_in_notes"]


@pytest.mark.parametrize("code", ["merged_cells", "cell_error", "formula_without_value"])
@pytest.mark.parametrize(
    ("heading", "passing"),
    [
        ("Status", ("cancel", "no_show", "none")),
        ("Cancelled", ("cancel", "no_show", "none")),
        ("Attending", ("cancel", "no_show", "none")),
        ("OK to text", ("cancel", "none")),
        ("Opted out of texts", ("cancel", "none")),
    ],
)
def test_cell_that_cannot_be_read_stops_its_row_where_it_decides(
    heading: str, passing: tuple[str, ...], code: str
) -> None:
    """Below a heading that asks of the visit or of texts, a cell of which nobody knows what it says stops its row, unless it asks for less."""
    actions = ("upsert", "create", "update", "no_show", "cancel", "none")
    lost = {action: findings(heading, "", action=action, flaws=[CellFlaw(2, 2, code, "C2:C9")]) for action in actions}

    assert [action for action, found in lost.items() if not found] == [each for each in actions if each in passing]
    assert {(found.code, found.columns, *found.positions) for each in lost.values() for found in each} == {(code, 2, 0)}
    assert findings("Provider", "", flaws=[CellFlaw(2, 2, code, "C2:C9")]) == []
    assert findings(heading, "", profile=Profile(columns={heading: ""}), flaws=[CellFlaw(2, 2, code, "C2:C9")]) == []


@pytest.mark.parametrize(("heading", "is_set", "is_not"), FLAGS)
def test_flag_is_heeded_in_both_polarities(heading: str, is_set: str, is_not: str) -> None:
    """Below a heading that asks whether the visit is off, or on, the one answer stops the row and the other passes."""
    assert (codes(heading, is_set), codes(heading, is_not)) == (["status_not_used"], [])


@pytest.mark.parametrize(("heading", "refuses", "allows"), CONSENT)
def test_consent_is_heeded_in_both_polarities(heading: str, refuses: str, allows: str) -> None:
    """Below a heading of consent to texts, as words, letters or digits, a refusal stops the row."""
    assert (codes(heading, refuses), codes(heading, allows)) == (["consent_refused"], [])


@pytest.mark.parametrize(("heading", "cell"), REFUSED_ANYWHERE)
def test_refusal_is_heeded_wherever_it_stands(heading: str, cell: str) -> None:
    """A cell that says that nobody may text stops its row under any heading."""
    assert codes(heading, cell) == ["consent_refused"]


@pytest.mark.parametrize(("heading", "cell"), WARNED)
def test_what_is_unsure_is_a_warning(heading: str, cell: str) -> None:
    """Free notes, consent that does not say to what, and unknown status words are warnings."""
    (code,) = codes(heading, cell)

    assert KINDS[code].is_warning


@pytest.mark.parametrize(("heading", "cell"), ORDINARY)
def test_ordinary_cell_raises_nothing(heading: str, cell: str) -> None:
    """What is said of money, e-mail, marketing, papers, names, places and other visits stops nobody."""
    assert codes(heading, cell) == []


def wrong(cases: Iterable[tuple[str, str]], right: list[str]) -> list[tuple[str, str, list[str]]]:
    """Return the cases that are judged otherwise."""
    return [(heading, cell, found) for heading, cell in cases if (found := codes(heading, cell)) != right]


def test_other_words_and_cells_are_judged_right() -> None:
    """Words and headings that nobody thought of when the tables were made call visits off, too."""
    assert wrong((("Status", word) for word in OFF_AGAIN), ["status_not_used"]) == []
    assert wrong(OFF_ANYWHERE_AGAIN, ["status_not_used"]) == []
    assert [word for word in PASSING_AGAIN if codes("Status", word) not in ([], ["status_word_unknown"])] == []


def test_other_flags_are_judged_right() -> None:
    """Other headings that ask whether a visit is off, in both polarities."""
    assert wrong(((heading, is_set) for heading, is_set, _ in FLAGS_AGAIN), ["status_not_used"]) == []
    assert wrong(((heading, is_not) for heading, _, is_not in FLAGS_AGAIN), []) == []


def test_other_consent_is_judged_right() -> None:
    """Other headings of consent, in both polarities."""
    assert wrong(((heading, refuses) for heading, refuses, _ in CONSENT_AGAIN), ["consent_refused"]) == []
    assert wrong(((heading, allows) for heading, _, allows in CONSENT_AGAIN), []) == []


def test_other_ordinary_columns_raise_nothing() -> None:
    """Other headings whose "no" or date says nothing of the visit or of texts."""
    assert wrong(ORDINARY_AGAIN, []) == []


def test_fresh_words_and_cells_are_judged_right() -> None:
    """Words of a seventh language, marks and half sentences of front desks: 300 that call a visit off, 200 that do not."""
    assert wrong((("Status", word) for word in OFF_FRESH), ["status_not_used"]) == []
    assert [word for word in PASSING_FRESH if codes("Status", word) not in ([], ["status_word_unknown"])] == []
    assert [case for case in HEEDED_FRESH if not codes(*case)] == []


def test_fresh_headings_are_judged_right() -> None:
    """Flags, days and reasons of a cancellation and consent to texts, in both polarities."""
    off = ((heading, is_set) for heading, is_set, _ in FLAGS_FRESH)
    refused = ((heading, refuses) for heading, refuses, _ in CONSENT_FRESH)
    assert wrong(off, ["status_not_used"]) == []
    assert wrong(refused, ["consent_refused"]) == []
    assert wrong(((heading, other) for heading, _, other in (*FLAGS_FRESH, *CONSENT_FRESH)), []) == []


def test_fresh_ordinary_columns_stop_nobody() -> None:
    """Money, papers, e-mail, marketing, health and people of a sheet say nothing of the visit."""
    assert wrong(HARMLESS_FRESH, []) == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("won't be there", "status_not_used"), ("Cannot be there, sorry", "status_not_used"), ("unable to make it", "status_not_used"),
        ("No puedo ir", "status_not_used"), ("Je ne viens pas", "status_not_used"), ("Ich komme nicht", "status_not_used"),
        ("ik kom niet", "status_not_used"), ("não posso ir", "status_not_used"), ("non vengo", "status_not_used"),
        ("not me", "consent_refused"), ("Who's this?", "consent_refused"), ("She no longer has this number", "consent_refused"),
        ("I don't know this person", "consent_refused"), ("no soy yo", "consent_refused"), ("pas mon numéro", "consent_refused"),
        ("das bin ich nicht", "consent_refused"), ("não sou eu", "consent_refused"), ("non sono io", "consent_refused"),
        ("See you there!", ""), ("I will be there", ""), ("will be there, not late", ""), ("Is there parking?", ""), ("Thanks", ""),
        ("Who is the doctor?", ""), ("new number is 555-0100", ""), ("tell me more", ""), ("vengo", ""), ("je viens", ""),
    ],
)  # fmt: skip
def test_replies_that_nobody_comes_or_that_somebody_else_answers_are_heeded(reply: str, code: str) -> None:
    """What was answered to the last text says that the visit is off, or that the number is another person's now."""
    assert codes("Reply", reply) == ([code] if code else [])


@pytest.mark.parametrize("heading", ["Appt Flag", "Confirmation", "Status"])
@pytest.mark.parametrize("cell", ["Entered in error", "Wrong date", "Not our patient", "WRONG DAY"])
def test_a_visit_that_was_written_down_by_mistake_is_off_in_any_column(heading: str, cell: str) -> None:
    """Such words mean the visit wherever they stand; Error alone says so only of a status."""
    assert codes(heading, cell) == ["status_not_used"]
    assert codes("Confirmation", "Error") == []


@pytest.mark.parametrize("heading", ["Alert", "Tags", "Flag"])
def test_refusal_in_plain_words_is_heeded(heading: str) -> None:
    """Who does not want texts, cannot get them or answered STOP is not texted, in whatever words and order that is said."""
    assert wrong(((heading, cell) for cell in (*REFUSING, *BAD_NUMBERS)), ["consent_refused"]) == []
    assert wrong((("Notes", cell) for cell in (*REFUSING, *BAD_NUMBERS)), ["consent_unclear"]) == []


@pytest.mark.parametrize("heading", ["Status", "Confirmation Status", "SMS Status"])
def test_number_or_person_that_takes_no_texts_is_refused_below_a_status(heading: str) -> None:
    """Wrong number, Landline, Unsubscribed and No consent stop the row below any status, as below that of texts."""
    refused = (
        *BAD_NUMBERS,
        "Unsubscribed",
        "Unsub",
        "No consent",
        "Consent revoked",
        "not consented",
        "Landline",
        "Not in service",
    )
    assert wrong(((heading, cell) for cell in refused), ["consent_refused"]) == []
    assert codes(heading, "prefers email") == codes(heading, "DND") == ["consent_unclear"]
    assert codes("Status", "end") == codes("Status", "Consent signed") == ["status_word_unknown"]


@pytest.mark.parametrize("heading", ["Alert", "Notes", "Tags"])
def test_what_may_refuse_texts_is_a_warning(heading: str) -> None:
    """Consent that does not say to what, another way that is liked better and a landline are warnings, in notes, too."""
    assert wrong(((heading, cell) for cell in PERHAPS_REFUSING), ["consent_unclear"]) == []


@pytest.mark.parametrize("heading", ["Alert", "Notes", "Tags", "Service type"])
def test_words_of_other_things_refuse_nothing(heading: str) -> None:
    """Instructions, other things that are wrong, unwanted or the only ones, and visits that were moved here raise nothing."""
    assert wrong(((heading, cell) for cell in HARMLESS), []) == []


def test_flag_about_the_number_is_heeded() -> None:
    """A wrong or unreachable number, an answer of STOP and a reminder by another way stop the row; the other answer passes."""
    assert wrong(((heading, refuses) for heading, refuses, _ in NUMBER_FLAGS), ["consent_refused"]) == []
    assert wrong(((heading, allows) for heading, _, allows in NUMBER_FLAGS), []) == []
    assert wrong(NUMBER_FLAGS_WARNED, ["consent_unclear"]) == []
    assert codes("Text Reply", "CANCEL") == ["status_not_used"]


def test_denied_visit_does_not_pass_as_an_ordinary_word() -> None:
    """Below a status, a word of not beside one of coming or being held is no ordinary word, before it or behind it."""
    assert wrong((("Status", word) for word in OFF_SPOKEN), ["status_not_used"]) == []
    assert wrong((("Status", word) for word in DOUBTFUL), ["status_word_unknown"]) == []
    assert wrong((("Status", word) for word in STANDING), []) == []


def test_state_of_a_visit_is_told_from_that_of_a_country() -> None:
    """Below State, Estado and Stato, words for visits that are off stop the row, and parts of countries do not."""
    assert wrong(STATES, ["status_not_used"]) == []
    assert wrong(STATES_OF_COUNTRIES, []) == []
    assert codes("Estado", "Baja") == ["status_in_notes"]


def test_answers_that_a_heading_offers_change_nothing() -> None:
    """Attended Y/N asks as Attended does, with or without brackets; an x below it is a tick."""
    assert wrong(((heading, "No") for heading in ON_FLAGS), ["status_not_used"]) == []
    assert wrong(((heading, cell) for heading in ON_FLAGS for cell in ("Yes", "x", "")), []) == []


@pytest.mark.parametrize(
    "heading", ["Cancellation reason", "Cancelled", "Cancelled by", "No Show", "Storniert", "Motif d'annulation"]
)
def test_word_of_no_stands_only_alone_or_denying(heading: str) -> None:
    """Below a heading of a cancellation a bare no, a word for nothing and "not cancelled" pass; "no longer needed" and "N. Smith" stop the row."""
    assert wrong(((heading, cell) for cell in NO_AND_OFF), ["status_not_used"]) == []
    assert wrong(((heading, cell) for cell in NO_AND_STANDS), []) == []


@pytest.mark.parametrize("heading", ["Attending", "Active", "Kommt"])
def test_no_with_its_reason_is_no(heading: str) -> None:
    """Below a heading that asks whether the visit takes place, a no with words behind it stops the row; not yet does not."""
    assert (
        wrong(((heading, cell) for cell in ("No - sick", "no, has no car", "Nein, krank")), ["status_not_used"]) == []
    )
    assert wrong(((heading, cell) for cell in ("No, not yet", "Yes - by bus", "N. Smith")), []) == []


@pytest.mark.parametrize(
    "heading", ["SMS consent", "OK to text", "Text Reminders", "Mobile Consent", "SMS Einwilligung", "Consentement SMS"]
)
def test_consent_that_was_not_given_is_none(heading: str) -> None:
    """Below a heading of consent a refusal, an end or another way stops the row; what is no known yes is a warning, and how it was given is a yes."""
    assert wrong(((heading, cell) for cell in NOT_GIVEN), ["consent_refused"]) == []
    assert wrong(((heading, cell) for cell in PERHAPS_NOT_GIVEN), ["consent_unclear"]) == []
    assert wrong(((heading, cell) for cell in GIVEN), []) == []


@pytest.mark.parametrize("heading", ["Do not text", "SMS Opt Out", "Keine SMS"])
def test_another_way_that_is_fine_allows_no_texts(heading: str) -> None:
    """Below a heading that refuses texts, a yes, a day or an OK for e-mail or calls stops the row; that texts are OK passes."""
    assert wrong(((heading, cell) for cell in REFUSED_STILL), ["consent_refused"]) == []
    assert wrong(((heading, cell) for cell in REFUSED_PERHAPS), ["consent_unclear"]) == []
    assert wrong(((heading, cell) for cell in NOT_REFUSED), []) == []


@pytest.mark.parametrize("heading", ["Opt Out", "Opted Out", "Unsubscribed"])
def test_opting_out_of_all_is_of_texts_too(heading: str) -> None:
    """Below a heading that does not say of what, SMS, all, or an OK for e-mail instead stops the row; a bare yes is a warning."""
    refused = (
        "SMS",
        "All",
        "texts",
        "Yes - SMS",
        "SMS and email",
        "all messages",
        "email ok",
        "Yes - email ok",
        "Todos",
    )
    assert wrong(((heading, cell) for cell in refused), ["consent_refused"]) == []
    assert (
        wrong(
            ((heading, cell) for cell in ("Yes", "Email", "per mom ok", "all emails", "SMS marketing")),
            ["consent_unclear"],
        )
        == []
    )
    assert wrong(((heading, cell) for cell in ("No", "None", "texts ok")), []) == []


def test_reminder_by_another_way_is_no_text() -> None:
    """Below Appointment Reminders, Email alone is a reminder by e-mail; beside SMS it is not."""
    assert (
        wrong(
            (("Appointment Reminders", cell) for cell in ("Email", "Email only", "Call", "Voice")), ["consent_refused"]
        )
        == []
    )
    assert (
        wrong((("Appointment Reminders", cell) for cell in ("Email & SMS", "Text", "Both", "24 hours before")), [])
        == []
    )


def test_core_words_of_more_languages_are_known() -> None:
    """Polish, Swedish, Danish, Norwegian, Finnish, Czech, Turkish and Russian words call visits off, let them stand, and answer flags and consent."""
    assert wrong((("Status", word) for word in OFF_IN_MORE_LANGUAGES), ["status_not_used"]) == []
    assert wrong((("Status", word) for word in STANDING_IN_MORE_LANGUAGES), []) == []
    assert wrong(((heading, is_set) for heading, is_set, _ in FLAGS_IN_MORE_LANGUAGES), ["status_not_used"]) == []
    assert wrong(((heading, refuses) for heading, refuses, _ in CONSENT_IN_MORE_LANGUAGES), ["consent_refused"]) == []
    other = ((heading, cell) for heading, _, cell in (*FLAGS_IN_MORE_LANGUAGES, *CONSENT_IN_MORE_LANGUAGES))
    assert wrong(other, []) == []


def test_last_news_of_a_visit_is_heeded() -> None:
    """Below Last status, Last action, History or Next step a plain "Cancelled" stops the row; below those of other visits it says nothing."""
    assert (
        wrong(((heading, cell) for heading in LAST_NEWS for cell in ("Cancelled", "No show")), ["status_not_used"])
        == []
    )
    assert wrong(((heading, cell) for heading in NEWS_OF_OTHERS for cell in ("Cancelled", "No show")), []) == []
    ordinary = ("Booked", "Confirmed", "", "Pending", "Reminder sent")
    assert wrong(((heading, cell) for heading in LAST_NEWS for cell in ordinary), []) == []
    assert (
        wrong(
            (("History", cell) for cell in ("no show in 2024", "2 no shows", "cancelled 3 visits in 2025", "diabetes")),
            [],
        )
        == []
    )
    assert wrong(((heading, "3/4/2027 10:00") for heading in LAST_NEWS if "update" in heading.casefold()), []) == []


def test_person_who_waits_has_no_visit() -> None:
    """A waiting list, a draft, "out today" and "no visit" below a status stop the row; a visit from the waiting list stands."""
    assert wrong((("Status", word) for word in NO_VISIT), ["status_not_used"]) == []
    assert wrong((("Status", word) for word in A_VISIT), []) == []
    assert (
        wrong(
            ((heading, word) for heading in ("Tags", "Notes", "Flag") for word in ("Waitlist", "Draft", "No visit")), []
        )
        == []
    )


@pytest.mark.parametrize("heading", ["Notes", "Comments", "Bemerkung"])
def test_note_that_moves_or_ends_a_visit_is_a_warning(heading: str) -> None:
    """Free text that gives the visit another time, calls it a mistake or not needed warns as one that cancels it; of other things it says nothing."""
    assert wrong(((heading, cell) for cell in NOTED_AS_MOVED_OR_OVER), ["status_in_notes"]) == []
    assert wrong(((heading, cell) for cell in NOTED_OF_OTHERS), []) == []


@pytest.mark.parametrize("heading", ["Confirmation", "Confirmed", "Appointment confirmed", "Bestätigung"])
def test_confirmation_is_heeded_as_a_status_is(heading: str) -> None:
    """What moves or ends a visit stops it below a confirmation; a visit that was moved here passes."""
    stopped = (
        "reschedule to 4/1",
        "r/s to Monday",
        "entered in error",
        "per mom not needed anymore",
        "Termin verlegt auf 1.4.",
        "transferred care to Dr X",
    )
    assert (
        wrong(
            (
                (heading, cell)
                for cell in (*stopped, "went elsewhere", "ill - called in sick", "office closed that day")
            ),
            ["status_not_used"],
        )
        == []
    )
    assert (
        wrong(
            (
                (heading, cell)
                for cell in (
                    "Confirmed",
                    "Yes",
                    "No",
                    "ABC123",
                    "Pending",
                    "Error",
                    "Expired",
                    "Confirmed by text",
                    "Rescheduled from 3/4",
                    "Yes, deposit on hold",
                )
            ),
            [],
        )
        == []
    )


def test_status_of_a_thing_stops_nobody() -> None:
    """A note that was deleted, a blocked room and an expired package are none of the visit; that it was cancelled is."""
    assert wrong(STATUS_OF_THINGS, []) == []
    assert codes("Telehealth visit status", "Expired") == codes("Room status", "Cancelled") == ["status_not_used"]


@pytest.mark.parametrize("heading", DAYS_OF_DEATH)
def test_day_of_a_death_stops_its_row(heading: str) -> None:
    """A day below a heading of a death, also of one word, stops the row."""
    assert (codes(heading, "2026-12-01"), codes(heading, "")) == (["status_not_used"], [])


def test_note_of_open_dental_is_no_visit() -> None:
    """Open Dental's codes 7 and 8 are notes in the schedule."""
    assert [codes("AptStatus", cell) for cell in ("7", "8", "PtNote", "1")] == [["status_not_used"]] * 3 + [[]]


def test_tables_are_as_large_as_they_should_be() -> None:
    """At least 120 words and 60 headings are judged, in six languages, and at least 200 ordinary cells."""
    assert len({word for _, word in OFF_WORDS_FLAT}) >= 120
    assert len({heading for heading, _, _ in (*FLAGS, *CONSENT)}) >= 60
    assert len({*ORDINARY, *(("Status", word) for word in ORDINARY_WORDS)}) >= 200


def test_problem_names_column_and_profile_line() -> None:
    """The problem names heading and letter, quotes the cell, and says which line of the profile settles the column."""
    (finding,) = findings("Visit state", "Booked", "No show", profile=Profile(name="front desk"))
    said = KINDS[finding.code].about(value="No show", detail=finding.details[0])

    assert finding.positions.tolist() == [1]
    assert said.message.startswith('Column C "Visit state": “No show” says that')
    assert '[profile."front desk".columns]: "Visit state" = "action"' in said.fix
    assert '"No show" = "cancel"' in said.fix
    assert '"Visit state" = ""' in said.fix


@pytest.mark.parametrize("target", ["action", "", "metadata.status"])
def test_column_that_the_profile_settles_is_not_looked_at(target: str) -> None:
    """What the profile calls the action, leaves out or sends as metadata has been explained."""
    assert codes("Status", "Cancelled", profile=Profile(columns={"Status": target})) == []


def test_metadata_heading_of_the_sheet_explains_nothing() -> None:
    """``metadata.status`` is sent with the message, and still says that the visit is off."""
    assert codes("metadata.status", "Cancelled") == ["status_not_used"]


@pytest.mark.parametrize(
    ("heading", "cell", "passing"),
    [
        ("Status", "Cancelled", {"cancel", "no_show", "none"}),
        ("Status", "Rescheduled", {"cancel", "no_show", "none", "update"}),
        ("Deceased", "Yes", {"cancel", "none", "no_show"}),
        ("Status", "Deceased", {"cancel", "none"}),
        ("OK to text", "No", {"cancel", "none"}),
    ],
)
def test_row_that_does_not_text_passes(heading: str, cell: str, passing: set[str]) -> None:
    """A row that cancels anyway is not stopped; a no-show, which texts, is stopped by the dead and by a refusal."""
    every = ("create", "update", "cancel", "no_show", "upsert", "none", "")

    assert {action for action in every if not codes(heading, cell, action=action)} == passing


def test_unknown_word_is_told_once() -> None:
    """Each unknown word of a status column is told at its first row, whatever its case, in all chunks together."""
    frame = pd.DataFrame([["1", "1", cell] for cell in ("Purple", "purple", "Green", "Booked", "Purple")], dtype=object)
    said = UnusedStatus(match(("phone", "externalEventId", "Status"), Profile()))
    actions = np.full(5, "upsert", dtype=object)

    first = [finding.positions.tolist() for finding in said.findings(Chunk(frame), actions)]
    again = list(said.findings(Chunk(frame), actions))

    assert (first, again) == ([[0, 2]], [])


def test_unknown_words_beyond_the_first_twenty_are_told_in_each_row() -> None:
    """No unknown word is passed over: of the first 20 the first row is told, of others each row."""
    words = [f"colour {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]

    (found,) = findings("Status", *words, *words)

    assert found.positions.tolist() == [*range(26), *range(46, 52)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("Slot given to a different family after three calls", "status_not_used"),
        ("Patient telephoned and will not be coming in for this visit today", "status_in_notes"),
        ("Provider is away that week, appt must be rebooked by front desk", "status_in_notes"),
        ("Family asked whether the building has a ramp for the wheelchair at the back door", "status_word_unknown"),
        ("Waiting to hear back about the colour of the veneers", "status_word_unknown"),
    ],
)
def test_sentence_below_a_status_is_not_passed_over(cell: str, code: str) -> None:
    """However long a text below Status is, it is a problem, a warning that it may call the visit off, or unknown."""
    assert codes("Status", cell) == [code]


def test_one_cause_is_told_once_a_row() -> None:
    """Of several columns that call one row off, the first is told; each of two columns with one heading is looked at."""
    headings = ("phone", "externalEventId", "Status", "Status", "Canceled By")
    rows = [
        ["1", "1", "Cancelled", "Paid", "Bo"],
        ["1", "2", "Booked", "Cancelled", "Bo"],
        ["1", "3", "Booked", "Paid", ""],
    ]
    frame = pd.DataFrame(rows, dtype=object)

    found = UnusedStatus(match(headings, Profile())).findings(Chunk(frame), np.full(3, "upsert", dtype=object))

    assert [(finding.details[0].split("\n")[0], finding.positions.tolist()) for finding in found] == [
        ('Column C "Status"', [0]),
        ('Column D "Status"', [1]),
    ]


@settings(max_examples=40)
@given(
    heading=st.sampled_from(sorted({heading for heading, _, _ in FLAGS})),
    cells=st.lists(st.sampled_from(FALSY), min_size=1, max_size=6),
)
def test_falsy_flag_never_stops_a_row(heading: str, cells: list[str]) -> None:
    """Below a heading that asks whether a visit is off, no answer of no and no blank stops a row."""
    inverted = {
        "Active",
        "Is active",
        "Active?",
        "Valid",
        "Attending",
        "Show",
        "Showed",
        "Kept",
        "Attended",
        "Attendance",
    }
    inverted |= {"Aktiv", "Actif", "Activo", "Ativo", "Actief", "RSVP", "Will attend"}
    if heading in inverted:
        cells = [cell for cell in cells if cell in {"", "-", "N/A"}] or [""]

    assert codes(heading, *cells) == []


@settings(max_examples=40)
@given(
    st.sampled_from(["Canceled", "No show", "Void", "Deceased", "Stop texts", "Do not text", "SMS opt-out"]),
    st.permutations([*TRUTHY, *FALSY]),
)
def test_only_set_flags_stop_their_rows(heading: str, cells: list[str]) -> None:
    """Whatever their order, exactly the rows with a set flag are stopped: no cell is judged by its neighbours."""
    (finding,) = findings(heading, *cells)

    assert finding.positions.tolist() == [place for place, cell in enumerate(cells) if cell in TRUTHY]


@settings(max_examples=40)
@given(st.sampled_from(ORDINARY), st.lists(st.sampled_from(ORDINARY_WORDS), max_size=4))
def test_ordinary_columns_never_stop_a_row(pair: tuple[str, str], words: list[str]) -> None:
    """Ordinary cells stop nobody, alone or among the ordinary words of a status column."""
    heading, cell = pair

    assert not [code for code in codes(heading, cell, "") if not KINDS[code].is_warning]
    assert codes("Status", *words, "Booked") == []


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_judged(heading: str, cell: str) -> None:
    """No heading and no cell breaks the judging, and only the documented codes come out."""
    assert set(codes(f"x{heading}", cell)) <= {
        "status_not_used",
        "consent_refused",
        "consent_unclear",
        "status_in_notes",
        "status_word_unknown",
    }


CELLS: Final = sorted({cell for _, cell in (*OFF_ANYWHERE, *REFUSED_ANYWHERE, *ORDINARY)})


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["Extra", "Notes", "Provider", "Status"]), st.lists(st.sampled_from(CELLS), min_size=1, max_size=8)
)
def test_cell_is_judged_without_its_neighbours(heading: str, cells: list[str]) -> None:
    """A cell stops its row among others exactly where it does so alone."""
    alone = [code for cell in cells for code in codes(heading, cell)]
    together = [finding.code for finding in findings(heading, *cells) for _ in finding.positions]

    assert sorted(set(together)) == sorted(set(alone))
    assert together.count("status_not_used") == alone.count("status_not_used")
    assert together.count("consent_refused") == alone.count("consent_refused")


@pytest.mark.parametrize(("heading", "cell"), [*OFF_ANYWHERE, *REFUSED_ANYWHERE])
def test_quick_choice_misses_nothing(heading: str, cell: str) -> None:
    """Each cell that stops a row by its own words is worth reading."""
    plain = cell in {"x", "5", "?", "%", "No"} or heading == "Reminder status"

    assert plain or worth_reading([cell]) == [0]


@pytest.mark.parametrize("padding", [" ", "\u00a0", "\u200b", "\u2060 ", "-", "*", "_ ", ". ", "\n", "\t- "])
def test_padding_hides_no_word(padding: str) -> None:
    """However many blanks, seen or unseen, and marks stand before a word, it stops its row."""
    assert codes("Status", padding * 300 + "Cancelled") == ["status_not_used"]
    assert codes("Front desk", padding * 300 + "No-show") == ["status_not_used"]


def test_as_many_words_as_rows_hold_nothing() -> None:
    """Thousands of texts, each with words of its own that could tell something, are looked through in time; none is missed."""
    letters = ["".join(word) for word in itertools.product("abcdefghij", repeat=5)][:20_000]
    texts = [f"{word} rescheduled canceled{word}" if place % 2 else word for place, word in enumerate(letters)]
    begun = time.process_time()
    found = worth_reading([*texts, "C/X " + "x" * 30_000, "y" * 30_000])

    assert found == [*range(1, 20_000, 2), 20_000]
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("module", [status_words, heading_words])
def test_tables_hold_single_words(module: object) -> None:
    """Each entry of a table is one word without punctuation, so that it can be found."""
    tables = [
        vars(module)[name]
        for name in vars(module)
        if name.isupper() and name[0] != "_" and name not in {"CODES", "SAYINGS", "SPOKEN", "ASKED"}
    ]
    words = [word for table in tables for text in table.values() for word in text.split()]

    assert [word for word in words if len(parts(f"{word}")) != 1 or not word.isalnum()] == []


@pytest.mark.parametrize(
    "text", ["no " * 20_000, "-" * 32_767, "(" * 32_767, "cancel" * 6_000, "a" * 32_767, "n/" * 16_000]
)
def test_long_text_is_cheap(text: str) -> None:
    """Of a cell only its beginning is read."""
    assert sum(map(len, parts(text))) <= LONGEST


CROSSES: Final = "❌✗✘☒✕✖×🚫⛔❎"


@pytest.mark.parametrize("heading", ["Status", "Attending", "Active", "Cancelled", "No show", "OK to text"])
@pytest.mark.parametrize("mark", CROSSES)
def test_a_crossed_out_visit_is_off(heading: str, mark: str) -> None:
    """A cross says of a visit, of coming and of texting what an x or a No says; so does one with the mark of a picture behind it."""
    assert codes(heading, mark) == codes(heading, f" {mark}\ufe0f") != []


@pytest.mark.parametrize("mark", "✓✔☑✅●-")
def test_a_tick_in_a_status_column_is_no_word(mark: str) -> None:
    """What says that all is well, or nothing, stops nobody."""
    assert codes("Status", mark) == codes("Attending", mark) == []


def test_words_that_begin_many_sayings_cost_little() -> None:
    """A column of different cells full of them is judged in the time that other words take."""
    cells = [f"w{place} " + "not " * 45 for place in range(3_000)]
    began = processor_s()

    assert codes("Status", *cells) == []
    assert processor_s() - began < 1.5
