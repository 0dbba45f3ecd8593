"""Who is told of what: one notice a change of state to each target, counts only, and a heartbeat after good passes."""

from __future__ import annotations

import random
import socket
import threading
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, appointments
from told import Told, mails, told

from importer.commands.report import resolve
from importer.errors import Exit, SettingsError
from importer.fetching.network_guard import is_private
from importer.ingest.approvals import approve
from importer.ingest.conditions import conditions_of
from importer.ingest.notice_targets import PRIVATE, send_heartbeat, tell
from importer.ingest.notice_texts import Text, in_counts, of_change, of_digest, of_good, of_pass
from importer.ingest.notices import Audience, audience_of
from importer.ingest.pass_results import DropResult, FileResult
from importer.ingest.passes import ingest
from importer.ledger import open_ledger
from importer.model.drops import KINDS, Expected, Notify
from importer.model.statuses import Status
from importer.sandbox import Rule
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drop_yard import Yard

    from importer.ingest.pass_results import PassResult

DAY_S = 86_400


@pytest.fixture
def desk_of() -> Iterator[Told]:
    with told() as found:
        yield found


def go(yard: Yard, to: Told, *names: str, watching: bool = False, **how: Any) -> PassResult:
    """Go over the yard's drop once, and tell the targets of these names."""
    notify = Notify(urls=tuple(to.url(name) for name in names or ("desk",)), private=True, **how)
    audience = Audience(notify, notify.urls, watching)
    return ingest(yard.desk.job(), [yard.drop], checks=yard.checks, audience=audience)


def _refused(yard: Yard) -> None:
    yard.put("b.csv", text="nothing,that,is,known\n1,2,3,4\n")


