"""The READMEs: short, one in each top folder, and nothing named in them that is not there."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

import importer as importer_package
from importer.cli.entry import importer
from importer.settings import drops_named, load, notify_of, profile_named

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(
    {folder.name for folder in ROOT.iterdir() if not folder.name.startswith(".") and any(folder.glob("*.py"))}
    | {"reports"}
)
READMES = ["README.md", *(f"{folder}/README.md" for folder in FOLDERS), "importer/settings/README.md"]
SETTINGS_READMES = [f"importer/{room}/README.md" for room in ("settings", "ingest", "reading")]
MOST_BYTES = 12_000

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?")
OPTION = re.compile(r"--[a-z][a-z-]*")


def text_of(readme: str) -> str:
    return (ROOT / readme).read_text(encoding="utf-8")


def pieces(readme: str) -> list[str]:
    """Return what stands in code: spans, lines of shell blocks, and the commands that blocks of a terminal show."""
    text = text_of(readme)
    found = [line for kind, block in FENCE.findall(text) if kind == "sh" for line in block.splitlines()]
    found += [
        line.removeprefix("$ ")
        for kind, block in FENCE.findall(text)
        if kind == "text"
        for line in block.splitlines()
        if line.startswith("$ ") or "&&" in line
    ]
    return found + [" ".join(span.split()) for span in CODE.findall(FENCE.sub("", text))]


def commands(readme: str) -> list[list[str]]:
    """Return the words of each command of ours, without what a shell does before and after it."""
    parts = [part.split() for piece in pieces(readme) for part in re.split(r"&&|;|\|", piece)]
    ours = [[word.rpartition("/")[2] if at == 0 else word for at, word in enumerate(words)] for words in parts]
    return [words for words in ours if words[:1] == ["importer"] and len(words) > 1]


def test_readme_is_two_screens() -> None:
    """The first README is at most 12,000 bytes long."""
    assert len((ROOT / "README.md").read_bytes()) <= MOST_BYTES


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_top_folder_has_a_readme(folder: str) -> None:
    """Each top folder says what it holds, and the first README leads there."""
    assert text_of(f"{folder}/README.md").startswith("# ")
    assert f"({folder}/README.md)" in text_of("README.md")


@pytest.mark.parametrize("readme", READMES)
def test_each_link_leads_somewhere(readme: str) -> None:
    """Every link and picture of a README is there; none leads out of the project by a path of a machine."""
    folder = (ROOT / readme).parent
    targets = [link for link in LINK.findall(text_of(readme)) if not link.startswith("https://")]

    assert [target for target in targets if not (folder / target.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_each_file_that_is_named_is_there(readme: str) -> None:
    """Every path in code that begins in a folder of the project, or beside the README, is there."""
    places = (ROOT, (ROOT / readme).parent)
    words = [word.strip("'\",;()") for piece in pieces(readme) for word in piece.split()]
    named = [
        word
        for word in words
        if PATH.fullmatch(word)
        and not word.startswith(("./", ".venv/"))
        and any((place / word.partition("/")[0]).is_dir() for place in places)
    ]
    named += [word for word in words if re.fullmatch(r"[\w/]+\.(?:py|md)", word)]

    assert [word for word in named if not any((place / word).exists() for place in places)] == []


@pytest.mark.parametrize("readme", READMES)
def test_each_command_is_one(readme: str) -> None:
    """Every command that a README names exists, and takes the options that it is shown with."""
    wrong = []
    for words in commands(readme):
        command: click.Command = importer
        for word in words[1:]:
            if not isinstance(command, click.Group):
                break
            found = command.get_command(click.Context(command), word)
            if found is not None:
                command = found
            elif not word.startswith("-"):
                wrong.append(" ".join(words))
        known = {option for parameter in command.params for option in parameter.opts}
        wrong += [f"{' '.join(words)}: {word}" for word in words if OPTION.fullmatch(word) and word not in known]

    assert wrong == []


def test_the_profile_of_the_readme_reads_a_sheet_of_its_own_headings(tmp_path: Path) -> None:
    """The lines for ``importer.toml`` in the first README settle a sheet whose headings only they know."""
    (profile,) = [block for kind, block in FENCE.findall(text_of("README.md")) if kind == "toml"]
    (tmp_path / "importer.toml").write_text(profile, encoding="utf-8")
    when = datetime.now(UTC) + timedelta(days=30)
    (tmp_path / "salon.csv").write_text(
        "Bella Hair, next week\n\nGuest,Mob.,Service,Stylist,When\n"
        f"Ana Cohen,(212) 555-0100,Cut & Blowdry,Rae,{when:%Y-%m-%d} 9:30am\n",
        encoding="utf-8",
    )

    found = importer_package.check(tmp_path / "salon.csv", config=tmp_path / "importer.toml")

    assert found.totals == {"ready": 1, "invalid": 0, "duplicate": 0}, list(found.rows())


@pytest.mark.parametrize("readme", ["README.md", *SETTINGS_READMES])
def test_each_settings_file_that_is_shown_is_one(readme: str, tmp_path: Path) -> None:
    """Every block of settings in a README, each of its profiles, its drops, and who is told, is read without a complaint."""
    place = tmp_path / "importer.toml"
    blocks = [block for kind, block in FENCE.findall(text_of(readme)) if kind == "toml"]
    for block in [*blocks, *(f"[notify]\n{line}\n" for line in re.findall(r"`(digest = \{.*?\})`", text_of(readme)))]:
        place.write_text(block, encoding="utf-8")
        place.chmod(0o600)

        found = load(config=place, environ={}, folder=tmp_path)[0]

        content = tomllib.loads(block)
        assert [profile_named(found, name).name for name in content.get("profile", {})] == [*content.get("profile", {})]
        assert [*drops_named(found)] == [*content.get("drop", {})]
        assert (notify_of(found) is not None) == ("notify" in content)
    assert blocks


def test_something_is_looked_at() -> None:
    """The two tests above find files and commands: they would not hold on nothing."""
    assert ["importer", "check", "sample_data/clinic_week.csv"] in commands("README.md")
    assert len(commands("README.md")) >= 20
    assert sum(len(PATH.findall(piece)) for readme in READMES for piece in pieces(readme)) >= 60
