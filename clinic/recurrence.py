"""What comes again and again: on which days of a clinic's calendar, and at which moment of each.

A rule is a recurrence rule of RFC 5545 without its start, such as "FREQ=WEEKLY;INTERVAL=2;COUNT=10". It names days and
never moments: the wall-clock time of a day becomes a moment only through `moment`, so that ten o'clock stays ten
o'clock when the clocks change. Pure: no database, no clock, no framework; sentences are data of the mind's kind.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

MOST_DATES = 200
LONGEST_INTERVAL = 12
LONGEST_TEXT = 200
YEARS_AHEAD = 2
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAY_WORDS = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
PLACE_WORDS = {
    1: gettext_noop("first"),
    2: gettext_noop("second"),
    3: gettext_noop("third"),
    4: gettext_noop("fourth"),
    -1: gettext_noop("last"),
}
SHORTEST_MONTH = 28
FREQUENCIES: dict[str, Literal[1, 2, 3]] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
}


class Every(StrEnum):
    """The rhythms a person can choose."""

    DAY = "day"
    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH_WEEKDAY = "month_weekday"
    MONTH_DATE = "month_date"


class WrongRule(ValueError):
    """A rule that cannot be kept; `sentence` says why, `field` is "rule", "until", "count" or "starts_at"."""

    def __init__(self, sentence: Sentence, field: str = "rule") -> None:
        super().__init__(str(sentence))
        self.sentence, self.field = sentence, field


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule taken apart. `weekdays` are 0 to 6 from Monday, `place` which of its weekday in the month (-1: the last),
    `dates` the days of the month of which the last that exists is meant. It ends after `count` days, or `until` a day
    (which still belongs to it), or never.
    """

    freq: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    place: int = 0
    dates: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None

    @property
    def ends(self) -> bool:
        return self.count is not None or self.until is not None

    def __str__(self) -> str:
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            at = str(self.place or "")
            parts.append("BYDAY=" + ",".join(at + WEEKDAYS[day] for day in self.weekdays))
        if self.dates:
            parts.append("BYMONTHDAY=" + ",".join(str(day) for day in self.dates))
            if len(self.dates) > 1:
                parts.append("BYSETPOS=-1")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)


def make(
    every: str,
    starts_on: date,
    *,
    weekdays: Collection[int] = (),
    until: date | None = None,
    count: int | None = None,
) -> str:
    """The rule of a rhythm that begins on a day, as text. `weekdays` (0 is Monday) are for the weekly rhythms; without
    them it is the weekday of the first day.

    A month goes by the weekday (the third Tuesday; from the 29th on, the last one of its kind) or by the date, where a
    month too short for it has its last day instead. Raises WrongRule as `check` does.
    """
    try:
        kind = Every(every)
    except ValueError:
        raise WrongRule(gettext_noop("Choose how often it comes again.")) from None
    chosen = tuple(sorted(set(weekdays))) or (starts_on.weekday(),)
    if kind is Every.DAY:
        rule = Rule("DAILY")
    elif kind in (Every.WEEK, Every.TWO_WEEKS):
        rule = Rule("WEEKLY", 2 if kind is Every.TWO_WEEKS else 1, chosen)
    elif kind is Every.MONTH_WEEKDAY:
        place = -1 if starts_on.day > SHORTEST_MONTH else (starts_on.day - 1) // 7 + 1
        rule = Rule("MONTHLY", weekdays=(starts_on.weekday(),), place=place)
    else:
        rule = Rule("MONTHLY", dates=_dates(starts_on.day))
    text = str(replace(rule, until=until, count=count))
    check(text, starts_on)
    return text


