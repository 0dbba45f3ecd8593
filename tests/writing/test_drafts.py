"""Report files are whole under their name or not there, and for their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.writing.atomic_files import draft, make_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such modes and links")


@pytest.fixture(params=[0o022, 0o000], ids=["umask-022", "umask-000"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def write_half(target: Path) -> None:
    with draft(target) as made:
        made.stream.write(b"half")
        raise OSError(28, "No space left on device")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_modes(umask: int, tmp_path: Path) -> None:
    """Directories are made 0700 and files 0600, whatever the umask allows, and from the first byte on."""
    make_directory(tmp_path / "reports" / "run")
    with draft(tmp_path / "reports" / "run" / "a.txt") as made:
        (temporary,) = (tmp_path / "reports" / "run").iterdir()
        assert mode(temporary) == 0o600
        made.stream.write(b"x")

    assert mode(tmp_path / "reports") == mode(tmp_path / "reports" / "run") == 0o700
    assert mode(tmp_path / "reports" / "run" / "a.txt") == 0o600


@posix
def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """What was there is somebody's choice; what is written into it is private all the same."""
    (tmp_path / "reports" / "run").mkdir(parents=True, mode=0o755)
    (tmp_path / "reports").chmod(0o755)
    make_directory(tmp_path / "reports" / "run")

    assert mode(tmp_path / "reports" / "run") == 0o755
    assert mode(tmp_path / "reports") == 0o755


@posix
def test_each_new_level_is_private(tmp_path: Path) -> None:
    """Whatever the umask says, each folder that is made is its owner's alone."""
    before = os.umask(0)
    try:
        make_directory(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)

    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


@posix
def test_a_link_is_no_place_for_a_report(tmp_path: Path) -> None:
    """A planted link in place of a run's folder is refused, and what it leads to is left alone."""
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "run").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="link"):
        make_directory(tmp_path / "run")

    assert mode(tmp_path / "theirs") == 0o755


@posix
@pytest.mark.parametrize("kind", ["fifo", "link-to-device"])
def test_only_files_are_replaced(tmp_path: Path, kind: str) -> None:
    """A pipe or a device keeps its name: nothing takes its place."""
    target = tmp_path / "out"
    if kind == "fifo":
        os.mkfifo(target)
    else:
        target.symlink_to("/dev/null")
    before = target.lstat()
    with pytest.raises(OSError, match="not a regular file"), draft(target) as made:
        made.stream.write(b"x")

    assert target.lstat().st_ino == before.st_ino
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """A new report takes the old one's name, and nothing else is left beside it."""
    target = tmp_path / "a.txt"
    target.write_text("old and longer")
    with draft(target) as made:
        made.stream.write(b"new")

    assert target.read_text() == "new"
    assert made.path == target
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """When writing fails, the old report stays whole and the half of a new one goes."""
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(OSError, match="No space"):
        write_half(target)

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while a file is written leaves no half file either."""
    with pytest.raises(KeyboardInterrupt), draft(tmp_path / "a.txt"):
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_taken(tmp_path: Path) -> None:
    """What cannot be replaced stays, and the new file stands beside it; the next one takes the first free name too."""
    (tmp_path / "a.txt").mkdir()
    with draft(tmp_path / "a.txt") as first:
        first.stream.write(b"1")
    (tmp_path / "a-2.txt").unlink()
    (tmp_path / "a-2.txt").mkdir()
    with draft(tmp_path / "a.txt") as second:
        second.stream.write(b"2")

    assert first.path.name == "a-2.txt"
    assert second.path.name == "a-3.txt"
    assert second.path.read_bytes() == b"2"


def test_a_file_that_is_open_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a file that Excel holds open cannot be replaced: the new one is kept under another name."""
    replace = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if target.name == "results.xlsx":
            raise PermissionError(13, "The process cannot access the file because it is being used")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    (tmp_path / "results.xlsx").write_text("open")
    with draft(tmp_path / "results.xlsx") as made:
        made.stream.write(b"new")

    assert made.path == tmp_path / "results-2.xlsx"
    assert (tmp_path / "results.xlsx").read_text() == "open"
    assert (tmp_path / "results-2.xlsx").read_text() == "new"


@posix
def test_a_planted_link_leads_nowhere(tmp_path: Path) -> None:
    """A link under a report's name is replaced, and what it points to is not touched."""
    (tmp_path / "secret").write_text("untouched")
    (tmp_path / "a.txt").symlink_to(tmp_path / "secret")
    with draft(tmp_path / "a.txt") as made:
        made.stream.write(b"new")

    assert (tmp_path / "secret").read_text() == "untouched"
    assert not (tmp_path / "a.txt").is_symlink()


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """An hour later a half file of the same name goes; one that may still be written stays."""
    left, fresh, other = (tmp_path / f".{name}.part" for name in ("a.txt.1111", "a.txt.2222", "b.txt.3333"))
    for path in (left, fresh, other):
        path.write_text("half")
    for path in (left, other):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 4_000))
    with draft(tmp_path / "a.txt"):
        pass

    assert [path.exists() for path in (left, fresh, other)] == [False, True, True]
