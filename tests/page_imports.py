"""A page that sends to a sandbox, with its checks and its sender at work, and a coordinator who uses it as in a browser."""

from __future__ import annotations

import html
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk import Desk, appointments
from page_visitors import visited

from importer.ledger.page.import_values import ImportState
from importer.web.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response
    from page_visitors import Browser, Visitors

    from importer.ledger.page.import_values import Import
    from importer.sandbox import Sandbox

LONGEST_S = 90.0
DAY = date.today() + timedelta(days=30)  # noqa: DTZ011 - any day that is not far off will do
SOON = {"eventDateTime": f"{DAY} 09:00", "remindTimeOffset": "PT20H"}


def week(count: int) -> list[dict[str, str]]:
    """Return so many different appointments of one day that is still to come."""
    return appointments(count, **SOON)


@dataclass
class Office:
    """A page at work, and the one who uses it."""

    page: Visitors
    desk: Desk
    sandbox: Sandbox
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.page.add("dana")

    def upload(self, content: bytes, name: str = "week.csv", **fields: str) -> str:
        """Upload a sheet; return the import's id."""
        answer = self.browser.post(
            "/",
            data=fields,
            files={"file": (name, content, "application/octet-stream")},
            headers={"origin": "null", "sec-fetch-site": "same-origin"},
        )
        assert answer.status_code == 303, words(answer)
        return str(answer.headers["location"].split("/")[2])

    def upload_rows(self, *rows: dict[str, str], name: str = "week.csv", **fields: str) -> str:
        """Upload rows as a CSV; return the import's id."""
        return self.upload(Path(self.desk.sheet(*rows, name="made.csv")).read_bytes(), name, **fields)

    def one(self, import_id: str) -> Import:
        found = self.page.site.store.imports.find(import_id)
        assert found is not None
        return found

    def wait(self, import_id: str, *states: ImportState) -> Import:
        """Wait until an import stands in one of these states."""
        deadline = time.monotonic() + LONGEST_S
        while (one := self.one(import_id)).state not in states:
            assert time.monotonic() < deadline, f"it stands at {one.state}: {one.problem}"
            time.sleep(0.05)
        return one

    def reviewed(self, *rows: dict[str, str], **how: Any) -> str:
        """Upload rows and wait for their review."""
        import_id = self.upload_rows(*rows, **how)
        self.wait(import_id, ImportState.REVIEW)
        return import_id

    def get(self, import_id: str, page: str = "") -> Response:
        return self.browser.get(f"/imports/{import_id}/{page}".rstrip("/"))

    def post(self, import_id: str, page: str, **fields: Any) -> Response:
        return self.browser.send_form(f"/imports/{import_id}/{page}", **fields)

    def send(self, import_id: str, **fields: str) -> Response:
        """Press Send on the confirmation as it is shown now."""
        shown = self.get(import_id, "confirm")
        assert shown.status_code == 200, words(shown)
        return self.post(import_id, "confirm", **{**hidden(shown), **fields})

    def sent(self, import_id: str) -> Import:
        """Press Send and wait for the end."""
        answer = self.send(import_id)
        assert answer.headers["location"].endswith("/progress"), words(answer)
        return self.wait(import_id, ImportState.FINISHED, ImportState.STOPPED)


def hidden(answer: Response) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.text))


def words(answer: Response) -> str:
    """Return what a page says, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).replace("\N{NO-BREAK SPACE}", " ").split())


@contextmanager
def office(folder: Path, sandbox: Sandbox, *, settings: str = "") -> Iterator[Office]:
    """Give a page at work. ``settings``: what stands in its ``importer.toml``. The token has to be in the environment."""
    config = folder / "importer.toml"
    config.write_text(settings, encoding="utf-8")
    options = {"ledger": str(folder / "ledger.db"), "reports": str(folder / "reports"), "base_url": sandbox.base_url}
    with visited(folder, jobs=Jobs(options, str(config)), clock=time.time) as page:
        work = page.site.work
        work.start(page.site.store)
        try:
            yield Office(page, Desk(folder, sandbox), sandbox)
        finally:
            work.close()
