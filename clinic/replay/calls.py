"""Calls made on paper: who would have been called week by week, with and without the rest after a contact.

Each as-of day the budget of all still in care is called from those not resting, in an order. With the rest, a client
called rests for some days, as one reached does in the product; something new on record ends it at once (`Row.wakes`).
Nothing here says what a call changes: the attendance is what it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from statistics import fmean

from clinic.replay.hindsight import Day, Events, Lists, by_list, called_first, days
from clinic.replay.lists import Row
from clinic.replay.tables import Table, plain

DRAWS = 20
SEED = 94
Queue = Callable[[Day], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Calls:
    """What one trial came to. `events` are the clients with an event who were on a list before it.

    `by_first_missed` of them were called by the first as-of day of the row of missed sessions that led to it;
    `in_time` were called within so many days before it. `clients` were called at all, in `calls` calls, `right` of
    which had an event in time.
    """

    events: float
    by_first_missed: float
    in_time: float
    clients: float
    calls: float
    right: float


def trial(lists: Lists, events: Events, *, within: int, budget: float, rest_days: int, queue: Queue) -> Calls:
    """Call week by week those who do not rest, in the order `queue` puts them in. With 0 `rest_days` nobody rests."""
    called: dict[str, list[date]] = {}
    rests_until: dict[str, date] = {}
    row_began: dict[str, date | None] = {}
    last_listed: dict[str, date] = {}
    right = 0
    for at in days(lists, events, within):
        for row in at.still:
            number = row.record_number
            if row.wakes:
                rests_until.pop(number, None)
            last_listed[number] = at.day
            if row.facts.in_a_row == 0:
                row_began[number] = None
            elif row_began.get(number) is None:
                row_began[number] = at.day
        awake = [row for row in queue(at) if rests_until.get(row.record_number, at.day) <= at.day]
        for row in awake[: at.calls(budget)]:
            called.setdefault(row.record_number, []).append(at.day)
            rests_until[row.record_number] = at.day + timedelta(days=rest_days)
            right += row.record_number in at.soon
    happened = [number for number in last_listed if number in events]
    by_first_missed = in_time = 0
    for number in happened:
        calls = called.get(number, [])
        # Nothing missed yet on the last day they were listed: the row came after it, so all calls came before.
        began = row_began[number] or last_listed[number]
        by_first_missed += bool(calls) and calls[0] <= began
        in_time += any(events[number] - timedelta(days=within) <= day for day in calls)
    return Calls(
        events=len(happened),
        by_first_missed=by_first_missed,
        in_time=in_time,
        clients=len(called),
        calls=sum(map(len, called.values())),
        right=right,
    )


def by_chance(seed: int) -> Queue:
    """A queue in random order, drawn anew each day; the same one for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - a control, not a secret

    def queue(at: Day) -> Sequence[Row]:
        return draw.sample(at.still, len(at.still))

    return queue


def in_list_order(at: Day) -> Sequence[Row]:
    return called_first(at.still, by_list)


def compared(lists: Lists, events: Events, *, within: int, budget: float, rest_days: int) -> Table:
    """The list and a random order (mean of several draws), each with and without the rest."""
    rows = []
    for name, draws in (("the list", 0), (f"random, mean of {DRAWS} draws", DRAWS)):
        for rests, length in ((f"{rest_days} days", rest_days), ("none", 0)):
            queues = [by_chance(SEED + draw) for draw in range(draws)] or [in_list_order]
            trials = [
                trial(lists, events, within=within, budget=budget, rest_days=length, queue=queue)
                for queue in queues
            ]
            mean = Calls(*map(fmean, zip(*map(astuple, trials), strict=True)))
            rows.append(
                (
                    name,
                    rests,
                    plain(mean.events),
                    _share(mean.by_first_missed, mean.events),
                    _share(mean.in_time, mean.events),
                    plain(mean.clients),
                    plain(mean.calls),
                    _ratio(mean.calls, mean.clients),
                    _share(mean.right, mean.calls),
                )
            )
    columns = (
        "order",
        "rest",
        "clients with an event",
        "called by the first missed week",
        f"called in the last {within} days",
        "different clients called",
        "calls",
        "calls per client called",
        "calls with an event in time",
    )
    return Table("Calls week by week", columns, rows)


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 2) if whole else None
