"""
Who gets in: the name by which the page is asked for, where a POST comes from, the login, the role, whose thing it is.

Each address of the table passes here before its handler is called; what stands in no table is not there.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from importer.errors import FileRefused, Held, ImporterError, LedgerError, LedgerFull, LedgerLocked, UsageError
from importer.ledger.page.user_records import Role, User
from importer.web.pages import show_refusal
from importer.web.sending import DISK_FULL
from importer.web.site import FILE_BYTES, Form, Refused, Visit, cookie_of, nothing_here

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.datastructures import FormData
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from importer.web.site import Route, Site


SAFE: Final = frozenset({"GET", "HEAD"})

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
FOR_A_YEAR: Final = "max-age=31536000"


class AnswerHeaders:
    """Gives every answer the headers that keep others away from it, errors included."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._headers = dict(HEADERS) | ({"strict-transport-security": FOR_A_YEAR} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with the headers."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def guarded(site: Site, route: Route) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a line of the table: its handler behind everything that keeps others out."""

    async def endpoint(request: Request) -> Response:
        began = time.monotonic()
        response = await answered(request)
        taken = round((time.monotonic() - began) * 1000)
        # The pattern and not the address itself: no id, nothing that somebody typed.
        site.log.write("page", method=route.method, route=route.path, status=response.status_code, ms=taken)
        return response

    async def answered(whole: Request) -> Response:
        request = Request(whole.scope, limited(whole, route.form.bytes))
        visit = Visit(site, request, None)
        try:
            visit = await run_in_threadpool(let_in, site, route, request)
            if request.method in SAFE:
                return await run_in_threadpool(route.handler, visit)
            return await with_form(visit, route)
        except Refused as refused:
            seen = visit if refused.user is None else replace(visit, user=refused.user)
            return await run_in_threadpool(show_refusal, site, refused, seen)
        except ImporterError as error:
            return await run_in_threadpool(show_refusal, site, in_words(error), visit)
        except LoginNeeded as needed:
            return needed.response
        except ClientDisconnect:
            return Response(status_code=400)  # whoever asked is gone

    return endpoint


def limited(request: Request, most: int) -> Receive:
    """Return what receives the body of a request, of which no more than so many bytes are taken."""
    arrived = 0

    async def receive() -> Message:
        nonlocal arrived
        message = await request.receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise HTTPException(413)
        return message

    return receive


async def with_form(visit: Visit, route: Route) -> Response:
    """Read the form of a POST and let the handler answer; files that came with it are closed afterwards."""
    form = await form_of(visit.request, route.form)
    try:
        return await run_in_threadpool(route.handler, replace(visit, form=form))
    finally:
        await form.close()


async def form_of(request: Request, allowed: Form) -> FormData:
    """Return the fields and files of a POST. ``Refused``: they are too many, too large, or cannot be read."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > allowed.bytes:
        raise too_large()
    # The library decodes fields by whatever codec is named; some take minutes for what a form may hold. Browsers name none.
    _, said = parse_options_header(request.headers.get("content-type"))
    if said.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise unreadable()
    try:
        form = await request.form(max_files=allowed.files, max_fields=allowed.fields, max_part_size=allowed.bytes)
    except HTTPException as error:
        if error.status_code != 400:
            raise Refused(error.status_code, *WORDS.get(error.status_code, UNREADABLE), connection="close") from None
        raise (
            too_large() if error.detail.startswith(("Too many", "Part exceeded", "Field exceeded")) else unreadable()
        ) from None
    if any(isinstance(value, UploadFile) and (value.size or 0) > FILE_BYTES for _, value in form.multi_items()):
        await form.close()
        raise too_large()
    return form


UNREADABLE: Final = ("This request cannot be read.", "Reload the page and try again.")
WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: UNREADABLE,
    404: ("There is nothing here.", "It may have been removed, or it belongs to somebody else."),
    405: ("This cannot be done here.", "Go back and reload the page."),
    408: ("The connection was too slow.", "Try again."),
    413: ("This is too large.", "A file may have up to 50 MB. Split it, and upload one part after the other."),
}
"""What is said where no handler is reached, by HTTP status: a title, and what to do."""


def too_large() -> Refused:
    """Return the refusal of a request that brings too much."""
    return Refused(413, *WORDS[413], connection="close")


def unreadable() -> Refused:
    """Return the refusal of a form that no browser sends."""
    return Refused(400, *UNREADABLE)


class LoginNeeded(Exception):
    """Nobody is logged in; ``response`` says so to the browser, or to the part of a page that asked."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def let_in(site: Site, route: Route, request: Request) -> Visit:
    """
    Return the visit of a request that may go on to its handler.

    Raises:
        Refused: it comes from elsewhere, the role is too low, or what it names is not there or somebody else's.
        LoginNeeded: nobody is logged in.
    """
    if request.method not in SAFE:
        refuse_elsewhere(site, request)
    user = user_of(site, request, uses=not route.polls)
    visit = Visit(site, request, user)
    if route.lowest is None:
        return visit
    if user is None:
        raise LoginNeeded(to_login(visit))
    try:
        refuse_too_low(visit, user, route)
    except Refused as refused:
        refused.user = user
        raise
    return visit


def refuse_too_low(visit: Visit, user: User, route: Route) -> None:
    """Raise ``Refused`` where the role is too low, or what the address names is not there or somebody else's."""
    if route.lowest is not None and not user.role.may(route.lowest):
        raise Refused(403, "You can look, but not change anything here.", "Ask an admin of this page for another role.")
    if route.owner is not None:
        owner = route.owner(visit)
        if owner is None or not (owner == user.id or sees_all(user)):
            raise nothing_here()


