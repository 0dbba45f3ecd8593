"""``importer check``: read and judge sheets; no network, and the ledger is left alone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import READING, screen_of, settings_options, typed_options
from importer.cli.outcome import Outcome
from importer.cli.tables import table
from importer.cli.terminal import Line, Styled
from importer.cli.working import working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.run import CheckResult

# What people read instead of the words for programs.
WORDS = {"ready": "ready", "invalid": "to fix", "duplicate": "duplicate"}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@settings_options(READING)
@click.pass_context
def check(context: click.Context, /, files: tuple[str, ...], **given: Any) -> Outcome:
    """
    Read and judge sheets: columns, values, rules.

    Nothing is sent and nothing is remembered. FILE may be - for standard input. With --json each row is one line:
    what would be sent, and what is wrong with it.
    """
    screen = screen_of(context)
    with working(given, screen) as job:
        from importer.run import check as judge

        found = judge(job, files, each_row=screen.row if screen.as_json else None)
    return Outcome(
        "check", lines=list(lines(found, files, typed_options(given))), exit_code=found.exit_code, streamed=True
    )


def lines(found: CheckResult, files: Sequence[str], options: Sequence[str] = ()) -> Iterator[Line]:
    """Yield what was found, and what to do next."""
    from importer.reporting.comparing_files import advice
    from importer.reporting.words import counted, number

    wrong = found.statuses.get("invalid", 0)
    head = (
        f"{counted(found.rows, 'row')} read, {number(wrong)} to fix."
        if wrong
        else f"{counted(found.rows, 'row')} read, nothing to fix."
    )
    yield Styled(head, "yellow" if wrong else "green")
    yield ""
    counts = [(WORDS.get(status, status), number(count)) for status, count in found.statuses.items() if count]
    yield from table(("Status", "Rows"), counts, right=(1,))
    yield from kinds(found)
    if told := advice(found.shared):
        yield ""
        yield told
    yield ""
    if wrong:
        yield "plan compares with the ledger too, so it may count more rows to fix, or fewer."
    typed = shlex.join([*files, *options])
    yield f"Next: importer check {typed} --json shows every row." if wrong else f"Next: importer plan {typed}"


def kinds(found: CheckResult) -> Iterator[Line]:
    """Yield the kinds of problem and warning, the most frequent first. No value of a row is shown."""
    from importer.problems import KINDS
    from importer.reporting.tally import general_fix
    from importer.reporting.words import counted

    for title, chosen in (("To fix", found.problems), ("Worth a look", found.warnings)):
        if chosen:
            yield ""
            yield Styled(title, "bold")
        for each in chosen:
            kind = KINDS[each.code]
            where = f"{each.field}: " if each.field else ""
            first = f"row {each.row}" if len(found.files) == 1 else f"{each.file}, row {each.row}"
            yield f"  {where}{kind.title} ({counted(each.count, 'row')}, first in {first})"
            if not kind.is_warning:
                yield f"    {general_fix(each.code, each.field)}"
