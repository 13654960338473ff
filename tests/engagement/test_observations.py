"""D18: what staff noted."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.items import ITEMS
from clinic.engagement.signs.observations import D18, STEPS, STEPS_OF_GROUP
from clinic.engagement.signs.sign import Of, To, Unit
from clinic.engagement.signs.steps import FIRST_STEPS
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, history, moment, noted, order


def kept(*facts: Any, **more: Any) -> Record:
    """Nothing missed: only what was noted speaks."""
    return history("+" * 10, facts=facts, **more)


def notes(*each: tuple[str, int, int]) -> list[Any]:
    """Items with their anchors and how many days ago; numbered in the order given."""
    return [noted(item, anchor, ago=ago, number=number) for number, (item, anchor, ago) in enumerate(each, 1)]


@pytest.mark.parametrize(("anchor", "level"), [(0, None), (1, None), (2, "two_days"), (3, "today")])
@pytest.mark.parametrize("item", ["A1", "A10", "B2", "C2", "D1", "E1", "F1"])
def test_one_item(item: str, anchor: int, level: str | None) -> None:
    assert says(kept(noted(item, anchor)), "D18") == level


@pytest.mark.parametrize(("anchor", "level"), [(0, None), (1, None), (2, "tomorrow"), (3, "today")])
@pytest.mark.parametrize("item", ["B1", "G2"])
def test_discomfort_and_side_effects_are_for_tomorrow(item: str, anchor: int, level: str | None) -> None:
    assert says(kept(noted(item, anchor)), "D18") == level


@pytest.mark.parametrize(("anchor", "level"), [(0, None), (1, "today"), (2, "today"), (3, "today")])
@pytest.mark.parametrize("item", ["H1", "H2"])
def test_use_and_emergencies_are_for_today(item: str, anchor: int, level: str | None) -> None:
    assert says(kept(noted(item, anchor)), "D18") == level


@pytest.mark.parametrize("item", ["G1", *(code for code in ITEMS if code.startswith("S")), "Z9"])
def test_supply_strengths_and_what_nobody_knows_raise_nothing(item: str) -> None:
    assert says(kept(noted(item, 3)), "D18") is None


def test_nothing_noted_raises_nothing() -> None:
    assert says(kept(), "D18") is None


@pytest.mark.parametrize(
    ("items", "level"),
    [
        ([("A3", 2, 0), ("B2", 2, 0)], "tomorrow"),
        ([("A3", 2, 14), ("B2", 2, 0)], "tomorrow"),
        ([("A3", 2, 15), ("B2", 2, 0)], "two_days"),
        ([("A3", 2, 0), ("B2", 1, 0)], "two_days"),
        ([("A3", 2, 0), ("A4", 2, 0)], "two_days"),
        ([("A3", 2, 0), ("A4", 2, 0), ("E2", 2, 3)], "tomorrow"),
        ([("A3", 2, 0), ("S1", 3, 0)], "two_days"),
        ([("A3", 2, 0), ("G1", 3, 0)], "two_days"),
        ([("A3", 3, 15), ("B2", 2, 0)], "two_days"),
    ],
)
def test_two_items_of_different_groups(items: list[Any], level: str | None) -> None:
    assert says(kept(*notes(*items)), "D18") == level


@pytest.mark.parametrize(("ago", "level"), [(14, "two_days"), (15, None)])
def test_what_is_older_than_two_weeks_does_not_raise(ago: int, level: str | None) -> None:
    assert says(kept(noted("A3", 2, ago=ago)), "D18") == level


@pytest.mark.parametrize(
    ("before", "now", "level"),
    [
        ((0, 28), 2, "tomorrow"),
        ((0, 29), 2, "two_days"),
        ((1, 28), 2, "two_days"),
        ((0, 7), 1, None),
        ((1, 7), 3, "today"),
        ((2, 7), 2, "two_days"),
    ],
)
def test_an_item_that_rose(before: tuple[int, int], now: int, level: str | None) -> None:
    assert says(kept(*notes(("D1", *before), ("D1", now, 0))), "D18") == level


def test_the_lowest_of_the_weeks_before_is_compared() -> None:
    assert says(kept(*notes(("D1", 0, 20), ("D1", 2, 9), ("D1", 2, 0))), "D18") == "tomorrow"
    assert says(kept(*notes(("D1", 2, 20), ("D1", 1, 9), ("D1", 2, 0))), "D18") == "two_days"


def test_another_item_does_not_make_it_rise() -> None:
    assert says(kept(*notes(("D2", 0, 7), ("D1", 2, 0))), "D18") == "two_days"


@pytest.mark.parametrize(
    ("stress", "craving", "clear", "level"),
    [
        (2, 2, 2, "tomorrow"),
        (2, 1, 2, "two_days"),
        (1, 2, 2, "two_days"),
        (2, 2, 3, "tomorrow"),
        (2, 1, 3, None),
        (1, 2, 3, None),
    ],
)
def test_stress_with_craving(stress: int, craving: int, clear: int, level: str | None) -> None:
    """A pair of its own, whatever the clinic asks of other items."""
    record = kept(*notes(("C2", stress, 3), ("A2", craving, 0)))
    assert says(record, "D18", thresholds=Thresholds.of({"noted_clear": clear})) == level


@pytest.mark.parametrize(
    ("after", "level"),
    [(0, None), (1, None), (2, "two_days"), (3, "today")],
)
def test_the_newest_anchor_of_an_item_counts(after: int, level: str | None) -> None:
    assert says(kept(*notes(("A3", 2, 3), ("A3", after, 1))), "D18") == level
    assert says(kept(*notes(("A3", 2, 3), ("A3", after, 1))), "D18", ago=2) == "two_days"


def test_use_asked_about_again_and_not_a_concern_today_calms() -> None:
    assert says(kept(*notes(("H1", 1, 3), ("H1", 0, 1))), "D18") is None


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("noted_strong", 2, "today"),
        ("noted_strong", 3, "tomorrow"),
        ("noted_clear", 2, "tomorrow"),
        ("noted_clear", 3, None),
        ("noted_days", 9, "two_days"),
        ("noted_days", 10, "tomorrow"),
    ],
)
def test_each_threshold_is_the_clinics_own(name: str, value: int, level: str | None) -> None:
    record = kept(*notes(("A3", 2, 10), ("B2", 2, 0)))
    assert says(record, "D18", thresholds=Thresholds.of({name: value})) == level


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("noted_rise", 1, "tomorrow"),
        ("noted_rise", 2, None),
        ("noted_rise_days", 6, None),
        ("noted_rise_days", 7, None),
    ],
)
def test_a_smaller_rise_when_the_clinic_says_so(name: str, value: int, level: str | None) -> None:
    record = kept(*notes(("D1", 0, 7), ("D1", 1, 0)))
    assert says(record, "D18", thresholds=Thresholds.of({name: value})) == level


@pytest.mark.parametrize(("days", "level"), [(6, "two_days"), (7, "tomorrow")])
def test_the_days_a_rise_is_looked_for_in(days: int, level: str) -> None:
    record = kept(*notes(("D1", 0, 7), ("D1", 2, 0)))
    assert says(record, "D18", thresholds=Thresholds.of({"noted_rise_days": days})) == level


@pytest.mark.parametrize(
    ("record", "level"),
    [
        (history("+" * 10 + "-", facts=[noted("A3", 2)]), "tomorrow"),
        (history("+" * 10 + "o", facts=[noted("A3", 2)]), "two_days"),
        (history("+" * 10 + "/", facts=[noted("A3", 2)]), "two_days"),
        (history("+" * 10 + "?", facts=[noted("A3", 2)]), "two_days"),
        (history("+" * 10 + "-", facts=[noted("A3", 2)], closed=[0]), "two_days"),
        (history("+" * 10 + "-", facts=[noted("A3", 2), noted("C1", 2, number=2)]), "today"),
        (history("+" * 10 + "-", facts=[noted("A3", 3)]), "today"),
    ],
)
def test_beside_a_sign_of_attendance_it_is_one_level_higher(record: Record, level: str) -> None:
    """Missed raises it; excused, cancelled by the clinic, unrecorded and closed days do not."""
    assert says(record, "D18") == level


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"pauses": [(1, None)]}, "two_days"),  # absence says nothing then; what was noted does
        ({"pauses": [(0, 0)]}, "two_days"),
        ({"pauses": [(9, 1)]}, "two_days"),
        ({"discharged": 0}, None),
        ({"admitted": 70}, "two_days"),
    ],
)
def test_pauses_and_the_end_of_a_stay(more: dict[str, Any], level: str | None) -> None:
    assert says(kept(noted("A3", 2, ago=1), **more), "D18") == level


def test_a_new_client_is_heard_from_the_first_day_on() -> None:
    assert says(history("+", admitted=0, facts=[noted("A3", 2)]), "D18") == "two_days"


def test_the_words() -> None:
    record = kept(
        noted("C2", 2, ago=4, number=1, source="client_said", author="facilitator"),
        noted("D1", 0, ago=9, number=2),
        noted("D1", 2, ago=1, number=3, source="supporter_told", author="medical"),
    )
    (found,) = findings(record, "D18")
    assert str(found.title) == "Staff observation to follow up"
    assert why(record, "D18") == (
        "A stressful event: loss, housing, court, job, family (clearly, affecting this week): "
        "noted Thu 26 Feb by the facilitator, the client said so. "
        "Pulling back from family, friends, group, counsellor or doctor (clearly, affecting this week): "
        "noted Sun 1 Mar by medical staff, a consented supporter told us. "
        "On Sat 21 Feb it was: talked about, not a concern today."
    )
    assert [str(point.words) for point in found.points] == [
        "A stressful event: loss, housing, court, job, family",
        "Pulling back from family, friends, group, counsellor or doctor",
    ]


@pytest.mark.parametrize("author", ["case_manager", "administrator"])
def test_who_noted_it_is_a_role_and_never_a_name(author: str) -> None:
    said = why(kept(noted("A3", 2, author=author)), "D18")
    assert ("by the case manager," in said) == (author == "case_manager")
    assert ("by staff," in said) == (author != "case_manager")


@pytest.mark.parametrize("item", ["G2", "H1", "H2"])
def test_items_of_clinical_groups_are_never_named(item: str) -> None:
    record = kept(noted(item, 3, author="medical"))
    (found,) = findings(record, "D18")
    assert why(record, "D18") == (
        "A clinical note of Mon 2 Mar was written by medical staff: ask medical staff."
    )
    assert [str(point.words) for point in found.points] == ["a clinical note"]
    assert str(ITEMS[item].wording) not in str(found.title) + why(record, "D18")


def test_two_clinical_items_of_one_form_are_one_sentence() -> None:
    record = kept(noted("G2", 2, number=1, author="medical"), noted("H1", 1, number=2, author="medical"))
    assert why(record, "D18").count("A clinical note") == 1


@pytest.mark.parametrize(
    ("item", "orders", "said"),
    [
        ("B1", [order(since=50)], True),
        ("G2", [order(since=0, last=0)], True),
        ("B1", [], False),
        ("B1", [order(since=50, last=1)], False),
        ("B1", [order(since=-1, known=5)], False),
        ("B2", [order(since=50)], False),
    ],
)
def test_on_medication_it_is_for_the_same_day(item: str, orders: list[Any], said: bool) -> None:
    record = kept(noted(item, 2), *orders)
    assert ("tell the nurse or prescriber the same day" in why(record, "D18")) == said


@pytest.mark.parametrize(
    ("items", "steps"),
    [
        (["A2"], ("FS-PLAN", "FS-COPE")),
        (["A4"], ("FS-PLAN", "FS-REASONS")),
        (["A5"], ("FS-PLAN", "FS-REFRAME")),
        (["B1"], ("FS-MED",)),
        (["B2"], ("FS-COPE",)),
        (["C1"], ("FS-CLINICIAN",)),
        (["D2"], ("FS-SUPPORT", "FS-REPAIR")),
        (["D5"], ("FS-SUPPORT",)),
        (["E1"], ("FS-PLAN",)),
        (["F1"], ("FS-CLINICIAN",)),
        (["G2"], ("FS-MED",)),
        (["H1"], ("FS-NOW", "FS-SAFE", "FS-NOBLAME", "FS-SUPPORT", "FS-LEVEL")),
        (["H2"], ("FS-EMERGENCY", "FS-SAFE")),
        (["A2", "E1"], ("FS-PLAN", "FS-COPE")),
        (["A2", "H1"], ("FS-NOW", "FS-SAFE", "FS-NOBLAME", "FS-SUPPORT", "FS-LEVEL", "FS-PLAN", "FS-COPE")),
    ],
)
def test_the_first_steps_follow_the_items(items: list[str], steps: tuple[str, ...]) -> None:
    record = kept(*(noted(item, 2, number=number) for number, item in enumerate(items, 1)))
    assert findings(record, "D18")[0].steps == steps


def test_every_item_has_first_steps_that_exist() -> None:
    raising = [item for item in ITEMS.values() if item.listed and not item.is_strength]
    assert len(raising) == 33
    for item in raising:
        assert set(STEPS.get(item.code) or STEPS_OF_GROUP[item.group]) <= set(FIRST_STEPS)


def test_its_evidence_is_the_run_of_concern() -> None:
    record = kept(*notes(("A3", 2, 9), ("A3", 1, 7), ("A3", 2, 5), ("B2", 1, 4), ("A3", 2, 2)))
    (found,) = findings(record, "D18")
    assert [(point.of, point.id) for point in found.points] == [(Of.OBSERVATION, 3), (Of.OBSERVATION, 5)]
    assert (found.anchor, found.counts_from, found.missed) == ("noted:3", moment(2), ())


def test_noted_again_it_carries_the_same_finding_on() -> None:
    facts = notes(("A3", 2, 9), ("A3", 2, 5), ("A3", 3, 0))
    ledger = Ledger()
    ledger.read_daily(kept(*facts), 9)
    assert ledger.open() == {("D18", "today")}
    assert len(ledger.rows) == 1


def test_only_a_person_closes_it() -> None:
    facts = notes(("A3", 2, 20), ("A3", 0, 10))
    ledger = Ledger()
    ledger.read_daily(kept(*facts), 20)
    assert ledger.open() == {("D18", "two_days")}
    ledger.close()
    ledger.read(kept(*facts))
    assert ledger.open() == set()


def test_what_was_closed_comes_back_with_something_new_only() -> None:
    facts = notes(("A3", 2, 6), ("A3", 2, 1))
    ledger = Ledger()
    ledger.read(kept(*facts), 6)
    ledger.close(6)
    ledger.read_daily(kept(*facts), 5, 2)
    assert ledger.open() == set()
    ledger.read(kept(*facts), 1)
    assert ledger.open() == {("D18", "two_days")}


def test_an_observation_taken_back_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(kept(noted("A3", 2, ago=2)), 2)
    ledger.read(kept(), 1)
    assert ledger.open() == set()


def test_an_observation_entered_late_counts_from_its_own_day() -> None:
    ledger = Ledger()
    ledger.read(kept(), 1)
    assert ledger.open() == set()
    ledger.read(kept(noted("A3", 2, ago=5)), 0)
    assert ledger.open() == {("D18", "two_days")}
    assert says(kept(noted("A3", 2, ago=5)), "D18", ago=6) is None


@pytest.mark.parametrize(
    ("facts", "acted_on"),
    [
        ([("A2", 2, 0)], False),
        ([("A2", 2, 0), ("D1", 2, 0)], False),  # for tomorrow, and still no matter of safety
        ([("A2", 3, 0)], True),
        ([("H1", 1, 0)], True),
        ([("H2", 1, 0)], True),
        ([("B1", 2, 0)], True),
        ([("G2", 2, 0)], True),
        ([("B2", 2, 0)], False),
        ([("A2", 2, 0), ("B1", 1, 0)], False),  # too little said of it to be part of this
        ([("A2", 2, 0), ("B1", 2, 0)], True),
    ],
)
def test_where_no_outreach_is_wanted_only_safety_is_acted_on(
    facts: list[tuple[str, int, int]], acted_on: bool
) -> None:
    (found,) = findings(kept(*notes(*facts), no_outreach=True), "D18")
    (other,) = findings(kept(*notes(*facts)), "D18")
    assert D18.safety and found.safety is acted_on
    assert found.steps == (other.steps if acted_on else ("FS-ATNEXT",))
    assert other.steps[0] != "FS-ATNEXT"


def test_in_a_pause_it_is_raised_and_stays() -> None:
    ledger, record = Ledger(), kept(noted("A3", 2, ago=4), pauses=[(6, -3)])
    ledger.read(record, 5)
    assert ledger.open() == set()
    ledger.read_daily(record, 4)
    assert ledger.open() == {("D18", "two_days")}
    assert D18.in_pauses
    ledger.read(record, -4)
    assert ("D18", "two_days") in ledger.open(), "a person closes it, not the end of the pause"


def test_in_a_pause_what_is_missed_raises_it_no_further() -> None:
    record = history("+++---", facts=[noted("A3", 2)], pauses=[(30, None)])
    assert says(record, "D18") == "two_days"


def test_beside_silence_it_is_one_level_higher_too() -> None:
    record = history(Line("+" * 10, last=30), facts=[noted("A3", 2)])
    assert says(record, "D18") == "tomorrow"


def test_to_whom_it_goes() -> None:
    assert [(each.to, each.unit, each.amount) for each in D18.escalation] == [
        (To.NURSE_AND_PRESCRIBER, Unit.AT_ONCE, 0),
        (To.SUPERVISOR, Unit.AT_ONCE, 0),
        (To.SUPERVISOR, Unit.HOURS_LATE, 4),
        (To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),
        (To.DIGEST, Unit.BUSINESS_DAYS_LATE, 2),
    ]
