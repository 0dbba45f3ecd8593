"""``importer config``: the settings in force, and whether they are right."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, READING, REPORTS, SENDING, effective, screen_of, settings_options
from importer.cli.outcome import Outcome
from importer.cli.tables import table
from importer.cli.terminal import Line, Styled
from importer.errors import Exit
from importer.model.profile import Profile
from importer.settings import SETTINGS, Settings, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.cli.verdicts import Finding


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command("show")
@settings_options(READING, SENDING, MEMORY, REPORTS)
@click.pass_context
def show(context: click.Context, /, **given: Any) -> Outcome:
    """
    Show the settings in force, each with its origin.

    An option goes before the environment, the environment before importer.toml, and that before the default. The
    token is not shown, only where it comes from.
    """
    settings, profile = effective(given, screen_of(context))
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
        "profile": asdict(profile),
    }


def shown(settings: Settings, profile: Profile) -> Iterator[Line]:
    """Yield the settings as a table, then what the profile says that is not a default."""
    yield f"Settings file: {', then '.join(map(str, settings.config_paths)) or 'none'}"
    yield f"Token: {settings.token_source.origin or 'not set'}"
    yield ""
    rows = [
        (setting.name, in_words(settings.plain(setting.name)), origin(settings, setting.name)) for setting in SETTINGS
    ]
    yield from table(("Setting", "Value", "From"), rows)
    yield ""
    yield f"Profile {profile.name}:"
    told = {name: value for name, value in asdict(profile).items() if value != getattr(Profile(), name)}
    yield from (f"  {name} = {in_words(value)}" for name, value in told.items() if name != "name")
    if not told.keys() - {"name"}:
        yield "  nothing but defaults"


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
@click.option("--online", is_flag=True, help="Ask the API whether it knows the appointment types of the profiles.")
@settings_options(READING, SENDING, MEMORY, REPORTS)
@click.pass_context
def check(context: click.Context, /, *, online: bool, **given: Any) -> Outcome:
    """
    Check the settings file, all its profiles, the token, the ledger and the reports folder.

    Nothing is sent and nothing is made. With --online the API is asked about each appointment type, which sends
    nobody anything.
    """
    from importer.cli.configured import findings

    settings, profile = effective(given, screen_of(context))
    found = list(findings(settings, profile, online=online))
    wrong = any(finding.verdict not in {"right", "weaker"} for finding in found)
    return Outcome(
        "config check",
        lines=list(told(found)),
        data={"findings": [asdict(finding) for finding in found]},
        exit_code=Exit.USAGE if wrong else Exit.DONE,
    )


def told(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the findings for people, the fix under what is wrong."""
    styles = {"right": "green", "weaker": "yellow", "missing": "yellow", "wrong": "red"}
    for finding in findings:
        yield Styled(f"{finding.verdict:<8}{finding.subject}: {finding.text}", styles[finding.verdict])
        if finding.fix:
            yield f"        {finding.fix}"
