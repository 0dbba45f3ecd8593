"""The README's first sheet, typed as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from cli.conftest import Ran

ROOT: Final = Path(__file__).parents[2]
SECTION: Final = re.compile(r"^## Your first sheet\n(.*?)^## ", re.DOTALL | re.MULTILINE)
SHELL: Final = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCK: Final = re.compile(r"<!-- first-sheet -->\n```sh\n(.*?)```", re.DOTALL)


def test_first_sheet_comes_to_a_plan(within: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of the walk-through ends well, and the last one is a plan of new appointments."""
    found = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(found) == 1
    monkeypatch.chdir(ROOT)
    lines = [shlex.split(line) for line in found[0].replace("\\\n", " ").splitlines()]
    ran = [within(*words[1:]) for words in lines]

    assert [words[0] for words in lines] == ["importer"] * 3
    assert [each.code for each in ran] == [0, 0, 0], [each.err for each in ran]
    assert "Next: importer plan sample_data/exports/fresha.csv --profile fresha" in ran[0].out
    assert "2 changes to send: 2 new." in ran[2].out


def test_the_walk_through_goes_on_as_it_stands(within: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of steps 2 to 5, typed one after another against a sandbox, end well; a draft's id is the one that was printed."""
    (section,) = SECTION.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    blocks = [block for block in SHELL.findall(section) if not block.startswith("importer setup")]
    typed = [shlex.split(line) for block in blocks for line in block.splitlines() if line.startswith("importer ")]
    assert [words[1] for words in typed] == ["plan", "plan", "plan", "run", "run", "run"]
    said: list[str] = []
    with Sandbox() as sandbox:
        reports = Path.cwd() / "reports"
        environ = {
            "IMPORTER_TOKEN": sandbox.token,
            "IMPORTER_BASE_URL": sandbox.base_url,
            "IMPORTER_REPORTS": str(reports),
        }
        monkeypatch.chdir(ROOT)
        for words in typed:
            draft = re.search(r"--draft (\S+)", "\n".join(said))
            options = [draft[1] if word == "ID" and draft else word for word in words[1:]]
            ran = within(*options, *(("--yes",) if words[1] == "run" and "--yes" not in words else ()), environ=environ)
            assert ran.code in {0, 4}, (words, ran.out, ran.err)
            said.append(ran.out)
        moved = within("move", "40101", "2027-03-12 10:30", "--yes", environ=environ)
        told = within("explain", "40101", environ=environ)

        actions = [effect.action for effect in sandbox.effects()]

    assert [text.partition(". ")[0] for text in said] == [
        "55 changes to send: 55 new",
        "55 changes to send: 55 new",
        "54 changes to send: 54 new",
        "55 of 60 rows done",
        "Rehearsal: nothing was sent to the API",
        "55 of 60 rows done",
    ]
    assert (moved.code, told.code) == (0, 0), moved.err
    assert "Appointment 40101, Ana Beltran: active" in told.out
    assert (actions.count("create"), actions.count("update")) == (55, 1)
