"""The table of what an outcome means, line by line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import KEY, SENT, UUID, answered, call_to

from importer.errors import Exit
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action, Status
from importer.problems import KINDS
from importer.sending.decisions import (
    Again,
    Decision,
    Done,
    Ended,
    Older,
    Stop,
    Tries,
    Weather,
    decide,
    usable_uuid,
    weather_of,
)

CREATE, UPDATE, CANCEL, NO_SHOW = Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW
ACTIONS = (CREATE, UPDATE, CANCEL, NO_SHOW)
FIRST = Tries()

UNKNOWN_OUTCOMES = {
    "read-timeout": Reply(trouble=Trouble.READ_TIMEOUT),
    "reset": Reply(trouble=Trouble.RESET),
    "unreadable": Reply(trouble=Trouble.UNREADABLE),
    "too-large": Reply(status=200, trouble=Trouble.TOO_LARGE),
    "truncated": Reply(status=200, trouble=Trouble.UNREADABLE),
    "http-500": Reply(status=500),
    "http-502-page": Reply(status=502, excerpt="a web page"),
    "http-503": Reply(status=503),
    "http-504": Reply(status=504),
    "http-408": Reply(status=408),
    "http-599": Reply(status=599),
    "empty-200": Reply(status=200),
    "204": Reply(status=204),
    "no-uuid": answered(phone="4155552671"),
    "null-uuid": answered(uuid=None),
    "blank-uuid": answered(uuid="  "),
    "number-as-uuid": answered(uuid=12345),
    "object-as-uuid": answered(uuid={"a": 1}),
    "dots-as-uuid": answered(uuid=".."),
}

unknown_outcomes = pytest.mark.parametrize(
    "reply", [pytest.param(reply, id=name) for name, reply in UNKNOWN_OUTCOMES.items()]
)

NOT_PROCESSED = {
    "refused": Reply(trouble=Trouble.REFUSED),
    "dns": Reply(trouble=Trouble.DNS),
    "connect-timeout": Reply(trouble=Trouble.CONNECT_TIMEOUT),
    "http-429": Reply(status=429),
    "http-425": Reply(status=425),
}

not_processed = pytest.mark.parametrize(
    "reply", [pytest.param(reply, id=name) for name, reply in NOT_PROCESSED.items()]
)


def note_of(decision: Decision) -> str:
    assert isinstance(decision, Ended)
    return decision.note.code


def test_a_create_is_done_with_the_uuid_of_its_answer() -> None:
    """2xx with our own data and a uuid."""
    decision = decide(call_to(CREATE), answered(201, **SENT, uuid="strange/uuid ü"), FIRST)

    assert decision == Done("strange/uuid ü")


@pytest.mark.parametrize("told", [f" {UUID}", f"{UUID}\n", f"\t{UUID}\u00a0\r\n"])
def test_blanks_around_a_uuid_belong_to_no_handle(told: str) -> None:
    """Around it, as in a sheet, they are left off: the handle is kept and names no other path."""
    assert decide(call_to(CREATE), answered(201, **SENT, uuid=told), FIRST) == Done(UUID)


def test_blanks_in_a_uuid_are_kept() -> None:
    """Inside they are a part of opaque text."""
    assert decide(call_to(CREATE), answered(201, **SENT, uuid="a uuid"), FIRST) == Done("a uuid")


@pytest.mark.parametrize("told", [" ..", ".\n", "a\nb", "a\x00", "\u00a0"])
def test_a_uuid_that_is_no_handle_is_none(told: str) -> None:
    """What would lead to another path, or holds what cannot be seen, is as good as no uuid."""
    assert usable_uuid({"uuid": told}) is None


@pytest.mark.parametrize(("known", "told"), [(f"{UUID} ", UUID), (UUID, f" {UUID}\n")])
def test_an_answer_is_about_the_same_reminder_with_blanks_and_without(known: str, told: str) -> None:
    """A ledger may hold a uuid with blanks around it that an earlier version took from an answer."""
    call = replace(call_to(CANCEL), uuid=known)

    assert decide(call, answered(uuid=told), FIRST) == Done()


@pytest.mark.parametrize("action", [UPDATE, CANCEL, NO_SHOW])
def test_the_other_calls_are_done_when_the_answer_is_theirs(action: Action) -> None:
    """2xx with the uuid that was asked about."""
    assert decide(call_to(action), answered(uuid=UUID), FIRST) == Done()


@unknown_outcomes
@pytest.mark.parametrize("action", [CREATE, UPDATE, CANCEL])
def test_an_unknown_outcome_is_repeated_where_that_is_safe(action: Action, reply: Reply) -> None:
    """Creates with a key, updates and cancels go again, and the attempt counts as perhaps processed."""
    assert decide(call_to(action), reply, FIRST) == Again(doubt=True)


@unknown_outcomes
def test_a_no_show_is_never_repeated_after_an_unknown_outcome(reply: Reply) -> None:
    """Its purpose is to send a text, so it ends unknown at once."""
    decision = decide(call_to(NO_SHOW), reply, FIRST)

    assert isinstance(decision, Ended)
    assert decision.status is Status.UNKNOWN
    assert decision.note.code == "no_show_in_doubt"


@unknown_outcomes
def test_a_create_without_a_key_is_never_repeated(reply: Reply) -> None:
    """Without an external event id each create makes another reminder."""
    decision = decide(call_to(CREATE, key=None), reply, FIRST)

    assert isinstance(decision, Ended)
    assert decision.status is Status.UNKNOWN


@unknown_outcomes
@pytest.mark.parametrize("action", [CREATE, UPDATE, CANCEL])
def test_repeats_are_bounded(action: Action, reply: Reply) -> None:
    """The fifth attempt that may have been processed is the last; then a person is asked."""
    decision = decide(call_to(action, repeated=True), reply, Tries(doubtful=4))

    assert isinstance(decision, Ended)
    assert decision.status is Status.UNKNOWN


@not_processed
@pytest.mark.parametrize("action", ACTIONS)
def test_what_was_surely_not_processed_is_repeated_for_all_four(action: Action, reply: Reply) -> None:
    """A call that never reached the API's logic may go again, a no-show too, and nothing is in doubt."""
    assert decide(call_to(action), reply, FIRST) == Again(doubt=False)


