"""What starts a pass every night: files for systemd, cron, Windows and Docker, ready to be put in their places."""

from __future__ import annotations

import shlex
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.sending_window import SendingWindow

Kind = Literal["systemd", "cron", "windows", "docker"]
KINDS: Final = get_args(Kind)

AFTER_OPENING: Final = timedelta(minutes=5)
AGAIN: Final = (
    "# Requests wait for the sending window; let a pass begin after it has opened in each of your time zones.\n"
)

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
{second}Persistent=true

[Install]
WantedBy=timers.target

# systemctl --user enable --now importer-ingest.timer
# loginctl enable-linger "$USER"
"""

_CRON: Final = """\
# crontab -e
15 2 * * *  {command}
{second}"""

_WINDOWS: Final = """\
schtasks /Create /TN "Appointment importer" /SC DAILY /ST 02:15 /TR "{command}"
{second}"""

_WINDOWS_AGAIN: Final = """\
schtasks /Create /TN "Appointment importer, morning" /SC DAILY /ST {time} /TR "{command}"
"""

_DOCKER: Final = """\
# compose.yaml; start it every night{second}: docker compose run --rm ingest
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


def unit_file(kind: Kind, drops: Sequence[str], config: Path | None, windows: Sequence[SendingWindow] = ()) -> str:
    """
    Return the text for one of these systems; ``config``: a settings file that was named.

    ``windows``: the sending windows of the drops' profiles. What waits for them leaves with a second pass of the day,
    some minutes after the last of them has opened.
    """
    words = ["ingest", "--quiet", *drops]
    settings = ["--config", str(config.absolute())] if config else []
    program = str(_program())
    again = _second_time(windows)
    if kind == "docker":
        listed = ", ".join(f'"{word}"' for word in ("importer", *words))
        return _DOCKER.format(words=listed, second=f", and at {again:%H:%M} for what waits" if again else "")
    if kind == "windows":
        line = " ".join(f'\\"{word}\\"' if " " in word else word for word in (program, *words, *settings))
        second = _WINDOWS_AGAIN.format(command=line, time=f"{again:%H:%M}") if again else ""
        return _WINDOWS.format(command=line, second=second)
    command = shlex.join([program, *words, *settings])
    if kind == "cron":
        command = command.replace("%", "\\%")
        second = f"{AGAIN}{again.minute} {again.hour} * * *  {command}\n" if again else ""
        return _CRON.format(command=command, second=second)
    second = f"{AGAIN}OnCalendar=*-*-* {again:%H:%M:%S}\n" if again else ""
    return _SYSTEMD.format(command=command.replace("%", "%%"), second=second)


def _second_time(windows: Sequence[SendingWindow]) -> time | None:
    opens = max((window.opens for window in windows), default=None)
    return (datetime.combine(date(2000, 1, 1), opens) + AFTER_OPENING).time() if opens else None


def _program() -> Path:
    """Return the installed command: the one that was typed, else the one beside Python."""
    typed = Path(sys.argv[0])
    return (
        typed.absolute() if typed.stem == "importer" and typed.exists() else Path(sys.executable).with_name("importer")
    )
