"""The signs and the priority against the same written the slow way, on invented episodes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.engagement.signs.catalogue import CATALOGUE, READ_IN_PAUSES
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Timeline
from clinic.engagement.triage import priority
from tests.engagement import naive, naive_all
from tests.engagement.strategies import HISTORIES, cases, invent, packed
from tests.notation import TODAY


def read(timeline: Timeline) -> set[tuple[str, str, tuple[int, ...]]]:
    """What each sign finds by itself, before they raise each other's level."""
    if not timeline.is_open:
        return set()
    signs = READ_IN_PAUSES if timeline.paused else CATALOGUE
    found = [each for sign in signs for each in sign.find(timeline, DEFAULTS)]
    return {(each.sign, str(each.level), tuple(number for _, number in each.moments)) for each in found}


@settings(max_examples=HISTORIES, deadline=None)
@given(case=cases(), ago=st.integers(min_value=0, max_value=45))
def test_both_ways_read_the_same_signs(case: naive.Case, ago: int) -> None:
    today = TODAY - ago
    assert read(packed(case).as_of(today)) == naive_all.read(case, today)


@settings(max_examples=100, deadline=None)
@given(case=cases(), ago=st.integers(min_value=0, max_value=45))
def test_both_ways_add_up_the_same_priority(case: naive.Case, ago: int) -> None:
    timeline = packed(case).as_of(TODAY - ago)
    assert priority(timeline) == pytest.approx(naive.priority(case, TODAY - ago))


def test_the_invented_episodes_show_every_sign_at_every_level() -> None:
    """The control: a comparison of episodes in which nothing happens would prove nothing."""
    seen = Counter(
        (sign, level)
        for seed in range(2000)
        for sign, level, _ in read(packed(invent(random.Random(seed))).as_of(TODAY - 9))
    )
    declared = {(sign.code, str(level)) for sign in CATALOGUE for level in sign.levels}
    assert set(seen) == declared


def test_the_invented_episodes_include_daily_dosing() -> None:
    daily = [packed(invent(random.Random(seed))).as_of(TODAY).daily_dosing for seed in range(100)]
    assert 5 < sum(daily) < 95
