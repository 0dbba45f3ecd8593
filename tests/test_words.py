"""What people read speaks the language of the trade: no phrase that was replaced by a better one comes back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from importer.cli.entry import COMMANDS, importer
from importer.errors import EXIT_MEANINGS
from importer.problems import KINDS
from importer.reporting.plan_result import PLAN_LABELS, PLAN_MEANINGS
from importer.reporting.wording import LABELS, MEANINGS
from importer.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]

# The phrase that was found -> what is said instead.
BETTER = {
    "wants? a person": "need attention",
    "a person has looked": "until approved",
    "calls? to send": "changes to send",
    "attempts a second": "attempts per second",
    "(?:requests|calls) a second": "requests per second",
    "one object a line": "one object per line",
    "verdict": "action",
    "whole life": "history",
    "look after": "manage",
    "memory of what was sent": "ledger",
    "read and judge": "validate",
    "let a run go": "approve a held run",
    "wants approval": "on hold until approved",
    "guard (?:wants|held|holds|lets)": "on hold",
    "hold released": "approved",
    "worth a look": "warnings",
    "worth knowing": "warnings",
    "put right": "fix",
    "(?:what|would) became? of": "results",
    "how the sending went": "sending",
    "only a person can": "check in Attentive",
    "find out in attentive": "check in Attentive",
    "is not said": "say",
    "called off": "cancelled",
    "canceled": "cancelled",
    "(?:visit|appointment) (?:that )?is off": "cancelled",
    "are all off": "all are cancelled",
    "no-show (?:was|is) passed on": "the no-show was sent",
    "it was so already": "already up to date",
    "gone already": "cancelled by an earlier try",
    "get a text message at once": "no texts right away",
    "headings stand": "headings found",
    "not read above them": "skipped",
    "not read:": "ignored",
    "said by the profile": "from the profile",
    "not known, not read": "ignored",
    "comes? twice": "ambiguous time (clock change)",
    "that does not exist": "nonexistent time (clock change)",
    "told to slow down": "rate limited (429)",
    "again and again": "rate limited (429)",
    "tallest column": "peak",
    "distance from utc": "UTC offset",
    "with two meanings": "ambiguous",
    "zone without a place": "fixed-offset",
    "the handle (?:that|of)": "identifier",
    "the path of a row": "architecture",
    "with commas": "comma-separated",
    "if not said": "default",
    "else the profile's": "default",
    "stop reading after": "read at most",
    "limit of our own": "0: no limit",
    "off a terminal": "when not run interactively",
    "stops gently": "shuts down gracefully",
    "(?:calls|was|is) in flight": "requests in progress",
    "are waited for": "finish first",
    "dice repeatable": "random seed",
    "it lets in": "accepted token",
    "write over": "overwrite",
    "is there already": "already exists",
    "all comes from the ledger": "everything needed is read from the ledger",
    "pass its bytes": 'read from standard input with "-"',
    "that should not": "unexpected error",
    "mended export": "corrected export",
    "breaks off": "truncated",
    "(?:from|unlike|than) the usual": "the baseline",
    "call the person": "phone the patient",
    "its sums, its promises": "integrity, totals, invariants",
    "the ledger is whole": "ledger OK",
    "row(?:s)? (?:is|are) done": "rows done",
}
PHRASES = {phrase: re.compile(rf"\b(?:{phrase})", re.IGNORECASE) for phrase in BETTER}
READMES = sorted(
    {ROOT / "README.md", ROOT / "importer/settings/README.md", *ROOT.glob("*/README.md")},
    key=lambda path: path.as_posix(),
)
TAGS = re.compile(r"\{[%{].*?[%}]\}|<[^>]*>", re.DOTALL)
# Headings as people type them, and module names of the code, are no words of ours.
AS_TYPED = re.compile(r"^\| (?:`[a-zA-Z.]+`|[a-z-]+) \|.*(?:[a-z]+, ){3}.*$|\bCanceled\b", re.MULTILINE)


def shown_help(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name)
    yield name, " ".join(command.get_help(context).split())
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from shown_help(found, f"{name} {each}")


def texts() -> Iterator[tuple[str, str]]:
    """Each text for people, with where it stands."""
    yield from shown_help(importer, "importer")
    for kind in KINDS.values():
        yield kind.code, f"{kind.title}\n{kind.message}\n{kind.fix}"
    for template in sorted((ROOT / "importer/writing/templates").glob("*.j2")):
        yield template.name, " ".join(TAGS.sub(" ", template.read_text(encoding="utf-8")).split())
    for readme in READMES:
        text = AS_TYPED.sub("", readme.read_text(encoding="utf-8"))
        yield readme.relative_to(ROOT).as_posix(), " ".join(text.split())
    for table in (LABELS, MEANINGS, PLAN_LABELS, PLAN_MEANINGS, EXIT_MEANINGS):
        yield "meanings", "\n".join(table.values())
    yield "settings", "\n".join(setting.meaning for setting in SETTINGS)


TEXTS = list(texts())


@pytest.mark.parametrize("phrase", BETTER)
def test_no_phrase_comes_back(phrase: str) -> None:
    """Help, catalogue, pages and READMEs say the better words."""
    found = [
        f"{where}: ...{text[max(hit.start() - 50, 0) : hit.end() + 40]}... say: {BETTER[phrase]}"
        for where, text in TEXTS
        for hit in PHRASES[phrase].finditer(text)
    ]

    assert found == []


def test_all_texts_are_looked_at() -> None:
    """No command is left out."""
    assert {f"importer {name}" for name in COMMANDS} <= {where for where, _ in TEXTS}
    assert len(TEXTS) > len(KINDS) + len(COMMANDS)
