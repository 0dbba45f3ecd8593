"""``importer setup``: from a sheet as it comes to a profile, by few questions, and to the next command."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from importer.cli.options import effective, screen_of, settings_options, typed_options
from importer.cli.terminal import Line, Outcome, Styled, fitted, headings_place, table, visible, wrapped
from importer.cli.working import is_there, shown, working
from importer.errors import Exit, FileRefused, Interrupted, SettingsError, UsageError
from importer.settings.places import resolved_path, user_config_file, zone_of_this_machine
from importer.settings.table import CONFIG_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.cli.terminal import Terminal
    from importer.commands.check import CheckResult
    from importer.setup.answers import Answered
    from importer.setup.guiding import Begun
    from importer.setup.questions import Question


@click.command()
@click.argument("file", required=False)
@click.option("--list", "list_systems", is_flag=True, help="Show the known systems, and what is asked of each.")
@click.option("--zone", metavar="ZONE", help="The time zone of the appointments: America/New_York, or Eastern.")
@click.option(
    "--type", "types", metavar="UUID", multiple=True, help="The appointment type's uuid, or NAME=UUID; repeatable."
)
@click.option(
    "--answer", "answers", metavar="KEY=VALUE", multiple=True, help="The answer to another question; repeatable."
)
@click.option("--write", is_flag=True, help="Write the profile also when not run interactively.")
@click.option("--replace", "replacing", is_flag=True, help="Change what the profile says already, without asking.")
@settings_options(("profile", "sheet", "system"))
@click.pass_context
def setup(  # noqa: PLR0913 - each is an option
    context: click.Context,
    /,
    file: str | None,
    *,
    list_systems: bool,
    zone: str | None,
    types: tuple[str, ...],
    answers: tuple[str, ...],
    write: bool,
    replacing: bool,
    **given: Any,
) -> Outcome:
    """
    Make a profile for FILE: what the sheet leaves open is asked, with values of the sheet.

    The profile is written to your own settings file, or to the one that --config names; what stands there is kept.
    When not run interactively, the profile and the open questions are printed, and nothing is written without
    --write. Nothing is sent. The values shown are personal data.
    """
    screen = screen_of(context)
    if list_systems:
        return listed()
    if file is None or file == "-":
        raise UsageError("importer setup needs the sheet as a file.", fix="Name it: importer setup FILE")
    from importer.setup.guiding import answer_ready, begin, open_of, pairs

    settings, _ = effective({**given, "profile": None, "config": readable(given)}, screen, needs_tenant=False)
    said = {key: value for key in ("system", "action") if (value := given.get(key))}
    begun = begin(file, settings, target_of(given), name=given.get("profile"), said=said, zone=zone_of_this_machine())
    ready = {"zone": zone, "type": ", ".join(types), **pairs(answers)}
    answered = answer_ready(begun, {key: value for key, value in ready.items() if value})
    here = is_there(screen) and not screen.as_json and not screen.quiet
    head = [*heading(begun)]
    if here:
        screen.remark(*head)
        answered = asked(begun, answered, screen)
    left = open_of(begun, answered)
    settle_changes(begun, answered, screen if here else None, replacing=replacing)
    is_new = answered.table != begun.before
    written = is_new and (here or (write and not left))
    if written:
        from importer.setup.profile_file import write_profile

        write_profile(begun.target, answered.name, answered.table)
    checked = {**given, "profile": answered.name if begun.existing or written else None}
    checked["config"] = given.get("config") if written else readable(given)
    ended = judged(file, checked, answered, screen, written=written)
    options = typed_options({**given, "profile": needed_name(checked, screen)})
    lines = [*([] if here else [*head, *open_lines(left)])]
    lines += profile_lines(begun, answered, written=written) if is_new or not left else ()
    if ended.found is not None and (written or not is_new):
        from importer.cli.check_command import lines as check_lines

        lines += ["", *check_lines(ended.found, [file], options)]
    elif ended.found is not None:
        said_now = [("--zone", zone), *(("--type", one) for one in types), *(("--answer", one) for one in answers)]
        lines += ["", *counts(ended.found), *next_set_up(file, given, said_now, left)]
    if ended.refused is not None:
        lines += ["", Styled(str(ended.refused), "red"), *([ended.refused.fix] if ended.refused.fix else [])]
    return Outcome(
        "setup",
        lines=lines,
        data=as_data(begun, answered, left, ended, written=written),
        exit_code=ended.found.exit_code if ended.found is not None else Exit.FILE_REFUSED,
    )


def target_of(given: Mapping[str, Any]) -> Path:
    """Return the settings file that the profile is written to: the one that was named, else the person's own."""
    named = given.get("config") or os.environ.get(CONFIG_VARIABLE)
    return resolved_path(str(named), Path.cwd()) if named else user_config_file()


