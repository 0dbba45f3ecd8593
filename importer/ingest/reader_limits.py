"""
What the process that reads the files of a drop may still do: read its own programs and the private copies, and start readers of workbooks.

No network, no file of anybody else, no settings, token or ledger, nothing of the pass's memory or environment. It may write into
a folder for temporary files that is removed with it. A rule for the file system (Landlock) and a filter of system calls (seccomp),
where the system has them and the extra ``confine`` is installed; what it starts is limited likewise. ``escapes`` tries what should
fail.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import importer
import schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

# Network, other processes' memory, and doors that lead round a filter.
BARRED_CALLS: Final = (
    "accept", "accept4", "bind", "bpf", "connect", "io_uring_setup", "keyctl", "listen", "mount", "pidfd_getfd", "process_vm_readv",
    "process_vm_writev", "ptrace", "socket", "socketpair", "userfaultfd",
)  # fmt: skip
_SYSTEM: Final = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/nix/store")
_DEVICES: Final = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")


def confine(readable: Path, scratch: Path, *, owner: int | None = None) -> None:
    """
    Give up everything else for good, as far as the system offers it; the modules that are needed are loaded by now.

    ``owner``: the process that gives the orders, where that is not the parent.
    """
    # Its library looks for what it needs with files and processes.
    load_filter = _system_call_filter({os.getppid(), owner or os.getppid()})
    _close_file_system(readable, scratch)
    load_filter()


def programs() -> list[Path]:
    """
    Return where the interpreter, the libraries and the importer itself lie.

    Every folder in which Python looks for libraries is among them, ``PYTHONPATH`` too, unless somebody's own files lie there: the
    current folder, the home folder and what is above them.
    """
    own = {*_folders_of_people(), *(package.parent for package in _packages())}
    peoples = own | {above for folder in own for above in folder.parents}
    libraries = [path for path in map(Path, sys.path) if path.is_absolute() and path not in peoples]
    found = [Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve(), *libraries, *_packages()]
    return [
        path for path in dict.fromkeys([*map(Path, _SYSTEM), *found]) if path.exists() and path != Path(path.anchor)
    ]


def _folders_of_people() -> Iterator[Path]:
    for ask in (Path.cwd, Path.home):
        with contextlib.suppress(OSError, RuntimeError):  # gone, or nobody's
            yield ask()


def _packages() -> list[Path]:
    return [Path(package.__file__ or "").parent for package in (importer, schemas)]


def _close_file_system(readable: Path, scratch: Path) -> None:
    try:
        import landlock  # noqa: PLC0415  # of the extra

        rules = landlock.FSAccess
        if not landlock.landlock_abi_version():
            return
        look = rules.READ_FILE | rules.READ_DIR
        of_file = rules.READ_FILE | rules.EXECUTE
        ruleset = landlock.Ruleset()
        for path in programs():
            ruleset.allow(path, rules=look | rules.EXECUTE if path.is_dir() else of_file)
        # The readers of workbooks look there for the packages; names can be listed, files not be read.
        ruleset.allow(*{path.parent for path in _packages()}, rules=rules.READ_DIR)
        for device in filter(os.path.exists, _DEVICES):
            ruleset.allow(device, rules=rules.READ_FILE | rules.WRITE_FILE)
        ruleset.allow(readable, rules=look)
        ruleset.allow(scratch, rules=look | rules.WRITE_FILE | rules.MAKE_REG | rules.REMOVE_FILE | rules.TRUNCATE)
        ruleset.apply()
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        return


def _system_call_filter(spared: Collection[int]) -> Callable[[], None]:
    """Return what puts the filter on: each of the calls fails with EPERM, and so does a signal to those who are ``spared``."""
    try:
        import pyseccomp  # noqa: PLC0415  # of the extra; RuntimeError without libseccomp

        calls = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        refused = pyseccomp.ERRNO(errno.EPERM)
        for name in BARRED_CALLS:
            # Not every processor has every call.
            with contextlib.suppress(OSError, ValueError):
                calls.add_rule(refused, name)
        for process in spared:
            calls.add_rule(refused, "kill", pyseccomp.Arg(0, pyseccomp.EQ, process))
    except (ImportError, OSError, RuntimeError, AttributeError):
        return lambda: None

    def load() -> None:
        with contextlib.suppress(OSError):
            calls.load()

    return load


def escapes(outside: Path) -> Iterator[str]:
    """
    Yield what this process can still do although it is confined: ``network``, ``files``, ``writing``, ``secrets``.

    ``outside``: a file that is none of the copies.
    """
    attempts: dict[str, Callable[[], None]] = {
        "network": lambda: socket.socket().close(),
        "files": lambda: os.close(os.open(outside, os.O_RDONLY)),
        "writing": lambda: os.close(os.open(outside, os.O_WRONLY | os.O_APPEND)),
        "secrets": lambda: os.close(os.open(f"/proc/{os.getppid()}/environ", os.O_RDONLY)),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        yield name


BARRED: Final = ("network", "files", "writing", "secrets")
"""What should be out of the reader's reach, in the order of ``escapes``."""
