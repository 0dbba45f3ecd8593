"""``importer plan``: what would be sent, row by row; nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import MEMORY, READING, RELEASING, SNAPSHOTS, screen_of, settings_options, typed_options
from importer.cli.terminal import (
    NARROWEST_LAST,
    Outcome,
    Spans,
    Styled,
    fitted,
    in_lines,
    one_line,
    table,
    terminal_width,
    text_of,
    width,
    wrapped,
)
from importer.cli.working import STYLE, reading, sending, totals
from importer.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.cli.terminal import Line, Terminal
    from importer.model.records import LifeRow
    from importer.reporting.plan_result import PlannedRow, PlanResult


ROWS_SHOWN: Final = 20
# In columns: on a narrower terminal what changes would be a pillar of single words.
WIDE: Final = 100


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--keep", is_flag=True, help="Keep the plan as a draft, for importer run --draft.")
@click.option("--draft", metavar="ID", help="Show this draft as it would be sent now, instead of files.")
@click.option(
    "--edit",
    "edits",
    multiple=True,
    metavar="ROW:HEADING=VALUE",
    help="Change a cell of the draft; of several files NAME:ROW:HEADING=VALUE. The file stays as it is.",
)
@click.option("--leave-out", multiple=True, metavar="ROW", help="Leave a row of the draft out.")
@click.option("--take-in", multiple=True, metavar="ROW", help="Take a row in again that was left out.")
@click.option("--as-in-file", multiple=True, metavar="ROW[:HEADING]", help="Take edits of a cell or a row back.")
@click.option(
    "--choose",
    "choices",
    multiple=True,
    metavar="KEY=VALUE",
    help="Answer a question of importer setup for this draft alone, such as date-order=mdy; KEY=open takes that back.",
)
@click.option(
    "--remember", is_flag=True, help="Write what was chosen for the draft into the profile, for the next file."
)
@click.option("--undo", is_flag=True, help="Take the last change of the draft back.")
@click.option("--at-version", type=int, metavar="N", help="Change nothing if somebody else has since version N.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PLAN", help="Save the plan for importer run --plan.")
@click.option("--html", type=click.Path(path_type=Path), metavar="PAGE", help="Show the plan on a page, for sharing.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 10 if there are changes to send.")
@settings_options(READING, SNAPSHOTS, RELEASING, MEMORY, ("all_or_nothing", "base_url"))
@click.pass_context
def plan(  # noqa: PLR0913 - keyword-only, one an option of the command
    context: click.Context,
    /,
    files: tuple[str, ...],
    *,
    keep: bool,
    draft: str | None,
    edits: tuple[str, ...],
    leave_out: tuple[str, ...],
    take_in: tuple[str, ...],
    as_in_file: tuple[str, ...],
    choices: tuple[str, ...],
    remember: bool,
    undo: bool,
    at_version: int | None,
    out: Path | None,
    html: Path | None,
    detailed_exitcode: bool,
    **given: Any,
) -> Outcome:
    """
    Show what importer run would send: new appointments, changes with old and new values, cancellations, no-shows.

    Nothing is sent. Without --keep the ledger keeps nothing of it; with it a copy of the files and their rows, until the
    draft is sent, dropped (importer ledger drop-draft) or untouched for 30 days. What is printed is personal data.
    """
    screen = screen_of(context)
    changes = any((edits, leave_out, take_in, as_in_file, undo))
    refuse_mixed(files, draft, keep=keep, out=out, changes=changes or bool(choices) or remember)
    with sending(given, screen) as job:
        each = row_writer(screen) if screen.as_json else None
        if keep or draft is not None:
            from importer.cli.drafts.kept_plan import kept_outcome, remembered, with_choices
            from importer.commands.drafts.draft_editing import Wanted, edit
            from importer.commands.drafts.draft_keeping import keep as keep_plan
            from importer.commands.drafts.draft_keeping import look

            if draft is None:
                with reading(job, files, screen, otherwise=nothing_named) as (told, paths):
                    found, kept = keep_plan(told, paths, page=html, each_row=each)
                    return kept_outcome("plan", screen, found, kept, detailed=detailed_exitcode, asking=told)
            if changes:
                edit(job, draft, Wanted(edits, leave_out, take_in, as_in_file, undo), version=at_version)
            chosen = with_choices(job, draft, choices, version=None if changes else at_version) if choices else job
            found, kept = look(chosen, draft, page=html, each_row=each)
            if remember:
                screen.remark(remembered(job, kept, given))
            return kept_outcome("plan", screen, found, kept, detailed=detailed_exitcode, asking=job)
        from importer.commands.plan import plan as plan_files

        with reading(job, files, screen, otherwise=nothing_named) as (told, paths):
            options = typed_options({**given, "key_column": told.settings.key_column})
            found = plan_files(told, paths, out=out, page=html, options=options, each_row=each)
    return planned(screen, found, detailed=detailed_exitcode)


def nothing_named() -> UsageError:
    """Return what is told where nothing, or too much, is named to plan."""
    return UsageError(
        "Name the sheets to plan, or a draft.",
        fix="Write importer plan FILE..., or importer plan --draft ID. importer runs lists the drafts.",
    )


def refuse_mixed(
    files: tuple[str, ...], draft: str | None, *, keep: bool, out: Path | None, changes: bool = False
) -> None:
    """Raise ``UsageError`` unless either files are named or one draft, with what belongs to it."""
    if files and draft is not None:
        raise nothing_named()
    if changes and draft is None:
        raise UsageError("Only a draft can be edited.", fix="Keep the plan first: importer plan FILE --keep")
    if draft is not None and keep:
        raise UsageError("A draft is kept already.", fix=f"Leave --keep out: importer plan --draft {draft}")
    if out is not None and (keep or draft is not None):
        raise UsageError(
            "A draft is kept in the ledger, a plan of --out in a file.", fix="Leave --out out, or --keep and --draft."
        )


def planned(screen: Terminal, found: PlanResult, *, detailed: bool) -> Outcome:
    """Return the outcome of a plan."""
    code = exit_code(found, detailed=detailed)
    if screen.as_json:
        screen.end_of_rows("plan", {"exit_code": code, **as_data(found)})
    return Outcome("plan", lines=list(lines(found)), exit_code=code, streamed=True)


def exit_code(found: PlanResult, *, detailed: bool) -> int:
    """Return the plan's exit code; with ``detailed`` 10 where calls would be sent, unless a guard holds them."""
    return int(
        Exit.CALLS_TO_SEND
        if detailed and found.call_count and found.exit_code not in {Exit.HELD, Exit.UNKNOWN_OUTCOMES}
        else found.exit_code
    )


