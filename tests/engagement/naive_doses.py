"""D09 the slow way: every day looked at on its own, the numbers spelled out."""

from __future__ import annotations

from clinic.engagement.background import Medicine, Order, OrderKind
from clinic.engagement.timeline import Channel
from tests.engagement.naive import Case, Visit

Read = list[tuple[str, str, tuple[int, ...]]]
MEDICATION = 4 << 48


def read(case: Case, today: int) -> Read:
    return observed(case, today) + home(case, today) + injected(case, today)


def runs(order: Order, day: int) -> bool:
    if day < order.first or (order.last is not None and day > order.last):
        return False
    held = [(first, last) for first, last in order.suspended if first <= day]
    return all(last is not None and last < day for _, last in held)


def ordered(case: Case, today: int, kind: OrderKind, day: int) -> list[Order]:
    return [order for order in case.known(today).orders if order.kind == kind and runs(order, day)]


def doses(case: Case, today: int, day: int) -> list[Visit]:
    return [v for v in case.past(today) if v.day == day and v.channel == Channel.DOSING]


def taken(case: Case, today: int, day: int) -> bool:
    return any(case.attended(v) for v in doses(case, today, day))


def not_taken(case: Case, today: int, day: int) -> list[Visit]:
    """The missed doses of a day on which one was expected and none taken."""
    if taken(case, today, day):
        return []
    if case.known(today).orders:
        at_home = any(each.picked_up < day <= each.until for each in case.known(today).supplies)
        if at_home or not ordered(case, today, OrderKind.OBSERVED, day):
            return []
    return [v for v in doses(case, today, day) if case.missed(v)]


def observed(case: Case, today: int) -> Read:
    planned = sorted(v.day for v in case.past(today) if v.channel == Channel.DOSING)
    if not planned:
        return []
    row: list[int] = []
    for day in range(today, planned[0] - 1, -1):
        if taken(case, today, day):
            break
        if not_taken(case, today, day):
            row.append(day)
    if row and today - row[0] > 21:
        row = []
    week = [day for day in range(today - 6, today + 1) if not_taken(case, today, day)]
    fortnight = [day for day in range(today - 13, today + 1) if not_taken(case, today, day)]

    def said(level: str, *days: int) -> Read:
        visits = [v for day in sorted(set(days)) for v in not_taken(case, today, day)]
        return [("D09", level, tuple(v.id for v in sorted(visits, key=lambda v: (v.start, v.id))))]

    if len(row) >= 3:
        return said("today", *row)
    if len(week) >= 3:
        return said("tomorrow", *row, *week)
    if len(fortnight) >= 4:
        return said("tomorrow", *row, *fortnight)
    if len(row) == 2:
        return said("tomorrow", *row)
    if len(row) == 1:
        orders = ordered(case, today, OrderKind.OBSERVED, row[0])
        began = min(treated_since(case, today, order) for order in orders) if orders else planned[0]
        return said("tomorrow" if row[0] - began + 1 <= 14 else "check_in", *row)
    return []


def treated_since(case: Case, today: int, order: Order) -> int:
    """Day by day back from an order, as long as the medicine was ordered then, on the day before or two before."""
    same = [each for each in case.known(today).orders if each.medicine == order.medicine]
    same = [each for each in same if each.first <= order.first]
    day = order.first
    while True:
        at_all = [each for each in same if each.first < day and (each.last is None or each.last >= day - 2)]
        if not at_all:
            return day
        day = min(each.first for each in at_all)


def without(case: Case, today: int, kind: OrderKind, since: int) -> int:
    count, day = 0, since + 1
    while day <= today:
        if not case.in_pause(day) and ordered(case, today, kind, day):
            count += 1
        day += 1
    return count


def stepped(number: int, count: int, steps: list[tuple[int, str]]) -> Read:
    reached = [(MEDICATION + number * 10 + i, level) for i, (at, level) in enumerate(steps) if count >= at]
    return [("D09", reached[-1][1], tuple(key for key, _ in reached))] if reached else []


def medicine(orders: list[Order]) -> Medicine:
    return sorted(orders, key=lambda order: (order.first, order.id))[-1].medicine


def home(case: Case, today: int) -> Read:
    orders = ordered(case, today, OrderKind.TAKE_HOME, today)
    if not orders:
        return []
    carried = list(orders)
    for order in sorted(case.known(today).orders, key=lambda each: -each.first):
        if order.kind == OrderKind.TAKE_HOME and any(carries_on(later, order) for later in carried):
            carried.append(order)
    supplies = [each for each in case.known(today).supplies if each.order in {order.id for order in carried}]
    if supplies:
        until = max(each.until for each in supplies)
        number = 2 * max(each.id for each in supplies if each.until == until)
    else:
        until = min(order.first for order in carried)
        number = 2**36 + min(order.id for order in carried if order.first == until)
    count = without(case, today, OrderKind.TAKE_HOME, until)
    steps = {
        Medicine.METHADONE: [(1, "two_days"), (2, "tomorrow"), (3, "today")],
        Medicine.OTHER: [(1, "two_days"), (2, "tomorrow"), (3, "today")],
        Medicine.BUPRENORPHINE: [(1, "two_days"), (2, "tomorrow"), (5, "today")],
        Medicine.NALTREXONE: [(1, "tomorrow"), (3, "today")],
    }
    return stepped(number, count, steps[medicine(orders)])


def carries_on(later: Order, earlier: Order) -> bool:
    """Whether one order took over from another for the same medicine, with a day between at most."""
    reaches = earlier.last is None or later.first - earlier.last <= 2
    return later.medicine == earlier.medicine and earlier.first <= later.first and reaches


def injected(case: Case, today: int) -> Read:
    orders = ordered(case, today, OrderKind.INJECTION, today)
    injections = case.known(today).injections
    due = sorted((each.due, each.id) for each in injections if each.due <= today)
    if not orders or not due:
        return []
    day, newest = due[-1]
    for each in injections:
        if each.given is None:
            continue
        if each.id == newest or each.given >= day:
            return []
        if day - 14 <= each.given < day and day - each.given < abs(each.due - each.given):
            return []
    steps = [(3, "two_days"), (7, "tomorrow"), (14, "today")]
    if medicine(orders) == Medicine.NALTREXONE:
        steps = [(1, "tomorrow"), (3, "today")]
    return stepped(2 * newest + 1, without(case, today, OrderKind.INJECTION, day), steps)
