"""D03: has stopped coming to a group."""

from __future__ import annotations

import pytest

from clinic.engagement.background import GroupFacts
from clinic.engagement.signs.groups import D03
from clinic.engagement.signs.sign import Escalation, Level, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, Record, Seat
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, group, history, medical, moment

KEPT_TWO = [Seat(1, day(400)), Seat(2, day(400))]


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+++-", None),
        ("+++--", "two_days"),
        ("+++---", "today"),
        ("++---", None),
        ("-++---", None),
        ("+-++---", "today"),
        ("+++--+", None),
        ("+++-o-", "two_days"),
        ("+++-/-?", "two_days"),
        ("+++-w", "two_days"),
        ("+++-x", None),
        ("++L--", "two_days"),
        ("---", None),
    ],
)
def test_what_the_only_weekly_group_says(marks: str, level: str | None) -> None:
    assert says(history(group(marks)), "D03") == level


def test_of_two_groups_one_given_up_is_for_tomorrow() -> None:
    record = history(group("+++---", 1), group("++++++", 2, hour=16))
    assert says(record, "D03") == "tomorrow"


def test_when_every_group_is_given_up_it_is_for_today() -> None:
    record = history(group("+++---", 1), group("+++---", 2, hour=16))
    assert [str(found.level) for found in findings(record, "D03")] == ["today", "today"]
    one_only_short = history(group("+++---", 1), group("+++--", 2, hour=16))
    assert [str(found.level) for found in findings(one_only_short, "D03")] == ["tomorrow", "two_days"]


@pytest.mark.parametrize(
    ("every", "level"), [(5, None), (6, "two_days"), (8, "two_days"), (9, None), (14, None)]
)
def test_two_missed_count_in_a_weekly_group_alone(every: int, level: str | None) -> None:
    assert says(history(group("++++--", every=every)), "D03") == level


@pytest.mark.parametrize(("last", "level"), [(0, None), (1, "today")])
def test_ten_days_must_have_passed_since_it_was_attended(last: int, level: str | None) -> None:
    assert says(history(group("++++---", every=3, last=last)), "D03") == level


@pytest.mark.parametrize(("last", "level"), [(21, "today"), (22, None)])
def test_a_run_whose_last_session_is_older_than_21_days_is_not_raised(last: int, level: str | None) -> None:
    assert says(history(group("+++---", last=last)), "D03") == level


def test_closed_days_and_pauses_are_transparent() -> None:
    assert says(history(group("+++---"), closed=[7]), "D03") == "two_days"
    assert says(history(group("+++---"), pauses=[(8, 1)]), "D03") == "two_days"
    assert says(history(group("+++---"), pauses=[(14, 0)]), "D03") is None


def test_a_place_not_kept_is_no_place() -> None:
    assert says(history(group("+++---"), seats=[]), "D03") is None
    assert says(history(group("+++---"), seats=[Seat(1, day(90), day(0), "completed")]), "D03") is None
    assert says(history(group("+++---"), seats=[Seat(1, day(90), day(-1), "completed")]), "D03") == "today"


def stopped(
    left: int, *, counselling: str = "+-", marks: str = "+++--", seats: tuple[Seat, ...] = ()
) -> Record:
    ended = Seat(1, day(400), day(left), "stopped_coming")
    return history(group(marks, last=left), Line(counselling, last=3), seats=[ended, *seats])


@pytest.mark.parametrize(("left", "level"), [(0, "today"), (21, "today"), (22, None)])
def test_a_place_that_ended_because_the_client_stopped_coming(left: int, level: str | None) -> None:
    assert says(stopped(left), "D03") == level


def test_such_a_place_counts_only_beside_another_missed_service_and_without_another_group() -> None:
    assert says(stopped(2, counselling="-+"), "D03") == "today", "missed ten days ago"
    assert says(stopped(2, counselling="-++"), "D03") is None, "missed 17 days ago"
    assert says(stopped(2, counselling="++"), "D03") is None
    assert says(stopped(2, marks="++--"), "D03") is None
    assert says(stopped(2, seats=(Seat(2, day(1)),)), "D03") is None


def test_several_sessions_of_a_group_in_a_day_are_one() -> None:
    made_up = history(group("+++--"), group("+++-+", hour=17), seats=KEPT_TWO[:1])
    assert says(made_up, "D03") is None
    assert says(history(group("+++--"), group("+++--", hour=17), seats=KEPT_TWO[:1]), "D03") == "two_days"


