"""Scores with an answer worked out by hand."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from clinic.engagement.signs.sign import Level
from clinic.replay.hindsight import called_first, days, score
from tests.replay.rows import lists, row, week

# Ten clients on two days. Ada's event lies 10 days after the first day, Ben's 28, Cy's 29; Dee's was before.
EVENTS = {
    "Ada": week(0).replace(day=11),
    "Ben": week(0).replace(day=29),
    "Cy": week(0).replace(day=30),
    "Dee": week(0),
}
NAMES = ("Ada", "Ben", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal", "Ida", "Jim")


def two_days() -> dict:
    rows = []
    for at in (0, 1):
        # The list has Eve first, then Ada; the priority has Ben first; silence Ada; the row of missed sessions Flo.
        order = ("Eve", "Ada", "Ben", "Cy", "Dee", "Flo", "Gus", "Hal", "Ida", "Jim")
        for name in NAMES:
            rows.append(
                row(
                    name,
                    at,
                    level=Level.TODAY if name in ("Eve", "Ada") else None,
                    priority={"Ben": 30.0, "Ada": 20.0}.get(name, 1.0),
                    newly=(name in ("Eve", "Ada") and at == 0) or (name == "Cy" and at == 1),
                    silent={"Ada": 9, "Ben": 8}.get(name, 0),
                    in_a_row=2 if name == "Flo" else 0,
                    position=order.index(name) + 1,
                )
            )
    return lists(rows)


def test_every_figure_by_hand() -> None:
    # Day 0: nine without an event (Dee's is that day), Ada and Ben have one within 28 days; 2 are called.
    # Day 1: nine again (Ada's is 3 days on), Ada, Ben and Cy have one; 2 are called.
    assert asdict(score(two_days(), EVENTS, within=28, budget=0.2, every=7)) == {
        "dates": 2,
        "client_dates": 18,
        "events": 5,
        "caught": 2,  # Eve and Ada are called twice
        "capture": 0.4,
        "priority_alone": 0.8,  # Ben and Ada twice
        "days_silent_alone": 0.8,
        "missed_in_a_row_alone": 0.4,  # Flo, then Ada before the other zeros
        "random": 0.2222,  # 2 of 9 called
        "raised": 3,
        "raised_per_100_clients_a_week": 16.67,  # 3 in 18 client-weeks
        "ppv": 0.667,  # Ada and Cy, not Eve
        "median_lead_days": 16,  # Ada 10, Cy 22
    }


@pytest.mark.parametrize(("within", "happened"), [(9, 1), (10, 2), (27, 4), (28, 5), (29, 6)])
def test_the_last_day_of_the_horizon_counts(within: int, happened: int) -> None:
    assert score(two_days(), EVENTS, within=within, budget=0.2, every=7).events == happened


@pytest.mark.parametrize(("budget", "calls"), [(0.1, 1), (0.11, 1), (0.12, 2), (1 / 3, 3), (1, 9)])
def test_the_budget_is_rounded_up(budget: float, calls: int) -> None:
    assert next(days(two_days(), EVENTS, 28)).calls(budget) == calls


def test_a_budget_of_whole_calls_gets_no_extra_one() -> None:
    hundred = lists(row(f"{number:03}") for number in range(100))
    assert next(days(hundred, {}, 28)).calls(0.07) == 7


def test_of_equals_the_lower_record_number_is_called_first() -> None:
    rows = [row("B"), row("A"), row("C", priority=1.0)]
    assert [each.record_number for each in called_first(rows, lambda each: each.priority)] == ["C", "A", "B"]


def test_without_events_there_is_nothing_to_divide_by() -> None:
    nobody = score(two_days(), {}, within=28, budget=0.2, every=7)
    assert (nobody.events, nobody.capture, nobody.random, nobody.median_lead_days) == (0, None, None, None)
    empty = score({week(0): []}, {}, within=28, budget=0.2, every=7)
    assert (empty.raised_per_100_clients_a_week, empty.ppv) == (None, None)


def test_a_step_of_a_fortnight_halves_what_is_raised_a_week() -> None:
    assert score(two_days(), EVENTS, within=28, budget=0.2, every=14).raised_per_100_clients_a_week == 8.33
