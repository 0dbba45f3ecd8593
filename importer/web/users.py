"""Passwords of the page: what is kept of them, how they are compared, and how long wrong ones delay the next."""

from __future__ import annotations

import ipaddress
import threading
import time
import unicodedata
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from importer.errors import UsageError
from importer.ledger.page.user_records import User, spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.ledger.page.user_records import Users


SHORTEST: Final = 10
LONGEST: Final = 1000
LONGEST_NAME: Final = 100

FREE_TRIES: Final = 5
FIRST_DELAY_S: Final = 10.0
LONGEST_DELAY_S: Final = 300.0
FORGOTTEN_AFTER_S: Final = 3600.0
REMEMBERED: Final = 10_000
"""Names and addresses with wrong passwords; beyond that the oldest is forgotten, so that memory has an end."""

_HASHER: Final = PasswordHasher()
# Each comparison takes 64 MB for a moment; more than two at once wait.
_AT_ONCE: Final = threading.BoundedSemaphore(2)


def hash_of(password: str) -> str:
    """
    Return what is kept of a new password: an Argon2id hash with its salt and parameters.

    Raises:
        UsageError: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password has {SHORTEST} to {LONGEST} characters.", fix="Choose a longer one, such as four words."
        )
    with _AT_ONCE:
        return _HASHER.hash(_one_form(password))


def checked_name(name: str) -> str:
    """
    Return a user's name as it is kept.

    Raises:
        UsageError: it is empty, too long, or holds what cannot be seen.
    """
    found = spelled(unicodedata.normalize("NFC", name))
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise UsageError(
            f"{name!r} cannot be a user's name.", fix=f"Use 1 to {LONGEST_NAME} letters and digits, such as dana."
        )
    return found


def typed_name(name: str) -> str:
    """Return a name that somebody typed as users are looked up by it, and as wrong passwords are counted under it."""
    return spelled(unicodedata.normalize("NFC", name[:LONGEST_NAME]))


class Passwords:
    """
    Compares passwords with those of the users.

    An unknown name takes as long as a wrong password: it is compared with ``nobody``, the hash of a password that nobody has.
    """

    def __init__(self, nobody: str = "") -> None:
        self._nobody = nobody or _HASHER.hash("a password that nobody has")

    def user_of(self, users: Users, name: str, password: str) -> User | None:
        """Return the user whose name and password these are, None for any other."""
        found = users.named(typed_name(name))
        with _AT_ONCE:
            is_right = _fits(found.hash if found is not None else self._nobody, password[:LONGEST])
        return found.user if found is not None and is_right else None


def _fits(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, _one_form(password))
    except (VerificationError, InvalidHashError):
        return False


def _one_form(password: str) -> str:
    """Return the same text for the same signs, whichever keyboard typed them."""
    return unicodedata.normalize("NFKC", password)


class _Tries(NamedTuple):
    begun: int
    until: float
    last: float


class Delays:
    """
    After five wrong passwords for a name or from an address, each further try has to wait: 10 s, 20 s, up to 5 minutes.

    Names that do not exist wait alike. A try counts as wrong as soon as it begins, so that many at once gain nothing.
    ``monotonic``: seconds of a clock that never jumps.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._gate = threading.Lock()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Begin a try and return 0.0; or return for how many seconds there may be none for this name or from this address."""
        now, keys = self._now(), _keys(name, address)
        with self._gate:
            wait = max(0.0, *(self._of(key, now).until - now for key in keys))
            if wait == 0.0:
                for key in keys:
                    self._count(key, now)
            return wait

    def right(self, name: str, address: str) -> None:
        """
        Forget the tries before a right password: those for this name, and no others from its address.

        Else whoever has a login could guess the passwords of others without end, and log in between.
        """
        with self._gate:
            its_own, there = _keys(name, address)
            known = self._tries.pop(its_own, None)
            at_all = self._tries.get(there)
            if known is None or at_all is None:
                return
            left = at_all.begun - known.begun
            if left > 0:
                until = at_all.until if left >= FREE_TRIES else at_all.last
                self._tries[there] = at_all._replace(begun=left, until=until)
            else:
                del self._tries[there]

    def _count(self, key: str, now: float) -> None:
        begun = self._of(key, now).begun + 1
        over = begun - FREE_TRIES
        delay = min(FIRST_DELAY_S * 2.0 ** min(over, 10), LONGEST_DELAY_S) if over >= 0 else 0.0
        self._tries[key] = _Tries(begun, now + delay, now)
        self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)

    def _of(self, key: str, now: float) -> _Tries:
        found = self._tries.get(key)
        return _Tries(0, 0.0, 0.0) if found is None or now - found.last > FORGOTTEN_AFTER_S else found


def _keys(name: str, address: str) -> tuple[str, str]:
    return f"name {typed_name(name)}", f"address {_network(address)}"


def _network(address: str) -> str:
    """Return what one person has: an IPv4 address, or 64 bits of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
