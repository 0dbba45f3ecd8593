"""
How the values of a sheet are meant: the country of phones, the order of dates, the unit of numbers. As questions; pure.

As in ``open_points``, a question is asked only where a parser says that it cannot tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.columns.cell_fit import ENOUGH
from importer.columns.heading_forms import form_of
from importer.columns.settling import Samples
from importer.commands.pipeline import DATE_FIELDS, evidence_of, usual_order
from importer.normalizing.dates_and_times import DateRules
from importer.normalizing.durations import parse_duration
from importer.normalizing.phones import parse_phone
from importer.normalizing.starts import parse_start
from importer.normalizing.value_reading import Unreadable
from importer.problems.cell_places import column_letters, column_name
from importer.reporting.wording import OFFSETS, duration_words
from importer.setup.questions import OPEN, SAMPLES, Choice, Question, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns import Matching
    from importer.model.profile import DateOrder, DurationUnit, Profile
    from importer.setup.answers import Answered
    from importer.setup.sheet_seen import SheetSeen


MOST_COUNTRIES: Final = 9
HALF: Final = 0.5


def country_of(seen: SheetSeen, matching: Matching, answered: Answered) -> Iterator[Question]:
    """Yield in which country the phones are, where most are none of the profile's country, and are of another."""
    if "region" not in answered.table:
        yield from _Values(seen, matching).country()


def readings_of(seen: SheetSeen, matching: Matching) -> Iterator[Question]:
    """Yield how dates and numbers are meant that can be read in two ways."""
    values = _Values(seen, matching)
    yield from values.dates()
    yield from values.units()


class _Values:
    """The columns of values of a sheet, as they were matched."""

    def __init__(self, seen: SheetSeen, matching: Matching) -> None:
        self.seen = seen
        self.matching = matching
        self.profile = matching.profile
        self.samples = Samples(seen.rows)

    def country(self) -> Iterator[Question]:
        """Yield in which country the phones are, where most are none of the profile's country, and are of another."""
        cells = next((found for at in self._phone_columns() if (found := _without_country(self.samples.of(at)))), ())
        shares = {code: _share_of_mobiles(cells, code) for code in dict.fromkeys((self.profile.region, *_COUNTRIES))}
        best, own = max(shares.values()), shares[self.profile.region]
        if not cells or own >= min(ENOUGH, best) or best < HALF:
            return
        fitting = sorted((code for code in shares if shares[code] >= HALF), key=lambda code: -shares[code])
        yield Question(
            key="country",
            text="In which country are the phone numbers?",
            samples=tuple(short(text) for text in cells[:SAMPLES]),
            choices=tuple(
                Choice(code, _COUNTRIES.get(code, code), {"region": code}) for code in fitting[:MOST_COUNTRIES]
            ),
            default=self.profile.region if own >= HALF else OPEN,
            takes="country",
            about="They have no country code such as +44.",
            typed="Type a number, or the two letters of any other country.",
            if_open="rows with such a phone are to fix",
        )

    def _phone_columns(self) -> list[int]:
        """Return the columns that are a phone by their heading, the one that is taken first."""
        fields = self.matching.fields
        if "phone" in fields:
            return [fields["phone"]]
        forms = {at: form_of(heading) for at, heading in enumerate(self.matching.headings)}
        return [
            at for at, form in forms.items() if form and form.fields == ("phone",) and at not in self.matching.left_out
        ]

    def dates(self) -> Iterator[Question]:
        """Yield how dates are meant that can be read in two ways."""
        places = [self.matching.fields[name] for name in DATE_FIELDS if name in self.matching.fields]
        if self.seen.rows is None or not places or self.matching.results:
            return
        evidence = evidence_of([self.seen.rows], places)
        texts = [text for at in places for text in self.seen.rows.column(at).texts.tolist()]
        profile = self.profile
        if evidence.short and not profile.two_digit_years:
            short = _refused(texts, "date_two_digit_year", DateRules("dmy")) or _refused(
                texts, "date_two_digit_year", DateRules("mdy")
            )
            yield Question(
                key="short-years",
                text="Are years of two digits, such as 27, meant as 2027?",
                samples=short,
                choices=(Choice("yes", "27 is 2027", {"two_digit_years": True}),),
                if_open="these rows are to fix",
            )
        order = profile.date_order or evidence.order() or usual_order(self.matching, evidence)
        rules = DateRules(None, two_digit_years=profile.two_digit_years)
        if order is None and (samples := _refused(texts, "date_ambiguous", rules)):
            orders: tuple[DateOrder, ...] = ("mdy", "dmy", "ymd") if profile.two_digit_years else ("mdy", "dmy")
            yield Question(
                key="date-order",
                text="Are the dates written with the month or the day first?",
                samples=samples,
                choices=tuple(_order(one, samples[0], profile) for one in orders),
                about="No date of the sheet shows it.",
                if_open="rows with such a date are to fix",
            )

    def units(self) -> Iterator[Question]:
        """Yield which unit numbers are that stand for a time before or after the start."""
        for name in OFFSETS:
            at = self.matching.fields.get(name)
            said = {**self.matching.profile_for_sheet().duration_units}.get(name) or self.profile.duration_unit
            if at is None or said or self.matching.results or self.seen.rows is None:
                continue
            texts = self.seen.rows.column(at).texts.tolist()
            samples = [text for text in texts if _lacks_unit(text)]
            choices = (
                tuple(_unit(unit, name, samples[0]) for unit in _UNITS if _length(samples[0], unit)) if samples else ()
            )
            if not choices:
                continue
            yield Question(
                key=f"unit {column_letters(at)}",
                text=f"{column_name(at, self.matching.headings[at].strip())} has numbers without a unit. What do they mean?",
                samples=tuple(map(short, samples[:SAMPLES])),
                choices=choices,
                about="No number of the sheet shows it.",
                if_open="rows with such a number are to fix",
            )


