"""``python -m importer``: the command ``importer``, for where its script is not on the path."""

from __future__ import annotations

from importer.cli import main

if __name__ == "__main__":
    main()
