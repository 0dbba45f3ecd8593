"""
The coordinators' page: what the commands do, for somebody who has never seen a terminal. ``importer serve`` starts it.

Every address stands in one table (``app``). ``access`` lets nobody past it who is not logged in, may not, or comes from
elsewhere; ``pages`` shows templates; each ``..._pages`` module holds the routes of one group of pages and calls the public
functions of ``importer.commands``. The page has no logic of its own for columns, plans, edits or sending.
"""
