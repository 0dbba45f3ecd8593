"""What a command says of a draft: the plan as it was shown, what was edited and by whom, and how to go on."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from importer.cli.plan_command import as_data, exit_code, lines
from importer.cli.terminal import Outcome, Styled
from importer.commands.drafts.corrections import in_force, signed
from importer.commands.drafts.draft_keeping import whose
from importer.errors import NothingToDo
from importer.model.statuses import Status
from importer.problems.cell_places import column_name
from importer.reporting.run_report import at
from importer.settings.table import CONFIG_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.cli.terminal import Line, Terminal
    from importer.commands.job import Job
    from importer.ledger.drafts.draft_values import Draft, Edit
    from importer.reporting.plan_result import PlanResult
    from importer.setup.questions import Question


def kept_outcome(  # noqa: PLR0913 - what differs, by name
    command: str, screen: Terminal, found: PlanResult, kept: Draft, *, detailed: bool = False, asking: Job | None = None
) -> Outcome:
    """
    Return the outcome of a command that kept a plan, or showed one that is kept.

    ``asking``: the job by which a draft of files was made, so that what one answer would settle can be told.
    """
    code = exit_code(found, detailed=detailed)
    asked = [] if asking is None else settled_by_one(asking, kept)
    if screen.as_json:
        questions = {"questions": [asdict(question) for question in asked]} if asking is not None else {}
        screen.end_of_rows("plan", {"exit_code": code, **told(kept), **questions, **as_data(found)})
    ends = [*lines(found), *choices(kept, asked), *about(kept, in_force(kept.edits))]
    return Outcome(command, lines=ends, exit_code=code, streamed=True)


def settled_by_one(job: Job, kept: Draft) -> list[Question]:
    """Return the questions one answer to which settles all rows with a kind of problem; the files are read for it."""
    from importer.setup.kept_answers import ABOUT, about, asked_of_draft

    kinds = kept.plan.problems.get(Status.INVALID, ())
    if not any(kind["code"] in ABOUT for kind in kinds):
        return []
    questions = asked_of_draft(job, kept).questions
    return list({one.key: one for kind in kinds for one in about(kind, questions)}.values())


def choices(kept: Draft, asked: Sequence[Question]) -> Iterator[Line]:
    """Yield what one answer would settle, and what was answered."""
    from importer.setup.kept_answers import choices_of

    if asked:
        yield ""
        yield Styled("One answer for all rows of a kind", "bold")
        yield from (f"  --choose {line}" for line in choices_of(asked))
    if answers := kept.settings.get("answers", ()):
        yield ""
        yield Styled("Answered", "bold")
        yield from (
            f"  {one['text']} {one['meaning']} ({one['key']}={one['value']}), by {one['by']}." for one in answers
        )


def with_choices(job: Job, draft_id: str, texts: Sequence[str], *, version: int | None) -> Job:
    """
    Return the job by which the draft is looked at with these answers. ``version``: of the draft that the person saw.

    Raises:
        UsageError: there is no such question, or an answer cannot be.
        Held: somebody else changed the draft since that version.
    """
    from importer.setup.guiding import pairs
    from importer.setup.kept_answers import chosen

    return replace(job, answers=chosen(job, draft_id, pairs(texts), by=whose(None), version=version))


def remembered(job: Job, kept: Draft, given: Mapping[str, Any]) -> str:
    """Write what was answered about a draft into the profile; return a sentence that says where."""
    from importer.setup.kept_answers import remember

    if not (answers := kept.settings.get("answers", ())):
        raise NothingToDo(f"Nothing to remember: draft {kept.id} has no answers.")
    path = remember(job.settings, given.get("config") or os.environ.get(CONFIG_VARIABLE), answers)
    return f'Wrote the answers into the profile "{job.settings.profile}" of {path}.'


def told(kept: Draft) -> dict[str, Any]:
    """Return what JSON holds of a draft besides its plan; ``edits``: those in force."""
    names = kept.names
    return {
        "draft": kept.id,
        "version": kept.version,
        "notes": list(kept.source.notes),
        "answers": [
            {"key": one["key"], "value": one["value"], "by": one["by"], "at": at(one["at"])}
            for one in kept.settings.get("answers", ())
        ],
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
