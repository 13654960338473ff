"""When a group meets: rules that name days of the clinic's calendar, and the sessions made ahead from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import limits, recurrence
from clinic.groups import seats
from clinic.groups.coming import WEEKS_AHEAD, ahead_of, fill, moments, pairs_of
from clinic.groups.frame import (
    conflict,
    is_open,
    is_running,
    lasts,
    lock_episodes,
    lock_sessions,
    not_far,
    on_group,
    words,
)
from clinic.models import Appointment, Group, Membership, Series, Session, Staff
from clinic.models.schedule import Channel, Mode

LONGEST_TOPIC = 120
MOST_LEFT_OUT = 100


@dataclass(frozen=True, slots=True)
class Times:
    """When a group meets: a rule (see `recurrence.make`) from a day on, the wall-clock time of the clinic, how many
    minutes, the days left out.
    """

    rule: str
    starts_on: date
    at: time
    minutes: int = 60
    mode: str = Mode.IN_PERSON
    without: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What a schedule led to: sessions made, moved to their new time, taken away, and those that stay where they are
    because something is recorded of them, or somebody moved or cancelled them.
    """

    series: Series
    made: int
    moved: int
    removed: int
    kept: int


def set_schedule(
    group: Group,
    *,
    by: Staff,
    on: datetime,
    times: Times,
    series: Series | None = None,
    version: int | None = None,
) -> Planned:
    """Let a group meet by a rule, and make its sessions of the next twelve weeks, closed days left out. With `series`
    it replaces that rule from `times.starts_on` on: a session of the same day, or else of the same week, is moved to
    the new time with its seats; one of which something is recorded, or that was moved or cancelled, stays.

    Raises ValidationError at `starts_on`, `rule`, `until`, `count`, `minutes`, `mode` or `without`, and with code
    "conflict" when somebody else has changed this schedule since `version`.
    """
    today = group.clinic.local_day(on)
    _check(times, today, replaces=series is not None)
    with on_group(group, "set_schedule" if series is None else "change_schedule", by=by, on=on) as done:
        row = done.group
        is_running(row, "starts_on", times.starts_on)
        old = None
        if series is not None:
            old = Series.objects.get(pk=series.pk, group=row)
            if old.version != version or (old.ended_on and old.ended_on <= times.starts_on):
                raise conflict(_("Somebody else changed this schedule meanwhile. Yours is not saved yet."))
        new = Series.objects.create(
            clinic=row.clinic,
            group=row,
            rule=times.rule,
            starts_on=times.starts_on,
            at=times.at,
            minutes=times.minutes,
            mode=times.mode,
            channel=Channel.GROUP,
            without=[day.isoformat() for day in sorted(times.without)],
            ended_on=row.closed_on,
        )
        result = _replace(old, new, row, by=by, on=on, today=today, episodes=done.episodes)
        done.detail |= {"series": new.pk, "rule": new.rule, "made": result.made, "moved": result.moved}
        done.detail |= {"removed": result.removed, "kept": result.kept}
    return result


def end_schedule(series: Series, *, by: Staff, on: datetime, ended_on: date, version: int) -> Planned:
    """Let a group no longer meet by this rule: `ended_on` is the first day without it. Sessions from then on are taken
    away, as far as nothing is recorded of them and nobody moved or cancelled them.

    Raises ValidationError at `ended_on` for a day that has passed or lies too far ahead, and with code "conflict".
    """
    group = series.group
    if group is None:
        raise ValidationError(_("These are no sessions of a group."))
    today = group.clinic.local_day(on)
    limits.not_past("ended_on", ended_on, today)
    not_far("ended_on", ended_on, today)
    with on_group(group, "end_schedule", by=by, on=on) as done:
        row = Series.objects.get(pk=series.pk)
        if row.ended_on == ended_on:
            done.changed_nothing()
            return Planned(row, 0, 0, 0, 0)
        if row.version != version or (row.ended_on and row.ended_on <= ended_on):
            raise conflict(_("Somebody else changed this schedule meanwhile. Yours is not saved yet."))
        free, kept = ahead_of(row, on, ended_on)
        done.episodes |= _seated(free)
        lock_episodes(done.episodes)
        removed = seats.take_away_sessions(free)
        row.ended_on = ended_on
        row.version += 1
        row.save(update_fields=["ended_on", "version"])
        done.detail |= {"series": row.pk, "removed": removed, "kept": len(kept)}
    return Planned(row, 0, 0, removed, len(kept))