def read(text: str) -> Rule:
    """Take a rule apart. Raises WrongRule for anything this product does not make itself."""
    wrong = WrongRule(gettext_noop("This is no rule that can be kept. Choose how often it comes again."))
    if len(text) > LONGEST_TEXT:
        raise wrong
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, is_there, value = part.partition("=")
        if not is_there or not value or name in parts:
            raise wrong
        parts[name] = value
    freq = parts.pop("FREQ", "")
    try:
        interval = int(parts.pop("INTERVAL", "1"))
        count = int(parts.pop("COUNT")) if "COUNT" in parts else None
        until = datetime.strptime(parts.pop("UNTIL"), "%Y%m%d").date() if "UNTIL" in parts else None
        places, weekdays = _weekdays(parts.pop("BYDAY")) if "BYDAY" in parts else ({0}, ())
        dates = tuple(int(day) for day in parts.pop("BYMONTHDAY", "").split(",") if day)
        last_of = int(parts.pop("BYSETPOS", "0"))
    except ValueError:
        raise wrong from None
    monthly = freq == "MONTHLY"
    known = (
        not parts
        and freq in ("DAILY", "WEEKLY", "MONTHLY")
        and 1 <= interval <= LONGEST_INTERVAL
        and len(places) == 1
        and (places == {0} or (monthly and places <= set(PLACE_WORDS)))
        and (not weekdays or not monthly or (places != {0} and len(weekdays) == 1))
        and (freq != "DAILY" or not weekdays)
        and (not dates or (monthly and not weekdays and dates == _dates(dates[-1])))
        and last_of == (-1 if len(dates) > 1 else 0)
    )
    if not known:
        raise wrong
    return Rule(freq, interval, weekdays, places.pop(), dates, count, until)


def check(text: str, starts_on: date) -> Rule:
    """The rule taken apart, when it can be kept from a day on: it ends within two years and 200 dates, or never.

    Raises WrongRule.
    """
    rule = read(text)
    if rule.count is not None and rule.until is not None:
        raise WrongRule(gettext_noop("Give a last day or a number of times, not both."), "count")
    if rule.count is not None and not 1 <= rule.count <= MOST_DATES:
        raise WrongRule(gettext_noop("Choose 1 to %(n)s times.", n=MOST_DATES), "count")
    if rule.until is not None and rule.until < starts_on:
        raise WrongRule(gettext_noop("The end lies before the start."), "until")
    last = furthest(starts_on)
    if rule.until is not None and rule.until > last:
        raise WrongRule(gettext_noop("At most two years ahead: until %(day)s.", day=last), "until")
    if rule.ends:
        named = list(islice(_dates_of(rule, starts_on), MOST_DATES + 1))
        if len(named) > MOST_DATES:
            raise WrongRule(gettext_noop("These are more than %(n)s dates.", n=MOST_DATES), "until")
        if not named:
            raise WrongRule(gettext_noop("There is no such day before the end."), "until")
        if named[-1] > last:
            raise WrongRule(gettext_noop("At most two years ahead: until %(day)s.", day=last), "count")
    return rule


def furthest(day: date) -> date:
    """The last day that can be planned from a day on."""
    year = day.year + YEARS_AHEAD
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def days(
    rule: str,
    starts_on: date,
    *,
    through: date,
    after: date | None = None,
    without: Iterable[date | str] = (),
    ended_on: date | None = None,
) -> list[date]:
    """The days a rule names, oldest first: later than `after`, up to and with `through`, before `ended_on` (the first
    day without any more), and none of those left out (`without`, days or their ISO text).

    A number of times counts the days left out as well. Raises WrongRule for a rule that cannot be read.
    """
    left_out = {day if isinstance(day, date) else date.fromisoformat(day) for day in without}
    last = through if ended_on is None else min(through, ended_on - timedelta(days=1))
    named = takewhile(lambda day: day <= last, _dates_of(read(rule), starts_on))
    return [day for day in named if day not in left_out and (after is None or day > after)]


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment (in UTC) at which the clocks of a zone show `at` on a day.

    A time that the clocks skip that day is moved on to the first moment that exists; of one they show twice it is the
    first.
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # Skipped: the clocks change between the two readings of it, and the change itself is the moment.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def in_words(rule: str, starts_on: date) -> Sentence:
    """A rule for people: "every 2 weeks on Tuesday, until Fri 18 Dec"."""
    found = read(rule)
    how = _rhythm(found, starts_on)
    if found.count is not None:
        return ngettext_lazy("%(how)s, %(n)d time", "%(how)s, %(n)d times", found.count, how=how)
    if found.until is not None:
        return gettext_noop("%(how)s, until %(day)s", how=how, day=found.until)
    return how


