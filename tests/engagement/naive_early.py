"""D13a, D13b and D13c the slow way."""

from __future__ import annotations

from clinic.engagement.timeline import Channel
from tests.engagement.naive import Case, Visit

Answer = tuple[str, str, tuple[int, ...]]


def clock(case: Case, first: int, today: int) -> list[int]:
    """The days from `first` to `today` on which the clock runs."""
    return [day for day in range(first, today + 1) if not case.in_pause(day)]


def services(case: Case, today: int) -> list[Visit]:
    return [v for v in case.past(today) if v.channel != Channel.MUTUAL_AID]


def missed_for_good(case: Case, today: int) -> list[Visit]:
    return [v for v in services(case, today) if case.missed(v) and not case.made_up(v, today)]


def with_point(visits: list[Visit], day: int, number: int) -> tuple[int, ...]:
    moments = [(v.start, v.id) for v in visits] + [((day - 719163) * 86400, (11 << 48) + number)]
    return tuple(each for _, each in sorted(moments))


def read(case: Case, today: int) -> list[Answer]:
    answers: list[Answer] = []
    running = clock(case, case.admitted, today)
    attended = [v for v in services(case, today) if case.attended(v)]
    missed = missed_for_good(case, today)

    if not attended and 10 <= len(running) <= 34:
        answers.append(("D13a", "today", with_point(missed, running[9], 10)))

    if attended:
        began = attended[0].day
        since = clock(case, began + 1, today)
        further = [v for v in attended if v.day > began]
        if 24 <= len(since) <= 34 and len(further) < 2:
            later = [v for v in missed if v.day > began]
            answers.append(("D13b", "tomorrow", with_point(later, since[23], attended[0].id)))

    if len(running) <= 30:
        places: list[tuple[int, Channel]] = []
        for visit in services(case, today):
            if case.counts(visit) and (visit.day, visit.channel) not in places:
                places.append((visit.day, visit.channel))
        first = [v for v in missed if (v.day, v.channel) in places[:3]]
        if first:
            answers.append(("D13c", "tomorrow", tuple(v.id for v in first)))
    return answers
