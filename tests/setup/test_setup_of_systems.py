"""Guided set-up of every known system: from the bare export, by few questions, to a plan."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Final

import pytest

from importer.commands.job import Job
from importer.commands.plan import plan
from importer.errors import FileRefused
from importer.model.statuses import Action
from importer.settings import Settings
from importer.settings.file import read_config
from importer.setup.answers import settle
from importer.setup.guiding import begin, open_of
from importer.setup.profile_file import write_profile
from schemas import exports
from schemas.exports.shape import export

if TYPE_CHECKING:
    from pathlib import Path

    from importer.setup.answers import Answered
    from importer.setup.guiding import Begun

NOW: Final = 1_804_000_000.0  # 2027-03-02 in UTC
UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
SAMPLES: Final = resources.files("sample_data") / "exports"
ANSWERS: Final = {"zone": "Eastern", "type": UUID, "clock": "account", "missed": "none"}
MOST_QUESTIONS: Final = 5

# Which questions each is asked, and how many new appointments and cancellations its plan has.
ASKED: Final = {
    "acuity": ("clock zone type", 3),
    "apm": ("zone type", 3),
    "booksy": ("zone type missed", 1),
    "calcom": ("zone type", 2),
    "calendly": ("clock zone type missed", 2),
    "dentrix": ("zone type word Hold", 1),
    "fhir": ("zone type word entered-in-error", 1),
    "fresha": ("zone type missed", 2),
    "hike": ("zone type missed", 1),
    "icalendar": ("phone type", 1),
    "msbookings": ("zone type", 3),
    "notify1800": ("zone type", 2),
    "opendental": ("zone type", 2),
    "openemr": ("zone type missed", 1),
    "setmore": ("zone type missed", 2),
    "smsuite": ("zone type", 1),
    "vagaro": ("zone type missed", 2),
}


def begun(name: str, tmp_path: Path) -> Begun:
    return begin(str(SAMPLES / f"{name}.csv"), Settings(), tmp_path / "importer.toml", said={})


def answered(start: Begun) -> tuple[Answered, list[str]]:
    """Return the answers of a person who knows zone, type and clock, and leaves the rest open; and what was asked."""
    found, asked = start.answered, []
    while questions := open_of(start, found):
        asked.append(questions[0].key)
        found = settle(found, questions[0], ANSWERS.get(questions[0].key, ""))
    return found, asked


@pytest.mark.parametrize("name", [name for name in exports.names() if not export(name).lacks])
def test_export_comes_to_a_plan_by_at_most_five_questions(name: str, tmp_path: Path) -> None:
    """The system is recognized, few questions are asked, and the profile that is written leads to a plan."""
    start = begun(name, tmp_path)
    found, asked = answered(start)
    write_profile(start.target, found.name, found.table)
    profile = read_config(start.target).profile(name)
    settings = Settings(ledger_url=f"sqlite:///{tmp_path / 'ledger.db'}", reports_dir=tmp_path / "reports")
    planned = plan(Job(settings, profile, now=lambda: NOW), [str(SAMPLES / f"{name}.csv")])

    assert start.title == export(name).title
    assert len(asked) <= MOST_QUESTIONS
    assert (" ".join(asked), planned.calls.get(Action.CREATE, 0)) == ASKED[name]
    assert planned.calls.get(Action.NO_SHOW, 0) == 0


@pytest.mark.parametrize("name", [name for name in exports.names() if export(name).lacks])
def test_export_without_phones_is_told_what_it_lacks_before_any_question(name: str, tmp_path: Path) -> None:
    """What nobody can answer is said at once."""
    start = begun(name, tmp_path)
    with pytest.raises(FileRefused) as refused:
        open_of(start, start.answered)

    assert refused.value.code == "export_lacks"
    assert refused.value.fix


@pytest.mark.parametrize("name", [name for name in exports.names() if not export(name).lacks])
def test_each_question_shows_values_of_the_sheet_and_has_a_default(name: str, tmp_path: Path) -> None:
    """Up to three samples are cells or rows of the sheet; the default is one of the answers, or leaves the question open."""
    start = begun(name, tmp_path)
    text = (SAMPLES / f"{name}.csv").read_text(encoding="utf-8")
    for question in open_of(start, start.answered):
        assert 1 <= len(question.samples) <= 3, question
        assert all(sample in text or sample.startswith("row ") for sample in question.samples), question
        assert question.default in {"open", *(choice.value for choice in question.choices)}
        assert question.if_open


def test_each_choice_makes_lines_that_a_profile_may_have(tmp_path: Path) -> None:
    """Whatever is chosen, the table is valid, and is TOML."""
    for name in ASKED:
        start = begun(name, tmp_path)
        for question in open_of(start, start.answered):
            for choice in question.choices:
                found = settle(start.answered, question, choice.value)
                write_profile(tmp_path / f"{name}.toml", f"{question.key} {choice.value}", found.table)
        tables = tomllib.loads((tmp_path / f"{name}.toml").read_text(encoding="utf-8"))["profile"]
        assert [read_config(tmp_path / f"{name}.toml").profile(each).name for each in tables] == list(tables)
