"""Hostile files and personal data through a drop: each bad file costs itself only, and nobody is named where nobody should be."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from desk import ROW, appointments
from drop_yard import states
from made_workbooks import HEADER, HEADING_ROW, MAIN, inline, skeleton, zipped
from purge_months import WORDS, visit, words_left

from importer.errors import Exit
from importer.ingest.purge import purge
from importer.ledger import open_ledger
from importer.sandbox import Rule
from importer.settings.token import PurgeKeySource
from importer.writing.atomic_files import opened_log

if TYPE_CHECKING:
    from pathlib import Path

    from drop_yard import Yard

HEADINGS = list(ROW)
DAY_S = 86_400


def sheet(*rows: list[object], text: dict[str, str] | None = None) -> bytes:
    """Return a workbook; ``text``: parts of it with text put before their end."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    if text is None:
        return made.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, text.get(name, "").encode() or source.read(name))
    return changed.getvalue()


def rows_of(number: int) -> list[object]:
    return list((ROW | {"externalEventId": str(number), "phone": f"212555{number:04d}"}).values())


def csv_of(*numbers: int, mark: str = ",", end: str = "\n") -> str:
    lines = [HEADINGS, *([str(cell) for cell in rows_of(number)] for number in numbers)]
    return "".join(mark.join(line) + end for line in lines)


ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><x>&a;&b;</x>'


