"""
``python -m importer``: the command ``importer``, for where its script is not on the path.

Python puts the current folder before its libraries then. Sheets come in folders, and a file called as a library would be
run; so the folder is taken out again, unless the importer itself lies there. ``python -P`` never puts it there.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    if not sys.flags.safe_path and sys.path[0] != str(Path(__file__).parent.parent):
        del sys.path[0]
    from importer.cli import main

    main()
