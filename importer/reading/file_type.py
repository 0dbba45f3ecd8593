"""
What kind of file it is, and which encoding a text has, by its bytes and never by its name; what is no sheet is refused.

An encoding is told by byte order mark, else strict UTF-8, else UTF-16 by its pattern of NULs, else cp1252. Detectors by
statistics call a clinic's cp1252 file cp775; this chain takes only what is certain or, for cp1252, what makes sense as
Western names, and refuses the rest.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import IO, TYPE_CHECKING, Final

from importer.errors import FileRefused, ImporterError
from importer.reading.child.archive import PACKED, check_entries, damaged, encrypted, too_large
from importer.reading.limits import CONTROLS

if TYPE_CHECKING:
    from importer.reading.limits import Limits
    from importer.reading.sources import Copy


class Content(StrEnum):
    """The kinds that can be read."""

    TEXT = "text"
    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    JSON = "json"
    PARQUET = "parquet"
    CALENDAR = "calendar"


TEXTS: Final = frozenset({Content.JSON, Content.CALENDAR})
"""Kinds that the child reads and whose text has an encoding."""


PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
_LOOKED_AT = 4_096
_MANY, _SHARE = 16, 0.03
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SAVE_AS = "Open it in a spreadsheet program and save it as XLSX or CSV."
_UNPACK = "Unpack it and name the sheet inside."
_EXPORT = "Export the appointments as CSV or XLSX."

# Beginning of the file -> what it is, and what to do.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (EMPTY_ZIP, "an empty zip archive", _EXPORT),
    (b"PK\x07\x08", "a zip archive in several parts", _UNPACK),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", _EXPORT),
    (b"\xff\xd8\xff", "a picture (JPEG)", _EXPORT),
    (b"GIF8", "a picture (GIF)", _EXPORT),
    (b"II*\x00", "a picture (TIFF)", _EXPORT),
    (b"MM\x00*", "a picture (TIFF)", _EXPORT),
    (b"{\\rtf", "a rich text document (RTF)", _EXPORT),
    (b"PARE", "an encrypted Parquet file", "Export it without encryption, or as CSV or XLSX."),
    (b"ARROW1\x00\x00", "an Arrow file (Feather)", "Export the appointments as Parquet, CSV or XLSX."),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\x7fELF", "a program", _EXPORT),
    (b"MZ\x90\x00", "a program", _EXPORT),
    (b"\x09\x08\x08\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x02\x06\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x04\x06\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x00\x04\x00", "an Excel 2 workbook", _SAVE_AS),
)
_BLANKS = re.compile(rb"\s*")
_MARKUP: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"<\?xml.*?urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL), "an Excel 2003 XML workbook", _SAVE_AS),
    (re.compile(rb"<\?xml.*?<office:document", re.DOTALL), "a flat OpenDocument file", _SAVE_AS),
    (re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body|table|meta|style|div|p|br)\b", re.IGNORECASE), "a web page (HTML)", _SAVE_AS),
    (re.compile(rb"<\?xml\b"), "an XML document", _EXPORT),
)  # fmt: skip


_CALENDAR = re.compile(r"(?i)BEGIN:VCALENDAR\s")
_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\[{\]]")


def content_of(copy: Copy, limits: Limits) -> Content:
    """
    Return the kind of a file; the copy is left at its start.

    Raises:
        FileRefused: ``file_empty``, ``file_kind_unknown``, ``workbook_encrypted``, ``workbook_damaged``,
            ``file_too_large``, ``workbook_bomb``, ``workbook_too_large``.
    """
    head = copy.head(behind=b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if not head:
        raise FileRefused(
            "The file is empty.", code="file_empty", fix="Check that this is the right file, and export it again."
        )
    if head.startswith((ZIP, COMPOUND, PARQUET)):
        return _packed_content(copy, head, limits)
    for beginning, what, fix in _OTHERS:
        if head.startswith(beginning):
            raise _other(what, fix)
    _refuse_markup(head)
    text = _beginning(head)
    if _JSON.match(text):
        return Content.JSON
    if _CALENDAR.match(text):
        return Content.CALENDAR
    if is_binary(head):
        raise _other("a binary file of an unknown kind", _EXPORT)
    return Content.TEXT


def _packed_content(copy: Copy, head: bytes, limits: Limits) -> Content:
    if copy.source.size > limits.workbook_bytes:
        raise _too_large(limits.workbook_bytes, "Parquet file" if head.startswith(PARQUET) else "workbook")
    if head.startswith(PARQUET):
        return Content.PARQUET
    try:
        if head.startswith(COMPOUND):
            return _compound_content(copy.file)
        check_entries(copy.file, limits)
        return _zip_content(copy.file)
    except ImporterError:
        raise
    except MemoryError:
        raise too_large() from None
    except Exception:  # noqa: BLE001  # nobody lists what libraries raise at bytes that were made to confuse them
        raise damaged() from None
    finally:
        copy.file.seek(0)


def _refuse_markup(head: bytes) -> None:
    markup = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    inner = _behind_comments(markup)
    for pattern, what, fix in _MARKUP:
        if pattern.match(markup) or pattern.match(markup, inner):
            raise _other(what, fix)


def _beginning(head: bytes) -> str:
    """Return the first characters of a text in any Unicode, without its mark and blanks; of one in none, its ASCII."""
    name = "utf-32" if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) else utf16_by_nuls(head)
    if not name and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    return head[:_LOOKED_AT].decode(name or "utf-8", "ignore").lstrip("\ufeff \t\r\n")


def is_binary(head: bytes) -> bool:
    """
    Return whether the beginning of a file is no text: a good deal of it, not a slip here and there, is control bytes.

    UTF-16 and UTF-32 are texts, and have their NULs in an order.
    """
    if has_mark(head) or utf16_by_nuls(head):
        return False
    controls = len(head) - len(head.translate(None, CONTROLS))
    return controls >= _MANY and controls > _SHARE * len(head)


def _behind_comments(markup: bytes) -> int:
    """Return where the first element begins, behind an XML declaration, comments and blanks."""
    place = markup.find(b"?>") + 2 if markup.startswith(b"<?xml") else 0
    place = _BLANKS.match(markup, max(place, 0)).end()  # type: ignore[union-attr]  # it matches anything
    while markup.startswith(b"<!--", place) and (end := markup.find(b"-->", place)) >= 0:
        place = _BLANKS.match(markup, end + 3).end()  # type: ignore[union-attr]  # it matches anything
    return place


def _too_large(most: int, noun: str = "workbook") -> FileRefused:
    return FileRefused(
        f"The {noun} is larger than {most // 1_000_000:,} MB.",
        code="file_too_large",
        fix="Delete pictures and sheets that are not needed, or save the sheet as CSV."
        if noun == "workbook"
        else "Split it into smaller files, or export the appointments as CSV.",
    )


def _other(what: str, fix: str) -> FileRefused:
    return FileRefused(f"This is {what}, not a sheet that can be read.", code="file_kind_unknown", fix=fix)


def _zip_content(file: IO[bytes]) -> Content:
    """Tell the kinds of zip apart by the names inside; nothing is unpacked but the few bytes of ``mimetype``."""
    with zipfile.ZipFile(file) as archive:
        names = {info.filename.lstrip("/").replace("\\", "/").lower() for info in archive.infolist()}
        if "mimetype" not in names:
            return _by_names(names, b"")
        # Of these two methods the library unpacks 4,096 bytes at a time; of bzip2 and LZMA all that comes out, gigabytes.
        if archive.getinfo("mimetype").compress_type not in PACKED:
            raise damaged()
        with archive.open("mimetype") as part:
            return _by_names(names, part.read(200))


def _by_names(names: set[str], mimetype: bytes) -> Content:
    if b"opendocument.spreadsheet" in mimetype:
        return Content.ODS
    if b"opendocument" in mimetype:
        raise _other("an OpenDocument text or drawing", _EXPORT)
    if "[content_types].xml" in names:
        if any(name.endswith("workbook.bin") for name in names):
            return Content.XLSB
        if any(name.endswith(("document.xml", "presentation.xml")) for name in names):
            raise _other("a Word or PowerPoint document", _EXPORT)
        return Content.XLSX
    if any(name.startswith("index/") or name == "index.zip" for name in names):
        raise _other("an Apple Numbers or Pages document", "In Numbers, choose File > Export To > Excel or CSV.")
    raise _other("a zip archive", _UNPACK)


def _compound_content(file: IO[bytes]) -> Content:
    """Tell an old workbook from an encrypted new one and from other files of Microsoft's compound format."""
    # Old workbooks are few, and every command would wait for what reads them.
    from importer.reading.child.archive import streams_of  # noqa: PLC0415

    names = {name.lower() for name in streams_of(file)}
    if {"workbook", "book"} & names:
        return Content.XLS
    if "encryptedpackage" in names:
        raise encrypted()
    if not names:
        raise damaged()
    raise _other("a Microsoft Office file, but no workbook (a Word document, a message?)", _EXPORT)


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK_BYTES = 1 << 20
_MOSTLY = 0.4

