"""
Words of days and clocks as sheets write them beside English: months, weekdays and words of the hour, in six languages, as data.

Sources: the month and day names of Unicode CLDR (es, fr, de, nl, pt, it; wide and abbreviated), and how appointment books of
these countries write an hour: ``14h30`` (fr, pt), ``14:30 Uhr`` (de), ``14.30 uur`` (nl), ``14:30 h`` (es).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schemas.status_words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTHS: Final = {
    "january": "enero ene janvier janv januar jänner jän januari janeiro gennaio gen",
    "february": "febrero février févr fév februar februari fevereiro fev febbraio",
    "march": "marzo mars märz mär mrz maart mrt março",
    "april": "abril abr avril avr aprile",
    "may": "mayo mai mei maio maggio mag",
    "june": "junio juin juni junho giugno giu",
    "july": "julio juillet juil juli julho lug luglio",
    "august": "agosto ago août augustus",
    "september": "septiembre setiembre set septembre setembro settembre",
    "october": "octubre octobre oktober okt outubro out ottobre ott",
    "november": "noviembre novembre novembro",
    "december": "diciembre dic décembre déc dezember dez december dezembro dicembre",
}
_WEEKDAYS: Final = {
    "monday": "lunes lun lundi montag mo maandag ma segunda seg lunedì",
    "tuesday": "martes mar mardi dienstag di dinsdag terça ter martedì",
    "wednesday": "miércoles mié mercredi mer mittwoch mi woensdag wo quarta qua mercoledì",
    "thursday": "jueves jue jeudi jeu donnerstag do donderdag quinta qui giovedì gio",
    "friday": "viernes vie vendredi ven freitag fr vrijdag vr sexta sex venerdì",
    "saturday": "sábado sáb samedi sam samstag sonnabend sa zaterdag za sabato",
    "sunday": "domingo dom dimanche dim sonntag so zondag zo domenica",
}


def _by_word(table: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({word: english for english, words in table.items() for word in words_of({"": words})})


MONTH_WORDS: Final = _by_word(_MONTHS)
"""Month, folded (``marz``, ``maerz``) -> its English name."""

WEEKDAY_WORDS: Final = _by_word(_WEEKDAYS)
"""Weekday, folded -> its English name. ``mar`` is Tuesday only where a weekday stands: elsewhere it is March."""

SHORT_WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "mo": ("monday",), "lu": ("monday",), "tu": ("tuesday",), "ma": ("monday", "tuesday"), "we": ("wednesday",), "me": ("wednesday",),
    "th": ("thursday",), "je": ("thursday",), "ju": ("thursday",), "gi": ("thursday",), "do": ("thursday", "sunday"), "ve": ("friday",),
    "vi": ("friday",), "sa": ("saturday",), "su": ("sunday",), "di": ("tuesday", "sunday"),
})  # fmt: skip
"""Two letters, as a column of weekdays may have them -> the English names: ``ma`` is Monday in Dutch and Tuesday in French."""

DAY_HEADINGS: Final = "day weekday dow wd wkday wkdy dayofweek dayname weekdayname tag wochentag termintag día jour giorno dag weekdag dia"
"""What a column of weekdays is called, with words of the visit or those beside it; not with those that speak of another day."""
AROUND_DAY_HEADINGS: Final = "of the week wk name date start class lesson de la le el da del della dello do des der die das van semana semaine settimana woche name nom nombre nome naam"
NO_DAY_HEADINGS: Final = "booking bookings sched schedule reservation agendamento marcação"
"""Said of the visit, and of the day on which it was arranged."""

JOINING_WORDS: Final = words_of({"": "de del den der le el il da du"})
"""Stand within a day and mean nothing: 8 de marzo."""

AT_WORDS: Final = frozenset({"à", "às", "um", "om", "las", "alle", "ore"})
"""Stand between day and hour; folded, ``à`` would be the English article."""

CLOCK_HEADINGS: Final = (
    "time start starts begin begins datetime clock hora heure ora uhrzeit zeit tijd inicio debut début beginn ortszeit "
    "lokalzeit"
)
AROUND_CLOCK_HEADINGS: Final = "date the of and de da la del der die das"
"""What a column of the start's time is called, with words of the visit, of the person or of a place; and words between."""
LOCAL_HEADINGS: Final = (
    "local locale locales lokal lokale lokaler ortszeit lokalzeit clinic office practice site location store branch hq "
    "your my our their"
)
"""Said of a clock that is the place's or somebody's own: Local time, Clinic time."""
SECOND_HEADINGS: Final = (
    "2 3 4 5 6 second third fourth zweiter zweite zweites dritter dritte segunda segundo tercera tercero deuxième "
    "seconde troisième seconda secondo terza terzo tweede derde"
)
"""Said of another visit of the same row: Date 2, Second appointment."""
AROUND_SECOND_HEADINGS: Final = (
    "nd rd th next date dates time day start starts begin at on of the datetime fecha hora data datum uhrzeit zeit "
    "tijd dag tag jour heure dia día ora giorno de da la del der"
)
"""Stand beside those, with words of the visit."""

