"""The shape of the file of a known system, strict as that of the settings: a slip of the pen is found."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.exports import spellings, text
from schemas.fields import FIELD

Clock = Literal["account", "customer", "offset", "unsaid"]


def known_field(name: str) -> str:
    """Return a field that a column may be. ``ValueError``: there is none of that name."""
    if name in FIELD and name not in {"action", "uuid", "metadata"}:
        return name
    raise ValueError("a field that a known column may be")


FieldName = Annotated[str, AfterValidator(known_field)]
Headings = Annotated[list[str], Field(min_length=1)]


class Shape(BaseModel):
    """Strict about types and names."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, frozen=True)


class SignatureShape(Shape):
    """``[signature]``: see ``schemas.exports.Signature``."""

    telling: Headings
    least: Annotated[int, Field(ge=3)]
    must: list[str] = []
    without: list[str] = []

    @model_validator(mode="after")
    def is_reachable(self) -> SignatureShape:
        """Refuse a signature that no sheet can bear."""
        if self.least > len(self.telling):
            raise ValueError("least is more than there are telling headings")
        return self


class StatusShape(Shape):
    """
    ``[[status]]``: what the words of one column say of the visit, compared without case.

    ``stands``: it takes place. ``cancelled``: it does not. ``missed``: nobody came; whether that is told to anybody is for a
    person to say. ``no_visit``: the row is no appointment, such as a blocked hour. A word that is in none of them is
    judged as in any sheet. A blank cell says nothing.
    """

    heading: str
    stands: list[str] = []
    cancelled: list[str] = []
    missed: list[str] = []
    no_visit: list[str] = []

    @model_validator(mode="after")
    def says_one_thing(self) -> StatusShape:
        """Refuse a word with two meanings, and a column without words."""
        words = [word.casefold() for word in (*self.stands, *self.cancelled, *self.missed, *self.no_visit)]
        if not words or len(words) != len(set(words)):
            raise ValueError("each word once, and at least one word")
        return self


class ConsentShape(Shape):
    """``[[consent]]``: what the words of one column say of texting, in a column whose heading does not tell by itself."""

    heading: str
    yes: list[str] = []
    no: Headings


class Export(Shape):
    """
    The file of a known system.

    ``what``: how people get the file. ``sources``: where its headings and words are documented. ``clock``: whose clock the
    start is on: the ``account``'s, the ``customer``'s (then a column names the zone), an ``offset`` in the cell, or ``unsaid``
    where nothing documents it and a person must say. ``columns``: field -> headings, the first that is there is taken.
    ``passed_over``: headings that look like a field and are none. ``landlines``: headings of telephones at home or work.
    ``date_order``: of numeric dates, where the system writes them so for everybody; what the dates themselves prove goes
    before it. ``guesses``: whether headings that are not listed may be settled by their words and cells, as in any sheet. ``zones``: the system's own names of zones. ``lacks``: field that the export never holds -> what to do.
    """

    title: str
    what: str
    sources: Headings
    clock: Clock
    signature: SignatureShape
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    name_order: Literal["first last", "last first"] | None = None
    guesses: bool = True
    passed_over: list[str] = []
    landlines: list[str] = []
    lacks: dict[FieldName, str] = {}
    columns: dict[FieldName, Headings]
    status: list[StatusShape] = []
    consent: list[ConsentShape] = []
    zones: dict[str, str] = {}

    @model_validator(mode="after")
    def agrees_with_itself(self) -> Export:
        """Refuse a heading that is meant in two ways, and a start on a customer's clock without a zone."""
        taken = [one for headings in self.columns.values() for heading in headings for one in spellings(heading)]
        others = [one for heading in self.passed_over for one in spellings(heading)]
        if len({*taken, *others}) < len(taken) + len(others):
            raise ValueError("each heading once")
        if self.clock in {"customer", "unsaid"} and "subscriberTimeZone" not in self.columns:
            raise ValueError("a column of the customer's zone, where the start may be on the customer's clock")
        if set(self.lacks) & set(self.columns):
            raise ValueError("a field that the export lacks has no column")
        return self


@cache
def export(name: str) -> Export:
    """
    Return a known system's file.

    Raises:
        pydantic.ValidationError: the file does not have this shape; a test looks at all of them.

    """
    return Export.model_validate(tomllib.loads(text(name)))
