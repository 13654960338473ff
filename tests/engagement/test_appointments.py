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
from tests.notation import Line, day, dosing, group, history, medical, meetings, order, planned_visit, supply

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


@pytest.mark.parametrize("hour", [8, 11, 13, 16])
def test_seen_in_the_same_channel_that_day_whatever_lies_between(hour: int) -> None:
    """Another service and another missed visit stand between the two on the list."""
    between = (Line("o", last=1, hour=9), medical("-", last=1, hour=10), Line("-", last=1, hour=14))
    seen = medical("+", last=1, hour=hour)
    assert says(history(CAME_BEFORE, *between, medical("-", last=1), seen), "D01") is None
    # With nothing else on record, it is the oldest appointment of all, or the newest.
    assert says(history(medical("+", last=1, hour=hour), *between, medical("-", last=1)), "D01") is None
    other_day = medical("+", last=2, hour=hour)
    assert says(history(CAME_BEFORE, *between, medical("-", last=1), other_day), "D01") == "tomorrow"


@pytest.mark.parametrize(("further", "said"), [(59, True), (60, True), (61, False)])
def test_others_missed_are_counted_sixty_days_back(further: int, said: bool) -> None:
    record = history(
        Line("+", last=90), medical("-", last=2 + further), Line("+", last=9), medical("-", last=2)
    )
    assert ("1 other follow-up missed in the 60 days before." in why(record, "D01")) is said
    more = history(
        Line("+", last=90), medical("---", every=3, last=20), Line("+", last=9), medical("-", last=2)
    )
    assert "3 other follow-ups missed in the 60 days before." in why(more, "D01")


def test_what_nobody_recorded_counts_from_the_first_day_of_the_run() -> None:
    run = medical("--", every=4, last=2)
    for unrecorded, count in (
        ([6], 1),
        ([7], 0),
        ([4], 1),
        ([6, 4, 1], 3),
        ([9, 7, 6], 1),
    ):
        lines = [Line("?", last=ago, hour=16) for ago in unrecorded]
        (found,) = findings(history(CAME_BEFORE, run, *lines), "D01")
        assert found.unrecorded == count


def test_what_the_clinic_cancelled_counts_since_the_contact_or_sixty_days() -> None:
    def said(*lines: Line, **about: Any) -> str:
        record = history(*lines, Line("/", last=30), medical("--", every=2, last=2), **about)
        return why(record, "D01")

    cause = "1 session since {} was cancelled by the clinic."
    assert cause.format("Sat 31 Jan") in said(Line("+", last=30, hour=8), Line("/", last=20))
    assert cause.format("Thu 29 Jan") in said(Line("+", last=32))
    assert cause.format("Sun 28 Dec") in said(Line("+", last=90), admitted=200)
    assert cause.format("Wed 21 Jan") in said(admitted=40)
    assert "cancelled by the clinic" not in said(Line("+", last=29))


def test_a_visit_missed_at_the_moment_of_another_contact_was_not_seen_since() -> None:
    at_ten = history(Line("+", last=2, hour=12), medical("-", last=2, hour=12))
    assert says(at_ten, "D01") == "tomorrow"
    assert says(history(medical("-", last=2), Line("+", last=2, hour=13)), "D01") == "check_in"


