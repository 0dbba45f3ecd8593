"""
The appointment importer: a spreadsheet of appointments in, calls to the Appointment Reminders API out.

The path of a row, one room a step::

    reading -> columns -> normalizing -> checking -> [ledger: staged] -> planning
            -> sending -> [ledger: settled] -> reporting -> writing

``model`` and ``problems`` hold the words that all rooms share, ``errors`` what stops a run. The doors to the
outside, one room each: ``reading`` (spreadsheets), ``settings``, ``api`` (HTTP), ``ledger`` (database),
``writing`` (report files), ``cli`` (terminal). ``run`` leads a row through all of them.
"""

__version__ = "1.1.0"
