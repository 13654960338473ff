"""Moving what is booked: one appointment, or several of a series. What is recorded, and what has begun, is never
touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import deeds, recurrence
from clinic.booking import preview
from clinic.booking.cancelling import ONE, ahead, series_of, take_off
from clinic.booking.checks import Wanted, check_movable, wrong_rule
from clinic.booking.one import fresh, lock
from clinic.booking.preview import Preview
from clinic.models import Appointment, Series, Staff

KEEP: Final[Any] = object()  # says of the staff that it stays who it is; None is nobody


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving would make: `plan` as for any booking, and of each appointment its new day of the rule and moment;
    `off` are those whose new day cannot be booked.
    """

    plan: Preview
    it: Wanted
    rows: tuple[tuple[Appointment, date | None, datetime], ...]
    off: tuple[Appointment, ...] = ()
    new: Series | None = None
    first: date | None = None


def move(
    appointment: Appointment,
    *,
    by: Staff,
    on: datetime,
    starts_at: datetime,
    scope: str = ONE,
    version: int,
    minutes: int | None = None,
    staff: Staff | None = KEEP,
    mode: str | None = None,
    despite: bool = False,
) -> Appointment:
    """Move an appointment that lies ahead, or change how long it takes, with whom and how. `scope` says what else
    moves: "one" nothing, "following" those after it in its series, "all" every one of the series that lies ahead. The
    others move by as many days, to the same hour; one that somebody has moved by itself stays where it is.

    Where a new day is closed or paused its appointment is taken off. Raises ValidationError as `book`, at `scope`
    without a series, at `version` with code CONFLICT when the appointment has changed meanwhile.
    """
    try:
        _move(
            appointment,
            by=by,
            on=on,
            starts_at=starts_at,
            scope=scope,
            version=version,
            minutes=minutes,
            staff=staff,
            mode=mode,
            despite=despite,
        )
    except IntegrityError:  # a time at which one that was taken off, and has a history, still stands
        raise ValidationError({"starts_at": _("One of these times is taken. Choose another.")}) from None
    return fresh(appointment)


def _move(appointment: Appointment, *, by: Staff, on: datetime, despite: bool, **what: Any) -> None:
    scope, staff = what["scope"], what["staff"]
    with deeds.on_episode(appointment.episode, "move", by=by, on=on) as done:
        row = fresh(appointment)
        lock(row.episode, staff if staff is not KEEP else row.staff)
        found = what_moves(row, on=on, **what)
        done.of(f"appointment:{row.uid}", scope=scope, moved=len(found.rows), off=len(found.off))
        if scope == ONE and _same(row, found):
            done.changed_nothing()
            return
        found.plan.allow(despite)
        _store(row, found, by, on)


def what_moves(
    row: Appointment,
    *,
    on: datetime,
    starts_at: datetime,
    scope: str,
    version: int,
    minutes: int | None = None,
    staff: Staff | None = KEEP,
    mode: str | None = None,
) -> Moved:
    """What `move` would make, without making it; `row` as `fresh` reads it. Raises as `move`."""
    check_movable(row, version, on)
    series = series_of(row, scope)
    if row.starts_at <= on:
        raise ValidationError({"version": _("It has begun already. Say on the day sheet what became of it.")})
    it = Wanted(
        row.channel,
        row.minutes if minutes is None else minutes,
        row.staff if staff is KEEP else staff,
        row.purpose,
        row.mode if mode is None else mode,
    )
    if series is None:
        plan = preview.of_one(row.episode, it, starts_at, on=on, ignore={row.pk})
        return Moved(plan, it, ((row, row.series_day, starts_at),))
    return _several(row, series, it, starts_at, scope, on)


