"""What a plan asks for in the diary: how many sessions of a service, and a visit by a day, booked or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import Episode, PlannedSessions, PlannedVisit, Staff
from clinic.models.schedule import Channel
from clinic.plans.seen import told_meanwhile

MOST_A_MONTH = 84


def plan_sessions(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    channel: str,
    a_month: int,
    starts_on: date,
    seen: Mapping[date, int] | None = None,
) -> PlannedSessions:
    """Say how many sessions of a service are planned in 28 days from a day on; 0 ends them. The same day again corrects
    it, and the same number again changes nothing. `seen`: how many, by the day they begin, stood on the page for this
    service (None: not asked).

    Raises ValidationError at the field on an unknown service, on more than three a day, and on a day before the
    admission; with code "conflict" when the service is planned otherwise than `seen` by now.
    """
    limits.known("channel", channel, Channel.values)
    if not 0 <= a_month <= MOST_A_MONTH:
        raise ValidationError({"a_month": _("Choose 0 to %(n)d in 28 days.") % {"n": MOST_A_MONTH}})
    limits.not_before_admission("starts_on", starts_on, episode)
    today = episode.clinic.local_day(on)
    limits.not_far("starts_on", starts_on, max(today, episode.admitted_on))
    with deeds.on_episode(episode, "plan_sessions", by=by, on=on) as done:
        rows = {
            each.starts_on: each for each in PlannedSessions.objects.filter(episode=episode, channel=channel)
        }
        row = rows.get(starts_on)
        if row is not None and row.a_month == a_month:
            done.changed_nothing()
            return row
        if seen is not None and seen != {day: each.a_month for day, each in rows.items()}:
            raise told_meanwhile()
        row = row or PlannedSessions(episode=episode, channel=channel, starts_on=starts_on)
        row.a_month, row.known_on = a_month, today
        row.save()
        done.detail = {"channel": channel, "a_month": a_month, "from": starts_on.isoformat()}
    return row


def plan_visit(episode: Episode, *, by: Staff, on: datetime, channel: str, by_day: date) -> PlannedVisit:
    """Ask for a follow-up by a day. The same one again changes nothing.

    Raises ValidationError at the field on an unknown service, and on a day that has passed.
    """
    limits.known("channel", channel, Channel.values)
    today = episode.clinic.local_day(on)
    limits.not_past("by_day", by_day, today)
    limits.not_far("by_day", by_day, today)
    with deeds.on_episode(episode, "plan_visit", by=by, on=on) as done:
        wanted = PlannedVisit.objects.filter(
            episode=episode, channel=channel, by_day=by_day, withdrawn_on=None
        )
        if row := wanted.first():
            done.changed_nothing()
            return row
        row = PlannedVisit.objects.create(episode=episode, channel=channel, by_day=by_day, known_on=today)
        done.of(f"planned visit:{row.uid}", channel=channel)
    return row


def withdraw_visit(visit: PlannedVisit, *, by: Staff, on: datetime) -> PlannedVisit:
    """A planned follow-up is no longer wanted; nothing asks for it any more. Twice changes nothing."""
    with deeds.on_episode(visit.episode, "withdraw_visit", by=by, on=on) as done:
        row = PlannedVisit.objects.get(pk=visit.pk)
        if row.withdrawn_on is not None:
            done.changed_nothing()
            return row
        row.withdrawn_on = visit.episode.clinic.local_day(on)
        row.save(update_fields=["withdrawn_on"])
        done.of(f"planned visit:{row.uid}")
    return row
