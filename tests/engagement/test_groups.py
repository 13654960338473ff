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
from tests.notation import Line, day, group, history, medical

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
    ledger.read(history(group("+++--+", last=3), Line("+", last=0)))
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
