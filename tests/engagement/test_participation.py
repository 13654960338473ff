"""D04: quieter in group than usual, or leaving early and coming late."""

from __future__ import annotations

import pytest

from clinic.engagement.background import GroupFacts
from clinic.engagement.signs.catalogue import read_signs
from clinic.engagement.signs.participation import D04, find_quieter
from clinic.engagement.signs.sign import Escalation, Level, Settles, To, Unit
from clinic.engagement.signs.taking_part import no_baseline_yet
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record, Seat
from tests.engagement.ledger import Ledger
from tests.engagement.reading import why
from tests.notation import TODAY, Line, day, group, history


def alone(record: Record, ago: int = 0, thresholds: Thresholds = DEFAULTS) -> bool:
    """Whether D04 holds, by itself."""
    timeline = record.as_of(day(ago))
    found = find_quieter(timeline, thresholds) if timeline.is_open and not timeline.paused else ()
    assert all(each.level is Level.TWO_DAYS for each in found) and len(found) < 2
    return bool(found)


def rated(took: str, *more: Line, every: int = 7, last: int = 0, **kept: object) -> Record:
    """A group attended each time, with these ratings, oldest first."""
    return history(group("+" * len(took), every=every, last=last, took=took), *more, **kept)  # type: ignore[arg-type]


# -- ratings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("took", "holds"),
    [
        ("33333" + "2222", True),
        ("33333" + "2223", False),  # 2.25, not lower by one
        ("44444" + "2223", True),
        ("44444" + "2233", False),  # lower by 1.5, but a median of 2.5
        ("44444" + "1133", True),  # a median of 2
        ("44444" + "1233", False),
        ("22222" + "1111", True),
        ("22222" + "1112", False),
        ("22223" + "1111", True),
        ("22221" + "1111", False),
        ("33332" + "2222", False),  # 2.8 and 2.0
        ("33333" + "2221", True),
        ("11111" + "1111", False),
        ("22222" + "2222", False),
        ("22222" + "4444", False),
        ("33333" + "1234", False),
    ],
)
def test_lower_by_a_step_and_a_median_of_two(took: str, holds: bool) -> None:
    assert alone(rated(took)) == holds


@pytest.mark.parametrize(
    ("took", "holds"),
    [
        ("3333" + "2222", False),
        (".3333" + "2222", False),
        ("3.3333" + "2222", True),
        ("33333" + "222", False),
        ("33333" + ".222", False),
        ("33333" + "2.22", False),
        ("ccccc" + "bbbb", True),
        ("dcdcc" + "abab", True),
        ("33333" + "sss2", False),
    ],
)
def test_five_rated_before_and_four_rated_since_are_needed(took: str, holds: bool) -> None:
    assert alone(rated(took)) == holds


@pytest.mark.parametrize(
    ("recent", "holds"), [(6, True), (7, False)], ids=["oldest 27 days ago", "oldest 28 days ago"]
)
def test_the_four_lie_in_the_last_28_days(recent: int, holds: bool) -> None:
    # The last of four weekly sessions `recent` days ago: the first of them 21 days before it.
    assert alone(rated("333333333" + "2222", last=recent)) == holds


@pytest.mark.parametrize(("oldest", "holds"), [(83, True), (84, False)])
def test_the_five_lie_in_the_56_days_before(oldest: int, holds: bool) -> None:
    record = history(
        group("+", last=oldest, took="3"),
        group("++++", last=35, took="3333"),
        group("++++", took="2222"),
        seats=[Seat(1, day(400))],
    )
    assert alone(record) == holds


def test_the_newest_four_of_more_are_compared_and_all_of_those_before() -> None:
    assert alone(rated("3" * 18 + "4444" + "2222", every=3))
    assert not alone(rated("3" * 18 + "2222" + "4444", every=3))
    assert not alone(rated("1" * 9 + "3" * 5 + "2222"))


@pytest.mark.parametrize(
    ("marks", "took", "holds"),
    [
        ("+++++" + "-+o+/+?+", "33333" + ".2.2.2.2", False),  # the oldest of the four too long ago
        ("+++++++++" + "++++", "333333333" + "2222", True),
        ("LLLLL" + "LLLL", "ccccc" + "bbbb", True),
        ("+++++" + "+++h", "33333" + "2222", False),  # who left before half has not attended
    ],
)
def test_only_attended_sessions_are_rated(marks: str, took: str, holds: bool) -> None:
    assert alone(history(group(marks, took=took))) == holds


