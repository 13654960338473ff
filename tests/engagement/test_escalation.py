"""To whom a follow-up goes when nobody acts: cases at, under and over each moment."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from clinic.engagement.escalation import WHO, Case, Handover, Raised, handovers, needs_supervisor, told
from clinic.engagement.signs.catalogue import CATALOGUE
from clinic.engagement.signs.sign import Level, To, Unit
from clinic.engagement.triage import OpeningHours, due

HOURS = OpeningHours(frozenset(range(5)), time(8), time(17), frozenset({date(2026, 11, 26)}))
FRIDAY = datetime(2026, 11, 20, 6, 2)
MINUTE = timedelta(minutes=1)


def case(sign: str, level: Level, **more: object) -> Case:
    findings = (Raised(sign, FRIDAY, date(2026, 11, 4)),)
    given: dict[str, object] = {"raised": FRIDAY, "due": due(level, FRIDAY, HOURS), "findings": findings}
    return Case(level=level, **{**given, **more})  # type: ignore[arg-type]


def of(found: tuple[Handover, ...], to: To) -> list[datetime]:
    return [each.at for each in found if each.to is to]


def test_what_is_for_today_goes_to_the_supervisor_at_once_and_again_four_working_hours_late() -> None:
    found = handovers(case("D06", Level.TODAY), HOURS)
    assert of(found, To.SUPERVISOR) == [FRIDAY, datetime(2026, 11, 20, 16)]


def test_what_is_for_tomorrow_goes_there_an_open_day_after_it_was_due() -> None:
    # Due on Monday at noon: Tuesday at noon.
    assert of(handovers(case("D06", Level.TOMORROW), HOURS), To.SUPERVISOR) == [datetime(2026, 11, 24, 12)]


def test_days_on_which_the_clinic_is_closed_are_no_open_days() -> None:
    late = case("D06", Level.TOMORROW, due=datetime(2026, 11, 25, 12))
    assert of(handovers(late, HOURS), To.SUPERVISOR) == [datetime(2026, 11, 27, 12)], "Thursday is a closure"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 24, 12) - MINUTE, False),
        (datetime(2026, 11, 24, 12), True),
        (datetime(2026, 11, 24, 12) + MINUTE, True),
    ],
)
def test_it_needs_the_supervisor_from_that_very_minute(now: datetime, expected: bool) -> None:
    assert needs_supervisor(case("D06", Level.TOMORROW), HOURS, now) is expected


@pytest.mark.parametrize(
    ("tried_at", "expected"),
    [(None, True), (FRIDAY - MINUTE, True), (FRIDAY, False), (FRIDAY + MINUTE, False)],
)
def test_a_try_since_it_was_raised_answers_it(tried_at: datetime | None, expected: bool) -> None:
    tried = case("D06", Level.TODAY, tried_at=tried_at)
    assert needs_supervisor(tried, HOURS, FRIDAY + timedelta(days=1)) is expected


def test_a_second_sign_is_not_answered_by_a_try_before_it() -> None:
    later = FRIDAY + timedelta(days=3)
    both = (Raised("D06", FRIDAY, date(2026, 11, 4)), Raised("D08", later, date(2026, 11, 4)))
    tried = case("D06", Level.TODAY, findings=both, tried_at=FRIDAY + timedelta(days=1))
    assert of(handovers(tried, HOURS), To.SUPERVISOR)[-1] == later


@pytest.mark.parametrize(
    ("reached_at", "conferences"), [(None, 2), (FRIDAY - MINUTE, 2), (FRIDAY, 1), (FRIDAY + MINUTE, 1)]
)
def test_a_talk_spares_the_conference_for_whom_nobody_reached(
    reached_at: datetime | None, conferences: int
) -> None:
    found = handovers(case("D08", Level.TODAY, reached_at=reached_at), HOURS)
    days = [each.date() for each in of(found, To.CONFERENCE)]
    # Five open days on, Thursday closed; and 30 days after the absence began, whoever was reached.
    assert days == [date(2026, 11, 30), date(2026, 12, 4)][2 - conferences :]


def test_nurse_and_prescriber_are_told_whatever_is_tried() -> None:
    tried = case("D09", Level.TODAY, tried_at=FRIDAY + MINUTE)
    assert {each.to for each in handovers(tried, HOURS)} == {To.NURSE_AND_PRESCRIBER, To.ON_CALL}
    assert not needs_supervisor(tried, HOURS, FRIDAY + timedelta(days=9))


def test_only_the_levels_a_sign_names_go_anywhere() -> None:
    assert handovers(case("D02a", Level.CHECK_IN), HOURS) == ()
    assert handovers(case("D06", Level.CHECK_IN), HOURS) == ()
    assert handovers(case("unknown", Level.TODAY), HOURS) == ()


def test_it_is_told_the_earliest_first_and_once_for_each() -> None:
    found = handovers(case("D08", Level.TODAY), HOURS)
    assert [str(each) for each in told(found, FRIDAY + timedelta(hours=2))] == [
        "For the supervisor since Fri 20 Nov.",
        "Goes to the supervisor on Fri 20 Nov at 16:00 if nobody has tried by then.",
        "Goes to a case conference on Mon 30 Nov if nobody has been reached by then.",
    ]


def test_an_absence_that_goes_on_is_told_as_one() -> None:
    found = [Handover(datetime(2026, 12, 4), To.CONFERENCE, Unit.DAYS_OF_ABSENCE)]
    assert str(told(found, FRIDAY)[0]) == "Goes to a case conference on Fri 4 Dec if the absence goes on."


def test_everything_a_sign_may_say_of_it_can_be_told() -> None:
    rules = [(sign, rule) for sign in CATALOGUE for rule in sign.escalation]
    assert len(rules) > 20
    for sign, rule in rules:
        found = handovers(case(sign.code, rule.levels[0]), HOURS)
        assert any((each.to, each.unit) == (rule.to, rule.unit) for each in found), sign.code
        assert all(str(each) for each in told(found, FRIDAY)) and rule.to in WHO
