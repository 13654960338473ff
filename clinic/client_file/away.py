"""When absence says nothing: the pauses of one stay in care, and the closed days of a clinic as a year's calendar."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from clinic.models import Appointment, Clinic, Closure, Episode, Pause, Session
from clinic.models.schedule import Outcome

DAY = timedelta(days=1)
MOST_DAYS = 60  # closed days ahead of which is said what stands on them


@dataclass(frozen=True, slots=True)
class PauseLine:
    """One pause. `runs_out` is the last day that an unconfirmed report counts for; `state` is what a form carries to
    notice that somebody else has changed it; `visits` stand booked in what is left of it.
    """

    uid: UUID
    kind: str
    starts_on: date
    ends_on: date | None
    source: str
    confirmed: bool
    runs_out: date | None
    running: bool
    ahead: bool
    state: str
    visits: int

    @property
    def open(self) -> bool:
        """Whether it has not ended yet."""
        return self.running or self.ahead


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of one stay, newest first; `ended_on` is the discharge, after which none is noted."""

    name: str
    admitted_on: date
    ended_on: date | None
    lines: Sequence[PauseLine]


def pauses_of(stay: Episode, *, today: date, now: datetime) -> Pauses:
    """The pauses of a stay with what is booked in them, in two queries."""
    rows = list(Pause.objects.filter(episode=stay).order_by("-starts_on", "-pk"))
    booked = Appointment.objects.filter(episode=stay, outcome=Outcome.SCHEDULED, starts_at__gte=now)
    starts = booked.values_list("starts_at", flat=True) if rows else ()
    days = Counter(stay.clinic.local_day(at) for at in starts)
    return Pauses(
        name=stay.client.full_name,
        admitted_on=stay.admitted_on,
        ended_on=stay.discharged_on if stay.discharged_on and stay.discharged_on <= today else None,
        lines=[_pause(row, today, days) for row in rows],
    )


def _pause(row: Pause, today: date, booked: Counter[date]) -> PauseLine:
    last = row.counts_to
    return PauseLine(
        uid=row.uid,
        kind=row.get_kind_display(),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        source=row.source,
        confirmed=row.confirmed,
        runs_out=None if row.confirmed else last,
        running=row.starts_on <= today and (last is None or today <= last),
        ahead=row.starts_on > today,
        state=row.state,
        visits=sum(n for day, n in booked.items() if row.starts_on <= day and (last is None or day <= last)),
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month. `kind`: "closed" (somebody closed it), "off" (the clinic never opens on this weekday)."""

    day: date
    kind: str
    reason: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """One month in weeks from Monday to Sunday; None stands for a day of its neighbours."""

    first: date
    weeks: Sequence[Sequence[Cell | None]]


@dataclass(frozen=True, slots=True)
class SessionToMove:
    """A group's session on a closed day."""

    uid: UUID
    group: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """One closed day with what still stands on it: `visits` of clients, without seats in sessions, and `sessions`."""

    day: date
    reason: str
    past: bool
    visits: int
    sessions: Sequence[SessionToMove]


@dataclass(frozen=True, slots=True)
class Year:
    """A clinic's closed days of a year, and all that are coming."""

    number: int
    months: Sequence[Month]
    closed: Sequence[ClosedDay]
    coming: Sequence[ClosedDay]

    @property
    def to_move(self) -> int:
        """How many visits and sessions stand on closed days ahead."""
        return sum(each.visits + len(each.sessions) for each in self.coming)


def year_of(clinic: Clinic, number: int, *, today: date) -> Year:
    """The calendar of one year, in three queries whatever stands on its closed days."""
    first, last = date(number, 1, 1), date(number, 12, 31)
    rows = Closure.objects.filter(clinic=clinic, day__gte=min(first, today)).order_by("day")
    rows = [row for row in rows if row.day <= last or row.day >= today]
    standing = _standing(clinic, [row.day for row in rows if row.day >= today])
    days = [
        ClosedDay(row.day, row.reason, row.day < today, *standing.get(row.day, (0, ())))  # type: ignore[arg-type]
        for row in rows
    ]
    closed = {each.day: each for each in days}
    return Year(
        number=number,
        months=[_month(clinic, number, month, closed, today) for month in range(1, 13)],
        closed=[each for each in days if each.day.year == number],
        coming=[each for each in days if not each.past],
    )


def standing_on(clinic: Clinic, day: date) -> tuple[int, int]:
    """How many visits and how many sessions are booked on a day."""
    visits, sessions = _standing(clinic, [day]).get(day, (0, ()))
    return visits, len(sessions)


def _standing(clinic: Clinic, days: Sequence[date]) -> dict[date, tuple[int, tuple[SessionToMove, ...]]]:
    """What is booked on some days ahead, in two queries. The wanted days are few; the span between them may be long, so
    each is asked for by its own bounds.
    """
    if not days:
        return {}
    chosen = days[:MOST_DAYS]
    visits: Counter[date] = Counter()
    sessions: dict[date, list[SessionToMove]] = {}
    booked = Appointment.objects.filter(clinic=clinic, outcome=Outcome.SCHEDULED, session=None)
    for at in _within(booked, clinic, chosen).values_list("starts_at", flat=True):
        visits[clinic.local_day(at)] += 1
    meetings = Session.objects.filter(group__clinic=clinic, cancelled_at=None)
    recorded = Appointment.objects.filter(session=OuterRef("pk")).exclude(outcome=Outcome.SCHEDULED)
    meetings = meetings.exclude(Exists(recorded)).select_related("group").order_by("starts_at")
    for row in _within(meetings, clinic, chosen):
        day = clinic.local_day(row.starts_at)
        sessions.setdefault(day, []).append(SessionToMove(row.uid, row.group.name, row.starts_at))
    return {day: (visits[day], tuple(sessions.get(day, ()))) for day in chosen}


def _within(rows, clinic: Clinic, days: Sequence[date]):  # type: ignore[no-untyped-def]
    """The rows that begin on one of some days of the clinic's own calendar."""
    wanted = Q(pk__in=[])
    for day in days:
        start = datetime.combine(day, time.min, tzinfo=clinic.zone)
        end = datetime.combine(day + DAY, time.min, tzinfo=clinic.zone)
        wanted |= Q(starts_at__gte=start, starts_at__lt=end)
    return rows.filter(wanted)


def _month(clinic: Clinic, year: int, month: int, closed: dict[date, ClosedDay], today: date) -> Month:
    def cell(day: date) -> Cell | None:
        if day.month != month:
            return None
        gone = closed.get(day)
        kind = "closed" if gone else "" if day.weekday() in clinic.opening_days else "off"
        return Cell(day, kind, gone.reason if gone else "", day == today)

    weeks = Calendar().monthdatescalendar(year, month)
    return Month(date(year, month, 1), [[cell(day) for day in week] for week in weeks])
