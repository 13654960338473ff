"""Redis dies, freezes and comes back; nobody waits for it and the worker finds its way back by itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from tests.servers import Redis, Worker, wait_for

DRAIN = "clinic.tasks.drain_rechecks"


def publish() -> None:
    current_app.send_task(DRAIN, retry=False, ignore_result=True)


def finished(worker: Worker) -> int:
    return worker.log.read_text().count(f"Task {DRAIN}")


def seconds_to_fail() -> float:
    started = time.monotonic()
    with pytest.raises(OperationalError):
        publish()
    return time.monotonic() - started


def test_publishing_to_a_frozen_redis_gives_up_within_a_second_again_and_again(broker: Redis) -> None:
    publish()
    broker.freeze()

    assert all(seconds_to_fail() < 1.5 for _ in range(3))


def test_ten_pages_publishing_to_a_frozen_redis_do_not_wait_for_each_other(broker: Redis) -> None:
    broker.freeze()
    waited: list[float] = []
    threads = [threading.Thread(target=lambda: waited.append(seconds_to_fail())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(waited) == 10
    assert max(waited) < 3


def test_publishing_to_a_dead_redis_fails_at_once_and_works_when_it_is_back(broker: Redis) -> None:
    publish()
    broker.kill()
    assert all(seconds_to_fail() < 1 for _ in range(3))

    broker.start()
    publish()

    assert broker.client().llen("aftercare") >= 1


def test_without_the_short_timeout_publishing_would_hang(broker: Redis) -> None:
    """The control: the same call through a connection without socket timeouts is still waiting after 3 s."""
    broker.freeze()
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": None}
    ended = threading.Event()

    def patiently() -> None:
        with current_app.connection_for_write(transport_options=options) as connection:
            current_app.send_task(DRAIN, retry=False, connection=connection)
        ended.set()

    waiting = threading.Thread(target=patiently, daemon=True)
    waiting.start()

    assert not ended.wait(3)

    broker.thaw()
    assert ended.wait(10)


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_by_itself_after_redis_was_frozen(broker: Redis, worker: Worker) -> None:
    publish()
    wait_for(lambda: finished(worker) == 1, 10, "the first task")

    broker.freeze()
    time.sleep(15)  # longer than the worker's own patience with a silent socket
    broker.thaw()
    publish()

    wait_for(lambda: finished(worker) == 2, 60, "the task after the thaw")


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_by_itself_after_redis_was_killed(broker: Redis, worker: Worker) -> None:
    publish()
    wait_for(lambda: finished(worker) == 1, 10, "the first task")

    broker.kill()
    time.sleep(3)
    broker.start()
    publish()

    wait_for(lambda: finished(worker) == 2, 60, "the task after the restart")


@pytest.mark.django_db(transaction=True)
def test_a_message_outlives_a_redis_that_is_killed(broker: Redis) -> None:
    publish()
    time.sleep(1.5)  # the file is synced every second
    broker.kill()
    broker.start()

    assert broker.client().llen("aftercare") == 1


def test_the_queue_and_its_socket_belong_to_this_run(broker: Redis) -> None:
    assert broker.socket == Path(settings.VAR) / "redis.sock"
    assert broker.client().info()["process_id"] == broker.process.pid  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_a_worker_replaces_children_that_are_killed(broker: Redis, worker: Worker) -> None:
    before = worker.children()
    for child in before:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: len(set(worker.children()) - set(before)) >= 2, 20, "new children")
    publish()

    wait_for(lambda: finished(worker) == 1, 20, "the task after the kill")
