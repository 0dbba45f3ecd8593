"""What the page says to people who have never seen a terminal."""

from __future__ import annotations

import re

from importer.problems import KINDS
from importer.web.pages import for_page

# The page asks for no confirmation but its own, and a profile with this setting was written by somebody who knows options.
NOT_THERE = {"not_confirmed", "all_or_nothing"}


def test_no_problem_names_a_command() -> None:
    """Whatever may be wrong with a row, the page says what to press or whom to ask, and no command or option to type."""
    said = {code: for_page(f"{kind.message} {kind.fix}") for code, kind in KINDS.items() if code not in NOT_THERE}

    typed = re.compile(r"importer (?:[a-z]+ )?[A-Z]{3}|importer (?:retry|resolve|resume|plan|columns|ledger)|--[a-z]")
    assert {code: text for code, text in said.items() if typed.search(text)} == {}


def test_what_is_in_doubt_is_a_question() -> None:
    """A request without an answer is tried again by a button, or answered where such questions stand."""
    told = for_page(KINDS["no_clear_answer"].fix)

    assert (
        told == "Press Try again, which repeats it safely, or check in Attentive and answer the question under Unknown."
    )