def test_missed_excused_and_cancelled_sessions_say_nothing_of_taking_part() -> None:
    between = [group(mark, last=3, hour=16) for mark in "-ox/r?"]
    assert alone(history(group("+++++++++", took="333332222"), *between, seats=[Seat(1, day(400))]))
    assert not alone(history(group("+++++++++", took="333333333"), *between, seats=[Seat(1, day(400))]))


# -- left early or late --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "took", "holds"),
    [
        ("++EEE", "", True),
        ("+++EE", "", False),
        ("E+E+E", "", True),
        ("EE++E", "", True),
        ("EEE++", "", True),
        ("EEE+++", "", False),  # two of the last five
        ("EEEE", "", False),  # five are needed
        ("+LELE", "", True),
        ("++LLL", "..sss", False),
        ("++LLL", "..abs", False),
        ("++LLL", "..---", True),
        ("++LLL", "..123", True),
        ("++EEE", "..333", True),
        ("++LEE", "..s--", False),
        ("+hhE+", "", True),
        ("++hE+", "", False),
        ("++EE-E", "", True),
        ("++EEo/?-E", "", True),
    ],
)
def test_three_of_the_last_five_left_early_or_come_late_to(marks: str, took: str, holds: bool) -> None:
    assert alone(history(group(marks, took=took))) == holds


@pytest.mark.parametrize(("last", "holds"), [(21, True), (22, False)])
def test_the_newest_of_them_is_at_most_21_days_old(last: int, holds: bool) -> None:
    assert alone(history(group("++EEE", last=last))) == holds


def test_only_group_sessions_count() -> None:
    assert not alone(history(Line("++EEELLL"), group("++++++++")))


# -- kinds of group and changes ------------------------------------------------------------------------------------

KINDS = {1: GroupFacts("skills"), 2: GroupFacts("peer")}
ONE_KIND = {1: GroupFacts("skills"), 2: GroupFacts("skills")}


def moved(facts: dict[int, GroupFacts], quiet: str = "222222") -> Record:
    """Five weeks in one group, then another."""
    return history(
        group("+" * 7, 1, every=7, last=28, took="3333333"),
        group("+" * 6, 2, every=4, last=0, took=quiet),
        group_facts=facts,
    )


def test_it_never_compares_across_kinds_of_group() -> None:
    assert alone(moved(ONE_KIND))
    assert not alone(moved(KINDS))
    assert not alone(moved({}))
    assert not alone(moved({1: GroupFacts(""), 2: GroupFacts("")}))


def test_the_first_two_sessions_in_another_group_of_the_kind_are_left_out() -> None:
    assert alone(moved(ONE_KIND, "332222"))
    assert not alone(moved(ONE_KIND, ".32222"), thresholds=Thresholds(quieter_skip=3))


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ((), True),
        ((-1,), True),
        ((0,), False),
        ((21,), False),
        ((22,), False),
        ((28,), False),
        ((29,), False),
        ((35,), True),
        ((63, 49), False),
        ((64, 57), True),
        ((49, 49), True),
    ],
)
def test_the_first_two_sessions_after_a_change_are_left_out(changed: tuple[int, ...], holds: bool) -> None:
    # Weekly: the newest four are compared with the eight before them, of which five are needed.
    facts = {1: GroupFacts("skills", tuple(day(ago) for ago in changed))}
    assert alone(rated("33333333" + "2222", group_facts=facts)) == holds


@pytest.mark.parametrize(
    ("changed", "holds"), [(29, False), (28, False), (14, False), (0, False), (-1, True)]
)
def test_sessions_left_early_after_a_change_are_left_out_too(changed: int, holds: bool) -> None:
    facts = {1: GroupFacts("skills", (day(changed),))}
    assert alone(history(group("++EEE"), group_facts=facts)) == holds


def test_two_kinds_are_one_finding() -> None:
    record = history(
        group("+" * 9, 1, took="333332222"), group("++EEE", 2, hour=18), group_facts=KINDS, admitted=90
    )
    (found,) = find_quieter(record.as_of(TODAY), DEFAULTS)
    assert found.evidence_ids == {1006, 1007, 1008, 1009, 2003, 2004, 2005}
    assert str(found.title) == "Quieter in group than usual"


@pytest.mark.parametrize(
    ("seats", "holds"),
    [
        ([Seat(1, day(400))], True),
        ([], False),
        ([Seat(1, day(400), day(0), "completed")], False),
        ([Seat(1, day(400), day(-1), "completed")], True),
        ([Seat(1, day(-1))], False),
        ([Seat(2, day(400))], False),
    ],
)
def test_only_groups_the_client_has_a_place_in(seats: list[Seat], holds: bool) -> None:
    assert alone(rated("333332222", seats=seats)) == holds


