"""
Settings from options, environment, file and defaults, in this order, each value with its origin.

The environment, the current folder and the user's own file are arguments.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.errors import SettingsError
from importer.model.formula_escape import storable
from importer.model.profile import Profile
from importer.settings import places, values
from importer.settings.file import ConfigFile, merged, read_config, unknown_profile
from importer.settings.places import (
    FILE_NAME,
    current_folder,
    default_ledger_url,
    resolved_database,
    resolved_ledger,
    resolved_path,
    user_config_file,
    without_password,
    without_user,
)
from importer.settings.table import (
    CONFIG_VARIABLE,
    DEFAULT_BASE_URL,
    ENVIRONMENT_PREFIX,
    PURGE_KEY_VARIABLE,
    SETTING,
    SETTINGS,
    TOKEN_VARIABLE,
    Setting,
)
from importer.settings.tenants.chosen_tenant import (
    Tenants,
    chosen_name,
    refuse_profile,
    refuse_words_for_all,
    tenants_of,
    token_source,
    token_variable,
    unknown_tenant,
)
from importer.settings.token import PURGE_KEY_FILE, PurgeKeySource, Secret, TokenSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model.drops import Drop, Notify
    from importer.model.statuses import Action
    from importer.settings.values import RowRange


class Source(StrEnum):
    """Where a value came from; earlier goes before later."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Origin(NamedTuple):
    """A value's source and the place there: ``--rate``, ``IMPORTER_RATE``, ``importer.toml, line 3``, or ""."""

    source: Source
    where: str


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The effective settings. Times are seconds (``_s``), ``rate`` is calls a second, 0 for no limit of our own.

    ``rows`` and ``only`` are empty for all. ``origins``: setting name -> origin. ``notes``: what a person should
    know about the settings though they are right. ``ledger_url`` is by default the ledger of ``base_url``. ``config_paths``: the settings
    files that were read, the one that goes before first; ``folder_config``: the one that lies in the current folder and that
    nobody named. ``tenants``: the names of all that the files have; ``tenant``: the one in force, if any. ``snapshot`` and ``snapshot_locations`` stand in the profile, too. The token is asked for by ``token()`` and stands nowhere.
    """

    base_url: str = DEFAULT_BASE_URL
    ledger_url: str = field(default_factory=str, repr=False)
    reports_dir: Path = field(default_factory=lambda: current_folder() / "reports")
    profile: str = "default"
    tenant: str | None = None
    tenants: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None
    sheet: str | None = None
    system: str | None = None
    query_file: Path | None = None
    key_column: str | None = None
    database_url: str | None = field(default=None, repr=False)
    private_links: bool = False
    limit: int | None = None
    rows: tuple[RowRange, ...] = ()
    only: tuple[Action, ...] = ()
    action: str | None = None
    all_or_nothing: bool = False
    do_not_text: Path | None = None
    snapshot: str | None = None
    snapshot_locations: tuple[str, ...] = ()
    approve: int | None = None
    release: tuple[str, ...] = ()
    rate: float = 135.0
    concurrency: int = 16
    timeout_s: float = 30.0
    connect_timeout_s: float = 10.0
    max_attempts: int = 5
    lock_timeout_s: float = 10.0
    check_s: float = 600.0
    keep_unchanged_days: int | None = None
    rehearse: bool = False
    at_any_hour: bool = False
    new_ledger: bool = False
    same_account: bool = False
    yes: bool = False
    quiet: bool = False
    verbose: bool = False
    no_progress: bool = False
    log_path: Path | None = None
    config_paths: tuple[Path, ...] = ()
    folder_config: Path | None = None
    token_source: TokenSource = field(default_factory=TokenSource, repr=False)
    purge_key_source: PurgeKeySource = field(default_factory=PurgeKeySource, repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.ledger_url:
            object.__setattr__(self, "ledger_url", default_ledger_url(self.base_url))

    def token(self) -> str:
        """Return the API token, read now. ``SettingsError``: none, or not usable; says what to do."""
        return self.token_source.read()

    def purge_key(self) -> bytes | None:
        """Return the key by which purged appointments are found again, None if there is none. ``SettingsError``: not usable."""
        return self.purge_key_source.read()

    def origin(self, name: str) -> Origin:
        """Return where a setting came from; what nobody said is a default."""
        return self.origins.get(name, Origin(Source.DEFAULT, ""))

    def plain(self, name: str) -> Any:
        """Return a setting as JSON may hold it: paths as text, passwords as ``***``."""
        secrets = {"token_file": self.token_source.file, "purge_key_file": self.purge_key_source.file}
        if name in secrets:
            return str(secrets[name]) if secrets[name] else None
        if name == "keyring":
            return self.token_source.keyring
        value = getattr(self, SETTING[name].field)
        if name in {"ledger", "database"}:
            return without_password(value) if value else None
        if name == "proxy":
            return without_user(value) if value else None
        if isinstance(value, tuple):
            return [str(part) for part in value]
        return str(value) if isinstance(value, Path) else value

    def as_dict(self) -> dict[str, Any]:
        """Return every setting by name as JSON may hold it; the token is not among them."""
        return {setting.name: _storable(self.plain(setting.name)) for setting in SETTINGS}


def _storable(value: Any) -> Any:
    """Return a plain value whose texts JSON can hold; a path may be no UTF-8."""
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return storable(value) if isinstance(value, str) else value


def load(  # noqa: PLR0913 - keyword-only, one a source
    options: Mapping[str, Any] | None = None,
    *,
    config: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    user_file: Path | None = None,
    needs_tenant: bool = True,
) -> tuple[Settings, Profile]:
    """
    Return the effective settings and the profile that they name.

    ``options``: setting name -> what stood on the command line; None means that it was not given. ``config``: the
    option ``--config``. ``folder``: the current folder. ``user_file``: the person's own importer.toml. ``needs_tenant``: False for
    what needs neither ledger nor token, and so no tenant where the files have several.
    ``SettingsError``: something is wrong; the sentence names the place, what was found and what was expected.
    """
    here = folder or current_folder()
    files = find_config(config, environ, here, user_file or user_config_file())
    found = {setting.name: effective(setting, options or {}, environ, files, here) for setting in SETTINGS}
    values = {SETTING[name].field: value for name, (value, _) in found.items() if value is not None}
    token_file, keyring, key_file = (values.pop(name, None) for name in ("token_file", "keyring", "purge_key_file"))
    settings = Settings(
        **values,
        tenants=tuple(files.own.tenants) if files.own else (),
        config_paths=tuple(file.path for file in files.read),
        folder_config=files.folder.path if files.folder else None,
        token_source=TokenSource(environment=secret(environ), file=token_file, keyring=keyring),
        purge_key_source=PurgeKeySource(
            environment=secret(environ, PURGE_KEY_VARIABLE),
            file=key_file,
            usual=user_file.with_name(PURGE_KEY_FILE) if user_file else None,
        ),
        origins={name: origin for name, (_, origin) in found.items()},
        notes=misspelt(environ, files.own.tenants if files.own else ()),
    )
    if files.own is not None and settings.tenants:
        tenants = tenants_of(files.own, environ)
        if (name := chosen_name(tenants, settings, needs=needs_tenant)) is not None:
            return served(settings, tenants, name, environ)
    elif settings.tenant is not None:
        raise unknown_tenant(settings.tenant, ())
    return settings, chosen_profile(settings, files)


def served(
    settings: Settings, tenants: Tenants, name: str, environ: Mapping[str, str] = os.environ
) -> tuple[Settings, Profile]:
    """
    Return the settings and the profile of one tenant. Options and environment go before its table; ledger and token are its own.

    Raises:
        SettingsError: it cannot be served, or an option or the environment would give it what is everybody's.
    """
    tenant = tenants.one(name)
    refuse_words_for_all(settings, environ, tenant)
    said_now = [each for each in SETTING if _said_now(settings, each)]
    said = {key: value for key, value in tenant.said.items() if key not in said_now}
    if tenant.profiles and "profile" not in said_now and settings.profile not in tenant.profiles:
        said["profile"] = tenant.profiles[0]
    origins = {key: Origin(Source.FILE, tenants.file.where("tenant", name, key)) for key in (*tenant.own, *said)}
    found = replace(
        settings,
        **said,
        tenant=name,
        ledger_url=tenant.ledger,
        reports_dir=settings.reports_dir / name,
        token_source=token_source(tenant, environ),
        origins={**settings.origins, **origins},
    )
    refuse_profile(tenant, found.profile)
    return found, profile_named(found, found.profile)


class Files(NamedTuple):
    """The settings files in force. ``folder``: of the current folder, for profiles and guards; ``own``: a person's word."""

    folder: ConfigFile | None
    own: ConfigFile | None

    def saying(self, setting: Setting) -> ConfigFile | None:
        """Return the file that says a setting; the folder's goes before the user's own."""
        return next((file for file in self.read if setting.file_key in file.settings), None)

    @property
    def read(self) -> tuple[ConfigFile, ...]:
        """The files that are there, the one that goes before first."""
        return tuple(file for file in self if file is not None)


