"""Signs read off follow-up appointments: D01 when one was missed, D01b when a planned one is not booked."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.engagement.background import PlannedVisit
from clinic.engagement.signs.bookings import booked_in, seen_in
from clinic.engagement.signs.follow_up import (
    first_of_the_stay,
    is_new_date_for_missed,
    only_follow_ups,
    with_new_dates,
)
from clinic.engagement.signs.phrases import (
    SERVICE_OF,
    any_late,
    cancelled_by_us,
    day_of,
    last_contact,
    not_recorded,
    nothing_or_next_booked,
    time_of,
    with_thanks,
)
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    Escalation,
    Finding,
    Kind,
    Level,
    Of,
    Point,
    Settles,
    Sign,
    To,
    Unit,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import CHANNEL_LETTER, MISSED, PRESENT, Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

EARLIER_DAYS = 60
FIRST = frozenset(b"fF")
MEDICAL = ord("m")
NOON = 12 * 3600
_MISSED_ONLY = bytes(ord("M") if letter in MISSED else 0 for letter in range(256))


def find_missed_follow_up(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D01: one missed follow-up is enough.

    Helps whoever let a medical visit, a care review or the first visit pass. Counts a missed follow-up of any channel
    with no attended contact since, however old; with a contact since, one up to `found_late_days` old, as a check-in.
    The run of missed follow-ups between two contacts is one finding. For today when one of the run was a first visit
    or the first appointment of the stay, the new date for one that was missed, at most `after_pause_days` after a
    pause, or a medical visit on whose day at most `supply_left` days of medication were left; by tomorrow otherwise.
    Settles with one attended contact. Sources: 000:12, 001:50.
    """
    walk = _missed_follow_ups(timeline, timeline.today - thresholds.found_late_days)
    missed = next(walk, None)
    if missed is None:
        return ()
    record = timeline.record
    newest_contact = record.starts[timeline.last_attended] if timeline.last_attended >= 0 else 0
    if timeline.contacts:
        newest_contact = max(newest_contact, timeline.contacts[-1][0])
    seen_since = newest_contact > record.starts[missed]
    if seen_since and timeline.today - record.days[missed] > thresholds.found_late_days:
        return ()
    run, earlier = _run_and_earlier(timeline, missed)
    reasons = [] if seen_since else _reasons(timeline, run, thresholds)
    level = Level.CHECK_IN if seen_since else Level.TODAY if reasons else Level.TOMORROW
    unrecorded = timeline.unrecorded_since(record.days[run[0]] - 1)

    def tell() -> list[Sentence]:
        before = timeline.attended_before(run[0])
        since = max(
            record.days[before] if before >= 0 else record.admitted, record.days[run[0]] - EARLIER_DAYS
        )
        return [
            _what_was_missed(timeline, missed),
            *_others(timeline, earlier),
            *reasons,
            last_contact(timeline),
            nothing_or_next_booked(timeline),
            *cancelled_by_us(timeline, since),
            *not_recorded(unrecorded),
        ]

    return (
        Finding(
            sign=D01.code,
            level=level,
            anchor=str(record.ids[run[0]]),
            title=D01.title,
            timeline=timeline,
            missed=tuple(run),
            tell=tell,
            counts_from=max(record.starts[missed], newest_contact),
            unrecorded=unrecorded,
            steps=with_thanks(("FS-CALM", "FS-BARRIER", "FS-RESUME", "FS-WAYBACK"), any_late(timeline, run)),
        ),
    )


def _what_was_missed(timeline: Timeline, index: int) -> Sentence:
    about = {
        "service": SERVICE_OF[timeline.channels[index]],
        "day": day_of(timeline.record.days[index]),
        "time": time_of(timeline, index),
    }
    if any_late(timeline, [index]):
        return gettext_noop(
            "The %(service)s appointment on %(day)s at %(time)s was cancelled with under 24 hours’ notice.",
            **about,
        )
    return gettext_noop("The %(service)s appointment on %(day)s at %(time)s was missed.", **about)


