"""``importer plan``: what would be sent, row by row; nothing is."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.lives import of_change
from importer.cli.options import MEMORY, READING, screen_of, settings_options
from importer.cli.outcome import Outcome
from importer.cli.tables import table
from importer.cli.terminal import Styled
from importer.cli.working import sending
from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.cli.terminal import Line, Terminal
    from importer.model.calls import Change
    from importer.model.records import LifeRow
    from importer.run import PlanResult

ROWS_SHOWN: Final = 50
# Rows that want nothing from anybody are counted, not listed.
UNREMARKABLE: Final = frozenset({"unchanged", "duplicate"})
# What people read instead of the words for programs.
WORDS: Final = {"invalid": "to fix", "no_show": "no-show", "not_sent": "left out"}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", type=click.Path(path_type=Path), metavar="PLAN", help="Save the plan for importer run --plan.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 10 where there are calls to send.")
@settings_options(READING, MEMORY, ("all_or_nothing", "base_url"))
@click.pass_context
def plan(
    context: click.Context, /, files: tuple[str, ...], *, out: Path | None, detailed_exitcode: bool, **given: Any
) -> Outcome:
    """
    Show what importer run would send: new appointments, changes with old and new values, cancellations, no-shows.

    Nothing is sent and the ledger keeps nothing of it. What is printed is personal data.
    """
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.run import plan as plan_files

        listing = Listing()
        each = row_writer(screen) if screen.as_json else listing.see
        found = plan_files(job, files, out=out, each_row=each)
    code = exit_code(found, detailed=detailed_exitcode)
    if screen.as_json:
        screen.end_of_rows("plan", {"exit_code": code, **as_data(found)})
    return Outcome("plan", lines=list(lines(found, listing, files)), exit_code=code, streamed=True)


def exit_code(found: PlanResult, *, detailed: bool) -> int:
    """Return the plan's exit code; with ``detailed`` 10 where calls would be sent, unless a guard holds them."""
    calls = any(found.calls.values())
    return int(Exit.CALLS_TO_SEND if detailed and calls and found.exit_code is not Exit.HELD else found.exit_code)


def row_writer(screen: Terminal) -> Callable[[LifeRow], None]:
    """Return what writes each row into the JSON document as it comes, so that memory stays flat."""
    return lambda row: screen.row_of_document("plan", of_row(row))


def of_row(each: LifeRow) -> dict[str, Any]:
    """Return one row of the plan as JSON holds it."""
    row = each.row
    return {
        "file": row.file.name,
        "sheet": row.file.sheet,
        "row": row.number,
        "verdict": verdict(each),
        "uuid": row.uuid,
        "external_event_id": row.external_event_id,
        "changes": [of_change(change) for change in each.changes],
        "problems": list(row.problems),
        "warnings": list(row.warnings),
    }


def verdict(each: LifeRow) -> str:
    """Return what would become of a row: the call that it needs, or at once its status."""
    return each.row.status.value if each.row.status is not None else each.row.action


def as_data(found: PlanResult) -> dict[str, Any]:
    """Return the members of ``plan --json`` that follow its rows."""
    return {
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in found.files],
        "calls": {action.value: count for action, count in found.calls.items()},
        "totals": {status.value: count for status, count in found.totals.items()},
        "people": found.people,
        "fingerprint": found.fingerprint,
        "plan": str(found.saved) if found.saved else None,
    }


@dataclass(slots=True)
class Listing:
    """The first rows that something would be done about, for people."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    more: int = 0

    def see(self, each: LifeRow) -> None:
        """Take a row into the list, or count it where the list is full."""
        what = verdict(each)
        if what in UNREMARKABLE:
            return
        if len(self.rows) >= ROWS_SHOWN:
            self.more += 1
            return
        row = each.row
        name = row.external_event_id or row.uuid or ""
        self.rows.append((str(row.number), WORDS.get(what, what), name, details(each.changes, row.problems)))


def details(changes: Sequence[Change], problems: Sequence[Mapping[str, str]]) -> str:
    """Return what changes, old and new, or what is wrong."""
    told = [f"{change.field}: {before(change)} -> {change.after}" for change in changes]
    return "; ".join(told + [problem.get("message", "") for problem in problems])


def before(change: Change) -> Any:
    """Return the old value, in words where none is known."""
    return "not known" if change.before is None else change.before


def lines(found: PlanResult, listing: Listing, files: Sequence[str]) -> Iterator[Line]:
    """Yield the totals first, then the rows, then what to do next."""
    from importer.reporting.words import counted, number

    calls = sum(found.calls.values())
    people = "nobody" if not found.people else counted(found.people, "person", "people")
    yield Styled(f"{counted(calls, 'call')} to send; {people} may get a text message at once.", "bold")
    yield ""
    sums = {
        **{action.value: count for action, count in found.calls.items()},
        **{s.value: c for s, c in found.totals.items()},
    }
    yield from table(("Verdict", "Rows"), [(WORDS.get(w, w), number(c)) for w, c in sums.items() if c], right=(1,))
    if listing.rows:
        yield ""
        yield from table(("Row", "Verdict", "Appointment", "What"), listing.rows, right=(0,))
    if listing.more:
        yield f"... and {counted(listing.more, 'more row')}; --json shows all."
    if calls:
        yield ""
        yield f"Next: {following(found, files)}"


def following(found: PlanResult, files: Sequence[str]) -> str:
    """Return the command that carries the plan out."""
    if found.saved:
        return f"importer run --plan {shlex.quote(str(found.saved))}"
    return f"importer run {' '.join(shlex.quote(file) for file in files)}"
