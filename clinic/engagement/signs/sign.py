"""The shape of a sign and of a finding, the levels, what settles a finding, and to whom it goes when nobody acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Event, Timeline, once
from clinic.engagement.words import Sentence


class Level(StrEnum):
    """How soon the first contact should be tried (clinical basis, 2.1: L3, L2, L1, L0, POS, ADMIN)."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    TWO_DAYS = "two_days"
    CHECK_IN = "check_in"
    GOOD_NEWS = "good_news"
    UPKEEP = "upkeep"

    # 0 is the most urgent. Set once, below: it is asked for with every finding of a morning.
    rank: int

    def lowered(self) -> Level:
        """One level less urgent; a check-in stays one."""
        return _ORDER[min(self.rank + 1, _ORDER.index(Level.CHECK_IN))]

    def higher(self) -> Level:
        """One level more urgent; "today" stays, and good news and upkeep are no urgency at all."""
        return self if self.rank > _ORDER.index(Level.CHECK_IN) else _ORDER[max(self.rank - 1, 0)]


_ORDER = (Level.TODAY, Level.TOMORROW, Level.TWO_DAYS, Level.CHECK_IN, Level.GOOD_NEWS, Level.UPKEEP)
for _place, _level in enumerate(_ORDER):
    _level.rank = _place


def highest(levels: Iterable[Level]) -> Level:
    """The most urgent of several. Raises ValueError when there is none."""
    return min(levels, key=lambda level: level.rank)


class Kind(StrEnum):
    """What a follow-up is about; at most one is open per episode and kind."""

    DISENGAGEMENT = "disengagement"
    GOOD_NEWS = "good_news"
    UPKEEP = "upkeep"


class Settles(StrEnum):
    """What settles a finding by itself."""

    ONE_CONTACT = "one_contact"  # one attended contact after it
    TWO_SESSIONS = "two_sessions"  # two attended sessions within `settle_days`
    MENDED = "mended"  # what was missing is there: booked, written down, completed
    PERSON = "person"  # a person closes it
    MEDICAL = "medical"  # medical staff confirm it


class To(StrEnum):
    """To whom a finding goes when nobody has acted on it."""

    SUPERVISOR = "supervisor"
    DIGEST = "digest"  # the supervisor's or lead's summary, no single notice
    NURSE_AND_PRESCRIBER = "nurse_and_prescriber"
    ON_CALL = "on_call"
    CONFERENCE = "conference"  # a case conference


class Unit(StrEnum):
    """In what the time until an escalation is counted."""

    AT_ONCE = "at_once"  # when it is raised
    HOURS_LATE = "hours_late"  # working hours after the first attempt was due
    BUSINESS_DAYS_LATE = "business_days_late"  # open days after the first attempt was due
    BUSINESS_DAYS_UNREACHED = "business_days_unreached"  # open days since it was raised, nobody reached
    DAYS_UNREACHED = "days_unreached"  # days since it was raised, nobody reached
    DAYS_OF_ABSENCE = "days_of_absence"  # days since the event the finding counts from


class Escalation(NamedTuple):
    """At these levels it goes to somebody else after so long (clinical basis, 5.2, last column)."""

    levels: tuple[Level, ...]
    to: To
    unit: Unit
    amount: int = 0


# To whom any follow-up of a level goes, whatever it is about (clinical basis, 2.1); signs say what is theirs beside it.
IF_FOR_TODAY = (
    Escalation((Level.TODAY,), To.SUPERVISOR, Unit.AT_ONCE),
    Escalation((Level.TODAY,), To.SUPERVISOR, Unit.HOURS_LATE, 4),
)
IF_FOR_TOMORROW = (Escalation((Level.TOMORROW,), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),)
IF_WITHIN_TWO_DAYS = (Escalation((Level.TWO_DAYS,), To.DIGEST, Unit.BUSINESS_DAYS_LATE, 2),)


class Of(IntEnum):
    """What a point of evidence is, where it is no appointment."""

    PLAN = 1
    GOAL = 2
    WEEK = 3
    MEDICATION = 4
    OBSERVATION = 5
    TRY = 6
    PAUSE = 7
    MILESTONE = 8
    CONSENT = 9
    VISIT = 10
    STAY = 11
    CANCELLATION = 12


