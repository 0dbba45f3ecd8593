"""
What stands in the ledger instead of personal data once that was purged: keyed hashes of it (HMAC-SHA-256).

An unkeyed hash of a phone is no secret: who has the ledger hashes all phones there are and compares. The key stands
outside the ledger and its backups. Who has both can tell whether a value that he knows stood there, which is what a later
sheet needs, and cannot read one that he does not know.

Every kept form shows what it is: a lane of 20 bytes instead of 16, a text that begins with ``PURGED``. So nothing is hashed
twice, and a purge that was cut off goes on. Left as they are: times, zones, durations and the type of the appointment, which
tell nobody's name, and without which a later change could not be judged.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model.records import PURGED, Change, is_purged
from importer.model.statuses import DERIVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYED_BYTES: Final = 20
"""Of a lane or a fingerprint; their open forms have 16."""

_OF_TEXT: Final = 32
_LEFT: Final = frozenset({
    "eventType", "remindTimeOffset", "followUpTimeOffset", "eventDateTime", "subscriberTimeZone",
    "sendEligibleSubscribersOnly",
})  # fmt: skip
_PHONE, _NUMBER = "phone of the key", "number of the key"


class Marks:
    """The hashes under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _digest(self, kind: str, data: bytes) -> bytes:
        return hmac.digest(self._key, kind.encode() + b"\0" + data, "sha256")

    def proof(self, ledger: str) -> bytes:
        """Return what a ledger keeps of the key, to know it again; ``ledger``: its id."""
        return self._digest("ledger", ledger.encode())[:KEYED_BYTES]

    def lane(self, lane: bytes) -> bytes:
        """Return an appointment's lane as it is kept; one that is kept so already stays."""
        return lane if len(lane) == KEYED_BYTES else self._digest("lane", lane)[:KEYED_BYTES]

    def fingerprint(self, fingerprint: bytes) -> bytes:
        """Return what a row says together, as it is kept; b"" says nothing."""
        is_kept = len(fingerprint) in {0, KEYED_BYTES}
        return fingerprint if is_kept else self._digest("row", fingerprint)[:KEYED_BYTES]

    def text(self, kind: str, text: str) -> str:
        """Return one value as it is kept; equal for equal texts of one kind."""
        return (
            text
            if is_purged(text)
            else PURGED + self._digest(kind, text.encode(errors="surrogatepass")).hex()[:_OF_TEXT]
        )

    def phone(self, phone: str) -> str:
        """Return the phone of an appointment's key."""
        return self.text(_PHONE, phone)

    def number(self, number: str) -> str:
        """Return the number of an appointment's key; a derived one can still be told from others."""
        if is_purged(number):
            return number
        return (DERIVED if number.startswith(DERIVED) else "") + self.text(_NUMBER, number)

    def value(self, name: str, value: Any) -> Any:
        """Return the value of a field (``metadata.NAME`` for one of the metadata) as it is kept."""
        if value is None or name in _LEFT:
            return value
        if isinstance(value, dict):
            return {part: self.value(f"{name}.{part}", one) for part, one in value.items()}
        return self.text(name, value if isinstance(value, str) else orjson.dumps(value).decode())

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return an appointment's values as they are kept."""
        return {name: self.value(name, value) for name, value in values.items()}

    def changes(self, changes: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Return changed fields, old and new, as they are kept."""
        return [[name, self.value(name, before), self.value(name, after)] for name, before, after in changes]

    def recalled(self, kept: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        """Return kept values, in clear where somebody has said the same."""
        return {name: self._recalled(name, value, said.get(name)) for name, value in kept.items()}

    def _recalled(self, name: str, kept: Any, said: Any) -> Any:
        if isinstance(kept, dict):
            told = said if isinstance(said, dict) else {}
            return {part: self._recalled(f"{name}.{part}", one, told.get(part)) for part, one in kept.items()}
        return said if is_purged(kept) and said is not None and self.value(name, said) == kept else kept

    def recalled_change(self, kept: Change, said: Sequence[Any]) -> Change:
        """Return a change, its values in clear where they are among those that somebody has said of the field."""
        known = {self.value(kept.field, one): one for one in said if isinstance(one, str)}
        before, after = (
            known.get(one, one) if isinstance(one, str) and is_purged(one) else one for one in (kept.before, kept.after)
        )
        return Change(kept.field, before, after)
