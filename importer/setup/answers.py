"""What a person answers, as lines of a profile. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from importer.errors import SettingsError
from importer.model.statuses import canonical_uuid
from importer.normalizing.phones import KNOWN_REGIONS
from importer.normalizing.time_zones import parse_zone, suggestions
from importer.normalizing.value_reading import Unreadable
from importer.settings.file import expected, merged
from importer.settings.profiles import EventTypeShape, ProfileShape, profile_from
from importer.setup.questions import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.model.profile import Profile
    from importer.setup.questions import Question


Table = dict[str, Any]
_PAIR: Final = re.compile(r"([^=]{1,200})=([^=,]{1,100})")
_UUID: Final = re.compile(r"\{?(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\}?")


class AnswerRefused(ValueError):
    """An answer cannot be: the sentence says what was expected."""


@dataclass(frozen=True, slots=True)
class Answered:
    """
    What was answered so far.

    ``name``: the profile's. ``table``: what its table in ``importer.toml`` would say, as TOML has it, with what it said
    before. ``keys``: the questions that were answered or left open; ``left_open`` are those of the latter.
    """

    name: str
    table: Mapping[str, Any] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    left_open: frozenset[str] = frozenset()

    def profile(self) -> Profile:
        """
        Return the profile that the answers make.

        Raises:
            SettingsError: what the table said before is wrong.

        """
        try:
            return profile_from(self.name, ProfileShape.model_validate(dict(self.table)))
        except ValidationError as error:
            raise SettingsError(
                f'Profile "{self.name}": {_told(error)}',
                fix="Correct the file; importer config check tells if it is right.",
            ) from None

    def with_lines(self, lines: Mapping[str, Any]) -> Answered:
        """Return the answers with these lines, which go before what the table said."""
        return replace(self, table=merged(self.table, lines))


def settle(answered: Answered, question: Question, text: str | Mapping[str, str]) -> Answered:
    """
    Return the answers with this one.

    ``text``: a choice's value or its number from 1, or free text; blank: the default. Or the uuid of each appointment type.

    Raises:
        AnswerRefused: the question cannot be answered so.

    """
    keys = answered.keys | {question.key}
    lines = lines_of(question, text)
    if lines is None:
        return replace(answered, keys=keys, left_open=answered.left_open | {question.key})
    try:
        ProfileShape.model_validate(merged(answered.table, lines))
    except ValidationError as error:
        said = shortened(str(text))
        raise AnswerRefused(f"“{said}” cannot be: {_told(error)}") from None
    return replace(answered.with_lines(lines), keys=keys)


def lines_of(question: Question, text: str | Mapping[str, str]) -> Mapping[str, Any] | None:
    """
    Return what an answer puts into the profile's table, None where it leaves the question open. ``text``: as for ``settle``.

    Raises:
        AnswerRefused: the question cannot be answered so.

    """
    if not isinstance(text, str):
        return types_given({name: uuid_of(uuid) for name, uuid in text.items()}, question.heading)
    said = text.strip() or question.default
    return None if said.casefold() == OPEN else _lines(question, said)


def _lines(question: Question, said: str) -> Mapping[str, Any]:
    for place, choice in enumerate(question.choices, start=1):
        if said.casefold() == choice.value.casefold() or said == str(place):
            return choice.lines
    if question.takes == "country":
        return {"region": country_named(said)}
    if question.takes == "zone":
        return {"zone": zone_named(said)}
    if question.takes == "types":
        return types_named(said, question.names, question.heading)
    values = ", ".join(choice.value for choice in question.choices)
    raise AnswerRefused(f"“{shortened(said)}” is none of the answers: {values}, or {OPEN}.")


def country_named(text: str) -> str:
    """
    Return the country code of two letters that a person types.

    Raises:
        AnswerRefused: no country has it.

    """
    code = text.strip().upper()
    if code not in KNOWN_REGIONS:
        raise AnswerRefused(f"“{shortened(text)}” is no country code. Type two letters, such as GB or DE.")
    return code


def zone_named(text: str) -> str:
    """
    Return the IANA name of a zone as a person types it: ``Eastern``, ``america/new_york``.

    Raises:
        AnswerRefused: there is no such zone, or it has several meanings.

    """
    try:
        return parse_zone(text).value
    except Unreadable as reason:
        near = suggestions(text) or reason.issue.detail
        more = f" {near}" if near else ""
        raise AnswerRefused(
            f"“{shortened(text)}” is no time zone of a place. Type its name, such as America/New_York or Eastern.{more}"
        ) from None


def types_named(text: str, names: tuple[str, ...], heading: str) -> Mapping[str, Any]:
    """
    Return the lines that give appointment types their uuids.

    ``text``: one uuid for all rows, or NAME=UUID, several with commas; a uuid alone leaves the column of types out.
    ``names``: those of the sheet, of which any case will do. ``heading``: of their column, "" where there is none, and where a
    known system says what it is.

    Raises:
        AnswerRefused: no uuid, a placeholder, or a name that the sheet does not hold.

    """
    if "=" not in text:
        left_out = {"columns": {heading: ""}} if heading else {}
        return {"event_type": uuid_of(text), **left_out}
    known = {name.casefold(): name for name in names}
    found: dict[str, str] = {}
    for part in text.split(","):
        pair = _PAIR.fullmatch(part.strip())
        if pair is None:
            raise AnswerRefused(f"“{shortened(part.strip())}” is not NAME=UUID. Write a comma between two of them.")
        name = pair[1].strip()
        if known and name.casefold() not in known:
            raise AnswerRefused(f"The sheet has no appointment type “{shortened(name)}”, but: {', '.join(names[:9])}.")
        found[known.get(name.casefold(), name)] = uuid_of(pair[2])
    return types_given(found, heading)


def types_given(uuids: Mapping[str, str], heading: str) -> Mapping[str, Any]:
    """Return the lines that give appointment types their uuids. ``heading``: as for ``types_named``."""
    return {"event_types": dict(uuids), **({"columns": {heading: "eventType"}} if heading else {})}


def uuid_of(text: str) -> str:
    """
    Return an appointment type's uuid in its standard spelling.

    Raises:
        AnswerRefused: it is none, or a placeholder.

    """
    plain = text.strip()
    try:
        EventTypeShape(uuid=plain)
    except ValidationError as error:
        raise AnswerRefused(f"“{shortened(plain)}” is no uuid: {_told(error)}") from None
    if not _UUID.fullmatch(plain):
        raise AnswerRefused(
            f"“{shortened(plain)}” is no uuid. It has 32 digits and letters from a to f, such as "
            "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01."
        )
    return canonical_uuid(plain)


def shortened(text: str) -> str:
    """Return a person's text for a sentence."""
    return text if len(text) <= 60 else text[:59] + "…"


def _told(error: ValidationError) -> str:
    """Return what a table's values should have been, a sentence."""
    faults = error.errors(include_url=False, include_context=True)
    return "; ".join(_sentences(faults)) + "."


def _sentences(faults: list[Any]) -> Iterator[str]:
    for fault in faults:
        keys = ".".join(str(part) for part in fault["loc"] if part != "[key]")
        yield f"{keys or 'it'} should be {expected(fault).rstrip('.')}"
