"""Pictures of the coordinators' page: a week in its review, before Send, and reported on, by ``importer serve`` and a sandbox."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parents[1]))

from page_in_browser import Coordinator, chromium, log_in, office

import sample_data

if TYPE_CHECKING:
    from typing import Any

SIZE = {"width": 900, "height": 800}


def pictures_of_coordinator(folder: Path, directory: Path) -> None:
    """Take the first sample sheet the whole way in a folder; leave ``page_review.png`` and its sisters in a directory."""
    with office(folder) as desk, chromium() as browser:
        desk.add("dana")
        desk.open()
        page = browser.new_page(viewport=SIZE)
        log_in(page, desk.url, "dana")
        dana = Coordinator(page, desk)
        dana.upload(Path(sample_data.copy("clinic_week.csv", folder)))
        taken(page, directory / "page_review.png")
        dana.go_on()
        taken(page, directory / "page_confirm.png")
        dana.send()
        page.wait_for_url(re.compile("/report"), timeout=600_000)
        taken(page, directory / "page_report.png")


def taken(page: Any, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
