"""Whose a ledger is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """
    The API address and the account that a ledger belongs to, as far as a first call wrote them down.

    Args:
        ledger: the ledger's own id; it stands in each ``summary.json``.
        address: scheme, host and port; "" where none is known; several, with blanks between, where a ledger of an
            earlier version was used against several.
        account: the keyed hash of the token; None where none is known.
        refused: whether the API refused that token (401, 403) when it was used last.
        binds: whether the ledger knows an appointment. One that knows none belongs to whoever uses it next.
    """

    ledger: str
    address: str = ""
    account: bytes | None = None
    refused: bool = False
    binds: bool = False
