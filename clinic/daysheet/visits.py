"""The visits of one day, line by line: what became of each, what can be said of it now, how far the day is recorded.

Names, times and services only; signs, levels and notes never come here, and of a follow-up no more than that somebody
would like a word. Daily doses and meetings elsewhere are long lists of their own: they stand among the visits only when
asked for by service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Trim

from clinic import access
from clinic.attendance import CAME, KNOWN_AHEAD
from clinic.daysheet.lines import APART, Visit, line
from clinic.models import Appointment, FollowUp, Role, Staff
from clinic.models.schedule import Channel, Outcome
from clinic.models.work import Level

ORDER = ("starts_at", "episode__client__last_name", "pk")
# Follow-ups about which somebody may want to speak with a client who is here; upkeep of a plan is desk work.
WORTH_A_WORD = tuple(level for level in Level if level != Level.UPKEEP)


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


def of_service(rows: QuerySet[Appointment], service: str) -> QuerySet[Appointment]:
    """The appointments that stand as visits, of one service or of all that do not stand apart."""
    rows = rows.filter(session=None)
    return rows.filter(channel=service) if service else rows.exclude(channel__in=APART)


def visit(staff: Staff, uid: UUID, *, today: date, now: datetime) -> Visit:
    """One line of the sheet as it stands. Raises NotVisible."""
    found = some(staff, [uid], today=today, now=now)
    if not found:
        raise access.NotVisible
    return found[0]


def some(staff: Staff, uids: Iterable[UUID], *, today: date, now: datetime) -> list[Visit]:
    """Some lines of the sheet as they stand, in their order: in one query."""
    rows = access.appointments_for(staff, today).filter(uid__in=list(uids))
    return [line(row, now) for row in in_order(rows, staff, today)]


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


def in_order(rows: QuerySet[Appointment], staff: Staff, today: date) -> QuerySet[Appointment]:
    """Appointments by time, with all that a line of the sheet says of them to this person."""
    rows = rows.order_by(*ORDER).select_related(
        "episode__client", "episode__programme", "staff", "group", "recorded_by", "clinic"
    )
    return rows.annotate(
        moved_to=Subquery(
            Appointment.objects.filter(rebooking_of=OuterRef("pk"))
            .exclude(outcome__in=KNOWN_AHEAD)
            .order_by("starts_at")
            .values("starts_at")[:1]
        ),
        word=_would_like_a_word(today),
        plannable=Exists(access.bookable_for(staff, today).filter(pk=OuterRef("episode"))),
    )


def _would_like_a_word(day: date) -> Subquery:
    """The case manager of a client with an open follow-up that does not rest: a name, and nothing of why."""
    waiting = FollowUp.objects.filter(
        Q(quiet_until=None) | Q(quiet_until__lte=day),
        episode=OuterRef("episode"),
        state=FollowUp.State.OPEN,
        level__in=WORTH_A_WORD,
    )
    holders = access.current(
        day, case_manager__is_active=True, case_manager__roles__role=Role.CASE_MANAGER
    ).filter(Exists(waiting), episode=OuterRef("episode"))
    name = Trim(Concat("case_manager__first_name", Value(" "), "case_manager__last_name"))
    return Subquery(holders.annotate(name=name).values("name")[:1])
