"""What a sheet leaves open, as questions with her own values; the answers count for this import, and may be remembered."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.errors import SettingsError
from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.reporting.wording import counted
from importer.setup.answers import AnswerRefused
from importer.setup.kept_answers import answer_to, remember, without
from importer.setup.questions import OPEN
from importer.web.checking_pages import again
from importer.web.import_visits import CHANGED, elsewhere, import_of, owner_of, questions_of, refuse_stale, shared
from importer.web.pages import go, show
from importer.web.site import SMALL_BODY, Form, Refused, Route, nothing_here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from importer.ledger.page.import_values import Import
    from importer.setup.questions import Question
    from importer.web.site import Visit


SHOWN_IN: Final = frozenset({ImportState.COLUMNS, ImportState.REVIEW})
MANY_FIELDS: Final = Form(bytes=SMALL_BODY, fields=500)
OTHER: Final = "other"
"""What stands for a text that is none of the choices."""

OTHERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "zone": ("time zone", "Name of another time zone", "Europe/London"),
    "country": ("country", "Two letters of another country", "GB"),
}
"""What a question takes besides its choices: what that is, the label of its field, and an example."""

_one_writes = threading.Lock()


class Card(NamedTuple):
    """
    A question on the page. ``number``: by which its fields are named. ``said``: the choice that is set; ``typed``: the text.

    ``uuids``: of each appointment type what was typed. ``wrong``: why the answer cannot be, "" where it can.
    """

    number: int
    question: Question
    said: str
    typed: str
    uuids: tuple[str, ...]
    wrong: str = ""


def columns(visit: Visit) -> Response:
    """Show what is open."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, SHOWN_IN)) is not None:
        return way
    return shown(visit, one, [_card(number, question) for number, question in enumerate(questions_of(one))])


def _card(number: int, question: Question) -> Card:
    values = {choice.value for choice in question.choices}
    default = question.default
    is_typed = question.takes != "choice" and default != OPEN and default not in values
    uuids = dict(part.split("=", 1) for part in default.split(", ")) if is_typed and "=" in default else {}
    said = OTHER if is_typed else default
    return Card(
        number, question, said, default if is_typed else "", tuple(uuids.get(name, "") for name in question.names)
    )


def shown(visit: Visit, one: Import, cards: Sequence[Card], *, status: int = 200, remembers: bool = False) -> Response:
    """Return the page."""
    asked = one.facts.get("asked", {})
    needed = sum(card.question.is_needed for card in cards)
    if needed:
        title = f"{counted(needed, 'question')} before this sheet can be checked"
    elif cards:
        title = f"{counted(len(cards), 'question')} about this sheet"
    else:
        title = "All columns are settled"
    return show(
        visit,
        "columns.html.j2",
        status=status,
        **shared(visit, one, step="Columns"),
        facts=one.facts,
        title=title,
        cards=cards,
        system=asked.get("title", ""),
        understood=asked.get("understood", ()),
        answers=one.facts.get("answers", ()),
        is_review=one.state is ImportState.REVIEW,
        remembers=remembers,
        OTHER=OTHER,
        others=OTHERS,
    )


def settle(visit: Visit) -> Response:
    """Take the answers, and have the sheet checked again by them."""
    one = _open(visit)
    job = visit.site.work.jobs.job(one.chosen)
    answers: list[dict[str, Any]] = [dict(answer) for answer in one.facts.get("answers", ())]
    cards = []
    for number, question in enumerate(questions_of(one)):
        said, card = _said(visit, number, question)
        try:
            answers = answer_to(job.settings, answers, question, said, by=visit.who.name, at=visit.site.now())
        except AnswerRefused as refused:
            card = card._replace(wrong=str(refused))
        cards.append(card)
    remembers = visit.text("remember") == "yes"
    if any(card.wrong for card in cards):
        return shown(visit, one, cards, status=422, remembers=remembers)
    if remembers:
        _remember(visit, one, answers)
    return checked_by(visit, one, answers, say="remembered" if remembers else "")