def _others(timeline: Timeline, earlier: list[int]) -> list[Sentence]:
    if not earlier:
        return []
    if any_late(timeline, earlier):
        return [
            ngettext_lazy(
                "%(n)d other follow-up cancelled with under 24 hours’ notice in the 60 days before.",
                "%(n)d other follow-ups missed or cancelled with under 24 hours’ notice in the 60 days before.",
                len(earlier),
            )
        ]
    return [
        ngettext_lazy(
            "%(n)d other follow-up missed in the 60 days before.",
            "%(n)d other follow-ups missed in the 60 days before.",
            len(earlier),
        )
    ]


def _missed_follow_ups(timeline: Timeline, since: int, before: int | None = None) -> Iterator[int]:
    """Indices of the missed follow-ups before position `before`, newest first, back to the day `since` or, if that is
    further back, to the last attended appointment. A day of a channel on which another was attended is left out.
    """
    days = timeline.record.days
    seen = timeline.last_attended if before is None else timeline.attended_before(before)
    newest = timeline.newest_missed
    if newest < 0 or (newest <= seen and days[newest] < since):
        return
    marks: bytes | None = timeline.memo.get("missed follow-ups")
    if marks is None:
        marks = only_follow_ups(
            timeline.marks.translate(_MISSED_ONLY), timeline.channels, timeline.record.purposes
        )
        if timeline.record.stands_in:
            marks = with_new_dates(marks, timeline)
        timeline.memo["missed follow-ups"] = marks
    index = marks.rfind(b"M", 0, before)
    while index >= 0 and (index > seen or days[index] >= since):
        if not _attended_that_day(timeline, index):
            yield index
        index = marks.rfind(b"M", 0, index)


def _run_and_earlier(timeline: Timeline, newest: int) -> tuple[list[int], list[int]]:
    """The missed follow-ups up to `newest` with no contact between them, oldest first; all in the days before it."""
    days, starts = timeline.record.days, timeline.record.starts
    seen, since = timeline.attended_before(newest), days[newest] - EARLIER_DAYS
    spoke = max((at for at, _ in timeline.contacts if at < starts[newest]), default=-1)
    run, earlier = [newest], []
    for index in _missed_follow_ups(timeline, since, newest):
        if index > seen and starts[index] >= spoke:
            run.append(index)
        if days[index] >= since:
            earlier.append(index)
    return run[::-1], earlier


def _attended_that_day(timeline: Timeline, index: int) -> bool:
    """Whether another appointment of the same channel was attended on the same day."""
    record, marks = timeline.record, timeline.marks
    day, channel = record.days[index], record.channels[index]
    for step in (-1, 1):
        other = index + step
        while 0 <= other < timeline.size and record.days[other] == day:
            if record.channels[other] == channel and marks[other] in PRESENT:
                return True
            other += step
    return False


def _reasons(timeline: Timeline, run: list[int], thresholds: Thresholds) -> list[Sentence]:
    """What makes a missed follow-up of the run one for today, each said once; empty when nothing does."""
    purposes = timeline.record.purposes
    reasons = []
    if first_of_the_stay(timeline) in run:
        reasons.append(gettext_noop("It was the first appointment of the stay."))
    elif any(purposes[index] in FIRST for index in run):
        reasons.append(gettext_noop("It was booked as a first visit."))
    if any(is_new_date_for_missed(timeline, index) for index in run):
        reasons.append(gettext_noop("It was the new date for an earlier one."))
    reasons += _after_pause(timeline, run, thresholds)
    return reasons + _little_left(timeline, run, thresholds)


def _after_pause(timeline: Timeline, run: list[int], thresholds: Thresholds) -> list[Sentence]:
    """Whether one came soon after a pause. A report that nobody confirmed was no stay to come back from."""
    ended = [pause.last for pause in timeline.pauses if pause.confirmed and pause.last is not None]
    for index in reversed(run):
        for last in ended:
            if 0 < timeline.record.days[index] - last <= thresholds.after_pause_days:
                return [gettext_noop("A pause had ended on %(day)s.", day=day_of(last))]
    return []


