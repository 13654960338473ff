"""One episode replayed: what stands on each day, when it is new, and what closes without a person."""

from __future__ import annotations

from datetime import date

import pytest

from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Record
from clinic.histories.packing import local_days
from clinic.replay.lists import Row, days_between, rows_of
from tests.notation import TODAY, Line, dosing, history


def replayed(record: Record, *ago: int) -> list[Row]:
    days = [date.fromordinal(TODAY - each) for each in ago]
    return list(rows_of(record, "A", days, local_days("UTC"), DEFAULTS))


def test_newly_is_the_first_day_at_two_days_or_higher() -> None:
    rows = replayed(history("+" * 19 + "--"), 14, 7, 0)
    assert [row.level for row in rows] == [None, Level.CHECK_IN, Level.TODAY]
    assert [row.newly for row in rows] == [False, False, True]
    assert ["D02a" in row.signs for row in rows[:2]] == [False, True]
    assert "D02b" in rows[2].signs


def test_what_is_new_wakes_and_what_goes_on_does_not() -> None:
    rows = replayed(history("+" * 19 + "--", last=7), 14, 12, 7, 5)
    assert [row.wakes for row in rows] == [True, False, True, False]


def test_a_lift_shows_in_the_level() -> None:
    rows = replayed(history("+" * 19 + "-", last=6), 6, 0)
    assert [row.level for row in rows] == [Level.CHECK_IN, Level.TOMORROW]
    assert rows[0].priority < DEFAULTS.lift_tomorrow <= rows[1].priority


def test_no_row_before_admission_and_after_discharge() -> None:
    rows = replayed(history("++", admitted=20, discharged=3), 21, 20, 4, 3)
    assert [TODAY - row.as_of.toordinal() for row in rows] == [20, 4]


def test_three_doses_missed_are_closed_when_the_sign_reads_nothing_any_more() -> None:
    """Only medical staff close it; in a replay nobody does, and it would be for today for ever."""
    record = history(dosing("+" * 20 + "---" + "+" * 20), Line("+" * 6))
    rows = {TODAY - row.as_of.toordinal(): row for row in replayed(record, 23, 20, 17, 3, 0)}
    assert "D09" not in rows[23].signs
    assert rows[20].level is Level.TODAY
    assert ["D09" in rows[ago].signs for ago in (20, 17, 3, 0)] == [True, True, False, False]
    assert rows[3].level is not Level.TODAY


def test_they_stay_while_nobody_has_been_seen_since() -> None:
    record = history(dosing("+" * 20 + "-" * 3, last=40), Line("+" * 6, last=45))
    rows = replayed(record, 40, 20, 0)
    assert all("D09" in row.signs for row in rows)


@pytest.mark.parametrize(
    ("last", "every", "count"), [("2026-01-01", 7, 1), ("2026-01-15", 7, 3), ("2026-01-14", 7, 2)]
)
def test_the_last_day_is_one_of_them_when_the_step_falls_on_it(last: str, every: int, count: int) -> None:
    assert len(days_between(date(2026, 1, 1), date.fromisoformat(last), every)) == count


@pytest.mark.parametrize(("last", "every"), [("2025-12-31", 7), ("2026-01-08", 0)])
def test_impossible_days(last: str, every: int) -> None:
    with pytest.raises(ValueError):
        days_between(date(2026, 1, 1), date.fromisoformat(last), every)


def test_good_news_is_no_call_and_stands_with_the_others() -> None:
    record = history("+" * 10 + "...++", admitted=100)
    row = next(row for row in replayed(record, 7) if "D14" in row.signs)
    assert (row.level, row.newly, row.wakes) == (None, False, False)
