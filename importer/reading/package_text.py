"""Whether a part of a workbook's package is written in the plain manner that the fast reader reads rightly."""

from __future__ import annotations

import re
from typing import Final

_DECLARATION: Final = re.compile(rb"(?:\xef\xbb\xbf)?(<\?xml [^<>]{1,200}\?>)?\s{0,99}")
_ENCODING: Final = re.compile(rb"""encoding\s?=\s?["'](?:utf-?8|us-ascii)["']""", re.IGNORECASE)


def is_plain(head: bytes, root: bytes) -> bool:
    """
    Return whether the beginning of a part is plain: UTF-8, its root without a prefix, no comment.

    ``head`` reaches at least behind the root's tag.
    """
    declaration = _DECLARATION.match(head)
    if declaration is None or not head.startswith(b"<" + root, declaration.end()):
        return False
    if declaration[1] and b"encoding" in declaration[1] and not _ENCODING.search(declaration[1]):
        return False
    return b"<!" not in head and b"\0" not in head


def is_plain_head(head: bytes, root: bytes) -> bool:
    """Return whether the beginning of a part is plain, and its attributes stand in double quotes."""
    return is_plain(head, root) and b"'" not in head[head.index(b"<" + root) :]
