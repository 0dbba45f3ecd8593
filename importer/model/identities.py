"""The id of an appointment whose sheet has none."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

DERIVED: Final = "imp-"
"""How every derived id begins."""


def derived_external_id(phone: str, local_start: str, zone: str, event_type: str) -> str:
    """
    Return a stable external id for a row that has none, such as ``imp-3q2mdn5xk7w4u6z2abcd``.

    Made from the phone in E.164, the local start, its zone and the type's uuid: the same appointment in
    tomorrow's sheet gets the same id, and a moved one another. 100 bits of SHA-256.
    """
    identity = f"{phone}\x1f{local_start}\x1f{zone}\x1f{event_type}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).digest()
    return DERIVED + base64.b32encode(digest).decode("ascii").lower()[:20]
