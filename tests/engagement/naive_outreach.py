"""D12 and S04 the slow way: our tries, one after the other, as a person would tell them."""

from __future__ import annotations

from clinic.engagement.background import Answer, Try
from tests.engagement.naive import Case

TRY = 6 << 48
OPEN_WEEKDAYS = (0, 1, 2, 3, 4)
Read = tuple[str, str, tuple[int, ...]]


def read(case: Case, today: int) -> list[Read]:
    tries = sorted(case.known(today).tries, key=lambda each: (each.at, each.id))
    return [*not_reached(case, tries, today), *wrong_contact(tries)]


def not_reached(case: Case, tries: list[Try], today: int) -> list[Read]:
    met = case.contact_moments(today)
    waiting: list[Try] = []
    for each in tries:
        if not each.open:
            continue
        if each.answer in (Answer.REACHED, Answer.DECLINED):
            waiting = []
        elif each.answer == Answer.NOT_REACHED and not any(moment >= each.at for moment in met):
            waiting.append(each)
    numbers = tuple(TRY + each.id for each in waiting)
    if len(waiting) >= 3 and waiting[-1].day >= waiting[0].day + 2:
        return [("D12", "today", numbers)]
    if len([each for each in waiting if each.pressing]) >= 2:
        return [("D12", "today", numbers)]
    for one in waiting:
        for other in waiting:
            differs = one.method != other.method or part_of_day(one.hour) != part_of_day(other.hour)
            if one.at <= other.at and differs and open_days_between(case, one.day, other.day) <= 2:
                return [("D12", "tomorrow", numbers)]
    return []


def part_of_day(hour: int) -> str:
    if hour < 12:
        return "morning"
    return "afternoon" if hour < 17 else "evening"


def open_days_between(case: Case, first: int, last: int) -> int:
    count = 0
    for day in range(first + 1, last + 1):
        # The first of January of the year 1, day 1, was a Monday.
        if (day - 1) % 7 in OPEN_WEEKDAYS and day not in case.closed:
            count += 1
    return count


def wrong_contact(tries: list[Try]) -> list[Read]:
    wrong: list[Try] = []
    for each in tries:
        wrong = [*wrong, each] if each.answer == Answer.WRONG_CONTACT else []
    return [("S04", "upkeep", tuple(TRY + each.id for each in wrong))] if wrong else []
