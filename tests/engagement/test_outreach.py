"""D12: tries that stay unanswered. S04: a number or an address that is not the client's."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.background import Try
from clinic.engagement.signs.outreach import D12, METHODS, S04
from clinic.engagement.signs.sign import Of, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, consent, day, dosing, history, moment, tried


def tries(*each: tuple[int, dict[str, Any]]) -> list[Try]:
    """Tries, each with how many days ago it was; numbered in the order given."""
    return [tried(ago=ago, number=number, **more) for number, (ago, more) in enumerate(each, 1)]


def seen_then(*facts: Any, last: int = 20, **more: Any) -> Record:
    """Ten sessions kept, the last of them well before the tries."""
    return history(Line("+" * 10, last=last), facts=facts, **more)


CALL: dict[str, Any] = {}
TEXT = {"method": "text"}
LATE = {"hour": 18}
# TODAY is a Monday: 3 days ago was a Friday, 4 a Thursday, 7 the Monday before.


@pytest.mark.parametrize(
    ("made", "level"),
    [
        ([], None),
        ([(0, CALL)], None),
        ([(0, CALL), (0, CALL)], None),
        ([(0, CALL), (0, TEXT)], "tomorrow"),
        ([(0, CALL), (0, LATE)], "tomorrow"),
        ([(5, CALL), (4, TEXT)], "tomorrow"),
        # Wednesday to Friday: two business days after the first. Wednesday to Monday: three.
        ([(5, CALL), (3, TEXT)], "tomorrow"),
        ([(5, CALL), (0, TEXT)], None),
        # A weekend between does not count: Friday to Monday is one, Thursday to Monday two.
        ([(3, CALL), (0, TEXT)], "tomorrow"),
        ([(4, CALL), (0, TEXT)], "tomorrow"),
        # Two by one method long ago, and the third by another soon after the second.
        ([(7, CALL), (0, CALL), (0, TEXT)], "today"),
    ],
)
def test_two_unanswered_in_different_ways(made: list[Any], level: str | None) -> None:
    assert says(seen_then(*tries(*made)), "D12") == level


@pytest.mark.parametrize(
    ("hours", "level"),
    [
        ((9, 11), None),
        ((11, 12), "tomorrow"),
        ((12, 16), None),
        ((16, 17), "tomorrow"),
        ((17, 18), None),
        ((11, 17), "tomorrow"),
    ],
)
def test_times_of_day(hours: tuple[int, int], level: str | None) -> None:
    made = tries(*((0, {"hour": hour}) for hour in hours))
    assert says(seen_then(*made), "D12") == level


@pytest.mark.parametrize(
    ("days", "level"),
    [
        ((2, 1, 0), "today"),
        ((1, 1, 0), None),
        ((0, 0, 0), None),
        ((9, 5, 0), "today"),
        ((2, 0), None),
        ((3, 2, 1, 0), "today"),
    ],
)
def test_three_unanswered_over_three_days_whatever_the_way(days: tuple[int, ...], level: str | None) -> None:
    assert says(seen_then(*tries(*((ago, CALL) for ago in days))), "D12") == level


@pytest.mark.parametrize(
    ("pressing", "level"), [((True, True), "today"), ((True, False), None), ((False, False), None)]
)
def test_two_unanswered_on_a_follow_up_for_today(pressing: tuple[bool, ...], level: str | None) -> None:
    made = tries(*((0, {"pressing": each}) for each in pressing))
    assert says(seen_then(*made), "D12") == level


@pytest.mark.parametrize("answer", ["reached", "declined"])
def test_an_answer_ends_the_sequence(answer: str) -> None:
    made = [(3, CALL), (2, TEXT), (1, {"answer": answer})]
    assert says(seen_then(*tries(*made)), "D12", ago=2) == "tomorrow"
    assert says(seen_then(*tries(*made)), "D12") is None
    assert says(seen_then(*tries(*made, (0, CALL))), "D12") is None
    assert says(seen_then(*tries(*made, (0, CALL), (0, LATE))), "D12") == "tomorrow"


def test_a_wrong_number_is_no_unanswered_try() -> None:
    wrong = {"answer": "wrong_contact"}
    assert says(seen_then(*tries((2, CALL), (1, wrong), (0, wrong))), "D12") is None
    assert says(seen_then(*tries((1, CALL), (1, wrong), (0, TEXT))), "D12") == "tomorrow"


def test_who_was_seen_since_is_not_unreached() -> None:
    made = tries((3, CALL), (2, TEXT))
    assert says(seen_then(*made), "D12") == "tomorrow"
    for seen in (
        history(Line("+" * 10, last=1), facts=made),
        history(Line("+" * 10, last=20), dosing("+", last=1), facts=made),
        seen_then(*made, spoke=[1]),
    ):
        assert says(seen, "D12") is None


@pytest.mark.parametrize("mark", ["-", "o", "/", "x", "?"])
def test_a_session_not_attended_is_no_contact(mark: str) -> None:
    """Missed, excused, cancelled by the clinic or the client, unrecorded: none of them is an answer."""
    made = tries((3, CALL), (2, TEXT))
    record = history(Line("+" * 10, last=20), Line(mark, last=1), facts=made)
    assert says(record, "D12") == "tomorrow"


def test_a_closed_day_is_no_business_day() -> None:
    made = tries((5, CALL), (0, TEXT))
    assert says(seen_then(*made), "D12") is None
    assert says(seen_then(*made, closed=[4]), "D12") == "tomorrow"


def test_inside_a_pause_nothing_is_said() -> None:
    made = tries((1, CALL), (0, TEXT))
    assert says(seen_then(*made, pauses=[(0, None)]), "D12") is None
    assert says(seen_then(*made, pauses=[(9, 1)]), "D12") == "tomorrow"


def test_outside_an_open_stay_nothing_is_said() -> None:
    made = tries((1, CALL), (0, TEXT))
    assert says(seen_then(*made, discharged=0), "D12") is None
    assert says(seen_then(*made, discharged=-1), "D12") == "tomorrow"


def test_a_new_client_is_tried_like_any_other() -> None:
    assert says(history(admitted=3, facts=tries((1, CALL), (0, TEXT))), "D12") == "tomorrow"


def test_a_try_of_a_later_day_is_not_known_yet() -> None:
    record = seen_then(*tries((2, CALL), (1, TEXT)))
    assert says(record, "D12", ago=2) is None
    assert says(record, "D12", ago=1) == "tomorrow"


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("unanswered", 2, "tomorrow"),
        ("unanswered", 3, None),
        ("unanswered_days", 1, None),
        ("unanswered_days", 2, "tomorrow"),
        ("unanswered_high", 2, "today"),
        ("unanswered_high", 3, "tomorrow"),
    ],
)
def test_each_threshold_is_the_clinics_own(name: str, value: int, level: str | None) -> None:
    record = seen_then(*tries((5, CALL), (3, TEXT)))
    assert says(record, "D12", thresholds=Thresholds.of({name: value})) == level


@pytest.mark.parametrize(("days", "level"), [(2, "today"), (3, "today"), (4, None)])
def test_the_days_it_was_tried_over(days: int, level: str | None) -> None:
    record = seen_then(*tries((2, CALL), (1, CALL), (0, CALL)))
    assert says(record, "D12", thresholds=Thresholds.of({"unanswered_high_days": days})) == level


def test_the_words() -> None:
    record = seen_then(*tries((4, CALL), (3, TEXT), (3, {"hour": 18})), consent(until=-5))
    (found,) = findings(record, "D12")
    assert str(found.title) == "Not reached: try another way"
    assert why(record, "D12") == (
        "3 attempts since Thu 26 Feb, not reached: call × 2, text. 1 supporter with live consent."
    )
    assert [str(point.words) for point in found.points] == [
        "call: not reached",
        "text: not reached",
        "call: not reached",
    ]
    assert [(point.of, point.id) for point in found.points] == [(Of.TRY, 1), (Of.TRY, 2), (Of.TRY, 3)]
    assert (found.anchor, found.counts_from, found.missed) == ("try:1", moment(3, 18), ())


def test_the_words_of_a_single_try_where_a_clinic_asks_for_no_second() -> None:
    asked_once = Thresholds.of({"unanswered": 1})
    (found,) = findings(seen_then(tried(pressing=True)), "D12", thresholds=asked_once)
    assert str(found.why[0]) == "1 attempt since Mon 2 Mar, not reached: call."


def test_the_rest_of_its_steps_and_where_its_evidence_lies() -> None:
    record = seen_then(*tries((1, CALL), (0, {"method": "pigeon"})), consent(until=-5))
    (found,) = findings(record, "D12")
    assert found.steps == ("FS-OTHERWAY", "FS-PEER", "FS-SUPPORT", "FS-LETTER")
    assert [(point.day, point.at) for point in found.points] == [(day(1), moment(1)), (day(0), moment(0))]
    assert str(found.points[1].words) == "another way: not reached"


def test_what_is_no_known_danger_does_not_ask_about_safety() -> None:
    record = seen_then(*tries((1, CALL), (0, TEXT)))
    ledger = Ledger()
    ledger.read(history("+++--", last=1), 1)
    assert {"D02b", "D08"} <= ledger.signs()
    timeline = findings(record, "D12")[0].timeline
    for sign, asked in (("D02b", False), ("D08", True)):
        timeline.on_record = [row for row in ledger.rows.values() if row.sign == sign]
        assert ("FS-SAFE" in D12.find(timeline, Thresholds())[0].steps) == asked


def test_a_try_at_the_very_moment_of_a_visit_is_answered_by_it() -> None:
    """Seen once ever, at ten, and the first of two tries is of that hour."""
    made = tries((1, {"hour": 10}), (0, TEXT))
    assert says(history(Line("+", last=1), facts=made), "D12") is None
    assert says(history(Line("+", last=1, hour=9), facts=made), "D12") == "tomorrow"
    assert says(history(Line("+", last=0), facts=made), "D12") is None


@pytest.mark.parametrize("method", ["call", "text", "letter", "visit", "in_person", "pigeon"])
def test_every_method_has_its_word(method: str) -> None:
    record = seen_then(*tries((0, {"method": method}), (0, {"method": method, "hour": 18})))
    assert f": {METHODS.get(method, 'another way')} × 2." in why(record, "D12")


@pytest.mark.parametrize(
    ("given", "says_so"),
    [
        ([], "No supporter with live consent."),
        ([consent(until=0)], "1 supporter with live consent."),
        ([consent(until=1)], "No supporter with live consent."),
        ([consent(until=-9, ended=0)], "No supporter with live consent."),
        ([consent(until=-9, ended=-1)], "1 supporter with live consent."),
        ([consent(until=-9), consent(until=-9, number=2)], "2 supporters with live consent."),
    ],
)
def test_consented_alternatives_are_counted_and_never_named(given: list[Any], says_so: str) -> None:
    record = seen_then(*tries((1, CALL), (0, TEXT)), *given)
    assert why(record, "D12").endswith(says_so)
    assert ("FS-SUPPORT" in findings(record, "D12")[0].steps) == ("No supporter" not in says_so)


def test_a_known_danger_of_the_last_weeks_asks_about_safety() -> None:
    made = tries((1, CALL), (0, TEXT))
    ledger = Ledger()
    record = seen_then(*made, last=30)
    ledger.read(record, 5)
    assert "D08" in ledger.signs()
    timeline = record.as_of(findings(record, "D12")[0].timeline.today)
    for rows, asked in ((list(ledger.rows.values()), True), ([], False)):
        timeline.on_record = rows
        (found,) = D12.find(timeline, Thresholds())
        assert ("FS-SAFE" in found.steps) == asked
    old = [row._replace(judged_on=timeline.today - 29) for row in ledger.rows.values()]
    for rows, asked in (
        (old, False),
        ([row._replace(judged_on=row.judged_on + 1) for row in old], True),
        ([row._replace(withdrawn=True) for row in ledger.rows.values()], False),
    ):
        timeline.on_record = rows
        assert ("FS-SAFE" in D12.find(timeline, Thresholds())[0].steps) == asked


def test_who_asked_for_no_outreach_is_met_at_the_next_session() -> None:
    record = seen_then(*tries((1, CALL), (0, TEXT)), no_outreach=True)
    assert findings(record, "D12")[0].steps == ("FS-ATNEXT",)


def test_one_attended_contact_settles_it() -> None:
    made = tries((4, CALL), (3, TEXT))
    ledger = Ledger()
    ledger.read(seen_then(*made), 3)
    assert ("D12", "tomorrow") in ledger.open()
    ledger.read(seen_then(*made, spoke=[2]), 2)
    assert "D12" not in ledger.signs()


def test_more_tries_carry_the_same_finding_on() -> None:
    made = tries((4, CALL), (3, TEXT), (0, CALL))
    ledger = Ledger()
    ledger.read_daily(seen_then(*made), 4)
    assert ("D12", "today") in ledger.open()
    assert len([row for row in ledger.rows.values() if row.sign == "D12"]) == 1


def test_what_a_person_closed_comes_back_with_a_new_try_only() -> None:
    made = tries((6, CALL), (5, TEXT))
    ledger = Ledger()
    ledger.read(seen_then(*made), 5)
    ledger.close(5)
    ledger.read_daily(seen_then(*made), 4)
    assert "D12" not in ledger.signs()
    ledger.read(seen_then(*made, tried(ago=0, number=3)), 0)
    assert ("D12", "today") in ledger.open()


def test_a_corrected_answer_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(seen_then(*tries((3, CALL), (2, TEXT))), 2)
    ledger.read(seen_then(*tries((3, CALL), (2, {"method": "text", "answer": "declined"}))), 1)
    assert "D12" not in ledger.signs()


def test_to_whom_it_goes() -> None:
    assert [each[1:] for each in D12.escalation] == [
        (To.SUPERVISOR, Unit.AT_ONCE, 0),
        (To.SUPERVISOR, Unit.HOURS_LATE, 4),
        (To.CONFERENCE, Unit.BUSINESS_DAYS_UNREACHED, 5),
        (To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),
    ]
    assert S04.escalation == ()


WRONG = {"answer": "wrong_contact"}


@pytest.mark.parametrize(
    ("made", "level"),
    [
        ([], None),
        ([(0, CALL)], None),
        ([(0, WRONG)], "upkeep"),
        ([(9, WRONG)], "upkeep"),
        ([(1, WRONG), (0, WRONG)], "upkeep"),
        ([(1, WRONG), (0, CALL)], None),
        ([(1, WRONG), (0, {"answer": "reached"})], None),
        ([(1, WRONG), (0, {"answer": "declined"})], None),
        ([(1, {"answer": "reached"}), (0, WRONG)], "upkeep"),
    ],
)
def test_a_wrong_contact(made: list[Any], level: str | None) -> None:
    assert says(seen_then(*tries(*made)), "S04") == level


def test_only_the_wrong_ones_up_to_the_newest_are_its_evidence() -> None:
    record = seen_then(*tries((4, WRONG), (3, CALL), (2, WRONG), (1, {**WRONG, "method": "letter"})))
    (found,) = findings(record, "S04")
    assert [point.id for point in found.points] == [3, 4]
    assert found.anchor == "try:3"
    assert str(found.title) == "Update the contact details"
    assert why(record, "S04") == (
        "2 attempts went to a wrong number or address, the newest on Sun 1 Mar: call, letter."
    )
    assert found.steps == ("FS-CONTACT",)
    assert [str(point.words) for point in found.points] == [
        "call: wrong number or address",
        "letter: wrong number or address",
    ]
    assert found.counts_from == moment(1)


def test_the_words_of_a_single_wrong_contact() -> None:
    assert why(seen_then(*tries((2, CALL), (1, WRONG))), "S04") == (
        "1 attempt went to a wrong number or address, the newest on Sun 1 Mar: call."
    )


def test_a_wrong_contact_waits_while_a_pause_goes_on() -> None:
    record = seen_then(*tries((5, WRONG)), pauses=[(3, None)])
    assert says(record, "S04", ago=4) == "upkeep"
    assert says(record, "S04") is None


def test_a_try_that_went_through_mends_it() -> None:
    ledger = Ledger()
    ledger.read(seen_then(*tries((3, WRONG))), 3)
    assert ("S04", "upkeep") in ledger.open()
    ledger.read(seen_then(*tries((3, WRONG), (1, CALL))), 1)
    assert "S04" not in ledger.signs()
    ledger.read(seen_then(*tries((3, WRONG), (1, CALL), (0, WRONG))), 0)
    assert ("S04", "upkeep") in ledger.open()


def test_being_seen_does_not_mend_an_address() -> None:
    made = tries((3, WRONG))
    ledger = Ledger()
    ledger.read(seen_then(*made), 3)
    ledger.read(seen_then(*made, spoke=[1]), 0)
    assert ("S04", "upkeep") in ledger.open()


def test_a_clinic_may_ask_for_two_wrong_ones_in_a_row() -> None:
    twice = Thresholds(wrong_contacts=2)
    assert says(seen_then(*tries((1, WRONG))), "S04", thresholds=twice) is None
    assert says(seen_then(*tries((2, WRONG), (1, WRONG))), "S04", thresholds=twice) == "upkeep"
    assert says(seen_then(*tries((3, WRONG), (2, CALL), (1, WRONG))), "S04", thresholds=twice) is None


# -- tries on follow-ups that are closed ------------------------------------------------------------------------------


CLOSED: dict[str, Any] = {"open": False}


@pytest.mark.parametrize(
    ("made", "level"),
    [
        ([(1, CALL), (0, TEXT)], "tomorrow"),
        ([(1, {**CALL, **CLOSED}), (0, TEXT)], None),
        ([(1, CALL), (0, {**TEXT, **CLOSED})], None),
        ([(1, CALL), (0, {**TEXT, **CLOSED}), (0, LATE)], "tomorrow"),
        # What was answered on another follow-up is a contact of its own, and no try of this one.
        ([(1, CALL), (1, {"answer": "declined", **CLOSED}), (0, TEXT)], "tomorrow"),
    ],
)
def test_unanswered_tries_are_those_on_what_is_open(made: list[Any], level: str | None) -> None:
    assert says(seen_then(*tries(*made)), "D12") == level


@pytest.mark.parametrize(
    ("made", "level"),
    [
        ([(3, {**WRONG, **CLOSED})], "upkeep"),
        ([(3, {**WRONG, **CLOSED}), (1, {**CALL, **CLOSED})], None),
        ([(3, {**WRONG, **CLOSED}), (1, CALL)], None),
        ([(3, {**WRONG, **CLOSED}), (1, {"answer": "reached", **CLOSED})], None),
        ([(3, {**CALL, **CLOSED}), (1, WRONG)], "upkeep"),
    ],
)
def test_a_wrong_contact_is_wrong_whatever_became_of_its_follow_up(
    made: list[Any], level: str | None
) -> None:
    assert says(seen_then(*tries(*made)), "S04") == level
