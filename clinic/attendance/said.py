"""What can be said of one appointment, and whether it can: the shape of a mark, in a row and out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clinic.models import Appointment, Staff
from clinic.models.schedule import Excuse, Outcome

CAME = frozenset((Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY))
PAST_ONLY = CAME | {Outcome.NO_SHOW}
KNOWN_AHEAD = frozenset(
    (Outcome.CANCELLED_BY_CLIENT, Outcome.CANCELLED_BY_CLINIC, Outcome.EXCUSED, Outcome.RESCHEDULED)
)
EARLY_ARRIVAL = timedelta(hours=12)
LONGEST_MINUTES = 600
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


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one appointment. Two that differ only in words, or in who said it when, are the same."""

    outcome: str
    participation: int | None = None
    excuse: str = ""
    minutes_late: int | None = None
    minutes_stayed: int | None = None
    reason: str = field(default="", compare=False)
    cancelled_at: datetime | None = field(default=None, compare=False)
    recorded_at: datetime | None = field(default=None, compare=False)
    recorded_by: int | None = field(default=None, compare=False)

    def kept(self) -> Said:
        """The same without what does not belong to the outcome."""
        return Said(
            self.outcome,
            self.participation,
            self.excuse if self.outcome == Outcome.EXCUSED else "",
            self.minutes_late if self.outcome == Outcome.LATE else None,
            self.minutes_stayed if self.outcome == Outcome.LEFT_EARLY else None,
            self.reason,
            self.cancelled_at if self.outcome in KNOWN_AHEAD else None,
        )

    def told(self) -> dict[str, Any]:
        """As a recording keeps it."""
        return {
            "outcome": str(self.outcome),
            "participation": self.participation,
            "excuse": str(self.excuse),
            "minutes_late": self.minutes_late,
            "minutes_stayed": self.minutes_stayed,
            "reason": self.reason,
            "cancelled_at": self.cancelled_at.isoformat() if self.cancelled_at else None,
            "recorded_at": self.recorded_at.isoformat() if self.recorded_at else None,
            "recorded_by": self.recorded_by,
        }


def says(row: Appointment) -> Said:
    """What a row says, all of it."""
    return Said(
        row.outcome,
        row.participation,
        row.excuse,
        row.minutes_late,
        row.minutes_stayed,
        row.reason,
        row.cancelled_at,
        row.recorded_at,
        row.recorded_by_id,
    )


def check(appointment: Appointment, said: Said, on: datetime) -> None:
    """Raise ValidationError, at its field, where this cannot be said of an appointment."""
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
    for name in ("minutes_late", "minutes_stayed"):
        minutes = getattr(said, name)
        if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
            raise ValidationError({name: _("Give whole minutes, up to 600.")})
    if said.cancelled_at is not None and said.cancelled_at > on:
        raise ValidationError({"cancelled_at": _("That time lies ahead: say when they told us.")})


def apply(row: Appointment, said: Said, reason: str, by: Staff, on: datetime) -> None:
    """Let a row say this, without saving it. Nothing recorded leaves neither who nor when."""
    kept = said.kept()
    row.outcome, row.reason, row.participation = kept.outcome, reason, kept.participation
    row.excuse, row.minutes_late, row.minutes_stayed = kept.excuse, kept.minutes_late, kept.minutes_stayed
    known_since = kept.cancelled_at or row.cancelled_at or min(on, row.starts_at)
    row.cancelled_at = known_since if kept.outcome in KNOWN_AHEAD else None
    unrecorded = kept.outcome == Outcome.SCHEDULED
    row.recorded_at, row.recorded_by = (None, None) if unrecorded else (on, by)


def put_back(row: Appointment, told: dict[str, Any]) -> None:
    """Let a row say what a recording says it said (its `before`); not saved yet."""
    for name in ("outcome", "reason", "excuse", "participation", "minutes_late", "minutes_stayed"):
        setattr(row, name, told[name])
    for name in ("cancelled_at", "recorded_at"):
        setattr(row, name, parse_datetime(told[name]) if told[name] else None)
    row.recorded_by_id = told["recorded_by"]


def repeats(row: Appointment, said: Said) -> bool:
    """Whether a row says so already, in the same words."""
    kept = said.kept()
    same_time = kept.cancelled_at is None or kept.cancelled_at == row.cancelled_at
    return says(row) == kept and row.reason == said.reason and same_time