def _several(
    row: Appointment, series: Series, it: Wanted, starts_at: datetime, scope: str, on: datetime
) -> Moved:
    """Those of a series that move along, each with its new day: the first day of the rule becomes the first day of the
    new one, the second the second.
    """
    zone, clinic = row.clinic.zone, row.clinic
    from_day = row.series_day or series.starts_on
    rows = ahead(series, row, scope, on)
    day, at = clinic.local_day(starts_at), starts_at.astimezone(zone).time()
    first = min(each.series_day for each in rows if each.series_day)
    new_start = first + (day - from_day)
    try:
        rule = recurrence.started_anew(series.rule, series.starts_on, at=first, new_start=new_start)
    except recurrence.WrongRule as error:
        raise wrong_rule(error) from None
    far = max(each.series_day for each in rows if each.series_day)
    far = max(far, series.made_through or first, series.ended_on or first)
    before = first - timedelta(days=1)
    old_days = recurrence.days(series.rule, series.starts_on, after=before, through=far)
    spare = timedelta(days=62) + abs(day - from_day)
    new_days = recurrence.days(rule, new_start, through=far + spare)
    turned = dict(zip(old_days, new_days))
    alone = [each for each in rows if each.pk != row.pk and _moved_by_itself(each, series, zone)]
    along = [each for each in rows if each not in alone and each.series_day in turned]
    wanted = [(turned[each.series_day], turned[each.series_day]) for each in along if each.series_day]
    plan = preview.of_days(
        row.episode, it, wanted, at, on=on, ignore={each.pk for each in rows} - {each.pk for each in alone}
    )
    if plan.moments[0] <= on:
        raise ValidationError(
            {"starts_at": _("The first of them would lie in the past. Choose a later day.")}
        )
    moment_of = dict(zip(plan.days, plan.moments, strict=True))
    new_day = {each.pk: turned[each.series_day] for each in rows if each.series_day in turned}
    kept: list[tuple[Appointment, date | None, datetime]] = [
        (each, new_day[each.pk], moment_of[new_day[each.pk]])
        for each in along
        if new_day[each.pk] in moment_of
    ]
    kept += [(each, new_day.get(each.pk), each.starts_at) for each in alone]
    off = [each for each in rows if each.pk not in {moved.pk for moved, _day, _at in kept}]
    if row in off:  # the one that somebody is looking at must not vanish
        why = next((each.why for each in plan.skipped if each.day == day), "")
        raise ValidationError({"starts_at": why or _("Choose another day.")})
    made = [new for old, new in turned.items() if series.made_through is None or old <= series.made_through]
    made_through = max(made, default=series.made_through)
    ended_on = series.ended_on  # one that has ended must not come back to life
    if ended_on is not None:
        ended_on = turned.get(ended_on, ended_on + (new_start - first))
        made_through = min(made_through or ended_on, ended_on)
    new = Series(
        clinic=clinic,
        episode=row.episode,
        rule=rule,
        starts_on=new_start,
        at=at,
        minutes=it.minutes,
        mode=it.mode,
        channel=it.channel,
        purpose=it.purpose,
        staff=it.staff,
        without=[turned[out].isoformat() for out in map(date.fromisoformat, series.without) if out in turned],
        ended_on=ended_on,
        made_through=made_through,
    )
    return Moved(plan, it, tuple(kept), tuple(off), new, first)


def _store(row: Appointment, found: Moved, by: Staff, on: datetime) -> None:
    rows, it = [each for each, _day, _at in found.rows], found.it
    take_off(found.off, by=by, on=on)
    if found.new is not None and row.series is not None:
        found.new.save()
        Series.objects.filter(pk=row.series.pk).update(ended_on=found.first, version=F("version") + 1)
        # Moved by exactly a week, one would stand for a moment where the next still stands, which the database refuses.
        Appointment.objects.filter(pk__in=[each.pk for each in rows]).update(
            starts_at=F("starts_at") + timedelta(seconds=1)
        )
    for each, day, moment in found.rows:
        each.starts_at, each.series_day = moment, day
        if found.new is not None:
            each.series = found.new if day is not None else None
        if found.new is None or day in found.plan.days:  # not one that stays where somebody has moved it
            each.minutes, each.staff, each.mode = it.minutes, it.staff, it.mode
        each.version += 1
    Appointment.objects.bulk_update(
        rows, ["starts_at", "minutes", "staff", "mode", "series", "series_day", "version"]
    )


def _moved_by_itself(row: Appointment, series: Series, zone: Any) -> bool:
    return row.series_day is None or row.starts_at != recurrence.moment(row.series_day, series.at, zone)


def _same(row: Appointment, found: Moved) -> bool:
    now = (row.starts_at, row.minutes, row.staff, row.mode)
    return now == (found.rows[0][2], found.it.minutes, found.it.staff, found.it.mode)
