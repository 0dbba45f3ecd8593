"""Which source a command is about where it is no file: the query or the link that its words and the settings name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from importer.commands.job import is_fetched
from importer.errors import UsageError
from importer.fetching.private_files import plain_name
from importer.problems.kinds import quoted
from importer.settings import Source
from importer.settings.places import resolved_database, shown_link, without_password
from importer.settings.values import database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.job import Job

MASK: Final = "***"
MOST_BYTES: Final = 50_000_000
"""So large the sheet behind a link may be, as an upload may."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link: ``address``, whole; ``hosts``: others to which it may redirect, ``*.example.com`` for all below one."""

    address: str
    hosts: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        return shown_link(self.address)

    @property
    def name(self) -> str:
        """What reports call the sheet."""
        parts = urlsplit(self.address)
        last = unquote(parts.path.rstrip("/").rpartition("/")[2])
        return plain_name(f"{parts.hostname} {last}", "link")

    def may_lead_to(self, host: str) -> bool:
        """Whether the link may redirect to a host."""
        known = [str(urlsplit(self.address).hostname), *(each.casefold() for each in self.hosts)]
        return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in known)


@dataclass(frozen=True, slots=True)
class Query:
    """A query: ``address`` of the database, whole; ``shown``: without its password; ``file``: where the query stands."""

    address: str
    shown: str
    file: Path

    @property
    def name(self) -> str:
        """What reports call its rows."""
        return plain_name(self.file.name, "query")


def wanted(job: Job, words: Sequence[str]) -> Query | Link | None:
    """
    Return the query or the link that a command is about, None where it is about files.

    Raises:
        UsageError: the words and the settings do not fit together.
    """
    settings = job.settings
    addresses = [word for word in words if is_fetched(word)]
    if (not words and settings.query_file is None and job.profile.link) or any(map(_is_link, words)):
        return _link(job, words)
    if not addresses and (words or settings.query_file is None):
        if words and settings.query_file is not None and settings.origin("query_file").source is Source.OPTION:
            raise UsageError(
                "--query-file is about a database, and files are named.",
                fix="Name the database instead, db+postgresql://USER@HOST/NAME, or leave --query-file out.",
            )
        return None
    if addresses and len(words) > 1:
        raise UsageError("A database or a link stands alone.", fix="Name one, and no file beside it.")
    if settings.query_file is None:
        raise UsageError(
            "A database is named, but no query.", fix="Add --query-file QUERY.sql, a file with one SELECT."
        )
    if not addresses and settings.database_url is None:
        raise UsageError(
            "--query-file is named, but no database.",
            fix="Name it as FILE, db+postgresql://USER@HOST/NAME, or set IMPORTER_DATABASE.",
        )
    address = whole_address(addresses[0], settings.database_url) if addresses else str(settings.database_url)
    return Query(address, without_password(address), settings.query_file)


def _is_link(word: str) -> bool:
    return word.casefold().startswith(("https://", "http://"))


def _link(job: Job, words: Sequence[str]) -> Link:
    """Return the link of the profile. ``UsageError``: the word that was typed is another one."""
    if len(words) > 1:
        raise UsageError("A database or a link stands alone.", fix="Name one, and no file beside it.")
    found = None if job.profile.link is None else Link(job.profile.link, job.profile.link_hosts)
    if found is None or (words and words[0] not in {found.address, found.shown}):
        raise UsageError(
            "A link is read only where a profile names it.",
            fix='Write link = "https://..." into the profile, in your own settings file, and name no FILE.',
        )
    return found


def whole_address(typed: str, known: str | None) -> str:
    """Return a typed address; where its password is masked, as we print it, with that of the setting ``database``."""
    try:
        address = resolved_database(database(typed), Path.cwd())
    except ValueError as error:
        raise UsageError(
            f'"{quoted(without_password(typed))}" is no database, expected {error}.', fix="Correct it."
        ) from None
    if MASK not in address:
        return address
    if known is not None and without_password(known) == without_password(address):
        return known
    raise UsageError(
        "The password of the database is masked in this address.",
        fix="Set IMPORTER_DATABASE to the whole address, or keep the password in ~/.pgpass and leave it out.",
    )