def find_config(option: str | Path | None, environ: Mapping[str, str], folder: Path, user_file: Path) -> Files:
    """Return the file that was named, alone; else ./importer.toml and the user's own, as far as they are there."""
    named = option or environ.get(CONFIG_VARIABLE) or None
    if named is not None:
        return Files(None, read_config(resolved_path(str(named), folder)))
    here = folder / FILE_NAME
    own = read_config(user_file) if places.is_there(user_file) else None
    if not places.is_there(here) or (own is not None and here.samefile(user_file)):
        return Files(None, own)
    return Files(read_config(here, of_folder=True), own)


def effective(
    setting: Setting, options: Mapping[str, Any], environ: Mapping[str, str], files: Files, folder: Path
) -> tuple[Any, Origin]:
    """Return a setting's value and where it came from. An empty environment variable counts as not set."""
    given = options.get(setting.name)
    if given is not None:
        origin = Origin(Source.OPTION, setting.option)
        return placed(setting, accepted(setting, given, origin), folder), origin
    if environ.get(setting.environment, "").strip():
        origin = Origin(Source.ENVIRONMENT, setting.environment)
        return placed(setting, accepted(setting, environ[setting.environment], origin), folder), origin
    file = files.saying(setting)
    if file is not None:
        origin = Origin(Source.FILE, file.where(setting.file_key))
        return placed(setting, accepted(setting, file.settings[setting.file_key], origin), file.path.parent), origin
    return setting.default, Origin(Source.DEFAULT, "")


