"""
Planning: one call or one status for each row, by comparing it with what the ledger remembers. Pure.

``lanes``        ``plan_lane``: the rows of one appointment, in order
``done_before``  which rows were done before, or may have been
``transitions``  what a row means for an appointment in one state
``expected``     what the API will hold after the calls planned so far
``differences``  what a row changes, and the update's body
``said``         what a row says itself, apart from the profile's defaults
``easy``         the verdict on rows that need no thought
``twins``        duplicates within files, for ``check``, which asks no ledger
"""

from importer.planning.easy import easy
from importer.planning.lanes import plan_lane
from importer.planning.transitions import Elsewhere

__all__ = ["Elsewhere", "easy", "plan_lane"]
