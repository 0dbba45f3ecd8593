"""Claims: which files of which drops were taken, and their results; and what was told of drops, so that a state is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from importer.errors import LedgerError
from importer.ledger import recovery, unchanged_rows
from importer.ledger.call_queue import CALLS, planned_call
from importer.ledger.recovery import ENDED
from importer.ledger.store import reads_columns
from importer.ledger.tables import Found, claims, files, notices, rows, runs, unchanged
from importer.model.drops import DIGEST, Claim, ClaimState, Standing, Whereabouts
from importer.model.statuses import Action, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.ledger.store import Store
    from importer.model.planned_calls import PlannedCall


_OTHER = rows.alias("other")
_OPEN = tuple(state.value for state in ClaimState if not state.is_settled)
_ON_THE_WAY = tuple(where.value for where in Whereabouts if not where.is_final)


class Claims:
    """The claims of a ledger; each change is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, claim: Claim) -> Claim:
        """Write down a file that was taken; return it with its id."""
        with self._store.writing() as connection:
            found = connection.execute(select(func.coalesce(func.max(claims.c.id), 0))).scalar_one()
            values = {name: getattr(claim, name) for name in claims.c.keys() if name != "id"}  # noqa: SIM118 - columns
            connection.execute(insert(claims).values(id=int(found) + 1, **values))
        return self.one(int(found) + 1)

    def change(self, claim_id: int, **values: Any) -> Claim:
        """Change some of a claim's members; return it as it is then."""
        with self._store.writing() as connection:
            connection.execute(update(claims).where(claims.c.id == claim_id).values(**values))
        return self.one(claim_id)

    def one(self, claim_id: int) -> Claim:
        """Return a claim."""
        with self._store.reading() as connection:
            return _claim(connection.execute(select(claims).where(claims.c.id == claim_id)).one())

    def newest(self, drop: str, name: str | None = None) -> Claim | None:
        """Return the drop's newest claim, of a file of this name if one is given."""
        mine = claims.c.drop == drop if name is None else and_(claims.c.drop == drop, claims.c.name == name)
        with self._store.reading() as connection:
            found = connection.execute(select(claims).where(mine).order_by(claims.c.id.desc()).limit(1)).first()
        return None if found is None else _claim(found)

    def newest_done(self, drop: str) -> Claim | None:
        """Return the newest of the drop's claims whose run was carried out."""
        carried_out = claims.c.state.in_([ClaimState.DONE.value, ClaimState.UNKNOWN.value])
        query = select(claims).where(claims.c.drop == drop, carried_out).order_by(claims.c.id.desc()).limit(1)
        with self._store.reading() as connection:
            found = connection.execute(query).first()
        return None if found is None else _claim(found)

    def unfinished(self, drop: str) -> list[Claim]:
        """Return the drop's claims that a pass must look at again, oldest first: open, unknown, or not moved yet."""
        wanted = or_(
            claims.c.state.in_([*_OPEN, ClaimState.UNKNOWN.value]),
            claims.c.whereabouts.in_(_ON_THE_WAY),
            claims.c.copy != "",
        )
        with self._store.reading() as connection:
            return [
                _claim(row)
                for row in connection.execute(select(claims).where(claims.c.drop == drop, wanted).order_by(claims.c.id))
            ]

    def open_claims(self, drop: str) -> list[Claim]:
        """Return the drop's claims that are not settled, oldest first."""
        return [claim for claim in self.unfinished(drop) if not claim.state.is_settled]

    def names(self, drop: str, limit: int) -> list[str]:
        """Return the names of the drop's latest files, newest first."""
        query = select(claims.c.name).where(claims.c.drop == drop).order_by(claims.c.id.desc()).limit(limit)
        with self._store.reading() as connection:
            return list(connection.execute(query).scalars())

    def since(self, drop: str, moment: float) -> list[Claim]:
        """Return the drop's claims of files that were taken after a moment, oldest first."""
        mine = select(claims).where(claims.c.drop == drop, claims.c.taken_at > moment).order_by(claims.c.id)
        with self._store.reading() as connection:
            return [_claim(row) for row in connection.execute(mine)]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many files of each drop are in which state."""
        query = select(claims.c.drop, claims.c.state, func.count()).group_by(claims.c.drop, claims.c.state)
        found: dict[str, dict[str, int]] = {}
        with self._store.reading() as connection:
            for drop, state, count in connection.execute(query.order_by(claims.c.drop, claims.c.state)):
                found.setdefault(str(drop), {})[str(state)] = int(count)
        return found

    def drop_of(self, run_id: str) -> str | None:
        """Return the drop of which a run's file is, None where it is of none."""
        with self._store.reading() as connection:
            found = connection.execute(select(claims.c.drop).where(claims.c.run == run_id).limit(1)).scalar()
        return None if found is None else str(found)

    def put_away(self) -> list[Claim]:
        """Return the claims of all drops whose file was moved or is on its way."""
        with self._store.reading() as connection:
            return [_claim(row) for row in connection.execute(select(claims).where(claims.c.moved_to != ""))]

    def copies(self) -> set[str]:
        """Return the folders of all private copies that are still needed."""
        with self._store.reading() as connection:
            return set(connection.execute(select(claims.c.copy).where(claims.c.copy != "")).scalars())

    def latest_of(self, claim: Claim) -> str | None:
        """
        Return the newest run about the claim's file: the newest retry of its run, or a later run of the same bytes.

        So a person who approved a held file by hand has settled its claim, too.
        """
        if claim.run is None:
            return None
        with self._store.reading() as connection:
            latest = _youngest_retry(connection, claim.run)
            seq = connection.execute(select(runs.c.seq).where(runs.c.id == latest)).scalar()
            same = (
                select(runs.c.id)
                .join(files, files.c.run == runs.c.seq)
                .where(
                    files.c.sha256 == claim.sha256,
                    runs.c.seq > (seq or 0),
                    runs.c.state == RunState.FINISHED.value,
                    runs.c.command == "run",
                )
            )
            found = connection.execute(same.order_by(runs.c.seq.desc()).limit(1)).scalar()
            return latest if found is None else _youngest_retry(connection, found)

    def unsent_creates(
        self, run_id: str, *, unnamed_in: str | None = None
    ) -> list[tuple[int, str | None, int | None, bytes]]:
        """Return rows of a run whose create is left to send: id, place, start, body; only those that a later run does not name."""
        query = (
            select(rows.c.id, rows.c.location, rows.c.starts_at, rows.c.payload, rows.c.lane)
            .join(runs, runs.c.seq == rows.c.run)
            .where(
                runs.c.id == run_id,
                rows.c.status == Status.NOT_SENT.value,
                rows.c.code.not_in(ENDED),
                rows.c.planned == Action.CREATE.value,
            )
        )
        if unnamed_in is not None:
            other = select(runs.c.seq).where(runs.c.id == unnamed_in).scalar_subquery()
            query = query.where(
                rows.c.lane.not_in(select(_OTHER.c.lane).where(_OTHER.c.run == other, _OTHER.c.lane.is_not(None)))
            )
        with self._store.reading() as connection:
            found = connection.execute(query).all()
            named: set[bytes] = set()
            if unnamed_in is not None:
                of_other = unchanged.c.run == select(runs.c.seq).where(runs.c.id == unnamed_in).scalar_subquery()
                named = unchanged_rows.named(connection, of_other, [bytes(row.lane) for row in found if row.lane])
            return [(row.id, row.location, row.starts_at, row.payload) for row in found if row.lane not in named]

    def shut_out(self, run_id: str) -> list[PlannedCall]:
        """Return the calls of a finished run that wait for the sending window."""
        waiting = (rows.c.status == Status.NOT_SENT.value, rows.c.code == "window_closed")
        with self._store.reading() as connection:
            seq = connection.execute(select(runs.c.seq).where(runs.c.id == run_id)).scalar()
            return [planned_call(row) for row in connection.execute(CALLS.where(rows.c.run == seq, *waiting))]

    def is_left_for_window_only(self, run_id: str) -> bool:
        """Whether the sending window is all that kept rows of a finished run from being sent."""
        query = select(rows.c.code).distinct().join(runs, runs.c.seq == rows.c.run)
        unsent = query.where(runs.c.id == run_id, rows.c.status == Status.NOT_SENT.value, rows.c.code.not_in(ENDED))
        with self._store.reading() as connection:
            return set(connection.execute(unsent).scalars()) == {"window_closed"}

    def supersede(self, row_ids: Sequence[int]) -> None:
        """Let rows that were not sent stay so, because a newer file counts."""
        with self._store.writing() as connection:
            recovery.supersede(connection, list(row_ids))

    def calls_settled(self, run_id: str) -> int:
        """Return how many calls of the run the API has answered for good."""
        query = select(func.count()).select_from(rows).join(runs, runs.c.seq == rows.c.run)
        with self._store.reading() as connection:
            found = connection.execute(query.where(runs.c.id == run_id, rows.c.http_status > 0)).scalar_one()
        return int(found)


