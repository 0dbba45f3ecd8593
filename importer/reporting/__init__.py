"""
What became of a run, made ready for people and programs. Pure: nothing here opens a file or asks the clock.

``report``      one pass over the rows makes a ``Report``
``layout``      the columns of a report of rows; ``results`` what our columns say of one row
``priorities``  which rows want a person, and which first
``tally``       counts and kinds of problem; ``timeline`` the sending over time
``steps``       what to do next; ``exits`` the exit code; ``words`` how the reports speak
``plans``       what a run would do; ``changes`` old and new values, as people read them
``summary``     ``summary.json``; ``terminal`` the end of a run on the screen

The files themselves are written by ``importer.writing``.
"""

from __future__ import annotations

from importer.reporting.exits import exit_code
from importer.reporting.report import Report, SumsError, build_report
from importer.reporting.summary import summary

__all__ = ["Report", "SumsError", "build_report", "exit_code", "summary"]
