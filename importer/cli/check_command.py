"""``importer check`` and ``importer columns``: validate files, without network or ledger; ``importer template``: one to fill in."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import READING, effective, screen_of, settings_options, typed_options
from importer.cli.terminal import Line, Outcome, Styled, fitted, headings_place, table
from importer.cli.working import reading, working
from importer.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.explain import Explanation, Heading
    from importer.commands.check import CheckResult
    from importer.model.chunks import Sheet
    from importer.model.profile import Profile
    from importer.settings import Settings


# What people read instead of the words for programs.
WORDS = {"ready": "ready", "invalid": "to fix", "duplicate": "duplicate"}


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--workbook",
    metavar="OUT.xlsx",
    type=click.Path(path_type=Path),
    help="Write a copy of your XLSX workbook with the problems marked in it; yours stays as it is.",
)
@settings_options(READING)
@click.pass_context
def check(context: click.Context, /, files: tuple[str, ...], *, workbook: Path | None, **given: Any) -> Outcome:
    """
    Validate files: columns, values, rules.

    Nothing is sent and nothing is remembered. FILE may be - for standard input, or a database with --query-file. With --json one
    object per row: what would be sent, and what is wrong with it.
    """
    screen = screen_of(context)
    with working(given, screen, needs_tenant=False) as own, reading(own, files, screen) as (job, paths):
        from importer.commands.check import check as judge

        found = judge(job, paths, each_row=screen.row if screen.as_json else None, workbook=workbook)
        given = {**given, "key_column": job.settings.key_column}
    told = list(lines(found, paths, typed_options(given)))
    if workbook is not None:
        told = [*told[:-1], f"The marked workbook: {workbook}", told[-1]] if told else told
    return Outcome("check", lines=told, exit_code=found.exit_code, streamed=True)


def lines(found: CheckResult, files: Sequence[str], options: Sequence[str] = ()) -> Iterator[Line]:
    """Yield what was found, and what to do next."""
    from importer.reporting.wording import advice, as_typed, counted, number, without_rows

    wrong = found.statuses.get("invalid", 0)
    empty = without_rows({file.name: file.rows for file in found.files})
    if not found.rows:
        yield Styled(empty, "yellow")
        return
    head = (
        f"{counted(found.rows, 'row')} read, {number(wrong)} to fix."
        if wrong
        else f"{counted(found.rows, 'row')} read, nothing to fix."
    )
    yield Styled(head, "yellow" if wrong else "green")
    if empty:
        yield Styled(empty, "yellow")
    yield ""
    counts = [(WORDS.get(status, status), number(count)) for status, count in found.statuses.items() if count]
    yield from table(("Status", "Rows"), counts, right=(1,))
    yield from kinds(found)
    if told := advice(found.shared):
        yield ""
        yield from fitted(told)
    yield ""
    if wrong:
        yield "plan compares with the ledger too, so it may count more rows to fix, or fewer."
    typed = shlex.join([*map(as_typed, files), *options])
    yield f"Next: importer check {typed} --json shows every row." if wrong else f"Next: importer plan {typed}"


def kinds(found: CheckResult) -> Iterator[Line]:
    """Yield the kinds of problem and warning, the most frequent first. No value of a row is shown."""
    from importer.problems import KINDS
    from importer.problems.cell_places import general_fix
    from importer.reporting.wording import counted

    for title, chosen in (("To fix", found.problems), ("Warnings", found.warnings)):
        if chosen:
            yield ""
            yield Styled(title, "bold")
        for each in chosen:
            kind = KINDS[each.code]
            where = f"{each.place}: " if each.place else ""
            first = f"row {each.row}" if len(found.files) == 1 else f"{each.file}, row {each.row}"
            yield from fitted(f"{where}{kind.title} ({counted(each.count, 'row')}, first in {first})", indent="  ")
            if not kind.is_warning:
                yield from fitted(general_fix(each.code, each.place, each.field), indent="    ")


@click.command()
@click.argument("file")
@settings_options(("profile", "sheet", "system"))
@click.pass_context
def columns(context: click.Context, /, file: str, **given: Any) -> Outcome:
    """
    Show how the headings of FILE are understood, with samples, and the profile lines that would settle the rest.

    Exits 3 where a run would refuse the sheet. The samples are personal data.
    """
    settings, profile = effective(given, screen_of(context), needs_tenant=False)
    return looked_at(file, settings, profile)


def looked_at(file: str, settings: Settings, profile: Profile) -> Outcome:
    """Return what the sheet's first rows tell."""
    from importer.columns import heading_score
    from importer.columns.explain import explain
    from importer.columns.settling import ROWS
    from importer.commands.job import about
    from importer.reading.sheet_choice import first_rows, open_sheet

    score, left_out = partial(heading_score, profile=profile), profile.hidden_rows == "leave_out"
    with (
        about(file),
        open_sheet(file, sheet=settings.sheet, heading_score=score, chunk_rows=ROWS, without_hidden=left_out) as sheet,
    ):
        explanation = explain(sheet.headings, profile, first_rows(sheet.chunks(), ROWS)[0])
        return Outcome(
            "columns",
            lines=list(told(sheet, explanation)),
            data=as_data(sheet, explanation),
            exit_code=Exit.DONE if explanation.settled else Exit.FILE_REFUSED,
        )


