"""Scored on tables of expected values: no wrong value, every ``must`` right, every ``either`` right or refused."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from importer.normalizing.durations import parse_duration
from importer.normalizing.phones import parse_phone
from importer.normalizing.starts import StartRules, StartText, read_start
from importer.normalizing.time_zones import canonical_names, parse_zone
from importer.normalizing.value_reading import Reading, reading_of
from importer.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Table = Callable[[str], list[dict[str, str]]]


class Case(NamedTuple):
    """A raw value, what is expected of it (None: to be refused), how strictly, and what came out."""

    raw: str
    expected: str | float | None
    strictness: str
    reading: Reading

    @property
    def value(self) -> str | None:
        """The normal form, None where the reading is a refusal."""
        refused = any(not KINDS[remark.code].is_warning for remark in self.reading.remarks)
        return None if refused else self.reading.value


def score(cases: Iterable[Case], form: Callable[[str], str | float] = str) -> Counter[str]:
    """Return how many are right, refused where they may be, refused where they must not be, and wrong."""
    marks = Counter({"wrong": 0, "refused a must": 0})
    for case in cases:
        got = None if case.value is None else form(case.value)
        if got == case.expected:
            marks["right"] += 1
        elif got is None:
            marks["refused a must" if case.strictness == "must" else "refused"] += 1
        else:
            marks["wrong"] += 1
    print(dict(marks))
    return marks


def seconds(duration: str) -> float:
    parts = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration)
    assert parts is not None
    return sum(int(part or 0) * unit for part, unit in zip(parts.groups(), (3600, 60, 1), strict=True))


def clean(marks: Counter[str]) -> bool:
    return marks["right"] > 0 and marks["wrong"] == marks["refused a must"] == 0


def test_phones(table: Table) -> None:
    """Example numbers of all regions, everyday spellings and damaged cells."""
    marks = score(
        Case(
            row["raw"],
            row["expected_e164"] or None,
            row["strictness"],
            reading_of(partial(parse_phone, region=row["region"]), row["raw"]),
        )
        for row in table("phones.csv")
    )

    assert clean(marks)


def test_zone_names(table: Table) -> None:
    """IANA names, links, everyday names, and what only looks like a name."""
    marks = score(
        Case(row["raw"], row["canonical"] or None, row["strictness"], reading_of(parse_zone, row["raw"]))
        for row in table("tz_names.csv")
        if row["expect"] != "policy"
    )

    assert clean(marks)


def test_windows_zones(table: Table) -> None:
    """A Windows name means its default zone, under that zone's canonical name."""
    canonical = canonical_names()
    marks = score(
        Case(row["windows_name"], canonical[row["iana_first"]], "must", reading_of(parse_zone, row["windows_name"]))
        for row in table("windows_zones.csv")
        if row["is_default"] == "1"
    )

    assert clean(marks)


def test_durations(table: Table) -> None:
    """ISO 8601 durations and what only looks like one."""
    marks = score(
        (
            Case(
                row["input"],
                float(row["offset_seconds"]) if row["offset_expect"] == "accept" else None,
                row["strictness"],
                reading_of(parse_duration, row["input"]),
            )
            for row in table("durations.csv")
        ),
        seconds,
    )

    assert clean(marks)


def test_human_durations(table: Table) -> None:
    """Durations in everyday words."""
    marks = score(
        (
            Case(
                row["input"],
                float(row["seconds"]) if row["expect"] == "valid" else None,
                row["strictness"],
                reading_of(parse_duration, row["input"]),
            )
            for row in table("durations_human.csv")
        ),
        seconds,
    )

    assert clean(marks)


def test_date_times(table: Table) -> None:
    """Starts as text, some with an offset."""
    cases = []
    for row in table("datetime_texts.csv"):
        instant = row["expected"].startswith("instant:")
        expected = row["expected"].removeprefix("instant:").removesuffix("Z") if instant else row["expected"]
        text = StartText(event=row["raw"], zone="Etc/UTC" if instant else "")
        cases.append(Case(row["raw"], expected or None, row["strictness"], read_start(text)))

    assert clean(score(cases))


def test_excel_dates(table: Table) -> None:
    """Serial numbers of both epochs, exact to the second."""
    marks = score(
        Case(
            row["serial"],
            row["expected_local"] or None,
            row["strictness"],
            read_start(StartText(event=row["serial"]), StartRules(epoch_1904=row["date1904"] == "1")),
        )
        for row in table("excel_dates.csv")
    )

    assert clean(marks)
