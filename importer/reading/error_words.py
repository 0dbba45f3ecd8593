"""
The error words of spreadsheet programs: what a cell shows when its formula failed, in the languages they speak.

A workbook marks such a cell as an error; in a text file, or pasted as a value, only the word is left of it.
"""

from __future__ import annotations

import re
from typing import Final

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
