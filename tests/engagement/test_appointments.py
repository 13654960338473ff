"""D01: one missed follow-up is enough."""

from __future__ import annotations

import pytest

from clinic.engagement.timeline import Channel, Purpose
from tests.engagement.reading import findings, says, why
from tests.notation import Line, history, medical

CAME_BEFORE = Line("+", last=60)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (medical("-", last=1), "tomorrow"),
        (medical("w", last=1), "tomorrow"),
        (medical("L", last=1), None),
        (medical("E", last=1), None),
        (medical("v", last=1), None),
        (medical("n", last=1), None),
        (medical("x", last=1), None),
        (medical("o", last=1), None),
        (medical("/", last=1), None),
        (medical("r", last=1), None),
        (medical("?", last=1), None),
        (Line("-", Channel.CASE_MANAGEMENT, last=1), "tomorrow"),
        (Line("-", Channel.COUNSELLING, last=1), None),
        (Line("-", Channel.GROUP, last=1, group=1), None),
        (Line("-", Channel.DOSING, last=1), None),
        (Line("-", Channel.COUNSELLING, last=1, purpose=Purpose.FOLLOW_UP), "tomorrow"),
        (Line("-", Channel.COUNSELLING, last=1, purpose=Purpose.CARE_REVIEW), "tomorrow"),
        (Line("-", Channel.COUNSELLING, last=1, purpose=Purpose.AFTER_TRANSITION), "tomorrow"),
        (Line("-", Channel.COUNSELLING, last=1, purpose=Purpose.FIRST), "today"),
        (medical("-", last=1, purpose=Purpose.ROUTINE), None),
        (medical("-", last=1, rebooks=True), "today"),
    ],
)
def test_which_missed_appointments_are_follow_ups(line: Line, level: str | None) -> None:
    assert says(history(CAME_BEFORE, line), "D01") == level


def test_the_very_first_appointment_missed_is_for_today() -> None:
    assert says(history(medical("-", last=1)), "D01") == "today"
    assert says(history(medical("o-", last=1)), "D01") == "today"


def test_with_no_contact_since_it_counts_however_old() -> None:
    assert says(history(CAME_BEFORE, medical("-", last=50)), "D01") == "tomorrow"


@pytest.mark.parametrize(("ago", "level"), [(13, "check_in"), (14, "check_in"), (15, None)])
def test_seen_since_it_is_a_check_in_for_a_fortnight(ago: int, level: str | None) -> None:
    assert says(history(medical("-", last=ago), Line("+", last=2)), "D01") == level
    assert says(history(CAME_BEFORE, medical("-", last=ago), spoke=[3]), "D01") == level


@pytest.mark.parametrize(("ended", "level"), [(16, "tomorrow"), (15, "today"), (2, "today")])
def test_soon_after_a_pause_it_is_for_today(ended: int, level: str) -> None:
    record = history(CAME_BEFORE, medical("-", last=1), pauses=[(40, ended)])
    assert says(record, "D01") == level


@pytest.mark.parametrize(("pauses", "closed"), [([(1, 1)], []), ([], [1])])
def test_missed_in_a_pause_or_on_a_closed_day_is_nothing(
    pauses: list[tuple[int, int]], closed: list[int]
) -> None:
    assert says(history(CAME_BEFORE, medical("-", last=1), pauses=pauses, closed=closed), "D01") is None


def test_missed_and_seen_in_the_same_channel_that_day_is_nothing() -> None:
    assert says(history(CAME_BEFORE, medical("-", last=1), medical("+", last=1, hour=15)), "D01") is None
    assert says(history(CAME_BEFORE, medical("-", last=1), medical("+", last=1, hour=8)), "D01") is None
    assert says(history(CAME_BEFORE, medical("-", last=1), Line("+", last=1, hour=8)), "D01") == "tomorrow"


def test_the_run_between_two_contacts_is_one_finding() -> None:
    (found,) = findings(history(medical("-+---", last=1)), "D01")
    assert [event.id for event in found.evidence] == [1003, 1004, 1005]
    assert found.anchor == "1003"


def test_a_call_that_reached_the_client_parts_the_run() -> None:
    (found,) = findings(history(CAME_BEFORE, medical("---", last=1), spoke=[10]), "D01")
    assert [event.id for event in found.evidence] == [2002, 2003]


def test_it_says_what_was_missed_what_else_and_what_is_booked() -> None:
    record = history(medical("+--", last=3), Line("+", last=10), Line("?", last=-4))
    assert why(record, "D01") == (
        "The medical appointment on Fri 27 Feb was missed. "
        "1 other follow-up missed in the 60 days before. "
        "Next booked: Fri 6 Mar."
    )


def test_unrecorded_ones_in_the_run_are_said_and_count_for_nothing() -> None:
    record = history(CAME_BEFORE, medical("-?-", last=1))
    (found,) = findings(record, "D01")
    assert found.unrecorded == 1
    assert "1 session is not recorded yet and counts for nothing." in why(record, "D01")


def test_a_discharged_or_paused_client_has_no_signs() -> None:
    assert says(history(CAME_BEFORE, medical("-", last=1), discharged=0), "D01") is None
    assert says(history(CAME_BEFORE, medical("-", last=1), discharged=-1), "D01") == "tomorrow"
    assert says(history(CAME_BEFORE, medical("-", last=1), pauses=[(0, None)]), "D01") is None
