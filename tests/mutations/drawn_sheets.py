"""Sheets with a seeded number of appointments, and the cells that a mutation puts into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

EVENT_TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
STATES = ("Booked", "Confirmed", "Cancelled", "No show", "", "Arrived", "Late cancel")

COLUMNS: dict[str, Callable[[Random, int], str]] = {
    "Phone": lambda random, row: f"({random.choice((212, 646, 305))}) 555-{row + 100:04}",
    "Appointment ID": lambda random, row: f"A-{row:05}",
    "Start": lambda random, row: (
        f"2027-06-{random.randint(1, 30):02} {random.randint(8, 17):02}:{random.choice(('00', '30'))}"
    ),
    "Time zone": lambda random, row: random.choice(("America/New_York", "America/Chicago", "US/Pacific")),
    "Event type": lambda random, row: EVENT_TYPE,
    "Patient first name": lambda random, row: random.choice(("Ana", "José", "Mary Ann", "O'Brien", "李")),
    "Remind": lambda random, row: random.choice(("90 min", "2 hours", "PT3H", "")),
    "Status": lambda random, row: random.choice(STATES[:2]),
    "Action": lambda random, row: random.choice(("create", "upsert", "update")),
    "metadata.room": lambda random, row: random.choice(("4", "Room 12", "")),
    "Metadata": lambda random, row: random.choice(("", '{"doctor": "Wu"}')),
    "OK to text": lambda random, row: random.choice(("Yes", "yes")),
    "Country code": lambda random, row: random.choice(("1", "+1")),
    "Notes": lambda random, row: random.choice(("", "ring the bell", "a, b; c | d")),
}
ALWAYS = ("Phone", "Appointment ID", "Start", "Time zone", "Event type")

WORDS = (
    "", " ", "\u00a0", "\t", "\u200b", "\ufeff", "\0", "\x1b[31m", "\u202eabc", "\u2028", "a\nb", "a\r\nb", "\r", '"', '""', "'", ",", ";", "|",
    "=1+1", "@x", "+1", "-", "--", "#N/A", "#REF!", "#SPILL!", "Err:502", "####", '="00123"', "={1,2}", "NULL", "None", "n/a", "nan", "TBD", "?",
    "Total", "Totals: 4", "Sum", "*** End of report ***", "Page 2 of 3", "3 records", "Printed 3/4/2027", "\x1a", "----", "====",
    "Phone", "Start", "Appointment ID", "Cancelled", "No show", "storniert", "DECEASED", "Do not text", "on hold", "opted out",
    "0", "00", "1", "1.0", "0.5", "1.5", "-1", "1e308", "1E+400", "9" * 400, "46204.5", "1.23E+10", "1e999999999", "inf", "-inf",
    "3/4/2027", "13/4/2027", "2027-02-30", "2027-13-01", "29 Feb 2027", "4 Jun 27 2pm", "2027-06-04T10:00:00+99:99", "2027-06-04T10:00Z", "0000-00-00", "9999-12-31 23:59", "1900-01-00", "10000-01-01",
    "24:00", "25:61", "2-3 PM", "noon", "9.30", "\u0661\u0662:\u0663\u0660", "\u00b2:\u00b3", "\uff11\uff12:\uff13\uff10",
    "+44 7400 123456", "+999 1", "555-1234", "212-555-0101 x12", "(212) 555-0101 / (646) 555-0102", "\uff0b\uff11212555\u0660101", "+" * 50, "0" * 300,
    "EST", "Etc/GMT+5", "UTC+25", "America/Nowhere", "../../etc/passwd", "/etc/localtime", "\u00dcber/Zone",
    "P1Y", "PT", "-PT3H", "9" * 30 + " weeks", "1:30", "90", "1e9 days", "0.0000001 s",
    "{", "{}", "[]", '{"a": {"b": 1}}', '{"a": "\\ud800"}', '{"\\u0000": 1}', '{"a": 1, "a": 2}', "[" * 3000, '{"a": 1e999999}', "{{name}}",
    "O&#039;Brien", "M\u00c3\u00bcller", "Andr\u201a", "Zo+AOs-", "J\u0178rgen", "e\u0301\u0301\u0301", "\U0001f469\u200d\U0001f680", "\ufffd", "\uffff", "\U0010ffff", "Z" * 300, "x" * 33_000, "a " * 8_000,
    EVENT_TYPE.upper(), f"{{{EVENT_TYPE}}}", EVENT_TYPE[:-1], f"urn:uuid:{EVENT_TYPE}", "a" * 39 + "@" + "b.c" * 90, "true", "FALSE", "\u0130", "\u017f", "\ufb01",
)  # fmt: skip


class Table(NamedTuple):
    """Headings and rows of a sheet, and the positions of the rows that no mutation touched."""

    headings: list[str]
    rows: list[list[str]]
    untouched: frozenset[int]


def drawn(random: Random) -> Table:
    """Return a sheet as a clinic writes it: the needed columns and some others, in any order."""
    others = random.sample([name for name in COLUMNS if name not in ALWAYS], random.randint(0, 6))
    headings = [*ALWAYS, *others]
    random.shuffle(headings)
    rows = [[COLUMNS[name](random, row) for name in headings] for row in range(random.randint(2, 12))]
    return Table(headings, rows, frozenset(range(len(rows))))


def any_cell(random: Random, cell: str) -> str:
    """Return what a mutation makes of a cell."""
    word = random.choice(WORDS)
    place = random.randint(0, len(cell))
    match random.randrange(6):
        case 0 | 1 | 2:
            return word
        case 3:
            return cell[:place] + word + cell[place:]
        case 4:
            return cell[:place] + cell[place + random.randint(1, 3) :]
        case _:
            return cell[:place] + chr(random.choice((random.randrange(0x250), random.randrange(0xD800)))) + cell[place:]


def with_other_cells(table: Table, random: Random) -> Table:
    """Return the sheet with one to four cells of its rows changed."""
    rows = [list(row) for row in table.rows]
    touched = set()
    for _ in range(random.randint(1, 4)):
        row, column = random.randrange(len(rows)), random.randrange(len(table.headings))
        rows[row][column] = any_cell(random, rows[row][column])
        touched.add(row)
    return Table(table.headings, rows, table.untouched - touched)


def with_other_headings(table: Table, random: Random) -> Table:
    """Return the sheet with a heading changed, twice there, or blank."""
    headings = list(table.headings)
    column = random.randrange(len(headings))
    headings[column] = random.choice((any_cell(random, headings[column]), random.choice(headings), ""))
    return Table(headings, table.rows, frozenset())
