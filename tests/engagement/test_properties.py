"""What must hold whatever the record."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clinic.engagement.background import NOTHING_KNOWN, Background
from clinic.engagement.signs.catalogue import CATALOGUE, read_signs
from clinic.engagement.signs.sign import Finding
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import Case, Visit, came_first
from tests.engagement.strategies import HISTORIES, cases, packed, second
from tests.notation import TODAY

TRANSPARENT = (Outcome.EXCUSED, Outcome.CANCELLED_BY_CLINIC, Outcome.RESCHEDULED, Outcome.CANCELLED_BY_CLIENT)
STREAKS = ("D01", "D02a", "D02b", "D02c", "D03")
# What one more attended session, newest and on time, must never raise. D02c is left out of it: it needs four countable
# sessions, and the attended one may be the fourth.
NOT_BY_COMING = ("D01", "D02a", "D02b", "D03", "D05", "D05d", "D06", "D07", "D08", "D09")


def read(case: Case) -> list[Finding]:
    return read_signs(packed(case).as_of(TODAY), DEFAULTS)


def told(
    findings: list[Finding], signs: tuple[str, ...] = STREAKS
) -> set[tuple[str, str, str, tuple[int, ...]]]:
    return {
        (each.sign, str(each.level), each.anchor, tuple(event.id for event in each.evidence))
        for each in findings
        if each.sign in signs
    }


@settings(max_examples=HISTORIES, deadline=None)
@given(
    case=cases(),
    day=st.integers(min_value=TODAY - 60, max_value=TODAY),
    hour=st.integers(min_value=0, max_value=23),
    channel=st.sampled_from(Channel),
    outcome=st.sampled_from(TRANSPARENT),
)
def test_transparent_appointments_change_no_streak(
    case: Case, day: int, hour: int, channel: Channel, outcome: Outcome
) -> None:
    more = Visit(
        9999, second(day, hour) + 1, day, channel, outcome, group=1 if channel == Channel.GROUP else 0
    )
    assert told(read(replace(case, visits=(*case.visits, more)))) == told(read(case))


@settings(max_examples=120, deadline=None)
@given(case=cases(), day=st.integers(min_value=TODAY - 60, max_value=TODAY), channel=st.sampled_from(Channel))
def test_an_unrecorded_appointment_is_never_missed(case: Case, day: int, channel: Channel) -> None:
    group = 1 if channel == Channel.GROUP else 0
    more = Visit(9999, second(day, 11) + 1, day, channel, Outcome.SCHEDULED, group=group)
    fuller = replace(case, visits=(*case.visits, more))
    # Before the first of all, it may have been attended: what was missed after it is not known to be the first.
    streaks = STREAKS[1:] if came_first(fuller, TODAY, more) else STREAKS
    assert told(read(fuller), streaks) == told(read(case), streaks)
    assert {each.anchor for each in read(fuller) if each.sign == "D01"} == {
        each.anchor for each in read(case) if each.sign == "D01"
    }
    assert all(event.id != 9999 for each in read(fuller) for event in each.evidence)


@settings(max_examples=HISTORIES, deadline=None)
@given(case=cases(), seed=st.integers(min_value=0, max_value=10**6))
def test_the_order_in_which_facts_arrive_does_not_matter(case: Case, seed: int) -> None:
    visits, contacts, places = list(case.visits), list(case.contacts), list(case.places)
    for rows in (visits, contacts, places):
        random.Random(seed).shuffle(rows)
    shuffled = replace(
        case,
        visits=tuple(visits),
        contacts=tuple(contacts),
        places=tuple(places),
        background=in_any_order(case.background, random.Random(seed)),
    )
    everything = tuple(sign.code for sign in CATALOGUE)
    assert told(read(shuffled), everything) == told(read(case), everything)


def in_any_order(known: Background, rng: random.Random) -> Background:
    """The same facts beside the appointments, as if they had been entered in another order."""
    if known is NOTHING_KNOWN:
        return known
    facts = {name: value for name, value in known._asdict().items() if name != "newest"}
    for name, value in facts.items():
        if isinstance(value, tuple):
            facts[name] = tuple(rng.sample(value, len(value)))
    return Background.of(**facts)


@settings(max_examples=HISTORIES, deadline=None)
@given(case=cases(), channel=st.sampled_from([Channel.COUNSELLING, Channel.MEDICAL, Channel.GROUP]))
def test_a_session_attended_today_raises_nothing(case: Case, channel: Channel) -> None:
    assume(packed(case).as_of(TODAY).is_open)
    more = Visit(
        9999, second(TODAY, 23), TODAY, channel, Outcome.ATTENDED, group=1 if channel == Channel.GROUP else 0
    )
    before, after = alone(case), alone(replace(case, visits=(*case.visits, more)))
    for sign in NOT_BY_COMING:
        if sign in after:
            assert sign in before, f"{sign} was not there before"
            assert after[sign] >= before[sign], f"{sign} is more urgent than before"
    assert not after.keys() & {"D06", "D08"}


def alone(case: Case) -> dict[str, int]:
    """The highest level of each sign, before signs raise each other's."""
    timeline = packed(case).as_of(TODAY)
    ranks: dict[str, int] = {}
    for sign in CATALOGUE:
        for each in () if timeline.paused else sign.find(timeline, DEFAULTS):
            ranks[each.sign] = min(each.level.rank, ranks.get(each.sign, 9))
    return ranks


@settings(max_examples=100, deadline=None)
@given(
    case=cases(), ago=st.integers(min_value=1, max_value=40), seed=st.integers(min_value=0, max_value=10**6)
)
def test_what_happened_later_is_not_known(case: Case, ago: int, seed: int) -> None:
    """No look-ahead: outcomes after the day, whatever they are, change nothing that is read as of the day."""
    today = TODAY - ago
    rng = random.Random(seed)
    outcomes = (Outcome.ATTENDED, Outcome.NO_SHOW, Outcome.LATE, Outcome.EXCUSED, Outcome.SCHEDULED)
    kept = tuple(v for v in case.visits if v.day <= today or v.outcome in outcomes)
    other = tuple(
        v if v.day <= today else replace(v, outcome=rng.choice(outcomes), cancelled_at=None) for v in kept
    )
    known = tuple(v if v.day <= today else replace(v, cancelled_at=None) for v in kept)
    everything = tuple(sign.code for sign in CATALOGUE)
    one = read_signs(packed(replace(case, visits=known)).as_of(today), DEFAULTS)
    two = read_signs(packed(replace(case, visits=other)).as_of(today), DEFAULTS)
    assert told(one, everything) == told(two, everything)


@settings(max_examples=100, deadline=None)
@given(case=cases())
def test_every_finding_can_be_told(case: Case) -> None:
    for each in read(case):
        sign = next(sign for sign in CATALOGUE if sign.code == each.sign)
        # Beside others a sign may be one level more urgent than it ever is alone (D04).
        assert {each.level, each.level.lowered()} & set(sign.levels)
        assert str(each.title) and all(str(sentence) for sentence in each.why)
        assert [event.start for event in each.evidence] == sorted(event.start for event in each.evidence)
        assert len({event.id for event in each.evidence}) == len(each.evidence)
