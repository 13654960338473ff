"""What nobody has recorded is nobody's absence: in no sign, no count and no rate, whatever the record."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.engagement import summary
from clinic.engagement.signs.catalogue import CATALOGUE
from clinic.engagement.signs.sign import Kind
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Channel, Outcome
from clinic.replay.facts import facts_seen
from tests.engagement.naive import Case, Visit
from tests.engagement.strategies import HISTORIES, cases, invent, packed, second
from tests.notation import TODAY

# Signs of absence: what asks staff to look for somebody who does not come. Not among them: what is still to be booked,
# planned or put right by staff, and good news.
ABSENCE = tuple(
    sign.code for sign in CATALOGUE if sign.kind == Kind.DISENGAGEMENT and not sign.code.startswith("D04")
)


def signs(case: Case) -> dict[str, int]:
    """The most urgent level of each sign of absence, as a rank: a lower one is more urgent."""
    timeline = packed(case).as_of(TODAY)
    found: dict[str, int] = {}
    for sign in CATALOGUE:
        for each in () if timeline.paused else sign.find(timeline, DEFAULTS):
            if each.sign in ABSENCE:
                found[each.sign] = min(each.level.rank, found.get(each.sign, 9))
    return found


def missed(case: Case) -> list[int]:
    return [week.missed for week in summary.weeks(packed(case).as_of(TODAY))]


def backtest(case: Case) -> tuple[object, ...]:
    """What the tables of a backtest are made of."""
    told = facts_seen(packed(case).as_of(TODAY))
    return (told.in_a_row, told.missed_of_4, told.missed_of_6, told.missed, told.countable, told.fallen)


def rates(case: Case) -> list[summary.Rate]:
    timeline = packed(case).as_of(TODAY)
    weeks = [week.rate for week in summary.weeks(timeline)]
    return [*weeks, summary.attended_of_planned([timeline]), summary.caseload([timeline]).seen]


def more(case: Case, seed: int, outcome: Outcome) -> Case:
    """The same with some more appointments in the past, all of one outcome."""
    rng = random.Random(seed)
    visits = []
    for number in range(rng.randint(1, 6)):
        day, channel = TODAY - rng.randint(1, 60), rng.choice(list(Channel))
        group = rng.choice([1, 2]) if channel == Channel.GROUP else 0
        start = second(day, rng.randint(8, 18)) + number + 1
        visits.append(Visit(9000 + number, start, day, channel, outcome, group=group))
    return replace(case, visits=(*case.visits, *visits))


def forgotten(case: Case, seed: int) -> Case:
    """The same where nobody recorded some of the missed ones."""
    rng = random.Random(seed)
    visits = [
        replace(visit, outcome=Outcome.SCHEDULED)
        if visit.day < TODAY and visit.outcome == Outcome.NO_SHOW and rng.random() < 0.4
        else visit
        for visit in case.visits
    ]
    return replace(case, visits=tuple(visits))


def counted_as_missed(case: Case) -> Case:
    """The control: a program that takes what nobody recorded for missed."""
    visits = [
        replace(visit, outcome=Outcome.NO_SHOW)
        if visit.outcome == Outcome.SCHEDULED and visit.day < TODAY
        else visit
        for visit in case.visits
    ]
    return replace(case, visits=tuple(visits))


def is_no_absence(case: Case, seed: int, *, read: Callable[[Case], Case] = lambda case: case) -> bool:
    """Whether unrecorded appointments, added to a record, raise no sign of absence, make none more urgent, and change
    neither what counts as missed nor a rate.

    An appointment says by being booked how often somebody is to come (D06). So a sign may be one that holds as well
    where the same appointments were excused: it does not stand on what nobody recorded.
    """
    after = read(more(case, seed, Outcome.SCHEDULED))
    known, booked = signs(read(case)), signs(more(read(case), seed, Outcome.EXCUSED))
    return (
        all(rank >= min(known.get(code, 9), booked.get(code, 9)) for code, rank in signs(after).items())
        and signs(after).keys() <= known.keys() | booked.keys()
        and missed(after) == missed(read(case))
        and rates(after) == rates(read(case))
        and backtest(after) == backtest(read(case))
    )


@settings(max_examples=HISTORIES, deadline=None)
@given(case=cases(), seed=st.integers(min_value=0, max_value=10**6))
def test_more_unrecorded_sessions_never_look_like_an_absence(case: Case, seed: int) -> None:
    assert is_no_absence(case, seed)


def test_the_control_that_counts_them_as_missed_is_caught() -> None:
    """The same question of a program that is wrong: most of a hundred histories say so."""
    invented = [invent(random.Random(number)) for number in range(100)]
    plain = [counted_as_missed(case) for case in invented]
    caught = sum(not is_no_absence(case, 7, read=counted_as_missed) for case in plain)
    raised = sum(bool(signs(more(case, 7, Outcome.NO_SHOW)).keys() - signs(case).keys()) for case in invented)
    assert caught > 80
    assert raised > 20


@settings(max_examples=HISTORIES, deadline=None)
@given(case=cases(), seed=st.integers(min_value=0, max_value=10**6))
def test_no_sign_names_what_nobody_recorded_and_what_is_not_recorded_is_not_missed(
    case: Case, seed: int
) -> None:
    lost = forgotten(case, seed)
    unknown = {visit.id for visit in lost.visits if visit.outcome == Outcome.SCHEDULED and visit.day < TODAY}
    timeline = packed(lost).as_of(TODAY)
    for sign in CATALOGUE:
        for each in () if timeline.paused else sign.find(timeline, DEFAULTS):
            assert not unknown & {event.id for event in each.evidence}, each.sign
    fewer = sum(visit.id in unknown for visit in case.visits if visit.outcome == Outcome.NO_SHOW)
    long_ago = TODAY - 7 * summary.WEEKS_SHOWN - 7
    if all(visit.day > long_ago for visit in case.visits if visit.id in unknown):
        assert sum(missed(case)) - sum(missed(lost)) <= fewer
    assert all(now <= before for now, before in zip(missed(lost), missed(case), strict=True))
