"""What was called off, what is booked and who was seen in one service, as D01b, D05, D05d and S02 ask."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import date

from clinic.engagement.signs.phrases import SERVICE_OF, day_of
from clinic.engagement.signs.sign import Of, Point
from clinic.engagement.timeline import LATE_NOTICE_SECONDS, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

BY_CLIENT, BY_CLINIC = b"C", b"K"
CALLED_OFF = frozenset(b"CKRX")
# Came for a while only, or did not come: the date was there.
HAD_A_DATE = PRESENT | frozenset(b"HM")
UNRECORDED = ord("S")
DAY = 24 * 3600
DAY_ONE = date(1970, 1, 1).toordinal()

# A dose has a sign of its own (D09), and a mutual-aid meeting is nobody's appointment to cancel.
NO_SESSION = frozenset(b"da")


def called_off(timeline: Timeline, mark: bytes, since: int) -> list[int]:
    """Places of the sessions planned from the day `since` on that ended as `mark`, oldest first.

    `mark` is the letter on record, late or not. A session that lies ahead counts from the day it is known not to take
    place; one on a closed day or inside a pause counts for nothing, and so do doses and mutual-aid meetings.
    """
    record = timeline.record
    marks, days, closures = record.marks, record.days, record.closures
    found = []
    index = marks.rfind(mark)
    while index >= 0 and days[index] >= since:
        if (
            record.channels[index] not in NO_SESSION
            and (index < timeline.size or _known_ahead(timeline, index))
            and days[index] not in closures
            and not (timeline.pauses and timeline.paused_days(days[index], days[index]))
        ):
            found.append(index)
        index = marks.rfind(mark, 0, index)
    return found[::-1]


def _known_ahead(timeline: Timeline, index: int) -> bool:
    cancellation = timeline.record.cancellations.get(index)
    return cancellation is not None and timeline.known_by_now(cancellation.at)


def known_from(timeline: Timeline, index: int) -> int:
    """The epoch second from which it was known that a session would not take place, at the latest its start."""
    cancellation, start = timeline.record.cancellations.get(index), timeline.record.starts[index]
    return start if cancellation is None else min(cancellation.at, start)


def booked_in(timeline: Timeline, channel: int) -> bool:
    """Whether anything is booked in a service from today on."""
    return any(timeline.record.channels[index] == channel for index in timeline.booked())


def seen_in(timeline: Timeline, channel: int, since: int) -> bool:
    """Whether an appointment of a service was attended that began after the epoch second `since`."""
    record, letter = timeline.record, bytes((channel,))
    index = record.channels.rfind(letter, 0, timeline.last_attended + 1)
    while index >= 0 and record.starts[index] > since:
        if timeline.marks[index] in PRESENT:
            return True
        index = record.channels.rfind(letter, 0, index)
    return False


def had_a_date_in(timeline: Timeline, channel: int, since: int) -> bool:
    """Whether there was an appointment of a service that began after the epoch second `since`: attended, missed, or
    past and not recorded. One that was called off is none, however late.
    """
    record, letter = timeline.record, bytes((channel,))
    index = record.channels.rfind(letter, 0, timeline.size)
    while index >= 0 and record.starts[index] > since:
        mark = timeline.marks[index]
        if mark in HAD_A_DATE or (mark == UNRECORDED and record.days[index] < timeline.today):
            return True
        index = record.channels.rfind(letter, 0, index)
    return False


def day_known(timeline: Timeline, index: int) -> int:
    """The clinic's own day from which it was known that a session would not take place."""
    moment = known_from(timeline, index)
    day = moment // DAY + DAY_ONE
    while timeline.begins(day) > moment:
        day -= 1
    while timeline.begins(day + 1) <= moment:
        day += 1
    return day


def is_late(timeline: Timeline, index: int) -> bool:
    """Whether a client cancelled with under 24 hours' notice; without the time of it nobody can say so."""
    cancellation = timeline.record.cancellations.get(index)
    return cancellation is not None and timeline.record.starts[index] - cancellation.at < LATE_NOTICE_SECONDS


