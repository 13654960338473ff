"""D15: milestones to celebrate."""

from __future__ import annotations

from datetime import date

import pytest

from clinic.engagement.background import Noted
from clinic.engagement.signs.milestones import calendar
from clinic.engagement.signs.sign import Of
from clinic.engagement.timeline import Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings
from tests.notation import Line, day, goal, group, history, meetings, milestone, moment, noted

SEEN = Line("+", last=0, hour=8)


def reached(record: Record, ago: int = 0) -> list[str]:
    """What there is to celebrate, in words."""
    return [str(each.points[0].words) for each in findings(record, "D15", ago)]


@pytest.mark.parametrize(
    ("admitted", "said"),
    [
        (6, []),
        (7, ["7 days in the programme"]),
        (14, ["7 days in the programme"]),
        (15, []),
        (29, []),
        (30, ["30 days in the programme"]),
        (37, ["30 days in the programme"]),
        (38, []),
        (89, []),
        (90, ["90 days in the programme"]),
        (97, ["90 days in the programme"]),
        (98, []),
        (179, []),
        (180, ["180 days in the programme"]),
        (188, []),
        (364, []),
        (365, ["365 days in the programme"]),
        (372, ["365 days in the programme"]),
        (373, []),
        (730, []),
    ],
)
def test_days_in_the_programme(admitted: int, said: list[str]) -> None:
    assert reached(history(SEEN, admitted=admitted)) == said


@pytest.mark.parametrize(
    ("line", "spoke", "found"),
    [
        (Line("+", last=14), [], True),
        (Line("+", last=15), [], False),
        (Line("-", last=1), [], False),
        (Line("-", last=1), [3], True),
        (Line("h", last=1), [], True),
        (Line("+", last=40), [14], True),
        (meetings("+", last=3), [], True),
    ],
)
def test_nothing_is_celebrated_past_somebody_who_has_fallen_silent(
    line: Line, spoke: list[int], found: bool
) -> None:
    assert bool(reached(history(line, admitted=90, spoke=spoke))) is found


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (6, []),
        (7, ["One week since their own recovery date"]),
        (14, ["One week since their own recovery date"]),
        (15, []),
        (29, []),
        (30, ["One month since their own recovery date"]),
        (38, []),
        (365, ["One year since their own recovery date"]),
        (372, ["One year since their own recovery date"]),
        (373, []),
        (90, []),
        (None, []),
    ],
)
def test_the_recovery_date_the_client_has_given(since: int | None, said: list[str]) -> None:
    assert reached(history(SEEN, recovery_start=since)) == said


@pytest.mark.parametrize(
    ("since", "used", "found"),
    [
        (30, noted("H1", 1, ago=29), False),
        (30, noted("H1", 3, ago=0), False),
        (30, noted("H1", 1, ago=30), True),  # the date was stated anew that day
        (30, noted("H1", 1, ago=31), True),
        (30, noted("H1", 0, ago=9), True),  # asked, and nothing to tell
        (30, noted("H2", 2, ago=9), True),
        (30, noted("A2", 3, ago=9), True),
        (366, noted("H1", 1, ago=90), False),
        (366, noted("H1", 1, ago=91), True),
    ],
)
def test_the_recovery_date_is_held_back_after_use(since: int, used: Noted, found: bool) -> None:
    record = history(SEEN, recovery_start=since, facts=[used])
    assert bool(reached(record)) is found


def test_only_the_recovery_date_is_held_back() -> None:
    record = history(SEEN, admitted=30, recovery_start=30, facts=[noted("H1", 1, ago=3)])
    assert reached(record) == ["30 days in the programme"]
    assert len(reached(record, 4)) == 0, "nobody was seen by then"


def test_use_that_is_told_late_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(history(SEEN, recovery_start=30), 0)
    assert ledger.open(news=True) == {("D15", "good_news")}
    ledger.read(history(SEEN, recovery_start=30, facts=[noted("H1", 1, ago=2)]), 0)
    assert ("D15", "good_news") not in ledger.open(news=True)


@pytest.mark.parametrize(("on", "found"), [(-1, False), (0, True), (7, True), (8, False)])
def test_a_milestone_that_was_noted(on: int, found: bool) -> None:
    assert reached(history(SEEN, facts=[milestone(on=on)])) == ["A milestone of their own"] * found


def test_a_milestone_is_known_from_the_day_it_was_noted() -> None:
    record = history(SEEN, Line("+", last=3), facts=[milestone(on=4, known=2)])
    assert reached(record, 3) == []
    assert reached(record, 2) == ["A milestone of their own"]


@pytest.mark.parametrize("kind", ["weekly", "ninety", "free"])
@pytest.mark.parametrize(("on", "found"), [(-1, False), (0, True), (7, True), (8, False)])
def test_a_goal_reached(kind: str, on: int, found: bool) -> None:
    record = history(SEEN, facts=[goal(3, kind=kind, since=50, reached=on)])
    assert reached(record) == ["A goal of their own reached"] * found


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (9, []),
        (10, [10]),
        (11, [10]),
        (17, [10]),
        (18, []),
        (29, []),
        (30, [30]),
        (60, [60]),
        (90, [90]),
        (98, []),
    ],
)
def test_meetings_of_a_goal(count: int, said: list[int]) -> None:
    record = history(meetings("+" * count, every=1), facts=[goal(99, since=count)])
    assert reached(record) == [f"{n} meetings of a goal attended" for n in said]


