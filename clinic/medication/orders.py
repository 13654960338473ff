"""Orders, breaks, what was handed out, and injections."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.medication.windows import call_off
from clinic.models import Episode, Injection, Medication, MedicationBreak, Staff, Supply

LONGEST_SUPPLY = timedelta(days=92)
CONFLICT = "conflict"


def order(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    kind: str,
    medicine: str,
    starts_on: date,
    ends_on: date | None = None,
    hour: time | None = None,
    weekdays: Collection[int] = (),
) -> Medication:
    """Keep an order: how it is given, which medicine, from when to when. An observed one has a window: an hour of the
    clinic's own clock, and weekdays (0 = Monday); its appointments are made by `make_windows`.

    Raises ValidationError at the field on an unknown kind or medicine, an end before the start, and an observed order
    without hour or weekdays.
    """
    limits.known("kind", kind, Medication.Kind.values)
    limits.known("medicine", medicine, Medication.Medicine.values)
    limits.in_order(starts_on, ends_on)
    observed = kind == Medication.Kind.OBSERVED
    if observed and hour is None:
        raise ValidationError({"hour": _("Say at which hour it is given.")})
    if observed and (not weekdays or not set(weekdays) <= set(range(7))):
        raise ValidationError({"weekdays": _("Choose the weekdays on which it is given.")})
    with deeds.on_episode(episode, "order_medication", by=by, on=on) as done:
        row = Medication.objects.create(
            episode=episode,
            kind=kind,
            medicine=medicine,
            starts_on=starts_on,
            ends_on=ends_on,
            known_on=episode.clinic.local_day(on),
            hour=hour if observed else None,
            weekdays=sorted(set(weekdays)) if observed else [],
        )
        done.of(f"medication:{row.uid}", kind=kind)
    return row


def end_order(
    medication: Medication,
    *,
    by: Staff,
    on: datetime,
    ends_on: date,
    ended: str,
    seen: str | None = None,
) -> Medication:
    """Say which day is an order's last, and how it ended. Windows ahead that no order asks for any more are called off,
    not deleted.

    Raises ValidationError at the field on an end before the start, and on an unknown reason; with code "conflict" when
    it no longer says what somebody has `seen` (`Medication.state`).
    """
    limits.known("ended", ended, Medication.Ended.values)
    limits.in_order(medication.starts_on, ends_on)
    with deeds.on_episode(medication.episode, "end_order", by=by, on=on) as done:
        row = Medication.objects.get(pk=medication.pk)
        if (row.ends_on, row.ended) == (ends_on, ended):
            done.changed_nothing()
            return row
        _as_seen(row, seen)
        row.ends_on, row.ended, row.made_through = ends_on, ended, None
        row.save(update_fields=["ends_on", "ended", "made_through"])
        done.of(f"medication:{row.uid}", ended=ended, called_off=call_off(row, by, on))
    return row


def suspend(
    medication: Medication,
    *,
    by: Staff,
    on: datetime,
    kind: str,
    starts_on: date,
    ends_on: date | None = None,
) -> MedicationBreak:
    """Note days on which a missed dose says nothing: guest dosing, a transfer, what the prescriber directed. Both days
    belong to it; windows ahead that fall into it are called off.

    Raises ValidationError at the field on an unknown kind, an end before the start, and days of another break.
    """
    limits.known("kind", kind, MedicationBreak.Kind.values)
    limits.in_order(starts_on, ends_on)
    with deeds.on_episode(medication.episode, "suspend_order", by=by, on=on) as done:
        others = MedicationBreak.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=starts_on), medication=medication
        )
        if (others.filter(starts_on__lte=ends_on) if ends_on else others).exists():
            raise ValidationError({"starts_on": _("A break is already noted on some of these days.")})
        made = MedicationBreak.objects.create(
            medication=medication, kind=kind, starts_on=starts_on, ends_on=ends_on
        )
        called_off = call_off(medication, by, on)
        done.of(f"medication:{medication.uid}", kind=kind, called_off=called_off)
    return made


def resume(
    away: MedicationBreak, *, by: Staff, on: datetime, ends_on: date, seen: str | None = None
) -> MedicationBreak:
    """Say which day is a break's last. The windows after it come back with the next `make_windows`.

    Raises ValidationError at `ends_on` before the break's start; with code "conflict" as `end_order` does.
    """
    limits.in_order(away.starts_on, ends_on)
    medication = away.medication
    with deeds.on_episode(medication.episode, "resume_order", by=by, on=on) as done:
        row = MedicationBreak.objects.get(pk=away.pk)
        if row.ends_on == ends_on:
            done.changed_nothing()
            return row
        _as_seen(row, seen)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        Medication.objects.filter(pk=medication.pk).update(made_through=None)
        done.of(f"medication:{medication.uid}", called_off=call_off(medication, by, on))
    return row


def hand_out(
    medication: Medication,
    *,
    by: Staff,
    on: datetime,
    picked_up_on: date,
    lasts_until: date,
    anew: bool = False,
) -> Supply:
    """Medication to take home, handed out or prescribed on a day, lasting through another. The same day again corrects
    how long it lasts.

    Raises ValidationError at the field for an injection, a day ahead, and a supply of no day or more than 92 days; with
    code "conflict" where it would correct another one and must not (`anew`).
    """
    if medication.kind == Medication.Kind.INJECTION:
        raise ValidationError({"medication": _("An injection is not handed out.")})
    limits.not_ahead("picked_up_on", picked_up_on, medication.episode.clinic.local_day(on))
    if lasts_until < picked_up_on:
        raise ValidationError({"lasts_until": _("It would be used up before it was picked up.")})
    if lasts_until - picked_up_on >= LONGEST_SUPPLY:
        raise ValidationError({"lasts_until": _("A supply lasts at most 92 days.")})
    with deeds.on_episode(medication.episode, "hand_out", by=by, on=on) as done:
        row = Supply.objects.filter(medication=medication, picked_up_on=picked_up_on).first()
        if row is not None and row.lasts_until == lasts_until:
            done.changed_nothing()
            return row
        if row is not None and anew:
            last = date_format(row.lasts_until, "j M Y")
            said = _("A supply of that day is noted already, until %(day)s. Tick below to correct it.") % {
                "day": last
            }
            raise ValidationError({"picked_up_on": ValidationError(said, code=CONFLICT)})
        row = row or Supply(medication=medication, picked_up_on=picked_up_on)
        row.lasts_until = lasts_until
        row.save()
        done.of(f"medication:{medication.uid}", days=(lasts_until - picked_up_on).days + 1)
    return row


def plan_injection(medication: Medication, *, by: Staff, on: datetime, due_on: date) -> Injection:
    """Say when an injection is due. The same day again changes nothing.

    Raises ValidationError at the field where the order is none for injections, or the day lies before its start.
    """
    if medication.kind != Medication.Kind.INJECTION:
        raise ValidationError({"medication": _("This order is not for injections.")})
    if due_on < medication.starts_on:
        raise ValidationError({"due_on": _("That day lies before the order’s start.")})
    with deeds.on_episode(medication.episode, "plan_injection", by=by, on=on) as done:
        if row := Injection.objects.filter(medication=medication, due_on=due_on).first():
            done.changed_nothing()
            return row
        known_on = medication.episode.clinic.local_day(on)
        row = Injection.objects.create(medication=medication, due_on=due_on, known_on=known_on)
        done.of(f"medication:{medication.uid}", injection=row.pk)
    return row


def give_injection(
    injection: Injection, *, by: Staff, on: datetime, given_on: date, seen: str | None = None
) -> Injection:
    """Note the day an injection was given; another day corrects it. Raises ValidationError at `given_on` for a day
    ahead or before the order's start; with code "conflict" as `end_order` does.
    """
    medication = injection.medication
    limits.not_ahead("given_on", given_on, medication.episode.clinic.local_day(on))
    if given_on < medication.starts_on:
        raise ValidationError({"given_on": _("That day lies before the order’s start.")})
    with deeds.on_episode(medication.episode, "give_injection", by=by, on=on) as done:
        row = Injection.objects.get(pk=injection.pk)
        if row.given_on == given_on:
            done.changed_nothing()
            return row
        _as_seen(row, seen)
        row.given_on = given_on
        row.save(update_fields=["given_on"])
        done.of(f"medication:{medication.uid}", injection=row.pk)
    return row


def _as_seen(row: Medication | MedicationBreak | Injection, seen: str | None) -> None:
    if seen is not None and row.state != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. What it says now is shown; yours is not saved yet."),
            code=CONFLICT,
        )