@not_processed
@pytest.mark.parametrize(
    ("repeated", "status"),
    [pytest.param(False, Status.NOT_SENT, id="clean"), pytest.param(True, Status.UNKNOWN, id="in-doubt")],
)
def test_even_those_are_bounded(reply: Reply, repeated: Any, status: Status) -> None:
    """Twenty times in vain: not sent, unless an earlier attempt may have been processed."""
    decision = decide(call_to(CREATE, repeated=repeated), reply, Tries(harmless=19))

    assert isinstance(decision, Ended)
    assert decision.status is status


@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 410, 413, 415, 422, 428, 451, 499])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_refusal_fails_the_row(action: Action, status: int) -> None:
    """A 4xx is the API's clear no; it is not tried again, and its reason is kept."""
    decision = decide(call_to(action), Reply(status=status, excerpt="phone is wrong"), FIRST)

    assert isinstance(decision, Ended)
    assert decision.status is Status.FAILED
    assert decision.note.detail == "It says: “phone is wrong”"
    assert decision.note.value == str(status)


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("action", [CREATE, CANCEL])
def test_a_refusal_of_a_repeat_is_unknown(action: Action, status: int) -> None:
    """The first try may have done it, which is why the second is refused."""
    decision = decide(call_to(action, repeated=True), Reply(status=status), FIRST)

    assert isinstance(decision, Ended)
    assert (decision.status, decision.note.code) == (Status.UNKNOWN, "repeat_refused")


def test_a_refusal_of_a_repeated_update_fails_it() -> None:
    """The same bytes were refused, so the first try was as well."""
    decision = decide(call_to(UPDATE, repeated=True), Reply(status=400), FIRST)

    assert isinstance(decision, Ended)
    assert decision.status is Status.FAILED


@pytest.mark.parametrize("action", [UPDATE, CANCEL, NO_SHOW])
def test_404_fails_the_row(action: Action) -> None:
    """An unknown uuid concerns this row only."""
    decision = decide(call_to(action), Reply(status=404), FIRST)

    assert isinstance(decision, Ended)
    assert (decision.status, decision.note.code) == (Status.FAILED, "reminder_not_found")


def test_404_of_a_repeated_cancel_counts_as_done() -> None:
    """The first try cancelled it; the row says so as a warning."""
    decision = decide(call_to(CANCEL, repeated=True), Reply(status=404), FIRST)

    assert isinstance(decision, Done)
    assert [note.code for note in decision.notes] == ["cancelled_already"]
    assert KINDS["cancelled_already"].is_warning


