"""
Passes that could not begin, or broke off: who is told of passes is told of that, too.

Which states of drops were told stands in the ledger. Here it may be the ledger that cannot be used, or the token, or a setting, so this
one state is kept in a small file of the user's own. Told once when it begins, once more when it is another one, and once when
passes go through again. A ledger that another run holds is no news: the next pass comes.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from importer.errors import Exit, ImporterError
from importer.ingest.notice_targets import name_of, tell
from importer.ingest.notice_texts import of_failed_pass, of_passes_again
from importer.writing.atomic_files import draft, make_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.ingest.notices import Audience

_NO_NEWS: Final = frozenset({Exit.DONE, Exit.LEDGER_LOCKED, Exit.INTERRUPTED, Exit.TERMINATED})
LONGEST_BYTES: Final = 10_000


@dataclass(slots=True)
class FailedPasses:
    """
    What is told of passes as a whole. ``audience``: finds out who is told; ``place``: where what was told is kept.

    ``notes``: what is said of notices that could not be sent.
    """

    audience: Callable[[], Audience | None]
    place: Path
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell of an error that ends the passes within, then let it go on; what could not be told stands in its fix."""
        try:
            yield
        except Exception as error:
            notes = self.failed(Exit(getattr(error, "exit_code", Exit.BUG)))
            if isinstance(error, ImporterError):
                error.fix = " ".join((error.fix, *notes)).strip()
            raise

    def went_through(self) -> list[str]:
        """Tell who knows of a failed pass that one has gone through; return what is said of those who could not be told."""
        self.notes.clear()
        known = self._known()
        audience = self._audience() if known else None
        if audience is not None:
            self._keep({target: code for target, code in known.items() if not self._tell(audience, target, None)})
        return self.notes

    def failed(self, code: Exit) -> list[str]:
        """Tell who does not know it yet that a pass could not be made; return what is said of those who could not be told."""
        self.notes.clear()
        audience = None if code in _NO_NEWS else self._audience()
        if audience is None or "failure" not in audience.notify.on:
            return []
        known = self._known()
        news = [target for target in range(len(audience.urls)) if known.get(target) != code]
        told = {target: int(code) for target in news if self._tell(audience, target, code)}
        if told:
            self._keep(known | told)
        return self.notes

    def _audience(self) -> Audience | None:
        with suppress(ImporterError):
            return self.audience()
        return None

    def _tell(self, audience: Audience, target: int, code: Exit | None) -> bool:
        if target >= len(audience.urls):
            return True  # the settings do not name it any more
        text = of_passes_again() if code is None else of_failed_pass(code)
        why = tell(audience.urls[target], text, private=audience.notify.private)
        if why:
            name = name_of(target, audience.urls[target])
            self.notes.append(f"A notice could not be sent to {name}: {why}. The next pass tries again.")
        return not why

    def _known(self) -> dict[int, int]:
        """Return which exit code each target was told of."""
        with suppress(OSError, ValueError, TypeError, AttributeError), self.place.open("rb") as file:
            return {int(target): int(code) for target, code in json.loads(file.read(LONGEST_BYTES)).items()}
        return {}

    def _keep(self, known: Mapping[int, int]) -> None:
        """Write down who knows what; where that cannot be, the next pass tells once more."""
        with suppress(OSError):
            if not known:
                self.place.unlink(missing_ok=True)
                return
            make_directory(self.place.parent)
            with draft(self.place) as made:
                made.stream.write(json.dumps(known).encode())


def place_of_failed(folder: Path, about: Sequence[str]) -> Path:
    """Return where the state is kept of passes that were asked for in the same words; ``folder``: the user's, for states."""
    name = blake2b("\0".join(about).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return folder / "passes" / f"{name}.json"
