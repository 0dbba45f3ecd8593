"""
What a sheet leaves open, as questions. Pure.

A question is asked only where the engine of columns, or a parser, says that it cannot tell: nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.columns import match
from importer.columns.cell_fit import START_OF, STARTS, Fit, fit, is_uuid, kind_of
from importer.columns.explain import explain
from importer.columns.heading_forms import is_landline, leads_away
from importer.columns.known_systems import NO_SYSTEM
from importer.columns.settling import Samples
from importer.commands.pipeline import DATE_FIELDS
from importer.errors import FileRefused
from importer.model.chunks import distinct_of
from importer.model.statuses import Action
from importer.problems.cell_places import column_letters, column_name
from importer.setup.open_values import country_of, readings_of
from importer.setup.open_words import MOST_WORDS, words_of
from importer.setup.questions import CANNOT_BE_SENT, OPEN, SAMPLES, Choice, Hints, Question, short
from schemas import exports
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns import Matching
    from importer.columns.explain import Explanation
    from importer.model.profile import Profile
    from importer.setup.answers import Answered
    from importer.setup.sheet_seen import SheetSeen


MOST_COLUMNS: Final = 9

WHERE_UUIDS_ARE: Final = (
    "Attentive gives each appointment type a uuid when it is made (POST /events/types returns it). Whoever set up appointment "
    "reminders in your Attentive account has it: 32 digits and letters, such as 6c52d314-a3ca-4781-ba70-5f3b0c8d1e01."
)
_TYPED: Final = (
    "Type one uuid for all rows, or NAME=UUID for each type, with commas between. importer config check --online asks the API "
    "whether it is one of yours."
)


def open_questions(seen: SheetSeen, answered: Answered, hints: Hints = Hints()) -> tuple[Question, ...]:  # noqa: B008 - frozen
    """
    Return what is open, in the order in which it is best asked; an answer may close other questions, or open some.

    Raises:
        FileRefused: the sheet is an export that lacks what nobody can answer, or none of the system that was named.
        SettingsError: the profile is wrong.

    """
    profile = answered.profile()
    if profile.system is None and len(found := exports.recognized(seen.headings)) > 1:
        return (_which_system(seen, found),)
    sheet = _Sheet(seen, profile)
    country = tuple(country_of(seen, sheet.matching, answered))
    asked = (
        *country,
        *(question for question in sheet.columns() if question.key != "phone" or not country),
        *sheet.clock(answered),
        *sheet.zone(hints),
        *sheet.types(hints),
        *readings_of(seen, sheet.matching),
        *words_of(seen, sheet.matching),
        *sheet.hidden(answered),
    )
    unique = {question.key: question for question in reversed(asked)}
    return tuple(unique[key] for key in dict.fromkeys(question.key for question in asked) if key not in answered.keys)


def _which_system(seen: SheetSeen, found: Sequence[str]) -> Question:
    choices = [Choice(name, f"an export of {exports.title(name)}", {"system": name}) for name in found]
    choices.append(Choice(NO_SYSTEM, "none of them: each column is looked at by itself", {"system": NO_SYSTEM}))
    return Question(
        key="system",
        text="The headings are those of several systems. Which one is the sheet from?",
        samples=tuple(heading for heading in seen.headings if heading.strip())[:SAMPLES],
        choices=tuple(choices),
        default=NO_SYSTEM,
    )


class _Sheet:
    """A sheet under the profile so far."""

    def __init__(self, seen: SheetSeen, profile: Profile) -> None:
        self.seen = seen
        self.matching: Matching = match(seen.headings, profile, seen.rows)
        self.explanation: Explanation = explain(seen.headings, profile, seen.rows)
        self.profile = self.matching.profile
        self.system = self.matching.system
        self.samples = Samples(seen.rows)
        self._refuse_what_nobody_can_answer()
        self.asks = self.system.asks(self.profile, seen.rows) if self.system else {}

    def _refuse_what_nobody_can_answer(self) -> None:
        try:
            self.matching.require(first=self.seen.rows)
        except FileRefused as refused:
            if refused.code == "export_lacks":
                raise

    def columns(self) -> Iterator[Question]:
        """Yield which column is which, as far as the sheet cannot go without."""
        for name, places in self.matching.doubled.items():
            if question := self._doubled(name, places):
                yield question
        needed = [name for name in self.explanation.missing if name not in {"eventType", "subscriberTimeZone"}]
        yield from (question for name in needed if (question := self._which_column(name)))
        fields = self.matching.fields
        if "date" in fields and "time" not in fields and (question := self._which_column("time")):
            yield question
        yield from self._likely(needed) if self.system is None else ()

    def _doubled(self, name: str, places: Sequence[int]) -> Question | None:
        headings = [self.matching.headings[at].strip() for at in places]
        if len({heading.casefold() for heading in headings}) < len(headings):
            return None  # no profile can tell them apart
        sure = [at for at in places if not is_landline(self.matching.headings[at])] if name == "phone" else []
        return Question(
            key=name,
            text=f"Which column is the {_title(name)}?",
            samples=self._cells(places[0]),
            choices=tuple(self._choice(at, name) for at in places),
            default=column_letters(sure[0]) if len(sure) == 1 else OPEN,
            about="Texts do not reach a landline; take the mobile phone." if name == "phone" else "",
            if_open=CANNOT_BE_SENT,
        )

    def _which_column(self, name: str) -> Question | None:
        """Return the question which column holds a field; None where no column may."""
        free = [each for each in self.explanation.headings if self._is_free(each.position)]
        is_start = name in STARTS
        likely = [each.position for each in free if each.perhaps == name or (is_start and each.perhaps in STARTS)]
        if name == "time":
            fitting = [
                each.position
                for each in free
                if kind_of(self.samples.of(each.position)) == "time" and not leads_away(each.heading)
            ]
        elif is_start:
            fitting = [each.position for each in free if kind_of(self.samples.of(each.position)) in {"day", "moment"}]
        else:
            fitting = [
                each.position for each in free if fit(name, self.samples.of(each.position), self.profile) is Fit.FITS
            ]
        others = [] if name == "time" else [each.position for each in free]
        places = list(dict.fromkeys((*likely, *fitting, *others)))[:MOST_COLUMNS]
        if not places:
            return None
        sure = likely or fitting
        return Question(
            key=name,
            text=f"Which column holds the {_title(name)}?",
            samples=self._cells(places[0]),
            choices=tuple(self._choice(at, name) for at in places),
            default=column_letters(sure[0]) if len(sure) == 1 else OPEN,
            about="No heading says it for certain.",
            if_open="rows without a time of day are to fix" if name == "time" else CANNOT_BE_SENT,
        )

    def _choice(self, at: int, name: str) -> Choice:
        """Return the choice of a column; what its cells are of a start, they say themselves."""
        kind = kind_of(self.samples.of(at)) if name in STARTS else None
        heading = self.matching.headings[at].strip()
        told = " | ".join(self._cells(at))
        meaning = f"{column_name(at, heading)}: {told}" if told else column_name(at, heading)
        return Choice(column_letters(at), meaning, {"columns": {heading: START_OF[kind] if kind else name}})

    def _is_free(self, at: int) -> bool:
        """Whether a profile can say what a column is that nothing stands for."""
        heading = self.matching.headings[at].strip()
        others = [each.strip().casefold() for each in self.matching.headings]
        taken = at in {*self.matching.fields.values(), *self.matching.results.values(), *self.matching.left_out}
        return bool(heading) and not taken and others.count(heading.casefold()) == 1 and bool(self.samples.of(at))

    def _likely(self, needed: Sequence[str]) -> Iterator[Question]:
        """Yield whether a column is what it looks like, where the sheet could go without it."""
        told = {*needed, "eventType", *(STARTS if STARTS & set(needed) else ())}
        for each in self.explanation.headings:
            if (
                each.perhaps is None
                or each.perhaps in told
                or each.fate == "heeded"
                or not self._is_free(each.position)
            ):
                continue
            told.add(each.perhaps)
            heading = each.heading.strip()
            yield Question(
                key=f"looks-like {each.letters}",
                text=f"Is {column_name(each.position, heading)} the {_title(each.perhaps)}?",
                samples=self._cells(each.position),
                choices=(
                    Choice("yes", f"it is the {_title(each.perhaps)}", {"columns": {heading: each.perhaps}}),
                    Choice("no", "the column is not needed", {"columns": {heading: ""}}),
                ),
                default="no" if each.perhaps == "phone" and is_landline(heading) else "yes",
                if_open="the column is ignored",
            )

    def clock(self, answered: Answered) -> Iterator[Question]:
        """Yield on whose clock the times are, where the export does not say."""
        if "start_clock" not in self.asks or self.system is None or "clock" in answered.keys:
            return
        yield Question(
            key="clock",
            text=f"On whose clock does {self.system.title} write the start times?",
            samples=self._starts(),
            choices=(
                Choice("account", "on your own, for all customers", {"start_clock": "account"}),
                Choice(
                    "customer", "on that of each customer, by the column of time zones", {"start_clock": "customer"}
                ),
            ),
            about="The export does not say it. Compare one appointment of a customer who lives in another time zone.",
            if_open="rows of customers in another time zone than yours are to fix",
        )

    def zone(self, hints: Hints) -> Iterator[Question]:
        """Yield in which zone the appointments are, where the sheet does not say."""
        wanted = {"zone", "start_clock"} & set(self.asks) or "subscriberTimeZone" in self.explanation.missing
        blank = () if wanted or self.profile.zone else self._without_zone()
        if not wanted and not blank:
            return
        yield Question(
            key="zone",
            text="In which time zone are the appointments whose row names none?"
            if blank
            else "In which time zone are the appointments?",
            samples=blank or self._starts(),
            default=hints.zone or OPEN,
            choices=tuple(Choice(name, place, {"zone": name}) for name, place in _ZONES),
            takes="zone",
            typed="Type its number, or the name of any other, such as Europe/London.",
            if_open="these rows are to fix" if blank else CANNOT_BE_SENT,
        )

    def _without_zone(self) -> tuple[str, ...]:
        """Return the starts of the first rows whose cell of the zone is blank, where nothing else says it."""
        rows, at = self.seen.rows, self.matching.fields.get("subscriberTimeZone")
        if rows is None or at is None or self.matching.results or "location" in self.matching.fields:
            return ()
        is_blank = (rows.frame.iloc[:, at].str.strip() == "").to_numpy(dtype=bool)
        place = next((self.matching.fields[name] for name in DATE_FIELDS if name in self.matching.fields), None)
        starts = [] if place is None else rows.frame.iloc[:, place][is_blank].tolist()
        return tuple(short(text) for text in starts if text.strip())[:SAMPLES]

    def types(self, hints: Hints) -> Iterator[Question]:
        """Yield which uuid the appointment types have, where neither sheet nor profile says."""
        names = self._type_names()
        if "event_types" not in self.asks and "eventType" not in self.explanation.missing and not names:
            return
        at = self._type_column()
        known = {name.casefold(): uuid for name, uuid in hints.types.items()}
        pairs = [f"{name}={known[name.casefold()]}" for name in names if name.casefold() in known]
        several = f" {len(names)} types are in the sheet." if len(names) > 1 else ""
        yield Question(
            key="type",
            text=f"Which uuid has the appointment type?{several}",
            samples=names[:SAMPLES] or self._starts(),
            default=", ".join(pairs) if pairs and len(pairs) == len(names) else OPEN,
            takes="types",
            about=WHERE_UUIDS_ARE,
            typed=_TYPED,
            if_open=CANNOT_BE_SENT if self.asks or not names else "rows of these types are to fix",
            names=names,
            heading="" if self.system or at is None else self.matching.headings[at].strip(),
        )

    def _type_column(self) -> int | None:
        """Return the column of the appointment types, or else the one that looks like it."""
        likely = (
            each.position
            for each in self.explanation.headings
            if each.perhaps == "eventType" and self._is_free(each.position)
        )
        return self.matching.fields.get("eventType", next(likely, None))

    def _type_names(self) -> tuple[str, ...]:
        """Return the types that the sheet names and nobody has given a uuid."""
        rows, profile = self.seen.rows, self.profile
        if rows is None or Action(profile.action or Action.UPSERT) not in {Action.UPSERT, Action.CREATE, Action.UPDATE}:
            return ()
        if self.system is not None:
            return self.system.types_in(rows) if "event_types" in self.asks else ()
        at = self._type_column()
        if at is None or profile.event_type or profile.event_types:
            return ()
        # A line of totals is no appointment, and what stands in it no type.
        visits = [self.matching.fields[name] for name in (*DATE_FIELDS, "phone") if name in self.matching.fields]
        frame = rows.frame[(rows.frame.iloc[:, visits] != "").any(axis=1)] if visits else rows.frame
        texts = dict.fromkeys(text.strip() for text in distinct_of(frame.iloc[:, at]).texts.tolist())
        return tuple(text for text in texts if text and not is_uuid(text))[:MOST_WORDS]

    def hidden(self, answered: Answered) -> Iterator[Question]:
        """Yield whether hidden rows are meant, where the profile does not say."""
        spans = self.seen.hidden
        if not spans or "hidden_rows" in answered.table:
            return
        yield Question(
            key="hidden-rows",
            text="Rows are hidden or filtered out in the workbook. Should they be sent, too?",
            samples=tuple(
                f"row {first}" if first == last else f"rows {first}-{last}" for first, last in spans[:SAMPLES]
            ),
            choices=(
                Choice("read", "yes, they are read like all others", {"hidden_rows": "read"}),
                Choice("leave_out", "no, only what is shown", {"hidden_rows": "leave_out"}),
            ),
            about="A file without its hidden rows is no whole export: nothing is cancelled because it is not in it.",
            if_open="they are read, with a notice",
        )

    def _cells(self, at: int) -> tuple[str, ...]:
        return tuple(short(text) for text in self.samples.of(at)[:SAMPLES])

    def _starts(self) -> tuple[str, ...]:
        places = [self.matching.fields[name] for name in (*DATE_FIELDS, "time") if name in self.matching.fields]
        return self._cells(places[0]) if places else ()


_ZONES: Final = (
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific"),
)


def _title(name: str) -> str:
    """Return what people call a field, within a sentence."""
    return (
        "start" if name in {"eventDateTime", "date"} else "time of day" if name == "time" else FIELD[name].title.lower()
    )
