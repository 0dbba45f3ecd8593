"""What a nightly job hears: nothing when all is well, one or two lines when it is not, and a log of events if asked."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

Within = Callable[..., Any]
TOKEN = "canary-token-7c2d"
SURNAME = "Quietcanary"
START = (dt.datetime.now(dt.UTC) + dt.timedelta(days=40)).strftime("%Y-%m-%dT10:15:00")
TYPE = "6c52d314-a3ca-4781-ba70-1d2c3b4a5f60"
HEADINGS = ("externalEventId", "phone", "lastName", "eventType", "eventDateTime", "subscriberTimeZone")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=TOKEN) as running:
        yield running


@pytest.fixture
def night(within: Within, sandbox: Sandbox, tmp_path: Path) -> Within:
    """Run a command line as a nightly job does."""
    environ = {
        "IMPORTER_TOKEN": TOKEN,
        "IMPORTER_BASE_URL": sandbox.base_url,
        "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
    }
    return lambda *arguments, **more: within(*arguments, environ=environ | more)


def sheet(folder: Path, *phones: str, name: str = "tonight.csv", start: str = START) -> str:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, phone in enumerate(phones):
            writer.writerow((f"N{number}", phone, SURNAME, TYPE, start, "America/Chicago"))
    return name


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_nothing_at_all_when_all_is_well(night: Within, tmp_path: Path, command: str) -> None:
    """With exit code 0 --quiet prints nothing on either stream."""
    ran = night(command, sheet(tmp_path, "3125550141", "3125550142"), "--quiet")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_environment_asks_for_quiet_too(night: Within, tmp_path: Path) -> None:
    """IMPORTER_QUIET is the option's twin."""
    ran = night("run", sheet(tmp_path, "3125550143"), IMPORTER_QUIET="yes")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


def told(ran: Any, code: int) -> list[str]:
    lines: list[str] = ran.err.splitlines()
    assert ran.code == code
    assert ran.out == ""
    assert 1 <= len(lines) <= 2
    assert SURNAME not in ran.err
    return lines


def test_rows_to_fix_are_told_with_the_report(night: Within, tmp_path: Path) -> None:
    """Exit 4: the counts, and where the report is."""
    lines = told(night("run", sheet(tmp_path, "3125550141", "312-555"), "--quiet"), 4)

    assert "1 of 2 rows done" in lines[0]
    assert lines[1].endswith("report.html")
    assert (tmp_path / lines[1].removeprefix("The report: ")).is_file()