def readable(given: Mapping[str, Any]) -> str | None:
    """Return the settings file that was named, None where it is still to be made."""
    named = given.get("config")
    return named if named and resolved_path(str(named), Path.cwd()).exists() else None


def heading(begun: Begun) -> Iterator[Line]:
    """Yield what the sheet is, and what is known of its profile."""
    seen = begun.seen
    place = f", sheet {seen.name}" if seen.name else ""
    yield Styled(f"{seen.file}{place}: {headings_place(seen.heading_row)}", "bold")
    if begun.title:
        yield f"This is read as an export of {begun.title}."
    for note in seen.notes:
        if seen.heading_row == 1 or f" row {seen.heading_row};" not in note:  # the line above says it
            yield from fitted(f"Note: {note}")
    if begun.existing:
        line = f", line {begun.existing.line}," if begun.existing.line else ""
        yield from fitted(
            f'{shown(begun.target)}{line} has a profile "{begun.answered.name}" already. What it says is kept; only what it '
            "leaves open is asked."
        )
    for name in begun.gone:
        yield from fitted(
            f'Note: the profile names the heading "{name}", which this sheet does not have. Its line is kept.'
        )


def asked(begun: Begun, answered: Answered, screen: Terminal) -> Answered:
    """Return the answers with those of the person at the terminal, until nothing is open."""
    from importer.setup.guiding import open_of

    number = 0
    while questions := open_of(begun, answered):
        number += 1
        answered = answered_here(answered, questions[0], number, screen)
    return answered


def settle_changes(begun: Begun, answered: Answered, screen: Terminal | None, *, replacing: bool) -> None:
    """
    Let a person agree that lines of the profile say something else from now on; ``screen`` None: nobody is there.

    Raises:
        SettingsError: nobody agreed; nothing was written.

    """
    from importer.cli.working import YES
    from importer.setup.profile_file import changes

    found = list(changes(begun.before, answered.table))
    if not found or replacing:
        return
    told = "; ".join(f'{key} = "{old}" would become "{new}"' for key, old, new in found)
    question = f'The profile "{answered.name}" says something else: {told}.'
    if screen is None or typed(screen, f"{question} Change it? [y/N] ").casefold() not in YES:
        raise SettingsError(question, fix="Add --replace to change it, or choose another name with --profile.")


class Ended(NamedTuple):
    """What the check ``found``, or why it ``refused`` the sheet."""

    found: CheckResult | None = None
    refused: FileRefused | None = None


def judged(file: str, given: Mapping[str, Any], answered: Answered, screen: Terminal, *, written: bool) -> Ended:
    """Return what the check finds with this profile, or why it refuses the sheet."""
    with working(given, screen, needs_tenant=False) as job:
        from importer.commands.check import check

        try:
            return Ended(check(job if written else replace(job, profile=answered.profile()), [file]))
        except FileRefused as refused:
            return Ended(refused=refused)


def needed_name(given: Mapping[str, Any], screen: Terminal) -> str | None:
    """Return the profile's name as an option of the next command, None where it is in force without one."""
    name = given.get("profile")
    settings, _ = effective({"config": given.get("config")}, screen, needs_tenant=False)
    return None if name == settings.profile else name


def open_lines(left: Sequence[Question]) -> Iterator[Line]:
    """Yield the open questions, each with how an option answers it."""
    for number, question in enumerate(left, start=1):
        yield ""
        yield Styled(f"{number}. {question.text}", "bold")
        yield from (f"   {line}" for line in below(question))
        yield f"   Option: {option_of(question)}"


def option_of(question: Question) -> str:
    """Return the option that answers a question."""
    if question.key in {"zone", "type"}:
        return f"--{question.key} {'ZONE' if question.key == 'zone' else 'UUID'}"
    return f"--answer {shlex.quote(f'{question.key}=VALUE')}"


def profile_lines(begun: Begun, answered: Answered, *, written: bool) -> Iterator[Line]:
    """Yield the profile, and where it stands or would."""
    from importer.setup.profile_file import profile_text

    yield ""
    if answered.table == begun.before:
        yield "No profile is needed." if not begun.existing else "The profile stays as it is."
        return
    place = shown(begun.target)
    yield Styled(
        f'Wrote the profile "{answered.name}" to {place}:' if written else f"The profile for {place}:", "green"
    )
    yield ""
    yield from profile_text(answered.name, answered.table).rstrip().splitlines()


