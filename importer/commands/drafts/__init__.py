"""
Drafts: plans that are kept, looked at again, corrected, and sent exactly as they were shown.

A draft keeps what its plan was made of: the files as they came, the settings that decide values, actions and address, and
the edits. The plan itself is made anew by the very code of a run each time that somebody looks at it, and once more, under
the ledger's lock, when it is sent; it is sent only if its fingerprint is that of the plan that was shown. The alternative,
to keep planned rows in the ledger until somebody sends them, would let every later run meet calls that nobody may send yet,
in each query about rows, reminders and earlier files, and would send calls that were planned upon what was true weeks ago.

So other runs neither end nor change a draft. What holds it (exit 6, nothing sent) is that its own calls would be others now:
an appointment of it was changed, or started meanwhile; or that a setting which decides them is another.
"""
