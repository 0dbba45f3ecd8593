"""Which of a sheet's phones a person prefers, where another one is texted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import importer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Check = Callable[..., list[Mapping[str, Any]]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what checks rows below these headings, beside a number, a date and a time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "importer.toml").write_text(
        '[profile.p]\nzone = "America/New_York"\nevent_type = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"\n',
        encoding="utf-8",
    )

    def checked(headings: str, *rows: str) -> list[Mapping[str, Any]]:
        lines = [f"Appointment ID,Start,{headings}"]
        lines += [f"A{number},2027-03-04 14:30,{row}" for number, row in enumerate(rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return list(importer.check("a.csv", profile="p").rows())

    return checked


def told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the codes of each row, of warnings in brackets."""
    return [
        " ".join([*(one["code"] for one in row["problems"]), *(f"({one['code']})" for one in row["warnings"])])
        for row in rows
    ]


@pytest.mark.parametrize(
    "heading",
    ["Preferred phone", "Preferred number", "Patient preferred telephone", "Phone preference", "Teléfono preferido", "Téléphone préféré",
     "Bevorzugte Telefonnummer", "Voorkeur telefoon", "Telefono preferito"],
)  # fmt: skip
def test_the_number_that_the_person_prefers_is_told(check: Check, heading: str) -> None:
    """Another number of their own below it is a warning; the same one, a word and a blank are none."""
    rows = check(
        f"Phone,{heading}", "2125550101,(646) 555-0102", "2125550103,+1 212 555 0103", "2125550104,yes", "2125550105,"
    )
    assert told(rows) == ["(phone_preferred)", "", "", ""]


@pytest.mark.parametrize(
    ("home", "work", "words"),
    [("Home phone", "Work phone", ("Home", "Work", "H", "home phone")), ("Teléfono casa", "Teléfono trabajo", ("Casa", "Trabajo", "casa", "Casa")),
     ("Telefon privat", "Telefon Büro", ("privat", "Büro", "Privat", "Zuhause")), ("Thuis telefoon", "Werk telefoon", ("thuis", "werk", "Thuis", "Thuis"))],
)  # fmt: skip
def test_of_several_phones_the_preferred_one_is_asked_for(
    check: Check, home: str, work: str, words: Sequence[str]
) -> None:
    """Where the sheet says which of its phones is meant, and that is not the one used, the row is a problem."""
    rows = check(
        f"Phone,{home},{work},Preferred phone", *(f"2125550101,6465550102,6465550103,{word}" for word in words)
    )
    assert told(rows) == ["phone_two_numbers"] * 4
    rows = check(
        f"Phone,{home},{work},Preferred phone", f"2125550101,2125550101,6465550103,{words[0]}", "2125550102,,,Home"
    )
    assert told(rows) == ["", ""]


@pytest.mark.parametrize("heading", ["Preferred phone", "Primary phone", "Best number", "Preferred phone type"])
def test_a_phone_at_home_that_somebody_prefers_to_the_mobile(check: Check, heading: str) -> None:
    """A telephone at home takes no texts: beside a mobile it is a warning, and the mobile itself is none."""
    rows = check(f"Cell phone,Home phone,{heading}", "2125550101,6465550102,Home", "2125550103,6465550104,Mobile")
    assert told(rows) == ["(phone_preferred)", ""]


@pytest.mark.parametrize(
    "heading",
    ["Preferred time", "Preferred provider", "Preferred pharmacy phone", "Preferred language", "Home", "Phone 2"],
)
def test_what_else_somebody_prefers_is_no_phone(check: Check, heading: str) -> None:
    """Times, people, places and a second phone are not what the person prefers to be texted at."""
    rows = check(
        f"Cell phone,Home phone,Work phone,{heading}",
        "2125550101,6465550102,6465550103,Work",
        "2125550104,,,6465550105",
    )
    assert told(rows) == ["", ""]
