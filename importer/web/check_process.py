"""
Checking one import, in a process of its own: ``python -m importer.web.check_process``.

It reads an order on stdin, tells what it finds in lines of JSON on stdout, and keeps the draft. Memory is limited; the page
ends it by the clock. Once the page is gone, which closes stdin, it ends by itself. With the argument ``forks`` it is the loaded
process instead, which does so in a fork for each order. The file's bytes are looked into by a confined
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

from importer.errors import FileRefused, ImporterError, forbid_core_dumps
from importer.ingest.loaded_process import FORKS, serve_forks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.job import Event, Job
    from importer.ledger.drafts.draft_values import Draft
    from importer.setup.kept_answers import Asked
    from importer.setup.sheet_seen import SheetSeen

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
    """Load, then carry out one order, or fork a process for each."""
    limit_memory()
    load()
    return serve_forks(carry_out_one) if sys.argv[1:] == [FORKS] else carry_out_one()


def carry_out_one() -> int:
    """Carry out the order on stdin."""
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
    from importer.setup import kept_answers  # noqa: F401, PLC0415 - likewise
    from importer.web import jobs  # noqa: F401, PLC0415 - likewise


def limit_memory() -> None:
    """Let a sheet not take the whole machine's memory, and leave no core dump with people's data in it."""
    forbid_core_dumps()
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
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
    of its copy, or ``retried``, the run whose rows are tried again, or ``made``, what is to become of one appointment; ``anew`` where the draft is there. ``answers``: what was
    answered about the sheet, None: as the draft has it.
    """
    from importer.commands.drafts.draft_apart import (  # noqa: PLC0415 - behind the limit
        NamedFile,
        keep_apart,
        keep_retry_apart,
        look_apart,
    )
    from importer.commands.drafts.kept_settings import by_answers  # noqa: PLC0415 - likewise
    from importer.commands.drafts.one_appointment import keep_change_apart  # noqa: PLC0415 - likewise
    from importer.setup.kept_answers import asked_about  # noqa: PLC0415 - likewise
    from importer.web.jobs import Jobs  # noqa: PLC0415 - likewise

    job = Jobs(order["options"], order["config"]).job(order["chosen"], on_event=teller.hear, answers=order["answers"])
    left, asked = _kept_before(job, order["draft"]), None
    if left is not None and not order["anew"]:
        return _told(teller, left)
    if order["path"] and order["answers"] is not None:
        job = by_answers(job, order["answers"])
        facts, seen = seen_of(job, order["path"])
        teller.say(seen=facts)
        asked = asked_about(job, seen, zone=order["zone"])
        if not asked.goes and any(question.is_needed for question in asked.questions):
            return teller.say(columns=asked.plain())
        job = replace(job, began=time.monotonic())
    if left is not None:
        found, draft = look_apart(job, order["draft"])
    elif order.get("made"):
        made = order["made"]
        found, draft = keep_change_apart(
            job, order["draft"], made["what"], made["uuid"], when=made["when"], by=order["by"]
        )
    elif order.get("retried"):
        found, draft = keep_retry_apart(job, order["draft"], order["retried"], by=order["by"])
    else:
        found, draft = keep_apart(job, order["draft"], [NamedFile(order["path"], order["name"])], by=order["by"])
    del found
    return _told(teller, draft, asked)


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


def _told(teller: Teller, draft: Draft, asked: Asked | None = None) -> None:
    zones = draft.plan.zones
    told = {"asked": asked.plain()} if asked is not None else {}
    answers = draft.settings.get("answers", ())
    teller.say(
        kept=draft.id, rows=sum(file["rows"] for file in draft.plan.files), zone=zones[0] if zones else "",
        answers=answers, **told,
    )  # fmt: skip


def seen_of(job: Job, path: str) -> tuple[dict[str, Any], SheetSeen]:
    """
    Return what a sheet is at a glance, and its first rows, for what they leave open.

    At a glance: ``rows``, ``columns``, its ``sheet`` and the ``sheets`` beside it, ``notes``.

    Raises:
        FileRefused: it cannot be read.
    """
    from importer.columns import heading_score  # noqa: PLC0415 - behind the limit
    from importer.commands.job import about  # noqa: PLC0415 - likewise
    from importer.commands.pipeline import without_hidden  # noqa: PLC0415 - likewise
    from importer.reading.sheet_choice import first_rows, of_hidden, open_sheet  # noqa: PLC0415 - likewise
    from importer.setup.sheet_seen import ROWS_SEEN, seen_in  # noqa: PLC0415 - likewise

    score, leaves_out = partial(heading_score, profile=job.profile), job.profile.hidden_rows == "leave_out"
    with (
        about(path),
        open_sheet(
            path, sheet=job.settings.sheet, heading_score=score, chunk_rows=ROWS_SEEN, until=job.check_until,
            without_hidden=True, texts_apart=True,
        ) as sheet,
    ):  # fmt: skip
        first, chunks = first_rows(sheet.chunks(), ROWS_SEEN)
        rows = sum(len(chunk) for chunk in chunks)
        seen = seen_in(sheet, next(without_hidden([first] if first else [], sheet.hidden if leaves_out else ()), None))
        notes = [*seen.notes, *of_hidden(sheet.hidden, left_out=leaves_out), *sheet.notes_at_end()]
        return {
            "rows": rows, "columns": len(sheet.headings), "sheet": sheet.name,
            "sheets": [name for name in (sheet.name, *sheet.unread) if name], "heading_row": sheet.heading_row,
            "notes": notes,
        }, seen  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
