"""People who are never texted: a list of phones and appointment numbers, held against rows and requests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.issues import Issues
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.model.chunks import Normalized


PASSING: Final = frozenset({Action.CANCEL, Action.NONE})
"""What a row may ask for though its person is on the list: nobody is reminded because of it."""


def folded_number(text: str) -> str:
    """Return an appointment number as it is compared: without case and outer blanks."""
    return text.strip().casefold()


@dataclass(frozen=True, slots=True)
class DoNotText:
    """The list: ``phones`` in E.164, and appointment ``numbers`` as ``folded_number`` gives them."""

    phones: frozenset[str]
    numbers: frozenset[str]

    def has(self, phone: str | None, number: str | None) -> bool:
        """Whether a person is on the list, by the phone or by the appointment's number."""
        return (phone or "") in self.phones or (number is not None and folded_number(number) in self.numbers)

    def findings(self, normalized: Normalized, actions: np.ndarray) -> Iterator[Issues]:
        """Yield the rows that would text a person of the list; ``actions``: what each row asks for, an ``Action`` value."""
        may_pass = np.isin(actions, [action.value for action in PASSING])
        told = np.zeros(len(may_pass), dtype=bool)
        for name, known in (("phone", self._listed_phones), ("externalEventId", self._listed_numbers)):
            if name not in normalized.values:
                continue
            found = normalized.values.distinct(name)
            rows = found.spread(np.array(known(found.texts.tolist()), dtype=bool)) & ~told & ~may_pass
            told |= rows
            if rows.any():
                yield Issues("blocked", name, np.flatnonzero(rows))

    def _listed_phones(self, texts: Iterable[str]) -> list[bool]:
        return [text in self.phones for text in texts]

    def _listed_numbers(self, texts: Iterable[str]) -> list[bool]:
        return [folded_number(text) in self.numbers for text in texts]
