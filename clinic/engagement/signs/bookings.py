"""What was called off, what is booked and who was seen in one service, as D01b, D05, D05d and S02 ask."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import date

from clinic.engagement.signs.phrases import SERVICE_OF, day_of
from clinic.engagement.signs.sign import Of, Point
from clinic.engagement.timeline import LATE_NOTICE_SECONDS, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

BY_CLIENT, BY_CLINIC = b"C", b"K"
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
            and not (record.pauses and timeline.paused_days(days[index], days[index]))
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
    record, index = timeline.record, timeline.last_attended
    while index >= 0 and record.starts[index] > since:
        if record.channels[index] == channel and timeline.marks[index] in PRESENT:
            return True
        index -= 1
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
    """Whether another appointment had been made in its stead by the end of this day."""
    cancellation = timeline.record.cancellations.get(index)
    if cancellation is None or not cancellation.anew:
        return False
    return timeline.known_by_now(cancellation.anew_made)


def kept(timeline: Timeline, index: int, days: int) -> bool:
    """Whether the appointment made in its stead lay at most so many days on, and was attended."""
    record = timeline.record
    cancellation = record.cancellations.get(index)
    if cancellation is None or not cancellation.anew:
        return False
    other = bisect_left(record.starts, cancellation.anew, 0, timeline.size)
    while other < timeline.size and record.starts[other] == cancellation.anew:
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
