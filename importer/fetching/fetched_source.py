"""Which source a command is about, if it is no file; and the job that reads what was fetched of it in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from importer.columns import match
from importer.commands.job import heed, is_fetched
from importer.errors import UsageError
from importer.fetching.private_files import no_room, plain_name, private_file
from importer.problems.kinds import quoted
from importer.settings import Source
from importer.settings.effective import Origin
from importer.settings.places import resolved_database, without_password
from importer.settings.table import SETTING
from importer.settings.values import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job

FETCHED_WITHIN_S: Final = 120.0
"""A source is fetched within so many seconds, unless somebody has set ``check_seconds``."""

NUMBER: Final = "externalEventId"
MASK: Final = "***"

Choose = Callable[[Sequence[str]], str | None]
"""Asks a person which of these columns is the appointment number; None where nobody can be asked."""


def nobody(_columns: Sequence[str]) -> None:
    """Choose nothing, for nobody is there to be asked."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query: ``address`` of the database, whole; ``shown``: without its password; ``file``: where the query stands."""

    address: str
    shown: str
    file: Path


def wanted(job: Job, words: Sequence[str]) -> Query | None:
    """
    Return the query that a command is about, None where it is about files.

    Raises:
        UsageError: the words and the settings do not fit together.
    """
    settings = job.settings
    addresses = [word for word in words if is_fetched(word)]
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
    address = _whole(addresses[0], settings.database_url) if addresses else str(settings.database_url)
    return Query(address, without_password(address), settings.query_file)


def _whole(typed: str, known: str | None) -> str:
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


@contextmanager
def fetched(job: Job, words: Sequence[str], *, choose: Choose = nobody) -> Iterator[tuple[Job, list[str]]]:
    """
    Give the job, and the paths that it is about; what is no file is fetched first, and gone after the block.

    ``choose``: which column of a query is the appointment number, where none is headed so.

    Raises:
        UsageError: the words and the settings do not fit together, or the query has no column for the number.
        FileRefused: what was fetched cannot be used.
        SourceUnreachable: nothing can be fetched now.
        Interrupted: a signal came meanwhile.
    """
    query = wanted(job, words)
    if query is None:
        yield job, list(words)
        return
    with private_file(plain_name(query.file.name, "query")) as (path, file):
        names = _run(job, query, file)
        job = with_number(job, names, choose)
        yield replace(job, copies={**job.copies, query.shown: path}), [query.shown]


def _run(job: Job, query: Query, file: IO[bytes]) -> tuple[str, ...]:
    """Write the rows of a query; return its columns. A signal ends it."""
    from importer.fetching.database_query import write_query  # noqa: PLC0415 - loads SQLAlchemy
    from importer.fetching.read_only_session import Ending  # noqa: PLC0415 - likewise

    ending = Ending(fetch_until(job), job.settings.connect_timeout_s)
    with job.stop.heard_by(ending.stop):
        heed(job)
        try:
            names = write_query(query.address, query.file, file, ending)
            file.close()
        except OSError as error:
            raise no_room(error) from None
        finally:
            if job.stop.raised:
                heed(job)
    return names


def fetch_until(job: Job) -> float:
    """Return when fetching must be over, in seconds of the monotonic clock."""
    if job.settings.origin("check_seconds").source is Source.DEFAULT:
        return min(job.check_until, time.monotonic() + FETCHED_WITHIN_S)
    return job.check_until


def with_number(job: Job, names: Sequence[str], choose: Choose = nobody) -> Job:
    """
    Return the job whose profile knows which column of a query is the appointment number.

    Without one a row could not be told from another of the same person: a visit that moved would be booked again.

    Raises:
        UsageError: no column is, and nobody says which; or the one that was named is not there.
    """
    key = job.settings.key_column
    if key is None and NUMBER in match(names, job.profile, None).fields:
        return job
    if key is None:
        key = choose(names)
    listed = ", ".join(quoted(name) for name in names)
    if key is None:
        raise UsageError(
            f"No column of the query is the appointment number. Its columns are: {listed}.",
            fix=f'Add --key-column COLUMN, or name it in the query: SELECT ... AS "{NUMBER}".',
        )
    if key not in names:
        raise UsageError(f"The query has no column “{quoted(key)}”.", fix=f"Its columns are: {listed}.")
    origin = Origin(Source.OPTION, SETTING["key_column"].option)
    settings = replace(job.settings, key_column=key, origins={**job.settings.origins, "key_column": origin})
    return replace(job, settings=settings, profile=job.profile.numbered_by(key))
