"""Requests that come byte by byte, and bugs: neither may hold the page up, nor say what stood in a request."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from importer.errors import bare_traceback, chain
from importer.web.pages import show_refusal
from importer.web.site import Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from importer.web.site import Site


GRACE_S: Final = 20.0
BYTES_PER_S: Final = 20_000
"""A body has 20 s, and a second more for each 20 kB that came: 50 MB may take 42 minutes, a byte a second is cut off."""


class BodyDeadline:
    """Ends a request whose body comes too slowly with status 408."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its body has to arrive in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, arrived, is_whole = time.monotonic(), 0, False

        async def receiving() -> Message:
            nonlocal arrived, is_whole
            if is_whole:  # waits for the browser to leave, however long that takes
                return await receive()
            left = began + GRACE_S + arrived / BYTES_PER_S - time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), max(left, 0.0))
            except TimeoutError:
                raise HTTPException(408, headers={"connection": "close"}) from None
            arrived += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receiving, send)


class Bugs:
    """Answers a bug in plain words, and prints where it was raised without what it says."""

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and catch what nobody expected."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - whatever it is, its message may hold somebody's data
            for link in reversed(list(chain(error))):
                for line in bare_traceback(link):
                    self._site.say(line)
            self._site.log.write("bug", kind=type(error).__name__)
            if has_begun or scope["type"] != "http":
                return
            response = await run_in_threadpool(show_refusal, self._site, BUG)
            await response(scope, receive, send)


BUG: Final = Refused(
    500,
    "Something went wrong that should not.",
    "Go back and try again. What was sent is recorded, and nothing is sent twice. If it happens again, tell whoever runs "
    "this page.",
)
