"""The lists of earlier days against what came to pass: how many of the events lay among the first of the list.

The protocol stands in docs/evidence.md. A client is left out from the day of their event on; an event counts for a day
when it follows within so many days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from clinic.replay.lists import Row

Lists = Mapping[date, Sequence[Row]]
Events = Mapping[str, date]
Order = Callable[[Row], float]


@dataclass(frozen=True, slots=True)
class Day:
    """Those still without an event on one day, and who of them has one in time."""

    day: date
    still: list[Row]
    soon: frozenset[str]

    def calls(self, budget: float) -> int:
        """How many the budget allows, rounded up: a caseload of five gets a call too."""
        # 0.07 of 100 is 7.000000000000001 to a float, and nobody gets an eighth call for that.
        return math.ceil(round(len(self.still) * budget, 6))


def days(lists: Lists, events: Events, within: int) -> Iterator[Day]:
    """Each as-of day, with those still in care without an event."""
    for day, rows in lists.items():
        still = [row for row in rows if events.get(row.record_number, date.max) > day]
        last = day + timedelta(days=within)
        soon = frozenset(
            row.record_number for row in still if events.get(row.record_number, date.max) <= last
        )
        yield Day(day, still, soon)


def called_first(rows: Sequence[Row], order: Order) -> list[Row]:
    """The rows in an order, the highest first; of equals the lower record number."""
    return sorted(rows, key=lambda row: (-order(row), row.record_number))


def by_list(row: Row) -> float:
    return -row.position


def by_priority(row: Row) -> float:
    return row.priority


def by_silence(row: Row) -> float:
    return row.facts.silent


def by_row_missed(row: Row) -> float:
    return row.facts.in_a_row


@dataclass(frozen=True, slots=True)
class Score:
    """How an order does against what came to pass. Source of the protocol: evidence, "Capture"."""

    dates: int
    client_dates: int
    events: int
    caught: int
    capture: float | None
    priority_alone: float | None
    days_silent_alone: float | None
    missed_in_a_row_alone: float | None
    random: float | None
    raised: int
    raised_per_100_clients_a_week: float | None
    ppv: float | None
    median_lead_days: float | None


def score(lists: Lists, events: Events, *, within: int, budget: float, every: int) -> Score:
    """Of the events within `within` days after each date, how many lie among the first `budget` share of those still
    without one. Newly raised follow-ups are those that first reach "within two days" or higher; `ppv` is the share of
    them with an event in time, `median_lead_days` the days from the first such raise to the event.
    """
    orders: dict[str, Order] = {
        "list": by_list,
        "priority": by_priority,
        "silent": by_silence,
        "in_a_row": by_row_missed,
    }
    caught = dict.fromkeys((*orders, "random"), 0.0)
    happened = client_dates = raised = right = 0
    leads: dict[str, int] = {}
    for at in days(lists, events, within):
        client_dates += len(at.still)
        happened += len(at.soon)
        calls = at.calls(budget)
        for name, order in orders.items():
            caught[name] += sum(row.record_number in at.soon for row in called_first(at.still, order)[:calls])
        caught["random"] += len(at.soon) * calls / len(at.still) if at.still else 0
        for row in at.still:
            if row.newly:
                raised += 1
                right += row.record_number in at.soon
                if row.record_number in events:
                    leads.setdefault(row.record_number, (events[row.record_number] - at.day).days)

    def share(part: float) -> float | None:
        return round(part / happened, 4) if happened else None

    weeks = client_dates * every / 7
    return Score(
        dates=len(lists),
        client_dates=client_dates,
        events=happened,
        caught=int(caught["list"]),
        capture=share(caught["list"]),
        priority_alone=share(caught["priority"]),
        days_silent_alone=share(caught["silent"]),
        missed_in_a_row_alone=share(caught["in_a_row"]),
        random=share(caught["random"]),
        raised=raised,
        raised_per_100_clients_a_week=round(100 * raised / weeks, 2) if weeks else None,
        ppv=round(right / raised, 3) if raised else None,
        median_lead_days=median(leads.values()) if leads else None,
    )
