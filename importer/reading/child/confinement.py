"""
What the process that opens strangers' workbooks may still do, once its modules are loaded and its file is open.

It computes, reads its standard input, and writes to its standard output: nothing else. Its resource limits hold on
every Unix. The filter of system calls (seccomp) and the rule for the file system (Landlock) need Linux and the extra
``confine``; where one is missing the process goes on with the other. ``escapes`` tries what should fail.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from importer.errors import forbid_core_dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.reading.limits import Limits


STANDARD_STREAMS: Final = 3
"""Standard input, output and error; no file of a higher number can be opened."""

# What a part of a workbook may be written in; a codec that is not loaded by now cannot be loaded any more.
CODECS: Final = (
    "ascii",
    "cp437",
    "cp1250",
    "cp1251",
    "cp1252",
    "iso8859-1",
    "iso8859-2",
    "iso8859-15",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-be",
    "utf-16-le",
    "utf-32",
)

# All that computing needs. None of them opens, connects, starts or signals anything.
HARMLESS_CALLS: Final = (
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "exit",
    "exit_group",
    "fstat",
    "futex",
    "getcpu",
    "getpid",
    "getppid",
    "getrandom",
    "getrusage",
    "gettid",
    "gettimeofday",
    "lseek",
    "madvise",
    "membarrier",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "nanosleep",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
    "time",
)
READING_CALLS: Final = ("pread64", "read", "readv")
WRITING_CALLS: Final = ("write", "writev")
AT_EMPTY_PATH: Final = 0x1000


def limit_resources(limits: Limits) -> None:
    """Bound memory (bytes of address space), processor time (seconds) and core dumps (none)."""
    seconds = int(limits.seconds) + 1
    forbid_core_dumps()
    _limit("RLIMIT_AS", limits.memory_bytes, limits.memory_bytes)
    _limit("RLIMIT_CPU", seconds, seconds + 1)


def confine() -> None:
    """Give up everything but computing and the standard streams, as far as the system offers it."""
    for name in CODECS:
        codecs.lookup(name)
    # The libraries look for what they need with files and processes, so both are ready before any is given up.
    load_filter = _system_call_filter()
    _close_file_system()
    _limit("RLIMIT_FSIZE", 0, 0)
    _limit("RLIMIT_NPROC", 0, 0)  # root is exempt; the filter holds for root, too
    _limit("RLIMIT_NOFILE", STANDARD_STREAMS, STANDARD_STREAMS)
    load_filter()


def _limit(name: str, soft: int, hard: int) -> None:
    try:
        import resource  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return
    # A system that lacks one of them, or has a lower one already, does not keep the others from being set.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        resource.setrlimit(getattr(resource, name), (soft, hard))


def _close_file_system() -> None:
    """Open no path any more, whatever it is: a Landlock rule without exceptions."""
    try:
        import landlock  # noqa: PLC0415  # of the extra

        landlock.Ruleset().apply()
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        return


def _system_call_filter() -> Callable[[], None]:
    """Return what puts the filter on: each system call that is not named above fails with EPERM."""
    try:
        import pyseccomp  # noqa: PLC0415  # of the extra; RuntimeError without libseccomp

        calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
        # Another program's signals and groups are out of reach: a process may only abort itself.
        own = pyseccomp.Arg(0, pyseccomp.EQ, os.getpid())
        rules: list[tuple[str, tuple[Any, ...]]] = [(name, ()) for name in HARMLESS_CALLS]
        rules += [(name, (pyseccomp.Arg(0, pyseccomp.EQ, 0),)) for name in READING_CALLS]
        rules += [(name, (pyseccomp.Arg(0, pyseccomp.EQ, stream),)) for name in WRITING_CALLS for stream in (1, 2)]
        rules += [("tgkill", (own,))]
        # How newer C libraries ask for what fstat told.
        rules += [("newfstatat", (pyseccomp.Arg(3, pyseccomp.MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH),))]
        for name, conditions in rules:
            # Not every processor has every call.
            with contextlib.suppress(OSError, ValueError):
                calls.add_rule(pyseccomp.ALLOW, name, *conditions)
    except (ImportError, OSError, RuntimeError, AttributeError):
        return lambda: None

    def load() -> None:
        with contextlib.suppress(OSError):
            calls.load()

    return load


def escapes() -> Iterator[str]:
    """
    Yield what this process can still do although it is confined: ``network``, ``files``, ``processes``, ``secrets``.

    Standard input is closed first: a number that is free again is what a hostile workbook's code would use.
    """
    os.close(0)
    for name, attempt in _ATTEMPTS.items():
        try:
            attempt()
        except (OSError, MemoryError):
            continue
        except AttributeError:
            # This system has no such call, and nothing that tells whether another one does it.
            yield name
        else:
            yield name


def _connect() -> None:
    socket.socket().close()


def _open() -> None:
    os.close(os.open(sys.executable, os.O_RDONLY))


def _start() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def _read_environment() -> None:
    os.close(os.open(f"/proc/{os.getppid()}/environ", os.O_RDONLY))


_ATTEMPTS: Final[dict[str, Callable[[], None]]] = {
    "network": _connect,
    "files": _open,
    "processes": _start,
    "secrets": _read_environment,
}
BARRED: Final = tuple(_ATTEMPTS)
"""What should be out of the process's reach, in the order of ``escapes``."""