def test_its_steps() -> None:
    (found,) = findings(history(CAME_BEFORE, medical("-", last=1)), "D01")
    assert found.steps == ("FS-CALM", "FS-BARRIER", "FS-RESUME", "FS-WAYBACK")


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
        "The medical appointment on Fri 27 Feb at 12:00 was missed. "
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
        # The newest of several. Whoever picks one up after the visit has been seen since.
        (
            [order("take_home"), supply(picked_up=20, until=3), supply(picked_up=10, until=-9, number=2)],
            "tomorrow",
        ),
        (
            [order("take_home"), supply(picked_up=20, until=3), supply(picked_up=3, until=-9, number=2)],
            "check_in",
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


def test_of_a_run_each_medical_visit_is_about_medication() -> None:
    """The newest of the run is another service, and one of the orders has no supply."""
    facts = [order("take_home"), supply(picked_up=4, until=2)]
    later = Line("-", Channel.CASE_MANAGEMENT, last=1)
    assert says(history(CAME_BEFORE, medical("-", last=4), later, facts=facts), "D01") == "today"
    assert says(history(CAME_BEFORE, medical("-", last=4), later), "D01") == "tomorrow"


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
            "It was booked as a first visit.",
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


# -- the first of the stay -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "first"),
    [
        # Whatever became of an earlier one, it was the first.
        (Line("+", last=9), False),
        (Line("-", last=9), False),
        (Line("h", last=9), False),
        (Line("?", last=9), False),
        (Line("w", last=9), False),
        (Line("L", last=9), False),
        (group("-", last=9), False),
        (Line("?", last=1, hour=9), False),
        # Called off, by whomever, it was none.
        (Line("n", last=9), True),
        (Line("x", last=9), True),
        (Line("v", last=9), True),
        (Line("/", last=9), True),
        (Line("r", last=9), True),
        (Line("o", last=9), True),
        (Line("onx/r", every=2, last=9), True),
        (dosing("+++", last=9), True),
        (dosing("---", last=9), True),
        (meetings("+", last=9), True),
        (Line("?", last=-3), True),
    ],
)
def test_the_first_of_the_stay_is_the_earliest_that_was_not_called_off(before: Line, first: bool) -> None:
    record = history(before, medical("-", last=1), admitted=30)
    assert ("It was the first appointment of the stay." in why(record, "D01")) is first
    assert says(record, "D01") == ("today" if first else "tomorrow")


def test_one_on_a_closed_day_or_in_a_pause_was_not_the_first() -> None:
    said = "It was the first appointment of the stay."
    for about in ({"closed": [9]}, {"pauses": [(9, 9)]}):
        record = history(Line("-", last=9), medical("-", last=1), admitted=30, **about)  # type: ignore[arg-type]
        assert said in why(record, "D01")


def test_booked_as_a_first_visit_and_the_first_it_is_said_once() -> None:
    said = why(history(Line("-", last=1, purpose=Purpose.FIRST)), "D01")
    assert "It was the first appointment of the stay." in said and "booked as a first visit" not in said


# -- a new date for an earlier one ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "level"),
    [
        ("-", "today"),
        ("w", "today"),
        ("v", "tomorrow"),
        ("/", "tomorrow"),
        ("n", "tomorrow"),
        ("x", "tomorrow"),
        ("o", "tomorrow"),
        ("r", "tomorrow"),
        ("?", "tomorrow"),
        ("h", "tomorrow"),
        ("+", "tomorrow"),
        ("L", "tomorrow"),
    ],
)
def test_a_new_date_is_for_today_only_when_the_earlier_one_was_missed(earlier: str, level: str) -> None:
    record = history(CAME_BEFORE, medical(earlier, last=20), medical("-", last=1, rebooks=True))
    linked = record._replace(stands_in={3001: 2001})
    (found,) = findings(linked, "D01")
    assert str(found.level) == level
    assert ("It was the new date for an earlier one." in why(linked, "D01")) is (level == "today")
    # Where nothing is known of what it stands in for, every new date is for today.
    assert says(record, "D01") == "today"


@pytest.mark.parametrize(
    ("stands_in", "level"),
    [
        ({3001: 2001}, "today"),
        ({3001: 1001}, "tomorrow"),
        ({3001: 9999}, "tomorrow"),
        ({9999: 2001}, "tomorrow"),
        # Brought forward: the earlier one lies ahead still.
        ({3001: 4001}, "tomorrow"),
    ],
)
def test_which_it_stands_in_for(stands_in: dict[int, int], level: str) -> None:
    record = history(
        CAME_BEFORE, medical("-", last=20), medical("-", last=1, rebooks=True), medical("-", last=-5)
    )
    assert says(record._replace(stands_in=stands_in), "D01") == level


@pytest.mark.parametrize(("closed", "pauses"), [([20], []), ([], [(20, 20)])])
def test_an_earlier_one_of_a_closed_day_or_a_pause_was_not_missed(
    closed: list[int], pauses: list[tuple[int, int]]
) -> None:
    record = history(
        CAME_BEFORE, medical("-", last=20), medical("-", last=1, rebooks=True), closed=closed, pauses=pauses
    )
    assert says(record._replace(stands_in={3001: 2001}), "D01") == "tomorrow"


def new_date(of: Line, channel: Channel, purpose: Purpose | None = None) -> Any:
    """An attended session, one of some kind cancelled by the clinic, and its new date, missed."""
    line = Line("-", channel, last=1, group=int(channel == Channel.GROUP), purpose=purpose, rebooks=True)
    return history(CAME_BEFORE, of, line)._replace(stands_in={3001: 2001})


