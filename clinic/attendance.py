"""Verbs on attendance: saying what became of an appointment, one by one or a register at a time.

Each checks, changes, asks for a recheck of the client and writes its audit entry in one transaction. The episode's row
is locked first, so that a sweep reading the same client waits its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit, deeds, limits, nudge
from clinic.models import Appointment, Client, Episode, Recheck, Session, Staff
from clinic.models.schedule import Channel, Excuse, Outcome

CAME = frozenset((Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY))
PAST_ONLY = CAME | {Outcome.NO_SHOW}
KNOWN_AHEAD = frozenset(
    (Outcome.CANCELLED_BY_CLIENT, Outcome.CANCELLED_BY_CLINIC, Outcome.EXCUSED, Outcome.RESCHEDULED)
)
EARLY_ARRIVAL = timedelta(hours=12)
LONGEST_MINUTES = 600
MEETING_MINUTES = 60
RECORDED = (
    "outcome",
    "reason",
    "excuse",
    "participation",
    "minutes_late",
    "minutes_stayed",
    "cancelled_at",
    "recorded_at",
    "recorded_by",
)
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Seat:
    """What a register says of one member: an outcome ("scheduled" leaves it unrecorded), a rating of 1 to 4, and in
    minutes how late they came or how long they stayed, where somebody noted it.
    """

    outcome: str
    participation: int | None = None
    minutes_late: int | None = None
    minutes_stayed: int | None = None


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
) -> Appointment:
    """Say what became of one appointment; "scheduled" takes a mark back. The same mark twice changes nothing.

    `excuse` is a token of Excuse, kept with "excused" only; minutes are kept with "late" and "left_early" only. Raises
    ValidationError, at its field, on an unknown outcome or excuse, on one that cannot be known yet, on a rating of
    somebody who was not there; with code "conflict" when `version` is given and somebody else has changed the row
    meanwhile.
    """
    said = Said(outcome, participation, excuse, minutes_late, minutes_stayed)
    _check(appointment, said, on)
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=appointment.episode_id)
        row = Appointment.objects.get(pk=appointment.pk)
        if (_says(row), row.reason) == (said.kept(), reason):
            return row
        if version is not None and row.version != version:
            raise ValidationError({"outcome": ValidationError(_conflict(row), code=CONFLICT)})
        before = row.outcome
        _apply(row, said, reason, by, on)
        row.version += 1
        row.save(update_fields=[*RECORDED, "version"])
        Recheck.objects.ask([row.episode_id], on=on)
        audit.record(
            by=by,
            on=on,
            deed="mark_attendance",
            clinic=row.clinic_id,
            client=appointment.episode.client_id,
            subject=f"appointment:{row.uid}",
            detail={"from": before, "to": outcome},
        )
        nudge.after_commit()
    return row


def save_register(
    session: Session, *, by: Staff, on: datetime, seats: Mapping[UUID, Seat], version: int
) -> int:
    """Save a session's register: what `seats` says of its members, by the uid of their appointment. Returns how many
    changed. Members not named stay as they are; what is left blank stays unrecorded.

    Raises ValidationError on an outcome that cannot be known yet, and with code "conflict" when somebody else has saved
    this register since `version`.
    """
    with transaction.atomic():
        rows = {
            row.uid: row
            for row in Appointment.objects.filter(session=session, uid__in=seats).select_related("episode")
        }
        changed = []
        for uid, seat in seats.items():
            row = rows.get(uid)
            rating = seat.participation if seat.outcome in CAME else None
            said = Said(seat.outcome, rating, "", seat.minutes_late, seat.minutes_stayed)
            if row is None or _says(row) == said.kept():
                continue
            _check(row, said, on)
            _apply(row, said, row.reason, by, on)
            row.version += 1
            changed.append(row)
        if not changed:
            return 0
        list(
            Episode.objects.select_for_update().filter(pk__in={r.episode_id for r in changed}).order_by("pk")
        )
        if not Session.objects.filter(pk=session.pk, version=version).update(version=F("version") + 1):
            raise ValidationError(
                _(
                    "Somebody else saved this register meanwhile. What they recorded is shown; yours is not saved yet."
                ),
                code=CONFLICT,
            )
        Appointment.objects.bulk_update(changed, [*RECORDED, "version"])
        Recheck.objects.ask([row.episode_id for row in changed], on=on)
        audit.record(
            by=by,
            on=on,
            deed="save_register",
            clinic=session.group.clinic_id,
            subject=f"session:{session.uid}",
            detail={"changed": {str(row.uid): row.outcome for row in changed}},
        )
        nudge.after_commit()
    return len(changed)


def log_meeting(
    episode: Episode, *, by: Staff, on: datetime, at: datetime, verified: bool = False
) -> Appointment:
    """Log a mutual-aid meeting the client told us about, or that somebody has `verified`. The same time again changes
    nothing.

    Raises ValidationError at `at` for a meeting ahead, before the admission, or of a client who does not want meetings
    logged.
    """
    if at > on:
        raise ValidationError({"at": _("That time lies ahead.")})
    limits.not_before_admission("at", episode.clinic.local_day(at), episode)
    with deeds.on_episode(episode, "log_meeting", by=by, on=on) as done:
        client = Client.objects.get(pk=episode.client_id)
        if client.meetings_off_on is not None and client.meetings_off_on <= episode.clinic.local_day(on):
            raise ValidationError({"at": _("The client does not want meetings to be logged.")})
        there = Appointment.objects.filter(episode=episode, channel=Channel.MUTUAL_AID, starts_at=at)
        if row := there.first():
            done.changed_nothing()
            return row
        row = Appointment.objects.create(
            episode=episode,
            clinic_id=episode.clinic_id,
            channel=Channel.MUTUAL_AID,
            starts_at=at,
            minutes=MEETING_MINUTES,
            outcome=Outcome.ATTENDED,
            verified=verified,
            recorded_at=on,
            recorded_by=by,
        )
        done.of(f"appointment:{row.uid}", verified=verified)
    return row


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one appointment."""

    outcome: str
    participation: int | None = None
    excuse: str = ""
    minutes_late: int | None = None
    minutes_stayed: int | None = None

    def kept(self) -> Said:
        """The same without what does not belong to the outcome."""
        return Said(
            self.outcome,
            self.participation,
            self.excuse if self.outcome == Outcome.EXCUSED else "",
            self.minutes_late if self.outcome == Outcome.LATE else None,
            self.minutes_stayed if self.outcome == Outcome.LEFT_EARLY else None,
        )


