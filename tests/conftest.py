"""What every test may ask for.

broker    a real Redis of this run's own, running and empty; pages and verbs nudge it
worker    a real Celery worker with forked children on the test database (needs `django_db(transaction=True)`)
postgres  a real PostgreSQL server, whatever database the suite itself runs on
page      a real Chromium (from pytest-playwright) beside `live_server`
axe       a function: the serious and critical accessibility findings of a page
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests import cast, servers, snapshots

# Playwright keeps an event loop in the test's thread, which makes Django refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


cast.house = snapshots.house


@pytest.fixture(autouse=True)
def _noticing_changes() -> Iterator[None]:
    with snapshots.noticing_changes():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever drives a browser is marked so, and whatever publishes is checked for whose broker it uses."""
    for item in items:
        if {"page", "browser", "context"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and "AFTERCARE_TEST_RUN" in os.environ:
        shutil.rmtree(os.environ["AFTERCARE_TEST_RUN"], ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def own_broker() -> None:
    """No test may reach a Redis that it did not start."""
    from celery import current_app

    own = os.environ["AFTERCARE_TEST_RUN"]
    assert current_app.conf.broker_url.startswith(f"redis+socket://{own}/")


@pytest.fixture(scope="session")
def _redis() -> Iterator[servers.Redis]:
    redis = servers.Redis(Path(django_settings.VAR) / "redis.sock")
    with servers.running(redis):
        yield redis


@pytest.fixture
def broker(_redis: servers.Redis, settings: Any) -> Iterator[servers.Redis]:
    from celery import current_app

    if not _redis.answers():
        _redis.stop()
        _redis.start()
    _redis.client().flushall()
    assert current_app.conf.broker_url.endswith(str(_redis.socket))
    settings.NUDGE = True
    yield _redis
    _redis.thaw()


@pytest.fixture
def worker(broker: servers.Redis, transactional_db: None) -> Iterator[servers.Worker]:
    started = servers.Worker(
        database=servers.database_url(connection.settings_dict),
        redis=broker.url,
        var=Path(django_settings.VAR),
    )
    with servers.running(started):
        started.wait_ready()
        yield started


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    server = servers.Postgres()
    with servers.running(server):
        yield server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = servers.chromium()
    assert path, "no Chromium here: install it (apt-get install chromium) or name it in CHROMIUM"
    return {**browser_type_launch_args, "executable_path": path, "args": servers.CHROMIUM_FLAGS}


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """`axe(page)` returns one line per serious or critical finding, so that a failing test says what to mend."""
    from axe_playwright_python.sync_playwright import Axe

    def findings(page: Any) -> list[str]:
        violations = Axe().run(page).response["violations"]
        return [
            f"{found['id']} ({found['impact']}): {found['help']} at {node['target']}"
            for found in violations
            if found["impact"] in ("serious", "critical")
            for node in found["nodes"]
        ]

    return findings
