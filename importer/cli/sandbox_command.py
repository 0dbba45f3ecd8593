"""``importer sandbox``: a local stand-in for the API; ``importer demo``: the whole job on sample data, against one."""

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
from importer.model.statuses import is_loopback

if TYPE_CHECKING:
    from importer.cli.terminal import Line, Terminal
    from importer.commands.run import RunResult
    from importer.demo import Act, Play


KNOWN_TOKEN: Final = "sandbox"  # noqa: S105 - known to all; it guards nothing


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    default=(KNOWN_TOKEN,),
    show_default=True,
    help="An accepted token, of several accounts each; it protects nothing real.",
)
@click.option("--latency", default=0.0, type=click.FloatRange(min=0), metavar="S", help="Seconds before each answer.")
@click.option(
    "--allow", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Answer 429 above N requests per second."
)
@click.option("--faults", type=click.Path(path_type=Path), metavar="FILE", help="A JSON list of faults to switch on.")
@click.option(
    "--effects",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A log of what was done, and the state to start from.",
)
@click.option("--seed", default=0, show_default=True, help="Random seed for faults.")
@click.pass_context
def sandbox(  # noqa: PLR0913 - one an option
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    tokens: tuple[str, ...],
    latency: float,
    allow: float | None,
    faults: Path | None,
    effects: Path | None,
    seed: int,
) -> None:
    """
    Run a local stand-in for the API until Ctrl-C.

    It keeps state, holds requests to the API's document strictly, and texts nobody. Point a run at it with
    --base-url http://127.0.0.1:8080 and IMPORTER_TOKEN=sandbox; its description is at /openapi.json.
    """
    from importer.sandbox import Behaviour, serve

    screen = screen_of(context)
    for token in tokens:
        refuse_known_token(host, token)

    def say(line: str) -> None:
        screen.result([line])
        screen.flush()

    behaviour = Behaviour(latency_s=latency, rate=allow)
    try:
        serve(
            host=host,
            port=port,
            token=tokens[0],
            others=tokens[1:],
            effects=effects,
            faults=faults,
            behaviour=behaviour,
            seed=seed,
            say=say,
            hints=lambda base_url: how_to_use(base_url, tokens[0]),
        )
    except OSError as error:
        raise UsageError(
            f"The sandbox cannot start at {host}:{port}: {error.strerror or error}.",
            fix="Try another --port, or a file that can be read and written.",
        ) from None
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"The file of faults or effects cannot be used: {error}.",
            fix="Correct the file that --faults or --effects names.",
        ) from None


def refuse_known_token(host: str, token: str) -> None:
    """Raise ``UsageError`` where other machines could come in with the token that everybody knows, or with none."""
    if not token.strip() or (token == KNOWN_TOKEN and not is_loopback(host)):
        raise UsageError(
            f"The sandbox would let in anybody who reaches {host or 'this machine'}: its usual token is known to all.",
            fix="Give it a token of your own with --token, or leave --host out: then only this machine reaches it.",
        )


def how_to_use(base_url: str, token: str) -> list[str]:
    """Return how a sheet is sent there, and where the ledger of this address is, apart from that of the real API."""
    from importer.settings.places import default_ledger_url

    shown = token if token == KNOWN_TOKEN else "TOKEN"
    return [
        f"Send a sheet to it: IMPORTER_TOKEN={shown} importer run FILE --base-url {base_url}",
        f"Its ledger: {default_ledger_url(base_url).removeprefix('sqlite:///')}",
    ]


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
    with sending(given, screen, needs_tenant=False) as job:
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
