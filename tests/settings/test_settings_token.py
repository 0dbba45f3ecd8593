"""The token: found, refused, and never shown."""

from __future__ import annotations

import os
import pickle
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from importer.errors import SettingsError
from importer.settings import Settings, TokenSource, load
from importer.settings.token import Secret, from_keyring

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-token-5f1e"


def token_file(folder: Path, text: str = CANARY, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_token_comes_from_the_environment(tmp_path: Path) -> None:
    """IMPORTER_TOKEN is the token; blanks and a line end around it make no difference."""
    settings, _ = load({}, environ={"IMPORTER_TOKEN": f" {CANARY}\n"}, folder=tmp_path, user_file=tmp_path / "absent")

    assert settings.token() == CANARY
    assert settings.token_source.origin == "environment IMPORTER_TOKEN"


def test_token_comes_from_a_private_file(tmp_path: Path) -> None:
    """token_file is read when the environment holds no token."""
    assert TokenSource(file=token_file(tmp_path, f"\ufeff{CANARY}\r\n")).read() == CANARY


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    """The environment's token wins over token_file."""
    source = TokenSource(environment=Secret("other"), file=token_file(tmp_path))

    assert source.read() == "other"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o602, 0o610], ids=oct)
def test_shared_token_file_is_refused(tmp_path: Path, mode: int) -> None:
    """A token that others could read or change is not used; the fix is the command to type."""
    path = token_file(tmp_path, mode=mode)
    with pytest.raises(SettingsError, match="can be read or changed by others") as caught:
        TokenSource(file=path).read()

    assert caught.value.fix == f"Run: chmod 600 {path}"


@pytest.mark.skipif(os.name != "posix", reason="FIFOs are POSIX")
@pytest.mark.parametrize("kind", ["absent", "folder", "fifo"])
def test_token_file_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A missing file, a folder and a FIFO each give a sentence, and none hangs."""
    path = tmp_path / "token"
    if kind == "folder":
        path.mkdir()
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    with pytest.raises(SettingsError, match=r"token_file .* (cannot be read|is not a file)"):
        TokenSource(file=path).read()


@pytest.mark.parametrize("text", ["", "  \n", "two words", "two\nlines", "tökèn", "a\x00b"])
def test_unusable_token_is_refused_unseen(tmp_path: Path, text: str) -> None:
    """What cannot travel in a header is refused before any request, and not repeated."""
    with pytest.raises(SettingsError) as caught:
        TokenSource(file=token_file(tmp_path, text)).read()

    assert caught.value.fix
    assert not text.strip() or text.strip() not in str(caught.value) + caught.value.fix


def test_missing_token_says_what_to_do() -> None:
    """Without a token the sentence names all three ways to give one; the exit code is 2."""
    with pytest.raises(SettingsError, match="No API token is set") as caught:
        Settings().token()

    assert caught.value.exit_code == 2
    assert all(word in caught.value.fix for word in ("IMPORTER_TOKEN", "token_file", "keyring"))


def test_token_is_in_no_repr_and_no_listing(tmp_path: Path) -> None:
    """Neither repr, str, the listing nor a pickle shows the token."""
    settings, _ = load({}, environ={"IMPORTER_TOKEN": CANARY}, folder=tmp_path, user_file=tmp_path / "absent")
    shown = (
        repr(settings) + repr(settings.token_source) + str(settings.token_source.environment) + str(settings.as_dict())
    )

    assert CANARY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(settings.token_source.environment)


def test_keyring_is_asked_last() -> None:
    """The keyring is asked only if it is allowed and nothing else holds a token."""
    assert TokenSource(keyring=True, ask_keyring=lambda _user: CANARY).read() == CANARY
    with pytest.raises(SettingsError, match="the keyring holds no token"):
        TokenSource(keyring=True, ask_keyring=lambda _user: None).read()


def test_missing_keyring_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named where it is missing."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError, match="not installed") as caught:
        from_keyring("token")

    assert "appointment-importer[keyring]" in caught.value.fix


def test_keyring_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked keyring is reported by the kind of its fault, without its words."""
    errors = ModuleType("keyring.errors")

    class KeyringError(Exception):
        """As in the library."""

    class LockedError(KeyringError):
        """As in the library."""

    def get_password(service: str, user: str) -> str:
        raise LockedError(f"{service} {user} {CANARY}")

    library = ModuleType("keyring")
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    library.get_password = get_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    with pytest.raises(SettingsError, match="LockedError") as caught:
        from_keyring("token")

    assert CANARY not in str(caught.value)
