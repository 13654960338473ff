"""Stage 1, what happened: one episode's appointments as marks, oldest first, seen as of one day.

A mark is one letter an appointment. The database packs them, so a timeline of two hundred appointments is a few short
byte strings and the signs decide with `rfind` and `count` instead of walking objects (docs/decisions/0003).

"As of day D" means the end of D in the clinic's own time zone: what took place up to then counts with its outcome, what
lies later is booked with its outcome unknown. Unrecorded is never missed; excused, cancelled by the clinic, closed and
paused are transparent: they neither extend nor break a run (clinical basis, 2.1 and 2.3).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import compress, islice
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from clinic.engagement.background import NO_GROUPS, NOTHING_KNOWN, Background, GroupFacts, OrderKind

T = TypeVar("T")


class Channel(StrEnum):
    """The service an appointment belongs to (clinical basis, 2.1)."""

    COUNSELLING = "counselling"
    GROUP = "group"
    MEDICAL = "medical"
    DOSING = "dosing"
    CASE_MANAGEMENT = "case_management"
    MUTUAL_AID = "mutual_aid"


class Outcome(StrEnum):
    """What became of an appointment. `SCHEDULED` in the past is *unrecorded*, never missed."""

    SCHEDULED = "scheduled"
    ATTENDED = "attended"
    LATE = "late"
    LEFT_EARLY = "left_early"
    NO_SHOW = "no_show"
    CANCELLED_BY_CLIENT = "cancelled_by_client"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    EXCUSED = "excused"
    RESCHEDULED = "rescheduled"


class Purpose(StrEnum):
    """What an appointment is for. Without one, medical and case management count as follow-ups."""

    ROUTINE = "routine"
    FIRST = "first"
    FOLLOW_UP = "follow_up"
    CARE_REVIEW = "care_review"
    AFTER_TRANSITION = "after_transition"


ATTENDED_OUTCOMES = (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)

# One letter each; an appointment's three letters stand in the generated column Appointment.code.
MARK = {
    Outcome.SCHEDULED: "S",
    Outcome.ATTENDED: "A",
    Outcome.LATE: "L",
    Outcome.LEFT_EARLY: "E",
    Outcome.NO_SHOW: "M",
    Outcome.CANCELLED_BY_CLIENT: "C",
    Outcome.CANCELLED_BY_CLINIC: "K",
    Outcome.EXCUSED: "X",
    Outcome.RESCHEDULED: "R",
}
LATE_CANCELLATION = "V"  # a C with under 24 hours' notice that was not re-booked in time
SUSPENDED = "-"  # a missed one on a closed day or inside a pause
LEFT_BEFORE_HALF = "H"  # came, and stayed less than half: neither attended nor missed, but a contact
CHANNEL_LETTER = {
    Channel.COUNSELLING: "c",
    Channel.GROUP: "g",
    Channel.MEDICAL: "m",
    Channel.DOSING: "d",
    Channel.CASE_MANAGEMENT: "k",
    Channel.MUTUAL_AID: "a",
}
PURPOSE_LETTER = {
    Purpose.ROUTINE: "r",
    Purpose.FIRST: "f",
    Purpose.FOLLOW_UP: "u",
    Purpose.CARE_REVIEW: "c",
    Purpose.AFTER_TRANSITION: "t",
}
NO_PURPOSE = (
    "-"  # upper case in the code: this appointment re-books an earlier one ("+" when it has no purpose)
)
# How a session was taken part in: the facilitator's rating 1 to 4, or NOT_RATED; and in letters of their own those who
# came late by less than D04 counts.
NOT_RATED, NOT_RATED_LITTLE_LATE = "-", "s"
LATE_MINUTES = 15
RATING = {1: "1", 2: "2", 3: "3", 4: "4"}
RATING_LITTLE_LATE = {1: "a", 2: "b", 3: "c", 4: "d"}
REBOOKING = {**{letter: letter.upper() for letter in PURPOSE_LETTER.values()}, NO_PURPOSE: "+"}

PRESENT = frozenset(b"ALE")
MISSED = frozenset(b"MV")
COUNTABLE = PRESENT | MISSED
_CALLED_OFF = frozenset(b"CKR")
_MISSED_TO_SUSPENDED = {ord("M"): ord(SUSPENDED), ord("V"): ord(SUSPENDED)}
_CANCELLED_BY_CLIENT = ord("C")
_DOSING = ord("d")
_HALF = ord(LEFT_BEFORE_HALF)
_NOT_DOSING = bytes(0 if letter == _DOSING else 1 for letter in range(256))
# All bits set for one channel's letter, or for all but dosing: what is left of the marks under it is that channel's.
_ONLY = {
    channel: bytes(255 * (chr(letter) == own) for letter in range(256))
    for channel, own in CHANNEL_LETTER.items()
}
_ONLY_SESSIONS = bytes(255 * (letter != _DOSING) for letter in range(256))
_LETTER_TO_CHANNEL = {ord(letter): channel for channel, letter in CHANNEL_LETTER.items()}
_LETTER_TO_OUTCOME = {ord(letter): outcome for outcome, letter in MARK.items()} | {
    ord(LATE_CANCELLATION): Outcome.CANCELLED_BY_CLIENT,
    ord(LEFT_BEFORE_HALF): Outcome.LEFT_EARLY,
}

LATE_NOTICE_SECONDS = 24 * 3600
NOON_SECONDS = 12 * 3600
REBOOKED_WITHIN_DAYS = 7
DAILY_DOSES_A_FORTNIGHT = 10
RECENT_DOSING_DAYS = 28


class Cancellation(NamedTuple):
    """When it became known that an appointment would not take place, and whether another was made in its stead in time.

    `at` is in epoch seconds. `rebooked`: a new date at most 7 days on, made by 24 hours after the planned start. `anew`
    is the start of the earliest appointment made in its stead, whenever that was made, and `anew_made` the moment it
    was made; 0 when there is none. `others` are further ones made in its stead, as (start, moment made).
    """

    at: int
    rebooked: bool = False
    anew: int = 0
    anew_made: int = 0
    others: tuple[tuple[int, int], ...] = ()

    @property
    def new_dates(self) -> tuple[tuple[int, int], ...]:
        """All that was made in its stead, as (start, moment made)."""
        return ((self.anew, self.anew_made), *self.others) if self.anew else ()


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """Days, as ordinals and both inclusive, on which absence says nothing; `last` is None while it goes on.

    `confirmed`: somebody has made sure of it. A report that nobody confirmed runs out by itself: that is no return, and
    what was missed meanwhile counts again.
    """

    first: int
    last: int | None
    kind: str = "agreed_leave"
    confirmed: bool = True


class Seat(NamedTuple):
    """A client's place in a group, in day ordinals; `left` is None while the place is kept.

    `ended` is the reason, "stopped_coming" when the client did.
    """

    group: int
    joined: int
    left: int | None = None
    ended: str = ""


class once(Generic[T]):
    """A property worked out once, when first asked for. Before Python 3.12 `functools.cached_property` takes a lock
    each time, which was a tenth of a sweep; a timeline is read by one thread.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work, self._name, self.__doc__ = work, work.__name__, work.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> T:
        value = owner.__dict__[self._name] = self._work(owner)
        return value


