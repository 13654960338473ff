"""Verbs on episodes: opening the file, who holds them, how they begin, pause and end; and a clinic's closed days."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic import audit, deeds, histories, limits, nudge
from clinic.models import (
    Assignment,
    Client,
    Clinic,
    Closure,
    Episode,
    Medication,
    Pause,
    Programme,
    ProgrammeChange,
    Recheck,
    Role,
    Staff,
)
from clinic.models.care import DischargeKind, PauseKind

LONGEST_SOURCE = 120
LONGEST_NOTE = 280
EARLIEST_YEAR = 1900
CONFLICT = "conflict"


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

    Raises ValidationError at the field on an unknown kind, an end before its start, a second pause without an end, days
    of another pause, and too long a source.
    """
    limits.known("kind", kind, PauseKind.values)
    limits.in_order(starts_on, ends_on)
    source = limits.text("source", source, longest=LONGEST_SOURCE)
    with deeds.on_episode(episode, "pause", by=by, on=on) as done:
        if ends_on is None and Pause.objects.filter(episode=episode, ends_on=None).exists():
            raise ValidationError({"starts_on": _("A pause without an end is already noted.")})
        _beside_others(episode, starts_on, ends_on)
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


def confirm_pause(away: Pause, *, by: Staff, on: datetime, seen: str | None = None) -> Pause:
    """Somebody has made sure of it: the pause holds as long as it says. Twice changes nothing.

    Raises ValidationError with code "conflict" when it no longer says what somebody has `seen` (`Pause.state`).
    """
    with deeds.on_episode(away.episode, "confirm_pause", by=by, on=on) as done:
        row = Pause.objects.get(pk=away.pk)
        if row.confirmed:
            done.changed_nothing()
            return row
        _as_seen(row, seen)
        row.confirmed = True
        row.save(update_fields=["confirmed"])
        done.of(f"pause:{row.uid}")
    return row


def end_pause(away: Pause, *, by: Staff, on: datetime, ends_on: date, seen: str | None = None) -> Pause:
    """Say which day is a pause's last. From the day after it on the client is back, which asks for a contact (D16).

    Raises ValidationError at `ends_on` before its start and on days of another pause; with code "conflict" when it no
    longer says what somebody has `seen` (`Pause.state`).
    """
    limits.in_order(away.starts_on, ends_on)
    with deeds.on_episode(away.episode, "end_pause", by=by, on=on) as done:
        row = Pause.objects.get(pk=away.pk)
        if row.ends_on == ends_on:
            done.changed_nothing()
            return row
        _as_seen(row, seen)
        _beside_others(row.episode, row.starts_on, ends_on, but=row)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        Medication.objects.filter(episode=row.episode).update(made_through=None)
        done.of(f"pause:{row.uid}", kind=row.kind)
    return row


def _as_seen(row: Pause, seen: str | None) -> None:
    if seen is not None and row.state != seen:
        raise ValidationError(
            _(
                "Somebody else changed this pause meanwhile. What it says now is shown; yours is not saved yet."
            ),
            code=CONFLICT,
        )


def _beside_others(episode: Episode, starts_on: date, ends_on: date | None, but: Pause | None = None) -> None:
    """Raise ValidationError when another pause holds on some of these days; at the field that could be another."""
    others = Pause.objects.filter(episode=episode)
    for each in others.exclude(pk=but.pk) if but else others:
        last = each.counts_to
        if (ends_on is None or each.starts_on <= ends_on) and (last is None or starts_on <= last):
            days = {
                "first": date_format(each.starts_on, "j M Y"),
                "last": last and date_format(last, "j M Y"),
            }
            if last is None:
                said = _("A pause since %(first)s goes on already. End that one first.") % days
            else:
                said = _("A pause from %(first)s to %(last)s holds on some of these days already.") % days
            raise ValidationError({"ends_on" if but else "starts_on": said})


def admit(client: Client, *, by: Staff, on: datetime, programme: Programme, admitted_on: date) -> Episode:
    """Begin a stay in care. Somebody who comes back begins a new one: nothing of the old one counts against them, and
    its history stays visible.

    Raises ValidationError at the field for a programme of another clinic, a client who is in care already, and a day
    that lies ahead, before the birth or before the end of the stay before.
    """
    if programme.clinic_id != client.clinic_id:
        raise ValidationError({"programme": _("Choose a programme of this clinic.")})
    limits.not_ahead("admitted_on", admitted_on, client.clinic.local_day(on))
    if client.date_of_birth is not None and admitted_on < client.date_of_birth:
        raise ValidationError({"admitted_on": _("The admission lies before the date of birth.")})
    if admitted_on.year < EARLIEST_YEAR:
        raise ValidationError({"admitted_on": _("That day is too long ago. Check the year.")})
    with deeds.on_client(client, "admit", by=by, on=on) as done:
        # Of two who admit at once the second waits here and is told.
        Client.objects.select_for_update().get(pk=client.pk)
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


