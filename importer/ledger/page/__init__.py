"""
What the coordinators' page keeps of its own: who may use it, who is logged in, and who did what.

It stands in tables of its own in the ledger's database. Whoever writes them takes no run's lock and touches nothing that a
run relies on, so a login never waits for a sender.
"""