@pytest.mark.parametrize(
    ("record", "level"),
    [
        (new_date(Line("/", last=9), Channel.COUNSELLING, Purpose.ROUTINE), "tomorrow"),
        (new_date(Line("/", last=9), Channel.GROUP, Purpose.ROUTINE), "tomorrow"),
        (
            new_date(medical("/", last=9, purpose=Purpose.ROUTINE), Channel.MEDICAL, Purpose.ROUTINE),
            "tomorrow",
        ),
        (new_date(Line("/", last=9), Channel.COUNSELLING), None),
        (new_date(Line("/", last=9, purpose=Purpose.ROUTINE), Channel.COUNSELLING), None),
        (new_date(Line("/", last=9, purpose=Purpose.CARE_REVIEW), Channel.COUNSELLING), "tomorrow"),
        (new_date(Line("/", last=9, purpose=Purpose.FOLLOW_UP), Channel.GROUP), "tomorrow"),
        (new_date(medical("/", last=9), Channel.COUNSELLING), "tomorrow"),
        (new_date(medical("/", last=9, purpose=Purpose.ROUTINE), Channel.MEDICAL), "tomorrow"),
    ],
)
def test_which_new_dates_are_follow_ups(record: Any, level: str | None) -> None:
    assert says(record, "D01") == level


def test_without_knowing_what_it_stands_in_for_the_service_decides() -> None:
    for line, level in (
        (Line("-", last=1, rebooks=True), None),
        (medical("-", last=1, rebooks=True), "today"),
    ):
        assert says(history(CAME_BEFORE, line), "D01") == level


def test_a_new_date_for_a_new_date_of_a_follow_up_is_one() -> None:
    record = history(
        CAME_BEFORE,
        Line("/", last=20, purpose=Purpose.CARE_REVIEW),
        Line("/", last=9, rebooks=True),
        Line("-", last=1, rebooks=True),
    )
    assert says(record._replace(stands_in={4001: 3001, 3001: 2001}), "D01") == "tomorrow"
    assert says(record._replace(stands_in={4001: 3001}), "D01") is None
    # Two that name each other come to an end too.
    assert says(record._replace(stands_in={4001: 3001, 3001: 4001}), "D01") is None


# -- cancelled too late --------------------------------------------------------------------------------------------

LATE = "under 24 hours’ notice"


def test_cancelled_too_late_it_is_called_that_and_thanked_for() -> None:
    (found,) = findings(history(CAME_BEFORE, medical("w", last=1)), "D01")
    assert str(found.why[0]) == (
        "The medical appointment on Sun 1 Mar at 12:00 was cancelled with under 24 hours’ notice."
    )
    assert found.steps == ("FS-THANKS", "FS-CALM", "FS-BARRIER", "FS-RESUME", "FS-WAYBACK")


@pytest.mark.parametrize(
    ("marks", "thanks", "said"),
    [
        ("--", False, "1 other follow-up missed in the 60 days before."),
        ("w-", True, "1 other follow-up cancelled with under 24 hours’ notice in the 60 days before."),
        ("-w", True, "1 other follow-up missed in the 60 days before."),
        ("---", False, "2 other follow-ups missed in the 60 days before."),
        (
            "-w-",
            True,
            "2 other follow-ups missed or cancelled with under 24 hours’ notice in the 60 days before.",
        ),
        # Seen since: no longer of the run, and only said.
        (
            "w+-",
            False,
            "1 other follow-up cancelled with under 24 hours’ notice in the 60 days before.",
        ),
        ("v-", False, ""),
    ],
)
def test_the_words_fit_what_was_missed_and_what_was_cancelled(marks: str, thanks: bool, said: str) -> None:
    record = history(CAME_BEFORE, medical(marks, last=1))
    if marks == "v-":
        assert "other follow-up" not in why(record, "D01")
    (found,) = findings(record, "D01")
    assert said in why(record, "D01")
    assert ("FS-THANKS" in found.steps) is thanks


@pytest.mark.parametrize(("hour", "said"), [(8, "at 08:00"), (12, "at 12:00"), (17, "at 17:00")])
def test_it_says_at_what_time(hour: int, said: str) -> None:
    assert said in why(history(CAME_BEFORE, medical("-", last=1, hour=hour)), "D01")


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
