"""
What words of a sheet leave open: how a visit stands, whether a person may be texted. As questions; pure.

As in ``open_points``, a question is asked only where the engine of columns cannot tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from importer.columns import UnusedStatus
from importer.columns.explain import stated_actions
from importer.columns.heading_meaning import Asks, asks
from importer.columns.known_systems import MISSED, STANDS
from importer.columns.settling import Samples
from importer.commands.pipeline import DATE_FIELDS
from importer.normalizing.actions import action_parser
from importer.normalizing.value_reading import reading_of
from importer.problems.cell_places import column_letters, column_name
from importer.setup.questions import SAMPLES, Choice, Question, short
from schemas.exports import word_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns import Matching
    from importer.model.chunks import Chunk
    from importer.setup.sheet_seen import SheetSeen


MOST_WORDS: Final = 20

_ACTIONS: Final = (
    ("upsert", "it takes place: book it, or keep it"),
    ("cancel", "it is cancelled: cancel the reminder"),
    ("no_show", "nobody came: send the no-show, which may text the person"),
    ("none", "nothing is to be sent for it"),
)


def words_of(seen: SheetSeen, matching: Matching) -> Iterator[Question]:
    """Yield what words and columns mean that say of visits and of texts what nobody knows."""
    yield from _Words(seen, matching).words()


class _Words:
    """The columns of words of a sheet, as they were matched."""

    def __init__(self, seen: SheetSeen, matching: Matching) -> None:
        self.seen = seen
        self.matching = matching
        self.profile = matching.profile
        self.system = matching.system

    def words(self) -> Iterator[Question]:
        """Yield what words and columns mean that say of visits and of texts what nobody knows."""
        rows = self.seen.rows
        if rows is None:
            return
        if self.system is not None and "action" not in self.matching.fields:
            for at, words in self.system.open_words(rows, self.profile).items():
                said = self.system.status[at]
                if STANDS not in said.values():
                    continue  # a column of types or titles, in which only some words say something of the visit
                missed = [word for word in words if said.get(word_of(word)) == MISSED]
                yield from [self._missed(at, missed)] if missed else []
                yield from (self._word(at, word) for word in words if word not in missed)
        if "action" in self.matching.fields:
            yield from self._unknown_actions(self.matching.fields["action"], rows)
        yield from self._heeded_columns(rows)

    def _missed(self, at: int, words: Sequence[str]) -> Question:
        return Question(
            key="missed",
            text=f"{self._named(at)} says that nobody came: {', '.join(words[:SAMPLES])}. What should such a row do?",
            samples=self._rows_with(at, words),
            choices=(
                Choice("none", "nothing", {"missed": "none"}),
                Choice("no_show", "send the no-show, which may text the person", {"missed": "no_show"}),
                Choice("cancel", "cancel the reminder", {"missed": "cancel"}),
            ),
            if_open="these rows are to fix",
        )

    def _word(self, at: int, word: str) -> Question:
        return Question(
            key=f"word {word}",
            text=f"{self._named(at)} says “{word}”. What does it mean for the appointment?",
            samples=self._rows_with(at, [word]),
            choices=tuple(Choice(value, meaning, {"values": {"action": {word: value}}}) for value, meaning in _ACTIONS),
            if_open="such a row is judged as in any sheet; the check says how",
        )

    def _unknown_actions(self, at: int, rows: Chunk) -> Iterator[Question]:
        parse = action_parser(self.profile.values.get("action", {}))
        texts = dict.fromkeys(text.strip() for text in rows.column(at).texts.tolist())
        unknown = [text for text in texts if text and reading_of(parse, text).remarks]
        yield from (replace(self._word(at, word), if_open="these rows are to fix") for word in unknown[:MOST_WORDS])
        if "" in texts and "" not in self.profile.values.get("action", {}):
            yield replace(
                self._word(at, ""),
                key="blank status",
                text=f"{self._named(at)} is blank in some rows. What does that mean for the appointment?",
                if_open="these rows are to fix",
            )

    def _heeded_columns(self, rows: Chunk) -> Iterator[Question]:
        """Yield what a column is that says something of visits or texts, and that nothing maps."""
        explained = {*self.system.status, *self.system.consent} if self.system else set()
        fields = {*self.matching.fields.values()}
        for finding in UnusedStatus(self.matching).findings(rows, stated_actions(self.matching, rows)):
            at = finding.columns
            if not isinstance(at, int) or at in explained or at in fields:
                continue
            if finding.code in {"status_not_used", "status_word_unknown"}:
                yield self._status_column(at)
            elif finding.code == "consent_unclear":
                yield self._consent_column(at)

    def _status_column(self, at: int) -> Question:
        heading = self.matching.headings[at].strip()
        use = Choice(
            "use", "it says what to do with the row: cancelled ones are cancelled", {"columns": {heading: "action"}}
        )
        ignore = Choice("ignore", "it says nothing about the visit", {"columns": {heading: ""}})
        return Question(
            key=f"column {column_letters(at)}",
            text=f"{self._named(at)} seems to say how the visit stands. What is it?",
            samples=self._cells(at),
            choices=(use, ignore) if self._may_be_the_action(at) else (ignore,),
            if_open="rows that it calls cancelled are to fix, and are not booked",
        )

    def _may_be_the_action(self, at: int) -> bool:
        """Whether words of the column say what to do: a day of cancelling, or a yes below "Cancelled", does not."""
        if "action" in self.matching.fields:
            return False
        parse = action_parser(self.profile.values.get("action", {}))
        cells = Samples(self.seen.rows).of(at)
        return asks(self.matching.headings[at]) is Asks.STATUS or any(
            not reading_of(parse, text).remarks for text in cells
        )

    def _consent_column(self, at: int) -> Question:
        heading = self.matching.headings[at].strip()
        return Question(
            key=f"consent {column_letters(at)}",
            text=f"{self._named(at)} may say whether the person may be texted. Does it?",
            samples=self._cells(at),
            choices=(Choice("ignore", "no, it is about something else", {"columns": {heading: ""}}),),
            if_open="rows that refuse are to fix, and unclear ones are warned of",
        )

    def _named(self, at: int) -> str:
        return column_name(at, self.matching.headings[at])

    def _cells(self, at: int) -> tuple[str, ...]:
        return tuple(short(text) for text in Samples(self.seen.rows).of(at)[:SAMPLES])

    def _rows_with(self, at: int, words: Sequence[str]) -> tuple[str, ...]:
        """Return the first rows whose cell is one of the words, each with its start."""
        rows = self.seen.rows
        if rows is None:
            return ()
        chosen = (
            rows.frame.iloc[:, at].isin([*words, *(f" {word}" for word in words)]).to_numpy(dtype=bool).nonzero()[0]
        )
        start = next((self.matching.fields[name] for name in DATE_FIELDS if name in self.matching.fields), None)
        numbers = rows.frame.index.tolist()
        told = ["" if start is None else short(rows.frame.iloc[row, start]) for row in chosen[:SAMPLES].tolist()]
        return tuple(
            f"row {numbers[row]}" + (f" ({text})" if text else "")
            for row, text in zip(chosen[:SAMPLES].tolist(), told, strict=True)
        )
