"""Mutual-aid meetings that a client tells us about."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import Appointment, Client, Episode, Staff
from clinic.models.schedule import Channel, Outcome

MEETING_MINUTES = 60


def log_meeting(
    episode: Episode, *, by: Staff, on: datetime, at: datetime, verified: bool = False
) -> Appointment:
    """Log a mutual-aid meeting the client told us about, or that somebody has `verified`. The same time again changes
    nothing.

    Raises ValidationError at `at` for a meeting ahead, before the admission, or of a client who does not want meetings
    logged.
    """
    if at > on:
        raise ValidationError({"at": _("That time lies ahead.")})
    limits.not_before_admission("at", episode.clinic.local_day(at), episode)
    with deeds.on_episode(episode, "log_meeting", by=by, on=on) as done:
        client = Client.objects.get(pk=episode.client_id)
        if client.meetings_off_on is not None and client.meetings_off_on <= episode.clinic.local_day(on):
            raise ValidationError({"at": _("The client does not want meetings to be logged.")})
        there = Appointment.objects.filter(episode=episode, channel=Channel.MUTUAL_AID, starts_at=at)
        if row := there.first():
            done.changed_nothing()
            return row
        row = Appointment.objects.create(
            episode=episode,
            clinic_id=episode.clinic_id,
            channel=Channel.MUTUAL_AID,
            starts_at=at,
            minutes=MEETING_MINUTES,
            outcome=Outcome.ATTENDED,
            verified=verified,
            recorded_at=on,
            recorded_by=by,
        )
        done.of(f"appointment:{row.uid}", verified=verified)
    return row
