"""Medication of one stay as its readers see it: orders, and what came of the last fourteen days. No dose anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max, QuerySet

from clinic import access
from clinic.models import (
    Appointment,
    Closure,
    Episode,
    Injection,
    Medication,
    MedicationBreak,
    Pause,
    Supply,
)
from clinic.models.schedule import Channel, Outcome

DAYS_SHOWN = 14
SHOWN = 6  # supplies and injections of an order
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BreakLine:
    """Days on which a missed dose says nothing. `number` names it inside its order."""

    number: int
    kind: str
    starts_on: date
    ends_on: date | None
    open: bool
    state: str


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """What was handed out or prescribed, and the last day it lasts through."""

    picked_up_on: date
    lasts_until: date
    used_up: bool


@dataclass(frozen=True, slots=True)
class InjectionLine:
    """An injection planned, and given on a day or not yet. `late` in days after it was due, 0 when it is not."""

    number: int
    due_on: date
    given_on: date | None
    late: int
    state: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order. `state` is what a form carries to notice that somebody else has changed it."""

    uid: UUID
    kind: str
    what: str
    medicine: str
    starts_on: date
    ends_on: date | None
    ended: str
    running: bool
    ahead: bool
    hour: time | None
    weekdays: Sequence[date]
    booked_through: date | None
    breaks: Sequence[BreakLine]
    supplies: Sequence[SupplyLine]
    injections: Sequence[InjectionLine]
    state: str

    @property
    def open(self) -> bool:
        """Whether something can still be done with it."""
        return self.running or self.ahead


@dataclass(frozen=True, slots=True)
class DosingDay:
    """One of the last fourteen days: a mark token for the window ("none" without one), and whether medication had been
    handed out for it.
    """

    day: date
    token: str
    at_home: bool
    on_break: bool


@dataclass(frozen=True, slots=True)
class MedicationPage:
    """All orders of a stay, running ones first, and the calendar; `ended_on` is the discharge."""

    name: str
    ended_on: date | None
    orders: Sequence[OrderLine]
    days: Sequence[DosingDay]

    @property
    def has_windows(self) -> bool:
        """Whether the calendar has anything to say."""
        return any(each.token != "none" or each.at_home for each in self.days)  # noqa: S105 - a mark's token


def medication_of(stay: Episode, *, today: date, now: datetime) -> MedicationPage:
    """Everything the page shows, in a fixed number of queries however many orders there are."""
    rows = list(
        Medication.objects.filter(episode=stay)
        .prefetch_related("breaks", "supplies", "injections")
        .order_by("-starts_on", "-pk")
    )
    ahead = Appointment.objects.filter(
        episode=stay, channel=Channel.DOSING, outcome=Outcome.SCHEDULED, starts_at__gte=now
    )
    last = ahead.aggregate(last=Max("starts_at"))["last"] if rows else None
    booked = stay.clinic.local_day(last) if last else None
    orders = [_order(row, today, booked) for row in rows]
    return MedicationPage(
        name=stay.client.full_name,
        ended_on=stay.discharged_on if stay.discharged_on and stay.discharged_on <= today else None,
        orders=sorted(orders, key=lambda order: not order.open),
        days=_days(stay, rows, today, now),
    )


def break_of(order: Medication, number: int) -> MedicationBreak:
    """One break of an order that came through the gate, or NotVisible."""
    row = MedicationBreak.objects.select_related("medication__episode__clinic").filter(
        pk=number, medication=order
    )
    return _one(row)


def injection_of(order: Medication, number: int) -> Injection:
    """One injection of an order that came through the gate, or NotVisible."""
    row = Injection.objects.select_related("medication__episode__clinic").filter(pk=number, medication=order)
    return _one(row)


def _one(rows: QuerySet):  # type: ignore[no-untyped-def, type-arg]
    row = rows.first()
    if row is None:
        raise access.NotVisible
    return row


