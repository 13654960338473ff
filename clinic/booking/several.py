"""Booking a series, and booking on what has no end."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _

from clinic import deeds, recurrence
from clinic.booking import preview
from clinic.booking.checks import USUAL_MINUTES, Wanted
from clinic.booking.one import lock, new_row
from clinic.booking.preview import AHEAD, Preview, Skipped
from clinic.models import Appointment, Clinic, Episode, Series, Staff
from clinic.models.schedule import Mode

logger = logging.getLogger(__name__)

# A series is looked at once a week, and so many of a clinic in one round of the clock.
TOP_UP = timedelta(weeks=1)
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A series that was booked: its appointments, and the days left out."""

    series: Series
    appointments: tuple[Appointment, ...]
    skipped: tuple[Skipped, ...]


def book_series(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    channel: str,
    starts_on: date,
    at: time,
    rule: str,
    minutes: int = USUAL_MINUTES,
    staff: Staff | None = None,
    purpose: str = "",
    mode: str = Mode.IN_PERSON,
    without: Iterable[date] = (),
    despite: bool = False,
) -> Made:
    """Book appointments that come again by a rule (see `clinic.recurrence`), at `at` of the clinic's own clock.
    `without` are days left out. One without an end is booked 26 weeks ahead, and `make_ahead` goes on with it.

    Closed days, pauses and days after the discharge are skipped. Raises ValidationError as `book`; at `rule`, `until`
    or `count` for a rule that cannot be kept.
    """
    it, left_out = Wanted(channel, minutes, staff, purpose, mode), sorted(set(without))
    with deeds.on_episode(episode, "book_series", by=by, on=on) as done:
        stay = lock(episode, staff)
        plan = preview.of_series(stay, it, rule, starts_on, at, on=on, without=left_out)
        plan.allow(despite)
        series = Series.objects.create(
            clinic=stay.clinic,
            episode=stay,
            rule=rule,
            starts_on=starts_on,
            at=at,
            minutes=minutes,
            mode=mode,
            channel=channel,
            purpose=purpose,
            staff=staff,
            without=[day.isoformat() for day in left_out],
            made_through=plan.through,
        )
        rows = make_rows(series, stay, it, plan, on)
        done.of(f"series:{series.uid}", made=len(rows), skipped=len(plan.skipped))
    return Made(series, tuple(rows), plan.skipped)


def make_rows(
    series: Series, episode: Episode, it: Wanted, plan: Preview, on: datetime
) -> Sequence[Appointment]:
    """The appointments of a plan, saved in one statement. The database refuses a day of a series made twice."""
    rows = []
    for day, moment in zip(plan.days, plan.moments, strict=True):
        row = new_row(episode, it, moment, on)
        row.series, row.series_day = series, day
        rows.append(row)
    return Appointment.objects.bulk_create(rows)


def make_ahead(now: datetime) -> int:
    """Book on every series without an end that stands less than 26 weeks ahead; called by the clock. Returns how many
    appointments were made. One that cannot be booked never stops the others, and nothing is made twice.

    Nobody is there to give an overlap a second look: a time at which the client or the staff have something else by
    then is left out, like a closed day.
    """
    made = 0
    for clinic in Clinic.objects.order_by("pk"):
        today = clinic.local_day(now)
        running = Series.objects.filter(
            Q(ended_on=None) | Q(ended_on__gt=today),
            Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today),
            clinic=clinic,
            episode__isnull=False,
            made_through__lt=today + AHEAD - TOP_UP,
        ).exclude(Q(rule__contains="COUNT=") | Q(rule__contains="UNTIL="))
        for series in running.order_by(F("made_through"), "pk")[:MOST_AT_ONCE]:
            try:
                made += _go_on(series, now, today + AHEAD)
            except Exception as error:  # the next round tries again; the others must not wait for it
                logger.warning("series not booked on: %s", type(error).__name__)
    return made


def _go_on(series: Series, now: datetime, through: date) -> int:
    episode = Episode.objects.get(series=series)
    with deeds.on_episode(episode, "book_on", by=None, on=now) as done:
        row = Series.objects.select_related("staff").get(pk=series.pk)
        if row.made_through is not None and row.made_through >= through:
            done.changed_nothing()  # another process was here first
            return 0
        days = recurrence.days(
            row.rule,
            row.starts_on,
            after=row.made_through,
            through=through,
            without=row.without,
            ended_on=row.ended_on,
        )
        staff = row.staff if row.staff is not None and row.staff.is_active else None
        stay = lock(episode, staff)
        it = Wanted(row.channel, row.minutes, staff, row.purpose, row.mode)
        plan = _free(preview.of_days(stay, it, [(day, day) for day in days], row.at, on=now, needed=False))
        rows = make_rows(row, stay, it, plan, now)
        Series.objects.filter(pk=row.pk).update(made_through=through)
        done.of(f"series:{row.uid}", made=len(rows), skipped=len(plan.skipped))
        if not rows:
            done.changed_nothing()
    return len(rows)


def _free(plan: Preview) -> Preview:
    """A plan without the times at which the client or the staff have something else."""
    met = {each.wanted for each in plan.conflicts}
    kept = [pair for pair in zip(plan.moments, plan.days, strict=True) if pair[0] not in met]
    left_out = [
        Skipped(day, _("Something else is booked at that time."))
        for moment, day in zip(plan.moments, plan.days, strict=True)
        if moment in met
    ]
    return replace(
        plan,
        moments=tuple(moment for moment, _day in kept),
        days=tuple(day for _moment, day in kept),
        skipped=(*plan.skipped, *left_out),
        conflicts=(),
    )