def accepted(setting: Setting, given: Any, origin: Origin) -> Any:
    """Return the value as read. ``SettingsError``: it cannot be."""
    try:
        return setting.read(given)
    except ValueError as error:
        name = f": {setting.file_key}" if origin.source is Source.FILE else ""
        raise SettingsError(
            f'{origin.where}{name}: "{values.quoted(given)}" is not right, expected {error}.',
            fix=f"Correct {origin.where}.",
        ) from None


def placed(setting: Setting, value: Any, base: Path) -> Any:
    """Return a place on disk as meant from the folder of its file, or from the current folder."""
    if setting.place == "path":
        return resolved_path(value, base)
    if setting.place == "database":
        return resolved_database(value, base)
    return resolved_ledger(value, base) if setting.place == "ledger" else value


def secret(environ: Mapping[str, str], variable: str = TOKEN_VARIABLE) -> Secret | None:
    """Return a secret of the environment; a blank variable counts as not set."""
    text = environ.get(variable, "")
    return Secret(text) if text.strip() else None


def profile_named(settings: Settings, name: str) -> Profile:
    """
    Return another profile of the same settings files.

    Raises:
        SettingsError: none has that name, or it is wrong.
    """
    read: list[ConfigFile | None] = [None, None, *map(read_config, settings.config_paths)]
    return chosen_profile(replace(settings, profile=name), Files(read[-2], read[-1]))


def profile_with(settings: Settings, lines: Mapping[str, Any]) -> Profile:
    """
    Return the profile in force as it would be with further lines of its table, which go before what the table says.

    Raises:
        SettingsError: no file has the profile any more, or it is wrong.
    """
    read: list[ConfigFile | None] = [None, None, *map(read_config, settings.config_paths)]
    return chosen_profile(settings, Files(read[-2], read[-1]), lines)


