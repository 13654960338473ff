"""Signs that somebody has stopped coming altogether: D08."""

from __future__ import annotations

from clinic.engagement.signs.gap import (
    DAILY,
    mostly_unrecorded,
    planned,
    silence_allowed,
    silence_anchor,
    silence_steps,
    tries_since,
)
from clinic.engagement.signs.phrases import (
    SERVICES,
    cancelled_by_us,
    day_of,
    days_of,
    not_recorded,
    nothing_or_next_booked,
)
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    Escalation,
    Finding,
    Level,
    Settles,
    Sign,
    To,
    Unit,
    is_early,
)
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import CHANNEL_LETTER, PRESENT, Channel, Timeline
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


def on_medication(timeline: Timeline) -> bool:
    """Whether a medication order is in force today, or doses are planned daily."""
    today = timeline.today
    return timeline.daily_dosing or any(
        order.first <= today and (order.last is None or today <= order.last)
        for order in timeline.known.orders
    )


def last_medicated(timeline: Timeline) -> int | None:
    """The newest day a dose was taken, an injection given or a supply picked up; None when there is none."""
    known, marks, days = timeline.known, timeline.marks, timeline.record.days
    index = timeline.channels.rfind(b"d", 0, timeline.size)
    while index >= 0 and marks[index] not in PRESENT:
        index = timeline.channels.rfind(b"d", 0, index)
    found = [days[index]] if index >= 0 else []
    found += [each.given for each in known.injections if each.given is not None]
    found += [each.picked_up for each in known.supplies]
    return max(found, default=None)


def _medication(timeline: Timeline) -> list[Sentence]:
    """What a person needs to know about safety after a break: medication, last dose, naloxone. No amount, no name."""
    last = last_medicated(timeline)
    if not on_medication(timeline):
        said = [gettext_noop("Medication: none on record.")]
    elif last is None:
        said = [gettext_noop("Medication: yes, no dose on record.")]
    else:
        said = [gettext_noop("Medication: yes, last dose or pick-up %(day)s.", day=day_of(last))]
    asked = timeline.known.naloxone_known
    if asked is not None and asked <= timeline.today:
        return [*said, gettext_noop("Naloxone status: on record.")]
    return [*said, gettext_noop("Naloxone status: unknown, ask.")]


def _last_in_each(timeline: Timeline) -> list[Sentence]:
    """When each service was last attended, where the client came to more than one."""
    found: list[tuple[int, Channel]] = []
    for channel in Channel:
        letter = CHANNEL_LETTER[channel].encode()
        index = timeline.channels.rfind(letter, 0, timeline.size)
        while index >= 0 and timeline.marks[index] not in PRESENT:
            index = timeline.channels.rfind(letter, 0, index)
        if index >= 0:
            found.append((timeline.record.days[index], channel))
    if len(found) < 2:
        return []
    each = [
        gettext_noop("%(service)s %(day)s", service=SERVICES[channel], day=day_of(day))
        for day, channel in sorted(found, reverse=True)
    ]
    return [gettext_noop("Last attended: %(each)s.", each=each)]


def find_stopped_coming(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D08: was active, and now no attended contact in any service.

    Helps whoever has left without a word. Counts days without any attended contact: `stopped_days` (14),
    `stopped_early_days` (10) in the first `early_days`, `stopped_dosing_days` (7) on daily observed dosing; and either
    `stopped_missed` missed sessions in the gap or nothing booked. Where nothing was missed at all, no earlier than T of
    D06: who comes monthly, or is cared for elsewhere, has not stopped after a fortnight. Daily observed dosing is an
    intensive plan there. Always for today; one level lower when more than `unrecorded_percent` of the gap is
    unrecorded. Days inside a pause are not counted. From `conference_days` (30) on the facts say that a case conference
    is due; closed by a person it comes back then, or with a miss. Settles with two attended sessions within
    `settle_days`.

    Somebody who skips doses and comes to another service has not stopped coming: the doses are D09's.
    """
    silent = timeline.days_silent
    least = min(thresholds.stopped_days, thresholds.stopped_early_days, thresholds.stopped_dosing_days)
    if silent < least or timeline.last_contact is None:
        return ()
    allowed = thresholds.stopped_days
    if is_early(timeline, thresholds):
        allowed = min(allowed, thresholds.stopped_early_days)
    if timeline.daily_dosing:
        allowed = min(allowed, thresholds.stopped_dosing_days)
    if silent < allowed or not was_active(timeline, thresholds):
        return ()
    missed = timeline.missed_in_gap
    if len(missed) < thresholds.stopped_missed and timeline.next_booked is not None:
        return ()
    if not missed:
        plan = DAILY if timeline.daily_dosing else planned(timeline)
        allowed = max(allowed, silence_allowed(timeline, plan, thresholds))
        if silent < allowed:
            return ()
    level = Level.TODAY
    unrecorded = mostly_unrecorded(timeline, thresholds)
    if unrecorded:
        level = level.lowered()
    since = timeline.last_contact
    steps: tuple[str, ...] = ("FS-NOW", "FS-SAFE", "FS-WAYBACK", "FS-SUPPORT")
    if on_medication(timeline):
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
        why += [nothing_or_next_booked(timeline), *_last_in_each(timeline), *_medication(timeline)]
        if silent >= thresholds.conference_days:
            why.append(gettext_noop("A case conference is due."))
        why += tries_since(timeline) + cancelled_by_us(timeline, since)
        return [*why, *not_recorded(unrecorded)]

    return (
        Finding(
            sign=D08.code,
            level=level,
            anchor=anchor,
            title=D08.title,
            timeline=timeline,
            missed=tuple(missed),
            points=silence_steps(timeline, allowed, max(allowed, thresholds.conference_days)),
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
        "conference_days",
        "silence_early",
        "silence_intensive",
        "silence_standard",
        "silence_monthly",
        "silence_monthly_cap",
        "intensive_a_week",
        "monthly_interval",
        "unrecorded_percent",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Leaving treatment completely is among the last signs; risk after a break may be higher."
    ),
    find=find_stopped_coming,
    one_at_a_time=True,
    escalation=(
        *IF_FOR_TODAY,
        Escalation((Level.TODAY, Level.TOMORROW), To.CONFERENCE, Unit.BUSINESS_DAYS_UNREACHED, 5),
        Escalation(
            (Level.TODAY, Level.TOMORROW), To.CONFERENCE, Unit.DAYS_OF_ABSENCE, DEFAULTS.conference_days
        ),
        *IF_FOR_TOMORROW,
    ),
    safety=True,
)