_ESCAPED = re.compile("[\udc80-\udcff]")
_ACCENTED = re.compile("[^\x00-\x7f\udc80-\udcff]")
# What cp1252 text of Western names does not hold: undefined bytes; three accented letters in a row (Cyrillic,
# Greek, Asian encodings); a symbol between letters, at the end of a word or before one (the accents of DOS and Mac),
# or an opening quotation mark after a letter; a closing one that nothing in its cell opened; a capital accent after a
# small letter, or one of the rare ones between a capital and a small letter.
_IMPLAUSIBLE_IN_CP1252 = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d]"
    rb"|[\xc0-\xff]{3}"
    rb"|[A-Za-z\xc0-\xff][\x80\x82-\x89\x8b\x95\x98\x99\x9b\xa1-\xa9\xab\xac\xae-\xb6\xb8\xb9\xbb-\xbf\xd7\xf7][A-Za-z\xc0-\xff]"
    rb"|[A-Za-z\xc0-\xff][\x84\x93]"
    rb"|[a-z\xdf-\xff][\x80\x82\x83\x86-\x89\x8b\x95\x98\xa1-\xa5](?![A-Za-z0-9])"
    rb"|(?<![A-Za-z0-9\xc0-\xff])[\x80\x83\x86-\x89\x99\xa2-\xa5\xd7\xf7][A-Za-z\xc0-\xff]"
    rb"|[A-Za-z\xc0-\xff]\x94[A-Za-z\xc0-\xff]"
    rb"|[a-z][\x8a\x8c\x8e\x9f\xc0-\xde](?![A-Z])"
    rb"|[A-Z][\x8a\x8c\x8e\x9f][a-z]"
    rb"|[a-z]\x91(?![A-Za-z])"
    rb"|[,;|\t\r\n][^,;|\t\r\n\"\x84\x93\x94]{0,200}[a-z]\x94(?![A-Za-z])",
)

