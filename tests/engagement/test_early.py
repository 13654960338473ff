"""D13a, D13b and D13c: the first weeks of an episode."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Of, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, dosing, group, history, medical, meetings, moment, override


def new(*lines: str | Line, on_day: int, **about: object) -> Record:
    """An episode seen on its day `on_day`: 1 is the day of admission."""
    return history(*lines, admitted=on_day - 1, **about)  # type: ignore[arg-type]


# -- D13a ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_day", "level"),
    [(1, None), (9, None), (10, "today"), (14, "today"), (34, "today"), (35, None), (90, None)],
)
def test_no_service_from_day_ten_to_day_thirty_four(on_day: int, level: str | None) -> None:
    assert says(new(on_day=on_day), "D13a") == level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (Line("+", last=3), None),
        (Line("L", last=3), None),
        (Line("E", last=3), None),
        (Line("h", last=3), "today"),
        (Line("-", last=3), "today"),
        (Line("o", last=3), "today"),
        (Line("/", last=3), "today"),
        (Line("r", last=3), "today"),
        (Line("x", last=3), "today"),
        (Line("w", last=3), "today"),
        (Line("?", last=3), "today"),
        (Line("?", last=-3), "today"),
        (Line("+", last=11), None),
        (Line("+", Channel.CASE_MANAGEMENT, last=3), None),
        (medical("+", last=3), None),
        (group("+", last=3), None),
        (dosing("+", last=3), None),
        (meetings("+", last=3), "today"),
    ],
)
def test_any_attended_service_is_a_beginning_and_mutual_aid_is_none(line: Line, level: str | None) -> None:
    assert says(new(line, on_day=12), "D13a") == level


def test_a_service_after_meetings_is_a_beginning_too() -> None:
    assert says(new(meetings("+++", every=1, last=5), Line("+", last=2), on_day=12), "D13a") is None
    assert says(new(meetings("+++", every=1, last=5), Line("-", last=2), on_day=12), "D13a") == "today"


def test_a_talk_is_no_service() -> None:
    assert says(new(on_day=12, spoke=[5]), "D13a") == "today"


@pytest.mark.parametrize(
    ("on_day", "pauses", "level"),
    [
        (12, [(5, 3)], None),
        (13, [(5, 3)], "today"),
        (12, [(0, None)], None),
        (12, [(20, 12)], "today"),
        (40, [(20, 15)], "today"),
        (40, [(19, 15)], None),
        (12, [(12, 9)], None),
    ],
)
def test_days_in_a_pause_do_not_count_to_it(
    on_day: int, pauses: list[tuple[int, int | None]], level: str | None
) -> None:
    assert says(new(on_day=on_day, pauses=pauses), "D13a") == level


def test_closed_days_do_count_and_a_discharged_client_is_left_alone() -> None:
    assert says(new(on_day=10, closed=[3, 4, 5]), "D13a") == "today"
    assert says(new(on_day=12, discharged=1), "D13a") is None


def test_what_is_entered_late_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(new(Line("?", last=4), on_day=12))
    assert ("D13a", "today") in ledger.open()
    ledger.read(new(Line("+", last=4), on_day=12))
    assert "D13a" not in ledger.signs()


def test_one_contact_after_it_settles_it_and_a_talk_before_it_does_not() -> None:
    ledger = Ledger()
    # Admitted 12 days ago: day ten was three days ago.
    record = history(admitted=12, spoke=[8])
    ledger.read_daily(record, 3, 1)
    assert "D13a" in ledger.signs()
    ledger.read(history(admitted=12, spoke=[8, 0]), 0)
    assert "D13a" not in ledger.signs()


def test_once_handled_it_comes_back_only_with_another_missed_visit() -> None:
    ledger = Ledger()
    before = new(Line("-", last=8), on_day=12)
    ledger.read(before, 1)
    ledger.close(1)
    ledger.read(before, 0)
    assert "D13a" not in ledger.signs()
    ledger.read(new(Line("-", last=8), medical("-", last=0, hour=18), on_day=12), 0)
    assert "D13a" in ledger.signs()


def test_one_missed_after_the_tenth_day_counts_from_there() -> None:
    (found,) = findings(new(Line("-", last=0), on_day=12), "D13a")
    assert found.counts_from == moment(0)
    (none,) = findings(new(on_day=12), "D13a")
    assert none.counts_from == moment(2, 0) and none.missed == ()


def test_the_words_of_no_service_yet() -> None:
    record = new(Line("--", every=2, last=4), Line("?", last=-2), on_day=12)
    (found,) = findings(record, "D13a")
    assert str(found.title) == "Early days: make contact, no service yet"
    assert why(record, "D13a") == (
        "Day 12 of this episode. 0 of the 2 first contacts attended. "
        "No attended service since admission on Thu 19 Feb. A first service is wanted by Thu 5 Mar. "
        "Next booked: Wed 4 Mar."
    )
    assert [event.id for event in found.evidence] == [1001, 1002]
    assert str(found.points[0].words) == "No attended service by Sat 28 Feb"
    assert found.points[0].day == day(2)
    assert found.counts_from == moment(2, 0)
    assert found.anchor == "admission"
    assert found.steps[0] == "FS-CALM"


def test_nothing_is_said_of_first_contacts_where_none_was_planned() -> None:
    assert why(new(on_day=12), "D13a").startswith("Day 12 of this episode. No attended service since")
    assert "0 of 1 first contact attended." in why(new(Line("-", last=2), on_day=12), "D13a")
    assert "first contact" not in why(new(Line("o", last=2), on_day=12), "D13a"), (
        "an excused one says nothing"
    )


def test_its_threshold_can_be_tuned() -> None:
    assert says(new(on_day=7), "D13a", thresholds=Thresholds(first_service_day=7)) == "today"
    assert says(new(on_day=20), "D13a", thresholds=Thresholds(further_services_end=19)) is None
    # An override of the client's own is applied where findings are compared with those on record.
    ledger = Ledger()
    ledger.read(new(on_day=7, facts=[override(since=5, last=-5, first_service_day=7)]))
    assert "D13a" in ledger.signs()


# -- D13b ----------------------------------------------------------------------------------------------------------


def begun(days_ago: int, *lines: Line, **about: object) -> Record:
    """A first counselling session so many days ago, two days after admission."""
    return history(Line("+", last=days_ago), *lines, admitted=days_ago + 2, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days_ago", "level"),
    [(10, None), (23, None), (24, "tomorrow"), (30, "tomorrow"), (34, "tomorrow"), (35, None), (100, None)],
)
def test_few_services_from_day_twenty_four_to_thirty_four_after_the_first(
    days_ago: int, level: str | None
) -> None:
    assert says(begun(days_ago), "D13b") == level


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ((Line("+", last=9),), "tomorrow"),
        ((Line("++", last=9),), None),
        ((Line("+", last=9), medical("+", last=2)), None),
        ((Line("+", last=9), medical("L", last=2)), None),
        ((Line("+", last=9), medical("h", last=2)), "tomorrow"),
        ((Line("+", last=9), medical("-", last=2)), "tomorrow"),
        ((Line("+", last=9), medical("o", last=2)), "tomorrow"),
        ((Line("+", last=9), medical("/", last=2)), "tomorrow"),
        ((Line("+", last=9), medical("?", last=2)), "tomorrow"),
        ((Line("+", last=9), medical("?", last=-2)), "tomorrow"),
        ((Line("+", last=9), meetings("+", last=2)), "tomorrow"),
        ((Line("+", last=9), dosing("+", last=2)), None),
        ((medical("+", last=9), group("+", last=9)), None),
        ((medical("++", every=1, last=23),), None),
        ((medical("+", last=25), group("+", last=25)), "tomorrow"),
    ],
)
def test_two_further_services_are_enough(lines: tuple[Line, ...], level: str | None) -> None:
    assert says(begun(25, *lines), "D13b") == level


def test_several_on_the_first_day_are_one_beginning() -> None:
    assert (
        says(begun(25, medical("+", last=25), group("+", last=25), Line("+", last=3)), "D13b") == "tomorrow"
    )


def test_it_begins_with_the_first_service_not_with_mutual_aid() -> None:
    record = history(meetings("++", every=1, last=38), Line("+", last=25), admitted=40)
    assert says(record, "D13b") == "tomorrow"
    assert says(history(meetings("++", every=1, last=25), admitted=40), "D13b") is None


@pytest.mark.parametrize(
    ("days_ago", "pauses", "level"),
    [
        (24, [(10, 10)], None),
        (25, [(10, 10)], "tomorrow"),
        (36, [(10, 9)], "tomorrow"),
        (37, [(10, 9)], None),
        (25, [(0, None)], None),
    ],
)
def test_days_in_a_pause_are_left_out_of_its_clock(
    days_ago: int, pauses: list[tuple[int, int | None]], level: str | None
) -> None:
    assert says(begun(days_ago, pauses=pauses), "D13b") == level


def test_a_leave_without_an_end_that_lies_ahead_does_not_put_the_wanted_day_off_for_ever() -> None:
    record = begun(28, pauses=[(-2, None)])
    assert says(record, "D13b") == "tomorrow"
    assert "wanted by" in why(record, "D13b")


def test_further_services_mend_it_and_a_talk_does_not() -> None:
    ledger = Ledger()
    ledger.read(begun(25), 0)
    assert ("D13b", "tomorrow") in ledger.open()
    ledger.read(begun(25, spoke=[-1]), -1)
    assert "D13b" in ledger.signs()
    ledger.read(begun(25, Line("+", last=-1)), -1)
    assert "D13b" in ledger.signs(), "one is not enough"
    ledger.read(begun(25, Line("++", every=1, last=-2)), -2)
    assert "D13b" not in ledger.signs()


def test_the_words_of_few_services() -> None:
    record = begun(25, medical("+", last=20), Line("-", last=4))
    (found,) = findings(record, "D13b")
    assert str(found.title) == "Early days: make contact, few services so far"
    assert why(record, "D13b") == (
        "Day 28 of this episode. 1 service attended after the first on Thu 5 Feb. "
        "2 are wanted by Wed 11 Mar. Nothing is booked."
    )
    assert [event.id for event in found.evidence] == [3001]
    assert found.anchor == "began:1001"


def test_the_words_of_the_steps_and_evidence_of_few_services() -> None:
    (found,) = findings(begun(25), "D13b")
    assert why(begun(25), "D13b").startswith("Day 28 of this episode. 0 services attended after the first on")
    assert [(point.of, point.id, point.day, point.at) for point in found.points] == [
        (Of.STAY, 1001, day(1), moment(1, 0))
    ]
    assert str(found.points[0].words) == "0 services attended after the first on Thu 5 Feb."
    assert found.counts_from == moment(1, 0) and found.steps[0] == "FS-CALM"
    (later,) = findings(begun(25, Line("-", last=0)), "D13b")
    assert later.counts_from == moment(0)
    (earlier,) = findings(begun(25, Line("-", last=9)), "D13b")
    assert earlier.counts_from == moment(1, 0)
    one = Thresholds.of({"further_services": 1})
    assert "1 is wanted by Wed 11 Mar." in [
        str(each) for each in findings(begun(25), "D13b", thresholds=one)[0].why
    ]


def test_the_first_service_may_be_the_oldest_on_record_and_of_any_kind() -> None:
    for mark in "+LE":
        assert says(history(Line(mark, last=25), admitted=27), "D13b") == "tomorrow"
        assert says(history(Line(mark, last=35), admitted=37), "D13b") is None
    began_late = history(Line("L", last=60), Line("+", last=25), admitted=62)
    assert says(began_late, "D13b") is None, "the first is what it counts from, however it was attended"
    after_meetings = history(meetings("+", last=60), Line("+", last=25), admitted=62)
    assert says(after_meetings, "D13b") == "tomorrow"
    in_a_pause = history(Line("+", last=40), admitted=42, pauses=[(20, 11)])
    assert says(in_a_pause, "D13b") == "tomorrow", "ten of the forty days were paused"


@pytest.mark.parametrize(
    ("pauses", "level"), [([(35, 35)], "tomorrow"), ([(36, 36)], None), ([(34, 34)], "tomorrow")]
)
def test_a_pause_right_after_the_first_service(
    pauses: list[tuple[int, int | None]], level: str | None
) -> None:
    # First seen 36 days ago; two days of pause would bring it to 34.
    record = history(Line("+", last=36), admitted=38, pauses=[*pauses, (5, 5)])
    assert says(record, "D13b") == level


# -- D13c ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("-", "tomorrow"),
        ("+-", "tomorrow"),
        ("++-", "tomorrow"),
        ("+++-", None),
        ("+++", None),
        ("-++", "tomorrow"),
        ("---", "tomorrow"),
        ("++w", "tomorrow"),
        ("++v", None),
        ("++n", None),
        ("++x", None),
        ("++o-", "tomorrow"),
        ("++/-", "tomorrow"),
        ("++r-", "tomorrow"),
        ("++?-", "tomorrow"),
        ("+ooo-", "tomorrow"),
        ("++o+-", None),
        ("++h-", "tomorrow"),
        ("o/r?", None),
        ("", None),
    ],
)
def test_one_of_the_first_three_planned_contacts_missed(marks: str, level: str | None) -> None:
    assert says(new(Line(marks, every=2, last=1), on_day=20), "D13c") == level


@pytest.mark.parametrize(("on_day", "level"), [(29, "tomorrow"), (30, "tomorrow"), (31, None)])
def test_in_the_first_thirty_days(on_day: int, level: str | None) -> None:
    assert says(new(Line("-", last=5), on_day=on_day), "D13c") == level


@pytest.mark.parametrize(
    ("on_day", "pauses", "level"),
    [(33, [(20, 18)], "tomorrow"), (34, [(20, 18)], None), (20, [(0, None)], None), (20, [(5, 5)], None)],
)
def test_a_pause_is_left_out_of_the_thirty_days(
    on_day: int, pauses: list[tuple[int, int | None]], level: str | None
) -> None:
    # The missed one lies five days ago: missed inside a pause it counts for nothing.
    assert says(new(Line("-", last=5), on_day=on_day, pauses=pauses), "D13c") == level


def test_missed_on_a_closed_day_counts_for_nothing() -> None:
    assert says(new(Line("-", last=5), on_day=20, closed=[5]), "D13c") is None


def test_all_services_stand_in_one_order_and_mutual_aid_in_none() -> None:
    mixed = new(Line("+", last=9), medical("+", last=8), dosing("+", last=7), group("-", last=6), on_day=20)
    assert says(mixed, "D13c") is None, "the fourth"
    third = new(Line("+", last=9), medical("+", last=8), meetings("-", last=7), group("-", last=6), on_day=20)
    assert says(third, "D13c") == "tomorrow"
    assert says(new(meetings("---", every=1, last=5), on_day=20), "D13c") is None


def test_a_day_counts_once_a_service() -> None:
    twice = new(Line("-", last=9, hour=9), Line("+", last=9, hour=15), on_day=20)
    assert says(twice, "D13c") is None
    fourth = new(Line("+++", every=2, last=5), Line("+", last=9, hour=15), Line("-", last=1), on_day=20)
    assert says(fourth, "D13c") is None, "two sessions of one day are one contact"
    other_service = new(Line("+", last=9, hour=9), medical("-", last=9), on_day=20)
    assert says(other_service, "D13c") == "tomorrow"


def test_one_contact_settles_it() -> None:
    ledger = Ledger()
    record = new(Line("+-", every=2, last=1), on_day=10)
    ledger.read(record, 0)
    assert ("D13c", "tomorrow") in ledger.open()
    ledger.read(new(Line("+-.", every=2, last=-1), spoke=[-1], on_day=10), -1)
    assert "D13c" not in ledger.signs()


def test_a_further_one_missed_is_the_same_finding() -> None:
    ledger = Ledger()
    record = new(Line("---", every=2, last=0), on_day=10)
    ledger.read_daily(record, 4)
    assert [row.sign for row in ledger.rows.values()].count("D13c") == 1
    (row,) = [row for row in ledger.rows.values() if row.sign == "D13c"]
    assert row.evidence == {1001, 1002, 1003}


def test_the_words_of_a_first_contact_missed() -> None:
    record = new(Line("+-+", every=2, last=1), on_day=10)
    (found,) = findings(record, "D13c")
    assert str(found.title) == "Early days: make contact, a first one was missed"
    assert (
        why(record, "D13c")
        == "Day 10 of this episode. 2 of the 3 first contacts attended. Nothing is booked."
    )
    assert found.anchor == "1002"
    assert found.counts_from == moment(3)
    assert found.steps[0] == "FS-CALM"
    only = new(Line("-", last=1), on_day=10)
    assert "0 of 1 first contact attended." in why(only, "D13c")


def test_an_established_client_shows_none_of_them() -> None:
    record = history(Line("+-" * 20), admitted=140)
    assert all(says(record, code) is None for code in ("D13a", "D13b", "D13c"))


def test_what_was_missed_on_the_day_of_admission_is_evidence() -> None:
    (found,) = findings(new(Line("-", last=11), on_day=12), "D13a")
    assert [event.id for event in found.evidence] == [1001]
    (later,) = findings(begun(25, medical("-", last=25), group("-", last=24)), "D13b")
    assert [event.id for event in later.evidence] == [3001], "of the day of the first service nothing"


@pytest.mark.parametrize(
    ("code", "escalation"),
    [
        ("D13a", {(To.SUPERVISOR, Unit.AT_ONCE, 0), (To.SUPERVISOR, Unit.HOURS_LATE, 4)}),
        ("D13b", {(To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1)}),
        ("D13c", {(To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1)}),
        ("D10", set()),
        ("D11", set()),
        ("D14", set()),
        ("D15", set()),
    ],
)
def test_to_whom_it_goes_when_nobody_acts(code: str, escalation: set[tuple[To, Unit, int]]) -> None:
    assert {(each.to, each.unit, each.amount) for each in BY_CODE[code].escalation} == escalation
    assert {level for each in BY_CODE[code].escalation for level in each.levels} <= set(BY_CODE[code].levels)
