"""D08: has stopped coming."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.discontinuation import D08
from clinic.engagement.signs.sign import Level, To, Unit
from clinic.engagement.timeline import Channel
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import (
    Line,
    day,
    dosing,
    elsewhere,
    group,
    history,
    injection,
    medical,
    moment,
    order,
    schedule,
    supply,
    tried,
)


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
    assert says(history(Line(marks, every=every, last=45)), "D08") == level


def test_who_was_active_once_and_came_seldom_since_has_stopped_too() -> None:
    record = history(Line("+++", last=200), Line("++", every=50, last=45), admitted=400)
    assert says(record, "D08") == "today"


def test_calls_count_as_contacts() -> None:
    assert says(history("++", last=45, spoke=[47]), "D08") == "today"
    assert says(history("+++", last=20, spoke=[13]), "D08") is None
    assert says(history("++", last=45, spoke=[105, 115]), "D08") is None


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
        "Nothing is booked. Medication: none on record. Naloxone status: unknown, ask."
    )
    steps = findings(history(dosing("+" * 14, last=7)), "D08")[0].steps
    assert "FS-MED" in steps and "FS-SAFE" in steps


# -- somebody else sees them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        Line("+", last=3),
        medical("L", last=3),
        group("E", last=3),
        Line("+", Channel.CASE_MANAGEMENT, last=3),
        Line("+", Channel.MUTUAL_AID, last=3),
    ],
)
def test_who_skips_doses_and_comes_to_something_else_has_not_stopped_coming(line: Line) -> None:
    """The doses are D09's; a live channel calms."""
    assert says(history(dosing("+" * 14 + "-" * 8), line), "D08") is None


def test_two_in_time_and_excused_ones_in_the_gap_are_not_missed() -> None:
    for marks in ("oo", "//", "xx", "nn", "rr", "??", "-v"):
        record = history(Line("++++", last=14), Line(marks, every=1, last=3), Line("?", last=-5))
        assert says(record, "D08") is None, marks


def test_a_miss_on_the_day_of_another_counts_with_it() -> None:
    record = history(
        Line("++++", last=14), Line("-", last=3, hour=9), Line("-", last=3, hour=15), Line("?", last=-5)
    )
    assert says(record, "D08") == "today"


STEPPED_DOWN = (schedule("counselling", 4), schedule("counselling", 1, since=95))


@pytest.mark.parametrize(
    ("facts", "ago", "level"),
    [
        # A weekly plan, by the care plan or by the bookings: the fortnight.
        ([schedule("counselling", 4)], 13, None),
        ([schedule("counselling", 4)], 14, "today"),
        ([schedule("group", 12)], 14, "today"),
        # Monthly, or stepped down to it: one and a half intervals.
        ([schedule("counselling", 1)], 41, None),
        ([schedule("counselling", 1)], 42, "today"),
        (STEPPED_DOWN, 41, None),
        (STEPPED_DOWN, 42, "today"),
        # Somebody else sees them.
        ([elsewhere(since=60)], 27, None),
        ([elsewhere(since=60)], 28, "today"),
        ([elsewhere(since=60, last=1)], 14, "today"),
    ],
)
def test_where_nothing_was_missed_it_takes_as_long_as_the_plan_allows(
    facts: list[object], ago: int, level: str | None
) -> None:
    assert says(history("++++++", last=ago, facts=facts), "D08") == level


@pytest.mark.parametrize(("ago", "level"), [(41, None), (42, "today")])
def test_so_do_bookings_a_month_apart(ago: int, level: str | None) -> None:
    assert says(history(Line("++++++", every=28, last=ago)), "D08") == level


@pytest.mark.parametrize(("marks", "level"), [("o", None), ("-", "today"), ("--", "today")])
def test_where_something_was_missed_the_plan_changes_nothing(marks: str, level: str | None) -> None:
    for facts in ([schedule("counselling", 1)], [elsewhere(since=60)]):
        record = history(Line("++++++", last=14), Line(marks, every=1, last=3), facts=facts)
        assert says(record, "D08") == level


@pytest.mark.parametrize(("ago", "level"), [(9, None), (10, "today")])
def test_the_first_thirty_days_keep_their_ten(ago: int, level: str | None) -> None:
    facts = [schedule("counselling", 1, since=29)]
    assert says(history(Line("+++", every=2, last=ago), admitted=29, facts=facts), "D08") == level


@pytest.mark.parametrize(
    ("facts", "last", "level"),
    [
        ([schedule("counselling", 4)], 6, None),
        ([schedule("counselling", 4)], 7, "today"),
        ([schedule("counselling", 1)], 7, "today"),
        ([elsewhere(since=60)], 13, None),
        ([elsewhere(since=60)], 14, "today"),
    ],
)
def test_daily_dosing_is_an_intensive_plan_whatever_else_is_planned(
    facts: list[object], last: int, level: str | None
) -> None:
    assert says(history(dosing("+" * 14, last=last), facts=facts), "D08") == level