def _held(yard: Yard) -> None:
    yard.put("b.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))


def _unknown(yard: Yard) -> None:
    yard.desk.sandbox.set_faults(Rule("html", actions=("no_show",)))
    yard.desk.now += 30 * DAY_S
    yard.desk.settings["max_attempts"] = 1
    yard.put("b.csv", ROW | {"action": "no_show"})


def _missing(yard: Yard) -> None:
    yard.how["expected"] = Expected(frozenset(range(7)), time(6), "UTC")
    yard.desk.now += DAY_S


def _outage(yard: Yard) -> None:
    yard.desk.sandbox.set_faults(Rule("status_before", status=401))
    yard.put("b.csv", ROW | {"externalEventId": "2001", "phone": "2125550999"})


def _unreachable(yard: Yard) -> None:
    yard.how["path"] = yard.desk.folder / "unmounted"


def _link(yard: Yard) -> None:
    (yard.path / "b.csv").symlink_to(yard.desk.folder / "elsewhere")


def _nothing(yard: Yard) -> None:
    yard.desk.sandbox.set_faults()
    yard.how.pop("path", None)
    (yard.path / "b.csv").unlink(missing_ok=True)
    yard.put("z.csv", ROW | {"externalEventId": "3001", "phone": "2125550998"})


def _approved(yard: Yard) -> None:
    approve(yard.desk.job(release=("moved_together",)), yard.drop, "b.csv")


def _resolved(yard: Yard) -> None:
    yard.desk.sandbox.set_faults()
    resolve(yard.desk.job(), None, [2], sent=True)


def _mended(yard: Yard) -> None:
    yard.desk.sandbox.set_faults()


@pytest.mark.parametrize(
    ("begin", "end", "title", "said"),
    [
        (_refused, _nothing, "needs attention", "A file is refused"),
        (_held, _approved, "on hold", "is on hold: 6 rows wait for approval."),
        (_unknown, _resolved, "in doubt", "the outcome of 1 row is not known."),
        (_missing, _nothing, "file missing", "An expected file has not come."),
        (_outage, _mended, "needs attention", "(exit 7). 1 row not sent."),
        (_unreachable, _nothing, "needs attention", "(exit 5)."),
        (_link, _nothing, "needs attention", "1 file is left in the drop"),
    ],
)  # fmt: skip
def test_a_state_is_told_when_it_begins_and_when_it_ends(
    yard: Yard, desk_of: Told, begin: Callable[[Yard], None], end: Callable[[Yard], None], *, title: str, said: str
) -> None:
    """However many passes find a state, it is told once, and once that all is well again; clean passes are silent."""
    yard.put("a.csv", *appointments(6))
    go(yard, desk_of)
    assert desk_of.notices == []
    begin(yard)

    for _ in range(3):
        go(yard, desk_of)
    assert desk_of.titles() == [f"north: {title}"]
    assert said in desk_of.notices[0][2]
    end(yard)
    for _ in range(3):
        last = go(yard, desk_of)

    assert desk_of.titles() == [f"north: {title}", "north: all is well again"]
    assert last.news == []


def test_each_held_file_is_a_state_of_its_own(yard: Yard, desk_of: Told) -> None:
    """A second file on hold is told, too; all is well again only when both have been settled."""
    yard.put("a.csv", *appointments(6))
    go(yard, desk_of)
    _held(yard)
    go(yard, desk_of)
    yard.put("c.csv", *appointments(6, eventDateTime="2027-03-08 11:00"))
    go(yard, desk_of)
    assert desk_of.titles() == ["north: on hold"] * 2
    yard.shelf.remove("c.csv")
    _approved(yard)
    go(yard, desk_of)

    assert len(desk_of.titles()) == 2
    approve(yard.desk.job(release=("moved_together",)), yard.drop, "c.csv")
    go(yard, desk_of)
    assert desk_of.titles()[2:] == ["north: all is well again"]


def test_only_states_that_are_wanted(yard: Yard, desk_of: Told) -> None:
    """What ``on`` does not name is neither told when it begins nor when it ends."""
    on = frozenset(KINDS) - {"failure"}
    _refused(yard)
    go(yard, desk_of, on=on)
    _nothing(yard)
    go(yard, desk_of, on=on)

    assert desk_of.notices == []


def test_target_that_cannot_be_told(yard: Yard, desk_of: Told) -> None:
    """It is said without the address, changes no exit code, is tried again by each pass; others are told once."""
    desk_of.deaf.add("/deaf")
    _refused(yard)
    first = go(yard, desk_of, "desk", "deaf")
    second = go(yard, desk_of, "desk", "deaf")

    assert (first.exit_code, second.exit_code) == (Exit.FILE_REFUSED, Exit.DONE)
    said = "A notice could not be sent to target 2 (json): it did not take the notice. The next pass tries again."
    assert first.notes == second.notes == (said,)
    assert said in first.news
    desk_of.deaf.clear()
    third = go(yard, desk_of, "desk", "deaf")
    go(yard, desk_of, "desk", "deaf")
    assert third.notes == ()
    assert desk_of.titles("desk") == desk_of.titles("deaf") == ["north: needs attention"]


@pytest.mark.parametrize(
    "url", ["msteams://aaa/bbb/ccc/", "nothing://canary", "json://", "mailtos://u:canary@127.0.0.1:9?to=a@b.example"]
)
def test_address_that_is_none(yard: Yard, url: str) -> None:
    """An address that apprise does not know, or behind which nobody is, is said without being shown; the pass is as it was."""
    _refused(yard)
    notify = Notify(urls=(url,), private=True)

    result = ingest(yard.desk.job(), [yard.drop], checks=yard.checks, audience=Audience(notify, notify.urls))

    assert result.exit_code is Exit.FILE_REFUSED
    assert f"target 1 ({url.partition(':')[0]})" in result.notes[0]
    assert "canary" not in str(result)


def test_target_that_hangs(desk_of: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that takes too long has not taken the notice; the pass goes on."""
    desk_of.hangs = threading.Event()
    monkeypatch.setattr("importer.ingest.notice_targets.TOLD_WITHIN_S", 0.3)

    assert tell(desk_of.url(), Text("title", "text", "info"), private=True) == "it did not take the notice in time"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("169.254.169.254", True), ("192.168.0.1", True), ("::1", True), ("fd00::1", True),
        ("localhost", True), ("100.64.0.1", True), ("8.8.8.8", False), ("2606:4700::1111", False), ("no-such-host.invalid", False),
    ],
)  # fmt: skip
def test_private_hosts(host: str, expected: bool) -> None:
    """Addresses of the own machine and network are private, by name or number; those of the whole net are not."""
    assert is_private(host) is expected


def test_private_targets_are_refused_unless_meant(desk_of: Told) -> None:
    """A target or mail server in the own network is not told unless the settings say so; nothing is sent to it."""
    said = [
        tell(url, Text("title", "text", "info"), private=False)
        for url in (desk_of.url(), f"mailto://user:pw@example.com?smtp=127.0.0.1&port={desk_of.port}&to=a@example.com")
    ]

    assert said == ["it lies in a private network, and private = true is not set"] * 2
    assert desk_of.notices == []


def test_name_that_leads_elsewhere_a_moment_later(desk_of: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is judged by one address and then leads to one of the own network is not connected to (DNS rebinding)."""
    looked: list[str] = []

    def look_up(host: str, port: int | None, *_more: object, flags: int = 0, **_named: object) -> list[Any]:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror
        address = host
        if host == "rebound.example":  # what connects asks for the numbers that it was given once more
            looked.append(host)
            address = "8.8.8.8" if len(looked) % 2 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("socket.getaddrinfo", look_up)
    notify = Notify(heartbeat=f"http://rebound.example:{desk_of.port}/beat")

    said = tell(f"json://rebound.example:{desk_of.port}/desk", Text("title", "text", "info"), private=False)
    assert (said, looked) == (PRIVATE, ["rebound.example"] * 2)
    assert send_heartbeat(notify, Settings()) == PRIVATE
    assert (desk_of.notices, desk_of.beats, len(looked)) == ([], [], 4)
    # Nothing of it is left behind: what is meant goes there.
    assert tell(desk_of.url(), Text("title", "text", "info"), private=True) == ""


def test_every_pass_is_told_where_it_is_wanted(yard: Yard, desk_of: Told) -> None:
    """With ``always`` each pass is told once, clean ones and those that bring news; idle ones only where passes are no watch."""
    yard.put("a.csv", *appointments(2), ROW | {"externalEventId": "1009", "phone": "555-1"})
    run = go(yard, desk_of, always=True).drops[0].files[0].run
    go(yard, desk_of, always=True)
    go(yard, desk_of, always=True, watching=True)
    _refused(yard)
    go(yard, desk_of, always=True, watching=True)

    assert [text for _, _, text in desk_of.notices[:2]] == [
        f"1 file done, 2 rows done, 1 row to look at. Run {run}.", "No new files.",
    ]  # fmt: skip
    assert desk_of.titles() == ["north: done", "north: done", "north: needs attention"]


def test_day_is_told_once(yard: Yard, desk_of: Told) -> None:
    """With ``digest`` the first pass after the hour tells what the day brought and what stands; the others of the day do not."""
    how: dict[str, Any] = {"digest_at": time(18), "zone": "America/New_York", "on": frozenset()}
    yard.put("a.csv", *appointments(2))
    go(yard, desk_of, **how)
    assert desk_of.titles() == ["the day"]
    yard.desk.now += 60
    yard.put("b.csv", *appointments(4))
    go(yard, desk_of, **how)
    assert len(desk_of.titles()) == 1
    yard.desk.now += DAY_S
    go(yard, desk_of, **how)
    go(yard, desk_of, **how)

    assert desk_of.titles() == ["the day", "the day"]
    assert desk_of.notices[1][2].startswith("north: 1 file done, 4 rows done, 0 rows to look at. Run ")


@pytest.mark.parametrize(
    ("make", "beats"),
    [
        (lambda yard: yard.put("b.csv", *appointments(7)), 1), (_refused, 1), (_held, 1), (_unknown, 1),
        (_missing, 0), (_outage, 0), (_unreachable, 0),
    ],
)  # fmt: skip
def test_heartbeat_after_good_passes_only(yard: Yard, desk_of: Told, make: Callable[[Yard], Any], beats: int) -> None:
    """It is asked for after 0, 3, 4, 6 and 8, and not where a later pass must make something good."""
    yard.put("a.csv", *appointments(6))
    yard.ingest()
    make(yard)
    notify = Notify(heartbeat=desk_of.heartbeat, private=True)

    result = ingest(yard.desk.job(), [yard.drop], checks=yard.checks, audience=audience_of(notify))

    assert (desk_of.beats, result.notes) == (["/beat?canary=1"] * beats, ())


@pytest.mark.parametrize(
    ("private", "deaf", "said"),
    [(False, False, "private network"), (True, True, "HTTP 500"), (True, None, "cannot be reached")],
)
def test_heartbeat_that_cannot_be_sent(yard: Yard, desk_of: Told, private: bool, deaf: bool | None, said: str) -> None:
    """It is said without its address, and changes no exit code."""
    url = "http://127.0.0.1:9/canary" if deaf is None else desk_of.heartbeat
    if deaf:
        desk_of.deaf.add("/beat")

    result = ingest(yard.desk.job(), [yard.drop], audience=audience_of(Notify(heartbeat=url, private=private)))

    assert (result.exit_code, len(result.notes)) == (Exit.DONE, 1)
    assert said in result.notes[0]
    assert "canary" not in result.notes[0]


def test_mail(desk_of: Told) -> None:
    """A notice comes as a mail with the title as its subject."""
    with mails() as (port, found):
        url = f"mailto://127.0.0.1:{port}/?from=importer@clinic.example&to=desk@clinic.example"
        said = tell(url, Text("Appointment importer: north: on hold", "Run R is on hold.", "warning"), private=True)

    assert said == ""
    ((subject, text),) = found
    assert "Appointment importer: north: on hold" in subject
    assert "Run R is on hold." in text


def test_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets without the extra are exit 2 with the command that installs it."""
    monkeypatch.setattr("importer.ingest.notice_targets.find_spec", lambda _name: None)

    with pytest.raises(SettingsError) as refused:
        audience_of(Notify(urls=("json://desk.example",)))

    assert "pip install 'appointment-importer[notify]'" in refused.value.fix
    assert audience_of(Notify(heartbeat="https://beat.example")) is not None


def test_thousand_notices_name_nobody(yard: Yard) -> None:
    """Whatever files are called and whatever is said of them, a notice holds the drop, run ids, counts and words of ours."""
    yard.put("a.csv", *appointments(1))
    yard.ingest()
    dice = random.Random(7)
    canary = "Xanthippe 212-555-0199"
    codes = [None, 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 130]
    made: list[Text] = []
    with open_ledger(str(yard.desk.folder / "ledger.db"), read_only=True) as ledger:
        run = ledger.runs()[0].id
        while len(made) < 1_000:
            files = [
                FileResult(
                    f"{canary} {number}.csv", dice.choice([None, f"{number:064x}"]), dice.choice(["done", "held", "refused", "left"]),
                    run, dice.choice(codes), f"/done/{canary}.csv", canary, (canary,),
                )
                for number in range(dice.randrange(5))
            ]  # fmt: skip
            result = DropResult("north", files, [code for code in codes[1:] if dice.random() < 0.2 and code], [canary])
            found = conditions_of([result], ledger)
            done = in_counts([(file.state, file.run) for file in files], lambda _run: {Status.CREATED: 3})
            made += [of_change("north", found, yard.desk.job().command)] if found else []
            made += [of_good("north", done), of_pass("north", done, 2), of_digest({"north": done}, {"north": 1})]

    texts = "\n".join(f"{text.title}\n{text.body}" for text in made)
    assert "Xanthippe" not in texts
    assert "0199" not in texts


def test_targets_of_a_file(yard: Yard) -> None:
    """Targets may stand in a file that only its owner can read, one a line; one that is open is refused."""
    place = yard.desk.folder / "targets"
    place.write_text("# the desk\njson://desk.example\n\nmailtos://u:p@mail.example\n", encoding="utf-8")
    place.chmod(0o600)
    notify = Notify(urls=("slack://a/b/c",), urls_file=place)
    found = audience_of(notify)
    assert found is not None
    assert list(found.urls) == ["slack://a/b/c", "json://desk.example", "mailtos://u:p@mail.example"]
    assert "a/b/c" not in repr(notify)
    place.chmod(0o644)

    with pytest.raises(SettingsError):
        audience_of(replace(notify))