def bomb() -> bytes:
    """Return a workbook whose sheet is small packed and 220 MB unpacked."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(HEADINGS))) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if not name.endswith("sheet1.xml"):
                target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(b"<worksheet><sheetData>")
            for _ in range(220):
                part.write(b" " * 1_000_000)
    return made.getvalue()


def hiding() -> bytes:
    """Return a workbook in which the phones of two rows are merged, and rows and another sheet are hidden."""
    book = openpyxl.Workbook()
    first, phone = book.active, HEADINGS.index("phone") + 1
    for row in (HEADINGS, *map(rows_of, (51, 52, 53))):
        first.append(row)
    first.merge_cells(start_row=2, end_row=3, start_column=phone, end_column=phone)
    first.row_dimensions[4].hidden = True
    other = book.create_sheet("Old")
    other.append(HEADINGS)
    other.append(rows_of(54))
    other.sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def of_epoch(number: int, *, from_1904: bool) -> bytes:
    """Return a workbook whose start is a date cell that floating point has a microsecond before 9:30."""
    serial = Decimal("46454.395833333328") - (1462 if from_1904 else 0)
    cells = [inline(f"{letter}2", str(value)) for letter, value in zip("ABCDEF", rows_of(number), strict=True)]
    cells[HEADINGS.index("eventDateTime")] = (
        f'<c r="{"ABCDEF"[HEADINGS.index("eventDateTime")]}2" s="1"><v>{serial}</v></c>'
    )
    heads = "".join(inline(f"{letter}1", heading) for letter, heading in zip("ABCDEF", HEADINGS, strict=True))
    rows = f'<row r="1">{heads}</row><row r="2">{"".join(cells)}</row>'
    whole = (
        f'{HEADER}<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    )
    return zipped(skeleton(("yyyy-mm-dd hh:mm",), epoch_1904=from_1904, sheet=whole))


def far_cell() -> bytes:
    """Return a workbook with a value in the last cell that a sheet can have."""
    rows = f'{HEADING_ROW}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return zipped(skeleton(sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'))


def styled_rows() -> bytes:
    """Return a workbook with one row and 200,000 that have a format and nothing else."""
    blank = "".join(f'<row r="{at}"><c r="A{at}" s="0"/></row>' for at in range(2, 200_002))
    return zipped(
        skeleton(sheet=f'{HEADER}<worksheet xmlns="{MAIN}"><sheetData>{HEADING_ROW}{blank}</sheetData></worksheet>')
    )


def refused() -> dict[str, bytes]:
    """Return files that cannot be read with certainty, by name."""
    return {
        "bomb.xlsx": bomb(),
        "far.xlsx": far_cell(),
        "styled.xlsx": styled_rows(),
        "entities.xlsx": sheet(HEADINGS, text={"xl/workbook.xml": ENTITY}),
        "torn.xlsx": sheet(HEADINGS, rows_of(1))[:-900],
        "headings_twice.csv": csv_of(1)
        .replace("firstName", "phone", 1)
        .replace(ROW["firstName"], "2125550002")
        .encode(),
        "no_headings.csv": csv_of(1, 2).split("\n", 1)[1].encode(),
        "empty.csv": b"",
        "quote.csv": (csv_of(1) + '"unclosed,' + csv_of(2)).encode(),
        "wide.csv": (",".join(map(str, range(20_000))) + "\n").encode(),
        "packed.csv": gzip.compress(csv_of(1).encode()),
        "paper.csv": b"%PDF-1.7\n1 0 obj\n",
        "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(64),
    }


def readable() -> dict[str, bytes]:
    """Return files that are odd, and right."""
    return {
        "utf16.csv": csv_of(31, mark=";").encode("utf-16"),
        "old_lines.csv": csv_of(32, mark="\t", end="\r").encode("utf-8-sig"),
        "book.xlsx": sheet(HEADINGS, rows_of(33)),
        "misnamed.csv": sheet(HEADINGS, rows_of(34)),
        "hiding.xlsx": hiding(),
        "epoch_1900.xlsx": of_epoch(35, from_1904=False),
        "epoch_1904.xlsx": of_epoch(36, from_1904=True),
    }


@pytest.mark.long
def test_each_hostile_file_costs_itself_only(yard: Yard) -> None:
    """Bombs, entities, torn and misnamed files are refused with a reason; odd but right ones and ordinary ones are sent."""
    bad, odd = refused(), readable()
    for name, made in (bad | odd).items():
        (yard.path / name).write_bytes(made)
    yard.put("good.csv", *appointments(2))

    # What was too much for its reader, on a machine that is busy, is tried twice more.
    passes = [yard.ingest() for _ in range(3)]

    found = {name: state for each in passes for name, state in states(each).items()}
    assert found == dict.fromkeys(bad, "refused") | dict.fromkeys([*odd, "good.csv"], "done")
    assert passes[0].exit_code in {Exit.FILE_REFUSED, Exit.STOPPED}
    # Of merged phones the first row has one, the other row is a problem; what is hidden in the sheet that is read is read.
    assert sorted(yard.creates()) == ["1001", "1002", "31", "32", "33", "34", "35", "36", "51", "53"]
    known = {each["values"]["externalEventId"]: each["values"] for each in yard.desk.sandbox.reminders()}
    assert [known[key]["eventDateTime"] for key in ("35", "36")] == ["2027-03-08T09:30:00"] * 2
    assert [known[key]["phone"][-4:] for key in ("51", "53")] == ["0051", "0053"]
    assert len(list((yard.path / "refused").glob("*.report/reason.txt"))) == len(bad)
    assert yard.ingest().drops[0].files == []


def test_cells_that_cannot_be_read_with_certainty_are_problems(yard: Yard) -> None:
    """NUL, error cells, formulas, rounded numbers and texts for a phone are row problems; nothing is guessed or cut."""
    good, phone = rows_of(41), HEADINGS.index("phone")
    bad = [1.23e10, "=1+1", "#N/A", "12125550101\x00", "TRUE", ""]
    rows = [[*good[:phone], cell, *good[phone + 1 :]] for cell in bad if "\x00" not in str(cell)]
    (yard.path / "a.xlsx").write_bytes(sheet(HEADINGS, good, *rows))
    (yard.path / "b.csv").write_bytes(
        csv_of(42).encode() + csv_of(43).split("\n")[1].replace("212555", "21\x002555").encode()
    )

    result = yard.ingest()

    assert set(states(result).values()) <= {"done", "refused"}
    assert set(yard.creates()) <= {"41", "42"}
    assert "41" in yard.creates()


def test_nobody_is_named_by_a_pass_with_every_fault(yard: Yard, tmp_path: Path) -> None:
    """News, log and claims name no patient and no token, whatever the API answers; what nothing maps is not sent."""
    yard.desk.sandbox.set_faults(
        Rule("status_before", status=500, html=True, rate=0.3),
        Rule("status_after", status=502, rate=0.1),
        Rule("status_before", status=400, actions=("create",), rate=0.2),
    )
    rows = [visit(number, f"2027-03-{8 + number:02d} 09:00") for number in range(1, 9)]
    yard.put("a.csv", *rows, {**rows[0], "externalEventId": "QX-7731-77", "phone": "wr0ng-phone"})
    yard.put("b.csv", text="Xanthippe,Quillfeather\n1,2\n")
    job = yard.desk.job()
    with opened_log(tmp_path / "a.log", job.now) as log:
        from dataclasses import replace

        from importer.ingest.passes import ingest

        result = ingest(replace(job, log=log), [yard.drop], checks=yard.checks)

    with open_ledger(str(yard.desk.folder / "ledger.db")) as ledger:
        claims = str(ledger.claims.put_away())
    told = json.dumps([file.line for drop in result.drops for file in drop.files]) + str(result.news) + claims
    told += (tmp_path / "a.log").read_text(encoding="utf-8")
    assert [word for word in (*WORDS, yard.desk.sandbox.token) if word.casefold() in told.casefold()] == []
    assert yard.desk.sandbox.token.encode() not in (yard.desk.folder / "ledger.db").read_bytes()
    assert "Fracture77" not in str([done.body for done in yard.desk.sandbox.effects()])


def test_what_a_pass_makes_is_its_owners_alone(yard: Yard) -> None:
    """Under umask 022 the ledger, reports, copies and folders that a pass makes are for nobody else."""
    before = os.umask(0o022)
    try:
        yard.put("a.csv", *appointments(2))
        yard.put("b.csv", text="nothing,that,is,known\n1,2,3,4\n")
        yard.ingest()
    finally:
        os.umask(before)

    made = [*yard.desk.folder.glob("ledger.db*"), *(yard.desk.folder / "reports").rglob("*")]
    made += [
        place for name in ("done", "refused") for place in (yard.path / name, *(yard.path / name).rglob("*.report/*"))
    ]
    assert len(made) > 10
    assert [str(place) for place in made if stat.S_IMODE(place.lstat().st_mode) & 0o077] == []


@pytest.mark.long
def test_reports_beside_files_are_purged(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A purge removes the report beside a file that was put away, and leaves the file, which is the site's, and counts it."""
    monkeypatch.setattr("importer.ingest.purge.drops_named", lambda _settings: {"north": yard.drop})
    yard.put("a.csv", visit(1, "2027-03-09 09:00"), visit(2, "2027-03-10 09:00"))
    yard.put("c.csv", text="nothing,that,is,known\n1,2,3,4\n")
    yard.ingest()
    (place,) = (yard.path / "done").glob("*.csv")
    with open_ledger(str(yard.desk.folder / "ledger.db")) as ledger:
        refused = next(claim for claim in ledger.claims.put_away() if claim.name == "c.csv")
        # As earlier versions quoted a sheet without headings.
        ledger.claims.change(refused.id, reason="None of the headings is known (Xanthippe)")
    yard.desk.settings["purge_key_source"] = PurgeKeySource(file=yard.desk.folder / "purge.key")
    yard.desk.now += 200 * DAY_S
    # By that clock the folder of a reader that still runs is an old one.
    yard.checks.end()

    found = purge(yard.desk.job(), 90, confirm=lambda _found: True)

    assert (found.reports, found.put_away, found.counts.appointments, found.counts.reasons) == (3, 2, 2, 1)
    assert not list((yard.path / "refused").glob("*.report/reason.txt"))
    assert words_left(yard.desk) == []
    assert sorted(each.name for each in place.with_name(place.stem + ".report").iterdir()) == ["summary.json"]
    assert place.exists()
    yard.put("b.csv", {"action": "cancel", "externalEventId": "QX-7731-1", "phone": "2015559001"})
    assert states(yard.ingest()) == {"b.csv": "done"}
    assert [done.external_event_id for done in yard.desk.sandbox.effects("cancel")] == ["QX-7731-1"]
