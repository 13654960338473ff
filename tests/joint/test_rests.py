"""What is not asked for: a client who wants no contact now, a pause, and what does not rest at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from clinic import episodes, findings, followups, histories, observations, sweep
from clinic.caseloads.scope import Scope
from clinic.client_file import history as client_history
from clinic.engagement.rests import DECLINED_DAYS
from clinic.models import Attempt, Finding, FollowUp
from clinic.worklists.today import worklist
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)
ENDS = TODAY + DECLINED_DAYS * DAY


def row_of(house: cast.Cast, client) -> FollowUp:
    rows = FollowUp.objects.filter(episode=house.episode(client), kind="disengagement", state="open")
    return rows.get()


def quiet(row: FollowUp) -> tuple[str, date | None]:
    row.refresh_from_db()
    return row.quiet_as, row.quiet_until


def reach(house: cast.Cast, row: FollowUp, on: datetime, result: str = "reached_declined") -> Attempt:
    hours = histories.opening_hours(row.clinic)
    made = followups.log_contact(row, by=house.maya, on=on, method="call", result=result, hours=hours)
    sweep.drain(on)
    return made


def miss(house: cast.Cast, client, day: date, channel: str = "counselling") -> None:
    house.visits(client, channel, "M", last=(TODAY - day).days)


# -- wants no contact now -------------------------------------------------------------------------------------------


def test_who_wants_no_contact_is_left_in_peace_for_thirty_days(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    assert quiet(row) == ("declined", ENDS)
    miss(swept, swept.rosa, TODAY + 4 * DAY)
    sweep.sweep_day(TODAY + 5 * DAY, now=now + 5 * DAY)
    assert quiet(row) == ("declined", ENDS), "something was missed, and it is no matter of safety"


def test_what_is_new_and_about_safety_ends_it(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    # He comes no more at all: after a fortnight he is taken to have stopped (D08).
    for ahead in (3, 6, 9, 12):
        miss(swept, swept.rosa, TODAY + ahead * DAY)
    later = TODAY + 16 * DAY
    sweep.sweep_day(later, now=now + 16 * DAY)
    assert "D08" in {each.sign for each in Finding.objects.filter(follow_up=row, state="open")}
    assert quiet(row) == ("", None)
    assert row.due_at > now + 16 * DAY, "with a promise of its own"


def test_a_follow_up_raised_meanwhile_sleeps_to_the_same_day(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    followups.close(row, by=swept.maya, on=now, closed_as="declined")
    miss(swept, swept.rosa, TODAY + 4 * DAY)
    sweep.sweep_day(TODAY + 5 * DAY, now=now + 5 * DAY)
    again = row_of(swept, swept.rosa)
    assert again.pk != row.pk
    assert quiet(again) == ("declined", ENDS)
    assert again.clinic.local_day(again.due_at) >= ENDS, "nothing is past due when it wakes"


@pytest.mark.parametrize(("ago", "sleeps"), [(DECLINED_DAYS - 1, True), (DECLINED_DAYS, False)])
def test_thirty_days_on_a_new_one_is_asked_for(
    house: cast.Cast, now: datetime, ago: int, sleeps: bool
) -> None:
    before = {"by": house.maya, "at": now - ago * DAY, "method": "call"}
    Attempt.objects.create(episode=house.episode(house.marcus), result="reached_declined", **before)
    sweep.sweep_day(TODAY, now=now)
    assert quiet(row_of(house, house.marcus))[0] == ("declined" if sleeps else "")


def test_a_later_talk_takes_it_back(house: cast.Cast, now: datetime) -> None:
    for ago, result in ((9, "reached_declined"), (8, "not_reached")):
        Attempt.objects.create(
            episode=house.episode(house.marcus),
            by=house.maya,
            at=now - ago * DAY,
            method="call",
            result=result,
        )

    def declined() -> int | None:
        stay = house.episode(house.marcus)
        return histories.timelines(stay.clinic, [stay.pk], TODAY)[stay.pk].known.declined

    assert declined() == (TODAY - 9 * DAY).toordinal(), "nobody was reached since"
    followups.note_talk(house.episode(house.marcus), by=house.maya, on=now, method="call", at=now - 5 * DAY)
    assert declined() is None


def test_what_a_person_took_back_on_the_list_stays_there(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    followups.wake(row, by=swept.maya, on=now)
    sweep.sweep_day(TODAY + DAY, now=now + DAY)
    assert quiet(row) == ("", None)


# -- pauses -----------------------------------------------------------------------------------------------------------


def pause(house: cast.Cast, client, now: datetime, last: int | None, **more):
    """A pause from today."""
    made = episodes.pause(
        house.episode(client),
        by=house.maya,
        on=now,
        kind="inpatient",
        starts_on=TODAY,
        ends_on=None if last is None else TODAY + last * DAY,
        **more,
    )
    sweep.drain(now)
    return made


@pytest.mark.parametrize(("last", "until"), [(0, 1), (6, 7), (None, 366)])
def test_nobody_is_asked_for_in_a_pause(
    swept: cast.Cast, now: datetime, last: int | None, until: int
) -> None:
    row = row_of(swept, swept.rosa)
    stood = Finding.objects.filter(follow_up=row, state="open").count()
    pause(swept, swept.rosa, now, last)
    assert quiet(row) == ("paused", TODAY + until * DAY)
    assert Finding.objects.filter(follow_up=row, state="open").count() == stood > 0
    hours = histories.opening_hours(row.clinic)
    far = now + 3 * DAY if last != 0 else now
    scope = Scope(swept.riverside, far.date(), far, [swept.maya.pk], nobody=False)
    assert row.pk not in scope.needs_supervisor()
    assert row not in list(scope.follow_ups().filter(scope.condition("overdue")))
    assert hours.is_open(TODAY)
    shown = [each for each in worklist(swept.maya, far).resting if each.name == "Rosa Medina"]
    assert [(each.quiet_as, each.overdue, each.due_soon) for each in shown] == [("paused", False, False)]


def test_a_second_sweep_changes_nothing(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    pause(swept, swept.rosa, now, None)
    was = FollowUp.objects.filter(pk=row.pk).values().get()
    for ahead in (0, 1, 30, 200):
        sweep.sweep_day(TODAY + ahead * DAY, now=now + ahead * DAY)
        there = FollowUp.objects.filter(pk=row.pk).values().get()
        assert {name for name in was if was[name] != there[name]} <= {"level", "lifted"}
    sweep.sweep_day(TODAY + 300 * DAY, now=now + 300 * DAY)
    assert quiet(row) == ("paused", TODAY + (300 + 366) * DAY), "renewed before it runs out"


def test_it_wakes_with_a_new_promise_the_day_after(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    pause(swept, swept.rosa, now, 2)
    sweep.sweep_day(TODAY + 2 * DAY, now=now + 2 * DAY)
    assert quiet(row)[0] == "paused"
    sweep.sweep_day(TODAY + 3 * DAY, now=now + 3 * DAY)
    assert quiet(row) == ("", None)
    assert row.due_at > now + 3 * DAY


def test_a_pause_that_ends_sooner_wakes_it_sooner(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    away = pause(swept, swept.rosa, now, None)
    episodes.end_pause(away, by=swept.maya, on=now, ends_on=TODAY + 4 * DAY)
    sweep.drain(now)
    assert quiet(row) == ("paused", TODAY + 5 * DAY)


def test_a_report_that_runs_out_wakes_it(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    pause(swept, swept.rosa, now, None, confirmed=False)
    assert quiet(row) == ("paused", TODAY + 3 * DAY)
    sweep.sweep_day(TODAY + 3 * DAY, now=now + 3 * DAY)
    assert quiet(row) == ("", None)
    stay = swept.episode(swept.rosa)
    shown = [each.running for each in client_history.pauses(stay, TODAY + 3 * DAY)]
    assert shown == [False], "and the client's page says so"


def test_what_staff_note_in_a_pause_is_asked_for(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    pause(swept, swept.rosa, now, 20)
    assert quiet(row)[0] == "paused"
    later = now + DAY
    who = {"by": swept.maya, "role": "case_manager", "setting": "session", "source": "client_said"}
    observations.observe(swept.episode(swept.rosa), on=later, items={"C2": 3, "A2": 3, "B1": 3}, **who)
    sweep.drain(later)
    assert Finding.objects.filter(follow_up=row, sign="D18", state="open").exists()
    assert quiet(row) == ("", None) and row.due_at > later
    for ahead in (2, 5):
        sweep.sweep_day(TODAY + ahead * DAY, now=now + ahead * DAY)
        assert quiet(row) == ("", None), "it stays awake while that is open"


@pytest.mark.parametrize("kind", ["inpatient", "travel"])
def test_to_be_back_from_a_stay_is_about_safety(swept: cast.Cast, now: datetime, kind: str) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    away = pause(swept, swept.rosa, now, 40)
    assert quiet(row) == ("paused", TODAY + 41 * DAY), "the pause lasts longer than the rest"
    type(away).objects.filter(pk=away.pk).update(ends_on=TODAY + DAY, kind=kind)
    sweep.sweep_day(TODAY + 2 * DAY, now=now + 2 * DAY)
    assert Finding.objects.filter(follow_up=row, sign="D16", state="open").exists()
    assert quiet(row) == ("", None)


def test_who_declined_is_left_in_peace_after_a_report_that_was_none(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    FollowUp.objects.filter(pk=row.pk).update(quiet_as="paused", quiet_until=TODAY + 50 * DAY)
    sweep.sweep_day(TODAY + DAY, now=now + DAY)
    assert quiet(row) == ("declined", ENDS)


def test_a_longer_rest_for_another_reason_is_left_alone(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    until = TODAY + 9 * DAY
    FollowUp.objects.filter(pk=row.pk).update(quiet_until=until, quiet_as="snoozed", quiet_reason="asked")
    pause(swept, swept.rosa, now, 2)
    assert quiet(row) == ("snoozed", until)


# -- what waits for medical staff -------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", ["reached_rebooked", "reached_thinking", "reached_declined"])
def test_missed_doses_do_not_rest(swept: cast.Cast, now: datetime, result: str) -> None:
    row = row_of(swept, swept.terrence)
    assert Finding.objects.filter(follow_up=row, sign="D09", level="today", state="open").exists()
    reach(swept, row, now, result)
    assert quiet(row) == ("", None)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("reached_rebooked", "Stays open until medical staff confirm the missed doses."),
        ("reached_thinking", "Stays open until medical staff confirm the missed doses."),
        ("reached_declined", "Stays open until medical staff confirm the missed doses."),
        ("not_reached", "Stays open. Next try due Sat 21 Nov."),
    ],
)
def test_it_says_so_before(swept: cast.Cast, result: str, words: str) -> None:
    hours = histories.opening_hours(swept.riverside)
    said = followups.what_follows(result, today=TODAY, hours=hours, rest_days=14, medical_waits=True)
    assert str(said.words) == words


@pytest.mark.parametrize(
    ("sign", "level", "waits"),
    [("D09", "today", True), ("D09", "tomorrow", False), ("D08", "today", False)],
)
def test_only_what_is_for_today_and_for_medical_staff(
    swept: cast.Cast, sign: str, level: str, waits: bool
) -> None:
    assert followups.waits_for_medical([Finding(sign=sign, level=level)]) is waits


def test_pressing_is_how_it_was_when_the_try_was_made(swept: cast.Cast, now: datetime) -> None:
    for client, pressing in ((swept.rosa, True), (swept.marcus, False)):
        row = row_of(swept, client)
        made = reach(swept, row, now, "not_reached")
        assert made.pressing is pressing
        FollowUp.objects.filter(pk=row.pk).update(level="tomorrow" if pressing else "today")
        stay = swept.episode(client)
        known = histories.timelines(stay.clinic, [stay.pk], TODAY)[stay.pk].known
        assert [each.pressing for each in known.tries] == [pressing]


# -- wrong contacts ---------------------------------------------------------------------------------------------------


def test_a_wrong_contact_outlives_its_follow_up(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now, "not_reached")
    reach(swept, row, now + timedelta(minutes=5), "wrong_contact")
    followups.close(row, by=swept.maya, on=now, closed_as="not_a_concern", note="seen")
    stay = swept.episode(swept.rosa)

    def tries():
        known = histories.timelines(stay.clinic, [stay.pk], TODAY)[stay.pk].known
        return [(each.answer.value, each.open) for each in known.tries]

    assert tries() == [("wrong_contact", False)], "what came before it says nothing"
    later = now + timedelta(hours=1)
    Attempt.objects.create(
        episode=stay, follow_up=row, by=swept.maya, at=later, method="call", result="not_reached"
    )
    assert tries() == [("wrong_contact", False), ("not_reached", False)]


def test_desks_know_why_they_rest(swept: cast.Cast, now: datetime) -> None:
    row = row_of(swept, swept.rosa)
    reach(swept, row, now)
    (desk,) = [each for each in findings.open_desks([row.episode_id])[row.episode_id] if each.id == row.pk]
    assert (desk.quiet, desk.quiet_as, desk.quiet_until) == (True, "declined", ENDS)
