"""
Drafts: plans that are kept, so that a person can look at them again, correct them and send exactly what she saw.

A draft stands in tables of its own and leaves nothing in those of runs, rows and reminders. So recovery, resume, retry,
guards and the next plan spare it by construction, and no lock is held between two commands.
"""
