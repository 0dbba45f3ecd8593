"""
The terminal: options in, results out. The only place that catches what stops a run.

``entry``     runs a command and turns whatever happens into text, JSON and an exit code
``commands``  the list of commands; each stands in a module of its own that is imported when it is asked for
``options``   options made from the table of settings, and the job they make
``outcome``   what a command found, before any of it is printed; ``terminal`` prints it
``progress``  events become bars, or a line now and then
``failures``  errors as one sentence and its fix; a bug's traceback without anybody's data
``document``  what the README says of commands, settings, exit codes, fields, problems and statuses
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line: the console script ``importer``."""
    from importer.cli.entry import run

    sys.exit(run(sys.argv[1:]))
