"""
JSON: a list of objects, an object that holds such lists, or JSON Lines (NDJSON), one object per line.

Whole numbers keep all their digits. A name that an object gives twice, with different values, is a flaw: every reader would take
another of the two. Lists in an object are chosen among as the sheets of a workbook are; FHIR resources have a reader of their own.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Final

from importer.errors import FileRefused
from importer.reading.child.archive import spread
from importer.reading.child.cell_display import Details
from importer.reading.child.cell_values import SheetName, choose, others, unread
from importer.reading.records.fhir_bundles import fhir_grid, is_resource, resources_of
from importer.reading.records.record_grid import (
    Decimals,
    Record,
    RecordGrid,
    Repeated,
    as_json,
    check_width,
    names_of,
    record_of,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.reading.limits import Limits


LONGEST_LINE: Final = 32_000_000
DEEPEST_LIST: Final = 4
"""So deep within objects a list of records is looked for."""

DEEPEST_LINE: Final = 100
"""So many lists and objects within each other a line may hold; a FHIR resource has a tenth of them."""

MOST_TOLD: Final = 5
"""So many values of a name that an object gives again and again are told."""

Numbered = tuple[int, Any]
"""A record's number, and the record."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        seen = values.setdefault(name, [])
        if len(seen) < MOST_TOLD and value not in seen:
            seen.append(value)
    twice = {name: each for name, each in values.items() if len(each) > 1}
    return Repeated(pairs, twice) if twice else found


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=Decimals, parse_constant=Decimals
)


def json_grid(file: IO[bytes], wanted: str | None, limits: Limits, encoding: str) -> RecordGrid:
    """
    Return the records of a JSON file, of the list that is wanted.

    Raises:
        FileRefused: ``json_damaged``, ``json_too_deep``, ``json_without_rows``, ``file_too_large``, ``line_too_long``,
            ``sheet_not_found``, ``too_many_columns``, ``workbook_bomb``; of FHIR ``fhir_page``, ``fhir_history``, ``fhir_without_appointments``.
    """
    limits = replace(limits, sheet_characters=limits.of_sheet(file.seek(0, io.SEEK_END)))
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace")
    _number, line = next(_lines(text, limits.workbook_bytes), (0, ""))
    document = _parsed(line) if line else None
    if isinstance(document, dict) and next(_lines(text, LONGEST_LINE), None):
        return _of_lines(text, limits, document)
    if document is None or isinstance(document, _Unreadable) or next(_lines(text, LONGEST_LINE), None):
        document = _whole(text, limits.workbook_bytes)
    return _of_document(document, wanted, limits)


class _Unreadable(str):
    """A text that is no JSON; its value is why."""

    __slots__ = ()


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        return _Unreadable(error)
    except RecursionError:
        raise FileRefused(
            "The JSON has more lists and objects within each other than any table of records.",
            code="json_too_deep",
            fix="Export the appointments as one object for each.",
        ) from None


