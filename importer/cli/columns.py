"""``importer columns``: how a sheet's headings are understood."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import effective, screen_of, settings_options
from importer.cli.outcome import Outcome
from importer.cli.tables import table
from importer.cli.terminal import Line, Styled
from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.columns import Explanation, Heading
    from importer.model.profile import Profile
    from importer.model.sheets import Sheet
    from importer.settings import Settings


@click.command()
@click.argument("file")
@settings_options(("profile", "sheet"))
@click.pass_context
def columns(context: click.Context, /, file: str, **given: Any) -> Outcome:
    """
    Show how the headings of FILE are understood, with samples, and the profile lines that would settle the rest.

    Exits 3 where a run would refuse the sheet. The samples are personal data.
    """
    settings, profile = effective(given, screen_of(context))
    return looked_at(file, settings, profile)


def looked_at(file: str, settings: Settings, profile: Profile) -> Outcome:
    """Return what the sheet's first rows tell."""
    from importer.columns import explain, heading_score
    from importer.columns.samples import ROWS
    from importer.reading import open_sheet
    from importer.run.naming import about

    score = partial(heading_score, profile=profile)
    with about(file), open_sheet(file, sheet=settings.sheet, heading_score=score, chunk_rows=ROWS) as sheet:
        explanation = explain(sheet.headings, profile, next(iter(sheet.chunks()), None))
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
    yield Styled(f"{sheet.source.name}{place}: headings in row {sheet.heading_row}", "bold")
    rows = [
        (each.letters, each.heading, each.field or "-", each.meaning, " | ".join(each.samples))
        for each in explanation.headings
    ]
    yield from table(("Col", "Heading", "Field", "Why", "Samples"), rows)
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
