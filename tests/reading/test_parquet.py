"""Parquet files, as data pipelines leave them: each value as a workbook's cell of the same value shows it."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from processor_time import processor_s

from importer.errors import FileRefused
from importer.reading.limits import Limits
from importer.reading.workbook_process import Child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NINE = dt.datetime(2027, 3, 8, 9, 0)  # noqa: DTZ001  # as a column without a zone holds it
NEW_YORK = "America/New_York"


def write(path: Path, table: pa.Table, **wishes: Any) -> Path:
    pq.write_table(table, path, **wishes)
    return path


COLUMNS = {
    "text": (pa.array(["00123", None]), ["00123", ""]),
    "categories": (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    "large-text": (pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
    "bytes": (pa.array([b"Jos\xc3\xa9", None]), ["José", ""]),
    "whole-numbers": (pa.array([12345678901234567, None]), ["12345678901234567", ""]),
    "unsigned": (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    "floats": (pa.array([1001.0, float("nan"), 1.5]), ["1001", "", "1.5"]),
    "short-floats": (pa.array([1.1], pa.float32()), ["1.1"]),
    "decimals": (pa.array([decimal.Decimal("1001.00"), decimal.Decimal("1.50")]), ["1001", "1.5"]),
    "truth": (pa.array([True, None, False]), ["TRUE", "", "FALSE"]),
    "moments-ns": (pa.array([NINE, None], pa.timestamp("ns")), ["2027-03-08T09:00:00", ""]),
    "moments-ms": (pa.array([NINE], pa.timestamp("ms")), ["2027-03-08T09:00:00"]),
    "moments-of-a-zone": (
        pa.array([NINE.replace(tzinfo=dt.UTC)], pa.timestamp("us", tz=NEW_YORK)),
        ["2027-03-08T09:00:00Z"],
    ),
    "days": (pa.array([NINE.date(), None]), ["2027-03-08", ""]),
    "times": (pa.array([dt.time(9, 0), None]), ["09:00:00", ""]),
    "spans": (pa.array([dt.timedelta(minutes=90)]), ["01:30:00"]),
    "lists": (pa.array([["a"], ["a", "b"], []]), ["a", '["a", "b"]', ""]),
    "nothing": (pa.nulls(2), ["", ""]),
}


def test_values_as_a_workbook_shows_them(tmp_path: Path, read: Callable[..., Any]) -> None:
    """Whole numbers keep their digits, moments are told to the second, those of a zone as UTC."""
    padded = [pa.concat_arrays([column, pa.nulls(3 - len(column), column.type)]) for column, _ in COLUMNS.values()]
    table = pa.table([pa.array(["a", "b", "c"]), *padded], names=["id", *COLUMNS])

    seen = read(write(tmp_path / "week.parquet", table))

    assert seen.headings == ("id", *COLUMNS)
    for place, (name, (_, texts)) in enumerate(COLUMNS.items(), start=1):
        assert (name, [row[place] for row in seen.rows.values()]) == (name, [*texts, "", "", ""][:3])
    assert list(seen.rows) == [1, 2, 3]
    assert seen.flaws == []


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
def test_any_compression(tmp_path: Path, read: Callable[..., Any], compression: str) -> None:
    """Each common compression is unpacked within the confined process."""
    table = pa.table({"id": ["1001"] * 5_000, "phone": ["2125550101"] * 5_000})

    seen = read(write(tmp_path / "week.parquet", table, compression=compression, row_group_size=700))

    assert len(seen.rows) == 5_000
    assert seen.rows[5_000] == ["1001", "2125550101"]


INEXACT = [
    pytest.param(np.array([2125550101, 16777215, 1.5], np.float32), ["2.12555e+09", "16777215", "1.5"], id="single"),
    pytest.param(np.array([2049, 2047, 1.5], np.float16), ["2048", "2047", "1.5"], id="half"),
]


@pytest.mark.parametrize(("column", "texts"), INEXACT)
def test_number_that_a_short_column_cannot_hold(
    tmp_path: Path, read: Callable[..., Any], column: Any, texts: list[str]
) -> None:
    """A phone in a column of single precision has become another one: it is told, and no number is made of it."""
    seen = read(write(tmp_path / "week.parquet", pa.table({"id": ["a", "b", "c"], "phone": pa.array(column)})))

    assert [row[1] for row in seen.rows.values()] == texts
    assert seen.codes() == [(1, 1, "number_inexact")]


def test_structures_become_columns(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A structure's members are columns with dots, as objects of JSON are."""
    patient = pa.array([{"phone": "1", "seen": NINE}, None])

    seen = read(write(tmp_path / "week.parquet", pa.table({"id": ["a", "b"], "patient": patient})))

    assert seen.rows[1] == ["a", "1", "2027-03-08T09:00:00", *seen.rows[1][3:]]
    assert seen.headings[:3] == ("id", "patient.phone", "patient.seen")


