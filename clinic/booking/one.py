"""Booking one appointment, booking it anew in the stead of another, and noting one that nobody had booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import attendance, deeds
from clinic.booking import preview
from clinic.booking.checks import (
    LATEST_ENTRY,
    USUAL_MINUTES,
    Wanted,
    check_day,
    check_movable,
    check_wanted,
)
from clinic.models import Appointment, Episode, Staff
from clinic.models.schedule import Mode, Outcome


def book(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    channel: str,
    starts_at: datetime,
    minutes: int = USUAL_MINUTES,
    staff: Staff | None = None,
    purpose: str = "",
    mode: str = Mode.IN_PERSON,
    rebooking_of: Appointment | None = None,
    despite: bool = False,
) -> Appointment:
    """Book one appointment. `rebooking_of` is the missed, excused or cancelled one in whose stead it stands.

    Raises ValidationError as the package says: outside the stay in care, on a closed day, more than a day past, at a
    time at which the client has the same already; with code CLASH at `despite` for what only deserves a second look.
    """
    it = Wanted(channel, minutes, staff, purpose, mode)
    with deeds.on_episode(episode, "book", by=by, on=on) as done:
        stay = lock(episode, staff)
        _check_stands_in(stay, rebooking_of)
        preview.of_one(stay, it, starts_at, on=on, rebooking_of=rebooking_of).allow(despite)
        row = new_row(stay, it, starts_at, on)
        row.rebooking_of = rebooking_of
        row.save()
        done.of(f"appointment:{row.uid}", channel=str(channel))
        if rebooking_of is not None:
            done.detail["rebooking_of"] = str(rebooking_of.uid)
    return row


def reschedule(
    appointment: Appointment,
    *,
    by: Staff,
    on: datetime,
    starts_at: datetime,
    minutes: int | None = None,
    staff: Staff | None = None,
    mode: str | None = None,
    version: int,
    cancelled_at: datetime | None = None,
    despite: bool = False,
) -> Appointment:
    """Mark an appointment rescheduled and book the new one in its stead, in one transaction. Whatever is not said stays
    as it was. Returns the new one.

    `cancelled_at` is when it became known (now, unless somebody says so). Raises ValidationError as `book`; at
    `version` when it is recorded already, and with code CONFLICT when it has changed meanwhile.
    """
    with deeds.on_episode(appointment.episode, "reschedule", by=by, on=on) as done:
        old = fresh(appointment)
        check_movable(old, version, on)
        it = _as_it_was(old)
        it = replace(
            it,
            minutes=it.minutes if minutes is None else minutes,
            staff=staff or it.staff,
            mode=mode or it.mode,
        )
        stay = lock(old.episode, it.staff)
        preview.of_one(stay, it, starts_at, on=on, ignore={old.pk} - _at(old, starts_at)).allow(despite)
        attendance.mark(
            old,
            by=by,
            on=on,
            outcome=Outcome.RESCHEDULED,
            reason=old.reason,
            version=version,
            cancelled_at=cancelled_at,
        )
        row = new_row(stay, it, starts_at, on)
        row.rebooking_of = old
        row.save()
        done.of(f"appointment:{row.uid}", rebooking_of=str(old.uid))
    return row


def walk_in(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    channel: str,
    staff: Staff | None = None,
    at: datetime | None = None,
    minutes: int = USUAL_MINUTES,
) -> Appointment:
    """Note somebody who came without an appointment: it is booked and recorded as attended in one step.

    `at` is when they came, now unless somebody says so. Raises ValidationError at `at` for a time ahead or more than a
    day ago, or one at which the client has the same already; at `channel`, `staff` and `minutes` as `book`.
    """
    came = (at or on).replace(second=0, microsecond=0)
    it = Wanted(channel, minutes, staff)
    check_wanted(episode, it)
    if came > on:
        raise ValidationError({"at": _("That time lies ahead. Nobody has come yet.")})
    if came < on - LATEST_ENTRY:
        raise ValidationError({"at": _("That time passed more than a day ago.")})
    with deeds.on_episode(episode, "walk_in", by=by, on=on) as done:
        stay = lock(episode, None)
        try:
            check_day(stay, stay.clinic.local_day(came), stay.clinic.local_day(on))
        except ValidationError as error:
            raise ValidationError({"at": error.messages}) from None
        there = Appointment.objects.filter(episode=stay, channel=channel, starts_at=came, group=None)
        if there.exists():
            raise ValidationError(
                {"at": _("The client has an appointment of this kind at that time already.")}
            )
        row = new_row(stay, it, came, on)
        row.save()
        done.of(f"appointment:{row.uid}", channel=str(channel))
        return attendance.mark(row, by=by, on=on, outcome=Outcome.ATTENDED, version=row.version)


def lock(episode: Episode, staff: Staff | None) -> Episode:
    """The stay as it stands now, with its clinic. Whoever books the same member of staff at once waits for their turn,
    so that each sees what the other booked.
    """
    if staff is not None:
        list(Staff.objects.select_for_update(no_key=True).filter(pk=staff.pk).values_list("pk"))
    return Episode.objects.select_related("clinic").get(pk=episode.pk)


def fresh(appointment: Appointment) -> Appointment:
    """An appointment as it stands now, with all that sentences about it name."""
    rows = Appointment.objects.select_related(
        "episode__clinic", "clinic", "staff", "series", "recorded_by", "group"
    )
    return rows.get(pk=appointment.pk)


def new_row(episode: Episode, it: Wanted, starts_at: datetime, on: datetime) -> Appointment:
    """A new appointment, not saved yet."""
    return Appointment(
        episode=episode,
        clinic=episode.clinic,
        channel=it.channel,
        purpose=it.purpose,
        starts_at=starts_at,
        minutes=it.minutes,
        mode=it.mode,
        staff=it.staff,
        booked_at=on,
    )


def _as_it_was(row: Appointment) -> Wanted:
    return Wanted(row.channel, row.minutes, row.staff, row.purpose, row.mode)


def _at(row: Appointment, starts_at: datetime) -> set[int]:
    """The row itself when the new time is the old one: that is no other date."""
    return {row.pk} if row.starts_at == starts_at else set()


def _check_stands_in(episode: Episode, row: Appointment | None) -> None:
    """Raise ValidationError at `rebooking_of` unless it is one of this client's that did not take place."""
    if row is None:
        return
    did_not_take_place = {Outcome.NO_SHOW, *attendance.KNOWN_AHEAD}
    if row.episode_id != episode.pk or row.outcome not in did_not_take_place:
        raise ValidationError(
            {"rebooking_of": _("Only a missed, excused or cancelled appointment is booked again.")}
        )
