"""``importer setup``: asked at a terminal, answered by options, and told where nobody can answer."""

from __future__ import annotations

import io
import itertools
import os
import stat
import sys
import time
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

from importer.cli.entry import run
from importer.cli.terminal import Terminal
from importer.settings import load
from schemas import exports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Ran

UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
SHEET: Final = "Phone,Start,Type\n2125550141,2027-03-08 13:30,Check-up\n2125550142,2027-03-09 13:30,Check-up\n"
PROFILE: Final = {"event_types": {"Check-up": UUID}, "columns": {"Type": "eventType"}, "zone": "America/New_York"}


class Screen(io.StringIO):
    """A stream that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Keyboard(Screen):
    """Lines that a person types; None is Ctrl-C."""

    def __init__(self, *lines: str | None) -> None:
        super().__init__()
        self.lines = list(lines)

    def readline(self, size: int | None = -1, /) -> str:
        line = self.lines.pop(0) if self.lines else ""
        if line is None:
            raise KeyboardInterrupt
        return line


@pytest.fixture
def typing(within: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run ``importer setup`` at a terminal, with what a person types; return exit code and all that is shown."""
    assert within("setup", "--list").code == 0  # an empty folder and home

    def call(arguments: list[str], *lines: str | None) -> tuple[int, str]:
        screen = Terminal(out=Screen(), err=Screen(), environ={"TERM": "dumb"})
        monkeypatch.setattr(sys, "stdin", Keyboard(*(None if line is None else f"{line}\n" for line in lines)))
        code = run(["setup", *arguments], screen)
        return code, screen.err.getvalue() + screen.out.getvalue()  # type: ignore[attr-defined]

    return call


def own_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config" / "appointment-importer" / "importer.toml"


def write_sheet(tmp_path: Path, text: str = SHEET) -> str:
    (tmp_path / "week.csv").write_text(text, encoding="utf-8")
    return "week.csv"


def test_questions_lead_to_a_profile_of_ones_own_and_to_the_next_command(
    typing: Callable[..., tuple[int, str]], tmp_path: Path, within: Callable[..., Ran]
) -> None:
    """What is typed stands in the person's own file, mode 0600; the check is told, and the next command works as it stands."""
    code, said = typing([write_sheet(tmp_path), "--profile", "desk"], "Berln", "eastern", f"check-up={UUID}")

    assert code == 0, said
    assert "no time zone of a place" in said
    assert "2 rows read, nothing to fix." in said
    assert said.rstrip().endswith("Next: importer plan week.csv --profile desk")
    assert [line for line in said.splitlines() if len(line) > 80 and "importer.toml" not in line] == []
    assert tomllib.loads(own_file(tmp_path).read_text(encoding="utf-8")) == {"profile": {"desk": PROFILE}}
    assert stat.S_IMODE(own_file(tmp_path).stat().st_mode) == 0o600
    assert within("plan", "week.csv", "--profile", "desk").code == 0


