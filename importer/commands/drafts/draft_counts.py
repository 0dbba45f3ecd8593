"""The counts of a draft's plan once some of its rows were judged again, without another look at all the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.commands.drafts.draft_keeping import shown_kind
from importer.model.statuses import Action
from importer.problems.cell_places import name_of
from importer.problems.guard_kinds import WHOLE
from importer.reporting.plan_result import PLAN_LABELS, UNREMARKABLE, shown_verdict
from importer.reporting.tally import Kinds, count_kind, sorted_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ledger.drafts.draft_values import DraftRow, Shown
    from importer.ledger.drafts.planned_rows import PlannedCell
    from importer.model.staged_files import FileFacts


_ACTIONS: Final = frozenset(action.value for action in Action)


class _Kind(NamedTuple):
    code: str
    field: str
    place: str


def counted_anew(
    plan: Shown, were: Sequence[DraftRow], now: Sequence[PlannedCell], facts: Sequence[FileFacts | None], *, people: int
) -> Shown:
    """
    Return the counts of a plan with rows in the place of what they were.

    ``facts``: of its files. ``people``: how many more may get a text at once. What is held, and when texts leave, is as it
    was: only the whole plan tells.
    """
    sums, kinds, fields = Counter(plan.sums), Counter(plan.kinds), Counter(plan.fields)
    sums.subtract(row.verdict for row in were)
    sums.update(shown_verdict(cell.row) for cell in now)
    for sign, rows in ((-1, were), (1, [cell.row.row for cell in now])):
        for row in rows:
            notes = (*row.problems, *row.warnings)
            for code in {note.get("code", "") for note in notes}:
                kinds[code] += sign
            for name in {note.get("field", "") for note in notes} - {""}:
                fields[name] += sign
    return replace(
        plan,
        sums={name: sums[name] for name in map(str, PLAN_LABELS) if sums[name]},
        calls={name: count for name, count in sums.items() if name in _ACTIONS and count},
        totals={name: count for name, count in sums.items() if name not in _ACTIONS and count},
        kinds=dict((+kinds).most_common()),
        fields=dict((+fields).most_common()),
        people=plan.people + people,
        problems=_problems(plan, were, now, facts),
    )


def _problems(
    plan: Shown, were: Sequence[DraftRow], now: Sequence[PlannedCell], facts: Sequence[FileFacts | None]
) -> dict[str, list[dict[str, Any]]]:
    """Return verdict -> kinds of problem, as ``Shown`` has them."""
    held = {hold.get("code") for hold in plan.held} & WHOLE
    found: dict[str, dict[_Kind, dict[str, Any]]] = {
        verdict: {_Kind(told["code"], told["field"], told["place"]): {**told} for told in some}
        for verdict, some in plan.problems.items()
    }
    for row in were:
        for kind in _kinds_of(row, plan, facts):
            told = found.get(row.verdict, {}).get(kind)
            if told is not None:
                told["count"] -= 1
                told["rows"] = [number for number in told["rows"] if number != row.number]
    for cell in now:
        verdict = shown_verdict(cell.row)
        kinds: Kinds = {}
        for note in cell.row.row.problems if verdict not in UNREMARKABLE else ():
            count_kind(kinds, cell.row.row, note)
        for each in sorted_kinds(kinds):
            kind = _Kind(each.code, each.field, each.place)
            told = found.setdefault(verdict, {}).setdefault(kind, {**shown_kind(each), "count": 0, "rows": []})
            told["count"] += each.count
            told["rows"] = sorted({*told["rows"], cell.row.row.number})
    return {
        verdict: kept
        for verdict, some in found.items()
        if (kept := _ranked(told for kind, told in some.items() if told["count"] > 0 and kind.code not in held))
    }


def _ranked(kinds: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(kinds, key=lambda told: (-told["count"], told["code"], told["field"], told["place"]))


def _kinds_of(row: DraftRow, plan: Shown, facts: Sequence[FileFacts | None]) -> Iterator[_Kind]:
    headings, known = plan.files[row.file]["headings"], facts[row.file]
    columns: Mapping[str, Any] | None = None if known is None else known.columns
    for note in row.problems if row.verdict not in UNREMARKABLE else ():
        name = note.get("field", "")
        yield _Kind(note.get("code", ""), name, name_of(note.get("column"), headings, name, columns))
