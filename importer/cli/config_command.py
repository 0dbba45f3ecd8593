"""``importer config``: the settings in force, and whether they are correct."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from importer.cli.options import MEMORY, READING, REPORTS, SENDING, effective, screen_of, settings_options
from importer.cli.terminal import Finding, Line, Outcome, table, told
from importer.errors import Exit, ImporterError
from importer.model.drops import FetchedSource
from importer.model.profile import Profile
from importer.settings import SETTINGS, Settings, Source, drops_named, notify_of
from importer.settings.file import read_config
from importer.settings.places import OF_BUCKETS, OF_SERVERS, shown_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.model.drops import Drop, Notify
    from importer.model.planned_calls import Reply
    from importer.settings.file import ConfigFile


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command("show")
@settings_options(READING, SENDING, MEMORY, REPORTS)
@click.pass_context
def show(context: click.Context, /, **given: Any) -> Outcome:
    """
    Show the settings in force, each with its origin; the profile, the drops, and who is told of passes over them.

    An option goes before the environment, the environment before importer.toml, and that before the default. The
    token is not shown, only where it comes from; of a target of notices and of the heartbeat only the kind and the server.
    """
    settings, profile = effective(given, screen_of(context), needs_tenant=False)
    return Outcome("config show", lines=list(shown(settings, profile)), data=as_data(settings, profile))


def as_data(settings: Settings, profile: Profile) -> dict[str, Any]:
    """Return what ``config show --json`` holds."""
    values = {
        setting.name: {
            "value": settings.plain(setting.name),
            "origin": settings.origin(setting.name).source.value,
            "where": settings.origin(setting.name).where,
        }
        for setting in SETTINGS
    }
    return {
        "config": str(settings.config_paths[0]) if settings.config_paths else None,
        "settings": values,
        "token": {"origin": settings.token_source.origin or None},
        "profile": plain_profile(profile),
        "drops": drops_as_data(settings),
        "notify": notify_as_data(settings),
        "tenants": list(settings.tenants),
    }


def plain_profile(profile: Profile) -> dict[str, Any]:
    """Return what is in force for a profile, in plain values; of a link, which is a key to the sheet, its host."""
    return asdict(profile) | ({"link": shown_link(profile.link)} if profile.link else {})


def drops_as_data(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what is in force for each drop of the settings files, and where it stands; of a wrong one, what is wrong."""
    found: dict[str, dict[str, Any]] = {}
    for file in map(read_config, settings.config_paths):
        for name in file.drops:
            if name not in found:
                found[name] = {"where": file.where("drop", name)} | or_wrong(partial(_drop_of, file, name))
    return found


def _drop_of(file: ConfigFile, name: str) -> dict[str, Any]:
    return of_drop(file.drop(name))


def of_drop(drop: Drop) -> dict[str, Any]:
    """Return what is in force for a drop, in plain values. Its addresses hold no password."""
    from importer.settings.drop_tables import DAYS, MEGABYTE  # with pydantic, which is slow to load

    kept = {each.name: getattr(drop, each.name) for each in fields(drop) if each.name not in {"name", "max_bytes"}}
    kept |= {key: getattr(drop.path, key) for key in (*OF_BUCKETS, *OF_SERVERS) if hasattr(drop.path, key)}
    if drop.expected is not None:
        kept["expected"] = {
            "days": [DAYS[day] for day in sorted(drop.expected.days)],
            "by": f"{drop.expected.by:%H:%M}",
            "zone": drop.expected.zone,
            "holidays": sorted(map(str, drop.expected.holidays)),
        }
    plain = {name: value if isinstance(value, float | dict | None) else str(value) for name, value in kept.items()}
    return plain | {"max_mb": drop.max_bytes / MEGABYTE}


def notify_as_data(settings: Settings) -> dict[str, Any] | None:
    """Return who is told of passes, without their addresses; None for nobody; where that is wrong, what is wrong."""
    told: dict[str, Any] | None = or_wrong(lambda: None if (found := notify_of(settings)) is None else of_notify(found))
    return told


