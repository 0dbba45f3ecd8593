"""Text files: delimiters, encodings, quotes, ragged rows, and the row numbers that a person sees."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.errors import FileRefused
from importer.reading.headings import RULES, is_total
from importer.reading.limits import Limits
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from pathlib import Path

Read = Callable[..., Any] if TYPE_CHECKING else Any

TABLE = "phone;firstName\n4155552671;José\n4155552672;Zoë Müller\n"
ROWS = {2: ["4155552671", "José"], 3: ["4155552672", "Zoë Müller"]}


@pytest.mark.parametrize(
    ("line", "code"),
    [(b'"4155552672","Zo\xe9" x,\xe9', "quote_misplaced"), (b"4155552672,a,b\xe9,#N/A", "row_too_long")],
)
def test_a_row_that_cannot_be_told_apart_has_one_flaw_that_can_be_stored(
    text: Callable[..., Path], read: Read, line: bytes, code: str
) -> None:
    """Bytes that are no text, quoted in the flaw of a whole row, become U+FFFD, and its cells have no flaws beside it."""
    path = text(b"\xef\xbb\xbfphone,firstName,note\n" + line + b"\n4155552671,Jos\xc3\xa9,\n")

    seen = read(path)

    assert seen.codes() == [(2, None, code)]
    assert seen.flaws[0].shown.isprintable()
    seen.flaws[0].shown.encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_finds_delimiter(text: Callable[..., Path], read: Read, delimiter: str) -> None:
    """Each usual delimiter is found by trial, also when the others stand inside cells."""
    path = text(f'phone{delimiter}firstName\n4155552671{delimiter}"Ana, B; C|D\tE"\n')

    seen = read(path)

    assert seen.headings == ("phone", "firstName")
    assert seen.rows == {2: ["4155552671", "Ana, B; C|D\tE"]}
    assert seen.flaws == []


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ("Bella Hair - week 10\n\nBkg,Guest,Mob.,When\nB1,Ana,4155552671,3/4/2027\n", 3),
        ("Bella Hair - week 10\n1st to 5th,March\nBkg,Guest,Mob.,When\nB1,Ana,4155552671,3/4/2027\n", 3),
        ("phone\nBkg,Guest,Mob.\nB1,Ana,4155552671\n", 1),
        ("Mob.\n4155552671\n4155552672\n", 1),
        ("Mob.,Guest\n4155552671,Ana\n", 1),
    ],
)
def test_a_title_is_no_heading_row_where_only_the_profile_knows_the_headings(
    text: Callable[..., Path], read: Read, lines: str, row: int
) -> None:
    """A text that stands alone above a row of several cells is a title, though no heading is one that any sheet uses."""
    assert read(text(lines)).heading_row == row


def test_known_headings_decide_about_delimiter(text: Callable[..., Path], read: Read) -> None:
    """Commas in every cell do not win over the separator that parts known headings."""
    path = text("phone;firstName;metadata.note\n1;Smith, Ana;a, b, c\n2;Jones, Bo;d, e, f\n")

    assert read(path).rows[2] == ["1", "Smith, Ana", "a, b, c"]


def test_excel_separator_line(text: Callable[..., Path], read: Read) -> None:
    """Excel's ``sep=`` line names the separator, and Excel shows the next line as row 1."""
    path = text("sep=|\r\nphone|firstName\r\n1|a,b,c\r\n")

    seen = read(path)

    assert seen.heading_row == 1
    assert seen.rows == {2: ["1", "a,b,c"]}


