"""
Judging rows: the schemas over distinct values, then the rules that need more than one value, a profile or a clock.

``check_chunk.check`` makes a judged chunk of one in normal forms, pandera's schemas validating distinct values; the other
modules hold a rule each. Issues become sentences only when somebody asks.
"""

from importer.checking.check_chunk import check
from importer.checking.problem_sentences import problems
from importer.checking.staged_rows import as_check_row, check_rows, defaulted, payloads, stage, stage_columns

__all__ = ["as_check_row", "check", "check_rows", "defaulted", "payloads", "problems", "stage", "stage_columns"]
