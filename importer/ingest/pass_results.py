"""What a pass found: each file with its state, each drop and the whole with an exit code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORST_FIRST: Final = (
    Exit.BUG,
    Exit.INTERRUPTED,
    Exit.TERMINATED,
    Exit.USAGE,
    Exit.AUTHENTICATION,
    Exit.UNKNOWN_OUTCOMES,
    Exit.HELD,
    Exit.STOPPED,
    Exit.FILE_REFUSED,
    Exit.FILE_MISSING,
    Exit.LEDGER_LOCKED,
    Exit.SOME_ROWS_FAILED,
    Exit.DONE,
)
"""A pass has one exit code: that of the worst it met."""

GOOD: Final = frozenset({Exit.DONE, Exit.FILE_REFUSED, Exit.SOME_ROWS_FAILED, Exit.HELD, Exit.UNKNOWN_OUTCOMES})
"""After a pass with no other codes the heartbeat is sent."""


def worst(codes: Iterable[int]) -> Exit:
    """Return the worst of these exit codes, 0 for none."""
    return min((Exit(code) for code in codes), key=WORST_FIRST.index, default=Exit.DONE)


@dataclass(frozen=True, slots=True)
class FileResult:
    """
    One file of a drop after a pass.

    ``state``: its claim's, or ``left`` (no file that is taken) or ``waiting`` (not settled, or the same as another file).
    ``exit_code`` None: nothing happened to it in this pass. ``line``: what is said of it. ``news``: what somebody should
    read, for stderr. ``waits``: calls of it wait for the sending window, which stops no other file.
    """

    name: str
    sha256: str | None
    state: str
    run: str | None = None
    exit_code: int | None = None
    moved_to: str | None = None
    line: str = ""
    news: tuple[str, ...] = ()
    waits: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return the members of the JSON document."""
        code = None if self.exit_code is None else int(self.exit_code)
        data = {"name": self.name, "sha256": self.sha256, "state": self.state, "run": self.run, "exit_code": code}
        return {**data, "moved_to": self.moved_to, "reason": self.line}


@dataclass(slots=True)
class DropResult:
    """A drop after a pass. ``codes``: of what concerns the drop as a whole; ``news``: likewise."""

    drop: str
    files: list[FileResult] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """The worst code of the drop."""
        return worst([*self.codes, *(file.exit_code for file in self.files if file.exit_code is not None)])

    def as_data(self) -> dict[str, Any]:
        """Return the members of the JSON document."""
        return {
            "drop": self.drop,
            "files": [file.as_data() for file in self.files],
            "notes": self.news,
            "exit_code": int(self.exit_code),
        }


@dataclass(frozen=True, slots=True)
class PassResult:
    """
    A whole pass. ``notes``: of those who could not be told of it; they change no exit code.

    ``failed``: the exit code of what kept it from being made, None for one that was. ``is_over``: something ended it before it had
    come to all files: the API, a signal, the ledger.
    """

    drops: tuple[DropResult, ...]
    notes: tuple[str, ...] = ()
    failed: Exit | None = None
    is_over: bool = False

    def with_notes(self, notes: Sequence[str]) -> PassResult:
        """Return the pass with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def of_tenant(self, tenant: str | None) -> PassResult:
        """Return the pass with each drop called ``TENANT/DROP``; as it is where there are no tenants."""
        if tenant is None:
            return self
        return replace(self, drops=tuple(replace(drop, drop=f"{tenant}/{drop.drop}") for drop in self.drops))

    @property
    def exit_code(self) -> Exit:
        """The worst code of all drops."""
        return worst(drop.exit_code for drop in self.drops)

    @property
    def news(self) -> list[str]:
        """What somebody should read: nothing after a clean pass."""
        return [
            *(line for drop in self.drops for line in (*drop.news, *(new for file in drop.files for new in file.news))),
            *self.notes,
        ]

    @property
    def is_good(self) -> bool:
        """Whether the pass looked at every drop, and nothing is left that a later pass would have to make good."""
        codes = [code for drop in self.drops for code in (*drop.codes, *(file.exit_code for file in drop.files))]
        return {int(code) for code in codes if code is not None} <= GOOD
