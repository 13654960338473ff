"""What is written down of every change of a mark: the recording, from which an undo puts back what stood there, and the
rule that says when a change is a correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.attendance.said import Said, put_back, says
from clinic.models import Appointment, Recording, Staff
from clinic.models.schedule import Outcome

UNDO = timedelta(minutes=10)
LONGEST_WHY = 120


def keep(
    changes: Sequence[tuple[Appointment, Said, Said]], *, by: Staff, on: datetime, kind: str, why: str = ""
) -> None:
    """Write down what was recorded of each appointment before and after, in the caller's transaction; one statement.

    Take both from `says(row)`, before and after `apply`: only then can an undo put back exactly what stood there.
    """
    Recording.objects.bulk_create(
        Recording(
            appointment=row,
            session_id=row.session_id,
            clinic_id=row.clinic_id,
            at=on,
            by=by,
            kind=kind,
            before=before.told(),
            after=after.told(),
            why=why,
        )
        for row, before, after in changes
    )


def needs_why(row: Appointment, *, by: Staff, on: datetime) -> bool:
    """Whether a change is a correction: somebody else or an import recorded it, or it stood for 10 minutes."""
    if row.outcome == Outcome.SCHEDULED:
        return False
    return row.recorded_by_id != by.pk or row.recorded_at is None or row.recorded_at <= on - UNDO


def standing(history: Iterable[Recording]) -> Recording | None:
    """Of the recordings of one appointment, newest first, the last that was not taken back."""
    taken_back = 0
    for recording in history:
        if recording.kind == Recording.Kind.UNDO:
            taken_back += 1
        elif taken_back:
            taken_back -= 1
        else:
            return recording
    return None


def never_booked(row: Appointment, last: Recording) -> bool:
    """Whether a row stands there only because of the recording that is taken back: a walk-in's, or a visitor's seat.
    Without it nobody had booked it, and it would be owed for ever.
    """
    came_with_it = row.booked_at == last.at and row.starts_at <= last.at
    built_on = row.external_id or row.rebooking_of_id or row.series_id
    return came_with_it and not built_on and not row.rebookings.exists()


def reinstate(seats: Iterable[Appointment], cancelled_at: datetime) -> list[tuple[Appointment, Said, Said]]:
    """Let the seats that were cancelled with their session, at `cancelled_at`, say what they said before; not saved
    yet. One cancelled by the clinic at another time, for another reason, stays so. Returns what changed; one query.
    """
    with_it = [
        row for row in seats if row.outcome == Outcome.CANCELLED_BY_CLINIC and row.recorded_at == cancelled_at
    ]
    told = Recording.objects.filter(appointment__in=[row.pk for row in with_it], at=cancelled_at)
    stood = {
        each.appointment_id: each.before for each in told.exclude(kind=Recording.Kind.UNDO).order_by("pk")
    }
    changes = []
    for row in with_it:
        before = says(row)
        put_back(row, stood.get(row.pk) or Said(Outcome.SCHEDULED).told())
        row.version += 1
        changes.append((row, before, says(row)))
    return changes


def checked_why(why: str) -> str:
    """A reason for a correction, trimmed. Raises ValidationError at "why" on one that is too long."""
    why = why.strip()
    if len(why) > LONGEST_WHY:
        raise ValidationError({"why": _("Say it in %(n)s characters at most.") % {"n": LONGEST_WHY}})
    return why