def add_session(
    group: Group,
    *,
    by: Staff,
    on: datetime,
    starts_at: datetime,
    minutes: int,
    mode: str = Mode.IN_PERSON,
    topic: str = "",
) -> Session:
    """A session beside the schedule. Members of that day have a seat in it.

    Raises ValidationError at `starts_at` for a time that has passed, on a closed day, or of another session, at
    `minutes` for an end before its start, at `mode` and `topic`.
    """
    topic = limits.text("topic", topic, longest=LONGEST_TOPIC)
    limits.known("mode", mode, Mode.values)
    lasts("minutes", minutes)
    with on_group(group, "add_session", by=by, on=on) as done:
        may_meet(done.group, starts_at, minutes, on)
        done.episodes |= _members(done.group, group.clinic.local_day(on))
        lock_episodes(done.episodes)
        row = Session.objects.create(
            group=done.group, starts_at=starts_at, minutes=minutes, mode=mode, topic=topic
        )
        done.episodes.intersection_update(seats.give([row], done.group, on=on))
        done.subject = f"session:{row.uid}"
    return row


def may_meet(
    group: Group, starts_at: datetime, minutes: int, on: datetime, but: Session | None = None
) -> None:
    """Raise ValidationError at `starts_at` for a time at which the group cannot meet. Three statements at most."""
    day, today = group.clinic.local_day(starts_at), group.clinic.local_day(on)
    if starts_at <= on:
        raise ValidationError({"starts_at": _("That time has passed. Choose a later one.")})
    not_far("starts_at", day, today)
    is_running(group, "starts_at", day)
    is_open(group, "starts_at", day)
    end = starts_at + timedelta(minutes=minutes)
    near = Session.objects.filter(
        group=group, starts_at__gt=starts_at - seats.LONGEST_SESSION, starts_at__lt=end
    )
    for other in near.exclude(pk=but.pk if but is not None else 0):
        meets = other.cancelled_at is None and other.starts_at + timedelta(minutes=other.minutes) > starts_at
        if meets or other.starts_at == starts_at:
            raise ValidationError({"starts_at": _("Another session of this group is at that time.")})


def _replace(
    old: Series | None,
    new: Series,
    group: Group,
    *,
    by: Staff,
    on: datetime,
    today: date,
    episodes: set[int],
) -> Planned:
    through = today + timedelta(weeks=WEEKS_AHEAD)
    free: list[Session] = []
    kept: list[Session] = []
    if old is not None:
        free, kept = ahead_of(old, on, new.starts_on)
        old.ended_on = new.starts_on
        old.version += 1
        old.save(update_fields=["ended_on", "version"])
    episodes |= _members(group, today) | _seated(free)
    lock_episodes(episodes)
    lock_sessions([row.pk for row in free])
    kept_days = {row.series_day for row in kept if row.series_day}
    if kept:
        # Each still stands for its day, which the new rule must not name a second time.
        Session.objects.filter(pk__in=[row.pk for row in kept]).update(series=new)
    wanted = moments(new, group, on=on, through=through, without=kept_days)
    pairs = pairs_of(free, wanted, group)
    for row, day in pairs:
        row.starts_at, row.series, row.series_day = wanted[day], new, day
        row.minutes, row.mode = new.minutes, new.mode
        row.version += 1
    moved = [row for row, _day in pairs]
    gone = [row for row in free if row not in moved]
    removed = seats.take_away_sessions(gone)
    if moved:
        fields = ["starts_at", "series", "series_day", "minutes", "mode", "version"]
        Session.objects.bulk_update(moved, fields)
        seats.move_along(moved, group)
    made = fill(new, group, on=on, through=through, without=kept_days)
    seats.fit([*moved, *made], group, by=by, on=on)
    return Planned(new, len(made), len(moved), removed, len(kept))


def _members(group: Group, today: date) -> set[int]:
    rows = Membership.objects.filter(group=group).exclude(left_on__lte=today)
    return set(rows.values_list("episode", flat=True))


def _seated(sessions: Sequence[Session]) -> set[int]:
    numbers = [row.pk for row in sessions]
    return set(Appointment.objects.filter(session__in=numbers).values_list("episode", flat=True))


def _check(times: Times, today: date, *, replaces: bool) -> None:
    limits.known("mode", times.mode, Mode.values)
    lasts("minutes", times.minutes)
    if replaces:
        limits.not_past("starts_on", times.starts_on, today)
    elif times.starts_on < today - timedelta(days=366):
        raise ValidationError({"starts_on": _("Choose a day within the last year, or one ahead.")})
    not_far("starts_on", times.starts_on, today)
    if len(times.without) > MOST_LEFT_OUT:
        raise ValidationError({"without": _("At most %(n)d of them.") % {"n": MOST_LEFT_OUT}})
    try:
        recurrence.check(times.rule, times.starts_on)
    except recurrence.WrongRule as wrong:
        raise ValidationError({wrong.field: said(wrong)}) from wrong


def said(wrong: recurrence.WrongRule) -> str:
    """Why a rule cannot be kept, in the reader's language."""
    values = wrong.sentence.values.items()
    told = {name: words(value, date.min) if isinstance(value, date) else value for name, value in values}
    return _(wrong.sentence.msgid) % told
