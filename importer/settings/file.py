"""
The file ``importer.toml``: found, opened, parsed, and checked, with messages that name the line.

Keys at the top are settings; each ``[profile.NAME]`` table is a profile, each ``[drop.NAME]`` table a drop, each ``[tenant.NAME]``
table a tenant; ``[notify]`` says who is told of passes over drops.

Only regular files are opened: opening a FIFO waits until somebody writes into it, and no signal handler of Python ends that
wait.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import stat
import time
import tomllib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, TypeVar

from importer.errors import SettingsError
from importer.settings.places import OF_BUCKETS, OF_FETCHED, OF_SERVERS, is_remote
from importer.settings.table import CONFIG_VARIABLE, SETTINGS, TOKEN_VARIABLE
from importer.settings.values import did_you_mean, quoted, toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from importer.model.drops import Drop, Notify
    from importer.model.profile import Profile
    from importer.settings.tenants.tenant_tables import Tenant


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | Path) -> IO[bytes]:
    """Open a regular file for reading. ``OSError``: it is none, or it cannot be opened; ``ValueError``: it is no path."""
    descriptor = os.open(path, _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file")


def read_regular(path: str | Path, most: int) -> bytes:
    """Return the bytes of a regular file. ``OSError``: it is none, is longer than ``most`` bytes, or cannot be read."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, "it is too long")
        return file.read(most)


Model = TypeVar("Model", bound="BaseModel")

_HEADER = re.compile(r"""\s*+\[{1,2}+\s*+((?:"[^"\n]{0,200}+"|'[^'\n]{0,200}+'|[^\]"'\n]){1,500}+)\]""")
_PART = re.compile(r"""(?:^|(?<=\.))\s*+("(?:[^"\\]|\\.)*+"|'[^']*+'|[^.\s]++)\s*+(?:\.|$)""")
_KEY = re.compile(r"""\s*+((?:"(?:[^"\\]|\\.)*+"|'[^']*+'|[A-Za-z0-9_.-]++)++)\s*+=""")
LONGEST_BYTES = 4 * 1024 * 1024
DEEPEST = 50
WHOLE_NUMBERS = range(-(2**63), 2**63)
"""What TOML promises to hold; a longer number is none of a setting, and Python does not even print a very long one."""

_VERY_LONG = re.compile(r"[0-9_]{4300}")
SETTLED_S = 2.0
"""A file that was written less than so many seconds ago may be written again without showing it by its times."""
# So is a link to a sheet, which is the right to read it.
UNSHOWN = (["link"], ["url"], ["database"], ["ledger"])
LINKS = frozenset({"link", "link_hosts"})
NOT_IN_FOLDER = frozenset({"reports", *OF_BUCKETS, *OF_SERVERS, *OF_FETCHED})
SECRETS = frozenset({"token", "api_token", "api_key", "apikey", "key", "secret", "bearer", "authorization"})


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What one ``importer.toml`` says. ``settings`` holds the top-level values as TOML gave them, already known.

    ``tables`` are its profiles, ``drops`` its drops, ``notify`` who is told of passes, ``tenants`` its tenants, each as TOML gave it.
    """

    path: Path
    text: str = field(repr=False)
    settings: Mapping[str, Any]
    tables: Mapping[str, Any]
    drops: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] | None = field(default=None, repr=False)
    tenants: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def where(self, *keys: str) -> str:
        """Return ``FILE, line N`` for a key, or the file alone when its line cannot be told."""
        line = line_of(self.text, keys)
        return f"{self.path}, line {line}" if line else str(self.path)

    @property
    def profile_names(self) -> list[str]:
        """The profiles' names in the file's order."""
        return list(self.tables)

    def profile(self, name: str) -> Profile:
        """Return a profile of the file. ``SettingsError``: no such table, or it is wrong; every fault is named."""
        from importer.settings.profiles import ProfileShape, profile_from  # noqa: PLC0415 - imports pydantic

        if name not in self.tables:
            raise unknown_profile(name, self.profile_names, self.path)
        return profile_from(name, validated(self, ("profile", name), self.tables[name], ProfileShape))

    def drop(self, name: str) -> Drop:
        """Return a drop of the file, its path meant from the file's folder. ``SettingsError``: its table is wrong."""
        from importer.settings.drop_tables import DropShape, drop_from  # noqa: PLC0415 - imports pydantic

        return drop_from(name, validated(self, ("drop", name), self.drops[name], DropShape), self.path.parent)

    def tenant(self, name: str) -> Tenant:
        """Return a tenant of the file, its paths meant from the file's folder. ``SettingsError``: its table or name is wrong."""
        from importer.settings.tenants.tenant_tables import TenantShape, tenant_from  # noqa: PLC0415 - imports pydantic

        shape = validated(self, ("tenant", name), self.tenants[name], TenantShape)
        try:
            return tenant_from(name, shape, self.path.parent)
        except ValueError as error:
            raise SettingsError(
                f'{self.where("tenant", name)}: "{quoted(name)}" cannot be the name of a tenant, expected {error}.',
                fix="Give it another name.",
            ) from None

    def told(self) -> Notify | None:
        """
        Return who is told of passes, None where the file does not say it.

        Raises:
            SettingsError: the table is wrong, or others may read the addresses, which hold passwords.
        """
        from importer.settings.drop_tables import NotifyShape, notify_from  # noqa: PLC0415 - imports pydantic

        if self.notify is None:
            return None
        found = notify_from(validated(self, ("notify",), self.notify, NotifyShape), self.path.parent)
        if found.urls and os.name == "posix" and self.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(
                f"{self.where('notify', 'urls')}: others can read these addresses, which may hold passwords.",
                fix=f"Run: chmod 600 {shlex.quote(str(self.path))}. Or name a file of your own as urls_file.",
            )
        return found


