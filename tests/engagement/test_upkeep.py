"""D17: parts of the care plan that are missing or overdue."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.background import Goal
from clinic.engagement.signs.sign import Kind, Of
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.signs.upkeep import D17
from clinic.engagement.timeline import Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings
from tests.notation import Line, care_plan, consent, day, goal, group, history, meetings, noted

KNOWN = {"keeps_plans": True, "naloxone_known": 300}


def planned(*facts: Any, lines: tuple[Line, ...] = (), admitted: int = 300, **more: Any) -> Record:
    """A client of a clinic that writes plans, whose naloxone status is known, counselled every week."""
    return history("+" * 10, *lines, facts=facts, admitted=admitted, **(KNOWN | more))


def parts(record: Record, ago: int = 0, thresholds: Thresholds = DEFAULTS) -> set[str]:
    """The parts that are missing or overdue."""
    return {found.anchor.partition(":")[0] for found in findings(record, "D17", ago, thresholds)}


def said(record: Record) -> str:
    (found,) = findings(record, "D17")
    return " ".join(map(str, found.why))


def reviewed(ago: int, **more: Any) -> Any:
    return care_plan(written=200, reviewed=ago, **more)


def test_a_whole_plan_asks_for_nothing() -> None:
    assert parts(planned(reviewed(10))) == set()


def test_a_clinic_that_writes_no_plans_is_not_told_so() -> None:
    facts = (consent(until=-3), goal(1, channels="g", since=200))
    assert parts(history("+" * 10, facts=facts, keeps_plans=False)) == set()
    assert parts(history("+" * 10, keeps_plans=True)) == {"no_plan", "naloxone"}


@pytest.mark.parametrize(("admitted", "missing"), [(12, set()), (13, {"no_plan"}), (14, {"no_plan"})])
def test_a_plan_is_there_by_the_fourteenth_day(admitted: int, missing: set[str]) -> None:
    assert parts(planned(admitted=admitted)) == missing


@pytest.mark.parametrize(("admitted", "missing"), [(12, set()), (13, {"naloxone"})])
def test_naloxone_is_asked_about_by_the_fourteenth_day(admitted: int, missing: set[str]) -> None:
    assert parts(planned(care_plan(written=5), admitted=admitted, naloxone_known=None)) == missing


@pytest.mark.parametrize(("asked", "missing"), [(0, set()), (-1, {"naloxone"}), (90, set())])
def test_naloxone_counts_from_the_day_it_was_asked(asked: int, missing: set[str]) -> None:
    assert parts(planned(reviewed(10), naloxone_known=asked)) == missing


EMPTY: list[tuple[dict[str, Any], set[str]]] = [
    ({"if_thens": 0}, {"if_then"}),
    ({"reasons": 0}, {"reasons"}),
    ({"coping": 0}, {"coping"}),
    ({"supporters": 0}, {"supporter"}),
    ({"supporters": 0, "prefers_no_supporter": True}, set()),
    ({"uncovered": 1}, {"uncovered"}),
    ({"uncovered": 0}, set()),
    ({"unserved": 1}, {"unserved"}),
    ({"unserved": 0}, set()),
    ({"if_thens": 0, "uncovered": 2}, {"if_then", "uncovered"}),
    (
        {"if_thens": 0, "reasons": 0, "coping": 0, "supporters": 0},
        {"if_then", "reasons", "coping", "supporter"},
    ),
]


@pytest.mark.parametrize(("content", "missing"), EMPTY)
def test_what_a_plan_leaves_open(content: dict[str, Any], missing: set[str]) -> None:
    assert parts(planned(reviewed(10, **content))) == missing


@pytest.mark.parametrize(("admitted", "missing"), [(12, set()), (13, {"if_then"})])
def test_a_plan_may_be_half_done_in_the_first_days(admitted: int, missing: set[str]) -> None:
    assert parts(planned(care_plan(written=3, if_thens=0), admitted=admitted)) == missing


@pytest.mark.parametrize(
    ("admitted", "ago", "overdue"),
    [
        # Within the first ninety days every thirty.
        (60, 29, False),
        (60, 30, True),
        (89, 30, True),
        (90, 30, False),
        # A review that was due on day 90 stays so; one due on day 91 is due after ninety days.
        (100, 41, True),
        (100, 40, False),
        (200, 89, False),
        (200, 90, True),
        (200, 91, True),
    ],
)
def test_a_review_is_due(admitted: int, ago: int, overdue: bool) -> None:
    record = planned(care_plan(written=ago), admitted=admitted)
    assert ("review" in parts(record)) == overdue


def test_supporters_are_compared_with_the_review_before() -> None:
    then, now = care_plan(written=40, supporters=2), care_plan(written=10, supporters=1)
    assert parts(planned(then, now)) == {"fewer"}
    assert parts(planned(then, care_plan(written=10, supporters=2))) == set()
    assert parts(planned(then, care_plan(written=10, supporters=3))) == set()
    assert parts(planned(care_plan(written=10, supporters=1))) == set()
    gone = care_plan(written=10, supporters=0, prefers_no_supporter=True)
    assert parts(planned(then, gone)) == set()


def test_what_was_saved_between_reviews_is_compared_with_the_newest_review() -> None:
    first = care_plan(written=60, supporters=3)
    saved = care_plan(written=50, reviewed=60, supporters=2)
    assert parts(planned(first, saved)) == {"fewer"}
    review = care_plan(written=40, supporters=2)
    assert parts(planned(first, saved, review)) == {"fewer"}
    assert parts(planned(first, saved, review, care_plan(written=10, supporters=2))) == set()


def test_two_saves_on_one_day_are_one_plan() -> None:
    assert parts(planned(care_plan(written=10, supporters=2), care_plan(written=10, supporters=1))) == set()


@pytest.mark.parametrize(("until", "ending"), [(1, False), (0, True), (-14, True), (-15, False)])
def test_a_consent_that_ends(until: int, ending: bool) -> None:
    assert ("consent" in parts(planned(reviewed(10), consent(until=until)))) == ending


@pytest.mark.parametrize(("ended", "ending"), [(0, False), (5, False), (-1, True), (None, True)])
def test_a_consent_taken_back_ends_nothing(ended: int | None, ending: bool) -> None:
    assert ("consent" in parts(planned(reviewed(10), consent(until=-5, ended=ended)))) == ending


def weekly(marks: str, target: int = 1, *, last: int = 6, more: str = "", **about: Any) -> Record:
    """A goal of `target` group sessions a week. TODAY is a Monday: the group meets on Tuesdays, so that "last" 6 is
    last week's, which is looked at from tomorrow on.
    """
    lines = (group(marks, last=last), *((group(more, 2, last=last - 1),) if more else ()))
    about.setdefault("facts", ())
    return planned(
        reviewed(10),
        goal(target, channels="g", since=200, **about.pop("goal", {})),
        *about.pop("facts"),
        lines=lines,
        **about,
    )


@pytest.mark.parametrize(
    ("marks", "stuck"),
    [
        # The newest week is not looked at before Tuesday.
        ("++++++", False),
        ("+++++++", True),
        ("++++++++++", True),
        ("------", False),
        ("-------", True),
        ("+++-+++", False),
        ("+------", False),
        ("+-------", True),
        ("++++++-", True),
    ],
)
def test_a_goal_met_always_or_never(marks: str, stuck: bool) -> None:
    assert ("goal" in parts(weekly(marks))) == stuck


@pytest.mark.parametrize(
    ("first", "second", "stuck"),
    [
        ("+++++++", "+++++++", True),
        # One of two is neither all nor none.
        ("+++++++", "-------", False),
        ("-------", "-------", True),
    ],
)
def test_a_goal_of_two(first: str, second: str, stuck: bool) -> None:
    assert ("goal" in parts(weekly(first, 2, more=second))) == stuck


def test_weeks_that_do_not_count_are_left_out() -> None:
    """A paused week and one with nothing on offer neither count nor break the row."""
    assert "goal" in parts(weekly("+++-++++", pauses=[(35, 29)]))
    assert "goal" in parts(weekly("+++/++++"))
    assert "goal" in parts(weekly("+++o++++"))
    assert "goal" in parts(weekly("+++-++++", closed=range(29, 36)))
    assert "goal" not in parts(weekly("+++-++++"))
    assert "goal" not in parts(weekly("+++-+++", pauses=[(35, 29)]))


def test_a_week_nobody_recorded_is_not_none() -> None:
    assert "goal" not in parts(weekly("---?---"))
    assert "goal" in parts(weekly("---?----"))


@pytest.mark.parametrize(
    "about",
    [
        {"goal": {"reached": 3}},
        {"goal": {"last": 1}},
        {"goal": {"paused": [(2, None)]}},
        {"goal": {"kind": "free"}},
        {"goal": {"kind": "ninety"}},
    ],
)
def test_a_goal_that_is_over_put_aside_or_of_another_kind(about: dict[str, Any]) -> None:
    assert "goal" in parts(weekly("++++++++"))
    assert "goal" not in parts(weekly("++++++++", **about))


def test_a_goal_of_meetings_the_client_no_longer_logs() -> None:
    own: Goal = goal(1, channels="a", since=200)
    facts = (reviewed(10), own)
    record = planned(*facts, lines=(meetings("+++++++", last=6),))
    assert "goal" in parts(record)
    assert "goal" not in parts(planned(*facts, lines=(meetings("+++++++", last=6),), meetings_off=1))


@pytest.mark.parametrize(
    ("name", "value", "content", "missing"),
    [
        ("plan_by", 300, {"reasons": 0}, {"reasons"}),
        ("plan_by", 301, {"reasons": 0}, {"reasons"}),
        ("plan_by", 302, {"reasons": 0}, set()),
        ("review_later", 10, {}, {"review"}),
        ("review_later", 11, {}, set()),
        ("review_early_until", 320, {}, {"review"}),
        ("review_early_until", 319, {}, {"review"}),
        ("review_early", 10, {}, set()),
    ],
)
def test_each_threshold_is_the_clinics_own(
    name: str, value: int, content: dict[str, Any], missing: set[str]
) -> None:
    record = planned(reviewed(10, **content))
    values = {name: value} | ({"review_early": 10} if name == "review_early_until" else {})
    assert parts(record, thresholds=Thresholds.of(values)) == missing


@pytest.mark.parametrize(("ahead", "ending"), [(4, False), (5, True)])
def test_how_long_before_a_consent_ends(ahead: int, ending: bool) -> None:
    record = planned(reviewed(10), consent(until=-5))
    assert ("consent" in parts(record, thresholds=Thresholds.of({"consent_ahead": ahead}))) == ending


@pytest.mark.parametrize(("weeks", "stuck"), [(6, True), (7, False), (1, True)])
def test_how_many_weeks_make_a_goal_stuck(weeks: int, stuck: bool) -> None:
    record = weekly("+++++++")
    assert ("goal" in parts(record, thresholds=Thresholds.of({"goal_stuck_weeks": weeks}))) == stuck


def test_inside_a_pause_and_outside_a_stay_nothing_is_read() -> None:
    assert parts(planned(pauses=[(1, None)])) == set()
    assert parts(planned(pauses=[(9, 1)])) == {"no_plan"}
    assert parts(planned(discharged=0)) == set()
    assert parts(planned(discharged=-1)) == {"no_plan"}


@pytest.mark.parametrize("mark", ["-", "o", "/", "x", "w", "?"])
def test_attendance_makes_no_difference(mark: str) -> None:
    facts = [reviewed(10, reasons=0)]
    assert parts(history("+" * 10 + mark, facts=facts, admitted=300, **KNOWN)) == {"reasons"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([], "There is no care plan by day 14 of this stay."),
        ([reviewed(95)], "The plan was last reviewed on Thu 27 Nov."),
        ([reviewed(9, if_thens=0)], "The plan has no if-then plan."),
        ([reviewed(9, reasons=0)], "The plan has no reasons of the client’s own."),
        ([reviewed(9, coping=0)], "The plan has no coping options."),
        (
            [reviewed(9, supporters=0)],
            "No supporter is named, and nothing says that the client prefers none.",
        ),
        ([reviewed(9, uncovered=1)], "1 trigger that cannot be avoided has no if-then plan."),
        ([reviewed(9, uncovered=2)], "2 triggers that cannot be avoided have no if-then plan."),
        ([reviewed(9, unserved=1)], "1 underlying issue has no service linked to it."),
        ([reviewed(9, unserved=3)], "3 underlying issues have no service linked to them."),
        (
            [care_plan(written=40, supporters=3), care_plan(written=9)],
            "Supporters named: 1; at the review of Wed 21 Jan: 3.",
        ),
        ([reviewed(9), consent(until=-3)], "A consent ends on Thu 5 Mar."),
    ],
)
def test_the_words(facts: list[Any], words: str) -> None:
    assert said(planned(*facts)) == words


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ("+++++++", "A weekly goal was met in full in 6 weeks in a row."),
        ("--------", "A weekly goal stood at none in 7 weeks in a row."),
    ],
)
def test_the_words_of_a_goal(marks: str, words: str) -> None:
    assert said(weekly(marks)) == words
    (found,) = findings(weekly(marks), "D17")
    assert found.steps == ("FS-GOAL",)


def test_that_naloxone_is_unknown_is_said_of_the_record() -> None:
    assert said(planned(reviewed(9), naloxone_known=None)) == (
        "It is not known whether the client has naloxone to hand."
    )


def test_each_part_is_evidence_of_its_own() -> None:
    bare = {"if_thens": 0, "reasons": 0, "coping": 0, "supporters": 0, "uncovered": 1, "unserved": 1}
    record = planned(reviewed(95, **bare), consent(until=-3), naloxone_known=None)
    found = findings(record, "D17")
    assert len(found) == 9
    assert len({each.anchor for each in found}) == 9
    assert len({number for each in found for number in each.evidence_ids}) == 9
    assert {str(each.title) for each in found} == {"Plan upkeep"}
    first = {each.anchor.partition(":")[0]: each.steps for each in found}
    assert first.pop("consent") == ("FS-CONSENT",) and first.pop("naloxone") == ("FS-NALOXONE",)
    assert set(first.values()) == {("FS-COMPLETE",)} and len(first) == 7
    assert {point.of for each in found for point in each.points} == {Of.PLAN, Of.CONSENT}
    assert all(len(each.anchor) <= 40 and " " not in each.anchor for each in found)
    assert D17.kind is Kind.UPKEEP


def test_a_part_goes_back_to_the_first_plan_in_a_row_that_left_it_open() -> None:
    first, whole = care_plan(written=80, reasons=0), care_plan(written=60)
    record = planned(first, whole, care_plan(written=40, reasons=0), care_plan(written=20, reasons=0))
    (found,) = findings(record, "D17")
    assert found.anchor == f"reasons:{day(40)}"
    assert [point.day for point in found.points] == [day(40)]
    assert found.counts_from == found.points[0].at


def test_it_is_mended_once_it_is_written_down() -> None:
    ledger = Ledger()
    ledger.read(planned(reviewed(10, reasons=0)), 3)
    assert ledger.open() == {("D17", "upkeep")}
    ledger.read(planned(reviewed(10, reasons=0), care_plan(written=2, reviewed=10)), 2)
    assert ledger.open() == set()


def test_what_a_person_closed_stays_closed_while_it_goes_on() -> None:
    record = planned(reviewed(10, reasons=0))
    ledger = Ledger()
    ledger.read(record, 5)
    ledger.close(5)
    ledger.read_daily(record, 4)
    assert ledger.open() == set()


def test_missing_for_a_second_time_it_is_raised_anew() -> None:
    first = care_plan(written=60, reasons=0)
    ledger = Ledger()
    ledger.read(planned(first), 50)
    ledger.close(50)
    ledger.read(planned(first, care_plan(written=40)), 40)
    ledger.read(planned(first, care_plan(written=40), care_plan(written=35, reviewed=40, reasons=0)), 35)
    assert ledger.open() == {("D17", "upkeep")}


def test_the_next_review_is_a_new_one() -> None:
    first, second = care_plan(written=200), care_plan(written=100)
    ledger = Ledger()
    ledger.read(planned(first), 110)
    ledger.close(110)
    ledger.read(planned(first, second), 100)
    ledger.read(planned(first, second), 10)
    assert ledger.open() == {("D17", "upkeep")}


def test_a_goal_that_goes_on_as_before_is_not_raised_again() -> None:
    record = weekly("-" * 12)
    ledger = Ledger()
    ledger.read(record, 20)
    assert ("D17", "upkeep") in ledger.open()
    ledger.close(20)
    ledger.read_daily(record, 19)
    assert "D17" not in ledger.signs()


def test_contact_mends_no_plan() -> None:
    ledger = Ledger()
    facts = [reviewed(10, reasons=0)]
    ledger.read(planned(*facts), 5)
    ledger.read(planned(*facts, spoke=[3]), 0)
    assert ledger.open() == {("D17", "upkeep")}


def test_it_raises_no_other_sign() -> None:
    """Upkeep is about our paperwork: it makes no observation more pressing."""
    record = planned(reviewed(10, reasons=0), noted("A3", 2))
    assert [str(found.level) for found in findings(record, "D18")] == ["two_days"]
