"""Which call a request is: paths and methods of the API, once, for the router and for the description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from importer.sandbox import rules

CallName = Literal["create", "update", "cancel", "no_show", "add_type", "show_type"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: its name, method, path with ``{uuid}``, and the schema of its body (None: no body)."""

    name: CallName
    method: str
    path: str
    body: rules.Schema | None
    summary: str


CALLS: Final[tuple[Call, ...]] = (
    Call("create", "POST", "/events/reminders", rules.CREATE, "Create a new appointment reminder"),
    Call("update", "PUT", "/events/reminders/{uuid}", rules.UPDATE, "Update an appointment reminder"),
    Call("cancel", "POST", "/events/reminders/{uuid}/cancel", None, "Cancel an appointment reminder"),
    Call("no_show", "POST", "/events/reminders/{uuid}/no-show", None, "Send a no-show appointment reminder"),
    Call("add_type", "POST", "/events/types", rules.APPOINTMENT_TYPE, "Create an appointment type"),
    Call("show_type", "GET", "/events/types/{uuid}", None, "Show an appointment type"),
)


_AT: Final[dict[tuple[str, ...], tuple[Call, ...]]] = {
    tuple(path.strip("/").split("/")): tuple(call for call in CALLS if call.path == path)
    for path in dict.fromkeys(call.path for call in CALLS)
}
_UUID_PLACE: Final = 2


def find(path: str) -> tuple[tuple[Call, ...], str | None]:
    """Return the calls that live at this path, and the uuid in it (percent-decoded); no calls for a strange path."""
    parts = tuple(path.removeprefix("/").split("/"))
    if parts in _AT:
        return _AT[parts], None
    if len(parts) <= _UUID_PLACE or not parts[_UUID_PLACE]:
        return (), None
    shape = (*parts[:_UUID_PLACE], "{uuid}", *parts[_UUID_PLACE + 1 :])
    return _AT.get(shape, ()), unquote(parts[_UUID_PLACE])
