"""Which weeks count, and what a care plan asks for in them."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.signs.weeks import (
    eligible_days,
    is_eligible,
    last_whole_week,
    monday_of,
    schedule_on,
    tallies,
)
from clinic.engagement.timeline import Channel
from tests.notation import TODAY, Line, day, group, history, meetings, schedule

LAST_WEEK = day(7)


@pytest.mark.parametrize(("ago", "monday"), [(0, 0), (1, 7), (6, 7), (7, 7), (8, 14), (-6, 0), (-7, -7)])
def test_a_week_begins_on_monday(ago: int, monday: int) -> None:
    assert monday_of(day(ago)) == day(monday)


@pytest.mark.parametrize(("ago", "monday"), [(0, 7), (1, 14), (-6, 7), (-7, 0)])
def test_a_week_is_whole_from_the_monday_after_it(ago: int, monday: int) -> None:
    assert last_whole_week(day(ago)) == day(monday)


@pytest.mark.parametrize(
    ("about", "days", "counts"),
    [
        ({}, 5, True),
        ({"closed": [7]}, 4, True),
        ({"closed": [7, 6]}, 3, False),
        ({"closed": [1, 2]}, 5, True),
        ({"pauses": [(9, 7)]}, 4, True),
        ({"pauses": [(9, 6)]}, 3, False),
        ({"pauses": [(3, None)]}, 4, True),
        ({"pauses": [(4, None)]}, 3, False),
        ({"pauses": [(4, 3)], "closed": [4]}, 3, False),
        ({"pauses": [(20, 8)]}, 5, True),
        ({"admitted": 7}, 5, True),
        ({"admitted": 6}, 4, True),
        ({"admitted": 5}, 3, False),
        ({"admitted": 0}, 0, False),
    ],
)
def test_four_days_in_the_stay_not_paused_and_open_make_a_week_count(
    about: dict[str, object], days: int, counts: bool
) -> None:
    timeline = history("+", **about).as_of(TODAY)  # type: ignore[arg-type]
    assert eligible_days(timeline, LAST_WEEK) == days
    assert is_eligible(timeline, LAST_WEEK, DEFAULTS) is counts


@pytest.mark.parametrize(("ago", "days"), [(7, 1), (4, 4), (3, 5), (1, 5)])
def test_days_to_come_are_none(ago: int, days: int) -> None:
    assert eligible_days(history("+").as_of(TODAY - ago), LAST_WEEK) == days


def test_in_a_clinic_open_on_fewer_days_all_of_them_are_needed() -> None:
    record = history("+")._replace(weekdays=frozenset((0, 2, 4)))
    assert is_eligible(record.as_of(TODAY), LAST_WEEK, DEFAULTS)
    closed = history("+", closed=[7])._replace(weekdays=frozenset((0, 2, 4)))
    assert eligible_days(closed.as_of(TODAY), LAST_WEEK) == 2
    assert not is_eligible(closed.as_of(TODAY), LAST_WEEK, DEFAULTS)


def test_in_a_clinic_open_every_day_four_are_enough() -> None:
    record = history("+", closed=[7, 6, 5])._replace(weekdays=frozenset(range(7)))
    assert eligible_days(record.as_of(TODAY), LAST_WEEK) == 4
    assert is_eligible(record.as_of(TODAY), LAST_WEEK, DEFAULTS)


@pytest.mark.parametrize(("ago", "asked"), [(41, None), (40, 4), (11, 4), (10, 8), (0, 8)])
def test_the_newest_schedule_that_has_begun_is_in_force(ago: int, asked: int | None) -> None:
    schedules = [schedule("group", 8, since=10), schedule("group", 4, since=40), schedule("medical", 1)]
    assert schedule_on(schedules, Channel.GROUP, day(ago)) == asked


def test_of_two_from_one_day_the_one_written_later_holds() -> None:
    schedules = [schedule("group", 8, since=10, known=2), schedule("group", 4, since=10, known=9)]
    assert schedule_on(schedules, Channel.GROUP, day(0)) == 8
    assert schedule_on(schedules[::-1], Channel.GROUP, day(0)) == 8


def test_what_was_planned_and_attended_in_a_week() -> None:
    lines = [
        Line("+-o/?", every=1, last=3),
        group("+", last=5),
        group("-", 2, last=5, hour=16),
        meetings("++", every=1, last=2),
        Line("-", Channel.CASE_MANAGEMENT, last=4),
    ]
    week = tallies(history(*lines).as_of(TODAY), [LAST_WEEK])[LAST_WEEK]
    counselling = week[Channel.COUNSELLING]
    assert (counselling.attended, counselling.booked, counselling.missed_days) == (1, 2, 1)
    assert (counselling.excused, counselling.called_off, counselling.unrecorded) == (1, 1, 1)
    assert (week[Channel.GROUP].attended, week[Channel.GROUP].booked) == (1, 2)
    assert week[Channel.MUTUAL_AID].attended == 2
    assert week[Channel.MEDICAL].missed_days == 1
    assert counselling.expected == counselling.asked == 2 * 28


@pytest.mark.parametrize(
    ("marks", "expected", "asked"), [("+-", 84, 84), ("+o-", 56, 56), ("++++", 112, 84), ("oooo", 0, 0)]
)
def test_a_plan_asks_for_its_share_of_the_week(marks: str, expected: int, asked: int) -> None:
    record = history(Line(marks, every=1, last=3), facts=[schedule("counselling", 12)])
    tally = tallies(record.as_of(TODAY), [LAST_WEEK])[LAST_WEEK][Channel.COUNSELLING]
    assert (tally.expected, tally.asked) == (expected, asked)


@pytest.mark.parametrize(
    ("about", "planned"),
    [({}, 84), ({"closed": [5]}, 72), ({"pauses": [(9, 6)]}, 60), ({"admitted": 4}, 48)],
)
def test_a_plan_asks_for_nothing_on_days_closed_paused_or_before_admission(
    about: dict[str, object], planned: int
) -> None:
    facts = [schedule("counselling", 12, since=60)]
    record = history("+", facts=facts, **about)  # type: ignore[arg-type]
    assert tallies(record.as_of(TODAY), [LAST_WEEK])[LAST_WEEK][Channel.COUNSELLING].planned == planned


def test_a_plan_that_begins_or_ends_within_the_week_is_asked_by_the_day() -> None:
    begins = history("+", facts=[schedule("counselling", 12, since=3)])
    assert tallies(begins.as_of(TODAY), [LAST_WEEK])[LAST_WEEK][Channel.COUNSELLING].planned == 36
    ends = history("+", facts=[schedule("counselling", 12), schedule("counselling", 0, since=3)])
    assert tallies(ends.as_of(TODAY), [LAST_WEEK])[LAST_WEEK][Channel.COUNSELLING].planned == 48


def test_no_weeks_hold_nothing() -> None:
    assert tallies(history("+").as_of(TODAY), []) == {}
