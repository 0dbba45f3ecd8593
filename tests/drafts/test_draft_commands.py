"""Drafts from the command line: kept, listed, shown, sent and dropped, and what is refused."""

from __future__ import annotations

import io
import json
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from desk import appointments

from importer.cli.entry import run
from importer.cli.terminal import Terminal
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk import Desk


class Pipe(io.StringIO):
    """A stream of UTF-8 that is no terminal."""

    encoding = "utf-8"


@pytest.fixture
def line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any, str]]:
    """Run a command within this process; return its exit code, its document, or its text, and what stderr says."""
    monkeypatch.chdir(desk.folder)
    # What sends is loaded late, and requests sets filters of warnings of its own meanwhile.
    import_module("importer.api")
    # What the command line sets for a process of its own.
    for place, name in ((sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(place, name, getattr(place, name))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("warnings.simplefilter", lambda *_: None)
    monkeypatch.setenv("IMPORTER_TOKEN", desk.sandbox.token)
    monkeypatch.setenv("IMPORTER_LEDGER", str(desk.folder / "ledger.db"))
    monkeypatch.setenv("IMPORTER_BASE_URL", desk.sandbox.base_url)

    def call(*words: str) -> tuple[int, Any, str]:
        out, err = Pipe(), Pipe()
        code = run(words, Terminal(out=out, err=err))
        return code, json.loads(out.getvalue()) if "--json" in words else out.getvalue(), err.getvalue()

    return call


def far(count: int) -> list[dict[str, str]]:
    """Return appointments that lie ahead of any clock."""
    return appointments(count, eventDateTime="2036-03-11 10:00")


def test_a_draft_from_its_plan_to_its_end(desk: Desk, line: Any) -> None:
    """It is kept under a name that every later command takes, listed, shown, sent, and then known by its run."""
    sheet = desk.sheet(*far(2))
    (desk.folder / "importer.toml").write_text("[profile.default]\nhorizon_days = 5000\n")

    code, plan, _ = line("plan", sheet, "--keep", "--json")
    draft = plan["draft"]
    _, listed, _ = line("runs", "--json")
    _, told, _ = line("runs")
    _, shown, _ = line("plan", "--draft", draft, "--json")
    sent, ran, _ = line("run", "--draft", draft, "--json")
    _, after, _ = line("runs", "--json")

    assert (code, plan["calls"], plan["next"].split()[:4]) == (0, {"create": 2}, ["importer", "run", "--draft", draft])
    assert [(one["id"], one["state"], one["files"]) for one in listed["runs"]] == [(draft, "draft", ["week.csv"])]
    assert "a draft, not sent" in told
    assert (shown["draft"], shown["fingerprint"]) == (draft, plan["fingerprint"])
    assert (sent, ran["totals"]["created"]) == (0, 2)
    assert [one["id"] for one in after["runs"]] == [ran["run"]]


def test_a_draft_is_dropped(desk: Desk, line: Any) -> None:
    """``ledger drop-draft`` forgets it; a second time there is nothing to forget."""
    (desk.folder / "importer.toml").write_text("[profile.default]\nhorizon_days = 5000\n")
    _, plan, _ = line("plan", desk.sheet(*far(1)), "--keep", "--json")

    assert line("ledger", "drop-draft", plan["draft"], "--json")[:2] == (
        0,
        {"schema": 1, "command": "ledger drop-draft", "exit_code": 0, "draft": plan["draft"]},
    )
    code, _, said = line("ledger", "drop-draft", plan["draft"])
    assert code == 2
    assert "There is no draft" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plan",), "Name the sheets to plan, or a draft."),
        (("plan", "a.csv", "--draft", "x"), "Name the sheets to plan, or a draft."),
        (("plan", "--draft", "x", "--keep"), "A draft is kept already."),
        (("plan", "a.csv", "--keep", "--out", "p"), "A draft is kept in the ledger, a plan of --out in a file."),
        (("run", "a.csv", "--draft", "x"), "Name the sheets to send, or a saved plan, or a draft."),
        (("run", "--draft", "x", "--rehearse"), "A saved plan or a draft cannot be rehearsed."),
        (("run", "--draft", "nothing"), "There is no draft nothing"),
        (("plan", "--draft", ""), "There is no draft"),
    ],
)
def test_lines_that_make_no_sense(line: Any, words: tuple[str, ...], message: str) -> None:
    """Each is refused with exit 2 and says what to write."""
    code, _, said = line(*words)

    assert code == 2
    assert message in said


