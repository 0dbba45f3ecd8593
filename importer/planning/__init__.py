"""Planning: one call or one status for each row, by comparing it with what the ledger remembers. Pure."""
