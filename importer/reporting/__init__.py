"""
The results of a run, made ready for people and programs. Pure: nothing here opens a file or asks the clock.

The files themselves are written by ``importer.writing``. The package loads nothing: a check shows no report of a run.
"""
