"""D05 and D05d written the slow way, from the clinical definitions alone."""

from __future__ import annotations

from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import HOURS, Case, Visit, is_follow_up

CANCELLATION = 12
NOT_ASKED = (Channel.DOSING, Channel.MUTUAL_AID)


def midnight_after(day: int) -> int:
    return (day - 719163 + 1) * 24 * HOURS


def told(visit: Visit) -> int:
    """When it was known that the visit would not take place; without a time, at its start."""
    if visit.cancelled_at is None or visit.cancelled_at > visit.start:
        return visit.start
    return visit.cancelled_at


def cancelled(case: Case, today: int, outcome: Outcome) -> list[Visit]:
    found = []
    for visit in sorted(case.visits, key=lambda v: (v.start, v.id)):
        if visit.outcome != outcome or visit.channel in NOT_ASKED:
            continue
        if visit.day in case.closed or case.in_pause(visit.day):
            continue
        if visit.day > today and (visit.cancelled_at is None or visit.cancelled_at >= midnight_after(today)):
            continue
        found.append(visit)
    return found


def came_instead(case: Case, visit: Visit, today: int) -> bool:
    if visit.cancelled_at is None or not visit.anew:
        return False
    starts = [visit.anew] + [start for start, _ in visit.others]
    return any(v.start in starts and case.attended(v) and v.day <= visit.day + 7 for v in case.past(today))


def new_date_stands(case: Case, visit: Visit, today: int) -> bool:
    """Some new date had been made by the end of the day, and had not been called off itself."""
    if visit.cancelled_at is None or not visit.anew:
        return False
    for start, made in [(visit.anew, visit.anew_made), *visit.others]:
        if made >= midnight_after(today):
            continue
        then = [v for v in case.visits if v.start == start]
        if not then or any(not off_by_now(v, today) for v in then):
            return True
    return False


def off_by_now(visit: Visit, today: int) -> bool:
    if visit.day > today and visit.cancelled_at is not None:
        return visit.cancelled_at < midnight_after(today)
    return visit.outcome in (
        Outcome.CANCELLED_BY_CLIENT,
        Outcome.CANCELLED_BY_CLINIC,
        Outcome.RESCHEDULED,
        Outcome.EXCUSED,
    )


def is_late(visit: Visit) -> bool:
    return visit.cancelled_at is not None and visit.start - visit.cancelled_at < 24 * HOURS


def of_the_row(case: Case, visit: Visit) -> bool:
    """Counselling, medical, and follow-ups of other services."""
    if visit.channel in NOT_ASKED:
        return False
    if visit.channel in (Channel.COUNSELLING, Channel.MEDICAL):
        return True
    return is_follow_up(case, visit)


def keys(visits: list[Visit]) -> tuple[int, ...]:
    return tuple((CANCELLATION << 48) + v.id for v in sorted(visits, key=lambda v: (told(v), v.id)))


def d05(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    asked = [
        v
        for v in cancelled(case, today, Outcome.CANCELLED_BY_CLIENT)
        if v.day <= today + 30 and not came_instead(case, v, today)
    ]
    holds: list[tuple[str, list[Visit]]] = []
    row: list[Visit] = []
    everything = sorted({*asked, *case.past(today)}, key=lambda v: (v.start, v.id))
    for visit in everything:
        if not of_the_row(case, visit):
            continue
        if case.attended(visit) and visit.day <= today:
            row = []
        elif visit in asked:
            row.append(visit)
    if len(row) >= 3 and today - row[-1].day <= 21:
        holds.append(("tomorrow", row))
    late = [v for v in asked if is_late(v)]
    if len([v for v in late if today - v.day <= 30]) >= 3:
        holds.append(("tomorrow", [v for v in late if today - v.day <= 30]))
    elif len([v for v in late if today - v.day <= 14]) >= 2:
        holds.append(("two_days", [v for v in late if today - v.day <= 14]))
    recent = [v for v in asked if today - v.day <= 30]
    counted = [
        v for v in case.past(today) if today - v.day <= 30 and case.counts(v) and v.channel not in NOT_ASKED
    ]
    if len(recent) >= 4 and len(recent) >= 0.4 * len({*recent, *counted}):
        holds.append(("two_days", recent))
    if not holds:
        return []
    level = "tomorrow" if any(each == "tomorrow" for each, _ in holds) else "two_days"
    return [("D05", level, keys(list({v for _, visits in holds for v in visits})))]


def open_days(case: Case, first: int, last: int) -> int:
    """Mondays to Fridays after the first day, up to the last, without closures."""
    return sum(1 for day in range(first + 1, last + 1) if (day - 1) % 7 < 5 and day not in case.closed)


def something_booked(case: Case, channel: Channel, today: int) -> bool:
    return any(
        v.channel == channel
        and (
            (v.day == today and v.outcome == Outcome.SCHEDULED)
            or (v.day > today and not case.called_off(v, today))
        )
        for v in case.visits
    )


def seen_there(case: Case, channel: Channel, today: int, moment: int) -> bool:
    return any(v.channel == channel and case.attended(v) and v.start > moment for v in case.past(today))


def date_there(case: Case, channel: Channel, today: int, moment: int) -> bool:
    """Came, even for a while, did not come, or nobody wrote down which."""
    return any(
        v.channel == channel
        and v.start > moment
        and (
            case.met(v)
            or (v.outcome == Outcome.NO_SHOW and case.missed(v))
            or (v.outcome == Outcome.SCHEDULED and v.day < today)
        )
        for v in case.past(today)
    )


def d05d(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    answers = []
    for channel in Channel:
        waiting = []
        for visit in cancelled(case, today, Outcome.CANCELLED_BY_CLIENT):
            day = told(visit) // (24 * HOURS) + 719163
            if (
                visit.channel == channel
                and today - day <= 60
                and open_days(case, day, today) >= 3
                and not new_date_stands(case, visit, today)
                and not something_booked(case, channel, today)
                and not date_there(case, channel, today, told(visit))
            ):
                waiting.append(visit)
        if waiting:
            answers.append(("D05d", "tomorrow" if case.early(today) else "two_days", keys(waiting)))
    return answers


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    return d05(case, today) + d05d(case, today)