def _order(row: Medication, today: date, booked: date | None) -> OrderLine:
    running = row.starts_on <= today and (row.ends_on is None or today <= row.ends_on)
    observed = row.kind == Medication.Kind.OBSERVED
    supplies = sorted(row.supplies.all(), key=lambda each: each.picked_up_on, reverse=True)
    injections = sorted(row.injections.all(), key=lambda each: each.due_on, reverse=True)
    breaks = sorted(row.breaks.all(), key=lambda each: each.starts_on, reverse=True)
    return OrderLine(
        uid=row.uid,
        kind=row.kind,
        what=row.get_kind_display(),
        medicine=row.get_medicine_display(),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ended=row.get_ended_display() if row.ended else "",
        running=running,
        ahead=row.starts_on > today,
        hour=row.hour,
        # Days of a week that began on a Monday, so that templates can name them in the reader's language.
        weekdays=[date(2024, 1, 1) + DAY * each for each in row.weekdays] if observed else (),
        booked_through=booked if observed and running else None,
        breaks=[_break(each, today) for each in breaks],
        supplies=[_supply(each, today) for each in supplies[:SHOWN]],
        injections=[_injection(each, today) for each in injections[:SHOWN]],
        state=row.state,
    )


def _break(row: MedicationBreak, today: date) -> BreakLine:
    goes_on = row.ends_on is None or today <= row.ends_on
    return BreakLine(row.pk, row.get_kind_display(), row.starts_on, row.ends_on, goes_on, row.state)


def _supply(row: Supply, today: date) -> SupplyLine:
    return SupplyLine(row.picked_up_on, row.lasts_until, row.lasts_until < today)


def _injection(row: Injection, today: date) -> InjectionLine:
    late = (today - row.due_on).days if row.given_on is None else 0
    return InjectionLine(row.pk, row.due_on, row.given_on, max(late, 0), row.state)


def _days(stay: Episode, rows: Sequence[Medication], today: date, now: datetime) -> list[DosingDay]:
    """The last fourteen days, today last. Of several windows on a day the one that was kept says what the day was."""
    if not rows:
        return []
    first = today - DAY * (DAYS_SHOWN - 1)
    start = datetime.combine(first, time.min, tzinfo=stay.clinic.zone)
    end = datetime.combine(today + DAY, time.min, tzinfo=stay.clinic.zone)
    marks: dict[date, list[str]] = {}
    windows = Appointment.objects.filter(
        episode=stay, channel=Channel.DOSING, starts_at__gte=start, starts_at__lt=end
    )
    for at, outcome in windows.order_by("starts_at").values_list("starts_at", "outcome"):
        marks.setdefault(stay.clinic.local_day(at), []).append(_token(outcome, at, now))
    closed = set(
        Closure.objects.filter(clinic=stay.clinic, day__range=(first, today)).values_list("day", flat=True)
    )
    pauses = [(each.starts_on, each.counts_to) for each in Pause.objects.filter(episode=stay)]
    breaks = [(each.starts_on, each.ends_on) for row in rows for each in row.breaks.all()]
    home = [(each.picked_up_on, each.lasts_until) for row in rows for each in row.supplies.all()]
    found = []
    for ahead in range(DAYS_SHOWN):
        day = first + DAY * ahead
        token = _of_the_day(marks.get(day, []))
        if token not in CAME and _inside(day, pauses):
            token = "paused"  # noqa: S105
        elif token not in CAME and day in closed:
            token = "closed"  # noqa: S105
        found.append(DosingDay(day, token, _inside(day, home), _inside(day, breaks)))
    return found


CAME = frozenset((Outcome.ATTENDED.value, Outcome.LATE.value, Outcome.LEFT_EARLY.value))


def _token(outcome: str, at: datetime, now: datetime) -> str:
    if outcome != Outcome.SCHEDULED:
        return outcome
    return "booked" if at > now else "unrecorded"


def _of_the_day(tokens: Sequence[str]) -> str:
    return next((token for token in tokens if token in CAME), tokens[-1] if tokens else "none")


def _inside(day: date, spans: Sequence[tuple[date, date | None]]) -> bool:
    return any(first <= day and (last is None or day <= last) for first, last in spans)
