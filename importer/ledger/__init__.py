"""
The ledger: what was sent and what came back, durably. The only memory of the uuids, for the API can be asked nothing.

At any moment, also after ``kill -9`` or a power cut:

1. A request leaves only after its call is durably marked ``sending``; at most as many calls are so marked as are in
   flight.
2. An outcome is reported only after it is durably settled. A settled call is never sent again.
3. A call found ``sending`` at start is *unknown*: a create with its key, an update and a cancel may be repeated with
   the same bytes, a no-show never (``recovery``).
4. Calls for one appointment go in row order and never overlap; others run in parallel.
5. Body and key are fixed before the first attempt; a repeat sends the identical bytes.

How they are held: ``Ledger.record`` writes intents and settlements in one transaction that is on the disk when it
returns, and refuses to mark a call that is not waiting or to settle one that is not ``sending``. Row and reminder change
in the same transaction. One importer at a time holds the ledger. Order is decided by row ids, never by a clock.

What a reminder is after an event (``effects`` is this table; recovery, settling, resolving and following updates all go
through it). Rows: the event of a call. Columns: the reminder before it, by its state and by the call in doubt, if any.

===================  ============  ============  ============  ============  ============  ============  ============
event                nothing       create doubt  active        update doubt  cancel doubt  no-show d.    ended
===================  ============  ============  ============  ============  ============  ============  ============
create accepted      active        active        active        active        active        active        active
create doubted       create doubt  create doubt  as it is      as it is      as it is      as it is      as it is
create found older   update doubt  update doubt  update doubt  update doubt  update doubt  update doubt  update doubt
create denied        -             forgotten     as it is      as it is      as it is      as it is      as it is
update accepted      active        update doubt  active        less doubt    cancel doubt  no-show d.    as it is
update doubted       update doubt  update doubt  update doubt  more doubt    cancel doubt  no-show d.    as it is
update denied        -             as it is      as it is      as it is      as it is      as it is      as it is
cancel accepted      cancelled     cancelled     cancelled     cancelled     cancelled     cancelled     as it is
cancel doubted       cancel doubt  cancel doubt  cancel doubt  cancel doubt  cancel doubt  no-show d.    as it is
cancel denied        -             as it is      as it is      as it is      active        as it is      as it is
no-show accepted     no-show sent  no-show sent  no-show sent  no-show sent  no-show sent  no-show sent  as it is
no-show doubted      no-show d.    no-show d.    no-show d.    no-show d.    no-show d.    no-show d.    as it is
no-show denied       -             as it is      as it is      as it is      as it is      active        as it is
===================  ============  ============  ============  ============  ============  ============  ============

*Denied*: a person found out that the API did nothing. *Ended*: cancelled, or a no-show was sent. A call that names the
uuid of a create in doubt makes it an update in doubt first. The values of an update that a later row has overtaken are
not written. A create in doubt gives way to a reminder known by its uuid alone that turns out to be its appointment's.
Values in doubt stay so below a cancel or no-show in doubt, and come back as update doubt when that is
denied. What may be sent upon each state stands in ``planning.transitions``. ``impossible_states`` is what is left.

``opening``    where it is, whether it is whole (``files``); locked (``locking``, in PostgreSQL ``advisory``), brought up to
               date (``migrating``)
``ownership``  which API address and account it belongs to
``store``      the two connections (to PostgreSQL as ``postgres`` says), bulk statements, errors without personal data
``tables``     runs, files, rows, reminders
``staging``    checked rows come in · ``laning`` appointments go to planning, verdicts come back
``appointment_lookup``  which appointment a row means, by number and uuid together
``calling``    calls that may go, intents, settlements · ``reminding`` what the API holds
``decided``    what a plan comes to, before anything of it is sent
``guarded``    what guards ask: ``earlier`` files, ``meetings`` with what is known, ``snapshots``; what they hold (``holding``)
``recovery``   after a kill: what is in doubt (``doubts``), what is still to send (``again``) · ``resolving`` a person decides ·
               ``unresolved`` what is still in doubt of earlier runs
``overview``   runs at a glance · ``reported`` rows of earlier runs, found by the place that a report names
``carried_back`` rows of a report that came back with values from before
``copying``    a copy in a file of its own
``outcomes``   totals, report rows, one appointment's life · ``moving`` verify, export, import
``book``       ``Ledger``, the face of all this
"""

from importer.ledger.book import Ledger, open_ledger
from importer.ledger.overview import Glance
from importer.ledger.reported import Earlier

__all__ = ["Earlier", "Glance", "Ledger", "open_ledger"]