@pytest.mark.parametrize("repeated", [False, True])
def test_404_of_a_create_stops_the_run(repeated: Any) -> None:
    """Only a wrong address does not know how to create."""
    decision = decide(call_to(CREATE, repeated=repeated), Reply(status=404), FIRST)

    assert isinstance(decision, Stop)
    assert decision.exit_code is Exit.STOPPED


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_refused_token_stops_the_run(action: Action, status: int) -> None:
    """It is about the token, not about the row."""
    decision = decide(call_to(action), Reply(status=status), FIRST)

    assert isinstance(decision, Stop)
    assert decision.exit_code is Exit.AUTHENTICATION


@pytest.mark.parametrize(
    "reply",
    [Reply(status=code) for code in (300, 301, 302, 303, 304, 307, 308, 407)] + [Reply(trouble=Trouble.TLS)],
    ids=lambda reply: str(reply.status or reply.trouble),
)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_wrong_address_or_certificate_stops_the_run(action: Action, reply: Reply) -> None:
    """No row can go while calls end elsewhere than at the API."""
    decision = decide(call_to(action), reply, FIRST)

    assert isinstance(decision, Stop)
    assert decision.exit_code is Exit.STOPPED


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399, 407])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_stray_redirect_is_a_mishap_of_one_call(action: Action, status: int) -> None:
    """Once a call of the run was done base_url is right; whether the redirected one was done, nobody knows."""
    decision = decide(call_to(action), Reply(status=status), FIRST, proven=True)

    if action is NO_SHOW:
        assert note_of(decision) == "no_show_in_doubt"
    else:
        assert decision == Again(doubt=True)
    assert weather_of(call_to(action), Reply(status=status), decision) is Weather.DOWN


@pytest.mark.parametrize("proven", [False, True])
def test_the_reason_to_stop_fits_what_came_before(proven: Any) -> None:
    """An address that has done calls is not said to be wrong."""
    decision = decide(call_to(CREATE), Reply(status=404), FIRST, proven=proven)

    assert isinstance(decision, Stop)
    assert ("base_url is probably wrong" in decision.reason) is not proven


@pytest.mark.parametrize("answer", [None, {"message": "busy"}, {"uuid": UUID}], ids=["none", "message", "uuid"])
@pytest.mark.parametrize("eligible", [None, False, True])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_a_2xx_says_that_the_api_is_well(action: Action, answer: Any, eligible: Any) -> None:
    """Whatever a body holds and a row asks for, no other status is good news."""
    call = call_to(action, sent={"sendEligibleSubscribersOnly": eligible})
    for status in [*range(100, 200), *range(300, 600)]:
        reply = Reply(status=status, answer=answer)
        for proven in (False, True):
            assert weather_of(call, reply, decide(call, reply, FIRST, proven=proven)) is not Weather.FINE


@pytest.mark.parametrize("other", [{"phone": "4155559999"}, {"externalEventId": "999"}])
def test_somebody_elses_record_is_no_answer(other: dict[str, Any]) -> None:
    """A foreign uuid is not stored: the create goes again, and ends unknown if that stays so."""
    reply = answered(**(SENT | other), uuid="foreign")

    assert decide(call_to(CREATE), reply, FIRST) == Again(doubt=True)
    assert note_of(decide(call_to(CREATE), reply, Tries(doubtful=4))) == "answer_of_another"


@pytest.mark.parametrize("action", [UPDATE, CANCEL])
def test_an_answer_about_another_uuid_is_none(action: Action) -> None:
    """The API may have mixed up two answers, so nobody knows what it did with this call."""
    reply = answered(uuid="another")

    assert decide(call_to(action), reply, FIRST) == Again(doubt=True)
    assert note_of(decide(call_to(action), reply, Tries(doubtful=4))) == "answer_of_another"


def test_an_older_record_is_brought_up_to_date() -> None:
    """The API returned what it held for the key: its uuid is ours, and an update carries all that may change."""
    older = SENT | {"eventDateTime": "2027-01-01T09:00:00", "firstName": "Bea"}

    decision = decide(call_to(CREATE), answered(**older, uuid=UUID), FIRST)

    assert isinstance(decision, Older)
    assert (decision.call.action, decision.call.uuid) == (UPDATE, UUID)
    assert orjson.loads(decision.call.body) == {
        name: SENT[name]
        for name in ("firstName", "remindTimeOffset", "eventDateTime", "subscriberTimeZone", "metadata")
    }
    assert [note.code for note in decision.notes] == ["older_reminder_found"]
    assert decision.notes[0].detail == "firstName, eventDateTime"


def test_an_older_type_is_said_and_kept() -> None:
    """The API cannot change a reminder's type, so the row is done with a warning."""
    decision = decide(call_to(CREATE), answered(**(SENT | {"eventType": {"uuid": "t2"}}), uuid=UUID), FIRST)

    assert isinstance(decision, Done)
    assert [note.code for note in decision.notes] == ["older_type_kept"]


