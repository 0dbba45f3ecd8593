"""
Reading: a file's bytes become a sheet of texts, or are refused with a sentence that says what to do.

``sheet_choice.open_sheet`` is the way in. Text files are read here (``text``); workbooks are opened by a child process
within limits (``child``), to which ``workbook_process`` listens. What either yields becomes a table in ``table_rows``.
"""

from importer.reading.limits import Limits
from importer.reading.sheet_choice import elsewhere, open_sheet
from importer.reading.workbook_process import marked_copy, out_of_time

__all__ = ["Limits", "elsewhere", "marked_copy", "open_sheet", "out_of_time"]
