"""The windows in which an observed dose is given: appointments made from an order, and called off with it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from clinic import deeds, recurrence
from clinic.models import Appointment, Clinic, Closure, Episode, Medication, Pause, Staff
from clinic.models.schedule import Channel, Outcome, Purpose

logger = logging.getLogger(__name__)

FARTHEST = timedelta(days=366)
# Windows stand twelve weeks ahead; a week more is booked each time, so that an order is looked at once a week.
AHEAD, TOP_UP, NEAR = timedelta(weeks=12), timedelta(weeks=1), timedelta(weeks=2)
MOST_AT_ONCE = 200
WINDOW_MINUTES = 10
# Marks the windows that an order's end or break called off, so that a later order may use them again.
NOT_EXPECTED = "No order on this day"


def make_windows(
    medication: Medication, *, by: Staff | None, on: datetime, through: date, recheck: bool = True
) -> int:
    """Book the windows of an observed order from now, or its start, through a day: at its hour of the clinic's own
    clock, on its weekdays, without closures, pauses, breaks and days after a discharge. Returns how many are new or
    taken up again; a window that is there, or was moved to another hour of its day, is never made twice.

    Raises ValidationError at the field for an order that is not observed, and a day more than a year ahead.
    """
    if medication.kind != Medication.Kind.OBSERVED:
        raise ValidationError({"medication": _("Only an observed order has windows.")})
    if through > medication.episode.clinic.local_day(on) + FARTHEST:
        raise ValidationError({"through": _("At most a year ahead.")})
    with deeds.on_episode(medication.episode, "make_windows", by=by, on=on, recheck=recheck) as done:
        row = Medication.objects.select_related("episode__clinic").get(pk=medication.pk)
        moved = _days_moved(row, on)
        zone = row.episode.clinic.zone
        wanted = [
            at for at in _windows(row, on, through) if at >= on and at.astimezone(zone).date() not in moved
        ]
        there = _doses(row.episode).filter(starts_at__in=wanted)
        again = there.filter(outcome=Outcome.CANCELLED_BY_CLINIC, reason=NOT_EXPECTED).update(
            outcome=Outcome.SCHEDULED,
            reason="",
            cancelled_at=None,
            recorded_at=None,
            recorded_by=None,
            version=F("version") + 1,
        )
        taken = set(there.values_list("starts_at", flat=True))
        made = Appointment.objects.bulk_create(
            (
                Appointment(
                    episode=row.episode,
                    clinic=row.episode.clinic,
                    channel=Channel.DOSING,
                    purpose=Purpose.ROUTINE,
                    starts_at=at,
                    minutes=WINDOW_MINUTES,
                    booked_at=on,
                )
                for at in wanted
                if at not in taken
            ),
            ignore_conflicts=True,
        )
        if row.made_through is None or row.made_through < through:
            Medication.objects.filter(pk=row.pk).update(made_through=through)
        if not made and not again:
            done.changed_nothing()
        done.of(f"medication:{row.uid}", made=len(made), again=again)
    return len(made) + again


def make_ahead(now: datetime) -> int:
    """Let the windows of every running observed order stand at least twelve weeks ahead; called by the clock. Returns
    how many orders were looked at: those booked less far, and those of which something has changed (`made_through` is
    empty), at most `MOST_AT_ONCE` of a clinic in one call. One that cannot be booked never stops the others.
    """
    looked = 0
    for clinic in Clinic.objects.order_by("pk"):
        today = clinic.local_day(now)
        running = Medication.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=today),
            Q(made_through=None) | Q(made_through__lt=today + AHEAD),
            Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today),
            episode__clinic=clinic,
            kind=Medication.Kind.OBSERVED,
        )
        for row in running.select_related("episode__clinic").order_by(
            F("made_through").asc(nulls_first=True), "pk"
        )[:MOST_AT_ONCE]:
            soon = row.made_through is None or row.made_through < today + NEAR
            through = today + (AHEAD if row.made_through is None else AHEAD + TOP_UP)
            try:
                make_windows(row, by=None, on=now, through=through, recheck=soon)
            except Exception as error:  # the next round tries again; the others must not wait for it
                logger.warning("windows not made: %s", type(error).__name__)
            looked += 1
    return looked


def _days_moved(row: Medication, on: datetime) -> set[date]:
    """The days ahead on which a window stands at an hour that no order names: somebody has moved it there."""
    zone = row.episode.clinic.zone
    orders = Medication.objects.filter(episode=row.episode, kind=Medication.Kind.OBSERVED)
    hours = {hour for hour in orders.values_list("hour", flat=True) if hour is not None}
    booked = _doses(row.episode).filter(outcome=Outcome.SCHEDULED, starts_at__gte=on)
    there = [(at, at.astimezone(zone).date()) for at in booked.values_list("starts_at", flat=True)]
    return {day for at, day in there if at not in {recurrence.moment(day, hour, zone) for hour in hours}}


def _doses(episode: Episode) -> QuerySet[Appointment]:
    return Appointment.objects.filter(episode=episode, channel=Channel.DOSING)


def _windows(row: Medication, on: datetime, through: date) -> Iterator[datetime]:
    """The times for which windows are made: what the order asks for, without closures and pauses."""
    clinic, episode = row.episode.clinic, row.episode
    closed = set(Closure.objects.filter(clinic=clinic).values_list("day", flat=True))
    pauses = [(pause.starts_on, pause.counts_to) for pause in Pause.objects.filter(episode=episode)]
    for day, at in _asked(row, on, through):
        if day not in closed and not _inside(day, pauses):
            yield at


def _asked(row: Medication, on: datetime, through: date) -> Iterator[tuple[date, datetime]]:
    """The days from today through a day, and the time on each, at which an observed order asks for a dose."""
    clinic, episode = row.episode.clinic, row.episode
    if row.hour is None:
        return
    first = max(clinic.local_day(on), row.starts_on)
    last = min(through, row.ends_on or through)
    if episode.discharged_on is not None:
        last = min(last, episode.discharged_on - timedelta(days=1))
    breaks = [(away.starts_on, away.ends_on) for away in row.breaks.all()]
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        if day.weekday() in row.weekdays and not _inside(day, breaks):
            yield day, recurrence.moment(day, row.hour, clinic.zone)


def _inside(day: date, spans: Iterable[tuple[date, date | None]]) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in spans)


def call_off(medication: Medication, by: Staff, on: datetime) -> int:
    """Call off the windows ahead at this order's hour that no order of the stay asks for any more. Returns how many."""
    ahead = list(
        _doses(medication.episode).filter(outcome=Outcome.SCHEDULED, starts_at__gt=on, external_id="")
    )
    if not ahead or medication.kind != Medication.Kind.OBSERVED or medication.hour is None:
        return 0
    through = max(row.starts_at for row in ahead).date() + timedelta(days=1)
    orders = Medication.objects.filter(episode=medication.episode, kind=Medication.Kind.OBSERVED)
    asked = {
        at
        for row in orders.select_related("episode__clinic").prefetch_related("breaks")
        for _day, at in _asked(row, on, through)
    }
    zone = medication.episode.clinic.zone
    gone = [
        row.pk
        for row in ahead
        if row.starts_at not in asked
        and row.starts_at == recurrence.moment(row.starts_at.astimezone(zone).date(), medication.hour, zone)
    ]
    return Appointment.objects.filter(pk__in=gone).update(
        outcome=Outcome.CANCELLED_BY_CLINIC,
        reason=NOT_EXPECTED,
        cancelled_at=on,
        recorded_at=on,
        recorded_by=by,
        version=F("version") + 1,
    )
