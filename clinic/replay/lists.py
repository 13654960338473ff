"""History replayed without look-ahead: what the list would have said on earlier days, without touching a follow-up.

Every as-of day sees only what had taken place by its end; later appointments are booked with their outcome unknown.
Findings are raised, settled and withdrawn in memory by the same plan as in the daily sweep; what only a person closes,
`_confirm` closes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clinic import histories
from clinic.engagement import triage
from clinic.engagement.plan import Plan, Standing, facts_of, plan_on
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Finding, Kind, Level, Settles, highest
from clinic.engagement.signs.thresholds import Thresholds, in_force
from clinic.engagement.timeline import Record, Timeline
from clinic.histories.packing import local_days
from clinic.models import Clinic, Episode
from clinic.replay.facts import Facts, facts_seen

SHARD = 500
BY_A_PERSON = (Settles.PERSON, Settles.MEDICAL)
Progress = Callable[[int], None]


@dataclass(slots=True)
class Row:
    """One open episode on one as-of day. `level` is that of its follow-up about disengagement, None when none is open;
    good news and upkeep are not calls. `newly`: it first reached "within two days" or higher on this day; `wakes`:
    something new happened, which ends a rest. `signs` are all that stand open. `position` 1 is the first of the list.
    """

    as_of: date
    record_number: str
    level: Level | None
    priority: float
    signs: tuple[str, ...]
    newly: bool
    wakes: bool
    facts: Facts
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
    """The list of each day: clients with a follow-up about disengagement in its order, then the rest by priority."""
    lists: dict[date, list[Row]] = {day: [] for day in days}
    numbers = dict(
        Episode.objects.filter(clinic=clinic, admitted_on__lte=days[-1])
        .order_by("pk")
        .values_list("pk", "client__record_number")
    )
    episodes = list(numbers)
    ends = local_days(clinic.time_zone)
    for at in range(0, len(episodes), SHARD):
        part = episodes[at : at + SHARD]
        for record in histories.records(clinic, part):
            for row in rows_of(record, numbers[record.episode], days, ends, thresholds):
                lists[row.as_of].append(row)
        progress(len(part))
    for rows in lists.values():
        rows.sort(key=_place)
        for position, row in enumerate(rows, 1):
            row.position = position
    return lists


def _place(row: Row) -> tuple[int, float, str]:
    return (row.level.rank if row.level else len(Level), -row.priority, row.record_number)


def rows_of(
    record: Record, number: str, days: Sequence[date], ends: Mapping[int, int], thresholds: Thresholds
) -> Iterator[Row]:
    """One episode on each of the days on which it is open. `ends` gives the second at which a day's ordinal ends."""
    standing: dict[int, Standing] = {}
    pressing = False
    for day in days:
        today = day.toordinal()
        timeline = record.as_of(today)
        if not timeline.is_open:
            continue
        own = in_force(timeline, thresholds)
        _confirm(timeline, standing, ends[today], own)
        made = plan_on(timeline, list(standing.values()), own)
        _apply(made, standing, today, ends[today], facts_of(record, today, own))
        levels = [each for kind, each in made.open_levels if kind is Kind.DISENGAGEMENT]
        level = triage.lifted(highest(levels), timeline, own) if levels else None
        now_pressing = level is not None and level.rank <= Level.TWO_DAYS.rank
        yield Row(
            as_of=day,
            record_number=number,
            level=level,
            priority=triage.priority(timeline),
            signs=tuple(sorted({each.sign for each in standing.values() if each.handled_to is None})),
            newly=now_pressing and not pressing,
            wakes=Kind.DISENGAGEMENT in made.wakes,
            facts=facts_seen(timeline),
        )
        pressing = now_pressing


def _confirm(timeline: Timeline, standing: dict[int, Standing], end: int, thresholds: Thresholds) -> None:
    """Close what only a person closes once its sign reads nothing any more and the client has been seen since.

    In a replay there is nobody to confirm it: left open, three doses missed in January would be for today in May.
    """
    for number, finding in standing.items():
        sign = BY_CODE[finding.sign]
        if finding.handled_to is not None or sign.settles not in BY_A_PERSON:
            continue
        read = sign.find(timeline, thresholds)
        if timeline.attended_after(finding.counts_from) and not any(map(finding.is_same_as, read)):
            standing[number] = finding._replace(handled_to=end)


def _apply(made: Plan, standing: dict[int, Standing], today: int, end: int, facts: int) -> None:
    for number in (*made.settled, *made.withdrawn, *made.ended):
        standing[number] = standing[number]._replace(handled_to=end, withdrawn=number in made.withdrawn)
    for number, finding in made.strengthened:
        standing[number] = _standing(number, finding, today, standing[number], facts)
    for number, finding in made.revised:
        before = standing[number]
        standing[number] = _standing(number, finding, before.judged_on, before, None)
    for finding in made.raised:
        number = len(standing) + 1
        standing[number] = _standing(number, finding, today, None, facts)


def _standing(
    number: int, finding: Finding, today: int, before: Standing | None, facts: int | None
) -> Standing:
    return Standing(
        id=number,
        sign=finding.sign,
        anchor=before.anchor if before else finding.anchor,
        level=finding.level,
        judged_on=today,
        evidence=finding.evidence_ids,
        last_missed=finding.last_missed,
        counts_from=finding.counts_from,
        facts=facts,
        raised_on=before.raised_on if before else today,
    )
