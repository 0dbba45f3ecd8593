"""What starts a pass every night: files for systemd, cron, Windows and Docker, ready to be put in their places."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["systemd", "cron", "windows", "docker"]
KINDS: Final = get_args(Kind)

_SYSTEMD: Final = """\
# ~/.config/systemd/user/importer-ingest.service
[Unit]
Description=Send the new files of the appointment importer's drops

[Service]
Type=oneshot
ExecStart={command}
# Rows that need attention (4) are no failure of the job.
SuccessExitStatus=4

# ~/.config/systemd/user/importer-ingest.timer
[Unit]
Description=Start importer-ingest every night

[Timer]
OnCalendar=*-*-* 02:15:00
Persistent=true

[Install]
WantedBy=timers.target

# systemctl --user enable --now importer-ingest.timer
# loginctl enable-linger "$USER"
"""

_CRON: Final = """\
# crontab -e
15 2 * * *  {command}
"""

_WINDOWS: Final = """\
schtasks /Create /TN "Appointment importer" /SC DAILY /ST 02:15 /TR "{command}"
"""

_DOCKER: Final = """\
# compose.yaml; start it every night: docker compose run --rm ingest
services:
  ingest:
    image: appointment-importer
    command: [{words}]
    environment:
      IMPORTER_CONFIG: /etc/importer/importer.toml
    volumes:
      - ./config:/etc/importer:ro
      # The folder of the ledger, never the file alone: beside it lies its log, and with two logs all would be sent twice.
      - ./ledger:/var/lib/importer
      - ./inbox:/srv/inbox
"""


def unit_file(kind: Kind, drops: Sequence[str], config: Path | None) -> str:
    """Return the text for one of these systems; ``config``: a settings file that was named."""
    words = ["ingest", "--quiet", *drops]
    settings = ["--config", str(config.absolute())] if config else []
    program = str(_program())
    if kind == "docker":
        return _DOCKER.format(words=", ".join(f'"{word}"' for word in ("importer", *words)))
    if kind == "windows":
        line = " ".join(f'\\"{word}\\"' if " " in word else word for word in (program, *words, *settings))
        return _WINDOWS.format(command=line)
    command = shlex.join([program, *words, *settings])
    if kind == "cron":
        return _CRON.format(command=command.replace("%", "\\%"))
    return _SYSTEMD.format(command=command.replace("%", "%%"))


def _program() -> Path:
    """Return the installed command: the one that was typed, else the one beside Python."""
    typed = Path(sys.argv[0])
    return (
        typed.absolute() if typed.stem == "importer" and typed.exists() else Path(sys.executable).with_name("importer")
    )
