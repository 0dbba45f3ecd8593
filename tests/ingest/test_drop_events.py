"""What may happen in a drop folder, and what a pass makes of it: the contract of drops, line by line."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, appointments
from drop_yard import Yard, one, states
from long_form import longer
from on_postgres import needs_server

from importer.commands.report import resolve
from importer.commands.run import run
from importer.errors import Exit
from importer.ingest.passes import ingest
from importer.ingest.places.folder import Folder
from importer.ledger import open_ledger
from importer.model.issues import Issue
from importer.sandbox import Rule

if TYPE_CHECKING:
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ledger import Run


def test_new_file_is_sent_and_put_away(yard: Yard) -> None:
    """A file is sent, moves to done under a name with its run, its report beside it; the next pass finds nothing."""
    yard.put("export.csv", *appointments(3))

    result = yard.ingest()
    file = one(result)

    place = f"{yard.shelf.location}/done/export.{file.run}.csv"
    assert (result.exit_code, file.state, file.moved_to) == (Exit.DONE, "done", place)
    assert [row["result_status"] for row in yard.results_of(file)] == ["created"] * 3
    assert sorted(yard.creates()) == ["1001", "1002", "1003"]
    assert yard.files() == []
    again = yard.ingest()
    assert (again.exit_code, again.drops[0].files, again.news) == (Exit.DONE, [], [])


def test_clean_pass_has_no_news(yard: Yard) -> None:
    """What went well is nothing that somebody must read."""
    yard.put("export.csv", *appointments(2))

    assert yard.ingest().news == []


def test_same_name_every_night(yard: Yard) -> None:
    """Two nights' files of one name are two files with two runs; neither takes the other's place."""
    yard.put("export.csv", *appointments(2))
    yard.ingest()
    yard.put("export.csv", *appointments(3))

    result = yard.ingest()

    assert one(result).state == "done"
    assert yard.put_away() == ["export.csv", "export.csv"]
    assert sorted(yard.creates()) == ["1001", "1002", "1003"]


def test_file_with_wrong_rows_is_done(yard: Yard) -> None:
    """Rows to fix are the report's affair: the file is done, exit 4."""
    yard.put("export.csv", *appointments(2), ROW | {"externalEventId": "1009", "phone": "555-1"})

    file = one(yard.ingest())

    assert (file.state, file.exit_code) == ("done", Exit.SOME_ROWS_FAILED)
    assert yard.put_away() == ["export.csv"]


def test_left_file_is_not_sent_again(yard: Yard) -> None:
    """With on_success = leave the file stays, and the next pass passes it over without a run."""
    yard.how["on_success"] = "leave"
    yard.put("export.csv", *appointments(2))

    assert one(yard.ingest()).moved_to is None
    again = yard.ingest()

    assert again.drops[0].files == []
    assert yard.files() == ["export.csv"]
    assert len(yard.creates()) == 2


def test_touched_file_is_not_sent_again(yard: Yard) -> None:
    """A file that was left and only got a new time has the bytes of the newest done one: no run, the earlier one named."""
    yard.how["on_success"] = "leave"
    yard.put("export.csv", *appointments(2))
    first = one(yard.ingest())
    os.utime(yard.shelf.path / "export.csv", (1, 1))  # type: ignore[attr-defined]  # a folder

    file = one(yard.ingest())

    assert (file.state, file.run, file.exit_code) == ("done", first.run, Exit.DONE)
    assert str(first.run) in file.line
    assert len(yard.creates()) == 2


def test_bytes_of_the_newest_done_file(yard: Yard) -> None:
    """The same bytes under another name: no run, the file moves, and the earlier run is named."""
    yard.put("monday.csv", *appointments(2))
    first = one(yard.ingest())
    yard.put("tuesday.csv", *appointments(2))

    file = one(yard.ingest())

    assert (file.state, file.run) == ("done", first.run)
    assert str(first.run) in file.line
    assert yard.put_away() == ["monday.csv", "tuesday.csv"]
    assert len(yard.desk.sandbox.requests()) == 2


