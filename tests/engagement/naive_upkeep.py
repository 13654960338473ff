"""D17 the slow way: what a reader with the plan in hand would find missing."""

from __future__ import annotations

from clinic.engagement.background import Goal, GoalKind, PlanState
from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import Case, Visit

PLAN, GOAL, CONSENT = 1 << 48, 2 << 48, 9 << 48
PARTS = {
    1: lambda plan: False,
    3: lambda plan: plan.if_thens == 0,
    4: lambda plan: plan.reasons == 0,
    5: lambda plan: plan.coping == 0,
    6: lambda plan: plan.supporters == 0 and not plan.prefers_no_supporter,
    7: lambda plan: plan.uncovered > 0,
    8: lambda plan: plan.unserved > 0,
}
OFFERED = {"g": Channel.GROUP, "a": Channel.MUTUAL_AID}
Read = tuple[str, str, tuple[int, ...]]


def read(case: Case, today: int) -> list[Read]:
    known = case.known(today)
    if not known.keeps_plans:
        return []
    numbers = plan_parts(case, today)
    for consent in known.consents:
        live = consent.ended is None or consent.ended > today
        if live and 0 <= consent.until - today <= 14:
            numbers.append(CONSENT + consent.id * 1_000_000 + consent.until)
    for goal in known.goals:
        since = stuck_since(case, goal, today) if goal.kind == GoalKind.WEEKLY else None
        if since is not None:
            numbers.append(GOAL + goal.id * 1_000_000 + since)
    return [("D17", "upkeep", (number,)) for number in numbers]


def numbered(part: int, day: int) -> int:
    return PLAN + part * 1_000_000 + day


def plan_parts(case: Case, today: int) -> list[int]:
    known = case.known(today)
    fourteenth = case.admitted + 13
    found: list[int] = []
    plans: list[PlanState] = list(known.plans)
    if plans:
        due = plans[-1].reviewed + 30
        if due > case.admitted + 89:
            due = plans[-1].reviewed + 90
        if due <= today:
            found.append(numbered(2, due))
    if today < fourteenth:
        return found
    if known.naloxone_known is None or known.naloxone_known > today:
        found.append(numbered(10, fourteenth))
    if not plans:
        return [*found, numbered(1, fourteenth)]
    for part, lacks in PARTS.items():
        if lacks(plans[-1]):
            days = [plan.known for place, plan in enumerate(plans) if all(map(lacks, plans[place:]))]
            found.append(numbered(part, min(days)))
    return found + fewer(plans)


def fewer(plans: list[PlanState]) -> list[int]:
    now = plans[-1]
    reviews = [p for p in range(len(plans)) if plans[p].known == plans[p].reviewed < now.known]
    if now.prefers_no_supporter or not reviews:
        return []
    then = plans[reviews[-1]].supporters
    since = None
    for plan in plans[reviews[-1] + 1 :]:
        if plan.supporters >= then:
            since = None
        elif since is None:
            since = plan.known
    return [] if since is None else [numbered(9, since)]


def stuck_since(case: Case, goal: Goal, today: int) -> int | None:
    """The Monday from which every week that counts came to all of the goal, or to nothing; six are needed."""
    known = case.known(today)
    if not goal.first <= today or (goal.last is not None and goal.last < today) or goal.reached is not None:
        return None
    if aside(goal, today, today) or (off(known.meetings_off, today) and "a" in goal.channels):
        return None
    weeks: list[tuple[int, str]] = []
    for monday in range(goal.first, today):
        # From the Tuesday after it on.
        if (monday - 1) % 7 == 0 and today >= monday + 8:
            came = outcome(case, goal, monday, today)
            if came is not None:
                weeks.append((monday, came))
    run: list[int] = []
    for monday, came in reversed(weeks):
        if came != weeks[-1][1] or came == "some":
            break
        run.append(monday)
    return run[-1] if len(run) >= 6 else None


def outcome(case: Case, goal: Goal, monday: int, today: int) -> str | None:
    week = range(monday, monday + 7)
    known = case.known(today)
    usable = [
        day
        for day in week
        if case.admitted <= day <= today
        and day not in case.closed
        and not case.in_pause(day)
        and (day - 1) % 7 < 5
    ]
    visits = [
        v for v in case.past(today) if v.day in week and v.channel in {OFFERED[c] for c in goal.channels}
    ]
    aim = goal.target if "a" in goal.channels else min(goal.target, sum(on_offer(case, v) for v in visits))
    aim = int(aim * len(usable) / 5 + 1e-9)
    if len(usable) < 4 or aim == 0 or aside(goal, monday, monday + 6):
        return None
    if goal.last is not None and goal.last < monday + 6:
        return None
    if "a" in goal.channels and off(known.meetings_off, monday + 6):
        return None
    came = sum(case.attended(v) for v in visits)
    if came >= aim:
        return "all"
    if came:
        return "some"
    unknown = any(v.outcome == Outcome.SCHEDULED and v.day < today for v in visits)
    return None if unknown else "none"


def on_offer(case: Case, visit: Visit) -> bool:
    if visit.day in case.closed:
        return False
    if case.in_pause(visit.day) and visit.outcome == Outcome.NO_SHOW:
        return False
    if visit.outcome == Outcome.CANCELLED_BY_CLIENT and case.in_pause(visit.day):
        return not late_and_lost(visit)
    return visit.outcome not in (Outcome.CANCELLED_BY_CLINIC, Outcome.EXCUSED, Outcome.RESCHEDULED)


def late_and_lost(visit: Visit) -> bool:
    notice = visit.cancelled_at
    return notice is not None and visit.start - notice < 24 * 3600 and not visit.rebooked


def aside(goal: Goal, first: int, last: int) -> bool:
    return any(a <= last and (b is None or first <= b) for a, b in goal.paused)


def off(since: int | None, day: int) -> bool:
    return since is not None and since <= day