@pytest.mark.parametrize(("closed", "holds"), [(0, False), (-1, True)])
def test_a_group_that_has_closed_is_no_place(closed: int, holds: bool) -> None:
    assert alone(rated("333332222", group_facts={1: GroupFacts("skills", (), day(closed))})) == holds


# -- special situations --------------------------------------------------------------------------------------------


def test_a_new_client_has_no_baseline_yet() -> None:
    assert not alone(rated("32222", every=5, admitted=21))
    assert not alone(history(group("EEEE", every=5), admitted=21))


def test_days_inside_a_pause_are_taken_out_of_both_windows() -> None:
    took = "33333" + "2222"
    away = history(
        group("+++++", last=70, took=took[:5]),
        group("++++", last=0, took=took[5:]),
        seats=[Seat(1, day(400))],
        pauses=[(60, 30)],
    )
    assert alone(away)
    assert not alone(away._replace(pauses=[]))


def test_it_is_read_in_no_pause_and_in_no_closed_stay() -> None:
    assert not alone(rated("333332222", pauses=[(0, None)]))
    assert not alone(rated("333332222", discharged=0))


def test_a_closed_day_takes_nothing_from_a_session_that_took_place() -> None:
    assert alone(rated("333332222", closed=[0, 7]))


def test_several_sessions_in_a_day_are_several() -> None:
    twice = history(
        group("+++++", last=28, took="33333"),
        group("++", last=0, took="22"),
        group("++", last=0, took="22", hour=18),
        seats=[Seat(1, day(400))],
    )
    assert alone(twice)


def test_ratings_to_come_are_not_known() -> None:
    assert not alone(rated("333332222", last=-1))
    assert alone(rated("333332222", last=0))


def test_a_rating_entered_late_withdraws_what_nobody_has_touched() -> None:
    ledger = Ledger()
    ledger.read(rated("333332222", last=1), 1)
    assert ("D04", "two_days") in ledger.open()
    ledger.read(rated("333332224", last=1))
    assert ledger.open() == set()


def test_only_a_person_closes_it() -> None:
    ledger = Ledger()
    ledger.read(rated("333332222", last=1), 1)
    ledger.read_daily(rated("3333322224444", last=-27), 0, -28)
    assert ledger.signs() == {"D04"}
    assert [row.sign for row in ledger.rows.values()] == ["D04"]


@pytest.mark.parametrize(
    ("took", "again"), [("3333322223", False), ("3333322224", False), ("3333322221", True)]
)
def test_what_was_closed_comes_back_with_another_quiet_session_alone(took: str, again: bool) -> None:
    ledger = Ledger()
    ledger.read(rated("333332222", last=7), 7)
    ledger.close(6)
    ledger.read_daily(rated(took), 6)
    assert ("D04" in ledger.signs()) == again


def test_beside_a_sign_of_absence_it_is_for_tomorrow() -> None:
    record = history(group("+" * 9, took="333332222", last=1), Line("+++-+--"))
    levels = {found.sign: found.level for found in read_signs(record.as_of(TODAY), DEFAULTS)}
    assert levels["D02c"] is Level.TWO_DAYS and levels["D04"] is Level.TOMORROW
    assert D04.escalation == (Escalation((Level.TOMORROW,), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),)


# -- each threshold ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "at", "over", "took", "marks"),
    [
        ("quieter_recent", 4, 5, "3333332222", "+" * 10),
        ("quieter_recent_days", 22, 21, "3333332222", "+" * 10),
        ("quieter_before", 6, 7, "3333332222", "+" * 10),
        ("quieter_before_days", 29, 28, "333332222", "+" * 9),
        ("quieter_fall", 10, 11, "333332222", "+" * 9),
        ("quieter_median", 2, 1, "333332222", "+" * 9),
        ("leaving_count", 3, 4, "-----", "++EEE"),
        ("leaving_of", 5, 6, "-----", "++EEE"),
        ("leaving_of", 4, 3, "------", "++EEE+"),
    ],
)
def test_each_number_may_be_tuned(name: str, at: int, over: int, took: str, marks: str) -> None:
    record = history(group(marks, took=took))
    tuned = {"quieter_before": 4} if name == "quieter_recent" else {}
    assert alone(record, thresholds=Thresholds(**tuned, **{name: at}))
    assert not alone(record, thresholds=Thresholds(**tuned, **{name: over}))


@pytest.mark.parametrize(("took", "holds"), [("3333311133", True), ("3333311333", False)])
def test_the_median_of_an_odd_number_is_the_middle_one(took: str, holds: bool) -> None:
    tuned = Thresholds(quieter_recent=5, quieter_recent_days=35, quieter_median=1, quieter_fall=5)
    assert alone(rated(took), thresholds=tuned) == holds