def test_bytes_of_an_older_file(yard: Yard) -> None:
    """An old export once more has a run, in which the rows that would undo something newer are held; exit 6 stays."""
    old = appointments(2)
    yard.put("monday.csv", *old)
    yard.ingest()
    yard.put("tuesday.csv", old[0] | {"eventDateTime": "2027-03-09 10:00"}, old[1])
    yard.ingest()
    sent = len(yard.desk.sandbox.requests())
    yard.put("wednesday.csv", *old)

    result = yard.ingest()

    assert (one(result).state, result.exit_code) == ("held", Exit.HELD)
    assert "file_of_before" in " ".join(result.news)
    assert yard.files() == ["wednesday.csv"]
    assert len(yard.desk.sandbox.requests()) == sent


@pytest.mark.parametrize("change", ["line ends", "BOM"])
def test_other_bytes_that_say_the_same(yard: Yard, change: str) -> None:
    """Other line ends or a BOM make another file, of which no row costs a request."""
    yard.put("monday.csv", *appointments(2))
    text = yard.shelf.read("monday.csv")
    yard.ingest()
    other = text.replace(b"\r\n", b"\n") if change == "line ends" else b"\xef\xbb\xbf" + text
    yard.put("tuesday.csv", content=other)

    file = one(yard.ingest())

    assert (file.state, file.exit_code) == ("done", Exit.DONE)
    assert len(yard.desk.sandbox.requests()) == 2


def test_doubled_file_has_one_run(yard: Yard) -> None:
    """Two files of the same bytes in one pass: one run; the other one is done by it and moves."""
    yard.put("a.csv", *appointments(2))
    yard.put("b.csv", *appointments(2))

    first = yard.ingest()
    second = yard.ingest()

    assert states(first) == {"a.csv": "done", "b.csv": "waiting"}
    assert states(second) == {"b.csv": "done"}
    assert yard.put_away() == ["a.csv", "b.csv"]
    assert len(yard.creates()) == 2


