"""
Sending: planned calls leave, answers are settled, and what went wrong is decided by one table.

::

    calls.ready -> waiting -> Intent (durable) -> workers -> Api.send -> Reply
                 -> outcomes -> Settlement (durable) -> told

``decisions`` is the table of what an outcome means; ``comparing`` tells whether an answer is about what was sent;
``outcomes`` turns a decision into what the ledger keeps, and notices when everything fails. ``workers`` holds
the calls that may not leave yet and the threads that speak to the API, ``dispatching`` leads them; only the thread that
called ``send`` touches the ledger. ``interrupts`` is the wish to stop; it is loaded by commands that send nothing, so the
package itself loads nothing.
"""
