"""
The door of the report files: ``results.csv``, ``results.xlsx``, ``to_fix.xlsx``, ``report.html``, ``summary.json``.

``reports``      writes the five files; one that fails does not keep the others from being written
``drafts``       a file is whole under its name or not there: temporary name, fsync, rename; directory 0700, file 0600
``results_csv``  every row, for programs
``workbooks``    ``results.xlsx`` and ``to_fix.xlsx``; ``rows_sheet`` and ``splice`` stream their rows, ``sheets`` adds
                 the summary and the problems
``page``         ``report.html``; ``charts`` its pictures; ``plan_page`` a plan as a page; ``markup`` what the two share
"""

from __future__ import annotations

from importer.writing.plan_page import write_plan
from importer.writing.reports import Written, write_reports

__all__ = ["Written", "write_plan", "write_reports"]
