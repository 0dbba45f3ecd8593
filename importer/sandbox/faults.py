"""
Faults that can be switched on: which kinds there are, and when one strikes.

A ``Rule`` names a kind and when it strikes: by rate, by script (skip so many calls, strike so many times, only this
action or appointment), or in a window of time. The first rule that strikes decides. What a kind does to the effect
and to the answer stands in ``mischief``.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FaultKind = Literal[
    "status_before",  # answers `status` and does nothing; with `html` a proxy's page
    "status_after",  # does it, then answers `status` all the same
    "reset_before",
    "reset_after",
    "hang_before",  # keeps silent for `seconds`, then closes; nothing was done
    "hang_after",  # does it, keeps silent for `seconds`, then closes
    "late",  # keeps silent for `seconds`, then does it and answers
    "truncated",  # does it, announces the whole answer, sends half of it
    "drip_header",  # does it, answers one byte every `seconds`
    "drip_body",  # does it, sends the headers, then one byte of the body every `seconds`
    "mixed_up",  # does it, answers with another appointment's record
    "older",  # on a create: somebody else had made this reminder before, with other values
    "html",  # does it, answers 200 with an HTML page
    "empty",  # does it, answers 200 without a body
    "broken_gzip",  # does it, answers 200 with a Content-Encoding that the body does not hold
    "broken_json",
    "no_uuid",
    "huge",  # does it, answers 200 with a body of `megabytes`
    "stale",  # does it, answers, and closes the kept-alive line without saying so
    "redirect",  # answers `status` (307) with a Location elsewhere; does nothing
]

FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One fault and when it strikes.

    ``rate``: its share of the calls that match. ``after``: so many matching calls are spared first. ``times``: it
    strikes at most so often. ``actions``: only these (create, update, cancel, no_show, type). ``external_event_id``
    and ``uuid``: only calls that name it. ``from_s``/``until_s``: only so many seconds after the rules were set.
    ``status``, ``html``, ``headers`` (such as Retry-After), ``seconds``, ``megabytes``: details of the kind.
    """

    kind: FaultKind
    rate: float = 1.0
    after: int = 0
    times: int | None = None
    actions: tuple[str, ...] = ()
    external_event_id: str | None = None
    uuid: str | None = None
    from_s: float = 0.0
    until_s: float | None = None
    status: int = 500
    html: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60.0
    megabytes: int = 256

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Rule:
        """Return a rule from its JSON form. Raises ``ValueError`` naming an unknown kind or member."""
        if not isinstance(given, dict):
            raise ValueError("a fault rule is an object with a kind")  # noqa: TRY004 - wrong text in a file, no wrong call
        names = {one.name for one in fields(cls)}
        unknown = sorted(set(given) - names)
        if unknown:
            raise ValueError(f"a fault rule has no {', '.join(unknown)}; it has {', '.join(sorted(names))}")
        if given.get("kind") not in FAULT_KINDS:
            raise ValueError(f"a fault's kind is one of {', '.join(FAULT_KINDS)}")
        return cls(**{**given, "actions": tuple(given.get("actions", ()))})


def mix(rates: Mapping[str, float], **details: Any) -> tuple[Rule, ...]:
    """Return one rule a kind, each at its rate: ``mix({"reset_after": 0.02, "truncated": 0.02})``."""
    return tuple(Rule.parse({"kind": kind, "rate": rate, **details}) for kind, rate in rates.items())


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a rule may look at: the action, and the names of the appointment as far as the request tells them."""

    action: str
    uuid: str | None = None
    external_event_id: str | None = None


class Faults:
    """The rules in force and their counters. Safe to use from many threads."""

    def __init__(self, rules: Iterable[Rule], *, clock: Callable[[], float], seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - faults are to be repeatable, not secret
        self.struck: dict[str, int] = {}
        self.rules: tuple[Rule, ...] = ()
        self.set(rules)

    def set(self, rules: Iterable[Rule]) -> None:
        """Put these rules in place of the old ones; counters and windows start anew."""
        with self._lock:
            self.rules = tuple(rules)
            self._seen = [0] * len(self.rules)
            self._times = [0] * len(self.rules)
            self._began = self._clock()

    def choose(self, call: CallFacts) -> Rule | None:
        """Return the rule that strikes this call, and count it; None leaves the call alone."""
        with self._lock:
            for position, rule in enumerate(self.rules):
                if self._strikes(position, rule, call):
                    self.struck[rule.kind] = self.struck.get(rule.kind, 0) + 1
                    return rule
        return None

    def _strikes(self, position: int, rule: Rule, call: CallFacts) -> bool:
        elapsed = self._clock() - self._began
        if not _matches(rule, call) or elapsed < rule.from_s or (rule.until_s is not None and elapsed >= rule.until_s):
            return False
        self._seen[position] += 1
        if self._seen[position] <= rule.after or (rule.times is not None and self._times[position] >= rule.times):
            return False
        if rule.rate < 1.0 and self._random.random() >= rule.rate:
            return False
        self._times[position] += 1
        return True


def _matches(rule: Rule, call: CallFacts) -> bool:
    return (
        (not rule.actions or call.action in rule.actions)
        and (rule.external_event_id is None or rule.external_event_id == call.external_event_id)
        and (rule.uuid is None or rule.uuid == call.uuid)
    )