# Made by the hundred thousand in a sweep, and a tuple is made three times faster than a frozen dataclass.
class Event(NamedTuple):
    """One appointment as evidence: which row, when, where, and how it ended."""

    id: int
    start: int
    day: int
    channel: Channel
    outcome: Outcome
    group: int = 0


class ChannelDay(NamedTuple):
    """All countable appointments of one channel (or one group) on one day: missed only when none was attended."""

    day: int
    missed: bool
    indices: tuple[int, ...]


class Record(NamedTuple):
    """Everything known about one episode's appointments, oldest first, whatever the day it is looked at from.

    `marks`, `channels` and `purposes` hold one letter an appointment; `starts` epoch seconds, `days` ordinals of the
    clinic's local day; `groups` 0 where there is none. `contacts` are two-way exchanges (spoke, replied, met) as
    (epoch second, day), oldest first. `end_of_day` maps a day's ordinal to the epoch second at which it ends in the
    clinic's zone; without it days end in UTC. `took` holds one letter an appointment too, how it was taken part in; it
    is empty where no session was rated. `weekdays` are those on which the clinic is open, 0 = Monday. `stands_in` says
    by their numbers which appointment stands in for which earlier one; empty where that is not known.
    """

    episode: int
    admitted: int
    marks: bytes
    channels: bytes
    purposes: bytes
    days: Sequence[int]
    starts: Sequence[int]
    ids: Sequence[int]
    groups: Sequence[int]
    discharged: int | None = None
    cancellations: Mapping[int, Cancellation] = MappingProxyType({})
    contacts: Sequence[tuple[int, int]] = ()
    pauses: Sequence[PauseSpan] = ()
    closures: frozenset[int] = frozenset()
    seats: Sequence[Seat] = ()
    end_of_day: Mapping[int, int] | None = None
    took: bytes = b""
    background: Background = NOTHING_KNOWN
    group_facts: Mapping[int, GroupFacts] = NO_GROUPS
    weekdays: frozenset[int] = frozenset(range(5))
    stands_in: Mapping[int, int] = MappingProxyType({})

    def begins(self, day: int) -> int:
        """The epoch second at which a day begins in the clinic's zone."""
        if self.end_of_day is None:
            return (day - date(1970, 1, 1).toordinal()) * 86400
        return self.end_of_day[day - 1]

    def as_of(self, today: date | int, *, answered: bool = True) -> Timeline:
        """The timeline as it stood at the end of `today`.

        Not `answered`: as it stood before anything was done that day, nobody seen and nothing booked from then on.
        """
        return Timeline(self, today if isinstance(today, int) else today.toordinal(), answered)


