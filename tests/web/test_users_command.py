"""``importer users``: who may log in, from the terminal."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.entry import run
from importer.cli.terminal import Terminal
from importer.ledger.page.page_store import PageStore
from importer.web.users import Passwords

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run ``importer users`` with a password on standard input; return exit code, stdout, stderr."""

    def call(*words: str, password: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(password))
        out, err = io.StringIO(), io.StringIO()
        code = run(
            ["users", *words, "--ledger", str(tmp_path / "ledger.db")],
            Terminal(out=out, err=err, environ={"HOME": str(tmp_path)}),
        )
        return code, out.getvalue(), err.getvalue()

    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture
def store(tmp_path: Path) -> Any:
    found = PageStore(str(tmp_path / "ledger.db"))
    yield found
    found.close()


GOOD = "four words of hers\n"


def test_adds_a_user_to_a_new_ledger(users: Any, store: PageStore) -> None:
    """The first user makes the ledger; her password fits, whatever capitals her name is typed in."""
    assert users("add", "Dana", "--role", "admin", password=GOOD) == (0, "dana may log in as admin.\n", "")

    user = Passwords().user_of(store.users, "DANA", GOOD.strip())
    assert user is not None
    assert (user.name, user.role) == ("dana", "admin")


def test_lists_users(users: Any) -> None:
    """The list shows names and roles, for people and programs, and nothing of a password."""
    users("add", "dana", password=GOOD)
    users("add", "bo", "--role", "viewer", password=GOOD)

    code, shown, _ = users("list")
    _, document, _ = users("list", "--json")

    assert code == 0
    assert [line.split()[:2] for line in shown.splitlines()] == [
        ["Name", "Role"],
        ["bo", "viewer"],
        ["dana", "coordinator"],
    ]
    found = json.loads(document)["users"]
    assert [(user["name"], user["role"]) for user in found] == [("bo", "viewer"), ("dana", "coordinator")]
    assert "argon2" not in shown + document


def test_an_empty_list_says_what_to_do(users: Any) -> None:
    """Where there is nobody, the list says how to add somebody."""
    assert "importer users add" in users("list")[1]


def test_resets_password_and_role(users: Any, store: PageStore) -> None:
    """A reset gives a new password and leaves the role; with --role it gives a role and leaves the password."""
    users("add", "dana", password=GOOD)
    passwords = Passwords()

    assert users("reset", "dana", "--role", "viewer")[0] == 0
    user = passwords.user_of(store.users, "dana", GOOD.strip())
    assert user is not None
    assert user.role == "viewer"

    assert users("reset", "dana", password="another of her own\n")[0] == 0
    assert passwords.user_of(store.users, "dana", GOOD.strip()) is None
    user = passwords.user_of(store.users, "dana", "another of her own")
    assert user is not None
    assert user.role == "viewer"


def test_a_removed_name_may_be_given_again(users: Any, store: PageStore) -> None:
    """Who is removed cannot log in; another of the same name is another user, who owns nothing of the first."""
    users("add", "dana", password=GOOD)
    first = store.users.named("dana")

    assert users("remove", "dana")[0] == 0
    assert Passwords().user_of(store.users, "dana", GOOD.strip()) is None
    users("add", "dana", password=GOOD)

    second = store.users.named("dana")
    assert first is not None
    assert second is not None
    assert first.user.id != second.user.id


@pytest.mark.parametrize(
    ("words", "password", "told"),
    [
        (("add", "dana"), GOOD, "There is a user dana already."),
        (("add", "bo"), "short\n", "A password has 10 to 1000 characters."),
        (("add", "bo"), "", "There is no password."),
        (("add", " "), GOOD, "cannot be a user's name"),
        (("add", "a\x1b[31mb"), GOOD, "cannot be a user's name"),
        (("add", "x" * 101), GOOD, "cannot be a user's name"),
        (("reset", "bo"), GOOD, "There is no user bo."),
        (("remove", "bo"), "", "There is no user bo."),
        (("add", "bo", "--role", "boss"), GOOD, "'boss' is not one of"),
    ],
)
def test_refuses_with_a_sentence(users: Any, words: tuple[str, ...], password: str, told: str) -> None:
    """What cannot be done is told in a sentence, and nothing is changed."""
    users("add", "dana", password=GOOD)
    before = users("list", "--json")

    code, out, err = users(*words, password=password)

    assert (code, out) == (2, "")
    assert told in err
    assert users("list", "--json") == before


def test_what_is_done_to_users_is_written_down(users: Any, store: PageStore) -> None:
    """Each change of a user stands in the audit, without a password."""
    users("add", "dana", password=GOOD)
    users("reset", "dana", "--role", "admin")
    users("reset", "dana", password=GOOD)
    users("remove", "dana")

    deeds = store.audit.newest(10)
    assert [deed.event for deed in deeds] == ["user_removed", "password_reset", "role_changed", "user_added"]
    assert [deed.counts for deed in deeds][2:] == [{"of": 1, "role": "admin"}, {"of": 1, "role": "coordinator"}]
    assert all(deed.by for deed in deeds)


def test_typed_passwords_are_asked_for_twice(users: Any, store: PageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal the password is asked for twice without being shown, and two that differ change nothing."""
    import getpass

    from importer.cli import serve_command

    typed = iter([GOOD.strip(), "something else", GOOD.strip(), GOOD.strip()])
    monkeypatch.setattr(serve_command, "is_there", lambda _screen: True)
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(typed))

    code, _, err = users("add", "dana")
    assert (code, "differ" in err) == (2, True)
    assert users("add", "dana")[0] == 0
    assert Passwords().user_of(store.users, "dana", GOOD.strip()) is not None