def test_only_meetings_of_its_services_and_of_its_days_count() -> None:
    ten = meetings("+" * 10, every=1)
    assert reached(history(ten, facts=[goal(99, since=8)])) == []
    assert reached(history(ten, facts=[goal(99, channels="g")])) == []
    assert reached(history(ten, facts=[goal(99, last=1)])) == []
    assert reached(history(meetings("+" * 9, every=1), group("+"), facts=[goal(99)])) != []
    assert reached(history(ten, facts=[goal(99, kind="free")])) == []
    assert reached(history(meetings("+" * 9 + "-", every=1), facts=[goal(99)])) == []


def test_after_a_goal_was_reached_its_meetings_are_counted_no_more() -> None:
    record = history(meetings("+" * 12, every=1), facts=[goal(99, reached=3)])
    assert reached(record) == ["A goal of their own reached"]


def test_a_goal_put_aside_is_not_brought_up() -> None:
    record = history(meetings("+" * 10, every=1), facts=[goal(99, paused=[(0, None)])])
    assert reached(record) == []


MET, SHORT = "+++", "++-"


def played(*weeks: str, **about: object) -> Record:
    """Group sessions of some weeks for a goal of 3; the newest week is read from tomorrow on."""
    marks = "".join(each.ljust(7, ".") for each in weeks)
    about.setdefault("facts", [goal(3, since=7 * len(weeks))])
    return history(group(marks, every=1, last=1), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ((MET, MET, MET), False),
        ((MET, MET, MET, MET), True),
        ((SHORT, MET, MET, MET, MET), True),
        ((MET, MET, MET, MET, MET), False),
        ((MET, MET, MET, SHORT), False),
        ((MET, MET, SHORT, MET, MET), False),
        ((MET, MET, MET, MET, SHORT), False),
    ],
)
def test_a_weekly_goal_met_four_weeks_running(marks: tuple[str, ...], found: bool) -> None:
    said = [words for words in reached(played(*marks), -1) if "running" in words]
    assert said == ["The weekly goal met 4 weeks running"] * found


@pytest.mark.parametrize(("ago", "found"), [(0, False), (-1, True), (-7, True), (-8, False)])
def test_it_is_known_from_tuesday_on(ago: int, found: bool) -> None:
    record = history(
        group("+++....+++....+++....+++....---....", every=1, last=-6), facts=[goal(3, since=28)]
    )
    assert any("running" in words for words in reached(record, ago)) is found


def test_a_week_left_out_does_not_end_the_weeks_running() -> None:
    record = played(MET, MET, "...", MET, MET, pauses=[(21, 17)])
    assert any("running" in words for words in reached(record, -1))


def ninety(marks: str, since: int, **about: object) -> Record:
    facts = [goal(90, kind="ninety", since=since, channels="a", **about)]  # type: ignore[arg-type]
    return history(SEEN, meetings(marks, every=1), facts=facts)


@pytest.mark.parametrize(("since", "found"), [(88, False), (89, True), (96, True), (97, False)])
def test_day_ninety_with_the_number_reached_whatever_it_is(since: int, found: bool) -> None:
    record = ninety("+" * 20 + "." * 50, since)
    said = [words for words in reached(record) if "ninety" in words]
    assert said == ["Day 90 of ninety in ninety, 20 meetings attended,"] * found


def test_day_ninety_counts_two_a_day_and_nothing_after_it() -> None:
    three = [meetings("+" * 4 + "." * 40, every=1, hour=hour) for hour in (9, 12, 18)]
    record = history(
        *three, meetings("+", last=0), SEEN, facts=[goal(90, kind="ninety", since=90, channels="a")]
    )
    assert "Day 90 of ninety in ninety, 8 meetings attended," in reached(record)


def test_day_ninety_of_a_goal_that_ended_before_or_is_not_logged_is_no_day() -> None:
    assert not any("ninety" in words for words in reached(ninety("+" * 20, 89, last=1)))
    assert not any("ninety" in words for words in reached(ninety("+" * 20, 89, reached=1)))
    facts = [goal(90, kind="ninety", since=89, channels="a")]
    assert reached(history(SEEN, facts=facts, meetings_off=0)) == []


def test_ninety_days_without_a_meeting_are_over_and_not_cheered() -> None:
    (found,) = findings(history(SEEN, facts=[goal(90, kind="ninety", since=91, channels="a")]), "D15")
    assert str(found.title) == "Ninety days of the goal are over"
    assert [str(sentence) for sentence in found.why] == ["The last of the ninety days was Sat 28 Feb."]
    assert found.steps == ("FS-STRENGTH", "FS-GOAL")
    assert [str(point.words) for point in found.points] == ["Ninety days of the goal are over"]
    one = history(
        SEEN, meetings("+", last=50), facts=[goal(90, kind="ninety", since=91, channels="a", number=1)]
    )
    (found,) = findings(one, "D15")
    assert str(found.title) == "Milestone to celebrate" and found.steps == ("FS-CELEBRATE",)


