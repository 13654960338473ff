"""What was known beside the appointments, seen from an earlier day: nothing that came to light later."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.background import Background
from tests.notation import (
    TODAY,
    background,
    care_plan,
    consent,
    day,
    elsewhere,
    goal,
    injection,
    milestone,
    noted,
    order,
    override,
    planned_visit,
    schedule,
    supply,
    tried,
)

# Each fact is known from ten days ago on, whatever day it is about.
KNOWN_TEN_DAYS_AGO = {
    "schedules": schedule("counselling", 4, since=30, known=10),
    "visits": planned_visit("medical", by=2, known=10),
    "plans": care_plan(written=10),
    "consents": consent(until=-90, known=10),
    "goals": goal(since=10),
    "milestones": milestone(on=30, known=10),
    "orders": order(since=30, known=10),
    "supplies": supply(until=-4, picked_up=10),
    "injections": injection(due=2, known=10),
    "noted": noted("A1", 2, ago=10),
    "tries": tried(ago=10),
    "elsewhere": elsewhere(since=30, known=10),
}


@pytest.mark.parametrize(("field", "fact"), KNOWN_TEN_DAYS_AGO.items(), ids=KNOWN_TEN_DAYS_AGO)
def test_a_fact_is_known_from_its_day_on(field: str, fact: Any) -> None:
    known = background([fact])
    assert known.newest == day(10)
    assert known.as_of(TODAY) is known and known.as_of(day(10)) is known
    before = known.as_of(day(11))
    assert getattr(before, field) == () and before.newest == day(11)


@pytest.mark.parametrize(("field", "fact"), KNOWN_TEN_DAYS_AGO.items(), ids=KNOWN_TEN_DAYS_AGO)
def test_something_newer_leaves_it_known(field: str, fact: Any) -> None:
    newer = noted("C2", 1, ago=1, number=9)
    known = background([fact, newer])
    assert known.newest == day(1)
    on_the_day = known.as_of(day(10))
    assert fact in getattr(on_the_day, field) and newer not in on_the_day.noted
    assert fact not in getattr(known.as_of(day(11)), field)


WHAT_BECAME_OF_IT = {
    "consents": ("ended", consent(until=-90, known=30, ended=10)),
    "goals": ("reached", goal(since=30, reached=10)),
    "injections": ("given", injection(due=2, known=30, given=10)),
}


@pytest.mark.parametrize(
    ("field", "later", "fact"),
    [(field, *rest) for field, rest in WHAT_BECAME_OF_IT.items()],
    ids=WHAT_BECAME_OF_IT,
)
def test_what_became_of_it_later_is_not_known_before(field: str, later: str, fact: Any) -> None:
    known = background([fact, noted("A1", 2, ago=1)])
    assert background([fact]).newest == day(10)
    assert getattr(known.as_of(day(10)), field) == (fact,)
    assert getattr(known.as_of(day(11)), field) == (fact._replace(**{later: None}),)
    assert getattr(known.as_of(day(30)), field) == (fact._replace(**{later: None}),)
    assert getattr(known.as_of(day(31)), field) == ()
    still_so = fact._replace(**{later: None})
    assert getattr(background([still_so, noted("A1", 2, ago=1)]).as_of(day(11)), field) == (still_so,)


IN_THEIR_ORDER: dict[str, list[Any]] = {
    "schedules": [
        schedule("group", 8, since=30),
        schedule("counselling", 2, since=20, known=19),
        schedule("counselling", 4, since=20, known=12),
    ],
    "visits": [planned_visit("medical", by=9, number=1), planned_visit("medical", by=30, number=2)],
    "plans": [care_plan(written=30), care_plan(written=9), care_plan(written=9, number=1)],
    "consents": [consent(until=1, known=1, number=1), consent(until=9, known=9, number=2)],
    "goals": [goal(number=1, since=3), goal(number=2, since=9)],
    "milestones": [milestone(on=3, number=1), milestone(on=9, number=2)],
    "orders": [order(since=30, number=5), order(since=9, number=1), order(since=9, number=2)],
    "supplies": [supply(until=1, picked_up=3, number=1), supply(until=3, picked_up=9, number=2)],
    "injections": [injection(due=1, number=1), injection(due=9, number=2)],
    "noted": [noted("A1", 1, ago=9, number=5), noted("C2", 1, ago=3), noted("A1", 1, ago=3, number=2)],
    "tries": [tried(ago=9, number=5), tried(ago=3, number=1), tried(ago=3, number=2)],
    "elsewhere": [elsewhere(since=30), elsewhere(since=9, known=8), elsewhere(since=9, known=7)],
    "overrides": [
        override(since=30, last=1, recent_days=9),
        override(since=9, last=8, recent_days=2),
        override(since=9, last=1, recent_days=1),
        override(since=9, last=1, recent_days=2),
    ],
}


@pytest.mark.parametrize("field", IN_THEIR_ORDER)
def test_facts_stand_in_their_own_order_whatever_order_they_came_in(field: str) -> None:
    facts = IN_THEIR_ORDER[field]
    for given in (facts, facts[::-1], [*facts[1:], facts[0]]):
        assert getattr(Background.of(**{field: tuple(given)}), field) == tuple(facts)


def test_overrides_are_rules_and_hide_nothing() -> None:
    known = background([override(since=30, last=1, recent_days=9)], no_outreach=True, keeps_plans=True)
    assert known.newest == 0 and known.as_of(day(400)) is known
    more = background([override(since=30, last=1, recent_days=9), noted("A1", 1, ago=3)])
    assert more.newest == day(3) and more.as_of(day(9)).overrides == more.overrides


@pytest.mark.parametrize(("ago", "seen"), [(0, True), (5, True), (6, False)])
def test_who_asked_for_no_contact_is_known_from_that_day(ago: int, seen: bool) -> None:
    known = Background.of(declined=day(5))
    assert known.newest == day(5)
    assert known.as_of(day(ago)).declined == (day(5) if seen else None)
