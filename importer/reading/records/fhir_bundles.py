"""
FHIR R4: the appointments of a bundle, or of resources one a line, each with the patient that it names.

A column is named by its element, ``Appointment.start``; what it means stands in ``schemas/exports/fhir.toml``. A patient is looked
for where the appointment's reference leads: among its contained resources, by ``fullUrl``, or by type and id on its server. The phone is the one for
texts or the mobile, as ``ContactPoint`` says; where there is neither, one whose use is not told, never one at home or at work. Which of
several is meant says ``rank`` alone. All other resources are left alone.

Source: HL7 FHIR R4, Appointment, Bundle (resolving references), ContactPoint, modifier extensions, and the extension ``timezone``. What
R5 calls otherwise (``cancellationReason``, ``note``) is read, too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from importer.errors import FileRefused
from importer.reading.child.archive import spread
from importer.reading.child.cell_display import Details
from importer.reading.records.record_grid import Record, RecordGrid, Wrong, record_of, repeated_in, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from importer.reading.limits import Limits

    Resources = Callable[[], Iterable[tuple[int, str, Any]]]
    """Reads the resources, as often as it is asked: each with its number and the address under which others name it."""


_OTHER_USES: Final = ("home", "work", "temp")
HEADINGS: Final = (
    *("Appointment.id", "Appointment.status", "Appointment.start", "Appointment.identifier", "Appointment.end"),
    *(
        "Appointment.minutesDuration",
        "Appointment.serviceType",
        "Appointment.appointmentType",
        "Appointment.description",
    ),
    *(
        "Patient.given",
        "Patient.family",
        "Patient.phone",
        *(f"Patient.phone {use}" for use in _OTHER_USES),
        "Patient.email",
    ),
    *("Patient.deceased", "participant.status", "Appointment.cancelationReason", "Appointment.comment"),
    *("Location.name", "timezone"),
)
"""All columns, in their order; but for the first three those that no appointment fills are left out."""

_ALWAYS: Final = frozenset(HEADINGS[:3])
_MODIFIER: Final = "modifierExtension"
_ZONE: Final = "http://hl7.org/fhir/StructureDefinition/timezone"
_INDEXED: Final = frozenset({"Patient", "Location"})
_TYPE_AND_ID: Final = re.compile(
    r"(?:^|/)([A-Z][A-Za-z]{1,40})/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$"
)
_LONGEST_REFERENCE: Final = 1_000
MOST_PARTS: Final = 1_000
"""So many participants of an appointment, and contacts of a patient, are looked at; nobody has more."""


def is_resource(value: Any) -> bool:
    """Return whether a JSON value is a FHIR resource."""
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str)


def resources_of(document: Mapping[str, Any]) -> Resources:
    """
    Return the resources of a document, numbered by their place in the bundle, from 1.

    Raises:
        FileRefused: ``fhir_page`` where the bundle names a next page; ``fhir_history`` where it holds old versions.
    """
    if document["resourceType"] != "Bundle":
        return lambda: [(1, "", document)]
    if document.get("type") == "history":
        raise FileRefused(
            "The bundle is a history: it holds several versions of the same appointments.",
            code="fhir_history",
            fix="Export the appointments as they are now: a search instead of a history.",
        )
    if any(_dict(link).get("relation") == "next" for link in _list(document.get("link"))):
        raise FileRefused(
            "The bundle is one page of several: it names a next one.",
            code="fhir_page",
            fix="Fetch all pages and put their entries into one bundle, or write all resources one a line (NDJSON).",
        )
    entries = [_dict(entry) for entry in _list(document.get("entry"))]
    return lambda: (
        (number, _text(entry.get("fullUrl")), None if _deletes(entry) else entry.get("resource"))
        for number, entry in enumerate(entries, start=1)
    )


def _deletes(entry: dict[str, Any]) -> bool:
    return _dict(entry.get("request")).get("method") == "DELETE"


def fhir_grid(resources: Resources, limits: Limits) -> RecordGrid:
    """
    Return the appointments among the resources.

    Raises:
        FileRefused: ``fhir_without_appointments``, ``fhir_patients_missing``, ``workbook_bomb``.
    """
    index = _Index()
    kinds: Counter[str] = Counter()
    filled: set[str] = set(_ALWAYS)
    for _, address, resource in resources():
        kind = resource["resourceType"] if is_resource(resource) else ""
        kinds[kind] += 1
        if kind in _INDEXED:
            index.add(kind, address, resource)
    lost = amount = 0
    for record in _records(resources, index):
        # One patient may be named by thousands of appointments.
        amount += sum(map(len, record.cells.values()))
        if amount > limits.sheet_characters:
            raise spread(limits.sheet_characters, "JSON file")
        filled.update(heading for heading, text in record.cells.items() if text)
        lost += any(code == "patient_missing" for _, code, _ in record.flaws)
    if not kinds["Appointment"]:
        raise FileRefused(
            "The FHIR resources hold no appointment.",
            code="fhir_without_appointments",
            fix="Export Appointment resources together with the patients that they name.",
        )
    if lost and not any(heading.startswith("Patient.") for heading in filled):
        raise FileRefused(
            "The appointments name patients who are not in the file.",
            code="fhir_patients_missing",
            fix="Export them together with their patients (in a search: _include=Appointment:patient).",
        )
    details = Details(notes=list(_left_alone(kinds)))
    headings = tuple(heading for heading in HEADINGS if heading in filled)

    def records() -> Iterator[Record]:
        for record in _records(resources, index):
            kept = {heading: text for heading, text in record.cells.items() if heading in filled}
            yield record._replace(cells=kept)

    return RecordGrid(headings, records, details=details)


_MOST_NAMED: Final = 6


def _left_alone(kinds: Counter[str]) -> Iterator[str]:
    others = [
        (kind or "without a type", count)
        for kind, count in kinds.most_common()
        if kind not in {"Appointment", *_INDEXED}
    ]
    if others:
        named = ", ".join(f"{count:,} {shown(kind)}" for kind, count in others[:_MOST_NAMED])
        more = ", …" if len(others) > _MOST_NAMED else ""
        yield f"Other resources are left alone: {named}{more}."


class _Index:
    """The resources that appointments name, by address and by type and id; each by the server of its address, "" where none is told."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[dict[str, Any] | None]]] = {}

    def add(self, kind: str, address: str, resource: dict[str, Any]) -> None:
        # One that says two things of itself is no sure one, and a second beside it would not make it so.
        read: dict[str, Any] = {name: resource[name] for name in _READ if name in resource}
        slim = None if repeated_in(resource) else read
        for name in {address, f"{kind}/{_text(resource.get('id'))}"} - {"", f"{kind}/"}:
            found = self._found.setdefault(name, {}).setdefault(_server(address), [])
            if not found or (len(found) == 1 and found[0] != slim):
                found.append(slim)

    def at(self, reference: str, contained: Mapping[str, dict[str, Any] | None], server: str) -> dict[str, Any] | None:
        """
        Return what a reference names; None where it is not there, or where two different ones are.

        ``server``: where the appointment itself is from, for a reference that names none.
        """
        if reference.startswith("#"):
            return contained.get(reference[1:])
        by_server = self._found.get(reference)
        typed = _typed(reference)
        if typed and (by_server is None or reference == "/".join(typed)):
            wanted = _server(reference) or server
            all_servers = self._found.get("/".join(typed), {})
            by_server = {one: found for one, found in all_servers.items() if not (one and wanted) or one == wanted}
            if wanted in by_server:
                by_server = {wanted: by_server[wanted]}
        found = [each for some in (by_server or {}).values() for each in some]
        first = found[0] if found else None
        return first if all(each == first for each in found) else None