def has_new_date(timeline: Timeline, index: int) -> bool:
    """Whether another appointment had been made in its stead by the end of this day, and not been called off."""
    cancellation = timeline.record.cancellations.get(index)
    if cancellation is None or not cancellation.anew:
        return False
    return any(
        timeline.known_by_now(made) and _stands(timeline, start) for start, made in cancellation.new_dates
    )


def _stands(timeline: Timeline, start: int) -> bool:
    """Whether what was booked for a moment had not been called off by the end of this day.

    What is not on record was booked in another stay, and is taken to stand.
    """
    record = timeline.record
    first = bisect_left(record.starts, start)
    last = bisect_right(record.starts, start, first)
    return first == last or not all(_called_off_by_now(timeline, other) for other in range(first, last))


def _called_off_by_now(timeline: Timeline, index: int) -> bool:
    cancellation = timeline.record.cancellations.get(index)
    if index >= timeline.size and cancellation is not None:
        return timeline.known_by_now(cancellation.at)
    return timeline.record.marks[index] in CALLED_OFF


def kept(timeline: Timeline, index: int, days: int) -> bool:
    """Whether an appointment made in its stead lay at most so many days on, and was attended."""
    record = timeline.record
    cancellation = record.cancellations.get(index)
    if cancellation is None or not cancellation.anew:
        return False
    for start, _ in cancellation.new_dates:
        other = bisect_left(record.starts, start, 0, timeline.size)
        while other < timeline.size and record.starts[other] == start:
            near = record.days[other] - record.days[index] <= days
            if near and timeline.marks[other] in PRESENT:
                return True
            other += 1
    return False


def by_client(timeline: Timeline, cancelled: Iterable[int]) -> tuple[Point, ...]:
    """Sessions the client called off, as evidence: with what notice, and whether there is a new date."""
    return _points(timeline, cancelled, _in_words)


def by_clinic(timeline: Timeline, cancelled: Iterable[int]) -> tuple[Point, ...]:
    """Sessions the clinic called off, as evidence."""
    return _points(timeline, cancelled, _in_words_of_ours)


def _points(
    timeline: Timeline, cancelled: Iterable[int], words: Callable[[Timeline, int], Sentence]
) -> tuple[Point, ...]:
    """Each at the moment it became known, oldest first.

    Not at its start, which may lie ahead: what somebody handles today must not cover what is cancelled tomorrow.
    """
    record = timeline.record
    points = [
        Point(
            Of.CANCELLATION,
            record.ids[index],
            known_from(timeline, index),
            record.days[index],
            words(timeline, index),
        )
        for index in cancelled
    ]
    return tuple(sorted(points, key=lambda point: (point.at, point.id)))


def _in_words(timeline: Timeline, index: int) -> Sentence:
    record = timeline.record
    day, service = day_of(record.days[index]), SERVICE_OF[record.channels[index]]
    cancellation = record.cancellations.get(index)
    if cancellation is None:
        cancelled = gettext_noop("Cancelled: %(service)s on %(day)s", service=service, day=day)
    elif is_late(timeline, index):
        cancelled = gettext_noop(
            "Cancelled with under 24 hours’ notice: %(service)s on %(day)s", service=service, day=day
        )
    else:
        cancelled = ngettext_lazy(
            "Cancelled %(n)d day ahead: %(service)s on %(day)s",
            "Cancelled %(n)d days ahead: %(service)s on %(day)s",
            (record.starts[index] - cancellation.at) // DAY,
            service=service,
            day=day,
        )
    if has_new_date(timeline, index):
        return gettext_noop("%(cancelled)s; re-booked", cancelled=cancelled)
    return cancelled


def _in_words_of_ours(timeline: Timeline, index: int) -> Sentence:
    record = timeline.record
    return gettext_noop(
        "Cancelled by the clinic: %(service)s on %(day)s",
        service=SERVICE_OF[record.channels[index]],
        day=day_of(record.days[index]),
    )
