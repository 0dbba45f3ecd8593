"""
The pandera schemas, one an action: the one judge of what may be sent.

They judge normal forms, as text, ``""`` for blank (``importer.normalizing`` makes them). Each check carries the code of
a problem in ``error``, which ``validate(lazy=True)`` hands on as ``check`` in its failure cases. Formats are the same
for every action; what differs is which columns an action takes and which it wants. ``importer.checking`` validates the
distinct values of each column.

Source: the API's parameter tables ("Create a new appointment reminder", "Update an appointment reminder"), where
``remindTimeOffset`` is required and defaulted at once: it is always sent.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from schemas.fields import FIELD, FIELDS, METADATA_PREFIX, TEXTS, ActionName

# The engine keeps a note of each repetition: more at a time would need memory by the megabyte.
AT_A_TIME = 1000

Judge = Callable[["pd.Series[str]"], "pd.Series[bool]"]


def in_shape(pattern: str, *, careful: Callable[[str], bool] | None = None) -> Judge:
    """
    Return a judge that passes blanks and texts that match the whole pattern.

    Texts are matched many at a time, joined by line ends, which is four times as fast; where some of them do not match,
    they are asked one by one. ``careful`` is asked then instead of the pattern, and may accept what it leaves out.
    """
    whole = re.compile(pattern).fullmatch
    alone = careful or (lambda text: whole(text) is not None)
    joined = re.compile(f"(?:(?:{pattern})\n|\n)*+").fullmatch

    def all_right(texts: list[str]) -> bool:
        together = "\n".join(texts) + "\n"
        return together.count("\n") == len(texts) and joined(together) is not None

    def judge(texts: pd.Series[str]) -> pd.Series[bool]:
        values = texts.tolist()
        verdicts = np.ones(len(values), dtype=bool)
        for at in range(0, len(values), AT_A_TIME):
            some = values[at : at + AT_A_TIME]
            if not all_right(some):
                verdicts[at : at + AT_A_TIME] = [not text or alone(text) for text in some]
        return pd.Series(verdicts, index=texts.index, dtype=bool, copy=False)

    return judge


def every(fits: Callable[[str], bool]) -> Judge:
    """Return a judge that passes blanks and the texts that ``fits`` accepts, asked one by one."""

    def judge(texts: pd.Series[str]) -> pd.Series[bool]:
        return pd.Series([not text or fits(text) for text in texts.tolist()], index=texts.index, dtype=bool)

    return judge


def not_blank(texts: pd.Series[str]) -> pd.Series[bool]:
    """Judge that a text stands there."""
    return texts != ""


REQUIRED_CODE: Final = "value_missing"
METADATA_COLUMNS: Final = r"metadata\..+"

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd"
_NO_ADDRESS: Final = r"\x00- @,;<>\x7f-\xa0"
_EMAIL: Final = rf"[^{_NO_ADDRESS}]++@[^.{_NO_ADDRESS}]++(?:\.[^.{_NO_ADDRESS}]++)++(?<!\.[^.])"
_DURATION: Final = r"PT(?=[1-9])(?:[1-9][0-9]*H)?(?:[1-9][0-9]*M)?(?:[1-9][0-9]*S)?"

# Every day that comes each year; 29 February is left to ``is_start``.
_START: Final = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]|29(?<!02-29)|30(?<!02-30)|31(?<!02-31|04-31|06-31|09-31|11-31))"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
)
_YEARLY = re.compile(_START)
_LEAP_DAY = re.compile(r"([0-9]{4})-02-29(T.*)")


def is_start(text: str) -> bool:
    """Whether a text is ``YYYY-MM-DDTHH:MM:SS`` of a day that exists: 29 February comes in leap years only."""
    leap = _LEAP_DAY.fullmatch(text)
    if leap is None:
        return _YEARLY.fullmatch(text) is not None
    return isleap(int(leap[1])) and _YEARLY.fullmatch(f"{leap[1]}-02-28{leap[2]}") is not None


ZONES_WITHOUT_PLACE: Final = frozenset({"UTC", "GMT", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"})


def is_zone(name: str) -> bool:
    """
    Whether a name is an IANA zone of a place, UTC, or one of the four American zones that name both their clocks.

    ``EST`` and its like are fixed offsets all year and are not.
    """
    return name in zone_names() and ("/" in name or name in ZONES_WITHOUT_PLACE)


@cache
def zone_names() -> frozenset[str]:
    """Return every name of the tzdata distribution, which is the same on all machines."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


