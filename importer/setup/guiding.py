"""From a file to its open questions, and from answers that were given beforehand to those that are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.columns.known_systems import NO_SYSTEM
from importer.columns.suggestions import gone_headings
from importer.errors import SettingsError, UsageError
from importer.settings import values
from importer.settings.file import read_config
from importer.setup.answers import Answered, AnswerRefused, settle, types_named, zone_named
from importer.setup.open_points import open_questions
from importer.setup.profile_file import Existing, profile_in
from importer.setup.questions import Hints
from importer.setup.sheet_seen import SheetSeen, look
from schemas import exports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.settings import Settings
    from importer.setup.questions import Question


@dataclass(frozen=True, slots=True)
class Begun:
    """
    A set-up before its first question.

    ``target``: the settings file that the profile belongs in; ``existing``: the profile as it stands there, or None.
    ``gone``: headings that it names and the sheet does not have. ``title``: of the known system, "" for none.
    """

    seen: SheetSeen
    answered: Answered
    hints: Hints
    target: Path
    existing: Existing | None
    gone: tuple[str, ...]
    title: str

    @property
    def before(self) -> Mapping[str, Any]:
        """The profile's table as it stands in the file."""
        return self.existing.table if self.existing else {}


def begin(  # noqa: PLR0913 - each is a choice of the caller's
    path: str, settings: Settings, target: Path, *, name: str | None = None, said: Mapping[str, str], zone: str = ""
) -> Begun:
    """
    Look at a sheet, and at the profile that may be there already.

    ``name``: of the profile; without it that of the known system, else the one in force. ``said``: lines of the profile that
    were given as options. ``zone``: of this machine, as a default.

    Raises:
        FileRefused: the sheet cannot be read.
        SettingsError: a settings file or profile is wrong, or the folder's own file has a profile of that name.

    """
    seen = look(path, Answered("default").profile(), sheet=settings.sheet)
    found = exports.recognized(seen.headings)
    system = said.get("system") or (found[0] if len(found) == 1 else NO_SYSTEM)
    own = system if system != NO_SYSTEM else settings.profile
    name = usable_name(name) if name else own
    existing = profile_in(target, name)
    refuse_shadow(name, settings, target)
    answered = Answered(name, dict(existing.table) if existing else {}).with_lines(said)
    profile = answered.profile()
    if profile.columns:
        seen = look(path, profile, sheet=settings.sheet)
    system = profile.system or system
    return Begun(
        seen=seen,
        answered=answered,
        hints=Hints(zone, known_types(settings)),
        target=target,
        existing=existing,
        gone=tuple(gone_headings(seen.headings, profile)),
        title=exports.title(system) if system != NO_SYSTEM else "",
    )


def usable_name(name: str) -> str:
    """Return the name of a profile. ``UsageError``: it can be none."""
    try:
        return values.text(name)
    except ValueError:
        raise UsageError("The profile needs a name on one line.", fix="Correct --profile.") from None


def refuse_shadow(name: str, settings: Settings, target: Path) -> None:
    """Raise ``SettingsError`` where a profile of the current folder would be taken instead of the one that is written."""
    folder = settings.folder_config
    if folder is None or (target.exists() and folder.samefile(target)):
        return
    found = profile_in(folder, name)
    if found is not None:
        raise SettingsError(
            f'{folder}, line {found.line}: this folder has a profile "{name}", which goes before one in your own file.',
            fix=f"Add to it with --config {folder}, or choose another name with --profile.",
        )


def known_types(settings: Settings) -> dict[str, str]:
    """Return the appointment types that the profiles of the settings files name, with their uuids."""
    found: dict[str, str] = {}
    for file in map(read_config, settings.config_paths):
        for table in file.tables.values():
            types = table.get("event_types")
            for kind, told in types.items() if isinstance(types, dict) else ():
                uuid = told.get("uuid") if isinstance(told, dict) else told
                if isinstance(uuid, str):
                    found.setdefault(kind, uuid)
    return found


def answer_ready(begun: Begun, ready: Mapping[str, str]) -> Answered:
    """
    Return the answers with those that were given beforehand, key of the question -> answer.

    A zone and a type are taken also where nothing asks for them: they are the profile's own lines.

    Raises:
        UsageError: an answer cannot be, or no open question has its key.

    """
    answered, left = begun.answered, dict(ready)
    while question := next((one for one in open_of(begun, answered) if one.key in left), None):
        try:
            answered = settle(answered, question, left.pop(question.key))
        except AnswerRefused as refused:
            raise UsageError(f"{question.text} {refused}", fix=f'Correct the answer to "{question.key}".') from None
    try:
        if "zone" in left:
            answered = answered.with_lines({"zone": zone_named(left.pop("zone"))})
        if "type" in left:
            answered = answered.with_lines(types_named(left.pop("type"), (), ""))
    except AnswerRefused as refused:
        raise UsageError(str(refused), fix="Correct the option.") from None
    if left:
        still = ", ".join(one.key for one in open_of(begun, answered)) or "none"
        raise UsageError(f'This sheet does not ask "{next(iter(left))}".', fix=f"Its open questions are: {still}.")
    return answered


def open_of(begun: Begun, answered: Answered) -> tuple[Question, ...]:
    """Return the questions that are open now."""
    return open_questions(begun.seen, answered, begun.hints)


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Return key -> answer of texts such as ``date-order=dmy``; a key may hold ``=`` where it is a word of the sheet."""
    found = {}
    for text in texts:
        key, mark, value = text.rpartition("=")
        if not mark or not key.strip():
            raise UsageError(f'"{text[:60]}" is no KEY=VALUE.', fix="Write it as in --answer date-order=dmy.")
        found[key.strip()] = value.strip()
    return found
