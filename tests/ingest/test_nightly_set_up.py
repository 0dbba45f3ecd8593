"""The README's nightly set-up from nothing, typed as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from desk import appointments

if TYPE_CHECKING:
    from drop_yard import Yard

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- nightly-set-up -->\n```sh\n(.*?)```", re.DOTALL)


def test_set_up_of_the_readme(yard: Yard, tmp_path: Path) -> None:
    """Ten lines make settings, token and drop; the next night's file is sent, put away, and nothing is printed."""
    (script,) = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
    environ |= {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ATTENTIVE_TOKEN": yard.desk.sandbox.token,
        "IMPORTER_BASE_URL": yard.desk.sandbox.base_url,
    }

    def shell(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-e", "-c", text], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )

    assert len(script.splitlines()) <= 10
    first = shell(script)
    assert (first.returncode, first.stderr) == (0, "")
    rows = appointments(2, eventDateTime="2099-03-08 09:00")
    place = yard.put("export.csv", *rows)
    settings = home / ".config" / "appointment-importer" / "importer.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + 'settle_s = 0\nprofile = "far"\n[profile.far]\nhorizon_days = 36500\n',
        encoding="utf-8",
    )
    place.rename(tmp_path / "inbox" / "export.csv")

    night = shell("importer ingest --quiet")

    assert (night.returncode, night.stdout, night.stderr) == (0, "", "")
    assert len(yard.creates()) == 2
    assert len(list((tmp_path / "inbox" / "done").glob("export.*.csv"))) == 1
