"""Invented episodes for hypothesis, as plain objects, and the same packed into a Record."""

from __future__ import annotations

import os
import random
from dataclasses import replace

from hypothesis import strategies as st

from clinic.engagement.timeline import (
    CHANNEL_LETTER,
    MARK,
    NO_PURPOSE,
    PURPOSE_LETTER,
    REBOOKING,
    Cancellation,
    Channel,
    Outcome,
    PauseSpan,
    Purpose,
    Record,
    Seat,
)
from tests.engagement.inventions import group_facts, known_beside
from tests.engagement.naive import Case, Place, Visit
from tests.notation import TODAY, UNIX_DAY_ONE

# How many episodes each of the large comparisons invents; `make mutants` runs them thousands of times and says fewer.
HISTORIES = int(os.environ.get("HISTORIES", "2000"))
ADMITTED = TODAY - 120
# Outcomes as they come in a clinic; many missed, so that signs are met often.
OUTCOMES = [
    *[Outcome.ATTENDED] * 8,
    *[Outcome.NO_SHOW] * 8,
    Outcome.LATE,
    Outcome.LEFT_EARLY,
    Outcome.EXCUSED,
    Outcome.CANCELLED_BY_CLINIC,
    Outcome.RESCHEDULED,
    Outcome.SCHEDULED,
    *[Outcome.CANCELLED_BY_CLIENT] * 3,
]
CANCELLED = (
    Outcome.CANCELLED_BY_CLIENT,
    Outcome.CANCELLED_BY_CLINIC,
    Outcome.EXCUSED,
    Outcome.RESCHEDULED,
)


def packed(case: Case) -> Record:
    """The record the database would pack for a case."""
    visits = sorted(case.visits, key=lambda v: (v.start, v.id))
    letters = []
    for visit in visits:
        letter = PURPOSE_LETTER[visit.purpose] if visit.purpose else NO_PURPOSE
        letters.append(REBOOKING[letter] if visit.rebooks else letter)
    return Record(
        episode=1,
        admitted=case.admitted,
        discharged=case.discharged,
        marks="".join(
            "H" if v.half and v.outcome == Outcome.LEFT_EARLY else MARK[v.outcome] for v in visits
        ).encode(),
        channels="".join(CHANNEL_LETTER[v.channel] for v in visits).encode(),
        purposes="".join(letters).encode(),
        days=[v.day for v in visits],
        starts=[v.start for v in visits],
        ids=[v.id for v in visits],
        groups=[v.group for v in visits],
        cancellations={
            index: Cancellation(v.cancelled_at, v.rebooked, v.anew, v.anew_made, v.others)
            for index, v in enumerate(visits)
            if v.cancelled_at is not None
        },
        contacts=sorted(case.contacts),
        pauses=[PauseSpan(first, last, case.pause_kind, not case.unconfirmed) for first, last in case.pauses],
        closures=case.closed,
        seats=[Seat(p.group, p.joined, p.left, p.ended) for p in case.places],
        took="".join(v.took for v in visits).encode(),
        background=case.background,
        group_facts=case.group_facts,
        stands_in={v.id: v.instead_of for v in visits if v.instead_of},
    )


def second(day: int, hour: int) -> int:
    return (day - UNIX_DAY_ONE) * 86400 + hour * 3600


