"""The groups one keeps: when each meets next, and which sessions still lack somebody."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Appointment, Group, Membership, Session
from tests import cast

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning():
    """It is 08:30 at Riverside: the session of 10:00 is still to come."""
    with time_machine.travel("2026-11-20T15:30:00Z", tick=False):
        yield


def page(client, address="groups", *args):
    answer = client.get(reverse(address, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_facilitator_sees_the_own_groups_with_the_next_session(client, house):
    Group.objects.create(clinic=house.riverside, name="Family evening", facilitator=house.sam)
    client.force_login(house.ben)
    text = page(client)
    assert "Evening skills" in text and "Morning skills" in text
    assert "Family evening" not in text
    assert "10:00 today" in text
    assert reverse("register", args=[house.register.uid]) in text


def test_a_supervisor_sees_the_groups_of_the_clinic(client, house):
    Group.objects.create(clinic=house.riverside, name="Family evening", facilitator=house.sam)
    client.force_login(house.ruth)
    text = page(client)
    assert "Family evening" in text and "Morning skills" in text
    assert "Harbor evening group" not in text


def test_unrecorded_seats_are_counted_as_the_group_page_shows_them(client, house):
    last = Session.objects.get(group=house.morning_skills, starts_at=house.at(TODAY - timedelta(days=7), 10))
    Appointment.objects.filter(session=last).update(outcome="scheduled", participation=None)
    client.force_login(house.ben)
    seats = Appointment.objects.filter(session=last).count()
    listed = page(client)
    row = listed[listed.index("Morning skills") :]
    assert f'#sessions">{seats}</a>' in row
    text = page(client, "group", house.morning_skills.uid)
    line = text[text.index(reverse("register", args=[last.uid])) :]
    assert f">{seats}</td>" in line[: line.index("</tr>")]
    assert f">{seats}</td>" in text[text.index("<tfoot>") :]


def test_what_is_still_to_come_is_not_unrecorded(client, house):
    client.force_login(house.ben)
    text = page(client, "group", house.morning_skills.uid)
    line = text[text.index(reverse("register", args=[house.register.uid])) :]
    assert "to come" in line[: line.index("</tr>")]


def test_the_roster_holds_who_belongs_to_it_today(client, house):
    Membership.objects.filter(episode=house.episode(house.keisha)).update(left_on=TODAY, ended="completed")
    client.force_login(house.ben)
    text = page(client, "group", house.morning_skills.uid)
    assert "<b>Gloria</b> Ames" in text and "<b>Marcus</b> Webb" in text
    assert "Keisha" not in text and "Rosa" not in text
    assert "3 members" in text


def test_somebody_without_a_group_is_told_what_to_expect(client, house):
    client.force_login(house.sam)
    assert "No group is yours yet." in page(client)


@pytest.mark.parametrize("stranger", ["maya", "lucia", "priya", "sam", "dasha", "anne", "alex", None])
def test_a_stranger_gets_nothing_of_a_group(client, house, stranger):
    if stranger:
        client.force_login(getattr(house, stranger))
    answer = client.get(reverse("group", args=[house.morning_skills.uid]))
    assert answer.status_code == (404 if stranger else 302)
    assert not any(name in answer.content.decode() for name in ("Morning skills", "Keisha", "Gloria"))
    listed = client.get(reverse("groups"))
    assert "Morning skills" not in listed.content.decode()
    assert listed.status_code == {"sam": 200, "dasha": 200, "anne": 200, None: 302}.get(stranger, 404)


def test_denied_and_missing_answer_the_same(client, house):
    client.force_login(house.dasha)
    denied = client.get(reverse("group", args=[house.morning_skills.uid]))
    missing = client.get(reverse("group", args=["00000000-0000-4000-8000-000000000000"]))
    assert denied.content == missing.content


def test_the_pages_cost_the_same_for_one_group_or_many(client, house):
    client.force_login(house.ben)

    def cost(*where):
        with CaptureQueriesContext(connection) as caught:
            page(client, *where)
        return len(caught.captured_queries)

    few = cost("groups"), cost("group", house.morning_skills.uid)
    for number in range(6):
        group = Group.objects.create(clinic=house.riverside, name=f"Group {number}", facilitator=house.ben)
        for week in range(6):
            Session.objects.create(group=group, starts_at=house.at(TODAY - timedelta(weeks=week), 15))
    for person in (house.rosa, house.linh, house.isaiah, house.irina):
        Membership.objects.create(
            episode=house.episode(person), group=house.morning_skills, joined_on=TODAY - timedelta(days=30)
        )
    assert (cost("groups"), cost("group", house.morning_skills.uid)) == few
