"""Pictures of a terminal: lines with colours as SVG."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = {
    "31": "#f0988e",
    "32": "#7fd1b0",
    "33": "#f0c274",
    "34": "#7fb8e6",
    "35": "#d79bd2",
    "36": "#7fcfcf",
    "2": "#8d9ba6",
}
STEP, LEFT, TOP, COLUMN = 20, 22, 58, 8.43
ESCAPE = re.compile("\x1b\\[([0-9;]*)m")


def svg(command: str, lines: Sequence[str], columns: int = 80) -> str:
    """Return a terminal window of so many columns at least that shows a command and the lines that followed."""
    shown = [f"\x1b[1m$ {command}\x1b[0m", "", *lines]
    width = round(2 * LEFT + COLUMN * max(columns, *(len(ESCAPE.sub("", line)) for line in shown)))
    height = TOP + STEP * len(shown) + 14
    texts = "".join(
        f'<text x="{LEFT}" y="{TOP + STEP * place}">{_spans(line)}</text>\n' for place, line in enumerate(shown) if line
    )
    dots = "".join(f'<circle cx="{24 + 20 * place}" cy="22" r="6" fill="#3a4751"/>' for place in range(3))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="A terminal after: {escape(command)}">\n'
        f'<rect width="{width}" height="{height}" rx="10" fill="#141b20"/>{dots}\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace" font-size="14" '
        f'fill="#dfe6ea">\n{texts}</g>\n</svg>\n'
    )


def _spans(line: str) -> str:
    spans, look = [], ""
    for place, part in enumerate(ESCAPE.split(line)):
        if place % 2:
            look = _look(part)
        elif part:
            # Browsers fold blanks; hard ones stay.
            spans.append(f"<tspan{look}>{escape(part).replace(' ', chr(0xA0))}</tspan>")
    return "".join(spans)


def _look(codes: str) -> str:
    found = codes.split(";")
    weight = ' font-weight="700"' if "1" in found else ""
    colour = next((f' fill="{COLOURS[code]}"' for code in found if code in COLOURS), "")
    return weight + colour
