"""Seats follow from memberships: given in coming sessions, taken away again, and never where something is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic import attendance
from clinic.groups.frame import lock_sessions, seats_changed
from clinic.models import Appointment, Clinic, Episode, Group, Membership, Recording, Session, Staff
from clinic.models.schedule import Channel, Outcome

LONGEST_SESSION = timedelta(hours=10)
KEPT = (*attendance.RECORDED, "version")


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody's place in a group, as long as they are in care: from its first day up to the first day without it."""

    episode: int
    first: date
    end: date

    def covers(self, day: date) -> bool:
        return self.first <= day < self.end


def spans(memberships: QuerySet[Membership]) -> list[Span]:
    """The places these memberships give, in one query."""
    return [
        Span(episode, max(joined, admitted), min(left or date.max, discharged or date.max))
        for episode, joined, left, admitted, discharged in memberships.values_list(
            "episode", "joined_on", "left_on", "episode__admitted_on", "episode__discharged_on"
        )
    ]


def by_group(memberships: QuerySet[Membership]) -> dict[int, list[Span]]:
    """The places one client holds, by group number and whatever the end of the stay; one query."""
    found: dict[int, list[Span]] = {}
    for group, episode, joined, left in memberships.values_list("group", "episode", "joined_on", "left_on"):
        found.setdefault(group, []).append(Span(episode, joined, left or date.max))
    return found


def left_the_group() -> str:
    """Why a seat is cancelled whose holder leaves; `give_back` knows it by this."""
    return _("Left the group")


def coming(group: Group, on: datetime, since: date | None = None) -> list[Session]:
    """The sessions ahead that are to take place, from a day on, oldest first."""
    rows = Session.objects.filter(group=group, starts_at__gt=on, cancelled_at=None).order_by("starts_at")
    return [row for row in rows if since is None or group.clinic.local_day(row.starts_at) >= since]


