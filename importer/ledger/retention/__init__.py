"""Retention: personal data leaves the ledger, and later rows find their appointments all the same."""
