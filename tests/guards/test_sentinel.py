"""A file against earlier ones: for each rule what is just inside, just outside, and too little to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.guards import file_holds, shape
from importer.model.profile import Profile
from importer.model.staged_files import EarlierFile, FileFacts, FileRecord

if TYPE_CHECKING:
    from importer.model.statuses import Hold

PROFILE = Profile(name="clinic", declared=True)
HEADINGS = ("Appt No", "Mobile", "Start")
FIELDS = {"Appt No": "externalEventId", "Mobile": "phone", "Start": "eventDateTime"}


def file(rows: int = 100, *, name: str = "week.csv", sha256: str = "new", facts: FileFacts | None = None) -> FileRecord:
    return FileRecord(name, sha256, None, HEADINGS, 1, rows, facts=facts or FileFacts(fields=FIELDS))


def earlier(*records: FileRecord) -> list[EarlierFile]:
    """Return files of as many runs, newest first."""
    return [EarlierFile(f"run-{len(records) - place}", record) for place, record in enumerate(records)]


def nights(*rows: int) -> list[EarlierFile]:
    return earlier(*(file(count, sha256=f"old-{place}") for place, count in enumerate(rows)))


def holds(record: FileRecord, before: list[EarlierFile], profile: Profile = PROFILE) -> list[Hold]:
    return list(file_holds(record, before, profile))


def codes(*given: object, **named: object) -> list[str]:
    return [hold.code for hold in holds(*given, **named)]  # type: ignore[arg-type]  # handed on as it came


@pytest.mark.parametrize(
    ("rows", "before", "held"),
    [
        pytest.param(60, (100, 100), False, id="forty-percent-fewer"),
        pytest.param(59, (100, 100), True, id="a-row-fewer-than-that"),
        pytest.param(166, (100, 100), False, id="as-far-above"),
        pytest.param(167, (100, 100), True, id="a-row-above-that"),
        pytest.param(0, (100, 100), True, id="no-rows-at-all"),
        pytest.param(10, (20, 20), True, id="twenty-are-enough"),
        pytest.param(9, (19, 19), False, id="nineteen-are-too-few"),
        pytest.param(11, (20, 20), False, id="nine-rows-off-are-few"),
        pytest.param(1, (100,), False, id="one-earlier-file"),
        pytest.param(1, (), False, id="the-first-file"),
        pytest.param(100, (100, 1, 1, 100, 100), False, id="the-median-heeds-no-strays"),
        pytest.param(100, (*[100] * 7, *[900] * 9), False, id="only-the-last-seven-count"),
    ],
)
def test_rows_far_off(rows: int, before: tuple[int, ...], held: bool) -> None:
    """A file is held when its rows differ by more than the tolerance from the usual, and by ten or more."""
    assert codes(file(rows), nights(*before)) == ["rows_far_off"] * held


def test_rows_far_off_says_both_numbers() -> None:
    """The sentence has the rows of this file and the usual number."""
    (held,) = holds(file(1_200), nights(3_001, 3_000, 2_999))

    assert held.message == "The file has 1,200 rows; earlier files of this profile had about 3,000."


@pytest.mark.parametrize(
    ("tolerance", "rows", "held"), [(0, 110, True), (0, 109, False), (100, 0, False), (100, 9_999, False)]
)
def test_rows_tolerance_is_the_profiles(tolerance: int, rows: int, held: bool) -> None:
    """0 lets ten rows decide, 100 lets everything pass."""
    profile = replace(PROFILE, rows_tolerance_percent=tolerance)

    assert codes(file(rows), nights(100, 100), profile) == ["rows_far_off"] * held


def blank(phones: int, rows: int = 100) -> FileRecord:
    return file(rows, sha256=f"{phones}", facts=FileFacts(blanks={"phone": phones}, fields=FIELDS))


@pytest.mark.parametrize(
    ("record", "before", "held"),
    [
        pytest.param(blank(22), (2, 2), False, id="twenty-points-more"),
        pytest.param(blank(23), (2, 2), True, id="a-point-more-than-that"),
        pytest.param(blank(30), (2,), False, id="one-earlier-file"),
        pytest.param(blank(30), (2, 30, 30), False, id="usual-blanks"),
        pytest.param(blank(4, rows=4), (0, 0), False, id="few-rows"),
        pytest.param(blank(0, rows=0), (0, 0), False, id="no-rows"),
    ],
)
def test_blanks_far_off(record: FileRecord, before: tuple[int, ...], held: bool) -> None:
    """A field that is blank in more rows than usual by more than the tolerance's points holds the file."""
    profile = replace(PROFILE, rows_tolerance_percent=100)
    found = codes(record, earlier(*(replace(blank(count), sha256=f"old-{count}") for count in before)), profile)

    assert found == ["blanks_far_off"] * held


