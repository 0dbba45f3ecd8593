"""The commands that send, as processes against a sandbox: exit codes, streams, JSON shapes."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from importer.ledger import open_ledger
from importer.model.statuses import Status
from importer.sandbox import Behaviour, Rule, Sandbox

TOKEN = "canary-token-9a1b"
SURNAME = "Canarysurname"
EVENT_TYPE = "6c52d314-a3ca-4781-ba70-1d2c3b4a5f60"
START = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).strftime("%Y-%m-%dT14:30:00")
HEADINGS = ("externalEventId", "phone", "lastName", "eventType", "eventDateTime", "subscriberTimeZone")
Importer = Callable[..., Any]
Within = Callable[..., Any]
PROGRAM = Path(sys.executable).with_name("importer")

RUN_MEMBERS = [
    *("schema", "command", "exit_code", "run", "files", "totals", "rows", "calls", "attempts", "started_at"),
    *("finished_at", "duration_s", "tzdata", "version", "ledger", "stop_reason", "reports", "notes"),
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=TOKEN) as running:
        yield running


@pytest.fixture
def environ(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {
        "IMPORTER_TOKEN": TOKEN,
        "IMPORTER_BASE_URL": sandbox.base_url,
        "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
    }


def write_sheet(folder: Path, rows: int = 3, name: str = "week.csv", **changes: str) -> str:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(rows):
            row = dict(
                zip(
                    HEADINGS,
                    (f"A{number}", f"415555{2000 + number}", SURNAME, EVENT_TYPE, START, "America/New_York"),
                    strict=True,
                )
            )
            writer.writerow({**row, **changes}.values())
    return name


def report_folder(folder: Path) -> Path:
    (found,) = (folder / "reports").iterdir()
    return found


def test_run_sends_every_row_and_is_silent(
    importer: Importer, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """A clean run exits 0, creates every row, says nothing on stderr, and leaves a private report."""
    ran = importer("run", write_sheet(tmp_path), environ=environ)

    assert (ran.code, ran.err) == (0, "")
    assert len(sandbox.effects("create")) == 3
    assert "All 3 rows done." in ran.out
    assert stat.S_IMODE(report_folder(tmp_path).stat().st_mode) == 0o700
    assert SURNAME not in ran.out


def test_second_run_sends_nothing(within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path) -> None:
    """The same sheet again costs no request."""
    sheet = write_sheet(tmp_path)
    within("run", sheet, environ=environ)
    before = len(sandbox.requests())
    ran = within("run", sheet, "--json", environ=environ)

    assert ran.code == 0
    assert ran.document["totals"]["unchanged"] == 3
    assert len(sandbox.requests()) == before


def test_run_document_has_its_shape(within: Within, environ: dict[str, str], tmp_path: Path) -> None:
    """``run --json`` is one document of exactly these members: those of summary.json, and where the report is."""
    ran = within("run", write_sheet(tmp_path), "--json", environ=environ)
    summary = json.loads((report_folder(tmp_path) / "summary.json").read_text(encoding="utf-8"))

    assert list(ran.document) == RUN_MEMBERS
    assert {name: ran.document[name] for name in summary} == summary
    assert set(ran.document["totals"]) == {status.value for status in Status}
    assert set(ran.document["reports"]) == {"results.csv", "results.xlsx", "to_fix.xlsx", "report.html", "summary.json"}
    assert all(Path(path).is_file() for path in ran.document["reports"].values())


def test_check_lines_have_their_shape(within: Within, tmp_path: Path) -> None:
    """``check --json`` is a line a row with exactly the documented members; it needs no token and makes no ledger."""
    sheet = write_sheet(tmp_path, rows=2, name="a.csv")
    write_sheet(tmp_path, rows=1, name="b.csv", phone="555-1234")
    ran = within("check", sheet, "b.csv", "--json")

    assert ran.code == 4
    assert [list(row) for row in ran.rows] == [
        ["file", "sheet", "row", "status", "action", "payload", "problems", "warnings"]
    ] * 3
    assert [row["status"] for row in ran.rows] == ["ready", "ready", "invalid"]
    assert [list(problem) for problem in ran.rows[2]["problems"]] == [["field", "code", "value", "message", "fix"]]
    assert ran.rows[0]["payload"]["phone"] == "4155552000"
    assert not list((tmp_path / "home").rglob("*.db"))


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_headings_without_rows_are_told(command: str, within: Within, environ: dict[str, str], tmp_path: Path) -> None:
    """A sheet of headings only ends with 0, and says so instead of counting nothing and going on."""
    (tmp_path / "week.csv").write_text("Phone,Appointment ID,Start,Time zone,Event type\n", encoding="utf-8")
    ran = within(command, "week.csv", environ=environ)

    assert ran.code == 0
    assert "week.csv has headings, but no rows below them. If it should have rows, export it again." in " ".join(
        ran.out.split()
    )
    assert "Next" not in ran.out
    assert "Rows\n" not in ran.out


def test_each_file_without_rows_is_named(within: Within, tmp_path: Path) -> None:
    """Beside a file that has rows, the files that have none are named."""
    sheet = write_sheet(tmp_path, rows=2, name="a.csv")
    for name in ("b.csv", "c.csv"):
        (tmp_path / name).write_text("Phone,Appointment ID,Start,Time zone,Event type\n\n", encoding="utf-8")
    ran = within("check", "b.csv", sheet, "c.csv")

    assert ran.out.splitlines()[:2] == [
        "2 rows read, nothing to fix.",
        "b.csv and c.csv have headings, but no rows below them. If they should have rows, export them again.",
    ]


def test_check_takes_standard_input(importer: Importer, tmp_path: Path) -> None:
    """A dash is standard input."""
    sheet = (tmp_path / write_sheet(tmp_path)).read_bytes()
    ran = importer("check", "-", "--json", given=sheet)

    assert ran.code == 0
    assert len(ran.rows) == 3


def test_plan_document_has_its_shape_and_sends_nothing(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """``plan --json`` shows calls, old and new values and people; nothing is sent, and no run is left behind."""
    within("run", write_sheet(tmp_path, rows=1), environ=environ)
    sheet = write_sheet(tmp_path, rows=2, name="later.csv", lastName="Moved")
    sent = len(sandbox.requests())
    ran = within("plan", sheet, "--json", environ=environ)
    runs = within("runs", "--json", environ=environ).document["runs"]

    assert ran.code == 0
    assert list(ran.document) == [
        *("schema", "command", "rows", "exit_code", "files", "calls", "totals", "people", "holds", "fingerprint"),
        *("plan", "page", "next"),
    ]
    assert list(ran.document["rows"][0]) == [
        *("file", "sheet", "row", "verdict", "action", "uuid", "external_event_id", "changes", "problems", "warnings"),
    ]
    assert ran.document["rows"][0]["changes"] == [{"field": "lastName", "old": SURNAME, "new": "Moved"}]
    assert [row["verdict"] for row in ran.document["rows"]] == ["update", "create"]
    assert ran.document["calls"] == {"create": 1, "update": 1}
    assert len(sandbox.requests()) == sent
    assert len(runs) == 1


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_plan_can_tell_by_its_code_that_there_are_calls(
    within: Within, environ: dict[str, str], tmp_path: Path, form: tuple[str, ...]
) -> None:
    """With --detailed-exitcode a plan exits 10 while there is something to send, and 0 afterwards."""
    sheet = write_sheet(tmp_path)
    before = within("plan", sheet, "--detailed-exitcode", *form, environ=environ)
    within("run", sheet, environ=environ)
    after = within("plan", sheet, "--detailed-exitcode", *form, environ=environ)

    assert (before.code, after.code) == (10, 0)


def test_saved_plan_is_sent_exactly_or_not_at_all(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """A saved plan is refused with 6 once the file has changed, and sent while it has not."""
    sheet = write_sheet(tmp_path)
    assert within("plan", sheet, "--out", "plan.json", environ=environ).code == 0
    write_sheet(tmp_path, lastName="Changed")
    refused = within("run", "--plan", "plan.json", "--json", environ=environ)
    assert (refused.code, refused.document["error"]["code"]) == (6, "held")
    assert sandbox.requests() == []

    write_sheet(tmp_path)
    assert within("run", "--plan", "plan.json", environ=environ).code == 0
    assert len(sandbox.effects("create")) == 3


@pytest.mark.parametrize(
    ("arguments", "changes", "code", "says"),
    [
        pytest.param(("run", "week.csv"), {"IMPORTER_TOKEN": ""}, 2, "No API token is set", id="no-token"),
        pytest.param(("run", "absent.csv"), {}, 3, "no such file", id="no-file"),
        pytest.param(("run", "empty.csv"), {}, 3, "", id="empty-file"),
        pytest.param(("run", "week.csv"), {"IMPORTER_TOKEN": "wrong"}, 7, "", id="wrong-token"),
        pytest.param(("run", "bad.csv"), {}, 4, "", id="row-to-fix"),
        pytest.param(("run", "bad.csv", "week.csv", "--all-or-nothing"), {}, 4, "", id="all-or-nothing"),
        pytest.param(("report", "2020"), {}, 2, "", id="no-such-run"),
        pytest.param(("explain", "nobody"), {}, 2, "", id="no-such-appointment"),
        pytest.param(("resume",), {}, 2, "", id="nothing-to-resume"),
        pytest.param(("run", "week.csv"), {"IMPORTER_LEDGER": "notes.txt"}, 2, "", id="foreign-ledger"),
    ],
)
def test_what_goes_wrong_has_its_code_and_sends_nothing(
    within: Within,
    sandbox: Sandbox,
    environ: dict[str, str],
    tmp_path: Path,
    *,
    arguments: tuple[str, ...],
    changes: Mapping[str, str],
    code: int,
    says: str,
) -> None:
    """Each kind of failure ends with its documented code; no appointment is touched by it."""
    write_sheet(tmp_path)
    write_sheet(tmp_path, rows=1, name="bad.csv", phone="555-1234")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "notes.txt").write_text("not a ledger, for sure\n" * 100, encoding="utf-8")
    if arguments[0] != "run":
        assert within("plan", "week.csv", environ=environ).code == 0
    ran = within(*arguments, environ={**environ, **changes})

    assert ran.code == code, ran.err
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert sandbox.effects() == []


def test_refused_token_stops_and_resume_completes(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """A refused token costs one request and exits 7; with a right one resume sends the rest."""
    refused = within("run", write_sheet(tmp_path), "--json", environ={**environ, "IMPORTER_TOKEN": "wrong"})
    assert refused.code == 7
    assert refused.document["totals"]["not_sent"] == 3
    assert len(sandbox.requests()) == 1

    resumed = within("resume", "--json", environ=environ)
    assert resumed.code == 0
    assert list(resumed.document) == RUN_MEMBERS
    assert len(sandbox.effects("create")) == 3


def test_overloaded_api_exits_5_and_the_same_command_goes_on(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """An API that wants to be left alone for a day stops the run with exit 5; run again, it sends the rest (bar N3, N9)."""
    sheet = write_sheet(tmp_path)
    sandbox.set_faults(Rule("status_before", status=429, headers={"Retry-After": "86400"}, after=1))
    stopped = within("run", sheet, environ=environ)
    sandbox.set_faults()
    again = within("run", sheet, "--json", environ=environ)

    assert stopped.code == 5
    assert "The API asked to wait 24 hours" in stopped.out + stopped.err
    assert "importer resume" in stopped.out
    assert (again.code, again.document["totals"]["created"], again.document["totals"]["unchanged"]) == (0, 2, 1)
    assert len(sandbox.effects("create")) == 3


def test_held_ledger_exits_11_before_any_request(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """While another run holds the ledger nothing is sent."""
    sheet = write_sheet(tmp_path)
    with open_ledger(environ["IMPORTER_LEDGER"]):
        ran = within("run", sheet, "--lock-timeout", "0", "--json", environ=environ)

    assert (ran.code, ran.document["error"]["code"]) == (11, "ledger_locked")
    assert sandbox.requests() == []


def test_failed_rows_are_retried(within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path) -> None:
    """A row that the API refused is sent again by retry, and only that row."""
    sandbox.set_faults(Rule("status_before", status=400, external_event_id="A1"))
    first = within("run", write_sheet(tmp_path), environ=environ)
    sandbox.set_faults()
    before = len(sandbox.requests())
    again = within("retry", "--json", environ=environ)

    assert (first.code, again.code) == (4, 0)
    assert (again.document["rows"], again.document["totals"]["created"]) == (1, 1)
    assert len(sandbox.requests()) == before + 1


def test_unknown_row_is_resolved_by_a_person(
    within: Within, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """An outcome that nobody knows exits 8 until a person says what became of it."""
    sandbox.set_faults(Rule("status_after", status=500, external_event_id="A1"))
    first = within("run", write_sheet(tmp_path), "--max-attempts", "1", "--json", environ=environ)
    sandbox.set_faults()
    settled = within("resolve", first.document["run"], "3", "--sent", "some-uuid", "--json", environ=environ)
    found = within("explain", "A1", "--json", environ=environ)

    assert first.code == 8
    assert first.document["totals"]["unknown"] == 1
    assert settled.code == 0
    assert settled.document["totals"]["created"] == 3
    assert found.document["reminders"][0]["uuid"] == "some-uuid"


def test_history_documents_have_their_shapes(within: Within, environ: dict[str, str], tmp_path: Path) -> None:
    """runs, runs RUN, report and explain are documents of exactly these members."""
    run_id = within("run", write_sheet(tmp_path), "--json", environ=environ).document["run"]
    listed = within("runs", "--json", environ=environ).document
    one = within("runs", run_id, "--json", environ=environ).document
    written = within("report", run_id, "--json", environ=environ).document
    life = within("explain", "A0", "--json", environ=environ).document

    of_run = [
        "id",
        "command",
        "state",
        "started_at",
        "finished_at",
        "parent",
        "exit_code",
        "stop_reason",
        "version",
        "tzdata",
        "purged_at",
    ]
    assert list(listed) == ["schema", "command", "exit_code", "runs"]
    assert list(listed["runs"][0]) == [
        *("id", "command", "state", "files", "profile", "totals", "unknown", "exit_code", "by")
    ]
    assert list(one) == ["schema", "command", "exit_code", "run", "files", "totals"]
    assert list(one["run"]) == of_run
    assert list(written) == RUN_MEMBERS
    assert list(life) == ["schema", "command", "exit_code", "reminders", "rows"]
    assert list(life["reminders"][0]) == [
        *("phone", "external_event_id", "uuid", "state", "in_doubt", "values", "run", "row", "updated_at", "origin"),
    ]
    assert list(life["rows"][0]) == [
        *("run", "purged_at", "file", "sheet", "row", "action", "status", "uuid", "http_status", "code", "payload"),
        *("changes", "problems", "warnings", "attempts", "time"),
    ]
    assert list(life["rows"][0]["attempts"][0]) == ["at", "elapsed_s", "http_status", "code"]


def test_texts_of_history_can_be_read(within: Within, environ: dict[str, str], tmp_path: Path) -> None:
    """The same commands speak to people too, and of times in the clinic's zone."""
    run_id = within("run", write_sheet(tmp_path), "--json", environ=environ).document["run"]

    assert run_id in within("runs", environ=environ).out
    shown = within("runs", run_id, environ=environ).out
    assert "File week.csv: 3 rows" in shown
    assert re.search(r"^Started .* [AP]M New York time$", shown, re.MULTILINE)
    assert "All 3 rows done." in within("report", environ=environ).out
    told = within("explain", "A0", environ=environ).out
    assert "Appointment A0, Canarysurname: active" in told
    assert "HTTP 200" in told


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_nobodys_data_reaches_stderr(
    importer: Importer, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path, form: tuple[str, ...]
) -> None:
    """Names, phones and token stand neither on stderr nor, but for their report, anywhere in the open."""
    sandbox.set_faults(
        Rule("status_before", status=400, external_event_id="A1"), Rule("no_uuid", external_event_id="A2")
    )
    ran = importer("run", write_sheet(tmp_path), "--verbose", "--max-attempts", "2", *form, environ=environ)

    for canary in (TOKEN, SURNAME, "4155552000"):
        assert canary not in ran.err
    assert TOKEN not in ran.out
    ledger = (tmp_path / "ledger.db").read_bytes()
    assert TOKEN.encode() not in ledger
    assert all(TOKEN.encode() not in path.read_bytes() for path in (tmp_path / "reports").rglob("*") if path.is_file())


