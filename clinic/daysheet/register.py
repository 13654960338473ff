"""Reads the register of one session: its members, how they came before, and what is recorded of today.

The same few queries for three members or for thirty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from clinic.attendance import CAME, Seat
from clinic.daysheet.before import before
from clinic.models import Appointment, Session
from clinic.models.schedule import Outcome

CHOICES = (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY, Outcome.NO_SHOW, Outcome.EXCUSED)
LABELS = {Outcome.ATTENDED: _("Present")}


@dataclass(frozen=True, slots=True)
class Option:
    """One outcome a member's row offers."""

    outcome: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One member's row. `outcome` and `rating` are what the row shows as chosen; `was` is what is recorded.

    `theirs` says what somebody else recorded meanwhile, where it differs from what was typed here.
    """

    uid: UUID
    first: str
    last: str
    joined: date | None
    paused: bool
    before: tuple[str, ...]
    options: tuple[Option, ...]
    outcome: str
    rating: int | None
    was: Seat
    changed: bool
    theirs: str
    theirs_rating: int | None

    @property
    def recorded(self) -> bool:
        return self.was.outcome != Outcome.SCHEDULED

    @property
    def can_be_rated(self) -> bool:
        """A rating belongs to somebody who was there, or of whom nothing is recorded yet."""
        return self.outcome in CAME or self.outcome == Outcome.SCHEDULED


@dataclass(frozen=True, slots=True)
class Register:
    """One session's register. Of a session that has not `begun` nothing can be recorded yet."""

    uid: UUID
    group: UUID
    name: str
    room: str
    facilitator: str
    starts_at: datetime
    version: int
    begun: bool
    sessions_before: tuple[tuple[datetime, datetime | None], ...]
    members: tuple[Member, ...]
    recorded: int
    saved_at: datetime | None

    @property
    def blank(self) -> int:
        return len(self.members) - self.recorded


def register(session: Session, *, now: datetime, typed: Mapping[UUID, Seat] | None = None) -> Register:
    """A session's register as recorded, or with what was `typed` but not saved shown as chosen."""
    group = session.group
    rows = list(
        Appointment.objects.filter(session=session)
        .select_related("episode__client")
        .order_by("episode__client__last_name", "episode__client__first_name", "pk")
    )
    past = before(group.clinic, group.pk, (row.episode_id for row in rows), until=session.starts_at)
    day = group.clinic.local_day(session.starts_at)
    typed = typed or {}
    members = tuple(
        _member(
            row,
            past.marks[row.episode_id],
            typed.get(row.uid),
            joined=_lately(past.joined.get(row.episode_id), past.starts, day),
            paused=row.episode_id in past.paused,
        )
        for row in rows
    )
    return Register(
        uid=session.uid,
        group=group.uid,
        name=group.name,
        room=group.room,
        facilitator=group.facilitator.name if group.facilitator else "",
        starts_at=session.starts_at,
        version=session.version,
        begun=session.starts_at <= now,
        sessions_before=past.starts,
        members=members,
        recorded=sum(member.recorded for member in members),
        saved_at=max((row.recorded_at for row in rows if row.recorded_at), default=None),
    )


def _lately(
    joined: date | None, starts: tuple[tuple[datetime, datetime | None], ...], day: date
) -> date | None:
    """The day somebody joined, where it lies within the sessions shown: it explains the empty places."""
    first = starts[0][0].date() if starts else day
    return joined if joined is not None and joined > first else None


def _member(
    row: Appointment, marks: tuple[str, ...], typed: Seat | None, *, joined: date | None, paused: bool
) -> Member:
    was = Seat(row.outcome, row.participation)
    shown = typed or was
    differs = typed is not None and typed != was
    return Member(
        uid=row.uid,
        first=row.episode.client.called,
        last=row.episode.client.last_name,
        joined=joined,
        paused=paused,
        before=marks,
        options=_options(shown.outcome, was.outcome),
        outcome=shown.outcome,
        rating=shown.participation,
        was=was,
        changed=differs,
        theirs=str(LABELS.get(Outcome(row.outcome), row.get_outcome_display())) if differs else "",
        theirs_rating=row.participation if differs else None,
    )


def _options(shown: str, was: str) -> tuple[Option, ...]:
    """The outcomes of a register, and whatever else this row already says."""
    offered = [*CHOICES]
    offered += [outcome for outcome in Outcome if outcome in (shown, was) and outcome not in offered]
    return tuple(
        Option(outcome.value, str(LABELS.get(outcome, outcome.label)), shown == outcome)
        for outcome in offered
        if outcome != Outcome.SCHEDULED
    )