HOUR_HEADINGS: Final = "hour hours hr hrs hh stunde stunden std heure heures hora horas uur uren ora ore"
MINUTE_HEADINGS: Final = "minute minutes min mins mm minuten minuto minutos minuut minuti"
"""What the hour and the minutes of a start are called that stand in two columns."""
ONE_MINUTE_HEADINGS: Final = (
    "minute mm minuto minuut start starts begin beginning beginn debut début inicio início inizio"
)
"""Of these, what no column of the visit's length is called; and words that say so of any."""
AROUND_HOUR_HEADINGS: Final = (
    "time clock of the start starts begin beginning beginn debut début inicio início inizio de du da del der la le"
)
"""Stand beside those, with words of the visit."""

NOT_OF_THE_VISIT: Final = (
    "arrive arrives arrived arriving arrival checkin check-in check in-time pickup pick ride rides transport transportation driver van uber lyft taxi "
    "drop dropoff call calls called calling phone phoned text texted message msg left lm vm voicemail zoom lab labs mri ct xray x-ray scan surgery "
    "procedure lunch break meeting shift office hours opens closes open closed dose doses med meds medication medicine rx insulin tab tabs tablet "
    "tablets pill pills mg ml pain bp weight scale score level follow follow-up followup f/u fu next prior previous last recall second 2nd third 3rd "
    "other another sister brother son daughter husband wife spouse child children sibling siblings mom's mother's dad's booked created entered "
    "confirmed reminder reminders available availability free prefers prefer preferred wants want wanted would could can may might maybe if asks "
    "asked asking requests requested requesting request tried try trying not no needs need please pls should before after until til till from "
    "work works working job school class court hearing trial mediation daycare sister's brother's son's daughter's husband's wife's "
    "teeth tooth crown crowns filling deductible copay balance insurance paid fasting fast npo prep"
)
"""Words of a note that make of a time in it one of something else, of another visit, or one that somebody wishes."""

ZONES_OF_CITIES: Final[Mapping[str, str]] = MappingProxyType({
    "new york": "America/New_York", "boston": "America/New_York", "miami": "America/New_York",
    "atlanta": "America/New_York", "toronto": "America/Toronto", "chicago": "America/Chicago",
    "dallas": "America/Chicago", "houston": "America/Chicago", "denver": "America/Denver", "phoenix": "America/Phoenix", "los angeles": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "vancouver": "America/Vancouver",
    "honolulu": "Pacific/Honolulu", "london": "Europe/London", "dublin": "Europe/Dublin", "paris": "Europe/Paris",
    "berlin": "Europe/Berlin", "madrid": "Europe/Madrid", "rome": "Europe/Rome", "amsterdam": "Europe/Amsterdam",
    "zurich": "Europe/Zurich", "vienna": "Europe/Vienna", "lisbon": "Europe/Lisbon", "dubai": "Asia/Dubai",
    "singapore": "Asia/Singapore", "hong kong": "Asia/Hong_Kong", "tokyo": "Asia/Tokyo", "sydney": "Australia/Sydney",
    "melbourne": "Australia/Melbourne", "auckland": "Pacific/Auckland",
})  # fmt: skip
"""City -> the zone of its clocks: what stands in brackets behind the heading of a time, Start (London)."""

