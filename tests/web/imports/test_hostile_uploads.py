"""Files that are no sheets, or mean harm, brought to the page: each is told off in words, and nobody else waits for it."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from typing import TYPE_CHECKING

from long_form import longer
from page_imports import week, words

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


HOSTILE = {
    "bomb.xlsx": workbook(b" " * 300_000_000),
    "entities.xlsx": workbook(b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'),
    "outside.xlsx": workbook(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'),
    "torn.xlsx": workbook(b"<worksheet/>")[:-90],
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
}


def test_hostile_files(at_work: Office) -> None:
    """Each ends with a sentence that says what to do, or with its rows to fix; pages of others answer meanwhile."""
    chosen = list(HOSTILE.items())[:: longer(3, 1)]
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
    assert "3 changes to send" in words(at_work.get(at_work.reviewed(*week(3)), "review"))
    assert at_work.sandbox.requests() == []
