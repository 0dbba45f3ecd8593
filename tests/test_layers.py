"""Imports run one way: from the words up to the terminal, with each door in one room."""

from __future__ import annotations

import ast
import importlib.util
import shutil
from functools import cache
from pathlib import Path

import pytest

# Lowest first. A room may import rooms of lower floors, never one of its own floor or above.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("schemas",),
    ("importer.model",),
    ("importer.problems", "importer.errors", "importer.throttling"),
    ("importer.normalizing", "importer.interrupts", "importer.pacing", "importer.reporting"),
    # Whether cells fit a field, the field's own parser says.
    ("importer.columns",),
    ("importer.checking", "importer.planning", "importer.guards"),
    ("importer.settings", "importer.reading", "importer.api", "importer.ledger", "importer.writing"),
    ("importer.sending",),
    ("importer.commands",),
    # What is fetched then goes the way of a file, in whatever asks for it.
    ("importer.fetching",),
    ("importer.demo", "importer.ingest", "importer.library", "importer.setup"),
    ("importer.tenants", "importer.web"),
    ("importer.cli",),
    ("importer.__main__",),
)

# The stand-in for the API must not share code with what it judges.
APART = {"importer.sandbox": {"schemas"}}

# Each outside thing has one door.
DOORS = {
    "requests": {"importer.api", "importer.fetching"},
    "urllib3": {"importer.api", "importer.fetching"},
    "sqlalchemy": {"importer.ledger", "importer.fetching"},
    "alembic": {"importer.ledger"},
    "openpyxl": {"importer.reading"},
    "python_calamine": {"importer.reading"},
    "xlsxwriter": {"importer.writing"},
    "jinja2": {"importer.writing", "importer.web"},
    "starlette": {"importer.web"},
    "uvicorn": {"importer.web"},
    "argon2": {"importer.web"},
    "click": {"importer.cli"},
    "tqdm": {"importer.cli"},
    "pandera": {"schemas", "importer.checking"},
    "keyring": {"importer.settings"},
    "boto3": {"importer.ingest"},
    "botocore": {"importer.ingest"},
    "apprise": {"importer.ingest"},
    "asyncssh": {"importer.ingest"},
    "platformdirs": {"importer.settings"},
    "tomlkit": {"importer.setup"},
    "distributed": {"importer.tenants"},
    "prometheus_client": {"importer.tenants"},
}

FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


def package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def module_name(path: Path, parent: Path) -> str:
    parts = path.relative_to(parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] != "importer" else ".".join(parts[:2])


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file, also for types only."""
    return imports_in(path.read_text(encoding="utf-8"), path.name)


@cache  # the copies into which imports are planted are all but one file the same
def imports_in(text: str, name: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are written whole, from the package's name on"
            assert node.module is not None
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def faults(*packages: Path) -> list[str]:
    """Every import that runs against the floors, out of the sandbox, or past a door."""
    found: list[str] = []
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            module = module_name(path, package.parent)
            found.extend(fault for name in sorted(imports_of(path)) if (fault := fault_in(module, name)))
    return found


def fault_in(module: str, imported: str) -> str | None:
    room, other, door = room_of(module), room_of(imported), imported.partition(".")[0]
    if imported == "importer.__version__":
        return None
    if room not in DOORS.get(door, {room}):
        return f"{module} imports {imported}: that door is {' or '.join(sorted(DOORS[door]))}"
    ours = other == "schemas" or other.startswith("importer.")
    if not ours or room in {other, "importer"} or may_import(room, other):
        return None
    return f"{module} imports {imported}: upward, within its floor, or out of a room that stands apart"


def may_import(room: str, other: str) -> bool:
    if room in APART:
        return other in APART[room]
    if other in APART:
        return room in {"importer.demo", "importer.cli"}
    return room in FLOOR and other in FLOOR and FLOOR[other] < FLOOR[room]


def test_imports_run_one_way() -> None:
    """No module of the installed packages imports its own floor, a higher one, or another room's door."""
    found = faults(package_folder("importer"), package_folder("schemas"))

    assert found == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        pytest.param("normalizing", "import importer.checking", id="pure-stage-to-its-neighbour"),
        pytest.param("planning", "from importer import ledger", id="pure-stage-to-a-door"),
        pytest.param("model", "from importer.problems import problem", id="words-to-problems"),
        pytest.param("checking", "import requests", id="http-outside-its-door"),
        pytest.param("ledger", "from importer.commands import check", id="door-to-the-run"),
        pytest.param("sandbox", "from importer.api import Api", id="sandbox-to-what-it-judges"),
    ],
)
def test_planted_import_is_found(tmp_path: Path, room: str, line: str) -> None:
    """A forbidden import, planted into a copy of the package, is found."""
    copy = tmp_path / "importer"
    shutil.copytree(package_folder("importer"), copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = faults(copy)
    (copy / room).mkdir(exist_ok=True)
    (copy / room / "planted.py").write_text(f"def late():\n    {line}\n", encoding="utf-8")

    after = faults(copy)

    assert len(after) > len(before)
    assert any(f"importer.{room}.planted" in fault for fault in after)


def test_every_room_has_a_floor() -> None:
    """A new room must be given its floor here, so that the order stays a decision."""
    rooms = {
        f"importer.{path.stem}"
        for path in package_folder("importer").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    }

    assert rooms - {"importer.__init__", "importer.__main__"} <= FLOOR.keys() | APART.keys()