def started_anew(rule: str, starts_on: date, *, at: date, new_start: date) -> str:
    """The rest of a rule from its day `at` on, when that day becomes `new_start`: the same rhythm on the new day.

    A number of times is what is left of it; a last day moves along when the day does. Raises WrongRule at "starts_at"
    where weekdays every few weeks would not all move by as many days: those carried over the end of a week would.
    """
    old = read(rule)
    shift = new_start - at
    count = until = None
    if old.count is not None:
        count = old.count - sum(1 for _ in takewhile(lambda day: day < at, _dates_of(old, starts_on)))
    if old.until is not None:
        until = max(old.until + shift, new_start)
    if old.freq == "WEEKLY":
        named = old.weekdays or (starts_on.weekday(),)
        if old.interval > 1 and len({(day + shift.days) // 7 for day in named}) > 1:
            raise WrongRule(
                gettext_noop("Move these singly: not all of them would stay in the same week."), "starts_at"
            )
        turned = tuple(sorted({(day + shift.days) % 7 for day in named}))
        return str(replace(old, weekdays=turned, count=count, until=until))
    if old.place:
        place = -1 if old.place == -1 and _is_last(new_start) else (new_start.day - 1) // 7 + 1
        place = -1 if place > 4 else place
        return str(replace(old, weekdays=(new_start.weekday(),), place=place, count=count, until=until))
    if old.freq == "MONTHLY":
        dates = old.dates if at == new_start else _dates(new_start.day)
        return str(replace(old, dates=dates, count=count, until=until))
    return str(replace(old, count=count, until=until))


def _is_last(day: date) -> bool:
    return (day + timedelta(days=7)).month != day.month


def _dates(day: int) -> tuple[int, ...]:
    """A date of the month, with the dates that stand in for it in a shorter month."""
    return tuple(range(SHORTEST_MONTH, day + 1)) if day > SHORTEST_MONTH else (day,)


def _weekdays(text: str) -> tuple[set[int], tuple[int, ...]]:
    places, found = set(), []
    for part in text.split(","):
        found.append(WEEKDAYS.index(part[-2:]))
        places.add(int(part[:-2] or 0))
    if len(set(found)) != len(found):
        raise ValueError(text)
    return places, tuple(sorted(found))


def _dates_of(rule: Rule, starts_on: date) -> Iterable[date]:
    """The days of a rule from its first on, without an end when it has none."""
    until = datetime.combine(rule.until, time()) if rule.until else None
    dates = rule.dates
    if rule.freq == "MONTHLY" and not rule.place:
        dates = dates or _dates(starts_on.day)
    weekdays = [rrule.weekday(day, rule.place or None) for day in rule.weekdays] or None
    found = rrule.rrule(
        FREQUENCIES[rule.freq],
        dtstart=datetime.combine(starts_on, time()),
        interval=rule.interval,
        byweekday=weekdays,
        bymonthday=dates or None,
        bysetpos=-1 if len(dates) > 1 else None,
        count=rule.count,
        until=until,
    )
    return (each.date() for each in found)


def _rhythm(rule: Rule, starts_on: date) -> Sentence:
    n = rule.interval
    if rule.freq == "DAILY":
        return ngettext_lazy("every day", "every %(n)d days", n)
    if rule.freq == "WEEKLY":
        named = [WEEKDAY_WORDS[day] for day in rule.weekdays or (starts_on.weekday(),)]
        return ngettext_lazy("every week on %(days)s", "every %(n)d weeks on %(days)s", n, days=named)
    if rule.place:
        place, weekday = PLACE_WORDS[rule.place], WEEKDAY_WORDS[rule.weekdays[0]]
        return ngettext_lazy(
            "every month on the %(place)s %(weekday)s",
            "every %(n)d months on the %(place)s %(weekday)s",
            n,
            place=place,
            weekday=weekday,
        )
    date_of_month = rule.dates[-1] if rule.dates else starts_on.day
    if date_of_month > SHORTEST_MONTH:
        return ngettext_lazy(
            "every month on day %(date)d, or on its last day",
            "every %(n)d months on day %(date)d, or on the last day",
            n,
            date=date_of_month,
        )
    return ngettext_lazy(
        "every month on day %(date)d", "every %(n)d months on day %(date)d", n, date=date_of_month
    )
