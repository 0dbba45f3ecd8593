"""
Drafts in the orders: a sheet or a retry is kept, corrected, looked at, sent and forgotten, and killed in between.

The memory beside the ledger is plain: which drafts there are, and which values a person saw in one when she looked at it last.
What she looked at is her newest word, although it may be older than what a run has sent since she wrote it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from order_sheets import key_of, write

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_retrying import keep_retry
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.drafts.one_appointment import ACTIONS, change_one
from importer.commands.ledgers import opened_ledger
from importer.commands.run import DRAFT_KEPT_S
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from order_sheets import Line
    from order_world import World

    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger.drafts.draft_values import Draft

DONE_WITH: Final = {Status.FAILED, Status.UNKNOWN, Status.NOT_SENT, Status.HELD}


@dataclass
class KeptDraft:
    """
    What a person remembers of a draft. ``rows``: the values in each of its rows, the oldest first.

    ``touched``: when she changed or saw it last, in UTC seconds. ``is_retry``: its rows are those that a run left.
    """

    profile: str
    rows: dict[int, list[tuple[str, str]]]
    touched: float
    is_retry: bool = False


@dataclass
class KeptDrafts:
    """The drafts of a world. ``known``: those that may be sent; ``begun`` and ``ends``: what the command at work may add, or end."""

    world: World
    known: dict[str, KeptDraft] = field(default_factory=dict)
    begun: KeptDraft | None = None
    ends: str | None = None

    def forget(self) -> None:
        """Hear that the ledger was lost."""
        self.known.clear()

    def compared(self, there: set[str]) -> list[str]:
        """Take note of the drafts that are there after a command; return what is wrong with them."""
        found = []
        for draft_id in self.known.keys() - there:
            kept = self.known.pop(draft_id)
            if draft_id != self.ends and self.world.now - kept.touched <= DRAFT_KEPT_S:
                found.append(f"draft {draft_id} is gone")
        for draft_id in sorted(there - self.known.keys()):
            if self.begun is None:
                found.append(f"draft {draft_id} is there and nobody kept it")
            else:
                self.known[draft_id], self.begun = self.begun, None
        return found

    def _asked(self, act: Any, **how: Any) -> Any:
        """Give a command that may send nothing and may change nothing but drafts."""
        world = self.world
        sent, before = len(world.api.sent), None if world.is_open else world.content()
        result = world.command(act, **how)
        if len(world.api.sent) > sent:
            world.sins.append("a draft was sent before anybody said so")
        if before is not None and world.content() != before:
            world.sins.append("a draft changed what is known of appointments")
        return result

    def _job(self, draft_id: str) -> Job:
        kept = self.known[draft_id]
        return self.world.job() if kept.is_retry else self.world.job(kept.profile)

    def _chosen(self, place: int) -> str:
        # As they were kept: their names are made at random, and the draws have to be the same each time.
        return list(self.known)[::-1][place % len(self.known)]

    def keep(self, sheet: Sequence[Line], profile: str, **how: Any) -> None:
        """Keep the plan of a sheet."""
        world = self.world
        lines = world.as_written(sheet)
        path = write(world.folder / "draft.csv", lines)
        rows = {number: list(line.values) for number, line in enumerate(lines, start=2)}
        self.begun = KeptDraft(profile, rows, world.now)
        self._asked(lambda: keep(world.job(profile), [path]), **how)
        self.begun = None

    def keep_retry(self, run_id: str, **how: Any) -> None:
        """Keep what a run left."""
        world = self.world
        numbers = [row.number for row in world.seen.rows.get(run_id, ()) if row.number]
        self.begun = KeptDraft("", {number: [] for number in numbers}, world.now, is_retry=True)
        self._asked(lambda: keep_retry(world.job(), run_id), **how)
        self.begun = None

    def look(self, place: int, **how: Any) -> None:
        """Show a draft as it would be sent now."""
        draft_id = self._chosen(place)
        kept, now = self.known[draft_id], self.world.now
        result = self._asked(lambda: look(self._job(draft_id), draft_id), **how)
        if result is not None:
            kept.touched = now
        if (result is not None or self.world.was_killed) and not kept.is_retry:
            # Of a retry, rows that a later run has overtaken are never shown.
            for values in kept.rows.values():
                self.world.api.ages.looked_at(values)

    def edit(self, place: int, row: int, what: str, value: tuple[str, str], **how: Any) -> None:
        """Correct a cell of a draft, leave a row out, or take such a thing back."""
        draft_id = self._chosen(place)
        kept = self.known[draft_id]
        number = list(kept.rows)[row % len(kept.rows)] if kept.rows else 2
        name, text = value
        wanted = {
            "cell": Wanted(cells=[f"{number}:{name}={text}"]),
            "action": Wanted(cells=[f"{number}:action=update"]),
            "bad": Wanted(cells=[f"{number}:remindTimeOffset=soon"]),
            "as in file": Wanted(as_in_file=[str(number)]),
            "leave out": Wanted(leave_out=[str(number)]),
            "take in": Wanted(take_in=[str(number)]),
            "undo": Wanted(undo=True),
        }[what]
        if what == "cell":
            self.world.api.ages.written([value])
            kept.rows.setdefault(number, []).append(value)
        made = self._asked(lambda: edit(self._job(draft_id), draft_id, wanted), closes=False, **how)
        # Where nothing was edited, taking edits back touches nothing.
        if made is not None and what != "as in file":
            kept.touched = self.world.now

    def drop(self, place: int, **how: Any) -> None:
        """Forget a draft."""
        self.ends = draft_id = self._chosen(place)

        def forget() -> None:
            with opened_ledger(self._job(draft_id)) as ledger:
                ledger.drafts.drop(draft_id)

        self._asked(forget, closes=False, **how)
        self.ends = None
        if draft_id in self.known and not self.world.was_killed:
            self.world.sins.append(f"draft {draft_id} was forgotten and is still there")

    def send(self, place: int, *, confirm: bool, **how: Any) -> None:
        """Send a draft: what was shown goes, or nothing."""
        world = self.world
        self.ends = draft_id = self._chosen(place)
        shown, begun = self._shown(draft_id), len(world.api.sent)
        age = world.now - self.known[draft_id].touched
        act = lambda: run_draft(self._job(draft_id), draft_id, confirm=lambda _: confirm)  # noqa: E731 - one line of a command
        result = world.command(act, **how)
        self.ends = None
        sent = Counter(map(str, world.api.sent[begun:]))
        is_there = draft_id in self.known
        if sent and (is_there or not confirm):
            world.sins.append(
                f"draft {draft_id} was sent, although it {'is still there' if is_there else 'was declined'}"
            )
        if result is not None:
            if is_there:
                world.sins.append(f"draft {draft_id} was sent and is still there")
            if not how.get("faults"):
                self._compare(shown, result, sent)
        elif not world.was_killed:
            if sent:
                world.sins.append(f"draft {draft_id} was refused, and some of it was sent")
            if not is_there and age <= DRAFT_KEPT_S:
                world.sins.append(f"draft {draft_id} was refused and is gone")

    def change(self, what: str, appointment: int, when: str, *, confirm: bool, **how: Any) -> None:
        """Cancel or move one appointment, or send its no-show: a draft that is kept no longer than it is asked about."""
        world = self.world
        name = world.uuid_of(appointment) or key_of(appointment)[1]
        values = [("eventDateTime", when)] if what == "move" else []
        world.api.ages.written(values)
        self.begun = KeptDraft("default", {2: values}, world.now)
        before, sent = set(self.known), len(world.api.sent)
        act = lambda: change_one(world.job(), what, name, when=when, confirm=lambda _: confirm)  # noqa: E731 - likewise
        world.command(act, **how)
        self.begun = None
        others = set(world.api.sent[sent:]) - {ACTIONS[what]} if confirm else set(world.api.sent[sent:])
        if others:
            world.sins.append(f"{what} of one appointment sent {', '.join(sorted(others))}")
        if not world.was_killed and self.known.keys() - before:
            world.sins.append(f"{what} of one appointment left a draft")

    def _shown(self, draft_id: str) -> Draft:
        with self.world.read() as ledger:
            return ledger.drafts.named(draft_id)

    def _compare(self, shown: Draft, result: RunResult, sent: Counter[str]) -> None:
        """Look whether exactly what was shown was sent, nothing having hindered it."""
        wanted = Counter(dict(shown.plan.calls))
        # A create that is answered with an older reminder is followed by an update.
        too_many = {
            action for action in sent if sent[action] > wanted[action] + (action == "update") * wanted["create"]
        }
        too_few = {action for action in wanted if sent[action] < wanted[action]}
        left = any(result.totals[status] for status in DONE_WITH)
        if too_many or (too_few and not left):
            self.world.sins.append(f"draft {shown.id} sent {dict(sent)}, and {dict(wanted)} was shown")