def _little_left(timeline: Timeline, run: list[int], thresholds: Thresholds) -> list[Sentence]:
    """Whether the medication handed out by then would not have lasted much longer than a missed medical visit."""
    if not timeline.known.supplies:
        return []
    record, known = timeline.record, timeline.known
    for index in reversed(run):
        if record.channels[index] != MEDICAL:
            continue
        day = record.days[index]
        for order in known.orders:
            lasts = max(
                (each.until for each in known.supplies if each.order == order.id and each.picked_up <= day),
                default=None,
            )
            in_force = order.first <= day and (order.last is None or day <= order.last)
            if in_force and lasts is not None and lasts - day <= thresholds.supply_left:
                return [gettext_noop("Medication had been handed out until %(day)s.", day=day_of(lasts))]
    return []


def find_not_booked(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D01b: the care plan asks for a follow-up by a day, and nothing is booked.

    Helps whoever waits for an appointment we owe them. From `visit_ahead` open days before that day on, for as long as
    nothing is booked in the service from today on, and nobody was seen there since the day it was planned. Upkeep, due
    by the plan's day; settles by itself once something is booked or the client was seen. Source: 000:12.
    """
    if not timeline.known.visits:
        return ()
    return tuple(
        _not_booked(timeline, visit)
        for visit in timeline.known.visits
        if _reached(timeline, visit.by, thresholds.visit_ahead)
        and not booked_in(timeline, _letter(visit))
        and not seen_in(timeline, _letter(visit), timeline.begins(visit.known + 1) - 1)
    )


def _reached(timeline: Timeline, day: int, ahead: int) -> bool:
    """Whether a day is at most so many open days off. A clinic open on one day a week needs no further look."""
    return timeline.business_days(timeline.today, min(day, timeline.today + 7 * (ahead + 1))) <= ahead


def _letter(visit: PlannedVisit) -> int:
    return ord(CHANNEL_LETTER[Channel(visit.channel)])


def _not_booked(timeline: Timeline, visit: PlannedVisit) -> Finding:
    asked = gettext_noop(
        "The plan asks for an appointment (%(service)s) by %(day)s.",
        service=SERVICE_OF[_letter(visit)],
        day=day_of(visit.by),
    )
    point = Point(Of.VISIT, visit.id, timeline.begins(visit.by) + NOON, visit.by, asked)
    return Finding(
        sign=D01B.code,
        level=Level.UPKEEP,
        anchor=f"visit:{visit.id}",
        title=D01B.title,
        timeline=timeline,
        missed=(),
        tell=lambda: [asked, gettext_noop("Nothing is booked in this service.")],
        steps=("FS-BOOK",),
        points=(point,),
    )


D01 = Sign(
    code="D01",
    title=gettext_noop("Missed follow-up: check in and re-book"),
    family="appointments",
    levels=(Level.TODAY, Level.TOMORROW, Level.CHECK_IN),
    sources=("000:12", "001:50"),
    thresholds=("after_pause_days", "found_late_days", "supply_left"),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop("Missing follow-ups is named among the first signs that somebody is slipping away."),
    find=find_missed_follow_up,
    escalation=(
        *IF_FOR_TODAY,
        *IF_FOR_TOMORROW,
    ),
)
D01B = Sign(
    code="D01b",
    title=gettext_noop("Book the planned follow-up"),
    family="appointments",
    levels=(Level.UPKEEP,),
    sources=("000:12",),
    thresholds=("visit_ahead",),
    settles=Settles.MENDED,
    meaning=gettext_noop("A follow-up that nobody booked cannot be kept: this one is ours to mend."),
    find=find_not_booked,
    kind=Kind.UPKEEP,
    escalation=(Escalation((Level.UPKEEP,), To.DIGEST, Unit.BUSINESS_DAYS_LATE, 1),),
    absence=False,
)
