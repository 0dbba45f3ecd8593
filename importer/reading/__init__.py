"""
Reading: a file's bytes become a sheet of texts, or are refused with a sentence that says what to do.

``sheets``      the face: ``open_sheet``; ``elsewhere`` of ``choosing`` adds the step to another sheet to a refusal
``sources``     the private copy, hashed while it is made; ``survey`` is what its bytes tell
``contents``    which kind of file it is, by content; ``limits`` is how much it may ask for
``texts``       CSV and its relatives: ``encodings``, ``delimiters``, ``lines``; ``plain`` is the quick way without quotes
``workbooks``   the parent's side of a child process that opens workbooks; ``messages`` is what passes between them
``tables``      headings, blank rows, ragged rows, totals: ``headings``, ``totals``, ``batches``, ``frames``

In the child process:

``child``       the limits, and what is said to the parent; ``grids`` chooses the reader, ``choosing`` the sheet
``confinement`` what the process may still do before it looks at the first byte
``archive``     the gate before zipped workbooks; ``compound`` the container of old ones
``cells``       the fast reader's values as texts; ``merges`` keeps a merged value in its own row
``second_look`` what the fast reader drops: ``judging`` by ``formats``, from ``books`` + ``sheet_xml`` (XLSX),
                ``xlsb``, ``biff`` (XLS); gathered in ``details``
``ods``         OpenDocument, read without the fast reader; ``ods_cells`` is one cell of it
"""

from importer.reading.choosing import elsewhere
from importer.reading.limits import Limits
from importer.reading.sheets import open_sheet
from importer.reading.workbooks import out_of_time

__all__ = ["Limits", "elsewhere", "open_sheet", "out_of_time"]
