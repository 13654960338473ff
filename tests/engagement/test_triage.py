"""In what order, when it is due, and the sentence that says why."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.engagement.signs.sign import DEFAULTS, Level
from clinic.engagement.timeline import Record
from clinic.engagement.triage import OpeningHours, Place, due, in_order, lifted, priority, why_here
from tests.notation import TODAY, Line, dosing, history


def points(record: Record) -> float:
    return priority(record.as_of(TODAY))


def test_priority_is_days_since_seen_and_twenty_times_the_smoothed_share_missed() -> None:
    record = history("++++--", last=2)
    assert points(record) == pytest.approx(16 + 20 * 2.5 / 9.5)
    assert points(history(admitted=5)) == pytest.approx(5 + 20 * 0.5 / 3.5)


def test_excused_cancelled_and_unrecorded_ones_are_in_neither_number() -> None:
    assert points(history("++o/x?", last=1)) == pytest.approx(29 + 20 * 0.5 / 5.5)


def test_days_inside_a_pause_are_not_counted() -> None:
    assert points(history("++++", last=20, pauses=[(15, 6)])) == pytest.approx(10 + 20 * 0.5 / 7.5)


def test_with_daily_dosing_doses_say_more() -> None:
    record = history(dosing("+" * 14 + "---"), Line("++-", last=5))
    assert points(record) == pytest.approx(3 + 3 + 12 / 7 + 5 * 1.5 / 6.5)
    long_gone = history(dosing("+" * 14 + "-" * 28), Line("+", last=41))
    assert points(long_gone) == pytest.approx(28 + 7 + 41 / 7 + 5 * 0.5 / 4.5)


def seen_so_many_days_ago(days: int) -> Record:
    """Priority a little above the days: 300 sessions kept make the share nearly nothing."""
    return history(Line("+" * 300, every=1, last=days), admitted=500)


@pytest.mark.parametrize(
    ("days", "level"),
    [(11, Level.CHECK_IN), (12, Level.TOMORROW), (19, Level.TOMORROW), (20, Level.TODAY), (40, Level.TODAY)],
)
def test_priority_lifts_at_twelve_and_twenty(days: int, level: Level) -> None:
    timeline = seen_so_many_days_ago(days).as_of(TODAY)
    assert days < priority(timeline) < days + 0.1
    assert lifted(Level.CHECK_IN, timeline, DEFAULTS) is level


@pytest.mark.parametrize(
    ("missed", "level"), [(2, Level.CHECK_IN), (3, Level.TOMORROW), (4, Level.TOMORROW), (5, Level.TODAY)]
)
def test_with_daily_dosing_it_lifts_at_six_and_ten(missed: int, level: Level) -> None:
    record = history(dosing("+" * 14 + "-" * missed), Line("+" * 300, every=1, last=0), admitted=500)
    timeline = record.as_of(TODAY)
    assert 2 * missed < priority(timeline) < 2 * missed + 0.1
    assert lifted(Level.CHECK_IN, timeline, DEFAULTS) is level


def test_a_lift_never_lowers_and_leaves_good_news_alone() -> None:
    calm, pressing = seen_so_many_days_ago(0).as_of(TODAY), seen_so_many_days_ago(15).as_of(TODAY)
    assert lifted(Level.TODAY, calm, DEFAULTS) is Level.TODAY
    assert lifted(Level.TODAY, pressing, DEFAULTS) is Level.TODAY
    assert lifted(Level.TWO_DAYS, pressing, DEFAULTS) is Level.TOMORROW
    for level in (Level.GOOD_NEWS, Level.UPKEEP):
        assert lifted(level, seen_so_many_days_ago(30).as_of(TODAY), DEFAULTS) is level


def test_the_sentence_gives_the_numbers_the_order_is_made_of() -> None:
    weekly = history("++++--", last=2).as_of(TODAY)
    assert str(why_here(weekly, True)) == "Lifted: 16 days since last seen, 2 of 6 missed since admission."
    assert (
        str(why_here(weekly, False))
        == "Here because: 16 days since last seen, 2 of 6 missed since admission."
    )
    never = history("-", admitted=9, last=1).as_of(TODAY)
    assert (
        str(why_here(never, False)) == "Here because: 9 days since admission and not seen yet, 1 of 1 missed."
    )
    daily = history(dosing("+" * 14 + "-"), Line("+-", last=5)).as_of(TODAY)
    assert str(why_here(daily, False)) == (
        "Here because: 1 day since the last dose, 1 missed in the last 7 days, 1 of 2 sessions missed."
    )


# -- when it is due ------------------------------------------------------------------------------------------------

WEEKDAYS = OpeningHours(frozenset(range(5)), time(8), time(17))
FRIDAY = date(2026, 2, 27)
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 12)),
        (datetime(2026, 3, 2, 6), datetime(2026, 3, 2, 12)),
        (datetime(2026, 3, 2, 13), datetime(2026, 3, 2, 17)),
        (datetime(2026, 3, 2, 13, 1), datetime(2026, 3, 3, 8, 1)),
        (datetime(2026, 3, 2, 15), datetime(2026, 3, 3, 10)),
        (datetime(2026, 3, 2, 17), datetime(2026, 3, 3, 12)),
        (datetime(2026, 2, 27, 15), datetime(2026, 3, 2, 10)),
        (datetime(2026, 2, 28, 9), datetime(2026, 3, 2, 12)),
    ],
)
def test_today_means_four_working_hours(raised: datetime, expected: datetime) -> None:
    assert due(Level.TODAY, raised, WEEKDAYS) == expected


@pytest.mark.parametrize(
    ("level", "day"),
    [
        (Level.TOMORROW, date(2026, 3, 3)),
        (Level.CHECK_IN, date(2026, 3, 3)),
        (Level.TWO_DAYS, date(2026, 3, 4)),
        (Level.GOOD_NEWS, date(2026, 3, 5)),
        (Level.UPKEEP, date(2026, 3, 11)),
    ],
)
def test_the_others_mean_noon_of_an_open_day(level: Level, day: date) -> None:
    assert due(level, datetime(2026, 3, 2, 9), WEEKDAYS) == datetime.combine(day, time(12))


def test_week_ends_and_closures_move_it_on() -> None:
    on_friday = datetime.combine(FRIDAY, time(15))
    assert due(Level.TOMORROW, on_friday, WEEKDAYS).date() == MONDAY
    closed = OpeningHours(WEEKDAYS.weekdays, WEEKDAYS.opens, WEEKDAYS.closes, frozenset({MONDAY}))
    assert due(Level.TOMORROW, on_friday, closed).date() == MONDAY + timedelta(days=1)
    assert due(Level.TODAY, on_friday, closed) == datetime(2026, 3, 3, 10)
    open_daily = OpeningHours(frozenset(range(7)), time(8), time(17))
    assert due(Level.TODAY, on_friday, open_daily) == datetime(2026, 2, 28, 10)


def test_a_clinic_that_never_opens_still_gets_a_time() -> None:
    never = OpeningHours(frozenset(), time(8), time(17))
    monday = datetime(2026, 3, 2, 9)
    assert due(Level.TOMORROW, monday, never) == datetime(2026, 3, 3, 12)
    assert due(Level.TODAY, monday, never) == monday + timedelta(hours=4)


# -- the order -----------------------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def place(number: int, level: Level = Level.TODAY, points: float = 5, due_in: float = 4) -> Place:
    return Place(level, points, NOON + timedelta(hours=due_in), number)


def order(*places: Place, now: datetime | None = NOON) -> list[int]:
    forwards = [each.number for each in in_order(places, now)]
    shuffled = list(places)
    random.Random(1).shuffle(shuffled)
    assert [each.number for each in in_order(shuffled, now)] == forwards
    return forwards


def test_level_comes_first() -> None:
    places = [place(number, level) for number, level in enumerate(reversed(Level))]
    assert [6 - number for number in order(*places)] == [1, 2, 3, 4, 5, 6]


def test_inside_a_level_priority_decides_then_due_then_number() -> None:
    assert order(place(1, points=4), place(2, points=9), place(3, points=6)) == [2, 3, 1]
    assert order(place(1, due_in=3), place(2, due_in=2)) == [2, 1]
    assert order(place(2), place(1)) == [1, 2]


@pytest.mark.parametrize(("due_in", "first"), [(0, 1), (1, 1), (1.02, 2), (-0.02, 2)])
def test_in_today_what_falls_due_within_the_hour_stands_first(due_in: float, first: int) -> None:
    assert order(place(1, points=1, due_in=due_in), place(2, points=30, due_in=3))[0] == first
    assert order(place(1, points=1, due_in=due_in), place(2, points=30, due_in=3), now=None) == [2, 1]


def test_in_the_other_levels_it_does_not() -> None:
    soon, pressing = place(1, Level.TOMORROW, 1, 0.5), place(2, Level.TOMORROW, 30, 9)
    assert order(soon, pressing) == [2, 1]
