"""
Guarding: what a plan as a whole, or a file as a whole, says that no single row does. Pure.

``sentinel``   the file against the ledger and against earlier files of the same profile
``missing``    appointments that a snapshot should hold and does not
"""
