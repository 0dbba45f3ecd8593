"""Pictures of report.html in Chromium."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from pathlib import Path

# Name -> width, height of what is shown, colour scheme.
VIEWS = {"page": (900, 1100, "light"), "page_dark": (900, 1100, "dark"), "page_small": (320, 900, "light")}


def pictures_of_page(page_file: Path, directory: Path, name: str) -> None:
    """Leave ``NAME_page.png`` and its dark and small sisters in a directory."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for view, (width, height, scheme) in VIEWS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(page_file.as_uri())
            page.screenshot(path=directory / f"{name}_{view}.png")
            page.close()
        browser.close()