def test_profile_that_is_there_is_told_kept_and_completed(
    typing: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    """Only what it leaves open is asked; its lines and comments stay."""
    own_file(tmp_path).parent.mkdir(parents=True)
    before = '# ours\n[profile.default]\nzone = "America/Chicago" # the desk\n'
    own_file(tmp_path).write_text(before, encoding="utf-8")
    code, said = typing([write_sheet(tmp_path)], UUID)

    assert code == 0, said
    assert 'line 2, has a profile "default" already' in said
    assert "time zone are the appointments" not in said
    assert own_file(tmp_path).read_text(encoding="utf-8").startswith(before)
    assert said.rstrip().endswith("Next: importer plan week.csv")


@pytest.mark.parametrize(("answer", "code", "zone"), [("y", 0, "Europe/London"), ("", 2, "America/Chicago")])
def test_line_is_changed_only_with_consent(
    typing: Callable[..., tuple[int, str]], tmp_path: Path, answer: str, code: int, zone: str
) -> None:
    """An option that says something else than the profile is asked about; Enter changes nothing."""
    own_file(tmp_path).parent.mkdir(parents=True)
    own_file(tmp_path).write_text('[profile.default]\nzone = "America/Chicago"\n', encoding="utf-8")
    ended, said = typing([write_sheet(tmp_path), "--zone", "Europe/London", "--type", UUID], answer)

    assert ended == code, said
    assert 'zone = "America/Chicago" would become "Europe/London"' in said
    assert tomllib.loads(own_file(tmp_path).read_text(encoding="utf-8"))["profile"]["default"]["zone"] == zone


def test_ctrl_c_leaves_nothing_behind(typing: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Between two questions, and at the end of the input, nothing is written."""
    sheet = write_sheet(tmp_path)
    interrupted, said = typing([sheet], "Eastern", None)
    ended, _ = typing([sheet], "Eastern")

    assert (interrupted, ended) == (130, 130)
    assert "nothing was written" in said
    assert not own_file(tmp_path).parent.exists()


def test_question_left_open_is_told_by_the_check(typing: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """What was answered is written, and why the sheet cannot be sent yet is said, with the exit code of a refused file."""
    code, said = typing([write_sheet(tmp_path)], "Eastern", "")

    assert code == 3, said
    assert tomllib.loads(own_file(tmp_path).read_text(encoding="utf-8")) == {
        "profile": {"default": {"zone": "America/New_York"}}
    }
    assert "The sheet has no column for eventType" in said


def test_sheet_that_says_everything_is_asked_nothing(typing: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Nothing is written, and the next command is the plan."""
    sheet = write_sheet(
        tmp_path, f"Phone,Start,Time zone,Appointment type\n2125550141,2027-03-08 13:30,America/New_York,{UUID}\n"
    )
    code, said = typing([sheet])

    assert code == 0, said
    assert "No profile is needed." in said
    assert said.rstrip().endswith("Next: importer plan week.csv")
    assert not own_file(tmp_path).exists()


def test_not_interactively_nothing_is_written(within: Callable[..., Ran], tmp_path: Path) -> None:
    """The profile so far and the open questions are printed, each with its option; the exit code says that it cannot run."""
    ran = within("setup", write_sheet(tmp_path), "--zone", "Eastern")

    assert ran.code == 3
    assert 'zone = "America/New_York"' in ran.out
    assert "Option: --type UUID" in ran.out
    assert not own_file(tmp_path).exists()


def test_options_answer_everything(within: Callable[..., Ran], tmp_path: Path) -> None:
    """With --write the named file is made; the next command names it, and can be typed as it stands."""
    sheet = write_sheet(tmp_path, SHEET.replace("2027-03-08", "3/4/2027").replace("2027-03-09", "3/5/2027"))
    arguments = ["setup", sheet, "--config", "new.toml", "--zone", "Eastern", "--type", f"Check-up={UUID}"]
    seen = within(*arguments, "--answer", "date-order=mdy")
    assert "Next: importer setup week.csv --config new.toml --zone Eastern" in seen.out
    assert not (tmp_path / "new.toml").exists()
    ran = within(*arguments, "--answer", "date-order=mdy", "--write")

    assert ran.code == 0, ran.out + ran.err
    assert ran.out.rstrip().endswith("Next: importer plan week.csv --config new.toml")
    _, profile = load({}, config="new.toml", environ={}, folder=tmp_path)
    assert (profile.date_order, profile.zone) == ("mdy", "America/New_York")


def test_json_holds_questions_profile_and_counts(within: Callable[..., Ran], tmp_path: Path) -> None:
    """A program, or a page, gets the questions as data."""
    ran = within("setup", write_sheet(tmp_path), "--json")
    document = ran.document

    assert [question["key"] for question in document["questions"]] == ["zone", "type"]
    assert document["questions"][0]["samples"] == ["2027-03-08 13:30", "2027-03-09 13:30"]
    assert (document["written"], document["rows"]) == (False, None)
    assert document["refusal"]


def test_known_systems_are_listed(within: Callable[..., Ran]) -> None:
    """Each with its name and what the export lacks."""
    ran = within("setup", "--list", "--json")

    assert [each["name"] for each in ran.document["systems"]] == list(exports.names())
    assert ran.document["systems"][exports.names().index("google")]["lacks"] == ["phone"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["setup"], 2, "needs the sheet as a file"),
        (["setup", "-"], 2, "needs the sheet as a file"),
        (["setup", "gone.csv"], 3, "gone.csv"),
        (["setup", "week.csv", "--zone", "Mars"], 2, "no time zone"),
        (["setup", "week.csv", "--type", "your-uuid"], 2, "no uuid"),
        (["setup", "week.csv", "--answer", "colour=red"], 2, "does not ask"),
        (["setup", "week.csv", "--system", "fresha"], 3, "none of its columns"),
    ],
)
def test_wrong_words_are_refused(
    within: Callable[..., Ran], tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    """One sentence, and nothing is written."""
    write_sheet(tmp_path)
    ran = within(*arguments)

    assert ran.code == code, ran.err
    assert words in ran.err
    assert not own_file(tmp_path).exists()


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
def test_a_real_terminal_can_be_left_with_ctrl_c(within: Callable[..., Ran], tmp_path: Path) -> None:
    """On a pseudo-terminal the first question stands, Ctrl-C ends it with 130, and nothing is left."""
    import pty

    sheet = write_sheet(tmp_path)
    assert within("setup", "--list").code == 0  # an empty folder and home, which the child is given too
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "importer", "setup", sheet], {**os.environ, "TERM": "dumb"})
    said = b""
    while b"\n> " not in said:
        said += os.read(terminal, 4096)
    # One that comes just before Python begins to wait for the line is lost; a person waits some time and presses it again.
    for look in itertools.count():
        if look % 400 == 0:
            os.write(terminal, b"\x03")
        time.sleep(0.05)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
    os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == 130, said
    assert not own_file(tmp_path).parent.exists()
