"""
Reading: a file's bytes become a sheet of texts, or are refused with a sentence that says what to do.

``sources``     the private copy, hashed while it is made        ``survey``     what its bytes tell
``contents``    which kind of file it is, by content             ``limits``     how much it may ask for
``texts``       CSV and its relatives (``encodings``, ``delimiters``)
``workbooks``   XLSX, XLSM, XLSB, XLS, ODS, read in a child process (``child``) behind ``gate``
``tables``      headings, blank rows, totals rows, ragged rows (``headings``, ``totals``)
``frames``      rows as chunks
"""

from importer.reading.limits import Limits
from importer.reading.sheets import open_sheet

__all__ = ["Limits", "open_sheet"]
