"""What a seat in a group implies: the group itself, its session at that time, and the client's membership."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from clinic.engagement.timeline import Channel
from clinic.importing.journal import Journal
from clinic.importing.rows import CAME, AttendanceRow
from clinic.models import Clinic, Group, Membership, Session

SLICE = 400


class GroupIntake:
    """Groups of one clinic as a chunk of rows needs them.

    A mutual-aid meeting is named as a group, so that two on one evening are told apart, but nobody here keeps its
    register: it gets no session and no membership.
    """

    def __init__(self, clinic: Clinic, journal: Journal) -> None:
        self.clinic, self.journal = clinic, journal
        self._groups = dict(Group.objects.filter(clinic=clinic).values_list("name", "pk"))
        self._sessions: dict[tuple[int, datetime], tuple[int, int]] = {}
        self._seats: dict[tuple[int, int], dict[date, bool]] = {}
        self._discharged: dict[int, date | None] = {}

    def learn(self, rows: Iterable[AttendanceRow]) -> None:
        """Find, or make, the groups and sessions these rows name."""
        self._sessions, self._seats, self._discharged = {}, defaultdict(dict), {}
        wanted: dict[int, set[datetime]] = defaultdict(set)
        for row in rows:
            if row.group:
                if row.group not in self._groups:
                    self._groups[row.group] = Group.objects.create(clinic=self.clinic, name=row.group).pk
                    self.journal.made(Group, [self._groups[row.group]])
                if row.channel is Channel.GROUP:
                    wanted[self._groups[row.group]].add(row.starts_at)
        missing = []
        for group, moments in wanted.items():
            times = sorted(moments)
            for start in range(0, len(times), SLICE):
                self._find(group, times[start : start + SLICE])
            missing += [
                Session(group_id=group, starts_at=at) for at in times if (group, at) not in self._sessions
            ]
        for session in Session.objects.bulk_create(missing):
            self._sessions[session.group_id, session.starts_at] = (session.pk, session.minutes)
        self.journal.made(Session, (session.pk for session in missing))

    def _find(self, group: int, times: list[datetime]) -> None:
        found = Session.objects.filter(group=group, starts_at__in=times)
        for pk, at, minutes in found.values_list("pk", "starts_at", "minutes"):
            self._sessions[group, at] = (pk, minutes)

    def of(self, row: AttendanceRow) -> tuple[int | None, int | None]:
        """The group and the session of a row, by number."""
        group = self._groups[row.group] if row.group else None
        session = self._sessions.get((group, row.starts_at)) if group else None
        return group, session[0] if session and row.channel is Channel.GROUP else None

    def minutes(self, row: AttendanceRow) -> int:
        """How long the session of a row lasts."""
        return self._sessions[self._groups[row.group], row.starts_at][1]

    def seat(self, row: AttendanceRow, episode: int, discharged_on: date | None) -> None:
        """Note that an episode had a seat in a group's session on a day."""
        if row.group and row.channel is Channel.GROUP:
            days = self._seats[episode, self._groups[row.group]]
            days[row.day] = days.get(row.day, False) or row.outcome in CAME
            self._discharged[episode] = discharged_on

    def write(self) -> None:
        """Bring the memberships up to the seats noted since `learn`."""
        standing = self._memberships()
        new, changed = [], {}
        for (episode, group), days in self._seats.items():
            places = standing[episode, group]
            for day in sorted(days):
                if any(
                    each.joined_on <= day and (each.left_on is None or day < each.left_on) for each in places
                ):
                    continue
                after = (each for each in places if each.joined_on > day)
                later = min(after, key=lambda each: each.joined_on, default=None)
                if later is not None:
                    later.joined_on = day
                    if later.pk:
                        changed[later.pk] = later
                # Somebody has ended the membership: only coming again begins another.
                elif not places or days[day]:
                    places.append(self._membership(episode, group, day))
                    new.append(places[-1])
        self.journal.changing(Membership, changed)
        Membership.objects.bulk_update(changed.values(), ["joined_on"], batch_size=SLICE)
        Membership.objects.bulk_create(new, batch_size=SLICE)
        self.journal.made(Membership, (each.pk for each in new))

    def _memberships(self) -> dict[tuple[int, int], list[Membership]]:
        found: dict[tuple[int, int], list[Membership]] = defaultdict(list)
        episodes = sorted({episode for episode, _ in self._seats})
        for start in range(0, len(episodes), SLICE):
            for each in Membership.objects.filter(episode__in=episodes[start : start + SLICE]):
                found[each.episode_id, each.group_id].append(each)
        return found

    def _membership(self, episode: int, group: int, day: date) -> Membership:
        discharged = self._discharged[episode]
        left = discharged + timedelta(days=1) if discharged else None
        return Membership(episode_id=episode, group_id=group, joined_on=day, left_on=left)
