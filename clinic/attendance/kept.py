"""What is written down of every change of a mark: the recording, from which an undo puts back what stood there, and the
rule that says when a change is a correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.attendance.said import Said
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


def checked_why(why: str) -> str:
    """A reason for a correction, trimmed. Raises ValidationError at "why" on one that is too long."""
    why = why.strip()
    if len(why) > LONGEST_WHY:
        raise ValidationError({"why": _("Say it in %(n)s characters at most.") % {"n": LONGEST_WHY}})
    return why
