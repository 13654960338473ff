"""Signs read off silence: D06."""

from __future__ import annotations

from clinic.engagement.signs.gap import (
    last_contact,
    mostly_unrecorded,
    planned,
    silence_allowed,
    silence_anchor,
    silence_steps,
    tries_since,
)
from clinic.engagement.signs.phrases import cancelled_by_us, day_of, not_recorded
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    IF_WITHIN_TWO_DAYS,
    Finding,
    Level,
    Settles,
    Sign,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy


def find_silence(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D06: no attended contact for T days and nothing booked within a week; or 1.5 T with something booked.

    Helps whoever falls silent without missing anything. T is 7 days in the first `early_days` and in intensive plans,
    14 in standard ones, 1.5 intervals (21 to 45 days) in monthly ones; all doubled during care elsewhere. The plan is
    the care plan's, or else read off the bookings. By tomorrow at T, today at 2 T or `silence_urgent` days; within two
    days when booked but not seen. One level lower when more than `unrecorded_percent` of the gap is unrecorded. Days
    inside a pause are not counted. Closed by a person it comes back with the next of these steps, or a miss. Settles
    with one attended contact.
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
    # A monthly plan's T lies beyond the days that are urgent for anybody.
    urgent = max(allowed, min(2 * allowed, thresholds.silence_urgent))
    level = Level.TOMORROW
    if soon:
        level = Level.TWO_DAYS
    elif silent >= urgent:
        level = Level.TODAY
    unrecorded = mostly_unrecorded(timeline, thresholds)
    if unrecorded:
        level = level.lowered()
    anchor, start = silence_anchor(timeline)

    def tell() -> list[Sentence]:
        why = last_contact(timeline)
        if soon and booked is not None:
            why.append(gettext_noop("Not seen since; next booked %(day)s.", day=day_of(booked)))
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
            # With a visit ahead nothing gets worse at the second step.
            points=silence_steps(timeline, allowed) if soon else silence_steps(timeline, allowed, urgent),
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
        *IF_FOR_TODAY,
        *IF_FOR_TOMORROW,
        *IF_WITHIN_TWO_DAYS,
    ),
)