# The same of marks that stand for letters of Central Europe: Iaºi, ©imon, ¯ak, Pawe³, Luká¹, Krá¾.
_MARKS_FOR_LETTERS = re.compile(
    rb"[A-Za-z][a-z]\xba[a-z]"
    rb"|(?<![A-Za-z0-9\xc0-\xff])(?:[\xaa\xba\xa9\xae][a-z]{2}|[\xa6\xac\xaf][A-Za-z])"
    rb"|[a-z]{2}[aeiou]\xba(?![A-Za-z0-9])"
    rb"|[a-z\xdf-\xff](?:\xb6|[\xb1\xb3\xb9\xbf][\xb1\xb3\xb9\xbb\xbf])"
    rb"|[a-z]{2}[aeio\xf3]\xb3(?![A-Za-z0-9])|[\xe1\xe9ou]\xb9(?![A-Za-z0-9])|\xe1\xb5|[\xf3u]\xbf|[a-z][a-z\xe1][\xbc\xbe](?![0-9])"
)
_SYMBOLS = re.compile(rb"[\xa6\xa9\xaa\xac\xae\xaf\xb1\xb3\xb5\xb6\xb9\xba\xbc\xbe\xbf]+")
_WORD = re.compile(rb"[A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xd6\xd8-\xf6\xf8-\xff]+")
_LETTERS: Final = bytes(byte for byte in range(256) if _WORD.match(bytes([byte])))
_LONGEST_WORD: Final = 60
_CONSONANT: Final = "bcdfghjklmnpqrstvwxz"
# Words, in small letters, that are none of the languages that cp1252 is for, such as Kamiñski, Jiøí, Yýldýz and Giedrë: each line is
# about one letter among others that no names of the languages that write it have there.
_OF_OTHER_PAGES: Final = (
    ("ñ", r"\Bñ(?![aeiouyáéíóúàèäëïöüâêô]|ch)"),  # for ń; never at the end but in Breton
    ("ê", r"ê(?:[bgk]|c(?!h)|d[^aeiou]|p(?![ertl])|z[^e]|[ts]ek$|trz)|[crs]zê|iêt[akcu]|gês"),  # for ę
    ("æ", rf"[aeiouy]æ$|iæ[aeockw]|[aou]æ[{_CONSONANT}]|^æ[aeiow]|[šž]æ|æcz|[aeiou]jæ"),  # for ć
    ("ø", r"ø[áéíýúóìùè]|[áéíýúìùè]ø|[aeiou]ø(?:$|(?!e[nr](?:s|ne)?$)[aeiou])|(?:nd|ld|ed|st|od|ob|ub|ab|ib)ø[ei]|^(?:pø[ei]|tøe|chø|bøe[ztv]|køi[vžmc]|høb|høiš)"),  # for ř and ų
    ("õ", r"[a-z]{2}(?<!ng)(?<!at)õ$|õ[a-zäöü]{0,12}[áéíóúûý]|[áéíóúûý][a-zäöü]{0,12}õ(?!e)|(?:sz|gy|cs|zs|ty)õ(?!es?$)|õ(?:sz|gy|cs|zs(?!t)|ny|f|v[áa]ri)|rdõs$|^lõrin|^õr[iy]$|[kv]õrös"),  # for ő
    ("û", r"[iz]û|gyû|û(?:cs|zi|v|nas$|nait|nël?$|ras$|rat|rs$|lij|cij|dolf|ze$|bas)|^rûta|^krûm|^jûr|^fûz|hegedû|^lûs"),  # for ű and ū
    ("ã", r"ã(?:[bcdfghjklmpqrtvxnu]|s[a-z]|z(?!i|e)|il)|[io]cã$|oarã$"),  # for ă
    ("è", r"è(?:[aeoyáéíóúýùûïëìöôkjšž]|i(?!x))|[áéíóúý]è|[^aeiou]èu[nl]|^èu[^s]|[a-zšž][a-zšž]iè$|[a-z]{2}[ae]è$|[a-z]{3}oè$|[^aeiou]è$(?<=[a-z]nè)(?<=[ojr]..)|^è(?:m|r[^aeiou])|èn(?:[íýoá]|ik)|aèm"),  # for č
    ("ì", rf"ì[kjhžšøè]|[bcdfghjklmnpqstvwz]ì(?![oa]|nh|n$|ne$|che)[a-z]|^ì[ie]|[ai]ì[{_CONSONANT}]"),  # for ě and ģ
    ("ï", rf"[{_CONSONANT}ïy]ï|^ï[a-z]|eï(?:$|[oá])|ïá"),  # for ď and ļ
    ("ð", r"^ð[a-z]|[nzklçs]ð|oðl|[dr]oðan|oðu[zhkl]|tuð[bcr]|^[çc]aðla|yiðit|zdað$|[rl][au]dað$|^u?ður$|eðer|[aeo]ðd|aðc|buðra|^oður|uður[^a-z]|[üç].{0,20}ð|ð.{0,20}[üç]|[io]ðk|ð(?:i(?:us|en)|yt|ait)|uðis"),  # for đ, ğ and š
    ("þ", r"\Bþ(?![óoörjúuíiáaeyæéãüýë])|\Bþ[ãü]|[aiou]þ(?:[au]|e(?!na))|[aeiuo]þ[iý]|yþ[^óþr]|^þ(?:ü|[bcdfghklmnpqstwz]|a[bhmv]|an[^gd]|ak[^k]|e[kfhmv]|er[ie]|eyd|en$|i[lmrv]|u[kv]|ul[ei]|y[gd]|ö[hn])|[rnl]þ[aã]$|[ndrtvh]þi|[rn]þe|[rl]þ[ae]|[üç].{0,20}þ|þ.{0,20}[üç]|eþr|uþr"),  # for ş, ţ and ž
    ("ý", rf"ý[a-z]+ý[a-z]|[üç].{{0,20}}ý|ý.{{0,20}}[üç]|ý[lk]d|ýlm|ýlý|lçý|[czpf]ý$|nlý$|kýr[a-z]|akýr|[aeou][{_CONSONANT}ðþ]{{1,3}}ý[nmlktzþ]$|[aeou][bdglnpv]ýr$|ýz$|nýl$|aydýn|ýkö|ayýn$|ýnar|ýrat$|ýlgan|^rýza"),  # for ı
    ("ý", r"^ý(?:[bspnzkgchfv]|l[hkaybgips]|re?m|rf|d[rli]|mr|m[ag][a-z]{2})"),  # for İ
    ("ë", r"(?:ien|yt|ait|iût|edr|egl|gn|aist|ivil|ndr|ydr|igl|mun|ûn|abel|usn|ntar|sar)ë$"),  # for ė
    ("ç", rf"[{_CONSONANT}]ç[{_CONSONANT}]|^ç[rkpv]"),  # for ē
    ("ò", r"ò[ðk]|[aeiouáíýù]ò[aeiou]|[iu]ò[bdsš]|[áéíúo]ò$|[a-z]{2}[ae]ò$|yò|[aáeuy]òs[tk]|áò|[brm]ò[aá]"),  # for ň and ņ
    ("ù", r"[bcdfgjklmpqrstvzžøèhn]ù[bcdfgjklmpqrstvzžøè]|[aeioó]ù[a-z]|[a-z]{2}ù[aeo]"),  # for ů and ł
    ("îâíì", r"[lr]îg|îtis$|[a-z]{2}[^aou]îte$|[^a]în[ae]$|îns$|îd[ae]?s?$|îc(?:is|e)|îls|îlij|^lî[nzb]|îksn|îtol|îrule|^îr|^jân|^jâz|ârlis|^mâr(?:[ai]s?$|ti|î)|[nmt]ârs$|^dâ[vr][it]|^âbo|^âd(?:am|ol)s|^ârij|âlij|[ae]íis|iíe|ì(?:is|e$|er)"),  # for ī and ā
    ("œÿ", r"[aeiouyáéíóú]œ|œ(?:[wlmpkzg$]|ci|r|ni[^x])|\Bœ$|ÿ[wlznk]"),  # for ś and ź
)  # fmt: skip


