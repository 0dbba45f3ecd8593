"""``importer ingest`` over the drops of several tenants: which they are, who carries the passes out, and what is told of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.cli.ingest_command import outcome_of, teller
from importer.cli.working import asked, is_there
from importer.errors import DropUnreachable, UsageError
from importer.ingest.failed_passes import FailedPasses, place_of_failed
from importer.ingest.notices import audience_of
from importer.ingest.pass_results import DropResult, PassResult
from importer.ingest.passes import with_heartbeat
from importer.ingest.watching import repeat
from importer.reporting.wording import counted
from importer.settings import SETTINGS, notify_of, notify_of_files, served, tenants_in
from importer.settings.places import user_state_folder
from importer.settings.table import CONFIG_VARIABLE
from importer.tenants.chosen_units import chosen_units, owner_of, tenants_named
from importer.tenants.settings_digest import OF_MACHINES
from importer.tenants.spreading import Spread, pass_of
from importer.tenants.worker_pools import LocalWorkers, cluster_address, cluster_workers, local_workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.cli.terminal import Outcome, Terminal
    from importer.commands.job import Job
    from importer.ingest.notices import Audience
    from importer.settings import Settings
    from importer.tenants.drop_unit import UnitResult

Named = dict[str, list[str]]
"""Drops by tenant; "" for those of settings without tenants."""

NO_TENANT: Final = ""
_NOT_FOR_WORKERS: Final = frozenset({"tenant", "yes", "quiet", "verbose", "no_progress"})


class How(NamedTuple):
    """How passes are made: by so many processes here or by a cluster, once or every so many seconds."""

    jobs: int
    cluster: str | None
    every_s: float | None


def whose(job: Job, words: tuple[str, ...], *, cluster: str | None, name: str | None) -> tuple[Job, Named | None]:
    """
    Return the job, and the drops that are meant by tenant; None where the drops of one tenant are processed in this process.

    ``name``: the pass is about one held file.

    Raises:
        UsageError: a word names no drop, or several tenants' drops are named where one file is meant.
        SettingsError: the one tenant cannot be served.
    """
    settings = job.settings
    if cluster is not None:
        cluster_address(cluster)
    if not settings.tenants:
        if cluster is None:
            return job, None
        if words:
            raise UsageError("--cluster goes over all drops of the settings.", fix="Leave the names of drops out.")
        return job, {NO_TENANT: []}
    if settings.tenant is not None and cluster is None:
        _refuse_others(settings, settings.tenant, words)
        return job, None
    if settings.tenant is not None and not words:
        return job, {settings.tenant: [*_all_of(job, settings.tenant)]}
    named = tenants_named(settings, words)
    if cluster is not None or len(named) > 1:
        if name is not None:
            raise UsageError(
                "--file is about one drop.", fix="Write importer ingest TENANT/DROP --file NAME --release CODE."
            )
        return job, named
    ((tenant, _),) = named.items()
    mine, profile = served(settings, tenants_in(settings), tenant)
    return replace(job, settings=mine, profile=profile, typed=(*job.typed, "--tenant", tenant)), None


def _all_of(job: Job, tenant: str) -> Iterator[str]:
    yield from tenants_in(job.settings).one(tenant).drops


def _refuse_others(settings: Settings, tenant: str, words: Iterable[str]) -> None:
    """Raise ``UsageError`` for a word that names another tenant's drop, or its folder; a folder of nobody may be named."""
    everybody = replace(settings, tenant=None)
    for word in words:
        other = owner_of(everybody, tenants_in(everybody), word)
        if other not in {None, tenant}:
            raise UsageError(f"{word} is no drop of tenant {tenant}.", fix="Leave --tenant out, or name its own drops.")


