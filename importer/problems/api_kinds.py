"""Kinds of problem: what sending learns from the API, or from not reaching it."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

WARNING = Severity.WARNING

_RUN_AGAIN = "Run the file again; what was sent is not sent twice."
_SETTLE = "Check in Attentive, then record the outcome with `importer resolve`."

KINDS: tuple[Kind, ...] = (
    Kind(
        code="api_rejected",
        title="Refused by the API",
        message="The API refused the row (HTTP {value}). {detail}",
        fix="Correct the value that the API names, then run the row again.",
    ),
    Kind(
        code="api_conflict",
        title="The API says that it exists already",
        message="The API refused to create the reminder because it conflicts with one that it holds (HTTP {value}). {detail}",
        fix="If the appointment was booked by other means, look up its uuid and make the row an update; else give it a new appointment number.",
    ),
    Kind(
        code="reminder_not_found",
        title="The API does not know the reminder",
        message="The API knows no reminder with this uuid (HTTP 404). {detail}",
        fix="Check the uuid, and that the token belongs to the account in which the reminder was created.",
    ),
    Kind(
        code="no_clear_answer",
        title="No clear answer from the API",
        message="The request was sent, and {detail}, at every try. The API may or may not have done it.",
        fix="Run `importer retry`, which repeats it safely, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="create_without_key_in_doubt",
        title="Not known whether the appointment was created",
        message="The request was sent, and {detail}. It is not repeated, because without an appointment number it could be booked twice.",
        fix=_SETTLE,
    ),
    Kind(
        code="repeat_refused",
        title="Unknown: done or refused",
        message="A first try had no clear answer, and the API refused the second (HTTP {value}): the first was probably done. {detail}",
        fix=_SETTLE,
    ),
    Kind(
        code="answer_of_another",
        title="The answer was about another appointment",
        message="The API answered with the record of another appointment, so the outcome of this one is not known.",
        fix="Run `importer retry`, which repeats it safely, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="probably_not_eligible",
        title="Not created: the subscriber is probably not eligible",
        message="The API took the row but returned no uuid. The row asks for eligible subscribers only, and this one is probably not.",
        fix="Check the subscriber in Attentive. Set sendEligibleSubscribersOnly to false to create the reminder all the same.",
    ),
    Kind(
        code="api_unreachable",
        title="Not sent: the API could not be reached",
        message="The API could not be reached: {detail}. Nothing was sent.",
        fix=_RUN_AGAIN,
    ),
    Kind(
        code="api_overloaded",
        title="Not sent: rate limited (429)",
        message="Rate limited (429): the API did not take the request at any try.",
        fix="Run the file again later; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_token_refused",
        title="Not sent: the token was refused",
        message="The API refused the token, so the run was stopped before this row was done.",
        fix="Set the right token, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_wrong_address",
        title="Not sent: the address of the API is wrong",
        message="The address answers, but not as the API does, so the run was stopped before this row was done.",
        fix="Correct base_url, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_insecure",
        title="Not sent: the connection is not secure",
        message="The API's certificate could not be checked, so the run was stopped before this row was sent.",
        fix="Ask your network administrator, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_outage",
        title="Not sent: the API was down or overloaded",
        message="The API was down or overloaded for too long, so the run was stopped before this row was sent.",
        fix="Run the file again later; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_all_refused",
        title="Not sent: the API refused every row before",
        message="The API refused one row after the other, so the run was stopped before this row was sent.",
        fix="Look at the refused rows: a column, the token or base_url is probably wrong. Correct it, then run the file again.",
    ),
    Kind(
        code="cancelled_already",
        title="Cancelled by an earlier try",
        message="The cancellation was repeated after an unclear answer, and the reminder no longer existed: the first try cancelled it.",
        fix="Nothing needs to be done.",
        severity=WARNING,
    ),
    Kind(
        code="older_reminder_found",
        title="The API held an older reminder",
        message="The API already held a reminder for this phone and appointment number, with other values ({detail}). It was brought up to date.",
        fix="Check whether the appointment number was used before for another appointment.",
        severity=WARNING,
    ),
    Kind(
        code="older_type_kept",
        title="The reminder keeps its old appointment type",
        message="The API already held a reminder for this phone and appointment number, with another appointment type. The API cannot change that.",
        fix="If the type matters, cancel the appointment and create it with a new appointment number.",
        severity=WARNING,
    ),
    Kind(
        code="answer_names_another",
        title="The API's answer names another appointment",
        message="The API took the request, but its answer names another phone or appointment number than the row: the uuid may be another appointment's.",
        fix="Check uuid and appointment number in Attentive, and what was sent: importer explain UUID.",
        severity=WARNING,
    ),
    Kind(
        code="answer_differs",
        title="The API's answer shows other values",
        message="The API took the update, but its answer shows other values than were sent ({detail}).",
        fix="Check the appointment in Attentive.",
        severity=WARNING,
    ),
)
