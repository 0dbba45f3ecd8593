"""A page as ``importer serve`` makes it, on a ledger in a temporary folder, and browsers that visit it."""

from __future__ import annotations

import atexit
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from importer.ingest.loaded_process import LoadedProcess
from importer.ledger import open_ledger
from importer.ledger.page.page_store import PageStore
from importer.ledger.page.user_records import Role
from importer.model.profile import Profile
from importer.settings import Settings, TokenSource
from importer.web.app import TABLE, application
from importer.web.background_checks import MODULE_AND_ENVIRONMENT
from importer.web.jobs import Jobs
from importer.web.serving import listening, place, server
from importer.web.site import Site
from importer.web.users import Delays, Passwords
from importer.web.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from httpx2 import Response

    from importer.web.site import Route

ADDRESS = "http://127.0.0.1:8080"
PASSWORD = "a long password of hers"
# As the page's own, but for its cost: the tests log in hundreds of times.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Shared(LoadedProcess):
    """The loaded process of all pages of a test worker: a page that ends leaves it to the next one."""

    def end(self) -> None:
        """Leave it."""


SHARED = Shared(*MODULE_AND_ENVIRONMENT)
atexit.register(LoadedProcess.end, SHARED)


@dataclass
class Clock:
    """Seconds that go on only when they are told to."""

    seconds: float = 1_804_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Browser(TestClient):
    """A browser that sends what real ones send, and shows redirects instead of following them."""

    def __init__(self, app: Any, address: str = ADDRESS, **peer: Any) -> None:
        super().__init__(app, base_url=address, follow_redirects=False, raise_server_exceptions=False, **peer)
        self.address = address

    def send_form(self, path: str, /, headers: dict[str, str] | None = None, **fields: Any) -> Response:
        """Send a form as a browser does from one of the page's own pages."""
        own = {"origin": "null", "sec-fetch-site": "same-origin"}
        return self.post(path, data=fields, headers=own | (headers or {}))

    def login(self, name: str, password: str = PASSWORD) -> Response:
        return self.send_form("/login", name=name, password=password)


@dataclass
class Visitors:
    """A site and the browsers of those who visit it."""

    site: Site
    clock: Any
    said: list[str]
    table: tuple[Route, ...] = TABLE
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = application(self.site, self.table)

    def add(self, name: str, role: Role = Role.COORDINATOR) -> Browser:
        """Add a user and return a browser in which she is logged in."""
        self.site.store.users.add(name, CHEAP, role, at=self.clock())
        browser = self.browser()
        answer = browser.login(name)
        assert answer.status_code == 303, answer.text
        return browser

    def browser(self, address: str | None = None, **peer: Any) -> Browser:
        """Return a browser that nobody has logged in with."""
        return Browser(self.app, address or self.site.origin, **peer)


@contextmanager
def visited(
    folder: Path,
    ledger: str = "",
    *,
    table: tuple[Route, ...] = TABLE,
    public_url: str | None = None,
    jobs: Jobs | None = None,
    clock: Callable[[], float] | None = None,
    **site: Any,
) -> Iterator[Visitors]:
    """Give a site whose ledger is in the folder, or at the URL."""
    where = ledger or str(folder / "ledger.db")
    with open_ledger(where):
        pass
    clock, said = clock or Clock(), []
    settings = Settings(
        base_url="http://127.0.0.1:9",
        ledger_url=where,
        reports_dir=folder / "reports",
        token_source=TokenSource.of("sandbox"),
    )
    found = place("127.0.0.1", 8080, public_url=public_url, has_tls=False, has_users=True)
    store = PageStore(where)
    try:
        made = Site(
            settings=settings,
            profile=Profile(),
            store=store,
            origin=found.origin,
            hosts=found.hosts,
            is_local=found.is_local,
            work=Work.of(
                jobs or Jobs({"ledger": where, "reports": str(folder / "reports"), "base_url": settings.base_url}),
                store,
                SHARED,
            ),
            now=clock,
            monotonic=clock,
            delays=Delays(clock),
            passwords=Passwords(CHEAP),
            say=said.append,
            **site,
        )
        yield Visitors(made, clock, said, table)
    finally:
        store.close()


@contextmanager
def listened(visitors: Visitors) -> Iterator[tuple[str, int]]:
    """Serve a site by real HTTP on loopback; give host and port."""
    listener = listening("127.0.0.1", 0)
    running = server(visitors.app)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        running.should_exit = True
        thread.join()
        listener.close()
