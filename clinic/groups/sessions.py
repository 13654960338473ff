"""What becomes of one session ahead: moved to another time, cancelled, and taken back."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import limits
from clinic.groups import conflicts, seats
from clinic.groups.frame import CLASH, conflict, lasts, lock_episodes, lock_sessions, on_group
from clinic.groups.schedule import may_meet
from clinic.models import Appointment, Group, Membership, Session, Staff
from clinic.models.schedule import Outcome

LONGEST_REASON = 120
CAME_OR_MISSED = (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY, Outcome.NO_SHOW)


def move_session(
    session: Session,
    *,
    by: Staff,
    on: datetime,
    starts_at: datetime,
    minutes: int,
    version: int,
    reason: str = "",
    despite: bool = False,
) -> Session:
    """Let a session take place at another time; its seats move along, and `moved_from` keeps the first time. Who does
    not belong to the group on the new day loses the seat, who does gains one.

    Raises ValidationError at `starts_at` for a time that has passed, on a closed day, or of another session of the
    group; at `minutes` for an end before its start; at `despite` with code CLASH when members or facilitators are
    expected elsewhere (see `conflicts.of`), unless `despite`; without a field when attendance is recorded or the
    session is cancelled; with code "conflict" when somebody else has changed it since `version`.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON)
    lasts("minutes", minutes)
    with on_group(session.group, "move_session", by=by, on=on) as done:
        done.subject = f"session:{session.uid}"
        row, episodes = _locked(session, done.group)
        if (row.starts_at, row.minutes) == (starts_at, minutes):
            done.changed_nothing()
            return row
        _unchanged(row, version)
        if row.cancelled_at is not None:
            raise ValidationError(_("This session is cancelled. Take that back before you move it."))
        _nobody_came(row)
        may_meet(done.group, starts_at, minutes, on, but=row)
        if not despite and conflicts.of(done.group, starts_at, minutes, on=on, but=row):
            look = _(
                "Somebody is expected elsewhere at that time. Tick the box to move the session all the same."
            )
            raise ValidationError({"despite": ValidationError(look, code=CLASH)})
        first = row.moved_from or row.starts_at
        row.moved_from = None if first == starts_at else first
        row.starts_at, row.minutes, row.reason = starts_at, minutes, reason
        row.version += 1
        row.save(update_fields=["starts_at", "minutes", "moved_from", "reason", "version"])
        seats.move_along([row], done.group)
        done.episodes |= episodes | seats.fit([row], done.group, by=by, on=on)
        row.refresh_from_db(fields=["version"])
        done.detail["seats"] = len(episodes)
    return row


def cancel_session(session: Session, *, by: Staff, on: datetime, reason: str, version: int) -> Session:
    """Say that a session does not take place: whoever has a seat is cancelled by the clinic, which counts for nothing.
    What somebody has told before (excused, cancelled by the client) stays. Twice changes nothing.

    Raises ValidationError at `reason` without one, without a field when attendance is recorded, and with code
    "conflict" when somebody else has changed the session since `version`.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON, needed=True)
    with on_group(session.group, "cancel_session", by=by, on=on) as done:
        done.subject = f"session:{session.uid}"
        row, _episodes = _locked(session, done.group)
        if row.cancelled_at is not None:
            done.changed_nothing()
            return row
        _unchanged(row, version)
        _nobody_came(row)
        blank = list(Appointment.objects.filter(session=row, outcome=Outcome.SCHEDULED).order_by("pk"))
        seats.cancel(blank, by=by, on=on, why=reason)
        row.cancelled_at, row.reason, row.draft = on, reason, None
        row.version += 1
        row.save(update_fields=["cancelled_at", "reason", "draft", "version"])
        done.episodes |= {seat.episode_id for seat in blank}
        done.detail["seats"] = len(blank)
    return row


def restore_session(session: Session, *, by: Staff, on: datetime, version: int) -> Session:
    """Take a cancellation back: the seats it cancelled stand as before, for whoever still belongs to the group.

    Raises ValidationError without a field when the session is not cancelled, or when something was booked in the stead
    of a seat; at `starts_at` when the day is closed or another session stands at that time; with code "conflict".
    """
    with on_group(session.group, "restore_session", by=by, on=on) as done:
        done.subject = f"session:{session.uid}"
        row, _episodes = _locked(session, done.group)
        if row.cancelled_at is None:
            raise ValidationError(_("This session is not cancelled."))
        _unchanged(row, version)
        cancelled = Appointment.objects.filter(
            session=row, outcome=Outcome.CANCELLED_BY_CLINIC, recorded_at=row.cancelled_at
        )
        if Appointment.objects.filter(rebooking_of__in=cancelled.values("pk")).exists():
            raise ValidationError(
                _(
                    "Something was booked in the stead of this session. It stays cancelled; add another session."
                )
            )
        if row.starts_at > on:
            may_meet(done.group, row.starts_at, row.minutes, on, but=row)
        back = list(cancelled.order_by("pk"))
        seats.uncancel(back, row.cancelled_at, by=by, on=on)
        row.cancelled_at, row.reason = None, ""
        row.version += 1
        row.save(update_fields=["cancelled_at", "reason", "version"])
        done.episodes |= {seat.episode_id for seat in back} | seats.fit([row], done.group, by=by, on=on)
        row.refresh_from_db(fields=["version"])
        done.detail["seats"] = len(back)
    return row


def _locked(session: Session, group: Group) -> tuple[Session, set[int]]:
    """The session as it stands now, and the stays in care of its seats; all of them locked, the members' too."""
    seated = set(Appointment.objects.filter(session=session).values_list("episode", flat=True))
    members = Membership.objects.filter(group=group, left_on=None).values_list("episode", flat=True)
    lock_episodes(seated | set(members))
    lock_sessions([session.pk])
    return Session.objects.get(pk=session.pk), seated


def _unchanged(row: Session, version: int) -> None:
    if row.version != version:
        raise conflict(
            _(
                "Somebody else changed this session meanwhile. What stands now is shown; yours is not saved yet."
            )
        )


def _nobody_came(row: Session) -> None:
    if Appointment.objects.filter(session=row, outcome__in=CAME_OR_MISSED).exists():
        raise ValidationError(_("Attendance is recorded of this session. Correct its register first."))
    if row.finished_at is not None:
        raise ValidationError(_("The register of this session is finished. Correct it first."))
