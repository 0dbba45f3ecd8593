"""A text that only a confined process looks into is the same sheet, or refused with the same words, as one that is read here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import schemas
from importer.errors import FileRefused
from importer.reading.sheet_choice import open_sheet

SAMPLES = sorted((Path(schemas.__file__).parents[1] / "sample_data").rglob("*.csv"))
ROW = "1001,(212) 555-0101,Ana,2027-03-08 09:00\n"
HEAD = "externalEventId,phone,firstName,eventDateTime\n"
ODD = {
    "bom": ("\ufeff" + HEAD + ROW).encode(),
    "utf-16": (HEAD + ROW).encode("utf-16"),
    "utf-16-by-nuls": (HEAD + ROW).encode("utf-16-le"),
    "cp1252": (HEAD + ROW.replace("Ana", "Zoë")).encode("cp1252"),
    "broken-utf-8": (HEAD + ROW * 30).encode() + "1002,2125550102,Zoë Müller é é é,\n".encode() + b"1003,\xff\xfe\x80,Ann,\n",
    "semicolons-named": b"sep=;\r\n" + (HEAD + ROW).replace(",", ";").encode(),
    "tabs": (HEAD + ROW).replace(",", "\t").encode(),
    "lone-returns": (HEAD + ROW * 3).replace("\n", "\r").encode(),
    "blanks-before-quotes": b'externalEventId, "phone", "firstName"\n"1", "212", "A, B"\n',
    "quote-misplaced": (HEAD + '1001,21"25550101,A"na,x\n' + ROW).encode(),
    "quote-unclosed": (HEAD + '1001,"2125550101,Ana\n' * 3).encode(),
    "lines-in-a-cell": (HEAD + '1001,2125550101,"Ana\nLee",2027-03-08 09:00\n').encode(),
    "ragged": (HEAD + ROW + "1002,2125550102\n" + "1,2,3,4,5,6,7\n").encode(),
    "controls": (HEAD + "1001,2125550101,A\x00n\x1ba,2027\n").encode(),
    "long-cell": (HEAD + f"1001,2125550101,{'x' * 40_000},2027\n").encode(),
    "one-column": b"phone\n2125550101\n",
    "empty": b"",
    "blank-lines": b"\n\n\n",
    "no-heading": ROW.encode() * 3,
    "titles-above": ("Week of May 5\n\n" + HEAD + ROW + "Total,1\n").encode(),
    "many-rows": (HEAD + ROW * 5_000).encode(),
}  # fmt: skip


def seen(path: Path, **how: Any) -> Any:
    """Return all that a sheet says, or why it is refused."""
    try:
        with open_sheet(path, chunk_rows=3_000, **how) as sheet:
            rows, flaws = [], []
            for chunk in sheet.chunks():
                frame = chunk.frame.astype(object)
                rows += [
                    (number, *cells) for number, cells in zip(frame.index, frame.itertuples(index=False), strict=True)
                ]
                flaws += chunk.flaws
            return (
                sheet.headings,
                sheet.heading_row,
                sheet.notes,
                sheet.notes_at_end(),
                sheet.titles,
                rows,
                sorted(flaws, key=str),
            )
    except FileRefused as refused:
        return refused.code, str(refused), refused.fix


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_are_the_same_sheets(path: Path) -> None:
    """Every sample has the same headings, rows, flaws and notes, whoever looks into it."""
    assert seen(path, texts_apart=True) == seen(path)


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_the_same_sheets(tmp_path: Path, name: str) -> None:
    """Whatever its encoding, its delimiter and its quotes, a text is the same sheet, or refused with the same words."""
    path = tmp_path / "odd.csv"
    path.write_bytes(ODD[name])

    assert seen(path, texts_apart=True) == seen(path)


def test_nothing_of_a_text_is_split_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells are told apart in the other process alone."""
    path = tmp_path / "week.csv"
    path.write_text(HEAD + ROW, encoding="utf-8")

    def refuse(*_given: Any) -> None:
        raise AssertionError("a text was split here")

    monkeypatch.setattr("importer.reading.csv_rows.csv.reader", refuse)

    assert len(seen(path, texts_apart=True)[5]) == 1


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """What was read adds up to the bytes of the file."""
    path = tmp_path / "week.csv"
    path.write_text(HEAD + ROW * 9_000, encoding="utf-8")
    read: list[int] = []

    with open_sheet(path, texts_apart=True, on_read=read.append, chunk_rows=2_000) as sheet:
        assert sum(len(chunk) for chunk in sheet.chunks()) == 9_000

    assert len(read) > 2
    assert sum(read) == path.stat().st_size


def test_time_limit_ends_the_reading(tmp_path: Path) -> None:
    """A text that is not read in time is refused."""
    path = tmp_path / "week.csv"
    path.write_text(HEAD + ROW, encoding="utf-8")

    assert seen(path, texts_apart=True, until=0.0)[0] == "check_too_long"