@cache
def _found_of(at: int) -> re.Pattern[str]:
    """Return a pattern of ``_OF_OTHER_PAGES``; only what a file needs is made."""
    return re.compile(_OF_OTHER_PAGES[at][1])


@dataclass(frozen=True, slots=True)
class Encoding:
    """``name`` for Python's codecs. ``damaged``: some bytes are not of it and come out as lone surrogates."""

    name: str
    damaged: bool = False

    @property
    def errors(self) -> str:
        """The error handler to decode with."""
        return "surrogateescape" if self.damaged else "strict"


def encoding_of(copy: Copy) -> Encoding:
    """
    Return the encoding of a text file; the copy is left at its start.

    Raises:
        FileRefused: ``encoding_unknown``.
    """
    head, utf8 = copy.head(), copy.survey.utf8
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, damaged=name == "utf-8-sig" and not utf8)
    by_nuls = utf16_by_nuls(head)
    if by_nuls:
        return Encoding(by_nuls)
    return Encoding("utf-8") if utf8 else _not_utf8(copy.file, _differing(copy.region))


def unicode_of(copy: Copy) -> str:
    """Return the Unicode that a text is in by its mark or its NULs, else UTF-8; for kinds of text that are never anything else."""
    head = copy.head()
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    return marked or utf16_by_nuls(head) or "utf-8"


