"""What is told to a worker and what it answers, which units are due first, and what a death counts for."""

from __future__ import annotations

import json
import os
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import appointments
from drop_yard import Yard, one, states
from several_tenants import Street

from importer.commands import run as run_module
from importer.errors import Exit, SettingsError, UsageError
from importer.ingest.pass_results import DropResult, FileResult
from importer.ingest.passes import Means, Part, go_over
from importer.ledger import open_ledger
from importer.model.drops import Expected
from importer.sandbox import Rule
from importer.settings import load
from importer.tenants.chosen_units import NEVER, chosen_units, next_due, tenants_named
from importer.tenants.drop_unit import UnitResult, carry_out
from importer.tenants.settings_digest import settings_digest

if TYPE_CHECKING:
    from desk import Desk

NOW = 1_804_000_000.0  # Tuesday 2027-03-02, 10:06 in New York
HOUR = 3600


@pytest.fixture
def yard(tmp_path: Path, sandbox: Any) -> Yard:
    from desk import Desk

    (tmp_path / "drop").mkdir()
    return Yard(Desk(tmp_path, sandbox), None)


def dies(yard: Yard, *, part: Part) -> Any:
    """Have a pass made by a process that is killed while it decides; then go on as the pass that saw it die."""
    child = os.fork()
    if not child:
        run_module.decide = lambda *_given, **_named: os._exit(9)
        yard.ingest()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    real, run_module.decide = run_module.decide, _stopped
    try:
        return go_over(yard.desk.job(), [yard.drop], Means(checks=yard.checks, part=part))
    finally:
        run_module.decide = real


def _stopped(*_given: Any, **_named: Any) -> Any:
    raise SettingsError("The test goes no further.")


def test_a_file_whose_run_ends_its_process_in_three_passes_is_set_aside(yard: Yard, checks: Any) -> None:
    """The pass that sees the process die counts it; the third time in a row the file is refused."""
    yard.checks = checks
    yard.put("bad.csv", *appointments(1))

    first = dies(yard, part=Part(has_died=True))
    assert "bad.csv" not in states(first)
    (claim,) = claims_of(yard.desk)
    assert claim.tries == 1
    change(yard.desk, tries=2)
    last = dies(yard, part=Part(has_died=True))

    assert states(last) == {"bad.csv": "refused"}
    assert "ended unexpectedly in 3 passes" in "\n".join(last.news)
    assert yard.put_away("refused") == ["bad.csv"]


def test_a_run_that_has_answered_calls_is_never_set_aside(yard: Yard, checks: Any) -> None:
    """Its process may die as often as it likes: what was sent is known, and the rest is sent."""
    yard.checks = checks
    yard.put("good.csv", *appointments(3))
    yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=1))
    assert one(yard.ingest(concurrency=1)).state == "stopped"
    yard.desk.sandbox.set_faults()
    change(yard.desk, state="running", tries=2)

    result = go_over(yard.desk.job(), [yard.drop], Means(checks=checks, part=Part(has_died=True)))

    assert states(result) == {"good.csv": "done"}
    assert len(yard.creates()) == 3


def claims_of(desk: Desk) -> list[Any]:
    """Return the drop's claims that are not settled."""
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        return ledger.claims.open_claims("north")


def change(desk: Desk, **values: Any) -> None:
    """Let the only claim look otherwise."""
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        (claim,) = ledger.claims.open_claims("north")
        ledger.claims.change(claim.id, **values)


@pytest.mark.parametrize(
    ("days", "by", "hours"),
    [
        (range(7), time(6), -4 - 6 / 60),
        (range(7), time(22), 11 + 54 / 60),
        ((2,), time(6), 19 + 54 / 60),
        ((), time(6), None),
    ],
)
def test_what_is_due_first(days: Any, by: time, hours: float | None) -> None:
    """A file that was due some minutes ago is due still; one that is never expected comes last."""
    due = next_due(Expected(frozenset(days), by, "America/New_York"), NOW)

    assert due == NEVER if hours is None else due == pytest.approx(NOW + hours * HOUR, abs=120)
    assert next_due(None, NOW) == NEVER


def test_tenants_and_their_drops_go_by_when_they_are_due(tmp_path: Path, sandbox: Any) -> None:
    """Within a tenant the drop that is due first comes first, whatever the settings' order."""
    street = Street(tmp_path, sandbox, count=2, each=2)
    text = street.config.read_text(encoding="utf-8")
    early = 'expected = { by = "05:00", zone = "UTC" }'
    street.config.write_text(text.replace("[drop.t1-1]\n", f"[drop.t1-1]\n{early}\n"), encoding="utf-8")
    settings, _ = load({}, config=street.config, environ={}, folder=tmp_path, needs_tenant=False)
    chosen = chosen_units(settings, tenants_named(settings, ()), NOW)

    assert [[unit.drop for unit in queue.units] for queue in chosen.queues] == [["t0-0", "t0-1"], ["t1-1", "t1-0"]]
    assert [queue.due[0] < NEVER for queue in chosen.queues] == [False, True]
    assert [unit.is_last for unit in chosen.queues[1].units] == [False, True]
    assert chosen.queues[1].units[0].others == ("t1-0",)


