"""A workbook's package written anew in the plain manner, with one sheet and what that sheet needs."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from importer.reading.sheet_rewriting import MAIN, rewrite_sheet, rewrite_strings

if TYPE_CHECKING:
    from importer.reading.books import Book, BookSheet, Package
    from importer.reading.judging import Look
    from importer.reading.sheet_xml import Seen

_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_FIRST_OWN_FORMAT: Final = 164
_TYPES: Final = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)


def rewrite_package(package: Package, book: Book, sheet: BookSheet, look: Look) -> tuple[bytes, Seen]:
    """
    Return a package that holds one sheet, and what was seen in it; the details of the look are added to.

    Raises:
        FileRefused: ``workbook_contradictory``, ``workbook_damaged``, ``too_many_rows``.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relationships({"officeDocument": "xl/workbook.xml"}))
        targets = {"worksheet": "sheet.xml", "styles": "styles.xml"}
        if book.strings is not None:
            targets["sharedStrings"] = "sharedStrings.xml"
        archive.writestr("xl/_rels/workbook.xml.rels", _relationships(targets))
        archive.writestr("xl/workbook.xml", _directory(sheet.name, epoch_1904=book.epoch_1904))
        archive.writestr("xl/styles.xml", _styles(book.formats))
        if book.strings is not None:
            with archive.open("xl/sharedStrings.xml", "w") as strings:
                rewrite_strings(package.blocks(book.strings), strings.write)
        with archive.open("xl/sheet.xml", "w") as anew:
            seen = rewrite_sheet(package.blocks(sheet.part or ""), look, anew.write)
    return buffer.getvalue(), seen


def _relationships(targets: dict[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _directory(name: str, *, epoch_1904: bool) -> str:
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(epoch_1904)}"/>'
        f'<sheets><sheet name={quoteattr(name)} sheetId="1" r:id="worksheet"/></sheets></workbook>'
    )


def _styles(formats: tuple[str, ...]) -> str:
    numbers = {code: _FIRST_OWN_FORMAT + place for place, code in enumerate(dict.fromkeys(formats))}
    own = "".join(
        f"<numFmt numFmtId={quoteattr(str(at))} formatCode={quoteattr(code)}/>" for code, at in numbers.items()
    )
    styles = "".join(f'<xf numFmtId="{numbers[code]}"/>' for code in formats)
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>'