def test_blank_before_quote(text: Callable[..., Path], read: Read) -> None:
    """A blank between separator and quotation mark belongs to no cell."""
    path = text('phone, firstName\n1, "Smith, Ana"\n')

    assert read(path).rows == {2: ["1", "Smith, Ana"]}


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(TABLE.encode(), id="utf-8"),
        pytest.param(TABLE.encode("utf-8-sig"), id="utf-8-bom"),
        pytest.param(TABLE.encode("utf-16"), id="utf-16-bom"),
        pytest.param(b"\xfe\xff" + TABLE.encode("utf-16-be"), id="utf-16-be-bom"),
        pytest.param(TABLE.encode("utf-16-le"), id="utf-16-le"),
        pytest.param(TABLE.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(TABLE.encode("utf-32"), id="utf-32-bom"),
        pytest.param(TABLE.encode("cp1252"), id="cp1252"),
    ],
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_reads_encodings(text: Callable[..., Path], read: Read, encoded: bytes, line_end: bytes) -> None:
    """Each encoding and line end gives the same rows, without a trace of the byte order mark."""
    wide = 4 if encoded[:4] == b"\xff\xfe\0\0" else 2 if b"\0" in encoded else 1
    little = b"\n" + b"\0" * (wide - 1)
    newline = little if little in encoded else little[::-1]
    ends = b"".join(newline.replace(b"\n", bytes([end])) for end in line_end)

    seen = read(text(encoded.replace(newline, ends)))

    assert seen.headings == ("phone", "firstName")
    assert seen.rows == ROWS
    assert seen.flaws == []


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        pytest.param("José", "mac-roman", id="mac"),
        pytest.param("Jürgen", "mac-roman", id="mac-after-a-capital"),
        pytest.param("Bäcker", "mac-roman", id="mac-between"),
        pytest.param("Zoë", "mac-roman", id="mac-at-the-end"),
        pytest.param("Nuñez", "cp437", id="dos"),
        pytest.param("Grønnegård", "cp865", id="nordic-dos"),
        pytest.param("Іванко", "cp1251", id="cyrillic"),
        pytest.param("Łukasz Wałęsa", "cp1250", id="polish"),
        pytest.param("Παπαδόπουλος", "cp1253", id="greek"),
        pytest.param("山田太郎", "shift-jis", id="japanese"),
        pytest.param("王小明先生", "gbk", id="chinese"),
    ],
)
def test_refuses_encodings_it_cannot_be_sure_of(
    text: Callable[..., Path], refusal: Callable[..., FileRefused], name: str, encoding: str
) -> None:
    """A file whose letters would come out as others is refused, with the way to save it."""
    refused = refusal(text(f"phone,firstName\n1,{name}\n".encode(encoding)))

    assert refused.code == "encoding_unknown"
    assert "UTF-8" in refused.fix


@pytest.mark.parametrize(
    "name",
    [
        "O’Brien",
        "Zoë",
        "François",
        "“Bo”",
        "Müller–Jones",
        "Čeněk"[1:2] + "é",
        "ÄÖ Übel",
        "Niño & Ñandú",
        "Šimo",
        "O‘Brien",
        "‘Bo’",
        "ŽUPAN Žan",
    ],
)
def test_western_names_pass_as_cp1252(text: Callable[..., Path], read: Read, name: str) -> None:
    """Accents and typographic marks of Western names are read from Windows-1252."""
    encoded = f"phone,firstName\n1,{name}\n2,naïve\n".encode("cp1252", "ignore")

    assert read(text(encoded)).rows[2][1] == name.encode("cp1252", "ignore").decode("cp1252")


OTHER_PAGES = {
    "cp1250": (
        "Kamiński Jiří Dvořák Erdős Stępień Babić Zieliński Woźniak Dąbrowski Kozłowski Paweł Michał Gęś Świątek Ćwiek Żak Zdeněk Růžička Černý "
        "Kučera Němec Kolář Krejčí Vaněk Kříž Kovář Vlček Štěpánek Győző Ernő Dezső Jenő Szűcs Kőműves Kovačević Marić Đurić Ćosić Ştefănescu "
        "Bălan Mureşan Ionuţ Răzvan Pătraşcu Gheorghiţă Constanţa Přibyl Ondřej Bedřich Ďurica Tkáč Jurčič Babič Řezáč Gdańsk Poznań Wiśniewski "
        "Jóźwiak Zięba Dębski Wałęsa Ionică Brăila Iaşi Kráľ KAMIŃSKI BABIĆ JIŘÍ"
    ),
    "iso8859-2": "Kamiński Jiří Dvořák Woźniak Dąbrowski Paweł Świątek Żak Beneška Lukáš Bartoš Simonić Šimon Kráľ Mureşan Ştefan Banyś",
    "cp1254": (
        "Şükrü Yıldız Yılmaz Şahin Çelikkılıç Yıldırım Aydın Doğan Erdoğan Kılıç Şimşek Çakır Güneş Taş Ateş Avcı Işık Ayşe İbrahim İsmail Oğuz "
        "Barış Çağla Tuğba İstanbul Beşiktaş Şen Akın Altın Kadıköy Yiğit Buğra Şule ŞAHİN AYŞE"
    ),
    "cp1257": (
        "Žukauskienė Jankauskienė Stankevičius Šimkus Giedrė Rūta Agnė Eglė Jūratė Živilė Bērziņš Kalniņš Ozoliņš Krūmiņš Eglītis Pētersons Kristīne "
        "Ģirts Ļubova Šķēle Vējonis Rīga Gintarė Vaičiulytė Čepaitė Mažvydas Lukošius Balčiūnas Žemaitis Šarūnas Elīna Liepiņa Žanis Kārlis"
    ),
}  # fmt: skip
"""Names in another code page of Windows, or of ISO, most of which are made of letters only in cp1252, too."""