def begin(connection: Connection, claim_id: int, run_id: str) -> None:
    """
    Give a claim its run, in the transaction in which the run begins.

    Raises:
        LedgerError: it is not taken any more; the run does not begin.
    """
    taken = and_(claims.c.id == claim_id, claims.c.state == ClaimState.TAKEN.value)
    done = connection.execute(update(claims).where(taken).values(state=ClaimState.RUNNING.value, run=run_id))
    if done.rowcount != 1:
        raise LedgerError("The file was taken by another pass meanwhile.")


def _youngest_retry(connection: Connection, run_id: str) -> str:
    while True:
        query = select(runs.c.id).where(runs.c.parent == run_id).order_by(runs.c.seq.desc()).limit(1)
        found = connection.execute(query).scalar()
        if found is None:
            return run_id
        run_id = found


@reads_columns
def _claim(row: Found) -> Claim:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Claim(**values | {"state": ClaimState(row.state), "whereabouts": Whereabouts(row.whereabouts)})


class Notices:
    """The states of drops that stand; each change is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self) -> list[Standing]:
        """Return them, oldest first."""
        query = select(notices).where(notices.c.kind != DIGEST).order_by(notices.c.id)
        with self._store.reading() as connection:
            return [_standing(row) for row in connection.execute(query)]

    def add(self, drop: str, kind: str, about: str, *, claim: int, at: float) -> Standing:
        """Write down a state that was seen for the first time; nobody knows of it yet."""
        values = {"drop": drop, "kind": kind, "about": about, "claim": claim, "since": at, "told": ""}
        with self._store.writing() as connection:
            newest = connection.execute(select(func.coalesce(func.max(notices.c.id), 0))).scalar_one()
            connection.execute(insert(notices).values(id=int(newest) + 1, **values))
        return Standing(int(newest) + 1, drop, kind, about, claim, at)

    def know(self, ids: Collection[int], told: Collection[int]) -> None:
        """Write down who knows of these states."""
        with self._store.writing() as connection:
            text = " ".join(map(str, sorted(told)))
            connection.execute(update(notices).where(notices.c.id.in_(ids)).values(told=text))

    def remove(self, ids: Collection[int]) -> None:
        """Forget these states."""
        if ids:
            with self._store.writing() as connection:
                connection.execute(delete(notices).where(notices.c.id.in_(ids)))

    def last_digest(self) -> float | None:
        """Return the moment up to which a digest has told, None where there was none."""
        with self._store.reading() as connection:
            found = connection.execute(select(notices.c.since).where(notices.c.kind == DIGEST)).scalar()
        return None if found is None else float(found)

    def told_digest(self, until: float) -> None:
        """Write down that a digest has told of everything until a moment."""
        if self.last_digest() is None:
            self.add("", DIGEST, "", claim=0, at=until)
            return
        with self._store.writing() as connection:
            connection.execute(update(notices).where(notices.c.kind == DIGEST).values(since=until))


@reads_columns
def _standing(row: Found) -> Standing:
    told = frozenset(map(int, row.told.split()))
    return Standing(row.id, row.drop, row.kind, row.about, row.claim, row.since, told)
