"""The sessions a rule names: which days, which of them are there, and which may still change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from clinic import recurrence
from clinic.groups import seats
from clinic.models import Closure, Group, Series, Session

WEEKS_AHEAD = 12


def fill(
    series: Series, group: Group, *, on: datetime, through: date, without: Iterable[date] = ()
) -> list[Session]:
    """Make the sessions a rule names and that are not there yet, through a day; one that stands at the very time
    already becomes the rule's. What was made once is never made again. Five statements.
    """
    wanted = moments(series, group, on=on, through=through, without=without)
    series.made_through = max(series.made_through or through, through)
    series.save(update_fields=["made_through"])
    if not wanted:
        return []
    there = set(
        Session.objects.filter(series=series, series_day__in=list(wanted)).values_list(
            "series_day", flat=True
        )
    )
    at_that_time = {
        row.starts_at: row for row in Session.objects.filter(group=group, starts_at__in=list(wanted.values()))
    }
    made, adopted = [], []
    for day, starts_at in wanted.items():
        if day in there:
            continue
        stands = at_that_time.get(starts_at)
        if stands is None:
            made.append(_session(series, group, day, starts_at))
        elif stands.series_id is None:
            stands.series, stands.series_day = series, day
            adopted.append(stands)
    Session.objects.bulk_create(made)
    if adopted:
        Session.objects.bulk_update(adopted, ["series", "series_day"])
    return made + adopted


def pairs_of(
    free: Sequence[Session], wanted: dict[date, datetime], group: Group
) -> list[tuple[Session, date]]:
    """Which session becomes which: the one of the same day, else the next one of the same week."""
    numbers = [row.pk for row in free]
    held = set(
        Session.objects.filter(group=group, starts_at__in=list(wanted.values()))
        .exclude(pk__in=numbers)
        .values_list("starts_at", flat=True)
    )
    days = [day for day in wanted if wanted[day] not in held]
    by_day = {row.series_day: row for row in free}
    pairs = [(by_day[day], day) for day in days if day in by_day]
    taken = {row.pk for row, _day in pairs}
    rest = [day for day in days if day not in by_day]
    for row in free:
        if row.pk in taken or row.series_day is None:
            continue
        week = row.series_day.isocalendar()[:2]
        day = next((each for each in rest if each.isocalendar()[:2] == week), None)
        if day is not None:
            rest.remove(day)
            pairs.append((row, day))
    return pairs


def moments(
    series: Series, group: Group, *, on: datetime, through: date, without: Iterable[date] = ()
) -> dict[date, datetime]:
    """The days a rule names that are still to be made, with their moments; none that is closed or has passed."""
    clinic = group.clinic
    after = max(series.made_through or date.min, clinic.local_day(on) - timedelta(days=1))
    named = recurrence.days(
        series.rule,
        series.starts_on,
        after=after,
        through=through,
        without=[*series.without, *without],
        ended_on=series.ended_on,
    )
    if group.closed_on is not None:
        named = [day for day in named if day < group.closed_on]
    closed = set(Closure.objects.filter(clinic=clinic, day__in=named).values_list("day", flat=True))
    named_at = {day: recurrence.moment(day, series.at, clinic.zone) for day in named if day not in closed}
    return {day: at for day, at in named_at.items() if at > on}


def ahead_of(series: Series, on: datetime, since: date) -> tuple[list[Session], list[Session]]:
    """The sessions ahead of a rule from one of its days on: those that may change, and those that stay."""
    rows = list(
        Session.objects.filter(series=series, series_day__gte=since)
        .filter(Q(starts_at__gt=on) | Q(moved_from__gt=on))
        .order_by("starts_at")
    )
    standing = {row.pk for row in seats.with_a_record(rows)}
    kept = [row for row in rows if row.pk in standing or row.moved_from or row.cancelled_at]
    return [row for row in rows if row not in kept], kept


def _session(series: Series, group: Group, day: date, starts_at: datetime) -> Session:
    return Session(
        group=group,
        starts_at=starts_at,
        minutes=series.minutes,
        mode=series.mode,
        facilitator_id=series.staff_id,
        series=series,
        series_day=day,
    )