def sees_all(user: User) -> bool:
    """Whether a user sees the imports of all: admins do, and viewers, who change nothing."""
    return user.role is not Role.COORDINATOR


def to_login(visit: Visit) -> Response:
    """Lead a browser to the login; a part of a page is told, and keeps what was typed."""
    if visit.is_htmx:
        return show_refusal(visit.site, Refused(401, "You are logged out.", "Log in again in another tab."))
    path = visit.request.url.path
    # Back to where she was going, if that can be gone to; nothing but a path of ours.
    after = f"?next={path}" if visit.request.method == "GET" and path.isascii() and path not in {"/", "/login"} else ""
    return RedirectResponse(f"/login{after}", status_code=303)


def refuse_elsewhere(site: Site, request: Request) -> None:
    """
    Raise ``Refused`` for a POST that another web site had the browser send.

    Browsers send ``Origin: null`` from a page whose policy is no-referrer; then ``Sec-Fetch-Site``, which no script can set,
    says it.
    """
    origin, fetch_site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    is_ours = origin == origin_of(site, request)
    by_browser = fetch_site == "same-origin" and (is_ours or origin in {None, "null"})
    if not (is_ours if fetch_site is None else by_browser):
        raise Refused(403, "This did not come from this page, so nothing was done.", "Reload the page and try again.")


def origin_of(site: Site, request: Request) -> str:
    """Return where a POST has to come from: on this machine by the name that was asked for, which is one of ours."""
    if not site.is_local:
        return site.origin
    scheme = "https" if site.is_secure else "http"
    return f"{scheme}://{request.headers.get('host', '')}"


def user_of(site: Site, request: Request, *, uses: bool) -> User | None:
    """Return who is logged in, here or at a proxy that is trusted to say so."""
    if site.user_header and peer_of(request) in site.proxies:
        name = request.headers.get(site.user_header, "")
        found = site.store.users.named(name) if name else None
        return None if found is None else found.user
    secret = cookie_of(request, site.cookie)
    if not secret:
        return None
    return site.store.sessions.user_of(secret, at=site.now(), local=site.local_name, uses=uses)


def peer_of(request: Request) -> str:
    """Return the address at the other end of the connection, "" where it has none."""
    return request.client.host if request.client is not None else ""


def address_of(site: Site, request: Request) -> str:
    """Return the address of the browser: what the trusted proxies say, the last one that is none of theirs."""
    found = peer_of(request)
    if found not in site.proxies:
        return found
    said = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
    return next((part for part in reversed(said) if part and part not in site.proxies), found)


def keep_login(site: Site, response: Response, secret: str) -> None:
    """Give the browser the cookie of a login, which no script can read and no other site has sent along."""
    response.set_cookie(site.cookie, secret, path="/", secure=site.is_secure, httponly=True, samesite="lax")


def forget_login(site: Site, response: Response) -> None:
    """Let the browser forget the cookie."""
    response.delete_cookie(site.cookie, path="/", secure=site.is_secure, httponly=True, samesite="lax")


def in_words(error: ImporterError) -> Refused:
    """Return what stopped a request as its page."""
    if isinstance(error, LedgerFull):
        return Refused(507, *DISK_FULL)
    kinds: tuple[tuple[type[ImporterError], int], ...] = (
        (LedgerLocked, 503),
        (LedgerError, 503),
        (Held, 409),
        (FileRefused, 422),
        (UsageError, 400),
    )
    status = next((status for kind, status in kinds if isinstance(error, kind)), 500)
    return Refused(status, str(error), error.fix)


def plain_refusal(site: Site) -> Callable[[Request, Any], Awaitable[Response]]:
    """Return what answers where no handler is reached: an unknown address, another method."""

    async def answer(_request: Request, error: HTTPException) -> Response:
        refused = Refused(error.status_code, *WORDS.get(error.status_code, UNREADABLE))
        refused.headers |= error.headers or {}
        return await run_in_threadpool(show_refusal, site, refused)

    return answer


_NAMED: Final = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?")


class KnownNames:
    """
    Answers only by the names that are the page's own.

    Else another site, whose name is made to lead to this machine, would be one origin with the page.
    """

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it by its ``Host``."""
        named = _NAMED.fullmatch(Headers(scope=scope).get("host", ""))
        if named is not None and named[1].casefold() in self._site.hosts:
            await self._app(scope, receive, send)
            return
        refused = Refused(400, "This page is not found by this name.", f"Open it as {self._site.origin}/")
        response = await run_in_threadpool(show_refusal, self._site, refused)
        await response(scope, receive, send)
