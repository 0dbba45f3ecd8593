"""What the page keeps in the ledger's database, and making a ledger ready for it."""

from __future__ import annotations

from importer.errors import LedgerError
from importer.ledger.opening import ledger_exists, opened, version
from importer.ledger.page.appointments_seen import Appointments
from importer.ledger.page.audit_records import Audit
from importer.ledger.page.import_store import Imports
from importer.ledger.page.page_connection import PageConnection
from importer.ledger.page.run_progress import RunProgress
from importer.ledger.page.session_records import Sessions
from importer.ledger.page.user_records import Users
from importer.ledger.tables import SCHEMA


class PageStore(PageConnection):
    """The tables of the page in the ledger at a path or database URL; see ``PageConnection``."""

    def __init__(self, place: str, *, lock_timeout_s: float = 0) -> None:
        super().__init__(place, lock_timeout_s=lock_timeout_s)
        self.users = Users(self)
        self.sessions = Sessions(self)
        self.audit = Audit(self)
        self.imports = Imports(self)
        self.progress = RunProgress(self)
        self.appointments = Appointments(self)


def is_current(place: str, *, lock_timeout_s: float) -> bool:
    """Whether a ledger is there whose tables are of this version; False, too, where it cannot be read."""
    if not ledger_exists(place):
        return False
    try:
        with opened(place, lock_timeout_s=lock_timeout_s, read_only=True, any_version=True) as store:
            return version(store) == SCHEMA
    except LedgerError:
        return False  # whoever opens it to make it ready is told
