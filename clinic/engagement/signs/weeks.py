"""Calendar weeks, Monday to Sunday: which of them count (D07, D10), and what was planned and attended in them (D07)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress

from clinic.engagement.background import Schedule
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import CHANNEL_LETTER, COUNTABLE, PRESENT, Channel, Timeline

DAYS = 7
PARTS = 28  # a plan counts sessions in 28 days, so what is planned is counted in 28ths of a session

# Medical and case management are one service here, as in the definition of D07; doses are D09's.
_SERVICE = {
    ord("c"): Channel.COUNSELLING,
    ord("g"): Channel.GROUP,
    ord("m"): Channel.MEDICAL,
    ord("k"): Channel.MEDICAL,
    ord("a"): Channel.MUTUAL_AID,
}
# The channels a care plan speaks of here: meetings are measured against their own mean.
_LETTER: dict[str, int] = {
    channel: ord(CHANNEL_LETTER[channel])
    for channel in (Channel.COUNSELLING, Channel.GROUP, Channel.MEDICAL, Channel.CASE_MANAGEMENT)
}
_IS_SERVICE = bytes(letter in _SERVICE for letter in range(256))
_EXCUSED, _UNRECORDED, _MEETING = ord("X"), ord("S"), ord("a")
_CALLED_OFF = frozenset(b"K-")
# What the client could not attend, or what nobody knows of: a plan does not ask for it.
_LEFT_OUT = frozenset(b"XKS-H")


def monday_of(day: int) -> int:
    """The Monday of the week a day lies in, as ordinals."""
    return day - (day - 1) % DAYS


def last_whole_week(today: int) -> int:
    """The Monday of the newest week that was over before `today`.

    A Sunday's own week is not: its sessions are mostly entered on Monday, and a visit of today changes no week.
    """
    return monday_of(today) - DAYS


def eligible_days(timeline: Timeline, monday: int) -> int:
    """How many days of the week from `monday` on were in the episode, not paused, open, and not after today."""
    record = timeline.record
    last = monday + DAYS - 1
    touched = timeline.pauses and any(
        pause.first <= last and (pause.last is None or monday <= pause.last) for pause in timeline.pauses
    )
    if not touched and record.admitted <= monday and last <= timeline.today:
        return _open_days(record.weekdays, record.closures, monday)
    return sum(
        record.admitted <= day <= timeline.today
        and (day - 1) % DAYS in record.weekdays
        and day not in record.closures
        and not is_paused(timeline, day)
        for day in range(monday, monday + DAYS)
    )


@lru_cache(maxsize=4096)
def _open_days(weekdays: frozenset[int], closures: frozenset[int], monday: int) -> int:
    """The same for a week that lies wholly inside a stay; all clients of a clinic share it."""
    return sum(monday + weekday not in closures for weekday in weekdays)


def is_paused(timeline: Timeline, day: int) -> bool:
    """Whether a day lies inside a pause."""
    return any(p.first <= day and (p.last is None or day <= p.last) for p in timeline.pauses)


def is_eligible(timeline: Timeline, monday: int, thresholds: Thresholds) -> bool:
    """Whether a week counts: it has as many days that can be used as are needed."""
    return eligible_days(timeline, monday) >= least_days(timeline, thresholds)


def least_days(timeline: Timeline, thresholds: Thresholds) -> int:
    """How many days a week needs to count: `eligible_days` (4); in a clinic open on fewer days a week, all of them."""
    return max(min(thresholds.eligible_days, len(timeline.record.weekdays)), 1)


def schedule_on(schedules: Sequence[Schedule], channel: Channel, day: int) -> int | None:
    """Sessions the care plan asks for in 28 days, by the schedule in force on a day; None when it says nothing."""
    first, asked = (-1, -1), None
    for each in schedules:
        if each.channel == channel and each.first <= day and (each.first, each.known) >= first:
            first, asked = (each.first, each.known), each.a_month
    return asked


@dataclass(slots=True)
class Tally:
    """What was planned and attended of one service in some weeks, counted in days of a channel or of one group.

    `kept` are those attended, and `left_out` the appointments nobody could attend or nobody recorded, on days the care
    plan speaks of; `planned` is what it asked for there, in 28ths. `booked` are those attended or missed on the other
    days. `missed` are positions in the timeline.
    """

    attended: int = 0
    kept: int = 0
    booked: int = 0
    planned: int = 0
    left_out: int = 0
    excused: int = 0
    called_off: int = 0
    unrecorded: int = 0
    missed: list[int] = field(default_factory=list)
    missed_days: int = 0

    def add(self, other: Tally) -> None:
        self.attended += other.attended
        self.kept += other.kept
        self.booked += other.booked
        self.planned += other.planned
        self.left_out += other.left_out
        self.excused += other.excused
        self.called_off += other.called_off
        self.unrecorded += other.unrecorded
        self.missed += other.missed
        self.missed_days += other.missed_days

    @property
    def expected(self) -> int:
        """In 28ths of a session; more than planned when more were attended, for nobody attends above all of them."""
        return max(self.planned - PARTS * self.left_out, PARTS * self.kept) + PARTS * self.booked

    @property
    def asked(self) -> int:
        """The same without what was attended beyond the plan: what one week is measured against."""
        return max(self.planned - PARTS * self.left_out, 0) + PARTS * self.booked


Week = dict[Channel, Tally]


def tallies(timeline: Timeline, mondays: Sequence[int], together: Sequence[int] = ()) -> dict[int, Week]:
    """What was planned and attended of each service in each of some weeks; `mondays` oldest first.

    Days before admission and inside a pause are left out, and so are groups that have closed by now. A meeting of
    mutual aid is one each; otherwise a day counts once, as attended when any session of it was. Those of `together`
    have one tally for all of them.
    """
    pooled: Week = {}
    found: dict[int, Week] = {monday: pooled if monday in together else {} for monday in mondays}
    if not mondays:
        return found
    record, marks, pauses = timeline.record, timeline.marks, timeline.pauses
    channels, groups, all_days = record.channels, record.groups, record.days
    first = bisect_left(all_days, max(mondays[0], record.admitted), 0, timeline.size)
    last = bisect_right(all_days, mondays[-1] + DAYS - 1, first, timeline.size)
    closed = _closed_groups(timeline, first, last)
    asked = _Asked(timeline.known.schedules, group_closed=bool(closed))
    days: dict[tuple[int, int], list[int]] = {}
    # Most appointments are doses, so they are left out before the walk.
    for index in compress(range(first, last), channels[first:last].translate(_IS_SERVICE)):
        letter, day, mark = channels[index], all_days[index], marks[index]
        week = found.get(day - (day - 1) % DAYS)
        if week is None or (closed and groups[index] in closed) or (pauses and is_paused(timeline, day)):
            continue
        if mark in COUNTABLE and letter != _MEETING:
            days.setdefault((day, letter), []).append(index)
            continue
        tally = _tally(week, letter)
        if letter == _MEETING:
            tally.attended += mark in PRESENT
            continue
        tally.excused += mark == _EXCUSED
        tally.called_off += mark in _CALLED_OFF
        tally.unrecorded += mark == _UNRECORDED
        tally.left_out += mark in _LEFT_OUT and asked.says(letter, day)
    for (day, letter), same in days.items():
        tally, by_plan = _tally(found[day - (day - 1) % DAYS], letter), asked.says(letter, day)
        # Which group it was makes a difference only where there was more than one session.
        for indices in (same,) if len(same) == 1 else _by_group(groups, same):
            if marks[indices[0]] in PRESENT or any(marks[index] in PRESENT for index in indices):
                tally.attended += 1
                tally.kept += by_plan
            else:
                tally.missed += indices
                tally.missed_days += 1
            tally.booked += not by_plan
    for monday, week in found.items():
        asked.add_to(week, timeline, monday)
    return found


def _tally(week: Week, letter: int) -> Tally:
    service = _SERVICE[letter]
    tally = week.get(service)
    if tally is None:
        tally = week[service] = Tally()
    return tally


def _by_group(groups: Sequence[int], indices: Sequence[int]) -> Iterable[list[int]]:
    found: dict[int, list[int]] = {}
    for index in indices:
        found.setdefault(groups[index], []).append(index)
    return found.values()


def _closed_groups(timeline: Timeline, first: int, last: int) -> frozenset[int]:
    """Groups that have closed by now, of those with an appointment between two positions."""
    today = timeline.today
    closed = [
        number
        for number, facts in timeline.record.group_facts.items()
        if facts.closed is not None and facts.closed <= today
    ]
    return frozenset(closed).intersection(timeline.record.groups[first:last]) if closed else frozenset()


class _Asked:
    """What the care plan asks for, by the letter of a channel and the day. Of groups one of which has closed it says
    nothing: how much of the plan was meant for that one nobody knows.
    """

    def __init__(self, schedules: Sequence[Schedule], *, group_closed: bool) -> None:
        self._by_letter: dict[int, list[Schedule]] = {}
        for each in sorted(schedules, key=lambda each: (each.first, each.known), reverse=True):
            letter = _LETTER.get(each.channel)
            if letter is not None and not (group_closed and each.channel == Channel.GROUP):
                self._by_letter.setdefault(letter, []).append(each)

    def says(self, letter: int, day: int) -> bool:
        """Whether it says how often, in a channel on a day."""
        if not self._by_letter:
            return False
        known = self._by_letter.get(letter)
        return known is not None and known[-1].first <= day

    def add_to(self, week: Week, timeline: Timeline, monday: int) -> None:
        """Add what it asks for in one week, days before admission, closed and paused ones left out."""
        if not self._by_letter:
            return
        record = timeline.record
        days = [
            day
            for day in range(max(monday, record.admitted), monday + DAYS)
            if day not in record.closures and not (timeline.pauses and is_paused(timeline, day))
        ]
        for letter, known in self._by_letter.items():
            if known[0].first <= monday:
                planned = known[0].a_month * len(days)
            else:
                planned = sum(next((each.a_month for each in known if each.first <= day), 0) for day in days)
            if planned:
                week.setdefault(_SERVICE[letter], Tally()).planned += planned
