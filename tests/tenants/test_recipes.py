"""The recipes for schedulers, as files: their settings load, their commands are ones, and their exit codes mean what they should."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from several_tenants import PROGRAM

import sample_data
from importer.cli.ingest_command import ingest
from importer.settings import load, tenants_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECIPES = Path(sample_data.__file__ or "").parent / "recipes"
COMMAND = re.compile(r"importer ingest((?: (?:--?[a-z]+|[0-9]+|[a-z]+/[a-z]+))*)")


def text_of(name: str) -> str:
    return (RECIPES / name).read_text(encoding="utf-8")


def commands_in(value: Any) -> Iterator[str]:
    """Yield each command line of the importer in what a file holds, as one text."""
    if isinstance(value, dict):
        for each in value.values():
            yield from commands_in(each)
    elif isinstance(value, list):
        yield from (
            commands_in(" ".join(map(str, value)))
            if all(isinstance(each, str) for each in value)
            else (found for each in value for found in commands_in(each))
        )
    elif isinstance(value, str):
        yield from (found[0] for found in COMMAND.finditer(value))


def parsed(command: str) -> dict[str, Any]:
    """Return what the command line asks for; raises for one that is wrong."""
    context = ingest.make_context("ingest", shlex.split(command)[2:])
    return dict(context.params)


def test_the_settings_of_the_recipes_load() -> None:
    """Both tenants can be served, and every drop has its tenant."""
    settings, _ = load({}, config=RECIPES / "importer.toml", environ={}, needs_tenant=False)
    tenants = tenants_in(settings, {"IMPORTER_TOKEN_NORTH": "a", "IMPORTER_TOKEN_SOUTH": "b"})

    assert (tenants.names, dict(tenants.faults), tenants.ownerless) == (["north", "south"], {}, ())


def test_kubernetes_recipe() -> None:
    """One pass at a time, what is mounted is there, and the command is one."""
    job = yaml.safe_load(text_of("kubernetes.yaml"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (job["kind"], job["spec"]["concurrencyPolicy"], pod["restartPolicy"]) == ("CronJob", "Forbid", "Never")
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert {each["name"] for each in container["env"]} >= {
        "IMPORTER_CONFIG",
        "IMPORTER_TOKEN_NORTH",
        "IMPORTER_TOKEN_SOUTH",
    }
    assert [parsed(command)["jobs"] for command in commands_in(container["command"])] == [2]


def test_compose_recipe() -> None:
    """The pass waits for the database, what it names is there, and the command is one."""
    found = yaml.safe_load(text_of("compose.yaml"))
    services = found["services"]

    assert services["ingest"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert {name for service in services.values() for name in service["secrets"]} == set(found["secrets"])
    assert [parsed(command)["jobs"] for command in commands_in(services["ingest"]["command"])] == [2]
    assert (RECIPES / "tenants.sql").exists()


def test_systemd_recipe(tmp_path: Path) -> None:
    """The units hold together; where systemd is, it finds nothing wrong with them."""
    service, timer = configparser.ConfigParser(interpolation=None), configparser.ConfigParser()
    service.optionxform = timer.optionxform = str  # type: ignore[assignment,method-assign]
    service.read_string(text_of("importer-ingest.service"))
    timer.read_string(text_of("importer-ingest.timer"))

    assert service["Service"]["SuccessExitStatus"] == "4 11"
    assert timer["Timer"]["Persistent"] == "true"
    assert [parsed(command)["jobs"] for command in commands_in(service["Service"]["ExecStart"])] == [2]
    if shutil.which("systemd-analyze"):
        for name in ("importer-ingest.service", "importer-ingest.timer"):
            (tmp_path / name).write_text(
                text_of(name).replace("/usr/local/bin/importer", str(PROGRAM)), encoding="utf-8"
            )
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *(str(path) for path in tmp_path.iterdir())],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert "importer-ingest" not in done.stderr, done.stderr


class Scheduler(ModuleType):
    """Stands for a scheduler, which is not installed here: its decorators leave a function as it is, or call it for each."""

    AirflowException = type("AirflowException", (Exception,), {})
    AirflowFailException = type("AirflowFailException", (Exception,), {})

    @staticmethod
    def task(**_options: object) -> Callable[[Any], Any]:
        def decorate(function: Any) -> Any:
            function.expand = lambda drop: [function(each) for each in drop]
            return function

        return decorate

    @staticmethod
    def dag(**_options: object) -> Callable[[Any], Any]:
        return lambda function: function

    @staticmethod
    def flow(function: Any) -> Any:
        return function


@pytest.mark.parametrize("name", ["airflow_tenants.py", "prefect_tenants.py"])
def test_task_of_a_scheduler(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drop is one task; rows that need attention end it well, what is stopped is tried again, the rest fails it."""
    for module in ("airflow", "airflow.exceptions", "airflow.sdk", "prefect"):
        monkeypatch.setitem(sys.modules, module, Scheduler(module))
    told = tmp_path / "told"
    (tmp_path / "importer").write_text(f'#!/bin/sh\necho "$@" >> {told}\nexit "$CODE"\n', encoding="utf-8")
    (tmp_path / "importer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("CODE", "0")
    seen: dict[str, Any] = {"__name__": "recipe"}
    exec(text_of(name), seen)
    task = seen["ingest"]
    for code in (0, 4):
        monkeypatch.setenv("CODE", str(code))
        assert task("north/northside") == code
    for code, kind in (
        (5, "AirflowException"),
        (11, "AirflowException"),
        (6, "AirflowFailException"),
        (2, "AirflowFailException"),
    ):
        monkeypatch.setenv("CODE", str(code))
        with pytest.raises(Exception, match=f"exit {code}") as caught:
            task("south/southside")
        assert type(caught.value).__name__ == (kind if name.startswith("airflow") else "RuntimeError")
    lines = set(told.read_text(encoding="utf-8").splitlines())
    assert lines == {"ingest --quiet north/northside", "ingest --quiet south/southside"}
    assert all(parsed(f"importer {line}")["drops"] for line in lines)


def test_dask_recipe_is_ten_lines() -> None:
    """The cluster on one machine takes ten lines, and one thread for each worker."""
    lines = [line for line in text_of("dask_local.py").splitlines() if line.strip()]

    compile("\n".join(lines), "dask_local.py", "exec")
    assert len(lines) <= 10
    assert "threads_per_worker=1" in "\n".join(lines)