def change_programme(
    episode: Episode, *, by: Staff, on: datetime, programme: Programme, day: date, version: int | None = None
) -> Episode:
    """Move a stay to another programme from a day on. Of two changes on one day the later takes the place of the first.

    Raises ValidationError at the field for a programme of another clinic or the present one, a day that lies ahead,
    before the admission or before the newest change; at "programme" after a discharge; with code "conflict" when
    `version` is given and somebody else has changed the stay meanwhile.
    """
    if programme.clinic_id != episode.clinic_id:
        raise ValidationError({"programme": _("Choose a programme of this clinic.")})
    limits.not_ahead("day", day, episode.clinic.local_day(on))
    limits.not_before_admission("day", day, episode)
    with deeds.on_episode(episode, "change_programme", by=by, on=on) as done:
        row = _stay_as_seen(episode, version)
        if row.discharged_on is not None:
            raise ValidationError({"programme": _("This stay has ended.")})
        if row.programme_id == programme.pk:
            raise ValidationError({"programme": _("The client is in this programme already.")})
        last = ProgrammeChange.objects.filter(episode=row).order_by("-day").first()
        if last is not None and day < last.day:
            raise ValidationError({"day": _("The programme was changed again after that day.")})
        if last is not None and day == last.day:
            before = last.before_id
            last.delete()
        else:
            before = row.programme_id
        if before != programme.pk:
            ProgrammeChange.objects.create(episode=row, before_id=before, after=programme, day=day, by=by)
        row.programme = programme
        row.version += 1
        row.save(update_fields=["programme", "version"])
        done.detail = {"to": str(programme.uid), "day": day.isoformat()}
    return row


def close_day(
    clinic: Clinic, *, by: Staff, on: datetime, day: date, reason: str = "", anew: bool = False
) -> Closure:
    """The clinic is closed on a day: absence on it counts for nothing. The same again changes nothing.

    Raises ValidationError at `reason` when it is too long; at `day` with code "conflict" for a day that is closed with
    another reason already, where it must not change (`anew`).
    """
    reason = limits.text("reason", reason, longest=LONGEST_SOURCE)
    with transaction.atomic():
        row, made = Closure.objects.get_or_create(clinic=clinic, day=day, defaults={"reason": reason})
        if not made and row.reason == reason:
            return row
        if not made and anew:
            said = _("This day is closed already: %(reason)s.") % {
                "reason": row.reason or _("no reason noted")
            }
            raise ValidationError({"day": ValidationError(said, code=CONFLICT)})
        if not made:
            row.reason = reason
            row.save(update_fields=["reason"])
        _days_changed(clinic, "close_day", day, by, on)
    return row


def reopen_day(clinic: Clinic, *, by: Staff, on: datetime, day: date) -> None:
    """The clinic is open on a day after all. A day that was not closed stays as it is."""
    with transaction.atomic():
        gone, _what = Closure.objects.filter(clinic=clinic, day=day).delete()
        if gone:
            # Dosing windows were left out on that day: they are looked at again.
            Medication.objects.filter(episode__clinic=clinic).update(made_through=None)
            _days_changed(clinic, "reopen_day", day, by, on)


def _days_changed(clinic: Clinic, deed: str, day: date, by: Staff, on: datetime) -> None:
    """Everybody in care is read again, for any of them may have been expected on that day."""
    Recheck.objects.ask(histories.open_episodes(clinic, clinic.local_day(on)), on=on)
    audit.record(by=by, on=on, deed=deed, clinic=clinic, detail={"day": day.isoformat()})
    nudge.after_commit()


def discharge(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    discharged_on: date,
    kind: str = "",
    note: str = "",
    version: int | None = None,
) -> Episode:
    """End a stay in care: that day is the first one no longer in it. Its open follow-ups close with the recheck. What
    was planned for later ends with `intake.discharge`, which pages use.

    Raises ValidationError at the field before the admission, on an unknown kind and too long a note; with code
    "conflict" when `version` is given and somebody else has changed the stay meanwhile.
    """
    if discharged_on < episode.admitted_on:
        raise ValidationError({"discharged_on": _("The discharge lies before the admission.")})
    if kind:
        limits.known("kind", kind, DischargeKind.values)
    note = limits.text("note", note, longest=LONGEST_NOTE)
    with deeds.on_episode(episode, "discharge", by=by, on=on) as done:
        row = _stay_as_seen(episode, version)
        row.discharged_on, row.discharged_as, row.discharge_note = discharged_on, kind, note
        row.version += 1
        row.save(update_fields=["discharged_on", "discharged_as", "discharge_note", "version"])
        done.detail = {"as": kind, "day": discharged_on.isoformat()}
    return row


def _stay_as_seen(episode: Episode, version: int | None) -> Episode:
    """The stay as it is now, its row locked by the caller. Raises ValidationError with code "conflict" when it is no
    longer the `version` somebody saw.
    """
    row: Episode = Episode.objects.select_related("clinic", "programme").get(pk=episode.pk)
    if version is not None and row.version != version:
        raise ValidationError(
            _("Somebody has changed this stay meanwhile. Here is how it stands now."), code=CONFLICT
        )
    return row
