"""History replayed without look-ahead: what the list would have said on earlier days, without touching a follow-up.

Every as-of day sees only what had taken place by its end; later appointments are booked with their outcome unknown.
Findings are raised, settled and withdrawn in memory by the same plan as in the daily sweep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from clinic import histories
from clinic.engagement import triage
from clinic.engagement.plan import Plan, Standing, facts_of, plan_on
from clinic.engagement.signs.sign import Finding, Level, Thresholds, highest
from clinic.engagement.timeline import Record
from clinic.models import Clinic, Episode

SHARD = 500
Progress = Callable[[int], None]


@dataclass(slots=True)
class Row:
    """One open episode on one as-of day. `level` is None without an open sign; `newly` when its follow-up first reached
    "within two days" or higher on this day. `position` 1 is the first of the list.
    """

    as_of: date
    record_number: str
    level: Level | None
    priority: float
    silent: int
    signs: tuple[str, ...]
    newly: bool
    position: int = 0


def days_between(first: date, last: date, every: int) -> list[date]:
    """The as-of days. Raises ValueError when `last` lies before `first` or `every` is not positive."""
    if every < 1:
        raise ValueError("The step must be at least one day.")
    if last < first:
        raise ValueError("The last day lies before the first.")
    return [first + timedelta(days=step) for step in range(0, (last - first).days + 1, every)]


def replay(
    clinic: Clinic, days: Sequence[date], thresholds: Thresholds, progress: Progress
) -> dict[date, list[Row]]:
    """The list of each day, in its order: clients with an open sign as on the list, the rest by priority."""
    lists: dict[date, list[Row]] = {day: [] for day in days}
    numbers = dict(
        Episode.objects.filter(clinic=clinic, admitted_on__lte=days[-1])
        .order_by("pk")
        .values_list("pk", "client__record_number")
    )
    episodes = list(numbers)
    ends = histories.local_days(clinic.time_zone)
    for at in range(0, len(episodes), SHARD):
        part = episodes[at : at + SHARD]
        for record in histories.records(clinic, part):
            for row in _one(record, numbers[record.episode], days, ends, thresholds):
                lists[row.as_of].append(row)
        progress(len(part))
    for rows in lists.values():
        rows.sort(key=_place)
        for position, row in enumerate(rows, 1):
            row.position = position
    return lists


def _place(row: Row) -> tuple[int, float, str]:
    return (row.level.rank if row.level else len(Level), -row.priority, row.record_number)


def _one(
    record: Record, number: str, days: Sequence[date], ends: Mapping[int, int], thresholds: Thresholds
) -> Iterator[Row]:
    standing: dict[int, Standing] = {}
    pressing = False
    for day in days:
        today = day.toordinal()
        timeline = record.as_of(today)
        if not timeline.is_open:
            continue
        made = plan_on(timeline, list(standing.values()), thresholds)
        _apply(made, standing, today, ends[today], facts_of(record, today, thresholds))
        level = triage.lifted(highest(made.levels), timeline, thresholds) if made.levels else None
        now_pressing = level is not None and level.rank <= Level.TWO_DAYS.rank
        yield Row(
            as_of=day,
            record_number=number,
            level=level,
            priority=triage.priority(timeline),
            silent=timeline.days_since(timeline.last_attended),
            signs=tuple(sorted({each.sign for each in standing.values() if each.handled_to is None})),
            newly=now_pressing and not pressing,
        )
        pressing = now_pressing


def _apply(made: Plan, standing: dict[int, Standing], today: int, end: int, facts: int) -> None:
    for number in (*made.settled, *made.withdrawn, *made.ended):
        standing[number] = standing[number]._replace(handled_to=end, withdrawn=number in made.withdrawn)
    for number, finding in made.strengthened:
        standing[number] = _standing(number, finding, today, standing[number].anchor, facts)
    for number, finding in made.revised:
        before = standing[number]
        standing[number] = _standing(number, finding, before.judged_on, before.anchor, None)
    for finding in made.raised:
        number = len(standing) + 1
        standing[number] = _standing(number, finding, today, finding.anchor, facts)


def _standing(number: int, finding: Finding, today: int, anchor: str, facts: int | None) -> Standing:
    return Standing(
        id=number,
        sign=finding.sign,
        anchor=anchor,
        level=finding.level,
        judged_on=today,
        evidence=finding.evidence_ids,
        last_missed=finding.last_missed,
        counts_from=finding.counts_from,
        facts=facts,
    )


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
    random: float | None
    raised: int
    raised_per_100_clients_a_week: float | None
    ppv: float | None
    median_lead_days: float | None


def score(
    lists: Mapping[date, Sequence[Row]], events: Mapping[str, date], *, within: int, budget: float, every: int
) -> Score:
    """Of the events within `within` days after each date, how many lie among the first `budget` share of those still
    without one. Newly raised follow-ups are those that first reach "within two days" or higher; `ppv` is the share of
    them with an event in time, `median_lead_days` the days from the first such raise to the event.
    """
    caught = dict.fromkeys(("list", "priority", "silent", "random"), 0.0)
    happened = client_dates = raised = right = 0
    leads: dict[str, int] = {}
    for day, rows in lists.items():
        still = [row for row in rows if events.get(row.record_number, date.max) > day]
        client_dates += len(still)
        soon = {
            row.record_number
            for row in still
            if events.get(row.record_number, date.max) <= day + timedelta(days=within)
        }
        happened += len(soon)
        calls = math.ceil(len(still) * budget)
        orders = {
            "list": sorted(still, key=lambda row: row.position),
            "priority": sorted(still, key=lambda row: (-row.priority, row.record_number)),
            "silent": sorted(still, key=lambda row: (-row.silent, row.record_number)),
        }
        for name, order in orders.items():
            caught[name] += sum(row.record_number in soon for row in order[:calls])
        caught["random"] += len(soon) * calls / len(still) if still else 0
        for row in still:
            if row.newly:
                raised += 1
                right += row.record_number in soon
                if row.record_number in events:
                    leads.setdefault(row.record_number, (events[row.record_number] - day).days)

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
        random=share(caught["random"]),
        raised=raised,
        raised_per_100_clients_a_week=round(100 * raised / weeks, 2) if weeks else None,
        ppv=round(right / raised, 3) if raised else None,
        median_lead_days=median(leads.values()) if leads else None,
    )