def row_writer(screen: Terminal) -> Callable[[LifeRow], None]:
    """Return what writes each row into the JSON document as it comes, so that memory stays flat."""
    from importer.reporting.run_report import of_planned_row

    return lambda row: screen.row_of_document("plan", of_planned_row(row))


def as_data(found: PlanResult) -> dict[str, Any]:
    """Return the members of ``plan --json`` that follow its rows."""
    return {
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in found.files],
        "calls": {action.value: count for action, count in found.calls.items()},
        "totals": {status.value: count for status, count in found.totals.items()},
        "people": found.people,
        **({"waiting": found.waits.count} if found.waits else {}),
        "holds": [{"code": hold.code, "message": hold.message, "fix": hold.fix} for hold in found.holds],
        "fingerprint": found.fingerprint,
        "plan": str(found.saved) if found.saved else None,
        "page": str(found.page) if found.page else None,
        "next": found.command or None,
    }


def lines(found: PlanResult) -> Iterator[Line]:
    """Yield the totals first, then what is held and why, then what is sent, what is to be fixed, and what to do next."""
    from importer.reporting.headline import plan_headline, reminders_due
    from importer.reporting.wording import advice, by_ledger_sentence, without_rows

    said = plan_headline(found)
    yield from fitted(said.text, "bold")
    yield from fitted(said.more, "yellow")
    for sentence in (
        reminders_due(found.reminding),
        without_rows({file.name: file.rows for file in found.files}),
        by_ledger_sentence(found.by_ledger),
        advice(found.shared),
    ):
        yield from fitted(sentence)
    if found.sums:
        yield ""
        yield from in_lines(totals(found.sums))
    yield from held(found)
    yield from calls(found)
    yield from to_settle(found)
    yield from worth_knowing(found)
    if found.page:
        yield ""
        yield f"The page: {found.page}"
    if found.command:
        yield ""
        yield f"Next: {found.command}"


def calls(found: PlanResult) -> Iterator[Line]:
    """
    Yield the first rows of each call, and of what is held, as a table: whose visit, when, and which text may go when.

    Where the terminal is too narrow for a line a row, the texts stand below the visits.
    """
    from importer.reporting.plan_result import PLAN_LABELS, texts_of
    from importer.reporting.wording import counted, zone_words

    groups = [group for group in found.groups if group.verdict in {*CALLS, "held"}]
    rows = [row for group in groups for row in group.rows[:ROWS_SHOWN]]
    if not rows:
        return
    now, year = found.run.started_at, found.year
    zone = f", {zone_words(found.zones[0])}" if len(found.zones) == 1 else ""
    headings = ["Action", "Row", *(["File"] if len(found.files) > 1 else []), "Name", f"Visit{zone}"]
    cells = [[*cells_of(row, found), texts_of(row, now, year=year)] for row in rows]
    styles = [STYLE.get(row.verdict, "yellow") for row in rows]
    visit = len(headings) - 1
    wide = list(table([*headings, "Text may go"], cells, right=(1,), styles=styles, broken=visit))
    room = terminal_width()
    yield ""
    if not room or (room >= WIDE and all(width(text_of(line)) <= room for line in wide)):
        yield from wide
    else:
        below = [""] * (len(headings) - 1)
        both = [pair for row in cells for pair in (row[:-1], [*below, f"text: {row[-1]}"] if row[-1] else None)]
        colours = [
            style for one, style in zip(cells, styles, strict=True) for style in ([style, ""] if one[-1] else [style])
        ]
        yield from table([*headings], [row for row in both if row is not None], right=(1,), styles=colours)
    for group in groups:
        if group.count > ROWS_SHOWN:
            yield f"... and {counted(group.count - ROWS_SHOWN, 'more row')}: {PLAN_LABELS[group.verdict].lower()}"


