"""The day sheet: who is due on one day of the clinic, in order of time, and what earlier days still lack.

It costs the same few queries however many clients the clinic has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from clinic import access
from clinic.daysheet.asked import SHOWS, Asked, asked_for
from clinic.daysheet.lines import Visit, line, seen
from clinic.daysheet.unrecorded import missing
from clinic.daysheet.visits import Counts, count, in_order, local_span, of_service, on_day, some
from clinic.models import Appointment, Closure, Staff
from clinic.models.schedule import Channel, Outcome

EARLIER_DAYS = 14
# A day of more visits than this is read a page at a time.
MOST_LINES = 200
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
    seen: str = ""


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
    page: Page[Appointment]
    counts: Counts
    meetings: tuple[Meeting, ...]
    with_whom: tuple[tuple[UUID, str], ...]
    programmes: tuple[tuple[UUID, str], ...]
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
    def shown(self) -> int:
        """How many visits are asked for, on all pages."""
        return self.page.paginator.count

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """The first and the last moment of this page, where the day is too long for one."""
        visits = [line.visit.starts_at for line in self.lines if line.visit]
        return (visits[0], visits[-1]) if visits and self.page.paginator.num_pages > 1 else None

    @property
    def before(self) -> date:
        return self.asked.day - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.asked.day + timedelta(days=1)

    @property
    def shows(self) -> tuple[tuple[str, str], ...]:
        return tuple((value, str(words)) for value, words in SHOWS)

    @property
    def earlier_count(self) -> int:
        return sum(row.count for row in self.earlier)


def day_sheet(
    staff: Staff, asked: Asked, *, today: date, now: datetime, always: UUID | None = None
) -> DaySheet:
    """The sheet of one day for one person, in at most ten queries; with the visit `always`, whatever is asked for."""
    rows = on_day(staff, asked.day, today)
    visits = of_service(rows, asked.service)
    page = _page(in_order(asked_for(visits, asked, now), staff, today), asked, today, now)
    shown = [line(row, now) for row in page.object_list]
    if always is not None and all(visit.uid != always for visit in shown):
        shown = sorted([*shown, *some(staff, [always], today=today, now=now)], key=lambda row: row.starts_at)
    meetings = meetings_of(staff, rows, asked.day, now)
    told = _on_page(shown_meetings(meetings, asked, now), shown, page)
    closure = Closure.objects.filter(clinic=staff.clinic_id, day__gte=asked.day).order_by("day").first()
    closed = closure is not None and closure.day == asked.day
    return DaySheet(
        asked=asked,
        today=today,
        lines=_in_order(shown, told, now if asked.day == today else None),
        page=page,
        counts=count(rows, now),
        meetings=meetings,
        with_whom=_with_whom(visits),
        programmes=tuple(
            visits.values_list("episode__programme__uid", "episode__programme__name")
            .distinct()
            .order_by("episode__programme__name")
        ),
        services=tuple((value, str(label)) for value, label in Channel.choices),
        earlier=_earlier(staff, today, now),
        closed_for=closure.reason if closure and closed else None,
        next_closure=closure.day if closure and not closed else None,
        next_closure_reason=closure.reason if closure else "",
        whole_clinic=staff.has_role("front_desk", "medical"),
    )


def _with_whom(visits: QuerySet[Appointment]) -> tuple[tuple[UUID, str], ...]:
    people = Staff.objects.filter(pk__in=visits.values("staff"))
    return tuple(sorted(((person.uid, person.name) for person in people), key=lambda pair: pair[1]))


def _page(rows: QuerySet[Appointment], asked: Asked, today: date, now: datetime) -> Page[Appointment]:
    """The page asked for; without one, that of the present. Nearly every day has only one."""
    pages = Paginator(rows, MOST_LINES)
    number = asked.page or 1
    if asked.page is None and asked.day == today and pages.num_pages > 1:
        number = rows.filter(starts_at__lte=now).count() // MOST_LINES + 1
    return pages.get_page(number)


def _on_page(
    meetings: Sequence[Meeting], shown: Sequence[Visit], page: Page[Appointment]
) -> tuple[Meeting, ...]:
    """The meetings that stand between the visits of one page."""
    first = shown[0].starts_at if shown and page.has_previous() else None
    last = shown[-1].starts_at if shown and page.has_next() else None
    return tuple(
        row
        for row in meetings
        if (first is None or row.starts_at >= first) and (last is None or row.starts_at < last)
    )


def shown_meetings(meetings: Sequence[Meeting], asked: Asked, now: datetime) -> tuple[Meeting, ...]:
    """The sessions that stand among the visits of a sheet."""
    if not asked.shows_meetings:
        return ()
    return tuple(row for row in meetings if asked.shows(row.starts_at, row.recorded >= row.seats, now))


def meetings_of(staff: Staff, rows: QuerySet[Appointment], day: date, now: datetime) -> tuple[Meeting, ...]:
    """The sessions of a day as this person may see them, in order, in two queries."""
    mine: set[UUID] = set()
    if staff.has_role("facilitator", "supervisor"):
        span = local_span(staff, day, day + timedelta(days=1))
        mine = set(access.sessions_for(staff).filter(starts_at__range=span).values_list("uid", flat=True))
    found = (
        rows.filter(session__isnull=False)
        .values_list(*(f"session__{name}" for name in MEETING))
        .annotate(
            seats=Count("pk"),
            recorded=Count("pk", filter=~Q(outcome=Outcome.SCHEDULED)),
            stands=Sum("version"),
        )
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
            seen=seen(uid, stands),
        )
        for uid, starts_at, minutes, name, room, first, last, seats, recorded, stands in found
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


def _earlier(staff: Staff, today: date, now: datetime) -> tuple[Earlier, ...]:
    """What nobody has recorded in the last two weeks, newest day first; closed days and pauses ask for nothing."""
    clinic = access.home_clinic(staff)
    since, until = local_span(staff, today - timedelta(days=EARLIER_DAYS), today)
    found = (
        access.appointments_for(staff, today)
        .filter(missing(now, clinic), starts_at__gte=since, starts_at__lt=until)
        .annotate(day=TruncDate("starts_at", tzinfo=clinic.zone))
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
