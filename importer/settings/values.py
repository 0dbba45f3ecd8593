"""
How the value of one setting is read, and what a person probably meant by an unknown name.

Each reader returns the value, or raises ``ValueError`` whose text says what was expected; ``importer.settings``
adds where it stands and what was found.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from importer.model.profile import parse_window
from importer.model.statuses import Action, is_loopback
from importer.problems.guard_kinds import RELEASABLE
from schemas.exports import names

if TYPE_CHECKING:
    from collections.abc import Iterable


Reader = Callable[[Any], Any]

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
ACTIONS = tuple(action.value for action in Action if action is not Action.NONE)

DATABASES = ("db+postgresql", "db+sqlite")
"""What the address of a database that is queried begins with."""

LARGEST = 10**15
"""No count of ours is larger, and up to here each whole number is one of floats, too."""

_HOST_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,9}")
_RANGE = re.compile(r"(\d{1,7})(?:\s*(-)\s*(\d{1,7})?)?")


class RowRange(NamedTuple):
    """Rows ``first`` to ``last``, both included, numbered as a person sees them; no ``last``: to the end."""

    first: int
    last: int | None

    def __str__(self) -> str:
        if self.last is None:
            return f"{self.first}-"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def text(value: Any) -> str:
    """Return a text that is not blank and has no control characters, without blanks around it."""
    if isinstance(value, str) and value.strip() and not any(mark < " " for mark in value.strip()):
        return value.strip()
    raise ValueError("a text")


def flag(value: Any) -> bool:
    """Return a truth value: true or false; as text also 1, yes, on, and 0, no, off, in any case."""
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in TRUE | FALSE:
        return word in TRUE
    raise ValueError("true or false")


def whole(lowest: int, highest: int | None = None) -> Reader:
    """Return a reader of whole numbers from ``lowest`` to ``highest``, at most ``LARGEST``."""
    span = f"{lowest} or more, up to 15 digits" if highest is None else f"from {lowest} to {highest}"

    def read(value: Any) -> int:
        number = _as_number(value)
        if number is None or number != int(number) or not lowest <= number <= (highest or LARGEST):
            raise ValueError(f"a whole number, {span}")
        return int(number)

    return read


def number(lowest: float, *, above: bool = False) -> Reader:
    """Return a reader of numbers from ``lowest`` (``above``: greater than it)."""
    span = f"greater than {lowest:g}" if above else f"{lowest:g} or more"

    def read(value: Any) -> float:
        found = _as_number(value)
        if found is None or found < lowest or (above and found == lowest):
            raise ValueError(f"a number, {span}")
        return found

    return read


_LONGEST_DAYS = 5


def days(value: Any) -> int:
    """Return a number of days from ``90d``, ``90`` or a whole number."""
    text = str(value).strip().casefold().removesuffix("d") if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_DAYS and int(text) > 0):
        raise ValueError("a number of days, such as 90d")
    return int(text)


def _as_number(value: Any) -> float | None:
    """Return a finite number, None for anything else; a truth value is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def action(value: Any) -> str:
    """Return one action: create, update, cancel, no_show or upsert; ``-`` is as good as ``_``."""
    word = value.strip().casefold().replace("-", "_") if isinstance(value, str) else ""
    if word not in ACTIONS:
        raise ValueError(f"one of {', '.join(ACTIONS)}")
    return word


def system(value: Any) -> str:
    """Return the name of a known system, or ``none``, in any case."""
    known = (*names(), "none")
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return word


def actions(value: Any) -> tuple[Action, ...]:
    """Return actions from ``create,cancel`` or a TOML list, each once, in the order of the vocabulary."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise ValueError(f"a list such as create,cancel of: {', '.join(ACTIONS)}")
    wanted = {action(word) for word in words}
    return tuple(known for known in Action if known.value in wanted)


def rows(value: Any) -> tuple[RowRange, ...]:
    """Return row ranges from ``5-20``, ``7``, ``100-`` or several with commas."""
    parts = str(value).split(",") if isinstance(value, str | int) and not isinstance(value, bool) else []
    ranges = tuple(_row_range(part.strip()) for part in parts)
    if not ranges:
        raise ValueError("row numbers such as 5-20, 7 or 100-")
    return ranges


def _row_range(part: str) -> RowRange:
    found = _RANGE.fullmatch(part)
    if not found:
        raise ValueError("row numbers such as 5-20, 7 or 100-")
    first = int(found[1])
    last = first if not found[2] else int(found[3]) if found[3] else None
    if first < 1 or (last is not None and last < first):
        raise ValueError("row numbers that rise and begin at 1, such as 5-20")
    return RowRange(first, last)


def window(value: Any) -> str:
    """Return a snapshot's window, ``FROM..TO``, days as ``2027-03-01``, ``today`` or ``+60d``; both are included."""
    found = parse_window(text(value))
    return str(found)


