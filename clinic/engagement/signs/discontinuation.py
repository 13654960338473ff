"""Signs that somebody has stopped coming altogether: D08."""

from __future__ import annotations

from clinic.engagement.signs.gap import mostly_unrecorded, silence_anchor
from clinic.engagement.signs.phrases import day_of, days_of, not_recorded, nothing_or_next_booked
from clinic.engagement.signs.sign import Finding, Level, Settles, Sign, Thresholds, is_early
from clinic.engagement.timeline import PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy


def was_active(timeline: Timeline, thresholds: Thresholds) -> bool:
    """Whether `active_contacts` attended contacts lie in some window of `active_window` days before the gap."""
    record, marks = timeline.record, timeline.marks
    days: list[int] = [day for _, day in timeline.contacts]
    if not days:
        # Mostly the newest few contacts decide, so they are looked at before all of them.
        newest: list[int] = []
        index = timeline.last_attended
        while index >= 0 and len(newest) < thresholds.active_contacts:
            if marks[index] in PRESENT:
                newest.append(record.days[index])
            index -= 1
        if len(newest) < thresholds.active_contacts:
            return False
        if newest[0] - newest[-1] < thresholds.active_window:
            return True
    days = sorted(days + [record.days[i] for i in range(timeline.size) if marks[i] in PRESENT])
    wanted = thresholds.active_contacts
    return any(
        days[i + wanted - 1] - days[i] < thresholds.active_window for i in range(len(days) - wanted + 1)
    )


def find_stopped_coming(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D08: was active, and now no attended contact in any service.

    Helps whoever has left without a word. Counts days without any attended contact: `stopped_days` (14),
    `stopped_early_days` (10) in the first `early_days`, `stopped_dosing_days` (7) on daily observed dosing; and either
    `stopped_missed` missed sessions in the gap or nothing booked. Always for today; one level lower when more than
    `unrecorded_percent` of the gap is unrecorded. Days inside a pause are not counted. Settles with two attended
    sessions within `settle_days`.
    """
    silent = timeline.days_silent
    least = min(thresholds.stopped_days, thresholds.stopped_early_days, thresholds.stopped_dosing_days)
    if silent < least or timeline.last_contact is None:
        return ()
    allowed = thresholds.stopped_days
    if is_early(timeline, thresholds):
        allowed = min(allowed, thresholds.stopped_early_days)
    if silent < allowed and timeline.daily_dosing:
        allowed = min(allowed, thresholds.stopped_dosing_days)
    if silent < allowed or not was_active(timeline, thresholds):
        return ()
    missed = timeline.missed_in_gap
    if len(missed) < thresholds.stopped_missed and timeline.next_booked is not None:
        return ()
    level = Level.TODAY
    unrecorded = mostly_unrecorded(timeline, thresholds)
    if unrecorded:
        level = level.lowered()
    since = timeline.last_contact
    steps: tuple[str, ...] = ("FS-NOW", "FS-SAFE", "FS-WAYBACK", "FS-SUPPORT")
    if timeline.daily_dosing:
        steps = (*steps, "FS-MED")
    anchor, start = silence_anchor(timeline)

    def tell() -> list[Sentence]:
        why = [
            ngettext_lazy(
                "No attended contact in any service since %(day)s (%(n)d day).",
                "No attended contact in any service since %(day)s (%(n)d days).",
                silent,
                day=day_of(since),
            )
        ]
        if missed:
            why.append(
                ngettext_lazy(
                    "Missed since: %(n)d (%(days)s).",
                    "Missed since: %(n)d (%(days)s).",
                    len(missed),
                    days=days_of(timeline, missed),
                )
            )
        return [*why, nothing_or_next_booked(timeline), *not_recorded(unrecorded)]

    return (
        Finding(
            sign=D08.code,
            level=level,
            anchor=anchor,
            title=D08.title,
            timeline=timeline,
            missed=tuple(missed),
            tell=tell,
            counts_from=start,
            unrecorded=unrecorded,
            steps=(*steps, "FS-LEVEL"),
        ),
    )


D08 = Sign(
    code="D08",
    title=gettext_noop("Has stopped coming: reach out today"),
    family="discontinuation",
    levels=(Level.TODAY, Level.TOMORROW),
    sources=("001:50",),
    thresholds=(
        "stopped_days",
        "stopped_early_days",
        "stopped_dosing_days",
        "stopped_missed",
        "active_contacts",
        "active_window",
        "early_days",
        "unrecorded_percent",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Leaving treatment completely is among the last signs; risk after a break may be higher."
    ),
    find=find_stopped_coming,
    one_at_a_time=True,
)
