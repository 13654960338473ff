"""Two who take in, change or discharge at the same moment: one record, one winner, and the other is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from clinic import intake
from clinic.intake import Who
from clinic.models import AuditEntry, Client, Episode
from tests import cast
from tests.joint.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 20)
PAIRS, SENT = 100, 100


@pytest.fixture
def house(transactional_db: None) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


def test_of_two_changes_at_once_exactly_one_wins_and_the_other_is_told(house: cast.Cast) -> None:
    now = house.at(TODAY, 10, 42)
    for number in range(PAIRS):
        rosa = Client.objects.select_related("clinic").get(pk=house.rosa.pk)
        who, version = Who.of(rosa), rosa.version

        def change(by: str, phone: str, rosa=rosa, who=who, version=version):  # type: ignore[no-untyped-def]
            return intake.change_client(
                rosa, replace(who, phone=phone), by=getattr(house, by), on=now, version=version
            )

        numbers = f"555-01{number:02d} (1)", f"555-01{number:02d} (2)"
        told = at_once(lambda: change("maya", numbers[0]), lambda: change("ruth", numbers[1]))  # noqa: B023
        late = [each for each in told if isinstance(each, ValidationError)]
        assert [error.error_list[0].code for error in late] == [intake.CONFLICT]
        row = Client.objects.get(pk=rosa.pk)
        assert row.version == version + 1
        assert row.phone == numbers[told.index(late[0]) == 0]
    assert AuditEntry.objects.filter(deed="change_client").count() == PAIRS


def test_of_two_who_discharge_at_once_one_does(house: cast.Cast) -> None:
    now = house.at(TODAY, 10, 42)
    for person in house.clients:
        stay = house.episode(person)
        if stay.discharged_on is not None:
            continue

        def discharge(kind: str, stay=stay):  # type: ignore[no-untyped-def]
            return intake.discharge(
                stay, by=house.ruth, on=now, discharged_on=TODAY, kind=kind, despite=True, version=1
            )

        told = at_once(lambda: discharge("planned"), lambda: discharge("other"))
        assert sum(isinstance(each, ValidationError) for each in told) == 1
        assert Episode.objects.get(pk=stay.pk).version == 2


def test_a_form_sent_a_hundred_times_at_once_takes_in_one(house: cast.Cast) -> None:
    sent = {
        "form_key": str(uuid4()),
        "first_name": "Una",
        "last_name": "Bell",
        "programme": str(house.outpatient.uid),
        "admitted_on": TODAY.isoformat(),
    }

    def send() -> int:
        browser = Browser()
        browser.force_login(house.lucia)
        return browser.post(reverse("new_client"), sent).status_code

    statuses = [status for _ in range(SENT // 10) for status in at_once(*[send] * 10)]
    assert set(statuses) == {302}
    assert Client.objects.filter(first_name="Una").count() == 1
    assert Episode.objects.filter(client__first_name="Una").count() == 1


def test_two_who_take_in_at_once_never_give_one_number_twice(house: cast.Cast) -> None:
    now = house.at(TODAY, 10, 42)

    def take_in(first: str) -> Episode:
        who = Who(first, "Bell")
        return intake.register_client(
            house.riverside, who, by=house.lucia, on=now, programme=house.outpatient, admitted_on=TODAY
        )

    told = at_once(lambda: take_in("Una"), lambda: take_in("Ida"))
    made = Client.objects.filter(last_name="Bell")
    assert not any(isinstance(each, ValidationError) for each in told)
    assert set(made.values_list("record_number", flat=True)) == {"R-1016", "R-1017"}