def profile_names(settings: Settings) -> list[str]:
    """
    Return the names of the profiles that may be chosen, in the order of the settings files.

    Raises:
        SettingsError: a file cannot be read.
    """
    found = [name for file in map(read_config, settings.config_paths) for name in file.profile_names]
    return list(dict.fromkeys(found)) or [settings.profile]


def drops_named(settings: Settings) -> dict[str, Drop]:
    """
    Return the drops of the settings files by name, of a tenant its own; one of the current folder goes before one of the user's own file.

    Raises:
        SettingsError: one is wrong, or two lead to one folder.
    """
    from importer.settings.drop_tables import place_key  # noqa: PLC0415 - imports pydantic

    found: dict[str, Drop] = {}
    for file in map(read_config, settings.config_paths):
        mine = file.drops if settings.tenant is None else file.tenants.get(settings.tenant, {}).get("drops", ())
        found |= {name: file.drop(name) for name in file.drops if name in mine and name not in found}
    seen: dict[str, str] = {}
    for name, drop in found.items():
        other = seen.setdefault(place_key(drop.path), name)
        if other != name:
            raise SettingsError(
                f"The drops {other} and {name} lead to one place.", fix="Remove one of them from the settings file."
            )
    return found


def notify_of(settings: Settings) -> Notify | None:
    """
    Return who is told of passes over drops, by the first settings file that says it; None where none does.

    Raises:
        SettingsError: it is wrong, or others may read it.
    """
    files = (read_config(path, of_folder=path == settings.folder_config) for path in settings.config_paths)
    return next((found for file in files if (found := file.told()) is not None), None)


def notify_of_files(config: str | None) -> Notify | None:
    """
    Return who is told of passes where the settings as a whole may be wrong; see ``notify_of``. ``config``: the option.

    Raises:
        SettingsError: a settings file cannot be read, or its table is wrong.
    """
    files = find_config(config, os.environ, current_folder(), user_config_file()).read
    return next((found for file in files if (found := file.told()) is not None), None)


def chosen_profile(settings: Settings, files: Files, lines: Mapping[str, Any] | None = None) -> Profile:
    """
    Return the profile by its name; without a file's table of that name, ``default`` is made of defaults alone.

    ``lines``: what is said besides, as TOML has it; it goes before the table.

    A profile of the current folder goes before one of the same name in the user's own file. An ``action``, ``system`` or
    ``snapshot`` from an option or the environment goes before the profile's, one from a file's top after it.
    """
    name = settings.profile
    file = next((file for file in files.read if name in file.tables), None)
    if file is not None:
        whole = replace(file, tables={**file.tables, name: merged(file.tables[name], lines)}) if lines else file
        profile = whole.profile(name)
    elif name == SETTING["profile"].default and lines:
        whole = ConfigFile(Path(FILE_NAME), "", {}, {name: lines})
        profile = replace(whole.profile(name), declared=False)
    elif name == SETTING["profile"].default:
        profile = Profile(name=name)
    else:
        known = [profile for file in files.read for profile in file.profile_names]
        raise unknown_profile(name, known, files.read[0].path if files.read else None)
    goes_before = {
        name: value
        for name in ("action", "system", "snapshot", "snapshot_locations")
        if (value := getattr(settings, name)) and (_said_now(settings, name) or not getattr(profile, name))
    }
    return replace(profile, **goes_before)


def _said_now(settings: Settings, name: str) -> bool:
    return settings.origin(name).source in {Source.OPTION, Source.ENVIRONMENT}


def misspelt(environ: Mapping[str, str], tenants: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each environment variable that is nearly, but not quite, one of ours."""
    known = {setting.environment for setting in SETTINGS} | {CONFIG_VARIABLE, TOKEN_VARIABLE, PURGE_KEY_VARIABLE}
    known |= set(map(token_variable, tenants))
    strange = sorted(name for name in environ if name.startswith(ENVIRONMENT_PREFIX) and name not in known)
    near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.85) for name in strange}
    return tuple(
        f"The environment variable {name} has no effect. Did you mean {meant[0]}?"
        for name, meant in near.items()
        if meant
    )
