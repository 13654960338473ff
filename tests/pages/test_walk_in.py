"""Somebody who came without an appointment: found by a search, noted once."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Appointment, AuditEntry, Episode, Recheck, Recording
from tests import cast

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning():
    """It is 10:42 at Riverside."""
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


@pytest.fixture
def lucia(client, house):
    client.force_login(house.lucia)
    return client


def look(client, words):
    return client.post(reverse("walk_in"), {"find": words})


def filled_in(browser, who, words=None, **told):
    """What the page sends once somebody was found: its own key, and what is chosen."""
    text = look(browser, words or who.record_number).content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', text)[1]
    return {
        "find": words or who.record_number,
        "form_key": key,
        "client": str(who.uid),
        "channel": "counselling",
        "staff": "",
        "at": "",
        **told,
    }


def rows(house, who):
    return Appointment.objects.filter(episode=house.episode(who), starts_at__date=TODAY, outcome="attended")


@pytest.mark.parametrize("words", ["Medin", "rosa", "R-1001", "rosa medi"])
def test_a_client_is_found_by_name_or_number(lucia, words):
    text = look(lucia, words).content.decode()
    assert "Rosa Medina" in text and "R-1001" in text
    assert "Marcus" not in text and "(505)" not in text


def test_no_name_stands_in_an_address(lucia, house):
    answer = lucia.post(reverse("walk_in"), filled_in(lucia, house.rosa))
    assert "Rosa" not in answer.url and "R-1001" not in answer.url
    assert lucia.get(reverse("walk_in"), {"find": "Medin"}).content.decode().count("Rosa") == 0


def test_the_visit_stands_on_the_sheet_as_arrived(lucia, house):
    answer = lucia.post(
        reverse("walk_in"), filled_in(lucia, house.rosa, staff=str(house.maya.uid), at="10:20")
    )
    assert answer.status_code == 302
    row = rows(house, house.rosa).get()
    assert answer.url == f"/day/#a-{row.uid}"
    assert (row.starts_at, row.staff, row.recorded_by) == (house.at(TODAY, 10, 20), house.maya, house.lucia)
    assert Recheck.objects.filter(episode=row.episode).exists()
    assert Recording.objects.get(appointment=row).after["outcome"] == "attended"
    assert set(AuditEntry.objects.values_list("deed", flat=True)) >= {"walk_in", "mark_attendance"}
    assert "Rosa Medina" in lucia.get(reverse("day")).content.decode()


def test_without_a_time_they_came_now(lucia, house):
    lucia.post(reverse("walk_in"), filled_in(lucia, house.rosa))
    assert rows(house, house.rosa).get().starts_at == house.at(TODAY, 10, 42)


def test_the_form_sent_a_hundred_times_notes_one_visit(lucia, house):
    told = filled_in(lucia, house.rosa)
    assert {lucia.post(reverse("walk_in"), told).status_code for _ in range(100)} == {302}
    assert rows(house, house.rosa).count() == 1


@pytest.mark.parametrize(("told", "sentence"), [
    ({"client": ""}, "Choose who came."),
    ({"client": "00000000-0000-4000-8000-000000000000"}, "Choose who came."),
    ({"client": "Rosa"}, "Choose who came."),
    ({"at": "23:00"}, "Nobody has come yet."),
    ({"at": "noon"}, "That is no time."),
    ({"channel": "group"}, "valid choice"),
    ({"staff": "00000000-0000-4000-8000-000000000000"}, "valid choice"),
    ({"form_key": "mine"}, None),
])  # fmt: skip
def test_what_cannot_be_noted_is_said_and_nothing_is_lost(lucia, house, told, sentence):
    answer = lucia.post(
        reverse("walk_in"), filled_in(lucia, house.rosa, **{"channel": "medical", "at": "10:15", **told})
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence is None or sentence in text
    assert 'value="R-1001"' in text
    if "client" not in told:
        assert re.search(rf'value="{house.rosa.uid}"[^>]*checked', text)
    if "channel" not in told:
        assert '<option value="medical" selected>' in text
    assert not rows(house, house.rosa).exists()


def test_somebody_who_is_there_already_is_told(lucia, house):
    lucia.post(reverse("walk_in"), filled_in(lucia, house.rosa, at="10:15"))
    answer = lucia.post(reverse("walk_in"), filled_in(lucia, house.rosa, at="10:15"))
    assert answer.status_code == 422
    assert "already" in answer.content.decode()


@pytest.mark.parametrize("words", ["", "   ", "x" * 81])
def test_a_search_for_nothing_asks_for_a_word(lucia, words):
    answer = look(lucia, words)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()


def test_nobody_found_says_where_was_looked(lucia):
    text = look(lucia, "Nobody at all").content.decode()
    assert "Nobody in care has this name or number." in text


def test_somebody_discharged_is_not_offered(lucia):
    assert "Victor" not in look(lucia, "Chen").content.decode().replace('value="Chen"', "")


def test_a_case_manager_finds_the_own_clients_only(client, house):
    client.force_login(house.maya)
    assert "Andre" not in look(client, "Fontaine").content.decode()
    told = filled_in(client, house.rosa) | {"find": "Fontaine", "client": str(house.andre.uid)}
    assert client.post(reverse("walk_in"), told).status_code in (200, 422)
    assert not rows(house, house.andre).exists()


@pytest.mark.parametrize("stranger", ["tunde", "nell", "ben", "alex", None])
def test_a_stranger_finds_nobody(client, house, stranger):
    if stranger:
        client.force_login(getattr(house, stranger))
    for answer in (client.get(reverse("walk_in")), look(client, "Medin")):
        assert "Rosa" not in answer.content.decode()
    told = {"find": "Medin", "form_key": "", "client": str(house.rosa.uid), "channel": "counselling"}
    client.post(reverse("walk_in"), told)
    assert not rows(house, house.rosa).exists()


def test_a_search_costs_the_same_however_many_are_found(lucia, house):
    with CaptureQueriesContext(connection) as few:
        look(lucia, "Medina")
    with CaptureQueriesContext(connection) as many:
        text = look(lucia, "a").content.decode()
    assert text.count('name="client"') > 5
    assert len(many.captured_queries) == len(few.captured_queries)
    assert Episode.objects.filter(clinic=house.riverside).count() > 5


@pytest.mark.parametrize("htmx", [True, False])
def test_one_taken_back_leaves_the_sheet(lucia, house, htmx):
    """Nobody had booked it: an unrecorded row of it would be owed for ever."""
    lucia.post(reverse("walk_in"), filled_in(lucia, house.rosa))
    row = rows(house, house.rosa).get(
        channel="counselling", booked_at=datetime(2026, 11, 20, 17, 42, tzinfo=UTC)
    )
    sheet = lucia.get(reverse("day")).content.decode()
    assert f'id="a-{row.uid}"' in sheet
    told = {"version": row.version}
    answer = lucia.post(
        reverse("undo_mark", args=[row.uid]), told, **({"HTTP_HX_REQUEST": "true"} if htmx else {})
    )
    text = answer.content.decode()
    if htmx:
        assert answer.status_code == 200 and "Taken back." in text
        assert f'<tr id="a-{row.uid}" hx-swap-oob="delete"></tr>' in text
    else:
        assert answer.status_code == 302
    assert not Appointment.objects.filter(pk=row.pk).exists()
    assert f'id="a-{row.uid}"' not in lucia.get(reverse("day")).content.decode()
    seen = re.search(rf'id="a-{row.uid}"[^>]*data-shown="([^"]+)"', sheet)[1]
    others = lucia.get(reverse("day_changes"), HTTP_AFTERCARE_SHOWN=seen)
    assert row.uid.hex[:8] in others["HX-Trigger-After-Settle"]
