"""
Where a drop lies, and what may be done there: ``place`` says it, each other module does it for one kind.

A pass lists, copies, moves and puts reports by these few calls alone, so that every kind of drop is held to one contract.
"""
