"""The tables of docs/evidence.md, from one replay: single rules, orders, and what came of whom.

A table is a title, its column names and its rows. A share stands between 0 and 1, and is None where there is nothing to
divide by.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median, pstdev
from typing import Any, NamedTuple

from clinic.replay.facts import Facts
from clinic.replay.hindsight import Day, Events, Lists, Order, by_list, by_priority, called_first, days
from clinic.replay.lists import Row

HALVINGS = 20
SEED = 94


class Table(NamedTuple):
    """One table as it is printed."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Rule(NamedTuple):
    """One plain rule, and for whom it is asked (`of`)."""

    name: str
    holds: Callable[[Facts], bool]
    of: Callable[[Facts], bool]


def everybody(_facts: Facts) -> bool:
    return True


def on_daily_doses(facts: Facts) -> bool:
    return facts.daily


def never_seen(facts: Facts) -> bool:
    return not facts.seen


RULES = (
    Rule("1 missed", lambda f: f.in_a_row >= 1, everybody),
    Rule("2 missed in a row", lambda f: f.in_a_row >= 2, everybody),
    Rule("3 missed in a row", lambda f: f.in_a_row >= 3, everybody),
    Rule("3 of the last 6 missed", lambda f: f.missed_of_6 >= 3, everybody),
    Rule("half of own earlier rate", lambda f: f.fallen, everybody),
    Rule("not seen for 7 days", lambda f: f.silent >= 7, everybody),
    Rule("not seen for 14 days", lambda f: f.silent >= 14, everybody),
    Rule("not seen for 21 days", lambda f: f.silent >= 21, everybody),
    Rule(
        "1 missed and (2 of the last 4, or first 4 weeks)",
        lambda f: f.in_a_row >= 1 and (f.missed_of_4 >= 2 or f.days <= 28),
        everybody,
    ),
    Rule("no dose for 3 days (daily dosing)", lambda f: f.without_dose >= 3, on_daily_doses),
    Rule("no dose for 7 days (daily dosing)", lambda f: f.without_dose >= 7, on_daily_doses),
    Rule("never seen since admission, 1 missed", lambda f: f.missed >= 1, never_seen),
)


def study_sum(row: Row) -> float:
    """The sum this project began with, as the study of the same data gives it; for comparison only."""
    facts = row.facts
    if facts.daily:
        return min(28, facts.without_dose) + facts.doses_missed + facts.without_session / 7 + 5 * facts.share
    return facts.silent + 20 * facts.share


ORDERS: tuple[tuple[str, Order], ...] = (
    ("last session missed", lambda row: row.facts.in_a_row >= 1),
    ("missed of the last 6", lambda row: row.facts.missed_of_6),
    ("missed in a row", lambda row: row.facts.in_a_row),
    ("days since last session", lambda row: row.facts.without_session),
    ("days since last seen", lambda row: row.facts.silent),
    (
        "sessions only: days since last seen + 20 x share missed",
        lambda row: row.facts.silent + 20 * row.facts.share,
    ),
    ("the same, with its form for daily dosing", study_sum),
    ("priority", by_priority),
    ("the list", by_list),
)


def tables(lists: Lists, events: Events, *, within: int, budget: float) -> list[Table]:
    """All tables, from the lists of one replay."""
    seen = list(days(lists, events, within))
    return [
        _rules(seen, events, within),
        _orders(seen, budget),
        _levels(seen),
        _bands(seen),
        _channels(seen),
        _excuses(seen),
    ]


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def plain(number: float) -> float:
    """A whole number without its point, for 21 and 21.0 are the same day."""
    return int(number) if number == int(number) else round(number, 1)


def _rules(seen: Sequence[Day], events: Events, within: int) -> Table:
    rows = []
    for rule in RULES:
        asked = flagged = happened = right = 0
        first: dict[str, int] = {}
        final: set[str] = set()
        for at in seen:
            for row in at.still:
                if not rule.of(row.facts):
                    continue
                soon, holds = row.record_number in at.soon, rule.holds(row.facts)
                asked += 1
                flagged += holds
                happened += soon
                right += soon and holds
                if soon:
                    final.add(row.record_number)
                    if holds:
                        first.setdefault(row.record_number, (events[row.record_number] - at.day).days)
        rows.append(
            (
                rule.name,
                asked,
                _share(right, happened),
                _share(right, flagged),
                round(100 * flagged / asked, 1) if asked else None,
                _share(len(first), len(final)),
                plain(median(first.values())) if first else None,
            )
        )
    columns = (
        "rule",
        "client-dates",
        "sensitivity",
        "ppv",
        "alerts per 100 a week",
        f"flagged in the last {within} days",
        "median lead, days",
    )
    return Table("Single rules", columns, rows)


