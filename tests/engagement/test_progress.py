"""How far a goal has got: its weeks, its checkpoints, the days it asks for."""

from __future__ import annotations

import pytest

from clinic.engagement.background import Goal
from clinic.engagement.signs.progress import (
    asked_days,
    at_checkpoint,
    attended,
    capped,
    is_running,
    line,
    unrecorded,
    weeks,
)
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record, Timeline
from tests.notation import MONDAY, TODAY, Line, day, goal, group, history, meetings

TUESDAY = MONDAY + 1
TWO_FIFTHS = Thresholds.of({"unrecorded_percent": 40})


def of(record: Record, today: int = TODAY) -> Timeline:
    return record.as_of(today)


@pytest.mark.parametrize(
    ("first", "count"), [(MONDAY - 14, 2), (MONDAY - 13, 1), (MONDAY - 15, 2), (MONDAY - 7, 1)]
)
def test_weeks_begin_with_the_first_whole_one(first: int, count: int) -> None:
    own = goal()._replace(first=first)
    read = weeks(of(history("+"), TUESDAY), own, 4)
    assert [week.monday for week in read] == [MONDAY - 7 * back for back in range(count, 0, -1)]


@pytest.mark.parametrize(
    ("took", "said"),
    [
        ("+..", "1 of 3 last week: how was the week?"),
        ("...", "0 of 3 last week: how was the week?"),
        ("+++", None),
    ],
)
def test_after_a_short_week_it_asks_how_the_week_was(took: str, said: str | None) -> None:
    record = history(meetings(took, every=1, last=2))
    sentence = line(of(record, TUESDAY), goal(channels="a"))
    assert (None if sentence is None else str(sentence)) == said


def test_a_week_that_counts_is_the_clinics_own_choice() -> None:
    """Three days of the week were closed, so two of its working days are left."""
    record = history("+", closed=[7, 6, 5])
    own = goal(channels="a")
    lenient, strict = Thresholds.of({"eligible_days": 2}), Thresholds.of({"eligible_days": 5})
    assert line(of(record, TUESDAY), own, lenient) is not None
    assert line(of(record, TUESDAY), own, strict) is None


@pytest.mark.parametrize(
    ("about", "running"),
    [
        ({"since": 0}, True),
        ({"since": -1}, False),
        ({"last": 0}, True),
        ({"last": 1}, False),
        ({"reached": 0}, False),
        ({"paused": [(0, 0)]}, False),
        ({"paused": [(0, None)]}, False),
        ({"paused": [(5, 1)]}, True),
        ({"paused": [(-1, None)]}, True),
    ],
)
def test_when_a_goal_is_asked_about(about: dict[str, object], running: bool) -> None:
    assert is_running(of(history("+")), goal(**about)) is running  # type: ignore[arg-type]


@pytest.mark.parametrize(("off", "running"), [(None, True), (-1, True), (0, False), (3, False)])
def test_meetings_that_are_no_longer_logged_are_not_asked_about(off: int | None, running: bool) -> None:
    record = history("+", meetings_off=off)
    assert is_running(of(record), goal(channels="ga")) is running
    assert is_running(of(record), goal(channels="g")) is True


@pytest.mark.parametrize(
    ("channels", "about", "asked"),
    [
        # Fourteen days, of which ten are working days.
        ("a", {}, 14),
        ("g", {}, 10),
        ("g", {"closed": [0, 2, 7]}, 8),
        ("a", {"closed": [0, 2, 7]}, 14),
        ("a", {"admitted": 13}, 14),
        ("a", {"admitted": 12}, 13),
        ("a", {"admitted": 0}, 1),
        ("a", {"admitted": -3}, 0),
        ("g", {"admitted": 13}, 10),
        ("g", {"admitted": 11}, 8),
        ("g", {"admitted": 0}, 1),
        ("a", {"pauses": [(13, 13)]}, 13),
        ("a", {"pauses": [(3, None)]}, 10),
        ("a", {"pauses": [(20, 13)]}, 13),
        ("a", {"admitted": 5, "pauses": [(20, 5)]}, 5),
    ],
)
def test_the_days_a_daily_goal_asks_for(channels: str, about: dict[str, object], asked: int) -> None:
    timeline = of(history(**about))  # type: ignore[arg-type]
    assert asked_days(timeline, goal(channels=channels), day(13), day(0)) == asked


def test_what_the_client_has_put_aside_is_not_asked_for() -> None:
    own = goal(channels="a", paused=[(13, 12), (1, None)])
    assert asked_days(of(history()), own, day(13), day(0)) == 10


def test_two_of_one_day_stand_twice_unless_capped() -> None:
    record = history(
        meetings("+", last=3), meetings("+", last=3, hour=12), meetings("-+", every=1, last=1), group("+")
    )
    came = attended(of(record), goal(channels="a"), day(3), day(1))
    assert came == [day(3), day(3), day(1)]
    assert attended(of(record), goal(channels="a"), day(2), day(2)) == []
    assert attended(of(record), goal(channels="ga"), day(0), day(0)) == [day(0)]
    assert capped(came, 1) == [day(3), day(1)]
    assert capped(came, 2) == came


@pytest.mark.parametrize(
    ("number", "checkpoint"), [(13, None), (14, 14), (29, 14), (30, 30), (75, 75), (89, 75), (90, None)]
)
def test_the_newest_checkpoint(number: int, checkpoint: int | None) -> None:
    own = goal(90, kind="ninety", channels="a", since=number - 1)
    found = at_checkpoint(of(history(admitted=200)), own, DEFAULTS)
    assert (None if found is None else found.checkpoint) == checkpoint


def test_a_checkpoint_counts_up_to_its_day() -> None:
    """Day 20 of the goal: what was attended up to day 14 counts, and the days ahead are those after it."""
    own = goal(90, kind="ninety", channels="ga", since=19)
    record = history(meetings("+" * 20, every=1), group("+", last=10), admitted=200)
    found = at_checkpoint(of(record), own, DEFAULTS)
    assert found is not None
    assert (found.day, found.attended, found.logged, found.lately) == (day(6), 15, 14, 15)
    assert (found.elapsed, found.behind, found.ahead) == (14, -1, 76)
    clinics = at_checkpoint(of(record), own._replace(channels="g"), DEFAULTS)
    assert clinics is not None and (clinics.attended, clinics.logged) == (1, 0)


@pytest.mark.parametrize(
    ("marks", "count"),
    [("?+++", 1), ("++++", 0), ("?-++", 1), ("???+", None), ("????", None), ("????.", None)],
)
def test_too_many_unrecorded_say_nothing(marks: str, count: int | None) -> None:
    record = history(group(marks, every=1, last=1))
    own: Goal = goal(channels="g")
    assert unrecorded(of(record), own, day(9), day(0), TWO_FIFTHS) == count


def test_todays_own_may_still_be_recorded() -> None:
    record = history(Line("+++", every=1, last=1), group("+++", every=1, last=1), group("?", last=0))
    assert unrecorded(of(record), goal(channels="g"), day(9), day(0), DEFAULTS) == 0
    assert (
        unrecorded(
            of(record, TUESDAY),
            goal(channels="g"),
            day(9),
            day(-1),
            Thresholds.of({"unrecorded_percent": 40}),
        )
        == 1
    )
    yesterday = history(group("+++?", every=1, last=1))
    assert (
        unrecorded(
            of(yesterday), goal(channels="g"), day(9), day(0), Thresholds.of({"unrecorded_percent": 40})
        )
        == 1
    )
