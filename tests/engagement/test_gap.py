"""The gap since the last attended contact, and how long it may last."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.gap import (
    Plan,
    planned,
    silence_allowed,
    silence_anchor,
    silence_steps,
    tries_since,
)
from clinic.engagement.signs.sign import Of
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Record
from tests.notation import TODAY, Line, day, elsewhere, history, meetings, moment, schedule, tried


@pytest.mark.parametrize(
    ("record", "anchor", "start"),
    [
        (history(admitted=9), "admission", 0),
        (history("-"), "admission", 0),
        (history("+", last=3), "seen:1001", moment(3)),
        (history("++", last=3), "seen:1002", moment(3)),
        (history("+", last=3, spoke=[5]), "seen:1001", moment(3)),
        (history("+", last=3, spoke=[5, 2]), f"spoke:{moment(2, 12)}", moment(2, 12)),
        (history("-", last=3, spoke=[5]), f"spoke:{moment(5, 12)}", moment(5, 12)),
        # A talk at the very moment of the visit is the visit.
        (history(Line("+", last=3, hour=12), spoke=[3]), "seen:1001", moment(3, 12)),
    ],
)
def test_a_silence_begins_with_the_last_contact(record: Record, anchor: str, start: int) -> None:
    assert silence_anchor(record.as_of(TODAY)) == (anchor, start)


def test_the_steps_of_a_silence_are_its_evidence() -> None:
    points = silence_steps(history("+", last=9).as_of(TODAY), 10, 7, 9, 1, 7)
    assert [(point.of, point.day, point.at) for point in points] == [
        (Of.STAY, day(8), moment(8, 0)),
        (Of.STAY, day(2), moment(2, 0)),
        (Of.STAY, day(0), moment(0, 0)),
    ]
    assert [str(point.words) for point in points] == [
        "1 day without contact",
        "7 days without contact",
        "9 days without contact",
    ]
    never = silence_steps(history(admitted=9).as_of(TODAY), 9)
    assert [point.day for point in never] == [day(0)]


@pytest.mark.parametrize(
    ("pauses", "reached"), [([(8, 8)], 0), ([(9, 9)], 1), ([(5, 4)], 0), ([(20, 10)], 1), ([(1, 0)], None)]
)
def test_days_in_a_pause_put_a_step_off(pauses: list[tuple[int, int | None]], reached: int | None) -> None:
    # Nine days of silence; eight of them are reached a day for each paused one later.
    points = silence_steps(history("+", last=9, pauses=pauses).as_of(TODAY), 7)
    expected = {0: {day(1), day(0)}, 1: {day(2)}, None: {day(2)}}[reached]
    assert {point.day for point in points} <= expected and points


@pytest.mark.parametrize(
    ("record", "plan"),
    [
        # Two visits a week in the eight weeks up to the last one.
        (history(Line("+" * 16, every=3, last=5)), Plan(16 * 7 / 56, 4)),
        (history("+" * 8), Plan(1, 7)),
        (history("+" * 8, last=30), Plan(1, 7)),
        (history("+" * 30), Plan(1, 7)),
        (history("+rr+rr++"), Plan(4 * 7 / 56, 14)),
        (history("+" * 8, meetings("+" * 30, every=1, last=1)), Plan(1, 7)),
        (history("+" * 8, facts=[schedule("counselling", 8), schedule("group", 4)]), Plan(3, 2)),
        (history("+" * 8, facts=[schedule("mutual_aid", 28)]), Plan(1, 7)),
        (history("+" * 8, facts=[schedule("counselling", 0)]), Plan(1, 7)),
        # The first four weeks of a stay are read whole.
        (history("+", last=20, admitted=20), Plan(1 * 7 / 21, 21)),
        (history("++", admitted=40, last=10), Plan(2 * 7 / 31, 16)),
        (history(admitted=70), Plan(0, 0)),
    ],
)
def test_what_is_planned_is_read_off_the_plan_or_off_what_was_booked(record: Record, plan: Plan) -> None:
    found = planned(record.as_of(TODAY))
    assert (round(found.a_week, 6), found.interval) == (round(plan.a_week, 6), plan.interval)


@pytest.mark.parametrize(
    ("plan", "allowed"),
    [
        (Plan(3.5, 2), 7),
        (Plan(3, 2), 7),
        (Plan(2.9, 2), 14),
        (Plan(1, 7), 14),
        (Plan(0.26, 27), 14),
        (Plan(0.25, 28), 42),
        (Plan(0.24, 29), 43),
        (Plan(0.2, 30), 45),
        (Plan(0.1, 60), 45),
        (Plan(0, 0), 14),
    ],
)
def test_how_long_a_silence_may_last(plan: Plan, allowed: int) -> None:
    assert silence_allowed(history("+").as_of(TODAY), plan, DEFAULTS) == allowed
    away = history("+", facts=[elsewhere(since=5)]).as_of(TODAY)
    assert silence_allowed(away, plan, DEFAULTS) == 2 * allowed
    back = history("+", facts=[elsewhere(since=5, last=1)]).as_of(TODAY)
    assert silence_allowed(back, plan, DEFAULTS) == allowed
    assert silence_allowed(history("+", admitted=29).as_of(TODAY), plan, DEFAULTS) == 7


@pytest.mark.parametrize(
    ("tries", "said"),
    [
        ([], []),
        ([tried(ago=3, hour=10)], []),
        ([tried(ago=3, hour=11)], ["Tried 1 time since."]),
        ([tried(ago=4), tried(ago=2, number=2), tried(ago=0, number=3)], ["Tried 2 times since."]),
    ],
)
def test_tries_since_the_last_contact_are_said(tries: list[object], said: list[str]) -> None:
    timeline = history("+", last=3, facts=tries).as_of(TODAY)
    assert [str(each) for each in tries_since(timeline)] == said
