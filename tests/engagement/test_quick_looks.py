"""What the signs look at before they walk: it must say the same as the walk would."""

from __future__ import annotations

import random

import pytest

from clinic.engagement.signs.orders import expected_since, is_expected
from clinic.engagement.timeline import CHANNEL_LETTER, MISSED, PRESENT, Channel
from tests.engagement.strategies import invent, packed
from tests.notation import TODAY, dosing, group, history, medical, order, supply

SEEDS = range(200)


def test_each_mark_is_told_as_attended_missed_or_neither() -> None:
    timeline = history("+-LEo/x?wvnrh").as_of(TODAY)
    assert timeline.came_and_missed(Channel.COUNSELLING).replace(b"\0", b".") == b"AMAA....M...."


def test_each_channel_is_told_for_itself() -> None:
    timeline = history("+-", group("-+"), medical("--"), dosing("+", last=1)).as_of(TODAY)
    told = {channel: timeline.came_and_missed(channel) for channel in Channel}
    assert {channel: (marks.count(b"A"), marks.count(b"M")) for channel, marks in told.items()} == {
        Channel.COUNSELLING: (1, 1),
        Channel.GROUP: (1, 1),
        Channel.MEDICAL: (0, 2),
        Channel.DOSING: (1, 0),
        Channel.CASE_MANAGEMENT: (0, 0),
        Channel.MUTUAL_AID: (0, 0),
    }
    sessions = timeline.sessions_came_and_missed
    assert (sessions.count(b"A"), sessions.count(b"M")) == (2, 4)


def test_every_appointment_keeps_its_place_and_what_is_to_come_is_left_out() -> None:
    for seed in SEEDS:
        timeline = packed(invent(random.Random(seed))).as_of(TODAY - 20)
        for channel in Channel:
            told, letter = timeline.came_and_missed(channel), ord(CHANNEL_LETTER[channel])
            assert len(told) == timeline.size
            for index, mark in enumerate(timeline.marks):
                own = timeline.channels[index] == letter
                said = "A" if own and mark in PRESENT else "M" if own and mark in MISSED else "\0"
                assert chr(told[index]) == said


def test_sessions_are_told_without_doses() -> None:
    for seed in SEEDS:
        timeline = packed(invent(random.Random(seed))).as_of(TODAY - 20)
        marks = timeline.sessions
        missed = sum(mark in MISSED for mark in marks)
        assert timeline.missed_and_countable == (missed, missed + sum(mark in PRESENT for mark in marks))


def test_from_the_day_on_that_is_plain_to_see_every_dose_is_expected() -> None:
    plain = 0
    for seed in range(600):
        timeline = packed(invent(random.Random(seed))).as_of(TODAY)
        since = expected_since(timeline)
        if since is not None:
            plain += bool(timeline.known.orders)
            assert all(is_expected(timeline, day) for day in range(max(since, TODAY - 120), TODAY + 1))
    assert plain


@pytest.mark.parametrize(
    ("facts", "ago"),
    [
        ([], None),
        ([order("observed", since=40)], 40),
        ([order("observed", since=40), order("observed", since=60, number=2)], 60),
        ([order("observed", since=40), order("take_home", since=60, number=2)], 40),
    ],
)
def test_an_order_without_an_end_is_plain(facts: list[object], ago: int | None) -> None:
    since = expected_since(history("+", facts=facts).as_of(TODAY))
    assert since == (0 if ago is None else TODAY - ago)


@pytest.mark.parametrize(
    "facts",
    [
        [order("take_home", since=40)],
        [order("observed", since=40, last=10)],
        [order("observed", since=40, suspended=((20, 10),))],
        [order("observed", since=40), supply(until=3, picked_up=5)],
    ],
)
def test_anything_else_is_asked_day_by_day(facts: list[object]) -> None:
    assert expected_since(history("+", facts=facts).as_of(TODAY)) is None
