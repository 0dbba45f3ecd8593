"""The table of an appointment's states in the ledger's docstring, each cell of it against the one function that follows it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

import importer.ledger
from importer.ledger.known_reminders import NOTHING, doubts, effect, is_forgotten
from importer.model.planned_calls import Outcome, ReminderChange
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

SENT: Final = orjson.dumps({"firstName": "Ana", "eventDateTime": "2027-01-16T08:00:00"})
CREATED: Final = orjson.dumps({**orjson.loads(SENT), "lastName": "Diaz"})
ACTIVE: Final[dict[str, Any]] = {**NOTHING, "uuid": "u", "accepted": SENT, "starts_at": 7}
DOUBTFUL: Final = "firstName=ab lastName=cd"
BEFORE: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "nothing": (NOTHING,),
    "create doubt": ({**NOTHING, "state": "uncertain", "in_doubt": "create", "accepted": CREATED},),
    "active": (ACTIVE,),
    "update doubt": ({**ACTIVE, "in_doubt": "update", "doubtful": DOUBTFUL},),
    "cancel doubt": ({**ACTIVE, "in_doubt": "cancel"}, {**ACTIVE, "in_doubt": "cancel", "doubtful": DOUBTFUL}),
    "no-show d.": ({**ACTIVE, "in_doubt": "no_show"}, {**ACTIVE, "in_doubt": "no_show", "doubtful": DOUBTFUL}),
    "ended": ({**ACTIVE, "state": "cancelled"}, {**ACTIVE, "state": "no_show_sent"}),
}
OUTCOMES: Final = {
    "accepted": Outcome.ACCEPTED, "doubted": Outcome.DOUBTED, "found older": Outcome.OLDER, "denied": Outcome.DENIED,
}  # fmt: skip
IN_DOUBT: Final = {None: "active", "update": "update doubt", "cancel": "cancel doubt", "no_show": "no-show d."}
NAMES: Final = {"uncertain": "create doubt", "cancelled": "cancelled", "no_show_sent": "no-show sent"}


def table() -> Iterator[tuple[str, str, str]]:
    """Yield event, state before it, and what the docstring says."""
    lines = (importer.ledger.__doc__ or "").splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("event "))
    borders = lines[head - 1]
    starts = [at for at in range(len(borders)) if borders[at] == "=" and (at == 0 or borders[at - 1] == " ")]
    rows = [
        [line[at:to].strip() for at, to in zip(starts, [*starts[1:], None], strict=True)]
        for line in (lines[head], *lines[head + 2 : lines.index(borders, head + 2)])
    ]
    for event, *cells in rows[1:]:
        yield from ((event, state, said) for state, said in zip(rows[0][1:], cells, strict=True))


def change_of(event: str) -> ReminderChange:
    name, _, outcome = event.partition(" ")
    action = Action(name.replace("-", "_"))
    is_unanswered = action is Action.CREATE and outcome in {"doubted", "denied"}
    body = SENT if action in {Action.CREATE, Action.UPDATE} else None
    start = 7 if body else None
    return ReminderChange(OUTCOMES[outcome], action, b"lane", None, None if is_unanswered else "u", body, start, b"")


def seen(before: dict[str, Any], after: dict[str, Any], said: str) -> str:
    """Return what became of a reminder, in the words of the table, as exactly as it says it."""
    if said == "as it is":
        return said if all(after[name] == before[name] for name in NOTHING if name != "fingerprint") else "changed"
    if said in {"less doubt", "more doubt"}:
        fewer, more = sorted((doubts(before["doubtful"]).keys(), doubts(after["doubtful"]).keys()), key=len)
        grown = doubts(after["doubtful"]).keys() == more
        return f"{'more' if grown else 'less'} doubt" if fewer < more and after["in_doubt"] == "update" else "changed"
    return NAMES.get(after["state"], IN_DOUBT[after["in_doubt"]] if after["in_doubt"] != "create" else "create doubt")


@pytest.mark.parametrize(("event", "state", "said"), list(table()), ids=str)
def test_the_table_is_what_is_written(event: str, state: str, said: str) -> None:
    """What the docstring says of an event and a state is what the function writes; what it leaves out cannot be."""
    for before in BEFORE[state]:
        change = change_of(event)
        if said == "-":
            assert (state, change.outcome) == ("nothing", Outcome.DENIED)
        elif is_forgotten(before, change):
            assert said == "forgotten"
        else:
            if said == "active" and change.outcome is Outcome.DENIED and before["doubtful"]:
                said = "update doubt"  # the values in doubt below come back
            after = {**before, "uuid": change.uuid or before["uuid"], **effect(before, change)}
            assert seen(before, after, said) == said


def test_the_table_has_all_events_and_states() -> None:
    """Every outcome of every action stands in it, upon every state."""
    told = list(table())
    events = {event for event, _, _ in told}
    wanted = {f"{name} {outcome}" for name in ("create", "update", "cancel", "no-show") for outcome in OUTCOMES}

    assert events == {one for one in wanted if one.startswith("create") or not one.endswith("found older")}
    assert len(told) == len(events) * len(BEFORE)


DECIDED: Final = {"state", "in_doubt", "doubtful"}


def statements() -> Iterator[tuple[str, set[str]]]:
    """Yield of each update of reminders that is written in the code its module, and the columns that it names."""
    for path in sorted(Path(importer.ledger.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "values":
                continue
            calls = [one for one in ast.walk(node.func.value) if isinstance(one, ast.Call)]
            if any(ast.unparse(one) == "update(reminders)" for one in calls):
                yield path.name, {str(one.arg) for one in node.keywords}


def test_nothing_else_writes_what_the_table_decides() -> None:
    """Statements beside the table change identity, seal, hashed values and who told a reminder last, never its state or doubts."""
    found = list(statements())

    assert len(found) > 3
    assert [(module, columns & DECIDED) for module, columns in found if columns & DECIDED] == []