def test_only_what_is_unrecorded_in_this_group_since_is_said() -> None:
    record = history(group("+++-?-"), group("??????", 2, hour=16), Line("??????"), seats=KEPT_TWO[:1])
    (found,) = findings(record, "D03")
    assert found.unrecorded == 1
    two = history(group("+++-??-"), seats=KEPT_TWO[:1])
    assert findings(two, "D03")[0].unrecorded == 2
    twice_a_day = history(group("+++-?-"), group("....?.", hour=17), seats=KEPT_TWO[:1])
    assert findings(twice_a_day, "D03")[0].unrecorded == 2


def test_it_says_when_the_group_was_last_attended_and_what_went_on() -> None:
    record = history(group("+++---", last=1), Line("++", last=2))
    assert why(record, "D03") == (
        "Group last attended Sun 8 Feb; 3 sessions held since were missed. Came to 2 others since."
    )
    (found,) = findings(record, "D03")
    assert found.anchor == "1004"
    assert {event.group for event in found.evidence} == {1}


# -- closed groups, places taken anew ------------------------------------------------------------------------------


@pytest.mark.parametrize(("closed", "level"), [(-1, "today"), (0, None), (5, None), (None, "today")])
def test_a_group_that_has_closed_is_not_the_clients_doing(closed: int | None, level: str | None) -> None:
    facts = {1: GroupFacts(closed=None if closed is None else day(closed))}
    assert says(history(group("+++---"), group_facts=facts), "D03") == level


def test_a_closed_group_is_no_other_group() -> None:
    record = history(
        group("+++---", 1), group("++++", 2, hour=16, last=14), group_facts={2: GroupFacts(closed=day(10))}
    )
    assert says(record, "D03") == "today"
    assert says(history(group("+++---", 1), group("++++", 2, hour=16, last=14)), "D03") == "tomorrow"


@pytest.mark.parametrize(("closed", "level"), [(1, "today"), (2, None), (3, None)])
def test_a_place_given_up_counts_unless_the_group_had_closed(closed: int, level: str | None) -> None:
    record = stopped(2)._replace(group_facts={1: GroupFacts(closed=day(closed))})
    assert says(record, "D03") == level


@pytest.mark.parametrize(("joined", "level"), [(14, "today"), (13, "two_days"), (6, None)])
def test_what_was_missed_before_the_place_was_taken_is_not_counted(joined: int, level: str | None) -> None:
    assert says(history(group("+++---"), seats=[Seat(1, day(joined))]), "D03") == level


@pytest.mark.parametrize(("last", "level"), [(7, None), (8, "today"), (9, "today")])
def test_days_inside_a_pause_do_not_bring_the_ten_days_about(last: int, level: str | None) -> None:
    # Last attended 21 days ago, away from 18 days ago on; one session missed before that, one after it.
    record = history(
        group("+++", last=21),
        group("-", last=20),
        group("-", last=0),
        pauses=[(18, last)],
        seats=KEPT_TWO[:1],
    )
    tuned = Thresholds(group_missed=2)
    assert says(record, "D03", thresholds=tuned) == level


# -- special situations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+++o--", "two_days"),
        ("+++ooo", None),
        ("+++-o-o-", "today"),
        ("+++//-", None),
        ("+++/-/-/-", "today"),
        ("+++rr-", None),
        ("+++???", None),
        ("+++-?-?-", "today"),
        ("+++nnn", None),
        ("+++vvv", None),
        ("+++www", "today"),
        ("+++E--", "two_days"),
        ("+++---h", "today"),
    ],
)
def test_excused_cancelled_and_unrecorded_sessions_are_no_sessions(marks: str, level: str | None) -> None:
    assert says(history(group(marks)), "D03") == level


def test_a_new_client_is_read_with_the_same_numbers() -> None:
    assert says(history(group("+++--", every=7), admitted=28), "D03") == "two_days"
    assert says(history(group("+++---", every=4), admitted=20), "D03") == "today"
    assert says(history(group("++---", every=4), admitted=20), "D03") is None


def test_it_is_read_in_no_closed_stay_and_in_no_pause() -> None:
    assert says(history(group("+++---"), discharged=0), "D03") is None
    assert says(history(group("+++---"), discharged=-1), "D03") == "today"
    assert says(history(group("+++---"), pauses=[(0, None)]), "D03") is None


