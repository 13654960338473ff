"""The windows in which an observed dose is given: appointments made from an order, and called off with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from clinic import deeds
from clinic.models import Appointment, Closure, Episode, Medication, Pause, Staff
from clinic.models.schedule import Channel, Outcome, Purpose

FARTHEST = timedelta(days=366)
WINDOW_MINUTES = 10
# Marks the windows that an order's end or break called off, so that a later order may use them again.
NOT_EXPECTED = "No order on this day"


def make_windows(medication: Medication, *, by: Staff, on: datetime, through: date) -> int:
    """Book the windows of an observed order from now, or its start, through a day: at its hour of the clinic's own
    clock, on its weekdays, without closures, pauses, breaks and days after a discharge. Returns how many are new or
    taken up again; a window that is there is never made twice.

    Raises ValidationError at the field for an order that is not observed, and a day more than a year ahead.
    """
    if medication.kind != Medication.Kind.OBSERVED:
        raise ValidationError({"medication": _("Only an observed order has windows.")})
    if through > medication.episode.clinic.local_day(on) + FARTHEST:
        raise ValidationError({"through": _("At most a year ahead.")})
    with deeds.on_episode(medication.episode, "make_windows", by=by, on=on) as done:
        row = Medication.objects.select_related("episode__clinic").get(pk=medication.pk)
        wanted = [at for at in _windows(row, on, through) if at >= on]
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
        if not made and not again:
            done.changed_nothing()
        done.of(f"medication:{row.uid}", made=len(made), again=again)
    return len(made) + again


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
            yield day, datetime.combine(day, row.hour, tzinfo=clinic.zone)


def _inside(day: date, spans: Iterable[tuple[date, date | None]]) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in spans)


def call_off(medication: Medication, by: Staff, on: datetime) -> int:
    """Call off the windows ahead at this order's hour that no order of the stay asks for any more. Returns how many."""
    ahead = list(
        _doses(medication.episode).filter(outcome=Outcome.SCHEDULED, starts_at__gt=on, external_id="")
    )
    if not ahead or medication.kind != Medication.Kind.OBSERVED:
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
        if row.starts_at not in asked and row.starts_at.astimezone(zone).time() == medication.hour
    ]
    return Appointment.objects.filter(pk__in=gone).update(
        outcome=Outcome.CANCELLED_BY_CLINIC,
        reason=NOT_EXPECTED,
        cancelled_at=on,
        recorded_at=on,
        recorded_by=by,
        version=F("version") + 1,
    )
