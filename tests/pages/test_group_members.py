"""Who belongs to a group, on its page and in a client's file: joining, waiting, leaving."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import groups, recurrence
from clinic.models import Appointment, Group, Membership, WaitingPlace
from tests.pages.mornings import TODAY

pytestmark = pytest.mark.usefixtures("before_the_sweep")

DAY = timedelta(days=1)


@pytest.fixture
def ben(client, house):
    client.force_login(house.ben)
    return client


@pytest.fixture
def on(house, before_the_sweep) -> dict:
    return {"by": house.ben, "on": before_the_sweep}


@pytest.fixture
def circle(house, on) -> Group:
    """Holds two; meets on Saturdays; nobody belongs to it yet."""
    about = groups.About(name="Circle", capacity=2, facilitator=house.ben)
    made = groups.make(house.riverside, **on, about=about)
    rule = recurrence.make("week", TODAY + DAY)
    groups.set_schedule(made, **on, times=groups.Times(rule, TODAY + DAY, time(16), 60))
    return made


def sentence(answer) -> str:
    return " ".join(answer.content.decode().split())


def send(browser, group, **data):
    return browser.post(reverse("group_members", args=[group.uid]), data)


def joining(house, who, **more) -> dict:
    key = {"form_key": uuid4(), "q": who.last_name, "joined_on": TODAY.isoformat()}
    return {"deed": "join", "client": house.episode(who).uid, **key, **more}


def fill(house, circle, on) -> list[Membership]:
    people = (house.rosa, house.keisha)
    return [groups.join(circle, house.episode(who), **on, joined_on=TODAY) for who in people]


# -- finding and joining ---------------------------------------------------------------------------------------------


def test_somebody_is_found_by_name_or_number_and_joins(ben, house, circle):
    for words in ("medi", "R-1001", "rosa med"):
        answer = send(ben, circle, deed="find", q=words)
        assert "Rosa Medina, R-1001" in sentence(answer)
        assert "Keisha" not in sentence(answer)
    assert send(ben, circle, **joining(house, house.rosa)).status_code == 302
    assert Appointment.objects.filter(group=circle, episode=house.episode(house.rosa)).count() == 12
    text = sentence(ben.get(reverse("group_members", args=[circle.uid])))
    assert "<b>Rosa</b> Medina" in text and "1 of 2 members" in text and "Rosa Medina belongs" in text


def test_nobody_of_another_clinic_or_discharged_is_found(ben, house, circle):
    for words in ("Lambert", "Chen", "H-2001"):
        assert "No client in care has this name or number." in sentence(
            send(ben, circle, deed="find", q=words)
        )
    answer = send(ben, circle, deed="find", q="")
    assert answer.status_code == 422 and "Write a part of the name" in sentence(answer)
    for who in (house.theo, house.victor):
        assert send(ben, circle, **joining(house, who)).status_code == 422
        assert send(ben, circle, **joining(house, who, q="")).status_code == 404
    assert not Membership.objects.filter(group=circle).exists()


def test_a_double_click_is_one_membership(ben, house, circle):
    data = joining(house, house.rosa)
    for _twice in (1, 2):
        assert send(ben, circle, **data).status_code == 302
    assert Membership.objects.filter(group=circle).count() == 1


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2020-01-01", "The admission was on Tue 25 Aug. Choose that day or a later one."),
        ("2030-01-01", "Choose a day within the next year."),
        ("tomorrow", "That is no date."),
        ("", "Choose a day."),
    ],
)
def test_a_day_that_cannot_be_is_said_at_its_field_and_nothing_is_lost(ben, house, circle, day, said):
    answer = send(ben, circle, **joining(house, house.rosa, joined_on=day))
    text = sentence(answer)
    assert answer.status_code == 422
    assert (said in text and "Rosa Medina, R-1001" in text and f'value="{day}"' in text) or not day
    assert not Membership.objects.filter(group=circle).exists()


def test_who_belongs_already_is_told_so(ben, house, circle):
    send(ben, circle, **joining(house, house.rosa))
    answer = send(ben, circle, **joining(house, house.rosa))
    assert answer.status_code == 422
    assert "This client belongs to the group, since Fri 20 Nov." in sentence(answer)


# -- a full group ----------------------------------------------------------------------------------------------------


def test_a_full_group_says_so_and_keeps_a_waiting_list(ben, house, circle, on):
    fill(house, circle, on)
    answer = send(ben, circle, **joining(house, house.linh))
    assert answer.status_code == 422
    assert "This group holds 2 members and is full." in sentence(answer)
    assert send(ben, circle, **joining(house, house.linh, deed="wait")).status_code == 302
    assert "Linh" in sentence(ben.get(reverse("group_members", args=[circle.uid])))
    listed = sentence(ben.get(reverse("groups")))
    assert "2 of 2" in listed and "1 waits" in listed


def test_the_place_that_gets_free_is_offered_to_the_next(ben, house, circle, on):
    rosas, _keishas = fill(house, circle, on)
    for who in (house.linh, house.paul):
        groups.wait(circle, house.episode(who), **on)
    groups.leave(rosas, **on, left_on=TODAY)
    text = sentence(ben.get(reverse("group_members", args=[circle.uid])))
    assert "1 place is free" in text
    assert text.index("<b>Linh</b>") < text.index(">next<") < text.index("<b>Paul</b>")
    paul = joining(house, house.paul, q="", place=WaitingPlace.objects.get(episode__client=house.paul).pk)
    answer = send(ben, circle, **paul)
    assert answer.status_code == 422 and "1 person waits longer for this place." in sentence(answer)
    linh = joining(house, house.linh, q="", place=WaitingPlace.objects.get(episode__client=house.linh).pk)
    assert send(ben, circle, **linh).status_code == 302
    assert Membership.objects.filter(group=circle, episode=house.episode(house.linh)).exists()


def test_a_place_may_be_given_all_the_same(ben, house, circle, on):
    rosas, _keishas = fill(house, circle, on)
    groups.wait(circle, house.episode(house.linh), **on)
    groups.leave(rosas, **on, left_on=TODAY)
    answer = send(ben, circle, **joining(house, house.paul))
    assert "Give the place all the same" in sentence(answer)
    assert send(ben, circle, **joining(house, house.paul, despite="on")).status_code == 302


def test_somebody_no_longer_waits(ben, house, circle, on):
    fill(house, circle, on)
    place = groups.wait(circle, house.episode(house.linh), **on)
    assert send(ben, circle, deed="stop", place=place.pk).status_code == 302
    place.refresh_from_db()
    assert place.ended == "withdrawn"
    assert send(ben, circle, deed="stop", place=999_999).status_code == 404


# -- leaving ---------------------------------------------------------------------------------------------------------


def test_a_place_ends_and_what_is_recorded_stays(ben, house):
    group, stay = house.evening_skills, house.episode(house.rosa)
    place = Membership.objects.get(group=group, episode=stay)
    before = Appointment.objects.filter(episode=stay, starts_at__lt=house.at(TODAY, 8, 30)).count()
    data = {"deed": "leave", "membership": place.pk, "left_on": TODAY.isoformat(), "ended": "stopped_coming"}
    assert send(ben, group, **data).status_code == 302
    left = Appointment.objects.filter(episode=stay, group__isnull=False)
    assert not left.filter(starts_at__gt=house.at(TODAY, 8, 30)).exists()
    assert Appointment.objects.filter(episode=stay, starts_at__lt=house.at(TODAY, 8, 30)).count() == before
    text = sentence(ben.get(reverse("group_members", args=[group.uid])))
    assert "Client stopped coming" in text and "Rosa Medina" in text
    again = send(ben, group, **{**data, "ended": "completed"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"left_on": "2020-01-01"}, "The end lies before the start: they joined on"),
        ({"ended": ""}, "Choose why it ends."),
        ({"left_on": "never"}, "That is no date."),
    ],
)
def test_an_end_that_cannot_be_says_why(ben, house, what, said):
    place = Membership.objects.get(group=house.evening_skills, episode=house.episode(house.rosa))
    data = {"deed": "leave", "membership": place.pk, "left_on": TODAY.isoformat(), "ended": "completed"}
    answer = send(ben, house.evening_skills, **{**data, **what})
    assert answer.status_code == 422
    assert said in sentence(answer)
    place.refresh_from_db()
    assert place.left_on is None


def test_a_place_in_another_group_is_a_stranger(ben, house, circle, on):
    place = Membership.objects.get(group=house.harbor_group)
    data = {"deed": "leave", "membership": place.pk, "left_on": TODAY.isoformat(), "ended": "completed"}
    assert send(ben, circle, **data).status_code == 404


def test_nothing_looked_for_stands_in_an_address(ben, house, circle):
    for answer in (
        send(ben, circle, deed="find", q="Medina"),
        send(ben, circle, **joining(house, house.rosa, joined_on="x")),
    ):
        assert "?q" not in answer.content.decode() and "Medina" not in answer.headers.get("Location", "")


def test_a_search_costs_the_same_for_one_or_many(ben, house, circle):
    def cost(words: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            send(ben, circle, deed="find", q=words)
        return len(caught.captured_queries)

    assert cost("Medina") == cost("a")


# -- from the client's file ------------------------------------------------------------------------------------------


def own(browser, who, **data):
    return browser.post(reverse("client_groups", args=[who.uid]), data)


def test_a_case_manager_sends_an_own_client_to_a_group(client, house, circle):
    client.force_login(house.maya)
    text = sentence(client.get(reverse("client_groups", args=[house.rosa.uid])))
    assert "Evening skills" in text and "Circle · every week on Saturday 16:00 · 0 of 2 members" in text
    assert "Harbor evening group" not in text and "Keisha" not in text
    data = {"deed": "join", "group": circle.uid, "joined_on": TODAY.isoformat(), "form_key": uuid4()}
    for _twice in (1, 2):
        assert own(client, house.rosa, **data).status_code == 302
    assert Membership.objects.filter(group=circle).count() == 1


def test_a_full_group_is_said_to_the_case_manager(client, house, circle, on):
    fill(house, circle, on)
    client.force_login(house.maya)
    data = {"group": circle.uid, "joined_on": TODAY.isoformat()}
    answer = own(client, house.linh, deed="join", **data)
    assert answer.status_code == 422
    assert "This group holds 2 members and is full." in sentence(answer)
    assert own(client, house.linh, deed="wait", **data).status_code == 302
    assert "waiting since Fri 20 Nov" in sentence(client.get(reverse("client_groups", args=[house.linh.uid])))
    other = own(client, house.linh, deed="join", **{**data, "group": house.harbor_group.uid})
    assert other.status_code == 422


@pytest.mark.parametrize("stranger", ["jonas", "tunde", "anne", "lucia", "ben", "priya", "alex"])
def test_nobody_else_sends_a_client_to_a_group(client, house, circle, stranger):
    client.force_login(getattr(house, stranger))
    data = {"deed": "join", "group": circle.uid, "joined_on": TODAY.isoformat()}
    assert client.get(reverse("client_groups", args=[house.rosa.uid])).status_code == 404
    assert own(client, house.rosa, **data).status_code == 404
    assert not Membership.objects.filter(group=circle).exists()


def test_the_client_s_page_costs_the_same_with_many_groups(client, house, circle, on):
    client.force_login(house.maya)

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("client_groups", args=[house.rosa.uid])).status_code == 200
        return len(caught.captured_queries)

    few = cost()
    for number in range(5):
        made = groups.make(house.riverside, **on, about=groups.About(name=f"Group {number}"))
        rule = recurrence.make("week", TODAY + DAY)
        groups.set_schedule(made, **on, times=groups.Times(rule, TODAY + DAY, time(16), 60))
        groups.join(made, house.episode(house.rosa), **on, joined_on=TODAY)
    assert cost() == few


# -- what no form may break on ---------------------------------------------------------------------------------------


def test_what_no_database_takes_is_looked_for_without_it(ben, house, circle):
    """PostgreSQL refuses a NUL in a query."""
    with CaptureQueriesContext(connection) as caught:
        answers = [
            send(ben, circle, deed="find", q="med\0ina"),
            send(ben, circle, **joining(house, house.rosa, q="med\0ina", client="")),
        ]
    assert [answer.status_code for answer in answers] == [422, 422]
    asked = [query["sql"] for query in caught.captured_queries]
    assert not any("\0" in sql for sql in asked) and any("medina" in sql.lower() for sql in asked)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_refused_in_a_sentence(ben, house, circle, on, day):
    place = fill(house, circle, on)[0]
    tries = (
        send(ben, circle, **joining(house, house.linh, joined_on=day)),
        send(ben, circle, deed="leave", membership=place.pk, left_on=day, ended="moved_on"),
    )
    for answer in tries:
        assert answer.status_code == 422 and "That day is too far away." in sentence(answer)
