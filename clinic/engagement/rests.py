"""Stage 3, what to do, continued: when a follow-up is not asked for, and when it wakes.

It rests after a contact, is snoozed, the client wants no contact now, or is in a pause. `clinic.findings` writes what
each morning's judgement puts to sleep and wakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from clinic.engagement.plan import Plan, Standing
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Kind, Level
from clinic.engagement.timeline import Timeline

# How long who does not want contact now is left in peace, unless safety asks for it (clinical basis, D12).
DECLINED_DAYS = 30
# The rest of a pause without an end, and how little of it may be left before it is renewed.
ENDLESS_DAYS, ENDLESS_RENEWED = 366, 100


class Quiet(StrEnum):
    """Why a follow-up is not asked for."""

    RESTS = "rests"
    SNOOZED = "snoozed"
    DECLINED = "declined"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Desk:
    """An open follow-up as it stands."""

    id: int
    kind: Kind
    level: Level
    lifted: bool
    due_at: datetime
    quiet_until: date | None = None
    quiet_as: str = ""

    @property
    def quiet(self) -> bool:
        return self.quiet_until is not None


class Rest(NamedTuple):
    """A follow-up is not asked for until a day: as a `Quiet`, and the first day it asks again."""

    quiet_as: str
    until: date


def rests(
    timeline: Timeline, made: Plan, standing: Sequence[Standing], desks: Sequence[Desk]
) -> tuple[Rest | None, frozenset[Kind]]:
    """What the follow-up about disengagement goes to sleep as, if it does, and the kinds whose rest ends.

    Something new ends a rest. Who asked for no contact is left in peace until something new is about safety, also on a
    follow-up raised meanwhile. Inside a pause nobody is asked for, unless staff have noted something in it.
    """
    woken = {desk.kind for desk in desks if desk.quiet and desk.kind in made.wakes}
    desk = next((desk for desk in desks if desk.kind is Kind.DISENGAGEMENT), None)
    if desk is None and Kind.DISENGAGEMENT not in made.wakes:
        return None, frozenset(woken)
    wanted = None
    if timeline.paused:
        wanted = _paused(timeline, desk) if _says_nothing_in_a_pause(made, standing) else None
    if wanted is None and not _is_about_safety(made):
        wanted = _declined(timeline, desk)
    if wanted is not None:
        woken.discard(Kind.DISENGAGEMENT)
        return None if _sleeps_so(desk, wanted) else wanted, frozenset(woken)
    if desk is not None and desk.quiet_as == Quiet.PAUSED:
        woken.add(Kind.DISENGAGEMENT)
    return None, frozenset(woken)


def _sleeps_so(desk: Desk | None, wanted: Rest) -> bool:
    """Whether a follow-up sleeps like that already, or for some other reason as long."""
    if desk is None or desk.quiet_until is None:
        return False
    if desk.quiet_as in (wanted.quiet_as, Quiet.PAUSED):
        return (desk.quiet_as, desk.quiet_until) == wanted
    return desk.quiet_until >= wanted.until


def _paused(timeline: Timeline, desk: Desk | None) -> Rest:
    """The rest of a follow-up inside a pause. One without an end is renewed a few times a year, not every morning."""
    ends, today = timeline.paused_until, timeline.today
    if ends is None:
        until = desk.quiet_until if desk is not None and desk.quiet_as == Quiet.PAUSED else None
        if until is not None and ENDLESS_RENEWED <= until.toordinal() - today <= ENDLESS_DAYS:
            return Rest(Quiet.PAUSED, until)
        ends = today + ENDLESS_DAYS
    return Rest(Quiet.PAUSED, date.fromordinal(ends))


def _declined(timeline: Timeline, desk: Desk | None) -> Rest | None:
    """The rest of who asked for no contact: of a new follow-up, and of one that already rests so or wakes from a pause.

    One that a person has taken back on the list stays there.
    """
    declined = timeline.known.declined
    if declined is None or timeline.today >= declined + DECLINED_DAYS:
        return None
    if desk is not None and desk.quiet_as not in (Quiet.DECLINED, Quiet.PAUSED):
        return None
    return Rest(Quiet.DECLINED, date.fromordinal(declined + DECLINED_DAYS))


def _says_nothing_in_a_pause(made: Plan, standing: Sequence[Standing]) -> bool:
    """Whether all that is open about disengagement is read off absence, which a pause suspends."""
    gone = {*made.settled, *made.withdrawn, *made.ended}
    codes = {each.sign for each in standing if each.handled_to is None and each.id not in gone}
    codes.update(found.sign for found in made.raised)
    signs = [BY_CODE[code] for code in codes if code in BY_CODE]
    return not any(sign.in_pauses and sign.kind is Kind.DISENGAGEMENT for sign in signs)


def _is_about_safety(made: Plan) -> bool:
    """Whether something new about disengagement must be acted on whatever the client has asked for."""
    for found in (*made.raised, *(found for _, found in made.strengthened)):
        sign = BY_CODE[found.sign]
        if sign.kind is Kind.DISENGAGEMENT and (sign.safety if found.safety is None else found.safety):
            return True
    return False
