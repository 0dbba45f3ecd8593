"""Questions of guided set-up at the terminal: how one is shown, and the answer read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from importer.cli.terminal import Styled, visible, wrapped
from importer.errors import Interrupted
from importer.setup.answers import AnswerRefused, settle
from importer.setup.questions import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.cli.terminal import Terminal
    from importer.setup.answers import Answered
    from importer.setup.questions import Question


INDENT: Final = "   "
NARROWEST: Final = 40


def answered_here(answered: Answered, question: Question, number: int, screen: Terminal) -> Answered:
    """
    Return the answers with a person's answer to this question; one that cannot be is told, and asked again.

    Raises:
        Interrupted: Ctrl-C, or the end of the input.

    """
    room = max(screen.width - len(INDENT), NARROWEST)
    lines = [part for line in shown(question) for part in wrapped(line, room)]
    screen.remark("", Styled(f"{number}. {question.text}", "bold"), *(INDENT + line for line in lines))
    while True:
        try:
            return settle(answered, question, typed(screen, "> "))
        except AnswerRefused as refused:
            screen.remark(Styled(f"   {refused}", "yellow"))


def shown(question: Question) -> Iterator[str]:
    """Yield what stands below a question: values of the sheet, what to know, the answers, and what Enter does."""
    if question.samples:
        yield f"Your sheet: {' | '.join(question.samples)}"
    if question.about:
        yield question.about
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
