"""Verbs on episodes: opening the file, who holds them, how they begin, pause and end; and a clinic's closed days."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, deeds, histories, limits, nudge
from clinic.models import (
    Assignment,
    Client,
    Clinic,
    Closure,
    Episode,
    Pause,
    Programme,
    Recheck,
    Role,
    Staff,
)
from clinic.models.care import PauseKind

LONGEST_SOURCE = 120


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
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    kind: str,
    starts_on: date,
    ends_on: date | None = None,
    source: str = "",
    confirmed: bool = True,
) -> Pause:
    """Note a span in which absence says nothing: who told, and whether somebody has made sure of it. What nobody
    confirms runs out by itself after 72 hours.

    Raises ValidationError at the field on an unknown kind, an end before its start, a second pause without an end, and
    too long a source.
    """
    limits.known("kind", kind, PauseKind.values)
    limits.in_order(starts_on, ends_on)
    source = limits.text("source", source, longest=LONGEST_SOURCE)
    with deeds.on_episode(episode, "pause", by=by, on=on) as done:
        if ends_on is None and Pause.objects.filter(episode=episode, ends_on=None).exists():
            raise ValidationError({"starts_on": _("A pause without an end is already noted.")})
        made = Pause.objects.create(
            episode=episode,
            kind=kind,
            starts_on=starts_on,
            ends_on=ends_on,
            source=source,
            confirmed=confirmed,
            reported_on=None if confirmed else episode.clinic.local_day(on),
        )
        done.of(f"pause:{made.uid}", kind=kind, confirmed=confirmed)
    return made


def confirm_pause(away: Pause, *, by: Staff, on: datetime) -> Pause:
    """Somebody has made sure of it: the pause holds as long as it says. Twice changes nothing."""
    with deeds.on_episode(away.episode, "confirm_pause", by=by, on=on) as done:
        row = Pause.objects.get(pk=away.pk)
        if row.confirmed:
            done.changed_nothing()
            return row
        row.confirmed = True
        row.save(update_fields=["confirmed"])
        done.of(f"pause:{row.uid}")
    return row


def end_pause(away: Pause, *, by: Staff, on: datetime, ends_on: date) -> Pause:
    """Say which day is a pause's last. From the day after it on the client is back, which asks for a contact (D16).

    Raises ValidationError at `ends_on` before its start.
    """
    limits.in_order(away.starts_on, ends_on)
    with deeds.on_episode(away.episode, "end_pause", by=by, on=on) as done:
        row = Pause.objects.get(pk=away.pk)
        if row.ends_on == ends_on:
            done.changed_nothing()
            return row
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        done.of(f"pause:{row.uid}", kind=row.kind)
    return row


def admit(client: Client, *, by: Staff, on: datetime, programme: Programme, admitted_on: date) -> Episode:
    """Begin a stay in care. Somebody who comes back begins a new one: nothing of the old one counts against them, and
    its history stays visible.

    Raises ValidationError at the field for a programme of another clinic, a client who is in care already, and a day
    that lies ahead or before the end of the stay before.
    """
    if programme.clinic_id != client.clinic_id:
        raise ValidationError({"programme": _("Choose a programme of this clinic.")})
    limits.not_ahead("admitted_on", admitted_on, client.clinic.local_day(on))
    with deeds.on_client(client, "admit", by=by, on=on) as done:
        before = Episode.objects.filter(client=client).order_by("admitted_on").last()
        if before is not None and before.discharged_on is None:
            raise ValidationError({"client": _("This client is in care already.")})
        if before is not None and admitted_on <= before.admitted_on:
            raise ValidationError({"admitted_on": _("Another stay began on that day or later.")})
        if before is not None and before.discharged_on and admitted_on < before.discharged_on:
            raise ValidationError({"admitted_on": _("The stay before had not ended on that day.")})
        made = Episode.objects.create(
            client=client, clinic_id=client.clinic_id, programme=programme, admitted_on=admitted_on
        )
        Recheck.objects.ask([made.pk], on=on)
        done.of(f"episode:{made.uid}")
        nudge.after_commit()
    return made


def close_day(clinic: Clinic, *, by: Staff, on: datetime, day: date, reason: str = "") -> Closure:
    """The clinic is closed on a day: absence on it counts for nothing. The same again changes nothing.

    Raises ValidationError at `reason` when it is too long.
    """
    reason = limits.text("reason", reason, longest=LONGEST_SOURCE)
    with transaction.atomic():
        row = Closure.objects.filter(clinic=clinic, day=day).first()
        if row is not None and row.reason == reason:
            return row
        row, _made = Closure.objects.update_or_create(clinic=clinic, day=day, defaults={"reason": reason})
        _days_changed(clinic, "close_day", day, by, on)
    return row


def reopen_day(clinic: Clinic, *, by: Staff, on: datetime, day: date) -> None:
    """The clinic is open on a day after all. A day that was not closed stays as it is."""
    with transaction.atomic():
        gone, _what = Closure.objects.filter(clinic=clinic, day=day).delete()
        if gone:
            _days_changed(clinic, "reopen_day", day, by, on)


def _days_changed(clinic: Clinic, deed: str, day: date, by: Staff, on: datetime) -> None:
    """Everybody in care is read again, for any of them may have been expected on that day."""
    Recheck.objects.ask(histories.open_episodes(clinic, clinic.local_day(on)), on=on)
    audit.record(by=by, on=on, deed=deed, clinic=clinic, detail={"day": day.isoformat()})
    nudge.after_commit()


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
