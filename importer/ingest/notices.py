"""
Telling what a pass over drops came to: one notice a change of state, to each target once.

What is to be told is written into the ledger before anybody is told, and that somebody knows it afterwards. So a pass that is killed
while it tells may tell once more, and never forgets. A notice that cannot be sent is said on stderr, and sent by the next pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.errors import Exit
from importer.ingest.conditions import Condition, compared, conditions_of
from importer.ingest.notice_targets import name_of, tell, urls_of
from importer.ingest.notice_texts import Text, in_counts, of_change, of_digest, of_good, of_pass
from importer.model import times
from importer.model.drops import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.ingest.conditions import Seen
    from importer.ingest.pass_results import DropResult
    from importer.ingest.surroundings import Surroundings
    from importer.ledger import Ledger
    from importer.ledger.claims import Notices
    from importer.model.drops import Notify, Standing
    from importer.model.statuses import Status

DAY_S: Final = 86_400.0
_DONE: Final = frozenset({0, 4})


class Audience(NamedTuple):
    """
    Who is told of a pass.

    ``urls``: the targets. ``watching``: passes follow each other, so that one in which nothing happened is none to tell of.
    """

    notify: Notify
    urls: Sequence[str]
    watching: bool = False

    def without_digest(self) -> Audience:
        """Return the same, without what the day brought."""
        return self._replace(notify=replace(self.notify, digest_at=None))


@dataclass(slots=True)
class _Telling:
    """One pass's notices. ``failed``: why a target did not take the last one; it is not tried again in this pass."""

    around: Surroundings
    notify: Notify
    urls: Sequence[str]
    failed: dict[int, str] = field(default_factory=dict)
    sent: int = 0

    def to(self, target: int, text: Text) -> bool:
        """Tell one target; return whether it knows."""
        if target in self.failed:
            return False
        why = tell(self.urls[target], text, private=self.notify.private)
        if why:
            self.failed[target] = why
        else:
            self.sent += 1
        return not why

    def name(self, drop: str) -> str:
        """Return what people call a drop: with its tenant, if there are several."""
        tenant = self.around.job.settings.tenant
        return f"{tenant}/{drop}" if tenant and drop else drop

    @property
    def notes(self) -> list[str]:
        """What is said of notices that could not be sent."""
        return [
            f"A notice could not be sent to {name_of(target, self.urls[target])}: {why}. The next pass tries again."
            for target, why in self.failed.items()
        ]


def audience_of(notify: Notify | None, *, watching: bool = False) -> Audience | None:
    """
    Return who is told, None for nobody.

    Raises:
        SettingsError: the targets cannot be read, or what it takes to tell them is not installed.
    """
    return None if notify is None else Audience(notify, urls_of(notify), watching)


def tell_news(around: Surroundings, audience: Audience, seen: Seen, others: Sequence[str] = ()) -> list[str]:
    """
    Tell what has changed with the drops of a pass; return what is said of notices that could not be sent.

    ``others``: drops that had passes of their own today; what the day brought is told of them, too.
    """
    notify, urls, watching = audience
    if not urls:
        return []
    found = conditions_of(seen.drops.values(), around.ledger)
    _write_down(around, notify, found, seen)
    telling = _Telling(around, notify, urls)
    around.step("notice")
    changed = _tell_changes(telling, {each.key: each for each in found}, seen)
    if notify.always:
        _tell_pass(telling, [result for drop, result in seen.drops.items() if drop not in changed], watching=watching)
    if notify.digest_at is not None:
        _tell_day(telling, [*seen.drops, *others])
    around.step("told", count=str(telling.sent))
    return telling.notes


def _write_down(around: Surroundings, notify: Notify, found: list[Condition], seen: Seen) -> None:
    """Write down which states began, and forget those that have passed."""
    book, now = around.ledger.notices, around.job.now()
    standing = book.standing()
    change = compared(found, standing, seen, around.ledger, notify.on)
    busy = {each.drop for each in change.began}
    book.remove([one.id for one in standing if one in change.ended or (one.kind == GOOD and one.drop in busy)])
    for each in change.began:
        newest = around.ledger.claims.newest(each.drop)
        book.add(each.drop, each.kind, each.about, claim=newest.id if newest else 0, at=now)
    for drop in change.good:
        book.add(drop, GOOD, "", claim=0, at=now)


