"""The waiting list of a group: whoever has asked first is offered the next free place."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import deeds
from clinic.groups.frame import is_running, lock
from clinic.models import Episode, Group, Membership, Staff, WaitingPlace


def wait(group: Group, episode: Episode, *, by: Staff, on: datetime) -> WaitingPlace:
    """Put somebody on the waiting list of a group from today on. Twice changes nothing.

    Raises ValidationError at `client` for a client of another clinic, one who is not in care, who belongs to the group,
    or when the group has ended.
    """
    today = group.clinic.local_day(on)
    with transaction.atomic():
        row = lock(group)
        with deeds.on_episode(episode, "wait_for_group", by=by, on=on, recheck=False) as done:
            stay = Episode.objects.get(pk=episode.pk)
            if stay.clinic_id != row.clinic_id:
                raise ValidationError({"client": _("This client is looked after at another clinic.")})
            if stay.admitted_on > today or (stay.discharged_on is not None and stay.discharged_on <= today):
                raise ValidationError({"client": _("This client is not in care now.")})
            is_running(row, "client", today)
            if Membership.objects.filter(group=row, episode=stay, left_on=None).exists():
                raise ValidationError({"client": _("This client belongs to the group already.")})
            made, is_new = WaitingPlace.objects.get_or_create(
                group=row, episode=stay, ended_on=None, defaults={"asked_on": today}
            )
            done.of(f"group:{row.uid}")
            if not is_new:
                done.changed_nothing()
    return made


def stop_waiting(place: WaitingPlace, *, by: Staff, on: datetime) -> None:
    """Take somebody off a waiting list. One who is not on it any more stays off."""
    with deeds.on_episode(place.episode, "stop_waiting", by=by, on=on, recheck=False) as done:
        ended = WaitingPlace.objects.filter(pk=place.pk, ended_on=None).update(
            ended_on=place.episode.clinic.local_day(on), ended=WaitingPlace.Ended.WITHDRAWN
        )
        done.of(f"group:{place.group.uid}")
        if not ended:
            done.changed_nothing()
