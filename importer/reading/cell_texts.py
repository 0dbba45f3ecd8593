"""
What the text of a cell tells of itself, in a file of any kind: ``="00123"``, error words, broken letters, its form.

A workbook marks such a cell as an error; in a text file, or pasted as a value, only the word is left of it.

Which letters were meant is known, but not whether the other cells of the file went the same way; so such a cell is
told, and not repaired. Every pattern here demands what no name and no word of a Western language holds.

Cells are looked at by the batch, as one text, so that the millions that hold nothing of the kind cost next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from importer.model.batches import CellFlaw
from importer.reading.limits import LONGEST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.model.batches import Batch


# Those that end without a mark, and those of English in any case; compared in capitals.
_WORDS: Final = frozenset(
    {
        "#N/A", "#N/A!", "#N/A N/A", "#NA", "#N.A.", "#N/D", "#NV", "#N/B", "#I/T", "#YOK", "#HIÁNYZIK", "#Н/Д", "#Δ/Υ",
        "#NENÍ_K_DISPOZICI", "#NEDOSTUPNÝ", "#GETTING_DATA", "#ERROR", "#ERR", "#REF", "#REF!", "#VALUE", "#VALUE!", "#NAME",
        "#NAME?", "#NULL", "#NULL!", "#NUM", "#NUM!", "#DIV/0", "#DIV/0!", "#SPILL", "#SPILL!", "#CALC", "#CALC!", "#ERROR!",
    }
)  # fmt: skip

# A word in capitals behind a number sign that ends as no other word does: #BEZUG!, #¡DIV/0!, #DĚLENÍ_NULOU!
_MARKED: Final = re.compile(r"#[¡¿]?[^\W\d_][^\W_]{0,24}(?:[/_ ][^\W_]{1,24}){0,3}[!?]")
_OF_LIBREOFFICE: Final = re.compile(r"(?:err|error|erreur|erro|errore|fehler|fel|fejl|feil|fout|virhe) ?: ?5\d\d")
_LONGEST: Final = 60
# So many number signs, and nothing else, stand where a column was too narrow for its value.
_NARROW: Final = 5

BEGINNINGS: Final = ("#", " #", "Err", "err", "ERR", "Fehler:", "Fel:", "Fejl:", "Feil:", "Fout:", "Virhe:")
"""With what a cell may begin that is worth a look."""


def is_error_word(cell: str) -> bool:
    """Return whether a cell shows nothing but an error, or nothing but number signs for want of room."""
    if len(cell) > _LONGEST:
        return False
    word = cell.strip()
    if not word.startswith("#"):
        return _OF_LIBREOFFICE.fullmatch(word.casefold()) is not None
    if word.upper() in _WORDS or (len(word) >= _NARROW and not word.strip("#")):
        return True
    return word == word.upper() and _MARKED.fullmatch(word) is not None


# The bytes 80 to BF, as Windows-1252 and Latin-1 show them: what goes on a letter in UTF-8.
_SYMBOLS: Final = "\x80-\xbf€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ"
_ANY: Final = f"[{_SYMBOLS}‘’“”…–—]"
_TWICE: Final = re.compile(
    f"[ÂÃ]{_ANY}"  # é, ü, °
    f"|[ÄÅ](?:[\x80-\x9f€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ\xa1-\xaa\xac-\xb6\xb8-\xba\xbc-\xbf]|[‘’“”…–—](?=[a-z]))"  # ł, ő, ğ
    f"|â[€‚„]|ðŸ|ï»¿|ï¿½"  # quotation marks, the euro, pictures, a byte order mark
    f"|(?:[ÐÑÎÏ]{_ANY}){{2}}"  # Cyrillic, Greek
    f"|(?:[à-ï]{_ANY}{{2}}){{2}}"  # Chinese and its neighbours
)
_LEADS: Final = "ÂÃÄÅâðïÐÑÎÏàáãäåæçèéêëìíî"
_SHIFTED: Final = re.compile(r"\+([A-Za-z0-9/]{3,12})(?![A-Za-z0-9+/])")
_UTF7: Final = "+A"
_LAST_LATIN: Final = 0x24F


def is_worth_a_look(text: str) -> bool:
    """Return whether a text, of one cell or many, may hold letters that are broken; quick, and no proof."""
    return _UTF7 in text or (not text.isascii() and any(lead in text for lead in _LEADS))


def is_broken(cell: str) -> bool:
    """Return whether a cell holds letters that came out of a wrong encoding."""
    if not cell.isascii() and _TWICE.search(cell):
        return True
    return _UTF7 in cell and any(_is_latin(match[1]) for match in _SHIFTED.finditer(cell))


def _is_latin(shifted: str) -> bool:
    """Return whether what stands behind a plus sign is UTF-7 for letters with accents."""
    try:
        text = f"+{shifted}-".encode().decode("utf-7")
    except UnicodeDecodeError:
        return False
    return all(0x7F < ord(mark) <= _LAST_LATIN and mark.isalpha() for mark in text) and bool(text)


# Between cells; a cell that holds one itself is told as a control character, and looked at all the same.
_EDGE: Final = "\x1f"
_QUOTED_FORMULA: Final = '="'
_TEXT_AS_FORMULA: Final = re.compile(r'\s*+="((?:[^"]++|"")*+)"\s*+')
_MARKED_ERRORS: Final = tuple(_EDGE + begin for begin in BEGINNINGS if "#" in begin)
_NAMED_ERRORS: Final = tuple(_EDGE + begin for begin in BEGINNINGS if "#" not in begin)


def unwrapped(batch: Batch) -> Batch:
    """Return the batch with ``="00123"``, by which exports keep zeros, as the text that it shows; in place."""
    if _QUOTED_FORMULA in _together(chain.from_iterable(batch.rows)):
        for row in batch.rows:
            row[:] = map(_shown, row)
    return batch


def _shown(cell: str) -> str:
    match = _TEXT_AS_FORMULA.fullmatch(cell) if _QUOTED_FORMULA in cell else None
    return match[1].replace('""', '"') if match else cell


def has_flaws(cells: Iterable[str]) -> bool:
    """Return whether one of these cells shows an error or holds broken letters."""
    return _is_suspect(_together(cells)) and any(map(_flaw, cells))


def cell_flaws(batch: Batch, longest: int) -> Iterator[CellFlaw]:
    """Yield the cells of a batch that are too long (cut in place), show an error, or hold broken letters."""
    if max(map(len, chain.from_iterable(batch.rows)), default=0) > longest:
        yield from _long_cells(batch, longest)
    if not _is_suspect(_together(chain.from_iterable(batch.rows))):
        return
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        if _is_suspect(_together(row)):
            for column, cell in enumerate(row):
                if code := _flaw(cell):
                    yield CellFlaw(number, column, code, cell.strip()[:LONGEST_SHOWN])


def begins_with(cells: Iterable[str], beginnings: Iterable[str]) -> bool:
    """Return whether a cell begins so; quick, and perhaps untrue where cells hold control characters."""
    together = _together(cells)
    return any(_EDGE + begin in together for begin in beginnings)


def _together(cells: Iterable[str]) -> str:
    return _EDGE + _EDGE.join(cells)


def _is_suspect(together: str) -> bool:
    if is_worth_a_look(together) or ("#" in together and any(begin in together for begin in _MARKED_ERRORS)):
        return True
    # Every error that is a word has a number of three digits behind its colon.
    return ":" in together and any(begin in together for begin in _NAMED_ERRORS)


def _flaw(cell: str) -> str:
    if is_error_word(cell):
        return "cell_error"
    return "text_broken" if is_broken(cell) else ""


def _long_cells(batch: Batch, longest: int) -> Iterator[CellFlaw]:
    """Shorten the cells that are longer than any spreadsheet program lets one type, and tell of them."""
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        for column, cell in enumerate(row):
            if len(cell) > longest:
                row[column] = cell[:LONGEST_SHOWN] + "…"
                yield CellFlaw(number, column, "cell_too_long", row[column])


# A whole number as formats write it, with its thousands or lakhs apart, and its decimals.
_NUMBER: Final = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<apart>[ .,'’\u00a0\u202f])\d{3}(?:(?P=apart)\d{3})*|[1-9]\d?(?:,\d\d)+,\d{3}|\d+)(?P<decimals>[.,]\d+)?"
)
_FIRST_TO_LAST_DIGIT: Final = re.compile(r"\d(?:.*\d)?", re.DOTALL)
_NO_DIGIT: Final = re.compile(r"\D")
_OTHER_WRITING: Final = re.compile(r"%|\dE[+-]?\d")


def is_masked(digits: str, shown: str) -> bool:
    """
    Return whether a number's format adds zeros, or something between or around the digits: ``00042``, ``123-45``, ``A-7``, ``+44 7``.

    What it adds may be digits themselves. Thousands, decimals, percents and powers of ten are ways to write the number.
    """
    seen, core = _NO_DIGIT.sub("", shown), _FIRST_TO_LAST_DIGIT.search(shown)
    if core is None or digits not in seen or _OTHER_WRITING.search(shown):
        return False
    number = _NUMBER.fullmatch(core[0])
    if number is None or number["decimals"]:
        return number is None
    if _NO_DIGIT.sub("", number["whole"]) != digits:
        return True
    around = shown[: core.start()] + shown[core.end() :]
    return any(not mark.isspace() and unicodedata.category(mark) not in {"Sc", "Ps", "Pe"} for mark in around)


_PART_OF_FORMAT: Final = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|.', re.DOTALL)
_ZONE: Final = re.compile(
    r"(?<![A-Za-z])(?:Z(?=\|?\Z)|[ECMP][SD]?T|AK[SD]T|HST|UTC|GMT"
    r"|(?i:eastern|central|mountain|pacific|alaska|hawaii|atlantic)(?i: (?:standard|daylight))?(?i: time)?)(?![A-Za-z])"
)


@cache
def zone_in_format(code: str) -> str:
    """Return the time zone that a format writes behind a time, with a blank before it: `` PST`` of ``h:mm "PST"``, ``Z``; "" for none."""
    written = ""
    for part in _PART_OF_FORMAT.finditer(code):
        if part[0] == ";":
            break
        written += part["quoted"] or part["escaped"] or "|"
    return zone_shown(written)


def zone_shown(text: str) -> str:
    """Return the time zone in what is shown of a time, in the same form."""
    found = _ZONE.search(text)
    return "" if found is None else found[0] if found[0] == "Z" else f" {found[0]}"
