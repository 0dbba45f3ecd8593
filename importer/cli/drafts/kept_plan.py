"""What a command says of a draft: the plan as it was shown, what was edited and by whom, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.cli.plan_command import as_data, exit_code, lines
from importer.cli.terminal import Outcome, Styled
from importer.commands.drafts.corrections import in_force, signed
from importer.problems.cell_places import column_name
from importer.reporting.json_rows import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.cli.terminal import Line, Terminal
    from importer.ledger.drafts.draft_values import Draft, Edit
    from importer.reporting.plan_result import PlanResult


def kept_outcome(command: str, screen: Terminal, found: PlanResult, kept: Draft, *, detailed: bool = False) -> Outcome:
    """Return the outcome of a command that kept a plan, or showed one that is kept."""
    code = exit_code(found, detailed=detailed)
    if screen.as_json:
        screen.end_of_rows("plan", {"exit_code": code, **told(kept), **as_data(found)})
    return Outcome(command, lines=[*lines(found), *about(kept, in_force(kept.edits))], exit_code=code, streamed=True)


def told(kept: Draft) -> dict[str, Any]:
    """Return what JSON holds of a draft besides its plan; ``edits``: those in force."""
    names = kept.names
    return {
        "draft": kept.id,
        "version": kept.version,
        "notes": list(kept.source.notes),
        "edits": [
            {
                "file": names[edit.file] if edit.file < len(names) else "",
                "row": edit.row,
                "heading": edit.heading or None,
                "value": edit.value if edit.column is not None else None,
                "left_out": edit.column is None,
                "by": edit.by,
                "at": at(edit.at),
            }
            for edit in in_force(kept.edits)
        ],
    }


def about(draft: Draft, edits: list[Edit]) -> Iterator[Line]:
    """Yield what a person should know of a draft beside its plan."""
    if draft.source.notes:
        yield ""
        yield Styled("Left as it is", "bold")
        yield from (f"  {sentence}" for sentence in draft.source.notes)
    if edits:
        yield ""
        yield Styled("Edited", "bold")
        yield from (f"  {sentence}" for edit in edits for sentence in [of_edit(edit)])
    yield ""
    yield f"Kept as draft {draft.id}; nothing is sent before you send it."


def of_edit(edit: Edit) -> str:
    """Return one edit for people."""
    if edit.column is None:
        return f"Row {edit.row} is left out, by {signed(edit)}."
    return f"Row {edit.row}, {column_name(edit.column, edit.heading)}: {edit.value or 'blank'}, by {signed(edit)}."
