"""What the demo clinic has planned: groups with kinds, schedules and waiting lists, and what became of some plans.

`schedules` comes before the ten days of work, so that the daily checks know what is booked; `changes` on the last of
them. Written by the verbs, as in a real clinic.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet

from clinic import attendance, booking, groups, models, recurrence, sweep
from clinic.groups import members
from tests import cast

ROOMY = 4
KINDS = {
    "Morning skills": "skills",
    "Evening skills": "skills",
    "Harbor evening group": "skills",
    "Women's circle": "peer support",
    "Parents in recovery": "peer support",
    "Steady steps": "relapse prevention",
    "Next steps": "relapse prevention",
    "Early recovery": "early recovery",
    "Weekend start": "early recovery",
    "Harbor morning group": "early recovery",
}
FULL = "Women's circle"
HELPERS = {"Morning skills": "sam", "Harbor evening group": "rita"}
RECURRING, RESCHEDULED, EXCUSED = 4, 1, 2
DAYS_BEFORE = 11
WEEK = timedelta(weeks=1)


class Ahead:
    """Plans of the demo clinic, as of `now`."""

    def __init__(self, house: cast.Cast, now: datetime) -> None:
        self.house, self.now, self.today = house, now, house.today
        self.named = {row.name: row for row in models.Group.objects.select_related("clinic").order_by("pk")}

    def schedules(self) -> None:
        """Give every group its kind, its times and, twelve weeks ahead, its sessions with everybody's seats."""
        for name, group in self.named.items():
            group.kind = KINDS[name]
            group.capacity = self._members(group) + (0 if name == FULL else ROOMY)
            group.save(update_fields=["kind", "capacity"])
            if name in HELPERS:
                group.co_facilitators.add(getattr(self.house, HELPERS[name]))
            self._rule(group)
        began = cast.moment(self.house.riverside, self.today - timedelta(days=DAYS_BEFORE), time(7))
        groups.make_ahead(began)

    def changes(self) -> None:
        """What happened to the plans today; the checks are told at the end."""
        by = {"by": self.house.ruth, "on": self.now}
        full, steady = self.named[FULL], self.named["Steady steps"]
        outsiders = self._outsiders()
        for stay in outsiders[:2]:
            groups.wait(full, stay, **by)
        groups.join(steady, outsiders[2], **by, joined_on=self.today)
        off, moved = self._coming(self.named["Early recovery"]), self._coming(self.named["Weekend start"])
        groups.cancel_session(off, **by, reason="Facilitator at a training", version=off.version)
        self._move(moved, by)
        self._individual()
        sweep.drain(self.now)

    def _members(self, group: models.Group) -> int:
        """How many belong to it, now or on any day ahead."""
        group.capacity = groups.MOST_MEMBERS
        return groups.MOST_MEMBERS - (members.free_places(group, self.today) or 0)

    def _rule(self, group: models.Group) -> None:
        """The weekly rule that the sessions there are follow already."""
        sessions = list(group.sessions.order_by("starts_at"))
        zone = group.clinic.zone
        days = [row.starts_at.astimezone(zone).date() for row in sessions]
        series = models.Series.objects.create(
            clinic=group.clinic,
            group=group,
            rule=recurrence.make("week", days[0]),
            starts_on=days[0],
            at=sessions[0].starts_at.astimezone(zone).time(),
            minutes=sessions[0].minutes,
            channel="group",
            made_through=days[-1],
        )
        for row, day in zip(sessions, days, strict=True):
            row.series, row.series_day = series, day
        models.Session.objects.bulk_update(sessions, ["series", "series_day"], batch_size=100)

    def _outsiders(self) -> list[models.Episode]:
        """Riverside's clients in care who belong to no group and are no part of the cast, the newest first."""
        rows = models.Episode.objects.filter(
            clinic=self.house.riverside,
            discharged_on=None,
            memberships=None,
            admitted_on__lt=self.today - timedelta(days=14),
        )
        return list(
            rows.exclude(pk__in=[row.pk for row in self.house.episodes.values()]).order_by(
                "-admitted_on", "pk"
            )[:3]
        )

    def _coming(self, group: models.Group) -> models.Session:
        """The second session ahead."""
        return models.Session.objects.filter(group=group, starts_at__gt=self.now).order_by("starts_at")[1]

    def _move(self, session: models.Session, by: dict) -> None:
        """To the first day after it on which it can be."""
        for days in (1, 2, 3):
            then = session.starts_at + timedelta(days=days)
            try:
                groups.move_session(
                    session,
                    **by,
                    starts_at=then,
                    minutes=session.minutes,
                    version=session.version,
                    reason="Room is being painted",
                    despite=True,
                )
            except ValidationError:
                continue
            return

    def _individual(self) -> None:
        """Some counselling goes on by a rule; somebody cannot come and said so; somebody comes on another day."""
        by = {"by": self.house.lucia, "on": self.now}
        booked = list(self._booked_counselling())
        for row in booked[:RECURRING]:
            day = self.house.riverside.local_day(row.starts_at) + WEEK
            booking.book_series(
                row.episode,
                **by,
                channel="counselling",
                starts_on=day,
                at=row.starts_at.astimezone(self.house.riverside.zone).time(),
                rule=recurrence.make("week", day, count=10),
                minutes=row.minutes,
                staff=row.staff,
                despite=True,
            )
        for row in booked[RECURRING : RECURRING + EXCUSED]:
            attendance.mark(row, **by, outcome="excused", excuse="work", reason="told us: work")
        done = 0
        for row in booked[RECURRING + EXCUSED :]:
            if done == RESCHEDULED:
                break
            try:
                booking.reschedule(
                    row, **by, starts_at=row.starts_at + timedelta(days=1, hours=1), version=row.version
                )
            except ValidationError:
                continue
            done += 1

    def _booked_counselling(self) -> QuerySet[models.Appointment]:
        """The last counselling booked of each of Maya's clients beside the cast who has one, from three days ahead."""
        held = models.Assignment.objects.filter(case_manager=self.house.maya, ends_on=None)
        only = Count("episode__appointments", filter=self._later())
        return (
            models.Appointment.objects.filter(
                channel="counselling",
                outcome="scheduled",
                starts_at__gt=self.now + timedelta(days=3),
                episode__in=held.values("episode"),
                staff__isnull=False,
            )
            .exclude(episode__in=[row.pk for row in self.house.episodes.values()])
            .annotate(booked=only)
            .filter(booked=1)
            .select_related("episode__clinic", "episode__client", "staff", "clinic")
            .order_by("pk")
        )

    def _later(self) -> Q:
        return Q(
            episode__appointments__channel="counselling",
            episode__appointments__starts_at__gt=self.now + timedelta(days=3),
        )