def test_each_is_a_finding_of_its_own() -> None:
    record = history(
        meetings("+" * 10, every=1),
        SEEN,
        admitted=30,
        recovery_start=30,
        facts=[goal(99, since=20, reached=0), milestone(on=0), milestone(on=1, number=2)],
    )
    found = findings(record, "D15")
    assert len(found) == 6
    assert len({each.anchor for each in found}) == 6
    assert len({number for each in found for number in each.evidence_ids}) == 6


# The number of a milestone is kept with its finding: were it another one day, what was closed would come back.
KEPT = {
    "days in the programme": (history(SEEN, admitted=30), (1, 30), 0),
    "the recovery date": (history(SEEN, recovery_start=30, admitted=99), (2, (day(30) << 9) + 30), 0),
    "one that was noted": (history(SEEN, admitted=99, facts=[milestone(on=1, number=4)]), (3, 4), 1),
    "a goal reached": (history(SEEN, admitted=99, facts=[goal(3, since=9, reached=2, number=5)]), (4, 5), 2),
    "ten meetings": (
        history(meetings("+" * 10, every=1), admitted=99, facts=[goal(99, since=20, number=5)]),
        (5, 510),
        0,
    ),
    "day ninety": (
        history(SEEN, admitted=99, facts=[goal(90, kind="ninety", since=89, channels="a", number=6)]),
        (6, 6),
        0,
    ),
}


@pytest.mark.parametrize(("record", "number", "ago"), KEPT.values(), ids=KEPT)
def test_the_number_and_day_of_a_milestone_stay(record: Record, number: tuple[int, int], ago: int) -> None:
    (found,) = findings(record, "D15")
    (point,) = found.points
    kind, part = number
    assert (point.of, point.id, point.day, point.at) == (
        Of.MILESTONE,
        (kind << 40) + part,
        day(ago),
        moment(ago, 0),
    )
    assert found.counts_from == moment(ago, 0)


def test_a_week_met_is_of_the_tuesday_after_it() -> None:
    (found,) = [each for each in findings(played(MET, MET, MET, MET), "D15", -1) if "weeks" in each.anchor]
    newest = day(7) // 7
    assert found.anchor == f"weeks:1:{newest}"
    assert (found.points[0].day, found.points[0].id) == (day(-1), (7 << 40) + (1 << 17) + newest)


def test_inside_a_pause_and_after_discharge_nothing_is_read() -> None:
    assert reached(history(SEEN, admitted=90, pauses=[(0, None)])) == []
    assert reached(history(SEEN, admitted=90, discharged=0)) == []
    assert reached(history(SEEN, admitted=92, pauses=[(5, 1)])) == ["90 days in the programme"]


def test_a_history_of_years_shows_only_the_newest() -> None:
    assert reached(history(Line("+" * 150), admitted=1100)) == []


def test_a_person_closes_it_and_it_is_raised_once() -> None:
    ledger = Ledger()
    record = history(Line("+" * 5, every=3), admitted=95)
    ledger.read_daily(record, 5, 3)
    assert ("D15", "good_news") in ledger.open(news=True)
    ledger.close(3)
    ledger.read_daily(record, 2)
    assert [row.sign for row in ledger.rows.values()].count("D15") == 1


def test_its_words() -> None:
    (found,) = findings(history(SEEN, admitted=92), "D15")
    assert str(found.title) == "Milestone to celebrate"
    assert [str(sentence) for sentence in found.why] == ["90 days in the programme on Sat 28 Feb."]
    assert found.steps == ("FS-CELEBRATE",)
    assert found.anchor == "days:90"
    assert found.counts_from == moment(2, 0)
    assert found.points[0].day == day(2)


# -- the calendar of them, for pages --------------------------------------------------------------------------------


def calendar_of(record: Record, ago: int = 0) -> list[tuple[int, str]]:
    """The days to today (those to come below zero) and the words."""
    today = day(ago)
    return [(today - at, str(words)) for at, words in calendar(record.as_of(date.fromordinal(today)))]


def test_the_calendar_holds_what_was_reached_and_what_is_to_come() -> None:
    found = calendar_of(history(SEEN, admitted=88))
    assert found == [
        (81, "7 days in the programme"),
        (58, "30 days in the programme"),
        (-2, "90 days in the programme"),
        (-92, "180 days in the programme"),
        (-277, "365 days in the programme"),
    ]


def test_the_calendar_holds_their_own_date_unless_use_was_noted_since() -> None:
    told = calendar_of(history(SEEN, admitted=20, recovery_start=35))
    assert (28, "One week since their own recovery date") in told
    assert (5, "One month since their own recovery date") in told
    assert told == sorted(told, key=lambda each: -each[0])
    held = calendar_of(history(SEEN, admitted=20, recovery_start=35, facts=[noted("H1", 2, ago=3)]))
    assert not [words for _, words in held if "recovery" in words]
    assert len(held) == 5
