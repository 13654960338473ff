"""Signs of how special situations pile up (clinical basis, 2.3): S01 often excused, S02 cancelled by us twice."""

from __future__ import annotations

from bisect import bisect_left

from clinic.engagement.signs.bookings import (
    BY_CLINIC,
    NO_SESSION,
    booked_in,
    by_clinic,
    called_off,
    day_known,
    known_from,
    seen_in,
)
from clinic.engagement.signs.phrases import SERVICE_OF, days_of, not_recorded, nothing_or_next_booked
from clinic.engagement.signs.sign import (
    IF_WITHIN_TWO_DAYS,
    Finding,
    Kind,
    Level,
    Settles,
    Sign,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import COUNTABLE, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

EXCUSED = ord("X")
UNRECORDED = ord("S")
# Came, missed, left early, cancelled by the client, excused or not recorded yet: all that stayed in the diary for the
# client. What the clinic called off or moved was not asked of anybody.
PLANNED = COUNTABLE | frozenset(b"CHXS")


def find_often_excused(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """S01: more than half of what was planned was excused.

    Helps whoever has good reasons each time, and something in the way that could be mended. Counts the sessions of the
    last `excused_days` days, doses and mutual-aid meetings left out: at least `excused_least` planned, and more than
    `excused_percent` of them excused. Closed and paused days, sessions cancelled by the clinic and those moved do not
    count. Within two days; an excuse stays an excuse. A person closes it. Source: clinical basis 2.3, excused absence.
    """
    marks = timeline.marks
    newest = marks.rfind(b"X")
    if newest < 0:
        return ()
    record, today = timeline.record, timeline.today
    since = today - thresholds.excused_days
    if record.days[newest] < since:
        return ()
    first = bisect_left(record.days, since, 0, timeline.size)
    # Fewer could not be the share of the least that must have been planned.
    if marks.count(b"X", first) * 100 <= thresholds.excused_percent * thresholds.excused_least:
        return ()
    planned = [
        index
        for index in range(first, timeline.size)
        if marks[index] in PLANNED
        and record.channels[index] not in NO_SESSION
        and not (marks[index] == UNRECORDED and record.days[index] == today)
        and record.days[index] not in record.closures
        and not (timeline.pauses and timeline.paused_days(record.days[index], record.days[index]))
    ]
    excused = [index for index in planned if marks[index] == EXCUSED]
    enough = len(planned) >= thresholds.excused_least
    if not enough or len(excused) * 100 <= thresholds.excused_percent * len(planned):
        return ()
    unrecorded = sum(marks[index] == UNRECORDED for index in planned)

    def tell() -> list[Sentence]:
        return [
            ngettext_lazy(
                "%(n)d of %(of)d planned sessions excused in the last %(window)d days (%(days)s).",
                "%(n)d of %(of)d planned sessions excused in the last %(window)d days (%(days)s).",
                len(excused),
                of=len(planned),
                window=thresholds.excused_days,
                days=days_of(timeline, excused),
            ),
            nothing_or_next_booked(timeline),
            *not_recorded(unrecorded),
        ]

    return (
        Finding(
            sign=S01.code,
            level=Level.TWO_DAYS,
            anchor=str(record.ids[excused[0]]),
            title=S01.title,
            timeline=timeline,
            missed=tuple(excused),
            tell=tell,
            counts_from=record.starts[excused[-1]],
            unrecorded=unrecorded,
            steps=("FS-BARRIER", "FS-RESUME"),
        ),
    )


def find_cancelled_by_us(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """S02: the clinic has cancelled a client's sessions of one service twice in a row.

    Helps whoever waits for us. Counts `clinic_cancelled` sessions of one service cancelled by the clinic, with none
    attended or missed between or after them, the newest known for at most `rebook_asked_days` days. Those excused,
    cancelled by the client in time or not recorded neither count nor end the row. To be re-booked within
    `rebook_within` open days. Upkeep; settles by itself once something is booked in the service, or the client was seen
    there. Source: clinical basis 2.3, clinic-cancelled.
    """
    record = timeline.record
    newest = record.marks.rfind(BY_CLINIC)
    if newest < 0:
        return ()
    today = timeline.today
    if record.days[newest] < today - thresholds.rebook_asked_days:
        return ()
    rows: dict[int, list[int]] = {}
    for index in called_off(timeline, BY_CLINIC, record.admitted):
        rows.setdefault(record.channels[index], []).append(index)
    return tuple(
        _cancelled_by_us(timeline, channel, row, thresholds)
        for channel, cancelled in sorted(rows.items())
        if len(cancelled) >= thresholds.clinic_cancelled
        and len(row := _row(timeline, channel, cancelled)) >= thresholds.clinic_cancelled
        and today - day_known(timeline, row[-1]) <= thresholds.rebook_asked_days
        and not booked_in(timeline, channel)
        and not seen_in(timeline, channel, known_from(timeline, row[-1]))
    )


def _row(timeline: Timeline, channel: int, cancelled: list[int]) -> list[int]:
    """The cancelled ones after the last session of the service that was attended or missed."""
    counted = timeline.size - 1
    while counted >= 0 and not (
        timeline.marks[counted] in COUNTABLE and timeline.channels[counted] == channel
    ):
        counted -= 1
    return [index for index in cancelled if index > counted]


def _cancelled_by_us(timeline: Timeline, channel: int, row: list[int], thresholds: Thresholds) -> Finding:
    def tell() -> list[Sentence]:
        return [
            ngettext_lazy(
                "%(n)d %(service)s session was cancelled by the clinic (%(days)s).",
                "%(n)d %(service)s sessions in a row were cancelled by the clinic (%(days)s).",
                len(row),
                service=SERVICE_OF[channel],
                days=days_of(timeline, row),
            ),
            gettext_noop("Nothing is booked in this service."),
            ngettext_lazy(
                "To be re-booked within %(n)d open day.",
                "To be re-booked within %(n)d open days.",
                thresholds.rebook_within,
            ),
        ]

    points = by_clinic(timeline, row)
    return Finding(
        sign=S02.code,
        level=Level.UPKEEP,
        anchor=str(timeline.record.ids[row[0]]),
        title=S02.title,
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=points[-1].at,
        steps=("FS-RESUME",),
        points=points,
    )


S01 = Sign(
    code="S01",
    title=gettext_noop("Often excused: ask what gets in the way"),
    family="situations",
    levels=(Level.TWO_DAYS,),
    sources=("001:94",),
    thresholds=("excused_percent", "excused_least", "excused_days"),
    settles=Settles.PERSON,
    meaning=gettext_noop("Many excuses point to a barrier that can be mended; each of them stays an excuse."),
    find=find_often_excused,
    escalation=IF_WITHIN_TWO_DAYS,
    absence=False,
)
S02 = Sign(
    code="S02",
    title=gettext_noop("Re-book: cancelled by us twice"),
    family="situations",
    levels=(Level.UPKEEP,),
    sources=("001:94",),
    thresholds=("clinic_cancelled", "rebook_within", "rebook_asked_days"),
    settles=Settles.MENDED,
    meaning=gettext_noop(
        "Sessions the clinic cancels are never the client’s, and may be why somebody stays away."
    ),
    find=find_cancelled_by_us,
    kind=Kind.UPKEEP,
    absence=False,
)