WESTERN = (
    "Muñoz Peña Ibáñez Núñez España Señor Iñaki Begoña Fañch MUÑOZ Sørensen Bjørn Håkansson Ærø Ægir Bøe Røed Høiby Køie Øien Fanø Kjær Læssøe Kiær "
    "Bæk Sæunn Træ Juleøen Conceição Simões Camões Guimarães Magalhães João Brandão Irmã Manhã Inês Mercês Azevêdo Zêzere Français Müller Groß Jäger "
    "Þór Þorsteinn Þuríður Eyþór Arnþór Sigþrúður Sigurðsson Guðmundur Davíð Auður Guðný Ýmir Ýrr Angantýr Það þetta þessi þarf Doði "
    "Hélène Geneviève Agnès Lefèvre Grèce Ève Noël Zoë Loïc Anaïs Naïma Lemaître Benoît Châtelet Mâcon Août Brûlé Flûte Œuvre Cœur Phœnix Œdipe Louÿs "
    "Nicolò Cantù Forlì Mosè Noè Caffè Può Più Perché Cioè Lunedì Così Lê Võ Bình Hùng Hòa Kiên Bùi Thùy Jõgi Tõnis Põder Õnne Rõõm Kõrgõzstan Sõõrumaa "
    "Mercè Eugènia Àngels Òscar Conèixer Què També Veselý Novotný Kopecký Sýkora Seán Ó Síofra Niamh Bríd Daniëls Reünie Coördinator Geïnteresseerd "
    "Gëzim Bardhë Kosovë Tiranë Åse Ångström Älvsbyn Čapek Žižek Šimo Æbelø"
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "page"), [(name, page) for page, names in OTHER_PAGES.items() for name in names.split()]
)
def test_names_of_other_code_pages_are_refused(
    text: Callable[..., Path], refusal: Callable[..., FileRefused], name: str, page: str
) -> None:
    """A name whose bytes are other letters in cp1252, and no Western name there, refuses its file."""
    assert refusal(text(f"phone,firstName\n1,{name}\n2,Ana\n".encode(page))).code == "encoding_unknown"


def test_names_of_the_west_are_read(text: Callable[..., Path], read: Read) -> None:
    """None of the languages that cp1252 was made for is taken for another, in names, small letters and capitals."""
    names = [name for name in WESTERN.split() if name.encode("cp1252", "ignore").decode("cp1252") == name]
    lines = [name for each in names for name in (each, each.upper(), f"5 m² {each} 1ª, Nº 3, 20 °C")]
    seen = read(text(("phone,firstName\n" + "".join(f'1,"{line}"\n' for line in lines)).encode("cp1252")))

    assert [row[1] for row in seen.rows.values()] == lines


def test_word_where_blocks_meet_is_read_whole(text: Callable[..., Path], read: Read) -> None:
    """A word is judged as a whole, wherever the file is read in parts."""
    filler = "x" * ((1 << 20) - len("phone,firstName\n1, Muñ"))
    seen = read(text(f"phone,firstName\n1,{filler} Muñoz\n".encode("cp1252")), limits=Limits(cell_characters=2_000_000))

    assert seen.rows[2][1].endswith(" Muñoz")


