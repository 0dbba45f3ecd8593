"""The set-up of a drop on an SFTP server with a mail notice, typed as it stands in the README."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desk import appointments
from told import mails

if TYPE_CHECKING:
    from drop_servers import SftpServer
    from drop_yard import Yard

README = Path(__file__).parents[2] / "importer" / "ingest" / "README.md"
BLOCK = re.compile(r"<!-- sftp-set-up -->\n```sh\n(.*?)```", re.DOTALL)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("ssh-keyscan") is None, reason="ssh-keyscan is not installed here")
def test_set_up_of_the_readme(sftp_yard: Yard, sftp: SftpServer, tmp_path: Path) -> None:
    """Fifteen lines make settings, token and known key; the first file is sent, one that cannot be read brings a mail."""
    (script,) = BLOCK.findall(README.read_text(encoding="utf-8"))
    home = tmp_path / "home"
    home.mkdir()
    for name, rows in (("good.csv", appointments(2, eventDateTime="2099-03-08 09:00")), ("bad.csv", [])):
        sftp_yard.put(name, *rows) if rows else sftp_yard.put(name, text="nothing,that,is,known\n1,2,3,4\n")
        os.utime(sftp.root / "out" / name, (1_700_000_000, 1_700_000_000))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_", "SSH_"))}
    with mails() as (port, found):
        environ |= {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ATTENTIVE_TOKEN": sftp_yard.desk.sandbox.token,
            "IMPORTER_BASE_URL": sftp_yard.desk.sandbox.base_url,
            "SFTP_HOST": "127.0.0.1", "SFTP_PORT": str(sftp.port), "SFTP_KEY": str(sftp.home / "id_ed25519"),
            "MAIL": f"mailto://127.0.0.1:{port}/?from=importer@clinic.example&to=desk@clinic.example",
        }  # fmt: skip
        done = subprocess.run(
            ["sh", "-e", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )

    assert len(script.splitlines()) <= 15
    assert done.returncode == 3, done.stderr
    assert sftp_yard.put_away() == ["good.csv"]
    assert sftp_yard.put_away("refused") == ["bad.csv"]
    ((subject, text),) = found
    assert "northside: needs attention" in subject
    assert "bad.csv" not in text
