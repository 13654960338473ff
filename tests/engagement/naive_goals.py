"""D10, D11 and D11b the slow way: weeks and days one by one, every number spelled out."""

from __future__ import annotations

from dataclasses import replace

from clinic.engagement.background import Goal, GoalKind
from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import Case, Visit

LETTERS = {
    "c": Channel.COUNSELLING,
    "g": Channel.GROUP,
    "m": Channel.MEDICAL,
    "d": Channel.DOSING,
    "k": Channel.CASE_MANAGEMENT,
    "a": Channel.MUTUAL_AID,
}
NOT_OFFERED = (Outcome.CANCELLED_BY_CLINIC, Outcome.EXCUSED, Outcome.RESCHEDULED)
Answer = tuple[str, str, tuple[int, ...]]


def of_goal(case: Case, goal: Goal, today: int, days: range) -> list[Visit]:
    wanted = [LETTERS[letter] for letter in goal.channels]
    return [v for v in case.past(today) if v.channel in wanted and v.day in days]


def aside(goal: Goal, day: int) -> bool:
    return any(first <= day <= (day if last is None else last) for first, last in goal.paused)


def unlogged(case: Case, goal: Goal, today: int, day: int) -> bool:
    off = case.known(today).meetings_off
    return "a" in goal.channels and off is not None and day >= off


def asked_about(case: Case, goal: Goal, today: int) -> bool:
    over = goal.last is not None and goal.last < today
    return not (
        goal.first > today
        or over
        or goal.reached is not None
        or aside(goal, today)
        or unlogged(case, goal, today, today)
    )


def monday_before(today: int) -> int:
    """Of the newest week that is over since Sunday, and Monday too."""
    day = today - 8
    while day % 7 != 1:
        day -= 1
    return day


def open_days(case: Case, today: int, days: range) -> int:
    return sum(
        1
        for day in days
        if case.admitted <= day <= today
        and day % 7 in (1, 2, 3, 4, 5)
        and day not in case.closed
        and not case.in_pause(day)
    )


def may_still_come(case: Case, goal: Goal, today: int, monday: int) -> int:
    """Sessions of a week of which nobody has said what became of them."""
    week = of_goal(case, goal, today, range(monday, monday + 7))
    return sum(1 for v in week if v.outcome == Outcome.SCHEDULED)


def without_unrecorded(case: Case) -> Case:
    return replace(case, visits=tuple(v for v in case.visits if v.outcome != Outcome.SCHEDULED))


def came_and_target(case: Case, goal: Goal, today: int, monday: int) -> tuple[int, int] | None:
    """What was attended in a week and what was asked for; None for a week that does not count."""
    days = range(monday, monday + 7)
    if monday < goal.first or (goal.last is not None and days[-1] > goal.last):
        return None
    if any(aside(goal, day) for day in days) or unlogged(case, goal, today, days[-1]):
        return None
    usable = open_days(case, today, days)
    if usable < 4:
        return None
    planned = of_goal(case, goal, today, days)
    aim = goal.target
    if "a" not in goal.channels:
        offered = [
            v
            for v in planned
            if v.outcome not in NOT_OFFERED and v.day not in case.closed and not case.in_pause(v.day)
        ]
        aim = min(aim, len(offered))
    target = int(aim * usable / 5)
    if target == 0:
        return None
    return sum(1 for v in planned if case.attended(v)), target


def too_little_recorded(case: Case, goal: Goal, today: int, days: range) -> bool:
    visits = of_goal(case, goal, today, days)
    unknown = sum(1 for v in visits if v.outcome == Outcome.SCHEDULED and v.day < today)
    known = sum(1 for v in visits if case.counts(v))
    return unknown > 0 and unknown / (unknown + known) > 0.2


def d10(case: Case, goal: Goal, today: int) -> Answer | None:
    newest = monday_before(today)
    channels = [LETTERS[letter].value for letter in goal.channels]
    changed = [goal.first] + [s.first for s in case.known(today).schedules if s.channel in channels]
    changed = [change for change in changed if change <= today]
    read: list[tuple[int, int, int]] = []
    for monday in [newest - 7 * back for back in (5, 4, 3, 2, 1, 0)]:
        outcome = came_and_target(case, goal, today, monday)
        if outcome is None or any(monday - change < 14 for change in changed):
            continue
        came, target = outcome
        if came >= target or came + may_still_come(case, goal, today, monday) < target:
            read.append((monday, came, target))
            continue
        recorded = came_and_target(without_unrecorded(case), goal, today, monday)
        if recorded is not None and came >= recorded[1]:
            read.append((monday, came, came))
    read = read[-4:]
    if not read or read[-1][0] < newest - 7:
        return None
    if too_little_recorded(case, goal, today, range(read[0][0], read[-1][0] + 7)):
        return None
    short = [monday for monday, came, target in read if came < target]
    running = len(read) >= 2 and {read[-1][0], read[-2][0]} <= set(short)
    none = read[-1][0] in short and read[-1][1] == 0 and goal.target >= 2
    if not (running or none or len(short) >= 3):
        return None
    return "D10", "two_days", tuple((3 << 48) + goal.id * 2**17 + monday // 7 for monday in short)


def d11(case: Case, goal: Goal, today: int) -> list[Answer]:
    number = today - goal.first + 1
    reached = [point for point in (14, 30, 45, 60, 75) if point <= number < 90]
    if not reached:
        return []
    last = goal.first + reached[-1] - 1
    so_far = range(goal.first, last + 1)
    if too_little_recorded(case, goal, today, so_far):
        return []

    def asked(day: int) -> bool:
        shut = "a" not in goal.channels and (day % 7 in (6, 0) or day in case.closed)
        return day >= case.admitted and not shut and not aside(goal, day) and not case.in_pause(day)

    def meetings(days: range) -> int:
        came = [v.day for v in of_goal(case, goal, today, days) if case.attended(v)]
        return sum(min(2, came.count(day)) for day in days)

    gone = sum(1 for day in so_far if asked(day))
    left = sum(1 for day in range(last + 1, goal.first + 90) if asked(day))
    behind = gone - meetings(so_far)
    answers: list[Answer] = []
    if behind >= 5 and behind >= gone * 15 / 100 and meetings(range(last - 13, last + 1)) < 9:
        answers.append(("D11", "two_days", ((2 << 48) + goal.id * 90 + reached[-1],)))
    if meetings(so_far) + 2 * left < gone + left:
        answers.append(("D11b", "upkeep", ((2 << 48) + goal.id * 90,)))
    return answers


def read(case: Case, today: int) -> list[Answer]:
    answers: list[Answer] = []
    for goal in case.known(today).goals:
        if not asked_about(case, goal, today):
            continue
        if goal.kind == GoalKind.WEEKLY:
            answer = d10(case, goal, today)
            answers += [] if answer is None else [answer]
        if goal.kind == GoalKind.NINETY:
            answers += d11(case, goal, today)
    return answers
