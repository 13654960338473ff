"""How many statements every page and every save takes: as many as the baseline says, in a small clinic and a large.

After a change that is meant: `STATEMENTS=write python -m pytest tests/pages/test_statements.py` writes the file anew,
on either database its own; read the difference before it is committed. What an address takes is counted for the first
person of the table in test_strangers.py who may ask for it. Transactions' own statements are not counted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import models, sweep
from tests import cast
from tests.histories import visits
from tests.pages.mornings import TODAY
from tests.pages.test_strangers import SIGNED_OUT, WAYS, ids  # noqa: F401 - a fixture of this table

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).with_name(f"statements_{connection.vendor}.json")
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")


def people(ways: set[str]) -> list[str]:
    """Whoever may ask, in a settled order; somebody signed out only where nobody else does."""
    return sorted(ways - {SIGNED_OUT}) or sorted(ways)


def asked() -> Iterator[tuple[str, str, str]]:
    """Every address with each way of asking that somebody has, and who asks."""
    for name, way in sorted(WAYS.items()):
        for method in ("get", "post"):
            if allowed := getattr(way, method):
                yield name, method, (people(way.shows & allowed) or people(allowed))[0]


def statements(house: cast.Cast, known: dict[str, object], name: str, method: str, person: str) -> int:
    """How many statements the answer takes, signing in aside; what it changed is taken back."""
    way = WAYS[name]
    url = reverse(name, args=[known[way.of]] if way.of else [])
    data = {key: str(known.get(value, value)) for key, value in way.data.items()}
    with transaction.atomic():
        browser = Client()
        browser.force_login(getattr(house, person))
        with CaptureQueriesContext(connection) as said:
            answer = getattr(browser, method)(url, data if method == "post" else None)
        transaction.set_rollback(True)
    again = {422} if person in way.asked_again else set()
    assert answer.status_code in {200, 204, 302} | again, f"{method} {name}: {answer.status_code}"
    return sum(not row["sql"].startswith(NOT_COUNTED) for row in said.captured_queries)


def counted(house: cast.Cast, known: dict[str, object]) -> dict[str, int]:
    return {
        f"{method.upper()} {name} as {person}": statements(house, known, name, method, person)
        for name, method, person in asked()
    }


@pytest.fixture
def small(house: cast.Cast, ids: dict[str, object], morning) -> dict[str, object]:  # noqa: F811
    """The house with two more clients, one of them Maya's."""
    return grow(house, ids, morning, newcomers=2)


@pytest.fixture
def large(house: cast.Cast, ids: dict[str, object], morning) -> dict[str, object]:  # noqa: F811
    """The same house with much more of everything that pages list."""
    return grow(house, ids, morning, newcomers=30)


def grow(house: cast.Cast, ids: dict[str, object], now: datetime, *, newcomers: int) -> dict[str, object]:  # noqa: F811
    """New clients with histories, half a dozen times as much for the old ones, everybody checked again."""
    for number, episode in enumerate(arrive(house, newcomers)):
        live(house, episode, number)
    for client in (house.rosa, house.terrence, house.keisha):
        for turn in range(max(newcomers // 5, 1)):
            live(house, house.episode(client), 40 + turn)
    for clinic in (house.riverside, house.harbor):
        models.SweepRun.objects.filter(clinic=clinic).delete()
        sweep.sweep(clinic, TODAY, now=now)
    return ids | {"version": models.Session.objects.get(uid=ids["session"]).version}


def arrive(house: cast.Cast, many: int) -> list[models.Episode]:
    """New clients, half of them Maya's, all of them members of the groups of the house."""
    since = day(80)
    arrived = models.Client.objects.bulk_create(
        models.Client(
            clinic=house.riverside,
            record_number=f"N-{number}",
            first_name="New",
            last_name=f"Comer{number}",
            phone="(505) 555-0199",
        )
        for number in range(many)
    )
    stays = models.Episode.objects.bulk_create(
        models.Episode(client=client, clinic=house.riverside, programme=house.outpatient, admitted_on=since)
        for client in arrived
    )
    models.Assignment.objects.bulk_create(
        models.Assignment(episode=episode, case_manager=house.maya, starts_on=since) for episode in stays[::2]
    )
    groups = (house.evening_skills, house.morning_skills)
    models.Membership.objects.bulk_create(
        models.Membership(episode=episode, group=group, joined_on=since)
        for episode in stays
        for group in groups
    )
    models.Appointment.objects.bulk_create(
        models.Appointment(
            episode=episode,
            clinic=house.riverside,
            channel="group",
            starts_at=session.starts_at,
            minutes=session.minutes,
            group_id=session.group_id,
            session=session,
        )
        for session in models.Session.objects.filter(group__in=groups)
        for episode in stays
    )
    return stays


def live(house: cast.Cast, episode: models.Episode, number: int) -> None:
    """A history with something of everything: visits, silence, observations, a plan, tries."""
    at = time(6, number % 60)
    rows = visits(episode, "counselling", "AAAMM.AXMS", last=TODAY - timedelta(days=1), every=3, at=at)
    rows += visits(episode, "case_management", "AMAMSS", last=TODAY, every=2, at=at, staff=house.maya)
    rows += visits(episode, "mutual_aid", "AAAA", last=TODAY - timedelta(days=2), every=4, at=at)
    models.Appointment.objects.bulk_create(rows)
    noted = models.Observation.objects.bulk_create(
        models.Observation(
            episode=episode,
            author=house.maya,
            author_role="case_manager",
            day=day(back),
            at=house.at(day(back), 9),
            setting="call",
            source="client_said",
        )
        for back in range(1, 5)
    )
    models.ObservationItem.objects.bulk_create(
        models.ObservationItem(observation=each, item=item, anchor=1)
        for each in noted
        for item in ("A2", "C2", "S1")
    )
    models.Goal.objects.bulk_create(
        models.Goal(episode=episode, kind="free", words=f"Goal {each}", starts_on=day(30), known_on=day(30))
        for each in range(4)
    )
    models.Supporter.objects.bulk_create(
        models.Supporter(episode=episode, name=f"Friend {each}", phone="(505) 555-0198") for each in range(4)
    )
    models.Attempt.objects.bulk_create(
        models.Attempt(
            episode=episode, by=house.maya, at=house.at(day(back), 10), method="call", result="not_reached"
        )
        for back in (3, 5, 8)
    )
    models.Pause.objects.bulk_create(
        models.Pause(episode=episode, kind="travel", starts_on=day(60 - back), ends_on=day(60 - back))
        for back in (0, 3, 6)
    )


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


def test_every_page_and_save_takes_as_many_statements_as_the_committed_baseline(house, small) -> None:
    now = counted(house, small)
    if os.environ.get("STATEMENTS") == "write":
        BASELINE.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")

    assert now == json.loads(BASELINE.read_text())


def test_a_larger_clinic_takes_no_more(house, large) -> None:
    grown = counted(house, large)

    assert grown == json.loads(BASELINE.read_text())


def test_a_statement_for_each_row_would_be_noticed(house, large, monkeypatch) -> None:
    """The control: one page asks once more for every line it shows."""
    from clinic.views import front_desk

    sheet = front_desk.day_sheet

    def slower(*given, **more):
        page = sheet(*given, **more)
        for _line in page.lines:
            models.Clinic.objects.first()
        return page

    monkeypatch.setattr(front_desk, "day_sheet", slower)

    assert counted(house, large)["GET day as lucia"] != json.loads(BASELINE.read_text())["GET day as lucia"]
