"""Style sheets and scripts, which come with the program: each under its name, with an ETag."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.responses import Response

from importer.web.pages import environment
from importer.web.site import Route, nothing_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.web.site import Visit


KINDS: Final[Mapping[str, str]] = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "report.css": "text/css; charset=utf-8",
}


class StaticFile(NamedTuple):
    """The bytes of a file, what they are, and their ETag."""

    content: bytes
    kind: str
    etag: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the files by name. The style sheet of the reports is that of the page, too."""
    return {name: _read(name, kind) for name, kind in KINDS.items()}


def _read(name: str, kind: str) -> StaticFile:
    if name == "report.css":
        content = environment().get_template(name).render().encode()
    else:
        content = files("importer.web").joinpath("static", name).read_bytes()
    return StaticFile(content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def static_file(visit: Visit) -> Response:
    """Return a file, or that the browser has it already."""
    found = static_files().get(visit.part("name"))
    if found is None:
        raise nothing_here()
    headers = {"etag": found.etag, "cache-control": "no-cache"}
    if found.etag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.kind, headers=headers)


ROUTES: Final = (Route("GET", "/static/{name}", static_file, lowest=None),)
