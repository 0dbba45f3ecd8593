"""
Every other fast path of normalizing and checking against its careful twin, on mixed batches.

``IMPORTER_TWIN_BATCHES=100000 python -m pytest tests/twins --timeout=0`` is the long form.
"""

from __future__ import annotations

from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from mixed_batches import BATCHES, as_told, batch, batches, digits, readings_of

from importer.checking import check, check_chunk, payloads, problems
from importer.columns import match
from importer.model import chunks
from importer.model.chunks import Chunk, distinct, forget_cells
from importer.model.profile import EventType, Profile
from importer.normalizing import DateEvidence, normalize
from importer.normalizing.actions import parse_flag
from importer.normalizing.calling_codes import parse_phone_beside, read_phones_with_codes
from importer.normalizing.dates_and_times import DateRules
from importer.normalizing.durations import parse_duration
from importer.normalizing.metadata import USUAL_VALUE, parse_metadata_value
from importer.normalizing.names_and_texts import (
    USUAL_EMAIL,
    USUAL_ID,
    USUAL_NAME,
    parse_email,
    parse_event_type,
    parse_external_id,
    parse_name,
    parse_uuid,
)
from importer.normalizing.starts import StartRules, StartText, StartTexts, read_start, read_starts
from importer.normalizing.time_zones import parse_zone, read_zones
from importer.normalizing.value_reading import Column, object_array, read_column, reading_of
from schemas.appointment import FORMATS, METADATA_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


def of(*texts: str) -> Callable[[Random], str]:
    return lambda random: random.choice(texts)


BLANKS = of("", "", " ", "\u00a0", "\t", "\u200b")
ODD = of("\0", "a\nb", "\r\n", "\u2028", "\x1f", "\ufffd", "x" * 300, "\u202eabc", "\ud800", "#N/A", '="5"')

STARTS = {
    "iso": lambda random: f"20{random.choice('2345')}{random.choice('0179')}-0{random.randint(1, 9)}-{random.randint(1, 31):02}T{random.randint(0, 24):02}:{random.choice(('00', '30', '60'))}:00",
    "usual": lambda random: f"2027-0{random.randint(1, 9)}-1{digits(random, 1)}T{random.randint(8, 18):02}:30:00",
    "blank": BLANKS,
    "day": lambda random: f"2027-06-{random.randint(1, 30):02}",
    "offset": lambda random: f"2027-0{random.randint(1, 9)}-15T10:30:00{random.choice(('Z', '+05:30', '-08', '-0500'))}",
    "numbers": lambda random: f"{random.randint(1, 14)}/{random.randint(1, 14)}/{random.choice(('2027', '27'))} {random.randint(1, 13)}:15 {random.choice(('AM', 'pm', ''))}".rstrip(),
    "words": lambda random: f"{random.choice(('March', 'Mar', 'Sept'))} {random.randint(1, 32)}, 2027 9:05",
    "serial": of("46204.604166666667", "46204", "1", "0.5", "1.5", "46204.5", "60"),
    "range": of("2027-06-04 9:00 - 9:30", "4 Jun 2027 9-10 AM", "2027-06-04 09:00-10:00"),
    "odd": ODD,
}  # fmt: skip
CLOCKS = {
    "clock": lambda random: f"{random.randint(0, 24)}:{random.choice(('00', '30', '5'))}{random.choice(('', ' PM', ':00'))}",
    "blank": BLANKS,
    "bare": of("9", "14", "930", "0930", "9.30", "1.0", "0.604166666666667", ".5"),
    "range": of("2:00 PM - 2:30 PM", "2-3 PM", "9:00-10:00", "10:00-05:00"),
    "whole": of("2027-06-04T14:30:00", "1899-12-30T14:30:00", "2027-06-04T19:30:00Z", "1899-12-30T19:30:00Z", "14:30Z", "46542.604166666667"),
    "odd": ODD,
}  # fmt: skip
ZONES = of("America/New_York", "America/Chicago", "Asia/Kolkata", "", "America/New_York")


