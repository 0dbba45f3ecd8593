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

How they are held: ``run.calls.record`` writes intents and settlements in one transaction that is on the disk when it
returns, and refuses to mark a call that is not waiting or to settle one that is not ``sending``. Row and reminder change
in the same transaction. One importer at a time holds the ledger. Order is decided by row ids, never by a clock.

What a reminder is after an event (``known_reminders`` is this table; recovery, settling, resolving and following updates all go
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
update denied        -             update doubt  as it is      as it is      as it is      as it is      as it is
cancel accepted      cancelled     cancelled     cancelled     cancelled     cancelled     cancelled     as it is
cancel doubted       cancel doubt  cancel doubt  cancel doubt  cancel doubt  cancel doubt  no-show d.    as it is
cancel denied        -             update doubt  as it is      as it is      active        as it is      as it is
no-show accepted     no-show sent  no-show sent  no-show sent  no-show sent  no-show sent  no-show sent  as it is
no-show doubted      no-show d.    no-show d.    no-show d.    no-show d.    no-show d.    no-show d.    as it is
no-show denied       -             update doubt  as it is      as it is      as it is      active        as it is
===================  ============  ============  ============  ============  ============  ============  ============

*Denied*: a person found out that the API did nothing. *Ended*: cancelled, or a no-show was sent. A call that names the
uuid of a create in doubt makes it an update in doubt first. The values of an update that a later row has overtaken are
not written. A create in doubt gives way to a reminder known by its uuid alone that turns out to be its appointment's.
Values in doubt stay so below a cancel or no-show in doubt, and come back as update doubt when that is denied. What may be
sent upon each state stands in ``planning.transitions``. ``integrity.IMPOSSIBLE`` is what is left.

What a command does to a run, by the state in which it finds it (``tests/commands/test_life_of_a_run.py`` drives this
table). *Reading*, *planned*, *sending*, *halted* and *left* are open in the ledger, and found only once they were cut off,
for the one that is at work holds the ledger. *Halted* is one that was asked to stop and is too large to settle what it left
at once; *left* is one that had settled it and was cut off before it was finished; *stopped* is finished with rows that may
still be sent. A *draft* is a kept plan (``drafts``), which is no run yet: ``run --draft`` begins one that sends it. The commands that name a run find this one; ``run`` and
``plan`` are given another sheet.

===============  ==========  ==========  ==========  ==========  ==========  ==========  ==========  ==========
command          draft       reading     planned     sending     halted      left        stopped     finished
===============  ==========  ==========  ==========  ==========  ==========  ==========  ==========  ==========
run, plan        as it is    ended       ended       ended       ended       ended       as it is    as it is
run --draft      sent anew   refused     refused     refused     refused     refused     refused     refused
drop-draft       forgotten   refused     refused     refused     refused     refused     refused     refused
resume           refused     forgotten   sent        sent        sent        sent        sent        none left
resume, then no  refused     forgotten   ended       ended       ended       ended       as it is    none left
retry            refused     none left   sent anew   sent anew   sent anew   sent anew   sent anew   none left
retry, then no   refused     none left   ended       ended       ended       ended       as it is    none left
resolve          refused     refused     refused     settled     refused     refused     refused     refused
report           refused     refused     refused     refused     reported    refused     reported    reported
ledger export    as it is    refused     refused     refused     refused     refused     as it is    as it is
runs, explain    as it is    as it is    as it is    as it is    as it is    as it is    as it is    as it is
===============  ==========  ==========  ==========  ==========  ==========  ==========  ==========  ==========

*Ended*: finished, its calls on their way UNKNOWN, the rest NOT_SENT; ``retry`` and ``resolve`` end it first, whatever
they do then, and so does the ``report`` of a halted run. *Forgotten*: it asked for nothing yet, and its sheets have to be run
again; a retry that was cut off while reading is forgotten by the next command, too, for its rows stand in the run that it
retries. A run is finished only when each of its rows is settled, which ``run_records.finish`` looks at in the same transaction.
"""

from importer.ledger.handle import Ledger, Run, drafts_of, ledger_of_drafts, open_ledger
from importer.ledger.older_files import Earlier
from importer.ledger.run_records import Glance

__all__ = ["Earlier", "Glance", "Ledger", "Run", "drafts_of", "ledger_of_drafts", "open_ledger"]
