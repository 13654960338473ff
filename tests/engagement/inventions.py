"""Invented facts beside the appointments: plans, goals, medication, observations, tries; a function for each kind."""

from __future__ import annotations

import random

from clinic.engagement.background import (
    NOTHING_KNOWN,
    Answer,
    Background,
    Consent,
    Goal,
    GoalKind,
    GroupFacts,
    Injection,
    Medicine,
    Milestone,
    Noted,
    Order,
    OrderKind,
    PlannedVisit,
    PlanState,
    Schedule,
    Span,
    Supply,
    Try,
)
from clinic.engagement.timeline import Channel
from tests.notation import TODAY, UNIX_DAY_ONE

ITEMS = ("A1", "A2", "A5", "B1", "B2", "C1", "C2", "D1", "D3", "E1", "G2", "H1", "H2", "S1")


def second(day: int, hour: int) -> int:
    return (day - UNIX_DAY_ONE) * 86400 + hour * 3600


def known_beside(rng: random.Random, admitted: int) -> Background:
    """Half of the episodes have nothing beside their appointments, as most in a clinic that is new to plans."""
    if rng.random() < 0.4:
        return NOTHING_KNOWN
    return Background.of(
        schedules=schedules(rng, admitted),
        visits=visits(rng),
        plans=plans(rng, admitted),
        consents=consents(rng, admitted),
        goals=goals(rng, admitted),
        milestones=milestones(rng),
        **medication(rng, admitted),
        noted=noted(rng),
        tries=tries(rng),
        elsewhere=elsewhere(rng),
        recovery_start=TODAY - rng.choice([7, 8, 30, 31, 365, 400]) if rng.random() < 0.3 else None,
        naloxone_known=admitted if rng.random() < 0.5 else None,
        meetings_off=TODAY - rng.randint(0, 60) if rng.random() < 0.1 else None,
        no_outreach=rng.random() < 0.1,
        keeps_plans=rng.random() < 0.8,
    )


def schedules(rng: random.Random, admitted: int) -> tuple[Schedule, ...]:
    found = []
    for channel in rng.sample(list(Channel), rng.randint(0, 2)):
        found.append(Schedule(admitted, channel.value, rng.choice([1, 4, 8, 12]), admitted))
        if rng.random() < 0.4:
            first = TODAY - rng.randint(0, 60)
            found.append(Schedule(first, channel.value, rng.choice([0, 2, 4]), first - rng.randint(0, 5)))
    return tuple(found)


def visits(rng: random.Random) -> tuple[PlannedVisit, ...]:
    return tuple(
        PlannedVisit(
            number, TODAY + rng.randint(-12, 10), rng.choice(["medical", "case_management"]), TODAY - 30
        )
        for number in range(1, rng.choice([1, 1, 2, 3]))
    )


def plans(rng: random.Random, admitted: int) -> tuple[PlanState, ...]:
    if rng.random() < 0.3:
        return ()
    first = admitted + rng.randint(0, 20)
    found = [
        PlanState(
            first,
            first,
            *(rng.choice([0, 1, 2]) for _ in range(4)),
            rng.random() < 0.2,
            rng.choice([0, 0, 1]),
            rng.choice([0, 0, 1]),
        )
    ]
    if rng.random() < 0.5:
        known = max(first, TODAY - rng.randint(0, 120))
        found.append(PlanState(known, known, 1, 1, 1, rng.choice([0, 1]), False, 0, 0, 1))
    return tuple(found)


def consents(rng: random.Random, admitted: int) -> tuple[Consent, ...]:
    if rng.random() < 0.6:
        return ()
    until = TODAY + rng.randint(-20, 40)
    return (Consent(1, admitted, until, TODAY - rng.randint(-5, 30) if rng.random() < 0.3 else None),)


def goals(rng: random.Random, admitted: int) -> tuple[Goal, ...]:
    found = []
    for number in range(1, rng.choice([1, 2, 2, 3])):
        first = max(admitted, TODAY - rng.randint(0, 100))
        kind = rng.choice([GoalKind.WEEKLY, GoalKind.WEEKLY, GoalKind.NINETY, GoalKind.FREE])
        pause = ((TODAY - rng.randint(0, 30), rng.choice([None, TODAY - 3])),) if rng.random() < 0.15 else ()
        reached = TODAY - rng.randint(-3, 12) if rng.random() < 0.2 else None
        found.append(
            Goal(
                number,
                kind,
                rng.choice([1, 2, 3]),
                first,
                first,
                rng.choice(["g", "a", "ga"]),
                None,
                reached,
                pause,
            )
        )
    return tuple(found)