def invent(rng: random.Random) -> Case:
    """One episode of about four months, seen from some day near TODAY."""
    admitted = TODAY - rng.choice([5, 12, 25, 29, 30, 31, 60, 90, 120, 200])
    gave_up = TODAY - rng.randint(0, 40) if rng.random() < 0.5 else TODAY + 99
    came_back = gave_up + rng.randint(3, 30) if rng.random() < 0.3 else TODAY + 99
    # Some take less part in groups from a day on, some leave early or come late all the time (D04).
    quieter_from = TODAY - rng.randint(10, 40) if rng.random() < 0.4 else TODAY + 99
    restless = rng.random() < 0.15
    # Some are excused, or called off by either side, again and again from some day on.
    turn = rng.choice(
        [None] * 7 + [Outcome.EXCUSED, Outcome.CANCELLED_BY_CLINIC, Outcome.CANCELLED_BY_CLIENT]
    )
    turned = TODAY - rng.randint(0, 45)
    visits: list[Visit] = []

    def add(day: int, hour: int, channel: Channel, group: int = 0) -> None:
        if day < admitted:
            return
        start = second(day, hour)
        outcome = rng.choice(OUTCOMES)
        if gave_up <= day < came_back and rng.random() < 0.9:
            outcome = Outcome.NO_SHOW if rng.random() < 0.8 else Outcome.EXCUSED
        if restless and group and outcome == Outcome.ATTENDED and rng.random() < 0.5:
            outcome = rng.choice([Outcome.LATE, Outcome.LEFT_EARLY])
        if turn is not None and day >= turned and rng.random() < 0.7:
            outcome = turn
        if day > TODAY and rng.random() < 0.8:
            outcome = Outcome.SCHEDULED
        notice = None
        if outcome in CANCELLED and rng.random() < 0.7:
            notice = start - rng.choice([0, 1, 23, 24, 25, 100, 300]) * 3600
        came = outcome in (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)
        rebooked = rng.random() < 0.5
        rated = group and came and rng.random() < 0.8
        ratings = "111122ab" if day >= quieter_from else "2333344bcd"
        anew = start + rng.choice([1, 3, 7, 8, 20]) * 86400 if rebooked or rng.random() < 0.2 else 0
        visits.append(
            Visit(
                id=len(visits) + 1,
                start=start,
                day=day,
                channel=channel,
                outcome=outcome,
                purpose=rng.choice([None, None, None, *Purpose]),
                rebooks=rng.random() < 0.1,
                group=group,
                cancelled_at=notice,
                rebooked=rebooked,
                anew=anew,
                anew_made=(notice or start) + rng.choice([0, 1, 2, 5, 9]) * 86400 if anew else 0,
                took=rng.choice(ratings if rated else "s-" if outcome == Outcome.LATE else "-"),
                half=outcome == Outcome.LEFT_EARLY and rng.random() < 0.2,
            )
        )

    plans = rng.sample(list(Channel), rng.randint(1, 4))
    for channel in plans:
        every = 1 if channel == Channel.DOSING else rng.choice([2, 3, 7, 7, 7, 14, 29])
        groups = [1, 2][: rng.randint(1, 2)] if channel == Channel.GROUP else [0]
        until = TODAY + (20 if rng.random() < 0.5 else 0)
        for group in groups:
            hour = rng.randint(8, 18)
            for day in range(admitted + rng.randint(0, 6), until, every):
                add(day, hour, channel, group)
                if rng.random() < 0.05:
                    add(day, rng.randint(8, 18), channel, group)
    return Case(
        admitted=admitted,
        visits=tuple(_standing_in(_fading(visits, admitted), admitted)),
        discharged=TODAY - rng.randint(-5, 5) if rng.random() < 0.05 else None,
        contacts=tuple(_contacts(rng)),
        pauses=tuple(_pauses(rng)),
        closed=frozenset(TODAY - rng.randint(0, 60) for _ in range(rng.choice([0, 0, 1, 5]))),
        places=tuple(_places(rng, admitted)),
        background=known_beside(rng, admitted),
        group_facts=group_facts(rng),
        pause_kind=rng.choice(["inpatient", "jail", "agreed_leave", "emergency"]),
        unconfirmed=rng.random() < 0.1,
    )


def _fading(visits: list[Visit], admitted: int) -> list[Visit]:
    """One stay in three is of somebody who came and then came less and less (D07). Drawn apart from all the rest, so
    that the rest stays as it is.
    """
    rng = random.Random(admitted * 1009 + len(visits))
    if rng.random() < 0.66 or admitted > TODAY - 60:
        return visits
    since, share = TODAY - rng.randint(20, 45), rng.choice([0.35, 0.35, 0.45, 0.6, 0.9])
    found = []
    for visit in visits:
        if visit.outcome == Outcome.NO_SHOW and visit.day < since and rng.random() < 0.9:
            visit = replace(visit, outcome=Outcome.ATTENDED)
        elif visit.outcome == Outcome.ATTENDED and since <= visit.day <= TODAY and rng.random() < share:
            visit = replace(visit, outcome=Outcome.NO_SHOW, took="-")
        found.append(visit)
    return found


def _standing_in(visits: list[Visit], admitted: int) -> list[Visit]:
    """Two clinics in three say which visit a new date is for, mostly one that did not take place; and some that were
    cancelled have further new dates. Drawn apart from all the rest.
    """
    rng = random.Random(admitted * 997 + len(visits))
    linked = rng.random() < 0.66
    found = []
    for visit in visits:
        if visit.rebooks and linked:
            earlier = [v for v in visits if v.start < visit.start][-9:]
            visit = replace(visit, instead_of=rng.choice(earlier).id if earlier else 7777)
        if visit.anew and rng.random() < 0.3:
            others = rng.sample([2, 4, 7, 14, 21, 28], rng.choice([1, 2]))
            made = visit.anew_made + rng.choice([0, 1, 6]) * 86400
            visit = replace(visit, others=tuple((visit.start + days * 86400, made) for days in others))
        found.append(visit)
    return found


def _contacts(rng: random.Random) -> list[tuple[int, int]]:
    found = []
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        day = TODAY - rng.randint(-2, 60)
        found.append((second(day, rng.randint(8, 18)) + 60, day))
    return sorted(found)


def _pauses(rng: random.Random) -> list[tuple[int, int | None]]:
    if rng.random() < 0.7:
        return []
    first = TODAY - rng.randint(-3, 70)
    last = None if rng.random() < 0.2 else first + rng.randint(0, 25)
    if last is None or rng.random() < 0.6:
        return [(first, last)]
    # A transfer, an overlap or a second stay.
    again = last + rng.choice([-3, 0, 1, 1, 2, 9])
    return [(first, last), (again, max(again, last) + rng.choice([0, 0, 1, 6]))]


def _places(rng: random.Random, admitted: int) -> list[Place]:
    found = []
    for group in rng.choice([(), (1,), (1, 2), (1, 2)]):
        if rng.random() < 0.3:
            left = TODAY - rng.randint(-3, 30)
            found.append(Place(group, admitted, left, rng.choice(["stopped_coming", "completed"])))
        else:
            found.append(Place(group, admitted))
    return found


def cases() -> st.SearchStrategy[Case]:
    """Episodes of a clinic; hypothesis keeps the number each was invented from."""
    return st.integers(min_value=0, max_value=2**32).map(lambda seed: invent(random.Random(seed)))
