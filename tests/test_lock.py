"""The lock: everything that an installation may need, by version and hash, from wherever pip fetches."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / ".ci" / "requirements.lock"
ENTRY = re.compile(
    r"^([\w.-]+)==(\S+)(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)

pytestmark = pytest.mark.skipif(not LOCK.exists(), reason="the lock stays in the repository")


def wanted() -> list[Requirement]:
    """Return what pyproject.toml asks for, extras included, but for itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [found for line in lines if (found := Requirement(line)).name != project["name"]]


def test_lock_holds_what_is_asked_for() -> None:
    """Each requirement of pyproject.toml stands in the lock, in a version that it allows."""
    locked: dict[str, list[str]] = {}
    for name, version, _ in ENTRY.findall(LOCK.read_text(encoding="utf-8")):
        locked.setdefault(canonicalize_name(name), []).append(version)

    missing = [
        str(asked)
        for asked in wanted()
        if not any(
            asked.specifier.contains(each, prereleases=True) for each in locked.get(canonicalize_name(asked.name), ())
        )
    ]
    assert missing == [], "make the lock anew: .ci/lock"


def test_lock_is_hashes_without_hosts() -> None:
    """Each line of the lock belongs to a version with its hashes; none names where it comes from."""
    text = LOCK.read_text(encoding="utf-8")

    left = [line for line in ENTRY.sub("", text).splitlines() if line and not line.startswith("#")]
    assert left == []
    assert "://" not in text


LEANED_ON = {"openpyxl", "phonenumbers", "python-calamine", "uvicorn", "xlsxwriter"}


def test_what_is_leaned_on_ends_before_its_next_version() -> None:
    """A library whose inside, order of attributes or tables the importer counts on is allowed below a version only."""
    bounded = {
        canonicalize_name(each.name)
        for each in wanted()
        if any(part.operator in {"<", "==", "~="} for part in each.specifier)
    }

    assert bounded >= LEANED_ON


def test_what_is_said_to_publish_no_types_publishes_none() -> None:
    """Of the libraries whose imports mypy may miss for want of types, none carries the mark of a typed one."""
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    names = [name.removesuffix(".*") for each in mypy["overrides"] for name in each["module"]]
    found = {name: find_spec(name) for name in names}
    typed = [
        name
        for name, spec in found.items()
        if spec and any(Path(folder, "py.typed").exists() for folder in spec.submodule_search_locations or ())
    ]

    assert "openpyxl" in names
    assert typed == []
