"""The ledger: what was sent and what came back, durably."""
