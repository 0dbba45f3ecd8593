"""``importer template``: a workbook to fill in."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from importer.cli.options import effective, screen_of, settings_options
from importer.cli.terminal import Outcome
from importer.errors import UsageError

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
    from importer.writing.sheet_template import write_template

    _, profile = effective(given, screen_of(context))
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
        lines=(f"Wrote {path}.", f"Fill in its first sheet, then: {shlex.join(['importer', 'check', str(path)])}"),
        data={"path": str(path), "columns": [column.heading for column in columns]},
    )
