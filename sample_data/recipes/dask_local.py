"""Passes over all tenants by a Dask cluster on this machine; for several machines start dask scheduler and dask worker there."""

import subprocess

from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        code = subprocess.run(["importer", "ingest", "--cluster", cluster.scheduler_address], check=False).returncode
    raise SystemExit(code)
