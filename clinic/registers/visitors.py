"""Somebody who came to a session without being a member of the group."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.attendance import KNOWN_AHEAD, Said, keep, needs_why
from clinic.models import Appointment, Episode, Membership, Recording, Session, Staff
from clinic.models.schedule import Channel, Outcome
from clinic.registers.frame import change, hold, leave, must_be_current, must_take_place, store


def add_visitor(session: Session, *, by: Staff, on: datetime, episode: Episode) -> Appointment:
    """Give somebody who came without being a member a seat, recorded as attended. Somebody seated keeps their seat.

    Raises ValidationError at "visitor" for a stay that is not in care on the day, or of another clinic, and when the
    session has as many seats as the group holds; a seat called off is free.
    """
    with transaction.atomic():
        held, rows = hold(session, [episode.pk])
        there = Appointment.objects.filter(Q(session=held) | Q(group=held.group_id, starts_at=held.starts_at))
        if seat := there.filter(episode=episode).first():
            return seat
        must_take_place(held, on, True)
        day = held.group.clinic.local_day(held.starts_at)
        left = episode.discharged_on is not None and episode.discharged_on <= day
        if episode.clinic_id != held.group.clinic_id or episode.admitted_on > day or left:
            raise ValidationError({"visitor": _("Only somebody in care here on that day can be seated.")})
        taken = sum(row.outcome not in KNOWN_AHEAD for row in rows.values())
        if held.group.capacity is not None and taken >= held.group.capacity:
            full = ngettext(
                "This group holds %(n)d person, and every seat of this session is taken.",
                "This group holds %(n)d people, and every seat of this session is taken.",
                held.group.capacity,
            )
            raise ValidationError({"visitor": full % {"n": held.group.capacity}})
        seat = Appointment.objects.create(
            episode=episode,
            clinic_id=episode.clinic_id,
            channel=Channel.GROUP,
            group=held.group,
            session=held,
            staff_id=held.facilitator_id or held.group.facilitator_id,
            starts_at=held.starts_at,
            minutes=held.minutes,
            mode=held.mode,
            booked_at=on,
        )
        came = change(seat, Said(Outcome.ATTENDED), "", by, on)
        store(held, [came])
        keep([came], by=by, on=on, kind=Recording.Kind.MARK)
        leave(held, "add_visitor", by, on, [came])
    return seat


def remove_visitor(session: Session, *, by: Staff, on: datetime, seat: UUID, version: int) -> bool:
    """Take the seat of a visitor away again: somebody else was meant. A member's seat, one from an import and one that
    another appointment stands in for stay, and so does one whose record is no longer this person's to take back: it is
    corrected first, with a reason. Returns whether there was one to take away.
    """
    with transaction.atomic():
        held, rows = hold(session)
        row = rows.get(seat)
        if row is None:
            return False
        must_be_current(held, version, (), None)
        day = held.group.clinic.local_day(held.starts_at)
        place = Membership.objects.filter(
            Q(left_on=None) | Q(left_on__gt=day),
            group=held.group_id,
            episode=row.episode_id,
            joined_on__lte=day,
        )
        if place.exists() or row.external_id or row.rebooking_of_id or row.rebookings.exists():
            raise ValidationError({f"outcome-{seat}": _("Only a visitor's seat can be taken away.")})
        if needs_why(row, by=by, on=on):
            sentence = _("This was recorded more than 10 minutes ago or by somebody else. Correct it first.")
            raise ValidationError({f"outcome-{seat}": sentence})
        leave(held, "remove_visitor", by, on, [], episodes=[row.episode_id], seat=str(seat))
        row.delete()
        if held.draft is not None:
            held.draft["seats"].pop(str(seat), None)
        store(held, [])
    return True
