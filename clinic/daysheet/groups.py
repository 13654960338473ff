"""Reads the groups: when each meets, what its last sessions lack, who belongs to it and who waits for a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from clinic import access, recurrence
from clinic.daysheet.before import before
from clinic.engagement.words import Sentence
from clinic.groups.members import free_places
from clinic.models import Group, Membership, Series, Session, Staff, WaitingPlace
from clinic.models.schedule import Outcome

WEEKS_BACK, WEEKS_AHEAD = 8, 12
SHOWN = 4
FORMER_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session of a group: how many seats it has, and how many of them are recorded. `moved_from` is where it stood
    at first; one that is `cancelled` does not take place.
    """

    uid: UUID
    starts_at: datetime
    seats: int
    recorded: int
    begun: bool
    moved_from: datetime | None = None
    cancelled: bool = False
    reason: str = ""
    topic: str = ""

    @property
    def unrecorded(self) -> int:
        """Seats nobody has recorded, of a session that has begun."""
        return self.seats - self.recorded if self.begun else 0


@dataclass(frozen=True, slots=True)
class Card:
    """One group in the list: `recent` newest first; `unrecorded` over the last eight weeks. `members` belong to it
    today, of at most `capacity` (None: nobody counts); `waiting` are in care and wait for a place.
    """

    uid: UUID
    name: str
    kind: str
    room: str
    facilitator: str
    helpers: tuple[str, ...]
    members: int
    capacity: int | None
    waiting: int
    next: Meeting | None
    recent: tuple[Meeting, ...]
    unrecorded: int
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """One member of a group and how they came to its last sessions. `left` is the first day without the place, where
    that is known already; `episode` and `number` (of the membership) are for the forms, `client` for a link.
    """

    episode: UUID
    client: UUID
    number: int
    first: str
    last: str
    joined: date
    left: date | None
    ended: str
    paused: bool
    marks: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Waits:
    """Somebody on the waiting list."""

    episode: UUID
    number: int
    first: str
    last: str
    asked: date

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A rule by which a group meets, in words, with the clinic's own times."""

    number: int
    words: Sentence
    starts_on: date
    begins: time
    ends: time
    left_out: tuple[date, ...]
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One group: its members, and its sessions of the last eight and the next twelve weeks. `later` join on a day
    ahead, `former` have left, the newest first; `free` places are nobody's, today or later (None: nobody counts).
    """

    card: Card
    rhythms: tuple[Rhythm, ...]
    sessions_before: tuple[tuple[datetime, datetime | None], ...]
    places: tuple[Place, ...]
    later: tuple[Place, ...]
    free: int | None
    former: tuple[Place, ...]
    waiting: tuple[Waits, ...]
    past: tuple[Meeting, ...]
    ahead: tuple[Meeting, ...]


def groups(staff: Staff, *, today: date, now: datetime) -> list[Card]:
    """The groups this person may open, running ones first, by name; in five queries."""
    rows = list(
        access.groups_for(staff)
        .select_related("facilitator")
        .prefetch_related("co_facilitators")
        .order_by("name")
    )
    meetings = _meetings(access.sessions_for(staff), now)
    numbers = [row.pk for row in rows]
    members = _count(_members(today).filter(group__in=numbers))
    waiting = _count(_waiting(today).filter(group__in=numbers))
    cards = [
        _card(row, meetings.get(row.pk, []), members.get(row.pk, 0), waiting.get(row.pk, 0)) for row in rows
    ]
    return sorted(cards, key=lambda card: card.closed_on is not None and card.closed_on <= today)


def group_page(group: Group, *, today: date, now: datetime) -> GroupPage:
    """One group, in twelve queries however many members it has."""
    meetings = _meetings(Session.objects.filter(group=group), now).get(group.pk, [])
    held = list(
        Membership.objects.filter(group=group)
        .select_related("episode__client")
        .order_by("episode__client__last_name", "episode__client__first_name", "pk")
    )
    seats = [row for row in held if _belongs(row, today)]
    later = [row for row in held if row.joined_on > today and row.left_on is None and _in_care(row, today)]
    gone = [row for row in held if row not in seats and row not in later]
    gone.sort(key=lambda row: row.left_on or row.episode.discharged_on or row.joined_on, reverse=True)
    past = before(group.clinic, group.pk, (seat.episode_id for seat in seats), until=now)
    queue = tuple(
        Waits(row.episode.uid, row.pk, row.episode.client.called, row.episode.client.last_name, row.asked_on)
        for row in _waiting(today)
        .filter(group=group)
        .select_related("episode__client")
        .order_by("asked_on", "pk")
    )
    return GroupPage(
        card=_card(group, meetings, len(seats), len(queue)),
        rhythms=rhythms(Series.objects.filter(group=group), today),
        sessions_before=past.starts,
        places=tuple(_place(row, past.marks[row.episode_id], past.paused) for row in seats),
        later=tuple(_place(row) for row in sorted(later, key=lambda row: row.joined_on)),
        free=free_places(group, today),
        former=tuple(_place(row) for row in gone[:FORMER_SHOWN]),
        waiting=queue,
        past=tuple(meeting for meeting in reversed(meetings) if meeting.begun),
        ahead=tuple(meeting for meeting in meetings if not meeting.begun),
    )


def rhythms(series: QuerySet[Series], today: date) -> tuple[Rhythm, ...]:
    """The rules that name days from today on."""
    rows = series.filter(Q(ended_on=None) | Q(ended_on__gt=today)).order_by("starts_on", "at", "pk")
    return tuple(rhythm(row, today) for row in rows)


def rhythm(row: Series, today: date) -> Rhythm:
    """One rule in words; the days left out only as far as they lie ahead."""
    at = datetime.combine(row.starts_on, row.at)
    return Rhythm(
        number=row.pk,
        words=recurrence.in_words(row.rule, row.starts_on),
        starts_on=row.starts_on,
        begins=row.at,
        ends=(at + timedelta(minutes=row.minutes)).time(),
        left_out=tuple(day for each in row.without if (day := date.fromisoformat(each)) >= today),
        ended_on=row.ended_on,
    )


def _in_care(row: Membership, today: date) -> bool:
    return row.episode.discharged_on is None or row.episode.discharged_on > today


def _belongs(row: Membership, today: date) -> bool:
    return row.joined_on <= today and (row.left_on is None or row.left_on > today) and _in_care(row, today)


def _members(today: date) -> QuerySet[Membership]:
    return Membership.objects.filter(Q(left_on=None) | Q(left_on__gt=today), joined_on__lte=today).filter(
        Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today)
    )


def _waiting(today: date) -> QuerySet[WaitingPlace]:
    in_care = Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today)
    return WaitingPlace.objects.filter(in_care, ended_on=None)


def _count(rows: QuerySet) -> dict[int, int]:  # type: ignore[type-arg]
    return dict(rows.values_list("group").annotate(Count("pk")))


def _place(row: Membership, marks: Sequence[str] = (), paused: Iterable[int] = ()) -> Place:
    return Place(
        episode=row.episode.uid,
        client=row.episode.client.uid,
        number=row.pk,
        first=row.episode.client.called,
        last=row.episode.client.last_name,
        joined=row.joined_on,
        left=row.left_on or row.episode.discharged_on,
        ended=row.get_ended_display() if row.ended else "",
        paused=row.episode_id in paused,
        marks=tuple(marks),
    )


def _meetings(sessions: QuerySet[Session], now: datetime) -> dict[int, list[Meeting]]:
    """Sessions around now, oldest first, by group."""
    span = (now - timedelta(weeks=WEEKS_BACK), now + timedelta(weeks=WEEKS_AHEAD))
    found: dict[int, list[Meeting]] = {}
    for group, uid, starts_at, moved_from, cancelled_at, reason, topic, seats, recorded in (
        sessions.filter(starts_at__range=span)
        .values_list("group", "uid", "starts_at", "moved_from", "cancelled_at", "reason", "topic")
        .annotate(places=Count("seats"), recorded=Count("seats", filter=~Q(seats__outcome=Outcome.SCHEDULED)))
        .order_by("starts_at")
    ):
        found.setdefault(group, []).append(
            Meeting(
                uid,
                starts_at,
                seats,
                recorded,
                starts_at <= now,
                moved_from,
                cancelled_at is not None,
                reason,
                topic,
            )
        )
    return found


def _card(group: Group, meetings: list[Meeting], members: int, waiting: int) -> Card:
    past = [meeting for meeting in reversed(meetings) if meeting.begun]
    return Card(
        uid=group.uid,
        name=group.name,
        kind=group.kind,
        room=group.room,
        facilitator=group.facilitator.name if group.facilitator else "",
        helpers=tuple(sorted(each.name for each in group.co_facilitators.all())),
        members=members,
        capacity=group.capacity,
        waiting=waiting,
        next=next((meeting for meeting in meetings if not meeting.begun and not meeting.cancelled), None),
        recent=tuple([meeting for meeting in past if not meeting.cancelled][:SHOWN]),
        unrecorded=sum(meeting.unrecorded for meeting in past),
        closed_on=group.closed_on,
    )
