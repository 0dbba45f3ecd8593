"""The effective settings of one execution, each with its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.settings.default_ledger import default_ledger_url
from importer.settings.places import current_folder, without_password, without_user
from importer.settings.table import DEFAULT_BASE_URL, SETTING, SETTINGS
from importer.settings.token import TokenSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.words import Action
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
    files that were read, the one that goes before first. ``snapshot`` and ``snapshot_locations`` stand in the profile, too. The token is asked for by ``token()`` and stands nowhere.
    """

    base_url: str = DEFAULT_BASE_URL
    ledger_url: str = field(default_factory=str, repr=False)
    reports_dir: Path = field(default_factory=lambda: current_folder() / "reports")
    profile: str = "default"
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None
    sheet: str | None = None
    limit: int | None = None
    rows: tuple[RowRange, ...] = ()
    only: tuple[Action, ...] = ()
    action: str | None = None
    all_or_nothing: bool = False
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
    rehearse: bool = False
    new_ledger: bool = False
    same_account: bool = False
    yes: bool = False
    quiet: bool = False
    verbose: bool = False
    no_progress: bool = False
    log_path: Path | None = None
    config_paths: tuple[Path, ...] = ()
    token_source: TokenSource = field(default_factory=TokenSource, repr=False)
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.ledger_url:
            object.__setattr__(self, "ledger_url", default_ledger_url(self.base_url))

    def token(self) -> str:
        """Return the API token, read now. ``SettingsError``: none, or not usable; says what to do."""
        return self.token_source.read()

    def origin(self, name: str) -> Origin:
        """Return where a setting came from; what nobody said is a default."""
        return self.origins.get(name, Origin(Source.DEFAULT, ""))

    def plain(self, name: str) -> Any:
        """Return a setting as JSON may hold it: paths as text, passwords as ``***``."""
        if name == "token_file":
            return str(self.token_source.file) if self.token_source.file else None
        if name == "keyring":
            return self.token_source.keyring
        value = getattr(self, SETTING[name].field)
        if name == "ledger":
            return without_password(value)
        if name == "proxy":
            return without_user(value) if value else None
        if isinstance(value, tuple):
            return [str(part) for part in value]
        return str(value) if isinstance(value, Path) else value

    def as_dict(self) -> dict[str, Any]:
        """Return every setting by name as JSON may hold it; the token is not among them."""
        return {setting.name: self.plain(setting.name) for setting in SETTINGS}
