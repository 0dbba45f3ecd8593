"""A DAG of Airflow: every night a task for each drop, ``importer ingest TENANT/DROP``."""

import subprocess
from datetime import datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

DROPS = ["north/northside", "south/southside"]


@task(retries=6, retry_delay=timedelta(minutes=10))
def ingest(drop: str) -> int:
    """Process one drop. Stopped (5), a held ledger (11) and SIGTERM (143) are tried again; what is sent by then is not sent again."""
    code = subprocess.run(["importer", "ingest", "--quiet", drop], check=False).returncode
    if code in {5, 11, 143}:
        raise AirflowException(f"{drop}: exit {code}, the next try goes on")
    if code not in {0, 4}:
        raise AirflowFailException(f"{drop}: exit {code}, see the task's log")
    return code


@dag(schedule="15 2 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def appointments() -> None:
    """Process all drops; two of one tenant wait for each other."""
    ingest.expand(drop=DROPS)


appointments()