def milestones(rng: random.Random) -> tuple[Milestone, ...]:
    if rng.random() < 0.8:
        return ()
    day = TODAY - rng.randint(-2, 12)
    return (Milestone(1, day, day),)


def medication(rng: random.Random, admitted: int) -> dict[str, tuple[object, ...]]:
    if rng.random() < 0.4:
        return {}
    kind = rng.choice(list(OrderKind))
    last = TODAY - rng.randint(-10, 20) if rng.random() < 0.2 else None
    suspended = ((TODAY - rng.randint(0, 15), rng.choice([None, TODAY - 1])),) if rng.random() < 0.15 else ()
    first = max(admitted, TODAY - rng.choice([5, 13, 14, 15, 60]))
    order = Order(1, kind, rng.choice(list(Medicine)), first, last, first, suspended)
    supplies: list[Supply] = []
    injections: list[Injection] = []
    if kind == OrderKind.TAKE_HOME:
        until = TODAY + rng.randint(-12, 4)
        if rng.random() < 0.8:
            supplies = [Supply(1, 1, until - 14, until - 7), Supply(2, 1, until - 7, until)]
    if kind == OrderKind.INJECTION:
        due = TODAY - rng.randint(-5, 20)
        given = due + rng.randint(0, 5) if rng.random() < 0.3 else None
        injections = [Injection(1, 1, due, min(due, TODAY) - 28, given)]
        if rng.random() < 0.3:
            later = due + rng.choice([7, 28])
            injections.append(Injection(2, 1, later, TODAY - 40, rng.choice([None, TODAY - 10])))
    orders = [order]
    if kind == OrderKind.OBSERVED and rng.random() < 0.3:
        # Weekends taken home.
        supplies = [Supply(1, 1, TODAY - 10, TODAY - 8), Supply(2, 1, TODAY - 3, TODAY - 1)]
    if rng.random() < 0.3:
        # Changed for another way, or another medicine, some days ago.
        changed = TODAY - rng.randint(0, 30)
        other = rng.choice([kind, OrderKind.OBSERVED, OrderKind.TAKE_HOME])
        ended = changed - rng.choice([1, 1, 2, 3])
        orders = [order._replace(last=ended)] if ended >= first else []
        medicine = rng.choice([order.medicine, *Medicine])
        orders.append(Order(2, other, medicine, changed, None, changed))
    return {"orders": tuple(orders), "supplies": tuple(supplies), "injections": tuple(injections)}


def noted(rng: random.Random) -> tuple[Noted, ...]:
    """Few items, so that one is noted more than once and rises or calms."""
    found = []
    items = rng.sample(ITEMS, 3)
    for number in range(1, rng.choice([1, 1, 1, 2, 3, 5])):
        day = TODAY - rng.randint(0, 45)
        found.append(
            Noted(number, number, second(day, 9), day, rng.choice(items), rng.choice([0, 1, 1, 2, 2, 3]))
        )
    return tuple(sorted(found, key=lambda each: (each.at, each.id)))


def tries(rng: random.Random) -> tuple[Try, ...]:
    """On a few days in a row, as when somebody is at it."""
    found = []
    begun = TODAY - rng.randint(2, 20)
    for number in range(1, rng.choice([1, 1, 2, 3, 4, 5])):
        day, hour = min(begun + rng.randint(0, 4), TODAY), rng.randint(9, 18)
        found.append(
            Try(
                number,
                second(day, hour),
                day,
                hour,
                rng.choice(["call", "call", "text", "letter", "visit"]),
                rng.choice([*[Answer.NOT_REACHED] * 5, *Answer]),
                rng.random() < 0.3,
                rng.random() < 0.9,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.at, each.id)))


def elsewhere(rng: random.Random) -> tuple[Span, ...]:
    if rng.random() < 0.9:
        return ()
    first = TODAY - rng.randint(0, 60)
    return (Span(first, rng.choice([None, TODAY - 2]) if first < TODAY - 2 else None, first),)


def group_facts(rng: random.Random) -> dict[int, GroupFacts]:
    kinds = rng.choice([("skills", "skills"), ("skills", "peer")])
    return {
        number: GroupFacts(
            kind,
            tuple(sorted(TODAY - rng.randint(0, 60) for _ in range(rng.choice([0, 0, 1])))),
            TODAY - rng.randint(0, 40) if rng.random() < 0.05 else None,
        )
        for number, kind in enumerate(kinds, 1)
    }
