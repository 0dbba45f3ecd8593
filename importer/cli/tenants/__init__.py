"""Commands over several tenants: what is checked, shown and processed of each."""
