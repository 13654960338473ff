"""The door: who comes in, who does not and learns nothing, and where each kind of person begins."""

import re

import pytest
from django.utils import timezone

from clinic import models, sign_ins
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return cast.house(timezone.now().astimezone(cast.RIVERSIDE_ZONE).date())


def sign_in(client, username="maya", password=cast.PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_a_case_manager_signs_in_and_begins_with_today(client, house):
    response = sign_in(client)

    assert response.status_code == 302
    assert response.url == "/"
    assert client.get("/").url == "/today/"


@pytest.mark.parametrize(
    ("who", "first"),
    [
        ("maya", "/today/"),
        ("ruth", "/caseloads/"),
        ("lucia", "/day/"),
        ("priya", "/day/"),
        ("ben", "/groups/"),
        ("rita", "/today/"),
    ],
)
def test_everybody_begins_on_the_page_of_their_role(client, house, who, first):
    client.force_login(getattr(house, who))

    assert client.get("/").url == first


def test_an_administrator_sees_who_they_are_and_no_client(client, house):
    client.force_login(house.alex)

    response = client.get("/")
    page = response.content.decode()

    assert response.status_code == 200
    assert "Alex Moreno" in page and "Administrator" in page
    assert "Medina" not in page
    assert 'id="find-client"' not in page, "the search would lead nowhere"


def test_somebody_without_a_clinic_is_told_what_to_do(client, house):
    client.force_login(models.Staff.objects.create_user("new", password="x"))

    assert "no clinic or no role yet" in client.get("/").content.decode()


def test_a_wrong_password_a_wrong_name_and_a_closed_account_get_the_same_answer(client, house):
    models.Staff.objects.filter(pk=house.jonas.pk).update(is_active=False)
    tries = [("maya", "wrong"), ("nobody", cast.PASSWORD), ("jonas", cast.PASSWORD)]

    answers = [sign_in(client, *each) for each in tries]

    for (username, password), response in zip(tries, answers, strict=True):
        page = response.content.decode()
        assert response.status_code == 422
        assert "do not belong together" in page
        assert f'value="{username}"' in page, "the name stays"
        assert f'value="{password}"' not in page, "the password does not"
    assert "_auth_user_id" not in client.session


def test_the_way_one_was_going_is_kept(client, house):
    asked = client.get("/clients/")
    assert asked.url == "/sign-in/?next=/clients/"
    assert 'value="/clients/"' in client.get(asked.url).content.decode()

    assert sign_in(client, next="/clients/").url == "/clients/"


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_to_another_site(client, house, away):
    assert sign_in(client, next=away).url == "/"


def test_signing_out_takes_a_post_and_ends_the_session(client, house):
    client.force_login(house.maya)
    assert client.get("/sign-out/").status_code == 405

    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/").url == "/sign-in/?next=/"


def test_the_demo_sign_ins_stand_on_the_page_one_a_role_and_they_work(client, house):
    listed = sign_ins.demo_sign_ins()
    page = client.get("/sign-in/").content.decode()

    assert [each.what for each in listed] == [role.label for role in models.Role]
    assert all(each.username in page for each in listed)
    assert sign_in(client, listed[0].username, listed[0].password).status_code == 302


def test_no_sign_in_is_listed_without_demo_people_and_none_in_production(client, house, settings):
    settings.PRODUCTION = True
    assert sign_ins.PASSWORD not in client.get("/sign-in/").content.decode()

    settings.PRODUCTION = False
    models.Staff.objects.update(is_demo=False)
    assert sign_ins.PASSWORD not in client.get("/sign-in/").content.decode()


def test_the_ways_to_go_are_those_of_the_roles_held(client, house):
    client.force_login(house.ruth)
    page = client.get("/caseloads/").content.decode()
    nav = re.search(r'<nav class="topnav".*?</nav>', page, re.DOTALL)[0]

    assert re.findall(r">([^<>]+)</a>", nav) == ["Caseloads", "Day sheet", "Groups", "Clients", "Closed days"]
    assert re.findall(r'aria-current="page">([^<>]+)</a>', nav) == ["Caseloads"]


@pytest.mark.parametrize(("who", "zone"), [("ruth", "America/Denver"), ("anne", "America/New_York")])
def test_times_are_shown_in_the_zone_of_the_persons_clinic_and_not_afterwards(
    client, house, who, zone, monkeypatch
):
    zones = []
    monkeypatch.setattr(
        "clinic.views.frame.banner", lambda request: zones.append(timezone.get_current_timezone_name())
    )
    client.force_login(getattr(house, who))
    client.get("/caseloads/")

    assert set(zones) == {zone}
    assert timezone.get_current_timezone_name() == "UTC"
