"""D16: back from a stay elsewhere. S03: a pause that goes on without an end."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.signs.sign import Kind, Level, Of, Settles, To, Unit
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.signs.transitions import D16, S03, STAYS, safety_note
from clinic.engagement.timeline import PauseSpan, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, dosing, group, history, medical, meetings, moment, order

BEFORE = Line("++++", every=7, last=80)
Stay = tuple[int, int | None] | tuple[int, int | None, str] | tuple[int, int | None, str, bool]


def stays(*pauses: Stay, lines: tuple[Line, ...] = (), **kept: Any) -> Record:
    """Visits kept until eighty days ago, and pauses (first, last, kind, confirmed) in days ago."""
    spans = [
        PauseSpan(day(first), None if last is None else day(last), *more) for first, last, *more in pauses
    ]
    return history(BEFORE, *lines, **kept)._replace(pauses=spans)


def back(ended: int, kind: str = "inpatient", *lines: Line, **kept: Any) -> Record:
    """Back from a fortnight elsewhere, whose last day is so many days ago."""
    return stays((ended + 13, ended, kind), lines=lines, **kept)


def note(record: Record, ago: int = 0) -> str | None:
    said = safety_note(record.as_of(day(ago)), DEFAULTS)
    return None if said is None else str(said)


# -- D16: what counts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "level"),
    [
        (-1, None),
        (0, None),
        (1, "tomorrow"),
        (2, "tomorrow"),
        (6, "tomorrow"),
        (7, "today"),
        (13, "today"),
        (14, "today"),
        (60, "today"),
        (61, None),
    ],
)
def test_days_since_the_last_day_of_a_stay(ended: int, level: str | None) -> None:
    assert says(back(ended), "D16") == level


@pytest.mark.parametrize("kind", sorted(STAYS))
def test_every_kind_of_stay(kind: str) -> None:
    assert says(back(1, kind), "D16") == "tomorrow"


def test_a_pause_of_another_kind_is_no_stay() -> None:
    assert says(back(1, "something_else"), "D16") is None


@pytest.mark.parametrize(
    "line",
    [
        Line("+", last=3),
        Line("L", last=3),
        Line("E", last=3),
        Line("h", last=3),
        group("+", last=3),
        medical("+", last=3),
        dosing("+", last=3),
        meetings("+", last=3),
    ],
)
def test_any_attended_contact_after_it_ends_it(line: Line) -> None:
    assert says(back(8, "inpatient", line), "D16") is None


@pytest.mark.parametrize("mark", ["-", "o", "/", "x", "w", "r", "?"])
def test_a_visit_that_did_not_take_place_does_not(mark: str) -> None:
    assert says(back(8, "inpatient", Line(mark, last=3)), "D16") == "today"


@pytest.mark.parametrize(("ago", "level"), [(9, "today"), (8, "today"), (7, None), (0, None), (-1, "today")])
def test_a_contact_counts_from_the_day_after_the_last_one(ago: int, level: str | None) -> None:
    assert says(back(8, "inpatient", Line("+", last=ago)), "D16") == level
    assert says(back(8, spoke=[ago]), "D16") == level


def test_closed_days_run_on() -> None:
    assert says(back(7, closed=[1, 2, 3, 4, 5]), "D16") == "today"


def test_inside_another_pause_nothing_is_read() -> None:
    assert says(stays((20, 9), (3, 0)), "D16") is None
    assert says(stays((20, 9), (3, None)), "D16") is None


def test_after_another_pause_both_are_read() -> None:
    found = findings(stays((30, 20, "residential"), (9, 3, "jail")), "D16")
    assert [(str(each.level), each.anchor) for each in found] == [
        ("today", f"back:{day(30)}"),
        ("tomorrow", f"back:{day(9)}"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "anchors"),
    [
        ((20, 10), (9, 3), [9]),  # the next day: a transfer
        ((20, 10), (10, 3), [10]),
        ((20, 10), (12, 3), [12]),
        ((20, 10), (8, 3), [20, 8]),  # a day at home between
        ((20, 10), (25, 3), [25]),  # one inside the other
        ((20, 3), (12, 3), [20]),  # the same last day: the one that began first
        ((12, 3), (20, 3), [20]),
        ((20, 3), (20, 3), [20]),
        ((20, 10), (20, 3), [20]),
    ],
)
def test_pauses_that_follow_each_other(first: Stay, second: Stay, anchors: list[int]) -> None:
    found = findings(stays(first, second), "D16")
    assert [each.anchor for each in found] == [f"back:{day(ago)}" for ago in anchors]


def test_an_emergency_visit_is_one_day() -> None:
    record = stays((3, 3, "emergency"))
    assert [says(record, "D16", ago=ago) for ago in (3, 2, 1, 0)] == [
        None,
        "tomorrow",
        "tomorrow",
        "tomorrow",
    ]
    assert says(stays((3, 3, "emergency"), (3, 1, "inpatient")), "D16") == "tomorrow"
    assert findings(stays((3, 3, "emergency"), (3, 1, "inpatient")), "D16")[0].points[0].day == day(1)


def test_an_emergency_visit_suspends_one_day_of_absence_only() -> None:
    visits = Line("+++---", every=1, last=2)
    lasting = history(visits)._replace(pauses=[PauseSpan(day(3), day(3), "emergency")])
    assert says(history(visits), "D02b") == "today"
    assert says(lasting, "D02b") == "tomorrow"


def test_a_report_nobody_confirmed_runs_out_and_is_no_return() -> None:
    unconfirmed = stays((5, 3, "jail", False))
    assert says(unconfirmed, "D16") is None
    assert note(unconfirmed) is None
    assert unconfirmed.as_of(day(3)).paused and not unconfirmed.as_of(day(2)).paused
    # Nor does it carry an earlier stay on.
    assert says(stays((20, 6, "inpatient", True), (5, 3, "jail", False)), "D16") == "tomorrow"
    assert says(stays((20, 6, "inpatient", True), (5, 3, "jail", True)), "D16") == "tomorrow"
    assert findings(stays((20, 6), (5, 3, "jail", False)), "D16")[0].anchor == f"back:{day(20)}"


def test_outside_a_stay_in_care_nothing_is_read() -> None:
    assert says(back(3, discharged=0), "D16") is None
    assert says(back(3, discharged=-1), "D16") == "tomorrow"


def test_a_new_client_without_any_contact_is_read_too() -> None:
    record = history(admitted=20)._replace(pauses=[PauseSpan(day(15), day(2), "detox")])
    assert says(record, "D16") == "tomorrow"


@pytest.mark.parametrize(
    ("ended", "tuned", "level"),
    [
        (4, {"back_urgent": 5}, "tomorrow"),
        (5, {"back_urgent": 5}, "today"),
        (7, {"back_urgent": 8}, "tomorrow"),
    ],
)
def test_a_clinic_may_tune_it(ended: int, tuned: dict[str, int], level: str) -> None:
    assert says(back(ended), "D16", thresholds=Thresholds.of(tuned)) == level


# -- D16: words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("inpatient", "Back from an inpatient stay: first contact"),
        ("jail", "Back from jail: first contact"),
        ("emergency", "Back from an emergency department visit: first contact"),
        ("agreed_leave", "Back from agreed leave: first contact"),
    ],
)
def test_its_title_says_from_what(kind: str, title: str) -> None:
    assert str(findings(back(1, kind), "D16")[0].title) == title


def test_it_says_when_it_ended_and_when_contact_is_due() -> None:
    assert why(back(3), "D16") == (
        "Last day of an inpatient stay: Fri 27 Feb. No attended contact after that day. "
        "First contact due by Sun 1 Mar."
    )


@pytest.mark.parametrize(("ended", "over"), [(13, False), (14, True), (15, True)])
def test_it_says_when_the_continuity_measure_is_over(ended: int, over: bool) -> None:
    assert ("The time of the continuity measure, 14 days, is over." in why(back(ended), "D16")) is over


@pytest.mark.parametrize(
    ("kind", "more", "steps"),
    [
        ("inpatient", {}, ("FS-NOW", "FS-SAFE", "FS-RESUME", "FS-PLAN")),
        ("jail", {}, ("FS-NOW", "FS-SAFE", "FS-RESUME", "FS-PLAN", "FS-REENTRY")),
        ("detox", {"facts": [order()]}, ("FS-NOW", "FS-SAFE", "FS-MED", "FS-RESUME", "FS-PLAN")),
    ],
)
def test_its_first_steps(kind: str, more: dict[str, Any], steps: tuple[str, ...]) -> None:
    assert findings(back(2, kind, **more), "D16")[0].steps == steps


def test_dosing_without_orders_on_record_is_medication_too() -> None:
    assert "FS-MED" in findings(back(2, "jail", dosing("+++", last=40)), "D16")[0].steps


@pytest.mark.parametrize(("ended", "stands"), [(1, True), (27, True), (28, True), (29, False)])
def test_the_banner_stands_for_four_weeks(ended: int, stands: bool) -> None:
    (found,) = findings(back(ended, "jail"), "D16")
    said = "Tolerance may be lower for 28 days after jail: ask about safety."
    assert (None if found.banner is None else str(found.banner)) == (said if stands else None)
    assert note(back(ended, "jail")) == (said if stands else None)


def test_the_safety_note_stands_when_contact_was_made() -> None:
    record = back(5, "detox", Line("+", last=3))
    assert says(record, "D16") is None
    assert note(record) == "Tolerance may be lower for 28 days after detox: ask about safety."
    assert note(record, ago=5) is None, "the stay still goes on"
    assert note(history("+++")) is None
    assert note(stays((20, None))) is None


def test_the_safety_note_is_about_the_newest_stay() -> None:
    assert note(stays((30, 20, "detox"), (9, 3, "jail"))) == (
        "Tolerance may be lower for 28 days after jail: ask about safety."
    )
    assert note(stays((40, 27, "detox"), (9, 3, "other"))) == (
        "Tolerance may be lower for 28 days after detox: ask about safety."
    )


# -- D16: what becomes of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "steps", "days"), [(6, [0], [6]), (7, [0, 1], [7, 0]), (14, [0, 1, 2], [14, 7, 0])]
)
def test_its_evidence_is_the_last_day_and_each_limit_reached(
    ended: int, steps: list[int], days: list[int]
) -> None:
    (found,) = findings(back(ended), "D16")
    assert [(p.of, p.id, p.day) for p in found.points] == [
        (Of.PAUSE, day(ended + 13) * 10 + step, day(ago)) for step, ago in zip(steps, days, strict=True)
    ]
    assert found.counts_from == moment(ended - 1, 0)
    assert found.missed == ()
    words = [str(point.words) for point in found.points]
    assert (
        words
        == ["Last day of an inpatient stay", "7 days without contact", "14 days without contact"][
            : len(words)
        ]
    )


def test_one_contact_settles_it() -> None:
    assert D16.settles is Settles.ONE_CONTACT
    ledger, record = Ledger(), back(4, "inpatient", Line("+", last=1))
    ledger.read(record, 3)
    ledger.read(record, 2)
    assert ("D16", "tomorrow") in ledger.open()
    ledger.read(record, 1)
    assert "D16" not in ledger.signs()


@pytest.mark.parametrize("hour", [1, 8, 23])
def test_a_contact_on_the_very_day_it_becomes_urgent_settles_it(hour: int) -> None:
    ledger = Ledger()
    before = back(7)
    ledger.read_daily(before, 6)
    assert ("D16", "today") in ledger.open()
    ledger.read(back(7, "inpatient", Line("+", last=0, hour=hour)))
    assert "D16" not in ledger.signs()
    assert not any(row.withdrawn for row in ledger.rows.values() if row.sign == "D16")


def test_it_is_one_finding_that_becomes_urgent() -> None:
    ledger = Ledger()
    ledger.read_daily(back(16), 15)
    rows = [row for row in ledger.rows.values() if row.sign == "D16"]
    assert [(str(row.level), len(row.evidence)) for row in rows] == [("today", 3)]


def test_a_closed_one_comes_back_at_day_seven_and_fourteen_only() -> None:
    ledger, came_back = Ledger(), []
    for ago in range(15, -1, -1):
        ledger.read(back(16), ago)
        if "D16" in ledger.signs():
            came_back.append(16 - ago)
            ledger.close(ago)
    assert came_back == [1, 7, 14]


def test_a_stay_that_lasted_longer_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(stays((20, 2)), 1)
    assert "D16" in ledger.signs()
    ledger.read(stays((20, None)), 0)
    assert "D16" in ledger.signs(), "what stands when a pause goes on waits for its end"
    ledger.read(stays((20, 0)), -1)
    assert [row.sign for row in ledger.rows.values()].count("D16") == 1
    assert "D16" in ledger.signs()


def test_a_visit_entered_late_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(back(4, "inpatient", Line("?", last=2)), 0)
    assert "D16" in ledger.signs()
    ledger.read(back(4, "inpatient", Line("+", last=2)), 0)
    assert "D16" not in ledger.signs()


def test_it_goes_to_the_supervisor_on_day_seven_and_to_a_conference_on_day_fourteen() -> None:
    assert ((Level.TODAY,), To.SUPERVISOR, Unit.AT_ONCE, 0) in D16.escalation
    assert ((Level.TODAY,), To.CONFERENCE, Unit.DAYS_OF_ABSENCE, DEFAULTS.back_missed) in D16.escalation
    assert D16.safety and not D16.absence and not D16.in_pauses


def test_somebody_who_asked_for_no_outreach_is_still_asked_about_safety() -> None:
    assert findings(back(2, no_outreach=True), "D16")[0].steps[0] == "FS-NOW"


# -- S03 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "number"),
    [(-1, None), (0, None), (6, None), (7, 1), (8, 1), (13, 1), (14, 2), (20, 2), (21, 3), (70, 10)],
)
def test_a_pause_without_an_end_is_looked_at_every_week(first: int, number: int | None) -> None:
    found = findings(stays((first, None)), "S03")
    assert [each.anchor for each in found] == ([] if number is None else [f"pause:{day(first)}:{number}"])
    assert {str(each.level) for each in found} <= {"upkeep"}


@pytest.mark.parametrize("last", [5, 0, -1, -30])
def test_a_pause_with_an_end_is_not(last: int) -> None:
    assert says(stays((40, last)), "S03") is None


@pytest.mark.parametrize("kind", [*sorted(STAYS), "something_else"])
def test_a_pause_of_any_kind_is_looked_at(kind: str) -> None:
    assert says(stays((9, None, kind)), "S03") == "upkeep"


@pytest.mark.parametrize(("every", "level"), [(9, "upkeep"), (10, None)])
def test_how_often_is_a_setting(every: int, level: str | None) -> None:
    assert says(stays((9, None)), "S03", thresholds=Thresholds.of({"pause_review": every})) == level


def test_contact_in_a_pause_changes_nothing() -> None:
    assert says(stays((9, None), lines=(Line("+", last=2),)), "S03") == "upkeep"
    assert says(stays((9, None), spoke=[0]), "S03") == "upkeep"


def test_outside_a_stay_in_care_no_pause_is_looked_at() -> None:
    assert says(stays((9, None), discharged=0), "S03") is None


def test_it_says_since_when_and_of_what_kind() -> None:
    assert (
        why(stays((9, None, "jail")), "S03")
        == "Paused for 9 days, since Sat 21 Feb (jail). No end is on record."
    )
    assert (
        why(stays((9, None, "other")), "S03") == "Paused for 9 days, since Sat 21 Feb. No end is on record."
    )
    (found,) = findings(stays((9, None)), "S03")
    assert str(found.title) == "A pause goes on without an end: look at it again"
    assert found.steps == ("FS-PAUSE",) and found.banner is None


@pytest.mark.parametrize("kind", ["jail", "inpatient", "residential", "other"])
def test_for_somebody_in_jail_the_way_back_is_planned_meanwhile(kind: str) -> None:
    (found,) = findings(stays((9, None, kind)), "S03")
    assert found.steps == (("FS-PAUSE", "FS-REENTRY") if kind == "jail" else ("FS-PAUSE",))


def test_its_evidence_is_the_day_of_the_review() -> None:
    (found,) = findings(stays((16, None)), "S03")
    (point,) = found.points
    assert (point.of, point.id, point.day) == (Of.PAUSE, day(16) * 1000 + 2, day(2))
    assert point.at == moment(2, 0)
    assert str(point.words) == "A pause without an end"


def test_it_is_read_in_pauses_and_is_upkeep() -> None:
    assert S03.in_pauses and S03.kind is Kind.UPKEEP and S03.settles is Settles.MENDED
    assert not S03.absence and not S03.escalation


def test_it_settles_by_itself_once_an_end_is_there() -> None:
    ledger = Ledger()
    ledger.read(stays((9, None)), 0)
    assert ledger.open() == {("S03", "upkeep")}
    ledger.read(stays((9, -5)), 0)
    assert ledger.signs() == set()
    assert [row.withdrawn for row in ledger.rows.values()] == [False]


def test_each_week_is_a_new_one_even_when_the_last_was_closed() -> None:
    ledger, raised = Ledger(), []
    for ago in range(22, -1, -1):
        made = ledger.read(stays((22, None)), ago)
        raised += [22 - ago for _ in made.raised]
        if ago == 14:
            ledger.close(ago)
    assert raised == [7, 14, 21]
    assert len([row for row in ledger.rows.values() if row.handled_to is None]) == 1


def test_it_says_nothing_of_today_before_its_day() -> None:
    record = stays((9, None))
    assert [says(record, "S03", ago=ago) for ago in (3, 2, 1)] == [None, "upkeep", "upkeep"]
