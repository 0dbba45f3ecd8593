"""
Judging rows: the schemas over distinct values, then the rules that need more than one value, a profile or a clock.

``judging``    ``check``: a chunk in normal forms becomes a judged chunk
``table``      its columns, each taken apart into distinct values once
``asked``      which rows ask for which action, and which fields those take
``defaults``   what the profile fills in where a new appointment leaves a blank
``schema_checks`` the pandera schemas validate distinct values; their failure cases become problems
``identity``   what tells an appointment apart, and the id derived where a sheet has none
``starts``     local starts as instants: hours that do not exist, or come twice
``moments``    starts and reminders against the clock
``metadata``   what an appointment type's messages need
``cells``      which cell of the sheet each issue is about
``folding``    failures, reasons and flaws become findings, one problem a field and row
``judgement``  what ``check`` keeps beside the findings, for what comes after it
``contents``   what a row says as one number, to find rows that say the same
``sentences``  findings become sentences, only when asked
``payloads``   the JSON body that a create would carry
``staging``    judged rows as the ledger keeps them, and as ``check --json`` shows them
"""

from importer.checking.judging import check
from importer.checking.payloads import defaulted, payloads
from importer.checking.sentences import problems
from importer.checking.staging import as_check_row, check_rows, stage

__all__ = ["as_check_row", "check", "check_rows", "defaulted", "payloads", "problems", "stage"]
