"""Signals that are heard when a block has ended."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from importer.interrupts import heard_afterwards

if TYPE_CHECKING:
    from collections.abc import Iterator


class StopError(Exception):
    """What the handler raises."""


@pytest.fixture(autouse=True)
def handler() -> Iterator[object]:
    def stop(_number: int, _frame: object) -> None:
        raise StopError

    before = signal.signal(signal.SIGTERM, stop)
    yield stop
    signal.signal(signal.SIGTERM, before)


def test_a_handler_is_called_after_the_block(handler: object) -> None:
    """What it raises is raised there, and it stays the handler."""
    passed = []
    with pytest.raises(StopError), heard_afterwards():  # noqa: PT012 - the block is what is tried
        os.kill(os.getpid(), signal.SIGTERM)
        passed.append("the whole block")

    assert passed == ["the whole block"]
    assert signal.getsignal(signal.SIGTERM) is handler


def test_an_exception_of_the_block_is_told_by_the_signal_s() -> None:
    """Both came: the signal's is raised, and has the other as its context."""
    with pytest.raises(StopError) as caught, heard_afterwards():  # noqa: PT012 - likewise
        os.kill(os.getpid(), signal.SIGTERM)
        raise KeyError

    assert isinstance(caught.value.__context__, KeyError)


def test_without_a_signal_nothing_is_changed(handler: object) -> None:
    """The handler is the same before and after."""
    with heard_afterwards():
        assert signal.getsignal(signal.SIGTERM) is not handler

    assert signal.getsignal(signal.SIGTERM) is handler
