"""A record seen from the end of a day: what counts, what is transparent, what is known by then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clinic.engagement.background import GroupFacts
from clinic.engagement.timeline import (
    Cancellation,
    Channel,
    ChannelDay,
    Event,
    Outcome,
    Record,
    Seat,
    Timeline,
)
from tests.notation import (
    MONDAY,
    TODAY,
    Line,
    day,
    dosing,
    group,
    history,
    injection,
    medical,
    moment,
    noted,
    order,
    supply,
)


def of(record: Record, ago: int = 0, *, answered: bool = True) -> Timeline:
    return record.as_of(day(ago), answered=answered)


# -- the day -------------------------------------------------------------------------------------------------------


def test_a_day_is_an_ordinal_or_a_date() -> None:
    record = history("+")
    assert record.as_of(TODAY).today == TODAY
    assert record.as_of(date.fromordinal(TODAY)).today == TODAY
    assert record.as_of(TODAY).episode == 1


def test_days_begin_at_midnight_utc_or_as_the_clinic_says() -> None:
    record = history("+")
    assert record.begins(TODAY) == moment(0, 0)
    assert of(record).begins(TODAY - 1) == moment(1, 0)
    elsewhere = record._replace(end_of_day={TODAY - 1: moment(0, 5), TODAY: moment(-1, 5)})
    assert elsewhere.begins(TODAY) == moment(0, 5)
    assert elsewhere.begins(TODAY + 1) == moment(-1, 5)
    assert of(elsewhere).known_by_now(moment(-1, 5) - 1)
    assert not of(elsewhere).known_by_now(moment(-1, 5))


@pytest.mark.parametrize(("ago", "size"), [(8, 0), (7, 1), (1, 1), (0, 2), (-1, 2), (-7, 3), (-30, 3)])
def test_what_lies_later_is_not_in_it(ago: int, size: int) -> None:
    timeline = of(history("+-+", last=-7), ago)
    assert (timeline.size, timeline.marks) == (size, b"AMA"[:size])


@pytest.mark.parametrize(
    ("admitted", "discharged", "is_open"), [(0, None, True), (-1, None, False), (9, 0, False), (9, -1, True)]
)
def test_an_episode_is_open_from_admission_to_the_day_before_discharge(
    admitted: int, discharged: int | None, is_open: bool
) -> None:
    timeline = of(history(admitted=admitted, discharged=discharged))
    assert timeline.is_open is is_open
    assert timeline.day_of_episode == admitted + 1


# -- what counts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "rebooked", "mark"),
    [
        (24 * 3600 - 1, False, b"V"),
        (24 * 3600, False, b"C"),
        (24 * 3600 + 1, False, b"C"),
        (0, False, b"V"),
        (-60, False, b"V"),
        (60, True, b"C"),
    ],
)
def test_cancelled_with_less_than_a_days_notice_is_missed(notice: int, rebooked: bool, mark: bytes) -> None:
    record = history("+x")._replace(cancellations={1: Cancellation(moment(0) - notice, rebooked)})
    assert of(record).marks == b"A" + mark
    assert of(record, 1).marks == b"A"


def test_only_a_cancellation_of_the_clients_own_can_be_late() -> None:
    called_off = {0: Cancellation(moment(0)), 1: Cancellation(moment(0))}
    assert of(history("/", Line("o", hour=12))._replace(cancellations=called_off)).marks == b"KX"


@pytest.mark.parametrize(
    ("pause", "marks"),
    [
        ((14, 7), b"M--M"),
        ((14, 14), b"M-MM"),
        ((13, 8), b"MMMM"),
        ((30, 15), b"-MMM"),
        ((7, None), b"MM--"),
        ((0, None), b"MMM-"),
        ((-1, None), b"MMMM"),
        ((40, 30), b"MMMM"),
    ],
)
def test_missed_inside_a_pause_is_transparent(pause: tuple[int, int | None], marks: bytes) -> None:
    assert of(history("----", pauses=[pause])).marks == marks
    assert of(history("-----", pauses=[pause], last=-7)).marks == marks, "and so is one with more to come"
    assert of(history("++oo", pauses=[pause])).marks == b"AAXX", "what was attended stays attended"


def test_missed_on_a_closed_day_is_transparent_early_or_late() -> None:
    assert of(history("---+", closed=[21, 7])).marks == b"-M-A"
    assert of(history("-ww+", closed=[14, 0])).marks == b"M-VA"
    assert of(history("----", closed=[21, 14, 7, 0])).marks == b"----"
    assert of(history("++-+", closed=[21, 14, 0])).marks == b"AAMA"


def test_before_anything_was_done_that_day_nobody_was_seen() -> None:
    record = history("++L", Line("-", hour=15), spoke=[0, 7])
    assert of(record).marks == b"AALM"
    before = of(record, answered=False)
    assert before.marks == b"AA-M"
    assert before.last_contact == day(7) and of(record).last_contact == day(0)
    assert [seen for _, seen in before.contacts] == [day(7)]
    short = of(history("+h"), answered=False)
    assert list(short.contacts) == [] and list(of(history("+h")).contacts) == [(moment(0), day(0))]


# -- pauses and open days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "paused", "ended"),
    [
        ([], False, None),
        ([(3, 0)], True, None),
        ([(3, 1)], False, day(1)),
        ([(0, None)], True, None),
        ([(-1, None)], False, None),
        ([(9, 7), (5, 4)], False, day(4)),
        ([(5, 4), (9, 7)], False, day(4)),
        ([(9, 7), (2, 0)], True, day(7)),
    ],
)
def test_whether_it_is_paused_and_when_it_last_was(
    pauses: list[tuple[int, int | None]], paused: bool, ended: int | None
) -> None:
    timeline = of(history("+", pauses=pauses))
    assert (timeline.paused, timeline.last_pause_end) == (paused, ended)


@pytest.mark.parametrize(
    ("pauses", "days"),
    [
        ([], 0),
        ([(9, 9)], 1),
        ([(10, 10)], 0),
        ([(5, 5)], 1),
        ([(4, None)], 0),
        ([(20, None)], 5),
        ([(20, 1)], 5),
        ([(9, 8), (8, 7)], 3),
        ([(7, None)], 3),
    ],
)
def test_days_of_nine_to_five_days_ago_inside_a_pause(
    pauses: list[tuple[int, int | None]], days: int
) -> None:
    assert of(history("+", pauses=pauses)).paused_days(day(9), day(5)) == days


@pytest.mark.parametrize(
    ("first", "last", "closed", "days"),
    [(0, 0, [], 0), (7, 0, [], 5), (3, 0, [], 1), (2, 1, [], 0), (4, 3, [], 1), (7, 0, [0, 6, 7], 3)],
)
def test_open_days_are_those_after_the_first(first: int, last: int, closed: list[int], days: int) -> None:
    assert of(history("+", closed=closed)).business_days(day(first), day(last)) == days
    weekend = history("+", closed=closed)._replace(weekdays=frozenset((5, 6)))
    assert of(weekend).business_days(day(3), day(0)) == 2


# -- places --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("joined", "left", "closed", "kept"),
    [
        (9, None, None, True),
        (0, None, None, True),
        (-1, None, None, False),
        (9, 0, None, False),
        (9, -1, None, True),
        (9, None, 0, False),
        (9, None, -1, True),
    ],
)
def test_a_place_is_kept_until_it_is_left_or_the_group_closes(
    joined: int, left: int | None, closed: int | None, kept: bool
) -> None:
    seat = Seat(1, day(joined), None if left is None else day(left))
    facts = {} if closed is None else {1: GroupFacts(closed=day(closed))}
    timeline = of(history("+", seats=[seat], group_facts=facts))
    assert timeline.places == ([seat] if kept else [])
    with_another = of(history("+", seats=[seat, Seat(2, day(9))], group_facts=facts))
    assert Seat(2, day(9)) in with_another.places


# -- seen and silent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "index"),
    [
        ("", -1),
        ("-", -1),
        ("+", 0),
        ("L", 0),
        ("E", 0),
        ("+L-", 1),
        ("LL-", 1),
        ("EE-", 1),
        ("EL+", 2),
        ("L-o?", 0),
    ],
)
def test_the_newest_attended_one(marks: str, index: int) -> None:
    timeline = of(history(marks))
    assert timeline.last_attended == index
    assert timeline.attended_before(index) == (index - 1 if index > 0 and marks[index - 1] in "+LE" else -1)


@pytest.mark.parametrize(
    ("marks", "index", "before"),
    [("", -1, -1), ("+", -1, -1), ("-", 0, -1), ("--", 1, 0), ("w-+", 1, 0), ("-w+", 1, 0)],
)
def test_the_newest_missed_one(marks: str, index: int, before: int) -> None:
    timeline = of(history(marks))
    assert timeline.newest_missed == index
    if index > 0:
        assert timeline.missed_before(index) == before


@pytest.mark.parametrize(
    ("record", "last", "silent"),
    [
        (history(admitted=9), None, 9),
        (history("+", last=4), 4, 4),
        (history("+", last=4, spoke=[2]), 2, 2),
        (history("+", last=2, spoke=[4]), 2, 2),
        (history("-", last=2, spoke=[4], admitted=30), 4, 4),
        (history("+", dosing("+", last=1), last=4), 1, 1),
        (history(Line("+", last=9), Line("h", last=4)), 4, 4),
        (history("+", last=9, pauses=[(5, 3)]), 9, 6),
        (history("+", last=9, pauses=[(9, 8)]), 9, 8),
        (history("+", last=9, pauses=[(20, 12)]), 9, 9),
        (history("+", last=9, pauses=[(8, None)]), 9, 0),
        (history("+", last=0, pauses=[(3, None)]), 0, 0),
    ],
)
def test_days_of_silence(record: Record, last: int | None, silent: int) -> None:
    timeline = of(record)
    assert timeline.last_contact == (None if last is None else day(last))
    assert timeline.days_silent == silent
    assert timeline.gap_start == (record.admitted - 1 if last is None else day(last))


def test_contacts_are_known_from_their_day_on_and_stand_in_order() -> None:
    record = history(Line("+", last=9), Line("h", last=4), spoke=[6, 2])
    assert [seen for _, seen in of(record).contacts] == [day(6), day(4), day(2)]
    assert [seen for _, seen in of(record, 3).contacts] == [day(6), day(4)]
    assert [seen for _, seen in of(record, 5).contacts] == [day(6)]


def test_medication_handed_out_is_a_contact_at_noon_of_its_day() -> None:
    facts = [
        supply(picked_up=6, until=1),
        supply(picked_up=-1, until=-8, number=2),
        injection(due=9, given=3),
        injection(due=9, given=6, number=2),
        injection(due=1, number=3),
    ]
    record = history(Line("+", last=9), facts=facts, spoke=[5])
    assert list(of(record).contacts) == [(moment(ago, 12), day(ago)) for ago in (6, 5, 3)]
    assert list(of(record, 4).contacts) == [(moment(ago, 12), day(ago)) for ago in (6, 5)]
    assert list(of(record, 6).contacts) == [(moment(6, 12), day(6))]
    assert list(record.as_of(day(6), answered=False).contacts) == []
    assert (of(record).last_contact, of(record).days_silent) == (day(3), 3)
    assert list(of(record).medicated) == [day(6), day(3)]


def test_noon_is_the_clinics_own() -> None:
    ends = {day(ago): moment(ago, 29) for ago in range(10)}
    record = history("+", last=9, facts=[supply(picked_up=2, until=1)])._replace(end_of_day=ends)
    assert list(of(record).contacts) == [(moment(2, 17), day(2))]


@pytest.mark.parametrize(
    ("facts", "daily"),
    [
        ([order(since=0)], True),
        ([order(since=-1)], True),
        ([order(since=-1, known=40)], False),
        ([order(last=0)], True),
        ([order(last=1)], False),
        ([order("take_home")], False),
        ([order("injection")], False),
        ([order("take_home"), order(number=2)], True),
        ([order(last=9), order("take_home", since=8, number=2)], False),
    ],
)
def test_where_orders_are_on_record_daily_dosing_is_observed_today(facts: list[Any], daily: bool) -> None:
    assert of(history(dosing("+" * 14), facts=facts)).daily_dosing is daily
    assert not of(history("+" * 14, facts=facts)).daily_dosing


def test_days_since_an_appointment_or_since_admission() -> None:
    timeline = of(history("+-", last=2, admitted=20, pauses=[(9, 8), (2, 1)]))
    assert timeline.days_since(0) == 9 - 1 - 2
    assert timeline.days_since(1) == 2 - 1
    assert timeline.days_since(-1) == 20 - 4
    assert of(history("+-", last=2)).days_since(1) == 2


@pytest.mark.parametrize(("since", "attended"), [(8, True), (7, False), (6, False)])
def test_attended_later_than_a_moment(since: int, attended: bool) -> None:
    assert of(history("+", last=7)).attended_after(moment(since)) is attended
    assert of(history("+", last=7)).attended_after(moment(7) - 1) is True
    assert of(history("+", last=30, spoke=[7])).attended_after(moment(since, 12)) is attended
    assert of(history("-", last=0, spoke=[20, 7])).attended_after(moment(since, 12)) is attended


@pytest.mark.parametrize(
    ("since", "days"), [(22, [21, 7, 0]), (21, [7, 0]), (14, [7, 0]), (7, [0]), (1, [0]), (0, [])]
)
def test_sessions_attended_later_than_a_moment(since: int, days: list[int]) -> None:
    record = history("+-+L", dosing("++", last=3))
    assert of(record).sessions_after(moment(since)) == [day(ago) for ago in days]
    assert of(history("---")).sessions_after(moment(30)) == []


# -- counts --------------------------------------------------------------------------------------------------------


def test_missed_and_countable_leave_doses_out() -> None:
    assert of(history("+-LEwo/?xh")).missed_and_countable == (2, 5)
    assert of(history("+-LEw", dosing("+--"))).missed_and_countable == (2, 5)
    assert of(history("+-LEw", dosing("+--", last=-9))).missed_and_countable == (2, 5)
    assert of(history()).missed_and_countable == (0, 0)


@pytest.mark.parametrize(
    ("since", "everything", "counselling", "groups", "first_group"),
    [
        (22, 5, 3, 2, 1),
        (21, 4, 2, 2, 1),
        (7, 0, 0, 0, 0),
        (8, 2, 1, 1, 0),
        (14, 2, 1, 1, 0),
        (15, 4, 2, 2, 1),
    ],
)
def test_unrecorded_after_a_day_and_before_today(
    since: int, everything: int, counselling: int, groups: int, first_group: int
) -> None:
    record = history("????", group("?+", 1, last=7), group("-?", 2, last=7), group("?", 1, last=0))
    timeline = of(record)
    assert timeline.unrecorded_since(day(since)) == everything
    assert timeline.unrecorded_since(day(since), Channel.COUNSELLING) == counselling
    assert timeline.unrecorded_since(day(since), Channel.GROUP) == groups
    assert timeline.unrecorded_since(day(since), Channel.GROUP, 1) == first_group


def test_missed_since_a_day_leaves_out_days_attended_in_part() -> None:
    record = history("----", Line("+", last=7, hour=16), medical("+", last=14))
    timeline = of(record)
    ids = [record.ids[index] for index in timeline.missed_since(day(21))]
    assert ids == [1002, 1004], "the medical visit of the same day is another service"
    assert [record.ids[index] for index in timeline.missed_since(day(22))] == [1001, 1002, 1004]
    assert timeline.missed_since(day(0)) == []
    assert timeline.countable_since(day(21)) == 5
    assert timeline.countable_since(day(22)) == 6 and timeline.countable_since(day(0)) == 0


@pytest.mark.parametrize(
    ("record", "numbers"),
    [
        (history("+-o-"), [1002, 1004]),
        (history("--+w"), [1004]),
        (history("--+w", spoke=[0]), []),
        (history("--", admitted=7), [1001, 1002]),
        (history("--", admitted=6), [1002]),
        (history("+-", medical("-", last=7)), [1002]),
    ],
)
def test_missed_since_the_last_contact(record: Record, numbers: list[int]) -> None:
    assert [record.ids[index] for index in of(record).missed_in_gap] == numbers


def test_what_counts_of_a_channel_is_one_search_away() -> None:
    timeline = of(history("+-o?", group("-w+", last=0), dosing("++-", last=0)))
    came_and_missed = bytes(letter for letter in timeline.came_and_missed(Channel.COUNSELLING) if letter)
    assert came_and_missed == b"AM"
    assert bytes(letter for letter in timeline.came_and_missed(Channel.GROUP) if letter) == b"MMA"
    assert len(timeline.came_and_missed(Channel.MEDICAL)) == timeline.size
    assert timeline.came_and_missed(Channel.GROUP) is timeline.came_and_missed(Channel.GROUP)
    assert bytes(letter for letter in timeline.sessions_came_and_missed if letter) == b"AMMMA"
    without = of(history("+-o?", group("-w+", last=0)))
    assert bytes(letter for letter in without.sessions_came_and_missed if letter) == b"AMMMA"
    assert of(history("+-o")).sessions_came_and_missed == b"AM\0"


# -- doses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "daily"),
    [
        (history("+" * 14), False),
        (history(dosing("+" * 10)), True),
        (history(dosing("+" * 9)), False),
        (history(dosing("+" * 10, last=28)), True),
        (history(dosing("+" * 10, last=29)), False),
        (history(dosing("-" * 10)), True),
        # Ten in fourteen days, and ten in fifteen.
        (history(dosing("+....+++++++++")), True),
        (history(dosing("+.....+++++++++")), False),
        (history(dosing("+" * 9), dosing("+", hour=18)), True),
        (history(dosing("+" * 10, last=-1)), False),
        (history(dosing("+" * 11, last=-1)), True),
    ],
)
def test_daily_dosing_is_ten_in_a_fortnight_not_long_ago(record: Record, daily: bool) -> None:
    assert of(record).daily_dosing is daily


def test_doses_taken_and_missed() -> None:
    timeline = of(history(dosing("+L--o-"), "+"))
    assert timeline.record.ids[timeline.last_dose] == 1002
    assert timeline.days_since_dose() == 4
    assert [timeline.doses_missed_in(days) for days in (0, 1, 2, 3, 4, 30)] == [0, 1, 1, 2, 3, 3]
    assert of(history(dosing("--"), "+")).last_dose == -1
    assert of(history("+")).last_dose == -1 and of(history(dosing("+"))).last_dose == 0


def test_the_newest_session_and_the_row_since() -> None:
    timeline = of(history("+-", dosing("+++"), last=3))
    assert timeline.record.ids[timeline.last_session] == 1001
    assert timeline.days_since_session() == 10
    assert of(history(dosing("++"))).last_session == -1
    assert of(history("+")).last_session == 0
    for record, row in (
        (history("+--"), 2),
        (history("--"), 2),
        (history("+-", group("-")), 1),
        (history("+-", group("+-", last=7)), 1),
        (history(Line("-", last=0, hour=9), Line("+", last=0, hour=8)), 0),
        (history("+-+"), 0),
    ):
        assert of(record).missed_in_a_row == row


# -- walking back --------------------------------------------------------------------------------------------------


def test_the_days_of_a_channel_newest_first() -> None:
    record = history("+-o-", Line("+", last=0, hour=16), group("-", 2, last=3))
    timeline = of(record)
    days = list(timeline.channel_days(Channel.COUNSELLING))
    assert [(each.day, each.missed) for each in days] == [(day(0), False), (day(14), True), (day(21), False)]
    assert [record.ids[index] for index in days[0].indices] == [1004, 2001]
    assert list(timeline.channel_days(Channel.COUNSELLING)) == days, "and so again"
    assert timeline.newest_days(Channel.COUNSELLING, 2) == days[:2]
    assert timeline.newest_days(Channel.COUNSELLING, 9) == days
    fresh = of(record)
    assert fresh.newest_days(Channel.COUNSELLING, 1) == days[:1]
    assert fresh.newest_days(Channel.COUNSELLING, 1) == days[:1]
    assert list(fresh.channel_days(Channel.COUNSELLING)) == days
    assert (
        list(timeline.channel_days(Channel.GROUP, 1)) == [] and timeline.newest_days(Channel.MEDICAL, 1) == []
    )
    (own,) = timeline.channel_days(Channel.GROUP, 2)
    assert own == ChannelDay(day(3), True, (own.indices[0],))


def test_a_day_is_missed_only_when_none_of_it_was_attended() -> None:
    for one, other, missed in (("-", "-", True), ("-", "+", False), ("+", "-", False), ("w", "L", False)):
        timeline = of(history(Line(one, hour=9), Line(other, hour=16)))
        (only,) = timeline.channel_days(Channel.COUNSELLING)
        assert (only.missed, only.indices) == (missed, (0, 1))


def test_an_appointment_as_evidence() -> None:
    timeline = of(history(group("h", 3, last=2), Line("w", last=0)))
    assert timeline.event(0) == Event(1001, moment(2, 14), day(2), Channel.GROUP, Outcome.LEFT_EARLY, 3)
    assert timeline.events([1, 0])[0].outcome is Outcome.CANCELLED_BY_CLIENT
    assert [event.id for event in timeline.events([1, 0])] == [2001, 1001]


# -- ahead ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "booked"),
    [
        (Line("?", last=0), 0),
        (Line("+", last=0), None),
        (Line("?", last=1), None),
        (Line("?", last=-1), -1),
        (Line("+", last=-1), -1),
        (Line("-", last=-1), -1),
        (Line("o", last=-1), -1),
        (Line("/", last=-1), None),
        (Line("r", last=-1), None),
        (Line("x", last=-1), None),
        # Cancelled three days before: known by now two days ahead, not yet four days ahead.
        (Line("n", last=-2), None),
        (Line("n", last=-4), -4),
        (Line("w", last=-1), -1),
        (Line("/?", every=1, last=-2), -2),
        (Line("??", every=3, last=-6), -3),
    ],
)
def test_what_is_booked_next(ahead: Line, booked: int | None) -> None:
    timeline = of(history("+", ahead, last=30))
    assert timeline.next_booked == (None if booked is None else day(booked))
    assert of(history("+", ahead, last=30), answered=False).next_booked is None


def test_all_that_is_booked_soonest_first() -> None:
    record = history("??+", last=-7)
    assert [record.days[index] for index in of(record).booked()] == [day(0), day(-7)]


# -- what is known beside ------------------------------------------------------------------------------------------


def test_what_is_known_beside_is_seen_from_that_day() -> None:
    record = history("+", facts=[noted("A1", 2, ago=3)])
    assert len(of(record).known.noted) == 1 and of(record, 4).known.noted == ()


def test_a_monday_is_a_monday() -> None:
    assert date.fromordinal(MONDAY).weekday() == 0
