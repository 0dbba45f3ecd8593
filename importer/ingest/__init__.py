"""
Drops: folders that fill up by themselves, each of whose files is processed exactly once.

A pass, step by step:

1. ``chosen_drops`` says which drops are meant; ``listing`` which of their files may be taken, ``file_names`` in which order
   and whether numbers in the names have a gap; ``settled_files`` waits until nobody writes to them any more.
2. ``unfinished`` looks at what earlier passes left: files that were moved half, runs that were stopped or cut off.
3. ``taking``: each new file is copied (``private_copies``), looked at once more, and claimed by its content.
4. ``check_process`` reads the copies in a process of its own, so that a file that hangs or crashes costs itself only.
5. ``runs_of_files`` gives each file its run, or goes on with the one that it has; ``moves`` puts the file away, its report
   beside it.
6. ``expected_files`` says whether one is missing; ``passes`` leads a pass through all this; ``pass_results`` is what it found.

``approvals`` lets a held file go by a person's word; ``watching`` repeats passes; ``unit_files`` are what starts them.

What a file has come to stands in its claim in the ledger (``importer.model.drops``), before the next step is taken; so a
pass that is killed at any moment is made good by the next. Planning and sending are those of ``importer.commands``.
"""
