"""What all pages share while ``importer serve`` is at work, and what one request brings along."""

from __future__ import annotations

import getpass
import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from importer.commands.job import NO_LOG
from importer.model.statuses import is_loopback
from importer.web.users import Delays, Passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from importer.commands.job import Log
    from importer.ledger.page.page_store import PageStore
    from importer.ledger.page.user_records import Role, User
    from importer.model.profile import Profile
    from importer.settings import Settings
    from importer.web.work import Work


SMALL_BODY: Final = 64 * 1024
"""Bytes that a request may bring which uploads nothing."""
FILE_BYTES: Final = 50_000_000
FEW_FIELDS: Final = 50


class OneTimeLink:
    """The secret of the link that lets whoever started the page in, while there are no users; it is right once."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._secret = ""
        self._made_at = float("-inf")

    def renew(self, *, at: float) -> str:
        """Return a new secret; the one before opens nothing any more. ``at``: monotonic seconds."""
        with self._gate:
            self._secret, self._made_at = secrets.token_urlsafe(24), at
            return self._secret

    def age_s(self, *, at: float) -> float:
        """Return how long ago the newest was made, in seconds."""
        return at - self._made_at

    def take(self, secret: str) -> bool:
        """Whether this is the secret; from now on it is not."""
        with self._gate:
            is_right = bool(self._secret) and hmac.compare_digest(
                self._secret.encode(), secret.encode(errors="replace")
            )
            if is_right:
                self._secret = ""
            return is_right


def _this_person() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # nobody has a name here, as in some containers
        return "this computer"


@dataclass(frozen=True, slots=True)
class Site:
    """
    Settings, memory and clock of one ``importer serve``.

    ``origin``: where browsers find it, ``https://host`` or ``http://127.0.0.1:8080``; every POST must come from there.
    ``hosts``: the names by which it may be asked for. ``is_local``: only this machine reaches it. ``work``: what goes on behind
    the pages. ``typed``: the options that
    a command in a process of its own needs. ``say`` prints a line where it was started. ``user_header`` names the header in
    which one of the ``proxies`` (addresses) says who is logged in there; "" for none.
    """

    settings: Settings
    profile: Profile
    store: PageStore
    origin: str
    hosts: tuple[str, ...]
    is_local: bool
    work: Work
    typed: tuple[str, ...] = ()
    user_header: str = ""
    proxies: frozenset[str] = frozenset()
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    say: Callable[[str], None] = print
    log: Log = NO_LOG
    local_name: str = field(default_factory=_this_person)
    delays: Delays = field(default_factory=Delays)
    passwords: Passwords = field(default_factory=Passwords)
    link: OneTimeLink = field(default_factory=OneTimeLink)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.origin.startswith("https:")

    @property
    def is_test(self) -> bool:
        """Whether it sends to a stand-in on this machine, so that nobody is texted."""
        return is_loopback(urlsplit(self.settings.base_url).hostname or "")

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers send those of one host to all its ports."""
        parts = urlsplit(self.origin)
        return "__Host-importer" if self.is_secure else f"importer-{parts.port or 80}"

    def new_link(self) -> str:
        """Return a link that lets whoever opens it first in, as long as there are no users."""
        return f"{self.origin}/start/{self.link.renew(at=self.monotonic())}"


class Form(NamedTuple):
    """What a POST may bring: at most ``bytes`` in all, ``files`` files of at most ``FILE_BYTES``, ``fields`` fields."""

    bytes: int = SMALL_BODY
    files: int = 0
    fields: int = FEW_FIELDS


UPLOAD: Final = Form(bytes=FILE_BYTES + SMALL_BODY, files=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One request that was let in.

    ``user`` is None on the few pages that need no login. ``form``: the fields of a POST; files in it are closed when the
    answer is made.
    """

    site: Site
    request: Request
    user: User | None
    form: FormData = field(default_factory=FormData)

    @property
    def who(self) -> User:
        """The user, on a page that needs a login."""
        if self.user is None:
            raise LookupError("this page is shown without a login")
        return self.user

    @property
    def is_htmx(self) -> bool:
        """Whether a part of a page asks, and not the browser for a whole one."""
        return self.request.headers.get("hx-request") == "true"

    def part(self, name: str) -> str:
        """Return a part of the address, such as the id of an import."""
        return str(self.request.path_params[name])

    def text(self, name: str) -> str:
        """Return a field of the form, "" where it is missing or a file."""
        found = self.form.get(name)
        return found if isinstance(found, str) else ""


class Route(NamedTuple):
    """
    One line of the table of addresses.

    ``lowest``: the role that is needed at least, None where nobody has to be logged in. ``owner`` says whose thing the
    address names, by the user's id, None where there is no such thing; then both look the same to whoever may not see it.
    ``polls``: asked for by the page itself, which keeps no login alive.
    """

    method: str
    path: str
    handler: Callable[[Visit], Response]
    lowest: Role | None
    owner: Callable[[Visit], int | None] | None = None
    form: Form = Form()
    polls: bool = False


class Tab(NamedTuple):
    """An entry of the header: its title, its address, what the addresses of its pages begin with, and the role that it is for."""

    title: str
    path: str
    pages: Sequence[str] = ()
    lowest: Role | None = None


class Refused(Exception):
    """A request that is not done: the HTTP status, a sentence as title, and what to do. ``headers`` go with the answer."""

    def __init__(self, status: int, title: str, more: str = "", **headers: Any) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.more = more
        self.user: User | None = None
        self.headers: dict[str, str] = {name.replace("_", "-"): str(value) for name, value in headers.items()}


_COOKIE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def cookie_of(request: Request, name: str) -> str:
    """
    Return the value of a cookie of ours, "" where there is none that could be ours.

    They need no quotes. What undoes quotes in the standard library takes seconds for a header of backslashes, so nobody asks it.
    """
    found = ""
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.partition("=")
            if key.strip() == name:
                found = value.strip()
    return found if _COOKIE.fullmatch(found) else ""


def nothing_here() -> Refused:
    """Return the answer for what is not there, and for what belongs to somebody else."""
    return Refused(404, "There is nothing here.", "It may have been removed, or it belongs to somebody else.")
