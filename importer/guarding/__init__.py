"""
Guarding: what a plan as a whole, or a file as a whole, says that no single row does. Pure.

``moving``     the known appointments of a file, all moved by one same amount
``sentinel``   a file against the earlier files of its profile
``missing``    appointments that a snapshot should hold and does not
``holding``    what was found, as a hold with its sentences
"""