# Where appointments are kept in the languages whose words are known.
_COUNTRIES: Final = {
    "US": "United States or Canada", "GB": "United Kingdom", "IE": "Ireland", "AU": "Australia", "NZ": "New Zealand",
    "DE": "Germany", "AT": "Austria", "CH": "Switzerland", "FR": "France", "BE": "Belgium", "NL": "Netherlands", "ES": "Spain",
    "PT": "Portugal", "IT": "Italy", "BR": "Brazil", "MX": "Mexico", "AR": "Argentina", "CL": "Chile", "CO": "Colombia",
    "ZA": "South Africa", "IN": "India",
}  # fmt: skip


def _without_country(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells that do not say themselves in which country their number is."""
    return tuple(text for text in cells if not text.lstrip("( ").startswith(("+", "00")))


def _share_of_mobiles(cells: Sequence[str], region: str) -> float:
    """Return which part of the cells can be texted as numbers of a country."""
    return sum(_is_mobile(text, region) for text in cells) / max(len(cells), 1)


def _is_mobile(text: str, region: str) -> bool:
    try:
        remarks = parse_phone(text, region).remarks
    except Unreadable:
        return False
    # Some countries have landlines of almost any digits: there a mobile of another country is one.
    return all(each.code != "phone_landline" for each in remarks)


def _refused(texts: Sequence[str], code: str, rules: DateRules) -> tuple[str, ...]:
    """Return the first texts that are no start for this reason."""
    found: list[str] = []
    for text in texts:
        try:
            parse_start(text, rules)
        except Unreadable as reason:
            if reason.issue.code == code:
                found.append(short(text))
        if len(found) == SAMPLES:
            break
    return tuple(found)


_UNITS: Final[tuple[DurationUnit, ...]] = ("minutes", "hours", "days", "h:mm", "mm:ss")


def _lacks_unit(text: str) -> bool:
    try:
        parse_duration(text)
    except Unreadable as reason:
        return reason.issue.code == "duration_unit"
    return False


def _length(text: str, unit: DurationUnit) -> str:
    """Return how long a text is in a unit, as a request says it; "" where it is none."""
    try:
        return parse_duration(text, unit).value
    except Unreadable:
        return ""


def _unit(unit: DurationUnit, name: str, sample: str) -> Choice:
    """Return the choice of a unit, with what it makes of a number of the sheet."""
    length = f"{sample} {unit}" if ":" not in unit else duration_words(_length(sample, unit), "").strip()
    side = "before" if name == "remindTimeOffset" else "after"
    return Choice(unit, f"{unit}: {sample} is {length} {side} the visit", {"duration_units": {name: unit}})


def _order(order: DateOrder, sample: str, profile: Profile) -> Choice:
    """Return the choice of an order, with what it makes of a date of the sheet."""
    words = {"mdy": "month first", "dmy": "day first", "ymd": "year first"}[order]
    try:
        day = parse_start(sample, DateRules(order, two_digit_years=profile.two_digit_years)).day
    except Unreadable:
        return Choice(order, words, {"date_order": order})
    return Choice(order, f"{words}: {sample} is {day.day} {day:%B %Y}", {"date_order": order})
