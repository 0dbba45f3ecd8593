"""Texts from a command line, where bytes that are no UTF-8 arrive as lone surrogates."""

from __future__ import annotations


def storable(text: str) -> str:
    """Return a text that a database and JSON can hold: bytes that are no UTF-8 as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
