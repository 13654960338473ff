"""A report of a pause that nobody confirmed counts until it has run out, and then for nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.timeline import PauseSpan, Record
from tests.engagement.reading import says
from tests.notation import TODAY, day, history


def reported(record: Record, first: int, last: int | None, confirmed: bool = False) -> Record:
    span = PauseSpan(day(first), None if last is None else day(last), "travel", confirmed)
    return record._replace(pauses=[span])


MISSED_THREE = history("+++---")  # weekly: missed 14, 7 and 0 days ago


@pytest.mark.parametrize(
    ("last", "confirmed", "count"),
    [(1, False, 1), (1, True, 0), (0, False, 0), (0, True, 0), (-1, False, 0), (None, False, 0)],
)
def test_it_counts_up_to_its_last_day(last: int | None, confirmed: bool, count: int) -> None:
    timeline = reported(MISSED_THREE, 2, last, confirmed).as_of(TODAY)
    assert len(timeline.pauses) == 1 - count
    assert timeline.paused == (last != 1)


@pytest.mark.parametrize(("confirmed", "in_a_row"), [(True, None), (False, "tomorrow")])
def test_what_was_missed_in_it_counts_again(confirmed: bool, in_a_row: str | None) -> None:
    """Two missed in a row, one of them inside the pause."""
    record = reported(history("++++--"), 8, 6, confirmed)
    assert record.as_of(TODAY).marks.count(b"M") == (1 if confirmed else 2)
    assert says(record, "D02b") == in_a_row


def test_it_is_seen_from_an_earlier_day_as_it_was_then() -> None:
    record = reported(MISSED_THREE, 9, 6)
    assert [record.as_of(day(ago)).paused for ago in (10, 9, 6, 5)] == [False, True, True, False]
    assert record.as_of(day(6)).marks.endswith(b"-")
    assert record.as_of(day(5)).marks.endswith(b"MM")


@pytest.mark.parametrize(
    ("what", "with_it", "without"),
    [
        (lambda timeline: timeline.days_silent, 21 - 3, 21),
        (lambda timeline: timeline.days_since(timeline.last_attended), 21 - 3, 21),
        (lambda timeline: timeline.paused_days(day(30), day(0)), 3, 0),
        (lambda timeline: timeline.last_pause_end, day(4), None),
        (lambda timeline: timeline.missed_in_a_row, 3, 3),
    ],
    ids=["silent", "since", "days", "last end", "row"],
)
def test_every_count_leaves_it_out(what: Any, with_it: int, without: int | None) -> None:
    assert what(reported(MISSED_THREE, 6, 4, confirmed=True).as_of(TODAY)) == with_it
    assert what(reported(MISSED_THREE, 6, 4, confirmed=False).as_of(TODAY)) == without


@pytest.mark.parametrize(
    ("spans", "until"),
    [
        ([], 0),
        ([(5, 1)], 0),
        ([(5, 0)], -1),
        ([(5, -3)], -4),
        ([(5, -3), (-4, -9)], -10),
        ([(5, -3), (-5, -9)], -4),
        ([(5, -3), (1, -6)], -7),
        ([(5, -3), (-2, None)], None),
        ([(5, None)], None),
        ([(-2, None)], 0),
    ],
)
def test_the_first_day_outside_every_pause(spans: list[tuple[int, int | None]], until: int | None) -> None:
    timeline = history("+++", pauses=spans).as_of(TODAY)
    assert timeline.paused_until == (None if until is None else day(until))


def test_a_record_without_pauses_has_none() -> None:
    assert history("+++").as_of(TODAY).pauses == ()
