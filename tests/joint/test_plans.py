"""What a client and their team have agreed: who may be meant, what is refused, what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import episodes, nudge, plans
from clinic.models import (
    AuditEntry,
    CarePlan,
    Goal,
    GoalPause,
    IfThen,
    Milestone,
    PlannedSessions,
    PlannedVisit,
    PlanRevision,
    Recheck,
    Supporter,
)
from clinic.plans import IfThenPlan, Issue, PlanContent, Trigger
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)
CONTENT = PlanContent(
    reasons=("My daughter", "  ", "Sleeping well "),
    triggers=(
        Trigger("stress", "Rent day", avoidable=False),
        Trigger("place", "The bus stop", avoidable=False),
        Trigger("people", "Old friends"),
        Trigger("other", " "),
    ),
    issues=(Issue("Sleep", "Sleep clinic"), Issue("Debt", " "), Issue("")),
    coping=("Walk",),
    if_thens=(
        IfThenPlan("stress", "Rent day", "Call Jo", "Jo"),
        IfThenPlan("missed_session", "I miss a session", "Call the desk next day"),
        IfThenPlan("other", " ", ""),
    ),
    aftercare="x" * 280,
)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


@pytest.fixture
def by(house: cast.Cast, now: datetime) -> dict:
    return {"by": house.maya, "on": now}


@pytest.fixture
def stay(house: cast.Cast):
    return house.episode(house.gloria)


def save(stay, by: dict, content: PlanContent = CONTENT, *, reviewed: bool = True, version=None, **more):
    return plans.save_plan(stay, **{**by, **more}, content=content, reviewed=reviewed, version=version)


# -- the plan itself ------------------------------------------------------------------------------------------------


def test_a_plan_is_kept_without_what_is_blank(stay, by: dict) -> None:
    plan = save(stay, by)
    plan.refresh_from_db()
    assert plan.reasons == ["My daughter", "Sleeping well"]
    assert [each["what"] for each in plan.triggers] == ["Rent day", "The bus stop", "Old friends"]
    assert plan.issues == [{"what": "Sleep", "service": "Sleep clinic"}, {"what": "Debt", "service": ""}]
    assert list(plan.if_thens.values_list("position", "kind", "action")) == [
        (1, "stress", "Call Jo"),
        (2, "missed_session", "Call the desk next day"),
    ]
    assert (plan.version, plan.written_on, plan.reviewed_on) == (1, TODAY, TODAY)


def test_a_revision_counts_what_is_left_open(stay, by: dict) -> None:
    plans.add_supporter(stay, **by, name="Jo", relation="friend")
    plan = save(stay, by)
    row = PlanRevision.objects.get(plan=plan)
    counts = (row.reasons, row.if_thens, row.coping, row.supporters, row.uncovered, row.unserved)
    assert counts == (2, 2, 1, 1, 1, 1), "the bus stop has no if-then plan, debt no service"
    assert (row.number, row.on, row.reviewed_on, row.by, row.episode) == (1, TODAY, TODAY, by["by"], stay)
    assert row.content["if_thens"][0]["helper"] == "Jo"
    assert row.content["aftercare"] == "x" * 280


@pytest.mark.parametrize(
    ("unavoidable", "if_thens", "open"),
    [
        (["stress"], [], 1),
        (["stress"], ["stress"], 0),
        (["stress", "stress"], ["stress"], 1),
        (["stress", "stress"], ["stress", "stress"], 0),
        (["stress"], ["stress", "stress"], 0),
        (["stress", "place"], ["stress", "stress"], 1),
        (["stress", "stress", "place"], ["place"], 2),
        ([], ["stress"], 0),
    ],
)
def test_two_triggers_of_one_kind_need_two_if_then_plans(
    stay, by: dict, unavoidable: list[str], if_thens: list[str], open: int
) -> None:
    triggers = [Trigger(kind, f"{kind} {n}", avoidable=False) for n, kind in enumerate(unavoidable)]
    content = PlanContent(
        triggers=(*triggers, Trigger("stress", "A quiet one"), Trigger("place", "Another")),
        if_thens=tuple(IfThenPlan(kind, f"{kind} {n}", "Call Jo") for n, kind in enumerate(if_thens)),
    )
    plan = save(stay, by, content)
    assert PlanRevision.objects.get(plan=plan).uncovered == open


def test_a_save_changes_the_whole_plan_and_keeps_what_stood(stay, by: dict, now: datetime) -> None:
    save(stay, by)
    changed = replace(CONTENT, coping=("Walk", "Music"), if_thens=CONTENT.if_thens[:1])
    plan = save(stay, by, changed, reviewed=False, version=1, on=now + 5 * DAY)
    assert (plan.version, plan.written_on, plan.reviewed_on) == (2, TODAY, TODAY)
    assert IfThen.objects.filter(plan=plan).count() == 1
    first, second = PlanRevision.objects.order_by("number")
    assert (len(first.content["if_thens"]), len(second.content["if_thens"])) == (2, 1)
    assert (first.coping, second.coping, second.on) == (1, 2, TODAY + 5 * DAY)


def test_the_same_plan_again_changes_nothing_unless_it_was_reviewed(stay, by: dict, now: datetime) -> None:
    save(stay, by)
    Recheck.objects.all().delete()
    assert save(stay, by, version=1, reviewed=False).version == 1
    assert save(stay, by, version=1, reviewed=True).version == 1
    assert not Recheck.objects.exists()
    assert PlanRevision.objects.count() == AuditEntry.objects.filter(deed="save_care_plan").count() == 1
    reviewed = save(stay, by, version=1, on=now + 9 * DAY)
    assert (reviewed.version, reviewed.reviewed_on) == (2, TODAY + 9 * DAY)
    assert PlanRevision.objects.count() == 2


@pytest.mark.parametrize(("there", "version"), [(False, 1), (True, None), (True, 2)])
def test_who_saw_another_plan_is_told(stay, by: dict, there: bool, version: int | None) -> None:
    if there:
        save(stay, by)
    with pytest.raises(ValidationError) as told:
        save(stay, by, replace(CONTENT, coping=()), version=version)
    assert told.value.code == "conflict"
    assert PlanRevision.objects.count() == there


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("reasons", {"reasons": ("x" * 201,)}),
        ("coping", {"coping": tuple(map(str, range(21)))}),
        ("values_support", {"values_support": "x" * 201}),
        ("aftercare", {"aftercare": "x" * 281}),
        ("triggers", {"triggers": (Trigger("weather", "Rain"),)}),
        ("triggers", {"triggers": (Trigger("stress", "x" * 201),)}),
        ("issues", {"issues": (Issue("Sleep", "x" * 201),)}),
        ("if_thens", {"if_thens": (IfThenPlan("stress", "Rent day", " "),)}),
        ("if_thens", {"if_thens": (IfThenPlan("stress", "", "Call Jo"),)}),
        ("if_thens", {"if_thens": (IfThenPlan("weather", "Rain", "Walk"),)}),
        ("if_thens", {"if_thens": (IfThenPlan("stress", "Rent", "Call", "x" * 121),)}),
    ],
)
def test_a_plan_has_limits(stay, by: dict, field: str, what: dict) -> None:
    with refused(field):
        save(stay, by, PlanContent(**what))
    assert not CarePlan.objects.exists()


def test_at_the_limits_it_is_kept(stay, by: dict) -> None:
    plan = save(stay, by, PlanContent(reasons=("x" * 200,), coping=(*map(str, range(20)), "  ")))
    assert (len(plan.reasons[0]), len(plan.coping)) == (200, 20)


def test_the_ledger_holds_no_words(stay, by: dict) -> None:
    save(stay, by)
    jo = plans.add_supporter(stay, **by, name="Jolanda", relation="friend", phone="(505) 555-0177")
    plans.give_consent(jo, **by, scope="Her moods", starts_on=TODAY, ends_on=TODAY + DAY)
    plans.set_goal(stay, **by, kind="free", words="Paint the room", starts_on=TODAY)
    plans.note_milestone(stay, **by, kind="work", words="Found work", day=TODAY)
    plans.note_care_elsewhere(stay, **by, starts_on=TODAY, place="County clinic")
    plans.state_recovery_start(stay.client, **by, day=TODAY - 400 * DAY)
    written = " ".join(f"{each.subject} {each.detail}" for each in AuditEntry.objects.all())
    assert AuditEntry.objects.filter(client=stay.client).count() == 7
    for word in ("daughter", "Rent", "Jolanda", "555", "moods", "Paint", "Found", "County", "2025"):
        assert word not in written


# -- what it books --------------------------------------------------------------------------------------------------


def test_planned_sessions_are_corrected_on_the_same_day(stay, by: dict) -> None:
    plan = {**by, "channel": "group", "starts_on": TODAY}
    plans.plan_sessions(stay, **plan, a_month=8)
    plans.plan_sessions(stay, **plan, a_month=4)
    plans.plan_sessions(stay, **plan, a_month=4)
    assert PlannedSessions.objects.get(episode=stay).a_month == 4
    assert AuditEntry.objects.filter(deed="plan_sessions").count() == 2


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("channel", {"channel": "yoga"}),
        ("a_month", {"a_month": 85}),
        ("a_month", {"a_month": -1}),
        ("starts_on", {"starts_on": TODAY - 121 * DAY}),
    ],
)
def test_impossible_sessions_are_refused(stay, by: dict, field: str, what: dict) -> None:
    with refused(field):
        plans.plan_sessions(
            stay, **{**by, "channel": "group", "a_month": 84, "starts_on": TODAY - 120 * DAY, **what}
        )
    plans.plan_sessions(stay, **by, channel="group", a_month=84, starts_on=TODAY - 120 * DAY)


def test_a_planned_visit_is_asked_for_once_and_withdrawn_once(stay, by: dict) -> None:
    visit = plans.plan_visit(stay, **by, channel="medical", by_day=TODAY)
    assert plans.plan_visit(stay, **by, channel="medical", by_day=TODAY) == visit
    plans.withdraw_visit(visit, **by)
    plans.withdraw_visit(visit, **by)
    assert PlannedVisit.objects.get().withdrawn_on == TODAY
    assert plans.plan_visit(stay, **by, channel="medical", by_day=TODAY) != visit, "it may be wanted again"
    assert AuditEntry.objects.filter(deed="withdraw_visit").count() == 1
    for field, what in (("channel", {"channel": "yoga"}), ("by_day", {"by_day": TODAY - DAY})):
        with refused(field):
            plans.plan_visit(stay, **{**by, "channel": "medical", "by_day": TODAY, **what})


# -- who helps ------------------------------------------------------------------------------------------------------


@pytest.fixture
def jo(stay, by: dict) -> Supporter:
    return plans.add_supporter(stay, **by, name=" Jo ", relation="friend")


def consent(jo: Supporter, by: dict, **more) -> Supporter:
    what = {"scope": "Appointments", "starts_on": TODAY, "ends_on": TODAY + 365 * DAY, **more}
    return plans.give_consent(jo, **by, **what)


def test_a_supporter_named_is_no_consent(jo: Supporter) -> None:
    assert jo.name == "Jo"
    assert not jo.consent_is_live(TODAY)


def test_a_consent_is_live_through_its_last_day_and_not_on_that_of_its_end(
    jo: Supporter, by: dict, now: datetime
) -> None:
    jo = consent(jo, by, ends_on=TODAY + 9 * DAY)
    assert [jo.consent_is_live(TODAY + day * DAY) for day in (-1, 0, 9, 10)] == [False, True, True, False]
    jo = plans.end_consent(jo, by=by["by"], on=now + 4 * DAY)
    assert [jo.consent_is_live(TODAY + day * DAY) for day in (3, 4, 5)] == [True, False, False]
    assert plans.end_consent(jo, by=by["by"], on=now + 6 * DAY).consent_ended == TODAY + 4 * DAY
    jo = consent(jo, {**by, "on": now + 7 * DAY}, starts_on=TODAY + 7 * DAY)
    assert jo.consent_is_live(TODAY + 7 * DAY), "it may be given again"


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("scope", {"scope": " "}),
        ("scope", {"scope": "x" * 281}),
        ("starts_on", {"starts_on": TODAY + DAY}),
        ("ends_on", {"ends_on": TODAY - DAY}),
        ("ends_on", {"starts_on": TODAY - 3 * DAY, "ends_on": TODAY - DAY}),
        ("ends_on", {"ends_on": TODAY + 366 * DAY}),
    ],
)
def test_a_consent_says_what_from_when_and_until_when(
    jo: Supporter, by: dict, field: str, what: dict
) -> None:
    with refused(field):
        consent(jo, by, **what)
    assert consent(jo, by).consent_until == TODAY + 365 * DAY


def test_there_must_be_one_to_end(jo: Supporter, by: dict) -> None:
    with pytest.raises(ValidationError):
        plans.end_consent(jo, **by)


def test_who_no_longer_helps_has_no_live_consent(jo: Supporter, by: dict) -> None:
    consent(jo, by)
    gone = {"name": "Jo", "relation": "friend", "phone": "", "active": False}
    with refused("active"):
        plans.change_supporter(jo, **by, **gone)
    plans.end_consent(jo, **by)
    assert not plans.change_supporter(jo, **by, **gone).active
    with refused("active"):
        consent(jo, by)


def test_the_plan_keeps_how_many_help(stay, jo: Supporter, by: dict) -> None:
    save(stay, by)
    who = {"name": "Jo", "relation": "sponsor", "phone": "(505) 555-0178"}
    plans.change_supporter(jo, **by, **who, active=True)
    plans.change_supporter(jo, **by, **who, active=True)
    assert PlanRevision.objects.count() == 1, "only who they are has changed"
    plans.change_supporter(jo, **by, **who, active=False)
    assert list(PlanRevision.objects.values_list("number", "supporters")) == [(1, 1), (2, 0)]
    assert CarePlan.objects.get().version == 1, "whoever writes in the plan is not disturbed"


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 121}),
        ("relation", {"relation": "neighbour"}),
        ("phone", {"phone": "5" * 41}),
    ],
)
def test_a_supporter_has_a_name_and_a_relation(stay, by: dict, field: str, what: dict) -> None:
    with refused(field):
        plans.add_supporter(stay, **by, **{"name": "Jo", "relation": "friend", **what})


# -- goals ----------------------------------------------------------------------------------------------------------


def goal(stay, by: dict, **more) -> Goal:
    what = {"kind": "weekly", "words": "Company", "target": 3, "starts_on": TODAY - 30 * DAY, **more}
    return plans.set_goal(stay, **by, **what)


def test_ninety_in_ninety_is_ninety_and_ends_by_itself(stay, by: dict) -> None:
    row = goal(stay, by, kind="ninety", target=5, starts_on=TODAY, ends_on=TODAY + DAY)
    assert (row.target, row.ends_on) == (90, TODAY + 89 * DAY)
    assert goal(stay, by, kind="free", target=5).target == 1


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("kind", {"kind": "monthly"}),
        ("words", {"words": " "}),
        ("words", {"words": "x" * 201}),
        ("target", {"target": 0}),
        ("target", {"target": 15}),
        ("channels", {"channels": "c"}),
        ("starts_on", {"starts_on": TODAY - 121 * DAY}),
        ("ends_on", {"ends_on": TODAY - 31 * DAY}),
    ],
)
def test_a_goal_is_in_words_and_possible(stay, by: dict, field: str, what: dict) -> None:
    with refused(field):
        goal(stay, by, **what)
    assert goal(stay, by, target=14, starts_on=TODAY - 120 * DAY).target == 14


def test_a_goal_that_changes_leaves_the_weeks_gone_by_alone(stay, by: dict) -> None:
    old = goal(stay, by, target=5)
    new = plans.change_goal(old, **by, words="Company", target=2)
    old.refresh_from_db()
    assert (old.target, old.ends_on) == (5, TODAY - DAY)
    assert (new.target, new.starts_on, new.ends_on, new.known_on) == (2, TODAY, None, TODAY)
    same = plans.change_goal(new, **by, words="Company", target=3)
    assert (same, same.target) == (new, 3), "what begins today is changed in place"
    again = plans.change_goal(same, **by, words="Company", target=3)
    assert (again, Goal.objects.count()) == (new, 2)


def test_ninety_in_ninety_keeps_its_days_and_what_it_counts_changes_in_place(stay, by: dict) -> None:
    row = goal(stay, by, kind="ninety", channels="ga")
    assert row.starts_on < TODAY
    ends_on = row.ends_on
    same = plans.change_goal(row, **by, words="Ninety", target=3, channels="a")
    assert (same, Goal.objects.count()) == (row, 1)
    same.refresh_from_db()
    assert (same.channels, same.target, same.starts_on, same.ends_on) == ("a", 90, row.starts_on, ends_on)


def test_other_words_make_no_other_goal(stay, by: dict) -> None:
    row = goal(stay, by)
    assert plans.change_goal(row, **by, words="Good company", target=3) == row
    row.refresh_from_db()
    assert (row.words, row.ends_on) == ("Good company", None)


def test_a_goal_that_is_over_is_not_changed(stay, by: dict, now: datetime) -> None:
    row = goal(stay, by)
    plans.end_goal(row, **by, ends_on=TODAY)
    plans.change_goal(row, **by, words="Until tonight", target=3)
    later = {**by, "on": now + DAY}
    with pytest.raises(ValidationError):
        plans.change_goal(row, **later, words="Again", target=3)
    with pytest.raises(ValidationError):
        plans.pause_goal(row, **later, starts_on=TODAY + DAY)
    with refused("ends_on"):
        plans.end_goal(row, **by, ends_on=TODAY - 31 * DAY)


def test_a_goal_is_reached_on_a_day(stay, by: dict) -> None:
    row = goal(stay, by, kind="free")
    for day in (TODAY + DAY, TODAY - 31 * DAY):
        with refused("day"):
            plans.reach_goal(row, **by, day=day)
    plans.reach_goal(row, **by, day=TODAY - DAY)
    plans.reach_goal(row, **by, day=TODAY - DAY)
    assert plans.reach_goal(row, **by, day=TODAY).reached_on == TODAY
    assert AuditEntry.objects.filter(deed="reach_goal").count() == 2
    with pytest.raises(ValidationError):
        plans.pause_goal(row, **by, starts_on=TODAY)


def test_a_goal_is_put_aside_and_taken_up_again(stay, by: dict) -> None:
    row = goal(stay, by)
    plans.pause_goal(row, **by, starts_on=TODAY - 20 * DAY, ends_on=TODAY - 15 * DAY)
    plans.pause_goal(row, **by, starts_on=TODAY - 3 * DAY)
    for first, last in ((TODAY - 15 * DAY, None), (TODAY - 15 * DAY, TODAY - 14 * DAY), (TODAY, TODAY)):
        with refused("starts_on"):
            plans.pause_goal(row, **by, starts_on=first, ends_on=last)
    for _twice in (1, 2):
        plans.resume_goal(row, **by)
    assert list(GoalPause.objects.order_by("starts_on").values_list("starts_on", "ends_on")) == [
        (TODAY - 20 * DAY, TODAY - 15 * DAY),
        (TODAY - 3 * DAY, TODAY - DAY),
    ]
    assert AuditEntry.objects.filter(deed="resume_goal").count() == 1
    plans.pause_goal(row, **by, starts_on=TODAY)
    plans.resume_goal(row, **by)
    assert GoalPause.objects.count() == 2, "what began today never was"


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("kind", {"kind": "luck"}),
        ("words", {"words": ""}),
        ("day", {"day": TODAY + DAY}),
        ("day", {"day": TODAY - 121 * DAY}),
    ],
)
def test_a_milestone_has_a_day_in_this_stay(stay, by: dict, field: str, what: dict) -> None:
    row = {"kind": "work", "words": "A job", "day": TODAY - 120 * DAY}
    with refused(field):
        plans.note_milestone(stay, **by, **{**row, **what})
    assert plans.note_milestone(stay, **by, **row) == plans.note_milestone(stay, **by, **row)
    assert Milestone.objects.count() == 1


# -- elsewhere, and what holds for the client ------------------------------------------------------------------------


def test_care_elsewhere_has_begun_and_ends_after_that(stay, by: dict) -> None:
    for field, what in (
        ("starts_on", {"starts_on": TODAY + DAY}),
        ("ends_on", {"starts_on": TODAY, "ends_on": TODAY - DAY}),
        ("place", {"starts_on": TODAY, "place": "x" * 121}),
    ):
        with refused(field):
            plans.note_care_elsewhere(stay, **by, **what)
    row = plans.note_care_elsewhere(stay, **by, starts_on=TODAY)
    with refused("ends_on"):
        plans.end_care_elsewhere(row, **by, ends_on=TODAY - DAY)
    assert plans.end_care_elsewhere(row, **by, ends_on=TODAY).ends_on == TODAY


def test_what_holds_for_the_client_is_read_again_in_the_open_stay_only(
    house: cast.Cast, by: dict, now: datetime
) -> None:
    closed = house.episode(house.victor)
    new = episodes.admit(house.victor, **by, programme=house.outpatient, admitted_on=TODAY)
    Recheck.objects.all().delete()
    plans.set_no_outreach(house.victor, **by, asked=True)
    assert set(Recheck.objects.values_list("episode", flat=True)) == {new.pk}
    assert closed.pk != new.pk


def test_the_same_said_again_changes_nothing(house: cast.Cast, by: dict, now: datetime) -> None:
    later = {**by, "on": now + 5 * DAY}
    for who in (by, later):
        plans.state_recovery_start(house.gloria, **who, day=TODAY)
        plans.set_meeting_logging(house.gloria, **who, wanted=False)
        plans.set_no_outreach(house.gloria, **who, asked=True)
    house.gloria.refresh_from_db()
    assert house.gloria.meetings_off_on == TODAY, "from the day it was first said"
    assert AuditEntry.objects.filter(client=house.gloria).count() == 3


def test_naloxone_is_asked_again_with_a_new_day(house: cast.Cast, by: dict, now: datetime) -> None:
    plans.note_naloxone(house.gloria, **by, status="has")
    row = plans.note_naloxone(house.gloria, **{**by, "on": now + 5 * DAY}, status="has")
    assert row.naloxone_asked_on == TODAY + 5 * DAY
    assert plans.note_naloxone(house.gloria, **by, status="unknown").naloxone_asked_on is None
    with refused("status"):
        plans.note_naloxone(house.gloria, **by, status="maybe")
    with refused("day"):
        plans.state_recovery_start(house.gloria, **by, day=TODAY + DAY)


# -- two who change the same ----------------------------------------------------------------------------------------


def conflict():
    return pytest.raises(ValidationError, check=lambda error: error.code == plans.CONFLICT)


def test_a_review_needs_a_plan_that_is_still_the_one_read(stay, by: dict, now: datetime) -> None:
    with pytest.raises(ValidationError):
        plans.review_plan(stay, **by, version=1)
    save(stay, by)
    later = {**by, "on": now + 9 * DAY}
    with conflict():
        plans.review_plan(stay, **later, version=7)
    for _twice in (1, 2):
        plan = plans.review_plan(stay, **later, version=1)
    assert (plan.version, plan.reviewed_on) == (2, TODAY + 9 * DAY)
    assert list(PlanRevision.objects.values_list("reviewed_on", flat=True).order_by("number")) == [
        TODAY,
        TODAY + 9 * DAY,
    ]
    assert AuditEntry.objects.filter(deed="review_care_plan").count() == 1


def test_the_same_plan_saved_twice_is_no_conflict(stay, by: dict) -> None:
    save(stay, by)
    assert save(stay, by, version=None).version == 1
    assert PlanRevision.objects.count() == 1


def test_of_two_who_change_one_goal_the_second_is_told(stay, by: dict) -> None:
    row = goal(stay, by)
    plans.change_goal(row, **by, words="First", target=3, version=1)
    for verb, what in (
        (plans.change_goal, {"words": "Second", "target": 3}),
        (plans.reach_goal, {"day": TODAY}),
        (plans.pause_goal, {"starts_on": TODAY}),
        (plans.end_goal, {"ends_on": TODAY}),
    ):
        with conflict():
            verb(row, **by, **what, version=1)
    plans.pause_goal(row, **by, starts_on=TODAY - DAY, version=2)
    with conflict():
        plans.resume_goal(row, **by, version=2)
    row.refresh_from_db()
    assert (row.words, row.version, row.reached_on, row.ends_on) == ("First", 3, None, None)


def test_the_same_done_twice_to_a_goal_is_no_conflict(stay, by: dict) -> None:
    row = goal(stay, by)
    for _twice in (1, 2):
        plans.pause_goal(row, **by, starts_on=TODAY - DAY, version=1)
    assert GoalPause.objects.count() == 1
    for _twice in (1, 2):
        plans.resume_goal(row, **by, version=2)
        plans.reach_goal(row, **by, day=TODAY, version=3)
    row.refresh_from_db()
    assert row.version == 4


def test_a_goal_reached_in_error_is_not_reached(stay, by: dict) -> None:
    row = goal(stay, by)
    plans.reach_goal(row, **by, day=TODAY)
    assert plans.reach_goal(row, **by, day=None).reached_on is None
    assert [each.detail for each in AuditEntry.objects.filter(deed="reach_goal").order_by("pk")] == [
        {"reached": True},
        {"reached": False},
    ]


def test_of_two_who_change_one_supporter_the_second_is_told(stay, by: dict) -> None:
    jo = plans.add_supporter(stay, **by, name="Jo", relation="friend", phone="(505) 555-0177")
    consent = {"scope": "The hour", "starts_on": TODAY, "ends_on": TODAY + DAY}
    plans.give_consent(jo, **by, **consent, version=1)
    with conflict():
        plans.give_consent(jo, **by, **{**consent, "scope": "More"}, version=1)
    with conflict():
        plans.change_supporter(jo, **by, name="Joan", relation="friend", phone="", active=True, version=1)
    with conflict():
        plans.end_consent(jo, **by, version=1)
    plans.give_consent(jo, **by, **consent, version=1)
    jo.refresh_from_db()
    assert (jo.name, jo.scope, jo.version, jo.consent_ended) == ("Jo", "The hour", 2, None)
    plans.change_supporter(jo, **by, name="Joan", relation="friend", phone=None, active=True, version=2)
    jo.refresh_from_db()
    assert (jo.name, jo.phone, jo.version) == ("Joan", "(505) 555-0177", 3)


def test_of_two_who_plan_one_service_the_second_is_told(stay, by: dict) -> None:
    plan = {**by, "channel": "group", "starts_on": TODAY}
    plans.plan_sessions(stay, **plan, a_month=8, seen={})
    plans.plan_sessions(stay, **plan, a_month=8, seen={})
    with conflict():
        plans.plan_sessions(stay, **plan, a_month=4, seen={})
    with conflict():
        plans.plan_sessions(stay, **{**plan, "starts_on": TODAY + DAY}, a_month=4, seen={})
    plans.plan_sessions(stay, **plan, a_month=4, seen={TODAY: 8})
    assert PlannedSessions.objects.get().a_month == 4


def test_what_has_no_version_is_compared_with_what_was_seen(house: cast.Cast, stay, by: dict) -> None:
    span = plans.note_care_elsewhere(stay, **by, starts_on=TODAY - 5 * DAY)
    plans.end_care_elsewhere(span, **by, ends_on=TODAY, seen={"ends_on": None})
    with conflict():
        plans.end_care_elsewhere(span, **by, ends_on=TODAY - DAY, seen={"ends_on": None})
    plans.end_care_elsewhere(span, **by, ends_on=TODAY - DAY, seen={"ends_on": TODAY})
    plans.state_recovery_start(house.gloria, **by, day=TODAY, seen={"recovery_start": None})
    with conflict():
        plans.state_recovery_start(house.gloria, **by, day=TODAY - DAY, seen={"recovery_start": None})
    plans.note_naloxone(house.gloria, **by, status="has", seen={"naloxone": "unknown"})
    with conflict():
        plans.note_naloxone(house.gloria, **by, status="offered", seen={"naloxone": "unknown"})
    house.gloria.refresh_from_db()
    assert (house.gloria.recovery_start, house.gloria.naloxone) == (TODAY, "has")


@pytest.mark.parametrize("far", [TODAY.replace(year=2030), TODAY.replace(year=9999)])
def test_a_slip_of_the_pen_in_a_year_is_noticed(stay, by: dict, far) -> None:
    row = goal(stay, by)
    span = plans.note_care_elsewhere(stay, **by, starts_on=TODAY)
    for field, deed in (
        ("starts_on", lambda: goal(stay, by, kind="ninety", starts_on=far)),
        ("ends_on", lambda: goal(stay, by, ends_on=far)),
        ("starts_on", lambda: plans.pause_goal(row, **by, starts_on=far)),
        ("ends_on", lambda: plans.end_goal(row, **by, ends_on=far)),
        ("by_day", lambda: plans.plan_visit(stay, **by, channel="medical", by_day=far)),
        ("starts_on", lambda: plans.plan_sessions(stay, **by, channel="group", a_month=4, starts_on=far)),
        ("ends_on", lambda: plans.end_care_elsewhere(span, **by, ends_on=far)),
    ):
        with refused(field):
            deed()


def test_a_milestone_noted_in_error_is_gone(stay, by: dict) -> None:
    row = plans.note_milestone(stay, **by, kind="work", words="A job", day=TODAY)
    Recheck.objects.all().delete()
    for _twice in (1, 2):
        plans.take_back_milestone(row, **by)
    assert not Milestone.objects.exists()
    assert Recheck.objects.filter(episode=stay).exists()
    assert AuditEntry.objects.filter(deed="take_back_milestone").count() == 1


def test_opening_a_page_leaves_a_trace_and_no_recheck(stay, by: dict) -> None:
    plans.note_opened(stay, **by, page="plan_copy")
    entry = AuditEntry.objects.get()
    assert (entry.deed, entry.client, entry.subject) == ("view_plan_copy", stay.client, f"episode:{stay.uid}")
    assert not Recheck.objects.exists()


def test_a_change_wakes_the_worker_and_none_does_not(
    house: cast.Cast,
    by: dict,
    settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks,
) -> None:
    settings.NUDGE = True
    rung: list[str] = []
    monkeypatch.setattr(nudge._bell, "ring", rung.append)
    for _twice in (1, 2):
        with django_capture_on_commit_callbacks(execute=True):
            plans.set_no_outreach(house.gloria, **by, asked=True)
    assert rung == [nudge.DRAIN]


def test_a_change_that_fails_leaves_nothing(
    house: cast.Cast, by: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_what: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("clinic.audit.record", broken)
    with pytest.raises(RuntimeError):
        goal(house.episode(house.gloria), by)
    assert not Goal.objects.exists()
    assert not Recheck.objects.exists()