def plain(seats: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Those of which nothing was ever recorded and on which nothing was built: they may vanish without a trace."""
    return seats.filter(
        ~Exists(Recording.objects.filter(appointment=OuterRef("pk"))),
        ~Exists(Appointment.objects.filter(rebooking_of=OuterRef("pk"))),
        outcome=Outcome.SCHEDULED,
        external_id="",
    )


def with_a_record(sessions: Sequence[Session]) -> list[Session]:
    """The sessions that stay where they are: something is recorded of a seat, kept as a draft, or came with a file."""
    seats = Appointment.objects.filter(session__in=[row.pk for row in sessions])
    standing = set(seats.exclude(pk__in=plain(seats).values("pk")).values_list("session", flat=True))
    return [row for row in sessions if row.pk in standing or row.draft or row.finished_at]


def give(sessions: Iterable[Session], group: Group, *, on: datetime) -> set[int]:
    """Give every member a seat in each of these sessions that falls into their membership, as far as it is not over
    yet. Returns the stays in care that got one. Three statements, and one for the seats.
    """
    held = [row for row in sessions if row.cancelled_at is None and _end(row) > on]
    if not held:
        return set()
    clinic = group.clinic
    days = {row.pk: clinic.local_day(row.starts_at) for row in held}
    places = spans(Membership.objects.filter(group=group).exclude(left_on__lte=min(days.values())))
    taken = set(
        Appointment.objects.filter(
            clinic=clinic, starts_at__in={row.starts_at for row in held}, group=group
        ).values_list("starts_at", "episode")
    )
    made = []
    for row in held:
        here = {each.episode for each in places if each.covers(days[row.pk])}
        made += [
            _seat(row, group, clinic, episode, on)
            for episode in sorted(here)
            if (row.starts_at, episode) not in taken
        ]
    if made:
        lock_sessions({row.session_id for row in made if row.session_id})
        Appointment.objects.bulk_create(made)
        seats_changed({row.session_id for row in made if row.session_id})
    return {row.episode_id for row in made}


def take(seats: Collection[Appointment], *, by: Staff, on: datetime, why: str) -> set[int]:
    """Take seats away of which nothing is recorded; returns their stays in care. One that something was recorded of
    once, that came with a file or whose time has come is cancelled by the clinic instead: it counts for nothing, and
    its past is kept.
    """
    if not seats:
        return set()
    sessions = {row.session_id for row in seats if row.session_id}
    lock_sessions(sessions)
    rows = Appointment.objects.filter(pk__in=[row.pk for row in seats])
    gone = set(plain(rows).filter(starts_at__gt=on).values_list("pk", flat=True))
    cancel([row for row in seats if row.pk not in gone], by=by, on=on, why=why)
    Appointment.objects.filter(pk__in=gone).delete()
    seats_changed(sessions)
    return {row.episode_id for row in seats}


def give_back(
    group: Group, episode: Episode, *, by: Staff, on: datetime, since: datetime | None = None
) -> None:
    """Let the seats stand again that were kept, cancelled, when their holder left the group, on the days they belong to
    it now; with `since` only those not over by then. What somebody recorded after that stays as they left it.
    """
    rows = Appointment.objects.filter(
        Q(session=None) | Q(session__cancelled_at=None),
        group=group,
        episode=episode,
        outcome=Outcome.CANCELLED_BY_CLINIC,
        reason=left_the_group(),
    )
    places = spans(Membership.objects.filter(group=group, episode=episode)) if rows else []
    back = [
        row
        for row in rows
        if (since is None or row.starts_at + timedelta(minutes=row.minutes) > since)
        and any(each.covers(group.clinic.local_day(row.starts_at)) for each in places)
    ]
    if not back:
        return
    sessions = {row.session_id for row in back if row.session_id}
    lock_sessions(sessions)
    told = []
    for row in back:
        before = attendance.says(row)
        attendance.apply(row, attendance.Said(Outcome.SCHEDULED), "", by, on)
        row.version += 1
        told.append((row, before, attendance.says(row)))
    Appointment.objects.bulk_update(back, KEPT)
    attendance.keep(told, by=by, on=on, kind=Recording.Kind.UNDO)
    seats_changed(sessions)


def cancel(seats: Sequence[Appointment], *, by: Staff, on: datetime, why: str) -> None:
    """Let the clinic cancel seats of which nothing is recorded yet; each leaves its recording."""
    told = []
    for row in seats:
        before = attendance.says(row)
        attendance.apply(row, attendance.Said(Outcome.CANCELLED_BY_CLINIC), why, by, on)
        row.version += 1
        told.append((row, before, attendance.says(row)))
    if told:
        Appointment.objects.bulk_update(seats, KEPT)
        attendance.keep(told, by=by, on=on, kind=Recording.Kind.MARK)


def uncancel(seats: Sequence[Appointment], cancelled_at: datetime, *, by: Staff, on: datetime) -> None:
    """Let the seats that were cancelled with their session, at `cancelled_at`, say what they said before."""
    told = attendance.reinstate(seats, cancelled_at)
    if told:
        Appointment.objects.bulk_update(seats, KEPT)
        attendance.keep(told, by=by, on=on, kind=Recording.Kind.UNDO)


def fit(sessions: Sequence[Session], group: Group, *, by: Staff, on: datetime) -> set[int]:
    """After sessions stand on other days: seats for whoever belongs to the group on them, and none for members who do
    not. Returns the stays in care that gained or lost one. Who came without being a member keeps their seat.
    """
    if not sessions:
        return set()
    days = {row.pk: group.clinic.local_day(row.starts_at) for row in sessions}
    places: dict[int, list[Span]] = {}
    for each in spans(Membership.objects.filter(group=group)):
        places.setdefault(each.episode, []).append(each)
    rows = Appointment.objects.filter(
        session__in=list(days), outcome=Outcome.SCHEDULED, episode__in=list(places)
    )
    lost = [
        row
        for row in rows
        if not any(each.covers(days[row.session_id or 0]) for each in places[row.episode_id])
    ]
    taken = take(lost, by=by, on=on, why=_("Not a member on that day"))
    return taken | give(sessions, group, on=on)


def move_along(sessions: Sequence[Session], group: Group) -> set[int]:
    """Let the seats of sessions follow them to their new times; returns the stays in care. Two statements."""
    seats = Appointment.objects.filter(session__in=[row.pk for row in sessions])
    episodes = set(seats.values_list("episode", flat=True))
    now = Session.objects.filter(pk=OuterRef("session"))
    seats.update(
        starts_at=Subquery(now.values("starts_at")[:1]),
        minutes=Subquery(now.values("minutes")[:1]),
        mode=Subquery(now.values("mode")[:1]),
        staff=Subquery(now.values(who=Coalesce("facilitator", "group__facilitator"))[:1]),
        version=F("version") + 1,
    )
    return episodes


def take_away_sessions(sessions: Sequence[Session]) -> int:
    """Remove sessions ahead of which nothing is recorded, seats and all; returns how many."""
    numbers = [row.pk for row in sessions]
    if numbers:
        lock_sessions(numbers)
        Appointment.objects.filter(session__in=numbers).delete()
        Session.objects.filter(pk__in=numbers).delete()
    return len(numbers)


def _end(row: Session) -> datetime:
    return row.starts_at + timedelta(minutes=row.minutes)


def _seat(row: Session, group: Group, clinic: Clinic, episode: int, on: datetime) -> Appointment:
    return Appointment(
        episode_id=episode,
        clinic=clinic,
        channel=Channel.GROUP,
        starts_at=row.starts_at,
        minutes=row.minutes,
        mode=row.mode,
        group=group,
        session=row,
        staff_id=row.facilitator_id or group.facilitator_id,
        booked_at=on,
    )
