"""A real browser for the page; whatever no page may do fails the test in which it is done."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from page_in_browser import Office, Watch, chromium, office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a browser to the tests of a file; two at a time playwright does not have in one thread."""
    with chromium() as launched:
        yield launched


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    assert watching.faults == []


@pytest.fixture
def window(browser: Any, watch: Watch) -> Iterator[Callable[..., Any]]:
    """Open windows of browsers that know nothing of each other; arguments are those of a Playwright context."""
    with ExitStack() as closing:

        def opened(**how: Any) -> Any:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | how)
            closing.callback(context.close)
            watch.over(context)
            return context.new_page()

        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """Give an office of its own to a test that stops or changes it."""
    with office(tmp_path) as made:
        yield made