CALLS: Final = ("create", "update", "cancel", "no_show")
TO_SETTLE: Final[dict[str, str]] = {
    "held": "On hold",
    "unknown": "Outcome of an earlier request not known",
    "invalid": "To fix",
    "missing": "Missing from the file, only reported",
    "not_sent": "Left out",
}


def to_settle(found: PlanResult) -> Iterator[Line]:
    """Yield what is wrong, once for each kind: how many rows, or which, an example in words, and what to do."""
    from importer.reporting.tally import PLACES_SHOWN
    from importer.reporting.wording import SIGNS, counted

    for verdict, title in TO_SETTLE.items():
        kinds = sorted(found.kinds.get(verdict, ()), key=lambda kind: (-kind.count, kind.rows[:1]))
        if not kinds:
            continue
        yield ""
        yield Styled(title, "bold")
        for kind in kinds[:ROWS_SHOWN]:
            first = kind.examples[0]
            many = len(kind.rows) > 1 and len(found.files) == 1
            which = f"row {first.row}" if kind.count == 1 and first.row else counted(kind.count, "row")
            start = f"  {SIGNS[verdict]} {which}  "
            room = terminal_width() and max(terminal_width() - len(start), NARROWEST_LAST)
            example = f" (row {first.row})" if kind.count > 1 and first.row else ""
            # A message may end with a command or a list; only behind a sentence an example is told in brackets.
            message, *more = wrapped(one_line(first.message + example), room)
            yield Spans((start[:2], Styled(start[2:3], STYLE.get(verdict, "yellow")), f"{start[3:]}{message}"))
            more += wrapped(one_line(first.fix), room)
            if many:
                rest = kind.count - len(kind.rows)
                listed = ", ".join(map(str, kind.rows))
                more += wrapped(
                    f"Rows {listed}{f' and {rest:,} more' if rest and len(kind.rows) == PLACES_SHOWN else ''}", room
                )
            yield from (f"{' ' * len(start)}{line}" for line in more if line)
        if len(kinds) > ROWS_SHOWN:
            yield f"  ... and {counted(len(kinds) - ROWS_SHOWN, 'more kind')}"


def worth_knowing(found: PlanResult) -> Iterator[Line]:
    """Yield the kinds of warning with their rows; the page and --json tell each at its row."""
    from importer.problems.cell_places import title_of
    from importer.reporting.wording import counted

    if found.warnings:
        yield ""
        yield Styled("Warnings", "bold")
        yield from (f"  {title_of(code)}: {counted(count, 'row')}" for code, count in found.warnings.items())


def held(found: PlanResult) -> Iterator[Line]:
    """Yield why calls wait for a person and how they are let go; then what was let go."""
    for hold in found.holds:
        yield ""
        yield from fitted(hold.message, "yellow")
        yield from fitted(hold.fix, indent="  ")
    if found.release:
        yield f"To approve: {found.release}"
    for hold in found.released:
        yield ""
        yield from fitted(f"{hold.message} Approved with --release {hold.code}.")


def cells_of(each: PlannedRow, found: PlanResult) -> list[str]:
    """Return a row's cells: what would be sent, where it stands, whose visit, when it is, and what changes."""
    from importer.reporting.plan_result import PLAN_LABELS, visit_words
    from importer.reporting.wording import SIGNS, zone_words

    number = str(each.row.number) if each.row.number else "-"
    held = f" ({PLAN_LABELS[each.action].lower()})" if each.verdict == "held" else ""
    place = [f"{each.row.file.name} {each.row.file.sheet or ''}".strip()] if len(found.files) > 1 else []
    zone = f" {zone_words(each.zone)}" if each.zone and len(found.zones) > 1 else ""
    action = f"{SIGNS[each.verdict]} {PLAN_LABELS[each.verdict].lower()}{held}"
    return [action, number, *place, each.name, f"{visit_words(each, year=found.year)}{zone}"]
