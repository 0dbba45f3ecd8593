"""
What belongs to the phone and stands in a column of its own beside it, which nothing maps.

* The extension of the phone: the number alone reaches a switchboard.
* Another number that the sheet says is the right one now, or the one to text: New phone, Text to, Mobile beside a
  telephone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.heading_forms import PERSON, form_of, is_landline, words_of_heading
from importer.columns.suggestions import quoted, table_name
from importer.model.chunks import distinct_of
from importer.model.issues import Issues
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.phones import is_another_number
from importer.normalizing.value_reading import object_array
from importer.problems.cell_places import column_name
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from importer.columns.settling import Settled
    from importer.model.chunks import Chunk, Normalized


_EXTENSIONS: Final = listed(
    "ext extn exten xt extension extensions durchwahl nebenstelle anexo ramal toestel interno poste"
)
_EXTENSION: Final = re.compile(r"\D{0,12}\d{1,8}\D{0,2}")
_PHONE_WORDS: Final = listed(
    "phone telephone tel cell mobile cellphone number no num nr 1 01 main contact telefon telefono téléphone celular "
    "telefone telefoon"
)
_MOBILE_WORDS: Final = listed(
    "cell mobile cellphone handy celular portable movil móvil mobil mobiel cellulare telemovel gsm mobiltelefon "
    "handynummer mobilnummer"
)
_NUMBERS_ALONE: Final = listed("number no num nr nummer numero número numéro")
_NUMBER_WORDS: Final = (
    (_PHONE_WORDS - {"1", "01"}) | _MOBILE_WORDS | _NUMBERS_ALONE | listed("telefonnummer rufnummer telefoonnummer")
)
_PRESENT: Final = listed(
    "new updated update corrected correct correction current latest neu neue neuer neues nuevo nueva nouveau nouvelle "
    "nuovo nuova novo nova nieuw nieuwe aktuell aktuelle korrigiert korrigierte actualizado corregido corrigé corretto "
    "aggiornato"
)
_WRITTEN: Final = listed("text texts texting textable sms")
_TEXTED: Final = _WRITTEN | listed(
    "reminder reminders remind to for at send use best preferred please this goes go and"
)


@dataclass(frozen=True, slots=True)
class PhonesBeside:
    """The columns beside the phone of a sheet, by position: its ``extensions``, and ``others``, numbers to text."""

    sheet: Settled
    extensions: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.extensions, *self.others)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.extensions, self.others

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose phone has an extension, or in which another number is to be texted."""
        yield from self._with_extension(normalized.typed, chunk)
        yield from self._with_another(normalized, chunk)

    def _with_extension(self, typed: pd.DataFrame, chunk: Chunk) -> Iterator[Issues]:
        if not self.extensions or "phone" not in typed.columns:
            return
        phones = typed["phone"].to_numpy(dtype=object)
        for at in self.extensions:
            found = distinct_of(chunk.frame.iloc[:, at])
            held = found.spread(np.array([_is_extension(cell) for cell in found.texts], dtype=bool))
            rows = [row for row in np.flatnonzero(held).tolist() if trimmed(phones[row])]
            cells = found.column
            if rows:
                name, heading = self._named(at)
                values = object_array(f"{trimmed(phones[row])} {heading} {trimmed(cells[row])}" for row in rows)
                detail = f"If it is one, clear {name}. {self._to_ignore(heading)}"
                yield Issues("phone_extension", "phone", np.array(rows, dtype=np.int64), detail, values)

    def _with_another(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        if not self.others or "phone" not in normalized.values:
            return
        numbers, phone = normalized.values.column("phone").tolist(), self._named(self.sheet.fields["phone"])[0]
        region = self.sheet.profile.region.upper()
        for at in self.others:
            typed = chunk.frame.iloc[:, at].tolist()
            rows = [row for row, number in enumerate(numbers) if is_another_number(typed[row], number, region)]
            if rows:
                name, heading = self._named(at)
                values = object_array(f"{numbers[row]} {heading} {trimmed(typed[row])}" for row in rows)
                detail = f"Enter it in {phone} or clear {name}. {self._to_ignore(heading)}"
                yield Issues("phone_two_numbers", "phone", np.array(rows, dtype=np.int64), detail, values)

    def _named(self, at: int) -> tuple[str, str]:
        heading = self.sheet.headings[at]
        return column_name(at, heading), trimmed(heading)

    def _to_ignore(self, heading: str) -> str:
        table = table_name(self.sheet.profile.name)
        return f'To ignore the column, write in importer.toml under [{table}.columns]: {quoted(heading)} = ""'


def phones_beside(sheet: Settled, free: Sequence[int]) -> PhonesBeside:
    """Return what belongs to the phone of a sheet. ``free``: positions of headings that nobody said anything of."""
    if "phone" not in sheet.fields:
        return PhonesBeside(sheet)
    headings, phone = sheet.headings, sheet.fields["phone"]
    return PhonesBeside(
        sheet,
        extensions=tuple(at for at in free if _is_extension_of(headings, at, phone)),
        others=tuple(at for at in free if is_number_to_text(headings[at], headings[phone])),
    )


def _is_extension_of(headings: Sequence[str], at: int, phone: int) -> bool:
    """Whether a column holds the extension of the phone that is used, and not of another one before it."""
    words = set(words_of_heading(headings[at]))
    if not words & _EXTENSIONS or not words <= _EXTENSIONS | _PHONE_WORDS | PERSON:
        return False
    for place in range(at - 1, -1, -1):
        if place == phone:
            return True
        form, words = form_of(headings[place]), set(words_of_heading(headings[place]))
        if (
            is_landline(headings[place])
            or "fax" in words
            or (form and "phone" in form.fields)
            or words & {"phone", "tel"}
        ):
            return False
    return True


def _is_extension(cell: str) -> bool:
    value = trimmed(cell)
    return bool(_EXTENSION.fullmatch(value)) and any(mark in "123456789" for mark in value)


def is_number_to_text(heading: str, used: str) -> bool:
    """Whether a heading is of a number that is to be texted in place of the phone under the heading that is used."""
    words = set(words_of_heading(heading))
    named, surely = words & _NUMBER_WORDS, words & (_NUMBER_WORDS - _NUMBERS_ALONE)
    if words <= _NUMBER_WORDS | PERSON | {"main", "primary", "preferred", "best"}:
        best = "best" in words and (bool(surely - {"contact"}) or (bool(named - surely) and words.isdisjoint(PERSON)))
        other = bool(words & _MOBILE_WORDS) and _MOBILE_WORDS.isdisjoint(words_of_heading(used))
        return other or (best and {"best", "preferred"}.isdisjoint(words_of_heading(used)))
    if {"changed", "to"} <= words <= _NUMBER_WORDS | PERSON | {"changed", "to"}:
        return bool(named)
    if words & _PRESENT and words <= _NUMBER_WORDS | PERSON | _PRESENT:
        # "New patient number" is no telephone.
        return bool(surely) or (bool(named) and words.isdisjoint(PERSON))
    if not words <= _NUMBER_WORDS | PERSON | _PRESENT | _TEXTED:
        return False
    if words & {*_WRITTEN, "reminder", "reminders", "remind"}:
        return "to" in words or bool(surely) or bool(words & _WRITTEN and named) or words <= _WRITTEN
    return "use" in words and bool(named)