def _said(visit: Visit, number: int, question: Question) -> tuple[str | Mapping[str, str], Card]:
    """Return what was answered, and the question as it was filled in."""
    said, typed = visit.text(f"a{number}"), visit.text(f"t{number}").strip()
    uuids = tuple(visit.text(f"a{number}-{place}").strip() for place in range(len(question.names)))
    card = Card(number, question, said or OPEN, typed, uuids)
    if question.takes == "types" and question.names and not typed:
        given = {name: uuid for name, uuid in zip(question.names, uuids, strict=True) if uuid}
        return given or OPEN, card
    if question.takes != "choice" and (said == OTHER or (not said and typed)):
        return typed or OPEN, card
    return said or OPEN, card


def _remember(visit: Visit, one: Import, answers: Sequence[Mapping[str, Any]]) -> None:
    jobs = visit.site.work.jobs
    settings = jobs.job(one.chosen).settings
    try:
        with _one_writes:
            remember(settings, jobs.config, answers)
    except SettingsError as error:
        visit.site.say(f"Answers could not be written into the profile {settings.profile}: {error}")
        raise Refused(
            409,
            "The answers could not be remembered.",
            "Go back and continue without that; and tell the person who looks after the importer.",
        ) from None
    visit.site.store.audit.add(
        "remembered", at=visit.site.now(), user=visit.who, import_id=one.id, answers=len(answers)
    )


def checked_by(visit: Visit, one: Import, answers: Sequence[Mapping[str, Any]], *, say: str = "") -> Response:
    """Have an import checked by these answers."""
    facts = {**one.facts, "answers": list(answers), "answered": True, "stale": False, "anew": True}
    again(visit, one, leads_to="review", facts=facts)
    visit.site.store.audit.add("answered", at=visit.site.now(), user=visit.who, import_id=one.id, answers=len(answers))
    return go(visit, f"/imports/{one.id}/checking", say=say)


def _open(visit: Visit) -> Import:
    one = import_of(visit)
    refuse_stale(visit, one)
    if one.state not in SHOWN_IN or not one.copy:
        raise CHANGED
    return one


def take_back(visit: Visit) -> Response:
    """Take an answer back, and have the sheet checked without it."""
    one = _open(visit)
    answers = one.facts.get("answers", ())
    left = without(answers, visit.text("key"))
    if len(left) == len(answers):
        raise nothing_here()
    return checked_by(visit, one, left)


def fix(visit: Visit) -> Response:
    """Take one answer for all rows with a kind of problem, from the review."""
    one = _open(visit)
    question = next((each for each in questions_of(one) if each.key == visit.text("key")), None)
    if question is None:
        raise CHANGED
    said = visit.text("typed") if visit.text("answer") == OTHER else visit.text("answer")
    job = visit.site.work.jobs.job(one.chosen)
    if not said.strip() or said == OPEN:
        raise Refused(422, "No answer was chosen.", "Go back and choose one of the answers.")
    try:
        answers = answer_to(
            job.settings, one.facts.get("answers", ()), question, said, by=visit.who.name, at=visit.site.now()
        )
    except AnswerRefused as refused:
        raise Refused(422, str(refused), "Go back and choose one of the answers.") from None
    if visit.text("remember") == "yes":
        _remember(visit, one, [answers[-1]])
    return checked_by(visit, one, answers, say="answered")


ROUTES: Final = (
    Route("GET", "/imports/{id}/columns", columns, lowest=Role.VIEWER, owner=owner_of),
    Route("POST", "/imports/{id}/columns", settle, lowest=Role.COORDINATOR, owner=owner_of, form=MANY_FIELDS),
    Route("POST", "/imports/{id}/columns/back", take_back, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/fix", fix, lowest=Role.COORDINATOR, owner=owner_of),
)