# -- medication handed out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ([], "today"),
        ([order(since=60)], "today"),
        ([order(since=60, last=0)], "today"),
        ([order(since=60, last=1)], None),
        ([order(since=60, last=9), order("take_home", since=8, number=2)], None),
        ([order("take_home", since=60)], None),
        ([order(since=0), order("take_home", since=60, number=2)], "today"),
        ([order(since=-1), order("take_home", since=60, number=2)], None),
        ([order(since=60, known=-1)], "today"),
    ],
)
def test_seven_days_are_for_those_whose_doses_are_observed_now(
    facts: list[object], level: str | None
) -> None:
    assert says(history(dosing("+" * 20, last=8), facts=facts), "D08") == level


@pytest.mark.parametrize(
    ("fact", "level"),
    [
        (supply(picked_up=13, until=-1), None),
        (supply(picked_up=14, until=-1), "today"),
        (supply(picked_up=-1, until=-9), "today"),
        (injection(due=20, given=13), None),
        (injection(due=20, given=14), "today"),
        (injection(due=13), "today"),
        (injection(due=1, given=-1), "today"),
    ],
)
def test_a_supply_picked_up_or_an_injection_given_is_a_contact(fact: object, level: str | None) -> None:
    assert says(history("+++++", last=20, facts=[fact]), "D08") == level


def test_three_pick_ups_make_somebody_active() -> None:
    facts = [supply(picked_up=ago, until=ago - 7, number=ago) for ago in (64, 57, 50)]
    assert says(history(facts=facts), "D08") == "today"
    assert says(history(facts=facts[:2]), "D08") is None


def test_one_session_and_a_pick_up_do_not_settle_it() -> None:
    ledger = Ledger()
    ledger.read(history("+++", last=14), 0)
    record = history("+++", Line("+", last=-1), last=14, facts=[supply(picked_up=-2, until=-9)])
    ledger.read(record, -2)
    assert ("D08", "today") in ledger.open()


# -- its steps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (14, ["14 days without contact"]),
        (29, ["14 days without contact"]),
        (30, ["14 days without contact", "30 days without contact"]),
    ],
)
def test_its_evidence_are_the_days_on_which_it_reached_a_step(ago: int, said: list[str]) -> None:
    (found,) = findings(history("+++", last=ago), "D08")
    assert [str(point.words) for point in found.points] == said
    assert [point.day for point in found.points] == [day(ago - 14), day(ago - 30)][: len(said)]
    assert [point.at for point in found.points] == [moment(ago - 14, 0), moment(ago - 30, 0)][: len(said)]


def test_a_step_beyond_the_conference_is_the_only_one() -> None:
    (found,) = findings(history("++++++", last=45, facts=[schedule("counselling", 1)]), "D08")
    assert [str(point.words) for point in found.points] == ["42 days without contact"]


def test_closed_by_a_person_it_comes_back_for_the_case_conference() -> None:
    ledger, record = Ledger(), history("+++", last=30)
    ledger.read_daily(record, 30, 10)
    ledger.close(9)
    ledger.read_daily(record, 8, 1)
    assert "D08" not in ledger.signs()
    ledger.read(record, 0)
    assert ("D08", "today") in ledger.open()
    assert not ledger.read(record, 0).does_something
    ledger.close(0)
    ledger.read_daily(record, -1, -60)
    assert "D08" not in ledger.signs()


def test_closed_on_the_day_of_a_step_it_rests() -> None:
    ledger, record = Ledger(), history("+++", last=30)
    ledger.read(record, 0)
    ledger.close(0)
    ledger.read_daily(record, -1, -20)
    assert "D08" not in ledger.signs()


def test_after_discharge_nobody_has_stopped_coming() -> None:
    assert says(history("+++", last=20, discharged=0), "D08") is None
    assert says(history("+++", last=20, discharged=-1), "D08") == "today"


def test_left_before_half_is_a_contact() -> None:
    assert says(history("+++", Line("h", last=13), last=20), "D08") is None
    assert says(history("++", Line("h", last=14), last=20), "D08") == "today"


# -- settling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("visits", "stands"), [("+", True), ("++", False)])
def test_two_sessions_settle_it(visits: str, stands: bool) -> None:
    ledger = Ledger()
    ledger.read(history("+++", last=14), 0)
    assert ("D08", "today") in ledger.open()
    ledger.read(history("+++", Line(visits, every=1, last=-2), last=14), -2)
    assert ("D08" in ledger.signs()) is stands


