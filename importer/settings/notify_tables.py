"""The shape of the ``[notify]`` table, and the ``Notify`` that it makes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from importer.model.notify import KINDS, Kind, Notify
from importer.settings.places import resolved_path
from importer.settings.profiles import ClockTime, Shape, Zone, clock
from importer.settings.values import web_address

_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S{1,2000}")


def target(text: str) -> str:
    """Return the address of somebody to tell. ``ValueError``: it is none."""
    if not _TARGET.fullmatch(text.strip()):
        raise ValueError("an address as apprise reads it, such as mailtos://USER:PASSWORD@HOST?to=DESK@CLINIC.EXAMPLE")
    return text.strip()


class DigestShape(Shape):
    """``digest = { at = "18:00", zone = "America/New_York" }``."""

    at: ClockTime
    zone: Zone


class NotifyShape(Shape):
    """The keys of ``Notify``."""

    urls: list[Annotated[str, AfterValidator(target)]] = Field(default_factory=list)
    urls_file: str | None = None
    on: list[Kind] | Literal["always"] = Field(default_factory=lambda: list(KINDS))
    digest: DigestShape | None = None
    private: bool = False
    heartbeat: str | None = None

    @field_validator("heartbeat")
    @classmethod
    def a_web_address(cls, text: str | None) -> str | None:
        """Refuse what is no address to ask for."""
        return None if text is None else web_address(text)

    @model_validator(mode="after")
    def is_private_enough(self) -> NotifyShape:
        """Refuse a heartbeat that would travel in the open to another network."""
        if self.heartbeat and self.heartbeat.startswith("http:") and not self.private:
            raise ValueError("heartbeat to begin with https://, or private = true for a server of your own network")
        return self


MEANINGS_OF_KEYS = {
    "urls": "Whom to tell, as [apprise](https://github.com/caronc/apprise/wiki) writes it: `mailtos://`, `slack://`, `workflows://` and the rest",
    "urls_file": "A file with such addresses, one a line, that only you can read",
    "on": 'States that are told: `failure`, `held`, `unknown`, `missing`; or `"always"`, what every pass came to as well',
    "digest": "Once a day from `at` on, in `zone`: what the day brought, and what stands",
    "heartbeat": "An address that is asked for after every good pass, so that its absence shows a job that did not run",
    "private": "Let addresses lie in your own network; else they are refused",
}


def notify_from(shape: NotifyShape, base: Path) -> Notify:
    """Return what the table says. ``base``: the settings file's folder."""
    return Notify(
        urls=tuple(shape.urls),
        urls_file=None if shape.urls_file is None else resolved_path(shape.urls_file, base),
        on=frozenset(KINDS if shape.on == "always" else shape.on),
        always=shape.on == "always",
        digest_at=clock(shape.digest.at) if shape.digest else None,
        zone=shape.digest.zone if shape.digest else "UTC",
        heartbeat=shape.heartbeat,
        private=shape.private,
    )
