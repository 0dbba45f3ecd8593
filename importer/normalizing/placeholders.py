"""Words for nothing: what programs and people write into a cell that has no value."""

from __future__ import annotations

import re
from typing import Final

# Folded; in the languages in which clinics' programs speak. No word that is also somebody's name or number.
WORDS: Final = frozenset({
    "null", "nil", "none", "nan", "nat", "na", "n/a", "n.a", "n\\a", "n a", "undefined", "unknown", "unspecified", "unassigned",
    "missing", "blank", "empty", "void", "tbd", "tba", "tbc", "t.b.d", "t.b.a", "to be determined", "to be announced",
    "not applicable", "not available", "not assigned", "not set", "not provided", "not given", "not known", "no id",
    "no number", "no value", "no data", "dbnull", "xxx", "xxxx", "keine", "kein", "keine angabe", "k.a", "k. a", "unbekannt",
    "leer", "ohne", "aucun", "aucune", "inconnu", "inconnue", "vide", "non défini", "ninguno", "ninguna", "desconocido",
    "desconocida", "sin número", "nenhum", "nenhuma", "desconhecido", "nessuno", "nessuna", "sconosciuto", "vuoto", "geen",
    "onbekend", "leeg", "ingen", "okänd", "brak", "nieznany",
})  # fmt: skip

# What may stand around such a word: ``(null)``, ``#N/A``, ``- None -``, ``<unknown>``.
_AROUND: Final = " \t()[]{}<>\"'`\u2018\u2019\u201c\u201d-\u2010\u2011\u2012\u2013\u2014\u2212_.,:;*#?!/\\|~="

# These stand in names as programs and forms write them; ``Null`` and ``Na`` are surnames.
_NO_NAMES: Final = frozenset({
    "NULL", "null", "(null)", "(NULL)", "<null>", "<NULL>", "None", "none", "NONE", "(none)", "nan", "NaN", "N/A", "n/a", "#N/A",
    "n.a.", "N.A.", "undefined", "UNDEFINED", "unknown", "Unknown", "UNKNOWN", "TBD", "tbd", "TBA", "tba", "test", "TEST", "xxx",
    "XXX",
})  # fmt: skip
NO_NAME: Final = rf"(?:{'|'.join(re.escape(word) for word in sorted(_NO_NAMES))})$"


def is_nothing(text: str) -> bool:
    """Return whether a text, without outer blanks, is a word for nothing in any case, or nothing but marks."""
    if len(text) > 40:
        return not text.strip(_AROUND)
    bare = text.strip(_AROUND).casefold()
    return not bare or bare in WORDS


def is_no_name(text: str) -> bool:
    """Return whether a name, without outer blanks, is a word for nothing or nothing but marks; exact case counts."""
    return text in _NO_NAMES or not text.strip(_AROUND)
