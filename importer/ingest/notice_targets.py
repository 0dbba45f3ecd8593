"""
Those who are told, by way of apprise; and the heartbeat.

A target comes from a person's own settings file only. One that lies in the own network is refused unless the settings say that
this is meant, for whoever may write a name into DNS could else have us talk to what only we can reach. That holds for the address to
which a connection really goes, so a name that leads elsewhere a moment later gains nothing. No redirect is followed, nothing is kept
on disk, and each target has an end.
"""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from importer.api import Route, Timeouts
from importer.api.client import beat
from importer.errors import ImporterError, SettingsError
from importer.fetching.network_guard import is_private, proxies_of_environment, public_addresses_only
from importer.settings.token import from_file

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager

    from importer.ingest.notice_texts import Text
    from importer.model.drops import Notify
    from importer.settings import Settings

TOLD_WITHIN_S: Final = 60.0
"""A target takes a notice within so many seconds, or has not taken it."""

PRIVATE: Final = "it lies in a private network, and private = true is not set"


def urls_of(notify: Notify) -> Sequence[str]:
    """
    Return the targets, those of the settings first, then those of the file that they name.

    Raises:
        SettingsError: the file cannot be read, others may read it, or the library is not installed.
    """
    urls = list(notify.urls)
    if notify.urls_file is not None:
        lines = (line.strip() for line in from_file(notify.urls_file, "urls_file").splitlines())
        urls += [line for line in lines if line and not line.startswith("#")]
    if urls and find_spec("apprise") is None:
        raise SettingsError(
            "[notify] names whom to tell, and the library for that is not installed.",
            fix="Install it with: pip install 'appointment-importer[notify]'",
        )
    return urls


def name_of(place: int, url: str) -> str:
    """Return what a target is called where its address may not be shown."""
    return f"target {place + 1} ({url.partition('://')[0]})"


def tell(url: str, text: Text, *, private: bool) -> str:
    """Tell one target; return why it could not be told, "" if it was. The address is not quoted."""
    found: list[str] = []

    def try_it() -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of its libraries, which it loads as it needs them
                found.append(_told(url, text, private=private))
        except Exception as error:  # noqa: BLE001 - a library for a hundred services must not cost the pass anything
            found.append(f"it failed ({type(error).__name__})")

    # A thread that hangs is left behind: it holds nothing, and ends with the program.
    thread = threading.Thread(target=try_it, name="notice", daemon=True)
    thread.start()
    thread.join(TOLD_WITHIN_S)
    return found[0] if found else "it did not take the notice in time"


def _told(url: str, text: Text, *, private: bool) -> str:
    import apprise  # noqa: PLC0415 - an extra that takes its time to load, for news only

    for name in ("apprise", "requests", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    asset = apprise.AppriseAsset(
        app_id="Appointment importer", plugin_paths=[], storage_mode="memory", allow_templates=False,
        async_mode=False, http_redirects=False, secure_logging=True, pgp_autogen=False, pem_autogen=False,
    )  # fmt: skip
    target: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if target is None:
        return "apprise does not know such an address"
    if not private and (host := _host_of(target)) and is_private(host):
        return PRIVATE
    kind = apprise.NotifyType(text.kind)
    with _guarded(is_free=private, allowed=proxies_of_environment()) as refused:
        # The target itself, and not a set of them: that has threads which the program would wait for at its end.
        done = target.notify(body=text.body, title=text.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    return "" if done else PRIVATE if refused else "it did not take the notice"


def _guarded(*, is_free: bool, allowed: Collection[str] = ()) -> AbstractContextManager[list[str]]:
    return nullcontext([]) if is_free else public_addresses_only(allowed)


def _host_of(target: Any) -> str:
    """Return the host that a target leads to by its own address, "" where its service has a fixed one."""
    if getattr(target, "smtp_host", None):
        return str(target.smtp_host)
    named = any("{host}" in template for template in getattr(target, "templates", ()))
    return str(getattr(target, "host", None) or "") if named else ""


def send_heartbeat(notify: Notify, settings: Settings) -> str:
    """Ask for the address that waits for us; return why that failed, "" if it did not."""
    url = str(notify.heartbeat)
    host = urlsplit(url).hostname or ""
    if not notify.private and is_private(host):
        return PRIVATE
    timeouts = Timeouts(connect_s=settings.connect_timeout_s, total_s=settings.timeout_s)
    proxy = settings.proxy if url.startswith("https:") else None
    is_free = notify.private or proxy is not None  # behind a proxy it is the proxy that looks a name up
    try:
        with _guarded(is_free=is_free) as refused:
            why = beat(url, timeouts, Route(ca_bundle=settings.ca_bundle, proxy=settings.proxy))
    except ImporterError as error:
        return str(error)
    return PRIVATE if why and refused else why
