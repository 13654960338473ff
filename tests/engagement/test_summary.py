"""How a caseload looks."""

from __future__ import annotations

import pytest

from clinic.engagement.summary import (
    Rate,
    Week,
    attended_of_planned,
    caseload,
    seen_within,
    unrecorded_within,
    weeks,
)
from clinic.engagement.timeline import Record, Timeline
from tests.notation import MONDAY, TODAY, Line, day, dosing, group, history


def drawn(record: Record, ago: int = 0, count: int = 6) -> list[tuple[int, int, int, int]]:
    return [(w.planned, w.attended, w.missed, w.unrecorded) for w in weeks(record.as_of(day(ago)), count)]


def of(record: Record, ago: int = 0) -> Timeline:
    return record.as_of(day(ago))


def test_twelve_calendar_weeks_from_monday_the_last_is_the_week_of_today() -> None:
    for weekday in range(7):
        read = weeks(history("+").as_of(MONDAY + weekday))
        assert [week.monday for week in read] == [MONDAY - 7 * back for back in range(11, -1, -1)]
        assert [week.current for week in read] == [False] * 11 + [True]


def test_planned_is_what_was_attended_or_missed() -> None:
    record = history("+-LEw", group("--+++"))
    assert drawn(record, count=5) == [(2, 1, 1, 0), (2, 0, 2, 0), (2, 2, 0, 0), (2, 2, 0, 0), (2, 1, 1, 0)]


def test_transparent_and_unrecorded_ones_are_in_neither_number() -> None:
    record = history("ox/r?n", last=7)
    assert drawn(record) == [(0, 0, 0, 0)] * 3 + [(0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)]


def test_todays_own_may_still_be_recorded_and_later_ones_are_not_drawn() -> None:
    assert drawn(history(Line("??+", every=1, last=-2))) == [(0, 0, 0, 0)] * 6
    assert drawn(history(Line("?", last=0)), ago=-1)[-1] == (0, 0, 0, 1)


def test_what_lies_before_the_first_week_is_in_none() -> None:
    for strip in ("-----+", "--?--+", "+++++-"):
        assert drawn(history(strip, last=1), count=2) == drawn(history(strip[-2:], last=1), count=2)
    # Eight days before the first Monday, and the Sunday right before it.
    assert drawn(history(Line("-", last=15), Line("-", last=8)), count=2) == [(0, 0, 0, 0)] * 2


def test_doses_count_like_everything_else() -> None:
    assert drawn(history(dosing("++++---", last=1)))[-2] == (7, 4, 3, 0)


def test_monday_and_sunday_belong_to_the_same_week() -> None:
    record = history(Line("+-", every=6, last=1))
    assert drawn(record)[-2:] == [(2, 1, 1, 0), (0, 0, 0, 0)]
    assert drawn(history(Line("+", last=8)))[-3] == (1, 1, 0, 0)


def flags(record: Record, name: str) -> list[bool]:
    return [getattr(week, name) for week in weeks(record.as_of(TODAY), 4)]


@pytest.mark.parametrize(
    ("pause", "paused"),
    [
        ((14, 8), [False, True, False, False]),
        ((14, 11), [False, True, False, False]),
        ((14, 12), [False, False, False, False]),
        ((10, 1), [False, False, True, False]),
        ((11, None), [False, True, True, True]),
    ],
)
def test_a_week_is_paused_when_four_days_of_it_are(pause: tuple[int, int | None], paused: list[bool]) -> None:
    assert flags(history("+", pauses=[pause]), "paused") == paused


def test_missed_in_a_pause_or_on_a_closed_day_is_not_drawn() -> None:
    record = history("----", pauses=[(14, 14)], closed=[7])
    assert drawn(record, count=4) == [(1, 0, 1, 0), (0, 0, 0, 0), (0, 0, 0, 0), (1, 0, 1, 0)]


def test_weeks_before_admission_and_after_discharge_are_not_in_care() -> None:
    assert flags(history("+", admitted=8), "in_care") == [False, True, True, True]
    assert flags(history("+", discharged=7), "in_care") == [True, True, False, False]
    assert flags(history("+", discharged=6), "in_care") == [True, True, True, False]


def test_the_weeks_add_up_to_the_record() -> None:
    record = history("+-LEw?o", group("--+++??"), dosing("+-" * 20))
    timeline = record.as_of(TODAY)
    read: list[Week] = weeks(timeline)
    missed = timeline.marks.count(b"M") + timeline.marks.count(b"V")
    assert sum(week.missed for week in read) == missed
    assert sum(week.planned - week.attended for week in read) == missed
    assert all(week.rate == Rate(week.attended, week.planned) for week in read)


def test_attended_of_planned_sums_the_last_28_days_of_all() -> None:
    one, two = history("+++++-"), history(Line("+-o?", every=1))
    assert attended_of_planned([of(one)]) == Rate(3, 4)
    assert attended_of_planned([of(two)]) == Rate(1, 2)
    assert attended_of_planned([of(one), of(two)]) == Rate(4, 6)
    assert attended_of_planned([of(one)], days=1) == Rate(0, 1)
    assert attended_of_planned([]) == Rate(0, 0)


@pytest.mark.parametrize(("ago", "seen"), [(0, True), (27, True), (28, False)])
def test_seen_within_28_days(ago: int, seen: bool) -> None:
    assert seen_within(of(history("+", last=ago))) == seen


def test_a_call_is_no_visit_and_nobody_is_seen_who_never_came() -> None:
    assert not seen_within(of(history("---", spoke=[1])))
    assert not seen_within(of(history()))


def test_a_caseload_counts_the_open_episodes_alone() -> None:
    records = [history("++++"), history("----"), history("??????", last=1), history("++++", discharged=2)]
    found = caseload(of(record) for record in records)
    assert (found.clients, found.seen, found.attended, found.unrecorded) == (3, Rate(1, 3), Rate(4, 8), 4)
    assert unrecorded_within(of(records[2]), 7) == 1
    week = caseload([of(record) for record in records], days=7)
    assert (week.clients, week.seen, week.attended, week.unrecorded) == (3, Rate(1, 3), Rate(1, 2), 1)
    assert caseload([of(history("+", last=10))], days=7).seen == Rate(0, 1)


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(1, 3, 33), (2, 3, 67), (1, 8, 13), (0, 5, 0), (5, 5, 100)]
)
def test_a_rate_is_rounded_half_up(part: int, whole: int, percent: int) -> None:
    assert Rate(part, whole).percent == percent


def test_a_rate_of_nothing_is_no_number_and_rates_add_up() -> None:
    assert Rate(0, 0).percent is None
    assert Rate(1, 2) + Rate(3, 4) == Rate(4, 6)
