"""The columns that every report of rows ends with."""

from __future__ import annotations

from typing import Final

RESULT_COLUMNS: Final = (
    "result_run",
    "result_file",
    "result_sheet",
    "result_row",
    "result_action",
    "result_status",
    "result_uuid",
    "result_external_event_id",
    "result_http_status",
    "result_code",
    "result_problem",
    "result_fix",
    "result_warnings",
    "result_attempts",
    "result_time",
)