def test_whose_appointment_it_is_stands_before_the_question(
    desk: Desk, line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a change of one appointment shows the person, the visit and the text first; a no sends nothing."""
    sheet = desk.sheet(*far(2))
    (desk.folder / "importer.toml").write_text("[profile.default]\nhorizon_days = 5000\n")
    assert line("run", sheet, "--yes")[0] == 0
    for place in ("importer.cli.working", "importer.cli.drafts.one_appointment_commands"):
        monkeypatch.setattr(f"{place}.is_there", lambda _screen: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))

    code, _, told = line("cancel", "1001")

    before, _, _ = told.partition("[y/N]")
    assert "Ana" in before
    assert "Mar 11" in before
    assert "cancel" in before
    assert code != 0
    assert len(desk.deeds()) == 2


def test_one_answer_settles_a_kind(desk: Desk, line: Any) -> None:
    """An answer counts for all rows of the draft, is told with who gave it, taken back, and remembered for the next file."""
    settings = desk.folder / "importer.toml"
    settings.write_text("[profile.default]\nhorizon_days = 5000\n")
    rows = [row | {"eventDateTime": f"4/{day}/2036 10:00"} for day, row in enumerate(far(2), 5)]
    _, plan, _ = line("plan", desk.sheet(*rows), "--keep", "--json")
    draft = plan["draft"]

    _, told, _ = line("plan", "--draft", draft)
    wrong, _, said = line("plan", "--draft", draft, "--choose", "units=days")
    stale, _, _ = line("plan", "--draft", draft, "--choose", "date-order=dmy", "--at-version", "7")
    _, chosen, _ = line("plan", "--draft", draft, "--choose", "date-order=dmy", "--json")
    _, back, _ = line("plan", "--draft", draft, "--choose", "date-order=open", "--json")
    code, again, err = line("plan", "--draft", draft, "--choose", "date-order=dmy", "--remember", "--json")
    sent, ran, _ = line("run", "--draft", draft, "--json")

    assert "--choose date-order=mdy|dmy" in told
    assert (wrong, stale) == (2, 6)
    assert "Its open questions are: date-order=mdy|dmy" in said
    assert plan["questions"][0]["samples"] == ["4/5/2036 10:00", "4/6/2036 10:00"]
    assert [(plan["totals"], plan["calls"]), (back["totals"], back["calls"])] == [({"invalid": 2}, {})] * 2
    assert (chosen["calls"], chosen["answers"][0]["value"], back["answers"]) == ({"create": 2}, "dmy", [])
    assert (code, again["fingerprint"], sent) == (0, chosen["fingerprint"], 0)
    assert {effect.body["eventDateTime"] for effect in desk.sandbox.effects() if effect.body} == {
        "2036-05-04T10:00:00",
        "2036-06-04T10:00:00",
    }
    assert ran["totals"]["created"] == 2
    assert "Wrote the answers into the profile" in err
    assert 'date_order = "dmy"' in settings.read_text()


def test_a_kept_retry_is_corrected(desk: Desk, line: Any) -> None:
    """What the API refused is kept, a cell of it corrected by its heading, shown with who changed it, and sent."""
    (desk.folder / "importer.toml").write_text("[profile.default]\nhorizon_days = 5000\n")
    desk.sandbox.set_faults(Rule("status_before", status=400))
    refused, ran, _ = line("run", desk.sheet(*far(2)), "--yes", "--json")
    desk.sandbox.set_faults()

    _, kept, _ = line("retry", ran["run"], "--keep", "--json")
    draft = kept["draft"]
    asked, _, said = line("plan", "--draft", draft, "--choose", "date-order=dmy")
    code, shown, _ = line("plan", "--draft", draft, "--edit", "3:Phone=(212) 555-0177", "--leave-out", "2", "--json")
    sent, done, _ = line("run", "--draft", draft, "--json")

    assert (refused, kept["calls"], code, shown["calls"]) == (4, {"create": 2}, 0, {"create": 1})
    assert (asked, "Nothing of it is open." in said) == (2, True)
    assert [(one["file"], one["row"], one["heading"], one["value"]) for one in shown["edits"]] == [
        ("week.csv", 3, "phone", "(212) 555-0177"),
        ("week.csv", 2, None, None),
    ]
    assert (sent, done["totals"]["created"], done["totals"]["not_sent"]) == (4, 1, 1)
    assert [body["phone"] for _, _, body in desk.deeds() if body] == ["2125550177"]
