"""The sandbox in the foreground, as ``importer sandbox`` runs it."""

from __future__ import annotations

import errno
import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from importer.sandbox.faults import Rule
from importer.sandbox.server import Sandbox

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from importer.sandbox.behaviour import Behaviour


def serve(  # noqa: PLR0913 - keyword-only, one an option of the command
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    token: str = "sandbox",  # noqa: S107 - it guards nothing but made-up appointments
    effects: str | os.PathLike[str] | None = None,
    faults: str | os.PathLike[str] | None = None,
    behaviour: Behaviour | None = None,
    seed: int = 0,
    say: Callable[[str], None] = print,
    hints: Callable[[str], Sequence[str]] = lambda _base_url: (),
    until: threading.Event | None = None,
) -> None:
    """
    Run a sandbox until Ctrl-C, SIGTERM or ``until``.

    ``effects``: the log's path, from which an earlier sandbox's state is taken up. ``faults``: a JSON file with a list
    of rules (``importer.sandbox.Rule``). ``say`` gets the line that tells the address, once it accepts calls, and then
    those that ``hints`` makes of the address.
    Raises ``OSError`` (port taken, file not readable) and ``ValueError`` (the rules cannot be read).
    """
    rules = [] if faults is None else read_rules(Path(faults))
    ended = until or threading.Event()
    sandbox = Sandbox(
        host=host, port=port, token=token, behaviour=behaviour, faults=rules, effects_path=effects, seed=seed
    )
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    try:
        with sandbox:
            say(f"Sandbox at {sandbox.base_url} (description: {sandbox.base_url}/openapi.json)")
            for hint in hints(sandbox.base_url):
                say(hint)
            while not ended.wait(0.2):
                pass
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def read_rules(path: Path) -> list[Rule]:
    """Return the fault rules of a JSON file. Raises ``OSError`` and ``ValueError``."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, f"{path} is not a regular file")
    given = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(given, list):
        raise ValueError("a file of faults holds a JSON list of rules")  # noqa: TRY004 - the file is wrong, not the caller
    return [Rule.parse(one) for one in given]
