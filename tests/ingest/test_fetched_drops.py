"""Drops that are fetched: a query or a published sheet, each content processed once, and nothing there to be moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

import pytest
from desk import EVENT_TYPE, appointments
from drop_yard import Yard, one
from link_server import Published, link_server
from practices import SELECT, Practice, practice_on_sqlite

from importer.errors import Exit, SettingsError
from importer.ingest.approvals import approve
from importer.ingest.passes import ingest
from importer.ingest.trying import try_drop
from importer.model.drops import Drop, FetchedSource
from importer.model.profile import Profile
from importer.model.sending_window import SendingWindow
from importer.settings import drops_named, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.ingest.pass_results import PassResult

MOVED = "UPDATE visits SET starts = '2027-03-08T15:00:00' WHERE number = '1001'"


@pytest.fixture
def practice(yard: Yard) -> Practice:
    found = practice_on_sqlite(yard.desk)
    found.do("DELETE FROM visits WHERE number = '1003'")
    yard.how = of_query(found)
    return found


def of_query(practice: Practice, text: str = SELECT, **keys: str) -> dict[str, object]:
    """Return how the drop of a yard is, where it is a query."""
    source = FetchedSource("the query", query_file=practice.query(text), database=practice.address, **keys)  # type: ignore[arg-type]  # texts
    return {"path": source, "on_success": "leave", "take": "newest"}


def left_in_temporary_files() -> list[str]:
    from importer.fetching import private_files

    return [path.name for path in private_files.Path(private_files.tempfile.gettempdir()).glob("importer-fetched-*")]


def test_a_content_is_processed_once(yard: Yard, practice: Practice) -> None:
    """A night without news asks the API nothing; a changed row is sent; an older content again takes nothing back."""
    first, same = yard.ingest(), yard.ingest()
    practice.do(MOVED)
    second = yard.ingest()
    practice.do("UPDATE visits SET starts = '2027-03-08T09:00:00' WHERE number = '1001'")
    back = yard.ingest()

    assert (one(first).name, one(first).state, one(first).moved_to) == ("visits.sql", "done", None)
    assert [drop.files for drop in same.drops] == [[]]
    assert (one(second).state, one(back).state) == ("done", "held")
    assert [str(done.action) for done in yard.desk.sandbox.effects()] == ["create", "create", "update"]
    assert left_in_temporary_files() == []


def test_a_held_content_is_approved_or_makes_room(yard: Yard, practice: Practice) -> None:
    """By its name, as a file of a folder; the next content supersedes one that nobody approved."""
    yard.ingest()
    practice.do(MOVED)
    yard.ingest()
    practice.do("UPDATE visits SET starts = '2027-03-08T09:00:00' WHERE number = '1001'")
    yard.ingest()
    job = yard.desk.job(release=("file_of_before",))
    approved = approve(job, yard.drop, "visits.sql")

    assert one(approved).state == "done"
    assert [str(done.action) for done in yard.desk.sandbox.effects()][-1] == "update"
    assert yard.ingest().exit_code == Exit.DONE


def test_a_content_that_waits_goes_on(yard: Yard, practice: Practice) -> None:
    """What waits for the sending window leaves in it, also when the query returns other rows by then."""
    yard.desk.profile = replace(yard.desk.profile, window=SendingWindow(time(12), time(21), home=None))
    waiting = yard.ingest()
    practice.do(MOVED)
    yard.desk.now += 4 * 3600
    after = yard.ingest()

    assert one(waiting).state == "stopped"
    assert after.exit_code == Exit.DONE
    assert sorted(yard.creates()) == ["1001", "1002"]
    assert [done.action for done in yard.desk.sandbox.effects()] == ["create", "create"]


def test_a_query_that_cannot_be_used_costs_its_drop_only(yard: Yard, practice: Practice) -> None:
    """Other drops go on; the pass says why, each time, and ends with the code."""
    yard.put("week.csv", *appointments(1))
    folder = Drop("south", yard.path, settle_s=0.0)
    cases = [
        ("DELETE FROM visits", 3),
        ("SELECT number FROM nowhere", 3),
        (SELECT.replace('AS "externalEventId"', "AS n"), 2),
    ]
    for text, code in cases:
        yard.how = of_query(practice, text)
        result = ingest(yard.desk.job(), [yard.drop, folder], checks=yard.checks)
        assert int(result.exit_code) == code, result.news
        assert [line.partition(":")[0] for line in result.news] == ["north"]
    assert yard.creates() == ["1001"]


def test_a_query_knows_its_number_by_the_drop(yard: Yard, practice: Practice) -> None:
    """``key_column`` names the column, for checking and for the run."""
    yard.how = of_query(practice, SELECT.replace('AS "externalEventId"', "AS visit"), key_column="visit")

    assert one(yard.ingest()).state == "done"
    assert sorted(yard.creates()) == ["1001", "1002"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with link_server(tmp_path_factory.mktemp("links")) as found:
        yield found


def of_link(yard: Yard, server: Published, link: str) -> PassResult:
    yard.how = {
        "path": FetchedSource("the link", link=link),
        "on_success": "leave",
        "take": "newest",
        "max_bytes": 1_000_000,
    }
    return yard.ingest(private_links=True, ca_bundle=server.bundle)


def test_a_published_sheet_is_a_drop(yard: Yard, server: Published) -> None:
    """Each content once, whatever the server says of its time; its report goes where the drop says."""
    from pathlib import Path

    sheet = Path(yard.desk.sheet(*appointments(2)))
    link = server.publish(sheet.read_bytes(), "/secret-of-the-link/week.csv")
    first, same = of_link(yard, server, link), of_link(yard, server, link)
    page = of_link(yard, server, server.publish(b"<html>secret-of-the-link</html>", "/secret-of-the-link/week.csv"))
    large = of_link(yard, server, server.publish(b"x" * 1_000_001, "/secret-of-the-link/week.csv"))
    gone = of_link(yard, server, "https://localhost:1/secret-of-the-link")

    assert (one(first).name, one(first).state) == ("localhost week.csv", "done")
    assert [drop.files for drop in same.drops] == [[]]
    assert [int(each.exit_code) for each in (page, large, gone)] == [3, 3, 5]
    assert "secret-of-the-link" not in " ".join([*page.news, *large.news, *gone.news])
    assert len(yard.creates()) == 2


def test_the_report_goes_where_the_drop_says(yard: Yard, practice: Practice) -> None:
    """Into a folder of its own below ``reports``."""
    yard.how = of_query(practice) | {"reports": yard.desk.folder / "told"}

    run = one(yard.ingest()).run

    assert (yard.desk.folder / "told" / f"visits.{run}.report" / "results.csv").is_file()


def drops(folder: Path, text: str) -> dict[str, Drop]:
    config = folder / "own.toml"
    config.write_text(text)
    return drops_named(load({}, config=config, folder=folder, user_file=folder / "none.toml", environ={})[0])


def test_the_settings_name_what_is_fetched(tmp_path: Path) -> None:
    """A query or a link stands in the place of a path; of neither more is shown than may be."""
    found = drops(
        tmp_path,
        '[drop.a]\nurl = "https://docs.example/secret/pub?output=csv"\nlink_hosts = ["*.files.example"]\nmax_mb = 5\n'
        '[drop.b]\nquery_file = "b.sql"\ndatabase = "db+postgresql://me:hunter2@h/v"\nkey_column = "id"\n'
        '[drop.c]\nurl = "https://docs.example/other"\n[drop.d]\nquery_file = "d.sql"\n',
    )

    assert [str(drop.path) for drop in found.values()] == [
        "https://docs.example/…", f"{tmp_path}/b.sql of db+postgresql://me:***@h/v", "https://docs.example/…", f"{tmp_path}/d.sql",
    ]  # fmt: skip
    assert {(drop.on_success, drop.take) for drop in found.values()} == {("leave", "newest")}
    assert [drop.max_bytes for drop in found.values()] == [5_000_000, 500_000_000, 50_000_000, 500_000_000]
    assert "hunter2" not in repr(found)
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "lines",
    [
        "",
        'path = "in"\nurl = "https://docs.example/a"',
        'query_file = "a.sql"\nurl = "https://docs.example/a"',
        'query_file = "a.sql"\ndone = "done"',
        'url = "https://docs.example/a"\ndatabase = "db+sqlite:///a.db"',
        'path = "in"\nkey_column = "id"',
        'url = "http://docs.example/secret"',
        'query_file = "a.sql"\ndatabase = "mysql://me:secret@h/v"',
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path: Path, lines: str) -> None:
    """With the settings file, and nothing that may not be shown."""
    with pytest.raises(SettingsError, match=r"own\.toml") as caught:
        drops(tmp_path, f"[drop.a]\n{lines}\n")

    assert "secret" not in str(caught.value)


def test_a_fetched_drop_is_tried_without_a_file_of_ours(yard: Yard, practice: Practice) -> None:
    """``config check --online`` fetches it once."""
    settings = yard.desk.job().settings
    try_drop(yard.drop, settings)
    with pytest.raises(SettingsError, match="no database"):
        try_drop(replace(yard.drop, path=FetchedSource("x", query_file=practice.query())), settings)


def test_the_profile_of_a_drop_reads_it(yard: Yard, practice: Practice) -> None:
    """Its number and its columns are those of its own profile."""
    yard.desk.profile = Profile()
    config = yard.desk.folder / "own.toml"
    config.write_text(f'[profile.north]\nevent_type = "{EVENT_TYPE}"\ncolumns = {{ n = "externalEventId" }}\n')
    yard.desk.settings["config_paths"] = (config,)
    yard.how = of_query(practice, SELECT.replace('AS "externalEventId"', "AS n")) | {"profile": "north"}

    assert one(yard.ingest()).state == "done"
    assert sorted(yard.creates()) == ["1001", "1002"]
