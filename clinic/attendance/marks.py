"""Saying what became of one appointment, taking it back, correcting it."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic import audit, nudge
from clinic.attendance.kept import UNDO, checked_why, keep, needs_why, never_booked, standing
from clinic.attendance.said import RECORDED, Said, apply, check, put_back, repeats, says
from clinic.models import Appointment, Episode, Recheck, Recording, Staff
from clinic.models.schedule import Outcome

CONFLICT, WHY = "conflict", "why"
LONGEST_CHAIN = 60
DEEDS = {
    Recording.Kind.MARK: "mark_attendance",
    Recording.Kind.CORRECTION: "correct_attendance",
    Recording.Kind.UNDO: "undo_attendance",
}


def mark(
    appointment: Appointment,
    *,
    by: Staff,
    on: datetime,
    outcome: str,
    reason: str = "",
    participation: int | None = None,
    version: int | None = None,
    excuse: str = "",
    minutes_late: int | None = None,
    minutes_stayed: int | None = None,
    cancelled_at: datetime | None = None,
    why: str = "",
) -> Appointment:
    """Say what became of one appointment; "scheduled" takes a mark back. The same mark twice changes nothing.

    `excuse` is a token of Excuse, kept with "excused" only; minutes are kept with "late" and "left_early" only;
    `cancelled_at` is when it became known that it would not take place (now, unless somebody says so). What was
    recorded more than 10 minutes ago, by somebody else or by an import is corrected: that needs `why`.

    Raises ValidationError, at its field, on an unknown outcome or excuse, on one that cannot be known yet, on a rating
    of somebody who was not there, on a correction without a reason; with code "conflict" when `version` is given and
    somebody else has changed the row meanwhile.
    """
    said = Said(outcome, participation, excuse, minutes_late, minutes_stayed, reason, cancelled_at)
    check(appointment, said, on)
    why = checked_why(why)
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=appointment.episode_id)
        # As the caller read it, which saves a statement; where that is not how it stands now, read again.
        row, is_now = copy(appointment), False
        while True:
            if is_now and repeats(row, said):
                return row
            if is_now and version is not None and row.version != version:
                raise ValidationError({"outcome": ValidationError(_conflict(row), code=CONFLICT)})
            corrects = needs_why(row, by=by, on=on)
            if is_now and corrects and not why:
                raise ValidationError({"why": ValidationError(_how_it_stands(row), code=WHY)})
            may = not repeats(row, said) and version in (None, row.version) and (why or not corrects)
            if may and _stored(row, before := says(row), said, by, on):
                break
            row, is_now = Appointment.objects.select_related("recorded_by").get(pk=appointment.pk), True
        kind = Recording.Kind.CORRECTION if corrects else Recording.Kind.MARK
        keep([(row, before, says(row))], by=by, on=on, kind=kind, why=why if corrects else "")
        _leave(row, before, by=by, on=on, kind=kind, client=appointment)
    return row


def undo(appointment: Appointment, *, by: Staff, on: datetime, version: int | None = None) -> Appointment:
    """Take back what this person recorded last of an appointment, within 10 minutes: it says exactly what it said
    before. Again, it takes back what they had recorded before that. A second click on the same button does nothing.

    A new time that was booked together with the mark is taken back with it, while nobody has touched it; so is a visit
    that came into being with it, because nobody had booked it: the row returned has no `pk` then. Raises
    ValidationError at "outcome" when there is nothing to take back, with code "conflict" as `mark`.
    """
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=appointment.episode_id)
        row = Appointment.objects.select_related("recorded_by").filter(pk=appointment.pk).first()
        if row is None:  # the first of two clicks has taken it away
            return Appointment(uid=appointment.uid, version=appointment.version)
        history = list(Recording.objects.filter(appointment=row).order_by("-pk")[:LONGEST_CHAIN])
        if version is not None and row.version != version:
            if history and (history[0].kind, history[0].by_id) == (Recording.Kind.UNDO, by.pk):
                return row
            raise ValidationError({"outcome": ValidationError(_conflict(row), code=CONFLICT)})
        last = standing(history)
        if last is None:
            raise ValidationError({"outcome": _("There is nothing to take back.")})
        if last.by_id != by.pk or last.at <= on - UNDO:
            raise ValidationError(
                {"outcome": _("Too late to take back. Press what happened and say why it is corrected.")}
            )
        before = says(row)
        _take_back_new_time(row, last)
        put_back(row, last.before)
        row.version += 1
        if never_booked(row, last):
            row.delete()
        else:
            row.save(update_fields=[*RECORDED, "version"])
            keep([(row, before, says(row))], by=by, on=on, kind=Recording.Kind.UNDO)
        _leave(row, before, by=by, on=on, kind=Recording.Kind.UNDO, client=appointment)
    return row


def _stored(row: Appointment, before: Said, said: Said, by: Staff, on: datetime) -> bool:
    """Save the change unless the row in the database is another than the one read."""
    apply(row, said, said.reason, by, on)
    now = Appointment.objects.filter(pk=row.pk, version=row.version, outcome=before.outcome)
    row.version += 1
    return bool(now.update(**{name: getattr(row, name) for name in (*RECORDED, "version")}))


def _leave(
    row: Appointment,
    before: Said,
    *,
    by: Staff,
    on: datetime,
    kind: str,
    client: Appointment,
) -> None:
    """What every change of a mark leaves behind beside its recording: a recheck, an entry in the ledger, a nudge."""
    Recheck.objects.ask([row.episode_id], on=on)
    audit.record(
        by=by,
        on=on,
        deed=DEEDS[Recording.Kind(kind)],
        clinic=row.clinic_id,
        client=client.episode.client_id,
        subject=f"appointment:{row.uid}",
        detail={"from": str(before.outcome), "to": str(row.outcome)},
    )
    nudge.after_commit()


def _take_back_new_time(row: Appointment, last: Recording) -> None:
    """The new time that was booked in one step with a mark, where nothing has become of it yet."""
    if last.after["outcome"] == Outcome.RESCHEDULED:
        Appointment.objects.filter(
            rebooking_of=row,
            booked_at=last.at,
            version=1,
            outcome=Outcome.SCHEDULED,
            rebookings=None,
            recordings=None,
        ).delete()


def _conflict(row: Appointment) -> str:
    if row.outcome == Outcome.SCHEDULED:
        starts = row.starts_at.astimezone(row.clinic.zone)
        return _(
            "This changed meanwhile: %(day)s, %(time)s, and nothing is recorded of it. Yours is not saved yet."
        ) % {"day": date_format(starts, pgettext("day", "D j M")), "time": f"{starts:%H:%M}"}
    who = row.recorded_by.name if row.recorded_by else _("Somebody")
    return _("%(who)s recorded this meanwhile: %(outcome)s. Yours is not saved yet.") % {
        "who": who,
        "outcome": row.get_outcome_display().lower(),
    }


def _how_it_stands(row: Appointment) -> str:
    """Why a change of what is recorded is a correction."""
    if row.recorded_by is None or row.recorded_at is None:
        return _("This was recorded before. Say why it is corrected.")
    return _("%(who)s recorded this. Say why it is corrected.") % {"who": row.recorded_by.name}
