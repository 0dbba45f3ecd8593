"""``importer undo``: a draft that takes a run back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, screen_of, settings_options
from importer.cli.plan_command import row_writer
from importer.cli.run_command import unless_done
from importer.cli.working import sending

if TYPE_CHECKING:
    from importer.cli.terminal import Outcome


@click.command()
@click.argument("run")
@settings_options(MEMORY, ("profile", "base_url"))
@click.pass_context
def undo(context: click.Context, /, run: str, **given: Any) -> Outcome:
    """
    Make a draft that takes RUN back; importer run --draft sends it.

    What the run created is cancelled, what it updated gets its values from before back. Cancellations, no-shows and texts
    that are out cannot be taken back, and what a later run has changed since is left alone; both are listed.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.cli.drafts.kept_plan import kept_outcome
        from importer.commands.drafts.undo import undo as take_back

        each = row_writer(screen) if screen.as_json else None
        return unless_done("undo", lambda: kept_outcome("undo", screen, *take_back(job, run, each_row=each)))
