"""
What the pages have in common: the template engine, which escapes every value, and one style sheet.

Nothing is ever marked as safe. A page forbids itself all loading but its own style sheet, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from importer.reporting.headings import field_title
from importer.reporting.results import utc_text
from importer.reporting.words import counted, moment, number, span, visible
from importer.writing.charts import share

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_markup(stream: BinaryIO, template: str, names: Mapping[str, Any]) -> None:
    """
    Write a page piece by piece.

    Raises:
        OSError: the stream cannot take it.
    """
    parts = environment().get_template(template).generate(names, style_hash=style_hash())
    stream.writelines(part.encode("utf-8", errors="backslashreplace") for part in parts)


@cache
def environment() -> Environment:
    """Return the engine with the words that every template knows."""
    made = Environment(
        loader=PackageLoader("importer.writing"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, span=span, moment=moment, utc=utc_text, field_title=field_title)
    names: dict[str, Any] = {"counted": counted, "share": share}
    made.globals.update(names)
    return made


def style_hash() -> str:
    """Return the hash of the style sheet exactly as the pages include it."""
    style = environment().get_template("report.css").render()
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def shown(value: Any) -> Any:
    """Return a text without invisible characters. Every value passes here; what macros made of them passes as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