def as_data(sheet: Sheet, explanation: Explanation) -> dict[str, Any]:
    """Return what ``columns --json`` holds."""
    return {
        "file": sheet.source.name,
        "sheet": sheet.name,
        "heading_row": sheet.heading_row,
        "headings": [of_heading(heading) for heading in explanation.headings],
        "missing": list(explanation.missing),
        "doubled": list(explanation.doubled),
        "system": explanation.system,
        "refusal": explanation.refusal,
        "profile_lines": explanation.profile_lines,
        "notes": [*sheet.notes, *explanation.stopped],
    }


def of_heading(heading: Heading) -> dict[str, Any]:
    """Return one column of the sheet; ``column`` is its letter in a spreadsheet."""
    return {
        "column": heading.letters,
        "heading": heading.heading,
        "field": heading.field,
        "why": heading.fate,
        "samples": list(heading.samples),
        "perhaps": heading.perhaps,
    }


def told(sheet: Sheet, explanation: Explanation) -> Iterator[Line]:
    """Yield the columns as a table, then what is open and how to settle it."""
    place = f", sheet {sheet.name}" if sheet.name else ""
    yield Styled(f"{sheet.source.name}{place}: {headings_place(sheet.heading_row)}", "bold")
    rows = [
        (each.letters, each.heading, each.field or "-", each.meaning, " | ".join(each.samples))
        for each in explanation.headings
    ]
    yield from table(("Col", "Heading", "Field", "Why", "Samples"), rows)
    if explanation.said:
        yield explanation.said
    yield from (f"Note: {note}" for note in (*sheet.notes, *explanation.stopped))
    yield ""
    if explanation.settled and explanation.stopped:
        yield "The columns are settled. importer check says what the notes mean for each row."
    elif explanation.settled:
        yield Styled("The sheet can be run as it is.", "green")
    else:
        yield Styled(explanation.refusal, "red")
    if explanation.profile_lines:
        yield ""
        yield "Lines for importer.toml that would settle what is open; check them before you use them:"
        yield ""
        yield from explanation.profile_lines.splitlines()


DEFAULT_NAME = "appointments.xlsx"


@click.command()
@click.argument("path", default=DEFAULT_NAME, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@settings_options(("profile",))
@click.pass_context
def template(context: click.Context, /, path: Path, *, force: bool, **given: Any) -> Outcome:
    """
    Write a workbook to fill in, appointments.xlsx unless PATH names another.

    It has headings with notes, drop-downs made from the profile, columns that keep phones and numbers as typed, and
    an example on a sheet of its own, which is not read.
    """
    from importer.commands.job import as_command
    from importer.writing.sheet_template import write_template

    _, profile = effective(given, screen_of(context), needs_tenant=False)
    if path.suffix.casefold() != ".xlsx":
        raise UsageError(f"{path} is no name for a workbook.", fix="Give a name that ends in .xlsx.")
    if path.exists() and not force:
        raise UsageError(f"{path} already exists.", fix="Give another name, or add --force to overwrite it.")
    try:
        columns = write_template(path, profile)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", fix="Give another place.") from None
    return Outcome(
        "template",
        lines=(f"Wrote {path}.", f"Fill in its first sheet, then: {as_command([str(path)])}"),
        data={"path": str(path), "columns": [column.heading for column in columns]},
    )
