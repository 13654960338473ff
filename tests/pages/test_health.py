"""What the outside watcher asks: does it answer, is the check fresh, does the outbox move. Nothing about anybody."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from clinic import models, sweep
from tests import cast


@pytest.fixture
def house(db):
    return cast.house(timezone.now().astimezone(cast.RIVERSIDE_ZONE).date())


def test_live_answers_without_the_database(client):
    # No `db` fixture: pytest-django fails any query here.
    response = client.get("/health/live")

    assert response.status_code == 200
    assert response.content == b"ok\n"


def test_ready_once_everybody_was_checked(client, house):
    sweep.sweep_day(None, now=timezone.now())

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "sweep": "fresh", "outbox_seconds": 0}


def test_not_ready_while_a_clinic_was_never_checked(client, house):
    sweep.sweep(house.riverside, house.today, now=timezone.now())

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["sweep"] == "stale"


def test_not_ready_when_a_change_waits_too_long(client, house):
    sweep.sweep_day(None, now=timezone.now())
    models.Recheck.objects.ask([house.episode(house.rosa).pk], on=timezone.now() - timedelta(minutes=11))

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["outbox_seconds"] >= 660


def test_not_ready_without_a_database(client, monkeypatch):
    def gone(now):
        raise OperationalError("server closed the connection to /secret/place")

    monkeypatch.setattr("clinic.views.health.readiness", gone)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "unreachable"}


def test_nothing_of_a_client_or_a_clinic_is_in_the_answer(client, house):
    body = client.get("/health/ready").content.decode()

    for word in ("Rosa", "Medina", "Riverside", "Harbor", "R-1001"):
        assert word not in body


@pytest.mark.parametrize("clinics", [1, 5])
def test_ready_takes_two_queries_for_any_number_of_clinics(client, db, clinics, django_assert_num_queries):
    for number in range(clinics):
        models.Clinic.objects.create(name=f"Clinic {number}")

    with django_assert_num_queries(2):
        client.get("/health/ready")
