"""How single values are read, and what a wrong one says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import SettingsError
from importer.settings import load
from importer.settings.values import FALSE, TRUE, base_url, flag, rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("rate", "-1", "a number, 0 or more", id="rate-negative"),
        pytest.param("rate", "fast", "a number, 0 or more", id="rate-word"),
        pytest.param("rate", "nan", "a number, 0 or more", id="rate-nan"),
        pytest.param("rate", "inf", "a number, 0 or more", id="rate-infinite"),
        pytest.param("timeout", "0", "a number, greater than 0", id="timeout-zero"),
        pytest.param("concurrency", "0", "a whole number, from 1 to 256", id="concurrency-zero"),
        pytest.param("concurrency", "1.5", "a whole number, from 1 to 256", id="concurrency-part"),
        pytest.param("concurrency", "9" * 400, "a whole number, from 1 to 256", id="concurrency-huge"),
        pytest.param("limit", "0", "a whole number, 1 or more", id="limit-zero"),
        pytest.param("limit", "1e300", "up to 15 digits", id="limit-huge"),
        pytest.param("rows", "20-5", "row numbers that rise", id="rows-falling"),
        pytest.param("rows", "0-5", "begin at 1", id="rows-from-zero"),
        pytest.param("rows", "a", "row numbers such as 5-20", id="rows-word"),
        pytest.param("rows", "5,", "row numbers such as 5-20", id="rows-open-comma"),
        pytest.param("only", "delete", "one of create, update, cancel, no_show, upsert", id="only-unknown"),
        pytest.param("only", ",", "one of create", id="only-nothing"),
        pytest.param("action", "", "one of create", id="action-blank"),
        pytest.param("sheet", " ", "a text", id="sheet-blank"),
        pytest.param("base_url", "example.com", "a web address such as https://", id="url-no-scheme"),
        pytest.param("base_url", "http://example.com", "begins with https://", id="url-plain-http"),
        pytest.param("base_url", "ftp://example.com", "begins with https://", id="url-ftp"),
        pytest.param("base_url", "https://example.com:99999", "a web address", id="url-port"),
        pytest.param("base_url", "https://exa mple.com", "a web address", id="url-blank"),
        pytest.param("base_url", "https://example.com/?a=1", "without user name, password, ? and #", id="url-query"),
    ],
)
def test_wrong_value_is_refused_with_place_and_expectation(tmp_path: Path, name: str, text: str, says: str) -> None:
    """A wrong option exits 2 with a sentence that names the option and what was expected."""
    with pytest.raises(SettingsError) as caught:
        load({name: text}, environ={}, folder=tmp_path, user_file=tmp_path / "absent")

    assert str(caught.value).startswith(f"--{name.replace('_', '-')}: ")
    assert says in str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [True, 1.5, ["a"], {"a": 1}], ids=["flag", "part", "list", "table"])
def test_wrong_type_in_the_file_is_refused(tmp_path: Path, given: Any) -> None:
    """TOML's own types are held too: a truth value is no number."""
    import tomllib

    toml = {True: "true", 1.5: "1.5"}.get(given) if isinstance(given, bool | float) else None
    text = f"concurrency = {toml or ('[1]' if isinstance(given, list) else '{ a = 1 }')}\n"
    assert tomllib.loads(text)
    (tmp_path / "importer.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"importer\.toml, line 1: concurrency: .* expected a whole number"):
        load({}, config="importer.toml", environ={}, folder=tmp_path)


def test_password_in_a_wrong_address_is_not_repeated(tmp_path: Path) -> None:
    """A refused address does not put its password on the screen."""
    with pytest.raises(SettingsError) as caught:
        load({"base_url": "https://me:hunter2@example.com"}, environ={}, folder=tmp_path, user_file=tmp_path / "absent")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com",
        "https://api.example.com/v1",
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:9",
    ],
)
def test_base_url_is_https_or_this_machine(address: str) -> None:
    """HTTPS anywhere, plain HTTP only to loopback; a slash at the end makes no difference."""
    assert base_url(address + "/") == address


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://0.0.0.0:80", "http://10.0.0.1"]
)
def test_names_that_only_look_local_are_refused(address: str) -> None:
    """Plain HTTP to another machine is refused however its name is dressed."""
    with pytest.raises(ValueError, match="begins with https"):
        base_url(address)


@pytest.mark.parametrize("word", sorted(TRUE | FALSE))
def test_truth_words_are_read_in_any_case(word: str) -> None:
    """Each listed word is read as what it says."""
    assert flag(word.upper()) is (word in TRUE)


@pytest.mark.parametrize("word", ["", "maybe", "2", "y", "t"])
def test_unlisted_truth_word_is_refused(word: str) -> None:
    """A word that is not listed is never taken for false."""
    with pytest.raises(ValueError, match="true or false"):
        flag(word)


@pytest.mark.parametrize(("text", "shown"), [("5-20", "5-20"), ("7", "7"), ("9-", "9-"), (" 1 - 2 , 4", "1-2,4")])
def test_row_ranges_show_as_they_are_written(text: str, shown: str) -> None:
    """What config show prints can be typed again."""
    assert ",".join(map(str, rows(text))) == shown
    assert rows(shown) == rows(text)
