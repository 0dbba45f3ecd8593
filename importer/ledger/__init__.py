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

``opening``    where it is, whether it is whole (``files``); locked (``locking``, in PostgreSQL ``advisory``), brought up to
               date (``migrating``)
``ownership``  which API address and account it belongs to
``store``      the two connections (to PostgreSQL as ``postgres`` says), bulk statements, errors without personal data
``tables``     runs, files, rows, reminders
``staging``    checked rows come in · ``laning`` appointments go to planning, verdicts come back
``calling``    calls that may go, intents, settlements · ``reminding`` what the API holds
``decided``    what a plan comes to, before anything of it is sent
``guarded``    what guards ask: ``earlier`` files, ``meetings`` with what is known, ``snapshots``; what they hold (``holding``)
``recovery``   after a kill: what is in doubt (``doubts``), what is still to send (``again``) · ``resolving`` a person decides
``overview``   runs at a glance · ``reported`` rows of earlier runs, found by the place that a report names
``copying``    a copy in a file of its own
``outcomes``   totals, report rows, one appointment's life · ``moving`` verify, export, import
``book``       ``Ledger``, the face of all this
"""

from importer.ledger.book import Ledger, open_ledger
from importer.ledger.overview import Glance
from importer.ledger.reported import Earlier, Place

__all__ = ["Earlier", "Glance", "Ledger", "Place", "open_ledger"]
