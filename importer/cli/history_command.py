"""``importer runs``, ``report`` and ``explain``: what the ledger remembers, and one appointment's life."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, REPORTS, screen_of, settings_options
from importer.cli.terminal import Line, Outcome, Styled, table
from importer.cli.working import ended, looking, working
from importer.errors import UsageError
from importer.model.statuses import ReminderState
from importer.reporting.run_report import at, of_life_row, of_reminder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.run_records import Glance
    from importer.model.records import Attempt, Life, LifeRow, Reminder, RunRecord
    from importer.model.staged_files import FileRecord
    from importer.model.statuses import Status


def as_data(life: Life) -> dict[str, Any]:
    """Return what ``explain --json`` holds; times are UTC texts."""
    told = [of_reminder(each) | {"origin": "import" if each.imported else "api"} for each in life.reminders]
    return {"reminders": told, "rows": [of_life_row(each) for each in life.rows]}


def told(life: Life) -> Iterator[Line]:
    """
    Yield a life for people: what is held now, then its rows from the oldest on; a warning is told once.

    Times are the appointment's own, with UTC beside the moment of each row.
    """
    for reminder in life.reminders:
        yield from of_now(reminder)
        yield ""
    warned: set[str] = set()
    zone = zone_of(life)
    for quiet, some in groupby(life.rows, is_quiet):
        rows = list(some)
        if quiet and len(rows) > 1:
            yield from of_quiet(rows, zone)
            continue
        for each in rows:
            yield from of_then(each, warned, zone)


def zone_of(life: Life) -> str:
    """Return the zone (IANA) of the appointment, "" where nothing tells it."""
    from importer.model.times import zone_names

    said = (*(each.values for each in life.reminders), *(each.payload for each in life.rows))
    zones = (str(values.get("subscriberTimeZone")) for values in said)
    return next((name for name in zones if name in zone_names()), "")


def is_quiet(each: LifeRow) -> bool:
    """Whether nothing came of the row: nights on which an appointment stays as it is are told together."""
    return each.row.status is not None and each.row.status.value in {"unchanged", "duplicate"} and bool(each.row.number)


def of_now(reminder: Reminder) -> Iterator[Line]:
    """Yield what the API holds of an appointment, as far as its answers told."""
    from importer.reporting.wording import moment

    name = reminder.open_key.external_event_id if reminder.open_key else reminder.uuid
    whose = " ".join(str(part) for field in ("firstName", "lastName") if (part := reminder.values.get(field)))
    yield Styled(f"Appointment {name}{whose and f', {whose}'}: {reminder.state.value.replace('_', ' ')}", "bold")
    if reminder.in_doubt:
        yield Styled(f"  The outcome of a call ({reminder.in_doubt.value}) is not known.", "yellow")
    yield from aligned(facts_of(reminder))
    if reminder.key and not reminder.open_key:
        yield Styled("  Personal data was removed from it (importer ledger purge).", "yellow")
    if reminder.imported:
        yield Styled("  Taken in by importer ledger import; the API has not answered for it here.", "yellow")
    where = f", row {reminder.row}" if reminder.row else ""
    zone = str(reminder.values.get("subscriberTimeZone") or "")
    yield f"  last changed {moment(reminder.updated_at, zone)} by run {reminder.run}{where}"


def facts_of(reminder: Reminder) -> Iterator[tuple[str, str]]:
    """Yield what is remembered, each value with its name for people."""
    from importer.model.sending_window import visit_of
    from importer.reporting.report_columns import field_title
    from importer.reporting.wording import OFFSETS, duration_words, in_words, moment, phone_words

    yield "uuid", reminder.uuid or "not known"
    for field, value in reminder.values.items():
        if field == "metadata":
            yield from ((f"metadata.{name}", in_words(part)) for name, part in value.items())
        elif field in OFFSETS:
            yield field_title(field), duration_words(value, OFFSETS[field])
        else:
            yield field_title(field), phone_words(value) if field == "phone" else in_words(value)
    visit = visit_of(reminder.values)
    if visit.reminds_at is not None and visit.zone and reminder.state is ReminderState.ACTIVE:
        yield "Reminder due", moment(visit.reminds_at, visit.zone)


def aligned(facts: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Yield names and values in two columns."""
    found = list(facts)
    widest = max(len(name) for name, _ in found)
    yield from (f"  {name.ljust(widest)}  {value}" for name, value in found)


def of_quiet(rows: Sequence[LifeRow], zone: str) -> Iterator[Line]:
    """Yield several rows of which nothing came."""
    first, last = rows[0], rows[-1]
    yield Styled(f"{moment_of(first, zone)} to {moment_of(last, zone)}  = unchanged, {len(rows):,} times", "bold")
    yield f"  from {place_of(first)}"
    yield f"  to   {place_of(last)}"
    gone = [found for each in rows if each.folded_at is not None and (found := each.run.folded)]
    if gone:
        yield f"  cells of {len(gone):,} of them removed ({gone[-1].by})"


