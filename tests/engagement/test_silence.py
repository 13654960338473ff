"""D06: no contact and nothing booked."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.gap import planned, silence_allowed
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import (
    TODAY,
    Line,
    dosing,
    elsewhere,
    history,
    injection,
    medical,
    moment,
    schedule,
    supply,
    tried,
)


def seen(ago: int, *more: str | Line, every: int = 7, **kept: object) -> Record:
    """Ten visits kept, the last so many days ago."""
    return history(Line("+" * 10, every=every, last=ago), *more, **kept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ago", "level"),
    [(13, None), (14, "tomorrow"), (27, "tomorrow"), (28, "today"), (29, "today")],
)
def test_in_a_weekly_plan(ago: int, level: str | None) -> None:
    assert says(seen(ago), "D06") == level


def allowed_days(record: Record, ago: int = 0) -> int:
    timeline = record.as_of(TODAY - ago)
    return silence_allowed(timeline, planned(timeline), DEFAULTS)


@pytest.mark.parametrize(("ago", "level"), [(6, None), (7, "tomorrow"), (13, "tomorrow"), (14, "today")])
def test_in_an_intensive_plan(ago: int, level: str | None) -> None:
    assert says(history(Line("+" * 40, every=2, last=ago)), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(6, None), (7, "tomorrow"), (13, "tomorrow"), (14, "today")])
def test_in_the_first_thirty_days(ago: int, level: str | None) -> None:
    assert says(history(Line("++", last=ago), admitted=29), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(29, None), (30, "tomorrow")])
def test_never_seen_since_admission(ago: int, level: str | None) -> None:
    record = history(admitted=ago)
    assert says(history(admitted=6), "D06") is None
    assert says(history(admitted=7), "D06") == "tomorrow"
    assert says(record, "D06") == "today"
    assert "No attended contact since admission on" in why(record, "D06")


@pytest.mark.parametrize(
    ("every", "allowed"), [(2, 7), (3, 14), (7, 14), (14, 14), (27, 14), (28, 42), (30, 42), (60, 45)]
)
def test_how_long_silence_may_last_follows_the_plan(every: int, allowed: int) -> None:
    record = history(Line("+" * 30, every=every, last=0), admitted=2000)
    # Intervals between 19 and 28 days are read as three visits in eight weeks.
    assert allowed_days(record) == allowed


def test_one_visit_on_the_day_of_admission_is_no_intensive_plan() -> None:
    record = history(Line("+", last=40), admitted=40)
    assert planned(record.as_of(TODAY)).a_week < 1
    assert allowed_days(record) == 42


@pytest.mark.parametrize(("ahead", "level"), [(7, None), (8, "tomorrow")])
def test_something_booked_within_a_week_breaks_it(ahead: int, level: str | None) -> None:
    assert says(seen(14, Line("?", last=-ahead)), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(20, None), (21, "two_days"), (40, "two_days")])
def test_booked_but_not_seen_for_half_as_long_again(ago: int, level: str | None) -> None:
    assert says(seen(ago, Line("?", last=-3)), "D06") == level


@pytest.mark.parametrize("mark", ["x", "/", "r", "n"])
def test_what_is_called_off_is_not_booked(mark: str) -> None:
    # Three days' notice of a visit in two days: known since yesterday.
    assert says(seen(14, Line(mark, last=-2)), "D06") == "tomorrow"


def test_what_is_called_off_later_is_still_booked_today() -> None:
    record = seen(14, Line("n", last=-5))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-2) == "tomorrow"


def test_an_outcome_still_to_come_is_a_booking() -> None:
    record = seen(14, Line("-", last=-2))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-2) == "tomorrow"


@pytest.mark.parametrize(
    "line",
    [medical("+", last=3), dosing("+", last=3), Line("+", Channel.MUTUAL_AID, last=3), Line("L", last=3)],
)
def test_a_visit_of_any_channel_ends_the_silence(line: Line) -> None:
    assert says(seen(20, line), "D06") is None


def test_a_two_way_exchange_ends_the_silence() -> None:
    assert says(seen(20, spoke=[13]), "D06") is None
    assert says(seen(20, spoke=[14]), "D06") == "tomorrow"
    assert says(seen(20, spoke=[-1]), "D06") == "tomorrow", "tomorrow's call is not known today"


def test_days_inside_a_pause_are_not_counted_and_closed_ones_are() -> None:
    assert says(seen(20, pauses=[(7, 1)]), "D06") is None
    assert says(seen(20, pauses=[(6, 1)]), "D06") == "tomorrow"
    assert says(seen(20, pauses=[(6, 0)]), "D06") is None, "still paused"
    assert says(seen(14, closed=[3, 4, 5]), "D06") == "tomorrow"


@pytest.mark.parametrize(
    ("marks", "level"), [("-----?", "tomorrow"), ("----?", "tomorrow"), ("---?", "two_days")]
)
def test_above_a_fifth_unrecorded_it_is_one_level_lower(marks: str, level: str) -> None:
    record = seen(15, Line(marks, every=1, last=2))
    assert says(record, "D06") == level


def test_excused_and_cancelled_by_the_clinic_do_not_end_the_silence() -> None:
    assert says(seen(14, "o/", last=1), "D06") == "tomorrow"


def test_a_rescheduled_appointment_is_planned_once_and_mutual_aid_never() -> None:
    every_two_days = Line("+" * 30, every=2, last=0)
    assert allowed_days(history(every_two_days, admitted=2000)) == 7
    moved = Line("+r" * 15, every=2, last=0)
    assert allowed_days(history(moved, admitted=2000)) == 14
    own = Line("+" * 30, Channel.MUTUAL_AID, every=2, last=0)
    assert allowed_days(history(own, admitted=2000)) == 14
    assert planned(history(Line("++r++"), admitted=400).as_of(TODAY)).interval == 14


def test_what_is_called_off_tomorrow_is_not_known_tonight() -> None:
    # Cancelled three days before a visit in four days: tomorrow morning.
    record = seen(14, Line("n", last=-4))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-1) == "tomorrow"


def test_somebody_seen_once_was_last_seen_then() -> None:
    (found,) = findings(history("+", last=50), "D06")
    assert found.counts_from == moment(50)
    assert "Last seen Sun 11 Jan (counselling)." in why(history("+", last=50), "D06")


def test_its_anchor_is_the_last_contact() -> None:
    assert findings(seen(20), "D06")[0].anchor == "seen:1010"
    assert findings(seen(20, spoke=[15]), "D06")[0].anchor.startswith("spoke:")
    assert findings(history(admitted=9), "D06")[0].anchor == "admission"


def test_it_says_when_last_seen_what_is_booked_and_the_usual_interval() -> None:
    (found,) = findings(seen(16), "D06")
    assert str(found.title) == "No contact for 16 days and nothing booked"
    assert (
        why(seen(16), "D06")
        == "Last seen Sat 14 Feb (counselling). Nothing is booked. Usual interval 7 days."
    )
    far = seen(16, Line("?", last=-9))
    assert str(findings(far, "D06")[0].title) == "No contact for 16 days and nothing booked soon"
    assert "Nothing is booked before Wed 11 Mar." in why(far, "D06")
    soon = seen(21, Line("?", last=-2))
    assert str(findings(soon, "D06")[0].title) == "Booked, not seen for 21 days"


# -- the care plan -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a_month", "allowed"), [(28, 7), (12, 7), (11, 14), (4, 14), (2, 14), (1, 42)])
def test_the_care_plan_says_how_long_silence_may_last(a_month: int, allowed: int) -> None:
    record = history(Line("+" * 30, every=2, last=0), admitted=2000, facts=[schedule("counselling", a_month)])
    assert allowed_days(record) == allowed


def test_the_services_of_a_care_plan_add_up_and_meetings_are_none_of_them() -> None:
    facts = [schedule("counselling", 4), schedule("group", 8)]
    assert allowed_days(history("+" * 10, facts=facts)) == 7
    meetings = [schedule("counselling", 4), schedule("mutual_aid", 28)]
    assert allowed_days(history("+" * 10, facts=meetings)) == 14


def test_the_plan_of_the_day_holds() -> None:
    facts = [schedule("group", 12), schedule("group", 4, since=10), schedule("group", 12, since=-1)]
    record = history("+" * 10, facts=facts)
    assert [allowed_days(record, ago) for ago in (11, 10, 0, -1)] == [7, 14, 14, 7]


def test_a_plan_that_has_ended_or_is_not_known_yet_leaves_it_to_the_bookings() -> None:
    daily = Line("+" * 40, every=2, last=0)
    assert allowed_days(history(daily, facts=[schedule("counselling", 1)])) == 42
    assert allowed_days(history(daily, facts=[schedule("counselling", 0)])) == 7
    assert allowed_days(history(daily, facts=[schedule("counselling", 1, since=5, known=-2)])) == 7


@pytest.mark.parametrize(("ago", "level"), [(6, None), (7, "tomorrow"), (13, "tomorrow"), (14, "today")])
def test_an_intensive_care_plan_asks_after_a_week(ago: int, level: str | None) -> None:
    assert says(seen(ago, facts=[schedule("group", 12)]), "D06") == level


def test_the_first_thirty_days_go_before_the_plan() -> None:
    record = history(Line("+", last=7), admitted=20, facts=[schedule("counselling", 1, since=20)])
    assert says(record, "D06") == "tomorrow"


# -- care elsewhere ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "level"), [(14, None), (27, None), (28, "tomorrow"), (30, "today")])
def test_during_care_elsewhere_it_may_last_twice_as_long(ago: int, level: str | None) -> None:
    assert says(seen(ago, facts=[elsewhere(since=60)]), "D06") == level


@pytest.mark.parametrize(
    ("since", "last", "known", "level"),
    [(20, 1, None, "tomorrow"), (20, 0, None, None), (0, None, None, None), (20, None, -1, "tomorrow")],
)
def test_only_while_it_lasts_and_is_known(
    since: int, last: int | None, known: int | None, level: str | None
) -> None:
    assert says(seen(16, facts=[elsewhere(since=since, last=last, known=known)]), "D06") == level


def test_the_early_days_are_doubled_too() -> None:
    facts = [elsewhere(since=20)]
    assert says(history(Line("+", last=13), admitted=20, facts=facts), "D06") is None
    assert says(history(Line("+", last=14), admitted=20, facts=facts), "D06") == "tomorrow"


# -- pauses in the plan --------------------------------------------------------------------------------------------


def test_a_pause_is_no_part_of_the_plan_and_the_weeks_reach_back_by_as_many() -> None:
    """Weekly for long, six weeks in detox, twice since: still a weekly plan."""
    weekly, since = Line("+" * 10, last=80), Line("++", last=20)
    paused = history(weekly, since, Line("?", last=-20), pauses=[(75, 30)], pause_kind="inpatient")
    assert allowed_days(paused) == 14
    assert says(paused, "D06") == "tomorrow"
    assert allowed_days(history(weekly, since, Line("?", last=-20))) == 42


@pytest.mark.parametrize(("first", "allowed"), [(26, 14), (27, 42)])
def test_only_the_days_before_the_pause_make_up_for_it(first: int, allowed: int) -> None:
    """Three visits in eight weeks outside of the pause, or two in the weeks there are."""
    record = history(
        Line("+", last=0), Line("+", last=first), Line("+", last=first + 35), admitted=800, pauses=[(25, 20)]
    )
    assert planned(record.as_of(TODAY)).interval == (19 if allowed == 14 else 28)
    assert allowed_days(record) == allowed


def test_what_was_planned_inside_a_pause_is_left_out() -> None:
    daily = Line("o" * 29, every=1, last=10)
    record = history(Line("+" * 12, last=5), daily, pauses=[(38, 10)])
    assert planned(record.as_of(TODAY)).a_week == 1
    assert allowed_days(record) == 14
    assert allowed_days(history(Line("+" * 12, last=5), daily)) == 7


@pytest.mark.parametrize("admitted", [40, 10])
def test_a_stay_that_was_all_pause_has_no_plan(admitted: int) -> None:
    record = history(admitted=admitted, pauses=[(admitted, 1)])
    assert planned(record.as_of(TODAY - 1)).interval == 0


# -- medication handed out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "level"),
    [
        (supply(picked_up=13, until=-1), None),
        (supply(picked_up=14, until=-1), "tomorrow"),
        (supply(picked_up=-1, until=-9), "tomorrow"),
        (injection(due=20, given=13), None),
        (injection(due=20, given=14), "tomorrow"),
        (injection(due=13), "tomorrow"),
        (injection(due=1, given=-1), "tomorrow"),
    ],
)
def test_a_supply_picked_up_or_an_injection_given_ends_the_silence(fact: object, level: str | None) -> None:
    assert says(seen(20, facts=[fact]), "D06") == level


def test_a_pick_up_settles_it() -> None:
    ledger = Ledger()
    ledger.read(seen(14), 0)
    ledger.read(seen(14, facts=[supply(picked_up=-1, until=-9)]), -1)
    assert "D06" not in ledger.signs()


def test_it_says_when_medication_was_given() -> None:
    facts = [supply(picked_up=15, until=1)]
    assert why(seen(20, facts=facts), "D06").startswith(
        "Last seen Tue 10 Feb (counselling). Medication given or picked up on Sun 15 Feb. Nothing is booked."
    )
    assert "Medication given" not in why(seen(15, facts=[supply(picked_up=16, until=1)]), "D06")
    never = why(history(admitted=60, facts=facts), "D06")
    assert never.startswith("No session attended since admission on Thu 1 Jan. Medication given or picked up")
    both = why(seen(20, spoke=[15], facts=facts), "D06")
    assert "Spoke or met on Sun 15 Feb." in both and "Medication given" not in both


# -- its steps -----------------------------------------------------------------------------------------------------


def steps(record: Record) -> list[tuple[str, int]]:
    """What its points say, and how many days ago that was."""
    (found,) = findings(record, "D06")
    assert [point.at for point in found.points] == [moment(TODAY - point.day, 0) for point in found.points]
    return [(str(point.words), TODAY - point.day) for point in found.points]


@pytest.mark.parametrize(
    ("record", "reached"),
    [
        (seen(14), [(14, 0)]),
        (seen(27), [(14, 13)]),
        (seen(28), [(14, 14), (28, 0)]),
        (seen(40), [(14, 26), (28, 12)]),
        (seen(14, facts=[schedule("group", 12)]), [(7, 7), (14, 0)]),
        (seen(29, facts=[elsewhere(since=60)]), [(28, 1)]),
        (seen(30, facts=[elsewhere(since=60)]), [(28, 2), (30, 0)]),
        # Forty-two days are more than is urgent for anybody.
        (seen(45, facts=[schedule("counselling", 1)]), [(42, 3)]),
        (history(admitted=15), [(7, 8), (14, 1)]),
        # With a visit ahead there is no second step.
        (seen(29, Line("?", last=-3)), [(14, 15)]),
        # Days inside a pause are no days of it.
        (seen(20, pauses=[(6, 1)]), [(14, 0)]),
        (seen(34, pauses=[(25, 20)]), [(14, 14), (28, 0)]),
        (seen(34, pauses=[(25, 20), (8, 6)]), [(14, 14)]),
    ],
)
def test_its_evidence_are_the_days_on_which_it_reached_a_step(
    record: Record, reached: list[tuple[int, int]]
) -> None:
    assert steps(record) == [(f"{count} days without contact", ago) for count, ago in reached]


def test_one_day_is_said_as_one() -> None:
    (found,) = findings(history(admitted=1), "D06", thresholds=Thresholds(silence_early=1))
    assert str(found.points[0].words) == "1 day without contact"


def test_points_and_missed_stand_in_the_order_of_time() -> None:
    (found,) = findings(seen(30, Line("--", every=7, last=8)), "D06")
    assert [at for at, _ in found.moments] == [moment(16, 0), moment(15), moment(8), moment(2, 0)]
    assert found.last_missed == moment(2, 0)


def test_closed_by_a_person_it_comes_back_with_the_next_step() -> None:
    ledger, record = Ledger(), seen(28)
    ledger.read_daily(record, 28, 10)
    assert ("D06", "tomorrow") in ledger.open()
    ledger.close(9)
    ledger.read_daily(record, 8, 1)
    assert "D06" not in ledger.signs()
    made = ledger.read(record, 0)
    assert [(found.sign, str(found.level)) for found in made.raised] == [("D06", "today")]
    assert not ledger.read(record, 0).does_something
    ledger.close(0)
    ledger.read_daily(record, -1, -60)
    assert "D06" not in ledger.signs()


def test_a_pause_puts_the_next_step_off() -> None:
    ledger, record = Ledger(), seen(28, pauses=[(6, 4)])
    ledger.read_daily(record, 28, 10)
    ledger.close(9)
    ledger.read_daily(record, 8, -2)
    assert "D06" not in ledger.signs()
    ledger.read(record, -3)
    assert ("D06", "today") in ledger.open()


def test_a_contact_on_the_day_of_a_step_settles_it() -> None:
    for ago in (14, 28):
        ledger = Ledger()
        ledger.read_daily(seen(ago), ago)
        assert "D06" in ledger.signs()
        ledger.read(seen(ago, medical("+", last=0)), 0)
        assert "D06" not in ledger.signs()


# -- situations, settling, words -----------------------------------------------------------------------------------


def test_after_discharge_silence_says_nothing() -> None:
    assert says(seen(20, discharged=0), "D06") is None
    assert says(seen(20, discharged=-1), "D06") == "tomorrow"


def test_a_visit_entered_late_ends_it() -> None:
    ledger = Ledger()
    ledger.read(seen(15, Line("?", last=3)), 0)
    assert "D06" in ledger.signs()
    made = ledger.read(seen(15, Line("+", last=3)), 0)
    assert {ledger.rows[number].sign for number in made.withdrawn} >= {"D06"}


@pytest.mark.parametrize("answer", [{"spoke": [-1]}, {}])
def test_one_contact_settles_it(answer: dict[str, list[int]]) -> None:
    ledger = Ledger()
    ledger.read(seen(14), 0)
    visits = [] if answer else [medical("+", last=-1)]
    ledger.read(seen(14, *visits, **answer), -1)
    assert "D06" not in ledger.signs()


@pytest.mark.parametrize(
    ("tries", "said"),
    [([], None), ([3], "Tried 1 time since."), ([3, 2], "Tried 2 times since."), ([20], None)],
)
def test_it_says_how_often_somebody_tried_since(tries: list[int], said: str | None) -> None:
    facts = [tried(ago=ago, number=number) for number, ago in enumerate(tries, 1)]
    text = why(seen(16, facts=facts), "D06")
    assert (said in text) if said else ("Tried" not in text)


def test_it_says_when_somebody_spoke_last() -> None:
    assert "Last seen Tue 10 Feb (counselling). Spoke or met on Sun 15 Feb." in why(
        seen(20, spoke=[15]), "D06"
    )
    assert "Spoke" not in why(seen(20, spoke=[21]), "D06")
    assert "Spoke or met on Sun 15 Feb." in why(history(admitted=60, spoke=[15]), "D06")


def test_it_says_what_the_clinic_cancelled_meanwhile() -> None:
    record = seen(16, Line("//", last=2))
    assert "2 sessions since Sat 14 Feb were cancelled by the clinic." in why(record, "D06")


def test_left_before_half_is_a_contact() -> None:
    assert says(seen(20, Line("h", last=13)), "D06") is None
    assert says(seen(20, Line("h", last=14)), "D06") == "tomorrow"


def test_closed_because_something_was_booked_it_comes_back_when_the_booking_is_gone() -> None:
    """Not at the second step, while the visit is still ahead; then, once it is called off."""
    ledger, booked = Ledger(), seen(30, Line("?", last=-5))
    ledger.read_daily(seen(30), 30, 10)
    ledger.close(9)
    ledger.read_daily(booked, 8, 0)
    assert "D06" not in ledger.signs()
    ledger.read(seen(30, Line("/", last=-5)), 0)
    assert ("D06", "today") in ledger.open()
