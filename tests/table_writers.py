"""The same table of texts in every format that holds one: a writer for each ending."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

if TYPE_CHECKING:
    from pathlib import Path


def write_csv(path: Path, table: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)


def write_xlsx(path: Path, table: list[list[str]]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(table):
            for column, text in enumerate(row):
                sheet.write_string(place, column, text)


def write_ods(path: Path, table: list[list[str]]) -> None:
    book = OpenDocumentSpreadsheet()
    sheet = Table(name="Sheet1")
    for row in table:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string", stringvalue=text)
            cell.addElement(P(text=text))
            line.addElement(cell)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    book.save(path)


def write_ndjson(path: Path, table: list[list[str]]) -> None:
    records = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def write_parquet(path: Path, table: list[list[str]]) -> None:
    columns = [pa.array(texts, pa.string()) for texts in zip(*table[1:], strict=True)]
    pq.write_table(pa.table(columns, names=table[0]), path)


WRITERS = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "ods": write_ods,
    "ndjson": write_ndjson,
    "parquet": write_parquet,
}
