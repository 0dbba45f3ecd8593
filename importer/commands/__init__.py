"""
Leading rows through the rooms: the few functions that the command line, a page and a nightly job all call.

A function stands in the module of its name: ``check``, ``plan``, ``run`` (with ``resume`` and ``retry``), ``report``
(with ``runs``, ``explain`` and ``resolve``). Nothing is imported here: a check needs neither database nor HTTP, and is
not kept waiting for them.
"""
