"""The installed program, started as people start it, and the same within this process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests  # noqa: F401 - it puts its own warnings aside as it is loaded, which ``within`` keeps commands from doing

from importer.cli.entry import run
from importer.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROGRAM = Path(sys.executable).with_name("importer")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment with nothing of ours in it, whose home is empty."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
    return {**kept, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}


@pytest.fixture
def importer(tmp_path: Path) -> Callable[..., Ran]:
    """Run the installed ``importer`` in an empty folder with an empty home."""
    home = tmp_path / "home"
    home.mkdir()

    def call(
        *arguments: str, environ: Mapping[str, str] | None = None, given: bytes | None = None, wait_s: float = 120
    ) -> Ran:
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            cwd=tmp_path,
            env={**clean_environment(home), **(environ or {})},
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=wait_s,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


class Pipe(io.StringIO):
    """A stream of UTF-8 that is no terminal."""

    encoding = "utf-8"


class Glass(Pipe):
    """A terminal of UTF-8."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command line within this process, in an empty folder with an empty home."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IMPORTER_")]:
        monkeypatch.delenv(name)
    for name, value in clean_environment(home).items():
        monkeypatch.setenv(name, value)
    # What sends is loaded late, and requests sets filters of warnings of its own meanwhile.
    import_module("importer.api")
    # Hooks of the process that the command line sets for its own.
    for place, name in ((sys, "unraisablehook"), (__import__("threading"), "excepthook")):
        monkeypatch.setattr(place, name, getattr(place, name))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("warnings.simplefilter", lambda *_: None)

    def call(*arguments: str, environ: Mapping[str, str] | None = None, on_a_terminal: bool = False) -> Ran:
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        screen = Terminal(out=Glass() if on_a_terminal else Pipe(), err=Pipe(), environ=environ or {})
        with monkeypatch.context() as patched:
            if on_a_terminal:
                patched.setattr(sys, "stdout", screen.out)
            code = run(arguments, screen)
        return Ran(code, screen.out.getvalue(), screen.err.getvalue())  # type: ignore[attr-defined]

    return call
