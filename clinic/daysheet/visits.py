"""The visits of one day, line by line: what became of each, what can be said of it now, how far the day is recorded.

Names, times and services only; signs, levels, reasons and notes never come here. Daily doses and meetings elsewhere are
long lists of their own: they stand among the visits only when asked for by service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic import access
from clinic.attendance import CAME, EARLY_ARRIVAL, KNOWN_AHEAD
from clinic.models import Appointment, Staff
from clinic.models.schedule import Channel, Outcome

APART = (Channel.DOSING, Channel.MUTUAL_AID)
FIRST_CHOICES = (Outcome.ATTENDED, Outcome.LATE, Outcome.NO_SHOW)
MORE_CHOICES = (
    Outcome.LEFT_EARLY,
    Outcome.EXCUSED,
    Outcome.CANCELLED_BY_CLIENT,
    Outcome.CANCELLED_BY_CLINIC,
    Outcome.RESCHEDULED,
)
LABELS = {Outcome.ATTENDED: _("Arrived")}
SHORT = {Outcome.CANCELLED_BY_CLIENT: _("Cancelled"), Outcome.CANCELLED_BY_CLINIC: _("Clinic cancelled")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be said of a visit; not `allowed` while it cannot be known yet. `short` is for a row."""

    outcome: str
    label: str
    short: str
    chosen: bool
    allowed: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the sheet: one client's place at one time. `begun` once its time has come."""

    uid: UUID
    starts_at: datetime
    client: str
    service: str
    with_whom: str
    staff: UUID | None
    first: bool
    outcome: str
    choices: tuple[Choice, ...]
    more: tuple[Choice, ...]
    marked_at: datetime | None
    marked_same_day: bool
    marked_by: str
    marked_initials: str
    version: int
    begun: bool

    @property
    def recorded(self) -> bool:
        return self.outcome != Outcome.SCHEDULED

    @property
    def said(self) -> str:
        """What is recorded of it, in the words of the buttons; empty while nothing is."""
        return next((choice.label for choice in (*self.choices, *self.more) if choice.chosen), "")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the day is recorded. Visits without doses, meetings elsewhere and group seats; doses by themselves.

    `waiting` are past and not recorded; `to_come` lie ahead.
    """

    visits: int
    recorded: int
    waiting: int
    to_come: int
    doses: int
    dosed: int
    doses_open: int
    doses_from: datetime | None
    doses_until: datetime | None


def visits(rows: QuerySet[Appointment], now: datetime, service: str = "") -> list[Visit]:
    """Lines for the appointments of a day: those of one service, or of all that do not stand apart."""
    rows = rows.filter(session=None)
    return _lines(rows.filter(channel=service) if service else rows.exclude(channel__in=APART), now)


def visit(staff: Staff, uid: UUID, *, today: date, now: datetime) -> Visit:
    """One line of the sheet as it stands. Raises NotVisible."""
    found = _lines(access.appointments_for(staff, today).filter(uid=uid), now)
    if not found:
        raise access.NotVisible
    return found[0]


def counts(staff: Staff, day: date, *, today: date, now: datetime) -> Counts:
    """How far a day is recorded, for this person."""
    return count(on_day(staff, day, today), now)


def count(rows: QuerySet[Appointment], now: datetime) -> Counts:
    """How far these appointments of a day are recorded, in one query."""
    usual, doses = ~Q(channel__in=APART), Q(channel=Channel.DOSING)
    blank = Q(outcome=Outcome.SCHEDULED)
    return Counts(
        **rows.filter(session=None).aggregate(
            visits=Count("pk", filter=usual),
            recorded=Count("pk", filter=usual & ~blank),
            waiting=Count("pk", filter=usual & blank & Q(starts_at__lte=now)),
            to_come=Count("pk", filter=usual & blank & Q(starts_at__gt=now)),
            doses=Count("pk", filter=doses),
            dosed=Count("pk", filter=doses & Q(outcome__in=CAME)),
            doses_open=Count("pk", filter=doses & blank),
            doses_from=Min("starts_at", filter=doses),
            doses_until=Max("starts_at", filter=doses),
        )
    )


def local_span(staff: Staff, first: date, after: date) -> tuple[datetime, datetime]:
    """The moments at which the days from `first` up to, not with, `after` begin and end in this person's clinic."""
    zone = access.home_clinic(staff).zone
    return datetime.combine(first, time(), tzinfo=zone), datetime.combine(after, time(), tzinfo=zone)


def on_day(staff: Staff, day: date, today: date) -> QuerySet[Appointment]:
    """The appointments of one clinic day that this person may see."""
    start, end = local_span(staff, day, day + timedelta(days=1))
    return access.appointments_for(staff, today).filter(starts_at__gte=start, starts_at__lt=end)


def _lines(rows: QuerySet[Appointment], now: datetime) -> list[Visit]:
    rows = rows.select_related("episode__client", "staff", "group", "recorded_by", "clinic")
    return [_line(row, now) for row in rows.order_by("starts_at", "episode__client__last_name", "pk")]


def _line(row: Appointment, now: datetime) -> Visit:
    zone = row.clinic.zone
    marked = row.recorded_at.astimezone(zone).date() if row.recorded_at else None
    return Visit(
        uid=row.uid,
        starts_at=row.starts_at,
        client=row.episode.client.full_name,
        service=row.group.name if row.group else row.get_channel_display(),
        with_whom=row.staff.name if row.staff else "",
        staff=row.staff.uid if row.staff else None,
        first=row.purpose == "first",
        outcome=row.outcome,
        choices=_choices(FIRST_CHOICES, row, now),
        more=_choices(MORE_CHOICES, row, now),
        marked_at=row.recorded_at,
        marked_same_day=marked == row.starts_at.astimezone(zone).date(),
        marked_by=row.recorded_by.name if row.recorded_by else "",
        marked_initials=row.recorded_by.initials if row.recorded_by else "",
        version=row.version,
        begun=row.starts_at <= now,
    )


def _choices(outcomes: Iterable[Outcome], row: Appointment, now: datetime) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            outcome=outcome.value,
            label=str(LABELS.get(outcome, outcome.label)),
            short=str(SHORT.get(outcome, LABELS.get(outcome, outcome.label))),
            chosen=row.outcome == outcome,
            allowed=_can_be_known(outcome, row.starts_at, now),
        )
        for outcome in outcomes
    )


def _can_be_known(outcome: Outcome, starts_at: datetime, now: datetime) -> bool:
    """Of what lies ahead only a cancellation is known; somebody due within the hours to come may be here early."""
    if starts_at <= now or outcome in KNOWN_AHEAD:
        return True
    return outcome == Outcome.ATTENDED and starts_at <= now + EARLY_ARRIVAL
