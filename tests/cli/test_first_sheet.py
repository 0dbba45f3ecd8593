"""The README's first sheet, typed as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from cli.conftest import Ran

ROOT: Final = Path(__file__).parents[2]
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
