"""Reads the next free times: free for the client and the member of staff, while the clinic is open."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from clinic import recurrence
from clinic.booking.conflicts import busy
from clinic.models import Closure, Episode, Pause, Staff

DAYS_LOOKED = 60
OFFERED = 5
STEP = timedelta(minutes=30)


def next_free(
    episode: Episode,
    *,
    now: datetime,
    minutes: int,
    staff: Staff | None = None,
    from_day: date | None = None,
    most: int = OFFERED,
) -> list[datetime]:
    """The next free times from a day on (today without one), each on the half hour and long enough: in at most five
    statements. Fewer, or none, where the next sixty days hold no more.
    """
    clinic, zone = episode.clinic, episode.clinic.zone
    first = max(from_day or episode.admitted_on, clinic.local_day(now), episode.admitted_on)
    first = min(first, recurrence.furthest(clinic.local_day(now)))
    last = first + timedelta(days=DAYS_LOOKED)
    if episode.discharged_on is not None:
        last = min(last, episode.discharged_on - timedelta(days=1))
    closed = set(
        Closure.objects.filter(clinic=clinic, day__range=(first, last)).values_list("day", flat=True)
    )
    pauses = [
        (row.starts_on, row.counts_to or date.max)
        for row in Pause.objects.filter(episode=episode, starts_on__lte=last)
    ]
    taken = busy(
        episode,
        datetime.combine(first, time(), tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
        staff=staff,
    )
    spans = [(each.at, each.until) for each in taken]
    length = timedelta(minutes=minutes)
    found: list[datetime] = []
    day = first
    while day <= last and len(found) < most:
        is_open = day.weekday() in clinic.opening_days and day not in closed
        if is_open and not any(begin <= day <= end for begin, end in pauses):
            closes = recurrence.moment(day, clinic.closes_at, zone)
            wall = datetime.combine(day, clinic.opens_at)
            today = [span for span in spans if clinic.local_day(span[0]) <= day <= clinic.local_day(span[1])]
            while len(found) < most and wall.date() == day:
                at = recurrence.moment(day, wall.time(), zone)
                if at + length > closes:
                    break
                if at > now and not any(begin < at + length and end > at for begin, end in today):
                    found.append(at)
                wall += STEP
        day += timedelta(days=1)
    return found