def codes(value: Any) -> tuple[str, ...]:
    """Return the codes of holds from ``rows_far_off,headings_changed``, each once."""
    words = [word.strip().casefold().replace("-", "_") for word in text(value).split(",")]
    if not set(words) <= RELEASABLE:
        raise ValueError(f"codes of holds, comma-separated: {', '.join(sorted(RELEASABLE))}")
    return tuple(dict.fromkeys(words))


def places(value: Any) -> tuple[str, ...]:
    """Return names of places from a text with commas or a TOML list."""
    words = value.split(",") if isinstance(value, str) else value
    names = tuple(word.strip() for word in words if isinstance(word, str)) if isinstance(words, list) else ()
    if not names or not all(names):
        raise ValueError("names of places, comma-separated")
    return names


def base_url(value: Any) -> str:
    """
    Return the API's address without a slash at its end.

    HTTPS only: the token and people's data travel in each request. ``http://`` is for this machine alone
    (localhost, 127.0.0.0/8, ::1), where ``importer sandbox`` listens.
    """
    address = text(value).rstrip("/")
    parts = _split(address)
    if "@" in parts.netloc or "?" in address or "#" in address or "\\" in address:
        raise ValueError("an address without user name, password, ? and #")
    if not address.isascii():
        raise ValueError(f"an address in plain letters{_in_plain_letters(parts.hostname)}")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return address
    raise ValueError(
        "an address that begins with https:// (http:// only for this machine, such as http://127.0.0.1:8080)"
    )


def database(value: Any) -> str:
    """Return the address of a database that is queried."""
    address = text(value)
    if address.partition("://")[0].casefold() not in DATABASES or "://" not in address:
        raise ValueError("db+postgresql://USER@HOST/NAME or db+sqlite:///PATH")
    return address


def sheet_link(value: Any) -> str:
    """Return the address of a published sheet: https, without user and password; it is never quoted."""
    address = text(value).partition("#")[0]
    parts = _split(address)
    if parts.scheme != "https" or "@" in parts.netloc or not address.isascii() or "\\" in address:
        raise ValueError("the https:// link of a published sheet, without user name and password")
    return address


def host_name(value: Any) -> str:
    """Return the name of a host, or ``*.example.com`` for all below one."""
    name = text(value).casefold()
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("the name of a host such as files.example.com, or *.example.com for all below it")
    return name


def web_address(value: Any) -> str:
    """Return the address of something that is asked for by the web, which may hold a query."""
    address = text(value)
    parts = _split(address)
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or "#" in address or not address.isascii():
        raise ValueError("a web address such as https://hc-ping.com/UUID, without user name and password")
    return address


def _in_plain_letters(host: str) -> str:
    """Return what a host with letters of other scripts is called on the way; it may look like one that it is not."""
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return "" if plain == host else f"; this one is {plain}"


def proxy(value: Any) -> str:
    """Return the address of an HTTP proxy; it may hold a user name and a password."""
    parts = _split(text(value))
    if parts.scheme not in {"http", "https"} or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("the address of an HTTP proxy such as http://proxy.example:3128")
    return text(value)


def _split(address: str) -> Any:
    wanted = "a web address such as https://tactical-client-api.attentivemobile.com"
    if any(mark.isspace() or not mark.isprintable() for mark in address):
        raise ValueError(wanted)
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(wanted) from None
    if not parts.hostname or not has_port:
        raise ValueError(wanted)
    return parts


def quoted(given: Any) -> str:
    """Return a value for a message: on one line, short, and without what could be a password in an address."""
    text = "".join(mark if mark.isprintable() else "?" for mark in str(given))
    text = text if "@" not in text else text.partition("://")[0] + "://***" + text.rpartition("@")[2]
    text = text if "://" not in text or "?" not in text else text.partition("?")[0] + "?***"
    return text if len(text) <= 80 else text[:79] + "…"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "rate"?`` for a near miss, without regard to case and ``-``; else nothing."""
    by_fold = {folded(word): word for word in known}
    near = difflib.get_close_matches(folded(name), by_fold, n=1, cutoff=0.6)
    return f' Did you mean "{by_fold[near[0]]}"?' if near else ""


MOST_PARTS = 20_000_000
"""So many parts of keys may be looked at and remembered, which takes two seconds and 160 MB."""


def toml(text: str) -> dict[str, Any]:
    """
    Return what a text says as TOML. ``ValueError``: it is none, or its keys have more parts than can be looked at.

    Of a key (``a.b.c``) the library keeps every beginning, each behind the name of the whole table that it stands in. A line
    holds no more parts than points, and where points mean something else there are not so many.
    """
    table = parts = 0
    for number, line in enumerate(text.split("\n"), start=1):
        here = line.count(".") + 1
        if line.lstrip().startswith("["):
            table = max(table, here)
        parts += here * (table + here)
        if parts > MOST_PARTS:
            raise ValueError(f"a key has too many parts (at line {number})")
    return tomllib.loads(text)


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return name.casefold().replace("-", "_").replace(" ", "_")
