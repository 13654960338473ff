"""Stage 4, in what order, and the sentence that says why this client stands where they stand.

The priority is the plain sum of docs/evidence.md, in days, shown in words and never as a score. Inside a level it gives
the order; where it is high it lifts the level itself, so that the list as a whole is never worse than the sum alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.engagement.signs.sign import Level, highest
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

# Round weights on a broad plateau: a third more or less of any one moves the capture by less than half a point, a
# quarter of its spread over halves of the clients (docs/evidence.md, "What was tried"). Finer ones would be noise.
A_SESSION_IN_A_ROW = 7
ALL_SESSIONS_MISSED = 50
WITHOUT_A_DOSE = 2
A_DOSE_MISSED = 3
A_SESSION_IN_A_ROW_DOSING = 3
DOSES_WITHIN_DAYS = 7
WORKING_HOURS_TODAY = 4
BUSINESS_DAYS = {Level.TOMORROW: 1, Level.TWO_DAYS: 2, Level.CHECK_IN: 1, Level.GOOD_NEWS: 3, Level.UPKEEP: 7}
DUE_WITHIN_THE_HOUR = timedelta(hours=1)


def priority(timeline: Timeline) -> float:
    """How much a client's attendance asks for a contact, in days; an order, not a probability.

    Days since last seen in any service, a week more for every session missed in a row, and half a day for every percent
    of the sessions missed since admission. With daily dosing: two days for every day since the last dose, and three for
    every dose missed in the last 7 days and for every session missed in a row.

    The share is smoothed, (missed + 0.5) / (countable + 3.5), so that one session missed of one is not all. Excused,
    cancelled and unrecorded sessions are in none of these numbers. A service still used calms the sum: being seen there
    begins the days anew, and a dose taken weighs more than a session missed. Source: docs/evidence.md.
    """
    if timeline.daily_dosing:
        missed = A_DOSE_MISSED * timeline.doses_missed_in(DOSES_WITHIN_DAYS)
        in_a_row = A_SESSION_IN_A_ROW_DOSING * timeline.missed_in_a_row
        return float(WITHOUT_A_DOSE * timeline.days_since_dose() + missed + in_a_row)
    missed, countable = timeline.missed_and_countable
    share = (missed + 0.5) / (countable + 3.5)
    days = timeline.days_since(timeline.last_attended)
    return days + A_SESSION_IN_A_ROW * timeline.missed_in_a_row + ALL_SESSIONS_MISSED * share


def lifted(level: Level, timeline: Timeline, thresholds: Thresholds) -> Level:
    """The level of a follow-up after the priority has had its say: at least tomorrow, or today, where it is high."""
    if level is Level.TODAY or level.rank > Level.CHECK_IN.rank:
        return level
    daily = timeline.daily_dosing
    points = priority(timeline)
    if points >= (thresholds.lift_dosing_today if daily else thresholds.lift_today):
        return Level.TODAY
    if points >= (thresholds.lift_dosing_tomorrow if daily else thresholds.lift_tomorrow):
        return highest((level, Level.TOMORROW))
    return level


def why_here(timeline: Timeline, was_lifted: bool) -> Sentence:
    """Why this client stands here on the list: every number the order is made of, and no other.

    A row of no session missed adds nothing to the sum and is left unsaid.
    """
    facts = _doses(timeline) if timeline.daily_dosing else _seen(timeline)
    if in_a_row := timeline.missed_in_a_row:
        facts = ngettext_lazy(
            "%(facts)s, the last session missed",
            "%(facts)s, the last %(n)d sessions missed",
            in_a_row,
            facts=facts,
        )
    if not timeline.daily_dosing:
        missed, countable = timeline.missed_and_countable
        facts = gettext_noop(
            "%(facts)s, %(missed)d of %(of)d missed since admission", facts=facts, missed=missed, of=countable
        )
    if was_lifted:
        return gettext_noop("Lifted: %(facts)s.", facts=facts)
    return gettext_noop("Here because: %(facts)s.", facts=facts)


def _seen(timeline: Timeline) -> Sentence:
    days = timeline.days_since(timeline.last_attended)
    if timeline.last_attended < 0:
        return ngettext_lazy(
            "%(n)d day since admission and not seen yet", "%(n)d days since admission and not seen yet", days
        )
    return ngettext_lazy("%(n)d day since last seen", "%(n)d days since last seen", days)


def _doses(timeline: Timeline) -> Sentence:
    days, missed = timeline.days_since_dose(), timeline.doses_missed_in(DOSES_WITHIN_DAYS)
    if timeline.last_dose < 0:
        return ngettext_lazy(
            "%(n)d day since admission and no dose yet, %(doses)d missed in the last 7 days",
            "%(n)d days since admission and no dose yet, %(doses)d missed in the last 7 days",
            days,
            doses=missed,
        )
    return ngettext_lazy(
        "%(n)d day since the last dose, %(doses)d missed in the last 7 days",
        "%(n)d days since the last dose, %(doses)d missed in the last 7 days",
        days,
        doses=missed,
    )


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a clinic works: weekdays (0 = Monday), clinic-local hours, and the days it is closed."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    closed: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.closed

    def next_open(self, day: date) -> date:
        """The first open day after `day`. A clinic that never opens is taken as open every day."""
        for step in range(1, 400):
            if self.is_open(day + timedelta(days=step)):
                return day + timedelta(days=step)
        return day + timedelta(days=1)


def due(
    level: Level,
    raised: datetime,
    hours: OpeningHours,
    urgent_hours: int = WORKING_HOURS_TODAY,
    by_the_clock: bool = False,
) -> datetime:
    """When the first attempt is due, in clinic-local time without a zone, like `raised`.

    Today: four working hours on, or `urgent_hours` where its sign asks for fewer; `by_the_clock` also outside opening
    hours, when whoever is on call acts. The others: noon of the first, second, third or seventh open day after.
    """
    if level is Level.TODAY:
        if by_the_clock:
            return raised + timedelta(hours=urgent_hours)
        return _working_hours_on(raised, timedelta(hours=urgent_hours), hours)
    day = raised.date()
    for _ in range(BUSINESS_DAYS[level]):
        day = hours.next_open(day)
    return datetime.combine(day, time(12))


def _working_hours_on(start: datetime, amount: timedelta, hours: OpeningHours) -> datetime:
    moment = start
    for _ in range(400):
        day = moment.date()
        opens, closes = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
        if hours.is_open(day) and moment < closes:
            begin = max(moment, opens)
            if begin + amount <= closes:
                return begin + amount
            amount -= closes - begin
        moment = datetime.combine(hours.next_open(day), time(0))
    return start + amount


@dataclass(frozen=True, slots=True)
class Place:
    """What decides where one follow-up stands on a list. `due_at` is any aware moment; `number` breaks ties."""

    level: Level
    priority: float
    due_at: datetime
    number: int


def place_key(place: Place, now: datetime | None = None) -> tuple[int, int, float, datetime, int]:
    """The order of the list: level; in "today" what falls due within the hour; priority; due time; number."""
    pressing = (
        place.level is Level.TODAY and now is not None and now <= place.due_at <= now + DUE_WITHIN_THE_HOUR
    )
    return (place.level.rank, 0 if pressing else 1, -place.priority, place.due_at, place.number)


def in_order(places: Iterable[Place], now: datetime | None = None) -> list[Place]:
    """Follow-ups in the order of the list."""
    return sorted(places, key=lambda place: place_key(place, now))