@pytest.mark.parametrize(
    ("name", "region", "is_refused"),
    [
        pytest.param("Ràzvan", "RO", True, id="romania"),
        pytest.param("Peña", "PL", True, id="poland"),
        pytest.param("Novotný", "CZ", False, id="same-letters"),
        pytest.param("Doði", "tr", True, id="turkey"),
        pytest.param("Andrée", "LT", False, id="same-in-lithuania"),
        pytest.param("Thérèse", "LV", True, id="latvia"),
        pytest.param("Thérèse", "US", False, id="west"),
    ],
)
def test_region_with_another_code_page(text: Callable[..., Path], name: str, region: str, is_refused: bool) -> None:
    """Where Windows has another code page, a file is refused whose bytes are other letters there; not where they are the same."""
    path = text(f"phone,firstName\n1,{name}\n".encode("cp1252"))
    if is_refused:
        with pytest.raises(FileRefused, match="neither UTF-8 nor Western"), open_sheet(path, region=region):
            pass
    else:
        with open_sheet(path, region=region) as sheet:
            assert next(iter(sheet.chunks())).frame.iloc[0, 1] == name


def test_bad_bytes_in_utf8_are_problems_of_their_cells(text: Callable[..., Path], read: Read) -> None:
    """Broken bytes in a UTF-8 file cost their own row only, and come out as the replacement character."""
    path = text("phone,firstName\n1,José Peña\n2,Zoë\n".encode() + b"3,Jos\xe9\n4,\xc3\n")

    seen = read(path)

    assert seen.codes() == [(4, 1, "text_broken"), (5, 1, "text_broken")]
    assert seen.rows[3] == ["2", "Zoë"]
    assert seen.rows[4] == ["3", "Jos\ufffd"]


def test_replacement_character_is_told(text: Callable[..., Path], read: Read) -> None:
    """A character that was lost before the file came here is a problem, also where blocks of bytes meet."""
    filler = "x" * ((1 << 20) - len("phone,firstName\n1,") - 1)

    seen = read(text(f"phone,firstName\n1,{filler}\ufffd\n"), limits=Limits(cell_characters=2_000_000))

    assert seen.codes() == [(2, 1, "text_broken")]


def test_torn_utf16_is_refused(text: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """A UTF-16 file that ends in half a character is refused, with the row where it breaks."""
    refused = refusal(text(TABLE.encode("utf-16")[:-1]))

    assert refused.code == "encoding_broken"
    assert "row" in str(refused)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        pytest.param("\0", "control_character", id="nul"),
        pytest.param("\x1b[31m", "control_character", id="escape"),
        pytest.param("\x07", "control_character", id="bell"),
        pytest.param("\x7f", "control_character", id="delete"),
        pytest.param("\x9b", "control_character", id="c1"),
    ],
)
def test_control_characters_are_problems(text: Callable[..., Path], read: Read, mark: str, code: str) -> None:
    """A character that nobody types is a problem of its cell, and of no other."""
    seen = read(text(f"phone,firstName\n1,Ana\n2,B{mark}o\n"))

    assert seen.codes() == [(3, 1, code)]
    assert seen.flaws[0].shown == f"B{mark}o"


def test_row_numbers_are_those_of_a_spreadsheet(text: Callable[..., Path], read: Read) -> None:
    """Blank rows are left out and counted; a cell over several lines is one row."""
    path = text('phone,note\n1,a\n\n,\n"2","two\nlines\r\nhere"\n  , \n3,c\n')

    seen = read(path)

    assert seen.rows == {2: ["1", "a"], 5: ["2", "two\nlines\r\nhere"], 7: ["3", "c"]}
    assert seen.flaws == []


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 1000])
def test_chunks_have_no_seams(text: Callable[..., Path], read: Read, chunk_rows: int) -> None:
    """Numbers, rows and flaws do not depend on how many rows make a chunk."""
    lines = ["title", "", "phone,firstName", *(f"{n},name{n}" for n in range(30)), 'x,"b"ad', "", "1,2,3", "last,row"]

    seen = read(text("\n".join(lines)), chunk_rows=chunk_rows)

    assert seen.heading_row == 3
    assert seen.rows[4] == ["0", "name0"]
    assert seen.rows[37] == ["last", "row"]
    assert seen.codes() == [(34, None, "quote_misplaced"), (36, None, "row_too_long")]
    assert len(seen.rows) == 33


