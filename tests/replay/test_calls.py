"""Calls made on paper: who is called, who rests, and what wakes them, with an answer worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from clinic.replay.calls import DRAWS, Calls, by_chance, compared, in_list_order, trial
from clinic.replay.hindsight import days
from clinic.replay.lists import Row
from tests.replay.rows import lists, row, week

NAMES = ("Ann", "Bo", "Cam", "Dot")


def weeks(
    count: int, wakes: Iterable[tuple[str, int]] = (), **missed: Iterable[int]
) -> dict[date, list[Row]]:
    """Four clients, in the same order on every list; `missed` are the weeks with a row of missed sessions."""
    woken = set(wakes)
    return lists(
        row(name, at, wakes=(name, at) in woken, in_a_row=int(at in missed.get(name, ())))
        for at in range(count)
        for name in NAMES
    )


def tried(made: dict[date, list[Row]], events: dict[str, date], rest_days: int) -> Calls:
    return trial(made, events, within=28, budget=0.25, rest_days=rest_days, queue=in_list_order)


def test_without_a_rest_the_first_is_called_every_week() -> None:
    assert tried(weeks(4), {}, 0) == Calls(0, 0, 0, clients=1, calls=4, right=0)


@pytest.mark.parametrize(
    ("rest_days", "clients"),
    [(7, 1), (8, 2), (14, 2), (15, 3), (21, 3), (28, 4)],
)
def test_a_client_called_rests_until_so_many_days_have_passed(rest_days: int, clients: int) -> None:
    """One call a week: within a rest of up to two weeks Bo gets a turn, within three Cam, and so on."""
    done = tried(weeks(6), {}, rest_days)
    assert (done.clients, done.calls) == (clients, 6)


def test_something_new_on_record_ends_a_rest_at_once() -> None:
    assert tried(weeks(2), {}, 14).clients == 2
    assert tried(weeks(2, wakes=[("Ann", 1)]), {}, 14).clients == 1
    assert tried(weeks(2, wakes=[("Bo", 1)]), {}, 14).clients == 2
    # Woken in the second week and called again, Ann rests anew: Bo has the third.
    assert tried(weeks(3, wakes=[("Ann", 1)]), {}, 14).clients == 2


def test_nobody_is_called_who_rests_even_when_the_budget_is_left_over() -> None:
    everybody = trial(weeks(2), {}, within=28, budget=1.0, rest_days=14, queue=in_list_order)
    assert everybody.calls == 4


def test_calls_in_time_for_an_event() -> None:
    """Ann's event comes 28 days after the first call, or a day later."""
    at, over = {"Ann": week(0) + timedelta(days=28)}, {"Ann": week(0) + timedelta(days=29)}
    assert tried(weeks(1), at, 0).in_time == 1
    assert tried(weeks(1), at, 0).right == 1
    assert tried(weeks(1), over, 0).in_time == 0
    assert tried(weeks(1), over, 0).right == 0
    assert tried(weeks(1), over, 0).events == 1
    nobody_left = tried(weeks(1), {"Ann": week(0)}, 0)
    assert (nobody_left.events, nobody_left.clients) == (0, 1), "Bo is called: Ann's event has come"


ROWS = {
    "called in the week the row begins": ([2, 3], 2, 1),
    "called a week later": ([1, 2, 3], 2, 0),
    "an earlier row that ended does not count": ([0, 2, 3], 2, 1),
    "the row goes on since the first week": ([0, 1, 2, 3], 2, 0),
    "nothing missed on any list before the event": ([], 3, 1),
}


@pytest.mark.parametrize(("missed", "called", "by_then"), ROWS.values(), ids=ROWS.keys())
def test_called_by_the_first_missed_week(missed: list[int], called: int, by_then: int) -> None:
    """Dot is last of four; she is called once, in the week `called`."""
    made = weeks(4, Dot=missed)
    events = {"Dot": week(4)}

    def only_then(at):
        return [
            each for each in at.still if each.record_number == ("Dot" if at.day == week(called) else "Ann")
        ]

    done = trial(made, events, within=28, budget=0.25, rest_days=0, queue=only_then)
    assert (done.events, done.in_time, done.by_first_missed) == (1, 1, by_then)


def test_chance_is_the_same_for_the_same_seed_and_calls_everybody_in_the_end() -> None:
    made = weeks(40)
    one, two = (trial(made, {}, within=28, budget=0.25, rest_days=0, queue=by_chance(7)) for _ in range(2))
    assert one == two
    assert one.clients == 4
    queue = by_chance(7)
    orders = {tuple(each.record_number for each in queue(at)) for at in days(weeks(200), {}, 28)}
    assert len(orders) == 24


def test_the_table_sets_the_list_beside_chance_with_and_without_the_rest() -> None:
    made = weeks(8, Ann=[6, 7])
    found = compared(made, {"Ann": week(8)}, within=28, budget=0.25, rest_days=14)
    lines = {line[:2]: dict(zip(found.columns[2:], line[2:], strict=True)) for line in found.rows}
    chance = f"random, mean of {DRAWS} draws"
    assert set(lines) == {
        ("the list", "14 days"),
        ("the list", "none"),
        (chance, "14 days"),
        (chance, "none"),
    }
    alone = lines["the list", "none"]
    assert alone["different clients called"] == 1
    assert alone["calls per client called"] == 8
    assert alone["called by the first missed week"] == alone["called in the last 28 days"] == 1
    assert alone["calls with an event in time"] == 0.5, "the calls of the last four weeks"
    rested = lines["the list", "14 days"]
    assert (rested["different clients called"], rested["calls per client called"]) == (2, 4)
    assert rested["calls with an event in time"] == 0.25
    assert {line["calls"] for line in lines.values()} == {8}
    by_luck = lines[chance, "none"]
    assert 3 < by_luck["different clients called"] <= 4
    assert 0 < by_luck["calls with an event in time"] < 0.5


def test_without_events_or_calls_nothing_is_divided() -> None:
    empty = compared({week(0): []}, {}, within=28, budget=0.25, rest_days=14)
    assert all(line[3:5] == (None, None) for line in empty.rows)