def _lines(text: io.TextIOWrapper, longest: int, before: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their numbers, from where the text is."""
    number = before
    while line := text.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise FileRefused(
                f"Line {number} has more than {longest:,} characters; this is no table of records.",
                code="line_too_long",
                fix="Export the appointments as JSON Lines, one object per line, or as CSV or XLSX.",
            )
        if not line.isspace():
            yield number, line


def _whole(text: io.TextIOWrapper, most: int) -> Any:
    text.seek(0)
    whole = text.read(most + 1)
    if len(whole) > most:
        raise FileRefused(
            f"The JSON is larger than {most // 1_000_000:,} MB and does not stand on lines, one object each.",
            code="file_too_large",
            fix="Export it as JSON Lines (NDJSON), one object per line, which may be as large as you like.",
        )
    document = _parsed(whole)
    if isinstance(document, _Unreadable):
        where = str(document)
        if where.startswith("Extra data"):
            fix = "Write one object per line (jq -c does it), or one list of them."
            raise FileRefused("Several JSON documents stand one after another.", code="json_damaged", fix=fix)
        raise FileRefused(
            f"The JSON is damaged or cut off ({_place(where)}).",
            code="json_damaged",
            fix="Export it again, and check that the whole file was copied.",
        )
    return document


def _place(said: str) -> str:
    """Return where a JSON error lies, without what stands there: ``line 3 column 7 (char 41)``."""
    what, _, place = said.partition(": line ")
    return f"line {place.partition(' (')[0]}: {what}" if place else what


def _of_lines(text: io.TextIOWrapper, limits: Limits, first: dict[str, Any]) -> RecordGrid:
    def documents() -> Iterator[Numbered]:
        text.seek(0)
        for number, line in _lines(text, LONGEST_LINE):
            yield number, _line(line)

    if is_resource(first):
        return fhir_grid(lambda: ((number, "", found) for number, found in documents()), limits)
    return _grid(documents, limits)


_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]')


def _is_deep(line: str) -> bool:
    """Whether a line has more within each other than a record; no more of it is looked at than shows that."""
    if line.count("{") + line.count("[") <= DEEPEST_LINE:
        return False
    depth = 0
    for mark in _STRING_OR_BRACKET.finditer(line):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(mark[0], 0)
        if depth > DEEPEST_LINE:
            return True
    return False


def _line(line: str) -> Any:
    """Return what a line holds; one that is no object, or is none that a person made, is told with its record."""
    if _is_deep(line):
        return _Unreadable(shown(line.strip()))
    try:
        found = _parsed(line)
    except FileRefused:
        return _Unreadable(shown(line.strip()))
    return found if isinstance(found, dict) else _Unreadable(shown(line.strip()))


def _of_document(document: Any, wanted: str | None, limits: Limits) -> RecordGrid:
    if is_resource(document):
        _refuse_repeated(document, *(_dict_list(document.get("entry"))))
        return fhir_grid(resources_of(document), limits)
    if isinstance(document, list):
        if any(map(is_resource, document)):
            return fhir_grid(lambda: ((number, "", found) for number, found in enumerate(document, start=1)), limits)
        if any(isinstance(each, dict) for each in document):
            return _grid(lambda: enumerate(map(_element, document), start=1), limits, height=len(document))
        raise _without_rows()
    if not isinstance(document, dict):
        raise _without_rows()
    lists, around = _lists_of(document)
    if lists:
        _refuse_repeated(*around)
    else:
        return _grid(lambda: iter([(1, document)]), limits, height=1)
    names = [SheetName(name) for name in lists]
    chosen = choose(names, wanted)
    name, found = list(lists.items())[chosen]
    details = Details(notes=others(names, chosen), unread=unread(names, chosen))
    return _grid(
        lambda: enumerate(map(_element, found), start=1), limits, height=len(found), sheet=name, details=details
    )


def _element(value: Any) -> Any:
    return value if isinstance(value, dict) else _Unreadable(shown(as_json(value)))


def _dict_list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _refuse_repeated(*objects: dict[str, Any]) -> None:
    """Raise ``FileRefused`` where one of the objects around the records gives a name twice: of the lists below it one is lost."""
    for one in objects:
        if isinstance(one, Repeated):
            raise FileRefused(
                f"The JSON gives the name {shown(next(iter(one.twice)))} twice, with different values.",
                code="json_damaged",
                fix="Export the appointments again, in one list.",
            )


def _lists_of(document: dict[str, Any]) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """Return the lists that hold objects, within objects, by their names with dots, the outermost first; and all these objects."""
    found: dict[str, list[Any]] = {}
    around: list[dict[str, Any]] = []
    waiting = deque([("", document, 1)])
    while waiting:
        before, within, depth = waiting.popleft()
        around.append(within)
        for name, value in within.items():
            # With something else among them, too: passed over, another list would be read in its place.
            if isinstance(value, list) and any(isinstance(each, dict) for each in value):
                found[before + name] = value
            elif isinstance(value, dict) and depth < DEEPEST_LIST:
                waiting.append((f"{before}{name}.", value, depth + 1))
    return found, around


def _without_rows() -> FileRefused:
    return FileRefused(
        "The JSON holds no list of objects.",
        code="json_without_rows",
        fix="Export the appointments as one object for each, in a list or one a line (NDJSON).",
    )


def _grid(
    documents: Callable[[], Iterable[Numbered]],
    limits: Limits,
    *,
    height: int = 0,
    sheet: str | None = None,
    details: Details | None = None,
) -> RecordGrid:
    headings: dict[str, None] = {}
    objects = 0
    for _, found in documents():
        if isinstance(found, dict):
            objects += 1
            names_of(found, headings)
            check_width(headings, limits)
    if 3 * objects * len(headings) > limits.sheet_characters:
        raise spread(limits.sheet_characters, "JSON file")
    if not headings:
        raise _without_rows()

    def records() -> Iterator[Record]:
        for number, found in documents():
            if isinstance(found, dict):
                yield record_of(number, found)
            else:
                yield Record(number, {}, [(None, "record_unreadable", str(found))])

    return RecordGrid(tuple(headings), records, sheet=sheet, height=height, details=details or Details())
