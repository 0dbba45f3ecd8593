"""
What is drawn for sheets and for the API's moods, and which appointment a drawn row is about.

Drawn by number alone, rows would seldom meet: most appointments are soon ended, and nothing moves an ended one. So a row
is about an appointment in some situation, which is looked up when the sheet is written.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hypothesis import strategies as st
from order_sheets import key_of

if TYPE_CHECKING:
    from order_world import World


class Whom(NamedTuple):
    """
    The appointment that a row is about: the ``place``-th, newest first, of those in a situation.

    ``left``: a row of it was not sent, failed, is held or unknown · ``on``: neither cancelled nor missed · ``begun``: on, and
    its visit has begun · ``over``: cancelled or missed · ``new``: nobody has made it yet · ``strange``: somebody else made it, and the ledger does not know its number ·
    ``any``.
    """

    situation: str
    place: int


def appointment_of(world: World, whom: Whom) -> int:
    """Return the number of the appointment; a stranger's is made where there is none."""
    strange = {record.key for record in world.api.records.values() if record.is_stranger and not record.is_numbered}
    found = {
        "left": world.waiting,
        "on": world.on(),
        "begun": world.begun(),
        "over": [number for number in world.numbers() if number not in world.on()],
        "new": [],
        "strange": [number for number in world.on() if key_of(number) in strange],
        "any": world.numbers(),
    }[whom.situation]
    if whom.situation in {"left", "begun", "over"} and not found:
        found = world.on()
    if found and (whom.situation != "strange" or whom.place < len(found)):
        return found[whom.place % len(found)]
    fresh = next(number for number in count() if key_of(number) not in world.api.by_key and number not in world.waiting)
    if whom.situation == "strange":
        world.book_elsewhere(fresh)
    return fresh


def _one_of(**weights: int) -> st.SearchStrategy[str]:
    return st.sampled_from([word for word, weight in weights.items() for _ in range(weight)])


PLACES: Final = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])
WHOM: Final = st.builds(Whom, _one_of(left=3, on=4, new=3, strange=2, over=1, any=1), PLACES)
KNOWN: Final = st.builds(Whom, _one_of(left=4, on=4, over=1, strange=1), PLACES)
STRANGE: Final = st.builds(Whom, _one_of(strange=1), PLACES)
BEGUN: Final = st.builds(Whom, _one_of(begun=1), PLACES)
WAITING: Final = st.builds(Whom, _one_of(left=1), PLACES)
NEW: Final = st.builds(Whom, _one_of(new=1), PLACES)

FAULTS: Final = st.one_of(
    # What stops or ends a run of few rows most often: a refused token, no answer at all, an outage, a kill.
    st.sampled_from(
        [
            ["401"],
            ["lost", "lost"],
            ["lost", "lost"],
            ["lost", "lost"],
            ["silent", "silent"],
            ["500", "500"],
            ["die"],
            ["dies"],
            ["fine", "401"],
            ["fine", "lost", "lost"],
        ]
    ),
    st.lists(
        st.sampled_from(
            ["fine", "lost", "silent", "500", "503", "400", "409", "429", "302", "401", "other", "die", "dies"]
        ),
        max_size=4,
    ),
)
# How a run goes: well, stopped before anything is sent, or badly. What is left unsent is what later commands meet.
WAYS: Final = _one_of(well=3, unsent=3, badly=3).flatmap(
    {"well": st.just([]), "unsent": st.just(["401"]), "badly": FAULTS}.__getitem__
)
KILLS: Final = st.sampled_from([False] * 4 + [True]).flatmap(
    lambda is_killed: st.tuples(st.integers(0, 20), st.booleans()) if is_killed else st.none()
)
# Of the two profiles: that of most sheets of an order, or the other.
PROFILES: Final = _one_of(usual=5, other=1)
ACTIONS: Final = _one_of(upsert=3, create=1, update=4, cancel=1, no_show=1)
GIVEN: Final = _one_of(both=3, name=1, start=1, none=1)

RARELY: Final = st.sampled_from([False] * 6 + [True])


def _row(
    whom: st.SearchStrategy[Any],
    names: st.SearchStrategy[str],
    actions: st.SearchStrategy[str] = ACTIONS,
    given: st.SearchStrategy[str] = GIVEN,
    bad: st.SearchStrategy[bool] = RARELY,
) -> st.SearchStrategy[Any]:
    return st.tuples(whom, actions, names, given, st.booleans(), bad)


NAMES: Final = _one_of(number=5, uuid=4, both=4, wrong=1, nobodys=1)
ONE_NAMES: Final = _one_of(number=1, uuid=2, both=2)
DRAWN: Final = st.one_of(
    st.lists(_row(WHOM, NAMES), min_size=1, max_size=3),
    # Several rows about one appointment, which name it in several ways, and may ask for one thing.
    st.builds(
        lambda whom, action, rows: [(whom, action or row[1], *row[2:]) for row in rows],
        st.one_of(WHOM, STRANGE),
        st.sampled_from(["", "", "update", "no_show", "no_show", "cancel"]),
        st.lists(_row(st.none(), ONE_NAMES), min_size=2, max_size=3),
    ),
)
# Changes of what is known, in other words than those by which it was booked; and what the desk knows once visits have begun.
CHANGES: Final = st.one_of(
    st.lists(_row(whom, _one_of(number=1, uuid=3, both=1), actions), min_size=1, max_size=2)
    for whom, actions in (
        (KNOWN, _one_of(update=4, upsert=1, cancel=1, no_show=1)),
        (KNOWN, _one_of(update=4, upsert=1, cancel=1)),
        (BEGUN, _one_of(no_show=4, cancel=1)),
    )
)
MISSED: Final = st.lists(
    _row(BEGUN, _one_of(number=1, uuid=3, both=1), _one_of(no_show=5, update=1)), min_size=1, max_size=2
)
# Right rows, and wrong ones for whose sake they are kept back.
HALF_WRONG: Final = st.lists(
    _row(KNOWN, _one_of(number=2, both=1), _one_of(update=4, cancel=1), bad=st.booleans()), min_size=2, max_size=3
)
# A later word about one appointment: a move, or once more what a row asked for that was left.
WORDS: Final = _one_of(update=2, again=1)
# What nobody has booked yet.
BOOKINGS: Final = st.lists(
    _row(NEW, _one_of(number=1), _one_of(create=1, upsert=2), _one_of(both=3, start=1)), min_size=1, max_size=2
)
# A snapshot names what is on, but for these: places among what is on, newest first. What is missing stays so for some nights.
OMITTED: Final = st.sampled_from([(), (), (), (0,), (0,), (1,), (0, 1)])
EXPORTS: Final = st.sampled_from(["as before"] * 8 + ["another column", "complete"] * 2)
# Which run is gone on with, as ``World`` sorts them.
WHICH: Final = _one_of(late=8, ahead=2, fresh=1, overtaken=3, any=1)
OVERTAKEN: Final = _one_of(overtaken=3, any=1)
# A retry also meets what failed, was held, or was kept back, of which resume has nothing to send.
RETRIED: Final = _one_of(fresh=5, late=1, ahead=2, overtaken=3, any=1)
# What is done with a draft that is kept. After an edit it has to be looked at, or it is not sent.
DRAFTS: Final = _one_of(keep=2, keep_retry=2, edit=4, look=4, send=5, drop=1)
EDITS: Final = st.tuples(
    st.sampled_from(["cell"] * 6 + ["leave out", "undo"] * 2 + ["action", "bad", "as in file", "take in"]),
    st.sampled_from(["firstName", "eventDateTime"]),
)
