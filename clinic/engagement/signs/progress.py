"""How far the goals of a client have got: the weeks of a weekly goal, the meetings that count, the days that are asked.

The signs of goals, good news and upkeep read it, and so may the pages: a goal belongs to the client, so what is shown
is what was reached, with a week that could not count left out rather than marked as short.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

from clinic.engagement.background import Goal
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.signs.weeks import DAYS, eligible_days, least_days, monday_of
from clinic.engagement.timeline import COUNTABLE, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop

# A week is looked at from the Tuesday after it on: Monday is left for entering what came late.
LATE_ENTRY_DAYS = 1
LOGGED_BY_CLIENT = "a"
NEVER_ON_OFFER = b"\0KXR"  # 0 stands in place of the mark of an appointment that a goal does not count
UNRECORDED = b"S"
NOT_COUNTED = b"\0"
NOON = 12 * 3600
CHECKPOINTS = (14, 30, 45, 60, 75)
NINETY_DAYS = 90
PACE_DAYS = 14
_CAME = bytes(letter in PRESENT for letter in range(256))
_NOT_THERE = bytes(letter for letter in range(256) if letter not in PRESENT)
_NOT_COUNTABLE = bytes(letter for letter in range(256) if letter not in COUNTABLE)


class GoalWeek(NamedTuple):
    """One week of a weekly goal. `offered` is None where nothing limits it, as with mutual-aid meetings.

    `target` is the goal cut down to what was on offer and to the days that could be used. `counts` is False for a week
    that is left out: partly paused or closed, before the goal or after it, or with nothing on offer. `unknown` are the
    sessions nobody has recorded: a week they could still fill is neither short nor met. `least` is the target without
    them: a week `kept` in all that is recorded is not made less by what is not.
    """

    monday: int
    attended: int
    target: int
    offered: int | None
    counts: bool
    unknown: int = 0
    least: int = 0

    @property
    def sunday(self) -> int:
        return self.monday + DAYS - 1

    @property
    def short(self) -> bool:
        return self.counts and self.attended + self.unknown < self.target

    @property
    def met(self) -> bool:
        return self.counts and self.attended >= self.target

    @property
    def kept(self) -> bool:
        return self.counts and self.attended >= self.least > 0


def newest_week(today: int) -> int:
    """The Monday of the newest week that is looked at on this day, from Tuesday on the one before."""
    return monday_of(today - DAYS - LATE_ENTRY_DAYS)


def weeks(timeline: Timeline, goal: Goal, count: int, thresholds: Thresholds = DEFAULTS) -> list[GoalWeek]:
    """The newest `count` weeks of a weekly goal that can be looked at, oldest first; fewer when it is younger."""
    newest = newest_week(timeline.today)
    mondays = [newest - DAYS * back for back in range(count - 1, -1, -1)]
    return [week(timeline, goal, monday, thresholds) for monday in mondays if monday >= goal.first]


def weeks_back(timeline: Timeline, goal: Goal, thresholds: Thresholds) -> Iterator[GoalWeek]:
    """The same, newest first and as many as there are. Several signs read them, so what was read is kept."""
    read: list[GoalWeek] = timeline.memo.setdefault(("goal weeks", goal, thresholds.eligible_days), [])
    least, marks = least_days(timeline, thresholds), _marks(timeline, goal)
    monday, back = newest_week(timeline.today), 0
    while monday >= goal.first:
        if back == len(read):
            read.append(_week(timeline, goal, monday, least, marks))
        yield read[back]
        monday, back = monday - DAYS, back + 1


def week(timeline: Timeline, goal: Goal, monday: int, thresholds: Thresholds) -> GoalWeek:
    """What the week from `monday` on came to."""
    return _week(timeline, goal, monday, least_days(timeline, thresholds), _marks(timeline, goal))


def _week(timeline: Timeline, goal: Goal, monday: int, least: int, all_marks: bytes) -> GoalWeek:
    record, sunday = timeline.record, monday + DAYS - 1
    low = bisect_left(record.days, monday, 0, timeline.size)
    high = bisect_right(record.days, sunday, low, timeline.size)
    marks = all_marks[low:high]
    meetings = LOGGED_BY_CLIENT in goal.channels
    offered: int | None
    if (
        not timeline.pauses
        and (not record.closures or record.closures.isdisjoint(range(monday, sunday + 1)))
        and record.admitted <= monday
        and sunday <= timeline.today
    ):
        # Nearly every week: wholly inside the stay, and open as ever.
        offered, open_days = len(marks.translate(None, NEVER_ON_OFFER)), len(record.weekdays)
    else:
        offered = _on_offer(timeline, record.days[low:high], marks)
        open_days = eligible_days(timeline, monday)
    if meetings:
        offered = None
    aim = goal.target if offered is None or offered > goal.target else offered
    target = aim * open_days // (len(record.weekdays) or 1)
    unknown, kept_at = marks.count(UNRECORDED), target
    if unknown and offered is not None:
        recorded = _on_offer(timeline, record.days[low:high], marks.replace(UNRECORDED, NOT_COUNTED))
        kept_at = min(goal.target, recorded) * open_days // (len(record.weekdays) or 1)
    counts = (
        target > 0
        and open_days >= least
        and goal.first <= monday
        and (goal.last is None or sunday <= goal.last)
        and not (goal.paused and _touches_pause(goal, monday, sunday))
        and not (meetings and meetings_unknown(timeline, goal, sunday))
    )
    came = len(marks.translate(None, _NOT_THERE))
    return GoalWeek(monday, came, target, offered, counts, unknown, kept_at)


def line(timeline: Timeline, goal: Goal, thresholds: Thresholds = DEFAULTS) -> Sentence | None:
    """What to speak about at the next contact when the week before was short: no sign, only a question."""
    if not is_running(timeline, goal):
        return None
    newest = weeks(timeline, goal, 1, thresholds)
    if not newest or not newest[0].short:
        return None
    return gettext_noop(
        "%(n)d of %(target)d last week: how was the week?", n=newest[0].attended, target=newest[0].target
    )


class Ninety(NamedTuple):
    """Ninety in ninety at its newest checkpoint: meetings so far and lately, those lacking, and the days ahead."""

    checkpoint: int
    day: int
    attended: int
    logged: int
    lately: int
    elapsed: int
    behind: int
    ahead: int


def at_checkpoint(timeline: Timeline, goal: Goal, thresholds: Thresholds) -> Ninety | None:
    """How a goal of ninety in ninety stood at its newest checkpoint, by what is known now; None before the first one
    and from day 90 on.
    """
    number = timeline.today - goal.first + 1
    if number < CHECKPOINTS[0] or number >= NINETY_DAYS:
        return None
    checkpoint = max(each for each in CHECKPOINTS if each <= number)
    day = goal.first + checkpoint - 1
    came = capped(attended(timeline, goal, goal.first, day), thresholds.ninety_a_day)
    own = goal._replace(channels=LOGGED_BY_CLIENT)
    logged = len(attended(timeline, own, goal.first, day)) if LOGGED_BY_CLIENT in goal.channels else 0
    elapsed = asked_days(timeline, goal, goal.first, day)
    return Ninety(
        checkpoint=checkpoint,
        day=day,
        attended=len(came),
        logged=logged,
        lately=sum(each > day - PACE_DAYS for each in came),
        elapsed=elapsed,
        behind=elapsed - len(came),
        ahead=asked_days(timeline, goal, day + 1, goal.first + NINETY_DAYS - 1),
    )


def is_running(timeline: Timeline, goal: Goal) -> bool:
    """Whether the goal is asked about on this day: begun, not over or reached, and not put aside by the client."""
    today = timeline.today
    return (
        goal.first <= today
        and (goal.last is None or today <= goal.last)
        and goal.reached is None
        and not put_aside(goal, today)
        and not meetings_unknown(timeline, goal, today)
    )


def put_aside(goal: Goal, day: int) -> bool:
    """Whether the client has paused the goal on a day."""
    return bool(goal.paused) and _touches_pause(goal, day, day)


def _touches_pause(goal: Goal, start: int, end: int) -> bool:
    return any(first <= end and (last is None or start <= last) for first, last in goal.paused)


def meetings_unknown(timeline: Timeline, goal: Goal, day: int) -> bool:
    """Whether the goal counts mutual-aid meetings that the client, by this day, no longer wants to be logged."""
    if LOGGED_BY_CLIENT not in goal.channels:
        return False
    off = timeline.known.meetings_off
    return off is not None and off <= day


def attended(timeline: Timeline, goal: Goal, first: int, last: int) -> list[int]:
    """The days of the attended sessions that count for a goal, from `first` to `last`; two on a day stand twice."""
    days, marks = _span(timeline, goal, first, last)
    return list(compress(days, marks.translate(_CAME)))


def capped(days: list[int], most: int) -> list[int]:
    """The days of attended sessions, oldest first, with no more than `most` of one day."""
    return [day for day, count in sorted(Counter(days).items()) for _ in range(min(count, most))]


def asked_days(timeline: Timeline, goal: Goal, first: int, last: int) -> int:
    """How many of the days `first` to `last` a daily goal asks for: in care, and neither side has paused.

    Mutual aid meets every day; a goal of the clinic's own sessions asks for no day on which the clinic is closed.
    """
    record = timeline.record
    every_day = LOGGED_BY_CLIENT in goal.channels
    if every_day and not goal.paused and not timeline.pauses:
        return max(last - max(first, record.admitted) + 1, 0)
    return sum(
        record.admitted <= day
        and (every_day or ((day - 1) % DAYS in record.weekdays and day not in record.closures))
        and not put_aside(goal, day)
        and not any(p.first <= day and (p.last is None or day <= p.last) for p in timeline.pauses)
        for day in range(first, last + 1)
    )


def unrecorded(timeline: Timeline, goal: Goal, first: int, last: int, thresholds: Thresholds) -> int | None:
    """How many sessions that could count are not recorded; None when they are too many to say anything."""
    _, marks = _span(timeline, goal, first, min(last, timeline.today - 1))
    unknown = marks.count(UNRECORDED)
    known = len(marks.translate(None, _NOT_COUNTABLE))
    return None if unknown * 100 > thresholds.unrecorded_percent * (unknown + known) else unknown


def _on_offer(timeline: Timeline, days: Sequence[int], marks: bytes) -> int:
    """Planned sessions of the goal's channels that the client could have come to; an excused one is none of them."""
    record = timeline.record
    return sum(
        mark not in NEVER_ON_OFFER and day not in record.closures and not timeline.paused_days(day, day)
        for day, mark in zip(days, marks, strict=True)
    )


def _span(timeline: Timeline, goal: Goal, first: int, last: int) -> tuple[Sequence[int], bytes]:
    """The days and marks from `first` to `last`, no mark where an appointment is not of the goal's channels."""
    days, size = timeline.record.days, timeline.size
    low = bisect_left(days, first, 0, size)
    high = bisect_right(days, last, low, size)
    return days[low:high], _marks(timeline, goal)[low:high]


def _marks(timeline: Timeline, goal: Goal) -> bytes:
    """The marks up to today, no mark where an appointment is not of the goal's channels."""
    key = ("goal marks", goal.channels)
    marks: bytes | None = timeline.memo.get(key)
    if marks is None:
        # As one large number each: `and` is done for all of them at once. A goal has many weeks, so this is kept.
        chosen = timeline.channels[: timeline.size].translate(_chosen(goal.channels))
        both = int.from_bytes(timeline.marks, "big") & int.from_bytes(chosen, "big")
        marks = timeline.memo[key] = both.to_bytes(timeline.size, "big")
    return marks


@lru_cache(maxsize=64)
def _chosen(channels: str) -> bytes:
    """The table that turns the letters of these channels into all bits set and every other letter into none."""
    return bytes(255 if letter in channels.encode() else 0 for letter in range(256))