class OnRecord(Protocol):
    """A finding raised before, as far as later ones ask about it: which sign, how urgent (`rank`, 0 is today), when it
    was last judged (day), its newest absence and from when contacts settle it (epoch seconds).
    """

    @property
    def sign(self) -> str: ...
    @property
    def rank(self) -> int: ...
    @property
    def judged_on(self) -> int: ...
    @property
    def last_missed(self) -> int: ...
    @property
    def counts_from(self) -> int: ...
    @property
    def withdrawn(self) -> bool: ...


class Timeline:
    """A record seen from the end of one day. All indices are positions in the record; `past` marks come first.

    `on_record` are the findings raised before this day, for the signs that build on earlier ones (D04, D14, D18).
    `pauses` are those that count on this day: a report that nobody confirmed does only until it has run out.
    """

    on_record: Sequence[OnRecord] = ()

    def __init__(self, record: Record, today: int, answered: bool = True) -> None:
        self.record = record
        self.today = today
        self._answered = answered
        days = record.days
        # Most records end before today: one look at the last day saves the search.
        self.size = len(days) if not days or days[-1] <= today else bisect_right(days, today)
        marks = record.marks if self.size == len(days) else record.marks[: self.size]
        self.pauses: Sequence[PauseSpan] = _standing(record.pauses, today) if record.pauses else ()
        if record.cancellations or self.pauses or record.closures:
            marks = self._settled(marks)
        if not answered:
            first = bisect_left(days, today, 0, self.size)
            marks = marks[:first] + marks[first : self.size].translate(_PRESENT_TO_SUSPENDED)
        self.marks = marks
        self.channels = record.channels
        # What several signs work out alike, by whatever name they give it.
        self.memo: dict[Any, Any] = {}
        self._counted: dict[Channel, bytes] = {}
        self._walks: dict[tuple[Channel, int | None], tuple[list[ChannelDay], Iterator[ChannelDay]]] = {}

    def _settled(self, marks: bytes) -> bytes:
        """Turn late cancellations into missed ones, and missed ones of closed and paused days into transparent ones."""
        record, starts = self.record, self.record.starts
        late = [
            index
            for index, cancellation in record.cancellations.items()
            if index < self.size
            and marks[index] == _CANCELLED_BY_CLIENT
            and not cancellation.rebooked
            and starts[index] - cancellation.at < LATE_NOTICE_SECONDS
        ]
        if not late and not self.pauses and not record.closures:
            return marks
        changed = bytearray(marks)
        for index in late:
            changed[index] = ord(LATE_CANCELLATION)
        for pause in self.pauses:
            first = bisect_left(record.days, pause.first, 0, self.size)
            last = self.size if pause.last is None else bisect_right(record.days, pause.last, 0, self.size)
            if first < last:
                changed[first:last] = bytes(changed[first:last]).translate(_SUSPEND)
        if record.closures:
            for letter in MISSED:
                index = changed.find(letter)
                while index >= 0:
                    if record.days[index] in record.closures:
                        changed[index] = ord(SUSPENDED)
                    index = changed.find(letter, index + 1)
        return bytes(changed)

    # -- the stay in care ------------------------------------------------------------------------------------------

    @property
    def episode(self) -> int:
        return self.record.episode

    @once
    def known(self) -> Background:
        """What was known beside the appointments by the end of this day."""
        return self.record.background.as_of(self.today)

    @property
    def is_open(self) -> bool:
        """In care on this day: admitted by then, and not discharged by then."""
        discharged = self.record.discharged
        return self.record.admitted <= self.today and (discharged is None or self.today < discharged)

    @property
    def day_of_episode(self) -> int:
        """1 on the day of admission."""
        return self.today - self.record.admitted + 1

    @once
    def paused(self) -> bool:
        """Inside a pause on this day: no sign of absence is read."""
        return any(p.first <= self.today and (p.last is None or self.today <= p.last) for p in self.pauses)

    @once
    def paused_until(self) -> int | None:
        """The first day, this one or later, outside every pause known; None while one goes on without an end."""
        day: int | None = self.today
        while day is not None:
            ends = [p.last for p in self.pauses if p.first <= day and (p.last is None or day <= p.last)]
            if not ends:
                break
            day = None if None in ends else max(last for last in ends if last is not None) + 1
        return day

    def paused_days(self, first: int, last: int) -> int:
        """How many of the days `first` to `last`, both inclusive, lie inside a pause."""
        covered: set[int] = set()
        for pause in self.pauses:
            low, high = max(first, pause.first), last if pause.last is None else min(last, pause.last)
            covered.update(range(low, high + 1))
        return len(covered)

    def business_days(self, first: int, last: int) -> int:
        """How many of the days after `first`, up to `last` inclusive, the clinic was open on."""
        weekdays, closures = self.record.weekdays, self.record.closures
        return sum((day - 1) % 7 in weekdays and day not in closures for day in range(first + 1, last + 1))

    @once
    def last_pause_end(self) -> int | None:
        """The last day of the newest pause that has ended before this day."""
        ended = [p.last for p in self.pauses if p.last is not None and p.last < self.today]
        return max(ended, default=None)

    @once
    def places(self) -> list[Seat]:
        """The places in groups kept on this day; a group that has closed by then has none."""
        facts, today = self.record.group_facts, self.today
        kept = []
        for seat in self.record.seats:
            if seat.joined <= today and (seat.left is None or today < seat.left):
                closed = facts[seat.group].closed if seat.group in facts else None
                if closed is None or today < closed:
                    kept.append(seat)
        return kept

    # -- seen and silent -------------------------------------------------------------------------------------------

    @once
    def last_attended(self) -> int:
        """Index of the newest attended appointment in any channel; -1 when there is none."""
        return self.attended_before(len(self.marks))

    def attended_before(self, index: int) -> int:
        """Index of the newest attended appointment before position `index`; -1 when there is none."""
        marks = self.marks
        return max(marks.rfind(b"A", 0, index), marks.rfind(b"L", 0, index), marks.rfind(b"E", 0, index))

    @once
    def newest_missed(self) -> int:
        """Index of the newest missed appointment in any channel; -1 when there is none."""
        return self.missed_before(len(self.marks))

    def missed_before(self, index: int) -> int:
        """Index of the newest missed appointment before position `index`; -1 when there is none."""
        return self._missed_marks.rfind(b"M", 0, index)

    @once
    def _missed_marks(self) -> bytes:
        """The marks with one letter for all that is missed, so that one search finds it."""
        return self.marks.translate(_LATE_TO_MISSED)

    def came_and_missed(self, channel: Channel) -> bytes:
        """One letter an appointment: "A" attended and "M" missed, a zero where it does not count or is another
        channel's. One search in it answers what a walk over the appointments would.
        """
        found = self._counted.get(channel)
        if found is None:
            found = self._counted[channel] = self._counted_under(_ONLY[channel])
        return found

    @once
    def sessions_came_and_missed(self) -> bytes:
        """The same of all channels but dosing."""
        return self._counted_under(_ONLY_SESSIONS) if self.has_dosing else self.marks.translate(_TO_COUNTED)

    def _counted_under(self, channels: bytes) -> bytes:
        # As whole numbers, two byte strings are laid over each other in one step.
        shown = int.from_bytes(self.channels.translate(channels), "little")
        return (self._counted_marks & shown).to_bytes(self.size, "little")

    @once
    def _counted_marks(self) -> int:
        return int.from_bytes(self.marks.translate(_TO_COUNTED), "little")

    @once
    def contacts(self) -> Sequence[tuple[int, int]]:
        """The contacts known on this day beside attended appointments, as (epoch second, day), oldest first: two-way
        exchanges, short stays, injections given and supplies picked up.
        """
        last = self.today if self._answered else self.today - 1
        contacts = [contact for contact in self.record.contacts if contact[1] <= last]
        if b"H" in self.marks:
            starts, days = self.record.starts, self.record.days
            came = [(starts[i], days[i]) for i, mark in enumerate(self.marks) if mark == _HALF]
            contacts = sorted(contacts + [contact for contact in came if contact[1] <= last])
        if self.medicated:
            noons = [(self.begins(day) + NOON_SECONDS, day) for day in self.medicated if day <= last]
            contacts = sorted(contacts + noons)
        return contacts

    @once
    def medicated(self) -> Sequence[int]:
        """The days up to this one on which an injection was given or a supply picked up, each once, oldest first: the
        client came for it. Only the day is on record, so it counts as noon.
        """
        known = self.known
        if not known.injections and not known.supplies:
            return ()
        given = {each.given for each in known.injections if each.given is not None}
        return sorted(given.union(each.picked_up for each in known.supplies))

    @once
    def last_contact(self) -> int | None:
        """Day of the newest attended contact: an attended appointment, a dose taken, or a two-way exchange."""
        seen = self.record.days[self.last_attended] if self.last_attended >= 0 else None
        if self.contacts and (seen is None or self.contacts[-1][1] > seen):
            return self.contacts[-1][1]
        return seen

    @once
    def days_silent(self) -> int:
        """Days since the last attended contact, or since admission; days inside a pause are not counted."""
        since = self.last_contact if self.last_contact is not None else self.record.admitted
        silent = self.today - since
        if self.pauses and silent > 0:
            silent -= self.paused_days(since + 1, self.today)
        return max(silent, 0)

    def days_since(self, index: int) -> int:
        """Days from the appointment at `index` (or from admission when it is -1) to this day, pauses taken out."""
        since = self.record.days[index] if index >= 0 else self.record.admitted
        days = self.today - since
        if self.pauses and days > 0:
            days -= self.paused_days(since + 1, self.today)
        return max(days, 0)

    def attended_after(self, start: int) -> bool:
        """Whether any contact was attended later than the epoch second `start`."""
        index = self.last_attended
        if index >= 0 and self.record.starts[index] > start:
            return True
        return any(at > start for at, _ in self.contacts)

    def sessions_after(self, start: int) -> list[int]:
        """Days of the attended appointments, doses left out, later than the epoch second `start`; oldest first."""
        record, marks = self.record, self.marks
        if self.last_attended < 0 or record.starts[self.last_attended] <= start:
            return []
        return [
            record.days[index]
            for index in range(bisect_right(record.starts, start, 0, self.size), self.size)
            if marks[index] in PRESENT and record.channels[index] != _DOSING
        ]

    def days_attended_after(self, start: int, services: bytes, group: int = 0) -> list[int]:
        """The days with attended appointments of some channels (of one group, if given) later than the epoch second
        `start`, each once; oldest first.
        """
        record, marks = self.record, self.marks
        if self.last_attended < 0 or record.starts[self.last_attended] <= start:
            return []
        days: list[int] = []
        for index in range(bisect_right(record.starts, start, 0, self.size), self.size):
            if marks[index] in PRESENT and record.channels[index] in services:
                day = record.days[index]
                if (not group or record.groups[index] == group) and (not days or days[-1] != day):
                    days.append(day)
        return days

    # -- counts ----------------------------------------------------------------------------------------------------

    @once
    def has_dosing(self) -> bool:
        return self.channels.find(b"d", 0, self.size) >= 0

    @once
    def sessions(self) -> bytes:
        """The marks of everything but dosing, up to this day."""
        if not self.has_dosing:
            return self.marks
        return bytes(compress(self.marks, self.channels.translate(_NOT_DOSING)))

    @once
    def missed_and_countable(self) -> tuple[int, int]:
        """Sessions missed, and sessions that count at all, since admission; dosing is left out."""
        marks = self.sessions_came_and_missed
        missed = marks.count(b"M")
        return missed, missed + marks.count(b"A")

    def unrecorded_since(self, day: int, channel: Channel | None = None, group: int | None = None) -> int:
        """How many appointments after `day` and before today nobody has recorded; of one channel or group, if given."""
        record, marks = self.record, self.marks
        first = bisect_right(record.days, day, 0, self.size)
        last = bisect_left(record.days, self.today, first, self.size)
        if channel is None:
            return marks.count(b"S", first, last)
        letter, count = ord(CHANNEL_LETTER[channel]), 0
        index = marks.find(b"S", first, last)
        while index >= 0:
            count += record.channels[index] == letter and (group is None or record.groups[index] == group)
            index = marks.find(b"S", index + 1, last)
        return count

    def missed_since(self, day: int) -> list[int]:
        """Indices of the missed appointments after `day`, oldest first; a channel-day attended in part is left out."""
        record, marks = self.record, self.marks
        first = bisect_right(record.days, day, 0, self.size)
        present = {
            (record.days[i], record.channels[i]) for i in range(first, self.size) if marks[i] in PRESENT
        }
        return [
            index
            for index in range(first, self.size)
            if marks[index] in MISSED and (record.days[index], record.channels[index]) not in present
        ]

    @once
    def gap_start(self) -> int:
        """The day after which nobody has been in contact: of the last contact, or the one before admission."""
        return self.record.admitted - 1 if self.last_contact is None else self.last_contact

    @once
    def missed_in_gap(self) -> list[int]:
        """Indices of the missed appointments since the last contact, oldest first."""
        marks, found = self._missed_marks, []
        index = marks.find(b"M", bisect_right(self.record.days, self.gap_start, 0, self.size))
        while index >= 0:
            found.append(index)
            index = marks.find(b"M", index + 1)
        return found

    def countable_since(self, day: int) -> int:
        """How many appointments after `day` count: attended or missed."""
        first = bisect_right(self.record.days, day, 0, self.size)
        return sum(self.marks[index] in COUNTABLE for index in range(first, self.size))

    # -- doses -----------------------------------------------------------------------------------------------------

    @once
    def daily_dosing(self) -> bool:
        """Whether doses are planned daily: ten or more in the fortnight up to the newest planned one, itself recent.

        Where orders are on record an observed one has to be in force today: whoever takes the medication home now comes
        as seldom as is planned.
        """
        if not self.has_dosing:
            return False
        orders, today = self.known.orders, self.today
        if orders and not any(
            order.kind is OrderKind.OBSERVED
            and order.first <= today
            and (order.last is None or today <= order.last)
            for order in orders
        ):
            return False
        last = self.channels.rfind(b"d", 0, self.size)
        newest = self.record.days[last]
        if self.today - newest > RECENT_DOSING_DAYS:
            return False
        first = bisect_right(self.record.days, newest - 14, 0, last)
        return self.channels.count(b"d", first, last + 1) >= DAILY_DOSES_A_FORTNIGHT

    @once
    def last_dose(self) -> int:
        """Index of the newest dose taken; -1 when there is none."""
        index = self.channels.rfind(b"d", 0, self.size)
        while index >= 0 and self.marks[index] not in PRESENT:
            index = self.channels.rfind(b"d", 0, index)
        return index

    def days_since_dose(self) -> int:
        """Days since the last dose taken, or since admission; pauses taken out."""
        return self.days_since(self.last_dose)

    def doses_missed_in(self, days: int) -> int:
        """Doses missed on the last `days` days, today included."""
        first = bisect_right(self.record.days, self.today - days, 0, self.size)
        return sum(self.marks[i] in MISSED and self.channels[i] == _DOSING for i in range(first, self.size))

    @once
    def last_session(self) -> int:
        """Index of the newest attended session, doses left out; -1 when there is none."""
        index = self.last_attended
        while index >= 0 and (self.marks[index] not in PRESENT or self.channels[index] == _DOSING):
            index -= 1
        return index

    def days_since_session(self) -> int:
        """Days since the last attended session, doses left out, or since admission; pauses taken out."""
        return self.days_since(self.last_session)

    @once
    def missed_in_a_row(self) -> int:
        """Days in a row, up to this one, on which sessions of whatever service were missed and none attended.

        Doses are left out. Excused, cancelled and unrecorded sessions neither add to the row nor end it.
        """
        last, record, marks = self.last_session, self.record, self.marks
        if self.newest_missed <= last:
            return 0
        days = {
            record.days[index]
            for index in range(last + 1, self.size)
            if marks[index] in MISSED and record.channels[index] != _DOSING
        }
        if last >= 0:
            days.discard(record.days[last])
        return len(days)

    # -- walking back ----------------------------------------------------------------------------------------------

    def channel_days(self, channel: Channel, group: int | None = None) -> Iterator[ChannelDay]:
        """Countable days of one channel, or of one group, newest first; a day with any attended session is attended."""
        read, unread = self._walk(channel, group)
        yield from read
        for day in unread:
            read.append(day)
            yield day

    def newest_days(self, channel: Channel, count: int, group: int | None = None) -> list[ChannelDay]:
        """The newest `count` of `channel_days`, or fewer."""
        read, unread = self._walk(channel, group)
        if len(read) < count:
            read.extend(islice(unread, count - len(read)))
        return read[:count]

    def _walk(self, channel: Channel, group: int | None) -> tuple[list[ChannelDay], Iterator[ChannelDay]]:
        """The days of a channel read so far, and the rest: several signs read the same ones, so they are kept."""
        walk = self._walks.get((channel, group))
        if walk is None:
            letter, record = CHANNEL_LETTER[channel].encode(), self.record
            rest = _walk_back(letter, self.marks, self.channels, record.days, record.groups, group)
            walk = self._walks[channel, group] = ([], rest)
        return walk

    def event(self, index: int) -> Event:
        """The appointment at `index`, as evidence."""
        return self.events([index])[0]

    def events(self, indices: Iterable[int]) -> tuple[Event, ...]:
        """Some appointments as evidence, in the order given."""
        record = self.record
        ids, starts, days, groups = record.ids, record.starts, record.days, record.groups
        channel, outcome = _LETTER_TO_CHANNEL, _LETTER_TO_OUTCOME
        channels, marks = record.channels, record.marks
        return tuple(
            [
                Event(ids[i], starts[i], days[i], channel[channels[i]], outcome[marks[i]], groups[i])
                for i in indices
            ]
        )

    # -- ahead -----------------------------------------------------------------------------------------------------

    def booked(self) -> Iterator[int]:
        """Indices of what is booked from today on, soonest first.

        Today's own counts until somebody records it. Later ones count whatever became of them afterwards, for that is
        not known yet, save those known by the end of this day not to take place. A later cancellation without its
        time is taken as known: better to ask once too often than to rely on an appointment nobody keeps.
        """
        record = self.record
        if not self._answered:
            return
        for index in range(bisect_left(record.days, self.today, 0, self.size), self.size):
            if record.marks[index] == ord("S"):
                yield index
        for index in range(self.size, len(record.days)):
            cancellation = record.cancellations.get(index)
            if cancellation is None:
                called_off = record.marks[index] in _CALLED_OFF
            else:
                called_off = self.known_by_now(cancellation.at)
            if not called_off:
                yield index

    def known_by_now(self, moment: int) -> bool:
        """Whether an epoch second lies before the end of this day."""
        return moment < self.begins(self.today + 1)

    def begins(self, day: int) -> int:
        """The epoch second at which a day begins in the clinic's zone."""
        return self.record.begins(day)

    @once
    def next_booked(self) -> int | None:
        """Day of the next booked appointment, today included; None when nothing is booked."""
        index = next(self.booked(), None)
        return None if index is None else self.record.days[index]


