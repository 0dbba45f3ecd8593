"""
The door to the Appointment Reminders API, and the only place that speaks HTTP.

::

    a call  -> client.Api.send -> requests, a session a thread -> total_deadline (one deadline a call) -> the API
    Reply   <- replies (status, headers, JSON, excerpt; why there is no answer)

Calls go by HTTPS, or to this machine (``client.address``). Nothing is read from the environment, no redirect is
followed, nothing is repeated here: what an outcome means is decided in ``importer.sending``.
"""

from __future__ import annotations

from importer.api.client import Api, Route, Timeouts

__all__ = ["Api", "Route", "Timeouts"]
