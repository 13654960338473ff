"""The gap since the last attended contact, as D06 and D08 both read it, and how long it may last."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from clinic.engagement.signs.phrases import day_of, last_seen
from clinic.engagement.signs.sign import Of, Point, is_early
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.weeks import PARTS, schedule_on
from clinic.engagement.timeline import Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

PLAN_WINDOW_DAYS = 56
LEAST_PLAN_DAYS = 28
RESCHEDULED = b"R"
SELF_REPORTED = b"a"


def silence_anchor(timeline: Timeline) -> tuple[str, int]:
    """The fingerprint of a silence, the last attended contact it began with, and that contact's epoch second."""
    record, index = timeline.record, timeline.last_attended
    start = record.starts[index] if index >= 0 else 0
    spoken = [at for at, _ in timeline.contacts if at > start]
    if spoken:
        return f"spoke:{spoken[-1]}", spoken[-1]
    return (f"seen:{record.ids[index]}" if index >= 0 else "admission"), start


def silence_steps(timeline: Timeline, *after: int) -> tuple[Point, ...]:
    """The days on which a silence has lasted so many days, pauses taken out; those reached, oldest first.

    They are its evidence, for it need hold no appointment: what a person has closed comes back with the next step.
    """
    silent, paused = timeline.days_silent, timeline.record.pauses
    since = timeline.record.admitted if timeline.last_contact is None else timeline.last_contact
    points = []
    for count in sorted({count for count in after if count <= silent}):
        day = since + count
        while paused and day - since - timeline.paused_days(since + 1, day) < count:
            day += 1
        words = ngettext_lazy("%(n)d day without contact", "%(n)d days without contact", count)
        points.append(Point(Of.STAY, day, timeline.begins(day), day, words))
    return tuple(points)


# -- how long it may last ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned up to the last contact: sessions a week, and the usual interval in days (0: none)."""

    a_week: float
    interval: int


DAILY = Plan(a_week=7, interval=1)


def planned(timeline: Timeline) -> Plan:
    """What the care plan asks for today; where it says nothing, what was booked in the eight weeks up to the last
    contact (or since admission, if shorter). Days inside a pause are none of those weeks, which reach back by as many.

    At least the first four weeks of an episode are read: one visit on the day of admission is no plan for daily visits.
    """
    record, schedules = timeline.record, timeline.known.schedules
    if schedules:
        # Meetings the client tells us about are no sessions of ours: their silence says nothing here.
        ours = {Channel(each.channel) for each in schedules} - {Channel.MUTUAL_AID}
        a_month = sum(schedule_on(schedules, channel, timeline.today) or 0 for channel in ours)
        if a_month:
            return Plan(a_week=a_month * 7 / PARTS, interval=round(PARTS / a_month))
    until = timeline.last_contact if timeline.last_contact is not None else timeline.today
    until = max(until, min(timeline.today, record.admitted + LEAST_PLAN_DAYS - 1))
    since, span = _window(timeline, until)
    first = bisect_left(record.days, since, 0, timeline.size)
    last = bisect_right(record.days, until, first, timeline.size)
    marks, channels = timeline.marks[first:last], timeline.channels[first:last]
    if record.pauses:
        count = sum(
            m not in RESCHEDULED and c not in SELF_REPORTED and not timeline.paused_days(day, day)
            for m, c, day in zip(marks, channels, record.days[first:last], strict=True)
        )
    else:
        count = last - first - channels.count(SELF_REPORTED)
        if RESCHEDULED in marks:
            count -= sum(
                m in RESCHEDULED and c not in SELF_REPORTED for m, c in zip(marks, channels, strict=True)
            )
    return Plan(a_week=count * 7 / span, interval=round(span / count) if count else 0)


def _window(timeline: Timeline, until: int) -> tuple[int, int]:
    """The first of the days up to `until` from which a plan is read, and how many of them count; at least one."""
    admitted = timeline.record.admitted
    since = max(until - PLAN_WINDOW_DAYS + 1, admitted)
    span = until - since + 1
    if timeline.record.pauses:
        span -= timeline.paused_days(since, until)
        while span < PLAN_WINDOW_DAYS and since > admitted:
            since -= 1
            span += not timeline.paused_days(since, since)
    return since, max(span, 1)


def silence_allowed(timeline: Timeline, plan: Plan, thresholds: Thresholds) -> int:
    """T of D06, in days: how long silence may last before somebody should ask. Twice as long during care elsewhere."""
    allowed = _allowed_here(timeline, plan, thresholds)
    elsewhere = any(span.holds(timeline.today) for span in timeline.known.elsewhere)
    return 2 * allowed if elsewhere else allowed


def _allowed_here(timeline: Timeline, plan: Plan, thresholds: Thresholds) -> int:
    if is_early(timeline, thresholds):
        return thresholds.silence_early
    if plan.a_week >= thresholds.intensive_a_week:
        return thresholds.silence_intensive
    if plan.interval >= thresholds.monthly_interval:
        return min(max(thresholds.silence_monthly, plan.interval * 3 // 2), thresholds.silence_monthly_cap)
    return thresholds.silence_standard


# -- in words ------------------------------------------------------------------------------------------------------


def mostly_unrecorded(timeline: Timeline, thresholds: Thresholds) -> int:
    """How many sessions in the gap nobody has recorded, when they are more than `unrecorded_percent` of it; else 0."""
    unrecorded = timeline.unrecorded_since(timeline.gap_start)
    total = unrecorded + len(timeline.missed_in_gap)
    return unrecorded if unrecorded * 100 > thresholds.unrecorded_percent * total else 0


def last_contact(timeline: Timeline) -> list[Sentence]:
    """The last attended appointment and, where there was a contact of another kind later, that day too."""
    said = [last_seen(timeline)]
    seen = timeline.record.days[timeline.last_attended] if timeline.last_attended >= 0 else 0
    newest = timeline.contacts[-1][1] if timeline.contacts else 0
    if newest <= seen:
        return said
    if timeline.last_attended < 0:
        said = [
            gettext_noop(
                "No session attended since admission on %(day)s.", day=day_of(timeline.record.admitted)
            )
        ]
    if newest in timeline.medicated and not any(day == newest for _, day in timeline.record.contacts):
        return [*said, gettext_noop("Medication given or picked up on %(day)s.", day=day_of(newest))]
    return [*said, gettext_noop("Spoke or met on %(day)s.", day=day_of(newest))]


def tries_since(timeline: Timeline) -> list[Sentence]:
    """How often somebody has tried to reach the client since the last contact; nothing is said of never."""
    _, start = silence_anchor(timeline)
    tried = sum(each.at > start for each in timeline.known.tries)
    if not tried:
        return []
    return [ngettext_lazy("Tried %(n)d time since.", "Tried %(n)d times since.", tried)]
