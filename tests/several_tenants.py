"""Several tenants beside one sandbox that lets each of their tokens in: settings, tokens, drops, and who was told what."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk import EVENT_TYPE

from importer.sandbox.effects_log import account_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.sandbox import Sandbox

PROGRAM = Path(sys.executable).with_name("importer")
HEADINGS = ("externalEventId", "phone", "firstName", "eventType", "eventDateTime", "subscriberTimeZone")


@dataclass(frozen=True)
class Passed:
    """How a pass ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def codes(self) -> dict[str, int]:
        """The exit code of each drop."""
        return {drop["drop"]: drop["exit_code"] for drop in self.document["drops"]}

    @property
    def states(self) -> dict[str, list[str]]:
        """The states of each drop's files."""
        return {drop["drop"]: [file["state"] for file in drop["files"]] for drop in self.document["drops"]}


@dataclass
class Street:
    """
    Tenants ``t0``, ``t1`` and so on, each with ``each`` drops, a ledger and a token; ``ledgers``: URLs, else files of their own.

    ``lines``: what each tenant's table says besides; ``of_drop`` likewise. ``place``: the settings file, where it is not in the folder.
    """

    folder: Path
    sandbox: Sandbox
    count: int = 2
    each: int = 1
    ledgers: Sequence[str] = ()
    top: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    of_drop: str = ""
    place: Path | None = None

    def __post_init__(self) -> None:
        self.sandbox.admit(*map(self.token, self.names))
        (self.folder / "tokens").mkdir(exist_ok=True)
        for name in self.names:
            self.write_token(name, self.token(name))
            for drop in self.drops(name):
                (self.folder / drop).mkdir(exist_ok=True)
        self.write()

    @property
    def names(self) -> list[str]:
        """The tenants."""
        return [f"t{place}" for place in range(self.count)]

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.place or self.folder / "settings.toml"

    def drops(self, name: str) -> list[str]:
        """Return the drops of a tenant."""
        return [f"{name}-{place}" for place in range(self.each)]

    @staticmethod
    def token(name: str) -> str:
        """Return a tenant's token."""
        return f"token-of-{name}"

    def write_token(self, name: str, token: str, mode: int = 0o600) -> None:
        """Put a token into its file."""
        place = self.folder / "tokens" / name
        place.write_text(token, encoding="utf-8")
        place.chmod(mode)

    def write(self) -> None:
        """Write the settings file."""
        text = [f'base_url = "{self.sandbox.base_url}"', f'reports = "{self.folder}/reports"', self.top]
        text += ["[profile.default]", 'region = "US"', "allow_past = true"]
        for place, name in enumerate(self.names):
            ledger = self.ledgers[place] if self.ledgers else f"{self.folder}/{name}.db"
            token = f"{self.folder}/tokens/{name}"
            drops = ", ".join(f'"{drop}"' for drop in self.drops(name))
            text += [f"[tenant.{name}]", f'ledger = "{ledger}"', f'token_file = "{token}"', f"drops = [{drops}]"]
            text += [self.lines.get(name, "")]
            for drop in self.drops(name):
                text += [f"[drop.{drop}]", f'path = "{self.folder}/{drop}"', "settle_s = 0", self.of_drop]
        self.config.write_text("\n".join(text) + "\n", encoding="utf-8")

    def put(self, drop: str, rows: int, file: str = "week.csv", **changes: str) -> Path:
        """Put a file with so many appointments into a drop; its appointments are its tenant's alone."""
        tenant, place = map(int, drop.removeprefix("t").split("-"))
        target = self.folder / drop / file
        with target.with_suffix(".part").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, HEADINGS, extrasaction="raise")
            writer.writeheader()
            for row in range(rows):
                writer.writerow(
                    {
                        "externalEventId": f"{drop}-{row}",
                        "phone": f"+1{212 + tenant % 4}{2000000 + place * 100_000 + row:07d}",
                        "firstName": f"Ana{row}",
                        "eventType": EVENT_TYPE,
                        "eventDateTime": "2027-03-08 09:00",
                        "subscriberTimeZone": "America/New_York",
                    }
                    | changes
                )
        target.with_suffix(".part").rename(target)
        return target

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment that knows this settings file and nobody's home."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "XDG_"))}
        home = {
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder),
        }
        return {**kept, **home, "IMPORTER_CONFIG": str(self.config), **more}

    def start(self, *words: str, **environ: str) -> subprocess.Popen[str]:
        """Start the installed program."""
        return subprocess.Popen(
            [str(PROGRAM), *words],
            cwd=self.folder,
            env=self.environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ingest(self, *words: str, **environ: str) -> Passed:
        """Make a pass with the installed program."""
        process = self.start("ingest", "--json", *words, **environ)
        out, err = process.communicate(timeout=120)
        return Passed(process.returncode, out, err)

    def created(self) -> Counter[str]:
        """Return how often each appointment was created."""
        return Counter(str(effect.external_event_id) for effect in self.sandbox.effects("create"))

    def mixed_up(self) -> list[str]:
        """Return the appointments that were told with another tenant's token."""
        accounts = {account_of(self.token(name)): name for name in self.names}
        told = defaultdict(set)
        for visit in self.sandbox.requests():
            if visit.external_event_id:
                told[visit.external_event_id].add(accounts.get(visit.account, "nobody"))
        return [each for each, names in told.items() if names != {each.partition("-")[0]}]

    def away(self, drop: str) -> list[str]:
        """Return the files of a drop that were put away as done."""
        folder = self.folder / drop / "done"
        return sorted(each.name for each in folder.iterdir() if each.is_file()) if folder.exists() else []
