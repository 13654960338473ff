"""Attendance in a few strokes: `history("++-o-")` is a record of five weekly counselling sessions, the newest today.

    +  attended             o  excused                       /  cancelled by the clinic
    -  missed               x  cancelled by the client       r  rescheduled
    L  came late            w  ... 2 hours before            ?  nobody has recorded it (or it is still to come)
    E  left early           v  ... 2 hours before, and booked anew in time
    .  nothing planned      n  ... 3 days before

Every day is given as days ago, counted from TODAY; a day to come is negative. A history holds several lines, one a
channel or a group. A mark keeps its number whatever becomes of it, so that one record can be a correction of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.engagement.timeline import (
    CHANNEL_LETTER,
    NO_PURPOSE,
    PURPOSE_LETTER,
    REBOOKING,
    Cancellation,
    Channel,
    PauseSpan,
    Purpose,
    Record,
    Seat,
)

MONDAY = date(2026, 3, 2).toordinal()
TODAY = MONDAY
UNIX_DAY_ONE = date(1970, 1, 1).toordinal()
HOUR = 3600

LETTERS = {"+": "A", "-": "M", "L": "L", "E": "E", "o": "X", "/": "K", "r": "R", "?": "S"}
CANCELLED = {
    "x": None,
    "w": (2 * HOUR, False),
    "v": (2 * HOUR, True),
    "n": (72 * HOUR, False),
}


def day(ago: int) -> int:
    """The ordinal of the day `ago` days before TODAY."""
    return TODAY - ago


def moment(ago: int, hour: int = 10) -> int:
    """The epoch second of an hour of the day `ago` days before TODAY; the clinic of these tests lives in UTC."""
    return (day(ago) - UNIX_DAY_ONE) * 86400 + hour * HOUR


@dataclass(frozen=True)
class Line:
    """Appointments of one channel or group, `every` so many days, the last of them `last` days ago."""

    marks: str
    channel: Channel = Channel.COUNSELLING
    every: int = 7
    last: int = 0
    group: int = 0
    purpose: Purpose | None = None
    rebooks: bool = False
    hour: int = 10

    def days_ago(self) -> list[int]:
        count = len(self.marks)
        return [self.last + self.every * (count - 1 - position) for position in range(count)]

    def purpose_letter(self) -> str:
        letter = NO_PURPOSE if self.purpose is None else PURPOSE_LETTER[self.purpose]
        return REBOOKING[letter] if self.rebooks else letter


def group(marks: str, number: int = 1, *, every: int = 7, last: int = 0, hour: int = 14) -> Line:
    return Line(marks, Channel.GROUP, every, last, number, hour=hour)


def medical(marks: str, *, every: int = 7, last: int = 0, hour: int = 12, **more: object) -> Line:
    return Line(marks, Channel.MEDICAL, every, last, hour=hour, **more)  # type: ignore[arg-type]


def dosing(marks: str, *, every: int = 1, last: int = 0, hour: int = 7) -> Line:
    return Line(marks, Channel.DOSING, every, last, hour=hour)


def history(
    *lines: str | Line,
    every: int = 7,
    last: int = 0,
    admitted: int = 400,
    discharged: int | None = None,
    pauses: Iterable[tuple[int, int | None]] = (),
    closed: Iterable[int] = (),
    spoke: Sequence[int] = (),
    seats: Sequence[Seat] | None = None,
) -> Record:
    """A record of some lines; a plain string is weekly counselling.

    `pauses` are (first, last) and `closed` and `spoke` days, all in days ago; `spoke` are two-way exchanges at noon.
    Without `seats` each group of a line has a place that is still kept.
    """
    drawn = [Line(line, every=every, last=last) if isinstance(line, str) else line for line in lines]
    rows = []
    for number, line in enumerate(drawn, start=1):
        for position, (mark, ago) in enumerate(zip(line.marks, line.days_ago(), strict=True), start=1):
            if mark != ".":
                rows.append((moment(ago, line.hour), number * 1000 + position, ago, mark, line))
    rows.sort(key=lambda row: row[:2])
    if seats is None:
        seats = [Seat(line.group, day(admitted)) for line in drawn if line.group]
    return Record(
        episode=1,
        admitted=day(admitted),
        discharged=None if discharged is None else day(discharged),
        marks="".join("C" if mark in CANCELLED else LETTERS[mark] for *_, mark, _ in rows).encode(),
        channels="".join(CHANNEL_LETTER[line.channel] for *_, line in rows).encode(),
        purposes="".join(line.purpose_letter() for *_, line in rows).encode(),
        days=[day(ago) for _, _, ago, _, _ in rows],
        starts=[start for start, *_ in rows],
        ids=[number for _, number, *_ in rows],
        groups=[line.group for *_, line in rows],
        cancellations=_cancellations(rows),
        contacts=[(moment(ago, 12), day(ago)) for ago in sorted(spoke, reverse=True)],
        pauses=[PauseSpan(day(first), None if end is None else day(end)) for first, end in pauses],
        closures=frozenset(day(ago) for ago in closed),
        seats=seats,
    )


def _cancellations(rows: Sequence[tuple[int, int, int, str, Line]]) -> dict[int, Cancellation]:
    found = {}
    for index, (start, _, _, mark, _) in enumerate(rows):
        notice = CANCELLED.get(mark)
        if notice is not None:
            found[index] = Cancellation(start - notice[0], notice[1])
    return found
