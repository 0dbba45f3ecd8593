"""Each sample yields what expected.json says, at the moment that it states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sample_data
from importer.model.profile import Profile
from importer.run import Job, check
from importer.settings import Settings

FILES = sample_data.expected()["files"]


def rows_expected(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = FILES[FILES[name].get("same_as", name)]["rows"]
    return rows


def checked(name: str, folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ``check --json`` for a sample, with the clock at its moment."""
    lines: list[dict[str, Any]] = []
    job = Job(Settings(), Profile(), now=lambda: sample_data.moment(name))
    check(job, [str(sample_data.copy(name, folder))], each_row=lines.append)
    return lines


def found(said: list[dict[str, str]]) -> list[str]:
    return sorted(f"{one['field']}:{one['code']}" if one["field"] else one["code"] for one in said)


@pytest.mark.parametrize("name", FILES)
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


@pytest.mark.parametrize("name", FILES)
def test_sample_carries_the_stated_body(name: str, tmp_path: Path) -> None:
    """The payload of each row is the stated one, member by member and in the order of the API's document."""
    payloads = [(line["row"], list(line["payload"].items())) for line in checked(name, tmp_path)]

    assert payloads == [(row["row"], list(row["payload"].items())) for row in rows_expected(name)]
