"""The door of the report files: ``results.csv``, ``results.xlsx``, ``to_fix.xlsx``, ``report.html``, ``summary.json``."""

from __future__ import annotations

from importer.writing.report_files import Copy, Written, write_reports
from importer.writing.report_page import write_plan

__all__ = ["Copy", "Written", "write_plan", "write_reports"]
