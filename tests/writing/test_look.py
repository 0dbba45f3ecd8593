"""The look of the pages: tokens that can be read in light and dark, sizes of one scale, signs beside every colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import importer.writing
from importer.model.statuses import Action, Status
from importer.reporting.wording import MISSING, SIGNS

STYLE = (Path(importer.writing.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
SCHEMES = [dict(TOKEN.findall(block)) for block in re.findall(r":root \{(.*?)\n *\}", STYLE, re.DOTALL)][:2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("tokens", SCHEMES, ids=["light", "dark"])
def test_words_can_be_read(tokens: dict[str, str]) -> None:
    """Text has at least 4.5 to 1 on every ground it stands on, words on their soft ground at least 6."""
    for word in ("ink", "muted", "accent", "good", "warn", "stop", "doubt"):
        assert contrast(tokens[word], tokens["sheet"]) >= 6, word
        assert contrast(tokens[word], tokens["page"]) >= 4.5, word
    assert contrast(tokens["muted"], tokens["soft"]) >= 4.5
    for word in ("good", "warn", "stop", "doubt"):
        assert contrast(tokens[word], tokens[f"{word}-soft"]) >= 6, word


@pytest.mark.parametrize("tokens", SCHEMES, ids=["light", "dark"])
def test_bars_can_be_seen(tokens: dict[str, str]) -> None:
    """The colour of each status has at least 3 to 1 on its card, and so has the edge of what is framed."""
    for name in (*(status.value for status in Status), "edge"):
        assert contrast(tokens[name], tokens["sheet"]) >= 3, name


def test_nothing_is_smaller_than_13_px() -> None:
    """Every size of a letter is one of the scale."""
    sizes = {float(size) for size in re.findall(r"font(?:-size)?:[^;]*?([0-9.]+)px", STYLE)}

    assert sizes <= {13, 14, 15, 16, 20, 26, 32}


def test_each_status_and_call_has_a_sign() -> None:
    """No colour tells alone: whatever is coloured has a sign and a word, and calls have that of their status."""
    assert set(SIGNS) == {*Status, *Action.__members__.values(), MISSING} - {Action.UPSERT, Action.NONE}
    assert SIGNS[Action.CREATE] == SIGNS[Status.CREATED] == "+"
