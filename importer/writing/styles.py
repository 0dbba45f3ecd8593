"""The look of the workbooks: one palette, one set of cell formats."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

from importer.model.words import Status

FONT: Final = {"font_name": "Calibri", "font_size": 11}
TEXT: Final = {**FONT, "num_format": "@", "valign": "top"}

INK: Final = "#1D2B36"
MUTED: Final = "#5B6B78"
RULE: Final = "#D5DDE3"
OWN_HEADING: Final = "#24475B"
RESULT_HEADING: Final = "#E3EBF0"

# One colour a status, the same as on the page (its light side).
COLOURS: Final[dict[Status, str]] = {
    Status.CREATED: "#2F8F6B",
    Status.UPDATED: "#3A7CA5",
    Status.CANCELLED: "#6C6FB0",
    Status.NO_SHOW_SENT: "#4E9C9C",
    Status.UNCHANGED: "#A9B6BF",
    Status.DUPLICATE: "#C9D2D9",
    Status.INVALID: "#D9822B",
    Status.FAILED: "#C2453B",
    Status.UNKNOWN: "#9C4F96",
    Status.NOT_SENT: "#B89B3E",
    Status.HELD: "#8A6D5A",
}


class Style(IntEnum):
    """The samples of the rows sheet, in the order of their cells."""

    OWN = 0
    RESULT = 1
    NUMBER = 2
    BAD = 3
    WARNED = 4
    SENTENCE = 5
    DONE = 6
    QUIET = 7
    WRONG = 8
    DOUBTFUL = 9
    WAITING = 10


def sample_formats(*, wrap: bool) -> dict[Style, dict[str, Any]]:
    """Return the properties of each style; ``wrap``: sentences go on in further lines of their cell."""
    status = {**TEXT, "bold": True}
    return {
        Style.OWN: TEXT,
        Style.RESULT: {**TEXT, "font_color": MUTED},
        Style.NUMBER: {**FONT, "num_format": "0", "valign": "top", "align": "left", "font_color": MUTED},
        Style.BAD: {**TEXT, "bg_color": "#FBDDD6", "font_color": "#7A1F12", "border": 1, "border_color": "#E3A394"},
        Style.WARNED: {**TEXT, "bg_color": "#FFF3D0", "font_color": "#5E4A0A", "border": 1, "border_color": "#E5CF8C"},
        Style.SENTENCE: {**TEXT, "text_wrap": wrap, "font_color": INK},
        Style.DONE: {**status, "font_color": "#1F6B4F"},
        Style.QUIET: {**TEXT, "font_color": MUTED},
        Style.WRONG: {**status, "font_color": "#9B2C20", "bg_color": "#FBEAE6"},
        Style.DOUBTFUL: {**status, "font_color": "#75336F", "bg_color": "#F4E8F3"},
        Style.WAITING: {**status, "font_color": "#6B5716", "bg_color": "#F8F1DC"},
    }


STATUS_STYLES: Final[dict[Status, Style]] = {
    Status.CREATED: Style.DONE,
    Status.UPDATED: Style.DONE,
    Status.CANCELLED: Style.DONE,
    Status.NO_SHOW_SENT: Style.DONE,
    Status.UNCHANGED: Style.QUIET,
    Status.DUPLICATE: Style.QUIET,
    Status.INVALID: Style.WRONG,
    Status.FAILED: Style.WRONG,
    Status.UNKNOWN: Style.DOUBTFUL,
    Status.NOT_SENT: Style.WAITING,
    Status.HELD: Style.WAITING,
}
