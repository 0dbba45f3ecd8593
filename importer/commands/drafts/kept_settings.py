"""The settings of a draft: those that decide values, actions and address, kept with it and compared before it is sent."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.commands.job import is_fetched
from importer.commands.plan import choices
from importer.errors import Held
from importer.settings import Source, profile_named, profile_with
from importer.settings.effective import Origin
from importer.settings.file import merged
from importer.settings.table import SETTING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.commands.job import Job
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.profile import Profile


# When requests leave is no part of what they say, nor where a sheet was fetched: a link is not written down.
_OF_SENDING: Final = frozenset({"window", "link", "link_hosts"})
# A draft keeps what a query returned, so the query is not asked again.
_OF_FETCHING: Final = frozenset({"query_file"})
# What the profile takes from an option, too.
_IN_PROFILE: Final = frozenset({"profile", "action", "snapshot", "snapshot_locations"})


def kept_settings(job: Job) -> dict[str, Any]:
    """
    Return what a draft keeps.

    ``choices`` by name, which of them were ``typed``, the ``profile`` value by value, and the ``answers`` of a person that are
    part of it.
    """
    chosen = {name: value for name, value in choices(job).items() if name not in _OF_FETCHING}
    typed = [name for name in chosen if job.settings.origin(name).source is Source.OPTION]
    answers = [dict(answer) for answer in job.answers or ()]
    return {"choices": chosen, "typed": typed, "profile": _told(job.profile), "answers": answers}


def by_answers(job: Job, answers: Sequence[Mapping[str, Any]]) -> Job:
    """
    Return the job with what a person answered about its sheet, the oldest first: ``lines`` that go before the profile's own.

    Raises:
        SettingsError: what they say beside the profile is wrong by now.
    """
    lines: dict[str, Any] = {}
    for answer in answers:
        lines = merged(lines, answer["lines"])
    profile = profile_with(job.settings, lines) if lines else job.profile
    return replace(job, profile=profile, answers=tuple(answers))


def _told(profile: Profile) -> dict[str, Any]:
    values = {name: value for name, value in asdict(profile).items() if name not in _OF_SENDING}
    told: dict[str, Any] = orjson.loads(orjson.dumps(values, default=str, option=orjson.OPT_NON_STR_KEYS))
    return told


def as_the_draft(job: Job, draft: Draft) -> Job:
    """Return the job with the options that were typed when the draft was made, and are not typed now; and with the answers."""
    kept, settings = draft.settings, job.settings
    named = [name for name in kept["typed"] if settings.origin(name).source is not Source.OPTION]
    changed = {name: kept["choices"][name] for name in named if settings.plain(name) != kept["choices"][name]}
    if changed:
        values = {SETTING[name].field: _read(name, plain) for name, plain in changed.items()}
        origins = {name: Origin(Source.OPTION, SETTING[name].option) for name in changed}
        settings = replace(settings, **values, origins={**settings.origins, **origins})
    profile = profile_named(settings, settings.profile) if _IN_PROFILE & changed.keys() else job.profile
    job = replace(job, settings=settings, profile=profile, as_of=draft.as_of)
    job = by_answers(job, kept.get("answers", ()) if job.answers is None else job.answers)
    if settings.key_column is not None and any(is_fetched(file.path) for file in draft.source.files):
        job = replace(job, profile=job.profile.numbered_by(settings.key_column))
    return as_made(job) if draft.command in MADE else job


NOTE: Final = "note"
"""The heading of a column that only people read, in sheets that a command made."""
_BACK: Final = ("file_of_before", "moved_together")
MADE: Final = frozenset({"undo", "cancel", "no_show", "move"})
"""The commands that make a sheet by themselves."""


def as_made(job: Job) -> Job:
    """
    Return the job for a sheet that a command made: nothing that a clinic says of its own sheets holds for it.

    It is no file to compare others with; and that it takes appointments back to older values is what was asked for.
    """
    nothing: dict[str, Any] = {
        "values": {}, "action": None, "metadata": {}, "snapshot": None, "snapshot_locations": (), "declared": False,
        "duration_units": {},
    }  # fmt: skip
    profile = replace(job.profile, columns={NOTE: ""}, **nothing)
    codes = dict.fromkeys((*job.settings.release, *_BACK))
    settings = replace(
        job.settings, release=tuple(codes), sheet=None, limit=None, rows=(), only=(), action=None, snapshot=None,
        snapshot_locations=(),
    )  # fmt: skip
    return replace(job, settings=settings, profile=profile, is_part=True)


def _read(name: str, plain: Any) -> Any:
    if plain is None:
        return SETTING[name].default
    if isinstance(plain, list):
        return SETTING[name].read(",".join(plain)) if plain else ()
    return SETTING[name].read(plain if isinstance(plain, bool) else str(plain))


def refuse_other_settings(job: Job, draft: Draft) -> None:
    """
    Refuse to send a draft by other settings than those by which it was shown.

    Raises:
        Held: one that decides values, actions or address is another by now.
    """
    changed = other_settings(job, draft)
    if changed:
        raise Held(
            f"The draft was made with another {' and another '.join(changed)}; nothing was sent.",
            fix=f"Look at it as it would be sent now: importer plan --draft {draft.id}",
        )


def other_settings(job: Job, draft: Draft) -> list[str]:
    """Return the settings that decide values, actions or address and are others than those by which a draft was shown."""
    now, then = kept_settings(job), draft.settings
    changed = _differing(then["choices"], now["choices"])
    return changed + [f"{name} of the profile" for name in _differing(then["profile"], now["profile"])]


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in now if then.get(name) != now[name]]