@pytest.mark.parametrize(("recent", "holds"), [(7, True), (6, False)])
def test_how_old_the_newest_may_be_may_be_tuned(recent: int, holds: bool) -> None:
    assert alone(history(group("++EEE", last=7)), thresholds=Thresholds(recent_days=recent)) == holds
    far = history(group("++EEE", last=40))
    assert alone(far, thresholds=Thresholds(recent_days=40))
    assert not alone(far, thresholds=Thresholds(recent_days=39))


# -- words ---------------------------------------------------------------------------------------------------------


def test_it_says_the_averages_and_what_was_left_early() -> None:
    record = history(group("++++++++E", took="334332221"), admitted=90)
    assert why(record, "D04") == (
        "Taking part, from 1 to 4: average 1.8 over the last 4 rated sessions, 3.2 before. "
        "Left early or came late: 1 of the last 5 sessions."
    )
    (found,) = find_quieter(record.as_of(TODAY), DEFAULTS)
    assert str(found.title) == "Quieter in group than usual"
    assert found.steps == ("FS-FACILITATOR", "FS-COPE", "FS-PEER", "FS-STRENGTH")
    assert found.anchor == "1006" and found.evidence_ids == {1006, 1007, 1008, 1009}


def test_who_left_early_and_was_never_rated() -> None:
    record = history(group("++E?EE"), group("??", 2, hour=18))
    (found,) = find_quieter(record.as_of(TODAY), DEFAULTS)
    assert str(found.title) == "Left early or came late to 3 of the last 5 group sessions"
    assert [str(sentence) for sentence in found.why] == [
        "Left early or came late: 3 of the last 5 sessions.",
        "1 session is not recorded yet and counts for nothing.",
    ]
    assert found.unrecorded == 1 and found.evidence_ids == {1003, 1005, 1006}


def test_only_what_was_quiet_is_evidence() -> None:
    (found,) = find_quieter(rated("444441313").as_of(TODAY), DEFAULTS)
    assert found.evidence_ids == {1006, 1008}


@pytest.mark.parametrize(("changed", "said"), [(60, True), (83, True), (84, False), (-1, False)])
def test_it_says_when_the_group_changed(changed: int, said: bool) -> None:
    facts = {1: GroupFacts("skills", (day(changed),))}
    record = rated("3" * 12 + "2222", group_facts=facts)
    words = " ".join(str(sentence) for sentence in find_quieter(record.as_of(TODAY), DEFAULTS)[0].why)
    assert ("Facilitator or form changed on" in words) == said
    if said:
        assert "the next 2 sessions are left out" in words


@pytest.mark.parametrize(
    ("took", "counts"),
    [
        ("", "0 of 4; in the 56 before, 0 of 5"),
        ("222", "3 of 4; in the 56 before, 0 of 5"),
        ("3332222", "4 of 4; in the 56 before, 3 of 5"),
        ("3333333...2", "1 of 4; in the 56 before, 5 of 5"),
    ],
)
def test_what_is_missing_for_a_baseline(took: str, counts: str) -> None:
    record = rated(took, seats=[Seat(1, day(400))])
    said = str(no_baseline_yet(record.as_of(TODAY), DEFAULTS))
    assert said == (f"No baseline yet for taking part: rated sessions in the last 28 days, {counts}.")


def test_nothing_is_missing_where_there_is_a_baseline_or_no_group() -> None:
    assert no_baseline_yet(rated("333333333").as_of(TODAY), DEFAULTS) is None
    assert no_baseline_yet(history("++++").as_of(TODAY), DEFAULTS) is None
    nearest = history(group("++", 1, took="33"), group("+++", 2, hour=18, took="333"))
    assert "3 of 4" in str(no_baseline_yet(nearest.as_of(TODAY), DEFAULTS))


def test_what_kind_of_sign_it_is() -> None:
    assert D04.settles is Settles.PERSON and D04.levels == (Level.TWO_DAYS,)
    assert not D04.absence and not D04.safety and not D04.in_pauses


def test_what_settles_it_and_is_not_recorded_count_from_its_own_evidence() -> None:
    record = history(group("+" * 9, took="333332222", last=1), group("?", last=3, hour=18), Line("?", last=3))
    (found,) = [each for each in read_signs(record.as_of(TODAY), DEFAULTS) if each.sign == "D04"]
    assert found.counts_from == found.evidence[-1].start
    assert found.unrecorded == 1, "the group's own alone"