# Texts are never null, and looking for nulls costs as much as a check: nobody looks (``ignore_na``, ``nullable``).
def _check(judge: Judge, code: str) -> pa.Check:
    return pa.Check(judge, error=code, ignore_na=False)


# Each format passes a blank: whether one is allowed is another check.
FORMATS: Final[dict[str, tuple[pa.Check, ...]]] = {
    "uuid": (_check(in_shape(r"[A-Za-z0-9-]{1,128}"), "uuid_unreadable"),),
    "externalEventId": (_check(in_shape(rf"(?!\s)[^{_CONTROL}]{{1,255}}(?<!\s)"), "id_odd_character"),),
    "phone": (_check(in_shape(r"\+[1-9][0-9]{6,14}"), "phone_invalid"),),
    **dict.fromkeys(TEXTS, (_check(in_shape(rf"[^{_CONTROL}]+"), "text_odd_character"),)),
    "emailAddress": (_check(in_shape(_EMAIL), "email_unreadable"),),
    "eventType": (_check(in_shape(r"[A-Za-z0-9-]{1,128}"), "event_type_unknown"),),
    "remindTimeOffset": (_check(in_shape(_DURATION), "duration_unreadable"),),
    "followUpTimeOffset": (_check(in_shape(_DURATION), "duration_unreadable"),),
    "eventDateTime": (_check(in_shape(_START, careful=is_start), "start_unreadable"),),
    "subscriberTimeZone": (_check(every(is_zone), "zone_unknown"),),
    "sendEligibleSubscribersOnly": (_check(in_shape("true|false"), "flag_unreadable"),),
}

METADATA_FORMATS: Final[tuple[pa.Check, ...]] = (
    _check(in_shape(r"[^{}]*"), "metadata_braces"),
    _check(in_shape(rf"[^{_CONTROL}]*"), "metadata_odd_character"),
)

PRESENT: Final = _check(not_blank, REQUIRED_CODE)

# A create wants these whatever stands in the row; what tells appointments apart is a rule across columns.
ALWAYS_SENT: Final = ("phone", "eventType", "remindTimeOffset", "eventDateTime", "subscriberTimeZone")


def formats(column: str) -> tuple[pa.Check, ...]:
    """Return the checks of a column's form, none for a column that no call carries."""
    return METADATA_FORMATS if column.startswith(METADATA_PREFIX) else FORMATS.get(column, ())


def _schema(name: str, actions: set[ActionName], wanted: tuple[str, ...] = ()) -> pa.DataFrameSchema:
    columns = {
        field.name: pa.Column(
            checks=[*([PRESENT] if field.name in wanted else []), *FORMATS[field.name]],
            nullable=True,
            required=field.name in wanted,
            title=field.title,
            description=field.meaning,
        )
        for field in FIELDS
        if field.name in FORMATS and actions & field.needs.keys()
    }
    if actions & FIELD["metadata"].needs.keys():
        columns[METADATA_COLUMNS] = pa.Column(checks=list(METADATA_FORMATS), nullable=True, required=False, regex=True)
    return pa.DataFrameSchema(columns, name=name, unique_column_names=True)


CREATE: Final = _schema("create", {"create"}, ALWAYS_SENT)
UPDATE: Final = _schema("update", {"update"})
CANCEL: Final = _schema("cancel", {"cancel"})
NO_SHOW: Final = _schema("no_show", {"no_show"})

# What may become either, once it is known whether the appointment is.
UPSERT: Final = _schema("upsert", {"create", "update"}, ALWAYS_SENT)

SCHEMAS: Final[dict[ActionName, pa.DataFrameSchema]] = {
    "create": CREATE,
    "update": UPDATE,
    "cancel": CANCEL,
    "no_show": NO_SHOW,
}
