"""Whether an answer is about what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import SENT

from importer.sending.comparing import differing, is_of_another


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing-said"),
        pytest.param({"phone": "4155552671", "externalEventId": "112233"}, id="echo"),
        pytest.param({"phone": "+14155552671"}, id="e164"),
        pytest.param({"phone": "(415) 555-2671"}, id="as-people-write-it"),
        pytest.param({"phone": 4155552671}, id="number"),
        pytest.param({"phone": "***2671"}, id="masked"),
        pytest.param({"phone": None, "externalEventId": None}, id="null"),
        pytest.param({"externalEventId": 112233}, id="number-as-id"),
        pytest.param({"phone": {"number": "x"}, "externalEventId": []}, id="another-shape"),
    ],
)
def test_our_own_record(answer: dict[str, Any]) -> None:
    """Other spellings of phone and number, and silence about them, do not make it somebody else's."""
    assert not is_of_another(SENT, answer)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"phone": "4155552672"}, id="phone"),
        pytest.param({"phone": "+442079460958"}, id="country"),
        pytest.param({"externalEventId": "112234"}, id="number"),
        pytest.param({"externalEventId": "0112233"}, id="leading-zero"),
        pytest.param({"externalEventId": ""}, id="empty-number"),
        pytest.param({"phone": "4155552671", "externalEventId": "9"}, id="same-person-another-appointment"),
    ],
)
def test_somebody_elses_record(answer: dict[str, Any]) -> None:
    """Another phone or another number is another appointment."""
    assert is_of_another(SENT, answer)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param({}, {}, id="nothing-said"),
        pytest.param({}, SENT, id="echo"),
        pytest.param({}, {"eventDateTime": "2027-03-04T14:30"}, id="no-seconds"),
        pytest.param({}, {"eventDateTime": "2027-03-04T14:30:00.000"}, id="fraction"),
        pytest.param({}, {"eventDateTime": "2027-03-04T14:30:00-05:00"}, id="offset"),
        pytest.param({}, {"eventDateTime": "2027-03-04T19:30:00Z"}, id="instant"),
        pytest.param({}, {"eventDateTime": "2027-03-04T14:30:00Z"}, id="local-with-a-stray-z"),
        pytest.param({}, {"subscriberTimeZone": "US/Eastern"}, id="old-name-of-the-zone"),
        pytest.param({}, {"subscriberTimeZone": "america/new_york"}, id="case-of-the-zone"),
        pytest.param({}, {"remindTimeOffset": "PT180M"}, id="minutes-for-hours"),
        pytest.param({}, {"remindTimeOffset": "PT3H0M0S"}, id="zeros"),
        pytest.param({"remindTimeOffset": "PT24H"}, {"remindTimeOffset": "P1D"}, id="day"),
        pytest.param({}, {"metadata": '{"eventLocation": "New York"}'}, id="metadata-as-text"),
        pytest.param({}, {"metadata": {"eventLocation": "New York", "added": "x"}}, id="metadata-added-to"),
        pytest.param({"metadata": {"n": "5"}}, {"metadata": {"n": 5}}, id="metadata-number"),
        pytest.param({}, {"firstName": " ANA "}, id="case-of-the-name"),
        pytest.param({"firstName": "Zoe\u0308"}, {"firstName": "Zoë"}, id="composed-letters"),
        pytest.param({}, {"eventType": "6C52D314-A3CA-4781-BA70-000000000000"}, id="type-as-text"),
        pytest.param({}, {"followUpTimeOffset": "PT2H"}, id="field-that-was-not-sent"),
        pytest.param({"sendEligibleSubscribersOnly": True}, {"sendEligibleSubscribersOnly": False}, id="flag"),
    ],
)
def test_the_same_values(sent: dict[str, Any], answer: dict[str, Any]) -> None:
    """A value may be spelled in another way, and what was not sent cannot differ."""
    assert differing(SENT | sent, answer) == ()


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"eventDateTime": "2027-03-05T14:30:00"}, "eventDateTime"),
        ({"eventDateTime": "2027-03-04T18:30:00Z"}, "eventDateTime"),
        ({"eventDateTime": None}, "eventDateTime"),
        ({"eventDateTime": "soon"}, "eventDateTime"),
        ({"subscriberTimeZone": "America/Chicago"}, "subscriberTimeZone"),
        ({"subscriberTimeZone": "America/Phoenix"}, "subscriberTimeZone"),
        ({"subscriberTimeZone": "nowhere"}, "subscriberTimeZone"),
        ({"remindTimeOffset": "PT2H"}, "remindTimeOffset"),
        ({"firstName": "Bea"}, "firstName"),
        ({"firstName": None}, "firstName"),
        ({"metadata": {"eventLocation": "Boston"}}, "metadata"),
        ({"metadata": {}}, "metadata"),
        ({"metadata": "no json"}, "metadata"),
        ({"eventType": {"uuid": "other"}}, "eventType"),
        ({"eventType": None}, "eventType"),
    ],
)
def test_another_value(answer: dict[str, Any], field: str) -> None:
    """Each field that the answer shows with another value is named."""
    assert differing(SENT, SENT | answer) == (field,)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*SENT, "uuid"]), json_values))
def test_no_answer_breaks_the_comparison(answer: dict[str, Any]) -> None:
    """Whatever JSON the API answers, comparing it gives a result."""
    fields = differing(SENT, answer)

    assert set(fields) <= set(answer)
    assert is_of_another(SENT, answer) in {True, False}
