"""The tables of the evidence page, from rows with an answer worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clinic.engagement.signs.sign import Level
from clinic.replay.tables import ORDERS, RULES, study_sum, tables
from tests.replay.rows import CALM, lists, row, week

RULE = {rule.name: rule for rule in RULES}
ORDER = dict(ORDERS)


def table(title: str, made: dict, events: dict, **more: Any) -> dict[tuple, tuple]:
    """One table as {name: numbers}; the columns before "client-dates" are the name."""
    found = next(
        each for each in tables(made, events, **{"within": 28, "budget": 0.25, **more}) if each.title == title
    )
    assert all(len(line) == len(found.columns) for line in found.rows)
    names = found.columns.index("client-dates") if "client-dates" in found.columns else 1
    return {line[:names]: line[names:] for line in found.rows}


AT_UNDER_OVER: list[tuple[str, dict[str, Any], bool]] = [
    ("1 missed", {"in_a_row": 1}, True),
    ("1 missed", {"in_a_row": 0}, False),
    ("2 missed in a row", {"in_a_row": 2}, True),
    ("2 missed in a row", {"in_a_row": 1}, False),
    ("3 missed in a row", {"in_a_row": 3}, True),
    ("3 missed in a row", {"in_a_row": 2}, False),
    ("3 of the last 6 missed", {"missed_of_6": 3}, True),
    ("3 of the last 6 missed", {"missed_of_6": 2}, False),
    ("half of own earlier rate", {"fallen": True}, True),
    ("half of own earlier rate", {"fallen": False}, False),
    ("not seen for 7 days", {"silent": 7}, True),
    ("not seen for 7 days", {"silent": 6}, False),
    ("not seen for 14 days", {"silent": 14}, True),
    ("not seen for 14 days", {"silent": 13}, False),
    ("not seen for 21 days", {"silent": 21}, True),
    ("not seen for 21 days", {"silent": 20}, False),
    ("1 missed and (2 of the last 4, or first 4 weeks)", {"in_a_row": 1, "missed_of_4": 2}, True),
    ("1 missed and (2 of the last 4, or first 4 weeks)", {"in_a_row": 1, "missed_of_4": 1, "days": 28}, True),
    (
        "1 missed and (2 of the last 4, or first 4 weeks)",
        {"in_a_row": 1, "missed_of_4": 1, "days": 29},
        False,
    ),
    ("1 missed and (2 of the last 4, or first 4 weeks)", {"in_a_row": 0, "missed_of_4": 2}, False),
    ("no dose for 3 days (daily dosing)", {"daily": True, "without_dose": 3}, True),
    ("no dose for 3 days (daily dosing)", {"daily": True, "without_dose": 2}, False),
    ("no dose for 7 days (daily dosing)", {"daily": True, "without_dose": 7}, True),
    ("no dose for 7 days (daily dosing)", {"daily": True, "without_dose": 6}, False),
    ("never seen since admission, 1 missed", {"seen": False, "missed": 1}, True),
    ("never seen since admission, 1 missed", {"seen": False, "missed": 0}, False),
]


@pytest.mark.parametrize(("name", "facts", "holds"), AT_UNDER_OVER)
def test_a_rule_holds_at_its_mark_and_not_under_it(name: str, facts: dict[str, Any], holds: bool) -> None:
    assert RULE[name].of(CALM._replace(**facts))
    assert bool(RULE[name].holds(CALM._replace(**facts))) is holds


def test_some_rules_are_asked_for_some_only() -> None:
    assert not RULE["no dose for 3 days (daily dosing)"].of(CALM)
    assert not RULE["never seen since admission, 1 missed"].of(CALM)


def test_a_rule_by_hand() -> None:
    """Ann has an event 30 days after the first day and is flagged from the second on; Bo never has one."""
    made = lists(
        [
            *(row("Ann", at, in_a_row=at) for at in range(5)),
            *(row("Bo", at, in_a_row=1) for at in range(5)),
            *(row("Cam", at) for at in range(5)),
        ]
    )
    events = {"Ann": week(0) + timedelta(days=30), "Cam": week(0) + timedelta(days=20)}
    # Cam is left out from the event on: 3 client-dates. In time: Ann on days 1 to 4, Cam on 0 to 2.
    asked, sensitivity, ppv, alerts, flagged, lead = table("Single rules", made, events)[("1 missed",)]
    assert asked == 13
    assert sensitivity == pytest.approx(4 / 7, abs=0.001)
    assert ppv == pytest.approx(4 / 9, abs=0.001)
    assert alerts == pytest.approx(100 * 9 / 13, abs=0.05)
    assert flagged == 0.5
    assert lead == 23


def test_the_sum_the_project_began_with() -> None:
    weekly = row("A", silent=9, missed=3, countable=10)
    assert study_sum(weekly) == pytest.approx(9 + 20 * 3.5 / 13.5)
    daily = row("A", daily=True, without_dose=30, doses_missed=7, without_session=14, missed=3, countable=10)
    assert study_sum(daily) == pytest.approx(28 + 7 + 2 + 5 * 3.5 / 13.5)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("last session missed", {"in_a_row": 1}),
        ("missed of the last 6", {"missed_of_6": 1}),
        ("missed in a row", {"in_a_row": 1}),
        ("days since last session", {"without_session": 1}),
        ("days since last seen", {"silent": 1}),
        ("sessions only: days since last seen + 20 x share missed", {"missed": 1}),
        ("the same, with its form for daily dosing", {"silent": 1}),
        ("priority", {"priority": 1.0}),
    ],
)
def test_an_order_puts_more_of_its_fact_first(name: str, more: dict[str, Any]) -> None:
    assert ORDER[name](row("A", **more)) > ORDER[name](row("A"))


def test_orders_by_hand() -> None:
    """Of eight, two have an event. The list has one of them among its two calls, priority both, silence none."""
    made = lists(
        row(
            f"{number}",
            priority={1: 9.0, 5: 8.0}.get(number, 0.0),
            silent={7: 9, 8: 9}.get(number, 1),
        )
        for number in range(1, 9)
    )
    events = {"1": week(1), "5": week(1)}
    orders = table("Orders at an equal budget", made, events)
    assert orders[("random",)][:2] == (0.5, 0.25)
    assert orders[("the list",)][:2] == (None, 0.5)
    assert orders[("priority",)][:2] == (1.0, 1.0)
    # 2 x 6 pairs; each event stands below two of the six and level with four.
    assert orders[("days since last seen",)][:2] == (pytest.approx(4 / 12, abs=0.001), 0.0)
    mean, spread = orders[("priority",)][2:]
    # A half of four gets one call: 1 of 1 where the two events fall apart, 1 of 2 where they fall together.
    assert 0.5 < mean < 1
    assert 0 < spread <= 0.25


def test_the_halves_are_the_same_in_every_run() -> None:
    made = lists(row(f"{number:02}", priority=float(number % 14 == 0)) for number in range(40))
    events = {f"{number:02}": week(1) for number in range(0, 40, 7)}
    once, twice = (table("Orders at an equal budget", made, events) for _ in range(2))
    assert once == twice
    assert once[("priority",)][3] > 0


def test_what_came_of_whom() -> None:
    made = lists(
        [
            row("A", level=Level.TODAY, priority=20.0, newest="AM"),
            row("B", level=Level.TODAY, priority=19.9, newest="AX"),
            row("C", priority=60.0, newest="AX", daily=True, in_a_row=1, without_dose=2),
            row("D", priority=4.9, daily=True, in_a_row=1, without_dose=3),
            row("E", priority=5.0, daily=True, in_a_row=1, without_dose=13),
            row("F", priority=0.0, daily=True, in_a_row=1, without_dose=14),
            row("G", priority=0.0, daily=True, in_a_row=0, without_dose=14),
        ]
    )
    events = {"A": week(1), "C": week(1), "D": week(1)}
    by_level = table("What came of whom, by level", made, events)
    assert by_level[("today",)] == (2, 0.5)
    assert by_level[("no follow-up open",)] == (5, 0.4)
    assert by_level[("two_days",)] == (0, None)
    bands = table("What came of whom, by priority", made, events)
    assert bands[("sessions", "20 to under 25")] == (1, 1.0)
    assert bands[("sessions", "15 to under 20")] == (1, 0.0)
    assert bands[("daily dosing", "60 and more")] == (1, 1.0)
    assert bands[("daily dosing", "0 to under 5")] == (3, pytest.approx(1 / 3, abs=0.001))
    assert bands[("daily dosing", "5 to under 10")] == (1, 0.0)
    assert sum(numbers[0] for numbers in bands.values()) == 7
    live = table("A live channel (daily dosing)", made, events)
    assert live[("last session missed, dosed within 2 days",)] == (1, 1.0)
    assert live[("last session missed, 3 to 13 days without a dose",)] == (2, 0.5)
    assert live[("last session missed, 14 days and more without a dose",)] == (1, 0.0)
    excuses = table("Excuses", made, events)
    assert excuses[("the newest excused, the one before kept",)] == (2, 0.5)
    assert excuses[("the newest missed, the one before kept",)] == (1, 1.0)
    assert excuses[("the two newest sessions kept",)] == (4, 0.25)


def test_tables_of_nobody_divide_by_nothing() -> None:
    for made in ({week(0): []}, lists([row("A")])):
        for each in tables(made, {}, within=28, budget=0.1):
            assert each.rows
