"""D05: several cancellations. D05d: one without a new date."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Level, Settles, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Cancellation, Channel, Purpose, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import HOUR, Line, day, dosing, group, history, medical, meetings, moment

DAY = 24 * HOUR


def told(
    record: Record, number: int, *, at: int | None = None, anew: int | None = None, made: int | None = None
) -> Record:
    """The record with more known of one cancellation: made at noon `at` days ago, its new date `anew` days ago (the
    appointment found there, at its own hour), made at noon `made` days ago.
    """
    index = list(record.ids).index(number)
    before = record.cancellations.get(index)
    known = before.at if before else record.starts[index]
    then = 0
    if anew is not None:
        then = next(
            (s for s, d in zip(record.starts, record.days, strict=True) if d == day(anew)), moment(anew)
        )
    known = known if at is None else moment(at, 12)
    rebooking = moment(made, 12) if made is not None else known if anew is not None else 0
    return record._replace(
        cancellations={**record.cancellations, index: Cancellation(known, False, then, rebooking)}
    )


# -- a: in a row ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+nn", None),
        ("+nnn", "tomorrow"),
        ("+nnnn", "tomorrow"),
        ("+xxx", "tomorrow"),
        # Attended between, however briefly late, ends the row.
        ("+n+nn", None),
        ("+nLnn", None),
        ("+nnEn", None),
        ("nnn+", None),
        # Neither a missed one nor anything transparent does.
        ("+n-nn", "tomorrow"),
        ("+non/rn", "tomorrow"),
        ("+n?nn", "tomorrow"),
        ("+nhnn", "tomorrow"),
        # Only the client's own count.
        ("+n/n", None),
        ("+///", None),
        ("+ooo", None),
        ("+rrr", None),
        ("+---", None),
        ("+nn?", None),
    ],
)
def test_three_in_a_row(marks: str, level: str | None) -> None:
    # A session every fifth week: neither late nor many.
    assert says(history(marks, every=35, last=2), "D05") == level


@pytest.mark.parametrize(("last", "level"), [(20, "tomorrow"), (21, "tomorrow"), (22, None)])
def test_a_row_whose_last_is_old_is_not_raised(last: int, level: str | None) -> None:
    assert says(history("+nnn", every=35, last=last), "D05") == level


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ([Line("n", last=9), medical("n", last=5), Line("n", Channel.CASE_MANAGEMENT, last=2)], "tomorrow"),
        ([Line("n", last=9), medical("n", last=5), Line("+", Channel.CASE_MANAGEMENT, last=4)], None),
        ([medical("nn", last=5, purpose=Purpose.ROUTINE), Line("n", last=2)], "tomorrow"),
        ([group("nn", last=5), Line("n", last=2)], None),
        ([Line("nnn", Channel.GROUP, last=2, group=1, purpose=Purpose.CARE_REVIEW)], "tomorrow"),
        ([Line("nnn", Channel.CASE_MANAGEMENT, last=2, purpose=Purpose.ROUTINE)], None),
        ([Line("nnn", Channel.MUTUAL_AID, last=2, purpose=Purpose.FOLLOW_UP)], None),
        ([dosing("nnn", every=7, last=2)], None),
        # Coming to other services does not end it.
        ([Line("nnn", every=9, last=2), group("+", last=3)], "tomorrow"),
        ([Line("nnn", every=9, last=2), dosing("++++++")], "tomorrow"),
        ([Line("nnn", every=9, last=2), meetings("+", last=3)], "tomorrow"),
        ([Line("nnn", every=9, last=2), medical("+", last=3)], None),
    ],
)
def test_across_counselling_medical_and_follow_ups(lines: list[Line], level: str | None) -> None:
    assert says(history(Line("+", last=60), *lines), "D05") == level


# -- b: late -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ([group("w", last=2)], None),
        ([group("w+w", every=6, last=2)], "two_days"),
        ([group("w", last=14), group("w", last=2)], "two_days"),
        ([group("w", last=15), group("w", last=2)], None),
        ([group("w+w+w", every=6, last=2)], "tomorrow"),
        ([group("w", last=30), group("w+w", every=6, last=2)], "tomorrow"),
        ([group("w", last=31), group("w+w", every=6, last=2)], "two_days"),
        ([group("w", last=30), group("w", last=20), group("w", last=2)], "tomorrow"),
        # Late and re-booked in time is late all the same; with good notice or without its time it is not.
        ([group("v+v", every=6, last=2)], "two_days"),
        ([group("n+n", every=6, last=2)], None),
        ([group("x+x", every=6, last=2)], None),
        ([dosing("w+w", every=6, last=2)], None),
        ([meetings("w+w", every=6, last=2)], None),
        ([group("w+w", every=6, last=2, number=2)], "two_days"),
        ([Line("w", last=9), medical("+", last=8), group("w", last=2)], "two_days"),
    ],
)
def test_late_ones(lines: list[Line], level: str | None) -> None:
    assert says(history(Line("+", last=40), *lines), "D05") == level


@pytest.mark.parametrize(("hours", "level"), [(23, "two_days"), (24, None), (25, None), (-1, "two_days")])
def test_late_is_under_a_day(hours: int, level: str | None) -> None:
    record = history(group("w+n", every=6, last=2))
    start = record.starts[2]
    known = {**record.cancellations, 2: Cancellation(start - hours * HOUR)}
    assert says(record._replace(cancellations=known), "D05") == level


# -- c: many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+n+n+n+", None),
        ("+n+n+n+n", "two_days"),
        ("+x+x+x+x", "two_days"),
        # 4 of 10 are 40 percent, 4 of 11 are not.
        ("++++++nnnn", "two_days"),
        ("+++++++nnnn", None),
        ("+++---nnnn", "two_days"),
        ("+++----nnnn", None),
        # Neither countable nor cancelled.
        ("+++++++o/r?nnnn", None),
        ("++++++o/r?nnnn", "two_days"),
    ],
)
def test_many_of_what_was_planned(marks: str, level: str | None) -> None:
    assert says(history(group(marks, every=2, last=1)), "D05") == level


@pytest.mark.parametrize(("oldest", "level"), [(30, "two_days"), (31, None)])
def test_how_far_back_many_are_counted(oldest: int, level: str | None) -> None:
    assert says(history(group("n", last=oldest), group("n+n+n", every=3, last=2)), "D05") == level


@pytest.mark.parametrize(("last", "level"), [(30, "two_days"), (31, None)])
def test_many_of_one_day_long_ago(last: int, level: str | None) -> None:
    lines = [group("n", last=last, hour=hour) for hour in (9, 11, 13, 15)]
    assert says(history(*lines), "D05") == level


# -- what is left out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "level"), [(6, None), (7, None), (8, "tomorrow")])
def test_re_booked_and_attended_in_time_is_left_out(on: int, level: str | None) -> None:
    record = history(Line("+nnn", every=35, last=10), group("+", last=10 - on))
    assert says(told(record, 1004, anew=10 - on), "D05", 0) == level


@pytest.mark.parametrize("mark", ["-", "o", "?", "/", "n", "h"])
def test_re_booked_and_not_attended_counts(mark: str) -> None:
    record = history(Line("+nnn", every=35, last=10), group(mark, last=8))
    assert says(told(record, 1004, anew=8), "D05") == "tomorrow"


def test_a_new_date_still_to_come_is_no_attended_one() -> None:
    record = told(history(Line("+nnn", every=35, last=3), group("+", last=0)), 1004, anew=0)
    assert says(record, "D05", 1) == "tomorrow"
    assert says(record, "D05", 0) is None


@pytest.mark.parametrize(
    ("pauses", "closed"), [([(2, 2)], []), ([], [2]), ([(37, 37)], []), ([], [37]), ([(80, 30)], [])]
)
def test_planned_in_a_pause_or_on_a_closed_day_is_nothing(
    pauses: list[tuple[int, int]], closed: list[int]
) -> None:
    record = history(Line("+nnn", every=35, last=2), pauses=pauses, closed=closed)
    assert says(record, "D05") is None
    assert says(record._replace(pauses=(), closures=frozenset()), "D05") == "tomorrow"


def test_a_pause_at_another_time_hides_nothing() -> None:
    assert says(history(Line("+nnn", every=35, last=2), pauses=[(60, 58)]), "D05") == "tomorrow"


def test_of_two_at_the_time_of_the_new_date_either_may_be_the_attended_one() -> None:
    record = history(Line("+nnn", every=35, last=10), group("-", last=8), group("+", 2, last=8))
    assert says(told(record, 1004, anew=8), "D05") is None


def test_nothing_is_read_in_a_pause_or_after_discharge() -> None:
    assert says(history("+nnn", last=2, pauses=[(1, None)]), "D05") is None
    assert says(history("+nnn", last=2, discharged=0), "D05") is None
    assert says(history("+nnn", last=2, discharged=-1), "D05") == "tomorrow"


def test_a_new_client_needs_no_baseline_and_has_no_other_level() -> None:
    assert says(history("nnn", last=2, admitted=20), "D05") == "tomorrow"
    assert says(history(group("w+w", every=6, last=2), admitted=20), "D05") == "two_days"


def test_several_on_one_day_are_several_cancellations() -> None:
    record = history(
        Line("+", last=60), Line("n", last=2), medical("n", last=2), medical("n", last=2, hour=15)
    )
    assert says(record, "D05") == "tomorrow"


# -- what lies ahead -----------------------------------------------------------------------------------------------


def test_one_that_lies_ahead_counts_from_the_day_it_was_made() -> None:
    record = told(history("+nn.", Line("n", last=-5), last=7), 2001, at=1)
    assert says(record, "D05", 2) is None
    assert says(record, "D05", 1) == "tomorrow"


def test_without_its_time_it_counts_from_its_planned_day() -> None:
    record = history("+nn.", Line("x", last=0), last=7)
    assert says(record, "D05", 1) is None
    assert says(record, "D05", 0) == "tomorrow"


@pytest.mark.parametrize(("ahead", "level"), [(29, "tomorrow"), (30, "tomorrow"), (31, None)])
def test_how_far_ahead_they_are_looked_for(ahead: int, level: str | None) -> None:
    assert says(told(history("+nn.", Line("n", last=-ahead), last=7), 2001, at=1), "D05") == level


def test_its_evidence_stands_at_the_moment_it_was_made() -> None:
    record = told(history("+nn.", Line("n", last=-5), last=7), 2001, at=1)
    (found,) = findings(record, "D05")
    assert [(point.id, point.at, point.day) for point in found.points] == [
        (1002, moment(21) - 3 * DAY, day(21)),
        (1003, moment(14) - 3 * DAY, day(14)),
        (2001, moment(1, 12), day(-5)),
    ]
    assert found.missed == () and found.evidence == ()
    assert found.counts_from == found.last_missed == moment(1, 12)


def test_a_correction_of_one_that_lies_ahead_withdraws_it() -> None:
    ahead = told(history("+nn.", Line("n", last=-5), last=7), 2001, at=2)
    ledger = Ledger()
    ledger.read(ahead, 1)
    assert "D05" in ledger.signs()
    booked = history("+nn.", Line("?", last=-5), last=7)
    ledger.read(booked, 0)
    assert "D05" not in ledger.signs()
    assert [row.withdrawn for row in ledger.rows.values() if row.sign == "D05"] == [True]


# -- one finding, its words, and what settles it -------------------------------------------------------------------


def test_the_patterns_are_one_finding_led_by_the_highest() -> None:
    record = history(Line("+nnn", every=35, last=2), group("w+w", every=6, last=1))
    (found,) = findings(record, "D05")
    assert str(found.level) == "tomorrow"
    assert str(found.title) == "3 cancellations: thank, ask, re-book"
    assert sorted(point.id for point in found.points) == [1002, 1003, 1004, 2001, 2003]
    assert found.anchor == "1002"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (group("w+w", every=6, last=2), "2 late cancellations: thank, ask, re-book"),
        (group("w+w+w", every=6, last=2), "3 late cancellations: thank, ask, re-book"),
        (group("n+n+n+n", every=2, last=2), "Several cancellations: thank, ask, re-book"),
    ],
)
def test_the_title_is_that_of_the_leading_pattern(line: Line, title: str) -> None:
    (found,) = findings(history(line), "D05")
    assert str(found.title) == title
    assert found.steps == ("FS-THANKS", "FS-BARRIER", "FS-WAYBACK", "FS-RESUME")


def test_it_says_how_many_with_what_notice_and_whether_re_booked() -> None:
    record = told(history("+nnw", Line("?", last=-3), last=2), 1004, anew=-3)
    assert why(record, "D05") == (
        "3 counselling, medical or follow-up appointments cancelled since Sat 14 Feb, none of these attended between. "
        "1 with under 24 hours’ notice. 1 re-booked."
    )


def test_of_late_ones_alone_it_says_what_and_since_when() -> None:
    assert why(history(group("+w+w", every=6, last=2)), "D05") == (
        "2 sessions cancelled with under 24 hours’ notice since Mon 16 Feb. None has a new date."
    )
    single = Thresholds(cancelled_late=1)
    (found,) = findings(history(group("+w+", every=6, last=2)), "D05", thresholds=single)
    assert str(found.why[0]) == "1 session cancelled with under 24 hours’ notice since Sun 22 Feb."
    # Beside another pattern their number is enough.
    assert "1 with under 24 hours’ notice." in why(history("+nnw", last=2), "D05")


def test_a_row_of_one_is_said_in_the_singular() -> None:
    (found,) = findings(history("+n", last=2), "D05", thresholds=Thresholds(cancelled_run=1))
    assert str(found.title) == "1 cancellation: thank, ask, re-book"
    assert str(found.why[0]) == "1 counselling, medical or follow-up appointment cancelled since Sat 28 Feb."


def test_a_new_date_called_off_is_none_re_booked() -> None:
    record = told(history("+nnw", Line("/", last=-3), last=2), 1004, anew=-3)
    assert "None has a new date." in why(record, "D05")


@pytest.mark.parametrize(
    ("line", "level"),
    [
        # A routine new date is one of care that was interrupted, and belongs to the row.
        (Line("nnn", Channel.CASE_MANAGEMENT, last=2, purpose=Purpose.ROUTINE, rebooks=True), "tomorrow"),
        (Line("nnn", Channel.GROUP, last=2, group=1, rebooks=True), None),
    ],
)
def test_new_dates_belong_to_the_row(line: Line, level: str | None) -> None:
    record = history(Line("+", last=60), line)
    assert says(record, "D05") == level
    original = history(Line("+", last=60), line, medical("/", last=59))
    linked = original._replace(stands_in=dict.fromkeys((2001, 2002, 2003), 3001))
    assert says(linked, "D05") == "tomorrow"


def test_any_new_date_that_was_kept_leaves_the_cancellation_out() -> None:
    """Two were made in its stead, of a service whose sessions do not end the row: one called off, one attended."""
    group_kept = told(history("+nnn", group("+", last=2), group("/", last=3), last=4), 1004, anew=3)
    index = list(group_kept.ids).index(1004)
    cancellation = group_kept.cancellations[index]
    assert says(group_kept, "D05") == "tomorrow"
    both = cancellation._replace(others=((moment(2, 14), cancellation.anew_made),))
    assert says(group_kept._replace(cancellations={**group_kept.cancellations, index: both}), "D05") is None


def test_of_many_it_says_of_how_many() -> None:
    assert why(history(group("+n+n+n+n", every=2, last=1)), "D05") == (
        "4 of 8 planned sessions cancelled since Sat 31 Jan. None has a new date."
    )


def test_each_cancellation_is_told_with_its_notice() -> None:
    record = told(history("+nxw", Line("?", last=-3), last=2), 1004, anew=-3)
    (found,) = findings(record, "D05")
    assert [str(point.words) for point in found.points] == [
        "Cancelled 3 days ahead: counselling on Sat 14 Feb",
        "Cancelled: counselling on Sat 21 Feb",
        "Cancelled with under 24 hours’ notice: counselling on Sat 28 Feb; re-booked",
    ]


def test_what_the_clinic_cancelled_and_nobody_recorded_is_said_beside_it() -> None:
    record = history("+n?n/n", medical("?", last=30), group("?", last=31), last=2)
    (found,) = findings(record, "D05")
    assert found.unrecorded == 2
    assert why(record, "D05").endswith(
        "1 session since Fri 30 Jan was cancelled by the clinic. "
        "2 sessions are not recorded yet and count for nothing."
    )


def test_two_attended_sessions_settle_it_and_one_does_not() -> None:
    ledger = Ledger()
    ledger.read(history(Line("+nnn", every=35, last=9)), 8)
    ledger.read(history(Line("+nnn", every=35, last=9), medical("+", last=7)), 7)
    assert "D05" in ledger.signs()
    ledger.read(history(Line("+nnn", every=35, last=9), group("++", last=0)), 0)
    assert "D05" in ledger.signs(), "coming to a group is not coming to what was cancelled"
    ledger.read(history(Line("+nnn", every=35, last=9), medical("++", last=0)), 0)
    assert "D05" not in ledger.signs()
    assert BY_CODE["D05"].settles is Settles.TWO_SESSIONS


def test_closed_by_a_person_it_comes_back_with_the_next_cancellation_alone() -> None:
    record = history("+nnn.", last=0)
    ledger = Ledger()
    ledger.read(record, 7)
    ledger.close(6)
    ledger.read_daily(record, 5)
    assert "D05" not in ledger.signs()
    more = told(history("+nnnn", Line("n", last=-7)), 1005, at=0)
    ledger.read(more, 0)
    assert "D05" in ledger.signs()


def test_one_that_lies_ahead_does_not_hide_what_is_cancelled_after_the_handling() -> None:
    ahead = told(history("+nn", Line("n", last=-20), last=7), 2001, at=4)
    ledger = Ledger()
    ledger.read(ahead, 3)
    ledger.close(3)
    ledger.read(ahead, 2)
    assert "D05" not in ledger.signs()
    more = told(told(history("+nn", Line("n", last=-20), Line("n", last=-2), last=7), 2001, at=4), 3001, at=1)
    ledger.read(more, 1)
    assert "D05" in ledger.signs()


def test_the_planned_day_of_a_handled_one_is_nothing_new() -> None:
    record = told(history("+nn", Line("n", last=1), last=14), 2001, at=9)
    ledger = Ledger()
    ledger.read(record, 8)
    assert "D05" in ledger.signs()
    ledger.close(8)
    ledger.read_daily(record, 7)
    assert "D05" not in ledger.signs()


@pytest.mark.parametrize(
    ("name", "value", "marks"),
    [
        ("cancelled_run", 4, "+nnn"),
        ("recent_days", 1, "+nnn"),
        ("cancelled_volume_percent", 81, "+nnnn"),
    ],
)
def test_the_thresholds_are_the_clinics_own(name: str, value: int, marks: str) -> None:
    every = 35 if marks == "+nnn" else 4
    line = Line(marks, every=every, last=2) if every == 35 else group(marks, every=every, last=2)
    assert says(history(line), "D05") is not None
    assert says(history(line), "D05", thresholds=Thresholds(**{name: value})) is None


@pytest.mark.parametrize("code", ["D05", "D05d"])
def test_they_go_to_the_supervisor_when_nobody_acts(code: str) -> None:
    (only,) = BY_CODE[code].escalation
    assert only == ((Level.TOMORROW, Level.TWO_DAYS), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1)


# -- D05d ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "level"),
    [
        # TODAY is a Monday: after Wednesday, five days ago, Thursday, Friday and Monday are three open days.
        (4, None),
        (5, "two_days"),
        (6, "two_days"),
        (59, "two_days"),
        (60, "two_days"),
        (61, None),
    ],
)
def test_three_open_days_without_a_new_date(at: int, level: str | None) -> None:
    record = told(history("+", Line("n", last=at - 3), last=70), 2001, at=at)
    assert says(record, "D05d") == level


def test_closed_days_are_no_open_days() -> None:
    record = told(history("+", Line("n", last=2), last=70), 2001, at=5)
    assert says(record, "D05d") == "two_days"
    assert says(record._replace(closures=frozenset([day(4)])), "D05d") is None


@pytest.mark.parametrize(("admitted", "level"), [(29, "tomorrow"), (30, "two_days")])
def test_in_the_first_days_it_is_more_pressing(admitted: int, level: str) -> None:
    assert says(history("n", last=9, admitted=admitted), "D05d") == level


@pytest.mark.parametrize(("last", "level"), [(59, "two_days"), (60, "two_days"), (61, None)])
def test_how_long_it_is_raised(last: int, level: str | None) -> None:
    assert says(history(Line("w", last=last)), "D05d") == level


@pytest.mark.parametrize("mark", ["x", "w", "n"])
def test_with_whatever_notice(mark: str) -> None:
    assert says(history("+" + mark, last=9), "D05d") == "two_days"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (Line("?", last=-1), None),
        (Line("?", last=-60), None),
        (Line("?", last=0), None),
        (Line("+", last=2), None),
        (Line("L", last=2), None),
        # There was a date since: whatever became of it, another sign or the record has it.
        (Line("-", last=2), None),
        (Line("?", last=2), None),
        (Line("h", last=2), None),
        (Line("-", last=11), None),
        (Line("-", last=13), "two_days"),
        (Line("?", last=13), "two_days"),
        (medical("-", last=2), "two_days"),
        (medical("?", last=2), "two_days"),
        (Line("r", last=2), "two_days"),
        (Line("n", last=2), "two_days"),
        (Line("w", last=2), "two_days"),
        (Line("/", last=2), "two_days"),
        (Line("o", last=2), "two_days"),
        (Line("/", last=-2), "two_days"),
        (medical("?", last=-1), "two_days"),
        (medical("+", last=2), "two_days"),
        (Line("+", last=30), "two_days"),
    ],
)
def test_what_mends_it(line: Line, level: str | None) -> None:
    assert says(history("+n", line, last=9), "D05d") == level


def test_seen_after_the_call_and_before_the_planned_day_mends_it_too() -> None:
    record = told(history("+", Line("n", last=5), Line("+", last=7), last=70), 2001, at=9)
    assert says(record, "D05d") is None
    assert says(told(record, 2001, at=6), "D05d") == "two_days"


@pytest.mark.parametrize(("made", "level"), [(1, None), (0, None), (-1, "two_days")])
def test_an_appointment_made_in_its_stead_mends_it_from_the_day_it_was_made(
    made: int, level: str | None
) -> None:
    assert says(told(history("+n", last=9), 1002, anew=-3, made=made), "D05d") == level


@pytest.mark.parametrize(
    ("mark", "level"),
    [("?", None), ("/", "two_days"), ("o", "two_days"), ("r", "two_days"), ("x", "two_days"), ("n", None)],
)
def test_a_new_date_ahead_stands_until_it_is_called_off(mark: str, level: str | None) -> None:
    """Of another service, so that it is not simply booked. The one cancelled with notice was not by this day."""
    record = told(history("+n", medical(mark, last=-9), last=9), 1002, anew=-9, made=4)
    assert says(record, "D05d") == level


@pytest.mark.parametrize(("hours", "level"), [(-1, None), (0, None), (13, "two_days")])
def test_it_is_called_off_from_the_moment_that_is_known(hours: int, level: str | None) -> None:
    record = told(history("+n", medical("n", last=-2), last=9), 1002, anew=-2, made=4)
    index = list(record.ids).index(2001)
    known = moment(-1, 12) - hours * HOUR
    cancelled = {**record.cancellations, index: Cancellation(known)}
    assert says(record._replace(cancellations=cancelled), "D05d") == level


@pytest.mark.parametrize(
    ("mark", "level"),
    [
        ("+", None),
        ("-", None),
        ("h", None),
        ("?", None),
        ("/", "two_days"),
        ("o", "two_days"),
        ("r", "two_days"),
        ("x", "two_days"),
        ("w", "two_days"),
    ],
)
def test_a_new_date_that_is_past_was_one_unless_it_was_called_off(mark: str, level: str | None) -> None:
    record = told(history("+n", medical(mark, last=2), last=9), 1002, anew=2, made=4)
    assert says(record, "D05d") == level


def test_one_of_several_new_dates_that_stands_is_enough() -> None:
    record = told(history("+n", medical("/?", every=1, last=-3), last=9), 1002, anew=-2, made=4)
    assert says(record, "D05d") == "two_days"
    index = list(record.ids).index(1002)
    cancellation = record.cancellations[index]

    def with_others(*others: tuple[int, int]) -> Record:
        known = {**record.cancellations, index: cancellation._replace(others=others)}
        return record._replace(cancellations=known)

    assert says(with_others((moment(-3, 12), moment(4))), "D05d") is None
    # Not yet made on this day; called off itself.
    assert says(with_others((moment(-3, 12), moment(-1))), "D05d") == "two_days"
    assert says(with_others((moment(-2, 12), moment(4))), "D05d") == "two_days"


def test_two_at_the_moment_of_the_new_date_one_of_them_stands() -> None:
    lines = (medical("/", last=-2), Line("?", Channel.CASE_MANAGEMENT, last=-2, hour=12))
    assert says(told(history("+n", *lines, last=9), 1002, anew=-2, made=4), "D05d") is None


@pytest.mark.parametrize("line", [dosing("n", last=9), meetings("n", last=9)])
def test_doses_and_meetings_are_not_re_booked(line: Line) -> None:
    assert says(history(Line("+", last=20), line), "D05d") is None


@pytest.mark.parametrize("mark", ["o", "/", "r", "-", "?", "+"])
def test_what_is_no_cancellation_by_the_client(mark: str) -> None:
    assert says(history("+" + mark, last=9), "D05d") is None


def test_planned_in_a_pause_or_on_a_closed_day_it_needs_no_new_date() -> None:
    assert says(history("+n", last=9, pauses=[(9, 8)]), "D05d") is None
    assert says(history("+n", last=9, closed=[9]), "D05d") is None
    assert says(history("+n", last=9, pauses=[(5, None)]), "D05d") is None
    assert says(history("+n", last=9, discharged=0), "D05d") is None


def test_one_that_lies_ahead_waits_from_the_day_it_was_made() -> None:
    record = told(history("+", Line("n", last=-20), last=9), 2001, at=5)
    assert says(record, "D05d", 1) is None
    assert says(record, "D05d", 0) == "two_days"


def test_the_days_are_the_clinics_own() -> None:
    """Cancelled at one in the morning of Thursday in UTC: still Wednesday where the clinic is."""
    record = history("+", Line("n", last=2), last=70)
    west = {each: moment(-(each - day(0)), 24 + 8) for each in range(day(90), day(-5))}
    index = list(record.ids).index(2001)
    at = moment(4, 1)
    utc = record._replace(cancellations={index: Cancellation(at)})
    assert says(utc, "D05d") is None
    assert says(utc._replace(end_of_day=west), "D05d") == "two_days"


@pytest.mark.parametrize(("second", "level"), [(-1, "two_days"), (0, None)])
def test_a_day_begins_at_midnight(second: int, level: str | None) -> None:
    record = history("+", Line("n", last=2), last=70)
    index = list(record.ids).index(2001)
    known = {index: Cancellation(moment(4, 0) + second)}
    assert says(record._replace(cancellations=known), "D05d") == level


def test_in_the_east_the_day_begins_before_that_of_utc() -> None:
    record = history("+", Line("n", last=2), last=70)
    east = {each: moment(-(each - day(0)), 24 - 10) for each in range(day(90), day(-5))}
    known = record._replace(cancellations={list(record.ids).index(2001): Cancellation(moment(5, 20))})
    assert says(known, "D05d") == "two_days"
    assert says(known._replace(end_of_day=east), "D05d") is None


def test_other_visits_after_it_do_not_hide_that_the_service_was_attended() -> None:
    record = history("+n", Line("+", last=8), medical("+", last=7), group("+", last=6), last=9)
    assert says(record, "D05d") is None


def test_the_session_at_which_it_was_cancelled_is_no_visit_since() -> None:
    record = history("+", Line("+", last=8), Line("n", last=5), last=40)
    index = list(record.ids).index(3001)
    at_its_start = {index: Cancellation(moment(8))}
    assert says(record._replace(cancellations=at_its_start), "D05d") == "two_days"
    assert says(record._replace(cancellations={index: Cancellation(moment(8) - 1)}), "D05d") is None


def test_each_service_is_one_finding() -> None:
    record = history("+n", "n", medical("n", last=8), last=9)
    found = findings(record, "D05d")
    assert [[point.id for point in each.points] for each in found] == [[1002, 2001], [3001]]
    assert [each.anchor for each in found] == ["1002", "3001"]


def test_what_it_says() -> None:
    (found,) = findings(history("+n", last=9), "D05d")
    assert str(found.title) == "Cancelled without a new date: thank, offer one"
    assert " ".join(map(str, found.why)) == (
        "1 counselling appointment cancelled by the client (21 Feb), no new date since. "
        "Nothing is booked in this service."
    )
    assert found.steps == ("FS-THANKS", "FS-RESUME")
    (found,) = findings(history("+nn", last=9), "D05d")
    assert str(found.why[0]) == (
        "2 counselling appointments cancelled by the client (14, 21 Feb), no new date since."
    )


@pytest.mark.parametrize("line", [Line("?", last=-3), Line("+", last=1)])
def test_it_settles_by_itself_once_it_is_mended(line: Line) -> None:
    ledger = Ledger()
    ledger.read(history("+n", last=9), 2)
    assert "D05d" in ledger.signs()
    ledger.read(history("+n", line, last=9), 1)
    assert "D05d" not in ledger.signs()
    assert BY_CODE["D05d"].settles is Settles.MENDED


def test_closed_by_a_person_it_waits_for_another_cancellation() -> None:
    ledger, record = Ledger(), history("+n", last=19)
    ledger.read(record, 13)
    ledger.close(13)
    ledger.read_daily(record, 12, 9)
    assert "D05d" not in ledger.signs()
    ledger.read(history("+n", Line("n", last=8), last=19), 3)
    assert "D05d" in ledger.signs()