def test_ragged_rows_are_never_shifted(text: Callable[..., Path], read: Read) -> None:
    """A cell too many or too few is a problem of the row; blank cells at the end are not."""
    path = text("phone,firstName,lastName\n1,a\n2,a,b,c\n3,a,b\n4,a,b,,\n5,a,\n")

    seen = read(path)

    assert seen.codes() == [(2, None, "row_too_short"), (3, None, "row_too_long")]
    assert seen.flaws[1].shown == "c"
    assert seen.rows[5] == ["4", "a", "b"]
    assert seen.rows[6] == ["5", "a", ""]


def test_separator_too_many_after_headings(text: Callable[..., Path], read: Read) -> None:
    """Separators at the end of the heading row make no column, and no problem of the rows below."""
    seen = read(text("phone,firstName,,\n1,a\n2,b,,\n"))

    assert seen.headings == ("phone", "firstName")
    assert seen.flaws == []


def test_misplaced_quote_costs_one_row(text: Callable[..., Path], read: Read) -> None:
    """A quotation mark in the wrong place is a problem of its row, and the rows after it are read."""
    seen = read(text('phone,firstName\n1,"A"na\n2,5\' 6" tall\n3,"doubled ""mark"""\n'))

    assert seen.codes() == [(2, None, "quote_misplaced")]
    assert seen.rows[3] == ["2", "5' 6\" tall"]
    assert seen.rows[4] == ["3", 'doubled "mark"']