def test_date_outside_the_calendar(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A moment that no calendar has is told with its number; its row stands."""
    far = pa.array([2**60], pa.timestamp("ms"))

    seen = read(write(tmp_path / "week.parquet", pa.table({"id": ["a"], "start": far})))

    assert seen.codes() == [(1, 1, "date_impossible")]


def test_file_without_rows(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A file that has columns and no rows says so."""
    table = pa.table({"id": pa.array([], pa.string()), "phone": pa.array([], pa.string())})

    seen = read(write(tmp_path / "week.parquet", table))

    assert seen.headings == ("id", "phone")
    assert seen.notes == ("There are headings, but no rows below them.",)


def test_two_columns_of_one_name(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """Two columns of one name are refused by it: which one is meant, nobody can say."""
    table = pa.table([pa.array(["1"]), pa.array(["2"])], names=["phone", "phone"])

    refused = refusal(write(tmp_path / "week.parquet", table))

    assert refused.code == "columns_alike"
    assert "phone" in str(refused)


def test_two_members_of_one_name(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """Within a structure, too: of two phones the last one counted, and nobody was told."""
    twice = pa.StructArray.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["phone", "phone"])
    patient = pa.StructArray.from_arrays([twice], names=["contact"])

    refused = refusal(write(tmp_path / "week.parquet", pa.table({"id": ["a"], "patient": patient})))

    assert refused.code == "columns_alike"


@pytest.mark.parametrize("cut", [4, 12, 100, -1, -8, -100])
def test_damaged_file(tmp_path: Path, refusal: Callable[..., FileRefused], cut: int) -> None:
    """A file that was cut off, or changed in its middle, is refused and costs no more than itself."""
    whole = write(tmp_path / "whole.parquet", pa.table({"id": ["1"] * 100})).read_bytes()
    path = tmp_path / "week.parquet"
    path.write_bytes(whole[:cut])

    assert refusal(path).code in {"parquet_damaged", "workbook_damaged"}


def test_bomb(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """Some kilobytes that unpack to gigabytes end within ten seconds, by the memory limit."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000), ["x" * 1_000_000])
    path = write(
        tmp_path / "week.parquet",
        pa.table({"id": texts}),
        compression="zstd",
        dictionary_pagesize_limit=10_000_000,
        write_statistics=False,
    )
    began = processor_s()

    refused = refusal(path)

    assert path.stat().st_size < 1_000_000
    assert refused.code in {"workbook_too_large", "workbook_damaged"}
    assert processor_s() - began < 10


def test_many_columns_of_one_text_within_the_memory(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A file that keeps each text once, and shows it in many rows and columns, is read in small batches."""
    rows = 20_000
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 200])
    names = [f"c{place}" for place in range(73)]
    path = write(tmp_path / "week.parquet", pa.table(dict.fromkeys(names, texts)), store_schema=False)

    seen = read(path, limits=Limits(memory_bytes=445_000_000))

    assert list(seen.rows) == list(range(1, rows + 1))
    assert seen.rows[rows] == ["x" * 200] * 73


def test_batches_keep_the_order_of_rows(tmp_path: Path, read: Callable[..., Any]) -> None:
    """Batches that become rows some at a time leave none out, across row groups too."""
    rows = 1_500
    table = pa.table({"id": [str(n) for n in range(rows)], "note": ["x" * 5_000] * rows})

    seen = read(write(tmp_path / "week.parquet", table, row_group_size=700))

    assert [row[0] for row in seen.rows.values()] == [str(n) for n in range(rows)]


@pytest.mark.parametrize(
    ("noun", "told"),
    [("Parquet file", "needs more than 512 MB of memory to open, or it is damaged"), ("workbook", "is damaged")],
)
def test_reader_that_dies_of_a_signal(noun: str, told: str) -> None:
    """The library of Parquet may die of the memory limit in any way, so that a sound file is not called damaged."""
    with subprocess.Popen(
        [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"], stdout=subprocess.PIPE
    ) as process:
        process.wait()
        with pytest.raises(FileRefused, match=told) as refused:
            Child(process, Limits(), math.inf, noun).say("head")

    assert refused.value.code == "workbook_damaged"


def test_too_many_rows(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """More rows than a sheet may have are refused before they are read."""
    path = write(tmp_path / "week.parquet", pa.table({"id": ["1"] * 20}))

    assert refusal(path, limits=Limits(rows=10)).code == "too_many_rows"


def test_too_many_columns(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """More columns than a sheet may have are refused."""
    path = write(tmp_path / "week.parquet", pa.table({f"c{place}": ["1"] for place in range(300)}))

    assert refusal(path).code == "too_many_columns"


@pytest.mark.parametrize("store_schema", [False, True], ids=["texts", "dictionaries"])
def test_one_text_in_a_million_rows(tmp_path: Path, refusal: Callable[..., FileRefused], store_schema: bool) -> None:
    """A file of some kilobytes that is gigabytes of text is refused before its rows are handed on."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), ["x" * 14_000])
    path = write(tmp_path / "week.parquet", pa.table({"note": texts}), store_schema=store_schema)
    began = processor_s()

    assert refusal(path).code == "workbook_bomb"
    assert processor_s() - began < 8


def test_cells_without_end(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """So is one of a million rows and two hundred blank columns, by what it says of itself."""
    table = pa.table({f"c{at}": pa.nulls(1_000_000, pa.string()) for at in range(200)})

    assert refusal(write(tmp_path / "week.parquet", table)).code == "workbook_bomb"
