"""
Checking one import, in a process of its own: ``python -m importer.web.check_process``.

It reads an order on stdin, tells what it finds in lines of JSON on stdout, and keeps the draft. Memory is limited; the page
ends it by the clock. Once the page is gone, which closes stdin, it ends by itself. The file's bytes are looked into by a confined
process only (``importer.reading.child``); this one learns no token.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import FileRefused, ImporterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.job import Event, Job
    from importer.ledger.drafts.draft_values import Draft

MEMORY_BYTES: Final = 3_000_000_000
TOLD_EVERY_S: Final = 0.3


@dataclass(slots=True)
class Teller:
    """Writes what happens as lines of JSON; of progress not more than a page can show."""

    path: str = ""
    name: str = ""
    _last: tuple[str, float] = field(default_factory=lambda: ("", 0.0))

    def say(self, **members: Any) -> None:
        """Write one line."""
        sys.stdout.buffer.write(orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()

    def hear(self, event: Event) -> None:
        """Tell an event of the job."""
        stage, last = self._last
        now = time.monotonic()
        if event.stage == "note" or (event.stage == stage and now < last + TOLD_EVERY_S):
            return
        self._last = (event.stage, now)
        self.say(stage=event.stage, done=event.done, total=event.total)

    def clean(self, text: str) -> str:
        """Return a sentence without the place of the copy: to people the file has the name that they gave it."""
        return text.replace(f"{self.path}: ", "").replace(self.path, self.name) if self.path else text


def main() -> int:
    """Carry out one order."""
    limit_memory()
    load()
    order = orjson.loads(sys.stdin.buffer.readline() or b"{}")
    if not order:
        return 0
    threading.Thread(target=_end_with_the_page, daemon=True).start()
    teller = Teller(order.get("path", ""), order.get("name", ""))
    try:
        carry_out(order, teller)
    except FileRefused as refused:
        teller.say(refused=[refused.code, teller.clean(str(refused)), teller.clean(refused.fix)])
    except MemoryError:
        teller.say(refused=["too_large", "The sheet needs too much memory to be checked.", SMALLER])
    except ImporterError as error:
        teller.say(failed=[type(error).__name__, teller.clean(str(error)), teller.clean(error.fix)])
    return 0


SMALLER: Final = "Delete rows and columns that are not needed, or split the sheet into smaller ones."


def load() -> None:
    """Load all that a check needs, so that an order that comes later is carried out at once."""
    from importer.commands.drafts import draft_apart  # noqa: F401, PLC0415 - loaded for later
    from importer.setup import sheet_seen  # noqa: F401, PLC0415 - likewise
    from importer.web import jobs  # noqa: F401, PLC0415 - likewise


def limit_memory() -> None:
    """Let a sheet not take the whole machine's memory, and leave no core dump with people's data in it."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most))


def _end_with_the_page() -> None:
    while sys.stdin.buffer.read(1):
        continue
    os._exit(1)


def carry_out(order: Mapping[str, Any], teller: Teller) -> None:
    """
    Do what the page ordered, and tell how it ended.

    ``order``: ``options`` and ``config`` of the page, ``chosen`` settings of the import, ``draft``, ``by``; ``path`` and ``name``
    of its copy, or ``retried``, the run whose rows are tried again; ``anew`` where the draft is there.
    """
    from importer.commands.drafts.draft_apart import (  # noqa: PLC0415 - behind the limit
        NamedFile,
        keep_apart,
        keep_retry_apart,
        look_apart,
    )
    from importer.web.jobs import Jobs  # noqa: PLC0415 - likewise

    job = Jobs(order["options"], order["config"]).job(order["chosen"], on_event=teller.hear)
    left = _kept_before(job, order["draft"])
    if left is not None and not order["anew"]:
        return _told(teller, left)
    if left is not None:
        found, draft = look_apart(job, order["draft"])
    elif order.get("retried"):
        found, draft = keep_retry_apart(job, order["draft"], order["retried"], by=order["by"])
    else:
        teller.say(seen=seen_of(job, order["path"]))
        job = replace(job, began=time.monotonic())
        found, draft = keep_apart(job, order["draft"], [NamedFile(order["path"], order["name"])], by=order["by"])
    del found
    return _told(teller, draft)


def _kept_before(job: Job, draft_id: str) -> Draft | None:
    """Return the import's draft, if it is kept: of a plan that is made anew, or by a check that was cut off before it could say so."""
    from importer.errors import UsageError  # noqa: PLC0415 - behind the limit
    from importer.ledger import drafts_of  # noqa: PLC0415 - likewise

    with drafts_of(job.settings.ledger_url, lock_timeout_s=job.settings.lock_timeout_s) as drafts:
        try:
            found: Draft = drafts.open(draft_id)
        except UsageError:
            return None
        return found if found.id == draft_id else None


def _told(teller: Teller, draft: Draft) -> None:
    zones = draft.plan.zones
    teller.say(kept=draft.id, rows=sum(file["rows"] for file in draft.plan.files), zone=zones[0] if zones else "")


def seen_of(job: Job, path: str) -> dict[str, Any]:
    """
    Return what a sheet is at a glance: ``rows``, ``columns``, its ``sheet`` and the ``sheets`` beside it, ``notes``.

    Raises:
        FileRefused: it cannot be read.
    """
    from importer.columns import heading_score  # noqa: PLC0415 - behind the limit
    from importer.commands.job import about  # noqa: PLC0415 - likewise
    from importer.reading.sheet_choice import open_sheet  # noqa: PLC0415 - likewise

    score = partial(heading_score, profile=job.profile)
    with (
        about(path),
        open_sheet(
            path, sheet=job.settings.sheet, heading_score=score, until=job.check_until, texts_apart=True
        ) as sheet,
    ):
        rows = sum(len(chunk) for chunk in sheet.chunks())
        return {
            "rows": rows, "columns": len(sheet.headings), "sheet": sheet.name,
            "sheets": [name for name in (sheet.name, *sheet.unread) if name], "heading_row": sheet.heading_row,
            "notes": [*sheet.notes, *sheet.notes_at_end()],
        }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
