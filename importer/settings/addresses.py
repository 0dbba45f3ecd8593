"""
Where a drop may lie, as a text of the settings or the command line: a folder, ``s3://BUCKET/PREFIX`` or ``sftp://USER@HOST/PATH``.

Whatever stands after the bucket or the host is taken as it is: names are data there, and nothing in them is decoded. No
password stands in an address, because addresses are shown and written down.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.model.drops import SSH_PORT, Bucket, SftpFolder
from importer.settings.places import resolved_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.drops import Location

MEGABYTE: Final = 1_000_000
MOST_REMOTE_BYTES: Final = 500 * MEGABYTE
OF_BUCKETS: Final = ("endpoint", "region", "aws_profile")
OF_SERVERS: Final = ("known_hosts", "key_file", "password_file")
SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::([0-9]{1,5}))?")
_WANTED: Final = "the path of a folder, s3://BUCKET/PREFIX or sftp://USER@HOST/PATH"


def is_remote(text: str) -> bool:
    """Whether a text is the address of something that is no folder of this machine."""
    return SCHEME.match(text) is not None


def location(text: str, base: Path) -> Location:
    """
    Return where a text leads to; a path is meant from ``base``.

    Raises:
        ValueError: it is no place for a drop; the text says what was expected.
    """
    found = SCHEME.match(text)
    if found is None:
        return resolved_path(text, base)
    if not text.isprintable():
        raise ValueError(_WANTED)
    kind, rest = found[1].lower(), text[found.end() :]
    if kind == "s3":
        return _bucket(rest)
    if kind == "sftp":
        return _server(rest)
    raise ValueError(_WANTED)


def _bucket(rest: str) -> Bucket:
    name, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(name):
        raise ValueError(
            "s3://BUCKET/PREFIX with the name of a bucket; credentials stand in the environment or in AWS's own files"
        )
    return Bucket(name, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def _server(rest: str) -> SftpFolder:
    where, _, path = rest.partition("/")
    who, at, host = where.rpartition("@")
    if ":" in who:
        raise ValueError("sftp://USER@HOST/PATH without a password; name a file that holds it as password_file")
    found = _HOST.fullmatch(host)
    port = int(found[3] or SSH_PORT) if found else 0
    if found is None or not 0 < port < 65_536 or (at and not who):
        raise ValueError("sftp://USER@HOST/PATH with the name of a server")
    path = path.removeprefix("~/") if path.startswith("~/") else "" if path == "~" else f"/{path}"
    return SftpFolder(found[1] or found[2], path if path == "/" else path.rstrip("/"), who or None, port)


def completed(place: Location, keys: Mapping[str, str], base: Path) -> Location:
    """Return a place with what other keys of its table say of it; those about another kind of place are passed over."""
    if isinstance(place, Bucket):
        return replace(place, **{name: keys[name] for name in OF_BUCKETS if name in keys})
    if isinstance(place, SftpFolder):
        paths: dict[str, Any] = {name: resolved_path(keys[name], base) for name in OF_SERVERS if name in keys}
        return replace(place, **paths)
    return place


def place_key(place: Location) -> str:
    """Return what is the same for two ways to write one place."""
    if isinstance(place, Bucket):
        return f"{place} {place.endpoint or ''}"
    return str(place) if isinstance(place, SftpFolder) else os.path.realpath(place)


def defaults_of(place: Location) -> dict[str, Any]:
    """Return what a drop has in another kind of place than a folder, where nobody says otherwise."""
    if isinstance(place, Path):
        return {}
    size = {"max_bytes": MOST_REMOTE_BYTES}
    return {**size, "settle_s": 0.0} if isinstance(place, Bucket) else size