def has_mark(head: bytes) -> bool:
    """Return whether a text says by its first bytes which Unicode it is."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def utf16_by_nuls(head: bytes) -> str:
    """Return the UTF-16 whose Latin text has this pattern: nearly every second byte NUL, and no other byte."""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half and odd >= _MOSTLY * half and even <= odd // 50:
        return "utf-16-le"
    return "utf-16-be" if half and even >= _MOSTLY * half and odd <= even // 50 else ""


# The code pages that Windows has in countries in which it is not cp1252, and what else their programs write.
_PAGES: Final = {
    ("cp1250", "iso8859-2"): "AL BA CZ HR HU MD ME PL RO RS SI SK",
    ("cp1251",): "BG BY KG KZ MK MN RU TJ UA",
    ("cp1253",): "CY GR",
    ("cp1254",): "AZ TM TR UZ",
    ("cp1255",): "IL",
    ("cp1256",): "AE BH DZ EG IQ IR JO KW LB LY MA OM PK QA SA SD SY TN YE",
    ("cp1257",): "EE LT LV",
    ("cp1258",): "VN",
}


def _differing(region: str) -> frozenset[int]:
    """Return the bytes that stand for other letters in a region's own code page than in cp1252, none where that is its page."""
    pages = next((pages for pages, regions in _PAGES.items() if region.upper() in regions.split()), ())
    return frozenset(
        byte
        for byte in range(0x80, 0x100)
        for page in pages
        if bytes([byte]).decode(page, "replace") != bytes([byte]).decode("cp1252", "replace")
    )


