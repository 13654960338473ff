"""D14 (as far as the appointments tell it) and D15 the slow way."""

from __future__ import annotations

from itertools import pairwise

from clinic.engagement.background import Goal, GoalKind
from tests.engagement.naive import Case, Visit
from tests.engagement.naive_goals import aside, came_and_target, monday_before, of_goal, unlogged

Answer = tuple[str, str, tuple[int, ...]]


def d14(case: Case, today: int) -> Answer | None:
    came = [v for v in case.past(today) if case.attended(v)]
    for before, visit in pairwise(came):
        if today - visit.day <= 7 and away(case, before, visit, today):
            return "D14", "good_news", (visit.id,)
    return None


def away(case: Case, before: Visit, visit: Visit, today: int) -> bool:
    """Fourteen days without a contact lie between two attended appointments."""
    contacts = case.talks(today)
    contacts += [(v.start, v.day) for v in case.past(today) if case.met(v) and not case.attended(v)]
    between = [day for at, day in sorted(contacts) if before.start < at < visit.start]
    stops = [before.day, *between, visit.day]
    for one, other in pairwise(stops):
        if sum(1 for day in range(one + 1, other + 1) if not case.in_pause(day)) >= 14:
            return True
    return False


def of_a_goal(case: Case, goal: Goal, today: int) -> list[tuple[int, int, int]]:
    """Milestones of a goal that counts, as (kind, part, day)."""
    found: list[tuple[int, int, int]] = []
    ends = min(day for day in (today, goal.last, goal.reached) if day is not None)
    if goal.kind == GoalKind.NINETY:
        ends = min(ends, goal.first + 89)
    meetings: list[int] = []
    for visit in of_goal(case, goal, today, range(goal.first, ends + 1)):
        if case.attended(visit) and not (goal.kind == GoalKind.NINETY and meetings.count(visit.day) == 2):
            meetings.append(visit.day)
    for count in (10, 30, 60, 90):
        if len(meetings) >= count:
            found.append((5, goal.id * 100 + count, meetings[count - 1]))
    if goal.kind == GoalKind.NINETY:
        if ends == goal.first + 89 and not unlogged(case, goal, today, ends):
            found.append((6, goal.id, ends))
        return found
    met: list[int] = []
    for back in range(12):
        monday = monday_before(today) - 7 * back
        if monday < goal.first:
            break
        outcome = came_and_target(case, goal, today, monday)
        if outcome is None:
            continue
        if outcome[0] < outcome[1]:
            break
        met.append(monday)
    if len(met) == 4:
        found.append((7, goal.id * 2**17 + met[0] // 7, met[0] + 8))
    return found


def d15(case: Case, today: int) -> list[Answer]:
    contacts = case.contact_days(today)
    if not contacts or today - contacts[-1] > 14:
        return []
    known = case.known(today)
    reached = [(1, days, case.admitted + days) for days in (7, 30, 90, 180, 365)]
    start = known.recovery_start
    used = [n.day for n in known.noted if n.item == "H1" and n.anchor > 0 and today - n.day <= 90]
    if start is not None and all(day <= start for day in used):
        reached += [(2, start * 512 + days, start + days) for days in (7, 30, 365)]
    reached += [(3, noted.id, noted.day) for noted in known.milestones]
    for goal in known.goals:
        if goal.reached is not None:
            reached.append((4, goal.id, goal.reached))
        if goal.kind != GoalKind.FREE and not aside(goal, today):
            reached += of_a_goal(case, goal, today)
    return [
        ("D15", "good_news", ((8 << 48) + kind * 2**40 + part,))
        for kind, part, day in reached
        if day <= today <= day + 7
    ]


def read(case: Case, today: int) -> list[Answer]:
    back = d14(case, today)
    return [*d15(case, today), *([] if back is None else [back])]
