"""``importer demo``: the whole job on sample data."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import screen_of, settings_options
from importer.cli.terminal import Outcome, Styled
from importer.cli.working import as_data, sending, summary_of
from importer.errors import Exit, UsageError

if TYPE_CHECKING:
    from importer.cli.terminal import Line, Terminal
    from importer.commands.run import RunResult
    from importer.demo import Act, Play


# The heading over what to type next, styled or not.
NEXT: Final = re.compile(r"(\x1b\[[\d;]*m)?Next(\x1b\[0m)?")


@click.command()
@click.argument("folder", default="importer-demo", type=click.Path(path_type=Path))
@click.option("--workbooks", is_flag=True, help="Play the XLSX sheets instead of the CSV ones.")
@settings_options()
@click.pass_context
def demo(context: click.Context, /, folder: Path, *, workbooks: bool, **given: Any) -> Outcome:
    """
    Do the whole job on sample data, against a sandbox in this process.

    Nothing leaves this machine and nobody is texted; no token is needed. One sheet books a clinic's week, another
    moves, cancels and sends no-shows. Sheets, ledger and reports stay in FOLDER, importer-demo unless named.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.demo import play

        told: list[Line] = []

        def after(act: Act, result: RunResult) -> None:
            told.extend(shown(act, result, screen))

        try:
            played = play(folder, workbooks=workbooks, on_event=job.on_event, after=after, stop=job.stop)
        except OSError as error:
            raise UsageError(
                f"The demo cannot play in {folder}: {error.strerror}.", fix="Name another folder."
            ) from None
        code = job.stop.exit_code if job.stop.raised else Exit.DONE
    return Outcome("demo", lines=[*told, *farewell(played)], data=of_play(played), exit_code=code)


def shown(act: Act, result: RunResult, screen: Terminal) -> list[Line]:
    """
    Return one act: what the sheet shows, and how its run ended.

    What a person would type next is left out: typed as it stands, it would send made-up rows to the real API.
    """
    ended = takewhile(lambda line: not NEXT.fullmatch(line.text), summary_of(result, screen))
    return [Styled(f"== {act.sheet.name}", "bold"), act.about, "", *ended]


def farewell(played: Play) -> list[Line]:
    """Return where everything stands."""
    return [f"Sheets, ledger and reports are in {played.folder}. Play with your own sheet next: importer check FILE"]


def of_play(played: Play) -> dict[str, Any]:
    """Return what ``demo --json`` holds: the folder, and each act as ``run --json`` tells a run."""
    acts = [
        {"sheet": str(act.sheet), "about": act.about, "exit_code": int(result.exit_code), **as_data(result)}
        for act, result in played.acts
    ]
    return {"folder": str(played.folder), "acts": acts}