def _not_utf8(file: IO[bytes], differing: frozenset[int]) -> Encoding:
    """
    Tell UTF-8 with some broken bytes (most accents are valid) from cp1252 (hardly any is, and by chance).

    ``differing``: bytes that a text read as cp1252 must not hold.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    valid = broken = 0
    implausible, tail, word = False, b"", b""
    file.seek(0)
    while block := file.read(_BLOCK_BYTES):
        text = decoder.decode(block)
        valid += len(_ACCENTED.findall(text))
        broken += len(_ESCAPED.findall(text))
        implausible = implausible or _IMPLAUSIBLE_IN_CP1252.search(tail + block) is not None
        tail = block[-3:]
        whole, word = _parted(word + block)
        implausible = implausible or not differing.isdisjoint(block) or _holds_other_words(whole)
    implausible = implausible or _holds_other_words(word)
    file.seek(0)
    if valid > broken:
        return Encoding("utf-8", damaged=True)
    if implausible:
        raise _unknown()
    return Encoding("cp1252")


def _parted(block: bytes) -> tuple[bytes, bytes]:
    """Return a block without the word at its end, which may go on in the next one, and that word's last letters."""
    end = len(block.rstrip(_LETTERS))
    return block[:end], block[max(end, len(block) - _LONGEST_WORD) :]


def _holds_other_words(text: bytes) -> bool:
    """Whether a text, were it cp1252, held words that no Western language has."""
    marks = (text[max(found.start() - 3, 0) : found.end() + 3] for found in _SYMBOLS.finditer(text))
    if any(map(_MARKS_FOR_LETTERS.search, marks)):
        return True
    words = {word[:_LONGEST_WORD] for word in _WORD.findall(text) if not word.isascii()}
    return any(_is_other_word(word.decode("cp1252", "replace").lower()) for word in words)


def _is_other_word(word: str) -> bool:
    return any(
        _found_of(at).search(word)
        for at, (letters, _) in enumerate(_OF_OTHER_PAGES)
        if any(letter in word for letter in letters)
    )


def _unknown() -> FileRefused:
    return FileRefused(
        "The text is neither UTF-8 nor Western European (Windows-1252); its accented letters cannot be read with certainty.",
        code="encoding_unknown",
        fix="In the spreadsheet program, save the file as “CSV UTF-8” or as XLSX.",
    )
