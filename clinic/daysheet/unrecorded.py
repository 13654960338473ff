"""Reads what nobody has recorded: whose sheets are missing, oldest first, by who must record them.

One definition, `missing`, for the page, for the count on the own worklist and for the supervisor's numbers: past, still
"scheduled", on a day the clinic was open and the client not away. Such an appointment is nobody's absence; it is a
sheet that somebody owes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from clinic import access
from clinic.daysheet.lines import APART
from clinic.daysheet.visits import local_span
from clinic.models import Appointment, Clinic, Closure, Pause, Session, Staff
from clinic.models.care import UNCONFIRMED_DAYS
from clinic.models.schedule import Channel, Outcome

# After a day it is an item of the own worklist, and counted for the supervisor.
OWED_AFTER = timedelta(hours=24)
# Appointments a page shows at least; a day is never torn in two, so that the number on a sheet is the whole of it.
A_PAGE = 300
ROW = ("owner", "starts_at", "channel", "session__uid", "session__starts_at", "group__name", "session__group")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One register, or one day's appointments of one person or service: how many of it are missing.

    `register` is the session's; `staff` and `service` narrow the day sheet to it. `late`: owed for 24 hours.
    `may_open`: this person may record it there.
    """

    starts_at: datetime
    day: date
    name: str
    count: int
    late: bool
    register: UUID | None
    staff: UUID | None
    service: str
    may_open: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who must record it; nobody's without a `uid`. `count`, `late` and `oldest` are of all that is missing, `sheets`
    those of this page.
    """

    uid: UUID | None
    name: str
    own: bool
    count: int
    late: int
    oldest: datetime
    sheets: tuple[Sheet, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Missing:
    """The worklist: `count` appointments in all, `late` of them owed for 24 hours. `since` is the first day shown,
    `newer` the first day of the next page; `whole_clinic`: what is missing of the clinic's, not only the own.
    """

    owners: tuple[Owner, ...]
    count: int
    late: int
    since: date | None
    newer: date | None
    whole_clinic: bool


def missing(now: datetime, clinic: Clinic, *, for_at_least: timedelta = timedelta()) -> Q:
    """An appointment of this clinic whose time came, `for_at_least` ago, and which nobody has recorded. Nobody owes a
    record of a day on which the clinic was closed, or that lies in a pause that counts.
    """
    day = TruncDate(
        ExpressionWrapper(OuterRef("starts_at"), output_field=DateTimeField()), tzinfo=clinic.zone
    )
    closed = Closure.objects.filter(clinic=clinic, day=day)
    runs_out = ExpressionWrapper(
        Coalesce("reported_on", "starts_on") + timedelta(days=UNCONFIRMED_DAYS - 1), output_field=DateField()
    )
    paused = Pause.objects.alias(runs_out=runs_out).filter(
        Q(ends_on=None) | Q(ends_on__gte=day),
        Q(confirmed=True) | Q(runs_out__gte=day),
        episode=OuterRef("episode"),
        starts_on__lte=day,
    )
    return (
        Q(outcome=Outcome.SCHEDULED, starts_at__lte=now - for_at_least)
        & ~Q(Exists(closed))
        & ~Q(Exists(paused))
    )


def worklist(staff: Staff, *, today: date, now: datetime, since: date | None = None) -> Missing:
    """What is missing of all that this person may see, from the day `since` on; four queries."""
    rows = (
        access.sheets_for(staff, today)
        .filter(missing(now, access.home_clinic(staff)))
        .annotate(owner=_owner())
        .order_by()
    )
    totals = _totals(rows, now)
    people = {row.pk: row for row in Staff.objects.filter(pk__in=[staff.pk, *filter(None, totals)])}
    shown, newer = _page(rows, staff, since, now)
    mine = _Rights.of(staff)
    clinic = access.home_clinic(staff)
    sheets: dict[int | None, list[Sheet]] = {}
    for (owner, *_key), each in _by_sheet(shown, clinic).items():
        holder = people.get(owner) if owner is not None else None
        sheets.setdefault(owner, []).append(
            _sheet(each, holder, mine, clinic.local_day(each[0]["starts_at"]), now)
        )
    owners = [
        Owner(
            uid=people[pk].uid if pk in people else None,
            name=people[pk].name if pk in people else "",
            own=pk == staff.pk,
            count=total["count"],
            late=total["late"],
            oldest=total["oldest"],
            sheets=tuple(sheets.get(pk, ())),
        )
        for pk, total in totals.items()
    ]
    owners.sort(key=lambda each: (not each.own, each.oldest, each.name))
    return Missing(
        owners=tuple(each for each in owners if each.sheets),
        count=sum(each.count for each in owners),
        late=sum(each.late for each in owners),
        since=since,
        newer=newer,
        whole_clinic=staff.has_role("front_desk", "medical"),
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """What one person has owed for 24 hours: registers, and appointments of their own."""

    registers: int
    appointments: int

    @property
    def count(self) -> int:
        return self.registers + self.appointments


def owed_by(staff: Staff, *, now: datetime) -> Owed:
    """What this person has to record since at least 24 hours, for the own worklist; two queries."""
    late = Appointment.objects.filter(
        missing(now, access.home_clinic(staff), for_at_least=OWED_AFTER), clinic=staff.clinic_id
    )
    leads = Q(facilitator=staff) | Q(facilitator=None, group__facilitator=staff)
    held = Session.objects.filter(leads, starts_at__lte=now)
    return Owed(
        registers=held.filter(Exists(late.filter(session=OuterRef("pk")))).count(),
        appointments=late.filter(staff=staff, session=None).count(),
    )


def _owner() -> Case:
    """Who must record it: who leads the session, or else the group; whom an appointment is with."""
    return Case(
        When(session__isnull=False, then=Coalesce("session__facilitator", "session__group__facilitator")),
        default=F("staff"),
        output_field=IntegerField(),
    )


def _totals(rows: QuerySet[Any], now: datetime) -> dict[int | None, dict[str, Any]]:
    found = rows.values("owner").annotate(
        count=Count("pk"),
        late=Count("pk", filter=Q(starts_at__lte=now - OWED_AFTER)),
        oldest=Min("starts_at"),
    )
    return {row["owner"]: row for row in found}


def _page(
    rows: QuerySet[Any], staff: Staff, since: date | None, now: datetime
) -> tuple[list[dict[str, Any]], date | None]:
    """The rows of whole days from `since` on, oldest first, and the day the next page begins with."""
    clinic = access.home_clinic(staff)
    if since is not None:
        rows = rows.filter(starts_at__gte=local_span(staff, since, since)[0])
    found = list(rows.order_by("starts_at", "pk").values(*ROW)[: A_PAGE + 1])
    if len(found) <= A_PAGE:
        return found, None
    last = clinic.local_day(found[-1]["starts_at"])
    whole = [row for row in found if clinic.local_day(row["starts_at"]) < last]
    if whole:
        return whole, last
    # One day that is longer than a page: all of it.
    _start, end = local_span(staff, last, last + timedelta(days=1))
    of_day = list(rows.filter(starts_at__lt=end).order_by("starts_at", "pk").values(*ROW))
    more = end <= now
    return of_day, last + timedelta(days=1) if more else None


@dataclass(frozen=True, slots=True)
class _Rights:
    """Which sheets a person may open: the registers of the groups `groups`, and the day sheet."""

    groups: frozenset[int]
    day_sheet: bool

    @classmethod
    def of(cls, staff: Staff) -> _Rights:
        return cls(
            frozenset(access.groups_for(staff).values_list("pk", flat=True)),
            staff.has_role("front_desk", "medical", "case_manager", "supervisor"),
        )


def _by_sheet(rows: Iterable[dict[str, Any]], clinic: Any) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["session__uid"] is not None:
            key: tuple[Any, ...] = (row["owner"], row["session__uid"])
        else:
            # The day sheet shows doses and meetings elsewhere only when asked for by service; nobody's has no name.
            apart = row["owner"] is None or row["channel"] in APART
            key = (row["owner"], clinic.local_day(row["starts_at"]), row["channel"] if apart else "")
        found.setdefault(key, []).append(row)
    return found


def _sheet(
    rows: list[dict[str, Any]], holder: Staff | None, rights: _Rights, day: date, now: datetime
) -> Sheet:
    first = rows[0]
    is_register = first["session__uid"] is not None
    apart = not is_register and (holder is None or first["channel"] in APART)
    service = first["channel"] if apart else ""
    return Sheet(
        starts_at=first["session__starts_at"] or first["starts_at"],
        day=day,
        name=first["group__name"] if is_register else str(Channel(service).label) if service else "",
        count=len(rows),
        late=first["starts_at"] <= now - OWED_AFTER,
        register=first["session__uid"],
        staff=holder.uid if holder is not None and not is_register else None,
        service=service,
        may_open=first["session__group"] in rights.groups if is_register else rights.day_sheet,
    )
