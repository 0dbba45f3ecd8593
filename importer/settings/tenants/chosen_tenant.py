"""
Which tenant a command is about, and what keeps a tenant from being served.

Two tenants never share a ledger, a token, a drop or the place of one: what one was told would count as the other's. Where two do, both
are refused, and the others go on.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from importer.errors import SettingsError
from importer.settings.file import read_config
from importer.settings.table import TOKEN_VARIABLE
from importer.settings.token import Secret, TokenSource
from importer.settings.values import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.settings.effective import Settings
    from importer.settings.file import ConfigFile
    from importer.settings.tenants.tenant_tables import Tenant

OWN: Final = ("ledger", "token_file", "keyring")
"""What is a tenant's alone: no option, no environment variable and no line outside its table says it."""

_NO_SCHEMA: Final = "public"


@dataclass(frozen=True, slots=True)
class Tenants:
    """
    The tenants of a settings file. ``known``: those whose tables can be read; ``faults``: why a tenant is not served.

    ``ownerless``: drops that belong to no tenant.
    """

    file: ConfigFile
    known: Mapping[str, Tenant]
    faults: Mapping[str, SettingsError]
    ownerless: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """All names, in the file's order."""
        return list(self.file.tenants)

    def one(self, name: str) -> Tenant:
        """Return a tenant that can be served. ``SettingsError``: it cannot, or there is none of this name."""
        if name in self.faults:
            raise self.faults[name]
        if name not in self.known:
            raise unknown_tenant(name, self.names)
        return self.known[name]

    def of_drop(self, drop: str) -> str | None:
        """Return the tenant of a drop, the first where several claim it, None for a drop of nobody."""
        return next((name for name, tenant in self.known.items() if drop in tenant.drops), None)

    def of_profile(self, profile: str) -> list[str]:
        """Return the tenants that name a profile."""
        return [name for name, tenant in self.known.items() if profile in tenant.profiles]


def unknown_tenant(name: str, known: Sequence[str]) -> SettingsError:
    """Return the error for a tenant that does not exist."""
    return SettingsError(
        f'There is no tenant "{name}".{did_you_mean(name, known)}',
        fix=f"Name one of: {', '.join(known)}." if known else "The settings have no table [tenant.NAME].",
    )


def none_is_named(names: Sequence[str]) -> SettingsError:
    """Return the error for a command that has to know its tenant and does not."""
    return SettingsError(
        f"The settings have {len(names)} tenants, and none is named: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}.",
        fix="Name one: --tenant NAME.",
    )


def tenants_of(file: ConfigFile, environ: Mapping[str, str]) -> Tenants:
    """Return the tenants of a settings file, with what keeps each from being served."""
    known: dict[str, Tenant] = {}
    faults: dict[str, SettingsError] = {}
    for name in file.tenants:
        try:
            known[name] = file.tenant(name)
        except SettingsError as error:
            faults[name] = error
    for name, fault in _conflicts(file, known, environ):
        faults.setdefault(name, fault)
    # The drops of a table in which something else is wrong are not nobody's.
    owned = {drop for name in file.tenants for drop in drops_said(file, name)}
    return Tenants(file, known, faults, tuple(drop for drop in file.drops if drop not in owned))


def drops_said(file: ConfigFile, name: str) -> Sequence[str]:
    """Return what a tenant's table says of its drops, also where something else in it is wrong."""
    said = file.tenants[name].get("drops", [])
    return [drop for drop in said if isinstance(drop, str)] if isinstance(said, list) else []


def _conflicts(
    file: ConfigFile, known: Mapping[str, Tenant], environ: Mapping[str, str]
) -> Iterator[tuple[str, SettingsError]]:
    yield from _shared(file, known, "ledger", {name: ledger_keys(tenant.ledger) for name, tenant in known.items()})
    tokens = {name: _token_keys(token_source(tenant, environ)) for name, tenant in known.items()}
    yield from _shared(file, known, "token", tokens)
    drops = {name: tuple(f'drop "{drop}"' for drop in tenant.drops) for name, tenant in known.items()}
    yield from _shared(file, known, "drops", drops)
    yield from _shared(file, known, "place", {name: _places(file, tenant) for name, tenant in known.items()})
    yield from _missing(file, known)


def _places(file: ConfigFile, tenant: Tenant) -> list[str]:
    """Return where a tenant's drops lie, whatever they are called; of one that is wrong nothing is taken."""
    from importer.settings.drop_tables import place_key  # noqa: PLC0415 - imports pydantic

    found: list[str] = []
    for drop in tenant.drops:
        with suppress(SettingsError):
            found += [place_key(file.drop(drop).path)] if drop in file.drops else []
    return found


def _missing(file: ConfigFile, known: Mapping[str, Tenant]) -> Iterator[tuple[str, SettingsError]]:
    for name, tenant in known.items():
        for key, mine, there in (("drops", tenant.drops, file.drops), ("profiles", tenant.profiles, file.tables)):
            for each in mine:
                if each not in there:
                    yield (
                        name,
                        SettingsError(
                            f'{file.where("tenant", name, key)}: there is no {key[:-1]} "{each}".{did_you_mean(each, list(there))}',
                            fix=f"Correct it, or add a table [{key[:-1]}.{each}].",
                        ),
                    )
        for drop in tenant.drops:
            profile = file.drops.get(drop, {}).get("profile")
            if profile and tenant.profiles and profile not in tenant.profiles:
                yield (
                    name,
                    SettingsError(
                        f'{file.where("drop", drop, "profile")}: the profile "{profile}" is none of tenant {name}.',
                        fix=f"Add it to profiles in [tenant.{name}], or name one of: {', '.join(tenant.profiles)}.",
                    ),
                )