def spread(  # noqa: PLR0913, PLR0917 - what a command has at hand
    job: Job, named: Named, given: Mapping[str, Any], screen: Terminal, passes: FailedPasses, how: How
) -> Outcome | int:
    """
    Make one pass over the drops of these tenants, or one after the other.

    Raises:
        UsageError: an option does not reach the workers.
        DropUnreachable: the cluster is out of reach.
    """
    audience = audience_of(notify_of(job.settings))
    if how.cluster is not None:
        _refuse_options(given)
        address, told = cluster_address(how.cluster)
        screen.remark(*([told] if told else []))
    if not _agreed(job, named, screen):
        return outcome_of(PassResult(()))
    with ExitStack() as closing:
        local = (
            closing.enter_context(local_workers(how.jobs, environment(given), _typed(given)))
            if how.cluster is None
            else None
        )

        def one_pass() -> PassResult:
            return _one_pass(job, named, local, address if how.cluster else "", audience, given.get("config"))

        if how.every_s is not None:
            return repeat(job, lambda: _or_failed(one_pass), every_s=how.every_s, hear=teller(job, screen, None))
        result = one_pass()
        return outcome_of(result.with_notes(passes.went_through()))


def _one_pass(  # noqa: PLR0913, PLR0917 - what a command has at hand
    job: Job, named: Named, local: LocalWorkers | None, address: str, audience: Audience | None, config: str | None
) -> PassResult:
    chosen = chosen_units(job.settings, None if NO_TENANT in named else named, job.now())

    def hear(result: UnitResult) -> None:
        job.log.write("drop_passed", drop=result.drop.drop, exit_code=int(result.drop.exit_code))

    if local is not None:
        results = Spread(local, job.stop, hear).over(chosen)
    else:
        with cluster_workers(address) as workers:
            results = Spread(workers, job.stop, hear).over(chosen)
    notes = list(_told_of_failures(results, config))
    return with_heartbeat(job, audience, pass_of(results).with_notes(notes))


def _or_failed(one_pass: Any) -> PassResult:
    """Return a pass, also where the cluster is out of reach now: the next one tries again."""
    try:
        made: PassResult = one_pass()
    except DropUnreachable as error:
        code = error.exit_code
        return PassResult(
            (DropResult("cluster", codes=[int(code)], news=[f"{error} {error.fix}".strip()]),), failed=code
        )
    return made


def _told_of_failures(results: Iterable[UnitResult], config: str | None) -> Iterator[str]:
    """Tell who wants to know of tenants whose passes could not be made, once each; yield what is said of those who could not be told."""

    def audience() -> Audience | None:
        return audience_of(notify_of_files(config))

    by_tenant = sorted(results, key=_tenant_of)
    for tenant, mine in groupby(by_tenant, key=_tenant_of):
        failed = next((one.failed for one in mine if one.failed is not None), None)
        passes = FailedPasses(audience, place_of_failed(user_state_folder(), (config or "", "tenant", tenant)))
        yield from passes.went_through() if failed is None else passes.failed(failed)


def _tenant_of(result: UnitResult) -> str:
    return result.drop.drop.partition("/")[0]


def _agreed(job: Job, named: Named, screen: Terminal) -> bool:
    """Return whether the pass may send: off a terminal, and with --yes, nobody is asked; the workers cannot ask for each run."""
    if job.settings.yes or not is_there(screen):
        return True
    what = counted(len(named), "tenant")
    return asked(
        f"Process the drops of {what}, and send what is new in them to {job.settings.base_url}? [y/N] ", job, screen
    )


def _refuse_options(given: Mapping[str, Any]) -> None:
    for setting in SETTINGS:
        if given.get(setting.name) is not None and setting.name not in OF_MACHINES:
            raise UsageError(
                f"{setting.option} does not reach the workers of a cluster.",
                fix="Put it into the settings file that IMPORTER_CONFIG names on each of them.",
            )


def environment(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what stood on the command line as environment variables, for processes that read the settings themselves."""
    found = {}
    for setting in SETTINGS:
        value = given.get(setting.name)
        if value is not None and setting.name not in _NOT_FOR_WORKERS:
            found[setting.environment] = "true" if value is True else str(value)
    if given.get("config"):
        found[CONFIG_VARIABLE] = str(Path(given["config"]).absolute())
    return found


def _typed(given: Mapping[str, Any]) -> tuple[str, ...]:
    from importer.cli.options import lasting_options

    return lasting_options({name: value for name, value in given.items() if name != "tenant"})
