"""Verbs on episodes: opening the file, who holds them, when they pause, when they end."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, nudge
from clinic.models import Assignment, Client, Episode, Pause, Recheck, Role, Staff
from clinic.models.care import PauseKind


def open_file(client: Client, *, by: Staff, on: datetime) -> None:
    """Note that somebody opened a client's file, telephone number and all. Written before anything of it is shown."""
    with transaction.atomic():
        audit.record(
            by=by,
            on=on,
            deed="view_client_file",
            clinic=client.clinic_id,
            client=client.pk,
            subject=f"client:{client.uid}",
        )


def assign(episode: Episode, *, to: Staff, by: Staff, on: datetime, starts_on: date) -> Assignment:
    """Give an episode to a case manager from a day on; the one before holds it until then.

    Raises ValidationError when the person is no case manager of the episode's clinic, or the day lies before the
    admission or before the present holder's first day.
    """
    if to.clinic_id != episode.clinic_id or not to.roles.filter(role=Role.CASE_MANAGER).exists():
        raise ValidationError({"to": _("Choose a case manager of this clinic.")})
    if starts_on < episode.admitted_on:
        raise ValidationError({"starts_on": _("Choose a day on or after the admission.")})
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=episode.pk)
        held = Assignment.objects.filter(episode=episode, ends_on=None).first()
        if held and held.starts_on > starts_on:
            raise ValidationError({"starts_on": _("Somebody else holds this client from a later day.")})
        if held and held.case_manager_id == to.pk:
            return held
        if held:
            Assignment.objects.filter(pk=held.pk, ends_on=None).update(ends_on=starts_on)
        made = Assignment.objects.create(episode=episode, case_manager=to, starts_on=starts_on)
        audit.record(
            by=by,
            on=on,
            deed="assign",
            clinic=episode.clinic_id,
            client=episode.client_id,
            subject=f"episode:{episode.uid}",
            detail={"to": str(to.uid)},
        )
    return made


def pause(
    episode: Episode, *, by: Staff, on: datetime, kind: str, starts_on: date, ends_on: date | None = None
) -> Pause:
    """Note a span in which absence says nothing. Raises ValidationError on an unknown kind, or an end before
    its start.
    """
    if kind not in PauseKind.values:
        raise ValidationError({"kind": _("Choose what kind of pause it is.")})
    if ends_on is not None and ends_on < starts_on:
        raise ValidationError({"ends_on": _("The end lies before the start.")})
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=episode.pk)
        if ends_on is None and Pause.objects.filter(episode=episode, ends_on=None).exists():
            raise ValidationError({"starts_on": _("A pause without an end is already noted.")})
        made = Pause.objects.create(episode=episode, kind=kind, starts_on=starts_on, ends_on=ends_on)
        Recheck.objects.ask([episode.pk], on=on)
        audit.record(
            by=by,
            on=on,
            deed="pause",
            clinic=episode.clinic_id,
            client=episode.client_id,
            subject=f"pause:{made.uid}",
            detail={"kind": kind},
        )
        nudge.after_commit()
    return made


def discharge(episode: Episode, *, by: Staff, on: datetime, discharged_on: date) -> Episode:
    """End a stay in care. Its open follow-ups close with the recheck. Raises ValidationError before the admission."""
    if discharged_on < episode.admitted_on:
        raise ValidationError({"discharged_on": _("The discharge lies before the admission.")})
    with transaction.atomic():
        row = Episode.objects.select_for_update().get(pk=episode.pk)
        row.discharged_on = discharged_on
        row.save(update_fields=["discharged_on"])
        Recheck.objects.ask([row.pk], on=on)
        audit.record(
            by=by,
            on=on,
            deed="discharge",
            clinic=row.clinic_id,
            client=row.client_id,
            subject=f"episode:{row.uid}",
        )
        nudge.after_commit()
    return row