@pytest.mark.parametrize("order", [None, "dmy", "mdy", "ymd"])
def test_starts(order: str | None) -> None:
    """A column of starts, or of days and times, says of each row what the row says by itself."""
    rules = StartRules(DateRules(order, two_digit_years=order == "dmy"))  # type: ignore[arg-type]
    careful = cache(partial(read_start, rules=rules))
    for number in range(max(1, BATCHES // 4)):
        random = Random(f"{order}/{number}")
        event = batch(STARTS, random) if number % 2 else []
        rows = len(event) or random.choice((1, 2, 3, 8, 21))
        days = [
            STARTS[random.choice(list(STARTS))](random) if not event or random.random() < 0.1 else ""
            for _ in range(rows)
        ]
        clocks = [
            CLOCKS[random.choice(list(CLOCKS))](random) if not event or random.random() < 0.1 else ""
            for _ in range(rows)
        ]
        zones = [ZONES(random) for _ in range(rows)]
        said = [StartText(*parts) for parts in zip(event or [""] * rows, days, clocks, zones, strict=True)]
        columns = StartTexts(*(distinct(object_array(column)) for column in zip(*said, strict=True)))
        found, findings = read_starts(columns, rules)
        assert readings_of(Column(found.column, findings)) == [as_told(careful(one)) for one in said], said


NAMES = {
    "usual": of("Ana", "Mary Ann", "O'Brien", "José", "Élodie", "van den Berg-Lee"),
    "blank": BLANKS,
    "nothing": of("NULL", "None", "N/A", "-", "--", "nan", "Null", "null x", "TBD"),
    "broken": of("O&#39;Neil", "A &amp; B", "AT&T", "Andr‚", "M√ºller", "J?rg", "=C3=A9", "Smith™"),
    "decomposed": of("Jose\u0301", "A\u030a", "\u212bsa", "e\u0301"),
    "spaced": of("Ana  Lee", " Ana", "Ana\u00a0Lee", "Ana Lee ", "A B C D E F G"),
    "odd": ODD,
}
IDS = {
    "usual": lambda random: random.choice(("", "A-", "APT_", "00")) + digits(random, random.randint(1, 9)),
    "blank": BLANKS,
    "zero": of("0", "00", "0.0", "000", "0A", "A0", "00A"),
    "nothing": of("NULL", "none", "N/A", "-", "_", "--", "tbd", "NaN", "nil-", "xxx", "NA1"),
    "spaced": of("A 1", "A\u00a01", "A\u20091", "A\u20111", "Ne\u03011", "N\u00e91"),
    "numbers": of("12345.0", "1.23E+15", "1E5", "12E5", "1e+5", "9" * 30),
    "odd": ODD,
}
EMAILS = {"usual": of("ana@example.com", "b.c-d@mail.example.org"), "blank": BLANKS, "other": of("N/A", "a@b", "A@Example.com", "a@b..c", "a b@c.de", "<a@b.de>", "a@\u00fc.de", "a@b.de, c@d.de"), "odd": ODD}  # fmt: skip
VALUES = {"usual": of("Main St 4", "10:30", "Dr. Wu"), "blank": BLANKS, "other": of("{x}", "a  b", "&lt;", "AT&T", "e\u0301", "y" * 170, "z" * 1700), "odd": ODD}  # fmt: skip
COLUMNS = {
    "firstName": (NAMES, parse_name, partial(read_column, "firstName", parse=parse_name, usual=USUAL_NAME)),
    "externalEventId": (IDS, parse_external_id, partial(read_column, "externalEventId", parse=parse_external_id, usual=USUAL_ID)),
    "emailAddress": (EMAILS, parse_email, partial(read_column, "emailAddress", parse=parse_email, usual=USUAL_EMAIL)),
    "metadata.x": (VALUES, parse_metadata_value, partial(read_column, "metadata.x", parse=parse_metadata_value, usual=USUAL_VALUE)),
    "uuid": (IDS, parse_uuid, partial(read_column, "uuid", parse=parse_uuid)),
    "remindTimeOffset": (
        {"usual": of("PT3H", "90 min", "2 hours", "1.5 days"), "blank": BLANKS, "other": of("90", "1:30", "-3h", "P1M", "0", "3:00:00", "99 weeks"), "odd": ODD},
        parse_duration,
        partial(read_column, "remindTimeOffset", parse=parse_duration),
    ),
    "sendEligibleSubscribersOnly": ({"usual": of("yes", "0", "TRUE", "f"), "blank": BLANKS, "odd": ODD}, parse_flag, partial(read_column, "x", parse=parse_flag)),
    "subscriberTimeZone": (
        {"usual": of("America/Denver", "ET", "US/Pacific", "Pacific Standard Time"), "blank": BLANKS, "other": of("EST", "MST", "UTC-5", "(UTC-05:00) Pacific Time", "UTC", "America", "Etc/GMT+5", "\x00"), "odd": ODD},
        None,
        read_zones,
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", COLUMNS)
def test_columns_of_values(field: str) -> None:
    """What the shortcut for everyday values passes over, and values that repeat, are what each value is by itself."""
    kinds, parse, read = COLUMNS[field]
    careful = cache(lambda text: as_told(reading_of(parse or parse_zone, text)))
    for cells in batches(kinds, seed=1):
        found = readings_of(read(object_array(cells)))
        if parse is None:
            # Near names are looked for in a column only.
            found = [
                (value, frozenset((code, "" if code == "zone_unknown" else detail) for code, detail in told))
                for value, told in found
            ]
        assert found == [careful(cell) for cell in cells], cells


CHECKS = {(name, place): one for name, checks in (*FORMATS.items(), ("metadata.x", METADATA_FORMATS)) for place, one in enumerate(checks)}  # fmt: skip
JUDGED = {
    "usual": of("ana@example.com", "PT3H", "2027-02-28T10:00:00", "+12125550101", "true", "abc", "America/Denver", TYPE, "A 1"),
    "nearly": of("2027-02-29T10:00:00", "2028-02-29T10:00:00", "PT", "PT03H", "+1", "TRUE", "a@b", "2125550101", " a", "EST", "2027-13-01T00:00:00"),
    "blank": of("", "", " "),
    "odd": ODD,
}  # fmt: skip


@pytest.mark.parametrize("key", CHECKS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_forms(key: tuple[str, int]) -> None:
    """The schema's verdict on many texts at once is that on each alone, and its failure cases are the texts that fail."""
    one = CHECKS[key]
    schema = pa.DataFrameSchema({"x": pa.Column(checks=[one])})
    alone = cache(lambda text: bool(one(pd.Series([text], dtype=object)).check_output.iloc[0]))
    for cells in batches(JUDGED, seed=2, count=max(10, BATCHES // 4)):
        verdicts = [alone(cell) for cell in cells]
        assert one(pd.Series(cells, dtype=object)).check_output.tolist() == verdicts, cells
        cases = list(check_chunk._failure_cases(schema, pd.DataFrame({"x": cells}, dtype=object)))
        assert [code for code, _ in cases] == [one.error] * (not all(verdicts)), cells
        assert sorted(place for _, at in cases for place in at) == [n for n, fits in enumerate(verdicts) if not fits], (
            cells
        )


PHONES = {"home": of("2125550101", "1 646 555 0102", "(305) 555-0103"), "blank": BLANKS, "abroad": of("06 12 34 56 78", "+33612345678", "20 7946 0101", "15123456789", "011 44 20 7946 0101"), "short": of("555-0101", "7", "n/a"), "odd": ODD}  # fmt: skip
CODES = of("", "+1", "+33", "+44", "FR", "US", "MX", "+1876", "+999", "?", "+800")


def test_phones_beside_codes() -> None:
    """Phones beside calling codes are read many at once as each pair is alone."""
    careful = cache(lambda phone, code: as_told(reading_of(partial(parse_phone_beside, code=code, region="US"), phone)))
    for number, cells in enumerate(batches(PHONES, seed=3)):
        random = Random(f"codes/{number}")
        codes = [CODES(random) for _ in cells]
        found, findings = read_phones_with_codes(distinct(object_array(cells)), distinct(object_array(codes)), "US")
        assert readings_of(Column(found.column, findings)) == [
            careful(*pair) for pair in zip(cells, codes, strict=True)
        ]


def test_evidence_of_dates() -> None:
    """What a column proves does not hang on how it is cut into chunks, or on which cells repeat."""
    for number, cells in enumerate(batches(STARTS, seed=4)):
        cut = number % (len(cells) + 1)
        whole, apart, each = DateEvidence(), DateEvidence(), DateEvidence()
        whole.see(object_array(cells))
        apart.see(object_array(cells[:cut]))
        apart.see(object_array(cells[cut:]))
        for cell in cells:
            each.see(object_array([cell]))
        assert whole.order() == apart.order() == each.order(), cells


PROFILE = Profile(
    zone="America/Denver", event_type="Visit", event_types={"Visit": EventType(TYPE)}, name_order="first last"
)
HEADINGS = {
    "action": {"usual": of("create", "update", "cancel", "no_show", "upsert", "none"), "blank": BLANKS, "odd": of("?", "TBD")},
    "uuid": IDS, "externalEventId": IDS, "phone": PHONES, "countryCode": {"usual": CODES}, "fullName": {**NAMES, "comma": of("Lee, Bo", "Lee, Bo, MD")},
    "eventType": {"usual": of("Visit", TYPE, "", "visit"), "odd": of("Other1", "NULL")}, "eventDateTime": STARTS, "date": STARTS, "time": CLOCKS,
    "subscriberTimeZone": COLUMNS["subscriberTimeZone"][0], "remindTimeOffset": COLUMNS["remindTimeOffset"][0], "metadata.x": VALUES,
}  # fmt: skip


def told(rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Yield all that normalizing and checking say of each row."""
    chunk = Chunk(rows)
    matching = match([str(name) for name in rows.columns], PROFILE)
    typed = matching.project(chunk)
    checked = check(chunk, normalize(typed, PROFILE), PROFILE, now=1_804_000_000.0, columns=matching.fields)
    for row in zip(
        payloads(checked), problems(checked), checked.actions, checked.starts_at, checked.invalid, strict=True
    ):
        body, (wrong, warned), *rest = row
        yield (
            body,
            *(frozenset((one.field, one.code, one.value, one.message) for one in said) for said in (wrong, warned)),
            *rest,
        )


def pool(random: Random, size: int) -> pd.DataFrame:
    """Return rows of a sheet in which everything is mixed, under some of the headings."""
    names = ["phone", *random.sample([name for name in HEADINGS if name != "phone"], random.randint(3, 9))]
    columns = {
        # No file holds half a character; every reader decodes strictly.
        name: [HEADINGS[name][random.choice(list(HEADINGS[name]))](random).replace("\ud800", "") for _ in range(size)]
        for name in names
    }
    return pd.DataFrame(columns, dtype=object)


def test_rows_of_a_chunk() -> None:
    """Whatever stands around it, in a chunk of a few rows or of many, a row is what it is alone."""
    for number in range(max(2, BATCHES // 75)):
        random = Random(f"rows/{number}")
        rows = pool(random, 25)
        alone = [next(told(rows.iloc[[place]].reset_index(drop=True))) for place in range(len(rows))]
        for size in (2, 3, 5, 8, 13, 25, 60, 1_100):
            drawn = np.array(random.choices(range(len(rows)), k=size))
            found = list(told(rows.iloc[drawn].reset_index(drop=True)))
            unlike = [place for place, row in zip(drawn, found, strict=True) if not near(row, alone[place])]
            assert unlike == [], (list(rows.columns), rows.iloc[unlike[:1]].to_dict("records"))


def near(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two rows are told alike; near names of zones are looked for in few rows of a chunk only."""
    return all(str(a) == str(b) if not isinstance(a, frozenset) else {o[:3] for o in a} == {o[:3] for o in b} for a, b in zip(one, other, strict=True))  # type: ignore[attr-defined]  # fmt: skip


def batch_of_rows(random: Random, rows: pd.DataFrame) -> pd.DataFrame:
    """Return one chunk: some of these rows, some of them twice, in any order."""
    drawn = random.choices(range(len(rows)), k=random.choice((1, 2, 3, 5, 8, 13)))
    return rows.iloc[drawn].reset_index(drop=True)


def in_categories(random: Random, rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return the same columns as a reader keeps them that knows more texts than stand in this chunk."""
    known = {}
    for name, column in rows.items():
        texts = list(dict.fromkeys((*others[name], *column)))
        random.shuffle(texts)
        known[name] = pd.Categorical(column, categories=pd.Index(texts, dtype=object))
    return pd.DataFrame(known, index=rows.index)


def hold(random: Random, count: int) -> None:
    """Assert of so many chunks that each is told alike behind the others and alone."""
    for number in range(count):
        if number % 25 == 0:
            rows = pool(random, 25)
        chunk = batch_of_rows(random, rows)
        behind_others = list(told(chunk))
        behind_in_categories = list(told(in_categories(random, chunk, rows)))
        forget_cells()
        alone = list(told(chunk))
        assert behind_others == alone, chunk.to_dict("records")
        assert behind_in_categories == alone, chunk.to_dict("records")
        with patch.object(chunks, "SAMPLE", 0), patch.object(chunks, "SURELY_UNLIKE", -1):
            assert list(told(chunk)) == alone, chunk.to_dict("records")


@pytest.mark.parametrize("part", range(4))
def test_chunks_that_follow_each_other(part: int) -> None:
    """Whole, taken apart or in categories, behind other chunks or alone, a chunk's rows are told the same."""
    hold(Random(f"chunks/{part}"), max(2, BATCHES // 4))


class ByCount:
    """A memory of what pandera said that takes the number of texts for the texts."""

    def __init__(self, careful: Any) -> None:
        self.careful = careful
        self.known: dict[Any, Any] = {}

    def __call__(self, judge: Any, name: str, texts: tuple[str, ...]) -> Any:
        return self.known.setdefault((judge, name, len(texts)), self.careful(judge, name, texts))

    def cache_clear(self) -> None:
        self.known.clear()


def test_a_memory_of_too_little_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one chunk's texts were told, said of other texts in a later chunk, shows in fewer than 200 chunks."""
    memory = ByCount(check_chunk._judged_before.__wrapped__)
    monkeypatch.setattr(check_chunk, "_judged_before", memory)
    monkeypatch.setattr(chunks, "REMEMBERED", [*chunks.REMEMBERED, memory])

    with pytest.raises(AssertionError):
        hold(Random("memory"), 200)


def test_the_types_of_a_profile_are_read_alike() -> None:
    """The profile's names and uuids of types give the same however they are mixed."""
    kinds = {"known": of("Visit", "VISIT ", TYPE, f"{{{TYPE}}}"), "unknown": of("Visits", "NewPatient60minConsultation", "NULL"), "blank": BLANKS, "odd": ODD}  # fmt: skip
    parse = partial(parse_event_type, types=PROFILE.event_types)
    for cells in batches(kinds, seed=5):
        found = readings_of(read_column("eventType", object_array(cells), parse))
        assert found == [as_told(reading_of(parse, cell)) for cell in cells]
