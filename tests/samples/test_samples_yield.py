"""Each sample yields what expected.json says, at the moment that it states, and together they show every problem."""

from __future__ import annotations

import csv
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import sample_data
from importer.commands.check import check
from importer.commands.job import Job
from importer.commands.run import run
from importer.demo import clock_from, settings_for
from importer.errors import FileRefused
from importer.model.profile import Profile
from importer.problems import KINDS, guard_kinds
from importer.sandbox import Sandbox
from importer.settings import Settings, load

EXPECTED = sample_data.expected()
FILES = EXPECTED["files"]
READ = [name for name, each in FILES.items() if "refused" not in each]
REFUSED = [name for name, each in FILES.items() if "refused" in each]


def rows_expected(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = FILES[FILES[name].get("same_as", name)]["rows"]
    return rows


def job_for(name: str) -> Job:
    """Return a job with the clock at the sample's moment, and with the profile and the do-not-text list that it names."""
    settings, profile = Settings(), Profile()
    if "profile" in FILES[name]:
        config = str(resources.files("sample_data").joinpath("importer.toml"))
        settings, profile = load({"profile": FILES[name]["profile"]}, config=config)
    if "do_not_text" in FILES[name]:
        settings = replace(settings, do_not_text=Path(str(resources.files("sample_data") / FILES[name]["do_not_text"])))
    return Job(settings, profile, now=lambda: sample_data.moment(name))


def checked(name: str, folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ``check --json`` for a sample."""
    lines: list[dict[str, Any]] = []
    check(job_for(name), [str(sample_data.copy(name, folder))], each_row=lines.append)
    return lines


def found(said: list[dict[str, str]]) -> list[str]:
    return sorted(f"{one['field']}:{one['code']}" if one["field"] else one["code"] for one in said)


@pytest.mark.parametrize("name", READ)
def test_sample_is_judged_as_stated(name: str, tmp_path: Path) -> None:
    """Row by row: the number, status, action, and the codes of all problems and warnings with their fields."""
    judged = [
        (line["row"], line["status"], line["action"], found(line["problems"]), found(line["warnings"]))
        for line in checked(name, tmp_path)
    ]

    assert judged == [
        (row["row"], row["status"], row["action"], sorted(row["problems"]), sorted(row["warnings"]))
        for row in rows_expected(name)
    ]


@pytest.mark.parametrize("name", READ)
def test_sample_carries_the_stated_body(name: str, tmp_path: Path) -> None:
    """The payload of each row is the stated one, member by member and in the order of the API's document."""
    payloads = [(line["row"], list(line["payload"].items())) for line in checked(name, tmp_path)]

    assert payloads == [(row["row"], list(row["payload"].items())) for row in rows_expected(name)]


@pytest.mark.parametrize("name", REFUSED)
def test_sample_is_refused_as_stated(name: str, tmp_path: Path) -> None:
    """A sample that no row can be read from with certainty is refused by the stated code, and no row of it is told."""
    lines: list[dict[str, Any]] = []

    with pytest.raises(FileRefused) as refused:
        check(job_for(name), [str(sample_data.copy(name, tmp_path))], each_row=lines.append)

    assert refused.value.code == FILES[name]["refused"]
    assert lines == rows_expected(name)


def test_ledger_tells_what_cannot_be(tmp_path: Path) -> None:
    """Rows that do not fit what earlier sheets did get the problem or warning that expected.json names."""
    with Sandbox() as sandbox:
        settings = settings_for(tmp_path, sandbox)
        for name in (*EXPECTED["plays"], EXPECTED["after"]):
            job = Job(settings, Profile(), now=clock_from(sample_data.moment(name)))
            result = run(job, [str(sample_data.copy(name, tmp_path))])
    with result.paths["results.csv"].open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))

    assert [row["result_status"] for row in told] == [row["run"] for row in rows_expected(EXPECTED["after"])]
    for row, stated in zip(told, rows_expected(EXPECTED["after"]), strict=True):
        for code in stated["run_codes"]:
            assert code == row["result_code"] or KINDS[code].message in row["result_warnings"]


def test_every_kind_of_problem_is_shown() -> None:
    """Each code of the catalogue stands in a sample, or is listed as one that no sheet alone can show."""
    rows = [row for name in FILES for row in rows_expected(name)]
    codes = [code for row in rows for code in (*row["problems"], *row["warnings"], *row.get("run_codes", ()))]
    shown = {code.rpartition(":")[2] for code in codes}

    held = {kind.code for kind in guard_kinds.HELD}  # of a file, as the settings' README shows them

    assert shown | set(EXPECTED["elsewhere"]) | held == set(KINDS)
    assert not shown & set(EXPECTED["elsewhere"])


def test_rows_are_named_by_their_problem(tmp_path: Path) -> None:
    """In every_problem.csv the first column names the problem or warning that the row shows."""
    with sample_data.copy("every_problem.csv", tmp_path).open(encoding="utf-8", newline="") as file:
        names = [row["What is wrong"] for row in csv.DictReader(file)]

    for name, row in zip(names, rows_expected("every_problem.csv"), strict=True):
        assert name in {code.rpartition(":")[2] for code in (*row["problems"], *row["warnings"])}