def _server(address: str) -> str:
    """Return the address of a server, which stands before type and id; "" for a name that is no address of one."""
    match = _TYPE_AND_ID.search(address) if len(address) <= _LONGEST_REFERENCE else None
    return address[: match.start()] if match and "://" in address else ""


_READ: Final = (
    "resourceType", "id", "name", "telecom", "deceasedBoolean", "deceasedDateTime", "extension", _MODIFIER,
)  # fmt: skip


def _typed(reference: str) -> tuple[str, str] | None:
    match = _TYPE_AND_ID.search(reference) if len(reference) <= _LONGEST_REFERENCE else None
    return (match[1], match[2]) if match else None


def _records(resources: Resources, index: _Index) -> Iterator[Record]:
    for number, address, resource in resources():
        if isinstance(resource, dict) and resource.get("resourceType") == "Appointment":
            yield _Reader(number, address, resource, index).record()
        elif not is_resource(resource):
            yield Record(number, {}, [(None, "record_unreadable", shown(str(resource)))])


class _Reader:
    """One appointment on its way to a record."""

    def __init__(self, number: int, address: str, appointment: dict[str, Any], index: _Index) -> None:
        self._number = number
        self._server = _server(address)
        self._read = appointment
        self._index = index
        self._contained: dict[str, dict[str, Any] | None] = {}
        for each in map(_dict, _list(appointment.get("contained"))):
            if name := _text(each.get("id")):
                self._contained[name] = each if self._contained.setdefault(name, each) == each else None
        self._flaws: list[tuple[str | None, str, str]] = []

    def record(self) -> Record:
        read = self._read
        patient, status = self._patient()
        place = self._location()
        self._look_at_whole(patient)
        cells = {
            "Appointment.id": read.get("id"),
            "Appointment.status": read.get("status"),
            "Appointment.start": read.get("start"),
            "Appointment.identifier": _several(_dict(each).get("value") for each in _list(read.get("identifier"))),
            "Appointment.end": read.get("end"),
            "Appointment.minutesDuration": read.get("minutesDuration"),
            "Appointment.serviceType": _several(map(_concept, _list(read.get("serviceType")))),
            "Appointment.appointmentType": _concept(read.get("appointmentType")),
            "Appointment.description": read.get("description"),
            "participant.status": status,
            "Appointment.cancelationReason": self._why_off(),
            "Appointment.comment": self._comments(),
            "Location.name": place.get("name"),
            "timezone": self._zone(place),
            **self._of_patient(patient),
        }
        made = record_of(self._number, {name: each for name, each in cells.items() if each is not None})
        return made._replace(flaws=made.flaws + self._flaws)

    def _look_at_whole(self, patient: dict[str, Any]) -> None:
        """Tell of what makes the whole appointment uncertain; what a modifier extension means nobody may pass over."""
        if twice := repeated_in(self._read):
            self._flaws.append((None, "name_repeated", shown(twice)))
        elements = [self._read, patient, *_list(self._read.get("participant")), *_list(patient.get("telecom"))]
        urls = [_text(_dict(each).get("url")) for one in elements for each in _list(_dict(one).get(_MODIFIER))]
        if urls:
            self._flaws.append((None, "record_unreadable", shown(f"{_MODIFIER} {urls[0]}")))

    def _why_off(self) -> Any:
        """Return why, or when, the appointment was cancelled; nothing is said of one that takes place."""
        read = self._read
        return (
            _concept(read.get("cancelationReason"))
            or _concept(read.get("cancellationReason"))
            or read.get("cancellationDate")
        )

    def _comments(self) -> str:
        notes = (_dict(each).get("text") for each in _list(self._read.get("note")))
        return _several([self._read.get("comment"), *notes])

    def _participants(self, kind: str) -> Iterator[tuple[str, dict[str, Any] | None, str]]:
        """Yield reference, resource and status of each participant of a kind, as far as its reference tells."""
        for participant in map(_dict, _list(self._read.get("participant"))[:MOST_PARTS]):
            actor = _dict(participant.get("actor"))
            reference = _text(actor.get("reference"))
            resource = self._index.at(reference, self._contained, self._server) if reference else None
            typed = _typed(reference)
            told = _text(_dict(resource).get("resourceType")) or (typed[0] if typed else _text(actor.get("type")))
            if told == kind:
                yield reference, resource, _text(participant.get("status"))

    def _patient(self) -> tuple[dict[str, Any], str | None]:
        found = list(self._participants("Patient"))
        references = list(dict.fromkeys(reference for reference, _, _ in found))
        if len(references) > 1:
            self._flaws.append((None, "patients_several", shown(", ".join(references))))
            return {}, None
        if not found:
            return {}, None
        status = _several(status for _, _, status in found)
        reference, resource, _ = found[0]
        if resource is None:
            self._flaws.append((None, "patient_missing", shown(reference or "without a reference")))
        return resource or {}, status

    def _location(self) -> dict[str, Any]:
        found = {
            reference: resource for reference, resource, _ in self._participants("Location") if resource is not None
        }
        return next(iter(found.values())) if len(found) == 1 else {}

    def _zone(self, place: dict[str, Any]) -> Any:
        """Return the zone that the start, the appointment or its place names."""
        for element in (self._read.get("_start"), self._read, place):
            for extension in map(_dict, _list(_dict(element).get("extension"))):
                if extension.get("url") == _ZONE:
                    return extension.get("valueCode")
        return None

    def _of_patient(self, patient: dict[str, Any]) -> dict[str, Any]:
        name = _name_of(patient)
        cells = {
            "Patient.given": " ".join(filter(None, map(_text, _list(name.get("given"))))),
            "Patient.family": name.get("family"),
            "Patient.deceased": "deceased"
            if patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient
            else None,
        }
        contacts = self._contacts(patient)
        texted = _preferred(contacts["mobile"])
        cells["Patient.phone"] = _preferred(contacts["phone"]) if texted is None else texted
        cells["Patient.email"] = _preferred(contacts["email"])
        for use in _OTHER_USES:
            cells[f"Patient.phone {use}"] = _preferred(contacts[use])
        return cells

    def _contacts(self, patient: dict[str, Any]) -> defaultdict[str, dict[str, int]]:
        """Return kind -> value -> rank of the contacts that are in use."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for contact in map(_dict, _list(patient.get("telecom"))[:MOST_PARTS]):
            value, rank = _text(contact.get("value")).strip(), _text(contact.get("rank"))
            if value and not self._is_over(contact):
                ranks = found[_kind(contact)]
                known = int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 9 else _UNRANKED
                ranks[value] = min(known, ranks.get(value, _UNRANKED))
        return found

    def _is_over(self, contact: dict[str, Any]) -> bool:
        """Return whether a contact is old, or ended before the day of the appointment."""
        end, start = _text(_dict(contact.get("period")).get("end")), _text(self._read.get("start"))
        return contact.get("use") == "old" or bool(end and start and end[:10] < start[: len(end[:10])])


_UNRANKED: Final = 1_000_000_000


def _preferred(ranks: dict[str, int]) -> Any:
    """Return the one value that comes first by rank; several are a flaw."""
    first = min(ranks.values(), default=_UNRANKED)
    best = [value for value, rank in ranks.items() if rank == first]
    if len(best) > 1:
        return Wrong(" | ".join(best), "name_repeated")
    return best[0] if best else None


def _kind(contact: dict[str, Any]) -> str:
    """Return email, mobile, phone (of a use that is not told) or another use; a number for texts is as good as a mobile."""
    system, use = _text(contact.get("system")), _text(contact.get("use"))
    if system == "sms":
        return "mobile"
    if system != "phone":
        return system if system == "email" else ""
    return use if use in {"mobile", *_OTHER_USES} else "phone"


def _name_of(patient: dict[str, Any]) -> dict[str, Any]:
    """Return the official name, else the usual one, else the only one."""
    names = [_dict(each) for each in _list(patient.get("name"))]
    for use in ("official", "usual"):
        if chosen := [name for name in names if name.get("use") == use]:
            return chosen[0]
    return names[0] if len(names) == 1 else {}


def _concept(value: Any) -> Any:
    """Return what people read of a coded value: its text, else the display or the code of its only coding."""
    concept = _dict(value)
    if text := _text(concept.get("text")):
        return text
    codings = [_dict(each) for each in _list(concept.get("coding"))]
    for name in ("display", "code"):
        told = list(dict.fromkeys(filter(None, (_text(coding.get(name)) for coding in codings))))
        if told:
            return " | ".join(told)
    return None


def _several(values: Iterable[Any]) -> str:
    return " | ".join(dict.fromkeys(filter(None, map(_text, values))))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
