"""Tenants, the accounts that one installation serves: ``[tenant.NAME]`` tables, and which of them a command is about."""
