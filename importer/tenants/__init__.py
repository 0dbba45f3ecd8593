"""
One pass over the drops of many tenants, spread over processes of this machine or over a cluster.

The unit that is spread is one pass over one drop of one tenant, the same as ``importer ingest TENANT/DROP``. It holds its tenant's ledger,
so that a tenant's pace stays that of its token; claims and ledger make it harmless to carry a unit out again.

1. ``chosen_drops`` says which drops of which tenants are meant, what keeps some from being served, and which are due first.
2. ``spreading`` is the loop: at most one unit in progress for each tenant, the next drop of a tenant when its last has ended.
3. ``worker_pools`` carries units out, in processes here or by Dask; it is a standard ``concurrent.futures`` executor either way.
4. ``drop_unit`` is what a worker does. It learns names and a hash of the settings (``settings_digest``), reads the settings and the token
   where it runs, and answers with the drop's part of the result: no row and no token travels.

``tenant_runs`` tells how each tenant stands, ``open_metrics`` the same for a monitoring system.
"""
