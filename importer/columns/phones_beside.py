"""
What belongs to the phone and stands in a column of its own beside it, which nothing maps.

* The extension of the phone: the number alone reaches a switchboard.
* Another number that the sheet says is the right one now, or the one to text: New phone, Text to, Mobile beside a
  telephone.
* The phone that the person prefers: its number, or which of the sheet's phones it is (Home, Mobile, Work).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.heading_forms import PERSON, form_of, is_landline, words_of_heading
from importer.columns.suggestions import quoted, table_name
from importer.model.issues import Issues
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.phones import is_another_number
from importer.normalizing.value_reading import object_array
from importer.problems.cell_places import column_name
from schemas.heading_words import ASKED
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
_PREFERRED: Final = listed(ASKED["phone_preferred"])
_MAIN: Final = listed("best main primary default principal hauptnummer")
_KINDS: Final = {
    "mobile": _MOBILE_WORDS | listed("m c mob"),
    "home": listed(ASKED["phone_at_home"]),
    "work": listed(ASKED["phone_at_work"]),
}


@dataclass(frozen=True, slots=True)
class PhonesBeside:
    """
    The columns beside the phone of a sheet, by position: its ``extensions``, and ``others``, numbers to text.

    ``preferred``: which phone the person prefers, by its number or its kind; ``named``: kind -> the columns of such numbers.
    """

    sheet: Settled
    extensions: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    preferred: tuple[int, ...] = ()
    named: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.extensions, *self.others, *self.preferred)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.extensions, self.others, self.preferred, self.named

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose phone has an extension, or in which another number is to be texted or preferred."""
        yield from self._with_extension(normalized.typed, chunk)
        yield from self._with_another(normalized, chunk)
        yield from self._with_preferred(normalized, chunk)

    def _with_extension(self, typed: pd.DataFrame, chunk: Chunk) -> Iterator[Issues]:
        if not self.extensions or "phone" not in typed.columns:
            return
        phones = typed["phone"].to_numpy(dtype=object)
        for at in self.extensions:
            found = chunk.column(at)
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

    def _with_preferred(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """
        Yield the rows in which the person prefers another number than the one that is texted.

        A number of their own is a warning, as is a telephone at home beside a mobile, for it takes no texts. Of other
        numbers the sheet says which is right.
        """
        if not self.preferred or "phone" not in normalized.values:
            return
        numbers = normalized.values.column("phone").tolist()
        used = words_of_heading(self.sheet.headings[self.sheet.fields["phone"]])
        code = "phone_two_numbers" if _MOBILE_WORDS.isdisjoint(used) else "phone_preferred"
        for at in self.preferred:
            found = chunk.column(at)
            kinds = found.spread(object_array(map(kind_named, found.texts)))
            if at not in self.others:
                yield from self._preferring("phone_preferred", (at,), kinds == A_NUMBER, chunk, numbers)
            for kind, places in self.named:
                for place in places if _KINDS[kind].isdisjoint(used) else ():
                    yield from self._preferring(code, (at, place), kinds == kind, chunk, numbers)

    def _preferring(
        self, code: str, columns: tuple[int, ...], chosen: np.ndarray, chunk: Chunk, numbers: Sequence[str]
    ) -> Iterator[Issues]:
        """Yield those of the chosen rows in which the last of the columns holds another number than the one that is texted."""
        if not chosen.any():
            return
        cells, region = [chunk.frame.iloc[:, at].tolist() for at in columns], self.sheet.profile.region.upper()
        chosen_rows = np.flatnonzero(chosen).tolist()
        rows = [row for row in chosen_rows if is_another_number(cells[-1][row], numbers[row], region)]
        if rows:
            headings = [self._named(at)[1] for at in columns]
            shown = (
                " ".join(f"{each} {trimmed(typed[row])}" for each, typed in zip(headings, cells, strict=True))
                for row in rows
            )
            values = object_array(f"{numbers[row]} {text}" for row, text in zip(rows, shown, strict=True))
            name, heading = self._named(columns[0])
            detail = (
                f"Enter it in {self._named(self.sheet.fields['phone'])[0]} or clear {name}. {self._to_ignore(heading)}"
            )
            yield Issues(code, "phone", np.array(rows, dtype=np.int64), detail, values)

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
        others=(others := tuple(at for at in free if is_number_to_text(headings[at], headings[phone]))),
        preferred=(preferred := tuple(at for at in free if is_of_preference(headings[at]))),
        named=_phones_named(headings, {*preferred, *others, phone}) if preferred else (),
    )


def is_of_preference(heading: str) -> bool:
    """Whether a heading asks which phone the person prefers: Preferred phone, Primary phone type, Voorkeursnummer."""
    words = set(words_of_heading(heading))
    around = _NUMBER_WORDS | PERSON | _PREFERRED | _MAIN | {"type", "kind", "to", "use"}
    return (
        not words.isdisjoint(_NUMBER_WORDS - {"contact"})
        and not words.isdisjoint(_PREFERRED | _MAIN)
        and words <= around
    )


A_NUMBER: Final = "number"
_FEWEST: Final = 7


def kind_named(cell: str) -> str:
    """Return which of the sheet's phones a cell names: mobile, home or work, or a number of its own; "" for none of them, and for two."""
    if sum(map(str.isdecimal, cell)) >= _FEWEST:
        return A_NUMBER
    words = set(words_of_heading(cell))
    kinds = [kind for kind, named in _KINDS.items() if words & named and words <= named | _NUMBER_WORDS]
    return kinds[0] if len(kinds) == 1 else ""


def _phones_named(headings: Sequence[str], taken: set[int]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return each kind of phone, with the columns of such numbers."""
    spoken = {at: set(words_of_heading(heading)) for at, heading in enumerate(headings) if at not in taken}
    return tuple(
        (
            kind,
            tuple(
                at for at, words in spoken.items() if words & named and words <= named | _NUMBER_WORDS | PERSON | {"1"}
            ),
        )
        for kind, named in _KINDS.items()
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
