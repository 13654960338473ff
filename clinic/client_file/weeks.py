"""Twelve weeks of one client, service by service: one mark an appointment, and what is booked in the two weeks ahead.

What counts as attended or missed is the timeline's word, so that "9 of 12" here is what the signs counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic.engagement.summary import WEEKS_SHOWN, Rate
from clinic.engagement.timeline import (
    CHANNEL_LETTER,
    COUNTABLE,
    LATE_CANCELLATION,
    MARK,
    PRESENT,
    SUSPENDED,
    Outcome,
    Timeline,
)
from clinic.engagement.words import Sentence
from clinic.models import Group
from clinic.models.schedule import Channel

WEEKS_AHEAD = 2
MOST_MARKS = 2  # in one week; a busier service shows each kind of mark once, with its number
DAYS_LISTED = 5
DAILY = 5  # appointments in some week that make a service daily
UNRECORDED, BOOKED, CLOSED, PAUSED = "unrecorded", "booked", "closed", "paused"
LEGEND = (
    *(outcome.value for outcome in Outcome if outcome is not Outcome.SCHEDULED),
    UNRECORDED,
    BOOKED,
    CLOSED,
    PAUSED,
)
LATE = ord(LATE_CANCELLATION)
_SCHEDULED = ord(MARK[Outcome.SCHEDULED])
_SUSPENDED = ord(SUSPENDED)
_OUTCOMES = {ord(letter): outcome.value for outcome, letter in MARK.items()}
_OUTCOMES[LATE] = Outcome.CANCELLED_BY_CLIENT.value
_CHANNELS = {ord(letter): channel.value for channel, letter in CHANNEL_LETTER.items()}

Whom = Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One Monday-to-Sunday week; `previous` is the Monday before, `booked_from` marks the first week ahead."""

    monday: date
    previous: date | None
    this_week: bool
    ahead: bool
    booked_from: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """A mark and how often it stands in the cell; the number is shown when `busy`."""

    token: str
    count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One service in one week: nothing planned when there are no marks."""

    column: Column
    marks: tuple[Marks, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the grid. `usual` is when and with whom, as far as the weeks shown agree on it."""

    name: str
    usual: str
    busy: bool
    cells: tuple[Cell, ...]
    attended: Rate


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Appointments of the weeks shown that are in no number, by what they are; `days` holds the newest few."""

    token: str
    count: int
    days: Sentence
    more: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weeks:
    """The grid. `legend` names only the marks that occur."""

    columns: tuple[Column, ...]
    services: tuple[Service, ...]
    legend: tuple[str, ...]
    not_counted: tuple[NotCounted, ...]
    late_cancellations: int


@dataclass(frozen=True, slots=True)
class _Spot:
    index: int
    day: int
    token: str
    letter: int


def first_day(until: date) -> date:
    """The first day of the grid that ends with the week of `until`."""
    return until - timedelta(days=until.weekday() + 7 * (WEEKS_SHOWN - 1))


def grid(
    timeline: Timeline,
    *,
    now: datetime,
    zone: ZoneInfo,
    groups: Mapping[int, Group],
    with_whom: Whom,
    reasons: Mapping[int, str],
) -> Weeks:
    """The 12 weeks up to the timeline's day. `with_whom` gives the staff of a service by (channel, group number),
    `reasons` what was noted beside an appointment, by its number.
    """
    start = first_day(date.fromordinal(timeline.today))
    columns = tuple(_column(start, position) for position in range(WEEKS_SHOWN + WEEKS_AHEAD))
    by_service: dict[tuple[str, int], list[_Spot]] = defaultdict(list)
    record, after = timeline.record, int(now.timestamp())
    first = bisect_left(record.days, start.toordinal())
    last = bisect_left(record.days, start.toordinal() + 7 * len(columns))
    for index in range(first, last):
        service = (_CHANNELS[record.channels[index]], record.groups[index])
        by_service[service].append(_spot(timeline, index, after))
    services = tuple(
        _service(timeline, key, spots, columns, zone, groups, with_whom)
        for key, spots in sorted(
            by_service.items(), key=lambda item: (Channel.values.index(item[0][0]), item[0][1])
        )
    )
    past = [spot for spots in by_service.values() for spot in spots if spot.index < timeline.size]
    tokens = {spot.token for spots in by_service.values() for spot in spots}
    return Weeks(
        columns=columns,
        services=services,
        legend=tuple(token for token in LEGEND if token in tokens),
        not_counted=_not_counted(past, record.ids, reasons),
        late_cancellations=sum(spot.letter == LATE for spot in past),
    )


def token_at(timeline: Timeline, index: int, after: int) -> str:
    """The mark of one appointment: `after` is the epoch second up to which an outcome should be known."""
    record = timeline.record
    letter = timeline.marks[index] if index < timeline.size else record.marks[index]
    closed = record.days[index] in record.closures
    if letter == _SUSPENDED:
        return CLOSED if closed else PAUSED
    if letter == _SCHEDULED:
        if record.starts[index] <= after:
            return UNRECORDED
        return CLOSED if closed else BOOKED
    return _OUTCOMES[letter]


def _spot(timeline: Timeline, index: int, after: int) -> _Spot:
    letter = timeline.marks[index] if index < timeline.size else timeline.record.marks[index]
    return _Spot(index, timeline.record.days[index], token_at(timeline, index, after), letter)


def _column(start: date, position: int) -> Column:
    monday = start + timedelta(days=7 * position)
    return Column(
        monday=monday,
        previous=monday - timedelta(days=7) if position else None,
        this_week=position == WEEKS_SHOWN - 1,
        ahead=position >= WEEKS_SHOWN,
        booked_from=position == WEEKS_SHOWN,
    )


def _service(
    timeline: Timeline,
    key: tuple[str, int],
    spots: Sequence[_Spot],
    columns: Sequence[Column],
    zone: ZoneInfo,
    groups: Mapping[int, Group],
    with_whom: Whom,
) -> Service:
    channel, group = key
    in_week: dict[int, list[str]] = defaultdict(list)
    for spot in spots:
        in_week[spot.day - (spot.day - 1) % 7].append(spot.token)
    most = max(map(len, in_week.values()))
    past = [spot for spot in spots if spot.index < timeline.size]
    named = [_("daily") if most >= DAILY else _usual(timeline, spots, zone), with_whom.get(key, "")]
    return Service(
        name=groups[group].name if group in groups else str(Channel(channel).label),
        usual=" · ".join(part for part in named if part),
        busy=most > MOST_MARKS,
        cells=tuple(
            Cell(column, _marks(in_week.get(column.monday.toordinal(), ()), most > MOST_MARKS))
            for column in columns
        ),
        attended=Rate(
            sum(spot.letter in PRESENT for spot in past), sum(spot.letter in COUNTABLE for spot in past)
        ),
    )


def _marks(tokens: Sequence[str], busy: bool) -> tuple[Marks, ...]:
    if not busy:
        return tuple(Marks(token, 1) for token in tokens)
    counts = Counter(tokens)
    return tuple(Marks(token, counts[token]) for token in LEGEND if counts[token])


def _usual(timeline: Timeline, spots: Sequence[_Spot], zone: ZoneInfo) -> str:
    """The weekday and time on which most of a service's appointments lie, if half of them agree."""
    starts = [datetime.fromtimestamp(timeline.record.starts[spot.index], zone) for spot in spots]
    slots = Counter((start.weekday(), start.time()) for start in starts)
    usual, times = slots.most_common(1)[0]
    if times * 2 < len(starts) or len(starts) < 2:
        return ""
    sample = next(start for start in starts if (start.weekday(), start.time()) == usual)
    return f"{date_format(sample.date(), pgettext('weekday', 'D'))} {sample:%H:%M}"


def _not_counted(
    past: Sequence[_Spot], ids: Sequence[int], reasons: Mapping[int, str]
) -> tuple[NotCounted, ...]:
    by_token: dict[str, list[_Spot]] = defaultdict(list)
    for spot in past:
        if spot.letter not in COUNTABLE and spot.token != BOOKED:
            by_token[spot.token].append(spot)
    found = []
    for token in LEGEND:
        spots = sorted(by_token.get(token, ()), key=lambda spot: spot.index)
        if not spots:
            continue
        newest = spots[-DAYS_LISTED:]
        noted = dict.fromkeys(reasons[ids[spot.index]] for spot in newest if reasons.get(ids[spot.index]))
        days = [date.fromordinal(day) for day in dict.fromkeys(spot.day for spot in newest)]
        found.append(
            NotCounted(
                token,
                len(spots),
                Sentence("%(days)s", {"days": days}),
                len(spots) - len(newest),
                tuple(noted),
            )
        )
    return tuple(found)