def test_blanks_far_off_names_field_and_heading() -> None:
    """The sentence says which column to look at."""
    (held,) = holds(blank(60), earlier(blank(1), blank(3)))

    assert held.message == (
        "phone (“Mobile”) is blank in 60% of the rows; in earlier files of this profile it was in about 2%."
    )


def test_a_field_that_is_new_has_no_usual_blanks() -> None:
    """Only fields that earlier files had, too, are compared."""
    old = FileFacts(fields={"Appt No": "externalEventId"})

    assert codes(blank(90), earlier(file(facts=old), file(facts=old))) == []


@pytest.mark.parametrize(
    ("headings", "told"),
    [
        pytest.param(("Appt No", "Mobile", "Start"), "", id="same"),
        pytest.param(("start", " MOBILE", "appt_no"), "", id="order-case-spaces"),
        pytest.param(("Appt No", "Mobile", "Start", ""), "", id="a-blank-heading"),
        pytest.param(("Appt No", "Mobile", "Start", "Room"), "new: “Room”", id="new"),
        pytest.param(("Appt No", "Start"), "gone: “Mobile”", id="gone"),
        pytest.param(("Appt No", "Phone", "Start"), "new: “Phone”; gone: “Mobile”", id="renamed"),
        pytest.param((*HEADINGS, *"ABCDEFG"), "new: “A”, “B”, “C”, “D”, “E” and 2 more", id="many"),
    ],
)
def test_headings_changed(headings: tuple[str, ...], told: str) -> None:
    """New and gone headings are named; one earlier file is enough to compare with."""
    found = [hold.message for hold in holds(replace(file(), headings=headings), nights(100))]

    assert found == ([f"The headings are not those of the profile's last file: {told}."] if told else [])


@pytest.mark.parametrize(
    ("profile", "undecided", "held"),
    [
        pytest.param(PROFILE, 1, True, id="one-row"),
        pytest.param(PROFILE, 0, False, id="none"),
        pytest.param(replace(PROFILE, date_order="mdy"), 1, False, id="order-declared"),
        pytest.param(Profile(), 1, False, id="no-profile"),
    ],
)
def test_dates_undecided(profile: Profile, undecided: int, held: bool) -> None:
    """One date that can be read two ways holds the file of a profile that does not say which, even the first one."""
    record = file(facts=FileFacts(fields=FIELDS, undecided_dates=undecided))

    assert codes(record, [], profile) == ["dates_undecided"] * held


@pytest.mark.parametrize("change", ["is_report", "is_part"], ids=["a-report-fed-back", "a-part"])
def test_what_is_no_whole_export_is_not_compared(change: str) -> None:
    """Neither a report that is fed back nor some rows of a file are like other files, so nothing is concluded."""
    facts = FileFacts(fields=FIELDS, undecided_dates=3, is_report=change == "is_report", is_part=change == "is_part")
    strange = replace(file(1, sha256="old-1", facts=facts), headings=("X",))

    assert codes(strange, nights(100, 100)) == []
    assert codes(file(1), earlier(*[replace(file(), facts=facts)] * 3)) == []


def test_only_a_declared_profile_compares() -> None:
    """Without a profile of their own, files are not of one kind."""
    assert codes(replace(file(1), headings=("X",)), nights(100, 100), Profile()) == []


def test_a_file_is_compared_with_those_called_like_it() -> None:
    """Two exports a night are two kinds of file; dates in their names make no difference."""
    north = [file(100, name=f"north-{day}.csv", sha256=f"n{day}") for day in (1, 2)]
    south = [replace(file(500, name=f"south-{day}.csv", sha256=f"s{day}"), headings=("X",)) for day in (1, 2)]
    before = earlier(south[1], north[1], south[0], north[0])

    assert codes(file(90, name="north-03.csv"), before) == []
    assert codes(file(30, name="north-03.csv"), before) == ["rows_far_off"]
    assert codes(file(60, name="west.csv"), before) == []


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("week_2027-03-01.csv", "week_2027-03-08.csv", True),
        ("export.csv", "Export (2).xlsx", True),
        ("Monday's list.csv", "Tuesday's list.csv", True),
        ("mon.csv", "Friday.csv", True),
        ("bookings March 2027.csv", "bookings_apr_27.csv", True),
        ("week - Copy.csv", "week.csv", True),
        ("20270301.csv", "20270302.csv", True),
        ("week.csv", "walk-ins.csv", False),
        ("north.csv", "south.csv", False),
        ("7.csv", "week7.csv", False),
        ("été_1.csv", "hiver_1.csv", False),
    ],
)
def test_names_of_one_kind(one: str, other: str, is_same: bool) -> None:
    """Numbers, days, months and the format make no difference; another word does."""
    assert (shape(one) == shape(other)) is is_same


def test_several_things_at_once_are_all_told() -> None:
    """A person reads all reasons in one go."""
    strange = replace(blank(50, rows=50), headings=("Appt No", "Mobile"), sha256="old-1")

    assert codes(strange, nights(100, 100)) == ["rows_far_off", "blanks_far_off", "headings_changed"]
