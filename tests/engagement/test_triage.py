"""In what order, when it is due, and the sentence that says why."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record
from clinic.engagement.triage import OpeningHours, Place, due, in_order, lifted, priority, why_here
from clinic.engagement.words import Sentence
from tests.notation import TODAY, Line, dosing, group, history


def points(record: Record) -> float:
    return priority(record.as_of(TODAY))


def test_priority_is_days_since_seen_a_week_for_each_in_a_row_and_half_a_day_a_percent() -> None:
    assert points(history("++++--", last=2)) == pytest.approx(16 + 2 * 7 + 50 * 2.5 / 9.5)
    assert points(history("-+++", last=2)) == pytest.approx(2 + 50 * 1.5 / 7.5)
    assert points(history(admitted=5)) == pytest.approx(5 + 50 * 0.5 / 3.5)


EXCUSED_IS_NO_ABSENCE = {
    "an excused one is passed over": ("++o-", 1),
    "so is one the clinic cancelled": ("++-/-", 2),
    "one nobody has recorded": ("+-?-", 2),
    "and one the client cancelled in time": ("+-n-", 2),
    "one cancelled too late was missed": ("+-w", 2),
    "one session kept ends the row": ("--+-", 1),
    "come late is kept": ("---L", 0),
    "all of them": ("---", 3),
    "none at all": ("", 0),
}


@pytest.mark.parametrize(
    ("strip", "in_a_row"), EXCUSED_IS_NO_ABSENCE.values(), ids=EXCUSED_IS_NO_ABSENCE.keys()
)
def test_a_row_of_missed_sessions(strip: str, in_a_row: int) -> None:
    assert history(strip).as_of(TODAY).missed_in_a_row == in_a_row


def test_a_row_counts_days_of_all_services_and_leaves_doses_out() -> None:
    twice_a_day = history(Line("+--", last=1), group("+--", last=1))
    assert twice_a_day.as_of(TODAY).missed_in_a_row == 2
    kept_in_another_service = history(Line("+--", last=1), group("+++", last=1))
    assert kept_in_another_service.as_of(TODAY).missed_in_a_row == 0
    dosed_since = history(Line("+--", last=1), dosing("+" * 14))
    assert dosed_since.as_of(TODAY).missed_in_a_row == 2
    doses_missed = history(Line("+++", last=3), dosing("-" * 14))
    assert doses_missed.as_of(TODAY).missed_in_a_row == 0


def test_a_row_ends_with_the_day_it_is_read_on_and_passes_over_pauses() -> None:
    record = history("+---", last=0)
    assert record.as_of(TODAY - 7).missed_in_a_row == 2
    assert history("+---", pauses=[(8, 6)]).as_of(TODAY).missed_in_a_row == 2
    assert history("+---", closed=[0]).as_of(TODAY).missed_in_a_row == 2


def test_excused_cancelled_and_unrecorded_ones_are_in_no_number() -> None:
    assert points(history("++o/x?", last=1)) == pytest.approx(29 + 50 * 0.5 / 5.5)
    for strip in ("+++-o", "+++-/", "+++-?", "+++-n"):
        assert points(history(strip)) == points(history("+++-", last=7)), strip


def test_a_service_still_used_calms_a_missed_one() -> None:
    gone = points(history("++++-"))
    seen_elsewhere = points(history("++++-", group("+++++", last=0)))
    assert seen_elsewhere == pytest.approx(50 * 1.5 / 13.5)
    assert seen_elsewhere < gone - 14


def test_days_inside_a_pause_are_not_counted() -> None:
    assert points(history("++++", last=20, pauses=[(15, 6)])) == pytest.approx(10 + 50 * 0.5 / 7.5)


def test_with_daily_dosing_doses_say_more() -> None:
    record = history(dosing("+" * 14 + "---"), Line("++-", last=5))
    assert points(record) == 2 * 3 + 3 * 3 + 3 * 1
    long_gone = history(dosing("+" * 14 + "-" * 27), Line("+", last=41))
    assert points(long_gone) == 2 * 27 + 3 * 7
    paused = history(dosing("+" * 14 + "---"), Line("+", last=5), pauses=[(1, 0)])
    assert points(paused) == 2 * 1 + 3 * 1


def test_with_daily_dosing_a_dose_taken_calms_a_missed_session() -> None:
    dosed = points(history(dosing("+" * 20), Line("+++-")))
    assert dosed == 3
    assert points(history(dosing("+" * 14 + "-" * 6), Line("+++-"))) == 2 * 6 + 3 * 6 + 3


def seen_so_many_days_ago(days: int) -> Record:
    """Priority a little above the days: 300 sessions kept make the share nearly nothing."""
    return history(Line("+" * 300, every=1, last=days), admitted=500)


@pytest.mark.parametrize(
    ("days", "level"),
    [(19, Level.CHECK_IN), (20, Level.TOMORROW), (23, Level.TOMORROW), (24, Level.TODAY), (40, Level.TODAY)],
)
def test_priority_lifts_at_twenty_and_twenty_four_days(days: int, level: Level) -> None:
    timeline = seen_so_many_days_ago(days).as_of(TODAY)
    assert days < priority(timeline) < days + 0.1
    assert lifted(Level.CHECK_IN, timeline, DEFAULTS) is level


@pytest.mark.parametrize(
    ("doses", "sessions", "level"),
    [
        (2, 3, Level.CHECK_IN),
        (4, 0, Level.TOMORROW),
        (4, 1, Level.TOMORROW),
        (3, 3, Level.TODAY),
        (5, 0, Level.TODAY),
    ],
)
def test_with_daily_dosing_it_lifts_at_the_same(doses: int, sessions: int, level: Level) -> None:
    record = history(dosing("+" * 14 + "-" * doses), Line("+" + "-" * sessions))
    timeline = record.as_of(TODAY)
    assert priority(timeline) == 5 * doses + 3 * sessions
    assert lifted(Level.CHECK_IN, timeline, DEFAULTS) is level


def test_the_lifts_of_the_two_forms_are_set_apart() -> None:
    weekly, daily = seen_so_many_days_ago(21).as_of(TODAY), history(dosing("+" * 14 + "-" * 4)).as_of(TODAY)
    easy, easy_dosing = Thresholds(lift_today=21), Thresholds(lift_dosing_today=20)
    assert lifted(Level.CHECK_IN, weekly, easy) is Level.TODAY
    assert lifted(Level.CHECK_IN, weekly, easy_dosing) is Level.TOMORROW
    assert lifted(Level.CHECK_IN, daily, easy_dosing) is Level.TODAY
    assert lifted(Level.CHECK_IN, daily, easy) is Level.TOMORROW
    hard, hard_dosing = Thresholds(lift_tomorrow=23), Thresholds(lift_dosing_tomorrow=23)
    assert lifted(Level.CHECK_IN, weekly, hard) is Level.CHECK_IN
    assert lifted(Level.CHECK_IN, daily, hard_dosing) is Level.CHECK_IN


def test_one_session_missed_by_somebody_who_mostly_comes_is_not_for_today_before_the_next() -> None:
    record = history("+" * 19 + "-", last=6)
    assert lifted(Level.CHECK_IN, record.as_of(TODAY), DEFAULTS) is Level.TOMORROW
    assert lifted(Level.CHECK_IN, record.as_of(TODAY - 6), DEFAULTS) is Level.CHECK_IN


def test_a_lift_never_lowers_and_leaves_good_news_alone() -> None:
    calm, pressing = seen_so_many_days_ago(0).as_of(TODAY), seen_so_many_days_ago(21).as_of(TODAY)
    assert lifted(Level.TODAY, calm, DEFAULTS) is Level.TODAY
    assert lifted(Level.TODAY, pressing, DEFAULTS) is Level.TODAY
    assert lifted(Level.TWO_DAYS, calm, DEFAULTS) is Level.TWO_DAYS
    assert lifted(Level.TWO_DAYS, pressing, DEFAULTS) is Level.TOMORROW
    for level in (Level.GOOD_NEWS, Level.UPKEEP):
        assert lifted(level, seen_so_many_days_ago(30).as_of(TODAY), DEFAULTS) is level


SENTENCES = {
    "a row of missed sessions": (
        history("++++--", last=2),
        "16 days since last seen, the last 2 sessions missed, 2 of 6 missed since admission",
    ),
    "one missed": (
        history("++++-", last=2),
        "9 days since last seen, the last session missed, 1 of 5 missed since admission",
    ),
    "none missed in a row": (
        history("+-+", last=1),
        "1 day since last seen, 1 of 3 missed since admission",
    ),
    "never seen": (
        history("-", admitted=9, last=1),
        "9 days since admission and not seen yet, the last session missed, 1 of 1 missed since admission",
    ),
    "admitted yesterday": (
        history(admitted=1),
        "1 day since admission and not seen yet, 0 of 0 missed since admission",
    ),
    "came on the very first day on record": (
        history("+", last=3),
        "3 days since last seen, 0 of 1 missed since admission",
    ),
    "daily dosing, admitted yesterday and none taken yet": (
        history(dosing("-" * 10, every=0, last=1), admitted=1),
        "1 day since admission and no dose yet, 10 missed in the last 7 days",
    ),
    "daily dosing, only the first was taken": (
        history(dosing("+" + "-" * 11)),
        "11 days since the last dose, 7 missed in the last 7 days",
    ),
    "daily dosing": (
        history(dosing("+" * 14 + "-"), Line("+-", last=5)),
        "1 day since the last dose, 1 missed in the last 7 days, the last session missed",
    ),
    "daily dosing, sessions kept": (
        history(dosing("+" * 14 + "---"), Line("++", last=5)),
        "3 days since the last dose, 3 missed in the last 7 days",
    ),
    "daily dosing, none taken yet": (
        history(dosing("-" * 12), admitted=12),
        "12 days since admission and no dose yet, 7 missed in the last 7 days",
    ),
}


@pytest.mark.parametrize(("record", "facts"), SENTENCES.values(), ids=SENTENCES.keys())
def test_the_sentence_gives_the_numbers_the_order_is_made_of(record: Record, facts: str) -> None:
    timeline = record.as_of(TODAY)
    assert str(why_here(timeline, True)) == f"Lifted: {facts}."
    assert str(why_here(timeline, False)) == f"Here because: {facts}."
    assert Sentence.from_json(why_here(timeline, True).as_json()) == why_here(timeline, True)


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
        (datetime(2026, 3, 2, 16, 59), datetime(2026, 3, 3, 11, 59)),
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


def test_a_clinic_that_opens_at_midnight_begins_then() -> None:
    night = OpeningHours(frozenset(range(7)), time(0), time(3))
    assert due(Level.TODAY, datetime(2026, 3, 2, 1), night) == datetime(2026, 3, 3, 2)


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


@pytest.mark.parametrize("hour", [3, 8, 13, 16, 19, 23])
def test_what_cannot_wait_for_the_opening_hours_is_due_by_the_clock(hour: int) -> None:
    raised = datetime(2026, 11, 21, hour)  # a Saturday
    assert due(Level.TODAY, raised, WEEKDAYS, 2, by_the_clock=True) == raised + timedelta(hours=2)
    assert due(Level.TODAY, raised, WEEKDAYS, 2) == datetime(2026, 11, 23, 10)
    assert due(Level.TOMORROW, raised, WEEKDAYS, 2, by_the_clock=True) == due(
        Level.TOMORROW, raised, WEEKDAYS
    )