def _shared(
    file: ConfigFile, known: Mapping[str, Tenant], what: str, keys: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, SettingsError]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for name in known:
        for key in dict.fromkeys(keys[name]):
            holders[key].append(name)
    for key, names in holders.items():
        if len(names) < 2:
            continue
        for name in names:
            others = ", ".join(other for other in names if other != name)
            line = {"ledger": "ledger", "token": "token_file"}.get(what, "drops")
            thing = {"ledger": "ledger", "token": "API token", "place": "place of a drop"}.get(what, key)
            yield (
                name,
                SettingsError(
                    f"{file.where('tenant', name, line)}: tenant {name} has the same {thing} as {others}. Nothing is sent for them.",
                    fix="Give each tenant its own.",
                ),
            )


def ledger_keys(url: str) -> tuple[str, ...]:
    """Return texts of which two URLs of one ledger have one in common: a file's real path and its inode, or a schema of a database."""
    address, _, query = url.partition("?")
    if address.startswith("sqlite"):
        path = os.path.realpath(address.partition(":///")[2])
        try:
            found = Path(path).stat()
        except OSError:
            return (path,)
        return (path, f"inode {found.st_dev} {found.st_ino}")
    parts, words = urlsplit(address), parse_qs(query)
    options = " ".join(words.get("options", [])).replace("-c ", "-c")
    schemas = [each.partition("=")[2] for each in options.split() if each.startswith("-csearch_path=")]
    host = words.get("host", words.get("hostaddr", [parts.hostname or ""]))[-1]
    port = parts.port or int(words.get("port", ["5432"])[-1] or 5432)
    schema = (schemas[-1] if schemas else _NO_SCHEMA).partition(",")[0].strip('"')
    host = "localhost" if host in {"", "127.0.0.1", "::1"} or host.startswith("/") else host.casefold()
    return (f"{host}:{port}{parts.path} {schema}",)


def _token_keys(source: TokenSource) -> tuple[str, ...]:
    """Return a hash of the token; none where it cannot be read, which is told when it is needed, or is in a keyring of its own."""
    if source.keyring and source.environment is None and source.file is None:
        return ()
    try:
        return (hashlib.sha256(source.read().encode()).hexdigest(),)
    except SettingsError:
        return ()


def token_variable(name: str) -> str:
    """Return the environment variable with a tenant's token."""
    return f"{TOKEN_VARIABLE}_{name.upper().replace('-', '_')}"


def token_source(tenant: Tenant, environ: Mapping[str, str]) -> TokenSource:
    """Return where a tenant's token is: in its own variable, its own file, or under its own name in the keyring."""
    variable = token_variable(tenant.name)
    text = environ.get(variable, "")
    return TokenSource(
        Secret(text) if text.strip() else None,
        tenant.token_file,
        tenant.keyring,
        variable=variable,
        user=f"token {tenant.name}",
    )


def chosen_name(tenants: Tenants, settings: Settings, *, needs: bool) -> str | None:
    """
    Return the tenant that a command is about: the one named, the one of the profile that is named, or the only one.

    None where that leaves several, and none ``needs`` to be named.

    Raises:
        SettingsError: one has to be named.
    """
    if settings.tenant is not None:
        return settings.tenant
    is_named = settings.origin("profile").source.value in {"option", "environment"}
    owners = tenants.of_profile(settings.profile) if is_named else []
    if len(owners) == 1:
        return owners[0]
    if len(tenants.names) > 1 and needs:
        raise none_is_named(tenants.names)
    return tenants.names[0] if len(tenants.names) == 1 else None


def refuse_words_for_all(settings: Settings, environ: Mapping[str, str], tenant: Tenant) -> None:
    """Raise ``SettingsError`` for an option or variable that would give every tenant one ledger or one token."""
    origins = [settings.origin(name) for name in OWN]
    said = [origin.where for origin in origins if origin.source.value in {"option", "environment"}]
    said += [TOKEN_VARIABLE] if environ.get(TOKEN_VARIABLE, "").strip() else []
    if said:
        raise SettingsError(
            f"{said[0]} is not taken for tenant {tenant.name}: each tenant has a ledger and a token of its own.",
            fix=f"Leave it out; [tenant.{tenant.name}] says its ledger, and token_file or {token_variable(tenant.name)} its token.",
        )


def tenants_in(settings: Settings, environ: Mapping[str, str] = os.environ) -> Tenants:
    """
    Return the tenants of the settings files, and why those that cannot be served are not.

    Raises:
        SettingsError: a file cannot be read, or none has tenants.
    """
    for path in settings.config_paths:
        file = read_config(path, of_folder=path == settings.folder_config)
        if file.tenants:
            return tenants_of(file, environ)
    raise unknown_tenant(settings.tenant or "", ())


def refuse_profile(tenant: Tenant, profile: str) -> None:
    """Raise ``SettingsError`` for a profile that is not among the tenant's."""
    if tenant.profiles and profile not in tenant.profiles:
        raise SettingsError(
            f'The profile "{profile}" is none of tenant {tenant.name}.',
            fix=f"Name one of: {', '.join(tenant.profiles)}.",
        )
