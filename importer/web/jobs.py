"""How the page, and the processes that it starts, come by a job with its settings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from importer.commands.job import Job
from importer.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class Jobs:
    """
    The options with which the page was started, which its processes read the settings by, too.

    ``options``: setting -> what was typed. ``config``: the settings file that was named. ``now`` gives UTC seconds.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    config: str | None = None
    now: Callable[[], float] = time.time

    def job(self, chosen: Mapping[str, Any] | None = None, **links: Any) -> Job:
        """
        Return a job by the settings as they stand now; ``chosen``: those of one import. ``links``: members of the job.

        Raises:
            SettingsError: a setting or a profile is wrong.
        """
        settings, profile = load({**self.options, **(chosen or {})}, config=self.config)
        return Job(replace(settings, yes=True), profile, now=self.now, texts_apart=True, **links)

    def settings(self) -> Settings:
        """Return the settings as they stand now, by the profile that is in force for all."""
        return self.job().settings

    def told(self) -> bytes:
        """Return what another process needs to make the same jobs, on one line."""
        return orjson.dumps({"options": dict(self.options), "config": self.config}, default=str) + b"\n"

    @classmethod
    def of(cls, told: bytes) -> Jobs:
        """Return what another process told of."""
        return cls(**orjson.loads(told))