class Point(NamedTuple):
    """A piece of evidence that is no appointment: a goal's week, an item noted, a try. `at` is in epoch seconds."""

    of: Of
    id: int
    at: int
    day: int
    words: Sentence

    @property
    def key(self) -> int:
        """A number that no appointment has, for the evidence kept with a finding."""
        return (self.of << 48) + self.id


@dataclass(frozen=True)
class Finding:
    """One sign matched for one episode: the rows it stands on, and the sentences that say so.

    `anchor` is stable while the same absence goes on: with episode and sign it is the fingerprint. `missed` are the
    places of the appointments it stands on (missed ones, for most signs) in the timeline, oldest first; `points` the
    evidence that is no appointment, oldest first. `banner` is what must be read before anything else is done. Contacts
    later than the epoch second `counts_from` count towards settling. `unrecorded` is how many sessions in its window
    nobody has recorded. `safety`: whether it is acted on even where no outreach is wanted, None as its sign says. What
    is told is worked out when asked for: most findings of a sweep stand on record already, and nobody asks.
    """

    sign: str
    level: Level
    anchor: str
    title: Sentence
    timeline: Timeline = field(repr=False, compare=False)
    missed: tuple[int, ...]
    tell: Callable[[], list[Sentence]] = field(repr=False, compare=False)
    counts_from: int = 0
    unrecorded: int = 0
    steps: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    banner: Sentence | None = None
    safety: bool | None = None

    @once
    def why(self) -> tuple[Sentence, ...]:
        """The facts, a sentence each."""
        return tuple(self.tell())

    @once
    def evidence(self) -> tuple[Event, ...]:
        """The appointments, oldest first."""
        return self.timeline.events(self.missed)

    @once
    def evidence_ids(self) -> frozenset[int]:
        """The numbers of the evidence: appointments' own, and the keys of points."""
        ids = self.timeline.record.ids
        own = [ids[index] for index in self.missed]
        return frozenset(own + [point.key for point in self.points]) if self.points else frozenset(own)

    @property
    def moments(self) -> list[tuple[int, int]]:
        """When each piece of evidence was, and its number: (epoch second, number), oldest first."""
        ids, starts = self.timeline.record.ids, self.timeline.record.starts
        own = [(starts[index], ids[index]) for index in self.missed]
        return sorted(own + [(point.at, point.key) for point in self.points]) if self.points else own

    @property
    def last_missed(self) -> int:
        """Epoch second of the newest evidence; 0 when there is none."""
        newest = self.timeline.record.starts[self.missed[-1]] if self.missed else 0
        return max(newest, self.points[-1].at) if self.points else newest


@dataclass(frozen=True, slots=True)
class Sign:
    """A documented pattern: what it is called, why it matters, what settles it, and where it is documented.

    `sources` are `document:line` of the five source documents. `thresholds` names the fields of Thresholds it reads.
    `one_at_a_time`: a silence goes on when a talk on the telephone comes between, so an open finding takes it up.
    `escalation` says to whom it goes when nobody acts; `urgent_hours` are the working hours until the first attempt is
    due where it is for today. `safety`: it is acted on even for a client who asked for no outreach. `in_pauses`: it is
    read while a pause goes on, when absence says nothing. `absence`: it is read off attendance. `services` are the
    letters of the channels whose sessions settle it, all but doses and self-reported meetings where none is given:
    whoever still comes to a group has not come back to counselling. `own_group`: of groups only the one it is about.
    `over` says of a day whether it is over, where neither contact nor a person decides that.
    """

    code: str
    title: Sentence
    family: str
    levels: tuple[Level, ...]
    sources: tuple[str, ...]
    thresholds: tuple[str, ...]
    settles: Settles
    meaning: Sentence
    find: Callable[[Timeline, Thresholds], tuple[Finding, ...]]
    kind: Kind = Kind.DISENGAGEMENT
    one_at_a_time: bool = False
    escalation: tuple[Escalation, ...] = ()
    urgent_hours: int = 4
    safety: bool = False
    in_pauses: bool = False
    absence: bool = True
    services: bytes = b"cgmk"
    own_group: bool = False
    over: Callable[[Timeline, Thresholds], bool] | None = None


def is_early(timeline: Timeline, thresholds: Thresholds) -> bool:
    """Whether the episode is in its first days, in which stricter levels apply (clinical basis, D13d)."""
    return timeline.day_of_episode <= thresholds.early_days