def test_renamed_file_keeps_its_claim(yard: Yard) -> None:
    """A held file under a new name is still that file; it is not run again."""
    yard.put("a.csv", *appointments(6))
    yard.ingest()
    yard.put("b.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))
    yard.ingest()
    yard.shelf.rename("b.csv", "c.csv")

    result = yard.ingest()

    assert states(result) == {"c.csv": "held"} or states(yard.ingest()) == {"c.csv": "held"}
    assert yard.files() == ["c.csv"]


def test_large_file_is_left(yard: Yard) -> None:
    """A file above max_mb is left with its reason, exit 3, and not read; other files go."""
    yard.how["max_bytes"] = 300
    yard.put("a.csv", *appointments(5))
    yard.put("b.csv", *appointments(1))

    result = yard.ingest()

    assert (states(result), result.exit_code) == ({"a.csv": "left", "b.csv": "done"}, Exit.FILE_REFUSED)
    assert "a.csv is left where it is: it is larger than 0.0003 MB (max_mb)." in result.news


def test_newest_of_full_exports(yard: Yard) -> None:
    """With take = newest the newest file that can be read runs; older ones are superseded, newer unreadable ones refused."""
    yard.how["take"] = "newest"
    yard.put("export1.csv", *appointments(1))
    yard.put("export9.csv", *appointments(2))
    yard.put("export10.csv", *appointments(3))
    yard.put("export11.csv", text="nothing,that,is,known\n1,2,3,4\n")

    result = yard.ingest()

    assert states(result) == {
        "export1.csv": "superseded",
        "export9.csv": "superseded",
        "export10.csv": "done",
        "export11.csv": "refused",
    }
    assert sorted(yard.creates()) == ["1001", "1002", "1003"]
    assert yard.put_away() == ["export1.csv", "export10.csv", "export9.csv"]
    assert yard.put_away("refused") == ["export11.csv"]


def test_held_export_is_superseded_by_the_newest(yard: Yard) -> None:
    """A held full export does not wait for anybody any more once a newer one is done."""
    yard.how["take"] = "newest"
    yard.put("a.csv", *appointments(6))
    yard.ingest()
    yard.put("b.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))
    assert yard.ingest().exit_code is Exit.HELD
    yard.put("c.csv", *appointments(7))

    result = yard.ingest()

    assert states(result) == {"b.csv": "superseded", "c.csv": "done"}
    assert yard.files() == []
    assert yard.ingest().exit_code is Exit.DONE


def test_files_go_in_the_order_of_their_numbers(yard: Yard) -> None:
    """Digits in names count as numbers: export9 goes before export10, whose values are the newer ones."""
    yard.put("export10.csv", ROW | {"firstName": "Bea"})
    yard.put("export9.csv", ROW)

    yard.ingest()

    assert [action for action, _, _ in yard.desk.deeds()] == ["create", "update"]


def test_gap_in_numbers_is_told(yard: Yard) -> None:
    """A number that is left out, after several that were not, is news; days in names are no such numbers."""
    for number in range(1, 4):
        yard.put(f"export{number}.csv", *appointments(number))
    yard.put("day_20270301.csv", *appointments(4))
    assert yard.ingest().news == []
    yard.put("export6.csv", *appointments(5))
    yard.put("day_20270305.csv", *appointments(6))

    assert yard.ingest().news == ["export6.csv: numbers 4 to 5 are missing before it."]


def test_held_file_stays_and_stops_no_other(yard: Yard) -> None:
    """A held file costs itself only, and its code comes back in every pass with the command that approves it."""
    yard.put("a.csv", *appointments(6))
    yard.ingest()
    yard.put("b.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))
    yard.put("c.csv", ROW | {"externalEventId": "2001", "phone": "2125550999"})

    first, second = yard.ingest(), yard.ingest()

    assert states(first) == {"b.csv": "held", "c.csv": "done"}
    assert first.exit_code is second.exit_code is Exit.HELD
    assert states(second) == {"b.csv": "held"}
    assert any("importer ingest north --file b.csv --release moved_together" in line for line in second.news)
    assert yard.files() == ["b.csv"]


def test_held_file_is_replaced_under_its_name(yard: Yard) -> None:
    """The corrected export under the name of the held one runs; the held one is superseded."""
    yard.put("export.csv", *appointments(6))
    yard.ingest()
    yard.put("export.csv", *appointments(6, eventDateTime="2027-03-08 10:00"))
    assert yard.ingest().exit_code is Exit.HELD
    yard.put("export.csv", *appointments(7))

    yard.ingest()
    last = yard.ingest()

    assert (last.exit_code, last.drops[0].files) == (Exit.DONE, [])
    assert "1007" in yard.creates()


def test_refused_file_moves_with_its_reason(yard: Yard) -> None:
    """A file that cannot be read moves to refused with the reason beside it, is told once, and stops no other."""
    yard.put("a.csv", text="nothing,that,is,known\n1,2,3,4\n")
    yard.put("b.csv", *appointments(1))

    first, second = yard.ingest(), yard.ingest()

    assert states(first) == {"a.csv": "refused", "b.csv": "done"}
    assert (first.exit_code, second.exit_code) == (Exit.FILE_REFUSED, Exit.DONE)
    (report,) = yard.shelf.folders("refused")
    assert yard.shelf.read(f"refused/{report}/reason.txt").strip()
    assert yard.put_away("refused") == ["a.csv"]


def _linked(yard: Yard, place: Path) -> None:
    target = yard.desk.folder / "elsewhere.csv"
    target.write_text("x", encoding="utf-8")
    place.symlink_to(target)


def _fifo(_yard: Yard, place: Path) -> None:
    os.mkfifo(place)


def _socket(_yard: Yard, place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(place.parent, os.O_RDONLY)
        try:
            made.bind(f"/proc/self/fd/{here}/{place.name}")
        finally:
            os.close(here)


def _second_name(yard: Yard, place: Path) -> None:
    target = yard.desk.folder / "elsewhere.csv"
    target.write_text("x", encoding="utf-8")
    place.hardlink_to(target)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(_linked, "a link", id="link"),
        pytest.param(_fifo, "a pipe, socket or device", id="fifo"),
        pytest.param(_socket, "a pipe, socket or device", id="socket"),
        pytest.param(_second_name, "a second name", id="hard-link"),
    ],
)
def test_what_is_no_file_is_left(yard: Yard, make: Callable[[Yard, Path], None], why: str) -> None:
    """Links, pipes, sockets and files with a second name stay where they are, with a reason; other files go."""
    make(yard, yard.path / "a.csv")
    yard.put("b.csv", *appointments(1))

    result = yard.ingest()

    assert states(result) == {"a.csv": "left", "b.csv": "done"}
    assert result.exit_code is Exit.FILE_REFUSED
    assert why in result.news[0]
    assert os.path.lexists(yard.path / "a.csv")


def test_file_of_another_user_is_left(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that belongs neither to this user nor to the folder's owner is left."""
    yard.put("a.csv", *appointments(1))
    monkeypatch.setattr("importer.ingest.places.folder._trusted", lambda _folder: frozenset({12_345}))

    result = yard.ingest()

    assert states(result) == {"a.csv": "left"}
    assert yard.creates() == []


@pytest.mark.parametrize(
    "name", [".hidden.csv", "a.csv.part", "A.CSV.PART", "a.tmp", "~$a.xlsx", "a.csv.filepart", "note.txt"]
)
def test_names_that_are_not_meant(yard: Yard, name: str) -> None:
    """Hidden files, files that are being uploaded, and names outside the pattern are passed over in silence."""
    yard.how["pattern"] = "*.csv"
    yard.put(name, *appointments(1))

    result = yard.ingest()

    assert (result.drops[0].files, result.news, result.exit_code) == ([], [], Exit.DONE)
    assert yard.files() == [name]


@pytest.mark.parametrize(
    "name",
    [
        b"line\nbreak.csv",
        b"right\xe2\x80\xaeto-left.csv",
        b"-rf.csv",
        b"latin\xe9.csv",
        b"a'b\"c;$(x).csv",
        b"x" * 240 + b".csv",
        b".csv",
        b"no ending",
        b"two.dots.csv",
    ],
    ids=["newline", "direction", "dash", "not-utf-8", "shell", "long", "hidden", "no-ending", "dots"],
)
def test_odd_names(yard: Yard, name: bytes) -> None:
    """A name of any bytes is processed once and put away, or passed over because it is hidden."""
    place = os.fsencode(yard.path) + b"/" + name
    yard.put("plain.csv", *appointments(1)).rename(os.fsdecode(place))

    result = yard.ingest()

    if name.startswith(b"."):
        assert result.drops[0].files == []
        return
    assert (one(result).state, result.exit_code) == ("done", Exit.DONE)
    assert yard.files() == []
    assert len(list((yard.path / "done").iterdir())) == 2
    assert yard.ingest().drops[0].files == []


def test_vanished_file(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that vanishes between the listing and the copying is no fault of anybody."""
    yard.put("a.csv", *appointments(1))
    after_listing(monkeypatch, lambda: yard.shelf.remove("a.csv"))

    result = yard.ingest()

    assert (result.drops[0].files, result.exit_code) == ([], Exit.DONE)
    assert yard.creates() == []


def after_listing(patched: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Let something happen to the files of a drop between the listing and the copying."""

    def settled(_job: Any, listings: Any, _places: Any) -> Any:
        change()
        return {name: list(listing.entries.values()) for name, (_, listing) in listings.items()}

    patched.setattr("importer.ingest.passes.settled", settled)


@pytest.mark.parametrize("how", ["grown", "swapped", "link", "locked"])
def test_file_changed_under_our_hands(yard: Yard, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """A file that grows, is swapped, or becomes a link between the listing and the second look waits for the next pass."""
    place = yard.put("a.csv", *appointments(1))
    whole = place.read_text(encoding="utf-8")

    def change() -> None:
        if how == "grown":
            place.write_text(whole + whole.splitlines()[1].replace("1001", "1002") + "\n", encoding="utf-8")
        elif how == "locked":
            place.chmod(0)
            monkeypatch.setattr("os.open", _refusing(place))
        else:
            place.rename(yard.desk.folder / "away.csv")
            if how == "swapped":
                place.write_text(whole.replace("1001", "1005"), encoding="utf-8")
            else:
                place.symlink_to(yard.desk.folder / "away.csv")

    with monkeypatch.context() as patched:
        after_listing(patched, change)
        result = yard.ingest()

    assert states(result) == {"a.csv": "waiting"}
    assert result.exit_code is (Exit.STOPPED if how in {"link", "locked"} else Exit.DONE)
    assert yard.creates() == []


def _refusing(place: Path) -> Callable[..., int]:
    opened = os.open

    def refuse(path: Any, *given: Any, **named: Any) -> int:
        if os.fspath(path) == os.fspath(place):
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    return refuse


@pytest.mark.parametrize("text", ["", "externalEventId,phone\n"], ids=["empty", "headings-only"])
def test_empty_file_is_refused_or_done(yard: Yard, text: str) -> None:
    """A file without rows books nothing, and leaves the drop."""
    yard.put("a.csv", text=text)

    result = yard.ingest()

    assert one(result).state == "refused"
    assert yard.files() == []
    assert yard.creates() == []


def test_swapped_file_waits(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another one replaces between the listing and the reading waits for the next pass, which sends the new one."""
    yard.put("a.csv", *appointments(1))
    with monkeypatch.context() as patched:
        after_listing(patched, lambda: yard.put("a.csv", *appointments(2)[1:], ROW | {"externalEventId": "3003"}))
        first = yard.ingest()

    second = yard.ingest()

    assert (states(first), states(second)) == ({"a.csv": "waiting"}, {"a.csv": "done"})
    assert sorted(yard.creates()) == ["1002", "3003"]


def test_growing_file_is_not_taken(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is still written to while the pass waits is left for the next one."""
    yard.how["settle_s"] = 0.2
    place = yard.put("a.csv", *appointments(1))
    yard.desk.now = place.stat().st_mtime

    listed = Folder.listing
    times = iter((False, True))

    def listed_again(folder: Folder) -> Any:
        if next(times):
            place.write_text("longer and longer", encoding="utf-8")
        return listed(folder)

    monkeypatch.setattr(Folder, "listing", listed_again)

    result = yard.ingest()

    assert result.drops[0].files == []
    assert yard.files() == ["a.csv"]


@pytest.mark.parametrize("age", [0.0, -7_200.0], ids=["young", "from-the-future"])
def test_settled_after_the_wait(yard: Yard, age: float) -> None:
    """A file that is the same after the wait is taken, also where its time lies in the future: a clock was set back."""
    yard.how["settle_s"] = 0.1
    place = yard.put("a.csv", *appointments(1))
    os.utime(place, (yard.desk.now - age, yard.desk.now - age))

    assert one(yard.ingest()).state == "done"


def test_file_grown_after_it_was_moved(yard: Yard) -> None:
    """A sender that goes on writing into the moved file is told of once, exit 3; nothing of it is sent."""
    yard.put("a.csv", *appointments(1))
    place = one(yard.ingest()).moved_to
    (name,) = yard.shelf.names("done")
    assert str(place).endswith(name)
    with (yard.shelf.path / "done" / name).open("a", encoding="utf-8") as late:  # type: ignore[attr-defined]  # a folder
        late.write("more\n")

    first, second = yard.ingest(), yard.ingest()

    assert (first.exit_code, second.exit_code) == (Exit.FILE_REFUSED, Exit.DONE)
    assert "somebody wrote to the file" in first.news[0]


@pytest.mark.parametrize("fault", ["other-disk", "not-writable"])
def test_file_that_cannot_be_moved(yard: Yard, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Seen, not moved: told once, never sent again, and moved by the first pass that can."""
    yard.put("a.csv", *appointments(1))
    with monkeypatch.context() as patched:
        number = 18 if fault == "other-disk" else 13

        def refuse(*_given: Any, **_named: Any) -> None:
            raise OSError(number, os.strerror(number))

        patched.setattr("os.link", refuse)
        patched.setattr("importer.ingest.places.folder._rename", refuse)
        first, second = yard.ingest(), yard.ingest()
        assert "cannot be moved" in first.news[0]
        assert second.news == []
        assert (first.exit_code, second.exit_code) == (Exit.DONE, Exit.DONE)
        assert yard.files() == ["a.csv"]
    third = yard.ingest()

    assert one(third).moved_to is not None
    assert yard.files() == []
    assert len(yard.creates()) == 1


def test_file_that_may_not_be_linked_is_renamed(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses a link to the sender's file the file moves all the same, and over no other."""
    yard.put("a.csv", *appointments(1))

    def refuse(*_given: Any, **_named: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)

    assert one(yard.ingest()).moved_to is not None
    assert yard.put_away() == ["a.csv"]


def test_done_folder_that_is_a_link(yard: Yard, tmp_path: Path) -> None:
    """A link that was planted in the place of the folder done is not followed; the file stays and is not sent again."""
    (tmp_path / "planted").mkdir()
    (yard.path / "done").symlink_to(tmp_path / "planted")
    yard.put("a.csv", *appointments(1))

    first = yard.ingest()
    yard.ingest()

    assert list((tmp_path / "planted").iterdir()) == []
    assert "cannot be moved" in first.news[0]
    assert len(yard.creates()) == 1


def test_report_folder_that_is_a_link(yard: Yard, tmp_path: Path) -> None:
    """A link in the place of a report's folder is not followed: nothing is written into the folder that it leads to."""
    (tmp_path / "planted").mkdir()
    (yard.path / "done").mkdir()
    (yard.path / "done" / "a.csv.report").symlink_to(tmp_path / "planted")

    with pytest.raises(NotADirectoryError):
        Folder(yard.path, yard.drop).put_report("done/a.csv.report", {}, "It cannot be read.")

    assert list((tmp_path / "planted").iterdir()) == []


def test_unreachable_folder_costs_its_drop_only(yard: Yard) -> None:
    """A drop that is not there is exit 5 and news; it is looked for again in the next pass."""
    yard.path.rmdir()
    yard.how["path"] = yard.desk.folder / "unmounted"

    result = yard.ingest()

    assert result.exit_code is Exit.STOPPED
    assert "cannot be looked into" in result.news[0]


def test_file_of_a_run_that_was_stopped_at_its_last_call_is_put_away(yard: Yard) -> None:
    """A signal that comes when nothing is left to send leaves no file behind that each later pass calls stopped."""
    yard.put("a.csv", *appointments(1))
    job = yard.desk.job()
    service = yard.desk.sandbox.service
    service.pause = lambda _seconds: job.stop.set(signal.SIGTERM)  # heard before the answer leaves
    yard.desk.sandbox.switch(latency_s=0.1)
    ingest(job, [yard.drop], checks=yard.checks)
    yard.desk.sandbox.switch(latency_s=0.0)
    second = yard.ingest()

    with open_ledger(job.settings.ledger_url) as ledger:
        assert [run.exit_code for run in ledger.runs()] == [143]
    assert "stopped" not in states(second).values()
    assert (yard.files(), yard.put_away(), len(yard.creates())) == ([], ["a.csv"], 1)


def test_file_stays_while_a_later_run_of_it_is_cut_off(yard: Yard) -> None:
    """A stopped file is not put away because a run by hand, killed before its first request, names its appointments too."""
    place = yard.put("a.csv", *appointments(3))
    yard.desk.sandbox.set_faults(Rule("status_before", status=401))
    yard.ingest(concurrency=1)
    run(yard.desk.job(concurrency=1), [str(place)])
    with open_ledger(yard.desk.job().settings.ledger_url) as ledger, ledger._store.writing() as connection:
        # What a kill -9 before the first request leaves.
        (latest,) = connection.exec_driver_sql("SELECT max(seq) FROM runs").one()
        connection.exec_driver_sql(
            "UPDATE rows SET state = 'ready', status = NULL, attempts = 0 WHERE run = ?", (latest,)
        )
        connection.exec_driver_sql(
            "UPDATE runs SET state = 'open', exit_code = NULL, finished_at = NULL WHERE seq = ?", (latest,)
        )
    yard.desk.sandbox.set_faults()
    before = len(yard.creates())
    told = yard.ingest()

    assert before == 0
    assert states(told)["a.csv"] == ("done" if len(yard.creates()) == 3 else "stopped")
    assert yard.files() == ([] if len(yard.creates()) == 3 else ["a.csv"])


def test_file_of_a_run_that_was_cut_off_once_its_stop_was_settled_is_sent(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the end of a stopped run's rows and its own leaves nothing unsent: the next pass goes on with it."""

    def stopped_and_killed(_job: Job, run: Run) -> None:
        run.calls.leave(Issue("interrupted"), at=0.0)
        raise KeyboardInterrupt

    yard.put("a.csv", *appointments(3))
    with monkeypatch.context() as patched:
        patched.setattr("importer.commands.run.deliver", stopped_and_killed)
        with pytest.raises(KeyboardInterrupt):
            yard.ingest()

    result = yard.ingest()

    assert (result.exit_code, states(result)) == (Exit.DONE, {"a.csv": "done"})
    assert (yard.files(), sorted(yard.creates())) == ([], ["1001", "1002", "1003"])


def test_outage_stops_the_pass_and_the_next_goes_on(yard: Yard) -> None:
    """The API refuses the token: exit 7, the file stays, no other is begun; then the same run is finished."""
    yard.put("a.csv", *appointments(3))
    yard.put("b.csv", ROW | {"externalEventId": "2001", "phone": "2125550999"})
    yard.desk.sandbox.set_faults(Rule("status_before", status=401, after=1))
    first = yard.ingest(concurrency=1)
    yard.desk.sandbox.set_faults()

    second = yard.ingest()

    assert first.exit_code is Exit.AUTHENTICATION
    assert states(first) == {"a.csv": "stopped", "b.csv": "taken"}
    assert states(second) == {"a.csv": "done", "b.csv": "done"}
    assert sorted(yard.creates()) == ["1001", "1002", "1003", "2001"]
    runs = {file.name: file.run for drop in (*first.drops, *second.drops) for file in drop.files}
    assert any(str(runs["a.csv"]) in name for name in yard.shelf.names("done"))


def test_unknown_outcome_keeps_its_code_until_resolved(yard: Yard) -> None:
    """A file with a row in doubt moves, and exit 8 comes back until a person has settled the row."""
    yard.put("a.csv", ROW)
    yard.ingest()
    yard.desk.sandbox.set_faults(Rule("html", actions=("no_show",)))
    yard.desk.now += 30 * 86_400
    yard.put("b.csv", ROW | {"action": "no_show"})
    first = yard.ingest(max_attempts=1)
    yard.desk.sandbox.set_faults()
    second = yard.ingest()
    run = one(second).run

    resolve(yard.desk.job(), str(run), [2], sent=True)
    third = yard.ingest()

    assert (first.exit_code, second.exit_code, third.exit_code) == (
        Exit.UNKNOWN_OUTCOMES,
        Exit.UNKNOWN_OUTCOMES,
        Exit.DONE,
    )
    assert f"importer resolve {run}" in second.news[0]
    assert yard.files() == []
    assert yard.ingest().drops[0].files == []


SHORT: tuple[Callable[[Yard], None], ...] = (
    test_left_file_is_not_sent_again,
    test_bytes_of_the_newest_done_file,
    test_bytes_of_an_older_file,
    test_doubled_file_has_one_run,
    test_held_export_is_superseded_by_the_newest,
    test_outage_stops_the_pass_and_the_next_goes_on,
    test_unknown_outcome_keeps_its_code_until_resolved,
)
LONG: tuple[Callable[[Yard], None], ...] = (
    test_new_file_is_sent_and_put_away,
    test_clean_pass_has_no_news,
    test_same_name_every_night,
    test_file_with_wrong_rows_is_done,
    test_touched_file_is_not_sent_again,
    test_renamed_file_keeps_its_claim,
    test_newest_of_full_exports,
    test_files_go_in_the_order_of_their_numbers,
    test_gap_in_numbers_is_told,
    test_held_file_stays_and_stops_no_other,
    test_held_file_is_replaced_under_its_name,
    test_refused_file_moves_with_its_reason,
    test_file_grown_after_it_was_moved,
    test_unreachable_folder_costs_its_drop_only,
    test_large_file_is_left,
)


ON_SERVERS: tuple[Callable[[Yard], None], ...] = (
    test_new_file_is_sent_and_put_away,
    test_left_file_is_not_sent_again,
    test_bytes_of_the_newest_done_file,
    test_refused_file_moves_with_its_reason,
    test_large_file_is_left,
)
LONG_ON_SERVERS: tuple[Callable[[Yard], None], ...] = tuple(
    line
    for line in (*SHORT, *LONG)
    # A bucket knows no time of a file but its bytes, and nobody can write into its objects; a server that is gone is not one here.
    if line not in {*ON_SERVERS, test_touched_file_is_not_sent_again, test_file_grown_after_it_was_moved}
    and line is not test_unreachable_folder_costs_its_drop_only
)


@pytest.mark.parametrize(
    "line", (*ON_SERVERS, *LONG_ON_SERVERS) if longer(0, 1) else ON_SERVERS, ids=lambda line: line.__name__
)
def test_contract_on_servers(remote_yard: Yard, line: Callable[[Yard], None]) -> None:
    """The lines of the contract hold in a bucket and on an SFTP server as they do in a folder; in the long form all of them."""
    line(remote_yard)


@pytest.mark.parametrize("line", [test_vanished_file, test_swapped_file_waits], ids=lambda line: line.__name__)
def test_changes_under_our_hands_on_servers(
    remote_yard: Yard, monkeypatch: pytest.MonkeyPatch, line: Callable[[Yard, pytest.MonkeyPatch], None]
) -> None:
    """What vanishes or is replaced between the listing and the reading is not sent from a server either."""
    line(remote_yard, monkeypatch)


@pytest.mark.parametrize(
    "line", [test_touched_file_is_not_sent_again, test_file_grown_after_it_was_moved], ids=lambda line: line.__name__
)
def test_times_of_files_on_an_sftp_server(sftp_yard: Yard, line: Callable[[Yard], None]) -> None:
    """A new time alone sends nothing again, and what is written into a moved file is told, over SFTP, too."""
    line(sftp_yard)


@needs_server
@pytest.mark.parametrize("line", (*SHORT, *LONG) if longer(0, 1) else SHORT, ids=lambda line: line.__name__)
def test_contract_on_postgresql(server_yard: Yard, line: Callable[[Yard], None]) -> None:
    """The lines of the contract that lean on the ledger hold where it is on a server, too; in the long form all of them."""
    line(server_yard)
