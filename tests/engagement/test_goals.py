"""D10: short weeks of a weekly goal. D11 and D11b: ninety meetings in ninety days."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.progress import line, weeks
from clinic.engagement.signs.sign import Of
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, goal, group, history, meetings, moment, schedule

# TODAY is a Monday: the week of 7 to 1 days ago is read from tomorrow on.
TUESDAY = -1
MET, SHORT = "+++", "++-"


def played(*weeks: str, last: int = 1, **about: object) -> Record:
    """Group sessions of some weeks, from Monday on, the newest week ending `last` days ago; the goal is 3 a week."""
    marks = "".join(each.ljust(7, ".") for each in weeks)
    about.setdefault("facts", [goal(3)])
    return history(group(marks, every=1, last=last), **about)  # type: ignore[arg-type]


def offered(*weeks: str, target: int = 3, **about: object) -> Record:
    """The same for a goal that counts groups only, so that what was on offer limits it."""
    return played(*weeks, facts=[goal(target, channels="g")], **about)


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ((MET, MET, MET, MET), None),
        ((MET, MET, MET, SHORT), None),
        ((MET, MET, SHORT, SHORT), "two_days"),
        ((SHORT, SHORT), "two_days"),
        ((SHORT,), None),
        ((SHORT, MET, MET, SHORT), None),
        ((MET, SHORT, MET, SHORT), None),
        ((SHORT, SHORT, MET, SHORT), "two_days"),
        ((SHORT, MET, SHORT, SHORT), "two_days"),
        ((SHORT, SHORT, SHORT, MET), "two_days"),
        ((SHORT, SHORT, MET, MET), None),
        ((SHORT, SHORT, SHORT, MET, MET), None),
        ((MET, MET, MET, "---"), "two_days"),
        ((MET, MET, MET, "+--"), None),
        ((MET, MET, "---", MET), None),
    ],
)
def test_two_short_weeks_running_three_of_four_or_one_at_none(
    marks: tuple[str, ...], level: str | None
) -> None:
    # A goal that is older than the weeks shown would find them empty: it began with them, two weeks of grace before.
    record = played(*marks, facts=[goal(3, since=7 * len(marks) + 14)])
    assert says(record, "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("target", "marks", "level"),
    [
        (1, ("+", "-"), None),
        (1, ("-", "-"), "two_days"),
        (2, ("++", "--"), "two_days"),
        (2, ("++", "+-"), None),
    ],
)
def test_a_single_week_at_none_counts_for_a_goal_of_two_or_more(
    target: int, marks: tuple[str, ...], level: str | None
) -> None:
    record = played(*marks, facts=[goal(target, since=28)])
    assert says(record, "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("ago", "level"), [(1, None), (0, None), (-1, "two_days"), (-2, "two_days"), (-7, "two_days")]
)
def test_a_week_is_read_from_tuesday_on(ago: int, level: str | None) -> None:
    assert says(played(MET, MET, SHORT, SHORT, facts=[goal(3, since=42)]), "D10", ago) == level


@pytest.mark.parametrize(
    ("newest", "level"),
    [
        ("++", None),
        ("++/", None),
        ("++o", None),
        ("++r", None),
        ("++-", "two_days"),
        ("++n", "two_days"),
        ("++w", "two_days"),
        ("+/o", None),
        ("/or", None),
    ],
)
def test_only_what_was_on_offer_is_asked_for(newest: str, level: str | None) -> None:
    record = offered(MET, MET, SHORT, newest)
    assert says(record, "D10", TUESDAY) == level


def test_mutual_aid_has_no_limit_of_its_own() -> None:
    lines = meetings("".join(week.ljust(7, ".") for week in ("++", "++")), every=1, last=1)
    assert says(history(lines, facts=[goal(3, channels="a", since=28)]), "D10", TUESDAY) == "two_days"
    assert says(history(lines, facts=[goal(2, channels="a", since=28)]), "D10", TUESDAY) is None
    assert says(history(lines, facts=[goal(3, channels="g", since=28)]), "D10", TUESDAY) is None, "no group"


def test_meetings_and_groups_add_up() -> None:
    both = history(
        group("++.....++.....", every=1, last=1),
        meetings("..+......+....", every=1, last=1),
        facts=[goal(3, since=28)],
    )
    assert says(both, "D10", TUESDAY) is None


@pytest.mark.parametrize(
    ("closed", "level"),
    [([], "two_days"), ([3], None), ([4, 3], None)],
)
def test_a_closed_day_lowers_the_goal_of_its_week(closed: list[int], level: str | None) -> None:
    # Two attended of 3; with 4 days open 3 x 4 / 5 is 2, with 3 the week is left out.
    record = played(SHORT, "++.-", closed=closed, facts=[goal(3, since=28)])
    assert says(record, "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("pauses", "level"),
    [
        ([], "two_days"),
        ([(2, 1)], "two_days"),
        ([(3, 3)], "two_days"),
        ([(4, 3)], None),
        ([(30, 22)], "two_days"),
    ],
)
def test_a_week_with_fewer_than_four_days_outside_a_pause_is_left_out(
    pauses: list[tuple[int, int]], level: str | None
) -> None:
    # One attended of 3: short with 4 days too.
    record = played(SHORT, "+--", pauses=pauses, facts=[goal(3, since=28)])
    assert says(record, "D10", TUESDAY) == level


def test_inside_a_pause_nothing_is_read() -> None:
    assert says(played(SHORT, SHORT, pauses=[(0, None)]), "D10", TUESDAY) is None


def test_a_week_left_out_neither_ends_a_run_nor_adds_to_it() -> None:
    between = played(SHORT, "...", SHORT, pauses=[(14, 10)], facts=[goal(3, since=35)])
    assert says(between, "D10", TUESDAY) == "two_days"


@pytest.mark.parametrize(("left_out", "level"), [(7, "two_days"), (14, None)])
def test_the_newest_week_that_counts_may_be_one_week_older(left_out: int, level: str | None) -> None:
    weeks_out = ["..."] * (left_out // 7)
    record = played(SHORT, SHORT, *weeks_out, pauses=[(left_out, 1)], facts=[goal(3, since=28 + left_out)])
    assert says(record, "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("paused", "level"),
    [
        ((), "two_days"),
        (((5, 5),), None),
        (((10, 9),), None),
        (((20, 15),), "two_days"),
        (((0, None),), None),
    ],
)
def test_weeks_the_client_paused_the_goal_in_are_left_out(
    paused: tuple[tuple[int, int | None], ...], level: str | None
) -> None:
    assert says(played(SHORT, SHORT, facts=[goal(3, since=28, paused=paused)]), "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("about", "level"),
    [
        ({"since": 28}, "two_days"),
        ({"since": 27}, None),
        ({"since": 28, "last": -1}, "two_days"),
        ({"since": 28, "last": 0}, None),
        ({"since": 28, "reached": -1}, None),
        ({"since": 28, "reached": -2}, "two_days"),
        ({"since": 28, "kind": "free"}, None),
    ],
)
def test_the_goal_must_run_and_be_two_weeks_old(about: dict[str, object], level: str | None) -> None:
    assert says(played(SHORT, SHORT, facts=[goal(3, **about)]), "D10", TUESDAY) == level  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("channel", "since", "level"),
    [
        ("group", 28, "two_days"),
        ("group", 27, None),
        ("group", 1, None),
        ("group", 0, None),
        ("group", -2, "two_days"),
        ("mutual_aid", 10, None),
        ("counselling", 10, "two_days"),
    ],
)
def test_two_weeks_of_grace_after_a_change_of_plan(channel: str, since: int, level: str | None) -> None:
    record = played(SHORT, SHORT, facts=[goal(3, since=28), schedule(channel, 12, since=since)])
    assert says(record, "D10", TUESDAY) == level


@pytest.mark.parametrize(
    ("off", "level"), [(None, "two_days"), (-2, "two_days"), (-1, None), (1, None), (30, None)]
)
def test_who_wants_no_meetings_logged_is_not_asked_about_them(off: int | None, level: str | None) -> None:
    record = played(SHORT, SHORT, facts=[goal(3, since=28)], meetings_off=off)
    assert says(record, "D10", TUESDAY) == level
    groups_only = played(SHORT, SHORT, facts=[goal(3, since=28, channels="g")], meetings_off=off)
    assert says(groups_only, "D10", TUESDAY) == "two_days"


@pytest.mark.parametrize(
    ("marks", "level"),
    [(("+-", "+--?"), "two_days"), (("+-", "+-?"), "two_days"), (("+-", "+?"), None), (("?", "?"), None)],
)
def test_above_a_fifth_unrecorded_nothing_is_said(marks: tuple[str, ...], level: str | None) -> None:
    # One of 6, one of 5, one of 4, two of 2.
    record = played(*marks, facts=[goal(3, since=28)])
    assert says(record, "D10", TUESDAY) == level


def test_what_is_entered_late_mends_the_week() -> None:
    ledger = Ledger()
    ledger.read(played(MET, "+--", "---", facts=[goal(3, since=35)]), TUESDAY)
    assert ("D10", "two_days") in ledger.open()
    ledger.read(played(MET, MET, MET, facts=[goal(3, since=35)]), -2)
    assert "D10" not in ledger.signs()


def test_several_sessions_of_one_day_all_count() -> None:
    same = history(
        group("+......+......", every=1, last=1),
        meetings("+......+......", every=1, last=1),
        facts=[goal(2, since=28)],
    )
    assert says(same, "D10", TUESDAY) is None


def test_weeks_before_a_change_are_not_read_after_it() -> None:
    since = goal(3, since=49)
    record = played(SHORT, SHORT, "...", "...", SHORT, facts=[since, schedule("group", 12, since=21)])
    unchanged = played(SHORT, SHORT, "...", "...", SHORT, facts=[since])
    assert says(unchanged, "D10", TUESDAY) == "two_days"
    assert says(record, "D10", TUESDAY) is None


def test_before_admission_and_after_discharge_nothing_is_asked() -> None:
    assert says(played(SHORT, SHORT, admitted=9, facts=[goal(3, since=100)]), "D10", TUESDAY) is None
    assert says(played(SHORT, SHORT, discharged=0), "D10", TUESDAY) is None


def test_each_goal_is_a_finding_of_its_own() -> None:
    record = played(SHORT, SHORT, facts=[goal(3, since=28), goal(4, since=28, number=2)])
    found = findings(record, "D10", TUESDAY)
    assert [each.anchor for each in found] == [f"goal:1:{day(14) // 7}", f"goal:2:{day(14) // 7}"]
    assert found[0].evidence_ids.isdisjoint(found[1].evidence_ids)


def test_a_further_short_week_goes_on_with_the_same_finding() -> None:
    ledger = Ledger()
    record = played(MET, SHORT, SHORT, SHORT, facts=[goal(3, since=42)])
    ledger.read(record, 6)
    ledger.read(record, TUESDAY)
    assert [row.sign for row in ledger.rows.values()].count("D10") == 1


def test_a_week_that_met_it_settles_it_and_two_sessions_do_not() -> None:
    facts = [goal(3, since=35)]
    ledger = Ledger()
    ledger.read(played(MET, "+--", "---", facts=facts), TUESDAY)
    assert "D10" in ledger.signs()
    two = history(group("+++....+--....---....++", every=1, last=-1), facts=facts)
    ledger.read(two, -3)
    assert "D10" in ledger.signs(), "two of three is still a short week"
    met = history(group("+++....+--....---....+++....", every=1, last=-6), facts=facts)
    ledger.read(met, TUESDAY - 7)
    assert "D10" not in ledger.signs()


def test_once_handled_it_comes_back_with_another_short_week_only() -> None:
    ledger = Ledger()
    record = played(MET, "+--", "---", "---", facts=[goal(3, since=42)])
    ledger.read(record, 6)
    ledger.close(5)
    ledger.read(record, 4)
    assert "D10" not in ledger.signs()
    ledger.read(record, TUESDAY)
    assert "D10" in ledger.signs()


def test_it_says_the_goal_the_weeks_and_what_was_on_offer() -> None:
    record = offered(MET, SHORT, "+--")
    (found,) = findings(record, "D10", TUESDAY)
    assert str(found.title) == "Group goal: talk about the week"
    assert why(record, "D10", TUESDAY) == (
        "The goal is 3 a week. The last weeks: 3 of 3, 2 of 3, 1 of 3. On offer in the newest: 3."
    )
    assert [str(point.words) for point in found.points] == [
        "2 of 3 in the week of Mon 16 Feb",
        "1 of 3 in the week of Mon 23 Feb",
    ]
    assert found.counts_from == moment(1, 12)
    assert found.steps[0] == "FS-STRENGTH"


def test_what_was_on_offer_is_that_of_the_newest_week() -> None:
    record = offered("++---", "++----", SHORT)
    assert "On offer in the newest: 3." in why(record, "D10", TUESDAY)
    assert "On offer in the newest: 4." in why(offered(SHORT, "+---"), "D10", TUESDAY)


def test_the_evidence_is_a_point_a_week_at_noon_of_its_sunday() -> None:
    two = played(SHORT, SHORT, facts=[goal(3, since=28), goal(4, since=28, number=2)])
    first, second = findings(two, "D10", TUESDAY)
    assert [(point.of, point.day, point.at) for point in first.points] == [
        (Of.WEEK, day(8), moment(8, 12)),
        (Of.WEEK, day(1), moment(1, 12)),
    ]
    numbers = [point.key for found in (first, second) for point in found.points]
    assert len(set(numbers)) == 4 and all(number > 0 for number in numbers)
    # A year on, the weeks of one goal have not run into those of the next.
    assert second.points[0].id - first.points[0].id > 52_000


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ((SHORT, "++?"), None),  # two of three, and one nobody has recorded: it could be met
        (("++?", SHORT), None),
        ((SHORT, "+??"), None),
        ((SHORT, "+-?"), "two_days"),  # one of three, and one: it could not
        (("+-?", SHORT), "two_days"),
        ((SHORT, SHORT, MET, "++?"), None),
        ((SHORT, SHORT, "++?", SHORT), "two_days"),
        ((SHORT, "++?", SHORT), "two_days"),  # passed over
        ((SHORT, SHORT, "++?"), "two_days"),  # nothing is mended as long as nobody knows
        ((SHORT, SHORT, "++?", "++?"), None),  # too long ago
        ((SHORT, SHORT, "++?", MET), None),
        ((MET, MET, "???"), None),  # none attended, as far as anybody knows
        ((MET, MET, "--?"), "two_days"),
    ],
)
def test_a_week_that_could_still_be_filled_is_not_short(marks: tuple[str, ...], level: str | None) -> None:
    tuned = Thresholds.of({"unrecorded_percent": 90})
    record = played(*marks, facts=[goal(3, since=7 * len(marks) + 14)])
    assert says(record, "D10", TUESDAY, tuned) == level


def test_a_week_that_could_still_be_filled_is_not_met_either() -> None:
    record = played("++?", "+-?", "+++", facts=[goal(3, since=35)])
    read = weeks(record.as_of(day(TUESDAY)), goal(3, since=35), 3)
    assert [(each.short, each.met, each.unknown) for each in read] == [
        (False, False, 1),
        (True, False, 1),
        (False, True, 0),
    ]
    assert line(played("++?").as_of(day(TUESDAY)), goal(3)) is None


def test_no_more_than_was_asked_for_is_said_to_be_attended() -> None:
    record = played("++++", SHORT, SHORT, facts=[goal(3, since=35)])
    assert "The last weeks: 3 of 3, 2 of 3, 2 of 3." in why(record, "D10", TUESDAY)


@pytest.mark.parametrize("marks", [("+-?", "+--"), ("++-", "+-?")])
def test_what_is_not_recorded_is_counted_beside_the_goal(marks: tuple[str, ...]) -> None:
    (found,) = findings(played(*marks, facts=[goal(3, since=28)]), "D10", TUESDAY)
    assert found.unrecorded == 1
    (none,) = findings(played(SHORT, SHORT, facts=[goal(3, since=28)]), "D10", TUESDAY)
    assert none.unrecorded == 0


@pytest.mark.parametrize(
    ("marks", "tuned", "level"),
    [
        ((SHORT, SHORT, SHORT, SHORT, SHORT), {"goal_short_weeks": 5, "goal_short_of": 4}, "two_days"),
        ((MET, SHORT, SHORT, SHORT, SHORT), {"goal_short_weeks": 5, "goal_short_of": 5}, None),
        ((SHORT, MET, SHORT, SHORT, SHORT), {"goal_short_weeks": 5, "goal_short_of": 5}, None),
        ((SHORT, SHORT, SHORT, SHORT, SHORT), {"goal_short_weeks": 5, "goal_short_of": 5}, "two_days"),
        ((SHORT, SHORT, MET, MET), {"goal_short_of": 2}, "two_days"),
        ((SHORT, MET, MET, MET), {"goal_short_of": 2}, None),
        ((SHORT, MET, MET, MET), {"goal_short_of": 1}, "two_days"),
    ],
)
def test_a_clinic_may_ask_for_more_or_fewer_weeks(
    marks: tuple[str, ...], tuned: dict[str, int], level: str | None
) -> None:
    record = played(*marks, facts=[goal(3, since=7 * len(marks) + 14)])
    assert says(record, "D10", TUESDAY, Thresholds.of(tuned)) == level


@pytest.mark.parametrize(("marks", "said"), [((MET, SHORT, SHORT), False), ((SHORT, SHORT, SHORT), True)])
def test_after_three_short_weeks_another_goal_is_suggested(marks: tuple[str, ...], said: bool) -> None:
    record = played(*marks, facts=[goal(3, since=35)])
    assert ("another goal may fit better" in why(record, "D10", TUESDAY)) is said


def test_what_is_not_recorded_is_said() -> None:
    record = played("+-", "+--?", facts=[goal(3, since=28)])
    assert "1 session is not recorded yet" in why(record, "D10", TUESDAY)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (SHORT, "2 of 3 last week: how was the week?"),
        (MET, None),
        ("---", "0 of 3 last week: how was the week?"),
    ],
)
def test_one_short_week_is_a_line_for_the_next_contact(marks: str, said: str | None) -> None:
    record = played(MET, marks)
    asked = line(record.as_of(day(TUESDAY)), record.background.goals[0])
    assert (None if asked is None else str(asked)) == said


def test_a_goal_put_aside_has_no_line() -> None:
    record = played(MET, SHORT, facts=[goal(3, paused=[(0, None)])])
    assert line(record.as_of(day(TUESDAY)), record.background.goals[0]) is None


def test_the_weeks_of_a_goal_for_the_page() -> None:
    record = offered("++", SHORT, "+/-")
    shown = weeks(record.as_of(day(TUESDAY)), record.background.goals[0], 3)
    assert [(each.monday, each.attended, each.target, each.offered, each.met) for each in shown] == [
        (day(21), 2, 2, 2, True),
        (day(14), 2, 3, 3, False),
        (day(7), 1, 2, 2, False),
    ]
    young = history(facts=[goal(3, since=8)])
    assert [each.monday for each in weeks(young.as_of(day(TUESDAY)), young.background.goals[0], 6)] == [
        day(7)
    ]


# -- ninety in ninety ----------------------------------------------------------------------------------------------


def ninety(marks: str, *, began: int | None = None, channels: str = "a", **about: object) -> Record:
    """Meetings on the days of a goal of ninety in ninety, the last mark today."""
    since = len(marks) - 1 if began is None else began
    about.setdefault("facts", [goal(90, kind="ninety", since=since, channels=channels)])
    return history(meetings(marks, every=1), **about)  # type: ignore[arg-type]


def days(came: int, of: int) -> str:
    """So many meetings, one a day and the oldest days first, in so many days."""
    return "+" * came + "." * (of - came)


@pytest.mark.parametrize(
    ("came", "of", "level"),
    [
        (8, 13, None),
        (8, 14, "two_days"),
        (9, 14, None),
        (8, 15, "two_days"),
        (24, 30, "two_days"),
        (25, 30, None),
        (38, 45, "two_days"),
        (39, 45, None),
        (51, 60, "two_days"),
        (52, 60, None),
        (63, 75, "two_days"),
        (64, 75, None),
    ],
)
def test_behind_by_five_or_by_fifteen_percent_at_a_checkpoint(came: int, of: int, level: str | None) -> None:
    # Of 45 days 15 % are 6.75, of 60 they are 9, of 75 they are 11.25. 25 of 30 hold nine of the last fourteen.
    assert says(ninety(days(came, of)), "D11") == level


@pytest.mark.parametrize(("lately", "level"), [("+" * 8 + "." * 6, "two_days"), ("+" * 9 + "." * 5, None)])
def test_nine_meetings_in_fourteen_days_are_a_pace(lately: str, level: str | None) -> None:
    assert says(ninety("." * 16 + lately), "D11") == level


@pytest.mark.parametrize(("extra", "level"), [(0, "two_days"), (1, "two_days"), (15, "two_days")])
def test_it_stands_until_the_next_checkpoint(extra: int, level: str) -> None:
    record = ninety(days(20, 30) + "." * extra)
    assert says(record, "D11") == level
    (found,) = findings(record, "D11")
    assert found.anchor == ("goal:1:45" if extra == 15 else "goal:1:30")


def test_from_day_ninety_on_it_is_silent() -> None:
    assert says(ninety(days(10, 89)), "D11") == "two_days"
    assert says(ninety(days(10, 90)), "D11") is None
    assert says(ninety(days(10, 90)), "D11b") is None


def test_no_more_than_two_meetings_of_a_day_count() -> None:
    three = [meetings("+" * 4 + "." * 10, every=1, hour=hour) for hour in (8, 12, 18)]
    record = history(*three, facts=[goal(90, kind="ninety", since=13, channels="a")])
    assert says(record, "D11") == "two_days", "8 of 14"
    (found,) = findings(record, "D11")
    assert "8 meetings by day 14" in str(found.why[0])


@pytest.mark.parametrize(("first", "level"), [(13, "two_days"), (12, None)])
def test_fewer_are_lacking_after_a_pause(first: int, level: str | None) -> None:
    # Eight of fourteen: a pause of one day leaves five lacking, one of two days four.
    assert says(ninety("." * 6 + "+" * 8, pauses=[(13, first)]), "D11") == level


@pytest.mark.parametrize(("first", "level"), [(13, "two_days"), (12, None)])
def test_so_it_is_while_the_client_had_put_it_aside(first: int, level: str | None) -> None:
    facts = [goal(90, kind="ninety", since=13, channels="a", paused=[(13, first)])]
    assert says(ninety("." * 6 + "+" * 8, facts=facts), "D11") == level


def test_put_aside_today_it_is_silent() -> None:
    facts = [goal(90, kind="ninety", since=13, channels="a", paused=[(0, None)])]
    assert says(ninety(days(0, 14), facts=facts), "D11") is None


def test_a_goal_of_groups_asks_for_the_days_the_clinic_is_open() -> None:
    # Two weeks from Tuesday to Monday hold ten open days.
    five = history(group("+++++.........", every=1), facts=[goal(90, kind="ninety", since=13, channels="g")])
    six = history(group("++++.++.......", every=1), facts=[goal(90, kind="ninety", since=13, channels="g")])
    assert says(five, "D11") == "two_days"
    assert says(six, "D11") is None
    closed = history(
        group("+++++.........", every=1), facts=[goal(90, kind="ninety", since=13, channels="g")], closed=[3]
    )
    assert says(closed, "D11") is None
    any_day = history(
        meetings("++++.++.......", every=1),
        facts=[goal(90, kind="ninety", since=13, channels="ga")],
        closed=[3],
    )
    assert says(any_day, "D11") == "two_days", "mutual aid meets on every day"


@pytest.mark.parametrize(("marks", "level"), [("++++++++??....", "two_days"), ("++++++++???...", None)])
def test_above_a_fifth_unrecorded_nothing_is_said_of_the_ninety(marks: str, level: str | None) -> None:
    assert says(ninety(marks), "D11") == level


@pytest.mark.parametrize(("off", "level"), [(None, "two_days"), (-1, "two_days"), (0, None)])
def test_who_wants_no_meetings_logged_has_no_ninety(off: int | None, level: str | None) -> None:
    assert says(ninety(days(0, 14), meetings_off=off), "D11") == level


def test_what_is_entered_late_counts_at_the_checkpoint() -> None:
    assert says(ninety(days(8, 14) + ".."), "D11") == "two_days"
    assert says(ninety(days(10, 14) + ".."), "D11") is None


def test_a_later_checkpoint_takes_up_the_open_one() -> None:
    ledger = Ledger()
    record = ninety(days(4, 30))
    ledger.read_daily(record, 20)
    assert [row.sign for row in ledger.rows.values()].count("D11") == 1
    assert ("D11", "two_days") in ledger.open()


def test_sessions_do_not_settle_it_and_closed_it_comes_back_at_the_next_checkpoint() -> None:
    ledger = Ledger()
    record = ninety("." * 14 + "+" * 8 + "." * 8)
    ledger.read_daily(record, 16, 1)
    assert "D11" in ledger.signs()
    ledger.close(1)
    ledger.read(record, 1)
    assert "D11" not in ledger.signs()
    ledger.read(record, 0)
    assert "D11" in ledger.signs()


@pytest.mark.parametrize(
    ("came", "of", "level"),
    [(0, 45, None), (30, 60, None), (29, 60, "upkeep"), (60, 75, None), (59, 75, "upkeep"), (29, 59, None)],
)
def test_out_of_reach_at_two_a_day(came: int, of: int, level: str | None) -> None:
    # By day 60 thirty days are left, for sixty meetings; by day 75 fifteen for thirty.
    assert says(ninety(days(came, of)), "D11b") == level


def test_out_of_reach_is_told_once() -> None:
    ledger = Ledger()
    record = ninety(days(10, 80))
    ledger.read(record, 20)
    ledger.close(20)
    ledger.read_daily(record, 19)
    assert [row.sign for row in ledger.rows.values()].count("D11b") == 1


def test_the_words_of_ninety_in_ninety() -> None:
    record = ninety(days(40, 75))
    assert str(findings(record, "D11")[0].title) == "90-in-90: see how it is going"
    assert (
        why(record, "D11")
        == "40 meetings by day 75 of the goal; 0 in the 14 days up to then. Mutual-aid meetings, as logged: 40."
    )
    assert str(findings(record, "D11b")[0].title) == "90-in-90: talk about a new goal"
    assert "15 days of the ninety are left: a new goal can start today." in why(record, "D11b")
    assert findings(record, "D11")[0].steps == ("FS-STRENGTH", "FS-MEET", "FS-GOAL")
    assert findings(record, "D11b")[0].steps == ("FS-STRENGTH", "FS-GOAL")


def test_the_evidence_of_ninety_in_ninety() -> None:
    record = ninety(days(40, 75), facts=[goal(90, kind="ninety", since=74, channels="a", number=3)])
    (behind,), (beyond,) = findings(record, "D11"), findings(record, "D11b")
    assert [(point.of, point.id, point.day, point.at) for point in behind.points] == [
        (Of.GOAL, 3 * 90 + 75, day(0), moment(0, 12))
    ]
    assert [(point.of, point.id, point.day, point.at) for point in beyond.points] == [
        (Of.GOAL, 3 * 90, day(74), moment(74, 12))
    ]
    assert (behind.anchor, beyond.anchor) == ("goal:3:75", "goal:3")
    assert (behind.counts_from, beyond.counts_from) == (moment(0, 12), moment(74, 12))
    assert str(behind.points[0].words).startswith("40 meetings by day 75 of the goal")


def test_what_is_not_recorded_is_said_of_the_ninety_too() -> None:
    record = ninety("?" + days(40, 75)[1:])
    for sign in ("D11", "D11b"):
        (found,) = findings(record, sign)
        assert found.unrecorded == 1
        assert str(found.why[-1]) == "1 session is not recorded yet and counts for nothing."


def test_one_goal_that_is_not_read_hides_no_other() -> None:
    """Three stand before it: a weekly one, one at no checkpoint yet, and one with too much unrecorded."""
    before = [
        goal(3, channels="g", number=1),
        goal(90, kind="ninety", since=5, channels="a", number=2),
        goal(90, kind="ninety", since=74, channels="g", number=3),
    ]
    facts = [*before, goal(90, kind="ninety", since=74, channels="a", number=4)]
    record = history(meetings(days(40, 75), every=1), group("?" * 40, every=1, last=20), facts=facts)
    assert [found.anchor for found in findings(record, "D11")] == ["goal:4:75"]
    assert [found.anchor for found in findings(record, "D11b")] == ["goal:4"]


def test_without_goals_nothing_is_read() -> None:
    plain = history(Line("+-" * 10))
    assert all(says(plain, code, TUESDAY) is None for code in ("D10", "D11", "D11b"))
    assert DEFAULTS.goal_short_weeks == 2
