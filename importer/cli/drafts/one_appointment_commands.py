"""``importer cancel``, ``no-show`` and ``move``: one appointment, sent after the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import MEMORY, REPORTS, SENDING, screen_of, settings_options
from importer.cli.plan_command import lines
from importer.cli.run_command import unless_done
from importer.cli.working import asking, ended, is_there, sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.cli.terminal import Outcome
    from importer.reporting.plan_result import PlanResult


@click.command()
@click.argument("appointment", metavar="ID")
@settings_options(SENDING, MEMORY, REPORTS, ("profile",))
@click.pass_context
def cancel(context: click.Context, /, appointment: str, **given: Any) -> Outcome:
    """
    Cancel the appointment ID: its number, its uuid, or a phone that has one appointment.

    It asks before it sends, as importer run does.
    """
    return changed(context, "cancel", appointment, given)


@click.command("no-show")
@click.argument("appointment", metavar="ID")
@settings_options(SENDING, MEMORY, REPORTS, ("profile",))
@click.pass_context
def no_show(context: click.Context, /, appointment: str, **given: Any) -> Outcome:
    """
    Send the no-show of the appointment ID: its number, its uuid, or a phone that has one appointment.

    It asks before it sends, as importer run does. The appointment must have started.
    """
    return changed(context, "no_show", appointment, given)


@click.command()
@click.argument("appointment", metavar="ID")
@click.argument("when", nargs=-1, required=True, metavar="WHEN")
@settings_options(SENDING, MEMORY, REPORTS, ("profile",))
@click.pass_context
def move(context: click.Context, /, appointment: str, *, when: tuple[str, ...], **given: Any) -> Outcome:
    """
    Move the appointment ID (its number, its uuid, or a phone that has one appointment) to WHEN, in its own time zone.

    WHEN is a date and a time as a sheet would have them: 2027-03-12 10:30. It asks before it sends, as importer run does.
    """
    return changed(context, "move", appointment, given, when=" ".join(when))


def changed(context: click.Context, what: str, name: str, given: Mapping[str, Any], *, when: str = "") -> Outcome:
    """Return the outcome of a change of one appointment."""
    screen = screen_of(context)
    with sending(given, screen) as job:
        from importer.commands.drafts.one_appointment import change_one

        def show(found: PlanResult) -> None:
            # A number that is mistyped may be another person's: whose appointment it is, and when, is seen before the question.
            if is_there(screen) and not job.settings.yes:
                screen.remark(*lines(found), "")

        def carried_out() -> Outcome:
            result = change_one(job, what, name, when=when, show=show, confirm=asking(job, screen))
            return ended("run", result, screen)

        return unless_done(what.replace("_", "-"), carried_out)