def test_a_refused_token_is_told(night: Within, sandbox: Sandbox, tmp_path: Path) -> None:
    """Exit 7: why it stopped, and where the report is."""
    sandbox.admit("another-token")
    lines = told(night("run", sheet(tmp_path, "3125550141"), "--quiet"), 7)

    assert "the API refused the token" in lines[0]
    assert lines[1].endswith("report.html")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("run", "absent.csv"), 3, id="refused"),
        pytest.param(("run", "tonight.csv", "--rate", "fast"), 2, id="settings"),
        pytest.param(("run",), 2, id="usage"),
        pytest.param(("check", "wrong.csv"), 4, id="check"),
    ],
)
def test_what_stops_a_command_is_told(night: Within, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    """Each other code has its one or two lines, too."""
    sheet(tmp_path, "3125550141")
    sheet(tmp_path, "1", name="wrong.csv")
    told(night(*arguments, "--quiet"), code)


def test_json_is_printed_all_the_same(night: Within, tmp_path: Path) -> None:
    """A program that asked for the document gets it."""
    ran = night("run", sheet(tmp_path, "3125550141"), "--quiet", "--json")

    assert ran.document["totals"]["created"] == 1
    assert ran.err == ""


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_log_tells_each_event(night: Within, tmp_path: Path) -> None:
    """Lines of JSON with time, run, row and event; private, appended to, and without any value of the sheet."""
    name = sheet(tmp_path, "3125550141", "31255", "3125550143")
    night("run", name, "--log", "night.jsonl")
    night("run", "absent.csv", "--log", "night.jsonl")
    path = tmp_path / "night.jsonl"
    found = events(path)

    assert all(list(each)[:4] == ["time", "run", "row", "event"] for each in found)
    assert [each["event"] for each in found if each["row"] is None] == [
        *("started", "planned", "finished"),
        *("started", "refused"),
    ]
    assert {(each["row"], each["status"]) for each in found if each["event"] == "settled"} == {
        (2, "created"),
        (4, "created"),
    }
    assert [(each["row"], each["code"]) for each in found if each["event"] == "not_done"] == [(3, "phone_too_short")]
    assert found[-1]["code"] == "file_not_found"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    assert not [value for value in (SURNAME, "5550141", "N0", TOKEN, TYPE, name) if value in text]


def test_the_log_follows_no_link(night: Within, tmp_path: Path) -> None:
    """A link in its place is refused before anything is sent, and what it leads to stays as it was."""
    (tmp_path / "theirs").write_text("kept", encoding="utf-8")
    (tmp_path / "log").symlink_to(tmp_path / "theirs")
    ran = night("run", sheet(tmp_path, "3125550141"), "--log", "log")

    assert ran.code == 2
    assert (tmp_path / "theirs").read_text(encoding="utf-8") == "kept"


def test_runs_tell_files_counts_and_profile(night: Within, tmp_path: Path) -> None:
    """Each run stands with its files, its rows by status and its profile."""
    night("run", sheet(tmp_path, "3125550141", "3125550142", name="monday.csv"))
    night("run", sheet(tmp_path, "3125550141", "312", name="tuesday.csv"))
    told_runs = night("runs").out
    newest, oldest = night("runs", "--json").document["runs"]

    assert "monday.csv" in told_runs
    assert "1 unchanged, 1 invalid" in told_runs
    assert (oldest["files"], oldest["totals"], oldest["unknown"]) == (["monday.csv"], {"created": 2}, 0)
    assert newest["totals"] == {"unchanged": 1, "invalid": 1}
    assert (newest["profile"], newest["exit_code"], newest["by"]) == ("default", 4, None)


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_nothing_is_left_to_do(night: Within, tmp_path: Path, command: str) -> None:
    """On a finished run both say so with exit 0, and neither makes a run, a report nor another end."""
    night("run", sheet(tmp_path, "3125550141"))
    before = night("runs", "--json").document
    run = before["runs"][0]["id"]
    one = night("runs", run, "--json").document
    written = sorted((tmp_path / "reports").rglob("*"))
    ran = night(command)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"Nothing to {command}: run {run} {'is finished' if command == 'resume' else NO_ROW}.\n"
    assert night("runs", "--json").document == before
    assert night("runs", run, "--json").document == one
    assert sorted((tmp_path / "reports").rglob("*")) == written


NO_ROW = "has no row that could be sent again"


def test_a_refused_check_is_one_line_of_json(night: Within, tmp_path: Path) -> None:
    """``check --json`` is one object per line, also where the file is refused or the line is wrong."""
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for arguments, code in ((("odd.csv",), 3), (("absent.csv",), 3), ((), 2), (("odd.csv", "--limit", "x"), 2)):
        ran = night("check", *arguments, "--json")
        (line,) = ran.out.splitlines()

        assert (ran.code, json.loads(line)["exit_code"]) == (code, code)


def test_files_of_two_nights_are_run_one_by_one(night: Within, tmp_path: Path) -> None:
    """Where rows of two files name the same appointments, check, plan and run say how such files are run."""
    later = START.replace("10:15", "11:45")
    names = [
        sheet(tmp_path, "3125550141", "3125550142", name="mon.csv"),
        sheet(tmp_path, "3125550141", name="tue.csv"),
        sheet(tmp_path, "3125550141", name="wed.csv", start=later),
    ]
    for command in ("check", "plan", "run"):
        words = " ".join(night(command, *names).out.split())

        assert "run them one by one, the oldest first" in words
        assert "names an appointment" not in words or "1 row names" in words


def test_a_folder_and_a_pattern_lead_on(night: Within, tmp_path: Path) -> None:
    """A folder, a pattern without a match and a misspelt name are refused with the names that are there."""
    (tmp_path / "nights").mkdir()
    sheet(tmp_path / "nights", "3125550141", name="mon day.csv")

    assert "importer check 'nights/mon day.csv'" in night("run", "nights").err
    sheet(tmp_path, "3125550141", name="tue.csv")
    assert "importer check tue.csv" in night("check", ".").err
    assert "No file matches this pattern" in night("check", "nights/*.xlsx").err
    assert "nights/mon day.csv" in night("check", "nights/*.xlsx").err
    assert "Did you mean nights/mon day.csv?" in night("check", "nights/monday.csv").err


def test_plan_says_what_check_cannot_know(night: Within, tmp_path: Path) -> None:
    """A row that only the ledger shows to be wrong is counted apart, so that the numbers of check and plan agree."""
    (tmp_path / "cancel.csv").write_text(
        "action,externalEventId,phone\nupdate,X-1,3125550141\ncancel,X-2,12\n", encoding="utf-8"
    )
    checked = night("check", "cancel.csv").out
    planned = " ".join(night("plan", "cancel.csv").out.split())

    assert "2 rows read, 1 to fix" in checked
    assert "plan compares with the ledger too" in checked
    assert "1 row to fix was found by comparing with the ledger" in planned


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device")
@pytest.mark.parametrize("option", ["--out", "--html"])
def test_a_plan_that_cannot_be_written_is_one_document(night: Within, tmp_path: Path, option: str) -> None:
    """With --json the error stands in the one document, and no device is replaced by a file."""
    ran = night("plan", sheet(tmp_path, "3125550141"), "--json", option, "/dev/full")

    assert ran.code == 2
    assert ran.document["error"]["message"].endswith("it is not a regular file.")
    assert [row["verdict"] for row in ran.document["rows"]] == ["create"]
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_options_are_kept_in_the_next_step(night: Within, tmp_path: Path) -> None:
    """The printed command works as it stands: ledger, reports and profile are those of the run."""
    (tmp_path / "our clinic.toml").write_text('[profile.north]\nregion = "US"\n', encoding="utf-8")
    given = ("--config", "our clinic.toml", "--profile", "north", "--ledger", "north.db", "--reports", "north reports")
    ran = night("run", sheet(tmp_path, "3125550141", "312"), *given)
    words = shlex.split(ran.out.splitlines()[-1])

    assert words[:2] == ["importer", "run"]
    assert words[3:] == list(given)
    assert night(*words[1:]).code == 4


def test_tables_are_whole_in_a_pipe(night: Within, tmp_path: Path) -> None:
    """The ledger's place can be learnt from what is piped, however long it is."""
    place = tmp_path / ("a-very-long-name-" * 8) / "ledger.db"
    ran = night("config", "show", "--ledger", str(place))

    assert str(place) in ran.out


def test_a_name_that_begins_with_a_dash_is_no_option(night: Within, tmp_path: Path) -> None:
    """Each printed next step takes the file: that of check, and that of plan."""
    sheet(tmp_path, "3125550141", name="-w.csv")
    checked = night("check", "--", "-w.csv").out.splitlines()[-1]
    planned = night(*shlex.split(checked.partition("importer ")[2]))

    assert planned.code == 0
    assert shlex.split(planned.out.splitlines()[-1])[-3:] == ["importer", "run", "./-w.csv"]


def test_a_folder_or_workbook_that_begins_with_a_dash_is_no_option(night: Within, tmp_path: Path) -> None:
    """The rows to fix in a folder of such a name can be run as printed, and so can a template of such a name be checked."""
    ran = night("run", sheet(tmp_path, "3125550141", "312"), "--reports=-r")
    assert night(*shlex.split(ran.out.splitlines()[-1])[1:]).code == 4

    made = night("template", "--", "-t.xlsx").out
    assert night(*shlex.split(made.partition("importer ")[2])).code == 0