def _standing(pauses: Sequence[PauseSpan], today: int) -> Sequence[PauseSpan]:
    """The pauses that count on a day: those confirmed, and reports that have not run out."""
    return [pause for pause in pauses if pause.confirmed or pause.last is None or today <= pause.last]


_SUSPEND = bytes(_MISSED_TO_SUSPENDED.get(letter, letter) for letter in range(256))
_TO_COUNTED = bytes(
    ord("A") if letter in PRESENT else ord("M") if letter in MISSED else 0 for letter in range(256)
)
_LATE_TO_MISSED = bytes(ord("M") if letter in MISSED else letter for letter in range(256))
_PRESENT_TO_SUSPENDED = bytes(ord(SUSPENDED) if letter in PRESENT else letter for letter in range(256))


def _walk_back(
    letter: bytes,
    marks: bytes,
    channels: bytes,
    days: Sequence[int],
    groups: Sequence[int],
    group: int | None,
) -> Iterator[ChannelDay]:
    """The countable days of a channel, newest first. It holds no timeline: half read, it would keep it alive."""
    index = channels.rfind(letter, 0, len(marks))
    day, missed = 0, True
    members: tuple[int, ...] = ()
    while index >= 0:
        mark = marks[index]
        if mark in COUNTABLE and (group is None or groups[index] == group):
            if days[index] == day:
                members = (index, *members)
                missed = missed and mark in MISSED
            else:
                if members:
                    yield ChannelDay(day, missed, members)
                day, missed, members = days[index], mark in MISSED, (index,)
        index = channels.rfind(letter, 0, index)
    if members:
        yield ChannelDay(day, missed, members)
