"""What each command does to a run in each state: the table in the docstring of ``importer.ledger``, driven line by line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from desk import ROW, Desk, appointments

import importer.ledger
from importer.commands.drafts.draft_keeping import keep
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.plan import plan
from importer.commands.report import explain, report, resolve, runs
from importer.commands.run import AbandonedError, resume, retry
from importer.errors import Exit, Interrupted, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.model.issues import Issue
from importer.model.planned_calls import Intent
from importer.model.statuses import Action, RunState, Status
from importer.sending.dispatching import SendingResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.commands.job import Job
    from importer.ledger import Run

ROWS: Final = 3


def table() -> Iterator[tuple[str, str, str]]:
    """Yield command, state and what the docstring says."""
    lines = (importer.ledger.__doc__ or "").splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("command "))
    borders = lines[head - 1]
    starts = [at for at in range(len(borders)) if borders[at] == "=" and (at == 0 or borders[at - 1] == " ")]
    cells = [
        [line[at:to].strip() for at, to in zip(starts, [*starts[1:], None], strict=True)]
        for line in lines[head : lines.index(borders, head + 2)]
        if not line.startswith("=")
    ]
    for commands, *does in cells[1:]:
        # "then no" belongs to its command, and does not name one of its own.
        names = [commands] if commands.endswith(("no", "draft")) else commands.split(", ")
        yield from ((name, state, what) for name in names for state, what in zip(cells[0][1:], does, strict=True))


def cut_at_decide(_job: Job, _run: Run) -> None:
    raise KeyboardInterrupt


def cut_with_one_on_its_way(_job: Job, run: Run) -> None:
    run.calls.record([Intent(call.row_id) for call in run.calls.ready(1)])
    raise KeyboardInterrupt


def cut_once_what_is_left_is_settled(_job: Job, run: Run) -> None:
    run.calls.leave(Issue("interrupted"), at=0.0)
    raise KeyboardInterrupt


def halt(_job: Job, _run: Run) -> SendingResult:
    return SendingResult(Exit.TERMINATED, "Interrupted; requests in progress finished first.", 0, left_open=True)


CUTS: Final = {
    "reading": ("importer.commands.run.decide", cut_at_decide),
    "planned": ("importer.commands.run.deliver", cut_at_decide),
    "sending": ("importer.commands.run.deliver", cut_with_one_on_its_way),
    "halted": ("importer.commands.run.deliver", halt),
    "left": ("importer.commands.run.deliver", cut_once_what_is_left_is_settled),
}


def made(desk: Desk, state: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bring a run into a state; return its id."""
    if state in CUTS:
        with monkeypatch.context() as patched:
            patched.setattr(*CUTS[state])
            with pytest.raises((KeyboardInterrupt, AbandonedError)):
                desk.run(*appointments(ROWS))
    elif state == "draft":
        # So that there is something to explain.
        importer.commands.run.run(desk.job(), [other_sheet(desk)])
        return keep(desk.job(), [desk.sheet(*appointments(ROWS))])[1].id
    else:
        if state == "stopped":
            desk.sandbox.admit("another-token")
        desk.run(*appointments(ROWS))
        desk.sandbox.admit(desk.sandbox.token)
    return runs(desk.job())[0].id


def exported(desk: Desk) -> None:
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert list(ledger.export())


def explained(desk: Desk) -> None:
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        known = ledger.find("9")
    explain(desk.job(), "9" if known else "1001")


def dropped(desk: Desk, draft_id: str) -> None:
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        ledger.drafts.drop(draft_id)


def other_sheet(desk: Desk) -> str:
    row = ROW | {"externalEventId": "9", "phone": "2125550190", "eventDateTime": "2027-04-01 09:00"}
    return desk.sheet(row, name="other.csv")


def no(_question: object) -> bool:
    return False


