"""How a check judges a column of texts: one pass over all of them where all are right, one by one where not."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

# The engine keeps a note of each repetition: more at a time would need memory by the megabyte.
AT_A_TIME = 1000

Judge = Callable[["pd.Series[str]"], "pd.Series[bool]"]


def in_shape(pattern: str, *, careful: Callable[[str], bool] | None = None) -> Judge:
    """
    Return a judge that passes blanks and texts that match the whole pattern.

    Texts are matched many at a time, joined by line ends, which is four times as fast; where some of them do not match,
    they are asked one by one. ``careful`` is asked then instead of the pattern, and may accept what it leaves out.
    """
    whole = re.compile(pattern).fullmatch
    alone = careful or (lambda text: whole(text) is not None)
    joined = re.compile(f"(?:(?:{pattern})\n|\n)*+").fullmatch

    def all_right(texts: list[str]) -> bool:
        together = "\n".join(texts) + "\n"
        return together.count("\n") == len(texts) and joined(together) is not None

    def judge(texts: pd.Series[str]) -> pd.Series[bool]:
        values = texts.tolist()
        verdicts = np.ones(len(values), dtype=bool)
        for at in range(0, len(values), AT_A_TIME):
            some = values[at : at + AT_A_TIME]
            if not all_right(some):
                verdicts[at : at + AT_A_TIME] = [not text or alone(text) for text in some]
        return pd.Series(verdicts, index=texts.index, dtype=bool, copy=False)

    return judge


def every(fits: Callable[[str], bool]) -> Judge:
    """Return a judge that passes blanks and the texts that ``fits`` accepts, asked one by one."""

    def judge(texts: pd.Series[str]) -> pd.Series[bool]:
        return pd.Series([not text or fits(text) for text in texts.tolist()], index=texts.index, dtype=bool)

    return judge


def not_blank(texts: pd.Series[str]) -> pd.Series[bool]:
    """Judge that a text stands there."""
    return texts != ""
