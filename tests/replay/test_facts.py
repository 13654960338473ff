"""The plain numbers of one day, counted from strips."""

from __future__ import annotations

import pytest

from clinic.replay.facts import facts_seen
from tests.notation import TODAY, Line, dosing, group, history


def test_sessions_alone() -> None:
    facts = facts_seen(history("+++-o-+--", last=2, admitted=100).as_of(TODAY))
    assert facts._asdict() == {
        "silent": 16,
        "in_a_row": 2,
        "missed_of_4": 3,
        "missed_of_6": 4,
        "newest": "MM",
        "fallen": True,
        "missed": 4,
        "countable": 8,
        "without_session": 16,
        "daily": False,
        "without_dose": 0,
        "doses_missed": 0,
        "days": 101,
        "seen": True,
    }
    assert facts.share == pytest.approx(4.5 / 11.5)


def test_doses_are_told_apart_from_sessions() -> None:
    facts = facts_seen(history(dosing("+" * 14 + "---"), Line("++-", last=5)).as_of(TODAY))
    assert facts.daily
    assert (facts.without_dose, facts.doses_missed) == (3, 3)
    assert (facts.silent, facts.without_session, facts.in_a_row) == (3, 12, 1)
    assert (facts.missed, facts.countable) == (1, 3)


def test_doses_now_and_then_are_no_daily_dosing() -> None:
    facts = facts_seen(history(dosing("+-+-", every=7), Line("+", last=1)).as_of(TODAY))
    assert (facts.daily, facts.without_dose, facts.doses_missed) == (False, 0, 0)
    assert facts.silent == 1


@pytest.mark.parametrize(
    ("strip", "newest"),
    [
        ("+-", "AM"),
        ("-+", "MA"),
        ("+o", "AX"),
        ("+L", "AA"),
        ("+/o?", "AX"),
        ("+w", "AM"),
        ("-", "M"),
        ("", ""),
    ],
)
def test_the_two_newest_recorded_sessions(strip: str, newest: str) -> None:
    assert facts_seen(history(strip).as_of(TODAY)).newest == newest


@pytest.mark.parametrize(
    ("strip", "fallen"),
    [
        ("++++--+-", True),  # 1 of the last 4, 4 of the 4 before
        ("++++-+-+", True),  # 2 of 4 is half
        ("++++-+++", False),
        ("++-+--+-", True),  # 1 of 4, and 3 of 4 before
        ("++--+---", True),  # 1 of 4 is half of 2 of 4
        ("+++----", False),  # three before are too few to compare with
        ("----++--", False),
        ("++++", False),
    ],
)
def test_half_of_the_own_earlier_rate(strip: str, fallen: bool) -> None:
    assert facts_seen(history(strip).as_of(TODAY)).fallen is fallen


def test_never_seen() -> None:
    facts = facts_seen(history("--", admitted=12).as_of(TODAY))
    assert (facts.seen, facts.silent, facts.missed) == (False, 12, 2)


def test_another_service_keeps_somebody_seen() -> None:
    facts = facts_seen(history("++--", group("++++", last=1)).as_of(TODAY))
    assert (facts.silent, facts.without_session) == (1, 1)
    assert facts.in_a_row == 1
