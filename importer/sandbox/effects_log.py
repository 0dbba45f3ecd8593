"""
What the sandbox really did and what came in, on disk before any answer tells of it.

It outlives ``kill -9`` and a power cut, and a sandbox started on it again holds the same reminders. A line that was
torn by the end of its writer never took effect: it is cut off at the next start.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from importer.sandbox.faults import CallFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.sandbox.http_connection import Request


Deed = Literal["create", "update", "cancel", "no_show", "type", "seed"]


@dataclass(frozen=True, slots=True)
class Effect:
    """
    One change of state. ``time`` in seconds since 1970, ``seq`` from 1 without gaps.

    ``phone`` as digits with country code, ``external_event_id`` as sent: the key of the reminder after the change.
    ``body`` is the request's, None where the call has none. ``seed``: a reminder that no request of this server
    made (the older record that somebody else left).
    """

    seq: int
    time: float
    action: Deed
    uuid: str
    phone: str
    external_event_id: str | None
    body: Mapping[str, Any] | None


class EffectsLog:
    """
    Remembers effects in memory and, with a path, durably. ``append`` in the order of the effects, then ``settle``.

    ``settle`` may be called by many threads at once: one of them makes the disk current for all.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.effects: list[Effect] = []
        self._settled = 0
        self._settling = threading.Lock()
        self._file = None if path is None else self._opened(Path(path))

    def _opened(self, path: Path) -> int:
        if path.exists() and not path.is_file():
            raise ValueError(f"{path} is not a regular file")  # a pipe would be waited for
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        kept = path.read_bytes()
        whole = kept[: kept.rfind(b"\n") + 1]
        try:
            # Before anything is cut off: the file may be somebody's sheet, named by mistake.
            self.effects = [Effect(**orjson.loads(line)) for line in whole.splitlines()]
        except (ValueError, TypeError):
            os.close(file)
            raise ValueError(f"{path} is no log of effects") from None
        os.ftruncate(file, len(whole))
        self._settled = len(self.effects)
        return file

    def append(
        self, action: Deed, *, uuid: str, phone: str, external_event_id: str | None, body: Mapping[str, Any] | None
    ) -> Effect:
        """Add one effect and return it. The caller holds the lock that orders effects."""
        effect = Effect(len(self.effects) + 1, time.time(), action, uuid, phone, external_event_id, body)
        if self._file is not None:
            _append(self._file, orjson.dumps(effect, option=orjson.OPT_APPEND_NEWLINE))
        self.effects.append(effect)
        return effect

    def settle(self, seq: int) -> None:
        """Return when the effect of this number is on disk."""
        if self._file is None:
            return
        with self._settling:
            if self._settled >= seq:
                return
            written = len(self.effects)
            os.fsync(self._file)
            self._settled = written

    def clear(self) -> None:
        """Forget everything, on disk too. The caller holds the lock that orders effects."""
        with self._settling:
            self.effects = []
            self._settled = 0
            if self._file is not None:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _append(file: int, line: bytes) -> None:
    """Write a whole line, or nothing and raise ``OSError``: half a line would spoil the next one."""
    before = os.fstat(file).st_size
    try:
        while line:
            line = line[os.write(file, line) :]
    except OSError:
        os.ftruncate(file, before)
        raise


MOST_KEPT = 200_000


def account_of(token: str) -> str:
    """Return what the account of a token is called where the token itself may not stand."""
    return hashlib.blake2b(token.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One request as it was seen: ``at`` in seconds of the monotonic clock, when the answer was ready to go.

    ``action`` is "" for what is no call of the API. ``fault`` names the fault that struck, ``manner`` how the answer
    was sent (``reset``, ``silent``: not at all). ``account``: which token let it in, as ``account_of`` names it, "" for none. No
    body and no token is kept.
    """

    at: float
    method: str
    target: str
    action: str
    uuid: str | None
    external_event_id: str | None
    status: int
    fault: str
    manner: str
    account: str = ""

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - a request's outcome
        cls,
        request: Request,
        status: int,
        facts: CallFacts | None = None,
        fault: str = "",
        manner: str = "whole",
        account: str = "",
    ) -> Visit:
        """Return the visit of this request that ended so."""
        seen = facts or CallFacts("")
        return cls(
            time.monotonic(),
            request.method,
            request.target,
            seen.action,
            seen.uuid,
            seen.external_event_id,
            status,
            fault,
            manner,
            account,
        )


class Traffic:
    """The last requests, and how many were under way at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._visits: deque[Visit] = deque(maxlen=MOST_KEPT)
            self._count = 0
            self._under_way = 0
            self._most = 0

    def note(self, visit: Visit) -> None:
        """Remember a request."""
        with self._lock:
            self._visits.append(visit)
            self._count += 1

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a call as under way for the length of a with-block."""
        with self._lock:
            self._under_way += 1
            self._most = max(self._most, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def visits(self) -> list[Visit]:
        """Return the requests in the order of their answers, the last 200,000 of them."""
        with self._lock:
            return list(self._visits)

    def stats(self) -> dict[str, Any]:
        """Return counts by action, status and fault, and the most calls that were under way at once."""
        visits = self.visits()
        return {
            "requests": self._count,
            "most_at_once": self._most,
            "actions": Counter(visit.action for visit in visits if visit.action),
            "statuses": Counter(str(visit.status) for visit in visits if visit.manner == "whole"),
            "faults": Counter(visit.fault for visit in visits if visit.fault),
        }
