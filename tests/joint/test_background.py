"""What is known beside the appointments: written by a verb, read for the mind, and judged by the sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import attendance, episodes, followups, histories, medication, observations, plans, rules, sweep
from clinic.engagement.background import (
    Answer,
    Background,
    Consent,
    Goal,
    GoalKind,
    Injection,
    Medicine,
    Milestone,
    Noted,
    Order,
    OrderKind,
    Override,
    PlannedVisit,
    PlanState,
    Schedule,
    Span,
    Supply,
    Try,
)
from clinic.engagement.plan import facts_of
from clinic.engagement.signs.thresholds import in_force
from clinic.histories import beside
from clinic.models import Client, Episode, Finding, FollowUp, Observation, ObservationItem, PlanRevision
from clinic.plans import IfThenPlan, Issue, PlanContent, Trigger
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)


def ago(days: int) -> date:
    return TODAY - days * DAY


def number(days: int) -> int:
    """The ordinal of a day so many days ago."""
    return ago(days).toordinal()


def known(house: cast.Cast, client: Client) -> Background:
    episode = house.episode(client)
    # Without the checksums, which the facts of a test do not have.
    return next(histories.records(episode.clinic, [episode.pk])).background._replace(sums=())


def test_nothing_is_known_of_most(house: cast.Cast) -> None:
    assert known(house, house.gloria) == Background()


# -- each kind of fact: written by its verb, read as the mind reads it ---------------------------------------------


def test_planned_sessions(house: cast.Cast, now: datetime) -> None:
    stay = house.episode(house.gloria)
    for starts, many in ((ago(-3), 2), (ago(40), 4)):
        plans.plan_sessions(
            stay, by=house.maya, on=now, channel="counselling", a_month=many, starts_on=starts
        )
    assert known(house, house.gloria).schedules == (
        Schedule(number(40), "counselling", 4, number(0)),
        Schedule(number(-3), "counselling", 2, number(0)),
    )


def test_a_planned_visit_until_it_is_withdrawn(house: cast.Cast, now: datetime) -> None:
    visit = plans.plan_visit(
        house.episode(house.gloria), by=house.maya, on=now, channel="medical", by_day=ago(-9)
    )
    assert known(house, house.gloria).visits == (PlannedVisit(visit.pk, number(-9), "medical", number(0)),)
    plans.withdraw_visit(visit, by=house.maya, on=now)
    assert known(house, house.gloria).visits == ()


CONTENT = PlanContent(
    reasons=("My daughter", "Sleeping well"),
    triggers=(
        Trigger("people", "Old friends"),
        Trigger("stress", "Rent day", avoidable=False),
        Trigger("place", "The bus stop", avoidable=False),
    ),
    issues=(Issue("Sleep", "Sleep clinic"), Issue("Debt")),
    coping=("Walk", "Music", "Call Jo"),
    if_thens=(IfThenPlan("stress", "Rent day", "Call Jo", "Jo"),),
)


def test_each_save_of_the_plan_and_who_helps(house: cast.Cast, now: datetime) -> None:
    stay = house.episode(house.gloria)
    before = now - 20 * DAY
    plans.save_plan(stay, by=house.maya, on=before, content=CONTENT, reviewed=True, version=None)
    plans.add_supporter(stay, by=house.maya, on=now, name="Jo", relation="friend")
    assert known(house, house.gloria).plans == (
        PlanState(number(20), number(20), 2, 1, 3, 0, False, 1, 1, number=1),
        PlanState(number(0), number(20), 2, 1, 3, 1, False, 1, 1, number=2),
    )
    assert known(house, house.gloria).keeps_plans
    assert known(house, house.marcus) == Background(keeps_plans=True), "the clinic writes plans now"
    assert known(house, house.theo) == Background(), "the other clinic does not"


def test_a_consent_and_its_end(house: cast.Cast, now: datetime) -> None:
    stay = house.episode(house.gloria)
    jo = plans.add_supporter(stay, by=house.maya, on=now, name="Jo", relation="friend")
    assert known(house, house.gloria).consents == ()
    plans.give_consent(jo, by=house.maya, on=now, scope="How she is", starts_on=ago(2), ends_on=ago(-100))
    given = Consent(jo.pk, number(2), number(-100))
    assert known(house, house.gloria).consents == (given,)
    plans.end_consent(jo, by=house.maya, on=now)
    assert known(house, house.gloria).consents == (given._replace(ended=number(0)),)


def test_goals_with_their_pauses(house: cast.Cast, now: datetime) -> None:
    stay = house.episode(house.gloria)
    by = {"by": house.maya, "on": now}
    weekly = plans.set_goal(
        stay, **by, kind="weekly", words="Three groups", target=3, channels="g", starts_on=ago(30)
    )
    ninety = plans.set_goal(stay, **by, kind="ninety", words="Every day", channels="a", starts_on=ago(10))
    free = plans.set_goal(stay, **by, kind="free", words="Paint the room", starts_on=ago(20))
    plans.pause_goal(weekly, **by, starts_on=ago(20), ends_on=ago(15))
    plans.pause_goal(weekly, **by, starts_on=ago(3))
    plans.reach_goal(free, **by, day=ago(1))
    assert known(house, house.gloria).goals == (
        Goal(
            weekly.pk,
            GoalKind.WEEKLY,
            3,
            number(30),
            number(0),
            "g",
            paused=((number(20), number(15)), (number(3), None)),
        ),
        Goal(ninety.pk, GoalKind.NINETY, 90, number(10), number(0), "a", last=number(10) + 89),
        Goal(free.pk, GoalKind.FREE, 1, number(20), number(0), "ga", reached=number(1)),
    )


def test_a_milestone(house: cast.Cast, now: datetime) -> None:
    row = plans.note_milestone(
        house.episode(house.gloria), by=house.maya, on=now, kind="work", words="A job", day=ago(2)
    )
    assert known(house, house.gloria).milestones == (Milestone(row.pk, number(2), number(0)),)


def observed_order(house: cast.Cast, client: Client, now: datetime, first: int = 30, **more):
    return medication.order(
        house.episode(client),
        by=house.priya,
        on=now,
        kind="observed",
        medicine="methadone",
        starts_on=ago(first),
        hour=time(8),
        weekdays=range(7),
        **more,
    )


def unseen_order(house: cast.Cast, client: Client, now: datetime, kind: str, medicine: str, first: int = 40):
    return medication.order(
        house.episode(client), by=house.priya, on=now, kind=kind, medicine=medicine, starts_on=ago(first)
    )


def test_orders_with_their_breaks(house: cast.Cast, now: datetime) -> None:
    second = observed_order(house, house.gloria, now, ends_on=ago(-30))
    first = unseen_order(house, house.gloria, now, "take_home", "buprenorphine")
    by = {"by": house.priya, "on": now}
    away = medication.suspend(second, **by, kind="guest_dosing", starts_on=ago(9))
    medication.resume(away, **by, ends_on=ago(5))
    medication.end_order(first, **by, ends_on=ago(31), ended="changed")
    assert known(house, house.gloria).orders == (
        Order(first.pk, OrderKind.TAKE_HOME, Medicine.BUPRENORPHINE, number(40), number(31), number(0)),
        Order(
            second.pk,
            OrderKind.OBSERVED,
            Medicine.METHADONE,
            number(30),
            number(-30),
            number(0),
            suspended=((number(9), number(5)),),
        ),
    )


def test_supplies_and_injections(house: cast.Cast, now: datetime) -> None:
    by = {"by": house.priya, "on": now}
    home = unseen_order(house, house.gloria, now, "take_home", "buprenorphine")
    supply = medication.hand_out(home, **by, picked_up_on=ago(7), lasts_until=ago(1))
    shots = unseen_order(house, house.gloria, now, "injection", "buprenorphine")
    given = medication.plan_injection(shots, **by, due_on=ago(28))
    due = medication.plan_injection(shots, **by, due_on=ago(0))
    medication.give_injection(given, **by, given_on=ago(27))
    found = known(house, house.gloria)
    assert found.supplies == (Supply(supply.pk, home.pk, number(7), number(1)),)
    assert found.injections == (
        Injection(given.pk, shots.pk, number(28), number(0), number(27)),
        Injection(due.pk, shots.pk, number(0), number(0), None),
    )


def observe(house: cast.Cast, client: Client, on: datetime, items: dict, **more) -> Observation:
    as_who = {"by": house.maya, "role": "case_manager", "setting": "session", "source": "client_said"}
    return observations.observe(house.episode(client), on=on, items=items, **{**as_who, **more})


def test_what_was_noted(house: cast.Cast, now: datetime) -> None:
    later = observe(house, house.gloria, now, {"A2": 2, "S1": 1})
    earlier = observe(house, house.gloria, now - 3 * DAY, {"C2": 0}, source="staff_saw")
    clinical = observe(house, house.gloria, now, {"G2": 2}, by=house.priya, role="medical")
    item = {(row.observation_id, row.item): row.pk for row in ObservationItem.objects.all()}
    at, before = int(now.timestamp()), int((now - 3 * DAY).timestamp())
    mine, said = "case_manager", "client_said"
    assert known(house, house.gloria).noted == (
        Noted(item[earlier.pk, "C2"], earlier.pk, before, number(3), "C2", 0, "staff_saw", mine),
        Noted(item[later.pk, "A2"], later.pk, at, number(0), "A2", 2, said, mine),
        Noted(item[later.pk, "S1"], later.pk, at, number(0), "S1", 1, said, mine),
        Noted(item[clinical.pk, "G2"], clinical.pk, at, number(0), "G2", 2, said, "medical"),
    )


def test_care_elsewhere(house: cast.Cast, now: datetime) -> None:
    row = plans.note_care_elsewhere(
        house.episode(house.gloria), by=house.maya, on=now, starts_on=ago(8), place="County clinic"
    )
    assert known(house, house.gloria).elsewhere == (Span(number(8), None, number(0)),)
    plans.end_care_elsewhere(row, by=house.maya, on=now, ends_on=ago(1))
    assert known(house, house.gloria).elsewhere == (Span(number(8), number(1), number(0)),)


def test_thresholds_of_a_clients_own(house: cast.Cast, now: datetime) -> None:
    rules.override(
        house.episode(house.gloria),
        by=house.ruth,
        on=now,
        thresholds={"silence_standard": 21, "rest_days": 7},
        reason="Works shifts",
        starts_on=ago(0),
        ends_on=ago(-89),
    )
    assert known(house, house.gloria).overrides == (
        Override(number(0), number(-89), (("rest_days", 7), ("silence_standard", 21))),
    )


def test_what_holds_for_the_client(house: cast.Cast, now: datetime) -> None:
    by = {"by": house.maya, "on": now}
    plans.state_recovery_start(house.gloria, **by, day=ago(400))
    plans.note_naloxone(house.gloria, **by, status="offered")
    plans.set_meeting_logging(house.gloria, **by, wanted=False)
    plans.set_no_outreach(house.gloria, **by, asked=True)
    assert known(house, house.gloria) == Background(
        recovery_start=number(400), naloxone_known=number(0), meetings_off=number(0), no_outreach=True
    )
    plans.state_recovery_start(house.gloria, **by, day=None)
    plans.note_naloxone(house.gloria, **by, status="unknown")
    plans.set_meeting_logging(house.gloria, **by, wanted=True)
    plans.set_no_outreach(house.gloria, **by, asked=False)
    assert known(house, house.gloria) == Background()


def try_to_reach(swept: cast.Cast, client: Client, on: datetime, method: str = "call", **more):
    row = FollowUp.objects.get(episode=swept.episode(client), state="open", kind="disengagement")
    hours = histories.opening_hours(row.clinic)
    what = {"result": "not_reached", **more}
    return followups.log_contact(row, by=swept.maya, on=on, method=method, hours=hours, **what)


def test_tries_on_a_follow_up_that_is_open(swept: cast.Cast, now: datetime) -> None:
    first = try_to_reach(swept, swept.rosa, now)
    second = try_to_reach(swept, swept.rosa, now + timedelta(hours=7), "text", result="wrong_contact")
    at = int(now.timestamp())
    assert known(swept, swept.rosa).tries == (
        Try(first.pk, at, number(0), 8, "call", Answer.NOT_REACHED, pressing=True),
        Try(second.pk, at + 7 * 3600, number(0), 15, "text", Answer.WRONG_CONTACT, pressing=True),
    )


# -- and what is not there ------------------------------------------------------------------------------------------


def test_what_does_not_come_to_the_mind(swept: cast.Cast, now: datetime) -> None:
    observe(swept, swept.rosa, now, {"G1": 3}, by=swept.priya, role="medical")
    mistaken = observe(swept, swept.rosa, now, {"A2": 3})
    observations.withdraw(mistaken, by=swept.maya, on=now, reason="mistake")
    try_to_reach(swept, swept.rosa, now)
    row = FollowUp.objects.get(episode=swept.episode(swept.rosa), state="open")
    followups.close(row, by=swept.maya, on=now, closed_as="reached")
    assert ObservationItem.objects.count() == 2
    found = known(swept, swept.rosa)
    assert (found.noted, found.tries) == ((), ())


# -- however the rows come, and however many ------------------------------------------------------------------------


def fill(house: cast.Cast, client: Client, now: datetime) -> None:
    """Two of everything."""
    stay = house.episode(client)
    by, clinical = {"by": house.maya, "on": now}, {"by": house.priya, "on": now}
    version = None
    for turn in (1, 2):
        plans.plan_sessions(stay, **by, channel="group", a_month=4 * turn, starts_on=ago(-turn))
        plans.plan_visit(stay, **by, channel="medical", by_day=ago(-turn))
        content = PlanContent(reasons=("One",) * turn)
        version = plans.save_plan(stay, **by, content=content, reviewed=False, version=version).version
        jo = plans.add_supporter(stay, **by, name=f"Jo {turn}", relation="friend")
        plans.give_consent(jo, **by, scope="Well-being", starts_on=ago(turn), ends_on=ago(-turn))
        goal = plans.set_goal(stay, **by, kind="weekly", words="Groups", target=turn, starts_on=ago(3 - turn))
        plans.pause_goal(goal, **by, starts_on=ago(0), ends_on=ago(0))
        plans.pause_goal(goal, **by, starts_on=ago(-2))
        plans.note_milestone(stay, **by, kind="home", words="Moved", day=ago(3 - turn))
        order = medication.order(
            stay, **clinical, kind="take_home", medicine="other", starts_on=ago(3 - turn)
        )
        medication.suspend(order, **clinical, kind="directed", starts_on=ago(-5), ends_on=ago(-6))
        medication.suspend(order, **clinical, kind="directed", starts_on=ago(0), ends_on=ago(-1))
        medication.hand_out(order, **clinical, picked_up_on=ago(3 - turn), lasts_until=ago(-9))
        shots = medication.order(
            stay, **clinical, kind="injection", medicine="other", starts_on=ago(3 - turn)
        )
        medication.plan_injection(shots, **clinical, due_on=ago(-turn))
        observe(house, client, now - turn * timedelta(hours=1), {"A2": turn, "B2": turn})
        plans.note_care_elsewhere(stay, **by, starts_on=ago(turn), ends_on=ago(turn))
        rules.override(
            stay,
            **by,
            thresholds={"rest_days": turn},
            reason="Asked for",
            starts_on=ago(-2 * turn),
            ends_on=ago(-2 * turn),
        )


def test_the_order_of_the_rows_does_not_matter(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(house, house.gloria, now)
    right = known(house, house.gloria)
    empty = {name for name, value in zip(right._fields, right, strict=True) if value == ()}
    assert empty == {"tries", "sums"}
    background = beside._background
    turned = []

    def backwards(facts, keeps_plans):
        turned.append({name: list(rows) for name, rows in facts.items()})
        return background(
            {name: rows if name == "client" else rows[::-1] for name, rows in facts.items()}, keeps_plans
        )

    monkeypatch.setattr(beside, "_background", backwards)
    assert known(house, house.gloria) == right
    assert max(len(rows) for rows in turned[0].values()) > 1


def test_the_number_of_queries_is_the_same_for_one_and_fifty(house: cast.Cast, now: datetime) -> None:
    fill(house, house.gloria, now)
    for extra in range(50):
        client = Client.objects.create(
            clinic=house.riverside, record_number=f"X-{extra}", first_name="Extra", last_name=str(extra)
        )
        stay = episodes.admit(client, by=house.maya, on=now, programme=house.outpatient, admitted_on=ago(30))
        plans.plan_visit(stay, by=house.maya, on=now, channel="medical", by_day=ago(-1))
    everybody = list(Episode.objects.filter(clinic=house.riverside).values_list("pk", flat=True))

    def statements(some: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            read = list(histories.records(house.riverside, some))
        assert len(read) == len(some)
        return len(captured)

    assert len(everybody) > 50
    assert statements([house.episode(house.gloria).pk]) == statements(everybody)


# -- from the verb to the follow-up ---------------------------------------------------------------------------------


def swept_on(house: cast.Cast, day: date) -> Callable[[Client], set[str]]:
    sweep.sweep_day(day, now=house.at(day, 8, 30))
    return lambda client: set(
        Finding.objects.filter(episode=house.episode(client), state="open").values_list("sign", flat=True)
    )


def raised(house: cast.Cast, client: Client, day: date = TODAY) -> set[str]:
    return swept_on(house, day)(client)


def drained(house: cast.Cast, client: Client, now: datetime) -> set[str]:
    sweep.drain(now)
    rows = Finding.objects.filter(episode=house.episode(client), state="open")
    return set(rows.values_list("sign", flat=True))


def test_d01b_a_planned_visit_that_nobody_booked(swept: cast.Cast, now: datetime) -> None:
    assert "D01b" not in drained(swept, swept.gloria, now)
    stay = swept.episode(swept.gloria)
    visit = plans.plan_visit(stay, by=swept.maya, on=now, channel="case_management", by_day=ago(-3))
    assert "D01b" in drained(swept, swept.gloria, now)
    plans.withdraw_visit(visit, by=swept.maya, on=now)
    assert "D01b" not in drained(swept, swept.gloria, now)


def test_d09_a_supply_that_ended(swept: cast.Cast, now: datetime) -> None:
    order = unseen_order(swept, swept.gloria, now, "take_home", "methadone")
    by = {"by": swept.priya, "on": now}
    medication.hand_out(order, **by, picked_up_on=ago(10), lasts_until=ago(3))
    assert "D09" in drained(swept, swept.gloria, now)
    assert FollowUp.objects.get(episode=swept.episode(swept.gloria), kind="disengagement").level == "today"


def test_d09_an_injection_that_is_due(swept: cast.Cast, now: datetime) -> None:
    order = unseen_order(swept, swept.gloria, now, "injection", "buprenorphine")
    by = {"by": swept.priya, "on": now}
    medication.plan_injection(order, **by, due_on=ago(3))
    assert "D09" in drained(swept, swept.gloria, now)


def test_d09_not_in_a_break(swept: cast.Cast, now: datetime) -> None:
    order = unseen_order(swept, swept.gloria, now, "take_home", "methadone")
    by = {"by": swept.priya, "on": now}
    medication.suspend(order, **by, kind="directed", starts_on=ago(9))
    medication.hand_out(order, **by, picked_up_on=ago(10), lasts_until=ago(3))
    assert "D09" not in drained(swept, swept.gloria, now)


def test_d10_a_goal_of_the_clients_own(swept: cast.Cast, now: datetime) -> None:
    """Gloria comes to one group a week, and would like to go to two meetings besides."""
    plans.set_goal(
        swept.episode(swept.gloria),
        by=swept.maya,
        on=now,
        kind="weekly",
        words="More company",
        target=3,
        channels="ga",
        starts_on=ago(60),
    )
    assert "D10" in drained(swept, swept.gloria, now)
    for week in (1, 2, 3, 4):
        for day in (0, 1):
            attendance.log_meeting(
                swept.episode(swept.gloria), by=swept.maya, on=now, at=swept.at(ago(7 * week + day), 19)
            )
    assert "D10" not in drained(swept, swept.gloria, now)


def test_d12_two_tries_that_stay_unanswered(swept: cast.Cast, now: datetime) -> None:
    try_to_reach(swept, swept.rosa, now)
    assert "D12" not in drained(swept, swept.rosa, now)
    try_to_reach(swept, swept.rosa, now + timedelta(hours=7), "text")
    assert "D12" in drained(swept, swept.rosa, now + timedelta(hours=7))


def test_d14_somebody_is_back(swept: cast.Cast, now: datetime) -> None:
    visit = swept.visits(swept.rosa, "medical", "S", last=0, at=time(8))[0]
    attendance.mark(visit, by=swept.lucia, on=now, outcome="attended")
    assert "D14" in drained(swept, swept.rosa, now)


def test_d15_a_milestone_of_their_own(swept: cast.Cast, now: datetime) -> None:
    assert "D15" not in drained(swept, swept.gloria, now)
    plans.note_milestone(
        swept.episode(swept.gloria), by=swept.maya, on=now, kind="work", words="A job", day=ago(1)
    )
    assert "D15" in drained(swept, swept.gloria, now)


def test_d16_the_day_after_a_pause_has_ended(swept: cast.Cast, now: datetime) -> None:
    away = swept.episode(swept.samir).pauses.get()
    assert "D16" not in drained(swept, swept.samir, now)
    episodes.end_pause(away, by=swept.maya, on=now, ends_on=ago(1))
    assert "D16" in drained(swept, swept.samir, now)


def test_d17_once_the_clinic_writes_plans(swept: cast.Cast, now: datetime) -> None:
    assert "D17" not in drained(swept, swept.gloria, now)
    stay = swept.episode(swept.gloria)
    plan = plans.save_plan(stay, by=swept.maya, on=now, content=CONTENT, reviewed=True, version=None)
    assert "D17" in drained(swept, swept.gloria, now), "it leaves things open, and naloxone is not known"
    whole = PlanContent(
        reasons=("My daughter",),
        coping=("Walk",),
        prefers_no_supporter=True,
        if_thens=(IfThenPlan("stress", "Rent day", "Call Jo"),),
    )
    plans.save_plan(stay, by=swept.maya, on=now, content=whole, reviewed=True, version=plan.version)
    plans.note_naloxone(swept.gloria, by=swept.maya, on=now, status="has")
    assert "D17" not in drained(swept, swept.gloria, now)


def test_d18_what_staff_noted_until_it_is_withdrawn(swept: cast.Cast, now: datetime) -> None:
    row = observe(swept, swept.gloria, now, {"A2": 3})
    assert "D18" in drained(swept, swept.gloria, now)
    observations.withdraw(row, by=swept.maya, on=now, reason="other_client")
    assert "D18" not in drained(swept, swept.gloria, now)


def test_d18_never_for_a_concern_about_supply(swept: cast.Cast, now: datetime) -> None:
    observe(swept, swept.gloria, now, {"G1": 3}, by=swept.priya, role="medical")
    assert "D18" not in drained(swept, swept.gloria, now)


def test_s01_often_excused(swept: cast.Cast, now: datetime) -> None:
    rows = swept.visits(swept.gloria, "medical", "M" * 12, last=1, every=1, at=time(7))
    for row in rows:
        attendance.mark(row, by=swept.lucia, on=now, outcome="excused", excuse="court", why="Letter came")
    assert "S01" in drained(swept, swept.gloria, now)


def test_s02_cancelled_by_the_clinic_twice(swept: cast.Cast, now: datetime) -> None:
    rows = swept.visits(swept.isaiah, "case_management", "SS", last=3, every=3)
    for row in rows:
        attendance.mark(row, by=swept.lucia, on=now, outcome="cancelled_by_clinic")
    assert "S02" in drained(swept, swept.isaiah, now)


def test_s03_a_pause_without_an_end(swept: cast.Cast, now: datetime) -> None:
    stay = swept.episode(swept.gloria)
    away = episodes.pause(stay, by=swept.maya, on=now, kind="residential", starts_on=ago(7))
    assert "S03" in drained(swept, swept.gloria, now)
    episodes.end_pause(away, by=swept.maya, on=now, ends_on=ago(-7))
    assert "S03" not in drained(swept, swept.gloria, now)


def test_s04_a_number_that_is_not_theirs(swept: cast.Cast, now: datetime) -> None:
    try_to_reach(swept, swept.rosa, now, result="wrong_contact")
    assert "S04" in drained(swept, swept.rosa, now)


def test_thresholds_of_their_own_hold_for_one_client(swept: cast.Cast, now: datetime) -> None:
    assert "D02b" in drained(swept, swept.keisha, now)
    rules.override(
        swept.episode(swept.keisha),
        by=swept.ruth,
        on=now,
        thresholds={"counselling_watch": 3},
        reason="Shifts change every fortnight",
        starts_on=ago(0),
        ends_on=ago(-30),
    )
    assert "D02b" not in drained(swept, swept.keisha, now)
    assert PlanRevision.objects.count() == 0


def test_what_is_found_by_them_is_known_again_the_next_time(house: cast.Cast, now: datetime) -> None:
    """The checksum kept with a finding is that of the thresholds it was judged by, not of the clinic's."""
    episode, clinics = house.episode(house.keisha), sweep.rules_in_force(house.riverside, now).values
    rules.override(
        episode,
        by=house.ruth,
        on=now,
        thresholds={"counselling_urgent": 4},
        reason="Agreed with the team",
        starts_on=ago(0),
        ends_on=ago(-30),
    )
    sweep.sweep_day(TODAY, now=now)
    record = next(histories.records(house.riverside, [episode.pk]))
    kept = {row.facts for row in histories.standing([episode.pk])[episode.pk]}
    today = TODAY.toordinal()
    assert kept == {facts_of(record, today, in_force(record.as_of(today), clinics))}
    assert kept != {facts_of(record, today, clinics)}
