"""Stage 5, how a caseload looks: weeks of one client, rates of many.

Unrecorded appointments are in neither number of any rate here: nobody knows what became of them. Counts are of
appointments, doses included, so that what a strip draws can be counted on the client's page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from clinic.engagement.timeline import MARK, Outcome, Timeline

WEEKS_SHOWN = 12
RATE_DAYS = 28
# A week with fewer than four days that count says nothing (clinical basis, 2.1: eligible week).
PAUSED_DAYS_OF_A_PAUSED_WEEK = 4
_UNRECORDED = MARK[Outcome.SCHEDULED].encode()


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, in whole numbers."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """The share in percent, rounded half up; None of nothing."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.part + other.part, self.whole + other.whole)


@dataclass(frozen=True, slots=True)
class Week:
    """One calendar week of one client. `monday` is a day ordinal; `planned` is `attended` plus `missed`.

    `unrecorded` counts appointments before today without an outcome, in neither number. `paused`: four or more of its
    days lie inside a pause. `in_care`: at least one of its days up to today lies inside the episode. `current`: the
    week of today.
    """

    monday: int
    planned: int
    attended: int
    missed: int
    unrecorded: int
    paused: bool
    in_care: bool
    current: bool

    @property
    def rate(self) -> Rate:
        return Rate(self.attended, self.planned)


@dataclass(frozen=True, slots=True)
class Caseload:
    """How a number of clients do: how many, whom of them somebody saw, what they attended, what is not recorded."""

    clients: int
    seen: Rate
    attended: Rate
    unrecorded: int


def weeks(timeline: Timeline, count: int = WEEKS_SHOWN) -> list[Week]:
    """The last `count` Monday-to-Sunday weeks, oldest first; the last one is the week of today, up to today."""
    this_monday = _monday(timeline.today)
    days, record = timeline.record.days, timeline.record
    found = []
    first = bisect_right(days, this_monday - 7 * (count - 1) - 1, 0, timeline.size)
    for monday in range(this_monday - 7 * (count - 1), this_monday + 1, 7):
        sunday = monday + 6
        end = bisect_right(days, sunday, first, timeline.size)
        attended, missed = _attended_and_missed(timeline, first, end)
        found.append(
            Week(
                monday=monday,
                planned=attended + missed,
                attended=attended,
                missed=missed,
                unrecorded=_unrecorded(timeline, first, end),
                paused=bool(timeline.pauses)
                and timeline.paused_days(monday, sunday) >= PAUSED_DAYS_OF_A_PAUSED_WEEK,
                in_care=record.admitted <= min(sunday, timeline.today)
                and (record.discharged is None or monday < record.discharged),
                current=monday == this_monday,
            )
        )
        first = end
    return found


def attended_of_planned(timelines: Iterable[Timeline], days: int = RATE_DAYS) -> Rate:
    """Appointments attended, of those attended or missed, on the last `days` days, today included."""
    attended_in_all = missed_in_all = 0
    for timeline in timelines:
        first = _first_of_the_last(timeline, days)
        attended, missed = _attended_and_missed(timeline, first, timeline.size)
        attended_in_all += attended
        missed_in_all += missed
    return Rate(attended_in_all, attended_in_all + missed_in_all)


def seen_within(timeline: Timeline, days: int = RATE_DAYS) -> bool:
    """Whether the client came to something on the last `days` days, today included. A call is no visit."""
    index = timeline.last_attended
    return index >= 0 and timeline.today - timeline.record.days[index] < days


def unrecorded_within(timeline: Timeline, days: int = RATE_DAYS) -> int:
    """Appointments on the last `days` days, before today, that nobody has recorded."""
    return _unrecorded(timeline, _first_of_the_last(timeline, days), timeline.size)


def caseload(timelines: Iterable[Timeline], days: int = RATE_DAYS) -> Caseload:
    """The rates of one caseload over the last `days` days; episodes that are not open on their day are left out."""
    in_care = [timeline for timeline in timelines if timeline.is_open]
    return Caseload(
        clients=len(in_care),
        seen=Rate(sum(seen_within(timeline, days) for timeline in in_care), len(in_care)),
        attended=attended_of_planned(in_care, days),
        unrecorded=sum(unrecorded_within(timeline, days) for timeline in in_care),
    )


def _monday(day: int) -> int:
    # Day ordinal 1 was a Monday.
    return day - (day - 1) % 7


def _first_of_the_last(timeline: Timeline, days: int) -> int:
    return bisect_right(timeline.record.days, timeline.today - days, 0, timeline.size)


def _attended_and_missed(timeline: Timeline, first: int, end: int) -> tuple[int, int]:
    """How many of the marks from index `first` up to `end`, left out, are attended, and how many missed."""
    if first >= end:
        return 0, 0
    marks = timeline.marks
    attended = marks.count(b"A", first, end) + marks.count(b"L", first, end) + marks.count(b"E", first, end)
    return attended, marks.count(b"M", first, end) + marks.count(b"V", first, end)


def _unrecorded(timeline: Timeline, first: int, end: int) -> int:
    """Marks without an outcome from index `first` up to `end`, left out; today's own may still be recorded."""
    before_today = bisect_right(timeline.record.days, timeline.today - 1, first, end) if first < end else end
    return timeline.marks.count(_UNRECORDED, first, before_today)
