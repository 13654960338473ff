"""The day sheet: who is due on one day of the clinic, in order of time, and what earlier days still lack.

It costs the same few queries however many clients the clinic has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from clinic import access
from clinic.daysheet.visits import Counts, Visit, count, local_span, on_day, visits
from clinic.models import Appointment, Closure, Staff
from clinic.models.schedule import Channel, Outcome

EARLIER_DAYS = 14
MEETING = (
    "uid",
    "starts_at",
    "minutes",
    "group__name",
    "group__room",
    "group__facilitator__first_name",
    "group__facilitator__last_name",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the day is asked for. `service` is a channel, `staff` the uid of the person it is with; empty is all."""

    day: date
    service: str = ""
    staff: UUID | None = None
    only_unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """A group session as one line. `seats` and `recorded` count the seats this person may see."""

    uid: UUID
    starts_at: datetime
    name: str
    room: str
    facilitator: str
    seats: int
    recorded: int
    state: str
    may_open: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet: a visit, a meeting, or (neither) the line that says what time it is."""

    visit: Visit | None = None
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Unrecorded appointments of one earlier day and service."""

    day: date
    service: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One day as one person may see it. `whole_clinic`: the clinic's, not only the own clients'."""

    asked: Asked
    today: date
    lines: tuple[Line, ...]
    shown: int
    counts: Counts
    meetings: tuple[Meeting, ...]
    with_whom: tuple[tuple[UUID, str], ...]
    services: tuple[tuple[str, str], ...]
    earlier: tuple[Earlier, ...]
    closed_for: str | None
    next_closure: date | None
    next_closure_reason: str
    whole_clinic: bool

    @property
    def is_today(self) -> bool:
        return self.asked.day == self.today

    @property
    def lies_ahead(self) -> bool:
        return self.asked.day > self.today

    @property
    def before(self) -> date:
        return self.asked.day - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.asked.day + timedelta(days=1)

    @property
    def earlier_count(self) -> int:
        return sum(row.count for row in self.earlier)


def day_sheet(staff: Staff, asked: Asked, *, today: date, now: datetime) -> DaySheet:
    """The sheet of one day for one person, in at most six queries."""
    rows = on_day(staff, asked.day, today)
    found = visits(rows, now, asked.service)
    with_whom = sorted(
        {visit.staff: visit.with_whom for visit in found if visit.staff}.items(), key=lambda person: person[1]
    )
    shown = [visit for visit in found if _is_asked_for(visit, asked)]
    meetings = _meetings(staff, rows, asked.day, now)
    told = meetings if asked.service in ("", Channel.GROUP) and asked.staff is None else ()
    if asked.only_unrecorded:
        told = tuple(
            meeting for meeting in told if meeting.starts_at <= now and meeting.recorded < meeting.seats
        )
    closure = Closure.objects.filter(clinic=staff.clinic_id, day__gte=asked.day).order_by("day").first()
    closed = closure is not None and closure.day == asked.day
    return DaySheet(
        asked=asked,
        today=today,
        lines=_in_order(shown, told, now if asked.day == today else None),
        shown=len(shown),
        counts=count(rows, now),
        meetings=meetings,
        with_whom=tuple(with_whom),
        services=tuple((value, str(label)) for value, label in Channel.choices),
        earlier=_earlier(staff, today),
        closed_for=closure.reason if closure and closed else None,
        next_closure=closure.day if closure and not closed else None,
        next_closure_reason=closure.reason if closure else "",
        whole_clinic=staff.has_role("front_desk", "medical"),
    )


def _is_asked_for(visit: Visit, asked: Asked) -> bool:
    if asked.staff is not None and visit.staff != asked.staff:
        return False
    return not asked.only_unrecorded or (visit.begun and not visit.recorded)


def _meetings(staff: Staff, rows: QuerySet[Appointment], day: date, now: datetime) -> tuple[Meeting, ...]:
    mine: set[UUID] = set()
    if staff.has_role("facilitator", "supervisor"):
        span = local_span(staff, day, day + timedelta(days=1))
        mine = set(access.sessions_for(staff).filter(starts_at__range=span).values_list("uid", flat=True))
    found = (
        rows.filter(session__isnull=False)
        .values_list(*(f"session__{name}" for name in MEETING))
        .annotate(seats=Count("pk"), recorded=Count("pk", filter=~Q(outcome=Outcome.SCHEDULED)))
        .order_by("session__starts_at", "session__group__name")
    )
    return tuple(
        Meeting(
            uid=uid,
            starts_at=starts_at,
            name=name,
            room=room,
            facilitator=" ".join(part for part in (first, last) if part),
            seats=seats,
            recorded=recorded,
            state=_state(starts_at, minutes, now),
            may_open=uid in mine,
        )
        for uid, starts_at, minutes, name, room, first, last, seats, recorded in found
    )


def _state(starts_at: datetime, minutes: int, now: datetime) -> str:
    if now < starts_at:
        return "ahead"
    return "under_way" if now < starts_at + timedelta(minutes=minutes) else "over"


def _in_order(visits: Iterable[Visit], meetings: Iterable[Meeting], now: datetime | None) -> tuple[Line, ...]:
    """By time, meetings after the visits of the same minute; where the present stands in it, if it does."""
    lines = [*(Line(visit=row) for row in visits), *(Line(meeting=row) for row in meetings)]
    lines.sort(key=lambda line: (_starts(line), line.meeting is not None))
    if now is not None and lines:
        past = sum(_starts(line) <= now for line in lines)
        lines.insert(past, Line())
    return tuple(lines)


def _starts(line: Line) -> datetime:
    row = line.visit or line.meeting
    assert row is not None  # noqa: S101 - the line of the present is put in after sorting
    return row.starts_at


def _earlier(staff: Staff, today: date) -> tuple[Earlier, ...]:
    """What nobody has recorded in the last two weeks, newest day first."""
    since, until = local_span(staff, today - timedelta(days=EARLIER_DAYS), today)
    found = (
        access.appointments_for(staff, today)
        .filter(starts_at__gte=since, starts_at__lt=until, outcome=Outcome.SCHEDULED)
        .annotate(day=TruncDate("starts_at", tzinfo=access.home_clinic(staff).zone))
        .values("day", "channel", "group__name")
        .annotate(count=Count("pk"))
        .order_by("-day", "channel", "group__name")
    )
    words = dict(Channel.choices)
    return tuple(
        Earlier(
            day=row["day"],
            service=row["channel"],
            name=row["group__name"] or str(words[row["channel"]]),
            count=row["count"],
        )
        for row in found
    )
