"""Cancelling what is booked, and ending a series. What is recorded is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import attendance, deeds, limits, recurrence
from clinic.booking.checks import CONFLICT, as_it_is, check_own
from clinic.booking.one import fresh
from clinic.models import Appointment, Episode, Recording, Series, Staff
from clinic.models.schedule import Channel, Outcome

ONE, FOLLOWING, ALL = "one", "following", "all"
SCOPES = (ONE, FOLLOWING, ALL)
CLIENT, CLINIC = "client", "clinic"
WHO = {CLIENT: Outcome.CANCELLED_BY_CLIENT, CLINIC: Outcome.CANCELLED_BY_CLINIC}
LONGEST_REASON = 120


def cancel(
    appointment: Appointment,
    *,
    by: Staff,
    on: datetime,
    who: str = CLIENT,
    scope: str = ONE,
    cancelled_at: datetime | None = None,
    reason: str = "",
    version: int,
) -> Appointment:
    """Cancel an appointment: by the "client", who told us at `cancelled_at` (now, unless somebody says so), or by the
    "clinic". With "following" and "all" its series ends as well: what was booked of it for later is taken off, so that
    ending an arrangement once is one cancellation and not many.

    Raises ValidationError at `who`, `scope`, `cancelled_at` and `reason`; at `version` when it is recorded already, and
    with code CONFLICT when it has changed meanwhile.
    """
    outcome = WHO.get(who)
    if outcome is None:
        raise ValidationError({"who": _("Say who cancelled: the client or the clinic.")})
    reason = limits.text("reason", reason, longest=LONGEST_REASON)
    if cancelled_at is not None and cancelled_at > on:
        raise ValidationError({"cancelled_at": _("That time lies ahead: say when they told us.")})
    with deeds.on_episode(appointment.episode, "cancel", by=by, on=on) as done:
        row = fresh(appointment)
        if row.version != version:
            raise ValidationError({"version": ValidationError(as_it_is(row, on), code=CONFLICT)})
        check_own(row)
        series = series_of(row, scope)
        if row.outcome != Outcome.SCHEDULED:
            told = {"outcome": row.get_outcome_display().lower()}
            raise ValidationError(
                {"version": _("This is recorded already: %(outcome)s. Correct it on the day sheet.") % told}
            )
        off = []
        if series is not None:
            off = [each for each in ahead(series, row, scope, on) if each.pk != row.pk]
            ends = min(each.series_day for each in (*off, row) if each.series_day)
            Series.objects.filter(pk=series.pk).update(ended_on=ends, version=F("version") + 1)
        attendance.mark(
            row, by=by, on=on, outcome=outcome, reason=reason, version=version, cancelled_at=cancelled_at
        )
        take_off(off, by=by, on=on)
        done.of(f"appointment:{row.uid}", who=who, scope=scope, off=len(off))
    return fresh(appointment)


def cancel_ahead(episode: Episode, *, by: Staff, on: datetime, day: date, reason: str = "") -> int:
    """A stay ends: cancel by the clinic what is booked for a client from a day on, and end their series. Seats of
    groups and meetings elsewhere are not looked at. Returns how many were cancelled. Again it changes nothing.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON)
    begins = recurrence.moment(day, time(), episode.clinic.zone)
    with deeds.on_episode(episode, "cancel_ahead", by=by, on=on) as done:
        series = Series.objects.filter(episode=episode).exclude(ended_on__lte=day)
        ended = series.update(ended_on=day, version=F("version") + 1)
        rows = Appointment.objects.filter(
            episode=episode,
            session=None,
            outcome=Outcome.SCHEDULED,
            starts_at__gte=max(begins, on),
        ).exclude(channel=Channel.MUTUAL_AID)
        cancelled = _cancelled(rows, by=by, on=on, reason=reason)
        done.of(f"episode:{episode.uid}", cancelled=cancelled, series=ended)
        if not cancelled and not ended:
            done.changed_nothing()
    return cancelled


def ahead(series: Series, row: Appointment, scope: str, on: datetime) -> list[Appointment]:
    """What of a series lies ahead and is not recorded, in the order of its days: all, or from `row` on."""
    rows = Appointment.objects.filter(
        series=series, episode=row.episode_id, outcome=Outcome.SCHEDULED, starts_at__gt=on
    ).select_related("clinic", "staff")
    if scope == FOLLOWING:
        rows = rows.filter(series_day__gte=row.series_day)
    return list(rows.order_by("series_day"))


def series_of(row: Appointment, scope: str) -> Series | None:
    """The series that changes with it, None where only this one is meant. Raises ValidationError at `scope`."""
    limits.known("scope", scope, SCOPES)
    if scope == ONE:
        return None
    if row.series is None or row.series_day is None:
        raise ValidationError({"scope": _("This appointment does not belong to a series.")})
    return row.series


def take_off(rows: Iterable[Appointment], *, by: Staff, on: datetime) -> None:
    """Take appointments off that nobody expects any more. What has a history of its own stays, as cancelled by us."""
    numbers = [row.pk for row in rows]
    if not numbers:
        return
    theirs = Appointment.objects.filter(pk__in=numbers)
    theirs.filter(recordings=None, rebookings=None, rebooking_of=None).delete()
    _cancelled(Appointment.objects.filter(pk__in=numbers), by=by, on=on, reason="")


def _cancelled(rows: Any, *, by: Staff, on: datetime, reason: str) -> int:
    """Record of several at once that the clinic cancelled them: three statements."""
    found: Sequence[Appointment] = list(rows)
    changes = []
    for row in found:
        before = attendance.says(row)
        attendance.apply(row, attendance.Said(Outcome.CANCELLED_BY_CLINIC), reason, by, on)
        row.version += 1
        changes.append((row, before, attendance.says(row)))
    Appointment.objects.bulk_update(found, [*attendance.RECORDED, "version"])
    attendance.keep(changes, by=by, on=on, kind=Recording.Kind.MARK)
    return len(found)
