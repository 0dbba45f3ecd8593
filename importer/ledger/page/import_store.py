"""Imports in the ledger: written down, found, and moved on, each move by one statement that only the right version lets through."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
from sqlalchemy import delete, insert, select, update

from importer.ledger.page.import_tables import imports
from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.store import reads_columns
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from importer.ledger.tables import Found

_JSON: Final = ("options", "facts", "agreed", "result")
_TEXTS: Final = ("by", "name", "profile", "problem", "fix")
_NAMES: Final = tuple(one.name for one in fields(Import))


class Database(Protocol):
    """Gives connections to the ledger's database."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection inside one transaction."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one settled state."""


class Imports:
    """The imports of a ledger. They are written without a run's lock."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def add(self, one: Import) -> None:
        """Write down a new import."""
        with self._store.writing() as connection:
            connection.execute(insert(imports).values(_columns({name: getattr(one, name) for name in _NAMES})))

    def find(self, import_id: str) -> Import | None:
        """Return an import, None where there is none of this id."""
        with self._store.reading() as connection:
            found = connection.execute(select(imports).where(imports.c.id == storable(import_id))).first()
        return None if found is None else _import(found)

    def newest(self, owner: int | None, *, limit: int, before: tuple[float, str] | None = None) -> list[Import]:
        """Return imports, newest first, of one owner or (None) of all; behind the one that was made at ``before``."""
        query = select(imports).order_by(imports.c.created_at.desc(), imports.c.id.desc()).limit(limit)
        if owner is not None:
            query = query.where(imports.c.owner == owner)
        if before is not None:
            at, name = before[0], storable(before[1])
            query = query.where((imports.c.created_at < at) | ((imports.c.created_at == at) & (imports.c.id < name)))
        with self._store.reading() as connection:
            return [_import(row) for row in connection.execute(query)]

    def standing(self, states: Collection[ImportState]) -> list[Import]:
        """Return the imports that stand in one of these states, the one that has stood there longest first."""
        wanted = imports.c.state.in_([state.value for state in states])
        with self._store.reading() as connection:
            query = select(imports).where(wanted).order_by(imports.c.changed_at, imports.c.id)
            return [_import(row) for row in connection.execute(query)]

    def same_bytes(self, sha256: str, *, but: str) -> list[Import]:
        """Return other imports of the same bytes, newest first."""
        query = select(imports).where(imports.c.sha256 == sha256, imports.c.id != but)
        with self._store.reading() as connection:
            return [_import(row) for row in connection.execute(query.order_by(imports.c.created_at.desc()))]

    def of_parent(self, import_id: str) -> list[Import]:
        """Return the imports that have failed rows of another one, oldest first."""
        query = select(imports).where(imports.c.parent == import_id).order_by(imports.c.created_at)
        with self._store.reading() as connection:
            return [_import(row) for row in connection.execute(query)]

    def of_runs(self, runs: Collection[str]) -> dict[str, Import]:
        """Return the imports that runs sent, each by the run's id."""
        with self._store.reading() as connection:
            found = connection.execute(select(imports).where(imports.c.run.in_(list(runs)))).all()
        return {row.run: _import(row) for row in found}

    def copies(self) -> set[str]:
        """Return the names of all copies that imports have."""
        with self._store.reading() as connection:
            return set(connection.execute(select(imports.c.copy).where(imports.c.copy != "")).scalars())

    def move(
        self, import_id: str, was: ImportState, version: int, to: ImportState, *, at: float, **values: Any
    ) -> bool:
        """Move an import on, if it still stands as it did at this version; return whether it did."""
        return self._change(import_id, was, version, at=at, state=to.value, **values)

    def note(self, import_id: str, was: ImportState, version: int, *, at: float, **values: Any) -> bool:
        """Change members of an import that stays where it is, if it still stands as it did at this version."""
        return self._change(import_id, was, version, at=at, **values)

    def _change(self, import_id: str, was: ImportState, version: int, *, at: float, **values: Any) -> bool:
        mine = (imports.c.id == import_id, imports.c.state == was.value, imports.c.version == version)
        changed = _columns(values) | {"version": version + 1, "changed_at": at}
        with self._store.writing() as connection:
            return connection.execute(update(imports).where(*mine).values(changed)).rowcount == 1

    def remove(self, import_id: str) -> None:
        """Take an import out."""
        with self._store.writing() as connection:
            connection.execute(delete(imports).where(imports.c.id == import_id))


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    made = dict(values)
    for name in _JSON:
        if name in made:
            made[name] = orjson.dumps(dict(made[name]))
    for name in _TEXTS:
        if name in made:
            made[name] = storable(made[name])
    if "state" in made:
        made["state"] = str(made["state"])
    return made


@reads_columns
def _import(row: Found) -> Import:
    values = {name: getattr(row, name) for name in _NAMES}
    values |= {name: orjson.loads(values[name]) for name in _JSON}
    values["state"] = ImportState(row.state)
    values["stopping"] = bool(row.stopping)
    return Import(**values)
