"""D01: one missed follow-up is enough. D01b: a planned one that nobody booked."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Kind, Level, Settles, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, PauseSpan, Purpose
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, dosing, group, history, medical, order, planned_visit, supply

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
        "Last seen Fri 20 Feb (counselling). Next booked: Fri 6 Mar."
    )


@pytest.mark.parametrize(
    ("spoke", "said"),
    [
        ([], "Last seen Thu 1 Jan (counselling)."),
        ([5], "Last in contact Wed 25 Feb."),
        ([70], "Last seen Thu 1 Jan (counselling)."),
    ],
)
def test_a_talk_is_the_last_contact_when_it_is_newer(spoke: list[int], said: str) -> None:
    assert said in why(history(CAME_BEFORE, medical("-", last=1), spoke=spoke), "D01")


def test_without_any_contact_it_says_so() -> None:
    record = history(medical("-", last=1), admitted=20)
    assert "No attended contact since admission on Tue 10 Feb." in why(record, "D01")
    spoken = history(medical("-", last=1), admitted=20, spoke=[4])
    assert "Last in contact Thu 26 Feb." in why(spoken, "D01")


def test_unrecorded_ones_in_the_run_are_said_and_count_for_nothing() -> None:
    record = history(CAME_BEFORE, medical("-?-", last=1))
    (found,) = findings(record, "D01")
    assert found.unrecorded == 1
    assert "1 session is not recorded yet and counts for nothing." in why(record, "D01")


def test_a_discharged_or_paused_client_has_no_signs() -> None:
    assert says(history(CAME_BEFORE, medical("-", last=1), discharged=0), "D01") is None
    assert says(history(CAME_BEFORE, medical("-", last=1), discharged=-1), "D01") == "tomorrow"
    assert says(history(CAME_BEFORE, medical("-", last=1), pauses=[(0, None)]), "D01") is None


# -- what makes it one for today -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("inpatient", "today"),
        ("detox", "today"),
        ("residential", "today"),
        ("jail", "today"),
        ("agreed_leave", "today"),
        ("travel", "today"),
        ("emergency", "today"),
    ],
)
def test_whatever_the_pause_was_for(kind: str, level: str) -> None:
    record = history(CAME_BEFORE, medical("-", last=1), pauses=[(20, 8)], pause_kind=kind)
    assert says(record, "D01") == level


def test_a_report_that_nobody_confirmed_is_no_pause_to_come_back_from() -> None:
    record = history(CAME_BEFORE, medical("-", last=1))
    reported = record._replace(pauses=[PauseSpan(day(20), day(18), "jail", confirmed=False)])
    assert says(reported, "D01") == "tomorrow"
    assert says(record._replace(pauses=[PauseSpan(day(10), day(8), "jail")]), "D01") == "today"


@pytest.mark.parametrize(
    ("left", "level"),
    [(5, "tomorrow"), (4, "tomorrow"), (3, "today"), (2, "today"), (0, "today"), (-9, "today")],
)
def test_how_much_medication_was_left_on_the_day_of_the_visit(left: int, level: str) -> None:
    facts = [order("take_home"), supply(picked_up=20, until=4 - left)]
    assert says(history(CAME_BEFORE, medical("-", last=4), facts=facts), "D01") == level


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ([], "tomorrow"),
        ([order("take_home")], "tomorrow"),
        # An order that had ended, or began later, says nothing of that day.
        ([order("take_home", last=5), supply(picked_up=20, until=3)], "tomorrow"),
        ([order("take_home", last=4), supply(picked_up=20, until=3)], "today"),
        ([order("take_home", since=3), supply(picked_up=20, until=3)], "tomorrow"),
        ([order("take_home", since=4), supply(picked_up=20, until=3)], "today"),
        # The newest of several; what was picked up after the visit was not there then.
        (
            [order("take_home"), supply(picked_up=20, until=3), supply(picked_up=10, until=-9, number=2)],
            "tomorrow",
        ),
        (
            [order("take_home"), supply(picked_up=20, until=3), supply(picked_up=3, until=-9, number=2)],
            "today",
        ),
        # Of another order.
        ([order("take_home"), supply(picked_up=20, until=3, order=2)], "tomorrow"),
        (
            [
                order("take_home"),
                order("take_home", number=2),
                supply(picked_up=20, until=-20),
                supply(picked_up=20, until=3, order=2, number=2),
            ],
            "today",
        ),
    ],
)
def test_whose_supply_counts(facts: list[Any], level: str) -> None:
    assert says(history(CAME_BEFORE, medical("-", last=4), facts=facts), "D01") == level


def test_only_a_medical_visit_is_about_medication() -> None:
    facts = [order("take_home"), supply(picked_up=20, until=3)]
    line = Line("-", Channel.CASE_MANAGEMENT, last=4)
    assert says(history(CAME_BEFORE, line, facts=facts), "D01") == "tomorrow"


def test_the_threshold_of_the_supply_is_the_clinics_own() -> None:
    record = history(
        CAME_BEFORE, medical("-", last=4), facts=[order("take_home"), supply(picked_up=20, until=-1)]
    )
    assert says(record, "D01", thresholds=Thresholds(supply_left=5)) == "today"
    assert says(record, "D01", thresholds=Thresholds(supply_left=4)) == "tomorrow"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (history(medical("-", last=1)), "It was the first appointment of the stay."),
        (
            history(CAME_BEFORE, Line("-", last=1, purpose=Purpose.FIRST)),
            "It was the first appointment of the stay.",
        ),
        (history(CAME_BEFORE, medical("-", last=1, rebooks=True)), "It was the new date for an earlier one."),
        (history(CAME_BEFORE, medical("-", last=1), pauses=[(20, 8)]), "A pause had ended on Sun 22 Feb."),
        (
            history(
                CAME_BEFORE, medical("-", last=4), facts=[order("take_home"), supply(picked_up=20, until=3)]
            ),
            "Medication had been handed out until Fri 27 Feb.",
        ),
    ],
)
def test_it_says_why_it_is_for_today(record: Any, said: str) -> None:
    assert said in why(record, "D01")


def test_seen_since_nothing_is_said_of_urgency() -> None:
    record = history(medical("-", last=3), Line("+", last=2))
    assert says(record, "D01") == "check_in"
    assert "first appointment" not in why(record, "D01")


def test_what_the_clinic_cancelled_meanwhile_is_said_as_a_possible_cause() -> None:
    assert "2 sessions since Mon 2 Feb were cancelled by the clinic." in why(
        history("+//.", medical("-", last=1), last=7), "D01"
    )
    assert "cancelled by the clinic" not in why(history("/+", medical("-", last=1), last=7), "D01")
    assert "cancelled by the clinic" not in why(
        history(CAME_BEFORE, dosing("/", last=3), medical("-", last=1)), "D01"
    )


def test_excused_and_cancelled_by_the_clinic_do_not_part_the_run() -> None:
    (found,) = findings(history(CAME_BEFORE, medical("-o/r-", last=1)), "D01")
    assert [event.id for event in found.evidence] == [2001, 2005]


def test_it_goes_to_the_supervisor_when_nobody_acts() -> None:
    assert [(each.levels, each.to, each.unit, each.amount) for each in BY_CODE["D01"].escalation] == [
        ((Level.TODAY,), To.SUPERVISOR, Unit.AT_ONCE, 0),
        ((Level.TODAY,), To.SUPERVISOR, Unit.HOURS_LATE, 4),
        ((Level.TOMORROW,), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),
    ]


def test_one_contact_of_any_service_settles_it() -> None:
    ledger = Ledger()
    ledger.read(history(CAME_BEFORE, medical("-", last=3)), 2)
    assert "D01" in ledger.signs()
    ledger.read(history(CAME_BEFORE, medical("-", last=3), group("+", last=1)), 1)
    assert "D01" not in ledger.signs()


# -- D01b ----------------------------------------------------------------------------------------------------------

SEEN = Line("+", last=9)


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        # TODAY is a Monday: Tuesday, Wednesday and Thursday are three open days.
        (5, None),
        (4, None),
        (3, "upkeep"),
        (2, "upkeep"),
        (0, "upkeep"),
        (-1, "upkeep"),
        (-30, "upkeep"),
    ],
)
def test_from_three_open_days_before_until_it_is_booked(ahead: int, level: str | None) -> None:
    assert says(history(SEEN, facts=[planned_visit("medical", by=-ahead)]), "D01b") == level


def test_weekends_and_closed_days_are_no_open_days() -> None:
    wednesday_after = history(SEEN, facts=[planned_visit("medical", by=-4)])
    assert says(wednesday_after, "D01b") is None
    assert says(history(SEEN, facts=[planned_visit("medical", by=-4)], closed=[-2]), "D01b") == "upkeep"
    # On the Friday before, the Wednesday is three open days off.
    assert says(history(SEEN, facts=[planned_visit("medical", by=-2)]), "D01b", 3) == "upkeep"
    assert says(history(SEEN, facts=[planned_visit("medical", by=-2)]), "D01b", 4) is None


def test_a_far_day_is_not_near_because_the_clinic_is_closed_for_a_week() -> None:
    record = history(SEEN, facts=[planned_visit("medical", by=-60)], closed=range(-10, 0))
    assert says(record, "D01b") is None


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (medical("?", last=-1), None),
        (medical("?", last=0), None),
        (medical("?", last=-40), None),
        (medical("/", last=-1), "upkeep"),
        (medical("x", last=-1), "upkeep"),
        (medical("r", last=-1), "upkeep"),
        (medical("?", last=1), "upkeep"),
        (medical("+", last=1), None),
        (medical("L", last=1), None),
        (medical("E", last=1), None),
        (medical("h", last=1), "upkeep"),
        (medical("-", last=1), "upkeep"),
        (medical("o", last=1), "upkeep"),
        (Line("?", last=-1), "upkeep"),
        (Line("+", last=1), "upkeep"),
    ],
)
def test_what_counts_as_booked_or_seen(line: Line, level: str | None) -> None:
    assert says(history(SEEN, line, facts=[planned_visit("medical", by=-2, known=20)]), "D01b") == level


@pytest.mark.parametrize(("seen", "level"), [(21, "upkeep"), (20, "upkeep"), (19, None)])
def test_the_visit_at_which_it_was_planned_is_not_the_planned_one(seen: int, level: str | None) -> None:
    record = history(medical("+", last=seen), facts=[planned_visit("medical", by=-2, known=20)])
    assert says(record, "D01b") == level


def test_what_was_planned_later_is_not_known_before() -> None:
    record = history(SEEN, facts=[planned_visit("medical", by=0, known=3)])
    assert says(record, "D01b", 4) is None
    assert says(record, "D01b", 3) == "upkeep"


def test_each_planned_visit_is_one_finding() -> None:
    facts = [planned_visit("medical", by=-1), planned_visit("case_management", by=-2, number=2)]
    found = findings(history(SEEN, facts=facts), "D01b")
    assert [each.anchor for each in found] == ["visit:1", "visit:2"]
    assert [point.id for each in found for point in each.points] == [1, 2]


def test_no_upkeep_in_a_pause_or_after_discharge() -> None:
    facts = [planned_visit("medical", by=-1)]
    assert says(history(SEEN, facts=facts, pauses=[(1, None)]), "D01b") is None
    assert says(history(SEEN, facts=facts, discharged=0), "D01b") is None


def test_what_it_says_and_what_it_is() -> None:
    record = history(SEEN, facts=[planned_visit("medical", by=-2)])
    (found,) = findings(record, "D01b")
    assert str(found.title) == "Book the planned follow-up"
    assert (
        why(record, "D01b")
        == "The plan asks for an appointment (medical) by Wed 4 Mar. Nothing is booked in this service."
    )
    assert found.steps == ("FS-BOOK",)
    sign = BY_CODE["D01b"]
    assert (sign.kind, sign.settles, sign.absence) == (Kind.UPKEEP, Settles.MENDED, False)


def test_it_settles_by_itself_once_it_is_booked() -> None:
    facts = [planned_visit("medical", by=-2)]
    ledger = Ledger()
    ledger.read(history(SEEN, facts=facts), 1)
    assert ledger.open() == {("D01b", "upkeep")}
    ledger.read(history(SEEN, medical("?", last=-3), facts=facts), 0)
    assert ledger.signs() == set()


def test_closed_by_a_person_it_does_not_come_back() -> None:
    record, ledger = history(SEEN, facts=[planned_visit("medical", by=2)]), Ledger()
    ledger.read(record, 3)
    ledger.close(3)
    ledger.read_daily(record, 2)
    assert "D01b" not in ledger.signs()
