"""From the mark in the page to the follow-up on the list: through Redis and a real worker, and without them."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from celery import current_app

from clinic.models import Appointment, Finding, Recheck
from tests import cast
from tests.servers import Redis, Worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    """The house today: a worker process has a clock of its own, which no test can set."""
    return cast.house(datetime.now(cast.RIVERSIDE_ZONE).date())


@pytest.fixture
def visit(house) -> Appointment:
    """Gloria's medical visit of yesterday, which nobody has recorded."""
    return house.visits(house.gloria, "medical", "S", last=1)[0]


def mark(client, house, visit: Appointment, outcome: str) -> float:
    """Mark an appointment as the front desk does; returns the seconds the answer took."""
    client.force_login(house.lucia)
    began = time.monotonic()
    answer = client.post(f"/appointments/{visit.uid}/mark/", {"outcome": outcome, "version": visit.version})
    took = time.monotonic() - began
    assert answer.status_code == 302, answer.content
    visit.refresh_from_db()
    assert visit.outcome == outcome
    return took


def raised(house) -> bool:
    return Finding.objects.filter(
        follow_up__episode=house.episode(house.gloria), follow_up__closed_at=None, sign="D01"
    ).exists()


def tick() -> None:
    """What beat sends every minute."""
    current_app.send_task("clinic.tasks.drain_rechecks", retry=False, ignore_result=True)


def test_an_absence_marked_in_the_page_is_a_follow_up_within_five_seconds(
    client, house, visit, worker: Worker
) -> None:
    assert not raised(house)

    mark(client, house, visit, "no_show")

    wait_for(lambda: raised(house), 5, "the follow-up")
    wait_for(lambda: not Recheck.objects.exists(), 2, "the emptying of the outbox")


def test_without_a_worker_it_waits_in_the_outbox(client, house, visit, broker: Redis) -> None:
    """The control: it is the worker that raises, and the outbox that keeps."""
    mark(client, house, visit, "no_show")
    time.sleep(1.5)

    assert not raised(house)
    assert Recheck.objects.filter(episode=house.episode(house.gloria)).exists()


@pytest.mark.parametrize("fault", ["frozen", "dead"])
def test_saving_does_not_wait_for_redis_and_nothing_is_lost(
    client, house, visit, broker: Redis, worker: Worker, fault: str
) -> None:
    broker.freeze() if fault == "frozen" else broker.kill()

    assert mark(client, house, visit, "no_show") < 3
    assert mark(client, house, visit, "scheduled") < 3
    assert mark(client, house, visit, "no_show") < 3
    assert not raised(house)
    assert Recheck.objects.filter(episode=house.episode(house.gloria)).exists()

    broker.thaw() if fault == "frozen" else broker.start()
    tick()
    wait_for(lambda: raised(house), 60, "the follow-up after Redis is back")


def test_a_redis_that_lost_everything_loses_nothing(
    client, house, visit, broker: Redis, worker: Worker
) -> None:
    worker.stop()
    mark(client, house, visit, "no_show")
    broker.client().flushall()

    fresh = Worker(database=worker.environment["DATABASE_URL"], redis=broker.url, var=worker.log.parent)
    try:
        fresh.wait_ready()
        tick()
        wait_for(lambda: raised(house), 20, "the follow-up")
    finally:
        fresh.stop()
