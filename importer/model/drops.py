"""Drops, folders or buckets that fill up by themselves, and who is told of them, as the settings say; what the ledger knows of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from datetime import date


Take = Literal["all", "newest"]
Order = Literal["name", "time"]
OnSuccess = Literal["move", "leave"]


@dataclass(frozen=True, slots=True)
class Expected:
    """When a file is due: on ``days`` (0 is Monday) that are no ``holidays``, until ``by`` in ``zone`` (an IANA name)."""

    days: frozenset[int]
    by: time
    zone: str
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Bucket:
    """
    A place in an S3 bucket: all keys that begin with ``prefix``, which is "" or ends with ``/``. Keys are data, never paths.

    ``endpoint``: the address of a server other than Amazon's. ``aws_profile``: whose credentials, by the name in the
    person's own AWS files; None for the usual ones.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    aws_profile: str | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".removesuffix("/")


@dataclass(frozen=True, slots=True)
class SftpFolder:
    """
    A folder on an SFTP server. ``path`` that does not begin with ``/`` is meant from the user's home there, "" is that home.

    ``known_hosts``: the file with the server's key, None for the user's own. ``key_file``, ``password_file``: what the user
    is proven by; neither: the usual keys and the agent.
    """

    host: str
    path: str
    user: str | None = None
    port: int = 22
    known_hosts: Path | None = None
    key_file: Path | None = None
    password_file: Path | None = None

    def __str__(self) -> str:
        who = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == SSH_PORT else f":{self.port}"
        return f"sftp://{who}{host}{port}{self.path if self.path.startswith('/') else f'/~/{self.path}'}"


SSH_PORT: Final = 22


@dataclass(frozen=True, slots=True)
class FetchedSource:
    """
    What a drop fetches in each pass instead of looking into a folder: a published sheet behind a ``link``, or a query.

    ``link_hosts``: others to which the link may redirect. ``query_file``: the query; ``database``: its address, None for the
    one of the settings; ``key_column``: its column with the appointment number. ``shown``: what people are told of it.
    """

    shown: str
    link: str | None = field(default=None, repr=False)
    link_hosts: tuple[str, ...] = ()
    query_file: Path | None = None
    database: str | None = field(default=None, repr=False)
    key_column: str | None = None

    def __str__(self) -> str:
        return self.shown


Location = Path | Bucket | SftpFolder | FetchedSource


@dataclass(frozen=True, slots=True)
class Drop:
    """
    One drop.

    ``name``: what claims and reports call it. ``pattern``: of the file names that are meant, with ``*`` and ``?``.
    ``take``: every file, or of several full exports only the newest. ``order``: by name, in which digits count as
    numbers, or by time. ``settle_s``: how long a file must have been left alone, in seconds. ``done`` and ``refused``:
    folders for files that are settled, from the drop on. ``profile`` None: the one of the command. ``max_bytes``: a larger file is
    left where it is. ``reports``: where the report of each file goes, None for beside the file.
    """

    name: str
    path: Location
    profile: str | None = None
    pattern: str = "*"
    take: Take = "all"
    order: Order = "name"
    settle_s: float = 60.0
    done: str = "done"
    refused: str = "refused"
    on_success: OnSuccess = "move"
    expected: Expected | None = None
    max_bytes: int = 4_000_000_000
    reports: Location | None = None


class ClaimState(StrEnum):
    """
    How far a file has come.

    ===========  ====================================================================================================
    state        meaning
    ===========  ====================================================================================================
    taken        copied and hashed, no run yet
    running      has a run; a pass that finds it so goes on with that run, never with another
    done         its run is finished, exit 0 or 4
    refused      it cannot be read, has vanished, or its run failed again and again
    held         a safety check waits for approval
    stopped      its run was stopped and has calls left
    unknown      its run is finished, and the outcome of some rows is not known
    superseded   a newer file counts
    ===========  ====================================================================================================
    """

    TAKEN = "taken"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    HELD = "held"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"

    @property
    def is_settled(self) -> bool:
        """Whether the file leaves the drop: nothing more is sent for it by itself."""
        return self in {ClaimState.DONE, ClaimState.REFUSED, ClaimState.UNKNOWN, ClaimState.SUPERSEDED}


class Whereabouts(StrEnum):
    """
    Where the file is.

    In the drop; left there for good; on its way to ``moved_to``; there; there, and looked at once more; stuck in the drop,
    because it cannot be moved; gone, because somebody took it away or put another file into its place.
    """

    DROP = "drop"
    LEFT = "left"
    MOVING = "moving"
    MOVED = "moved"
    CHECKED = "checked"
    STUCK = "stuck"
    GONE = "gone"

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to do with the file."""
        return self in {Whereabouts.LEFT, Whereabouts.CHECKED, Whereabouts.GONE}


@dataclass(frozen=True, slots=True)
class Claim:
    """
    A file of a drop.

    ``version``: what the place calls these very bytes under this name; of a local file its device, inode, size and
    time, of an object its ETag, on an SFTP server size and time. ``version_id``: of the object that was copied, in a bucket
    that keeps versions. ``copy``: the folder of the private copy, "" when it is gone. ``tries``: how often in a row reading it, or its
    run, died. ``code`` and ``reason`` say why it is refused; neither holds personal data. ``moved_to``: from the drop on. ``taken_at``: UTC seconds.
    """

    id: int
    drop: str
    name: str
    sha256: str
    size: int
    version: str
    state: ClaimState
    taken_at: float
    copy: str = ""
    run: str | None = None
    exit_code: int | None = None
    tries: int = 0
    code: str = ""
    reason: str = ""
    moved_to: str = ""
    whereabouts: Whereabouts = Whereabouts.DROP
    version_id: str = ""

    @property
    def mark(self) -> str:
        """What tells the file from others of its name where no run does; it sorts by time, as runs' ids do."""
        return f"{datetime.fromtimestamp(self.taken_at, UTC):%Y%m%d-%H%M%S}-claim{self.id}"


Kind = Literal["failure", "held", "unknown", "missing"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
GOOD: Final = "good"
DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Notify:
    """
    Where notices go. Addresses may hold passwords, so no ``repr`` shows them.

    ``urls``: as apprise reads them; ``urls_file``: a file with such lines, for its owner alone. ``on``: which states are
    told; ``always``: what every pass came to is told, too. ``digest_at``: once a day from this time on, in ``zone``, what the day
    brought. ``heartbeat``: is asked for after a pass that was good. ``private``: also addresses of the own network.
    """

    urls: tuple[str, ...] = field(default=(), repr=False)
    urls_file: Path | None = None
    on: frozenset[Kind] = frozenset(KINDS)
    always: bool = False
    digest_at: time | None = None
    zone: str = "UTC"
    heartbeat: str | None = field(default=None, repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A state of a drop that was seen and has not passed yet, or that it is ``good`` again and not everybody knows.

    ``drop``: "" for runs that no drop has. ``about``: what tells it from others of its kind: a run, or a reason. ``claim``: the
    drop's newest claim then. ``since``: UTC seconds. ``told``: the targets that know, by their place in the settings.
    """

    id: int
    drop: str
    kind: str
    about: str
    claim: int
    since: float
    told: frozenset[int] = frozenset()
