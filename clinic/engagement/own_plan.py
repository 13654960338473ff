"""The client's own if-then plans, and which of them fit what is going on now.

A first step that the client has chosen themselves goes before any of ours (documents 004:97 and 004:155). Nothing here
judges whether a plan was kept: one that did not hold is a plan to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol


class Trigger(StrEnum):
    """What sets an if-then plan in motion."""

    STRESS = "stress"
    CRAVING = "craving"
    EMOTION = "emotion"
    PEOPLE = "people"
    PLACE = "place"
    MISSED_SESSION = "missed_session"
    OTHER = "other"


class IfThen(NamedTuple):
    """A plan in the client's own words: if this, then that, with the help of somebody (or nobody)."""

    trigger_kind: Trigger
    trigger: str
    action: str
    helper: str = ""


class OpenSign(Protocol):
    """A sign on an open follow-up, as far as it is asked for here: whether it is read off attendance."""

    @property
    def absence(self) -> bool: ...


# By the group of an item of the observation form. Body and day (B) and medication (G) are for medical staff, and what a
# client told us of use (H) is met with care first, not with a plan.
_BY_GROUP: Final[dict[str, frozenset[Trigger]]] = {
    "A": frozenset((Trigger.CRAVING,)),
    "C": frozenset((Trigger.STRESS, Trigger.EMOTION)),
    "D": frozenset((Trigger.PEOPLE,)),
    "E": frozenset((Trigger.PLACE,)),
    "F": frozenset((Trigger.STRESS,)),
}
# Thoughts that are moods as well: hopelessness, discouragement, not coping, shame.
_MOODS: Final = frozenset(("A5", "A8", "A9", "A10"))


def fitting(
    if_thens: Sequence[IfThen], signs: Iterable[OpenSign], items: Iterable[str]
) -> tuple[IfThen, ...]:
    """Which of the client's own plans fit the open signs and the items noted, in the order the client gave them.

    A sign read off attendance fits what was planned for a missed session; items fit by their group. `OTHER` fits
    nothing by itself: only the client knows when.
    """
    met: set[Trigger] = set()
    if any(sign.absence for sign in signs):
        met.add(Trigger.MISSED_SESSION)
    for item in items:
        met |= _BY_GROUP.get(item[:1], frozenset())
        if item in _MOODS:
            met.add(Trigger.EMOTION)
    return tuple(each for each in if_thens if each.trigger_kind in met)
