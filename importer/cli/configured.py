"""What ``importer config check`` looks at."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.verdicts import Finding
from importer.errors import ImporterError
from importer.settings.file import read_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.calls import Reply
    from importer.model.profile import Profile
    from importer.settings import Settings


def findings(settings: Settings, profile: Profile, *, online: bool) -> Iterator[Finding]:
    """Yield a finding for each thing that a run leans on."""
    yield from of_file(settings)
    yield of_token(settings)
    yield of_ledger(settings)
    yield of_reports(settings.reports_dir)
    yield from of_profile(profile)
    yield of_workbook_reader()
    if online:
        yield from of_event_types(settings, profile)


def of_file(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for the settings file and for each of its profiles, not only for the one in use."""
    if not settings.config_paths:
        yield Finding("settings file", "right", "none; defaults, environment and options are in force")
        return
    for path in settings.config_paths:
        file = read_config(path)
        yield Finding("settings file", "right", str(file.path))
        for name in file.profile_names:
            try:
                file.profile(name)
            except ImporterError as error:
                yield Finding(f"profile {name}", "wrong", str(error), error.fix)
            else:
                yield Finding(f"profile {name}", "right", "can be read")


def of_token(settings: Settings) -> Finding:
    """Return whether there is a token that could be sent."""
    try:
        settings.token()
    except ImporterError as error:
        return Finding("token", "wrong" if settings.token_source.origin else "missing", str(error), error.fix)
    return Finding("token", "right", f"from {settings.token_source.origin}")


def of_ledger(settings: Settings) -> Finding:
    """Return whether the ledger can be opened; one that is not there yet is right, and is not made."""
    from importer.ledger import open_ledger

    shown = str(settings.plain("ledger"))
    path = Path(shown.removeprefix("sqlite:///"))
    if shown.startswith("sqlite:///") and not path.exists():
        return Finding("ledger", "right", f"{path} is not there yet; the first run makes it")
    try:
        with open_ledger(settings.ledger_url, read_only=True):
            return Finding("ledger", "right", shown)
    except ImporterError as error:
        return Finding("ledger", "wrong", str(error), error.fix)


def of_reports(folder: Path) -> Finding:
    """Return whether reports can be written: to the folder, or to the nearest one above it that is there."""
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("reports", "right", str(folder))
    return Finding("reports", "wrong", f"{nearest} cannot be written to", "Name another folder with --reports.")


def of_workbook_reader() -> Finding:
    """Return what the process that opens workbooks cannot reach on this system, tried out in one."""
    from importer.reading.confinement import BARRED
    from importer.reading.limits import Limits
    from importer.reading.workbooks import escapes_of_child

    reached = escapes_of_child(Limits())
    if reached is None:
        return Finding(
            "workbook reader", "wrong", "the process that opens workbooks does not start", "Install the importer again."
        )
    barred = ["memory", "processor time", *(what for what in BARRED if what not in reached)]
    holds = f"the process that opens workbooks is limited in: {', '.join(barred)}"
    if not reached:
        return Finding("workbook reader", "right", holds)
    return Finding(
        "workbook reader",
        "weaker",
        f"{holds}; missing: {', '.join(reached)}",
        "On Linux, install the extra: pip install 'appointment-importer[confine]' (it needs libseccomp2).",
    )


def of_profile(profile: Profile) -> Iterator[Finding]:
    """Yield what rows will be without unless the sheet itself says it."""
    if profile.zone is None and not any(place.zone for place in profile.locations.values()):
        yield Finding(
            "time zone", "right", f"profile {profile.name} names none, so each sheet needs a time zone column"
        )
    if profile.event_type and profile.event_types and profile.event_type not in profile.event_types:
        known = {kind.uuid for kind in profile.event_types.values()}
        if profile.event_type not in known:
            yield Finding(
                "appointment type",
                "right",
                f"event_type {profile.event_type} is not among the profile's event_types; it is sent as a uuid",
            )


def of_event_types(settings: Settings, profile: Profile) -> Iterator[Finding]:
    """Yield what the API says of each appointment type of the profile; one call each, which changes nothing."""
    from importer.api import Api, Route, Timeouts

    uuids = {name: kind.uuid for name, kind in profile.event_types.items()}
    if profile.event_type and profile.event_type not in uuids:
        uuids.setdefault(profile.event_type, profile.event_type)
    if not uuids:
        yield Finding("appointment types", "missing", f"profile {profile.name} names none to ask about")
        return
    try:
        timeouts = Timeouts(connect_s=settings.connect_timeout_s, total_s=settings.timeout_s)
        route = Route(ca_bundle=settings.ca_bundle, proxy=settings.proxy)
        with Api(settings.base_url, settings.token(), timeouts=timeouts, route=route) as api:
            for name, uuid in uuids.items():
                yield of_reply(name, api.event_type(uuid))
    except ImporterError as error:
        yield Finding("appointment types", "wrong", str(error), error.fix)


def of_reply(name: str, reply: Reply) -> Finding:
    """Return what an answer about one appointment type means."""
    subject = f"appointment type {name}"
    if reply.status == HTTPStatus.OK and reply.answer is not None:
        return Finding(subject, "right", "the API knows it")
    if reply.status == HTTPStatus.NOT_FOUND:
        return Finding(
            subject, "wrong", "the API does not know this uuid", "Copy the uuid of the appointment type again."
        )
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Finding(subject, "wrong", "the API refused the token", "Set a token that is valid for this account.")
    why = reply.trouble.value.replace("_", " ") if reply.trouble else f"HTTP {reply.status}"
    return Finding(
        subject, "wrong", f"the API gave no usable answer ({why})", "Try again later; check base_url and the network."
    )