def merged(table: Mapping[str, Any], lines: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with lines put into it, tables within tables line by line."""
    found = dict(table)
    for name, value in lines.items():
        before = found.get(name)
        found[name] = merged(before, value) if isinstance(value, dict) and isinstance(before, dict) else value
    return found


def validated(file: ConfigFile, table: tuple[str, ...], content: Any, shape: type[Model]) -> Model:
    """Return a table as its shape. ``SettingsError``: it is wrong; every fault is named."""
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import, needed where a file is

    try:
        return shape.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        sentences = [sentence for _, sentence in sorted(table_fault(file, table, fault) for fault in faults)]
        raise SettingsError(
            "\n".join(sentences), fix="Correct the file; importer config check tells if it is right."
        ) from None


def read_config(path: Path, *, of_folder: bool = False) -> ConfigFile:
    """
    Return a file's content; one that has not changed since it was read is not read again.

    ``of_folder``: it is the file of the current folder, which nobody named: it may lie in a folder that came from
    somebody else, so it holds profiles, drops and guards only.

    Raises:
        SettingsError: unreadable, no regular file, not TOML, an unknown key, a secret in it, or a key that is not
            the folder's to say.
    """
    stamp = _stamp(path)
    kept = _READ.get((path, of_folder))
    if kept is not None and kept[0] == stamp:
        return kept[1]
    file = _read(path, of_folder=of_folder)
    if stamp is not None and time.time() - stamp[0] / 1e9 > SETTLED_S:
        _READ[path, of_folder] = (stamp, file)
    return file


_READ: dict[tuple[Path, bool], tuple[tuple[int, ...], ConfigFile]] = {}


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return what changes with a file's content, its times first (ns); None where there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return max(found.st_mtime_ns, found.st_ctime_ns), found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev


def _read(path: Path, *, of_folder: bool) -> ConfigFile:
    text, content = _parsed(path)
    tables, drops, tenants = (content.pop(name, {}) for name in ("profile", "drop", "tenant"))
    notify = content.pop("notify", None)
    file = ConfigFile(
        path,
        text,
        content,
        tables if isinstance(tables, dict) else {},
        drops if isinstance(drops, dict) else {},
        notify if isinstance(notify, dict) else None,
        tenants if isinstance(tenants, dict) else {},
    )
    for kind, named in (("profile", tables), ("drop", drops), ("tenant", tenants)):
        if not are_tables(named):
            also = '; to choose a profile, write default_profile = "NAME"' if kind == "profile" else ""
            raise SettingsError(
                f"{file.where(kind)}: {kind} wants a table.", fix=f"Write [{kind}.NAME] on a line of its own{also}."
            )
        if wrong := [name for name in named if not name.strip() or min(name) < " "]:
            raise SettingsError(
                f'{path}: "{quoted(wrong[0])}" cannot be the name of a {kind}.', fix="Give it a name on one line."
            )
    if notify is not None and file.notify is None:
        raise SettingsError(
            f"{file.where('notify')}: notify wants a table.", fix="Write [notify] on a line of its own."
        )
    for key in content:
        refuse_unknown(key, file)
    if of_folder:
        refuse_others_words(file)
    return file


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a settings file's text, and what it says as TOML. ``SettingsError``: it cannot be read, or is none."""
    try:
        text = read_regular(path, LONGEST_BYTES).decode("utf-8-sig")
        content = toml(text)
        refuse_endless(path, text, content)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", fix="Correct the path given for the settings file."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.", fix="Save it as UTF-8.") from None
    except RecursionError:
        raise SettingsError(
            f"{path}, line {deep_line(text)}: too many brackets within brackets.",
            fix="Settings need no more than a few.",
        ) from None
    except ValueError as error:
        if "digits" in str(error) and not isinstance(error, tomllib.TOMLDecodeError):
            at = next(number for number, line in enumerate(text.splitlines(), 1) if _VERY_LONG.search(line))
            raise _too_long(path, at) from None
        raise SettingsError(
            f"{path} is not a TOML file: {error}.", fix='Write lines such as: rate = 50, or zone = "America/New_York".'
        ) from None
    return text, content