def _says(row: Appointment) -> Said:
    return Said(row.outcome, row.participation, row.excuse, row.minutes_late, row.minutes_stayed)


def _check(appointment: Appointment, said: Said, on: datetime) -> None:
    outcome, participation = said.outcome, said.participation
    if outcome not in Outcome.values:
        unknown = _("“%(outcome)s” is not something that can be recorded.") % {"outcome": outcome}
        raise ValidationError({"outcome": unknown})
    if outcome in PAST_ONLY and appointment.starts_at > on + EARLY_ARRIVAL:
        raise ValidationError(
            {"outcome": _("This appointment lies ahead: only a cancellation can be recorded yet.")}
        )
    if outcome == Outcome.NO_SHOW and appointment.starts_at > on:
        raise ValidationError({"outcome": _("It has not begun yet, so nobody has missed it.")})
    if participation is not None and outcome not in CAME:
        raise ValidationError({"participation": _("Only somebody who was there can be rated.")})
    if participation is not None and not 1 <= participation <= 4:
        raise ValidationError({"participation": _("Choose 1 to 4.")})
    if said.excuse and said.excuse not in Excuse.values:
        raise ValidationError({"excuse": _("Choose a reason from the list.")})
    for field in ("minutes_late", "minutes_stayed"):
        minutes = getattr(said, field)
        if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
            raise ValidationError({field: _("Give whole minutes, up to 600.")})


def _apply(row: Appointment, said: Said, reason: str, by: Staff, on: datetime) -> None:
    kept = said.kept()
    row.outcome, row.reason, row.participation = kept.outcome, reason, kept.participation
    row.excuse, row.minutes_late, row.minutes_stayed = kept.excuse, kept.minutes_late, kept.minutes_stayed
    row.cancelled_at = (row.cancelled_at or min(on, row.starts_at)) if kept.outcome in KNOWN_AHEAD else None
    unrecorded = kept.outcome == Outcome.SCHEDULED
    row.recorded_at, row.recorded_by = (None, None) if unrecorded else (on, by)


def _conflict(row: Appointment) -> str:
    who = row.recorded_by.name if row.recorded_by else _("Somebody")
    return _("%(who)s recorded this meanwhile: %(outcome)s. Yours is not saved yet.") % {
        "who": who,
        "outcome": row.get_outcome_display().lower(),
    }