def test_an_update_whose_answer_shows_other_values_is_done_with_a_warning() -> None:
    """The API said yes; that it shows something else is for a person to look at."""
    decision = decide(call_to(UPDATE), answered(uuid=UUID, firstName="Bea"), FIRST)

    assert isinstance(decision, Done)
    assert [note.code for note in decision.notes] == ["answer_differs"]


def test_no_uuid_for_an_eligible_only_row() -> None:
    """One repeat rules out a mishap; then the subscriber is probably not eligible, and the API is well."""
    call, reply = call_to(CREATE, sent={"sendEligibleSubscribersOnly": True}), answered(status_text="ok")

    first = decide(call, reply, FIRST)
    second = decide(replace(call, repeated=True), reply, Tries(doubtful=1))

    assert first == Again(doubt=True)
    assert note_of(second) == "probably_not_eligible"
    assert weather_of(call, reply, second) is Weather.FINE


@pytest.mark.parametrize(
    ("uuid", "usable"),
    [("a", True), ("1a2b3c4d5e6f7g8h9i0j", True), ("a/b c", True), ("ü" * 200, True), ("", False), (" ", False), (".", False),
     ("..", False), ("a\nb", False), ("x" * 201, False), (None, False), (7, False), (True, False), ([], False)],
)  # fmt: skip
def test_which_uuids_are_kept(uuid: object, usable: object) -> None:
    """Any text that can be sent back in a path, nothing else."""
    assert (usable_uuid({"uuid": uuid}) is not None) is usable


@pytest.mark.parametrize(
    ("reply", "weather"),
    [
        (answered(uuid=UUID), Weather.FINE),
        (Reply(status=400), Weather.REFUSES),
        (Reply(status=404), Weather.REFUSES),
        (answered(note="no uuid"), Weather.REFUSES),
        (Reply(status=429), Weather.BUSY),
        (Reply(status=500), Weather.DOWN),
        (Reply(status=408), Weather.DOWN),
        (Reply(status=200), Weather.DOWN),
        (Reply(trouble=Trouble.REFUSED), Weather.DOWN),
        (Reply(trouble=Trouble.READ_TIMEOUT), Weather.DOWN),
        (Reply(status=401), Weather.FATAL),
        (Reply(trouble=Trouble.TLS), Weather.FATAL),
    ],
)
def test_what_an_outcome_says_about_the_api(reply: Reply, weather: Weather) -> None:
    """A clear no is a sign of life; silence, server errors and pages are not."""
    call = call_to(CANCEL)

    assert weather_of(call, reply, decide(call, reply, FIRST)) is weather


replies = st.builds(
    Reply,
    status=st.none() | st.integers(100, 599),
    answer=st.none()
    | st.dictionaries(st.sampled_from(["uuid", *SENT]), st.none() | st.text(max_size=5) | st.integers()),
    trouble=st.none() | st.sampled_from(Trouble),
)
tries = st.builds(Tries, doubtful=st.integers(0, 4), harmless=st.integers(0, 15))


@given(action=st.sampled_from(ACTIONS), repeated=st.booleans(), reply=replies, tried=tries, proven=st.booleans())
def test_the_table_has_no_hole(action: Action, repeated: Any, reply: Reply, tried: Tries, proven: Any) -> None:
    """Every outcome leads to a decision that the promises allow."""
    call = call_to(action, repeated=repeated)

    decision = decide(call, reply, tried, proven=proven)

    weather_of(call, reply, decision)
    clear = reply.status is not None and 400 <= reply.status < 500
    if isinstance(decision, Again):
        assert not (decision.doubt and action is NO_SHOW), "a no-show that may have been sent is not repeated"
        assert not (clear and reply.status not in {407, 408, 425, 429}), "a clear answer is not asked for again"
    if isinstance(decision, Done) and action is CREATE:
        assert reply.answer is not None
        assert decision.uuid == reply.answer["uuid"].strip()
        assert reply.answer.get("phone", SENT["phone"]) in {SENT["phone"], None} or len(str(reply.answer["phone"])) < 7
        assert KEY.external_event_id
    if isinstance(decision, Ended):
        assert decision.note.code in KINDS
        assert decision.status in {Status.FAILED, Status.UNKNOWN, Status.NOT_SENT}
        if decision.status is Status.FAILED:
            assert clear
        if decision.status is Status.NOT_SENT:
            assert not repeated
    if isinstance(decision, Stop):
        assert decision.code in KINDS
