"""``importer ingest``: passes over drops, and a person's word about a held file."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.options import MEMORY, RELEASING, REPORTS, SENDING, screen_of, settings_options
from importer.cli.terminal import Outcome
from importer.cli.working import asking, sending
from importer.errors import UsageError
from importer.settings import drops_named, load, notify_of, notify_of_files, profile_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.cli.terminal import Terminal
    from importer.commands.job import Job
    from importer.ingest.failed_passes import FailedPasses
    from importer.ingest.notices import Audience
    from importer.ingest.pass_results import PassResult
    from importer.ingest.unit_files import Kind
    from importer.settings import Settings

EVERY_S: Final = 60.0


@click.command()
@click.argument("drops", nargs=-1, metavar="[DROP|DIR|URL]...")
@click.option("--watch", is_flag=True, help="Repeat the pass until Ctrl-C or SIGTERM.")
@click.option(
    "--every", metavar="S", type=click.FloatRange(min=1), default=EVERY_S, help="Seconds between passes. [default: 60]"
)
@click.option("--file", "name", metavar="NAME", help="Approve this held file, with --release or --approve.")
@click.option(
    "--print-unit",
    "unit",
    type=click.Choice(("systemd", "cron", "windows", "docker")),
    help="Print what starts a pass every night; nothing is done.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 256),
    default=1,
    help="Process the drops of N tenants at the same time. [default: 1]",
)
@click.option("--cluster", metavar="ADDRESS", help="Let the workers of a Dask cluster do it: tcp://SCHEDULER:8786.")
@settings_options(("profile", "check_seconds", "approve"), RELEASING, SENDING, MEMORY, REPORTS)
@click.pass_context
def ingest(  # noqa: PLR0913 - keyword-only, one an option of the command
    context: click.Context,
    /,
    drops: tuple[str, ...],
    *,
    watch: bool,
    every: float,
    name: str | None,
    unit: Kind | None,
    jobs: int,
    cluster: str | None,
    **given: Any,
) -> Outcome | int:
    """
    Process every new file of drops, each exactly once.

    DROP is the name of a [drop.NAME] table of importer.toml, or TENANT/DROP, DIR a folder, URL an address such as s3://BUCKET/PREFIX or
    sftp://USER@HOST/PATH; without any, all drops of the settings, of several tenants those of all. Files that are done move to the drop's folder done, refused ones to refused, each with its report beside it. A pass that was
    cut off is made good by the next one.

    The exit code is the worst of all files; a clean pass prints nothing on stderr. A held file stays until it is approved:
    importer ingest DROP --file NAME --release CODE.
    """
    screen = screen_of(context)
    if unit is not None:
        how = (*(("--jobs", str(jobs)) if jobs > 1 else ()), *(("--cluster", cluster) if cluster else ()))
        return unit_of(unit, drops, given, how)
    passes = told_passes(given.get("config"), drops)
    with nullcontext() if name else passes.told(), sending(given, screen, needs_tenant=False) as begun:
        job, named = begun, None
        if job.settings.tenants or cluster:
            from importer.cli.tenants.spread_passes import How, spread, whose

            job, named = whose(begun, drops, cluster=cluster, name=name)
            if named is not None:
                return spread(job, named, given, screen, passes, How(jobs, cluster, every if watch else None))
        if jobs > 1 and job.settings.verbose:
            screen.remark("All of these drops are of one tenant, so they are processed one after the other.")
        from importer.ingest.approvals import approve
        from importer.ingest.chosen_drops import chosen_drops
        from importer.ingest.notices import audience_of
        from importer.ingest.passes import Means
        from importer.ingest.passes import ingest as one_pass
        from importer.ingest.watching import watch as keep_watching

        audience = audience_of(notify_of(job.settings), watching=watch)
        words = [without_tenant(job.settings, drop) for drop in drops]
        chosen = chosen_drops(job.settings, words, one_file=name is not None)
        confirm = asking(job, screen)
        if name is not None:
            if len(chosen) != 1 or watch:
                raise UsageError(
                    "--file is about one drop.", fix="Write importer ingest DROP --file NAME --release CODE."
                )
            return outcome_of(approve(job, chosen[0], name, confirm=confirm))
        if watch:
            return keep_watching(
                job, chosen, every_s=every, hear=teller(job, screen, passes), means=Means(confirm, audience=audience)
            )
        result = one_pass(job, chosen, confirm=confirm, audience=audience)
        return outcome_of(result.with_notes(passes.went_through()))


def told_passes(config: str | None, drops: tuple[str, ...]) -> FailedPasses:
    """Return what tells of passes that cannot be made. Who is told is asked of the settings files once it is wanted."""
    from importer.ingest.failed_passes import FailedPasses, place_of_failed
    from importer.settings.places import user_state_folder

    def audience() -> Audience | None:
        from importer.ingest.notices import audience_of

        return audience_of(notify_of_files(config))

    return FailedPasses(audience, place_of_failed(user_state_folder(), (config or "", *drops)))


def unit_of(unit: Kind, drops: tuple[str, ...], given: dict[str, Any], how: tuple[str, ...]) -> Outcome:
    """Return what starts a pass every night, after a look whether the drops are known. ``how``: further options of the command."""
    from importer.ingest.unit_files import unit_file

    settings, _ = load({}, config=given.get("config"), needs_tenant=False)
    known = drops_named(settings)
    words, drops = drops, tuple(without_tenant(settings, drop) for drop in drops)
    for drop in drops:
        if drop not in known:
            raise UsageError(f"The settings have no drop {drop}.", fix="Name a [drop.NAME] of importer.toml.")
    config = settings.config_paths[0] if given.get("config") else None
    names = {known[name].profile or settings.profile for name in drops or known} or {settings.profile}
    windows = [profile_named(settings, name).window for name in names]
    text = unit_file(unit, (*words, *how), config, [window for window in windows if window])
    return Outcome("ingest", lines=text.rstrip("\n").split("\n"), data={"unit": unit, "text": text})


def without_tenant(settings: Settings, word: str) -> str:
    """Return the drop of ``TENANT/DROP``; any other word as it is."""
    tenant, slash, drop = word.partition("/")
    return drop if slash and tenant in settings.tenants else word


def teller(job: Job, screen: Terminal, passes: FailedPasses | None) -> Callable[[PassResult], None]:
    """
    Return what prints each pass in which something happened; news that was told stays untold until it changes.

    ``passes``: who is told of passes that could not be made; None where that was done already.
    """
    told: set[str] = set()

    def hear(result: PassResult) -> None:
        if passes is not None:
            notes = passes.went_through() if result.failed is None else passes.failed(result.failed)
            result = result.with_notes(notes)
        outcome = outcome_of(result)
        news = [line for line in result.news if line not in told]
        happened = [file for drop in result.drops for file in drop.files if file.exit_code is not None]
        told.clear()
        told.update(result.news)
        if screen.as_json:
            screen.line("ingest", {"exit_code": int(result.exit_code), **outcome.data})
        elif happened and (news or any(file.moved_to for file in happened)):
            screen.result(outcome.lines)
        screen.flush()
        if screen.quiet:
            screen.brief(*news[:2])
        screen.remark(*news)
        job.log.write("passed", exit_code=int(result.exit_code))

    return hear


def outcome_of(result: PassResult) -> Outcome:
    """Return a pass as lines for people, a document for programs, and what somebody should read on stderr."""
    from importer.reporting.wording import counted

    lines: list[str] = []
    for drop in result.drops:
        told = [f"  {file.line or f'{file.name}: {file.state}'}" for file in drop.files]
        lines += [f"{drop.drop}: {'no new files' if not told else counted(len(told), 'file')}", *told]
    data = {"drops": [drop.as_data() for drop in result.drops], "notes": list(result.notes)}
    return Outcome(
        "ingest", lines=lines, data=data, exit_code=result.exit_code, remarks=result.news, brief=result.news[:2]
    )
