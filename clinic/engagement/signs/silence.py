"""Signs read off silence: D06."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from clinic.engagement.signs.gap import last_contact, mostly_unrecorded, silence_anchor, tries_since
from clinic.engagement.signs.phrases import cancelled_by_us, day_of, not_recorded
from clinic.engagement.signs.sign import Escalation, Finding, Level, Settles, Sign, To, Unit, is_early
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.weeks import PARTS, schedule_on
from clinic.engagement.timeline import Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

PLAN_WINDOW_DAYS = 56
LEAST_PLAN_DAYS = 28
RESCHEDULED = b"R"
SELF_REPORTED = b"a"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned up to the last contact: sessions a week, and the usual interval in days (0: none)."""

    a_week: float
    interval: int


def planned(timeline: Timeline) -> Plan:
    """What the care plan asks for today; where it says nothing, what was booked in the eight weeks up to the last
    contact (or since admission, if shorter).

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
    since = max(until - PLAN_WINDOW_DAYS + 1, record.admitted)
    first = bisect_left(record.days, since, 0, timeline.size)
    last = bisect_right(record.days, until, first, timeline.size)
    marks, channels = timeline.marks[first:last], timeline.channels[first:last]
    count = last - first - channels.count(SELF_REPORTED)
    if RESCHEDULED in marks:
        count -= sum(
            m in RESCHEDULED and c not in SELF_REPORTED for m, c in zip(marks, channels, strict=True)
        )
    span = max(until - since + 1, 1)
    return Plan(a_week=count * 7 / span, interval=round(span / count) if count else 0)


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


def find_silence(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D06: no attended contact for T days and nothing booked within a week; or 1.5 T with something booked.

    Helps whoever falls silent without missing anything. T is 7 days in the first `early_days` and in intensive plans,
    14 in standard ones, 1.5 intervals (21 to 45 days) in monthly ones; all doubled during care elsewhere. The plan is
    the care plan's, or else read off the bookings. By tomorrow at T, today at 2 T or `silence_urgent` days; within two
    days when booked but not seen. One level lower when more than `unrecorded_percent` of the gap is unrecorded. Days
    inside a pause are not counted. Settles with one attended contact.
    """
    silent = timeline.days_silent
    if silent < min(
        thresholds.silence_early,
        thresholds.silence_intensive,
        thresholds.silence_standard,
        thresholds.silence_monthly,
        thresholds.silence_monthly_cap,
    ):
        return ()
    plan = planned(timeline)
    allowed = silence_allowed(timeline, plan, thresholds)
    if silent < allowed:
        return ()
    booked = timeline.next_booked
    soon = booked is not None and booked - timeline.today <= thresholds.booked_within
    if soon and silent * 2 < allowed * 3:
        return ()
    level = Level.TOMORROW
    if soon:
        level = Level.TWO_DAYS
    elif silent >= min(2 * allowed, thresholds.silence_urgent):
        level = Level.TODAY
    unrecorded = mostly_unrecorded(timeline, thresholds)
    if unrecorded:
        level = level.lowered()
    anchor, start = silence_anchor(timeline)

    def tell() -> list[Sentence]:
        why = last_contact(timeline)
        if soon and booked is not None:
            why.append(gettext_noop("Booked for %(day)s, not seen since.", day=day_of(booked)))
        elif booked is not None:
            why.append(gettext_noop("Nothing is booked before %(day)s.", day=day_of(booked)))
        else:
            why.append(gettext_noop("Nothing is booked."))
        if plan.interval:
            why.append(
                ngettext_lazy("Usual interval %(n)d day.", "Usual interval %(n)d days.", plan.interval)
            )
        why += tries_since(timeline) + cancelled_by_us(timeline, timeline.gap_start)
        return [*why, *not_recorded(unrecorded)]

    return (
        Finding(
            sign=D06.code,
            level=level,
            anchor=anchor,
            title=_title(silent, booked is not None, soon),
            timeline=timeline,
            missed=tuple(timeline.missed_in_gap),
            tell=tell,
            counts_from=start,
            unrecorded=unrecorded,
            steps=("FS-NOW", "FS-CALM", "FS-WAYBACK", "FS-RESUME", "FS-SAFE"),
        ),
    )


def _title(silent: int, booked: bool, soon: bool) -> Sentence:
    if soon:
        return ngettext_lazy("Booked, not seen for %(n)d day", "Booked, not seen for %(n)d days", silent)
    if booked:
        return ngettext_lazy(
            "No contact for %(n)d day and nothing booked soon",
            "No contact for %(n)d days and nothing booked soon",
            silent,
        )
    return ngettext_lazy(
        "No contact for %(n)d day and nothing booked", "No contact for %(n)d days and nothing booked", silent
    )


D06 = Sign(
    code="D06",
    title=gettext_noop("No contact and nothing booked"),
    family="silence",
    levels=(Level.TODAY, Level.TOMORROW, Level.TWO_DAYS, Level.CHECK_IN),
    sources=("000:17", "001:50", "002:11"),
    thresholds=(
        "silence_early",
        "silence_intensive",
        "silence_standard",
        "silence_monthly",
        "silence_monthly_cap",
        "silence_urgent",
        "early_days",
        "intensive_a_week",
        "monthly_interval",
        "booked_within",
        "unrecorded_percent",
    ),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop("Silence is easy to overlook: nothing is missed when nothing is booked."),
    find=find_silence,
    one_at_a_time=True,
    escalation=(
        Escalation((Level.TODAY,), To.SUPERVISOR, Unit.AT_ONCE),
        Escalation((Level.TODAY,), To.SUPERVISOR, Unit.HOURS_LATE, 4),
        Escalation((Level.TOMORROW,), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),
        Escalation((Level.TWO_DAYS,), To.DIGEST, Unit.BUSINESS_DAYS_LATE, 2),
    ),
)
