"""
The words that every room shares, as frozen values.

``words``    actions, statuses, states of a call
``sheets``   what reading hands on: a source file, a sheet, a chunk of rows, findings
``profile``  how one clinic writes its sheets
``calls``    what planning hands to sending, and what comes back
``results``  the result columns of a report
``records``  what the ledger keeps: runs, files, rows, reminders
"""
