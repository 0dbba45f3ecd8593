"""
The shapes of the tables ``[drop.NAME]`` and ``[notify]``, the ``Drop`` and the ``Notify`` that they make, and where a drop lies.

The address of a drop is a text of the settings or the command line: a folder, ``s3://BUCKET/PREFIX`` or
``sftp://USER@HOST/PATH``. Whatever stands after the bucket or the host is taken as it is: names are data there, and nothing
in them is decoded. No password stands in an address, because addresses are shown and written down.
"""

from __future__ import annotations

import os
import re
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from importer.model.drops import (
    KINDS,
    SSH_PORT,
    Bucket,
    Drop,
    Expected,
    FetchedSource,
    Kind,
    Notify,
    OnSuccess,
    Order,
    SftpFolder,
    Take,
)
from importer.settings.places import (
    OF_BUCKETS,
    OF_FETCHED,
    OF_SERVERS,
    SCHEME,
    is_remote,
    resolved_database,
    resolved_path,
    shown_link,
    without_password,
)
from importer.settings.profiles import ClockTime, Shape, Zone, clock
from importer.settings.values import base_url, host_name, sheet_link, web_address
from importer.settings.values import database as database_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.drops import Location

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MEGABYTE: Final = 1_000_000
MOST_REMOTE_BYTES: Final = 500 * MEGABYTE
MOST_LINKED_BYTES: Final = 50 * MEGABYTE
OF_NO_FOLDER: Final[dict[str, Any]] = {"settle_s": 0.0, "on_success": "leave", "take": "newest"}
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::([0-9]{1,5}))?")
_WANTED: Final = "the path of a folder, s3://BUCKET/PREFIX or sftp://USER@HOST/PATH"
_BELOW = re.compile(r"(?!\.{1,2}(?:/|$))[^/\x00-\x1f]{1,200}(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f]{1,200}){0,9}")


def a_location(text: str) -> str:
    """Return the path of a folder, or an address. ``ValueError``: it is the address of something else."""
    location(text, Path())
    return text


def folder_below(text: str) -> str:
    """Return the folder for settled files. ``ValueError``: it would be the drop itself."""
    if text.strip() in {".", "./", "..", "../", "/"}:
        raise ValueError("a folder of its own, such as done")
    return text


def day(text: str) -> str:
    """Return a day of the week by its first three letters."""
    short = text.strip().casefold()[:3]
    if short not in DAYS:
        raise ValueError(f"days of {', '.join(DAYS)}")
    return short