def of_then(each: LifeRow, warned: set[str], zone: str) -> Iterator[Line]:
    """Yield one row and what became of it. ``warned``: the warnings that were told already. ``zone``: for its times."""
    from importer.reporting.plan_result import told as told_change
    from importer.reporting.wording import SIGNS

    row = each.row
    status = row.status.value.replace("_", " ") if row.status else row.state.value
    sign = f"{SIGNS[row.status]} " if row.status else ""
    yield Styled(f"{moment_of(each, zone)}  {sign}{status}  ({row.action.replace('_', '-') or 'no action'})", "bold")
    yield f"  {place_of(each)}"
    if each.run.purged_at is not None:
        yield f"  personal data removed {at(each.run.purged_at)} (importer ledger purge)"
    if each.folded_at is not None and each.run.folded:
        yield f"  cells removed {at(each.folded_at)} ({each.run.folded.by})"
    yield from (f"  {told_change(change)}" for change in each.changes)
    yield from (sentences(note) for note in row.problems)
    yield from (sentences(note) for note in row.warnings if note.get("message", "") not in warned)
    warned.update(note.get("message", "") for note in row.warnings)
    yield from (of_try(attempt, zone) for attempt in row.attempts)


def sentences(note: Mapping[str, str]) -> str:
    """Return what is wrong or worth knowing, and what to do."""
    return f"  {note.get('message', '')} {note.get('fix', '')}".rstrip()


def of_try(attempt: Attempt, zone: str) -> str:
    """Return one call as it was answered; the code is told where it says more than the answer's own."""
    answer = f"HTTP {attempt.http_status}" if attempt.http_status else "no answer"
    code = f", {attempt.code}" if attempt.code and attempt.code != f"http_{attempt.http_status}" else ""
    from importer.reporting.wording import moment

    return f"  called {moment(attempt.at, zone)}: {answer} after {attempt.elapsed_s:.2f} s{code}"


def place_of(each: LifeRow) -> str:
    """Return where a row stands: run, file, sheet and number."""
    row = each.row
    sheet = f", sheet {row.file.sheet}" if row.file.sheet else ""
    beside = "in no row of the file" if row.is_replaced else "missing from the file"
    where = f"row {row.number}" if row.number else beside
    return f"run {each.run.id}, {row.file.name}{sheet}, {where}"


def moment_of(each: LifeRow, zone: str) -> str:
    """Return when a row was settled, else when its run began: in a zone (IANA), and in UTC."""
    from importer.reporting.wording import moment

    seconds = each.run.started_at if each.row.settled_at is None else each.row.settled_at
    return f"{moment(seconds, zone)} ({at(seconds)})"


@click.command()
@click.argument("run", required=False)
@click.option(
    "--last", default=20, show_default=True, type=click.IntRange(min=1), metavar="N", help="How many to list."
)
@click.option("--all-tenants", is_flag=True, help="Show how each tenant stands; with --json one object per line.")
@click.option(
    "--metrics",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --all-tenants: write the counts as OpenMetrics text, for a node exporter.",
)
@settings_options(MEMORY)
@click.pass_context
def runs(
    context: click.Context, /, run: str | None, *, last: int, all_tenants: bool, metrics: Path | None, **given: Any
) -> Outcome:
    """List the latest runs and the drafts, newest first; with RUN, show that run."""
    if all_tenants or metrics is not None:
        if run is not None or not all_tenants:
            raise UsageError(
                "--metrics and --all-tenants are about all tenants, not about one run.",
                fix="Write importer runs --all-tenants.",
            )
        from importer.cli.tenants.all_runs import all_runs

        return all_runs(given, last, metrics, screen_of(context))
    with looking(given, screen_of(context)) as memory:
        if run is not None:
            return one(memory, run)
        drafts = [glance_of(draft) for draft in memory.drafts.all()]
        found = sorted((*memory.glances(last), *drafts), key=lambda each: each.run.id, reverse=True)[:last]
    return Outcome("runs", lines=list(listed(found)), data={"runs": [of_glance(each) for each in found]})


def glance_of(draft: Draft) -> Glance:
    """Return a draft as it stands among runs: its rows have no status yet."""
    from importer.ledger.run_records import Glance
    from importer.model.records import RunRecord

    record = RunRecord(
        id=draft.id,
        command=draft.command,
        state=draft.state,
        started_at=draft.made_at,
        parent=draft.parent,
        profile=draft.profile,
        settings={"by": draft.by},
    )
    return Glance(record, draft.names, {}, 0)


def one(memory: Ledger, run_id: str) -> Outcome:
    """Return the outcome that shows one run: its facts, its files, its rows by status."""
    from importer.reporting.tally import clinic_zone

    found = memory.run(run_id)
    run, files, totals = found.record(), found.files.all(), found.report.totals()
    zone = clinic_zone(run, found.report.rows())
    data = {
        "run": of_run(run),
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in files],
        "totals": {status.value: count for status, count in totals.items()},
    }
    return Outcome("runs", lines=list(shown(run, files, totals, zone)), data=data)