def of_notify(notify: Notify) -> dict[str, Any]:
    """Return who is told of what, in plain values: of an address that may hold a password its kind, of the heartbeat its server."""
    from importer.ingest.notice_targets import name_of

    heartbeat = urlsplit(notify.heartbeat) if notify.heartbeat else None
    return {
        "targets": [name_of(place, url) for place, url in enumerate(notify.urls)],
        "urls_file": str(notify.urls_file) if notify.urls_file else None,
        "on": "always" if notify.always else sorted(notify.on),
        "digest": {"at": f"{notify.digest_at:%H:%M}", "zone": notify.zone} if notify.digest_at else None,
        "heartbeat": f"{heartbeat.scheme}://{heartbeat.netloc}" if heartbeat else None,
        "private": notify.private,
    }


def or_wrong(read: Callable[[], Any]) -> Any:
    """Return what is read, or ``error``: why it cannot be."""
    try:
        return read()
    except ImporterError as error:
        return {"error": str(error)}


def shown(settings: Settings, profile: Profile) -> Iterator[Line]:
    """Yield the settings as a table, then what the profile says that is not a default."""
    yield f"Settings file: {', then '.join(map(str, settings.config_paths)) or 'none'}"
    yield f"Token: {settings.token_source.origin or 'not set'}"
    yield ""
    rows = [
        (setting.name, in_words(settings.plain(setting.name)), origin(settings, setting.name)) for setting in SETTINGS
    ]
    # A path is there to be copied, so no value is cut.
    yield from table(("Setting", "Value", "From"), rows, cut=False)
    yield ""
    yield f"Profile {profile.name}:"
    told = {name: value for name, value in plain_profile(profile).items() if value != getattr(Profile(), name)}
    yield from (f"  {name} = {in_words(value)}" for name, value in told.items() if name != "name")
    if not told.keys() - {"name"}:
        yield "  nothing but defaults"
    for name, drop in drops_as_data(settings).items():
        yield ""
        yield f"Drop {name} ({drop.pop('where')}):"
        yield from listed(drop)
    yield ""
    if settings.tenants:
        yield f"Tenants: {', '.join(settings.tenants)}"
    notify = notify_as_data(settings)
    yield "Notices:" if notify else "Notices: nobody is told of passes over drops"
    yield from listed(notify or {})


