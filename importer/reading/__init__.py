"""
Reading: a file's bytes become a sheet of texts, or are refused with a sentence that says what to do.

``sheet_choice.open_sheet`` is the way in. Text files are read here (``text``); workbooks are opened by a child process
within limits (``child``), to which ``workbook_process`` listens. What either yields becomes a table in ``table_rows``.

Nothing is imported here: the child process would load pandas with every workbook, which it has no use for.
"""