def started(folder: Path, environ: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("IMPORTER_")}
    return subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=folder,
        env={**clean, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"])
def test_signal_stops_gently_and_resume_completes(
    importer: Importer, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path, *, number: int, code: int
) -> None:
    """The first signal lets the calls in flight end; resume sends the rest, and nothing twice."""
    sandbox.switch(latency_s=0.2)
    process = started(tmp_path, environ, "run", write_sheet(tmp_path, rows=60), "--concurrency", "2")
    wait_for(lambda: len(sandbox.effects("create")) >= 4)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    done = len(sandbox.effects("create"))
    sandbox.switch(latency_s=0.0)

    assert process.returncode == code, err
    assert b"Stopping" in err
    assert b"Interrupted" in out
    assert 4 <= done < 60
    assert importer("resume", environ=environ).code == 0
    assert len(sandbox.effects("create")) == 60


def test_second_signal_leaves_at_once(
    importer: Importer, sandbox: Sandbox, environ: dict[str, str], tmp_path: Path
) -> None:
    """A second signal does not wait for an API that keeps silent; the next start sorts it out."""
    sandbox.switch(latency_s=20.0)
    process = started(tmp_path, environ, "run", write_sheet(tmp_path), "--concurrency", "2")
    wait_for(lambda: sandbox.stats()["most_at_once"] >= 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 130
    # Far less than the 20 s for which the API keeps silent, also on a machine that is busy.
    assert time.monotonic() - began < 10
    sandbox.switch(latency_s=0.0)
    assert importer("resume", environ=environ).code == 0
    assert len({effect.external_event_id for effect in sandbox.effects("create")}) == 3


def test_reader_that_leaves_ends_the_rows_quietly(environ: dict[str, str], tmp_path: Path) -> None:
    """``importer check --json | head -1`` prints no traceback and ends as a closed pipe does."""
    process = started(tmp_path, environ, "check", write_sheet(tmp_path, rows=5000), "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 141
    assert err == b""


def read_until(words: bytes, terminal: int) -> bytes:
    """Return what a terminal shows, up to these words or to the end."""
    said = b""
    while words not in said:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            return said
        if not more:
            return said
        said += more
    return said


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize(
    ("answer", "code", "created"), [(b"y\n", 0, 3), (b"n\n", 130, 0), (b"\x03", 130, 0)], ids=["yes", "no", "ctrl-c"]
)
def test_run_asks_on_a_terminal(
    sandbox: Sandbox, environ: dict[str, str], tmp_path: Path, *, answer: bytes, code: int, created: int
) -> None:
    """On a terminal the number of calls is told and only a yes sends; bars are drawn there."""
    import fcntl
    import pty
    import struct
    import termios

    sheet = write_sheet(tmp_path)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execve(PROGRAM, [str(PROGRAM), "run", sheet], {**os.environ, **environ, "TERM": "xterm"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    said = read_until(b"[y/N]", terminal)
    os.write(terminal, answer)
    said += read_until(b"never said", terminal)
    _, status = os.waitpid(child, 0)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == code, said.decode()
    assert b"Send 3 changes (3 new) to http://127.0.0.1" in said
    assert b"Checking" in said
    assert len(sandbox.effects("create")) == created


def test_demo_needs_nothing_but_the_install(within: Within, tmp_path: Path) -> None:
    """The demo plays without token and settings, and leaves reports with uuids."""
    ran = within("demo", "--json")

    assert ran.code == 0, ran.err
    assert [act["totals"]["created"] > 0 for act in ran.document["acts"]] == [True, True]
    assert all(Path(act["reports"]["results.csv"]).is_file() for act in ran.document["acts"])
    assert not list((tmp_path / "home").rglob("*.db"))


def test_demo_does_not_tempt_anybody_to_send_its_rows(within: Within) -> None:
    """What the demo prints names no command that would send made-up rows to the real API."""
    ran = within("demo")

    assert ran.code == 0
    assert "importer run" not in ran.out


def test_sandbox_command_answers_the_run(importer: Importer, environ: dict[str, str], tmp_path: Path) -> None:
    """``importer run`` against ``importer sandbox`` in another process; SIGTERM ends the sandbox with 0."""
    process = started(tmp_path, environ, "sandbox", "--port", "0", "--effects", "effects.jsonl")
    assert process.stdout is not None
    address = process.stdout.readline().decode().split()[2]
    ran = importer(
        "run", write_sheet(tmp_path), environ={**environ, "IMPORTER_TOKEN": "sandbox", "IMPORTER_BASE_URL": address}
    )
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert ran.code == 0, ran.err
    assert process.returncode == 0
    assert len((tmp_path / "effects.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_rate_limited_sandbox_is_obeyed(within: Within, environ: dict[str, str], tmp_path: Path) -> None:
    """A server that answers 429 slows the run and fails no row."""
    with Sandbox(token=TOKEN, behaviour=Behaviour(rate=50.0, burst=5)) as slow:
        ran = within("run", write_sheet(tmp_path, rows=40), environ={**environ, "IMPORTER_BASE_URL": slow.base_url})
        assert ran.code == 0, ran.out
        assert len(slow.effects("create")) == 40
