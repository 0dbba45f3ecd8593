"""
The ledger of a job: opened, not lost, and this job's own, before anything is planned or sent by it.

A ledger belongs to one API address and one account. Sent to another, each appointment would be booked once more, or
count as booked where nobody knows it.
"""

from __future__ import annotations

import hmac
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from importer.errors import LedgerError, SettingsError
from importer.ledger import Ledger, open_ledger
from importer.ledger.ownership import account_of
from importer.model.origins import origin_of
from importer.run.events import Event, Stage
from importer.run.lost_ledgers import refuse_if_lost
from importer.run.report_place import refuse_unusable
from importer.settings import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.owners import Owner
    from importer.run.job import Job

ASKED = "This token is not the one that the ledger was last used with. Is it for the same Attentive account? [y/N] "


@contextmanager
def opened_ledger(job: Job, *, rebuilds: bool = False) -> Iterator[Ledger]:
    """
    Open the settings' ledger for writing; nobody else can use it meanwhile.

    ``rebuilds``: a new one may be made although old reports tell of a ledger that was here.

    Raises:
        LedgerError: it cannot be used, or it is lost: reports tell of runs that it should know.
    """
    settings = job.settings

    def before_making() -> None:
        if not (rebuilds or settings.new_ledger):
            refuse_if_lost(settings.ledger_url, settings.reports_dir)

    with ExitStack() as closing:
        # The wait for another run's ledger may be long, and nothing is sent yet: a signal ends it.
        with job.stop.breaking():
            opening = open_ledger(
                settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, before_making=before_making
            )
            ledger = closing.enter_context(opening)
        yield ledger


@contextmanager
def ledger_to_send_by(job: Job) -> Iterator[Ledger]:
    """
    Open the ledger of a job that sends, if it belongs to the job's API address and account.

    Raises:
        SettingsError: it belongs to another, or the token is missing.
        UsageError: the reports of the job have no place.
    """
    if job.settings.rehearse and not job.rehearsal:
        raise SettingsError(
            "Only a whole run can be rehearsed; nothing was sent.",
            fix="Write importer run FILE... --rehearse, or leave --rehearse (IMPORTER_REHEARSE) out.",
        )
    token = job.settings.token()
    refuse_unusable(job)
    with opened_ledger(job) as ledger:
        owner = ledger.owner()
        _refuse_other_address(job, owner)
        _refuse_other_account(job, owner, token)
        yield ledger


@contextmanager
def ledger_to_plan_by(job: Job) -> Iterator[Ledger]:
    """Open the ledger of a job that only plans. An address that nobody named is told, one that was named is refused."""
    with opened_ledger(job) as ledger:
        owner = ledger.owner()
        if job.settings.origin("base_url").source is Source.DEFAULT and _is_others(job, owner):
            text = f"The ledger belongs to {owner.address}; to send, name it: --base-url {owner.address}"
            job.on_event(Event(Stage.NOTE, text=text))
        else:
            _refuse_other_address(job, owner)
        yield ledger


def claim(job: Job, ledger: Ledger) -> None:
    """Write down, before the first call leaves, whose the ledger is from now on."""
    owner = ledger.owner()
    address, account = origin_of(job.settings.base_url), account_of(owner.ledger, job.settings.token())
    if (owner.address, owner.account, owner.refused) != (address, account, False):
        ledger.claim(address, account)


def _is_others(job: Job, owner: Owner) -> bool:
    return owner.binds and bool(owner.address) and owner.address != origin_of(job.settings.base_url)


def _refuse_other_address(job: Job, owner: Owner) -> None:
    if not _is_others(job, owner):
        return
    here = origin_of(job.settings.base_url)
    several = owner.address.split(" ")
    if len(several) > 1:
        raise LedgerError(
            f"The ledger holds appointments that were sent to several addresses: {', '.join(several)}.",
            fix=f"Give another ledger with --ledger. If all are at {here}, type: importer ledger rebind {here}",
        )
    raise LedgerError(
        f"The ledger belongs to {owner.address}, and base_url is {here}. Nothing was sent.",
        fix="Correct base_url, or give another ledger with --ledger. "
        f"If the API's address has changed, type: importer ledger rebind {here}",
    )


def _refuse_other_account(job: Job, owner: Owner, token: str) -> None:
    if not owner.binds or owner.account is None or owner.refused or job.settings.same_account:
        return
    if hmac.compare_digest(owner.account, account_of(owner.ledger, token)) or job.ask(ASKED):
        return
    raise SettingsError(
        "The token is not the one that the ledger was last used with, and it may be another account's. Nothing was sent.",
        fix="If it is for the same account, add --same-account once. For another account give another --ledger.",
    )
