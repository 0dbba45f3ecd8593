"""The question before anything leaves: asked on a terminal, answered beforehand by ``--yes``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from importer.cli.terminal import Terminal, visible
from importer.errors import UsageError
from importer.model.words import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.run import Job, Question

YES = frozenset({"y", "yes"})
VERBS = {
    Action.CREATE: "new",
    Action.UPDATE: "changed",
    Action.CANCEL: "cancelled",
    Action.NO_SHOW: "no-show",
}


def asking(job: Job, screen: Terminal) -> Callable[[Question], bool]:
    """
    Return how a person is asked.

    Nobody is asked off a terminal: a nightly job has nobody to answer, and was set up to send.
    """

    def agreed(question: Question) -> bool:
        if job.settings.yes or not is_there(screen):
            return True
        return asked(sentence(question, job.settings.base_url), job, screen)

    return agreed


def person(job: Job, screen: Terminal) -> Callable[[str], bool]:
    """Return how a person is asked what nobody else may answer: off a terminal, and with ``--yes``, the answer is no."""
    return lambda question: not job.settings.yes and is_there(screen) and asked(question, job, screen)


def is_there(screen: Terminal) -> bool:
    """Whether a person is at a terminal: standard input and stderr are one."""
    return sys.stdin.isatty() and screen.watched


def asked(question: str, job: Job, screen: Terminal) -> bool:
    """Return whether the answer is yes; progress bars rest meanwhile."""
    from importer.cli.progress import Bars

    if isinstance(job.on_event, Bars):
        job.on_event.rest()
    return answered(question, job, screen)


def refuse_if_nobody_can_answer(job: Job, files: tuple[str, ...], screen: Terminal) -> None:
    """Raise ``UsageError`` where a person watches, but standard input is the sheet and cannot hold the answer."""
    if "-" in files and screen.watched and not job.settings.yes:
        raise UsageError(
            "With the sheet on standard input there is no way to ask you.", fix="Add --yes, or name a file."
        )


def sentence(question: Question, base_url: str) -> str:
    """Return the question: how many calls go where."""
    count = sum(question.calls.values())
    parts = ", ".join(f"{number:,} {VERBS.get(action, action.value)}" for action, number in question.calls.items())
    return f"Send {count:,} {'call' if count == 1 else 'calls'} ({parts}) to {base_url}? [y/N] "


def answered(question: str, job: Job, screen: Terminal) -> bool:
    """Return whether the answer is yes; Ctrl-C and the end of input are a no."""
    try:
        # Listening begins before the question stands, or a quick Ctrl-C would leave it standing.
        with job.stop.heard_by(interrupt):
            if job.stop.raised:
                return False
            screen.err.write(visible(question))
            screen.err.flush()
            return sys.stdin.readline().strip().casefold() in YES
    except KeyboardInterrupt:
        return False


def interrupt() -> NoReturn:
    """Leave the question; without it the terminal would go on waiting for the line's end."""
    raise KeyboardInterrupt
