"""D03: has stopped coming to a group."""

from __future__ import annotations

import pytest

from clinic.engagement.timeline import Record, Seat
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, group, history

KEPT_TWO = [Seat(1, day(400)), Seat(2, day(400))]


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+++-", None),
        ("+++--", "two_days"),
        ("+++---", "today"),
        ("++---", None),
        ("-++---", None),
        ("+-++---", "today"),
        ("+++--+", None),
        ("+++-o-", "two_days"),
        ("+++-/-?", "two_days"),
        ("+++-w", "two_days"),
        ("+++-x", None),
        ("++L--", "two_days"),
        ("---", None),
    ],
)
def test_what_the_only_weekly_group_says(marks: str, level: str | None) -> None:
    assert says(history(group(marks)), "D03") == level


def test_of_two_groups_one_given_up_is_for_tomorrow() -> None:
    record = history(group("+++---", 1), group("++++++", 2, hour=16))
    assert says(record, "D03") == "tomorrow"


def test_when_every_group_is_given_up_it_is_for_today() -> None:
    record = history(group("+++---", 1), group("+++---", 2, hour=16))
    assert [str(found.level) for found in findings(record, "D03")] == ["today", "today"]
    one_only_short = history(group("+++---", 1), group("+++--", 2, hour=16))
    assert [str(found.level) for found in findings(one_only_short, "D03")] == ["tomorrow", "two_days"]


@pytest.mark.parametrize(
    ("every", "level"), [(5, None), (6, "two_days"), (8, "two_days"), (9, None), (14, None)]
)
def test_two_missed_count_in_a_weekly_group_alone(every: int, level: str | None) -> None:
    assert says(history(group("++++--", every=every)), "D03") == level


@pytest.mark.parametrize(("last", "level"), [(0, None), (1, "today")])
def test_ten_days_must_have_passed_since_it_was_attended(last: int, level: str | None) -> None:
    assert says(history(group("++++---", every=3, last=last)), "D03") == level


@pytest.mark.parametrize(("last", "level"), [(21, "today"), (22, None)])
def test_a_run_whose_last_session_is_older_than_21_days_is_not_raised(last: int, level: str | None) -> None:
    assert says(history(group("+++---", last=last)), "D03") == level


def test_closed_days_and_pauses_are_transparent() -> None:
    assert says(history(group("+++---"), closed=[7]), "D03") == "two_days"
    assert says(history(group("+++---"), pauses=[(8, 1)]), "D03") == "two_days"
    assert says(history(group("+++---"), pauses=[(14, 0)]), "D03") is None


def test_a_place_not_kept_is_no_place() -> None:
    assert says(history(group("+++---"), seats=[]), "D03") is None
    assert says(history(group("+++---"), seats=[Seat(1, day(90), day(0), "completed")]), "D03") is None
    assert says(history(group("+++---"), seats=[Seat(1, day(90), day(-1), "completed")]), "D03") == "today"


def stopped(
    left: int, *, counselling: str = "+-", marks: str = "+++--", seats: tuple[Seat, ...] = ()
) -> Record:
    ended = Seat(1, day(400), day(left), "stopped_coming")
    return history(group(marks, last=left), Line(counselling, last=3), seats=[ended, *seats])


@pytest.mark.parametrize(("left", "level"), [(0, "today"), (21, "today"), (22, None)])
def test_a_place_that_ended_because_the_client_stopped_coming(left: int, level: str | None) -> None:
    assert says(stopped(left), "D03") == level


def test_such_a_place_counts_only_beside_another_missed_service_and_without_another_group() -> None:
    assert says(stopped(2, counselling="-+"), "D03") == "today", "missed ten days ago"
    assert says(stopped(2, counselling="-++"), "D03") is None, "missed 17 days ago"
    assert says(stopped(2, counselling="++"), "D03") is None
    assert says(stopped(2, marks="++--"), "D03") is None
    assert says(stopped(2, seats=(Seat(2, day(1)),)), "D03") is None


def test_several_sessions_of_a_group_in_a_day_are_one() -> None:
    made_up = history(group("+++--"), group("+++-+", hour=17), seats=KEPT_TWO[:1])
    assert says(made_up, "D03") is None
    assert says(history(group("+++--"), group("+++--", hour=17), seats=KEPT_TWO[:1]), "D03") == "two_days"


def test_only_what_is_unrecorded_in_this_group_since_is_said() -> None:
    record = history(group("+++-?-"), group("??????", 2, hour=16), Line("??????"), seats=KEPT_TWO[:1])
    (found,) = findings(record, "D03")
    assert found.unrecorded == 1
    two = history(group("+++-??-"), seats=KEPT_TWO[:1])
    assert findings(two, "D03")[0].unrecorded == 2
    twice_a_day = history(group("+++-?-"), group("....?.", hour=17), seats=KEPT_TWO[:1])
    assert findings(twice_a_day, "D03")[0].unrecorded == 2


def test_it_says_when_the_group_was_last_attended_and_what_went_on() -> None:
    record = history(group("+++---", last=1), Line("++", last=2))
    assert why(record, "D03") == (
        "Group last attended Sun 8 Feb; 3 sessions held since were missed. Came to 2 others since."
    )
    (found,) = findings(record, "D03")
    assert found.anchor == "1004"
    assert {event.group for event in found.evidence} == {1}
