"""D04 the slow way: every session an object, means as fractions, the windows spelled out."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from statistics import median

from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import Case, Visit
from tests.engagement.naive_groups import free_days

RATINGS = {"1": 1, "2": 2, "3": 3, "4": 4, "a": 1, "b": 2, "c": 3, "d": 4}


def kind_of(case: Case, group: int) -> Hashable:
    known = case.group_facts.get(group)
    return ("kind", known.kind) if known and known.kind else ("group", group)


def kinds_now(case: Case, today: int) -> set[Hashable]:
    kinds = set()
    for place in case.places:
        facts = case.group_facts.get(place.group)
        closed = facts is not None and facts.closed is not None and facts.closed <= today
        if place.joined <= today and (place.left is None or place.left > today) and not closed:
            kinds.add(kind_of(case, place.group))
    return kinds


def settled_in(case: Case, visits: list[Visit], today: int) -> list[Visit]:
    """Without the first two of each group after its facilitator or form changed, or after coming from another group."""
    kept = []
    for visit in visits:
        same = [v for v in visits if v.group == visit.group]
        facts = case.group_facts.get(visit.group)
        changes = [day for day in facts.changed if day <= today] if facts else []
        if visits[0].group != visit.group:
            changes.append(same[0].day)
        fresh = any(
            visit.day >= change and [v for v in same if v.day >= change].index(visit) < 2
            for change in changes
        )
        if not fresh:
            kept.append(visit)
    return kept


def disturbed(visit: Visit) -> bool:
    if visit.outcome == Outcome.LEFT_EARLY:
        return True
    return visit.outcome == Outcome.LATE and visit.took not in "sabcd"


def of_a_kind(case: Case, visits: list[Visit], today: int) -> list[Visit]:
    """The sessions of one kind of group that show it; none when it does not hold."""
    sessions = settled_in(case, visits, today)
    shown: list[Visit] = []
    rated = [v for v in sessions if case.attended(v) and v.took in RATINGS]
    lately = [v for v in rated if free_days(case, v.day, today) < 28]
    before = [RATINGS[v.took] for v in rated if 28 <= free_days(case, v.day, today) < 84]
    if len(lately) >= 4 and len(before) >= 5:
        now = [RATINGS[v.took] for v in lately[-4:]]
        if Fraction(sum(now), 4) <= Fraction(sum(before), len(before)) - 1 and median(now) <= 2:
            shown += [v for v in lately[-4:] if RATINGS[v.took] <= 2]
    if len(sessions) >= 5:
        hurried = [v for v in sessions[-5:] if disturbed(v)]
        if len(hurried) >= 3 and today - hurried[-1].day <= 21:
            shown += hurried
    return shown


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    came = [v for v in case.past(today) if v.channel == Channel.GROUP and case.met(v)]
    shown: set[Visit] = set()
    for kind in kinds_now(case, today):
        visits = [v for v in came if kind_of(case, v.group) == kind]
        if visits:
            shown.update(of_a_kind(case, visits, today))
    if not shown:
        return []
    return [("D04", "two_days", tuple(v.id for v in sorted(shown, key=lambda v: (v.start, v.id))))]