def iso_day(value: Any) -> str:
    """Return a day as text; TOML knows days by itself."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError('days such as "2026-12-25"') from None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^\S+$")]
Folder = Annotated[Text, AfterValidator(folder_below)]


class ExpectedShape(Shape):
    """``expected = { days = ["mon", "thu"], by = "06:00", zone = "America/New_York", holidays = ["2026-12-25"] }``."""

    days: list[Annotated[str, AfterValidator(day)]] = Field(default_factory=lambda: list(DAYS))
    by: ClockTime
    zone: Zone
    holidays: list[Annotated[Any, AfterValidator(iso_day)]] = Field(default_factory=list)


class DropShape(Shape):
    """The keys of ``Drop``, but for its name; defaults are Drop's own."""

    path: Annotated[Text, AfterValidator(a_location)] | None = None
    url: Annotated[str, AfterValidator(sheet_link)] | None = None
    link_hosts: list[Annotated[str, AfterValidator(host_name)]] | None = None
    query_file: Text | None = None
    database: Annotated[str, AfterValidator(database_address)] | None = None
    key_column: Text | None = None
    reports: Annotated[Text, AfterValidator(a_location)] | None = None
    profile: Text | None = None
    pattern: Text | None = None
    take: Take | None = None
    order: Order | None = None
    settle_s: Annotated[float, Field(ge=0, le=86_400, strict=False)] | None = None
    done: Folder | None = None
    refused: Folder | None = None
    on_success: OnSuccess | None = None
    expected: ExpectedShape | None = None
    max_mb: Annotated[float, Field(gt=0, le=4_000, strict=False)] | None = None
    endpoint: Annotated[str, AfterValidator(base_url)] | None = None
    region: Word | None = None
    aws_profile: Word | None = None
    known_hosts: Text | None = None
    key_file: Text | None = None
    password_file: Text | None = None

    @field_validator("done", "refused")
    @classmethod
    def below(cls, text: str | None, info: ValidationInfo) -> str | None:
        """Refuse a folder that is not below the drop, where the drop lies on a server: it would lead to others' files."""
        if text and is_remote(info.data.get("path") or "") and not _BELOW.fullmatch(text):
            raise ValueError("a folder below the drop, such as done")
        return text

    @field_validator(*OF_BUCKETS, *OF_SERVERS)
    @classmethod
    def of_its_kind(cls, text: str | None, info: ValidationInfo) -> str | None:
        """Refuse a key that is about another kind of place than the table names."""
        kind = "s3://" if info.field_name in OF_BUCKETS else "sftp://"
        named = [str(info.data.get(key) or "").lower() for key in ("path", "reports")]
        if text is not None and not any(each.startswith(kind) for each in named):
            raise ValueError(f"it only where path or reports begins with {kind}")
        return text

    @field_validator("link_hosts", "database", "key_column")
    @classmethod
    def of_what_is_fetched(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a key about a link or a query where the table names none."""
        of = "url" if info.field_name == "link_hosts" else "query_file"
        if value is not None and not info.data.get(of):
            raise ValueError(f"it only beside {of}")
        return value

    @model_validator(mode="after")
    def has_one_place(self) -> DropShape:
        """Refuse a drop with no place or several, and what is said of files that lie in a folder where none do."""
        if sum(each is not None for each in (self.path, self.url, self.query_file)) != 1:
            raise ValueError("one of path, url and query_file")
        if self.path is None and (needless := sorted(OF_FILES & self.model_fields_set)):
            raise ValueError(f"no {needless[0]}: nothing lies there that could be chosen or moved")
        return self


OF_FILES = frozenset({"pattern", "take", "order", "settle_s", "done", "refused", "on_success"})
"""Keys about files that lie in a folder."""

MEANINGS_OF_KEYS = {
    "path": "The folder, from the settings file on; or `s3://BUCKET/PREFIX`, or `sftp://USER@HOST/PATH` (`/~/` is the user's home)",
    "url": "Instead of `path`: a published CSV or XLSX, `https://`, fetched in each pass; the same content is processed once. Nothing is moved",
    "link_hosts": "`url`: other hosts to which it may redirect, such as `*.googleusercontent.com`",
    "query_file": "Instead of `path`: a file with one SELECT, carried out in each pass; the same content is processed once",
    "database": "`query_file`: the database, as for `--query-file`; default: the setting `database` (`IMPORTER_DATABASE`)",
    "key_column": "`query_file`: its column that holds the appointment number; default: the one that is headed so",
    "reports": "Where each file's report goes: a folder or such an address; default: beside the file that was put away",
    "profile": "The profile to read its files with; default: the profile in force",
    "pattern": "Names of the files that are meant, with `*` and `?`; hidden files, `.part`, `.tmp` and `~$` never are",
    "take": "`all` files, or only the `newest` of several full exports: older ones are not sent",
    "order": "Files go by `name`, in which digits count as numbers, or by `time`",
    "settle_s": "Seconds for which a file must have been left alone before it is taken; 0 in a bucket, where files appear whole",
    "done": "Folder for files that are done, from the drop on",
    "refused": "Folder for files that are refused",
    "on_success": "`move` files that are done, or `leave` them; the same file is never sent twice",
    "expected": "When a file is due: `days`, `by` (a time of day), `zone`, `holidays`; a missing one is exit 12",
    "max_mb": "A larger file is left where it is; default 500 on a server, 4,000 in a folder",
    "endpoint": "`s3://`: the server, `https://`; default: `AWS_ENDPOINT_URL`, else Amazon's",
    "region": "`s3://`: the bucket's region; default: the one of AWS's own settings",
    "aws_profile": "`s3://`: whose credentials, by the name in AWS's own files; default: environment, then those files",
    "known_hosts": "`sftp://`: the file with the server's key; default: `~/.ssh/known_hosts`",
    "key_file": "`sftp://`: your private key, a file that only you can read; default: those in `~/.ssh`, and the agent's",
    "password_file": "`sftp://`: a file that holds the password and that only you can read",
}


def default_of(key: str) -> str:
    """Return a key's default as Markdown, "" where there is none."""
    default = {field.name: field.default for field in fields(Drop)}.get(key)
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if isinstance(default, str) else ""


def drop_from(name: str, shape: DropShape, base: Path) -> Drop:
    """Return the drop; what the table does not say keeps the default of ``Drop``. ``base``: the settings file's folder."""
    given: dict[str, Any] = {
        key: getattr(shape, key) for key in DropShape.model_fields if key in shape.model_fields_set
    }
    keys: dict[str, str] = {key: given.pop(key) for key in (*OF_BUCKETS, *OF_SERVERS) if key in given}
    source: dict[str, Any] = {key: given.pop(key) for key in OF_FETCHED if key in given}
    given["path"] = place = (
        fetched_from(source, base) if shape.path is None else completed(location(shape.path, base), keys, base)
    )
    if shape.reports is not None:
        given["reports"] = completed(location(shape.reports, base), keys, base)
    if shape.expected is not None:
        given["expected"] = expected_from(shape.expected)
    if (most := given.pop("max_mb", None)) is not None:
        given["max_bytes"] = int(most * MEGABYTE)
    return Drop(name=name, **defaults_of(place) | given)


def fetched_from(keys: dict[str, Any], base: Path) -> FetchedSource:
    """Return what a drop fetches."""
    if (link := keys.get("url")) is not None:
        return FetchedSource(shown_link(link), link=link, link_hosts=tuple(keys.get("link_hosts") or ()))
    file = resolved_path(keys["query_file"], base)
    address = resolved_database(keys["database"], base) if keys.get("database") else None
    where = f" of {without_password(address)}" if address else ""
    return FetchedSource(f"{file}{where}", query_file=file, database=address, key_column=keys.get("key_column"))


def expected_from(shape: ExpectedShape) -> Expected:
    """Return when a file is due."""
    return Expected(
        days=frozenset(DAYS.index(each) for each in shape.days),
        by=clock(shape.by),
        zone=shape.zone,
        holidays=frozenset(date.fromisoformat(each) for each in shape.holidays),
    )


_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S{1,2000}")


def target(text: str) -> str:
    """Return the address of somebody to tell. ``ValueError``: it is none."""
    if not _TARGET.fullmatch(text.strip()):
        raise ValueError("an address as apprise reads it, such as mailtos://USER:PASSWORD@HOST?to=DESK@CLINIC.EXAMPLE")
    return text.strip()


class DigestShape(Shape):
    """``digest = { at = "18:00", zone = "America/New_York" }``."""

    at: ClockTime
    zone: Zone


class NotifyShape(Shape):
    """The keys of ``Notify``."""

    urls: list[Annotated[str, AfterValidator(target)]] = Field(default_factory=list)
    urls_file: str | None = None
    on: list[Kind] | Literal["always"] = Field(default_factory=lambda: list(KINDS))
    digest: DigestShape | None = None
    private: bool = False
    heartbeat: str | None = None

    @field_validator("heartbeat")
    @classmethod
    def a_web_address(cls, text: str | None) -> str | None:
        """Refuse what is no address to ask for."""
        return None if text is None else web_address(text)

    @model_validator(mode="after")
    def is_private_enough(self) -> NotifyShape:
        """Refuse a heartbeat that would travel in the open to another network."""
        if self.heartbeat and self.heartbeat.startswith("http:") and not self.private:
            raise ValueError("heartbeat to begin with https://, or private = true for a server of your own network")
        return self


MEANINGS_OF_NOTIFY = {
    "urls": "Whom to tell, as [apprise](https://github.com/caronc/apprise/wiki) writes it: `mailtos://`, `slack://`, `workflows://` and the rest",
    "urls_file": "A file with such addresses, one a line, that only you can read",
    "on": 'States that are told: `failure`, `held`, `unknown`, `missing`; or `"always"`, what every pass came to as well',
    "digest": "Once a day from `at` on, in `zone`: what the day brought, and what stands",
    "heartbeat": "An address that is asked for after every good pass, so that its absence shows a job that did not run",
    "private": "Let addresses lie in your own network; else they are refused",
}


def notify_from(shape: NotifyShape, base: Path) -> Notify:
    """Return what the table says. ``base``: the settings file's folder."""
    return Notify(
        urls=tuple(shape.urls),
        urls_file=None if shape.urls_file is None else resolved_path(shape.urls_file, base),
        on=frozenset(KINDS if shape.on == "always" else shape.on),
        always=shape.on == "always",
        digest_at=clock(shape.digest.at) if shape.digest else None,
        zone=shape.digest.zone if shape.digest else "UTC",
        heartbeat=shape.heartbeat,
        private=shape.private,
    )


def location(text: str, base: Path) -> Location:
    """
    Return where a text leads to; a path is meant from ``base``.

    Raises:
        ValueError: it is no place for a drop; the text says what was expected.
    """
    found = SCHEME.match(text)
    if found is None:
        return resolved_path(text, base)
    if not text.isprintable():
        raise ValueError(_WANTED)
    kind, rest = found[1].lower(), text[found.end() :]
    if kind == "s3":
        return _bucket(rest)
    if kind == "sftp":
        return _server(rest)
    raise ValueError(_WANTED)


def _bucket(rest: str) -> Bucket:
    name, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(name):
        raise ValueError(
            "s3://BUCKET/PREFIX with the name of a bucket; credentials stand in the environment or in AWS's own files"
        )
    return Bucket(name, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def _server(rest: str) -> SftpFolder:
    where, _, path = rest.partition("/")
    who, at, host = where.rpartition("@")
    if ":" in who:
        raise ValueError("sftp://USER@HOST/PATH without a password; name a file that holds it as password_file")
    found = _HOST.fullmatch(host)
    port = int(found[3] or SSH_PORT) if found else 0
    if found is None or not 0 < port < 65_536 or (at and not who):
        raise ValueError("sftp://USER@HOST/PATH with the name of a server")
    path = path.removeprefix("~/") if path.startswith("~/") else "" if path == "~" else f"/{path}"
    return SftpFolder(found[1] or found[2], path if path == "/" else path.rstrip("/"), who or None, port)


def completed(place: Location, keys: Mapping[str, str], base: Path) -> Location:
    """Return a place with what other keys of its table say of it; those about another kind of place are passed over."""
    if isinstance(place, Bucket):
        return replace(place, **{name: keys[name] for name in OF_BUCKETS if name in keys})
    if isinstance(place, SftpFolder):
        paths: dict[str, Any] = {name: resolved_path(keys[name], base) for name in OF_SERVERS if name in keys}
        return replace(place, **paths)
    return place


def place_key(place: Location) -> str:
    """Return what is the same for two ways to write one place."""
    if isinstance(place, Bucket):
        return f"{place} {place.endpoint or ''}"
    if isinstance(place, FetchedSource):
        # Two links to one host are shown alike.
        return f"{place} {place.link or place.query_file}"
    return str(place) if isinstance(place, SftpFolder) else os.path.realpath(place)


def defaults_of(place: Location) -> dict[str, Any]:
    """Return what a drop has in another kind of place than a folder, where nobody says otherwise."""
    if isinstance(place, Path):
        return {}
    size: dict[str, Any] = {"max_bytes": MOST_REMOTE_BYTES}
    if isinstance(place, FetchedSource):
        # Each time it holds everything there is, under one name, and nothing in it can be moved.
        return {"max_bytes": MOST_LINKED_BYTES if place.link else MOST_REMOTE_BYTES, **OF_NO_FOLDER}
    return {**size, "settle_s": 0.0} if isinstance(place, Bucket) else size