def of_glance(each: Glance) -> dict[str, Any]:
    """
    Return a run as ``runs --json`` lists it; ``runs RUN --json`` tells more of one.

    ``by`` names who began it on the page; null for the command line, which knows no users.
    """
    run = each.run
    return {
        "id": run.id,
        "command": run.command,
        "state": run.state.value,
        "files": list(each.files),
        "profile": run.profile,
        "totals": {status.value: count for status, count in each.totals.items()},
        "unknown": each.unknown,
        "exit_code": run.exit_code,
        "by": run.settings.get("by"),
    }


def of_run(run: RunRecord) -> dict[str, Any]:
    """Return a run as JSON holds it; times are UTC texts."""
    from importer.reporting.report_columns import utc_text
    from importer.reporting.run_report import folded_member, holds_member

    return {
        "id": run.id,
        "command": run.command,
        "state": run.state.value,
        "started_at": utc_text(run.started_at),
        "finished_at": None if run.finished_at is None else utc_text(run.finished_at),
        "parent": run.parent,
        "exit_code": run.exit_code,
        "stop_reason": run.stop_reason,
        "version": run.version,
        "tzdata": run.tzdata,
        "purged_at": at(run.purged_at),
        **folded_member(run),
        **holds_member(run),
    }


def listed(found: Sequence[Glance]) -> Iterator[Line]:
    """Yield runs as a table: which files they were made of, and how their rows stand."""
    if not found:
        yield "There are no runs yet."
        return
    rows = [
        (
            each.run.id,
            each.run.command,
            ", ".join(each.files) or "-",
            each.run.profile,
            counts(each) or "no rows",
            ending(each.run),
        )
        for each in found
    ]
    yield from table(("Run", "Command", "Files", "Profile", "Rows", "How it ended"), rows)


def counts(each: Glance) -> str:
    """Return how a run's rows stand: ``56 created, 3 invalid, 1 unknown``."""
    from importer.model.statuses import Status
    from importer.reporting.wording import LABELS, number

    parts = [
        f"{number(count)} {LABELS[status].lower()}"
        for status, count in each.totals.items()
        if status is not Status.UNKNOWN
    ]
    return ", ".join([*parts, *([f"{number(each.unknown)} unknown"] if each.unknown else [])])


def ending(run: RunRecord) -> str:
    """Return how a run ended, in words."""
    from importer.model.statuses import RunState
    from importer.reporting.wording import exit_meaning

    if run.state is RunState.DRAFT:
        return "a draft, not sent"
    if run.state is RunState.OPEN:
        return "at work, or cut off"
    return f"{run.exit_code}: {exit_meaning(run.exit_code)}"


def shown(run: RunRecord, files: Sequence[FileRecord], totals: Mapping[Status, int], zone: str) -> Iterator[Line]:
    """Yield one run for people, its times in the clinic's ``zone`` (IANA), where one is known."""
    from importer.reporting.wording import LABELS, counted, moment, number

    yield f"Run {run.id} ({run.command}{f' of {run.parent}' if run.parent else ''})"
    yield f"Started {moment(run.started_at, zone)}"
    yield f"Ended: {ending(run)}"
    if run.stop_reason:
        yield run.stop_reason
    if run.purged_at is not None:
        yield f"Personal data removed {moment(run.purged_at, zone)} (importer ledger purge)"
    if run.folded:
        removed = counted(run.folded.rows, "unchanged row")
        yield f"Cells of {removed} removed {moment(run.folded.at, zone)} ({run.folded.by})"
    for hold in run.holds:
        released = hold.code in run.released
        yield f"Approved with --release {hold.code}: {hold.message}" if released else f"Held: {hold.message} {hold.fix}"
    for file in files:
        yield f"File {file.name}{f', sheet {file.sheet}' if file.sheet else ''}: {counted(file.rows, 'row')}"
    yield ""
    rows = [(LABELS[status], number(count)) for status, count in totals.items() if count]
    yield from table(("Status", "Rows"), rows, right=(1,))


@click.command()
@click.argument("run", required=False)
@settings_options(MEMORY, REPORTS)
@click.pass_context
def report(context: click.Context, /, run: str | None, **given: Any) -> Outcome:
    """Write the report of RUN again from the ledger, of the latest if none is named."""
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.commands.report import report as write_report

        return ended("report", write_report(job, run), screen)


@click.command()
@click.argument("appointment", metavar="ID")
@settings_options(MEMORY)
@click.pass_context
def explain(context: click.Context, /, appointment: str, **given: Any) -> Outcome:
    """
    Show an appointment's history: every file, row, run, value, call and answer.

    ID is an external event id, a reminder's uuid, or a phone. What is printed is personal data.
    """
    with working(given, screen_of(context)) as job:
        from importer.commands.report import explain as life_of

        life = life_of(job, appointment)
    return Outcome("explain", lines=list(told(life)), data=as_data(life))
