"""
The words that every room shares, as frozen values.

``words``       actions, statuses, states of a call
``sheets``      what reading hands on: a source file, a sheet, a chunk of rows, findings; ``distinct`` columns that repeat
``profile``     how one clinic writes its sheets; ``windows`` are the days of a snapshot
``identities``  ids that are made for rows without one
``plans``       what planning decides, and what sending does about it; ``calls`` are requests, attempts and answers
``holds``       why a run waits for a person, and what a file was like
``records``     what the ledger keeps: runs, files, rows, reminders
``results``     the result columns of a report; ``guard`` keeps cells from being computed
``garbage``     a stretch without Python's search for garbage in circles
"""