def test_a_word_names_a_drop_by_tenant_by_name_or_by_place(tmp_path: Path, sandbox: Any) -> None:
    """TENANT/DROP, the name alone, and the folder mean the same drop; what is nobody's is refused."""
    street = Street(tmp_path, sandbox)
    settings, _ = load({}, config=street.config, environ={}, folder=tmp_path, needs_tenant=False)

    assert tenants_named(settings, ["t0/t0-0", "t0-0", f"{tmp_path}/t0-0"]) == {"t0": ["t0-0"]}
    with pytest.raises(UsageError, match="No tenant has a drop t0/t1-0"):
        tenants_named(settings, ["t0/t1-0"])
    with pytest.raises(UsageError, match="No tenant has a drop /nowhere"):
        tenants_named(settings, ["/nowhere"])


def test_the_hash_tells_other_settings_and_another_token(tmp_path: Path, sandbox: Any) -> None:
    """What changes how files are read or where they are sent changes it; another tenant's lines, comments and the screen do not."""
    street = Street(tmp_path, sandbox)
    text = street.config.read_text(encoding="utf-8")

    def digest(**options: Any) -> str:
        settings, _ = load({"tenant": "t0", **options}, config=street.config, environ={}, folder=tmp_path)
        return settings_digest(settings, "t0-0")

    def after(one: str, other: str) -> str:
        assert one in text
        street.config.write_text(text.replace(one, other), encoding="utf-8")
        found = digest()
        street.config.write_text(text, encoding="utf-8")
        return found

    first = digest()
    assert first == digest(quiet=True) == after("[tenant.t1]", "# another line\n[tenant.t1]\nrate = 3")
    assert first == after(f'reports = "{tmp_path}/reports"', f'reports = "{tmp_path}/elsewhere"')
    others = {
        digest(rate="5"),
        after("[tenant.t0]", "[tenant.t0]\nrate = 5"),
        after('region = "US"', 'region = "CA"'),
        after("[drop.t0-0]", '[drop.t0-0]\npattern = "*.xlsx"'),
    }
    street.write_token("t0", "another")
    others.add(digest())
    assert len(others | {first}) == 6


@pytest.mark.parametrize(
    ("below", "key"),
    [("", "do_not_text"), ("", "ca_bundle"), ("[notify]", "urls_file"), ("[drop.t0-0]", "query_file")],
)
def test_the_hash_tells_other_bytes_of_a_file_that_the_settings_name(
    below: str, key: str, tmp_path: Path, sandbox: Any
) -> None:
    """A list of the same name with other people, or none at all, is another set-up; the same list elsewhere is not."""
    street = Street(tmp_path, sandbox)
    text = street.config.read_text(encoding="utf-8")
    lines = f'{below}\n{key} = "list.csv"\n'
    text = text.replace(below, lines) if below and below in text else text + lines if below else lines + text
    found = []
    for folder, content in (("one", "phone\n1\n"), ("two", "phone\n2\n"), ("three", None), ("four", "phone\n1\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "importer.toml").write_text(text, encoding="utf-8")
        if content is not None:
            (tmp_path / folder / "list.csv").write_text(content, encoding="utf-8")
        settings, _ = load({"tenant": "t0"}, config=tmp_path / folder / "importer.toml", environ={}, folder=tmp_path)
        found.append(settings_digest(settings, "t0-0"))

    assert found[0] == found[3]
    assert len(set(found)) == 3


def test_nothing_but_names_and_hashes_travels(tmp_path: Path, sandbox: Any) -> None:
    """Neither token nor address nor row is in what a worker is told, and what it answers is plain values."""
    street = Street(tmp_path, sandbox)
    settings, _ = load({}, config=street.config, environ={}, folder=tmp_path, needs_tenant=False)
    told = json.dumps(chosen_units(settings, tenants_named(settings, ()), NOW).queues[0].units[0]._asdict())

    assert street.token("t0") not in told
    assert sandbox.base_url not in told
    file = FileResult("a.csv", "00", "done", "r", 0, "done/a.csv", "a line", ("news",))
    result = UnitResult(DropResult("t0/t0-0", [file], [5], ["more"]), Exit.STOPPED, True, ("note",))
    assert UnitResult.of(json.loads(json.dumps(result.as_data()))) == result


def test_another_version_is_refused_before_anything_is_read() -> None:
    """A worker of another version says so, whatever else it is told."""
    found = UnitResult.of(carry_out({"version": "0.1", "tenant": "t0", "drop": "x", "unknown": 1}))

    assert (found.failed, found.drop.drop) == (Exit.USAGE, "t0/x")
    assert "0.1 was ordered" in found.drop.news[0]
