"""Reads for planning a group: who can lead it, its rules with a form each, one session and who stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from clinic import access, recurrence
from clinic.daysheet.groups import Rhythm, rhythms
from clinic.groups import conflicts
from clinic.models import Appointment, Group, Series, Session, Staff
from clinic.models.schedule import Outcome


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One session to be moved or cancelled. `blocked` says why it cannot be, `told` how many had said that they cannot
    come; `clashes` stand in the way of the time that was asked for.
    """

    uid: UUID
    group: UUID
    name: str
    room: str
    starts_at: datetime
    ends_at: datetime
    moved_from: datetime | None
    cancelled: bool
    reason: str
    version: int
    seats: int
    told: int
    blocked: str
    clashes: conflicts.Clashes


def leaders(staff: Staff, group: Group) -> list[Staff]:
    """Whom a group can be given to: those who lead groups here, and who leads it now though they no longer do."""
    people = list(access.facilitators_for(staff))
    held = {row.pk for row in people}
    now = [group.facilitator, *group.co_facilitators.prefetch_related("roles")]
    return people + [row for row in now if row is not None and row.pk not in held]


def about(group: Group) -> dict[str, Any]:
    """What stands in the form of a group."""
    return {
        "name": group.name,
        "kind": group.kind,
        "room": group.room,
        "capacity": group.capacity,
        "facilitator": str(group.facilitator.uid) if group.facilitator else "",
        "co_facilitators": [str(row.uid) for row in group.co_facilitators.all()],
    }


def series_of(group: Group, number: int) -> Series:
    """One rule of a group, or NotVisible."""
    row = Series.objects.filter(group=group, pk=number).select_related("group__clinic").first()
    if row is None:
        raise access.NotVisible
    return row


def rules(group: Group, today: date) -> list[tuple[Rhythm, Series]]:
    """The rules that name days from today on, in words and as they stand."""
    rows = Series.objects.filter(group=group)
    by_number = {row.pk: row for row in rows}
    return [(each, by_number[each.number]) for each in rhythms(rows, today)]


def minutes_end(at: time, minutes: int) -> time:
    """When something ends that begins at a time of day."""
    return (datetime.combine(date.min, at) + timedelta(minutes=minutes)).time()


def times_left(series: Series, today: date) -> int | None:
    """How many days of a counted rule are still to come, one at least; None for a rule that counts none."""
    if recurrence.read(series.rule).count is None:
        return None
    through = recurrence.furthest(max(series.starts_on, today))
    after = today - timedelta(days=1)
    return max(len(recurrence.days(series.rule, series.starts_on, after=after, through=through)), 1)


def session_plan(
    session: Session, *, now: datetime, asked: tuple[datetime, int] | None = None
) -> SessionPlan:
    """One session; `asked` is a time (with its minutes) that somebody wants to move it to."""
    group = session.group
    outcomes: Sequence[str] = list(
        Appointment.objects.filter(session=session).values_list("outcome", flat=True)
    )
    clashes = conflicts.Clashes()
    if asked is not None:
        clashes = conflicts.of(group, *asked, on=now, but=session)
    recorded = {Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY, Outcome.NO_SHOW}
    blocked = ""
    if recorded & set(outcomes):
        blocked = _("Attendance is recorded of this session: it took place when it stands here.")
    elif session.finished_at is not None and session.cancelled_at is None:
        blocked = _("The register of this session is finished: it took place when it stands here.")
    return SessionPlan(
        uid=session.uid,
        group=group.uid,
        name=group.name,
        room=group.room,
        starts_at=session.starts_at,
        ends_at=session.starts_at + timedelta(minutes=session.minutes),
        moved_from=session.moved_from,
        cancelled=session.cancelled_at is not None,
        reason=session.reason,
        version=session.version,
        seats=len(outcomes),
        told=sum(each in (Outcome.EXCUSED, Outcome.CANCELLED_BY_CLIENT) for each in outcomes),
        blocked=blocked,
        clashes=clashes,
    )
