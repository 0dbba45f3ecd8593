"""Options made from the table of settings, so that command line, environment and file cannot drift apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from importer.cli.terminal import Terminal
from importer.settings import SETTINGS, Setting, Settings, load
from importer.settings.places import without_password

if TYPE_CHECKING:
    from importer.model.profile import Profile


Command = TypeVar("Command", bound=Callable[..., Any])

READING: Final = (
    "profile",
    "sheet",
    "system",
    "query_file",
    "key",
    "limit",
    "rows",
    "only",
    "action",
    "do_not_text",
    "check_seconds",
)
SNAPSHOTS: Final = ("snapshot", "snapshot_locations", "approve")
REHEARSING: Final = ("rehearse",)
SENDING: Final = (
    "all_or_nothing",
    "base_url",
    "rate",
    "concurrency",
    "timeout",
    "connect_timeout",
    "max_attempts",
    "now",
    "same_account",
    "yes",
)
MEMORY: Final = ("tenant", "ledger", "lock_timeout", "new_ledger")
REPORTS: Final = ("reports",)
RELEASING: Final = ("release",)
LASTING: Final = frozenset(
    {"config", "profile", "tenant", "ledger", "reports", "base_url", "action", "system", "do_not_text", "lock_timeout"}
)
SCREEN: Final = ("quiet", "verbose", "no_progress", "log")


def settings_options(*groups: Iterable[str]) -> Callable[[Command], Command]:
    """
    Give a command every option that is a setting, and ``--config`` and ``--json``.

    ``groups``: names of the settings that its help shows. The others are accepted all the same, so that one line of
    options serves check, plan and run.
    """
    shown = {name for group in (*groups, SCREEN) for name in group}

    def decorate(command: Command) -> Command:
        option_of = [setting for setting in SETTINGS if setting.is_option]
        for setting in reversed(option_of):
            command = click.option(*names_of(setting), **shape_of(setting), hidden=setting.name not in shown)(command)
        command = json_option(command)
        return click.option(
            "--config", metavar="FILE", help="The settings file; else IMPORTER_CONFIG, ./importer.toml"
        )(command)

    return decorate


def json_option(command: Command) -> Command:
    """Give a command ``--json``; ``entry`` looks for it in the line itself."""
    return click.option("--json", "as_json", is_flag=True, expose_value=False, help="Print JSON on stdout.")(command)


def names_of(setting: Setting) -> tuple[str, str]:
    """Return the option and the parameter's name."""
    return setting.option, setting.name


def shape_of(setting: Setting) -> dict[str, Any]:
    """Return click's arguments. Values stay text: the settings read them, as they read the environment's."""
    default = f" [default: {setting.shown_default}]" if setting.metavar and setting.shown_default else ""
    told = f"{setting.meaning}.{default}"
    return (
        {"metavar": setting.metavar, "help": told}
        if setting.metavar
        else {"is_flag": True, "default": None, "help": told}
    )


def typed_options(given: Mapping[str, Any]) -> tuple[str, ...]:
    """
    Return the options that stood on the command line, as they are typed, but for those about the screen.

    A password in a ledger's URL is masked: what is returned is printed and stands on pages.
    """
    typed: list[str] = ["--config", given["config"]] if given.get("config") else []
    for setting in SETTINGS:
        value = given.get(setting.name)
        if value and setting.name not in SCREEN:
            shown = without_password(value) if setting.name == "ledger" else value
            typed += [setting.option, shown] if setting.metavar else [setting.option]
    return tuple(typed)


def lasting_options(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the options of the line that each later command about the same sheets, ledger and API needs too."""
    lasting = {name: value for name, value in given.items() if name in LASTING}
    return typed_options(lasting)


def effective(given: Mapping[str, Any], screen: Terminal, *, needs_tenant: bool = True) -> tuple[Settings, Profile]:
    """
    Return settings and profile for what stood on the command line, and tell what is odd about them.

    ``needs_tenant``: False for a command that opens no ledger and sends nothing, or that finds its tenants by itself.
    """
    quiet_libraries()
    options = {name: value for name, value in given.items() if name != "config"}
    settings, profile = load(options, config=given.get("config"), needs_tenant=needs_tenant)
    screen.quiet = settings.quiet
    screen.remark(*settings.notes)
    return settings, profile


def quiet_libraries() -> None:
    """Keep libraries' logs off stderr: they may quote addresses and values."""
    import logging

    logging.getLogger().addHandler(logging.NullHandler())


def screen_of(context: click.Context) -> Terminal:
    """Return the terminal that ``entry`` gave."""
    screen = context.find_object(Terminal)
    return screen if screen is not None else Terminal()


__all__ = [
    "MEMORY",
    "READING",
    "REHEARSING",
    "RELEASING",
    "REPORTS",
    "SENDING",
    "SNAPSHOTS",
    "effective",
    "json_option",
    "screen_of",
    "settings_options",
    "typed_options",
]
