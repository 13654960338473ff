"""Running a group on its pages: what it is, when it meets, one session moved or cancelled."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import attendance, groups, recurrence
from clinic.models import Appointment, Closure, Group, Membership, Series, Session
from tests.pages.mornings import TODAY

pytestmark = pytest.mark.usefixtures("before_the_sweep")

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
WEDNESDAY = TODAY + 5 * DAY
ABOUT = {"name": "Circle", "kind": "peer support", "room": "Room 5", "capacity": "8"}
TIMES = {
    "every": "week",
    "starts_on": WEDNESDAY.isoformat(),
    "at": "16:00",
    "ends_at": "17:30",
    "mode": "in_person",
}


@pytest.fixture
def ben(client, house):
    client.force_login(house.ben)
    return client


@pytest.fixture
def circle(house, before_the_sweep) -> Group:
    about = groups.About(name="Circle", capacity=8, facilitator=house.ben)
    return groups.make(house.riverside, by=house.ben, on=before_the_sweep, about=about)


@pytest.fixture
def meets(house, circle, before_the_sweep) -> Series:
    rule = recurrence.make("week", WEDNESDAY)
    times = groups.Times(rule, WEDNESDAY, time(16), 90)
    return groups.set_schedule(circle, by=house.ben, on=before_the_sweep, times=times).series


@pytest.fixture
def session(house, circle, meets, before_the_sweep) -> Session:
    for who in (house.rosa, house.keisha):
        groups.join(circle, house.episode(who), by=house.ben, on=before_the_sweep, joined_on=TODAY)
    return Session.objects.filter(group=circle).earliest("starts_at")


def sentence(answer) -> str:
    """Everything a page says, in one line."""
    return " ".join(answer.content.decode().split())


def plan(client, session: Session, **more):
    session.refresh_from_db()
    data = {"version": session.version, **more}
    return client.post(reverse("session_plan", args=[session.uid]), data)


# -- what a group is -------------------------------------------------------------------------------------------------


def test_a_facilitator_begins_a_group_and_is_led_to_its_times(ben, house):
    answer = ben.post(
        reverse("new_group"),
        {**ABOUT, "facilitator": house.ben.uid, "co_facilitators": [house.sam.uid], "form_key": uuid4()},
    )
    made = Group.objects.get(name="Circle")
    assert answer["Location"] == reverse("group_schedule", args=[made.uid])
    assert (made.kind, made.capacity, list(made.co_facilitators.all())) == ("peer support", 8, [house.sam])
    text = sentence(ben.get(reverse("group", args=[made.uid])))
    assert "peer support" in text and "0 of 8 members" in text and "Ben Castillo, Sam Whitfield" in text


def test_who_helps_to_lead_a_group_opens_it_and_its_registers(client, house, circle, session):
    circle.co_facilitators.add(house.sam)
    client.force_login(house.sam)
    assert "Circle" in sentence(client.get(reverse("groups")))
    for name, uid in (("group", circle.uid), ("register", session.uid), ("session_plan", session.uid)):
        assert client.get(reverse(name, args=[uid])).status_code == 200, name


def test_sent_twice_it_is_one_group(ben, house):
    data = {**ABOUT, "form_key": uuid4()}
    for _twice in (1, 2):
        assert ben.post(reverse("new_group"), data).status_code == 302
    assert Group.objects.filter(name="Circle").count() == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"name": ""}, "Give the group a name."),
        ({"name": "Morning skills"}, "Another group of this clinic has this name."),
        ({"capacity": "0"}, "Give 1 to 200 members"),
        ({"capacity": "many"}, "Give a whole number."),
        ({"facilitator": "not-one"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(ben, what, said):
    answer = ben.post(reverse("new_group"), {**ABOUT, **what})
    assert answer.status_code == 422
    assert said in sentence(answer) and "Room 5" in sentence(answer)
    assert not Group.objects.filter(room="Room 5").exists()


def test_a_change_on_an_old_page_shows_what_stands_and_keeps_what_was_typed(ben, house, circle):
    url = reverse("change_group", args=[circle.uid])
    Group.objects.filter(pk=circle.pk).update(room="Room 9", version=2)
    data = {"name": "Ring", "capacity": "8", "facilitator": house.ben.uid, "version": "1"}
    answer = ben.post(url, data)
    assert answer.status_code == 409
    text = sentence(answer)
    assert "Somebody else changed this group meanwhile" in text
    assert "Room: Room 9" in text and 'value="Ring"' in text
    assert Group.objects.get(pk=circle.pk).name == "Circle"
    assert ben.post(url, {**data, "version": "2"}).status_code == 302
    assert Group.objects.get(pk=circle.pk).name == "Ring"


def test_a_group_ends_and_runs_again(ben, house, circle, session):
    url = reverse("change_group", args=[circle.uid])
    past = {"deed": "close", "version": circle.version, "closed_on": (TODAY - DAY).isoformat()}
    answer = ben.post(url, past)
    assert answer.status_code == 422 and "That day has passed." in sentence(answer)
    assert ben.post(url, {**past, "closed_on": TODAY.isoformat()}).status_code == 302
    assert not Session.objects.filter(group=circle).exists()
    assert "ends Fri 20 Nov" in sentence(ben.get(reverse("groups")))
    circle.refresh_from_db()
    assert ben.post(url, {"deed": "reopen", "version": circle.version}).status_code == 302
    circle.refresh_from_db()
    assert circle.closed_on is None


def test_whoever_gives_a_group_away_is_led_to_the_list(ben, house, circle):
    data = {"name": "Circle", "facilitator": house.sam.uid, "version": circle.version}
    answer = ben.post(reverse("change_group", args=[circle.uid]), data)
    assert answer["Location"] == reverse("groups")


# -- when it meets ---------------------------------------------------------------------------------------------------


def test_a_group_is_given_its_times_and_its_page_says_them(ben, house, circle):
    answer = ben.post(reverse("group_schedule", args=[circle.uid]), {**TIMES, "form_key": uuid4()})
    assert answer["Location"] == reverse("group", args=[circle.uid])
    assert Session.objects.filter(group=circle).count() == 12
    text = sentence(ben.get(answer["Location"]))
    assert "12 sessions made." in text
    assert "Every week on Wednesday, 16:00–17:30" in text
    assert "Wed 25 Nov 16:00" in text


def test_times_sent_twice_are_one_rule(ben, circle):
    data = {**TIMES, "form_key": uuid4()}
    for _twice in (1, 2):
        assert ben.post(reverse("group_schedule", args=[circle.uid]), data).status_code == 302
    assert Series.objects.filter(group=circle).count() == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"ends_at": "15:00"}, "The end lies before the start."),
        ({"ends_at": "16:00"}, "The end lies before the start."),
        ({"at": "late"}, "That is no time. Write it like 17:30."),
        ({"starts_on": "soon"}, "That is no date."),
        ({"until": "2026-11-20"}, "The end lies before the start."),
        ({"until": "2030-01-01"}, "At most two years ahead"),
        ({"count": "0"}, "Choose 1 to 200 times."),
        ({"count": "3", "until": "2026-12-20"}, "not both"),
        ({"without": "christmas"}, "“christmas” is no date."),
        ({"starts_on": "2028-11-20"}, "Choose a day within the next year."),
        ({"every": "sometimes"}, "Select a valid choice"),
    ],
)
def test_times_that_cannot_be_say_why_at_their_field(ben, circle, what, said):
    answer = ben.post(reverse("group_schedule", args=[circle.uid]), {**TIMES, **what})
    assert answer.status_code == 422
    assert said in sentence(answer)
    for value in what.values():
        assert f'value="{value}"' in sentence(answer) or value == "sometimes", "what was typed stays"
    assert not Series.objects.exists()


def test_new_times_say_what_became_of_the_sessions(ben, house, circle, session, meets):
    row = Appointment.objects.filter(session=session).first()
    attendance.mark(row, by=house.ben, on=house.at(TODAY, 8, 30), outcome="excused", excuse="work")
    page = sentence(ben.get(reverse("group_schedule", args=[circle.uid])))
    assert 'value="16:00"' in page and 'value="17:30"' in page and 'value="2026-11-25"' in page
    data = {**TIMES, "weekdays": ["2"], "at": "15:00", "series": meets.pk, "version": "1"}
    answer = ben.post(reverse("group_schedule", args=[circle.uid]), {**data, "form_key": uuid4()})
    text = sentence(ben.get(answer["Location"]))
    assert "11 coming sessions have their new time. 1 session stays" in text
    again = ben.post(reverse("group_schedule", args=[circle.uid]), {**data, "form_key": uuid4()})
    assert again.status_code == 409
    assert "Somebody else changed this schedule meanwhile." in sentence(again)


def test_times_end(ben, circle, session, meets):
    url = reverse("group_schedule", args=[circle.uid])
    data = {"deed": "end", "series": meets.pk, "version": "1", "ended_on": (TODAY - DAY).isoformat()}
    answer = ben.post(url, data)
    assert answer.status_code == 422 and "That day has passed." in sentence(answer)
    assert ben.post(url, {**data, "ended_on": TODAY.isoformat()}).status_code == 302
    assert not Session.objects.filter(group=circle).exists()


def test_a_rule_of_another_group_is_a_stranger(ben, house, circle, meets):
    url = reverse("group_schedule", args=[house.morning_skills.uid])
    data = {"deed": "end", "series": meets.pk, "version": "1", "ended_on": TODAY.isoformat()}
    assert ben.post(url, data).status_code == 404


def test_one_more_session_beside_the_schedule(ben, house, circle, session):
    url = reverse("group_schedule", args=[circle.uid])
    data = {
        "deed": "extra",
        "day": TODAY.isoformat(),
        "at": "14:00",
        "ends_at": "15:00",
        "mode": "video",
        "topic": "Sleep",
        "form_key": uuid4(),
    }
    for _twice in (1, 2):
        assert ben.post(url, data).status_code == 302
    extra = Session.objects.get(group=circle, series=None)
    assert (extra.mode, extra.minutes, extra.seats.count()) == ("video", 60, 2)
    answer = ben.post(url, {**data, "form_key": uuid4()})
    assert answer.status_code == 422
    assert "Another session of this group is at that time." in sentence(answer)


# -- one session -----------------------------------------------------------------------------------------------------


def test_a_session_is_moved_and_its_page_says_from_where(ben, house, circle, session):
    then = {"day": (WEDNESDAY + DAY).isoformat(), "at": "11:00", "ends_at": "12:30", "reason": "Room is free"}
    assert plan(ben, session, deed="move", **then).status_code == 302
    session.refresh_from_db()
    assert session.starts_at == house.at(WEDNESDAY + DAY, 11)
    assert "moved from Wed 25 Nov 16:00" in sentence(ben.get(reverse("group", args=[circle.uid])))
    assert {seat.starts_at for seat in session.seats.all()} == {session.starts_at}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"day": "2026-11-26"}, "The clinic is closed on that day: Staff training."),
        ({"day": "2026-12-02"}, "Another session of this group is at that time."),
        ({"day": "2026-11-19"}, "That time has passed."),
        ({"ends_at": "09:00"}, "The end lies before the start."),
        ({"day": "2029-01-01"}, "Choose a day within the next year."),
        ({"day": ""}, "Choose a day."),
    ],
)
def test_a_session_moves_to_no_impossible_time(ben, house, session, what, said):
    Closure.objects.create(clinic=house.riverside, day=WEDNESDAY + DAY, reason="Staff training")
    usual = {"day": WEDNESDAY.isoformat(), "at": "16:30", "ends_at": "18:00", "reason": "Because"}
    answer = plan(ben, session, deed="move", **{**usual, **what})
    assert answer.status_code == 422
    assert said in sentence(answer) and 'value="Because"' in sentence(answer)
    was = session.starts_at
    session.refresh_from_db()
    assert session.starts_at == was


def test_members_expected_elsewhere_are_named_before_a_session_moves(ben, house, session):
    house.visits(house.rosa, "medical", "S", last=-(WEDNESDAY + DAY - TODAY).days, at=time(11, 30))
    then = {"deed": "move", "day": (WEDNESDAY + DAY).isoformat(), "at": "11:00", "ends_at": "12:30"}
    answer = plan(ben, session, **then)
    text = sentence(answer)
    assert answer.status_code == 422
    assert "Expected elsewhere at that time:</b> Rosa Medina." in text
    assert "Keisha Grant" not in text and "medical" not in text.lower(), "who, not why"
    assert plan(ben, session, **then, despite="on").status_code == 302


def test_a_weekday_on_which_the_clinic_is_shut_is_said(ben, house, session):
    house.riverside.opening_days = [0, 1, 2, 3, 4]
    house.riverside.save()
    saturday = {"deed": "move", "day": (WEDNESDAY + 3 * DAY).isoformat(), "at": "11:00", "ends_at": "12:00"}
    answer = plan(ben, session, **saturday)
    assert answer.status_code == 422
    assert "The clinic is not open on that weekday." in sentence(answer)


def test_a_session_is_cancelled_and_taken_back(ben, house, circle, session):
    answer = plan(ben, session, deed="cancel", reason="")
    assert answer.status_code == 422 and "Say why in a few words." in sentence(answer)
    assert plan(ben, session, deed="cancel", reason="Facilitator away").status_code == 302
    assert set(session.seats.values_list("outcome", flat=True)) == {"cancelled_by_clinic"}
    text = sentence(ben.get(reverse("group", args=[circle.uid])))
    assert "cancelled: Facilitator away" in text and "Take back" in text
    assert plan(ben, session, deed="restore").status_code == 302
    assert set(session.seats.values_list("outcome", flat=True)) == {"scheduled"}


def test_a_stale_session_is_told_so_and_what_was_typed_stays(ben, session):
    Session.objects.filter(pk=session.pk).update(version=7)
    url = reverse("session_plan", args=[session.uid])
    answer = ben.post(url, {"deed": "cancel", "reason": "Burst pipe", "version": "1"})
    assert answer.status_code == 409
    text = sentence(answer)
    assert "Somebody else changed this session meanwhile" in text
    assert 'value="Burst pipe"' in text and 'value="7"' in text


def test_a_session_that_took_place_offers_its_register(ben, house):
    last = Session.objects.filter(group=house.morning_skills, starts_at__lt=house.at(TODAY, 8)).latest(
        "starts_at"
    )
    text = sentence(ben.get(reverse("session_plan", args=[last.uid])))
    assert "Attendance is recorded of this session" in text and "Move the session" not in text


# -- strangers, and what it costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["change_group", "group_schedule", "group_members", "session_plan"])
@pytest.mark.parametrize("stranger", ["maya", "lucia", "priya", "sam", "dasha", "anne", "alex"])
def test_a_stranger_changes_nothing_of_a_group(client, house, circle, session, name, stranger):
    client.force_login(getattr(house, stranger))
    url = reverse(name, args=[session.uid if name == "session_plan" else circle.uid])
    before = list(Session.objects.values_list()), list(Membership.objects.values_list())
    missing = client.get(reverse(name, args=[uuid4()]))
    for answer in (client.get(url), client.post(url, {"deed": "cancel", "reason": "x", "version": 1})):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert (list(Session.objects.values_list()), list(Membership.objects.values_list())) == before


def test_the_pages_cost_the_same_in_a_larger_group(ben, house, circle, session):
    def cost(name, uid) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert ben.get(reverse(name, args=[uid])).status_code == 200
        return len(caught.captured_queries)

    names = ("group", "change_group", "group_schedule", "group_members")

    def costs():
        return [*(cost(name, circle.uid) for name in names), cost("session_plan", session.uid)]

    few = costs()
    on = {"by": house.ben, "on": house.at(TODAY, 8, 30)}
    for who in (house.linh, house.gloria, house.marcus, house.irina):
        groups.join(circle, house.episode(who), **on, joined_on=TODAY)
    for who in (house.isaiah, house.marisol):
        groups.wait(circle, house.episode(who), **on)
    rule = recurrence.make("week", TODAY + DAY)
    groups.set_schedule(circle, **on, times=groups.Times(rule, TODAY + DAY, time(9), 60))
    assert costs() == few


# -- what no form may break on ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [None, "", "x"])
def test_a_group_is_not_changed_without_saying_what_was_on_the_screen(ben, house, circle, version):
    told = {} if version is None else {"version": version}
    url = reverse("change_group", args=[circle.uid])
    answer = ben.post(url, {"name": "Ring", "facilitator": house.ben.uid, **told})
    assert answer.status_code in (409, 422)
    circle.refresh_from_db()
    assert circle.name == "Circle"


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_refused_in_a_sentence(ben, circle, meets, session, day):
    url = reverse("group_schedule", args=[circle.uid])
    what = {"at": "16:00", "ends_at": "17:00", "mode": "in_person"}
    tries = (
        ben.post(url, {**TIMES, "starts_on": day}),
        ben.post(url, {**TIMES, "until": day}),
        ben.post(url, {**TIMES, "without": day}),
        ben.post(url, {**TIMES, "starts_on": day, "series": meets.pk, "version": meets.version}),
        ben.post(url, {"deed": "end", "series": meets.pk, "version": meets.version, "ended_on": day}),
        ben.post(url, {"deed": "extra", "day": day, **what}),
        ben.post(
            reverse("change_group", args=[circle.uid]), {"deed": "close", "version": 1, "closed_on": day}
        ),
        plan(ben, session, day=day, **what),
    )
    for number, answer in enumerate(tries):
        assert answer.status_code == 422, number
        assert "That day is too far away." in sentence(answer), number


@pytest.mark.parametrize("series", ["\u00b2", "9" * 18, "9" * 19, "9" * 5000, "-1"])
def test_a_schedule_that_is_none_breaks_nothing(ben, circle, meets, series):
    data = {**TIMES, "series": series, "version": "1"}
    assert ben.post(reverse("group_schedule", args=[circle.uid]), data).status_code in (404, 422)
    assert Series.objects.get(group=circle) == meets