def _tell_changes(telling: _Telling, found: Mapping[tuple[str, str, str], Condition], seen: Seen) -> set[str]:
    """Tell each target what it does not know yet; return the drops of which there was something to tell."""
    book, everybody = telling.around.ledger.notices, range(len(telling.urls))
    news = [one for one in book.standing() if not one.told.issuperset(everybody)]
    for drop in dict.fromkeys(one.drop for one in news):
        of_drop = [one for one in news if one.drop == drop]
        for target in everybody:
            untold = [one for one in of_drop if target not in one.told]
            if untold and telling.to(target, _text(telling, untold, found, seen.drops.get(drop))):
                of_drop = [one if one not in untold else _known(book, one, target) for one in of_drop]
        book.remove([one.id for one in of_drop if one.kind == GOOD and one.told.issuperset(everybody)])
    return {one.drop for one in news}


def _known(book: Notices, one: Standing, target: int) -> Standing:
    told = one.told | {target}
    book.know([one.id], told)
    return replace(one, told=told)


def _text(
    telling: _Telling, untold: Sequence[Standing], found: Mapping[tuple[str, str, str], Condition], result: DropResult | None
) -> Text:  # fmt: skip
    drop = untold[0].drop
    began = [found.get((drop, one.kind, one.about)) or _remembered(one) for one in untold if one.kind != GOOD]
    if began:
        return of_change(telling.name(drop), began, telling.around.job.command)
    return of_good(telling.name(drop), _done(telling.around.ledger, result) if result else "")


def _remembered(one: Standing) -> Condition:
    """Return a state of an earlier pass that this one did not look at, as far as the ledger knows it."""
    code = int(one.about) if one.about.isdecimal() else int(Exit.FILE_REFUSED)
    return Condition(
        one.drop, one.kind, one.about, code, one.about if one.kind in {"held", "unknown"} else None, files=1
    )


def _tell_pass(telling: _Telling, drops: Sequence[DropResult], *, watching: bool) -> None:
    """Tell of each drop, of which there is no other news, what the pass came to there."""
    ledger = telling.around.ledger
    standing = Counter(one.drop for one in ledger.notices.standing())
    for result in drops:
        done = _done(ledger, result)
        if done or not watching:
            for target in range(len(telling.urls)):
                telling.to(target, of_pass(telling.name(result.drop), done, standing[result.drop]))


def _tell_day(telling: _Telling, drops: Sequence[str]) -> None:
    """Tell what the day brought, if the hour for it has come and nobody was told yet."""
    ledger, now = telling.around.ledger, telling.around.job.now()
    last, due = ledger.notices.last_digest(), _due(telling.notify, now)
    if last is not None and last >= due:
        return
    since = last if last is not None else due - DAY_S
    standing = Counter(one.drop for one in ledger.notices.standing() if one.kind != GOOD)
    done = {
        drop: in_counts(
            [(claim.state.value, claim.run) for claim in ledger.claims.since(drop, since)], _totals_of(ledger)
        )
        for drop in drops
    }
    named = {telling.name(drop): told for drop, told in done.items()}
    text = of_digest(named, {telling.name(drop): count for drop, count in standing.items()})
    if [target for target in range(len(telling.urls)) if telling.to(target, text)]:
        ledger.notices.told_digest(now)


def _due(notify: Notify, now: float) -> float:
    """Return the last moment at which a digest was due, UTC seconds."""
    zone = times.zone(notify.zone)
    at = datetime.combine(datetime.fromtimestamp(now, zone).date(), notify.digest_at or time(0), zone)
    return at.timestamp() if at.timestamp() <= now else (at - timedelta(days=1)).timestamp()


def _done(ledger: Ledger, result: DropResult) -> str:
    """Return in counts what a pass did in a drop, "" if nothing."""
    files = [(file.state, file.run) for file in result.files if file.exit_code in _DONE]
    return in_counts(files, _totals_of(ledger))


def _totals_of(ledger: Ledger) -> Callable[[str], Mapping[Status, int]]:
    return lambda run: ledger.run(run).report.totals()