@pytest.mark.parametrize(("apart", "stands"), [(14, False), (15, True)])
def test_within_a_fortnight(apart: int, stands: bool) -> None:
    ledger = Ledger()
    ledger.read(history("+++", last=14), 0)
    ledger.read(history("+++", Line("++", every=apart, last=-1 - apart), last=14), -1 - apart)
    assert ("D08" in ledger.signs()) is stands


def test_a_visit_entered_late_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(history("+++?", last=7), 0)
    assert "D08" in ledger.signs()
    made = ledger.read(history("++++", last=7), 0)
    assert {ledger.rows[number].sign for number in made.withdrawn} >= {"D08"}


def test_the_same_absence_stays_one_finding_while_it_grows() -> None:
    ledger = Ledger()
    ledger.read_daily(history("+++--", last=2), 2)
    ledger.read_daily(history("+++---", last=-5), -1, -6)
    assert len([row for row in ledger.rows.values() if row.sign == "D08"]) == 1


# -- words, steps, escalation --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "due"), [(29, False), (30, True), (31, True)])
def test_after_thirty_days_a_case_conference_is_due(ago: int, due: bool) -> None:
    assert ("A case conference is due." in why(history("+++", last=ago), "D08")) is due


def test_who_hears_of_it() -> None:
    told = {(each.to, each.unit, each.amount) for each in D08.escalation if Level.TODAY in each.levels}
    assert told == {
        (To.SUPERVISOR, Unit.AT_ONCE, 0),
        (To.SUPERVISOR, Unit.HOURS_LATE, 4),
        (To.CONFERENCE, Unit.BUSINESS_DAYS_UNREACHED, 5),
        (To.CONFERENCE, Unit.DAYS_OF_ABSENCE, 30),
    }
    assert D08.safety


@pytest.mark.parametrize(
    ("facts", "medicated"),
    [
        ([], False),
        ([order()], True),
        ([order("injection", "naltrexone")], True),
        ([order(last=0)], True),
        ([order(last=1)], False),
        ([order(since=0)], True),
        ([order(since=-1)], False),
    ],
)
def test_with_a_medication_in_force_the_nurse_is_told(facts: list[object], medicated: bool) -> None:
    (found,) = findings(history("+++", last=20, facts=facts), "D08")
    assert ("FS-MED" in found.steps) is medicated
    expected = ("FS-NOW", "FS-SAFE", "FS-WAYBACK", "FS-SUPPORT", "FS-MED", "FS-LEVEL")
    assert found.steps == tuple(step for step in expected if medicated or step != "FS-MED")


@pytest.mark.parametrize(
    ("lines", "facts", "said"),
    [
        ([], [], "Medication: none on record."),
        ([], [order()], "Medication: yes, no dose on record."),
        (
            [dosing("+++--", last=20)],
            [order()],
            "Medication: yes, last dose or pick-up Sun 8 Feb.",
        ),
        (
            [],
            [order("injection"), injection(due=40, given=39), injection(due=12, number=2)],
            "Medication: yes, last dose or pick-up Thu 22 Jan.",
        ),
        (
            [dosing("+", last=30)],
            [order("take_home"), supply(picked_up=25, until=18)],
            "Medication: yes, last dose or pick-up Thu 5 Feb.",
        ),
    ],
)
def test_it_says_when_medication_was_last_taken_and_no_amount(
    lines: list[Line], facts: list[object], said: str
) -> None:
    assert said in why(history("+++", *lines, last=20, facts=facts), "D08")


@pytest.mark.parametrize(
    ("known", "said"),
    [(None, "Naloxone status: unknown, ask."), (0, "Naloxone status: on record."), (-1, "unknown, ask.")],
)
def test_it_says_whether_the_naloxone_status_is_known(known: int | None, said: str) -> None:
    assert said in why(history("+++", last=20, naloxone_known=known), "D08")


def test_it_says_when_each_service_was_last_attended() -> None:
    text = why(history("+++", group("++-", last=15), medical("+", last=40), last=20), "D08")
    assert "Last attended: counselling Tue 10 Feb, group Sun 8 Feb, medical Wed 21 Jan." in text
    assert "Last attended" not in why(history("+++", last=20), "D08")


def test_it_says_how_often_somebody_tried_and_what_the_clinic_cancelled() -> None:
    facts = [tried(ago=5), tried(ago=2, number=2), tried(ago=30, number=3)]
    text = why(history("+++", Line("//", last=1), last=20, facts=facts), "D08")
    assert "Tried 2 times since." in text
    assert "2 sessions since Tue 10 Feb were cancelled by the clinic." in text
