"""What a person should know of a count: rows that two files share, and rows that only the ledger shows to be wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from importer.problems import plans
from importer.reporting.words import counted, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SAME: Final = "duplicate_of_row"
OTHER: Final = "rows_contradict"
# These a check finds too, for they need no ledger.
_OF_THE_FILES: Final = frozenset({SAME, OTHER, "before_its_booking"})
OF_THE_LEDGER: Final = frozenset(kind.code for kind in plans.KINDS if not kind.is_warning) - _OF_THE_FILES
_IN_ANOTHER_FILE: Final = re.compile(r"row [0-9]+ of ")


def shared(notes: Iterable[Mapping[str, str]]) -> str:
    """Return ``SAME`` or ``OTHER`` where a row names an appointment that a row of another file has, else ""."""
    for note in notes:
        if note.get("code") in {SAME, OTHER} and _IN_ANOTHER_FILE.search(note.get("message", "")):
            return note["code"]
    return ""


def is_by_ledger(problems: Iterable[Mapping[str, str]]) -> bool:
    """Whether a row is wrong only by comparison with the ledger, so that ``importer check`` calls it ready."""
    codes = {problem.get("code", "") for problem in problems}
    return bool(codes) and codes <= OF_THE_LEDGER


def advice(shared_rows: Mapping[str, int]) -> str:
    """Return what to do where files of two nights were given to one run; "" where no row stands in two files."""
    same, other = shared_rows.get(SAME, 0), shared_rows.get(OTHER, 0)
    if not same + other:
        return ""
    parts = [f"{number(same)} with the same values"] if same else []
    parts += [f"{number(other)} with other values"] if other else []
    rows = counted(same + other, "row names an appointment", "rows name appointments")
    return (
        f"{rows} that another of these files has too ({' and '.join(parts)}). "
        "If they are exports of different days, run them one by one, the oldest first."
    )


def by_ledger_sentence(count: int) -> str:
    """Return how a count of rows to fix differs from that of a check, "" where it does not."""
    if not count:
        return ""
    was = "row to fix was" if count == 1 else "rows to fix were"
    return f"{number(count)} {was} found by comparing with the ledger, which importer check does not read."
