"""Medication orders: what was expected by them on a day, and what is overdue by them, as D09 reads it.

Orders know no amount. Two orders of one kind that follow each other are one treatment: a day counts where any is in
force, so that a change of the order starts no count anew and ends none.
"""

from __future__ import annotations

from typing import NamedTuple

from clinic.engagement.background import Injection, Medicine, Order, OrderKind
from clinic.engagement.signs.phrases import day_of
from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

BREAK_DAYS = 8  # a gap this long ends continuous treatment where that is measured
BETWEEN_ORDERS = 1  # days without an order that make no break between two of them: the new one was late
GIVEN_EARLY = 14  # an injection may be given so many days before it is due
# Evidence of an order with no supply at all is numbered from here on, far above that of supplies and injections.
NEVER_PICKED_UP = 1 << 36


def in_force(timeline: Timeline, kind: OrderKind, day: int) -> list[Order]:
    """The orders of a kind by which something was expected on a day, oldest first; a suspended one expects nothing."""
    found = [order for order in timeline.known.orders if order.kind == kind and _holds(order, day)]
    return found if len(found) < 2 else sorted(found, key=lambda order: (order.first, order.id))


def one_course(timeline: Timeline, order: Order, kind: OrderKind | None = None) -> list[Order]:
    """The unbroken chain of orders that led to one, itself among them, latest first: of the same medicine, with at most
    `BETWEEN_ORDERS` days between; of one kind alone where it is named. Another medicine is another treatment.
    """
    before = [
        each
        for each in timeline.known.orders
        if each.medicine == order.medicine and each.first <= order.first and kind in (None, each.kind)
    ]
    chain, first = [order], order.first
    while reached := [
        each
        for each in before
        if each not in chain and (each.last is None or each.last + 1 + BETWEEN_ORDERS >= first)
    ]:
        chain += reached
        first = min(first, *(each.first for each in reached))
    return chain


def course_began(timeline: Timeline, order: Order) -> int:
    """The first day of the treatment that an order carries on, however its medicine was given before."""
    return min(each.first for each in one_course(timeline, order))


def _holds(order: Order, day: int) -> bool:
    if day < order.first or (order.last is not None and order.last < day):
        return False
    return not order.suspended or not any(
        first <= day and (last is None or day <= last) for first, last in order.suspended
    )


def is_expected(timeline: Timeline, day: int) -> bool:
    """Whether an observed dose planned on a day is one of those that count.

    A clinic without orders on record has its dosing windows only, and each of them counts. A day for which a dose was
    taken home does not; that of the pick-up itself does.
    """
    known = timeline.known
    if not known.orders:
        return True
    if known.supplies and any(supply.picked_up < day <= supply.until for supply in known.supplies):
        return False
    return any(order.kind == OrderKind.OBSERVED and _holds(order, day) for order in known.orders)


def expected_since(timeline: Timeline) -> int | None:
    """A day from which on every observed dose counts, where that is plain to see; None where each day has to be asked
    about: nearly everybody has one order without an end, and that spares the asking.
    """
    known = timeline.known
    if not known.orders:
        return 0
    if known.supplies:
        return None
    lasting = [
        order.first
        for order in known.orders
        if order.kind == OrderKind.OBSERVED and order.last is None and not order.suspended
    ]
    return min(lasting, default=None)


def days_without(timeline: Timeline, kind: OrderKind, since: int) -> list[int]:
    """The days after `since` on which an order of a kind was in force, pauses left out; oldest first."""
    return [
        day
        for day in range(since + 1, timeline.today + 1)
        if in_force(timeline, kind, day) and not timeline.paused_days(day, day)
    ]


class Overdue(NamedTuple):
    """Medication not picked up or not given since a day.

    `days` are those that count. `steps` are (number, days after which it is reached, level), as far as reached; the
    number is the same whenever this supply or injection is read, and no other has it.
    """

    anchor: str
    since: int
    days: list[int]
    steps: list[tuple[int, int, Level]]
    title: Sentence
    why: list[Sentence]