def are_tables(content: Any) -> bool:
    """Whether what stands under a name is a table of tables."""
    return isinstance(content, dict) and all(isinstance(table, dict) for table in content.values())


def refuse_endless(path: Path, text: str, content: dict[str, Any]) -> None:
    """Raise ``RecursionError`` for tables too deep to walk through, and ``SettingsError`` for a number too long to be shown."""
    level: list[tuple[tuple[str, ...], Any]] = [((), content)]
    for _ in range(DEEPEST):
        within = ((keys, one.items() if isinstance(one, dict) else enumerate(one)) for keys, one in level)
        parts = [((*keys, str(key)), part) for keys, those in within for key, part in those]
        for keys, part in parts:
            if isinstance(part, int) and part not in WHOLE_NUMBERS:
                raise _too_long(path, line_of(text, keys) or 1)
        level = [(keys, part) for keys, part in parts if isinstance(part, dict | list)]
        if not level:
            return
    raise RecursionError


def _too_long(path: Path, line: int) -> SettingsError:
    return SettingsError(f"{path}, line {line}: a number is too long.", fix="No setting needs more than 18 digits.")


def deep_line(text: str) -> int:
    """Return the line on which brackets or dotted keys are nested too deeply, as far as counting tells."""
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        depth += line.count("[") + line.count("{") - line.count("]") - line.count("}")
        if depth > DEEPEST or max(line.count("["), line.count("{"), line.partition("=")[0].count(".")) > DEEPEST:
            return number
    return 1


def refuse_others_words(file: ConfigFile) -> None:
    """Raise ``SettingsError`` for a setting that the file of the current folder may not say."""
    theirs = {setting.file_key for setting in SETTINGS if setting.in_folder}
    tables = [name for name, table in (("notify", file.notify), ("tenant", file.tenants or None)) if table is not None]
    for name in (*file.settings, *tables):
        if name not in theirs:
            raise SettingsError(
                f"{file.where(name)}: {name} is not taken from the settings file of the current folder, which may hold "
                "profiles, drops and guards only.",
                fix=f"Name the file if its settings are meant: --config {shlex.quote(str(file.path))} "
                f"(or {CONFIG_VARIABLE}). Or say {name} by option, environment, or in your own settings file.",
            )
    for name, profile in file.tables.items():
        if away := [key for key in profile if key in LINKS]:
            raise SettingsError(
                f"{file.where('profile', name, away[0])}: profile {name}: {away[0]} is not taken from the settings file of the "
                "current folder, for it says which server is asked.",
                fix=f"Name the file if its settings are meant: --config {shlex.quote(str(file.path))} "
                f"(or {CONFIG_VARIABLE}). Or put the profile into your own settings file.",
            )
    for name, drop in file.drops.items():
        away = [key for key in drop if key in NOT_IN_FOLDER or (key == "path" and is_remote(str(drop[key])))]
        if away:
            raise SettingsError(
                f"{file.where('drop', name, away[0])}: drop {name}: {away[0]} is not taken from the settings file of the "
                "current folder, for it says which server is asked, or where reports go.",
                fix=f"Name the file if its settings are meant: --config {shlex.quote(str(file.path))} "
                f"(or {CONFIG_VARIABLE}). Or put the drop into your own settings file.",
            )


def refuse_unknown(name: str, file: ConfigFile) -> None:
    """Raise ``SettingsError`` for a top-level key that is no setting; a secret is refused without being shown."""
    known = {setting.file_key for setting in SETTINGS if not setting.once}
    if name.casefold() in SECRETS:
        raise SettingsError(
            f"{file.where(name)}: {name}: the API token must not stand in the settings file.",
            fix=f"Take it out and put it into the environment variable {TOKEN_VARIABLE}, or into a file named by token_file.",
        )
    if name not in known:
        raise SettingsError(
            f'{file.where(name)}: "{name}" is not a setting.{did_you_mean(name, [*known, "profile", "drop", "notify", "tenant"])}',
            fix="Correct or remove the line; importer config show lists the settings.",
        )


