"""D07: attendance falling against somebody's own baseline. TODAY is a Monday, so the weeks before it are whole."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clinic.engagement.background import GroupFacts
from clinic.engagement.signs import baseline, trend
from clinic.engagement.signs.sign import Level, Of
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.engagement.strategies import invent, packed
from tests.notation import TODAY, Line, day, dosing, group, history, medical, meetings, schedule

KEPT = "+" * 8  # the eight weeks before the last four


def weekly(marks: str, weekday: int = 0, channel: Channel = Channel.COUNSELLING, **more: Any) -> Line:
    """One session a week on a weekday (0 is Monday), the last of them last week."""
    return Line(marks, channel, 7, 7 - weekday, **more)


def five_a_week(recent: Sequence[int], before: int = 5) -> list[Line]:
    """Counselling on five days; so many attended in each recent week, and in each of the eight before."""
    return [
        weekly(
            ("+" if weekday < before else "-") * 8
            + "".join("+" if weekday < came else "-" for came in recent),
            weekday,
        )
        for weekday in range(5)
    ]


def three_a_week(marks: Sequence[str], channel: Channel, first: int = 0) -> list[Line]:
    """Three sessions a week of a channel: the last four weeks of each weekday as drawn."""
    number = 1 if channel == Channel.GROUP else 0
    return [
        weekly(KEPT + each, first + weekday, channel, group=number, hour=9 if number else 11)
        for weekday, each in enumerate(marks)
    ]


# -- how far it has fallen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recent", "level"),
    [
        ((5, 5, 5, 5), None),
        ((4, 4, 4, 4), None),
        ((4, 4, 4, 3), "two_days"),
        ((4, 3, 3, 3), "two_days"),
        ((3, 3, 3, 3), "tomorrow"),
        ((2, 2, 1, 1), "tomorrow"),
        ((2, 1, 1, 1), "today"),
        ((0, 0, 0, 0), "today"),
    ],
)
def test_the_share_of_what_was_planned(recent: tuple[int, ...], level: str | None) -> None:
    # 16 of 20 is above three quarters, 15 at it; 12 is at three fifths; 5 at a quarter in the only service.
    assert says(history(*five_a_week(recent)), "D07") == level


@pytest.mark.parametrize(("recent", "level"), [((3, 3, 3, 3), None), ((3, 3, 3, 2), "two_days")])
def test_it_must_fall_by_a_quarter_of_all_that_was_planned(
    recent: tuple[int, ...], level: str | None
) -> None:
    # From 80 % to 60 % is three quarters of it, but only 20 points; to 55 % it is 25.
    assert says(history(*five_a_week(recent, before=4)), "D07") == level


@pytest.mark.parametrize(("recent", "level"), [("---+", None), ("----", "today")])
def test_it_must_fall_by_a_session_a_week(recent: str, level: str | None) -> None:
    assert says(history(weekly(KEPT + recent)), "D07") == level


@pytest.mark.parametrize(
    ("recent", "level"),
    [
        ((1, 5, 1, 1), "tomorrow"),
        ((5, 1, 1, 1), "tomorrow"),
        ((5, 5, 1, 1), "two_days"),
        ((1, 5, 1, 5), None),
        ((1, 1, 5, 5), None),
        ((5, 1, 5, 1), "two_days"),
    ],
)
def test_one_dip_is_no_fall(recent: tuple[int, ...], level: str | None) -> None:
    assert says(history(*five_a_week(recent)), "D07") == level


# -- in which services ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "level"),
    [
        (("++++", "++++", "++++"), None),
        (("--++", "++++", "++++"), None),
        (("---+", "++++", "++++"), "tomorrow"),
        (("----", "----", "-+++"), "today"),
        (("----", "----", "++++"), "tomorrow"),
    ],
)
def test_of_two_services_both_must_fall_by_a_quarter(groups: tuple[str, ...], level: str | None) -> None:
    # 10 of 12 is a sixth less, 9 a quarter less; 3 of 12 is a quarter in every service.
    lines = three_a_week(("----",) * 3, Channel.COUNSELLING) + three_a_week(groups, Channel.GROUP)
    assert says(history(*lines), "D07") == level


def test_of_three_services_two_are_enough() -> None:
    lines = [
        *three_a_week(("----",) * 3, Channel.COUNSELLING),
        *three_a_week(("----", "----", "++++"), Channel.GROUP),
        weekly(KEPT + "++++", 4, Channel.MEDICAL),
    ]
    assert says(history(*lines), "D07") == "tomorrow"


def test_medical_and_case_management_are_one_service() -> None:
    lines = three_a_week(("----",) * 3, Channel.MEDICAL) + three_a_week(
        ("---+",) * 3, Channel.CASE_MANAGEMENT
    )
    assert says(history(*lines), "D07") == "today"
    assert why(history(*lines), "D07").count("medical") == 1
    steady = three_a_week(("++++",) * 3, Channel.GROUP, 2)
    assert says(history(*lines, *steady), "D07") is None


def test_a_service_that_has_only_begun_calms() -> None:
    lines = five_a_week((1, 1, 1, 1))
    assert says(history(*lines), "D07") == "today"
    assert says(history(*lines, weekly("." * 8 + "++++", 5, Channel.GROUP, group=1)), "D07") is None


def test_a_service_that_has_ended_is_not_asked_for() -> None:
    lines = [*five_a_week((5, 5, 5, 5)), weekly(KEPT + "....", 5, Channel.GROUP, group=1)]
    assert says(history(*lines), "D07") is None


def test_doses_are_no_part_of_it() -> None:
    doses = dosing("+" * 56 + "-" * 28, last=1)
    assert says(history(doses), "D07") is None
    assert says(history(doses, *five_a_week((3, 3, 3, 3))), "D07") == "tomorrow"


# -- the baseline --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("admitted", "level"), [(56, "tomorrow"), (55, "tomorrow"), (54, None), (49, None)])
def test_four_weeks_are_needed_before(admitted: int, level: str | None) -> None:
    # Eight weeks ago was a Monday. Admitted on the Wednesday of that week, only three of its open days are in the stay.
    lines = [replace(line, marks=line.marks[5:]) for line in five_a_week((3, 3, 3, 3))]
    assert says(history(*lines, admitted=admitted), "D07") == level


@pytest.mark.parametrize(("weeks", "level"), [(6, "today"), (5, None)])
def test_six_planned_sessions_are_needed_before(weeks: int, level: str | None) -> None:
    record = history(weekly("+" * weeks + "----"), admitted=(weeks + 4) * 7)
    assert says(record, "D07") == level
    said = trend.state(record.as_of(TODAY), DEFAULTS)
    assert (None if said is None else str(said)) == (
        None if level else "No baseline yet (5 of 6 planned sessions)."
    )


def test_only_the_twelve_weeks_count() -> None:
    earlier = [replace(line, marks="-" * 20 + line.marks) for line in five_a_week((3, 3, 3, 3))]
    assert says(history(*earlier), "D07") == "tomorrow"


def test_somebody_who_never_came_cannot_come_less() -> None:
    assert says(history(*five_a_week((0, 0, 0, 0), before=0)), "D07") is None


# -- weeks that do not count ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("closed", "skipped"), [((7,), 0), ((7, 6), 1)])
def test_a_week_mostly_closed_is_stepped_over(closed: tuple[int, ...], skipped: int) -> None:
    record = history(*five_a_week((3, 3, 3, 3)), closed=closed)
    shown = trend.weeks(record.as_of(TODAY), DEFAULTS)
    assert sum(week.left_out is not None for week in shown) == skipped
    assert len(shown) == 12 + skipped


def test_missed_on_a_closed_day_is_not_missed() -> None:
    fridays = [3, 10, 17, 24]
    record = history(*five_a_week((4, 4, 4, 3)))
    assert says(record, "D07") == "two_days"
    closed = history(*five_a_week((4, 4, 4, 3)), closed=fridays)
    assert says(closed, "D07") is None


def test_weeks_inside_a_pause_are_skipped_and_not_counted_as_nothing() -> None:
    away = [
        replace(line, marks=line.marks[:4] + "----" + line.marks[8:]) for line in five_a_week((3, 3, 3, 3))
    ]
    assert says(history(*away), "D07") is None, "half of the weeks before were missed too"
    record = history(*away, pauses=[(56, 29)])
    assert says(record, "D07") == "tomorrow"
    assert "20 of 20 in the 4 before" in why(history(*away, pauses=[(56, 29)], admitted=84), "D07")


@pytest.mark.parametrize(("weeks", "level"), [(4, "tomorrow"), (5, None)])
def test_what_was_before_a_long_pause_is_no_news(weeks: int, level: str | None) -> None:
    lines = [replace(line, last=line.last + weeks * 7) for line in five_a_week((3, 3, 3, 3))]
    assert says(history(*lines, pauses=[(weeks * 7, 1)]), "D07") == level


def test_inside_a_pause_and_after_discharge_nothing_is_read() -> None:
    lines = five_a_week((0, 0, 0, 0))
    assert says(history(*lines, pauses=[(2, None)]), "D07") is None
    assert says(history(*lines, discharged=0), "D07") is None
    assert says(history(*lines, discharged=-1), "D07") == "today"


def test_a_week_is_judged_when_it_is_over_and_the_same_until_the_next_is() -> None:
    lines = five_a_week((5, 3, 3, 3))
    record = history(*lines)
    read = [says(record, "D07", ago) for ago in range(1, -7, -1)]
    assert read == [None, *["two_days"] * 7]


def test_a_visit_of_today_changes_nothing() -> None:
    assert says(history(*five_a_week((3, 3, 3, 3)), Line("+", last=0)), "D07") == "tomorrow"


# -- what explains it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekdays", "level"),
    [
        (("++++", "----", "----", "oooo", "oooo"), "tomorrow"),
        (("++++", "----", "---o", "oooo", "oooo"), None),
    ],
)
def test_more_than_half_of_it_excused_explains_it(weekdays: tuple[str, ...], level: str | None) -> None:
    # 16 fewer than usual came of 20: eight of them excused is half.
    lines = [weekly(KEPT + marks, weekday) for weekday, marks in enumerate(weekdays)]
    assert says(history(*lines), "D07") == level


@pytest.mark.parametrize("mark", ["/", "x", "n", "r", "v"])
def test_what_the_clinic_or_the_client_called_off_in_time_is_not_missed(mark: str) -> None:
    lines = [weekly(KEPT + (mark if weekday > 2 else "+") * 4, weekday) for weekday in range(5)]
    assert says(history(*lines), "D07") is None


def test_a_late_cancellation_is_missed() -> None:
    lines = [weekly(KEPT + ("w" if weekday > 2 else "+") * 4, weekday) for weekday in range(5)]
    assert says(history(*lines), "D07") == "tomorrow"


@pytest.mark.parametrize(("unrecorded", "level"), [("????", "today"), ("?????", None)])
def test_above_a_fifth_unrecorded_it_is_silent(unrecorded: str, level: str | None) -> None:
    mondays, tuesdays = KEPT + "????", KEPT + ("+---" if level else "?---")
    others = [weekly(KEPT + "----", weekday) for weekday in (2, 3, 4)]
    record = history(weekly(mondays), weekly(tuesdays, 1), *others)
    assert says(record, "D07") == level
    said = trend.state(record.as_of(TODAY), DEFAULTS)
    if level:
        assert said is None and "4 sessions are not recorded yet and count for nothing." in why(record, "D07")
    else:
        assert str(said) == "Not enough data: 5 of 20 sessions are not recorded."


def test_the_weeks_before_must_be_recorded_too() -> None:
    before = [
        replace(line, marks="??" + line.marks[2:] if weekday < 5 else line.marks)
        for weekday, line in enumerate(five_a_week((3, 3, 3, 3)))
    ]
    assert says(history(*before), "D07") is None
    fewer = [
        replace(before[0], marks="+" + before[0].marks[1:]),
        replace(before[1], marks="+?" + KEPT[2:] + "++++"),
    ]
    assert says(history(*fewer, *before[2:]), "D07") == "tomorrow"


@pytest.mark.parametrize(("since", "level"), [(0, None), (13, None), (14, "tomorrow")])
def test_fourteen_days_of_grace_after_a_change_of_plan(since: int, level: str | None) -> None:
    facts = [schedule("counselling", 20), schedule("counselling", 20, since=since)]
    record = history(*five_a_week((3, 3, 3, 3)), facts=facts)
    assert says(record, "D07") == level
    said = trend.state(record.as_of(TODAY), DEFAULTS)
    assert (said is None) == (level is not None)


def test_the_plan_of_the_day_of_admission_is_no_change() -> None:
    facts = [schedule("counselling", 20, since=84)]
    assert says(history(*five_a_week((3, 3, 3, 3)), facts=facts, admitted=84), "D07") == "tomorrow"


def test_a_planned_step_down_is_no_fall() -> None:
    lines = [weekly(KEPT + ("++++" if weekday == 0 else "...."), weekday) for weekday in range(5)]
    down = [schedule("counselling", 20), schedule("counselling", 4, since=28)]
    assert says(history(*lines, facts=down[:1]), "D07") == "today", "the plan still asks for five a week"
    assert says(history(*lines, facts=down), "D07") is None
    assert says(history(*lines), "D07") is None, "without a plan only what is booked is asked for"


def test_a_plan_sees_who_no_longer_books() -> None:
    lines = [weekly(KEPT + "....", weekday) for weekday in range(5)]
    assert says(history(*lines), "D07") is None
    record = history(*lines, facts=[schedule("counselling", 20)])
    (found,) = findings(record, "D07")
    assert found.level == Level.TODAY and not found.missed
    assert [(point.of, point.day) for point in found.points] == [
        (Of.WEEK, day(ago)) for ago in (22, 15, 8, 1)
    ]
    assert str(found.points[0].words) == (
        "In the week of Mon 2 Feb 0 sessions were attended, fewer than planned."
    )


@pytest.mark.parametrize("mark", ["o", "/", "?"])
def test_a_plan_does_not_ask_for_what_nobody_could_attend(mark: str) -> None:
    lines = [weekly(KEPT + ("+" if weekday else mark) * 4, weekday) for weekday in range(5)]
    facts = [schedule("counselling", 20)]
    comparison = baseline.compare(
        timeline := history(*lines, facts=facts).as_of(TODAY), DEFAULTS, baseline.span_of(timeline, DEFAULTS)
    )
    now = comparison.all_recent
    assert now.attended == now.expected == 16 * comparison.unit


def test_more_than_planned_is_no_baseline() -> None:
    """Five a week where two are planned, now two: all that was asked for."""
    lines = [weekly(KEPT + ("++++" if weekday < 2 else "...."), weekday) for weekday in range(5)]
    assert says(history(*lines, facts=[schedule("counselling", 8)]), "D07") is None


def test_a_group_that_has_closed_is_no_fall() -> None:
    lines = three_a_week(("----",) * 3, Channel.COUNSELLING) + three_a_week(("----",) * 3, Channel.GROUP)
    steady = three_a_week(("++++",) * 3, Channel.MEDICAL, 2)
    assert says(history(*lines, *steady), "D07") == "tomorrow"
    over = {1: GroupFacts(closed=day(0))}
    assert says(history(*lines, *steady, group_facts=over), "D07") is None
    later = {1: GroupFacts(closed=day(-1))}
    assert says(history(*lines, *steady, group_facts=later), "D07") == "tomorrow"


def test_several_sessions_a_day_count_once_attended_when_any_was() -> None:
    made_up = [weekly("." * 8 + "++++", weekday, hour=16) for weekday in (3, 4)]
    assert says(history(*five_a_week((3, 3, 3, 3)), *made_up), "D07") is None
    twice = [weekly("." * 8 + "----", weekday, hour=16) for weekday in (3, 4)]
    (found,) = findings(history(*five_a_week((3, 3, 3, 3)), *twice), "D07")
    assert found.level == Level.TOMORROW and len(found.missed) == 16
    assert "Attended 12 of 20 planned" in str(found.why[0])


# -- mutual aid ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logged", "level"),
    [
        ("++++++++....", "tomorrow"),
        ("....++++....", "tomorrow"),
        (".....+++....", "tomorrow"),
        ("+++++++++++.", "tomorrow"),
        ("++++++++++++", None),
    ],
)
def test_meetings_are_measured_against_their_own_mean_where_they_are_logged(
    logged: str, level: str | None
) -> None:
    """Logged in four weeks of those before they are a second service, which must fall by a quarter as well."""
    lines = [
        *three_a_week(("--++", "--++", "----"), Channel.COUNSELLING),
        weekly(logged, 5, Channel.MUTUAL_AID),
    ]
    assert says(history(*lines), "D07") == level


@pytest.mark.parametrize(("logged", "level"), [("....++++++++", None), (".....+++++++", "tomorrow")])
def test_meetings_logged_in_fewer_than_four_weeks_are_no_habit(logged: str, level: str | None) -> None:
    lines = [
        *three_a_week(("--++", "--++", "----"), Channel.COUNSELLING),
        weekly(logged, 5, Channel.MUTUAL_AID),
    ]
    assert says(history(*lines), "D07") == level


def test_more_meetings_than_usual_make_up_for_nothing() -> None:
    lines = three_a_week(("----",) * 3, Channel.COUNSELLING) + three_a_week(("----",) * 3, Channel.GROUP)
    many = [meetings("+" * 28, every=1, last=1), meetings("+" * 8, last=29)]
    assert says(history(*lines, *many), "D07") == "tomorrow"


def test_who_no_longer_wants_meetings_logged_is_not_asked_for_them() -> None:
    lines = [
        *three_a_week(("++++",) * 3, Channel.COUNSELLING),
        *[weekly(KEPT + "....", weekday, Channel.MUTUAL_AID, hour=19) for weekday in range(5)],
    ]
    shares = baseline.compare(
        timeline := history(*lines).as_of(TODAY), DEFAULTS, baseline.span_of(timeline, DEFAULTS)
    ).recent
    assert Channel.MUTUAL_AID in shares
    only = history(*lines[3:])
    assert says(only, "D07") == "today"
    assert says(history(*lines[3:], meetings_off=0), "D07") is None
    assert says(history(*lines[3:], meetings_off=-1), "D07") == "today"


# -- what becomes of it --------------------------------------------------------------------------------------------


def test_it_settles_when_attendance_has_risen_again_and_not_by_two_sessions() -> None:
    ledger, lines = Ledger(), five_a_week((3, 3, 3, 3))
    ledger.read(history(*lines), 0)
    assert ("D07", "tomorrow") in ledger.open()
    ledger.read(history(*lines, Line("++", every=1, last=-2)), -2)
    assert "D07" in ledger.signs(), "whoever comes to half of it comes to two sessions"
    half = [
        replace(line, marks=line.marks + "-+"[at % 2], last=line.last - 7) for at, line in enumerate(lines)
    ]
    ledger.read(history(*half), -7)
    assert "D07" in ledger.signs(), "another week of half of it"
    risen = [replace(line, marks=line.marks + "+", last=line.last - 7) for line in lines]
    ledger.read(history(*risen), -7)
    assert "D07" not in ledger.signs(), "a whole week like those before"


def test_the_next_week_of_the_same_fall_is_the_same_finding() -> None:
    ledger, record = Ledger(), history(*five_a_week((5, 3, 3, 3, 3)[:4]))
    ledger.read(record, 0)
    longer = history(
        *[replace(line, marks=line.marks + "-", last=line.last - 7) for line in five_a_week((5, 3, 3, 3))]
    )
    ledger.read(longer, -7)
    assert len([row for row in ledger.rows.values() if row.sign == "D07"]) == 1
    assert ("D07", "tomorrow") in ledger.open()


def test_what_a_person_closed_comes_back_only_with_another_miss() -> None:
    ledger, lines = Ledger(), five_a_week((3, 3, 3, 3))
    ledger.read(history(*lines), 0)
    ledger.close(0)
    assert not [found for found in ledger.read(history(*lines), -1).raised if found.sign == "D07"]
    longer = history(*[replace(line, marks=line.marks + "-", last=line.last - 7) for line in lines])
    raised = [found for found in ledger.read(longer, -7).raised if found.sign == "D07"]
    assert len(raised) == 1 and "+" in raised[0].anchor


def test_attendance_entered_late_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(history(*five_a_week((3, 3, 3, 3))), 0)
    made = ledger.read(history(*five_a_week((5, 5, 4, 4))), -1)
    assert {ledger.rows[number].sign for number in made.withdrawn} >= {"D07"}


# -- words and screens ---------------------------------------------------------------------------------------------


def test_it_says_how_much_was_attended_then_and_now_and_what_is_not_counted() -> None:
    lines = three_a_week(("----", "--++", "o+++"), Channel.COUNSELLING) + three_a_week(
        ("---+", "----", "/+++"), Channel.GROUP
    )
    record = history(*lines, Line("?", last=-3))
    (found,) = findings(record, "D07")
    assert str(found.title) == "Attendance falling over 4 weeks"
    assert why(record, "D07") == (
        "Attended 9 of 22 planned sessions in the last 4 weeks, 48 of 48 in the 8 before. Falling: counselling, group. "
        "Not counted: 1 excused session. Not counted: 1 session the clinic called off or was closed for. "
        "Next booked: Thu 5 Mar."
    )
    assert found.steps == ("FS-CALM", "FS-BARRIER", "FS-LEARN", "FS-SUPPORT", "FS-LEVEL")
    assert found.anchor == f"week:{day(28)}"


def test_it_says_which_weeks_were_left_out() -> None:
    lines = [replace(line, last=line.last + 7) for line in five_a_week((3, 3, 3, 3))]
    assert "Not counted: 1 week paused or mostly closed." not in why(history(*lines, pauses=[(7, 1)]), "D07")
    kept = [
        replace(line, marks=line.marks[:-2] + "." + line.marks[-2:]) for line in five_a_week((3, 3, 3, 3))
    ]
    assert "Not counted: 1 week paused or mostly closed." in why(history(*kept, pauses=[(21, 15)]), "D07")


def test_a_screen_says_why_nothing_is_compared() -> None:
    said = {weeks: trend.state(history(admitted=7 * weeks).as_of(TODAY), DEFAULTS) for weeks in (1, 4, 6, 8)}
    assert [str(each) for each in said.values()] == [
        "No baseline yet (0 of 4 weeks).",
        "No baseline yet (0 of 4 weeks).",
        "No baseline yet (2 of 4 weeks).",
        "No baseline yet (0 of 6 planned sessions).",
    ]
    facts = [schedule("counselling", 20), schedule("counselling", 4, since=3)]
    changed = trend.state(history(*five_a_week((3, 3, 3, 3)), facts=facts).as_of(TODAY), DEFAULTS)
    assert str(changed) == "The plan changed; attendance is compared again from Fri 13 Mar."


def test_the_twelve_weeks_for_the_strip() -> None:
    lines = [*five_a_week((3, 3, 3, 2)), group("++", last=2)]
    shown = trend.weeks(history(*lines).as_of(TODAY), DEFAULTS)
    assert [week.monday for week in shown] == [date.fromordinal(day(ago)) for ago in range(84, 0, -7)]
    assert [week.recent for week in shown] == [False] * 8 + [True] * 4
    assert shown[-1].bars == ((Channel.COUNSELLING, 2, 5.0), (Channel.GROUP, 1, 1.0))
    assert shown[0].bars == ((Channel.COUNSELLING, 5, 5.0),)
    paused = trend.weeks(history(*lines, pauses=[(14, 8)]).as_of(TODAY), DEFAULTS)
    assert [str(week.left_out) for week in paused if week.left_out] == ["Not counted: paused."]


# -- the quick looks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(8))
def test_the_quick_looks_never_say_no_where_the_whole_comparison_says_yes(batch: int) -> None:
    spared = fallen = 0
    for seed in range(250 * batch, 250 * batch + 250):
        timeline = packed(invent(random.Random(seed))).as_of(TODAY - seed % 30)
        span = baseline.span_of(timeline, DEFAULTS)
        if len(span.before) < DEFAULTS.falling_least:
            continue
        quick = baseline.may_have_fallen(timeline, DEFAULTS) and baseline.may_fall_short(
            timeline, DEFAULTS, span
        )
        level = trend.level_of(baseline.compare(timeline, DEFAULTS, span), DEFAULTS)
        assert quick or level is None
        spared, fallen = spared + (not quick), fallen + (level is not None)
    assert spared and fallen


def test_a_steady_client_is_spared_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(trend, "compare", never)
    steady: Record = history(*five_a_week((5, 5, 5, 4)))
    assert says(steady, "D07") is None
    planned = history(*five_a_week((5, 5, 5, 4)), facts=[schedule("counselling", 20)])
    assert says(planned, "D07") is None
    assert says(history(*five_a_week((4, 4, 4, 4), before=4), medical("+" * 6)), "D07") is None


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"pauses": [(14, 8)]}, "Not counted: paused."),
        ({"pauses": [(12, 8)]}, "Not counted: paused."),
        ({"closed": (14, 13, 12, 11, 10)}, "Not counted: the clinic was mostly closed."),
        ({"closed": (14, 13, 12, 11, 10), "pauses": [(8, 8)]}, "Not counted: paused."),
        (
            {"closed": (14, 13, 12, 11, 10), "pauses": [(15, 15)]},
            "Not counted: the clinic was mostly closed.",
        ),
        ({"closed": (14, 13, 12, 11, 10), "pauses": [(7, 7)]}, "Not counted: the clinic was mostly closed."),
        ({"closed": (14, 13, 12, 11, 10), "admitted": 14}, "Not counted: the clinic was mostly closed."),
    ],
)
def test_why_a_week_is_left_out_of_the_strip(about: dict[str, object], said: str) -> None:
    shown = trend.weeks(history("+" * 30, **about).as_of(TODAY), DEFAULTS)  # type: ignore[arg-type]
    left_out = {week.monday.toordinal(): str(week.left_out) for week in shown if week.left_out is not None}
    assert left_out.get(day(14), said) == said
    assert "admitted" in about or left_out


def test_a_stay_that_has_only_begun_has_a_strip_of_one_week() -> None:
    (week,) = trend.weeks(history("+", last=2, admitted=3).as_of(TODAY), DEFAULTS)
    assert week.monday.toordinal() == day(7)
    assert str(week.left_out) == "Not counted: the stay had only begun."
    assert trend.weeks(history("+", last=2, admitted=3).as_of(TODAY - 1), DEFAULTS)[
        -1
    ].monday.toordinal() == day(14)