def counts(found: CheckResult) -> Iterator[Line]:
    """Yield what the check counted with a profile that is not written yet."""
    from importer.cli.check_command import WORDS
    from importer.reporting.wording import number

    rows = [(WORDS.get(status, status), number(count)) for status, count in found.statuses.items() if count]
    yield from table(("Status", "Rows"), rows, right=(1,))


def next_set_up(
    file: str, given: Mapping[str, Any], said: Sequence[tuple[str, str | None]], left: Sequence[Question]
) -> Iterator[Line]:
    """Yield the command that writes the profile; ``said``: the options with the answers so far."""
    from importer.reporting.wording import as_typed

    words = [word for option, value in said if value for word in (option, value)]
    typed = shlex.join(["importer", "setup", as_typed(file), *typed_options(given), *words])
    yield ""
    yield " ".join(["Next:", typed, *map(option_of, left), "--write"])


def as_data(
    begun: Begun, answered: Answered, left: Sequence[Question], ended: Ended, *, written: bool
) -> dict[str, Any]:
    """Return what ``setup --json`` holds."""
    from importer.setup.profile_file import profile_text

    return {
        "file": begun.seen.file,
        "system": begun.title or None,
        "profile": answered.name,
        "lines": profile_text(answered.name, answered.table) if answered.table else "",
        "settings_file": str(begun.target),
        "written": written,
        "gone": list(begun.gone),
        "questions": [asdict(question) for question in left],
        "rows": ended.found.statuses if ended.found is not None else None,
        "refusal": str(ended.refused) if ended.refused is not None else "",
    }


def listed() -> Outcome:
    """Return the known systems."""
    from schemas.exports import names
    from schemas.exports.shape import export

    told = {name: export(name) for name in names()}
    rows = [
        (name, each.title, each.what, f"lacks: {', '.join(each.lacks)}" if each.lacks else "")
        for name, each in told.items()
    ]
    lines = [*table(("Name", "System", "How to export", "Note"), rows), "", "Next: importer setup FILE"]
    data = [
        {"name": name, "title": each.title, "what": each.what, "lacks": list(each.lacks)} for name, each in told.items()
    ]
    return Outcome("setup", lines=lines, data={"systems": data})


INDENT: Final = "   "
NARROWEST: Final = 40


def answered_here(answered: Answered, question: Question, number: int, screen: Terminal) -> Answered:
    """
    Return the answers with a person's answer to this question; one that cannot be is told, and asked again.

    Raises:
        Interrupted: Ctrl-C, or the end of the input.

    """
    from importer.setup.answers import AnswerRefused, settle

    room = max(screen.width - len(INDENT), NARROWEST)
    lines = [part for line in below(question) for part in wrapped(line, room)]
    title = [Styled(part, "bold") for part in wrapped(f"{number}. {question.text}", screen.width)]
    screen.remark("", *title, *(INDENT + line for line in lines))
    while True:
        try:
            return settle(answered, question, typed(screen, "> "))
        except AnswerRefused as refused:
            screen.remark(*(Styled(INDENT + line, "yellow") for line in wrapped(str(refused), room)))


def below(question: Question) -> Iterator[str]:
    """Yield what stands below a question: values of the sheet, what to know, the answers, and what Enter does."""
    from importer.setup.questions import OPEN

    if question.samples:
        yield f"Your sheet: {' | '.join(question.samples)}"
    yield from filter(None, (question.about, question.typed))
    width = max((len(choice.value) for choice in question.choices), default=0)
    for place, choice in enumerate(question.choices, start=1):
        yield f"{place}  {choice.value.ljust(width)}  {choice.meaning}"
    default = "leave it open" if question.default == OPEN else question.default
    others = f" “{OPEN}” leaves it open: {question.if_open}." if question.if_open and question.default != OPEN else ""
    what = f": {question.if_open}" if question.default == OPEN and question.if_open else ""
    yield f"Enter: {default}{what}.{others}"


def typed(screen: Terminal, prompt: str) -> str:
    """
    Return the line that a person types.

    Raises:
        Interrupted: Ctrl-C, or the end of the input.

    """
    screen.err.write(visible(prompt))
    screen.err.flush()
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        line = ""
    if not line:
        raise Interrupted("Stopped; nothing was written.")
    return line.strip()
