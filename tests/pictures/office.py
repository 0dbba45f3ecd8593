"""Pictures of workbooks as LibreOffice shows them on paper."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

INCH = 72
MARGIN = 6


def picture_of_sheet(workbook: Path, picture: Path, *, first_page: bool) -> None:
    """Leave a picture of the upper left of the rows sheet, or of the summary sheet, whole."""
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(workbook)]
        subprocess.run(convert, check=True, capture_output=True)
        document = Path(folder) / f"{workbook.stem}.pdf"
        page, box, dots = rows_box(document) if first_page else summary_box(document)
        left, top, right, bottom = (round(edge * dots / INCH) for edge in box)
        area = ["-x", left, "-y", top, "-W", right - left, "-H", bottom - top]
        cut = ["pdftoppm", "-png", "-singlefile", "-f", page, "-l", page, "-r", dots, *area]
        subprocess.run([*map(str, cut), str(document), str(picture.with_suffix(""))], check=True)


def words(document: Path) -> list[tuple[int, str, tuple[float, float, float, float]]]:
    """Return every word with its page and its box in points."""
    text = subprocess.run(["pdftotext", "-bbox", str(document), "-"], check=True, capture_output=True, text=True).stdout
    found, page = [], 0
    for line in text.splitlines():
        page += "<page " in line
        if match := re.search(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)<', line):
            found.append((page, match[5], tuple(map(float, match.groups()[:4]))))
    return found


def rows_box(document: Path) -> tuple[int, tuple[float, float, float, float], int]:
    """Return page, box and resolution of the first rows, from the first heading to the fix."""
    found = words(document)
    first, last = found[0][2], next(box for page, word, box in found if word == "result_warnings")
    width = last[0] - first[0]
    return 1, (first[0] - 1, first[1] - 3, last[0] - 4, first[1] + width * 0.24), round(1200 * INCH / width)


def summary_box(document: Path) -> tuple[int, tuple[float, float, float, float], int]:
    """Return page, box and resolution of all that stands on the summary sheet."""
    found = words(document)
    page = next(page for page, word, _ in found if word == "Meaning")
    boxes = [box for on, _, box in found if on == page]
    edges = (min(box[0] for box in boxes), min(box[1] for box in boxes), max(box[2] for box in boxes))
    area = (edges[0] - MARGIN, edges[1] - MARGIN, edges[2] + MARGIN, max(box[3] for box in boxes) + MARGIN)
    return page, area, round(1000 * INCH / (area[2] - area[0]))