def unknown_profile(name: str, known: Sequence[str], path: Path | None) -> SettingsError:
    """Return the error for a profile that does not exist."""
    has = f"{path} has: {', '.join(known)}." if known else f"{path or 'importer.toml'} has no profiles."
    return SettingsError(
        f'There is no profile "{name}".{did_you_mean(name, known)} {has}',
        fix=f"Name one of them, or add a table [profile.{name}].",
    )


def table_fault(file: ConfigFile, table: tuple[str, ...], fault: ErrorDetails) -> tuple[int, str]:
    """Return one fault of a table: its line, 0 if that cannot be told, and a sentence with its place."""
    keys = [str(part) for part in fault["loc"] if part != "[key]"]
    line = line_of(file.text, (*table, *keys)) or 0
    place = f"{file.where(*table, *keys)}: {' '.join('.'.join(keys).split()) or table[-1]}"
    if fault["type"] == "extra_forbidden":
        near = did_you_mean(keys[-1], known_keys(table[0], keys))
        return line, f'{place}: there is no "{quoted(keys[-1])}" here.{near}'
    # An address of somebody to tell holds a password or key anywhere in it.
    what = "what stands there" if table[0] == "notify" or keys[-1:] in UNSHOWN else shown(fault["input"])
    sentence = f"{place}: {what} is not right, expected {expected(fault)}"
    return line, sentence if sentence.endswith("?") else sentence + "."


def known_keys(kind: str, keys: Sequence[str]) -> list[str]:
    """Return the keys that the table around the last of these keys may have. ``kind``: profile, drop, tenant or notify."""
    from importer.settings.drop_tables import (  # noqa: PLC0415 - imports pydantic
        DigestShape,
        DropShape,
        ExpectedShape,
        NotifyShape,
    )
    from importer.settings.profiles import (  # noqa: PLC0415 - imports pydantic
        EventTypeShape,
        LocationShape,
        ProfileShape,
    )
    from importer.settings.tenants.tenant_tables import TenantShape  # noqa: PLC0415 - imports pydantic

    if kind == "tenant":
        return list(TenantShape.model_fields)
    if kind == "notify":
        return list(NotifyShape.model_fields if len(keys) == 1 else DigestShape.model_fields)
    if kind == "drop":
        return list(DropShape.model_fields if len(keys) == 1 else ExpectedShape.model_fields)
    if len(keys) == 1:
        return list(ProfileShape.model_fields)
    return list(LocationShape.model_fields if keys[0] == "locations" else EventTypeShape.model_fields)


def expected(fault: ErrorDetails) -> str:
    """Return what a faulty value should have been, in words."""
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    limits = fault.get("ctx", {})
    words = {
        "greater_than_equal": f"{limits.get('ge')} or more",
        "less_than_equal": f"{limits.get('le')} or less",
        "string_type": "a text in quotes",
        "bool_type": "true or false",
        "int_type": "a whole number",
        "dict_type": "a table",
        "model_type": "a table",
        "list_type": 'a list such as ["eventLocation"]',
        "missing": "a value for it",
        "string_too_short": "a text that is not blank",
        "string_pattern_mismatch": "a text without blanks in it",
    }
    return words.get(fault["type"]) or fault["msg"].removeprefix("Input should be ").rstrip(".")


def shown(value: Any) -> str:
    """Return a value of the settings file as it may be quoted: short, on one line."""
    value = quoted(value) if isinstance(value, str) and ("://" in value or not value.isprintable()) else value
    text = f'"{value}"' if isinstance(value, str) else type(value).__name__ if isinstance(value, dict) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """
    Return the line (from 1) on which the last of the keys is set, or the nearest key or table around it.

    Reads headers and keys at the start of lines, which is how people write TOML; it never fails, it only may not know.
    """
    best: tuple[int, int] | None = None
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = parts_of(header[1])
            here = table
        elif key := _KEY.match(line):
            here = table + parts_of(key[1])
        else:
            continue
        depth = min(len(here), len(keys))
        if here[:depth] == tuple(keys[:depth]) and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def parts_of(dotted: str) -> tuple[str, ...]:
    """Return the parts of a TOML key: ``profile."Main St".zone``."""
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