def _orders(seen: Sequence[Day], budget: float) -> Table:
    numbers = sorted({row.record_number for at in seen for row in at.still})
    halves = list(_halves(numbers))
    rows: list[tuple[Any, ...]] = [
        (
            "random",
            0.5,
            _share(
                sum(len(at.soon) * at.calls(budget) / len(at.still) for at in seen if at.still),
                sum(len(at.soon) for at in seen),
            ),
            None,
            None,
        )
    ]
    for name, order in ORDERS:
        ordered = [Day(at.day, called_first(at.still, order), at.soon) for at in seen]
        captures = [_capture(ordered, budget, half) for half in halves]
        captured = [each for each in captures if each is not None]
        rows.append(
            (
                name,
                None if order is by_list else _auroc(seen, order),
                _capture(ordered, budget),
                round(fmean(captured), 3) if captured else None,
                round(pstdev(captured), 3) if captured else None,
            )
        )
    columns = ("order", "AUROC", "capture", f"mean of {2 * HALVINGS} halves", "spread")
    return Table("Orders at an equal budget", columns, rows)


def _halves(numbers: Sequence[str]) -> Iterable[frozenset[str]]:
    """Both halves of the clients, drawn anew each time; the same ones in every run."""
    draw = random.Random(SEED)  # noqa: S311 - halves of a sample, not a secret
    for _ in range(HALVINGS):
        shuffled = draw.sample(numbers, len(numbers))
        middle = len(shuffled) // 2
        yield frozenset(shuffled[:middle])
        yield frozenset(shuffled[middle:])


def _capture(ordered: Sequence[Day], budget: float, among: frozenset[str] | None = None) -> float | None:
    caught = happened = 0
    for at in ordered:
        half = at
        if among is not None:
            still = [row for row in at.still if row.record_number in among]
            half = Day(at.day, still, at.soon & among)
        happened += len(half.soon)
        caught += sum(row.record_number in half.soon for row in half.still[: half.calls(budget)])
    return _share(caught, happened)


def _auroc(seen: Sequence[Day], order: Order) -> float | None:
    """How often a client-date with an event in time stands above one without; ties count half."""
    without = sorted(order(row) for at in seen for row in at.still if row.record_number not in at.soon)
    with_event = [order(row) for at in seen for row in at.still if row.record_number in at.soon]
    above = sum(bisect_left(without, value) + bisect_right(without, value) for value in with_event) / 2
    return _share(above, len(without) * len(with_event))


def _levels(seen: Sequence[Day]) -> Table:
    names = ("today", "tomorrow", "two_days", "check_in", "")
    rows_of = [(row.level.value if row.level else "", row, at) for at in seen for row in at.still]
    return _counted(
        "What came of whom, by level",
        ("level",),
        [
            ((name or "no follow-up open",), [(row, at) for level, row, at in rows_of if level == name])
            for name in names
        ],
    )


BANDS = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60)


def _bands(seen: Sequence[Day]) -> Table:
    rows_of = [(row, at) for at in seen for row in at.still]
    parts = []
    for form, daily in (("sessions", False), ("daily dosing", True)):
        for low, high in zip(BANDS, (*BANDS[1:], None), strict=True):
            name = f"{low} and more" if high is None else f"{low} to under {high}"
            part = [
                each
                for each in rows_of
                if each[0].facts.daily is daily
                and each[0].priority >= low
                and (high is None or each[0].priority < high)
            ]
            parts.append(((form, name), part))
    return _counted("What came of whom, by priority", ("form", "priority, days"), parts)


def _channels(seen: Sequence[Day]) -> Table:
    rows_of = [(row, at) for at in seen for row in at.still if row.facts.daily and row.facts.in_a_row]
    parts = [
        ((name,), [each for each in rows_of if low <= each[0].facts.without_dose <= high])
        for name, low, high in (
            ("last session missed, dosed within 2 days", 0, 2),
            ("last session missed, 3 to 13 days without a dose", 3, 13),
            ("last session missed, 14 days and more without a dose", 14, 10**6),
        )
    ]
    return _counted("A live channel (daily dosing)", ("attendance",), parts)


def _excuses(seen: Sequence[Day]) -> Table:
    rows_of = [(row, at) for at in seen for row in at.still]
    parts = [
        ((name,), [each for each in rows_of if each[0].facts.newest == marks])
        for name, marks in (
            ("the two newest sessions kept", "AA"),
            ("the newest excused, the one before kept", "AX"),
            ("the newest missed, the one before kept", "AM"),
        )
    ]
    return _counted("Excuses", ("attendance",), parts)


def _counted(
    title: str,
    names: tuple[str, ...],
    parts: Iterable[tuple[tuple[str, ...], Sequence[tuple[Row, Day]]]],
) -> Table:
    rows: list[tuple[Any, ...]] = [
        (*name, len(part), _share(sum(row.record_number in at.soon for row, at in part), len(part)))
        for name, part in parts
    ]
    return Table(title, (*names, "client-dates", "with an event in time"), rows)