def overdue_supply(timeline: Timeline, thresholds: Thresholds) -> Overdue | None:
    """Medication to be taken home that is not there: the supply has ended, or none was ever picked up; None otherwise.

    Read are the supplies of the orders in force and of those they carry on (`one_course`): what was handed over by an
    earlier order for the same medicine still lasts, and the one that lasts longest counts. A supply of another medicine
    or of a treatment that was broken off says nothing. Without any the days after the first day of the orders count:
    that day itself is there for the pick-up.
    """
    orders = in_force(timeline, OrderKind.TAKE_HOME, timeline.today)
    if not orders:
        return None
    course = [each for order in orders for each in one_course(timeline, order, OrderKind.TAKE_HOME)]
    numbers = {each.id for each in course}
    supplies = [each for each in timeline.known.supplies if each.order in numbers]
    newest = max(supplies, key=lambda supply: (supply.until, supply.id), default=None)
    first = min(course, key=lambda order: (order.first, order.id))
    since = first.first if newest is None else newest.until
    if since >= timeline.today:
        return None
    days, medicine = days_without(timeline, OrderKind.TAKE_HOME, since), orders[-1].medicine
    urgent = thresholds.supply_urgent
    if medicine == Medicine.BUPRENORPHINE:
        urgent = thresholds.supply_urgent_buprenorphine
    after = _levels(medicine, thresholds, thresholds.supply_watch, thresholds.supply_concern, urgent)
    if newest is None:
        anchor, number = f"order:{first.id}", NEVER_PICKED_UP + first.id
        why = [gettext_noop("To be taken home from %(day)s on; no pick-up is on record.", day=day_of(since))]
    else:
        anchor, number = f"supply:{newest.id}", 2 * newest.id
        why = [gettext_noop("Supply lasted until %(day)s; no pick-up since.", day=day_of(since))]
    if len(days) >= BREAK_DAYS:
        why.append(
            ngettext_lazy(
                "A gap of %(n)d day or more counts as a break in continuous treatment.",
                "A gap of %(n)d days or more counts as a break in continuous treatment.",
                BREAK_DAYS,
            )
        )
    title = ngettext_lazy(
        "No pick-up: %(n)d day without a supply", "No pick-up: %(n)d days without a supply", len(days)
    )
    return _overdue(timeline, anchor, number, since, days, after, title, why)


def overdue_injection(timeline: Timeline, thresholds: Thresholds) -> Overdue | None:
    """The newest injection that was due, where none has been given for it, while one is ordered; None otherwise. An
    order that has no due day on record yet raises nothing: nothing says when it was to be given.
    """
    injections = timeline.known.injections
    if not injections:
        return None
    due = [each for each in injections if each.due <= timeline.today]
    newest = max(due, key=lambda injection: (injection.due, injection.id), default=None)
    if newest is None or newest.given is not None:
        return None
    given = [each.given for each in injections if each.given is not None]
    orders = in_force(timeline, OrderKind.INJECTION, timeline.today)
    if not orders or any(_given_for(newest, each) for each in injections):
        return None
    days = days_without(timeline, OrderKind.INJECTION, newest.due)
    after = _levels(
        orders[-1].medicine,
        thresholds,
        thresholds.injection_watch,
        thresholds.injection_concern,
        thresholds.injection_urgent,
    )
    why = [gettext_noop("Due on %(day)s; no injection is on record since.", day=day_of(newest.due))]
    if given:
        why.append(gettext_noop("Last injection %(day)s.", day=day_of(max(given))))
    title = ngettext_lazy("Injection overdue: %(n)d day", "Injection overdue: %(n)d days", len(days))
    anchor, number = f"injection:{newest.id}", 2 * newest.id + 1
    return _overdue(timeline, anchor, number, newest.due, days, after, title, why)


def _given_for(due: Injection, other: Injection) -> bool:
    """Whether one that was due at another time was given in its stead: since then, or shortly before, when that was
    nearer to this day than to its own. A weekly one given on its day stands in for none.
    """
    if other.given is None:
        return False
    early = due.due - other.given
    return early <= 0 or (early <= GIVEN_EARLY and early < abs(other.given - other.due))


def _levels(
    medicine: Medicine, thresholds: Thresholds, watch: int, concern: int, urgent: int
) -> list[tuple[int, Level]]:
    """After how many days which level is reached. Naltrexone has its own: its blockade ends, tolerance is low."""
    if medicine == Medicine.NALTREXONE:
        return [(thresholds.naltrexone_concern, Level.TOMORROW), (thresholds.naltrexone_urgent, Level.TODAY)]
    return [(watch, Level.TWO_DAYS), (concern, Level.TOMORROW), (urgent, Level.TODAY)]


def _overdue(
    timeline: Timeline,
    anchor: str,
    number: int,
    since: int,
    days: list[int],
    after: list[tuple[int, Level]],
    title: Sentence,
    why: list[Sentence],
) -> Overdue | None:
    reached = sorted(
        (count, number * 10 + place, level)
        for place, (count, level) in enumerate(after)
        if count <= len(days)
    )
    if not reached:
        return None
    if len(days) < timeline.today - since:
        why.append(gettext_noop("Days in a pause or without an order are not counted."))
    return Overdue(anchor, since, days, [(own, count, level) for count, own, level in reached], title, why)
