"""
Whether 3/4 is in March or April: declared by the profile, or proven by the whole column.

A sheet streams in chunks, but a proof needs every row: one ``13/4`` may stand at its very end. So when a chunk holds
dates of numbers and more chunks follow, the sheet is read a second time, for its dates alone. So it is where only some
rows are wanted: the others prove as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.normalizing import DateEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.columns import Matching
    from importer.model.profile import DateOrder
    from importer.model.sheets import Chunk

DATE_FIELDS = ("eventDateTime", "date")


def with_date_order(
    chunks: Iterable[Chunk], matching: Matching, reread: Callable[[], Iterable[Chunk]], *, is_part: bool = False
) -> Iterator[tuple[Chunk, DateOrder | None]]:
    """
    Yield each chunk with the order that its whole sheet proves; ``reread`` opens the sheet once more.

    A report of ours proves nothing: it may hold rows of several files, or a part of one. What was certain stands in it
    with the year first; what was not stays open, whatever is corrected beside it.

    ``is_part``: the chunks hold only some of the sheet's rows; ``reread`` always yields all of them.
    """
    columns = [matching.fields[name] for name in DATE_FIELDS if name in matching.fields]
    if matching.profile.date_order is not None or not columns or matching.results:
        yield from ((chunk, matching.profile.date_order) for chunk in chunks)
        return
    evidence, whole = DateEvidence(), False
    for chunk, is_last in with_end(chunks):
        if not whole:
            see(evidence, chunk, columns)
            if has_numbers(evidence) and (is_part or not is_last):
                evidence, whole = evidence_of(reread(), columns), True
        yield chunk, evidence.order()


def has_numbers(evidence: DateEvidence) -> bool:
    """Whether any date so far is written in numbers whose order matters."""
    return bool(evidence.day_first or evidence.month_first or evidence.open or evidence.short)


def evidence_of(chunks: Iterable[Chunk], columns: list[int]) -> DateEvidence:
    """Return what all chunks together prove."""
    evidence = DateEvidence()
    for chunk in chunks:
        see(evidence, chunk, columns)
    return evidence


def see(evidence: DateEvidence, chunk: Chunk, columns: list[int]) -> None:
    """Let the evidence take note of the chunk's date columns."""
    for column in columns:
        evidence.see(chunk.frame.iloc[:, column])


def with_end(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Yield each chunk, and whether it is the last."""
    held: Chunk | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
