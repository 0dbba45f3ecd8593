"""
What a later command takes over of the run that it finishes: its profile, and what it was told to leave out.

A retry or a resume is planned by the same rules as its run, so it runs by that run's profile, whatever profile is the
default now, and keeps everything back while ``--all-or-nothing`` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import UsageError
from importer.settings import Source, profile_named

if TYPE_CHECKING:
    from importer.model.records import RunRecord
    from importer.run.job import Job


def as_its_run(job: Job, run: RunRecord) -> Job:
    """
    Return the job with the profile of the run, and with its ``--all-or-nothing``.

    Raises:
        UsageError: another profile was named, or the settings file does not know the run's any more.
    """
    settings = job.settings
    all_or_nothing = settings.all_or_nothing or bool(run.settings.get("all_or_nothing"))
    job = replace(job, settings=replace(settings, all_or_nothing=all_or_nothing))
    name = run.profile or job.profile.name
    if name == job.profile.name:
        return job
    if settings.origin("profile").source in {Source.OPTION, Source.ENVIRONMENT}:
        raise UsageError(
            f"Run {run.id} was made with the profile {name}, not {job.profile.name}.",
            fix=f"Leave the profile out, or name it: --profile {name}",
        )
    settings = replace(job.settings, profile=name)
    return replace(job, settings=settings, profile=profile_named(settings, name))