def test_what_is_entered_late_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(history(group("+++---", last=1)), 1)
    assert ("D03", "today") in ledger.open()
    ledger.read(history(group("++++--", last=1)))
    assert ("D03", "two_days") in ledger.open()
    ledger.read(history(group("+++++-", last=1)))
    assert "D03" not in ledger.signs()


def test_two_sessions_settle_it_and_one_does_not() -> None:
    ledger = Ledger()
    ledger.read(history(group("+++--", last=10)), 10)
    ledger.read(history(group("+++--+", last=3)), 3)
    assert "D03" in ledger.signs()
    ledger.read(history(group("+++--+", last=3), Line("+", last=0), group("+", 2, last=0)))
    assert "D03" in ledger.signs(), "neither counselling nor another group is this group"
    ledger.read(history(group("+++--+", last=3), group("+", last=0)))
    assert "D03" not in ledger.signs()


def test_what_a_person_closed_comes_back_with_the_next_session_missed_alone() -> None:
    ledger = Ledger()
    ledger.read(history(group("+++--", last=7)), 7)
    ledger.close(6)
    ledger.read_daily(history(group("+++--", last=7)), 6)
    assert "D03" not in ledger.signs()
    ledger.read(history(group("+++---")))
    assert ("D03", "today") in ledger.open()


def test_a_group_closing_later_leaves_what_was_raised_to_a_person() -> None:
    ledger = Ledger()
    ledger.read(history(group("+++---", last=3)), 3)
    ledger.read(history(group("+++---", last=3), group_facts={1: GroupFacts(closed=day(1))}))
    assert "D03" in ledger.signs()


# -- each threshold ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "marks", "level"),
    [
        ("group_attended", 4, "+++---", None),
        ("group_attended", 2, "++---", "today"),
        ("group_missed", 4, "+++---", "two_days"),
        ("group_missed", 2, "+++--", "today"),
        ("group_missed_weekly", 3, "+++--", None),
        ("group_missed_weekly", 1, "+++-", None),
        ("group_days", 14, "+++--", "two_days"),
        ("group_days", 15, "+++--", None),
        ("recent_days", 1, "+++---", "today"),
        ("recent_days", 1, "+++---..", None),
    ],
)
def test_each_number_may_be_tuned(name: str, value: int, marks: str, level: str | None) -> None:
    assert says(history(group(marks)), "D03", thresholds=Thresholds(**{name: value})) == level


@pytest.mark.parametrize(("days", "level"), [(9, None), (10, "today"), (14, "today")])
def test_how_lately_another_service_was_missed_may_be_tuned(days: int, level: str | None) -> None:
    tuned = Thresholds(group_replaced_days=days)
    assert says(stopped(2, counselling="-+"), "D03", thresholds=tuned) == level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (medical("-", last=14), "today"),
        (medical("-", last=15), None),
        (medical("o", last=5), None),
        (Line("-", Channel.DOSING, last=5), "today"),
        (group("-", 2, last=5), None),
    ],
)
def test_which_other_service_was_missed(line: Line, level: str | None) -> None:
    ended = Seat(1, day(400), day(2), "stopped_coming")
    assert says(history(group("+++--", last=2), line, seats=[ended]), "D03") == level


# -- words ---------------------------------------------------------------------------------------------------------


def test_it_says_that_the_group_itself_changed() -> None:
    def told(*changed: int) -> str:
        facts = {1: GroupFacts(changed=tuple(day(ago) for ago in changed))}
        return why(history(group("+++---", last=1), group_facts=facts), "D03")

    assert "Facilitator or form of the group changed on Wed 11 Feb." in told(19)
    assert "Facilitator or form of the group changed on Mon 2 Mar." in told(19, 0)
    assert "changed" not in told(22), "on the day it was last attended"
    assert "changed" not in told(-1), "not known yet"


def test_it_says_how_the_other_groups_went() -> None:
    went = history(group("+++---", 1), group("++++++", 2, hour=16), group("+++---", 3, hour=18))
    (first, _) = findings(went, "D03")
    assert "Of 2 other groups, attended since: 1." in [str(sentence) for sentence in first.why]
    alone = why(history(group("+++---", 1), group("+o----", 2, hour=16)), "D03")
    assert "Of 1 other group, attended since: 0." in alone
    assert "other group" not in why(history(group("+++---")), "D03")


