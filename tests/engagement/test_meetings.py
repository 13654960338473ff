"""D03b: mutual-aid meetings that were a habit, and then none logged."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.groups import D03B
from clinic.engagement.signs.sign import Settles
from clinic.engagement.signs.thresholds import Thresholds
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, group, history, meetings, moment


@pytest.mark.parametrize(("last", "level"), [(0, None), (13, None), (14, "two_days"), (15, "two_days")])
def test_none_logged_for_a_fortnight(last: int, level: str | None) -> None:
    assert says(history(meetings("++++++", last=last)), "D03b") == level


@pytest.mark.parametrize("last", [21, 40, 120])
def test_it_goes_on_until_a_meeting_is_logged(last: int) -> None:
    assert says(history(meetings("++++++", last=last)), "D03b") == "two_days"


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+++", None),
        ("++++", "two_days"),
        ("+.+.++", "two_days"),
        ("++..++", "two_days"),
        ("++...++", None),
        ("+++..+", "two_days"),
        ("+++...+", None),
        ("+....+", None),
        ("++++++++++", "two_days"),
    ],
)
def test_four_weeks_of_the_six_up_to_the_last_meeting(marks: str, level: str | None) -> None:
    assert says(history(meetings(marks, last=14)), "D03b") == level


@pytest.mark.parametrize(
    ("every", "marks", "level"),
    [
        (1, "+" * 21, None),
        (1, "+" * 22, "two_days"),
        (2, "+" * 11, None),
        (2, "+" * 12, "two_days"),
        (14, "+" * 6, None),
        (10, "+" * 6, "two_days"),
    ],
)
def test_weeks_are_counted_back_from_the_last_meeting(every: int, marks: str, level: str | None) -> None:
    assert says(history(meetings(marks, every=every, last=14)), "D03b") == level


@pytest.mark.parametrize(
    ("mark", "counts"),
    [(letter, True) for letter in "+LEh"] + [(letter, False) for letter in "-ox/r?wvn"],
)
def test_only_a_meeting_that_was_come_to_is_logged(mark: str, counts: bool) -> None:
    assert (says(history(meetings("+++" + mark, last=14)), "D03b") is not None) == counts
    since = history(meetings("++++", last=21), meetings(mark, last=3))
    assert (says(since, "D03b") is None) == counts


def test_other_services_are_no_meetings_and_make_up_for_none() -> None:
    assert says(history(group("++++", last=14)), "D03b") is None
    assert says(history(meetings("++++", last=14), Line("++++"), group("++++")), "D03b") == "two_days"


def test_several_meetings_in_a_day_are_one_day() -> None:
    twice = history(meetings("++++", last=14), meetings("++++", last=14, hour=12))
    assert says(twice, "D03b", thresholds=Thresholds(meetings_usual=2)) is None
    assert "Usual: meetings on 4 days in 6 weeks." in why(twice, "D03b")


@pytest.mark.parametrize(("off", "level"), [(-1, "two_days"), (0, None), (30, None)])
def test_whoever_no_longer_wants_them_logged_is_left_in_peace(off: int, level: str | None) -> None:
    assert says(history(meetings("++++", last=14), meetings_off=off), "D03b") == level


@pytest.mark.parametrize(("pause", "level"), [((5, 1), None), ((6, 1), None), ((4, 1), "two_days")])
def test_days_inside_a_pause_are_not_counted(pause: tuple[int, int], level: str | None) -> None:
    assert says(history(meetings("++++", last=18), pauses=[pause]), "D03b") == level


def test_a_pause_within_the_six_weeks_is_skipped() -> None:
    # Two weeks with meetings, five weeks away, two weeks with meetings.
    habit = (meetings("++", last=14), meetings("++", last=63))
    assert says(history(*habit), "D03b") is None
    assert says(history(*habit, pauses=[(56, 22)]), "D03b") == "two_days"


def test_it_is_read_in_no_pause_and_in_no_closed_stay() -> None:
    assert says(history(meetings("++++", last=14), pauses=[(2, None)]), "D03b") is None
    assert says(history(meetings("++++", last=14), discharged=0), "D03b") is None


def test_closed_days_of_the_clinic_are_no_excuse_for_meetings_elsewhere() -> None:
    assert says(history(meetings("++++", last=14), closed=range(14)), "D03b") == "two_days"


def test_a_new_client_has_no_habit_yet() -> None:
    assert says(history(meetings("+++", last=14), admitted=29), "D03b") is None
    assert says(history(meetings("++++", every=7, last=14), admitted=36), "D03b") == "two_days"


def test_nothing_is_known_of_meetings_to_come() -> None:
    assert says(history(meetings("++++", last=14), meetings("+?", last=-1)), "D03b") is None
    assert says(history(meetings("++++", last=14), meetings("+", last=-1)), "D03b") == "two_days"


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("meetings_none_days", 15, None),
        ("meetings_none_days", 14, "two_days"),
        ("meetings_usual", 2, "two_days"),
        ("meetings_usual", 3, None),
        ("meetings_weeks", 6, "two_days"),
        ("meetings_weeks", 7, None),
    ],
)
def test_each_number_may_be_tuned(name: str, value: int, level: str | None) -> None:
    record = history(meetings("+" * 14, every=3, last=14))
    assert says(record, "D03b", thresholds=Thresholds(**{name: value})) == level


def test_a_window_of_another_length() -> None:
    habit = history(meetings("++..++", last=14))
    assert says(habit, "D03b", thresholds=Thresholds(meetings_window=5)) is None
    assert says(habit, "D03b", thresholds=Thresholds(meetings_window=6)) == "two_days"


def test_a_meeting_logged_settles_it_and_another_pause_is_another_finding() -> None:
    ledger = Ledger()
    ledger.read(history(meetings("++++", last=34)), 20)
    assert ledger.signs() >= {"D03b"}
    again = history(meetings("++++", last=34), meetings("+", last=18))
    ledger.read_daily(again, 19, 5)
    assert "D03b" not in ledger.signs()
    ledger.read_daily(again, 4)
    assert ("D03b", "two_days") in ledger.open()
    assert [row.sign for row in ledger.rows.values()].count("D03b") == 2


def test_what_a_person_closed_stays_closed_while_the_same_pause_goes_on() -> None:
    ledger, record = Ledger(), history(meetings("++++", last=40))
    ledger.read(record, 26)
    ledger.close(25)
    ledger.read_daily(record, 25)
    assert "D03b" not in ledger.signs()


def test_a_meeting_entered_late_settles_it() -> None:
    ledger = Ledger()
    ledger.read(history(meetings("++++", last=15)), 1)
    ledger.read(history(meetings("++++", last=15), meetings("+", last=9)))
    assert "D03b" not in ledger.signs()


def test_it_says_since_when_and_what_was_usual_and_that_it_is_self_reported() -> None:
    record = history(meetings("++++++", last=16), meetings("???", every=2, last=1))
    assert why(record, "D03b") == (
        "No meetings logged since Sat 14 Feb (self-reported: ask, do not assume). "
        "Usual: meetings on 6 days in 6 weeks. 3 sessions are not recorded yet and count for nothing."
    )
    (found,) = findings(record, "D03b")
    assert str(found.title) == "Ask how meetings are going"
    assert found.steps == ("FS-MEET", "FS-SUPPORT")
    assert found.anchor == "1006" and found.evidence_ids == {1006}
    assert found.counts_from == moment(16, 19) and found.evidence[0].day == day(16)


def test_the_only_meetings_on_record_are_a_habit_too() -> None:
    """The oldest appointment of the record is a meeting, and a single one is enough where a clinic says so."""
    single = Thresholds(meetings_usual=1, meetings_weeks=1)
    (found,) = findings(history(meetings("+", last=20)), "D03b", thresholds=single)
    assert found.anchor == "1001"
    assert str(found.why[1]) == "Usual: meetings on 1 day in 6 weeks."
    (missed_since,) = findings(history(meetings("+--", last=6)), "D03b", thresholds=single)
    assert missed_since.anchor == "1001"
    assert findings(history(meetings("---", last=20)), "D03b", thresholds=single) == []


def test_only_meetings_are_said_not_to_be_recorded() -> None:
    record = history(meetings("++++++", last=16), meetings("?", last=1), Line("?", last=2), Line("?", last=3))
    (found,) = findings(record, "D03b")
    assert found.unrecorded == 1


def test_nobody_else_is_told_and_it_is_no_attendance_record() -> None:
    assert D03B.escalation == () and not D03B.absence and not D03B.safety and not D03B.in_pauses
    assert D03B.settles is Settles.MENDED
