"""``importer plan``: what would be sent, row by row; nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import MEMORY, READING, RELEASING, SNAPSHOTS, screen_of, settings_options, typed_options
from importer.cli.terminal import Outcome, Styled, table
from importer.cli.working import sending
from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from importer.cli.terminal import Line, Terminal
    from importer.model.records import LifeRow
    from importer.reporting.plan_result import PlannedRow, PlanResult


ROWS_SHOWN: Final = 20


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", type=click.Path(path_type=Path), metavar="PLAN", help="Save the plan for importer run --plan.")
@click.option("--html", type=click.Path(path_type=Path), metavar="PAGE", help="Show the plan on a page, for sharing.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 10 if there are changes to send.")
@settings_options(READING, SNAPSHOTS, RELEASING, MEMORY, ("all_or_nothing", "base_url"))
@click.pass_context
def plan(
    context: click.Context,
    /,
    files: tuple[str, ...],
    *,
    out: Path | None,
    html: Path | None,
    detailed_exitcode: bool,
    **given: Any,
) -> Outcome:
    """
    Show what importer run would send: new appointments, changes with old and new values, cancellations, no-shows.

    Nothing is sent and the ledger keeps nothing of it. What is printed is personal data.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.commands.plan import plan as plan_files

        each = row_writer(screen) if screen.as_json else None
        found = plan_files(job, files, out=out, page=html, options=typed_options(given), each_row=each)
    code = exit_code(found, detailed=detailed_exitcode)
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
    from importer.reporting.json_rows import of_planned_row

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
    """Yield the totals first, then what is held and why, then the rows, then what to do next."""
    from importer.reporting.plan_result import PLAN_LABELS, plan_headline
    from importer.reporting.tally import advice, by_ledger_sentence, without_rows
    from importer.reporting.wording import number

    said = plan_headline(found)
    yield Styled(said.text, "bold")
    if said.more:
        yield Styled(said.more, "yellow")
    for sentence in (
        without_rows({file.name: file.rows for file in found.files}),
        by_ledger_sentence(found.by_ledger),
        advice(found.shared),
    ):
        if sentence:
            yield sentence
    if sums := [(PLAN_LABELS[each].lower(), number(count)) for each, count in found.sums.items()]:
        yield ""
        yield from table(("Action", "Rows"), sums, right=(1,))
    yield from held(found)
    yield from rows_by_verdict(found)
    yield from worth_knowing(found)
    if found.page:
        yield ""
        yield f"The page: {found.page}"
    if found.command:
        yield ""
        yield f"Next: {found.command}"


def rows_by_verdict(found: PlanResult) -> Iterator[Line]:
    """Yield the first rows of each verdict that something would be done about, and how many more there are."""
    from importer.reporting.plan_result import PLAN_LABELS
    from importer.reporting.wording import counted

    rows = [row for group in found.groups for row in group.rows[:ROWS_SHOWN]]
    if rows:
        yield ""
        yield from table(*listed(rows, found), right=(0,))
    for group in found.groups:
        if group.count > ROWS_SHOWN:
            yield f"... and {counted(group.count - ROWS_SHOWN, 'more row')}: {PLAN_LABELS[group.verdict].lower()}"


def worth_knowing(found: PlanResult) -> Iterator[Line]:
    """Yield the kinds of warning with their rows; the page and --json tell each at its row."""
    from importer.reporting.tally import title_of
    from importer.reporting.wording import counted

    if found.warnings:
        yield ""
        yield Styled("Warnings", "bold")
        yield from (f"  {title_of(code)}: {counted(count, 'row')}" for code, count in found.warnings.items())


def held(found: PlanResult) -> Iterator[Line]:
    """Yield why calls wait for a person and how they are let go; then what was let go."""
    for hold in found.holds:
        yield ""
        yield Styled(hold.message, "yellow")
        yield f"  {hold.fix}"
    if found.release:
        yield f"To approve: {found.release}"
    for hold in found.released:
        yield ""
        yield f"{hold.message} Approved with --release {hold.code}."


def listed(rows: list[PlannedRow], found: PlanResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings and the cells of the table of rows; of several files or sheets each row says in which it is."""
    headings = ("Row", "Action", "Appointment", "What")
    cells = [cells_of(row, found) for row in rows]
    if len(found.files) == 1:
        return headings, cells
    places = [f"{row.row.file.name} {row.row.file.sheet or ''}".strip() for row in rows]
    return ("Row", "File", *headings[1:]), [(row[0], place, *row[1:]) for row, place in zip(cells, places, strict=True)]


def cells_of(each: PlannedRow, found: PlanResult) -> tuple[str, ...]:
    """Return a row's cells: where it stands, what would become of it, its appointment, and why or what of it."""
    from importer.reporting.plan_result import PLAN_LABELS

    number = str(each.row.number) if each.row.number else "-"
    held = f" ({PLAN_LABELS[each.action].lower()})" if each.verdict == "held" else ""
    return number, PLAN_LABELS[each.verdict].lower() + held, each.name, in_one_line(details(each, found))


def in_one_line(parts: Iterable[str]) -> str:
    """Return several parts, which may be sentences, with semicolons between and no full stop before one."""
    told = list(parts)
    return "; ".join([*(part.rstrip(".") for part in told[:-1]), *told[-1:]])


def details(each: PlannedRow, found: PlanResult) -> Iterator[str]:
    """Yield what changes, old and new, or when the appointment is; then what is wrong."""
    from importer.reporting.plan_result import short, told

    yield from (told(change) for change in each.changes)
    problems = found.problems_of(each)
    if each.start and not each.changes and not problems:
        yield f"{short(each.start)} {each.zone}".strip()
    yield from (problem.get("message", "") for problem in problems)
