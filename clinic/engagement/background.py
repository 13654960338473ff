"""Stage 1, what happened, beside the appointments: the plan, medication, goals, what staff noticed, how they tried.

Each fact is a small tuple that says from which day it was known, so that a record can be seen as of an earlier day
without looking ahead. Days are ordinals, moments epoch seconds. Most clients have few of these facts, so everything is
empty unless it is there (clinical basis, sections 2 and 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from zlib import crc32


class Schedule(NamedTuple):
    """Sessions planned in one channel from a day on: `a_month` in 28 days; 0 ends them. Source: the care plan."""

    first: int
    channel: str
    a_month: int
    known: int


class PlannedVisit(NamedTuple):
    """A follow-up the plan asks for by a day (D01b). `channel` is the letter's word, such as "medical"."""

    id: int
    by: int
    channel: str
    known: int


class PlanState(NamedTuple):
    """How complete the care plan was from `known` on: the newest of these on a day is in force (D17).

    Counts of what stands in it; `reviewed` is the day of its last review. `uncovered` are triggers that cannot be
    avoided and have no if-then plan, `unserved` underlying issues without a service. `number`
    tells the saves of one day apart.
    """

    known: int
    reviewed: int
    reasons: int = 0
    if_thens: int = 0
    coping: int = 0
    supporters: int = 0
    prefers_no_supporter: bool = False
    uncovered: int = 0
    unserved: int = 0
    number: int = 0


class Consent(NamedTuple):
    """A consent to speak with one supporter; `until` is its last day, `ended` the day it was revoked."""

    id: int
    known: int
    until: int
    ended: int | None = None


class GoalKind(StrEnum):
    """What a goal counts: sessions a week, ninety meetings in ninety days, or something in the client's own words."""

    WEEKLY = "weekly"
    NINETY = "ninety"
    FREE = "free"


class Goal(NamedTuple):
    """A goal of the client's own. `channels` are the letters of the channels it counts ("g", "a", "ga").

    `paused` are spans (first day, last day or None) in which the client has put it aside; `reached` is the day it was
    met, `last` the last day it runs.
    """

    id: int
    kind: GoalKind
    target: int
    first: int
    known: int
    channels: str = "ga"
    last: int | None = None
    reached: int | None = None
    paused: tuple[tuple[int, int | None], ...] = ()


class Milestone(NamedTuple):
    """A milestone somebody noted, with its day; `told`: the client likes it to be marked."""

    id: int
    day: int
    known: int


class OrderKind(StrEnum):
    """How a medication is given."""

    OBSERVED = "observed"
    TAKE_HOME = "take_home"
    INJECTION = "injection"


class Medicine(StrEnum):
    """The medications for opioid use disorder that the rules tell apart."""

    METHADONE = "methadone"
    BUPRENORPHINE = "buprenorphine"
    NALTREXONE = "naltrexone"
    OTHER = "other"


class Order(NamedTuple):
    """A medication order in force from `first` to `last` (None while it goes on). No dose is known here.

    `suspended` are spans in which missing it says nothing: guest dosing, a transfer, a directed taper.
    """

    id: int
    kind: OrderKind
    medicine: Medicine
    first: int
    last: int | None
    known: int
    suspended: tuple[tuple[int, int | None], ...] = ()


class Supply(NamedTuple):
    """Medication handed out: picked up on `picked_up`, and lasting through the day `until`."""

    id: int
    order: int
    picked_up: int
    until: int


class Injection(NamedTuple):
    """A long-acting injection due on a day; `given` is the day it was given, None while it was not."""

    id: int
    order: int
    due: int
    known: int
    given: int | None = None


class Noted(NamedTuple):
    """One item of a staff observation: what was said or seen, anchors 0 to 3 ("not asked" is no row).

    `author` and `source` are words such as "facilitator" and "client_said". Items of groups G and H are for clinical
    roles; G1 never comes here.
    """

    id: int
    observation: int
    at: int
    day: int
    item: str
    anchor: int
    source: str = "staff_saw"
    author: str = "case_manager"


class Answer(StrEnum):
    """What came of a try to reach the client, as far as the rules tell it apart."""

    REACHED = "reached"
    DECLINED = "declined"
    NOT_REACHED = "not_reached"
    WRONG_CONTACT = "wrong_contact"


class Try(NamedTuple):
    """One try to reach the client. `pressing`: its follow-up was for today when it was made. `open`: it belongs to a
    follow-up about disengagement that is still open.

    `hour` is the clinic's local hour of the day.
    """

    id: int
    at: int
    day: int
    hour: int
    method: str
    answer: Answer
    pressing: bool = False
    open: bool = True


class Span(NamedTuple):
    """Days, both inclusive; `last` is None while it goes on."""

    first: int
    last: int | None
    known: int

    def holds(self, day: int) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


class Override(NamedTuple):
    """Thresholds of this client's own, for at most 90 days, with a reason on record."""

    first: int
    last: int
    values: tuple[tuple[str, int], ...]


class GroupFacts(NamedTuple):
    """What is known of a group: its kind, the days on which facilitator or modality changed, when it closed."""

    kind: str = ""
    changed: tuple[int, ...] = ()
    closed: int | None = None


