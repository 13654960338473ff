"""How group members came to the last few sessions: the marks beside each name in the register and on the roster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from clinic.models import Appointment, Clinic, Closure, Membership, Pause, Session
from clinic.models.schedule import Outcome

SESSIONS_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Before:
    """The last sessions of a group, oldest first, and by episode what became of its seats in them, as marks.

    `starts` pairs each session with the one before it, for short dates; `joined` is a member's first day in the group,
    `members` holds who has a place in it on the day of `until`, `paused` who is paused on it.
    """

    starts: tuple[tuple[datetime, datetime | None], ...]
    marks: dict[int, tuple[str, ...]]
    joined: dict[int, date]
    members: frozenset[int]
    paused: frozenset[int]


def before(clinic: Clinic, group: int, episodes: Iterable[int], *, until: datetime) -> Before:
    """The sessions of a group that began before `until`, for these episodes, in five queries."""
    wanted = sorted(set(episodes))
    sessions = list(
        Session.objects.filter(group=group, starts_at__lt=until).order_by("-starts_at")[:SESSIONS_BEFORE]
    )
    sessions.reverse()
    days = {session.pk: clinic.local_day(session.starts_at) for session in sessions}
    seats = {
        (episode, session): outcome
        for episode, session, outcome in Appointment.objects.filter(
            session__in=list(days), episode__in=wanted
        ).values_list("episode", "session", "outcome")
    }
    today = clinic.local_day(until)
    joined: dict[int, date] = {}
    members = set()
    for episode, first, left in (
        Membership.objects.filter(group=group, episode__in=wanted)
        .order_by("joined_on")
        .values_list("episode", "joined_on", "left_on")
    ):
        joined.setdefault(episode, first)
        if first <= today and (left is None or left > today):
            members.add(episode)
    closed = set(Closure.objects.filter(clinic=clinic, day__in=days.values()).values_list("day", flat=True))
    pauses: dict[int, list[tuple[date, date]]] = {}
    for episode, first, last in Pause.objects.filter(episode__in=wanted).values_list(
        "episode", "starts_on", "ends_on"
    ):
        pauses.setdefault(episode, []).append((first, last or date.max))

    def is_paused(episode: int, day: date) -> bool:
        return any(first <= day <= last for first, last in pauses.get(episode, ()))

    def mark(episode: int, session: int) -> str:
        outcome, day = seats.get((episode, session)), days[session]
        if outcome is not None and outcome != Outcome.SCHEDULED:
            return outcome
        if day in closed:
            return "closed"
        if is_paused(episode, day):
            return "paused"
        if outcome is not None:
            return "unrecorded"
        return "not_member" if day < joined.get(episode, date.max) else "none"

    starts = [session.starts_at for session in sessions]
    return Before(
        starts=tuple(zip(starts, [None, *starts[:-1]], strict=True)) if starts else (),
        marks={episode: tuple(mark(episode, session) for session in days) for episode in wanted},
        joined=joined,
        members=frozenset(members),
        paused=frozenset(episode for episode in wanted if is_paused(episode, today)),
    )
