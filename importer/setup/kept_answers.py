"""
What a sheet leaves open and what was answered, kept with a draft or an import: plain data that JSON can hold.

An answer is a dictionary: the ``key`` of its question, its ``text``, the ``value`` that was chosen, in words the ``meaning``, the ``lines``
that it puts into the profile's table, ``by`` and ``at`` (UTC seconds). It counts for its sheet alone until it is remembered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from importer.columns import match
from importer.columns.explain import explain
from importer.commands.drafts.draft_copies import folder_of_copies, laid_out
from importer.commands.drafts.draft_editing import other_version
from importer.commands.drafts.kept_settings import as_the_draft
from importer.errors import FileRefused, UsageError
from importer.ledger import ledger_of_drafts
from importer.settings.file import merged, read_config
from importer.settings.places import current_folder, resolved_path, user_config_file
from importer.setup.answers import Answered, AnswerRefused, lines_of, settle
from importer.setup.guiding import known_types
from importer.setup.open_points import open_questions
from importer.setup.profile_file import write_profile
from importer.setup.questions import OPEN, Hints
from importer.setup.sheet_seen import look
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ledger.drafts.draft_values import Draft
    from importer.settings import Settings
    from importer.setup.questions import Question
    from importer.setup.sheet_seen import SheetSeen


Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a sheet leaves open.

    ``goes``: whether it can be checked though nothing is answered. ``title``: of the known system that it comes from, "" for
    none. ``understood``: letters, heading and field's title of each column that is read.
    """

    questions: tuple[Question, ...]
    goes: bool = True
    title: str = ""
    understood: tuple[tuple[str, str, str], ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def asked_of(job: Job, path: str, *, zone: str = "") -> Asked:
    """
    Return what a sheet leaves open by the job's profile and answers. ``zone``: of this machine, as a default.

    Raises:
        FileRefused: the sheet cannot be read, or lacks what nobody can answer.
        SettingsError: the profile is wrong.
    """
    seen = look(path, job.profile, sheet=job.settings.sheet, until=job.check_until, texts_apart=job.texts_apart)
    return asked_about(job, seen, zone=zone)


def asked_about(job: Job, seen: SheetSeen, *, zone: str = "") -> Asked:
    """Return the same of a sheet that was looked at already. Raises as ``asked_of``."""
    answered = answered_so_far(job.settings, job.answers or ())
    questions = open_questions(seen, answered, Hints(zone, known_types(job.settings)))
    try:
        matching = match(seen.headings, job.profile, seen.rows)
        matching.require(first=seen.rows)
    except FileRefused:
        return Asked(questions, goes=False)
    system = matching.system
    told = explain(seen.headings, job.profile, seen.rows).headings
    understood = tuple((one.letters, one.heading.strip(), _title(one.field)) for one in told if one.field)
    return Asked(questions, True, system.title if system else "", understood)


def _title(field: str) -> str:
    return FIELD[field].title if field in FIELD else field.replace("metadata.", "Message value ")


def answered_so_far(settings: Settings, answers: Sequence[Mapping[str, Any]]) -> Answered:
    """Return what the profile says, with options that go before it and the answers."""
    table = _table(settings)
    said = {name: value for name in ("system", "action") if (value := getattr(settings, name))}
    table = merged(table, said)
    for answer in answers:
        table = merged(table, answer["lines"])
    return Answered(settings.profile, table)


def _table(settings: Settings) -> Mapping[str, Any]:
    """Return the table of the profile in force, {} where no file has one."""
    files = map(read_config, settings.config_paths)
    return next((file.tables[settings.profile] for file in files if settings.profile in file.tables), {})


def answer_to(  # noqa: PLR0913 - what an answer is made of
    settings: Settings, answers: Sequence[Mapping[str, Any]], question: Question, said: str | Mapping[str, str],
    *, by: str, at: float,
) -> Answers:  # fmt: skip
    """
    Return the answers with this one, which replaces an earlier one to the same question; left open, that one is gone.

    Raises:
        AnswerRefused: the question cannot be answered so.
    """
    others = without(answers, question.key)
    settle(answered_so_far(settings, others), question, said)
    lines = lines_of(question, said)
    if lines is None:
        if question.is_needed:
            raise AnswerRefused("It has to be answered before the sheet can be sent.")
        return others
    chosen = next((one for one in question.choices if one.lines == lines), None)
    value = chosen.value if chosen else _value(lines)
    meaning = chosen.meaning if chosen else value
    made = {"key": question.key, "text": question.text, "value": value, "meaning": meaning, "lines": lines}
    return [*others, {**made, "by": by, "at": at}]


def _value(lines: Mapping[str, Any]) -> str:
    types = lines.get("event_types")
    if isinstance(types, dict):
        return ", ".join(f"{name}={uuid}" for name, uuid in types.items())
    return str(next(iter(lines.values())))


def without(answers: Sequence[Mapping[str, Any]], key: str) -> Answers:
    """Return the answers without that to a question."""
    return [dict(one) for one in answers if one["key"] != key]


ABOUT: Final[Mapping[str, str]] = {
    "date_ambiguous": "date-order",
    "date_two_digit_year": "short-years",
    "duration_unit": "unit ",
    "status_not_used": "column ",
    "status_word_unknown": "column ",
    "action_unknown": "word ",
    "consent_refused": "consent ",
    "consent_unclear": "consent ",
    "event_type_unknown": "type",
    "value_missing": "zone",
}
"""Kind of problem -> what the key of the question begins with, one answer to which settles all its rows."""


def about(kind: Mapping[str, Any], questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return the questions that settle a kind of problem: its ``code``, ``field`` and ``place``, ``Column E “State”``."""
    begins = ABOUT.get(str(kind["code"]))
    if begins is None or (begins == "zone" and kind["field"] != "subscriberTimeZone"):
        return ()
    return tuple(one for one in questions if one.key.startswith(begins) and _is_there(one, str(kind["place"])))


def _is_there(question: Question, place: str) -> bool:
    """Whether a question that names a column names the one where the problem is."""
    name, _, letters = question.key.partition(" ")
    return name not in {"unit", "column", "consent"} or place.startswith((f"Column {letters} ", f"Column {letters}:")) or place == f"Column {letters}"  # fmt: skip


def asked_of_draft(job: Job, draft: Draft) -> Asked:
    """
    Return what the files of a draft leave open together. Waits for no run.

    Raises:
        UsageError: a copy was purged.
    """
    if not draft.source.files:
        return Asked(())
    settings = job.settings
    job = as_the_draft(job, draft)
    with (
        ledger_of_drafts(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s) as ledger,
        folder_of_copies() as folder,
    ):
        places = laid_out(ledger, draft, folder)
        asked = [asked_of(job, str(place)) for place in places.values()]
    found = {question.key: question for one in reversed(asked) for question in one.questions}
    return Asked(tuple(found.values()), all(one.goes for one in asked))


def chosen(job: Job, draft_id: str, said: Mapping[str, str], *, by: str, version: int | None = None) -> Answers:
    """
    Return the answers of a draft with those that a person gives now, key -> value; ``open`` takes one back. Nothing is written.

    Raises:
        UsageError: there is no such draft, no question of it has such a key, or an answer cannot be.
        Held: somebody else changed the draft since the ``version`` that the person saw.
    """
    settings = job.settings
    with ledger_of_drafts(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s) as ledger:
        draft = ledger.drafts.open(draft_id)
    if version is not None and version != draft.version:
        raise other_version(draft, version)
    answers: Answers = [dict(one) for one in draft.settings.get("answers", ())]
    for key, value in said.items():
        left = without(answers, key)
        if value.casefold() == OPEN and len(left) < len(answers):
            answers = left
            continue
        asked = asked_of_draft(replace(job, answers=left), draft)
        question = next((one for one in asked.questions if one.key == key), None)
        if question is None:
            raise UsageError(f'Draft {draft.id} does not ask "{key}".', fix=_keys(asked.questions))
        try:
            answers = answer_to(settings, left, question, value, by=by, at=job.now())
        except AnswerRefused as refused:
            raise UsageError(f"{question.text} {refused}", fix=f'Correct the answer to "{key}".') from None
    return answers


def _keys(questions: Sequence[Question]) -> str:
    return " ".join(["Its open questions are:", *choices_of(questions)]) if questions else "Nothing of it is open."


def choices_of(questions: Sequence[Question]) -> Iterator[str]:
    """Yield each question with the answers that ``--choose`` takes."""
    for one in questions:
        values = "|".join(choice.value for choice in one.choices) or "VALUE"
        yield f"{one.key}={values} ({one.text})"


def remember(settings: Settings, config: str | None, answers: Sequence[Mapping[str, Any]]) -> Path:
    """
    Write answers into the profile in force, for the next sheet; return the settings file.

    It is the one that has the profile already; else ``config``, the file that was named, or the person's own.

    Raises:
        SettingsError: the file cannot be written, or not without losing something.
    """
    has_it = (path for path in settings.config_paths if settings.profile in read_config(path).tables)
    named = resolved_path(config, current_folder()) if config else user_config_file()
    path = next(has_it, named)
    table: Mapping[str, Any] = read_config(path).tables.get(settings.profile, {}) if path.exists() else {}
    for answer in answers:
        table = merged(table, answer["lines"])
    write_profile(path, settings.profile, table)
    return path