def test_unclosed_quote_names_its_row(text: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """A quotation mark that swallows the rows after it refuses the file, and names the row where it opens."""
    refused = refusal(text('phone,firstName\n1,Ana\n2,"Bo\n3,Cy\n4,Di\n'))

    assert refused.code == "quote_unclosed"
    assert "Row 3" in str(refused)


def test_unclosed_quote_that_meets_another(text: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """Rows between an unclosed quotation mark and the next one are not swallowed in silence."""
    refused = refusal(text('phone,firstName\n1,"Ana\n2,Bo\n3,"Cy"\n'))

    assert refused.code == "quote_unclosed"
    assert "Row 2" in str(refused)


def test_torn_last_row(text: Callable[..., Path], read: Read) -> None:
    """A last row that ends inside a quoted cell is a problem of that row alone."""
    seen = read(text('phone,firstName\n1,Ana\n2,"Bo'))

    assert seen.codes() == [(3, None, "quote_misplaced")]
    assert seen.rows[2] == ["1", "Ana"]


def test_huge_cell_is_a_problem_with_its_place(text: Callable[..., Path], read: Read) -> None:
    """A cell of ten megabytes is told by row and column, shortened visibly; its neighbours are read."""
    seen = read(text("phone,firstName\n1,Ana\n2," + "x" * 10_000_000 + "\n3,Cy\n"))

    assert seen.codes() == [(3, 1, "cell_too_long")]
    assert seen.rows[3][1].endswith("…")
    assert seen.rows[4] == ["3", "Cy"]


def test_field_limit_of_the_process_is_left_alone(text: Callable[..., Path], read: Read) -> None:
    """Reading changes a limit that all of Python shares; it puts it back, also after a refusal."""
    before = csv.field_size_limit()

    read(text("phone,firstName\n1,Ana\n"))

    assert csv.field_size_limit() == before


@pytest.mark.parametrize("columns", [257, 20_000])
def test_too_many_columns_are_refused(
    text: Callable[..., Path], refusal: Callable[..., FileRefused], columns: int
) -> None:
    """A table wider than anything that could be meant is refused with its width."""
    refused = refusal(text(",".join(f"h{n}" for n in range(columns)) + "\n" + ",".join("1" * columns) + "\n"))

    assert refused.code == "too_many_columns"
    assert f"{columns:,}" in str(refused)


def test_line_without_end_is_refused(text: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """Megabytes without a line end are no table, and are not laid out in memory."""
    assert refusal(text(b"x," * 20_000_000)).code == "line_too_long"


@pytest.mark.parametrize("content", ["", "\n", " \r\n\t\n", "\ufeff", "\ufeff\n"])
def test_empty_file_is_refused(text: Callable[..., Path], refusal: Callable[..., FileRefused], content: str) -> None:
    """A file without a single cell is refused as empty."""
    assert refusal(text(content)).code == "file_empty"


@pytest.mark.parametrize("content", [",,,\n,,\n", '"",""\n'])
def test_file_of_blank_cells_is_refused(
    text: Callable[..., Path], refusal: Callable[..., FileRefused], content: str
) -> None:
    """A file of separators alone holds no rows."""
    assert refusal(text(content)).code == "file_empty"


def test_headings_alone_say_so(text: Callable[..., Path], read: Read) -> None:
    """A file with headings only is a sheet without rows, and says so."""
    seen = read(text("phone,firstName\n"))

    assert seen.rows == {}
    assert "no rows below" in seen.notes[0]


def test_words_that_other_readers_eat(text: Callable[..., Path], read: Read) -> None:
    """``NA``, ``null``, ``TRUE``, leading zeros, long ids and exponents stay as typed."""
    cells = ["NA", "null", "None", "NaN", "TRUE", "007", "12345678901234567890", "1.23E+10", " Null ", "1,5"]

    seen = read(text("phone;id\n" + "".join(f"{cell};x\n" for cell in cells)))

    assert [row[0] for row in seen.rows.values()] == cells


def unwrapped_cell(cell: str) -> str:
    """Return a cell as a spreadsheet program shows it."""
    match = re.fullmatch(r'\s*="((?:[^"]|"")*)"\s*', cell)
    return match[1].replace('""', '"') if match else cell


# What a cell may hold in the round trip: no bare carriage returns, which end lines, and nothing that is a flaw.
CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd\ufeff")
    | st.sampled_from("\t\n,;|\"'"),
    max_size=12,
)
ROWS_OF_THREE = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)


def is_left_out(row: list[str]) -> bool:
    """Whether a row of three cells is a total or a rule: mostly blank, or drawn from its first cell on."""
    return is_total(row) and (row.count("") > 0 or row[0].startswith(RULES))


@given(
    rows=ROWS_OF_THREE, delimiter=st.sampled_from(",;\t|"), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
)
@example(rows=[[":", ":", ":"]], delimiter=",", quoting=csv.QUOTE_MINIMAL)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_written_rows_come_back(
    text: Callable[..., Path], read: Read, rows: list[list[str]], delimiter: str, quoting: Any
) -> None:
    """Whatever a spreadsheet program writes as CSV is read cell by cell, at its row number."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerow(["phone", "firstName", "lastName"])
    writer.writerows(rows)

    seen = read(text(buffer.getvalue()))

    shown = {number: [unwrapped_cell(cell) for cell in row] for number, row in enumerate(rows, start=2)}
    assert seen.rows == {number: row for number, row in shown.items() if "".join(row).strip() and not is_left_out(row)}
    assert {code for *_, code in seen.codes()} <= {"text_broken", "cell_error"}


@given(content=st.binary(max_size=300))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(text: Callable[..., Path], read: Read, content: bytes) -> None:
    """No bytes behind a heading row make a traceback; what is read has one row for each line that holds anything."""
    try:
        seen = read(text(b"phone,firstName\n" + content))
    except FileRefused:
        return

    assert all(len(row) == 2 for row in seen.rows.values())
    assert "".join(cell for row in seen.rows.values() for cell in row).encode() is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
def test_rows_far_below_blank_lines(tmp_path: Path, read: Any, encoding: str) -> None:
    """A text that begins with a hundred thousand blank lines is read from where its rows begin, in their dialect."""
    path = tmp_path / "week.csv"
    path.write_bytes(("\n" * 100_000 + "phone;firstName\n4155552671;Zoë\n").encode(encoding))
    seen = read(path)

    assert (seen.headings, seen.heading_row) == (("phone", "firstName"), 100_001)
    assert seen.rows == {100_002: ["4155552671", "Zoë"]}


def test_nothing_but_blank_lines(tmp_path: Path, refusal: Any) -> None:
    """However many there are, the file is empty."""
    path = tmp_path / "week.csv"
    path.write_bytes(b"\r\n" * 100_000)

    assert refusal(path).code == "file_empty"
