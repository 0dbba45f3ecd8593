"""The folder of the reports, looked at before anything is sent: a run whose report has no place is not begun."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from importer.errors import UsageError
from importer.run.events import Event, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from importer.run.job import Job

FIX = "Name another folder with --reports."


def refuse_unusable(job: Job) -> None:
    """
    Refuse a folder in which no report can be written, and warn of one in which others may write.

    Raises:
        UsageError: it is a file, may not be written to, or is a link of somebody else.
    """
    folder = job.settings.reports_dir
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if not nearest.is_dir():
        raise UsageError(f"Reports cannot be written to {folder}: {nearest} is not a folder.", fix=FIX)
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"Reports cannot be written to {folder}: {nearest} may not be written to.", fix=FIX)
    if folder.is_symlink() and hasattr(os, "getuid") and folder.lstat().st_uid not in {os.getuid(), 0}:
        raise UsageError(f"Reports cannot be written to {folder}: it is a link of another user.", fix=FIX)
    if nearest == folder and others_may_write(folder):
        text = f"Other users may write to the reports folder {folder}; its reports are private all the same."
        job.on_event(Event(Stage.NOTE, text=text))


def others_may_write(folder: Path) -> bool:
    """Whether users besides the owner may change what stands in a folder; the owner's own group does not count."""
    if not hasattr(os, "getgid"):
        return False
    found = folder.stat()
    shared = stat.S_IWOTH | (stat.S_IWGRP if found.st_gid != os.getgid() else 0)
    return bool(found.st_mode & shared)
