"""What holds for drops on any server: the extras that they take, and the purge of reports that lie there."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from desk import ROW, appointments

from importer.errors import Exit
from importer.ingest.chosen_drops import chosen_drops
from importer.ingest.purge import purge
from importer.ledger import open_ledger
from importer.settings.token import PurgeKeySource

if TYPE_CHECKING:
    from collections.abc import Callable

    from drop_yard import Yard

DAY_S = 86_400


@pytest.mark.parametrize(("kind", "library", "extra"), [("bucket", "boto3", "s3"), ("sftp", "asyncssh", "sftp")])
def test_extra_that_is_not_installed(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, kind: str, library: str, extra: str
) -> None:
    """Without its library such a drop is exit 2 with the command that installs it."""
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"importer.ingest.places.{kind}", raising=False)
    address = "s3://clinic-exports/in" if extra == "s3" else "sftp://files.example/out"
    (yard.how["path"],) = (drop.path for drop in chosen_drops(yard.desk.job().settings, [address]))

    result = yard.ingest()

    assert result.exit_code is Exit.USAGE
    assert f"pip install 'appointment-importer[{extra}]'" in result.news[0]


@pytest.mark.long
def test_purge_of_reports_on_servers(remote_yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A purge removes what names people beside files on a server, and leaves the files, which it counts, and the counts."""
    yard = remote_yard
    yard.put("a.csv", *appointments(2))
    yard.ingest()
    yard.put("b.csv", text="nothing,that,is,known\n1,2,3,4\n")
    yard.ingest()
    (done,) = yard.shelf.folders("done")
    (refused,) = yard.shelf.folders("refused")
    yard.desk.now += 200 * DAY_S
    yard.put("c.csv", ROW | {"externalEventId": "9009", "eventDateTime": "2027-11-08 09:00"})
    yard.ingest()
    monkeypatch.setattr("importer.ingest.purge.drops_named", lambda _settings: {"north": yard.drop})
    job = yard.desk.job(purge_key_source=PurgeKeySource(file=yard.desk.folder / "purge.key"))

    end_reader(yard)

    found = purge(job, 90, confirm=lambda _found: True)

    assert (found.reports, found.put_away, found.stuck) == (3, 2, ())
    assert yard.shelf.names(f"done/{done}") == ["summary.json"]
    assert yard.shelf.names(f"refused/{refused}") == []
    assert (yard.put_away(), yard.put_away("refused")) == (["a.csv", "c.csv"], ["b.csv"])
    assert any("results.csv" in yard.shelf.names(f"done/{each}") for each in yard.shelf.folders("done"))


def test_purge_while_a_server_is_gone(yard: Yard, bucket_yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports that cannot be looked at are told as not removed; the next purge removes them."""
    yard.put("a.csv", *appointments(2))
    yard.ingest()
    yard.desk.now += 200 * DAY_S
    right = yard.drop
    job = yard.desk.job(purge_key_source=PurgeKeySource(file=yard.desk.folder / "purge.key"))
    end_reader(yard)
    gone = _gone(yard)
    monkeypatch.setattr("importer.ingest.purge.drops_named", lambda _settings: {"north": gone()})
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    first = purge(job, 90, confirm=lambda _found: True)
    monkeypatch.setattr("importer.ingest.purge.drops_named", lambda _settings: {"north": right})

    second = purge(job, 90, confirm=lambda _found: True)

    (report,) = yard.shelf.folders("done")
    assert len(first.stuck) == 1
    assert (second.reports, second.stuck, yard.shelf.names(f"done/{report}")) == (1, (), ["summary.json"])


def end_reader(yard: Yard) -> None:
    """End the process that reads files: by the clock of the purge its folder is an old one."""
    assert yard.checks is not None
    yard.checks.end()


def _gone(yard: Yard) -> Callable[[], object]:
    return lambda: replace(yard.drop, path=replace(yard.shelf.location, endpoint="http://127.0.0.1:9"))  # type: ignore[type-var]


FORGED = "a\n  week.csv: all done, 300 sent.csv"


@pytest.fixture(params=["yard", "sftp_yard"])
def any_yard(request: pytest.FixtureRequest) -> Yard:
    """Give a yard of each kind whose names may have line ends, in turn; the bucket server of these tests takes none."""
    return cast("Yard", request.getfixturevalue(request.param))


@pytest.mark.parametrize("content", [None, b"\0\0 no sheet"], ids=["sent", "refused"])
def test_a_name_with_a_line_end_forges_no_line(any_yard: Yard, content: bytes | None) -> None:
    """Such a file is taken as any other, and shown with its line end as an escape, in every line about it and in its report."""
    if content is None:
        any_yard.put(FORGED, *appointments(1))
    else:
        any_yard.put(FORGED, content=content)

    result = any_yard.ingest()
    again = any_yard.ingest()

    (file,) = result.drops[0].files
    assert (file.name, file.state) == (FORGED.replace("\n", "\\n"), "refused" if content else "done")
    assert again.drops[0].files == []
    for text in (file.line, str(file.moved_to), *file.news, *result.news, *again.news):
        assert "\n" not in text
    if content is None:
        with open_ledger(str(any_yard.desk.folder / "ledger.db"), read_only=True) as ledger:
            assert "\n" not in ledger.run(str(file.run)).files.all()[0].name


def test_a_name_that_no_file_can_have_is_cut(bucket_yard: Yard) -> None:
    """A key of 900 letters is left, and told in a line that one can read."""
    bucket_yard.shelf.put("x" * 900 + ".csv", b"phone\n")

    (file,) = bucket_yard.ingest().drops[0].files

    assert file.state == "left"
    assert len(file.line) < 400
