"""Files that are no sheets, mean harm, or hold what spreadsheets do to values: each is told of in words, and nobody else waits for it."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import time
import zipfile
from typing import TYPE_CHECKING, Any

import xlsxwriter
from desk import EVENT_TYPE
from long_form import longer
from made_workbooks import HEADER, HEADING_ROW, MAIN, inline, skeleton, zipped
from page_imports import DAY, week, words

from importer.ledger.page.import_values import ImportState

if TYPE_CHECKING:
    from page_imports import Office

HEAD = b"phone,eventDateTime,subscriberTimeZone,eventType\n"
NAMES = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(sheet: bytes) -> bytes:
    """Return a workbook with this as its only sheet's XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{NAMES}" xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return made.getvalue()


def rows_of(inner: str, before: str = "") -> bytes:
    """Return a whole workbook of these rows below its headings."""
    sheet = f'{HEADER}<worksheet xmlns="{MAIN}">{before}<sheetData>{HEADING_ROW}{inner}</sheetData></worksheet>'
    return zipped(skeleton(sheet=sheet))


def large() -> dict[str, bytes]:
    """Return what takes seconds to make: a million rows with formats alone, and more rows than a sheet can have."""
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(2, 1_000_002))
    tiny = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 4_000_002))
    return {"styled.xlsx": rows_of(styled), "tiny.xlsx": rows_of(tiny)}


def hostile() -> dict[str, bytes]:
    """Return the files by their names."""
    return {
        "bomb.xlsx": workbook(b" " * 300_000_000),
        "entities.xlsx": workbook(b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'),
        "outside.xlsx": workbook(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'),
        "torn.xlsx": workbook(b"<worksheet/>")[:-90],
        "importer.toml": b'base_url = "http://192.0.2.1"\ntoken_file = "/etc/shadow"\n',
        "nul.csv": HEAD + b"2125550101,\x00,\x00,\x00\n" * 3,
        "bytes.csv": HEAD + b"\xff\xfe\xfa\x81\x8d\x00 \xd8\x00,\x81\n",
        "quote.csv": HEAD + b'"2125550101,2032-01-01 09:00,America/New_York,x\n' * 3,
        "twice.csv": b"phone,Phone,eventDateTime\n1,2,3\n",
        "nothing.csv": b"",
        "headings.csv": HEAD,
        "locked.xlsx": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4_000,
        "zipped.csv": gzip.compress(HEAD),
        "paper.xlsx": b"%PDF-1.7\n" + b"\x81" * 500,
        "wide.csv": b",".join(b"a%d" % at for at in range(20_000)) + b"\n" + b"," * 19_999 + b"\n",
        "<script>alert(1)</script>.csv": b"\n\n\n",
        "../../\u202exslx.exe": b"MZ" + b"\0" * 500,
        "dimension.xlsx": rows_of(f'<row r="2">{inline("A2", "1")}</row>', '<dimension ref="A1:XFD1048576"/>'),
        "declared.xlsx": rows_of("", '<dimension ref="A1:XFD1048576"/><cols><col min="1" max="16384"/></cols>'),
        "far.xlsx": rows_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    }


def test_hostile_files(at_work: Office) -> None:
    """Each ends with a sentence that says what to do, or with its rows to fix; pages of others answer meanwhile."""
    chosen = list((hostile() | (large() if longer(0, 1) else {})).items())[:: longer(3, 1)]
    found = {name: at_work.upload(content, name) for name, content in chosen}
    other = at_work.page.add("olga")
    longest = 0.0
    ends = {ImportState.UNREADABLE, ImportState.REVIEW, ImportState.COLUMNS}
    while any(at_work.one(each).state not in ends for each in found.values()):
        began = time.monotonic()
        assert other.get("/").status_code == 200
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.2)

    for name, import_id in found.items():
        one = at_work.one(import_id)
        page = at_work.browser.get(f"/imports/{import_id}/{one.state}")
        assert page.status_code == 200, name
        assert "<script>alert" not in page.text
        if one.state is ImportState.UNREADABLE:
            assert one.problem, name
            assert one.fix, name
            assert str(at_work.desk.folder) not in one.problem + one.fix, name
            assert "unexpected" not in one.problem.lower(), (name, one.problem)
    assert longest < 5
    assert at_work.page.site.work.jobs.settings().base_url == at_work.sandbox.base_url
    assert "3 changes to send" in words(at_work.get(at_work.reviewed(*week(3)), "review"))
    assert at_work.sandbox.requests() == []


START = dt.datetime(DAY.year, DAY.month, DAY.day, 9, 30)  # noqa: DTZ001 - a cell knows no zone
HEADINGS = ("externalEventId", "phone", "firstName", "lastName", "eventDateTime", "subscriberTimeZone", "eventType")


def odd_values() -> bytes:
    """Return a workbook of merged, hidden, numeric and textual values, with dates of the epoch 1904."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "date_1904": True}) as book:
        sheet, day = book.add_worksheet("Week"), book.add_format({"num_format": "m/d/yyyy h:mm"})
        book.add_worksheet("Lists").hide()
        book.add_worksheet("Week 2").write_row(0, 0, HEADINGS)
        # The last bits of a number lost, as by a sum.
        rounded = (START - dt.datetime(1904, 1, 1)) / dt.timedelta(days=1) - 1e-9  # noqa: DTZ001 - likewise
        people: list[tuple[Any, ...]] = [
            ("00123", 2125550141, "Ana", "Null", START),
            ("12345678901234567890", "2125550142", "NA", "True", rounded),
            ("3", "1.23E+10", "Bo", "Ray", START),
            (12345678901234567890, "2125550144", "Cy", "Ray", START),
            ("5", "2125550145", "Dee", "Ray", f"{START:%Y-%m-%d %H:%M}"),
            ("6", None, "Mia", "Roe", START),
            ("7", None, "Max", "Roe", START),
        ]
        sheet.write_row(0, 0, HEADINGS)
        for number, (*texts, start) in enumerate(people, start=1):
            for column, value in enumerate([*texts, start, "America/New_York", EVENT_TYPE]):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value, day if column == 4 else None)
        sheet.merge_range(6, 1, 7, 1, "2125550146")
        sheet.set_row(5, None, None, {"hidden": True})
    return made.getvalue()


def test_values_that_spreadsheets_change(at_work: Office) -> None:
    """Each is read exactly as a person sees it, or is to be fixed with its reason; nobody gets the phone of a merged cell."""
    import_id = at_work.upload(odd_values(), "week.xlsx")
    at_work.wait(import_id, ImportState.REVIEW)

    told = words(at_work.get(import_id, "review"))
    assert "3 of 7 rows to fix" in told
    assert "“1.23E+10” is a phone number that a spreadsheet turned into a calculation" in told
    assert "has more than 15 digits; the spreadsheet program has replaced its end with zeros" in told
    assert "The cell is part of the merged cells B7:B8" in told
    assert "Week 2 Read this sheet" in told
    for row in (
        "Row 2 Ana Null (212) 555-0141 00123",
        "Row 3 NA True (212) 555-0142 12345678901234567890",
        "Row 6 Dee Ray (212) 555-0145 5",
        "Row 7 Mia Roe (212) 555-0146 6",
    ):
        assert row in told
    assert told.count(f"{START:%b} {START.day}, 9:30 AM") == 7
