"""Reads the groups: when each meets next, what its last sessions lack, who belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from clinic import access
from clinic.daysheet.before import before
from clinic.models import Group, Membership, Session, Staff
from clinic.models.schedule import Outcome

WEEKS_BACK, WEEKS_AHEAD = 8, 4
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session of a group: how many seats it has, and how many of them are recorded."""

    uid: UUID
    starts_at: datetime
    seats: int
    recorded: int
    begun: bool

    @property
    def unrecorded(self) -> int:
        """Seats nobody has recorded, of a session that has begun."""
        return self.seats - self.recorded if self.begun else 0


@dataclass(frozen=True, slots=True)
class Card:
    """One group in the list: `recent` newest first; `unrecorded` over the last eight weeks."""

    uid: UUID
    name: str
    room: str
    facilitator: str
    members: int
    next: Meeting | None
    recent: tuple[Meeting, ...]
    unrecorded: int


@dataclass(frozen=True, slots=True)
class Place:
    """One member of a group and how they came to its last sessions."""

    first: str
    last: str
    joined: date
    paused: bool
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One group: its members, and its sessions of the last eight and the next four weeks."""

    card: Card
    sessions_before: tuple[tuple[datetime, datetime | None], ...]
    places: tuple[Place, ...]
    past: tuple[Meeting, ...]
    ahead: tuple[Meeting, ...]


def groups(staff: Staff, *, today: date, now: datetime) -> list[Card]:
    """The groups this person may open, by name, in three queries."""
    rows = list(access.groups_for(staff).select_related("facilitator").order_by("name"))
    meetings = _meetings(access.sessions_for(staff), now)
    members = dict(
        _members(today).filter(group__in=[row.pk for row in rows]).values_list("group").annotate(Count("pk"))
    )
    return [_card(row, meetings.get(row.pk, []), members.get(row.pk, 0), now) for row in rows]


def group_page(group: Group, *, today: date, now: datetime) -> GroupPage:
    """One group, in seven queries however many members it has."""
    meetings = _meetings(Session.objects.filter(group=group), now).get(group.pk, [])
    seats = list(
        _members(today)
        .filter(group=group)
        .select_related("episode__client")
        .order_by("episode__client__last_name", "episode__client__first_name", "pk")
    )
    past = before(group.clinic, group.pk, (seat.episode_id for seat in seats), until=now)
    return GroupPage(
        card=_card(group, meetings, len(seats), now),
        sessions_before=past.starts,
        places=tuple(
            Place(
                first=seat.episode.client.called,
                last=seat.episode.client.last_name,
                joined=seat.joined_on,
                paused=seat.episode_id in past.paused,
                marks=past.marks[seat.episode_id],
            )
            for seat in seats
        ),
        past=tuple(meeting for meeting in reversed(meetings) if meeting.begun),
        ahead=tuple(meeting for meeting in meetings if not meeting.begun),
    )


def _members(today: date) -> QuerySet[Membership]:
    return Membership.objects.filter(Q(left_on=None) | Q(left_on__gt=today), joined_on__lte=today).filter(
        Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today)
    )


def _meetings(sessions: QuerySet[Session], now: datetime) -> dict[int, list[Meeting]]:
    """Sessions around now, oldest first, by group."""
    span = (now - timedelta(weeks=WEEKS_BACK), now + timedelta(weeks=WEEKS_AHEAD))
    found: dict[int, list[Meeting]] = {}
    for group, uid, starts_at, seats, recorded in (
        sessions.filter(starts_at__range=span)
        .values_list("group", "uid", "starts_at")
        .annotate(places=Count("seats"), recorded=Count("seats", filter=~Q(seats__outcome=Outcome.SCHEDULED)))
        .order_by("starts_at")
    ):
        found.setdefault(group, []).append(Meeting(uid, starts_at, seats, recorded, starts_at <= now))
    return found


def _card(group: Group, meetings: list[Meeting], members: int, now: datetime) -> Card:
    past = [meeting for meeting in reversed(meetings) if meeting.begun]
    return Card(
        uid=group.uid,
        name=group.name,
        room=group.room,
        facilitator=group.facilitator.name if group.facilitator else "",
        members=members,
        next=next((meeting for meeting in meetings if not meeting.begun), None),
        recent=tuple(past[:SHOWN]),
        unrecorded=sum(meeting.unrecorded for meeting in past),
    )