class Background(NamedTuple):
    """All that is known of an episode beside its appointments. An empty one costs nothing to look at."""

    schedules: tuple[Schedule, ...] = ()
    visits: tuple[PlannedVisit, ...] = ()
    plans: tuple[PlanState, ...] = ()
    consents: tuple[Consent, ...] = ()
    goals: tuple[Goal, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    orders: tuple[Order, ...] = ()
    supplies: tuple[Supply, ...] = ()
    injections: tuple[Injection, ...] = ()
    noted: tuple[Noted, ...] = ()
    tries: tuple[Try, ...] = ()
    elsewhere: tuple[Span, ...] = ()
    overrides: tuple[Override, ...] = ()
    # The client's own recovery date, as they state it; None when they have not, or do not want it marked.
    recovery_start: int | None = None
    # The day since which the naloxone status is known; None: nobody has asked.
    naloxone_known: int | None = None
    # The first day on which the client no longer wants mutual-aid meetings to be logged.
    meetings_off: int | None = None
    # Asked for no contact unless safety demands it.
    no_outreach: bool = False
    # The clinic writes care plans at all: it has at least one.
    keeps_plans: bool = False
    # The day on which the client last said that they want no contact now, and has not said otherwise since.
    declined: int | None = None
    # A checksum of each fact with the day from which it was known, where whoever read them has them at hand.
    sums: tuple[tuple[int, int], ...] = ()
    # The newest day on which any of this became known: from then on nothing need be left out.
    newest: int = 0

    @classmethod
    def of(cls, **facts: Any) -> Background:
        """A background of these facts in their own order, whatever order they came in, with `newest` worked out."""
        newest = 0
        for name, values in facts.items():
            if values.__class__ is tuple and values and name != "sums":
                if len(values) > 1:
                    facts[name] = tuple(sorted(values, key=_ORDER[name]))
                newest = max(newest, _newest(name, values))
        newest = max(newest, facts.get("declined") or 0)
        return cls(**facts, newest=newest)

    def checksum(self, day: int) -> int:
        """A checksum of all that was known by the end of a day, whatever order it came in."""
        if self.sums:
            return sum([each for known, each in self.sums if known <= day]) & 0xFFFFFFFF
        known = self.as_of(day)[: -len(("sums", "newest"))]
        plain = [list(map(tuple, each)) if each.__class__ is tuple else each for each in known]
        return crc32(repr(plain).encode())

    def as_of(self, day: int) -> Background:
        """What was known by the end of a day. What was planned then stays planned, whatever became of it later."""
        if self.newest <= day:
            return self
        return self._replace(
            schedules=tuple(each for each in self.schedules if each.known <= day),
            visits=tuple(each for each in self.visits if each.known <= day),
            plans=tuple(each for each in self.plans if each.known <= day),
            consents=tuple(
                each if each.ended is None or each.ended <= day else each._replace(ended=None)
                for each in self.consents
                if each.known <= day
            ),
            goals=tuple(
                each if each.reached is None or each.reached <= day else each._replace(reached=None)
                for each in self.goals
                if each.known <= day
            ),
            milestones=tuple(each for each in self.milestones if each.known <= day),
            orders=tuple(each for each in self.orders if each.known <= day),
            supplies=tuple(each for each in self.supplies if each.picked_up <= day),
            injections=tuple(
                each if each.given is None or each.given <= day else each._replace(given=None)
                for each in self.injections
                if each.known <= day
            ),
            noted=tuple(each for each in self.noted if each.day <= day),
            tries=tuple(each for each in self.tries if each.day <= day),
            elsewhere=tuple(each for each in self.elsewhere if each.known <= day),
            declined=None if self.declined is None or self.declined > day else self.declined,
            newest=day,
        )


def _first_known(fact: Any) -> tuple[Any, ...]:
    return (fact.first, fact.known, fact)


def _by_moment(fact: Any) -> tuple[int, int]:
    return (fact.at, fact.id)


def _by_number(fact: Any) -> tuple[int, ...]:
    return (fact.id,)


_ORDER: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "schedules": _first_known,
    "visits": _by_number,
    "plans": lambda plan: (plan.known, plan.number),
    "consents": _by_number,
    "goals": _by_number,
    "milestones": _by_number,
    "orders": lambda order: (order.first, order.id),
    "supplies": _by_number,
    "injections": _by_number,
    "noted": _by_moment,
    "tries": _by_moment,
    "elsewhere": lambda span: (span.first, span.known),
    "overrides": lambda own: (own.first, own.last, own.values),
}


def _newest(name: str, values: tuple[Any, ...]) -> int:
    """The newest day on which something of these facts became known."""
    days: list[int] = []
    if name == "supplies":
        days = [fact.picked_up for fact in values]
    elif name in ("noted", "tries"):
        days = [fact.day for fact in values]
    elif name != "overrides":
        days = [fact.known for fact in values]
    if name in _LATER:
        days += [getattr(fact, _LATER[name]) or 0 for fact in values]
    return max(days, default=0)


# What became known of a fact later than the fact itself.
_LATER = {"consents": "ended", "goals": "reached", "injections": "given"}


NOTHING_KNOWN = Background()
NO_GROUPS: Mapping[int, GroupFacts] = MappingProxyType({})
