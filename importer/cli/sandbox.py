"""``importer sandbox``: a local stand-in for the API."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import screen_of
from importer.errors import UsageError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."
)
@click.option(
    "--token", default="sandbox", show_default=True, help="The token that it lets in; it guards nothing real."
)
@click.option("--latency", default=0.0, type=click.FloatRange(min=0), metavar="S", help="Seconds before each answer.")
@click.option(
    "--allow", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Answer 429 above N requests a second."
)
@click.option("--faults", type=click.Path(path_type=Path), metavar="FILE", help="A JSON list of faults to switch on.")
@click.option(
    "--effects",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A log of what was done, and the state to start from.",
)
@click.option("--seed", default=0, show_default=True, help="Makes the faults' dice repeatable.")
@click.pass_context
def sandbox(  # noqa: PLR0913 - one an option
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    token: str,
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

    def say(line: str) -> None:
        screen.result([line])
        screen.flush()

    behaviour = Behaviour(latency_s=latency, rate=allow)
    try:
        serve(
            host=host, port=port, token=token, effects=effects, faults=faults, behaviour=behaviour, seed=seed, say=say
        )
    except OSError as error:
        raise UsageError(
            f"The sandbox cannot start at {host}:{port}: {error.strerror or error}.",
            fix="Try another --port, or a file that can be read and written.",
        ) from None
    except ValueError as error:
        raise UsageError(f"{faults} cannot be used: {error}.", fix="Correct the file of faults.") from None
