"""The frame of a verb on a register: what a seat says, the locks, the checks, what is left behind.

The stays in care are locked first, by number, then the session: two that lock in another order would wait for each
other for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic import audit, nudge
from clinic.attendance import CAME, CONFLICT, RECORDED, Said, apply, check, says
from clinic.models import Appointment, Episode, Recheck, Session, Staff
from clinic.models.schedule import Outcome

LONGEST_TOPIC = LONGEST_REASON = 120
# What an attendance verb calls a field, and what the register's form calls it.
FIELDS = {
    "participation": "rating",
    "minutes_late": "late",
    "minutes_stayed": "stayed",
    "excuse": "excuse",
}
Change = tuple[Appointment, Said, Said]


@dataclass(frozen=True, slots=True)
class Seat:
    """What a register says of one member: an outcome ("scheduled" leaves it unrecorded), a rating of 1 to 4, in minutes
    how late they came or how long they stayed, and why they were excused, where somebody noted it.
    """

    outcome: str
    participation: int | None = None
    minutes_late: int | None = None
    minutes_stayed: int | None = None
    excuse: str = ""

    @classmethod
    def of(cls, row: Appointment) -> Seat:
        """What is recorded of a seat."""
        return cls(row.outcome, row.participation, row.minutes_late, row.minutes_stayed, row.excuse)

    def kept(self) -> Seat:
        """The same without what does not belong to the outcome."""
        return Seat(
            self.outcome,
            self.participation if self.outcome in CAME else None,
            self.minutes_late if self.outcome == Outcome.LATE else None,
            self.minutes_stayed if self.outcome == Outcome.LEFT_EARLY else None,
            self.excuse if self.outcome == Outcome.EXCUSED else "",
        )


def drafted(session: Session) -> dict[UUID, Seat]:
    """What the draft of a register says, by the uid of the seat; nothing of it counts."""
    return {UUID(uid): Seat(**seat) for uid, seat in (session.draft or {}).get("seats", {}).items()}


def hold(session: Session, more: Sequence[int] = ()) -> tuple[Session, dict[UUID, Appointment]]:
    """The session and its seats as they stand, nobody else changing them until the transaction ends."""
    seated = Appointment.objects.filter(session=session.pk).values("episode")
    list(Episode.objects.select_for_update().filter(Q(pk__in=seated) | Q(pk__in=more)).order_by("pk"))
    held = Session.objects.select_for_update(of=("self",)).select_related("group__clinic").get(pk=session.pk)
    return held, {row.uid: row for row in Appointment.objects.filter(session=held).order_by("pk")}


def must_be_current(
    held: Session,
    version: int,
    told: Iterable[tuple[Appointment, Said]],
    shown: Mapping[UUID, Seat] | None,
) -> None:
    moved_on = shown is not None and any(
        row.uid in shown and shown[row.uid].kept() != Seat.of(row) for row, _said in told
    )
    if held.version != version or moved_on:
        sentence = _(
            "Somebody else saved this register meanwhile. What they recorded is shown; yours is not saved yet."
        )
        raise ValidationError({"version": ValidationError(sentence, code=CONFLICT)})


def must_take_place(held: Session, on: datetime, changes: object) -> None:
    if changes and held.cancelled_at is not None:
        raise ValidationError({"version": _("This session did not take place: nothing can be recorded.")})
    if changes and held.starts_at > on:
        raise ValidationError({"version": _("This session has not begun: nothing can be recorded yet.")})


def check_seat(row: Appointment, said: Said, on: datetime) -> None:
    """As `check`, with each error at the field of this seat."""
    try:
        check(row, said, on)
    except ValidationError as error:
        raise ValidationError(
            {f"{FIELDS.get(name, name)}-{row.uid}": words for name, words in error.message_dict.items()}
        ) from error


def change(row: Appointment, said: Said, reason: str, by: Staff, on: datetime) -> Change:
    """Let a seat say something, not stored yet."""
    check_seat(row, said, on)
    before = says(row)
    apply(row, said, reason, by, on)
    row.version += 1
    return row, before, says(row)


def store(held: Session, changes: Sequence[Change]) -> None:
    held.version += 1
    held.save()
    if changes:
        Appointment.objects.bulk_update([row for row, *_rest in changes], [*RECORDED, "version"])


def leave(
    held: Session,
    deed: str,
    by: Staff,
    on: datetime,
    changes: Sequence[Change],
    *,
    episodes: Sequence[int] = (),
    **detail: Any,
) -> None:
    """What every change of a register leaves behind: rechecks, an entry in the ledger, a nudge."""
    touched = [*episodes, *(row.episode_id for row, *_rest in changes)]
    if touched:
        Recheck.objects.ask(touched, on=on)
        nudge.after_commit()
    if changes:
        detail["changed"] = {str(row.uid): str(row.outcome) for row, *_rest in changes}
    audit.record(
        by=by,
        on=on,
        deed=deed,
        clinic=held.group.clinic_id,
        subject=f"session:{held.uid}",
        detail=detail,
    )