def listed(values: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what is set, a line each."""
    for name, value in values.items():
        if value not in (None, []):
            told = (
                ", ".join(f"{key} {in_words(one)}" for key, one in value.items() if one)
                if isinstance(value, dict)
                else ""
            )
            yield f"  {name} = {told or in_words(value)}"


def in_words(value: Any) -> str:
    """Return a setting's value for people."""
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def origin(settings: Settings, name: str) -> str:
    """Return where a setting came from, in words."""
    source, where = settings.origin(name)
    return "default" if source is Source.DEFAULT else where


@config.command("check")
@click.option(
    "--online",
    is_flag=True,
    help="Ask the API about the profile's appointment types; try each drop, notice and heartbeat.",
)
@settings_options(READING, SENDING, MEMORY, REPORTS)
@click.pass_context
def check(context: click.Context, /, *, online: bool, **given: Any) -> Outcome:
    """
    Check the settings file, all its profiles, the token, the ledger and the reports folder; of several tenants each.

    Nothing is sent and nothing is made. With --online the API is asked about each appointment type, which sends
    no patient anything; each drop is tried with a file of our own, which is removed again; each target of notices gets a trial, and
    the heartbeat is asked for.
    """
    settings, profile = effective(given, screen_of(context), needs_tenant=False)
    found = list(findings(settings, profile, online=online))
    wrong = any(finding.verdict not in {"ok", "weaker"} for finding in found)
    return Outcome(
        "config check",
        lines=list(told(found)),
        data={"findings": [asdict(finding) for finding in found]},
        exit_code=Exit.USAGE if wrong else Exit.DONE,
    )


def findings(settings: Settings, profile: Profile, *, online: bool) -> Iterator[Finding]:
    """Yield a finding for each thing that a run leans on."""
    yield from of_file(settings)
    if settings.tenants and settings.tenant is None:
        from importer.cli.tenants.tenant_findings import of_tenants

        yield from of_tenants(settings)
    else:
        yield of_token(settings)
        yield of_ledger(settings)
    yield of_reports(settings.reports_dir)
    yield from of_do_not_text(settings, profile)
    yield from of_profile(profile)
    yield of_workbook_reader()
    if any(read_config(path).drops for path in settings.config_paths):
        yield of_drop_reader(settings)
    if online:
        yield from of_event_types(settings, profile)
        yield from of_places(settings)


def of_file(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for the settings file and for each of its profiles and drops, not only for those in use."""
    if not settings.config_paths:
        yield Finding("settings file", "ok", "none; defaults, environment and options are in force")
        return
    for path in settings.config_paths:
        file = read_config(path)
        yield Finding("settings file", "ok", str(file.path))
        for name in file.profile_names:
            yield of_table("profile", name, file.profile)
        for name in file.drops:
            yield of_table("drop", name, file.drop)


def of_table(kind: str, name: str, read: Callable[[str], object]) -> Finding:
    """Return whether a table of the settings file can be read."""
    try:
        read(name)
    except ImporterError as error:
        return Finding(f"{kind} {name}", "wrong", str(error), error.fix)
    return Finding(f"{kind} {name}", "ok", "can be read")


def of_token(settings: Settings) -> Finding:
    """Return whether there is a token that could be sent."""
    try:
        settings.token()
    except ImporterError as error:
        return Finding("token", "wrong" if settings.token_source.origin else "missing", str(error), error.fix)
    return Finding("token", "ok", f"from {settings.token_source.origin}")


def of_ledger(settings: Settings) -> Finding:
    """Return whether the ledger can be opened; one that is not there yet is ok, and is not made."""
    from importer.ledger import open_ledger
    from importer.ledger.opening import ledger_exists

    shown = str(settings.plain("ledger"))
    path = Path(shown.removeprefix("sqlite:///"))
    try:
        if shown.startswith("sqlite:///") and not ledger_exists(settings.ledger_url):
            return Finding("ledger", "ok", f"{path} is not there yet; the first run makes it")
        with open_ledger(settings.ledger_url, read_only=True):
            return Finding("ledger", "ok", shown)
    except ImporterError as error:
        return Finding("ledger", "wrong", str(error), error.fix)


def of_reports(folder: Path) -> Finding:
    """Return whether reports can be written: to the folder, or to the nearest one above it that is there."""
    fix = "Name another folder with --reports."
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        return Finding("reports", "wrong", f"{nearest} cannot be written to", fix)
    try:
        folder.is_symlink()
    except OSError as error:  # its name is too long
        return Finding("reports", "wrong", f"{folder} cannot be: {error.strerror}", fix)
    return Finding("reports", "ok", str(folder))


def of_do_not_text(settings: Settings, profile: Profile) -> Iterator[Finding]:
    """Yield whether the do-not-text list can be read, where the settings name one; nobody on it is shown."""
    if settings.do_not_text is None:
        return
    from importer.commands.do_not_text_file import do_not_text
    from importer.commands.job import Job

    try:
        do_not_text(Job(settings, profile))
    except ImporterError as error:
        yield Finding("do-not-text list", "wrong", str(error), error.fix)
        return
    yield Finding("do-not-text list", "ok", str(settings.do_not_text))


def of_workbook_reader() -> Finding:
    """Return what the process that opens workbooks cannot reach on this system, tried out in one."""
    from importer.reading.child.confinement import BARRED
    from importer.reading.limits import Limits
    from importer.reading.workbook_process import escapes_of_child

    reached = escapes_of_child(Limits())
    if reached is None:
        return Finding(
            "workbook reader", "wrong", "the process that opens workbooks does not start", "Install the importer again."
        )
    barred = ["memory", "processor time", *(what for what in BARRED if what not in reached)]
    holds = f"the process that opens workbooks is limited in: {', '.join(barred)}"
    if not reached:
        return Finding("workbook reader", "ok", holds)
    return Finding(
        "workbook reader",
        "weaker",
        f"{holds}; missing: {', '.join(reached)}",
        CONFINE,
    )


def of_drop_reader(settings: Settings) -> Finding:
    """Return what the process that reads files of drops cannot reach on this system, tried out in one."""
    from importer.ingest.check_process import CheckProcess
    from importer.ingest.reader_limits import BARRED

    with CheckProcess() as process:
        reached = process.escapes(settings.config_paths[0])
    if reached is None:
        return Finding(
            "drop reader",
            "wrong",
            "the process that reads files of drops does not start",
            "Install the importer again.",
        )
    barred = ["memory", *(what for what in BARRED if what not in reached)]
    holds = f"the process that reads files of drops is limited in: {', '.join(barred)}"
    if not reached:
        return Finding("drop reader", "ok", holds)
    return Finding("drop reader", "weaker", f"{holds}; missing: {', '.join(reached)}", CONFINE)


CONFINE: Final = "On Linux, install the extra: pip install 'appointment-importer[confine]' (it needs libseccomp2)."


def of_places(settings: Settings) -> Iterator[Finding]:
    """Yield whether each drop can be listed, written to, moved in and read, and whether notices and heartbeat arrive."""
    from importer.ingest.trying import try_drop, try_notices

    try:
        drops, notify = drops_named(settings), notify_of(settings)
        tried = list(try_notices(notify, settings)) if notify else []
    except ImporterError as error:
        yield Finding("drops and notices", "wrong", str(error), error.fix)
        return
    for name, drop in drops.items():
        try:
            try_drop(drop, settings)
        except (ImporterError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            yield Finding(f"drop {name}", "wrong", f"{drop.path}: {why}", getattr(error, "fix", ""))
        else:
            what = (
                "fetched"
                if isinstance(drop.path, FetchedSource)
                else "a file of ours was written, moved, read and removed"
            )
            yield Finding(f"drop {name}", "ok", f"{drop.path}: {what}")
    for subject, why in tried:
        yield Finding(subject, "wrong", f"failed: {why}") if why else Finding(subject, "ok", "arrived")


def of_profile(profile: Profile) -> Iterator[Finding]:
    """Yield what rows will be without unless the sheet itself says it."""
    if profile.zone is None and not any(place.zone for place in profile.locations.values()):
        yield Finding("time zone", "ok", f"profile {profile.name} names none, so each sheet needs a time zone column")
    if profile.event_type and profile.event_types and profile.event_type not in profile.event_types:
        known = {kind.uuid for kind in profile.event_types.values()}
        if profile.event_type not in known:
            yield Finding(
                "appointment type",
                "ok",
                f"event_type {profile.event_type} is not among the profile's event_types; it is sent as a uuid",
            )


def of_event_types(settings: Settings, profile: Profile) -> Iterator[Finding]:
    """Yield what the API says of each appointment type of the profile; one call each, which changes nothing."""
    from importer.api import Api, Route, Timeouts

    uuids = {name: kind.uuid for name, kind in profile.event_types.items()}
    if profile.event_type and profile.event_type not in uuids:
        uuids.setdefault(profile.event_type, profile.event_type)
    if not uuids:
        yield Finding("appointment types", "missing", f"profile {profile.name} names none to ask about")
        return
    try:
        timeouts = Timeouts(connect_s=settings.connect_timeout_s, total_s=settings.timeout_s)
        route = Route(ca_bundle=settings.ca_bundle, proxy=settings.proxy)
        with Api(settings.base_url, settings.token(), timeouts=timeouts, route=route) as api:
            for name, uuid in uuids.items():
                yield of_reply(name, api.event_type(uuid))
    except ImporterError as error:
        yield Finding("appointment types", "wrong", str(error), error.fix)


def of_reply(name: str, reply: Reply) -> Finding:
    """Return what an answer about one appointment type means."""
    subject = f"appointment type {name}"
    if reply.status == HTTPStatus.OK and reply.answer is not None:
        return Finding(subject, "ok", "the API knows it")
    if reply.status == HTTPStatus.NOT_FOUND:
        return Finding(
            subject, "wrong", "the API does not know this uuid", "Copy the uuid of the appointment type again."
        )
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Finding(subject, "wrong", "the API refused the token", "Set a token that is valid for this account.")
    why = reply.trouble.value.replace("_", " ") if reply.trouble else f"HTTP {reply.status}"
    return Finding(
        subject, "wrong", f"the API gave no usable answer ({why})", "Try again later; check base_url and the network."
    )
