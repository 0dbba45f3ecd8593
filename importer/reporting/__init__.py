"""
The results of a run, made ready for people and programs. Pure: nothing here opens a file or asks the clock.

The files themselves are written by ``importer.writing``.
"""

from __future__ import annotations

from importer.reporting.run_report import Report, SumsError, build_report, exit_code, summary

__all__ = ["Report", "SumsError", "build_report", "exit_code", "summary"]