COMMANDS: Final[dict[str, Callable[[Desk, str], object]]] = {
    "run": lambda desk, _: importer.commands.run.run(desk.job(), [other_sheet(desk)]),
    "plan": lambda desk, _: plan(desk.job(), [other_sheet(desk)]),
    "run --draft": lambda desk, one: run_draft(desk.job(), one),
    "drop-draft": dropped,
    "resume": lambda desk, one: resume(desk.job(), one),
    "resume, then no": lambda desk, one: resume(desk.job(), one, confirm=no),
    "retry": lambda desk, one: retry(desk.job(), one),
    "retry, then no": lambda desk, one: retry(desk.job(), one, confirm=no),
    "resolve": lambda desk, one: resolve(desk.job(), one, [2], sent=False),
    "report": lambda desk, one: report(desk.job(), one),
    "ledger export": lambda desk, _: exported(desk),
    "runs": lambda desk, _: runs(desk.job()),
    "explain": lambda desk, _: explained(desk),
}


@dataclass
class Seen:
    """How a run stands: None where the ledger does not know it; ``created``: how often the API made each appointment."""

    record: Any
    totals: dict[Status, int]
    created: Counter[str | None]
    runs: int
    reports: int


def seen(desk: Desk, run_id: str) -> Seen:
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        assert ledger.verify().faults == ()
        known = {one.id: one for one in ledger.runs(None)}
        drafts: dict[str, Any] = {one.id: one for one in ledger.drafts.all()}
        totals = ledger.run(run_id).report.totals() if run_id in known else {}
    created = Counter(number for deed, number, _ in desk.deeds() if deed == Action.CREATE)
    there = desk.folder / "reports" / run_id / "results.csv"
    return Seen(
        known.get(run_id) or drafts.get(run_id),
        totals,
        created,
        len(known),
        there.stat().st_mtime_ns if there.exists() else 0,
    )


def ended_totals(state: str) -> dict[Status, int]:
    if state == "sending":
        return {Status.UNKNOWN: 1, Status.NOT_SENT: ROWS - 1}
    return {Status.NOT_SENT: ROWS}


@pytest.mark.parametrize(("command", "state", "says"), [pytest.param(*each, id="-".join(each)) for each in table()])
def test_a_command_does_to_a_run_what_the_table_says(
    desk: Desk, command: str, state: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's rows, what the API did, and whether the command refuses, are those of the documented table."""
    run_id = made(desk, state, monkeypatch)
    before = seen(desk, run_id)
    raised = None

    try:
        COMMANDS[command](desk, run_id)
    except (NothingToDo, UsageError, Interrupted) as error:
        raised = type(error)

    after = seen(desk, run_id)
    ours = {number: count for number, count in after.created.items() if number != "9"}
    other = Counter({"9": after.created["9"] - before.created["9"]})
    all_sent = {str(1001 + place): 1 for place in range(ROWS)}
    is_ended = command.split(",", maxsplit=1)[0] in {"retry", "resolve"} and state in CUTS
    is_ended |= (command, state) == ("report", "halted")
    expected_totals = ended_totals(state) if is_ended else before.totals
    match says:
        case "forgotten":
            assert (raised, after.record, ours) == (None if state == "draft" else UsageError, None, {})
        case "sent":
            assert (raised, after.record.state, ours) == (None, RunState.FINISHED, all_sent)
            assert after.totals == {Status.CREATED: ROWS}
        case "sent anew":
            assert (raised, after.runs, ours) == (None, before.runs + 1, all_sent)
            assert after.totals == expected_totals
            assert (after.record is None) is (state == "draft")
        case "settled":
            assert (raised, ours) == (None, {})
            assert after.totals == {Status.NOT_SENT: ROWS}
        case "ended":
            assert raised is (Interrupted if command.endswith("no") else None)
            assert (after.record.state, ours) == (RunState.FINISHED, {})
            assert after.totals == ended_totals(state)
        case "refused" | "none left" | "as it is" | "reported":
            refuses = {"refused": UsageError, "none left": NothingToDo}
            assert raised is (Interrupted if says == "as it is" and command.endswith("no") else refuses.get(says))
            assert (after.totals, after.created) == (expected_totals, before.created + other)
            assert is_ended or after.record == before.record
            assert (after.reports > before.reports) is (says == "reported" or (is_ended and state in CUTS))
        case _:
            pytest.fail(f"the table says {says}, which nothing here looks at")


def test_the_table_is_whole() -> None:
    """Every command stands in it with every state, and every state can be brought about."""
    assert {command for command, _, _ in table()} == set(COMMANDS)
    assert {state for _, state, _ in table()} == {*CUTS, "draft", "stopped", "finished"}
