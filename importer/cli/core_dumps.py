"""No core dump of the command line: it would hold the token and people's names and phones."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

PR_SET_DUMPABLE: Final = 4


def forbid_core_dumps() -> None:
    """
    Let a crash of this process leave no copy of its memory, as far as the system offers it.

    The limit keeps the kernel from writing a file; a program that collects dumps is only kept away by not being
    dumpable, which also closes this process's memory to other programs of the same user. Each program that is
    started from here decides for itself.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