_STATES: Final = {
    "America/New_York": (
        "CT Connecticut|DC District of Columbia|DC Washington DC|DE Delaware|GA Georgia|MA Massachusetts|MD Maryland|ME Maine|NC North Carolina|"
        "NH New Hampshire|NJ New Jersey|NY New York|OH Ohio|PA Pennsylvania|RI Rhode Island|SC South Carolina|VA Virginia|VT Vermont|WV West Virginia"
    ),
    "America/Chicago": (
        "AL Alabama|AR Arkansas|IA Iowa|IL Illinois|LA Louisiana|MN Minnesota|MO Missouri|MS Mississippi|OK Oklahoma|WI Wisconsin"
    ),
    "America/Denver": "CO Colorado|MT Montana|NM New Mexico|UT Utah|WY Wyoming",
    "America/Los_Angeles": "CA California|NV Nevada|WA Washington",
    "America/New_York America/Chicago": "FL Florida|IN Indiana|KY Kentucky|MI Michigan|TN Tennessee",
    "America/Chicago America/Denver": "KS Kansas|ND North Dakota|NE Nebraska|SD South Dakota|TX Texas",
    "America/Denver America/Los_Angeles": "ID Idaho|OR Oregon",
    "America/Phoenix": "AZ Arizona",
    "America/Anchorage": "AK Alaska",
    "Pacific/Honolulu": "HI Hawaii",
    "America/Puerto_Rico": "PR Puerto Rico|VI Virgin Islands|VI US Virgin Islands",
    "Pacific/Guam": "GU Guam|MP Northern Mariana Islands",
    "Pacific/Pago_Pago": "AS American Samoa",
    "America/Toronto America/Winnipeg": "ON Ontario",
    "America/Toronto America/Halifax": "QC Quebec|QC Québec",
    "America/Toronto America/Winnipeg America/Edmonton": "NU Nunavut",
    "America/Winnipeg": "MB Manitoba",
    "America/Regina America/Edmonton": "SK Saskatchewan",
    "America/Edmonton": "AB Alberta|NT Northwest Territories",
    "America/Vancouver America/Edmonton": "BC British Columbia",
    "America/Whitehorse": "YT Yukon",
    "America/Halifax": "NB New Brunswick|NS Nova Scotia|PE Prince Edward Island|PEI Prince Edward Island",
    "America/St_Johns America/Halifax": "NL Newfoundland|NL Newfoundland and Labrador",
}
ZONES_OF_STATES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    name.casefold(): tuple(zones.split())
    for zones, states in _STATES.items()
    for state in states.split("|")
    for name in state.split(" ", 1)
})  # fmt: skip
"""
State or province of the United States or Canada, as its letters and its name -> the zones of its clocks.

Without what is of few people: the Navajo Nation in Arizona, West Wendover in Nevada, the western Aleutians. Source: the tzdata
distribution and 49 CFR part 71.
"""
STATE_HEADINGS: Final = "state states province prov st us usa"
PLACE_HEADINGS: Final = (
    "clinic office practice site location facility store branch center centre hospital service visit appointment appt"
)
"""Said of a state that is the place of the visit; with words of the person it is where they live."""
HOME_HEADINGS: Final = "home mailing residence residential address of code abbr name current"

NEWS_IN_NOTES: Final = "now jetzt ahora new neue nueva nouvelle nieuwe actual correct moved changed pushed bumped switched rescheduled resched r rs verschoben verlegt"
"""One of these words stands in each note of the day or time that a visit has now."""
ZONES_IN_NOTES: Final = (
    "eastern central mountain pacific alaska hawaii atlantic arizona est edt cst cdt mst mdt pst pdt akst akdt hst utc gmt et ct mt pt "
    "time times timezone timezones timezoned"
)
"""One of these words stands in each note of a time zone."""