def test_it_says_what_the_clinic_itself_called_off() -> None:
    assert "1 session since Mon 26 Jan was cancelled by the clinic." in why(history(group("+++-/---")), "D03")


def test_its_title_steps_and_to_whom_it_goes() -> None:
    (found,) = findings(history(group("+++---")), "D03")
    assert str(found.title) == "Has stopped coming to a group"
    assert found.steps == ("FS-CALM", "FS-PEER", "FS-BARRIER", "FS-MEET")
    assert Escalation((Level.TODAY,), To.SUPERVISOR, Unit.AT_ONCE) in D03.escalation
    assert {level for each in D03.escalation for level in each.levels} == set(D03.levels)


# -- numbers and words ---------------------------------------------------------------------------------------------


def test_one_session_missed_and_one_come_to_since() -> None:
    """A clinic may count a single one; then the words are about a single one."""
    once = Thresholds(group_missed=1)
    record = history(group("+++-", last=3), Line("+", last=0), seats=KEPT_TWO)
    (found,) = findings(record, "D03", thresholds=once)
    assert [str(each) for each in found.why] == [
        "This is the group with a session on Fri 27 Feb at 14:00.",
        "Group last attended Fri 20 Feb; 1 session held since was missed.",
        "Of 1 other group, attended since: 0.",
        "Came to 1 other session since.",
    ]


@pytest.mark.parametrize(("came", "said"), [(14, 0), (13, 1), (0, 1)])
def test_of_the_other_groups_those_attended_since_are_counted(came: int, said: int) -> None:
    other = group("+", 2, hour=16, last=came)
    record = history(group("+++--"), other, seats=[*KEPT_TWO, Seat(3, day(90))])
    assert f"Of 2 other groups, attended since: {said}." in why(record, "D03")


def test_a_change_of_the_group_is_said() -> None:
    record = history(group("+++--"), group_facts={1: GroupFacts(changed=(day(30), day(13), day(9), day(-3)))})
    assert "Facilitator or form of the group changed on Sat 21 Feb." in why(record, "D03")
    as_before = history(group("+++--"), group_facts={1: GroupFacts(changed=(day(14), day(-3)))})
    assert "changed" not in why(as_before, "D03")


def test_what_settles_it_counts_from_the_newest_one_missed() -> None:
    (found,) = findings(history(group("+++---")), "D03")
    assert found.counts_from == moment(0, 14)
    assert found.steps == ("FS-CALM", "FS-PEER", "FS-BARRIER", "FS-MEET")


@pytest.mark.parametrize(
    ("pauses", "level"), [([(10, 10)], "today"), ([(11, 11)], "today"), ([(9, 9)], None)]
)
def test_a_pause_on_the_day_it_was_last_attended_or_right_after(
    pauses: list[tuple[int, int | None]], level: str | None
) -> None:
    # Attended eleven and ten days ago; ten days away, of which one in a pause is one too few.
    record = history(
        group("++++", every=1, last=10), group("--", every=3, last=1), seats=KEPT_TWO[:1], pauses=pauses
    )
    counted = Thresholds(group_missed=2)
    assert says(record, "D03", thresholds=counted) == level


def test_whether_a_group_is_weekly_is_read_off_its_own_sessions() -> None:
    weekly = group("++++--", 1)
    # Another group on the days between does not make it one of every few days.
    assert says(history(weekly, group("+" * 12, 2, every=3, last=1)), "D03") == "two_days"
    # Nor do its own sessions of long ago, before the newest four gaps.
    long_ago = group("+" * 20, 1, every=2, last=40)
    assert says(history(weekly, long_ago, seats=KEPT_TWO[:1]), "D03") == "two_days"


def test_of_several_places_given_up_each_is_looked_at() -> None:
    completed = Seat(3, day(400), day(2), "completed")
    long_ago = Seat(4, day(400), day(90), "stopped_coming")
    ended = Seat(1, day(400), day(2), "stopped_coming")
    also = Seat(2, day(400), day(1), "stopped_coming")
    record = history(
        group("+++---", 1, last=2),
        group("+++---", 2, hour=16, last=2),
        medical("-", last=1),
        seats=[completed, long_ago, ended, also],
    )
    found = findings(record, "D03")
    assert [(str(each.level), each.anchor) for each in found] == [("today", "1004"), ("today", "2004")]
    assert "Group last attended Sat 7 Feb; 3 sessions held since were missed." in [
        str(each) for each in found[0].why
    ]


