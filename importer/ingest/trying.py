"""Trying out what a pass leans on, without touching a real file: each drop with a file of our own, notices, and the heartbeat."""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from importer.ingest.notice_targets import name_of, send_heartbeat, tell, urls_of
from importer.ingest.notice_texts import PROGRAM, Text
from importer.ingest.places.place_at import Places
from importer.model.drops import Claim, ClaimState, FetchedSource, Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ingest.places.place import Place
    from importer.model.drops import Drop, Notify
    from importer.settings import Settings

CONTENT: Final = b"The appointment importer tries whether it may write, read and move here. This file may be removed.\n"


def try_drop(drop: Drop, settings: Settings) -> None:
    """
    List a drop, or fetch it where it is a query or a link; write a hidden file of our own there, move it to the folder for files that are done, read and remove it.

    Raises:
        ImporterError: the drop cannot be looked into.
        OSError: one of the others cannot be done; the text says which.
    """
    name = f".importer-check-{secrets.token_hex(4)}.txt"
    with Places(settings) as places:
        place = places.of(drop)
        place.listing()
        places.reports_of(drop)
        if isinstance(drop.path, FetchedSource):
            return
        step = "written"
        left = name
        try:
            place.put(name, CONTENT)
            step = "moved"
            moved_to = place.free_name(drop.done, name, "check")
            claim = Claim(
                0, drop.name, name, sha256(CONTENT).hexdigest(), len(CONTENT), str(place.look(name)), ClaimState.DONE, 0.0,
                moved_to=moved_to,
            )  # fmt: skip
            _expect(place.move(claim, name, lambda _step: None) is Whereabouts.MOVED, "it is another one by now")
            left, step = moved_to, "read"
            _expect(place.content(moved_to, len(CONTENT) + 1) == CONTENT, "it holds something else")
        except OSError as error:
            _remove(place, left)
            raise OSError(error.errno, f"a file cannot be {step} there: {error.strerror or error}") from None
        place.remove(moved_to)


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - what is expected
    if not holds:
        raise OSError(0, otherwise)


def _remove(place: Place, name: str) -> None:
    with suppress(OSError):
        place.remove(name)


def try_notices(notify: Notify, settings: Settings) -> Iterator[tuple[str, str]]:
    """Tell each target that this is a trial, and ask for the heartbeat; yield each with why it failed, "" if it did not."""
    text = Text(f"{PROGRAM}: a trial", "Notices arrive here. Nothing else happened.", "info")
    for place, url in enumerate(urls_of(notify)):
        yield f"notices to {name_of(place, url)}", tell(url, text, private=notify.private)
    if notify.heartbeat:
        yield "heartbeat", send_heartbeat(notify, settings)
