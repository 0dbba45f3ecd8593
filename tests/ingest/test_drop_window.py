"""Passes over a drop by night and by day, where the profile has a sending window."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import pytest
from drop_yard import appointments, one, states

from importer.errors import Exit
from importer.model.profile import Profile
from importer.model.sending_window import SendingWindow
from importer.model.times import zone

if TYPE_CHECKING:
    from drop_yard import Yard

WINDOW = SendingWindow(time(8), time(21), home="America/New_York")


def at(text: str) -> float:
    """Return a moment of New York's clocks as UTC seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=zone("America/New_York")).timestamp()


@pytest.fixture
def night(yard: Yard) -> Yard:
    """Return a drop at eleven in the evening; its appointments are six days away."""
    yard.desk.profile = Profile(name="clinic", window=WINDOW)
    yard.desk.now = at("2027-03-02 23:00")
    return yard


def test_a_pass_by_night_takes_the_file_and_texts_nobody(night: Yard) -> None:
    """The pass ends with 0 and says nothing on stderr: that requests wait for the morning is as it should be."""
    night.put("week.csv", *appointments(3))

    result = night.ingest()

    assert result.exit_code is Exit.DONE
    assert result.news == []
    assert one(result).state == "stopped"
    assert "3 requests may not leave before the sending window opens (08:00 to 21:00)" in one(result).line
    assert night.creates() == []
    assert night.files() == ["week.csv"]


def test_passes_of_the_night_make_no_run_and_no_report(night: Yard) -> None:
    """While the window is shut a pass only says that requests wait; the run is opened again when one may leave."""
    night.put("week.csv", *appointments(3))
    run = one(night.ingest()).run
    report = night.desk.folder / "reports" / str(run) / "results.csv"
    written = report.stat().st_mtime_ns

    night.desk.now = at("2027-03-03 03:00")
    result = night.ingest()

    assert (one(result).state, one(result).run, result.exit_code, result.news) == ("stopped", run, Exit.DONE, [])
    assert report.stat().st_mtime_ns == written


def test_the_first_pass_inside_sends_and_puts_the_file_away(night: Yard) -> None:
    """In the morning the same run goes on, and its file is done."""
    night.put("week.csv", *appointments(3))
    run = one(night.ingest()).run
    night.desk.now = at("2027-03-03 08:05")

    result = night.ingest()

    assert (one(result).state, one(result).run, result.exit_code) == ("done", run, Exit.DONE)
    assert sorted(night.creates()) == ["1001", "1002", "1003"]
    assert night.files() == []
    assert night.ingest().drops[0].files == []


def test_a_waiting_file_stops_no_other(night: Yard) -> None:
    """A file whose requests wait does not keep the drop's next file from being read and planned."""
    night.put("a.csv", *appointments(2))
    (other,) = appointments(3)[2:]
    night.put("b.csv", other)

    assert states(night.ingest()) == {"a.csv": "stopped", "b.csv": "stopped"}
    night.desk.now = at("2027-03-03 09:00")
    assert states(night.ingest()) == {"a.csv": "done", "b.csv": "done"}
    assert sorted(night.creates()) == ["1001", "1002", "1003"]


def test_a_window_that_passed_over_them_is_told(night: Yard) -> None:
    """Where no pass was made while the window was open, the next one ends with 5 and says why."""
    night.put("week.csv", *appointments(2))
    night.ingest()
    night.desk.now = at("2027-03-03 22:00")

    result = night.ingest()

    assert result.exit_code is Exit.STOPPED
    assert "A whole window has passed over them" in result.news[0]
    night.desk.now = at("2027-03-04 08:00")
    assert night.ingest().exit_code is Exit.DONE
    assert len(night.creates()) == 2


def test_a_later_export_without_the_visit_keeps_it_from_leaving(night: Yard) -> None:
    """A create that waited through the night is not sent for a visit that the next full export does not name."""
    night.desk.profile = Profile(name="clinic", window=WINDOW, snapshot="today..+60d", cancel_missing=True)
    night.put("a.csv", *appointments(3))
    night.ingest()
    night.desk.now = at("2027-03-03 05:00")
    night.put("b.csv", *appointments(2))
    assert night.ingest().exit_code is Exit.DONE
    night.desk.now = at("2027-03-03 08:00")

    result = night.ingest()

    assert states(result) == {"a.csv": "done", "b.csv": "done"}
    assert sorted(night.creates()) == ["1001", "1002"]


def test_now_sends_what_waits(night: Yard) -> None:
    """--now lets a pass send at any hour, also what earlier passes left waiting."""
    night.put("week.csv", *appointments(2))
    night.ingest()

    assert one(night.ingest(at_any_hour=True)).state == "done"
    assert len(night.creates()) == 2


def test_the_settings_of_today_count(night: Yard) -> None:
    """A window that was taken out of the profile keeps nothing back any more."""
    night.put("week.csv", *appointments(2))
    night.ingest()
    night.desk.profile = Profile(name="clinic")

    assert one(night.ingest()).state == "done"


def test_a_hold_is_told_while_other_rows_wait(night: Yard) -> None:
    """A pass that ends with 6, because rows are held, says why, also where other rows of the file wait for the morning."""
    first, second = appointments(2)
    night.desk.profile = Profile(name="clinic")
    night.desk.now = at("2027-03-02 12:00")
    night.desk.run(first)
    night.desk.profile = Profile(name="clinic", window=WINDOW)
    night.desk.now = at("2027-03-02 23:00")
    night.put("week.csv", first | {"externalEventId": "77"}, second)

    result = night.ingest()

    assert (one(result).state, result.exit_code) == ("stopped", Exit.HELD)
    assert "held:" in result.news[0]
    assert len(night.creates()) == 1
