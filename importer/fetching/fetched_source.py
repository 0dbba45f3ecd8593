"""What is no file is fetched into one; and the job that reads what was fetched in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final

from importer.columns import match
from importer.commands.job import heed
from importer.errors import UsageError
from importer.fetching.named_sources import MOST_BYTES, Link, Query, wanted
from importer.fetching.private_files import no_room, private_file
from importer.problems.kinds import quoted
from importer.settings import Source
from importer.settings.effective import Origin
from importer.settings.table import SETTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.commands.job import Job

FETCHED_WITHIN_S: Final = 120.0
"""A source is fetched within so many seconds, unless somebody has set ``check_seconds``."""

NUMBER: Final = "externalEventId"

Choose = Callable[[Sequence[str]], str | None]
"""Asks a person which of these columns is the appointment number; None where nobody can be asked."""


def nobody(_columns: Sequence[str]) -> None:
    """Choose nothing, for nobody is there to be asked."""


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
    source = wanted(job, words)
    if source is None:
        yield job, list(words)
        return
    with private_file(source.name) as (path, file):
        if isinstance(source, Link):
            fetch_link(job, source, file)
        else:
            job = with_number(job, run_query(job, source, file), choose)
        yield replace(job, copies={**job.copies, source.shown: path}), [source.shown]


def fetch_link(job: Job, link: Link, file: IO[bytes], most_bytes: int = MOST_BYTES) -> None:
    """
    Write what a link answers, and close the file.

    Raises:
        FileRefused, SourceUnreachable: as ``write_link``.
        Interrupted: a signal came meanwhile.
    """
    from importer.fetching.published_link import Way, write_link  # noqa: PLC0415 - loads requests

    settings = job.settings
    heed(job)
    way = Way(fetch_until(job), settings.connect_timeout_s, settings.ca_bundle, private=settings.private_links)
    with job.stop.breaking():
        write_link(link, file, way, most_bytes)
    _close(file)


def _close(file: IO[bytes]) -> None:
    try:
        file.close()
    except OSError as error:
        raise no_room(error) from None


def run_query(job: Job, query: Query, file: IO[bytes]) -> tuple[str, ...]:
    """Write the rows of a query, and close the file; return its columns. A signal ends it."""
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
