"""Whom the quick looks spare the rest: they may say yes once too often, but mostly they must say no."""

from __future__ import annotations

import pytest

from clinic.engagement.signs import counselling, doses
from clinic.engagement.signs.baseline import may_fall_short, may_have_fallen, span_of
from clinic.engagement.signs.taking_part import worth_a_look
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record, Timeline
from tests.notation import TODAY, Line, dosing, group, history, medical, meetings, schedule


def of(record: Record) -> Timeline:
    return record.as_of(TODAY)


@pytest.mark.parametrize(
    ("record", "spared"),
    [
        (history(dosing("+" * 30)), True),
        (history(dosing("o?/")), True),
        (history("---", dosing("+" * 30)), True),
        (history(dosing("+" * 30 + "-")), False),
        (history(dosing("-")), False),
        (history(dosing("-" * 3)), False),
        (history(dosing("+" * 30 + "-", last=21)), False),
        (history(dosing("+" * 30 + "-", last=22)), True),
        (history(dosing("+" * 30 + "-" + "+" * 5)), True),
        (history(dosing("+" * 30 + "--" + "+" * 5)), True),
        (history(dosing("+" * 20 + "-+-+-+-+")), False),
        (history(dosing("+" * 20 + "-+-+-+-+", last=6)), False),
        (history(dosing("+" * 20 + "---+", last=13)), True),
        (history(dosing("+" * 20 + "---+", last=10)), False),
        (history(dosing("+" * 20 + "---+", last=11)), True),
        # Missed and taken on one day: it was taken.
        (history(dosing("+" * 30 + "-"), dosing("+", hour=18)), True),
        (history(dosing("+" * 30 + "-"), dosing("+", hour=6)), True),
    ],
)
def test_who_takes_the_doses_is_spared(record: Record, spared: bool) -> None:
    assert doses._may_matter(of(record), DEFAULTS) is not spared


def test_how_many_doses_it_looks_for_is_the_clinics_own() -> None:
    record = history(dosing("+" * 20 + "--+"))
    assert not doses._may_matter(of(record), DEFAULTS)
    assert doses._may_matter(of(record), Thresholds.of({"doses_week": 2}))
    assert doses._may_matter(of(record), Thresholds.of({"doses_fortnight": 2}))


@pytest.mark.parametrize(
    ("record", "spared"),
    [
        (history(), True),
        (history("o?/"), True),
        (history("+"), True),
        (history("-+"), True),
        (history("--L"), True),
        (history("-"), False),
        (history("+-"), False),
        (history("+-o"), False),
        (history("-", Line("+", hour=15)), True),
        (history("-", Line("+", hour=8)), True),
        (history("+-", Line("+", last=0, hour=8)), True),
        (history("+-", Line("+", last=1)), False),
        (history("+-", medical("+", hour=15)), False),
    ],
)
def test_who_came_to_counselling_last_time_is_spared(record: Record, spared: bool) -> None:
    assert counselling._came_last_time(of(record)) is spared


@pytest.mark.parametrize(
    ("record", "spared"),
    [
        (history(group("+" * 9)), True),
        (history(group("+" * 9, took="3" * 9)), True),
        (history(group("+" * 9, took="333332222")), False),
        (history(group("+" * 9, took="333333222")), False),
        (history(group("+" * 9, took="333333322")), False),
        (history(group("+" * 9, took="333333332")), True),
        (history(group("+" * 8, took="33332222")), True),
        (history(group("+" * 9, took="222223333")), True),
        (history(group("++++++EE+")), True),
        (history(group("++++++EEE")), False),
        (history(group("++++++LLL")), False),
        (history(group("++++++hhh")), False),
        (history(group("+++EEE", last=21)), False),
        (history(group("+++EEE", last=22)), True),
        (history(group("+++LLL", last=22)), True),
        (history(group("+++hhh", last=22)), True),
        # With a pause the calendar says too little: every rating is looked at.
        (history(group("+" * 9, took="333332222", last=40)), True),
        (history(group("+" * 9, took="333332222", last=40), pauses=[(39, 1)]), False),
        (history(group("+" * 9, took="333333333", last=40), pauses=[(39, 1)]), True),
    ],
)
def test_who_takes_part_as_ever_is_spared(record: Record, spared: bool) -> None:
    assert worth_a_look(of(record), DEFAULTS) is not spared


@pytest.mark.parametrize(
    ("record", "spared"),
    [
        (history("+" * 20), True),
        (history("+" * 19 + "-"), True),
        (history("+" * 16 + "----"), False),
        (history("+" * 17 + "---"), True),
        (history("+" * 16 + "----", last=60), True),
        (history("+" * 16 + "wwww"), False),
        (history("+" * 16 + "--ww"), False),
        (history("+" * 20, dosing("-" * 9)), True),
        (history("+" * 18 + "--", dosing("-" * 9)), True),
        (history("+" * 18 + "--", group("--")), False),
        (history("+" * 20, meetings("+")), False),
        (history(meetings("+"), "+" * 20), False),
        (history("+" * 20, facts=[schedule("counselling", 4)]), False),
    ],
)
def test_who_missed_too_little_to_have_fallen_is_spared(record: Record, spared: bool) -> None:
    assert may_have_fallen(of(record), DEFAULTS) is not spared


def twice_a_week(*weeks: str, last: int = 4) -> Line:
    """Counselling on the Mondays and Wednesdays of some weeks."""
    return Line("".join(f"{week[0]}.{week[1]}...." for week in weeks), every=1, last=last - 3)


BEFORE = ["++"] * 8


@pytest.mark.parametrize(
    ("recent", "spared"),
    [
        (["++"] * 4, True),
        (["+-"] * 4, False),
        (["--"] * 4, False),
        (["+-", "+-", "+-", "++"], True),
        (["+-", "+-", "+-", "-+"], False),
    ],
)
def test_of_those_who_missed_only_who_falls_short_is_compared(recent: list[str], spared: bool) -> None:
    timeline = of(history(twice_a_week(*BEFORE, *recent), admitted=200))
    span = span_of(timeline, DEFAULTS)
    assert may_fall_short(timeline, DEFAULTS, span) is not spared


@pytest.mark.parametrize(
    ("a_month", "recent", "spared"),
    [
        (8, ["++"] * 4, True),
        (8, ["+o"] * 4, False),
        (8, ["+o", "++", "++", "++"], True),
        (12, ["++"] * 4, False),
        (4, ["+o"] * 4, True),
    ],
)
def test_beside_a_plan_it_is_what_the_plan_asks_for(a_month: int, recent: list[str], spared: bool) -> None:
    record = history(
        twice_a_week(*BEFORE, *recent), admitted=200, facts=[schedule("counselling", a_month, since=200)]
    )
    timeline = of(record)
    assert may_fall_short(timeline, DEFAULTS, span_of(timeline, DEFAULTS)) is not spared
