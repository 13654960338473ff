"""D08: has stopped coming."""

from __future__ import annotations

import pytest

from tests.engagement.reading import findings, says, why
from tests.notation import Line, dosing, group, history, medical


@pytest.mark.parametrize(("ago", "level"), [(13, None), (14, "today"), (90, "today")])
def test_a_fortnight_without_any_contact_and_nothing_booked(ago: int, level: str | None) -> None:
    assert says(history("+++", last=ago), "D08") == level


@pytest.mark.parametrize(
    ("marks", "level"), [("-", None), ("--", "today"), ("-o", None), ("-w", "today"), ("-?", None)]
)
def test_with_something_booked_two_must_have_been_missed(marks: str, level: str | None) -> None:
    record = history(Line("++++", last=14), Line(marks, every=1, last=3), Line("?", last=-5))
    assert says(record, "D08") == level


def test_two_missed_of_different_channels_count_together() -> None:
    record = history(Line("++++", last=14), medical("-", last=5), group("-", last=4), Line("?", last=-5))
    assert says(record, "D08") == "today"


@pytest.mark.parametrize(("admitted", "ago", "level"), [(29, 10, "today"), (29, 9, None), (30, 10, None)])
def test_ten_days_are_enough_in_the_first_thirty(admitted: int, ago: int, level: str | None) -> None:
    assert says(history(Line("+++", every=2, last=ago), admitted=admitted), "D08") == level


@pytest.mark.parametrize(
    ("doses", "last", "level"),
    [
        ("+" * 14, 6, None),
        ("+" * 14, 7, "today"),
        ("+" * 10, 7, "today"),
        ("+" * 9, 7, None),
        ("+" * 14 + "-" * 7, 0, "today"),
        ("+" * 14 + "-" * 6, 0, None),
    ],
)
def test_seven_days_are_enough_on_daily_dosing(doses: str, last: int, level: str | None) -> None:
    assert says(history(dosing(doses, last=last)), "D08") == level


def test_ten_doses_a_fortnight_are_daily_and_nine_are_not() -> None:
    assert says(history(dosing("+" * 10 + "....", last=3), Line("?", last=-20)), "D08") is None
    spread = "+.+++.++.+++.+"
    assert spread.count("+") == 10
    assert says(history(dosing(spread, last=7)), "D08") == "today"
    assert says(history(dosing(spread.replace("+.+++", "+.+.+"), last=7)), "D08") is None


@pytest.mark.parametrize(
    ("marks", "every", "level"), [("++", 7, None), ("+++", 29, "today"), ("+++", 30, None)]
)
def test_only_somebody_who_was_active_can_stop(marks: str, every: int, level: str | None) -> None:
    assert says(history(Line(marks, every=every, last=20)), "D08") == level


def test_who_was_active_once_and_came_seldom_since_has_stopped_too() -> None:
    record = history(Line("+++", last=200), Line("++", every=50, last=20), admitted=400)
    assert says(record, "D08") == "today"


def test_calls_count_as_contacts() -> None:
    assert says(history("++", last=20, spoke=[22]), "D08") == "today"
    assert says(history("+++", last=20, spoke=[13]), "D08") is None
    assert says(history("++", last=20, spoke=[80, 90]), "D08") is None


def test_a_pause_is_not_counted_and_silences_while_it_lasts() -> None:
    assert says(history("+++", last=20, pauses=[(7, 1)]), "D08") is None
    assert says(history("+++", last=20, pauses=[(6, 1)]), "D08") == "today"
    assert says(history("+++", last=60, pauses=[(50, 0)]), "D08") is None


def test_missed_on_closed_days_is_not_missed_but_the_days_count() -> None:
    record = history(Line("++++", last=14), Line("--", every=1, last=3), Line("?", last=-5), closed=[3])
    assert says(record, "D08") is None
    assert says(history("+++", last=14, closed=[3, 4]), "D08") == "today"


def test_mostly_unrecorded_it_is_one_level_lower() -> None:
    assert says(history(Line("+++", last=15), Line("----?", every=1, last=2)), "D08") == "today"
    record = history(Line("+++", last=15), Line("---?", every=1, last=2))
    assert says(record, "D08") == "tomorrow"
    assert "1 session is not recorded yet and counts for nothing." in why(record, "D08")


def test_never_seen_at_all_is_silence_and_not_stopping() -> None:
    assert says(history("-----"), "D08") is None


def test_the_same_absence_is_one_finding_and_the_next_is_another() -> None:
    assert findings(history("+++", last=14), "D08")[0].anchor == "seen:1003"
    assert findings(history("+++.-", last=0), "D08")[0].anchor == "seen:1003"
    assert findings(history("++++", last=14), "D08")[0].anchor == "seen:1004"


def test_it_says_since_when_what_was_missed_and_what_is_booked() -> None:
    assert why(history("+++--", last=2), "D08") == (
        "No attended contact in any service since Sat 14 Feb (16 days). Missed since: 2 (21, 28 Feb). "
        "Nothing is booked."
    )
    steps = findings(history(dosing("+" * 14, last=7)), "D08")[0].steps
    assert "FS-MED" in steps and "FS-SAFE" in steps
