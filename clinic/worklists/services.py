"""What happened, service by service: the last marks of each, its rhythm, and what no sign has counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median_low

from clinic.engagement.signs.phrases import SERVICES
from clinic.engagement.timeline import (
    CHANNEL_LETTER,
    LATE_CANCELLATION,
    MARK,
    SUSPENDED,
    Channel,
    Outcome,
    Timeline,
)
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy
from clinic.models import Clinic, Group

MARKS_SHOWN = 8
MARKS_READ_FOR_RHYTHM = 6
NOT_COUNTED_DAYS = 28
GONE_AFTER_DAYS = 120
_CHANNEL = {ord(letter): channel for channel, letter in CHANNEL_LETTER.items()}
_TOKEN = {ord(letter): outcome.value for outcome, letter in MARK.items()}
_TOKEN[ord(LATE_CANCELLATION)] = Outcome.CANCELLED_BY_CLIENT.value
NEVER_COUNT = ("unrecorded", "excused", "cancelled_by_clinic", "closed", "paused")


@dataclass(frozen=True, slots=True)
class DatedMark:
    """One appointment: its mark, its day and that of the one before, whether a sign of this follow-up rests on it."""

    token: str
    day: date
    before: date | None
    counted: bool


@dataclass(frozen=True, slots=True)
class Service:
    """The last marks of one service, oldest first; `next_at` is what is booked next in it."""

    name: Sentence | str
    rhythm: Sentence | None
    marks: tuple[DatedMark, ...]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Days of one service that count for nothing, all for the same reason."""

    token: str
    when: Sentence


Key = tuple[Channel, int]


def services(
    timeline: Timeline, clinic: Clinic, now: datetime, counted: frozenset[int]
) -> tuple[Service, ...]:
    """Every service of the last months, the one with most missed marks first. One query, for the names of groups."""
    record = timeline.record
    past: dict[Key, list[int]] = defaultdict(list)
    for index in range(timeline.size):
        if timeline.today - record.days[index] < GONE_AFTER_DAYS:
            past[_key(timeline, index)].append(index)
    ahead: dict[Key, int] = {}
    for index in timeline.booked():
        if record.starts[index] > now.timestamp():
            ahead.setdefault(_key(timeline, index), index)
    names = _group_names({group for _, group in {*past, *ahead} if group})
    found = []
    for key in {**past, **ahead}:
        shown = past.get(key, [])[-MARKS_SHOWN:]
        marks: list[DatedMark] = []
        for index in shown:
            drawn, day = _token(timeline, index, now), date.fromordinal(record.days[index])
            if drawn != "booked":
                before = marks[-1].day if marks else None
                marks.append(DatedMark(drawn, day, before, record.ids[index] in counted))
        next_at = datetime.fromtimestamp(record.starts[ahead[key]], clinic.zone) if key in ahead else None
        starts = [datetime.fromtimestamp(record.starts[index], clinic.zone) for index in shown]
        found.append(Service(names.get(key[1]) or SERVICES[key[0]], _rhythm(starts), tuple(marks), next_at))
    return tuple(sorted(found, key=lambda service: -sum(mark.counted for mark in service.marks)))


def not_counted(timeline: Timeline, clinic: Clinic, now: datetime) -> tuple[NotCounted, ...]:
    """What lies in the last four weeks and counts for nothing: not recorded, excused, closed, paused…"""
    found: dict[tuple[str, Key], list[date]] = defaultdict(list)
    for index in range(timeline.size):
        day = timeline.record.days[index]
        token = _token(timeline, index, now)
        if timeline.today - day < NOT_COUNTED_DAYS and token in NEVER_COUNT:
            found[token, _key(timeline, index)].append(date.fromordinal(day))
    names = _group_names({key[1] for _, key in found if key[1]})
    return tuple(
        NotCounted(
            token,
            gettext_noop("%(service)s, %(days)s", service=names.get(key[1]) or SERVICES[key[0]], days=days),
        )
        for (token, key), days in sorted(found.items(), key=lambda item: NEVER_COUNT.index(item[0][0]))
    )


def _key(timeline: Timeline, index: int) -> Key:
    return _CHANNEL[timeline.channels[index]], timeline.record.groups[index]


def _token(timeline: Timeline, index: int, now: datetime) -> str:
    """The mark of one appointment, as it is drawn."""
    letter = timeline.marks[index]
    if letter == ord(SUSPENDED):
        return "closed" if timeline.record.days[index] in timeline.record.closures else "paused"
    token = _TOKEN[letter]
    if token == Outcome.SCHEDULED:
        return "unrecorded" if timeline.record.starts[index] < now.timestamp() else "booked"
    return token


def _group_names(groups: set[int]) -> dict[int, str]:
    return dict(Group.objects.filter(pk__in=groups).values_list("pk", "name")) if groups else {}


def _rhythm(starts: Sequence[datetime]) -> Sentence | None:
    """How often a service usually takes place, and when, read off its last appointments."""
    newest = starts[-MARKS_READ_FOR_RHYTHM:]
    gaps = [(later.date() - earlier.date()) // timedelta(days=1) for earlier, later in pairwise(newest)]
    if not gaps:
        return None
    gap, clock = median_low(gaps), f"{newest[-1]:%H:%M}"
    if gap <= 1:
        return gettext_noop("daily, %(time)s", time=clock)
    if gap == 7:
        return gettext_noop("weekly, %(time)s", time=clock)
    if 27 <= gap <= 31:
        return gettext_noop("monthly, %(time)s", time=clock)
    return ngettext_lazy("every %(n)d day, %(time)s", "every %(n)d days, %(time)s", gap, time=clock)
