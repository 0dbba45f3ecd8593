"""A profile in ``importer.toml``: added or completed, and all else as it was."""

from __future__ import annotations

import stat
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.settings.file import merged
from importer.setup.profile_file import changes, profile_text, with_profile, write_profile

if TYPE_CHECKING:
    from pathlib import Path

ZONE = {"zone": "America/New_York"}
FILE = """\
# Our settings
rate = 50 # slowly

[profile.north] # Main St
zone = "Europe/London"
[profile.north.columns]
"Handy" = "phone" # as the desk types it
[drop.inbox]
path = "inbox"
"""


def test_new_profile_stands_at_the_end_and_all_else_stays() -> None:
    """Every byte that was there is there still."""
    assert with_profile(FILE, "south", ZONE) == FILE + '\n[profile.south]\nzone = "America/New_York"\n'


def test_profile_that_is_there_is_completed_in_its_place() -> None:
    """New lines are put into its tables; comments and other tables stay."""
    made = with_profile(FILE, "north", {"missed": "none", "columns": {"Start": "eventDateTime"}})

    assert tomllib.loads(made)["profile"]["north"] == {
        "zone": "Europe/London",
        "missed": "none",
        "columns": {"Handy": "phone", "Start": "eventDateTime"},
    }
    assert [line for line in FILE.splitlines() if line not in made.splitlines()] == []


@pytest.mark.parametrize("text", ["", "\n", "rate = 5", "rate = 5\r\n", "\n\n# nothing\n"])
def test_any_end_of_a_file_will_do(text: str) -> None:
    """With or without a line end, empty, or with those of Windows."""
    made = with_profile(text, "clinic", ZONE)

    assert tomllib.loads(made) == {**tomllib.loads(text), "profile": {"clinic": ZONE}}
    assert "\r\n" not in text or "\n" not in made.replace("\r\n", "")


def test_file_that_cannot_be_added_to_is_left_alone() -> None:
    """Profiles in one inline table take no further table: the lines to add by hand are said."""
    with pytest.raises(SettingsError) as refused:
        with_profile("profile = { north = { zone = 'UTC' } }\n", "south", ZONE)

    assert 'zone = "America/New_York"' in refused.value.fix


def test_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """File and new folders are the owner's; a link is followed and stays."""
    target = tmp_path / "config" / "importer.toml"
    write_profile(target, "clinic", ZONE)
    link = tmp_path / "link.toml"
    link.symlink_to(target)
    write_profile(link, "other", ZONE)

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert link.is_symlink()
    assert set(tomllib.loads(target.read_text(encoding="utf-8"))["profile"]) == {"clinic", "other"}
    assert [path.name for path in target.parent.iterdir()] == ["importer.toml"]


def test_file_that_is_no_settings_file_is_refused_as_it_is(tmp_path: Path) -> None:
    """A broken file is told with its line, and stays."""
    target = tmp_path / "importer.toml"
    target.write_text("zone America", encoding="utf-8")
    with pytest.raises(SettingsError):
        write_profile(target, "clinic", ZONE)

    assert target.read_text(encoding="utf-8") == "zone America"


def test_lines_that_would_change_are_named() -> None:
    """New lines are no change; a line with another value is one, by its dotted key."""
    before = {"zone": "UTC", "columns": {"A": "phone"}}
    after = {"zone": "Europe/London", "missed": "none", "columns": {"A": "time", "B": "phone"}}

    assert list(changes(before, after)) == [("zone", "UTC", "Europe/London"), ("columns.A", "phone", "time")]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
TABLES = st.dictionaries(
    TEXTS,
    st.one_of(TEXTS, st.booleans(), st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=2)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(TEXTS, TABLES, TABLES)
def test_what_is_written_is_what_was_said(name: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Whatever words a sheet has, the file says them: as a new table, and put into one that is there."""
    assert tomllib.loads(profile_text(name, first)) == {"profile": {name: first}}
    begun = with_profile(FILE, name, first)
    expected = merged(tomllib.loads(FILE), {"profile": {name: first}})

    assert tomllib.loads(begun) == expected
    try:
        made = with_profile(begun, name, second)
    except SettingsError:
        return
    assert tomllib.loads(made) == merged(expected, {"profile": {name: second}})
