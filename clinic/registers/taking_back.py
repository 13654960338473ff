"""A session that did not happen, and taking back what was saved last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinic import limits
from clinic.attendance import UNDO, Said, keep, needs_why, never_booked, put_back, reinstate, says, standing
from clinic.models import Appointment, AuditEntry, Recording, Session, Staff
from clinic.models.schedule import Outcome
from clinic.registers.frame import LONGEST_REASON, change, hold, leave, must_be_current, store

REINSTATE = "reinstate_session"


def did_not_happen(session: Session, *, by: Staff, on: datetime, reason: str, version: int) -> int:
    """Say that a session did not take place: the clinic cancels every seat, so that it counts for nobody. A seat that
    has another time already keeps it. Returns how many seats changed.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON, needed=True)
    with transaction.atomic():
        held, rows = hold(session)
        if held.cancelled_at is not None:
            return 0
        must_be_current(held, version, (), None)
        if held.starts_at > on:
            raise ValidationError({"reason": _("It lies ahead: cancel it on the page of the group.")})
        settled = (Outcome.CANCELLED_BY_CLINIC, Outcome.RESCHEDULED)
        called_off = Said(Outcome.CANCELLED_BY_CLINIC)
        seats = [row for row in rows.values() if row.outcome not in settled]
        corrects = any(needs_why(row, by=by, on=on) for row in seats)
        changes = [change(row, called_off, reason, by, on) for row in seats]
        held.cancelled_at, held.reason, held.draft = on, reason, None
        store(held, changes)
        kind = Recording.Kind.CORRECTION if corrects else Recording.Kind.MARK
        keep(changes, by=by, on=on, kind=kind, why=reason if corrects else "")
        leave(held, "cancel_session", by, on, changes)
    return len(changes)


def took_place(session: Session, *, by: Staff, on: datetime, why: str, version: int) -> int:
    """Take back that a session did not take place: each seat that was cancelled with it says what it said before. One
    that the clinic had cancelled for another reason stays so. Returns how many seats changed.
    """
    why = limits.text("why", why, longest=LONGEST_REASON, needed=True)
    with transaction.atomic():
        held, rows = hold(session)
        if held.cancelled_at is None:
            return 0
        must_be_current(held, version, (), None)
        changes = reinstate(rows.values(), held.cancelled_at)
        held.cancelled_at, held.reason = None, ""
        store(held, changes)
        keep(changes, by=by, on=on, kind=Recording.Kind.CORRECTION, why=why)
        leave(held, REINSTATE, by, on, changes)
    return len(changes)


def last_save(history: Iterable[Recording], *, by: Staff, on: datetime) -> list[Recording]:
    """What this person can take back: everything they saved last in a register, where that was within 10 minutes and
    nobody has changed it since. `history` holds the recordings of its seats, newest first.
    """
    of_seat: dict[int, list[Recording]] = {}
    for recording in history:
        of_seat.setdefault(recording.appointment_id, []).append(recording)
    stands = [last for each in of_seat.values() if (last := standing(each)) is not None]
    mine = [last for last in stands if last.by_id == by.pk and last.at > on - UNDO]
    newest = max((last.at for last in mine), default=None)
    return [last for last in mine if last.at == newest]


def undo(session: Session, *, by: Staff, on: datetime, version: int) -> int:
    """Take back what this person saved last in a register, within 10 minutes: each seat says exactly what it said
    before, and a visitor's seat that was given with it is taken away. Returns how many changed.
    """
    with transaction.atomic():
        held, rows = hold(session)
        history = Recording.objects.filter(appointment__session=held).order_by("-pk")
        mine = {last.appointment_id: last for last in last_save(history, by=by, on=on)}
        if not mine:
            raise ValidationError(
                {"version": _("There is nothing of yours to take back: 10 minutes are over.")}
            )
        must_be_current(held, version, (), None)
        changes, gone = [], []
        for row in rows.values():
            last = mine.get(row.pk)
            if last is not None and never_booked(row, last):
                gone.append(row)
            elif last is not None:
                before = says(row)
                put_back(row, last.before)
                row.version += 1
                changes.append((row, before, says(row)))
        saved_at = next(iter(mine.values())).at
        if held.finished_at == saved_at:
            held.finished_at, held.finished_by = None, None
        if held.cancelled_at == saved_at:
            held.cancelled_at, held.reason = None, ""
        elif held.cancelled_at is None and _reinstated(held, mine.values(), saved_at):
            # As the seats say again, so that whoever takes it back later finds those that belong to it.
            stood = next(iter(mine.values())).before
            held.cancelled_at, held.reason = parse_datetime(stood["recorded_at"]), stood["reason"]
        for row in gone:
            (held.draft or {}).get("seats", {}).pop(str(row.uid), None)
        Appointment.objects.filter(pk__in=[row.pk for row in gone]).delete()
        store(held, changes)
        keep(changes, by=by, on=on, kind=Recording.Kind.UNDO)
        detail = {"taken_away": [str(row.uid) for row in gone]} if gone else {}
        leave(held, "undo_register", by, on, changes, episodes=[row.episode_id for row in gone], **detail)
    return len(changes) + len(gone)


def _reinstated(held: Session, save: Iterable[Recording], at: datetime) -> bool:
    """Whether a save took back that the session did not take place. Seats alone do not tell: one that the clinic had
    cancelled can be corrected by itself.
    """
    return (
        all(
            last.before["outcome"] == Outcome.CANCELLED_BY_CLINIC and last.before["recorded_at"]
            for last in save
        )
        and AuditEntry.objects.filter(subject=f"session:{held.uid}", deed=REINSTATE, at=at).exists()
    )