# -- a place given up, and what replaces it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "level"),
    [
        # Kept beside it all the time, it replaces nothing.
        (Seat(2, day(90)), "today"),
        (Seat(2, day(3)), "today"),
        (Seat(2, day(2)), None),
        (Seat(2, day(0)), None),
        (Seat(2, day(-1)), "today"),
        # Left again meanwhile, it was a place taken all the same.
        (Seat(2, day(2), day(1), "completed"), None),
        (Seat(2, day(90), day(40), "completed"), "today"),
        # The same group once more.
        (Seat(1, day(2)), None),
        (Seat(1, day(90)), "two_days"),
        (Seat(1, day(90), day(5), "completed"), "today"),
    ],
)
def test_only_a_place_taken_since_replaces_the_one_given_up(other: Seat, level: str | None) -> None:
    record = stopped(2, seats=(other,))
    found = [each for each in findings(record, "D03") if each.anchor == "1004"]
    assert [str(each.level) for each in found] == ([] if level is None else [level])


def test_beside_a_group_that_goes_well_the_one_given_up_is_looked_at() -> None:
    """Nothing was missed in any group lately: the run of the one given up is weeks old."""
    ended = Seat(1, day(400), day(20), "stopped_coming")
    record = history(
        group("+++--", 1, last=30),
        group("+++++", 2, hour=16, last=1),
        Line("+-", last=3),
        seats=[ended, Seat(2, day(400))],
    )
    assert says(record, "D03") == "today"
    assert says(record._replace(seats=[ended._replace(ended="completed"), Seat(2, day(400))]), "D03") is None


def test_the_one_given_up_and_one_dropped_are_two_findings() -> None:
    ended = Seat(1, day(400), day(2), "stopped_coming")
    record = history(
        group("+++--", 1, last=2),
        group("++++---", 2, hour=16, last=1),
        group("+++++++", 3, hour=18, last=3),
        Line("+-", last=3),
        seats=[ended, Seat(2, day(90)), Seat(3, day(90))],
    )
    found = findings(record, "D03")
    assert [(str(each.level), each.anchor) for each in found] == [("tomorrow", "2005"), ("today", "1004")]


# -- which group, and what was cancelled too late ------------------------------------------------------------------


def test_of_several_groups_each_finding_says_which() -> None:
    record = history(
        group("+++---", 1),
        group("+++---", 2, hour=16, last=1),
        seats=[Seat(1, day(60)), Seat(2, day(60))],
    )
    assert [str(each.why[0]) for each in findings(record, "D03")] == [
        "This is the group with a session on Mon 2 Mar at 14:00.",
        "This is the group with a session on Sun 1 Mar at 16:00.",
    ]


def test_of_the_only_group_nothing_more_is_said() -> None:
    again = [Seat(1, day(300), day(200), "completed"), Seat(1, day(100))]
    for seats in (KEPT_TWO[:1], again):
        assert why(history(group("+++---"), seats=seats), "D03").startswith("Group last attended")


@pytest.mark.parametrize(
    ("marks", "said", "thanks"),
    [
        ("+++---", "3 sessions held since were missed.", False),
        ("+++-w-", "3 sessions since were missed or cancelled with under 24 hours’ notice.", True),
        ("+++www", "3 sessions since were missed or cancelled with under 24 hours’ notice.", True),
        ("+w+++---", "3 sessions held since were missed.", False),
        ("+++-v--", "3 sessions held since were missed.", False),
    ],
)
def test_cancelled_too_late_is_said_and_thanked_for(marks: str, said: str, thanks: bool) -> None:
    (found,) = findings(history(group(marks)), "D03")
    assert said in str(found.why[0])
    usual = ("FS-CALM", "FS-PEER", "FS-BARRIER", "FS-MEET")
    assert found.steps == (("FS-THANKS", *usual) if thanks else usual)


def test_a_single_one_cancelled_too_late() -> None:
    (found,) = findings(history(group("+++w", last=3)), "D03", thresholds=Thresholds(group_missed=1))
    assert str(found.why[0]) == (
        "Group last attended Fri 20 Feb; 1 session since was cancelled with under 24 hours’ notice."
    )
